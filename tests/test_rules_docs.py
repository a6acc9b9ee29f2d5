"""``docs/rules.md`` against the table: each row its paragraph, with actions, effects, sources, way out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_rules import CASES

from reconciler import rules
from reconciler.messages.about import WAYS_OUT
from reconciler.rules.scene import Rule, Status

DOCS = Path(__file__).parent.parent / "docs" / "rules.md"
ROWS = {rule.id: rule for rule in (*rules.TABLE, *rules.GROUND)}


def sections() -> dict[str, str]:
    parts = re.split(r"^### (\S+)$", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        name: re.split(r"^## ", text, flags=re.MULTILINE)[0]
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def line_of(section: str, label: str) -> str:
    found = re.search(rf"\*\*{label}:\*\*(.*?)(?=\n- \*\*|\*\*Effect|\Z)", section, flags=re.DOTALL)
    assert found, label
    return found[1]


def effects_of(rule: Rule) -> set[str]:
    own = {
        str(case.effect)
        for case in CASES
        if case.rule == rule.id and case.effect and case.status is Status.FAIL
    }
    return own | {str(rule.effect)}


def test_every_rule_has_one_paragraph_and_every_paragraph_a_rule() -> None:
    assert set(sections()) == set(ROWS)


@pytest.mark.parametrize("rule_id", ROWS)
def test_a_paragraph_names_the_actions_of_its_rule(rule_id: str) -> None:
    named = set(re.findall(r"\b(switch|add|handoff)\b", line_of(sections()[rule_id], "Concerns")))
    assert named == {str(action) for action in ROWS[rule_id].on}


@pytest.mark.parametrize("rule_id", ROWS)
def test_a_paragraph_names_every_effect_its_rule_can_have(rule_id: str) -> None:
    named = set(re.findall(r"\b(block|wait|support|warn)\b", line_of(sections()[rule_id], "Effect")))
    assert named == effects_of(ROWS[rule_id])


@pytest.mark.parametrize("rule_id", ROWS)
def test_a_paragraph_tells_the_way_out_that_explain_tells(rule_id: str) -> None:
    told = " ".join(line_of(sections()[rule_id], "Way out").split())
    assert told[0].upper() + told[1:] == WAYS_OUT[rule_id]


@pytest.mark.parametrize("rule_id", ROWS)
def test_a_paragraph_cites_exactly_the_sources_of_its_rule(rule_id: str) -> None:
    told = " ".join(line_of(sections()[rule_id], "Source").split())
    cited = set(
        re.findall(r"\b(?:R-[A-Z0-9-]+[A-Z0-9]|[AM]-\d+|N\d+|(?:PC|Graph) \d+(?:\.\d+)?|ours)\b", told)
    )
    assert cited == set(ROWS[rule_id].source)


@pytest.mark.parametrize("rule_id", ROWS)
def test_a_paragraph_says_the_way_out_and_what_the_rule_asks(rule_id: str) -> None:
    section = sections()[rule_id]
    assert len(line_of(section, "Way out").split()) > 4
    assert len(section.split("- **Concerns")[0].split()) > 12


@pytest.mark.parametrize("rule_id", ROWS)
def test_a_paragraph_says_where_its_rule_is_asked(rule_id: str) -> None:
    assert ("**Today.**" in sections()[rule_id]) is ROWS[rule_id].today


@pytest.mark.parametrize("rule_id", [r.id for r in rules.TABLE if r.explained_by])
def test_a_paragraph_names_what_may_explain_its_rule(rule_id: str) -> None:
    assert all(cause in sections()[rule_id] for cause in ROWS[rule_id].explained_by)


DESIGN = """
pair-not-listed        switch           support
pair-unconfirmed       switch           block
not-offered            switch           block
too-many-users         switch           support
prepaid                switch,add       support
trial-not-bought       switch,add       block
legacy-over-25         switch           block
over-plan-cap          switch,add       block
role-missing           switch,add       block
not-active             switch,add       block
not-provisioned        switch           wait
service-unhealthy      switch           wait
license-conflict       switch           block
credit-review          switch,add       wait
switch-running         switch,add       wait
switch-failed          switch,add       support
switch-first           add              wait
website-domain         switch           block
no-way-back            switch           block
backup-missing         switch           block
fewer-licenses         handoff          support
not-live               handoff          support
suspended              switch,add       wait
report-only            switch,add       wait
outside-window         switch,add       wait
over-limit             switch,add       block
stopped                switch,add       block
outcome-unknown        switch,add       block
ambiguous-subscription switch,add,handoff block
wrong-tenant           switch,add,handoff block
service-settings-lost  switch           warn
credit-check-ahead     switch           warn
bought-back            switch,add       warn
over-family-cap        switch,add       block
add-ons-present        switch           block
same-product-twice     switch           block
scheduled-change-lost  switch,add       block
renewal-near           switch,add       wait
no-version             add              support
trial-converts         switch,add       warn
seats-owed             switch,add       warn
update-budget          switch,add       warn
"""


def test_the_table_says_what_was_agreed_of_actions_and_effects() -> None:
    agreed = {
        row.split()[0]: (set(row.split()[1].split(",")), row.split()[2]) for row in DESIGN.split("\n") if row
    }
    assert {r.id: ({str(a) for a in r.on}, str(r.effect)) for r in rules.TABLE} == agreed

"""The words of the page: the same in both languages, all of them there, and none too many."""

from __future__ import annotations

import re
import string
from datetime import timedelta
from pathlib import Path

import pytest
from scenes import catalogue
from showing import NOW

import reconciler.web
from reconciler.change_plan import Verdict
from reconciler.drift.kinds import Cause
from reconciler.handoff import HandoffState, Kind
from reconciler.handoff.tickets import TicketStatus
from reconciler.messages.page import PAGE
from reconciler.messages.page_nb import PAGE_NB
from reconciler.model import Action
from reconciler.overview import Sort, State
from reconciler.readiness import Trouble, Type, reason_of
from reconciler.report.letters import Language
from reconciler.report.page import STYLE
from reconciler.rules import Effect, Status
from reconciler.rules.table import GROUND, TABLE
from reconciler.standing import Coming
from reconciler.status import Health, Holds, Sync
from reconciler.web.asking import Span
from reconciler.web.words import Words

FOLDER = Path(reconciler.web.__file__).parent
CODE = "\n".join(
    file.read_text(encoding="utf-8") for ending in ("*.py", "*.html") for file in sorted(FOLDER.rglob(ending))
)
ENGLISH = Words(Language.ENGLISH, NOW, NOW, catalogue().names)
NORWEGIAN = Words(
    Language.NORWEGIAN, NOW, NOW, {key: plan.name_nb for key, plan in catalogue().plans.items()}
)


def test_both_languages_have_the_same_words_with_the_same_facts() -> None:
    def facts(text: str) -> set[str]:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field}

    assert list(PAGE) == list(PAGE_NB)
    assert {k: facts(v) for k, v in PAGE.items()} == {k: facts(v) for k, v in PAGE_NB.items()}


def test_what_is_the_same_in_both_languages_is_a_name_or_a_number() -> None:
    same = {key for key in PAGE if PAGE[key] == PAGE_NB[key]}
    assert same == {
        "page.chart-count", "page.fact.commit", "page.filter-label-hint", "page.filter-rule",
        "page.handoff.for", "page.history.commit", "page.refresh-pause", "page.sub.plan",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("group", "closed"),
    [
        ("state", State), ("state-about", State), ("sort", Sort), ("span", Span), ("sync", Sync),
        ("health", Health), ("holds", Holds), ("condition", Type), ("verdict", Verdict), ("action", Action),
        ("answer", Status), ("effect", Effect), ("coming", Coming), ("kind", Kind),
        ("handoff-state", HandoffState), ("ticket-status", TicketStatus), ("language", Language),
    ],
    ids=str,
)  # fmt: skip
def test_every_word_of_a_closed_set_has_a_name(group: str, closed: type) -> None:
    assert {f"page.{group}.{word}" for word in closed} == {k for k in PAGE if k.startswith(f"page.{group}.")}


def test_every_rule_and_every_reason_can_be_said_in_a_few_words() -> None:
    rules = {rule.id for rule in (*TABLE, *GROUND)}
    assert {key.removeprefix("page.rule.") for key in PAGE if key.startswith("page.rule.")} == rules
    for words in (ENGLISH, NORWEGIAN):
        for rule in rules:
            assert words.rule(rule) == words.reason(reason_of(rule))
            assert rule == "suspended" or words.rule(rule) != rule
            assert len(words.rule(rule)) < 50
        for reason in (*Trouble, "InSync", "ChangesPending", "ReportOnly", "Suspended", "NotTold"):
            assert words.reason(reason) != reason
    assert ENGLISH.rule("a-rule-of-tomorrow") == "a-rule-of-tomorrow"
    assert Cause.SERVICE == "service"


def test_every_key_that_is_asked_for_is_there() -> None:
    asked = set(re.findall(r'(?:\bt|words|counted|self)\(\s*"(page\.[^"]+)"\s*[,)]', CODE))
    assert len(asked) > 150
    assert {key for key in asked if key not in PAGE and f"{key}-minutes" not in PAGE} == set()
    assert {f"{key}-one" for key in re.findall(r'counted\(\s*"(page\.[^"]+)"', CODE)} <= set(PAGE)


def test_times_are_told_in_steps_that_a_person_would_use() -> None:
    def told(**span: float) -> tuple[str, str]:
        return ENGLISH.ago(NOW - timedelta(**span)), NORWEGIAN.ago(NOW - timedelta(**span))

    assert told(seconds=59) == ("just now", "nå nettopp")
    assert told(minutes=4) == ("4 min ago", "for 4 min siden")
    assert told(hours=47) == ("47 h ago", "for 47 t siden")
    assert told(days=9) == ("9 d ago", "for 9 d siden")
    assert told(minutes=-5) == ("in 5 min", "om 5 min")
    assert ENGLISH.short(NOW) == "23 Nov 10:04 UTC"
    assert ENGLISH.short(NOW.replace(year=2025)) == "2025-11-23 10:04 UTC"


def test_a_number_that_is_not_known_is_said_to_be_so() -> None:
    assert ENGLISH.number(None) == "not known"
    assert ENGLISH.number(1234567) == "1,234,567"
    assert NORWEGIAN.number(1234567) == "1\u00a0234\u00a0567"
    assert ENGLISH.plan(None) == "not known"
    assert ENGLISH.plan("a-plan-of-tomorrow") == "a-plan-of-tomorrow"


def test_the_page_and_the_report_have_the_same_colours() -> None:
    css = (FOLDER / "static" / "page.css").read_text(encoding="utf-8")

    def colours(text: str) -> list[tuple[str, str]]:
        names = "ink|quiet|paper|card|line|unknown|bad|support|wait|good|switch"
        return re.findall(rf"--({names}):\s*(#[0-9a-f]+)", text.split("@media print")[0])

    assert sorted(set(colours(css))) == sorted(set(colours(STYLE)))


def test_nothing_is_loaded_from_elsewhere() -> None:
    for file in (*FOLDER.rglob("*.html"), *FOLDER.rglob("*.css"), *FOLDER.rglob("*.js")):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"https?://|@import|url\(", text), file
    icon = (FOLDER / "static" / "icon.svg").read_text(encoding="utf-8")
    assert re.findall(r"https?://[^\"]+", icon) == ["http://www.w3.org/2000/svg"]

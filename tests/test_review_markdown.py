"""The comment of a pull request: what it names, what it folds, its limit, and that nothing breaks out of it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import html5lib
import pytest
from hostile import TRICKS, drift_with, plan_with, texts
from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt
from plans import (
    NAMES,
    add,
    change_plan,
    change_plans,
    finding,
    handoff,
    problem,
    switch,
    tenant,
)

from reconciler.drift.kinds import Cause, Kind
from reconciler.drift.values import DriftReport, Finding
from reconciler.report.drift import FleetDrift
from reconciler.report.drift_markdown import drift_markdown
from reconciler.report.fitting import Section, fitted
from reconciler.report.markdown import LIMIT, plan_markdown
from reconciler.report.marking import code, prose, sentence
from reconciler.rules import Effect

quick = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
READER = MarkdownIt("gfm-like", {"html": True, "linkify": False})
LONG = "x" * 400


def read(markdown: str):
    """What a host makes of it, as a tree."""
    return html5lib.parse(READER.render(markdown), namespaceHTMLElements=False)


def tags(markdown: str) -> Counter[tuple[str, str]]:
    """The elements there are, each with what it stands in; spans of code apart, which any backtick can make."""
    return Counter(
        (parent.tag, child.tag)
        for parent in read(markdown).iter()
        for child in parent
        if isinstance(child.tag, str) and child.tag != "code"
    )


def text_of(markdown: str) -> str:
    return "".join(read(markdown).itertext()).replace("\u200b", "")


def diff_lines(markdown: str) -> list[str]:
    return [
        line for block in re.findall(r"```diff\n(.*?)\n```", markdown, re.S) for line in block.split("\n")
    ]


HELD = tenant("litware", switch("main", ("office-365-small-business", 20), ("office-365-enterprise-e3", 42), finding(
    "no-way-back", message="It can not go back.", remedy="Write `acknowledge:` in the file.")))  # fmt: skip


def test_the_first_line_is_the_mark_by_which_the_comment_is_found_again() -> None:
    assert plan_markdown(change_plan(), NAMES).splitlines()[0] == "<!-- reconciler:plan -->"
    assert drift_markdown(FleetDrift(()), NAMES).splitlines()[0] == "<!-- reconciler:drift -->"


def test_totals_held_and_one_way_tenants_stand_before_anything_folded() -> None:
    plan = change_plan(HELD, tenant("fabrikam", switch()), tenant("kolonne", handoff()))
    view = plan_markdown(plan, NAMES).split("<details>")[0]
    assert "Plan: 1 to switch, 22 licenses to add in 1 tenants, 0 to remove." in view
    assert view.index("litware") < view.index("kolonne") < view.index("fabrikam")
    assert "no-way-back" in view
    assert "Can not be undone: a one-way switch in 1 tenant" in view


def test_what_a_switch_costs_in_time_is_named_where_one_will_be_made_and_only_there() -> None:
    switched = plan_markdown(change_plan(tenant("fabrikam", switch())), NAMES)
    added = plan_markdown(change_plan(tenant("fabrikam", add())), NAMES)
    for words in ("under ten minutes", "portal is locked", "up to two weeks"):
        assert words in switched
        assert words not in added
    review = finding("credit-review", effect=Effect.WAIT)
    waiting = plan_markdown(change_plan(tenant("lofthavn", add("main", 1, 2, review))), NAMES)
    assert "Credit is under review now: `lofthavn`" in waiting


def test_details_are_folded_with_each_check_and_its_way_out() -> None:
    text = plan_markdown(change_plan(HELD), NAMES)
    folded = text[text.index("<details>") :]
    assert "**no-way-back**: It can not go back." in folded
    assert "Next: Write `acknowledge:` in the file." in folded
    assert "`tenants/a.yaml:9`" in folded


def test_the_diff_shows_what_will_be_done_and_nothing_else() -> None:
    plan = change_plan(HELD, tenant("fabrikam", switch()), tenant("contoso", add("main", 20, 42)))
    assert diff_lines(plan_markdown(plan, NAMES)) == [
        "# contoso  contoso.onmicrosoft.com  tenants/a.yaml:9",
        "+ main: 20 -> 42 licences (+22)",
        "# fabrikam  fabrikam.onmicrosoft.com  tenants/a.yaml:9",
        "! main: Office 365 Small Business -> Office 365 Enterprise E3, one-way",
        "+ main: 20 -> 42 licences (+22)",
    ]


def test_a_part_of_a_fleet_a_broken_file_and_a_supposition_are_said_above_the_rest() -> None:
    plan = change_plan(HELD, problems=(problem(),), snapshot=True)
    source = replace(plan.source, partial=True, what_if=("a.main.licenses+1",))
    head = plan_markdown(replace(plan, source=source), NAMES).split("**Broken")[0]
    for words in (
        "Only the tenants that were selected",
        "What if: a.main.licenses+1",
        "Planned from recorded states",
        "Files are broken",
    ):
        assert f"> {words}" in head
    assert "Only a part" not in plan_markdown(change_plan(HELD), NAMES)


@quick
@given(change_plans())
def test_no_line_begins_with_a_dash_and_the_totals_are_those_of_the_plan(plan) -> None:
    text = plan_markdown(plan, NAMES)
    assert not [line for line in text.split("\n") if re.match(r"\s*-(?!->)", line)]
    assert all(line[:2] in ("+ ", "! ", "# ") for line in diff_lines(text))
    assert len(text) < LIMIT


# the limit


def fleet(count: int, name: str = "tenant", message: str = LONG):
    """A third each blocked, switched one-way, and raised; names as long as a file may have them."""
    long = name + "-with-a-name-as-long-as-a-tenant-file-lets-one-be-called"
    blocked = [
        finding("no-way-back", message=message, remedy=message),
        finding("backup-missing", message=message),
    ]
    made = []
    for n in range(count):
        own = (switch("main", ("a", 1), ("b", 2), *blocked), switch(), add("main", n + 1, n + 3))[n % 3]
        made.append(tenant(f"{long[:58]}-{n:04}", own))
    return made


def test_five_hundred_changed_tenants_give_one_comment_that_names_every_blocked_and_irreversible_one() -> (
    None
):
    tenants = fleet(500)
    text = plan_markdown(change_plan(*tenants), NAMES)
    assert len(text) < 60_000
    assert len(text.encode()) < 65_536
    assert [t.name for t in tenants if t.steps[0].irreversible and f"`{t.name}`" not in text] == []
    assert "more are left out here" in text
    assert "```diff" in text


@pytest.mark.parametrize("which", [0, 1])
def test_so_do_five_hundred_that_are_all_blocked_or_all_irreversible(which: int) -> None:
    tenants = [t for n, t in enumerate(fleet(1_500)) if n % 3 == which]
    text = plan_markdown(change_plan(*tenants, problems=(problem("p" * 9_000),) * 40), NAMES)
    assert len(tenants) == 500
    assert len(text) < 60_000
    assert [t.name for t in tenants if f"`{t.name}`" not in text] == []


def test_blocked_and_irreversible_at_once_are_named_in_both_places_even_when_names_are_clipped() -> None:
    blocked = finding("no-way-back", message=LONG)
    tenants = [
        tenant(f"t{n:03}-{'y' * 58}", switch("a"), add("b", 1, 2, blocked), handoff("c")) for n in range(500)
    ]
    text = plan_markdown(change_plan(*tenants), NAMES)
    assert len(text) < 60_000
    assert all(text.count(f"`t{n:03}-") >= 3 for n in range(500))


def test_more_than_can_be_named_are_counted_and_the_worst_are_named_first() -> None:
    tenants = [tenant(f"t{n:05}-{'y' * 50}", switch()) for n in range(9_000)]
    tenants += [tenant(f"b{n:03}-{'y' * 50}", add("main", 1, 2, finding())) for n in range(300)]
    text = plan_markdown(change_plan(*tenants), NAMES)
    assert len(text) < 60_000
    assert all(f"b{n:03}-" in text for n in range(300))
    assert re.search(r"and \d{4} more", text)


def test_the_same_plan_gives_the_same_bytes_in_whatever_order_its_tenants_come() -> None:
    tenants = fleet(60)
    assert plan_markdown(change_plan(*tenants), NAMES) == plan_markdown(
        change_plan(*reversed(tenants)), NAMES
    )


def test_a_section_is_not_starved_by_one_before_it() -> None:
    great, small = Section("great", ("x" * 100,) * 100), Section("small", ("y" * 50,) * 4)
    first, second = fitted((great, small), 3_000)
    assert second.left_out == 0
    assert 0 < len(first.shown) < 100
    assert first.left_out == 100 - len(first.shown)


# nothing breaks out


HARMLESS = tags(plan_markdown(plan_with("harmless"), NAMES))
CALM_DRIFT = tags(drift_markdown(drift_with("harmless"), NAMES))


def held_in(text: str) -> str:
    return plan_markdown(plan_with(text), NAMES)


@pytest.mark.parametrize("trick", TRICKS)
def test_no_known_trick_becomes_markup(trick: str) -> None:
    assert tags(held_in(trick)) == HARMLESS
    assert tags(drift_markdown(drift_with(trick), NAMES)) == CALM_DRIFT


@quick
@given(texts)
def test_no_text_becomes_markup_and_what_is_folded_nests_well(text: str) -> None:
    markdown = held_in(text)
    assert tags(markdown) == HARMLESS
    assert [e.tag for e in read(markdown).find("body") if e.tag == "details"] == ["details"] * 5
    assert len(markdown) < LIMIT
    assert markdown.isascii() or all(c.isprintable() or c == "\n" for c in markdown)
    assert all(line[:2] in ("+ ", "! ", "# ") for line in diff_lines(markdown))


@quick
@given(texts)
def test_no_text_becomes_markup_in_drift(text: str) -> None:
    markdown = drift_markdown(drift_with(text), NAMES)
    assert tags(markdown) == CALM_DRIFT
    assert len(markdown) < LIMIT


@quick
@given(texts)
def test_what_is_shown_is_the_text_itself(text: str) -> None:
    from reconciler.report.lines import safe

    def plain(shown: str) -> str:
        return " ".join(shown.split())

    asked = plain(safe(text)[:300])
    assert plain(text_of(f"* {prose(text[:300])}")) == plain(safe(text[:300]))
    assert asked[:20] in plain(text_of(f"* x {code(text, 10_000)}"))
    assert plain(text_of(f"* {sentence(text[:300])}")).replace("`", "") == plain(safe(text[:300])).replace(
        "`", ""
    )


@pytest.mark.parametrize(
    "text", ["@org/team", "see #12", "https://e.example", "www.e.example", "a@b.example", ":tada:"]
)
def test_nobody_is_mentioned_and_nothing_is_linked(text: str) -> None:
    shown = READER.render(prose(text))
    assert not re.search(r"[@#](?=\w)|://|www\.|:\w+:", shown)


@quick
@given(texts)
def test_no_line_is_a_command_to_a_host(text: str) -> None:
    for line in held_in(text).split("\n"):
        assert not line.lstrip().startswith(("::", "/"))
        assert not re.search(r"##\w*\[", line)


# drift


def test_the_same_change_in_many_tenants_is_told_once_with_their_names() -> None:
    found = Finding(Cause.OUTSIDE, Kind.LICENSES_ABOVE, "s", "licenses", "main", declared=4, live=6, before=4)
    from plans import NOW

    reports = tuple(DriftReport(f"t{n}", f"t{n}.example", "a.yaml", NOW, outside=(found,)) for n in range(30))
    text = drift_markdown(FleetDrift(reports), NAMES)
    assert text.count("licenses-above") == 1
    assert "`t0`, `t1`" in text
    assert "and 10 more" in text
    assert "Drift: 30 outside" in text

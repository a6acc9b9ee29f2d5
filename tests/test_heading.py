"""What is said above the steps: that a plan is a part, whose policy holds, and how old recorded states are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import jsonschema_rs
import pytest
from cli import Desk
from hypothesis import given
from plans import NOW, change_plan, reviewed_plans, tenant
from worlds import live, sub

from reconciler.adapters import files
from reconciler.change_plan import ChangePlan, Policy, Since, Source
from reconciler.model import Place
from reconciler.observe import NEVER
from reconciler.policy import Loosening, NotCounted
from reconciler.report.document import json_text, parsed, plan_document, plan_from_document
from reconciler.report.heading import MOST_GONE, Tone, age_told, headings, told_since
from reconciler.report.text import plan_text
from reconciler.roster import Renamed

SCHEMA = jsonschema_rs.validator_for(files.schema("change-plan"))
SINCE = Since("origin/main", "4b825dc642cb6eb9a060e54bf8d69288fbee4904", 2, 5)


def of(plan: ChangePlan, **source: object) -> ChangePlan:
    return replace(plan, source=replace(plan.source, **source))  # type: ignore[arg-type]


def texts(plan: ChangePlan) -> list[str]:
    return [head.text for head in headings(plan)]


TWO = change_plan(tenant("contoso"), tenant("fabrikam"))


def test_a_plan_of_the_whole_fleet_has_no_heading() -> None:
    assert headings(TWO) == ()


def test_a_part_says_so_and_which() -> None:
    (selected,) = texts(of(TWO, partial=True))
    assert selected == "Only the tenants that were selected; the others are not in this change plan."
    (changed,) = texts(of(TWO, partial=True, since=SINCE))
    assert changed.startswith("Only what changed since origin/main (commit 4b825dc642cb): 2 of 7 tenants.")
    (both,) = texts(of(change_plan(tenant("contoso")), partial=True, since=SINCE))
    assert "and of that only what was selected" in both


def test_what_changed_and_changes_nothing_live_is_told_and_many_are_counted() -> None:
    gone = tuple(f"t-{n:03}" for n in range(MOST_GONE + 5))
    plan = of(TWO, partial=True, since=replace(SINCE, gone=gone, renamed=(Renamed("a", "b"),)))
    short, long = told_since(plan, every=False), told_since(plan, every=True)
    assert len(short) == MOST_GONE + 2
    assert short[-1] == "no longer declared since origin/main: 5 more (--verbose names them)"
    assert len(long) == MOST_GONE + 6
    assert "since origin/main a is called b (nothing changes live)" in long
    once = replace(plan, renamed=(Renamed("a", "b"),))
    assert not any("is called b" in text for text in told_since(once, every=True))


def test_what_does_not_count_is_told_of_the_tenants_in_the_plan() -> None:
    place = Place("tenants/a.yaml", 1, 1)
    left = tuple(NotCounted(name, Loosening.WINDOWS, "it does not", place) for name in ("contoso", "other"))
    plan = of(TWO, policy=Policy("main", "abc", left))
    assert texts(plan) == [
        "Policy (configuration and catalogue) from main (commit abc).",
        "warning, contoso: it does not",
    ]
    assert [head.tone for head in headings(plan)] == [Tone.FACT, Tone.WARNING]
    document = plan_document(plan)
    assert [one["tenant"] for one in document["source"]["policy"]["not_counted"]] == ["contoso", "other"]


def aged(*ages: timedelta) -> ChangePlan:
    tenants = [replace(tenant(f"t-{n}"), observed_at=NOW - age) for n, age in enumerate(ages)]
    return replace(change_plan(*tenants, snapshot=True), created_at=NOW)


def test_the_age_of_a_recorded_state_is_told_from_an_hour_on_the_oldest_first() -> None:
    fresh = aged(timedelta(0), timedelta(hours=1), timedelta(hours=-3))
    assert headings(fresh) == ()
    old = aged(timedelta(hours=1, seconds=1), timedelta(days=3, hours=2), timedelta(0))
    (told,) = texts(old)
    assert told.endswith("2 of them more than an hour old, the oldest first: t-1 3 d 2 h, t-0 1 h.")
    document = plan_document(old)["source"]["old_snapshots"]
    assert [(one["tenant"], one["age_hours"]) for one in document] == [("t-1", 74), ("t-0", 1)]
    assert headings(replace(old, snapshot=False)) == (), "a live look is judged when it is taken"


def test_of_many_old_states_some_are_named_and_the_others_counted() -> None:
    (told,) = texts(aged(*[timedelta(hours=9)] * 8))
    assert told.endswith("t-4 9 h and 3 more.")


def test_a_state_that_is_not_there_has_no_age() -> None:
    missing = replace(tenant("a"), observed_at=NEVER)
    assert headings(change_plan(missing, snapshot=True)) == ()


@pytest.mark.parametrize(("hours", "told"), [(1, "1 h"), (23, "23 h"), (24, "1 d 0 h"), (49, "2 d 1 h")])
def test_an_age_is_said_in_days_and_hours(hours: int, told: str) -> None:
    assert age_told(timedelta(hours=hours, minutes=59)) == told


def test_a_plan_from_snapshots_says_their_age_by_the_machine_s_clock(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.configure()
    desk.declare("fabrikam", "office-365-small-business", 20)
    desk.declare("contoso", "office-365-small-business", 20)
    document = desk.live(live("fabrikam", sub()))
    assert document["metadata"]["observedAt"] == "2026-11-23T10:00:00+00:00"
    monkeypatch.setattr("reconciler.cli.fleet_plan.now", lambda: NOW + timedelta(days=400))
    out = desk.run("plan", "tenants", "--live", "live").out
    assert out.startswith("Planned from a snapshot more than an hour old: fabrikam ")
    assert "contoso" not in out.splitlines()[0], "there is no state of it"
    assert desk.plan("tenants", "--live", "live")["source"]["old_snapshots"][0]["tenant"] == "fabrikam"


@given(reviewed_plans)
def test_no_digest_covers_what_the_headings_say(plan: ChangePlan) -> None:
    assert replace(plan, source=Source(("elsewhere",))).digest == plan.digest


@given(reviewed_plans)
def test_no_heading_can_pass_for_another_line(plan: ChangePlan) -> None:
    text = plan_text(plan, names={})
    assert all(line.isprintable() for line in text.splitlines())
    assert len(text.splitlines()) == text.count("\n")


@given(reviewed_plans)
def test_a_saved_plan_keeps_what_the_headings_say(plan: ChangePlan) -> None:
    document = plan_document(plan)
    again = plan_from_document(parsed(json_text(document)))
    assert again.source == plan.source
    assert plan_document(again) == document


@given(reviewed_plans)
def test_the_document_fits_its_schema(plan: ChangePlan) -> None:
    assert SCHEMA.is_valid(plan_document(plan))

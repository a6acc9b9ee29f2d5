"""Waivers: a check that only warns for a time, under a name, told in every plan; ended ones fail ``validate``."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cli import Desk, Document, tenant_of
from scenes import E3, NOON, SB, SBP, catalogue, declaration, observation
from worlds import live, sub

from reconciler.adapters import files
from reconciler.change_plan import Verdict
from reconciler.decide import decide
from reconciler.memory import Memory
from reconciler.model import Declaration, Waiver
from reconciler.observe import Observation, Unknown
from reconciler.rules import TABLE, Effect, Finding, Status

TODAY = NOON.date()
TOMORROW = TODAY + timedelta(days=1)
WAIVABLE = {rule.id for rule in TABLE if rule.waivable or rule.effect is Effect.WARN}
WEBSITE: dict[str, Any] = {"website": "www.fabrikam.com"}


def waiver(rule: str = "website-domain", until: date = TOMORROW, owner: str = "kari") -> Waiver:
    return Waiver(rule, "the old shop stays", owner, until)


def found(rule: str, file: Declaration, look: Observation | None = None) -> tuple[Finding, Verdict]:
    (step,) = decide(file, look or observation(), Memory(), catalogue()).steps
    return next(f for f in step.checks if f.id == rule), step.verdict


def test_a_waivable_block_is_a_warning_that_names_who_answers_for_it() -> None:
    held, verdict = found("website-domain", declaration(**WEBSITE))
    assert (held.status, held.effect, verdict) == (Status.FAIL, Effect.BLOCK, Verdict.BLOCKED)
    free, verdict = found("website-domain", declaration(**WEBSITE, waivers=(waiver(),)))
    assert (free.status, free.effect, verdict) == (Status.FAIL, Effect.WARN, Verdict.APPLY)
    assert free.message.endswith(f"Waived until {TOMORROW}: the old shop stays (kari).")


def test_a_waiver_no_longer_counts_from_its_day_on() -> None:
    held, verdict = found("website-domain", declaration(**WEBSITE, waivers=(waiver(until=TODAY),)))
    assert verdict is Verdict.BLOCKED
    assert held.message.endswith(
        f"A waiver ended on {TODAY} and no longer counts: the old shop stays (kari)."
    )
    midnight = datetime(TOMORROW.year, TOMORROW.month, TOMORROW.day, tzinfo=UTC)
    file = declaration(**WEBSITE, waivers=(waiver(),))
    for at, expected in ((midnight - timedelta(seconds=1), Verdict.APPLY), (midnight, Verdict.BLOCKED)):
        assert found("website-domain", file, observation(at=at))[1] is expected


def test_of_several_waivers_of_a_rule_the_last_to_end_counts() -> None:
    both = (waiver(until=TODAY, owner="ola"), waiver(owner="kari"))
    for waivers in (both, both[::-1]):
        free, verdict = found("website-domain", declaration(**WEBSITE, waivers=waivers))
        assert verdict is Verdict.APPLY
        assert "(kari)" in free.message


def test_what_is_not_known_is_never_waived() -> None:
    file = declaration(**WEBSITE, waivers=(waiver(),))
    lost, verdict = found("website-domain", file, observation(website=Unknown("throttled")))
    assert (lost.status, verdict) == (Status.UNKNOWN, Verdict.UNKNOWN)
    assert "Waived" not in lost.message


def test_a_waiver_of_one_rule_waives_no_other() -> None:
    for rule in sorted(WAIVABLE - {"website-domain"}):
        assert found("website-domain", declaration(**WEBSITE, waivers=(waiver(rule),)))[1] is Verdict.BLOCKED


def test_what_passes_needs_no_waiver_and_names_none() -> None:
    free, _ = found("website-domain", declaration(website="www.fabrikam.no", waivers=(waiver(),)))
    assert free.status is Status.PASS
    assert "Waived" not in free.message


def test_only_rules_that_may_be_waived_can_be_named_in_a_file() -> None:
    rule = files.schema("tenant")["properties"]["spec"]["properties"]["waivers"]["items"]["properties"][
        "rule"
    ]
    assert set(rule["enum"]) == WAIVABLE


def test_a_waiver_of_a_rule_that_may_not_be_waived_would_do_nothing() -> None:
    """The schema refuses it; the table of rules does not rely on that."""
    look = observation()
    assert not isinstance(look.subscriptions, Unknown)
    expired = replace(look, subscriptions=(replace(look.subscriptions[0], status="expired"),))
    assert found("not-active", declaration(waivers=(waiver("not-active"),)), expired)[1] is Verdict.BLOCKED


# the files and the commands


@pytest.fixture
def desk_with(desk: Desk) -> Desk:
    desk.configure()
    desk.live(
        live("fabrikam", sub(), website={"domain": "www.fabrikam.no", "customDomains": ["www.fabrikam.com"]})
    )
    desk.ok("simulator", "load", "live")
    return desk


def said(until: str = "2099-01-01", **more: str) -> Document:
    return {"rule": "website-domain", "reason": "the old shop stays", "owner": "kari", "until": until, **more}


@pytest.mark.parametrize("member", ["rule", "reason", "owner", "until"])
def test_rule_reason_owner_and_end_are_needed(desk: Desk, member: str) -> None:
    entry = said()
    del entry[member]
    desk.declare("fabrikam", SBP, 22, waivers=[entry])
    answer = desk.run("validate", "tenants")
    assert answer.code == 1
    assert member in answer.out


def test_an_ended_waiver_fails_validate_and_counts_for_nothing_elsewhere(desk_with: Desk) -> None:
    desk_with.declare(
        "fabrikam", SBP, 22, website={"domain": "www.fabrikam.com"}, waivers=[said("2026-11-23")]
    )
    answer = desk_with.run("validate", "tenants")
    assert answer.code == 1
    assert "waiver-expired" in answer.out
    assert "2026-11-23" in answer.out
    assert "kari" in answer.out
    assert tenant_of(desk_with.plan("tenants"), "fabrikam")["verdict"] == "blocked"
    assert desk_with.apply().code == 0
    assert desk_with.asked() == []


def test_a_waiver_that_holds_passes_validate_and_lets_the_switch_go(desk_with: Desk) -> None:
    desk_with.declare("fabrikam", SBP, 22, website={"domain": "www.fabrikam.com"}, waivers=[said()])
    assert desk_with.ok("validate", "tenants").out == "1 tenant, no problems.\n"
    told = " ".join(desk_with.ok("plan", "tenants").out.split())
    assert "warning, website-domain:" in told
    assert "Waived until 2099-01-01: the old shop stays (kari)." in told
    desk_with.apply("tenants", "--wait")
    assert desk_with.standing("fabrikam") == [(SBP, 22)]


@pytest.mark.parametrize(
    ("plan", "licenses", "spec"),
    [
        (SBP, 22, {"website": {"domain": "www.fabrikam.com"}}),  # it makes a warning of a failure
        (SBP, 22, {}),  # the rule does not concern the step
        (
            SBP,
            22,
            {"website": {"domain": "www.fabrikam.com"}, "mode": "report"},
        ),  # something else holds the step
        (E3, 42, {"website": {"domain": "www.fabrikam.com"}}),  # blocked for want of an acknowledgement
        (SB, 15, {}),  # only a hand-off
        (SB, 20, {}),  # in sync
    ],
)
@pytest.mark.parametrize("until", ["2099-01-01", "2026-11-01"])
def test_every_plan_tells_of_the_waivers(
    desk_with: Desk, plan: str, licenses: int, spec: Document, until: str
) -> None:
    desk_with.declare("fabrikam", plan, licenses, waivers=[said(until)], **spec)
    for words in ((), ("-v",), ("--live", "live")):
        told = " ".join(desk_with.ok("plan", "tenants", *words).out.split())
        assert told.count("the old shop stays (kari)") == 1
        assert until in told
    document = desk_with.plan("tenants")
    assert tenant_of(document, "fabrikam")["waivers"] == [said(until)]
    shown = desk_with.ok("plan", "tenants", "--out", "a.plan.json").out
    assert desk_with.ok("show", "a.plan.json").out == shown

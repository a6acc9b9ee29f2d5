"""What only support can do: which request it is, what it says, and when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from scenes import E1, E3, EXCHANGE, SB, SBP, catalogue
from worlds import START, declare, live, seen, sub, want

from reconciler.change_plan import TenantPlan, Verdict
from reconciler.decide import decide
from reconciler.handoff import HandOff, HandoffState, Kind, ended, requests
from reconciler.memory import Memory
from reconciler.model import DeclaredSubscription

NAMES = {key: plan.name for key, plan in catalogue().plans.items()}
LONG_AGO = (START - timedelta(hours=3)).isoformat()


def tenant(wish: DeclaredSubscription, document: dict[str, Any] | None = None, **members: Any) -> TenantPlan:
    shown = document or live("fabrikam", sub(**members))
    return decide(declare("fabrikam", wish), seen(shown), Memory(), catalogue())


def asked(plan: TenantPlan) -> list[HandOff]:
    return list(requests(plan, "abc123", NAMES))


def only(plan: TenantPlan) -> HandOff:
    (one,) = asked(plan)
    return one


FEWER = tenant(want("main", SB, 18))


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        (FEWER, Kind.REMOVE_LICENSES),
        (tenant(want("main", EXCHANGE, 5), live("fabrikam", subscriptions=[])), Kind.NOT_LIVE),
        (tenant(want("main", E1, 20), plan=E3), Kind.MANUAL_SWITCH),
        (tenant(want("main", E3, 301), plan=E1, assigned=301, licenses=301), Kind.MANUAL_SWITCH),
        (tenant(want("main", SBP, 20), payment="prepaid"), Kind.MANUAL_SWITCH),
        (tenant(want("main", SB, 22), payment="prepaid"), Kind.RAISE_BY_HAND),
        (tenant(want("main", SBP, 20), switch={"state": "failed", "to": SBP}), Kind.FAILED_SWITCH),
        (
            tenant(want("main", SBP, 20), switch={"state": "running", "to": SBP, "statusPageSince": LONG_AGO}),
            Kind.STUCK_SWITCH,
        ),
        (
            tenant(
                want("main", SBP, 20),
                live("fabrikam", creditReview={"state": "pending", "since": "2026-11-01T00:00:00Z"}),
            ),
            Kind.CREDIT_REVIEW,
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, Kind) else "",
)  # fmt: skip
def test_a_step_for_support_is_the_request_its_finding_calls_for(plan: TenantPlan, kind: Kind) -> None:
    assert only(plan).kind == kind


def test_what_is_under_way_comes_before_what_was_never_possible() -> None:
    plan = tenant(want("main", E1, 20), plan=E3, switch={"state": "failed", "to": E1})
    assert {"pair-not-listed", "switch-failed"} <= {f.id for f in plan.steps[0].holding}
    assert only(plan).kind == Kind.FAILED_SWITCH


def test_steps_that_are_not_for_support_ask_for_nothing() -> None:
    for plan in (
        tenant(want("main", SBP, 22)),
        tenant(want("main", SBP, 22), status="suspended"),
        tenant(want("main", SBP, 22), trial=None),
        tenant(want("main", SB, 18), live("contoso")),
        tenant(want("main", SB, 20)),
    ):
        assert asked(plan) == []


def test_a_request_names_who_what_from_what_to_what_and_why() -> None:
    one = only(FEWER)
    assert (one.tenant, one.word, one.address, one.subscription_id) == (
        "fabrikam",
        "fabrikam.onmicrosoft.com",
        "main",
        "sub-1",
    )
    assert one.before == {"plan": SB, "licenses": 20}
    assert one.after == {"plan": SB, "licenses": 18}
    assert (one.commit, one.opened_at, one.state) == ("abc123", START, HandoffState.PREPARED)
    for word in ("fabrikam.onmicrosoft.com", "sub-1", "20", "18", NAMES[SB]):
        assert word in one.text["subject"] + one.text["body"]


# One wish is one request


def test_the_same_wish_is_the_same_request_whenever_and_wherever_it_is_seen() -> None:
    document = live("fabrikam", sub(version="v9", assigned=3))
    document["metadata"]["observedAt"] = (START + timedelta(days=9)).isoformat()
    again = tenant(want("main", SB, 18), document)
    assert only(again).id == only(FEWER).id
    assert only(replace(FEWER, tenant="FABRIKAM.onmicrosoft.com", file="moved.yaml")).id == only(FEWER).id
    assert len(only(FEWER).id) == 12


@pytest.mark.parametrize(
    "other",
    [
        tenant(want("main", SB, 17)),
        tenant(want("main", SB, 18), licenses=19),
        tenant(want("main", SB, 18), id="sub-2"),
        replace(FEWER, tenant="contoso.onmicrosoft.com"),
        tenant(want("main", SB, 22), payment="prepaid"),
    ],
)
def test_another_wish_is_another_request(other: TenantPlan) -> None:
    assert only(other).id != only(FEWER).id


# Its end


def test_a_request_is_open_while_its_step_stands() -> None:
    assert ended(only(FEWER), FEWER) is None


def test_a_request_is_done_when_nothing_is_left_to_do() -> None:
    assert ended(only(FEWER), tenant(want("main", SB, 18), licenses=18)) is HandoffState.DONE


@pytest.mark.parametrize(
    "plan",
    [tenant(want("main", SB, 17)), tenant(want("main", SB, 22)), tenant(want("main", SBP, 20))],
    ids=["another number", "more instead of fewer", "a switch instead"],
)
def test_a_request_is_withdrawn_when_something_else_is_wanted(plan: TenantPlan) -> None:
    assert ended(only(FEWER), plan) is HandoffState.WITHDRAWN


def test_a_request_stays_open_while_the_tenant_can_not_be_read() -> None:
    for unread in (
        tenant(want("main", SB, 18), live("fabrikam", subscriptions=None)),
        tenant(want("main", SB, 18), licenses=None),
        tenant(want("main", SB, 18), plan=None),
    ):
        assert unread.verdict is Verdict.UNKNOWN
        assert ended(only(FEWER), unread) is None


def test_a_request_stays_open_while_something_a_person_must_mend_stands_in_its_way() -> None:
    manual = tenant(want("main", E1, 20), plan=E3)
    also_blocked = tenant(want("main", E1, 20), plan=E3, status="suspended")
    assert also_blocked.steps[0].verdict is Verdict.BLOCKED
    assert ended(only(manual), also_blocked) is None
    ambiguous = tenant(want("main", SB, 18), live("fabrikam", sub(id="sub-1"), sub(id="sub-2")))
    assert ended(only(FEWER), ambiguous) is None

"""What a person approved, and whether what would be done now is still that."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from scenes import E3, NOON, SB, SBP, catalogue
from worlds import START, declare, live, seen, sub, want

from reconciler.approval import covers, refuse_if_moved, refuse_unless_usable
from reconciler.change_plan import ChangePlan, Source, Step, TenantPlan, Verdict
from reconciler.decide import decide
from reconciler.errors import PlanRefused, Problem
from reconciler.memory import Memory
from reconciler.model import Action, DeclaredSubscription, Place, Subscription

PLACE = Place("tenant.yaml", 9, 7)
DAY = timedelta(days=1)


def tenant(
    *wishes: DeclaredSubscription,
    memory: Memory = Memory(),  # noqa: B008 - a frozen value
    adds_in_order: bool = True,
    **members: Any,
) -> TenantPlan:
    observed = seen(live("fabrikam", sub(**members)), adds_in_order=adds_in_order)
    return decide(declare("fabrikam", *wishes), observed, memory, catalogue())


def step(action: Action, before: tuple[str, int], after: tuple[str, int], address: str = "main") -> Step:
    sides = Subscription(*before), Subscription(*after)
    return Step(address, action, *sides, Verdict.APPLY, (), PLACE, subscription_id="sub-1")


def plan(*tenants: TenantPlan, **overrides: Any) -> ChangePlan:
    values: dict[str, Any] = {
        "plan_id": "p",
        "created_at": NOON,
        "valid_until": NOON + 3 * DAY,
        "tool_version": "0",
        "backend": "simulator",
        "catalogue": "c",
        "source": Source(("tenants",)),
        "tenants": tenants or (tenant(),),
    }
    return ChangePlan(**{**values, **overrides})


# covers


def test_the_same_step_is_covered_also_when_it_waited_before() -> None:
    switch = step(Action.SWITCH, (SB, 20), (SBP, 22))
    assert covers(tenant(), switch)
    waiting = tenant(provisioned=False)
    assert [s.verdict for s in waiting.steps] == [Verdict.WAIT]
    assert covers(waiting, switch)


@pytest.mark.parametrize("members", [{"status": "suspended"}, {"payment": "prepaid"}, {"trial": None}])
def test_a_step_that_was_shown_as_held_for_a_person_is_not_covered(members: dict[str, Any]) -> None:
    held = tenant(**members)
    assert held.steps[0].verdict in (Verdict.BLOCKED, Verdict.SUPPORT, Verdict.UNKNOWN)
    assert not covers(held, replace(held.steps[0], verdict=Verdict.APPLY))


@pytest.mark.parametrize(
    "other",
    [
        step(Action.SWITCH, (SB, 20), (SBP, 23)),
        step(Action.SWITCH, (SB, 21), (SBP, 22)),
        step(Action.SWITCH, (SB, 20), (E3, 22)),
        step(Action.SWITCH, (SB, 20), (SBP, 22), "another"),
        step(Action.ADD, (SB, 20), (SB, 22)),
    ],
)
def test_any_other_step_is_not_covered(other: Step) -> None:
    assert not covers(tenant(), other)


def test_the_rest_of_a_switch_that_somebody_else_made_is_covered_up_to_what_was_shown() -> None:
    approved = tenant()
    assert covers(approved, step(Action.ADD, (SBP, 20), (SBP, 22)))
    assert covers(approved, step(Action.ADD, (SBP, 21), (SBP, 22)))
    assert not covers(approved, step(Action.ADD, (SBP, 19), (SBP, 22)))
    assert not covers(approved, step(Action.ADD, (SBP, 20), (SBP, 23)))
    assert not covers(approved, step(Action.ADD, (SB, 20), (SB, 22)))


# is it usable


def usable(
    saved: ChangePlan, now: datetime = NOON, longest: timedelta = 3 * DAY, used: datetime | None = None
) -> None:
    refuse_unless_usable(saved, now, longest, used)


def test_a_fresh_plan_is_usable_until_its_time_is_over() -> None:
    usable(plan())
    usable(plan(), NOON + 3 * DAY - timedelta(seconds=1))
    with pytest.raises(PlanRefused, match="was valid until 2026-11-26 12:00 UTC"):
        usable(plan(), NOON + 3 * DAY)


def test_apply_has_its_own_longest_time() -> None:
    with pytest.raises(PlanRefused, match="Plan again"):
        usable(plan(), NOON + DAY, DAY)


def test_a_used_plan_is_refused_with_when() -> None:
    with pytest.raises(PlanRefused, match="was used on 2026-11-23 12:00 UTC"):
        usable(plan(), used=NOON)


def test_a_plan_from_the_future_or_of_broken_files_is_refused() -> None:
    with pytest.raises(PlanRefused, match="Check the clock"):
        usable(plan(), NOON - timedelta(minutes=1))
    with pytest.raises(PlanRefused, match="made from files with problems"):
        usable(plan(diagnostics=(Problem(PLACE, "syntax", "A sentence."),)))


# has it moved


def test_the_same_plan_made_again_is_not_refused() -> None:
    saved = plan()
    refuse_if_moved(saved, saved.digest, plan(plan_id="q", created_at=START))


def test_a_plan_that_was_altered_after_it_was_saved_is_refused() -> None:
    with pytest.raises(PlanRefused, match="not the change plan it was saved as"):
        refuse_if_moved(plan(tenant(want("main", SBP, 25))), plan().digest, plan())


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"licenses": 21}, r"licences were 20, now 21"),
        ({"assigned": 19}, r"assigned licences were 18, now 19"),
        ({"trial": None}, r"whether it is a trial was no, now not known"),
        ({"offers": []}, r"the plans on offer were [a-z0-9, .-]+, now none"),
        ({"preUpgrade": True}, r"pre upgrade was no, now yes"),
    ],
)
def test_what_moved_is_named_with_both_values(members: dict[str, Any], named: str) -> None:
    saved = plan()
    with pytest.raises(PlanRefused, match=rf"since it was made: fabrikam\.main: {named}\. Plan again"):
        refuse_if_moved(saved, saved.digest, plan(tenant(**members)))


def test_another_declaration_tool_or_catalogue_is_named() -> None:
    saved = plan()
    with pytest.raises(PlanRefused, match=r"made: fabrikam\.main, as declared: licences were 22, now 24\."):
        refuse_if_moved(saved, saved.digest, plan(tenant(want("main", SBP, 24))))
    with pytest.raises(PlanRefused, match="the tool's version was 0, now 1"):
        refuse_if_moved(saved, saved.digest, plan(tool_version="1"))
    with pytest.raises(PlanRefused, match=r"the catalogue .*c, now d"):
        refuse_if_moved(saved, saved.digest, plan(catalogue="d"))


def test_a_tenant_that_has_nothing_left_to_do_is_a_move() -> None:
    saved = plan()
    with pytest.raises(PlanRefused, match=r"made: fabrikam has nothing left to do\."):
        refuse_if_moved(saved, saved.digest, plan(tenant(plan=SBP, licenses=22)))


def test_a_tenant_that_is_no_longer_declared_is_told_in_as_many_words() -> None:
    saved = plan()
    with pytest.raises(PlanRefused, match=r"made: fabrikam is no longer declared\."):
        refuse_if_moved(saved, saved.digest, plan(tenants=()))


def test_many_moves_are_counted_and_the_first_are_named() -> None:
    saved = plan()
    everything: dict[str, Any] = {
        "licenses": 21,
        "assigned": 1,
        "trial": True,
        "payment": "invoice",
        "status": "suspended",
    }
    with pytest.raises(PlanRefused, match="Nothing was written: ") as caught:
        refuse_if_moved(saved, saved.digest, plan(tenant(preUpgrade=True, provisioned=False, **everything)))
    assert str(caught.value).count(", now ") == 5
    assert "; 2 more. Plan again" in str(caught.value)


def test_our_own_state_is_no_part_of_the_digest_but_a_changed_verdict_is_a_move() -> None:
    saved, stopped = plan(), plan(tenant(memory=Memory(stopped="incident")))
    assert saved.digest == stopped.digest
    with pytest.raises(PlanRefused, match=r"fabrikam\.main: the switch was apply, is now blocked by stopped"):
        refuse_if_moved(saved, saved.digest, stopped)


def test_a_plan_from_a_snapshot_could_not_judge_our_own_state_so_its_verdicts_are_not_asked() -> None:
    saved = plan(snapshot=True)
    refuse_if_moved(saved, saved.digest, plan(tenant(memory=Memory(stopped="incident"))))

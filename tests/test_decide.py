"""What would be done in one tenant, in which order, and what holds it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from scenes import E1, E3, EXCHANGE, GUID, NOON, SB, SBP, catalogue
from worlds import START, declare, live, seen, sub, want

from reconciler.change_plan import (
    ChangePlan,
    Source,
    Step,
    Summary,
    TenantPlan,
    Verdict,
    gravest,
    step_verdict,
    verdict_of_finding,
)
from reconciler.decide import decide
from reconciler.errors import Problem
from reconciler.memory import Intent, Memory, fingerprint
from reconciler.model import (
    Acknowledgement,
    Action,
    Backup,
    Declaration,
    DeclaredSubscription,
    Mode,
    Place,
    Subscription,
    Suspension,
    Unmanaged,
)
from reconciler.observe import Observation, Unknown
from reconciler.rules import Effect, Finding, Status

PLACE = Place("tenant.yaml", 9, 7)
SURE = Acknowledgement(True, Backup(date(2026, 11, 20), "vault"))
PAUSE = Suspension("merger", "kari", date(2027, 1, 1))


def fabrikam(*subscriptions: dict[str, object], adds_in_order: bool = True, **spec: object) -> Observation:
    return seen(live("fabrikam", *subscriptions, **spec), adds_in_order=adds_in_order)


def decided(
    declared: Declaration | DeclaredSubscription,
    observed: Observation,
    memory: Memory = Memory(),  # noqa: B008 - a frozen value
) -> TenantPlan:
    file = declared if isinstance(declared, Declaration) else declare("fabrikam", declared)
    return decide(file, observed, memory, catalogue())


def outline(plan: TenantPlan) -> list[tuple[str, str, str, object, object]]:
    return [
        (
            s.address,
            str(s.action),
            str(s.verdict),
            s.before and (s.before.plan, s.before.licenses),
            (s.after.plan, s.after.licenses),
        )
        for s in plan.steps
    ]


def held_by(step: Step) -> list[str]:
    return [f.id for f in step.holding]


def finding(rule: str, status: Status, effect: Effect) -> Finding:
    return Finding(rule, status, effect, "A sentence.", "", ("R-TEST",))


# One difference as steps


def test_no_difference_is_no_step_and_in_sync() -> None:
    plan = decided(want("main", SB, 20), fabrikam())
    assert (plan.steps, plan.verdict, plan.basis) == ((), Verdict.IN_SYNC, {})


def test_more_licences_are_an_add() -> None:
    plan = decided(want("main", SB, 22), fabrikam())
    assert outline(plan) == [("main", "add", "apply", (SB, 20), (SB, 22))]
    assert plan.verdict is Verdict.APPLY


def test_fewer_licences_are_a_handoff_and_never_ours() -> None:
    plan = decided(want("main", SB, 18), fabrikam())
    assert outline(plan) == [("main", "handoff", "support", (SB, 20), (SB, 18))]
    assert plan.writes == ()


def test_a_number_left_out_is_not_managed() -> None:
    assert decided(want("main", SB, None), fabrikam()).steps == ()
    plan = decided(want("main", SBP, None), fabrikam())
    assert outline(plan) == [("main", "switch", "apply", (SB, 20), (SBP, 20))]


def test_a_switch_with_more_licences_is_one_order_where_the_service_can() -> None:
    plan = decided(want("main", SBP, 22), fabrikam())
    assert outline(plan) == [("main", "switch", "apply", (SB, 20), (SBP, 22))]


def test_a_switch_with_more_licences_is_a_switch_and_an_add_behind_it_where_the_service_can_not() -> None:
    plan = decided(want("main", SBP, 22), fabrikam(adds_in_order=False))
    assert outline(plan) == [
        ("main", "switch", "apply", (SB, 20), (SBP, 20)),
        ("main", "add", "wait", (SBP, 20), (SBP, 22)),
    ]
    assert held_by(plan.steps[1]) == ["switch-first"]
    assert plan.writes == plan.steps[:1]


def test_a_switch_with_fewer_licences_keeps_what_is_bought_and_hands_off_the_rest() -> None:
    plan = decided(want("main", SBP, 18), fabrikam())
    assert outline(plan) == [
        ("main", "switch", "apply", (SB, 20), (SBP, 20)),
        ("main", "handoff", "support", (SBP, 20), (SBP, 18)),
    ]


def test_an_add_behind_a_switch_is_judged_by_the_cap_of_the_plan_the_switch_makes() -> None:
    held = decided(want("main", SBP, 26), fabrikam(adds_in_order=False))
    assert [(s.action, s.verdict) for s in held.steps] == [
        (Action.SWITCH, Verdict.APPLY),
        (Action.ADD, Verdict.BLOCKED),
    ]
    assert held_by(held.steps[1]) == ["over-plan-cap", "switch-first"]
    file = declare("fabrikam", want("main", E3, 26), acknowledge=SURE)
    assert held_by(decided(file, fabrikam(adds_in_order=False)).steps[1]) == ["switch-first"]


def test_nothing_live_to_become_it_is_a_handoff() -> None:
    file = declare("fabrikam", want("main", SB, 20), want("mail", EXCHANGE, 5), want("any", E1, None))
    plan = decided(file, fabrikam())
    assert outline(plan) == [
        ("mail", "handoff", "support", None, (EXCHANGE, 5)),
        ("any", "handoff", "support", None, (E1, None)),
    ]


def test_an_ambiguous_one_is_blocked_and_names_its_candidates() -> None:
    plan = decided(want("main", SBP, 22), fabrikam(sub(id="a"), sub(id="b")))
    assert [(s.action, s.verdict) for s in plan.steps] == [(Action.HANDOFF, Verdict.BLOCKED)]
    assert "a (office-365-small-business, 20 licences)" in plan.steps[0].holding[0].message
    assert plan.verdict is Verdict.BLOCKED


def test_a_step_knows_the_id_the_version_and_the_place_it_is_about() -> None:
    (step,) = decided(want("main", SB, 22), fabrikam(sub(version="v7"))).steps
    assert (step.subscription_id, step.version, step.place) == ("sub-1", "v7", PLACE)


# What could not be read


def test_an_unread_list_is_no_step_and_unknown_never_in_sync() -> None:
    plan = decided(want("main", SB, 20), fabrikam(subscriptions=None))
    assert (plan.steps, plan.verdict) == ((), Verdict.UNKNOWN)
    assert plan.counted_verdicts == (Verdict.UNKNOWN,)


@pytest.mark.parametrize("fact", ["plan", "licenses"])
def test_an_unread_plan_or_number_is_no_step_and_never_zero(fact: str) -> None:
    observed = fabrikam(sub(**{fact: None}), sub(id="mail", plan=EXCHANGE))
    file = declare("fabrikam", want("main", SBP, 22, "sub-1"), want("mail", EXCHANGE, 21, "mail"))
    plan = decided(file, observed)
    assert outline(plan) == [("mail", "add", "apply", (EXCHANGE, 20), (EXCHANGE, 21))]
    assert plan.verdict is Verdict.UNKNOWN
    assert any(f"subscriptions[main].{fact}" in f.message for f in plan.checks)


def test_a_store_that_can_not_be_read_holds_every_write_and_is_never_in_sync() -> None:
    lost = Unknown("the disk is gone")
    memory = Memory(intents=lost, suspension=lost, stopped=lost)
    plan = decided(want("main", SBP, 22), fabrikam(), memory)
    assert [s.verdict for s in plan.steps] == [Verdict.UNKNOWN]
    idle = decided(want("main", SB, 20), fabrikam(), memory)
    assert (idle.verdict, idle.counted_verdicts) == (Verdict.UNKNOWN, (Verdict.UNKNOWN,))


# The order of a tenant, and the fold


def test_adds_come_first_then_switches_then_what_is_behind_them_then_handoffs() -> None:
    file = declare(
        "fabrikam",
        want("down", E3, 10, "d"),
        want("behind", SBP, 22, "b"),
        want("up", E1, 30, "u"),
        want("gone", EXCHANGE, 5, None),
    )
    bought = (
        sub(id="d", plan=E3),
        sub(id="b"),
        sub(id="u", plan=E1),
    )
    plan = decided(file, fabrikam(*bought, adds_in_order=False))
    assert [(s.address, str(s.action)) for s in plan.steps] == [
        ("up", "add"),
        ("behind", "switch"),
        ("behind", "add"),
        ("down", "handoff"),
        ("gone", "handoff"),
    ]


def two_one_way_switches(first: dict[str, object]) -> TenantPlan:
    file = declare("fabrikam", want("a", E3, None, "a"), want("b", E1, None, "b"), acknowledge=SURE)
    return decided(file, fabrikam(sub(id="a", **first), sub(id="b")))


def test_an_acknowledgement_is_spent_by_the_first_switch_of_the_tenant() -> None:
    plan = two_one_way_switches({})
    assert [s.verdict for s in plan.steps] == [Verdict.APPLY, Verdict.BLOCKED]
    assert held_by(plan.steps[1]) == ["no-way-back", "backup-missing"]


@pytest.mark.parametrize("trouble", [{"status": "suspended"}, {"provisioned": False}, {"trial": None}])
def test_a_step_that_is_held_changes_nothing_for_those_after_it(trouble: dict[str, object]) -> None:
    plan = two_one_way_switches(trouble)
    assert [s.verdict is Verdict.APPLY for s in plan.steps] == [False, True]


def test_a_switch_within_the_family_spends_nothing() -> None:
    file = declare("fabrikam", want("a", SBP, None, "a"), want("b", E1, None, "b"), acknowledge=SURE)
    assert [s.verdict for s in decided(file, fabrikam(sub(id="a"), sub(id="b"))).steps] == [Verdict.APPLY] * 2


def test_an_acknowledgement_spent_in_an_earlier_run_does_not_count_again() -> None:
    file = declare("fabrikam", want("main", E3, None), acknowledge=SURE)
    assert decided(file, fabrikam()).verdict is Verdict.APPLY
    spent = Memory(spent=frozenset({fingerprint(SURE)}))
    assert decided(file, fabrikam(), spent).verdict is Verdict.BLOCKED
    again = replace(file, acknowledge=Acknowledgement(True, Backup(date(2026, 11, 22), "vault")))
    assert decided(again, fabrikam(), spent).verdict is Verdict.APPLY


def test_what_is_listed_as_unmanaged_or_not_declared_is_shown_and_left_alone() -> None:
    file = declare("fabrikam", want("main", SB, 20), unmanaged=(Unmanaged(E1, None, "reseller"),))
    plan = decided(file, fabrikam(sub(), sub(id="x", plan=E1), sub(id="y", plan=E3)))
    assert plan.steps == ()
    assert [s.id for s in plan.unmanaged] == ["x", "y"]


# Verdicts


def test_the_gravest_finding_is_the_steps_verdict() -> None:
    order = [Verdict.UNKNOWN, Verdict.BLOCKED, Verdict.SUPPORT, Verdict.WAIT, Verdict.APPLY]
    for number, verdict in enumerate(order):
        assert gravest(reversed(order[number:])) is verdict
    assert gravest([]) is Verdict.APPLY


@pytest.mark.parametrize(
    ("status", "effect", "verdict"),
    [
        (Status.UNKNOWN, Effect.WARN, Verdict.APPLY),
        (Status.UNKNOWN, Effect.BLOCK, Verdict.UNKNOWN),
        (Status.UNKNOWN, Effect.WAIT, Verdict.UNKNOWN),
        (Status.FAIL, Effect.BLOCK, Verdict.BLOCKED),
        (Status.FAIL, Effect.SUPPORT, Verdict.SUPPORT),
        (Status.FAIL, Effect.WAIT, Verdict.WAIT),
        (Status.FAIL, Effect.WARN, Verdict.APPLY),
        (Status.PASS, Effect.BLOCK, Verdict.APPLY),
        (Status.SKIPPED, Effect.BLOCK, Verdict.APPLY),
    ],
)
def test_a_finding_makes_of_a_step_what_its_status_and_effect_say(
    status: Status, effect: Effect, verdict: Verdict
) -> None:
    one = finding("any", status, effect)
    assert verdict_of_finding(one) is verdict
    assert step_verdict(Action.SWITCH, (one,)) is verdict


def test_a_handoff_is_never_ours_to_apply() -> None:
    assert step_verdict(Action.HANDOFF, ()) is Verdict.SUPPORT
    waits = finding("any", Status.FAIL, Effect.WAIT)
    assert step_verdict(Action.HANDOFF, (waits,)) is Verdict.SUPPORT
    blocked = finding("any", Status.FAIL, Effect.BLOCK)
    assert step_verdict(Action.HANDOFF, (blocked,)) is Verdict.BLOCKED


def test_a_paused_tenant_is_suspended_in_file_store_or_by_mode() -> None:
    wish = want("main", SBP, 22)
    in_store = decided(wish, fabrikam(), Memory(suspension=PAUSE))
    in_file = decided(declare("fabrikam", wish, suspend=PAUSE), fabrikam())
    by_mode = decided(declare("fabrikam", wish, mode=Mode.REPORT), fabrikam())
    for plan in (in_store, in_file, by_mode):
        assert (plan.verdict, plan.writes) == (Verdict.SUSPENDED, ())


def test_a_paused_tenant_that_is_the_wrong_one_is_blocked_and_an_unread_one_unknown() -> None:
    file = declare("fabrikam", want("main", SBP, 22), suspend=PAUSE, tenant="contoso.onmicrosoft.com")
    assert decided(file, fabrikam()).verdict is Verdict.BLOCKED
    assert decided(replace(file, tenant=GUID), fabrikam(subscriptions=None)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "memory",
    [
        Memory(stopped="incident"),
        Memory(
            intents=(
                Intent(
                    "i", "fabrikam", "main", Action.ADD, "sub-1", Subscription(SB, 20), Subscription(SB, 21),
                    "r", 0, ("sub-1",), NOON,
                ),
            )
        ),
    ],
    ids=["stopped", "unsettled"],
)  # fmt: skip
def test_the_global_stop_and_an_unsettled_write_block_every_write(memory: Memory) -> None:
    file = declare("fabrikam", want("main", SBP, 22, "sub-1"), want("suite", E1, 30, "e"))
    plan = decided(file, fabrikam(sub(), sub(id="e", plan=E1)), memory)
    assert [s.verdict for s in plan.steps] == [Verdict.BLOCKED, Verdict.BLOCKED]


# The values themselves


def step(action: Action, before: Subscription | None, after: Subscription, **overrides: object) -> Step:
    values: dict[str, object] = {"verdict": Verdict.APPLY, "checks": (), "place": PLACE}
    return Step("main", action, before, after, **{**values, **overrides})  # type: ignore[arg-type]


@pytest.mark.parametrize("after", [20, 19])
def test_an_add_that_does_not_end_above_where_it_began_can_not_be_made(after: int) -> None:
    with pytest.raises(ValueError, match="an add must end above"):
        step(Action.ADD, Subscription(SB, 20), Subscription(SB, after))
    with pytest.raises(ValueError, match="an add must end above"):
        step(Action.ADD, None, Subscription(SB, after))


def test_a_switch_that_ends_below_where_it_began_can_not_be_made() -> None:
    with pytest.raises(ValueError, match="a switch must not end below"):
        step(Action.SWITCH, Subscription(SB, 20), Subscription(SBP, 19))
    with pytest.raises(ValueError, match="a switch must not end below"):
        step(Action.SWITCH, Subscription(SB, 20), Subscription(SBP, None))
    assert step(Action.SWITCH, Subscription(SB, 20), Subscription(SBP, 20)).added == 0


def test_after_a_switch_the_add_behind_it_is_foretold_to_apply_unless_more_holds_it() -> None:
    plan = decided(want("main", SBP, 22), fabrikam(adds_in_order=False))
    assert plan.after(plan.steps[0]) == {
        ("main", Action.ADD, Subscription(SBP, 20), Subscription(SBP, 22), Verdict.APPLY)
    }
    capped = decided(want("main", SBP, 26), fabrikam(adds_in_order=False))
    (foretold,) = capped.after(capped.steps[0])
    assert foretold[-1] is Verdict.BLOCKED


def test_after_another_step_an_add_behind_a_switch_still_waits() -> None:
    file = declare("fabrikam", want("main", SBP, 22, "sub-1"), want("suite", E1, 30, "e"))
    plan = decided(file, fabrikam(sub(), sub(id="e", plan=E1), adds_in_order=False))
    assert {s[-1] for s in plan.after(plan.steps[0]) if s[1] is Action.ADD} == {Verdict.WAIT}


def change_plan(*tenants: TenantPlan, **overrides: object) -> ChangePlan:
    values: dict[str, object] = {
        "plan_id": "p",
        "created_at": START,
        "valid_until": START,
        "tool_version": "0",
        "backend": "simulator",
        "catalogue": "c",
        "source": Source(("tenants",)),
        "tenants": tenants,
    }
    return ChangePlan(**{**values, **overrides})  # type: ignore[arg-type]


def test_the_totals_count_each_step_once_and_paused_tenants_only_as_such() -> None:
    file = declare(
        "fabrikam",
        want("a", SBP, 22, "a"),
        want("up", E1, 30, "u"),
        want("down", EXCHANGE, 10, "d"),
        want("back", SBP, 40, "b"),
    )
    there = (sub(id="a"), sub(id="u", plan=E1), sub(id="d", plan=EXCHANGE), sub(id="b", trial=None))
    busy = decided(file, fabrikam(*there, adds_in_order=False))
    unread = decided(want("main", SB, 20), fabrikam(subscriptions=None))
    idle = decided(want("main", SB, 20), fabrikam())
    paused = decided(want("main", SBP, 22), fabrikam(), Memory(suspension=PAUSE))
    plan = change_plan(busy, unread, idle, paused)
    # The unread trial makes the switch of ``b`` unknown; the add behind it is over the cap and unknown as well.
    assert plan.summary == Summary(
        switch=1,
        add_licenses=10,
        tenants_changed=1,
        waiting=1,
        blocked=0,
        support=1,
        unknown=3,
        suspended=1,
        in_sync=1,
        remove=0,
    )
    assert (plan.complete, plan.applyable) == (False, True)


def test_a_plan_from_a_snapshot_or_from_broken_files_can_not_be_applied() -> None:
    busy = decided(want("main", SBP, 22), fabrikam())
    assert change_plan(busy).applyable
    assert not change_plan(busy, snapshot=True).applyable
    broken = change_plan(busy, diagnostics=(Problem(PLACE, "syntax", "A sentence."),))
    assert (broken.applyable, broken.errored, broken.complete) == (False, True, False)
    assert not change_plan(decided(want("main", SB, 20), fabrikam())).applyable

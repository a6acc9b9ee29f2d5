"""The laws: what holds for every tenant, every declaration and every mood of the service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, event, find, given, settings
from hypothesis import strategies as st
from scenes import catalogue
from strategies import Case, cases, poorer, shuffled, tenants
from test_promises import FAULTS, Fault
from worlds import START, World, lowered

from reconciler.act import Ending
from reconciler.change_plan import ChangePlan, Source, TenantPlan, Verdict
from reconciler.decide import decide
from reconciler.diff import diff, patch
from reconciler.match import match
from reconciler.memory import Memory
from reconciler.model import Action, Place, Tenant

QUICK = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
SLOW = settings(QUICK, max_examples=50)


@contextmanager
def world_of(case: Case) -> Iterator[World]:
    with (
        TemporaryDirectory() as folder,
        World(Path(folder), case.document, adds_in_order=case.adds_in_order) as world,
    ):
        yield world


def judged(case: Case) -> TenantPlan:
    return decide(case.declaration, case.observation, Memory(), catalogue())


def change_plan(*tenants_: TenantPlan) -> ChangePlan:
    return ChangePlan(
        "plan-1", START, START, "0", "simulator", catalogue().digest, Source(("tenants",)), tenants_
    )


@QUICK
@given(tenants, tenants)
def test_patch_undoes_diff(live: Tenant, declared: Tenant) -> None:
    ours = Tenant(live.name, {a: s for a, s in live.subscriptions.items() if a in declared.subscriptions})
    differences = diff(ours, declared)
    for difference in differences:
        assert difference.before == ours.subscriptions.get(difference.address)
        assert difference.changed
        ours = patch(ours, difference.address, difference.after)
    assert ours.subscriptions == declared.subscriptions
    assert diff(ours, declared) == ()


@QUICK
@given(cases(calm=False))
def test_no_live_subscription_is_what_two_declared_ones_mean(case: Case) -> None:
    pairs = match(case.declaration, case.observation, Memory())
    assert [p.wanted for p in pairs] == list(case.declaration.subscriptions)
    meant = [p.live.id for p in pairs if p.live]
    assert len(meant) == len(set(meant))
    assert all(bool(p.live) != bool(p.problem) for p in pairs)


@SLOW
@given(cases())
def test_the_prophecy_comes_true(case: Case) -> None:
    """Left alone, the tenant stands after each step as the change plan before it foretold."""
    with world_of(case) as world:
        plan = world.plan(case.declaration)
        event(f"{len(plan.writes)} writes")
        while plan.writes:
            step = plan.writes[0]
            run = world.run(case.declaration, plan, wait=True, writes=1)
            assert [o.ending for s, o in run.outcomes if s == step] == [Ending.DONE]
            assert run.last.shapes() == plan.after(step)
            plan = world.plan(case.declaration)
            assert plan.shapes() == run.last.shapes()


@SLOW
@given(cases())
def test_left_alone_one_run_does_all_that_was_shown_to_be_done(case: Case) -> None:
    with world_of(case) as world:
        shown = world.plan(case.declaration)
        run = world.run(case.declaration, shown, wait=True)
        ended = {s.shape: o.ending for s, o in run.outcomes}
        assert [ended[s.shape] for s in shown.writes] == [Ending.DONE] * len(shown.writes)
        assert run.last.writes == ()
        assert not run.failed


@SLOW
@given(cases(calm=False), st.booleans())
def test_a_second_run_does_nothing(case: Case, wait: bool) -> None:
    with world_of(case) as world:
        world.run(case.declaration, wait=True)
        before = len(world.asked())
        second = world.run(case.declaration, wait=wait)
        assert world.asked()[before:] == []
        assert second.plan.writes == ()


@SLOW
@given(
    cases(calm=False),
    st.lists(
        st.tuples(st.sampled_from(FAULTS), st.sampled_from([0, 3, 30, 60 * 24 * 6]), st.booleans()),
        max_size=5,
    ),
)
def test_no_write_ever_lowers_a_number(case: Case, moods: list[tuple[Fault, int, bool]]) -> None:
    with world_of(case) as world:
        bought = {i: licenses for i, (_, licenses) in world.standing("fabrikam").items()}
        for (kind, options), minutes, wait in [*moods, (("throttle", {}), 30, True)]:
            world.service.fault("fabrikam", kind, **options)
            world.run(case.declaration, wait=wait)
            world.service.advance(timedelta(minutes=minutes))
        assert lowered(world.taken()) == []
        if not any(kind == "concurrent-admin" for (kind, _), _, _ in moods):
            there = world.standing("fabrikam").values()
            assert sum(licenses for _, licenses in there) >= sum(bought.values())


@QUICK
@given(cases(calm=False))
def test_nothing_declared_changes_nothing(case: Case) -> None:
    plan = judged(replace(case, declaration=replace(case.declaration, subscriptions=())))
    assert plan.steps == ()
    assert plan.basis == {}
    assert {s.id for s in plan.unmanaged} == {s["id"] for s in case.document["spec"]["subscriptions"]}


@SLOW
@given(cases(calm=False))
def test_what_is_not_declared_is_never_touched(case: Case) -> None:
    with world_of(case) as world:
        others = {s.id for s in world.plan(case.declaration).unmanaged}
        before = world.standing("fabrikam")
        world.run(case.declaration, wait=True)
        assert {c["subscription"] for c in world.asked()} & others == set()
        assert all(world.standing("fabrikam").get(i) == before[i] for i in others & before.keys()) or any(
            (s["switch"] or {})["state"] in ("ordered", "running")
            for s in case.document["spec"]["subscriptions"]
        )


@QUICK
@given(cases(calm=False), st.data())
def test_the_order_of_keys_and_lists_changes_nothing(case: Case, data: st.DataObject) -> None:
    plan = judged(case)
    other = judged(replace(case, document=data.draw(shuffled(case.document))))
    assert [(s.shape, s.verdict) for s in other.steps] == [(s.shape, s.verdict) for s in plan.steps]
    assert change_plan(other).digest == change_plan(plan).digest


@QUICK
@given(cases(), st.data())
def test_where_a_tenant_stands_in_the_files_changes_nothing(case: Case, data: st.DataObject) -> None:
    plan = judged(case)
    moved = Place("another.yaml", data.draw(st.integers(1, 99)), 3)
    wishes = tuple(replace(w, place=moved) for w in case.declaration.subscriptions)
    labels = data.draw(st.dictionaries(st.sampled_from(["ring", "region"]), st.just("x")))
    file = replace(case.declaration, place=moved, subscriptions=wishes, labels=labels)
    other = judged(replace(case, declaration=file))
    rest = replace(plan, tenant="contoso.onmicrosoft.com")
    assert other.shapes() == plan.shapes()
    assert change_plan(rest, other).digest == change_plan(plan, rest).digest


@QUICK
@given(cases(calm=False), st.data())
def test_knowing_less_never_leads_to_more_writes(case: Case, data: st.DataObject) -> None:
    rich = judged(case)
    poor = judged(replace(case, document=data.draw(poorer(case.document))))
    event(f"{len(rich.writes)} writes, then {len(poor.writes)}")
    # What an unknown fact holds back does not spend the acknowledgement, so another switch may find it unspent.
    could = {s.shape for s in rich.writes} | {s.shape for s in rich.steps if _held_by_a_spent_word(s.holding)}
    assert {s.shape for s in poor.writes} <= could
    assert len(poor.writes) <= len(rich.writes)


def _held_by_a_spent_word(holding: tuple[object, ...]) -> bool:
    return {getattr(f, "id", "") for f in holding} <= {"no-way-back", "backup-missing"}


@SLOW
@given(cases(calm=False), st.booleans())
def test_only_steps_with_the_verdict_apply_are_written(case: Case, wait: bool) -> None:
    with world_of(case) as world:
        shown = world.plan(case.declaration)
        run = world.run(case.declaration, shown, wait=wait)
        behind = [s for s in shown.steps if s.behind_switch and s.action is Action.ADD]
        allowed = {(s.subscription_id, s.after.licenses) for s in (*shown.writes, *behind)}
        written = [c["after"]["licenses"] for c in world.asked()]
        assert len(written) <= len(allowed)
        assert set(written) <= {licenses for _, licenses in allowed}
        if shown.verdict in (Verdict.SUSPENDED, Verdict.IN_SYNC):
            assert written == []
        assert all(
            o.request_id is None for s, o in run.outcomes if s.verdict not in (Verdict.APPLY, Verdict.WAIT)
        )


@SLOW
@given(cases(calm=False), st.booleans())
def test_every_step_shown_ends_as_exactly_one_thing(case: Case, wait: bool) -> None:
    with world_of(case) as world:
        shown = world.plan(case.declaration)
        run = world.run(case.declaration, shown, wait=wait)
        assert [s.shape for s in shown.steps] == [s.shape for s, _ in run.outcomes][: len(shown.steps)]
        assert all(o.message for _, o in run.outcomes)


@SLOW
@given(cases(calm=False))
def test_planning_never_writes(case: Case) -> None:
    with world_of(case) as world:
        first, second = world.plan(case.declaration), world.plan(case.declaration)
        assert first == replace(second, observed_at=first.observed_at)
        assert {c["operation"] for c in world.service.calls()} == {"read"}


@pytest.mark.parametrize("action", [Action.SWITCH, Action.ADD])
def test_the_laws_meet_tenants_in_which_much_is_written(action: Action) -> None:
    def much(case: Case) -> bool:
        return [s.action for s in judged(case).writes].count(action) >= 2

    find(cases(), much, settings=settings(QUICK, max_examples=2000, phases=[Phase.generate]))

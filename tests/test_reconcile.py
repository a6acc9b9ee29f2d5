"""One tenant's turn, over the embedded service and a real store: when it goes on, when it stops, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from scenes import E1, E3, SBP, catalogue
from worlds import (
    START,
    Patient,
    Spec,
    WatchedActor,
    WatchedJournal,
    World,
    declare,
    live,
    seen,
    sub,
    want,
)

from reconciler.act import Errand, Raise, SwitchOrder
from reconciler.change_plan import Step, TenantPlan, Verdict
from reconciler.errors import LeaseLost, StateUnreadable
from reconciler.follow import follow
from reconciler.memory import Intent, Memory, Settled, fingerprint
from reconciler.model import Acknowledgement, Action, Backup, Declaration, Suspension
from reconciler.observe import Observation, TenantRef, Unknown
from reconciler.outcomes import Run
from reconciler.reconcile import plan_tenant

SURE = Acknowledgement(True, Backup(date(2026, 11, 20), "vault"))
REF = TenantRef("fabrikam", "fabrikam.onmicrosoft.com")
ONE = declare("fabrikam")
TWO = declare("fabrikam", want("small", SBP, 22, "s"), want("suite", E1, 30, "e"))
TWO_LIVE = live("fabrikam", sub(id="s"), sub(id="e", plan=E1))
Order = SwitchOrder | Raise


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Make a world that is closed when the test is over."""
    built: list[World] = []

    def one(*documents: Spec, **options: Any) -> World:
        built.append(World(tmp_path, *(documents or (live("fabrikam"),)), **options))
        return built[-1]

    yield one
    for world in built:
        world.__exit__(None, None, None)


def endings(run: Run) -> list[tuple[str, str, str]]:
    return [(s.address, str(s.action), str(o.ending)) for s, o in run.outcomes]


def after_the_write(world: World, happens: Callable[[], object]) -> None:
    """Let something happen right after each call of the writer."""

    def then(order: Order) -> None:
        happens()

    world.actor = WatchedActor(world.actor, lambda order: None, then)


# Going on, and not


def test_a_switch_is_ordered_and_left_to_run_where_nobody_waits(build: Callable[..., World]) -> None:
    world = build()
    run = world.run(ONE)
    assert endings(run) == [("main", "switch", "started")]
    assert [s.verdict for s in run.last.steps] == [Verdict.WAIT]
    assert not run.failed


def test_a_switch_is_followed_to_its_end_where_somebody_waits(build: Callable[..., World]) -> None:
    world = build()
    run = world.run(ONE, wait=True)
    assert endings(run) == [("main", "switch", "done")]
    assert run.last.steps == ()
    assert "read back" in run.outcomes[0][1].message


def test_a_later_pass_finds_the_switch_in_the_live_state_and_sees_it_to_its_end(
    build: Callable[..., World],
) -> None:
    world = build()
    world.run(ONE)
    world.service.advance(timedelta(minutes=10))
    plan = world.plan(ONE)
    assert (plan.steps, plan.unfinished) == ((), True)
    world.run(ONE, plan)
    (intent,) = world.intents("fabrikam")
    assert (intent.settled, intent.seen) == (Settled.DONE, True)
    assert not world.plan(ONE).unfinished
    bound = world.memory("fabrikam").bindings["main"]
    assert world.memory("fabrikam").successors == {"sub-1": bound}
    assert list(world.standing("fabrikam")) == [bound]


def test_all_steps_of_a_tenant_are_done_one_after_the_other(build: Callable[..., World]) -> None:
    world = build(TWO_LIVE)
    run = world.run(TWO, wait=True)
    assert endings(run) == [("suite", "add", "done"), ("small", "switch", "done")]
    assert [c["operation"] for c in world.taken()] == ["set_licenses", "order_switch"]


def test_every_write_has_a_look_before_it_and_one_after_it(build: Callable[..., World]) -> None:
    world = build(TWO_LIVE)
    plan = world.plan(TWO)
    before = len(world.service.calls())
    world.run(TWO, plan)
    operations = [c["operation"] for c in world.service.calls()[before:]]
    for number, operation in enumerate(operations):
        if operation != "read":
            assert (operations[number - 1], operations[number + 1]) == ("read", "read")
    assert operations.count("set_licenses") == operations.count("order_switch") == 1


def test_the_add_behind_a_switch_follows_when_the_switch_is_verified(build: Callable[..., World]) -> None:
    world = build(adds_in_order=False)
    run = world.run(ONE, wait=True)
    assert endings(run) == [("main", "switch", "done"), ("main", "add", "done")]
    assert list(world.standing("fabrikam").values()) == [(SBP, 22)]


def test_without_waiting_the_add_behind_a_switch_is_left_for_a_later_pass(
    build: Callable[..., World],
) -> None:
    world = build(adds_in_order=False)
    assert endings(world.run(ONE)) == [("main", "switch", "started"), ("main", "add", "waiting")]
    world.service.advance(timedelta(minutes=10))
    assert endings(world.run(ONE)) == [("main", "add", "done")]


def test_a_run_stops_when_the_world_did_not_move_as_foretold(build: Callable[..., World]) -> None:
    world = build(TWO_LIVE)
    after_the_write(world, lambda: world.service.set("fabrikam.s.licenses", 21))
    run = world.run(TWO, wait=True)
    assert endings(run) == [("suite", "add", "done"), ("small", "switch", "waiting")]
    assert "foretold" in run.outcomes[1][1].message
    assert len(world.taken()) == 1


def test_a_run_stops_when_a_verdict_is_not_as_foretold(build: Callable[..., World]) -> None:
    world = build(TWO_LIVE)
    after_the_write(world, lambda: world.service.set("fabrikam.s.status", "suspended"))
    run = world.run(TWO, wait=True)
    assert endings(run) == [("suite", "add", "done"), ("small", "switch", "blocked")]
    assert len(world.asked()) == 1


def test_a_step_that_did_not_end_as_done_is_the_last_one(build: Callable[..., World]) -> None:
    world = build(TWO_LIVE)
    world.service.fault("fabrikam", "throttle", on="write")
    run = world.run(TWO, wait=True)
    assert endings(run) == [("suite", "add", "waiting"), ("small", "switch", "waiting")]
    assert len(world.asked()) == 1
    assert not run.failed


def test_somebody_who_was_quicker_is_never_overwritten(build: Callable[..., World]) -> None:
    world = build(live("fabrikam", sub(plan=E1)))
    world.service.fault("fabrikam", "concurrent-admin", by=30)
    run = world.run(declare("fabrikam", want("main", E1, 25)))
    assert endings(run) == [("main", "add", "failed")]
    assert world.standing("fabrikam") == {"sub-1": (E1, 50)}
    assert [i.settled for i in world.intents("fabrikam")] == [Settled.NOT_TAKEN]


# What was approved


def test_a_step_nobody_was_shown_is_not_done(build: Callable[..., World]) -> None:
    world = build()
    shown = world.plan(ONE)
    world.service.set("fabrikam.main.licenses", 21)
    run = world.run(ONE, shown)
    assert endings(run) == [("main", "switch", "failed")]
    assert "no longer what was shown" in run.outcomes[0][1].message
    assert run.failed
    assert world.asked() == []


def test_a_step_that_came_true_by_itself_is_done_and_not_written(build: Callable[..., World]) -> None:
    world = build(live("fabrikam", sub(plan=E1)))
    wish = declare("fabrikam", want("main", E1, 25))
    shown = world.plan(wish)
    world.service.set("fabrikam.main.licenses", 25)
    run = world.run(wish, shown)
    assert endings(run) == [("main", "add", "done")]
    assert "nothing is left to do" in run.outcomes[0][1].message
    assert world.asked() == []


def test_a_step_that_became_another_one_is_never_said_to_be_done(build: Callable[..., World]) -> None:
    world = build(live("fabrikam", sub(plan=E1)))
    wish = declare("fabrikam", want("main", E1, 25))
    shown = world.plan(wish)
    world.service.set("fabrikam.main.licenses", 30)
    assert endings(world.run(wish, shown)) == [("main", "add", "handed-off")]


@pytest.mark.parametrize(
    ("kind", "options"),
    [("throttle", {"on": "read"}), ("partial-read", {"facts": ["subscriptions"]}), ("error", {"on": "read"})],
)
def test_a_tenant_that_can_not_be_read_at_its_turn_is_never_said_to_be_done(
    build: Callable[..., World], kind: str, options: dict[str, Any]
) -> None:
    world = build()
    shown = world.plan(ONE)
    world.service.fault("fabrikam", kind, times=None, **options)
    run = world.run(ONE, shown)
    assert endings(run) == [("main", "switch", "unknown")]
    assert not run.failed
    assert world.asked() == []


def test_the_wrong_tenant_is_never_said_to_be_done(build: Callable[..., World]) -> None:
    world = build(live("fabrikam", sub(plan=E1)))
    wish = declare("fabrikam", want("main", E1, 25))
    shown = world.plan(wish)
    world.service.set("fabrikam.main.licenses", 25)
    world.service.fault("fabrikam", "partial-read", times=None, facts=["tenant", "domains"])
    assert endings(world.run(wish, shown)) == [("main", "add", "unknown")]


def test_a_saved_plan_is_used_with_its_first_intent_and_counts_once(build: Callable[..., World]) -> None:
    world = build(TWO_LIVE)
    shown = world.plan(TWO)
    errand = Errand("saved-1", uses_plan="saved-1")
    assert world.store.plan_use("saved-1") is None
    assert endings(world.run(TWO, shown, errand=errand, wait=True))[0] == ("suite", "add", "done")
    assert world.store.plan_use("saved-1") == START
    world.service.load([TWO_LIVE])
    before = len(world.asked())
    second = world.run(TWO, world.plan(TWO), errand=errand)
    assert {ending for _, _, ending in endings(second)} == {"failed"}
    assert "counts once" in second.outcomes[0][1].message
    assert len(world.asked()) == before


def test_a_saved_plan_whose_ground_moved_is_refused_before_its_first_write_and_stays_unused(
    build: Callable[..., World],
) -> None:
    world = build(TWO_LIVE)
    shown = world.plan(TWO)
    world.service.set("fabrikam.s.assigned", 17)
    run = world.run(TWO, shown, errand=Errand("saved-1", uses_plan="saved-1"))
    assert {ending for _, _, ending in endings(run)} == {"failed"}
    assert (world.asked(), world.store.plan_use("saved-1")) == ([], None)


# Held, stopped, suspended, interrupted


def test_a_tenant_another_run_holds_is_waiting_and_its_holder_is_named(build: Callable[..., World]) -> None:
    world = build()
    shown = world.plan(ONE)
    with world.store.lease(("fabrikam.onmicrosoft.com",), "host 7, process 12", sleep=lambda s: None):
        run = world.run(ONE, shown)
    assert endings(run) == [("main", "switch", "waiting")]
    assert "host 7, process 12" in run.outcomes[0][1].message
    assert world.asked() == []


def test_a_stop_or_a_pause_between_the_plan_and_the_turn_holds_the_write(build: Callable[..., World]) -> None:
    world = build()
    shown = world.plan(ONE)
    world.store.set_stop("incident", "ola")
    assert endings(world.run(ONE, shown)) == [("main", "switch", "blocked")]
    world.store.lift_stop()
    pause = Suspension("merger", "kari", date(2027, 1, 1))
    world.store.suspend(("fabrikam.onmicrosoft.com",), "fabrikam", pause)
    run = world.run(ONE, shown)
    assert (endings(run), run.last.verdict) == ([("main", "switch", "waiting")], Verdict.SUSPENDED)
    assert world.asked() == []


def test_a_stop_between_two_steps_holds_the_second(build: Callable[..., World]) -> None:
    world = build(TWO_LIVE)
    after_the_write(world, lambda: world.store.set_stop("incident", "ola"))
    run = world.run(TWO, wait=True)
    assert endings(run) == [("suite", "add", "done"), ("small", "switch", "blocked")]


def test_an_interrupted_run_finishes_the_write_under_way_and_begins_no_other(
    build: Callable[..., World],
) -> None:
    world = build(TWO_LIVE)
    run = world.run(TWO, wait=True, writes=1)
    assert endings(run) == [("suite", "add", "done"), ("small", "switch", "waiting")]
    assert "interrupted" in run.outcomes[1][1].message
    assert [i.settled for i in world.intents("fabrikam")] == [Settled.DONE]


def test_names_that_could_not_be_read_before_the_lease_hold_the_write(build: Callable[..., World]) -> None:
    world = build()
    shown = world.plan(ONE)
    world.service.fault("fabrikam", "throttle", on="read")
    run = world.run(ONE, shown)
    assert endings(run) == [("main", "switch", "waiting")]
    assert "its names" in run.outcomes[0][1].message
    assert world.asked() == []
    assert endings(world.run(ONE, shown)) == [("main", "switch", "started")]


def test_a_tenant_renamed_in_its_file_keeps_its_unsettled_write(build: Callable[..., World]) -> None:
    world = build()
    world.service.fault("fabrikam", "lost-before")
    world.service.fault("fabrikam", "throttle", times=None, on="inquire")
    assert endings(world.run(ONE)) == [("main", "switch", "unknown")]
    document = world.service.document("fabrikam")
    assert document
    by_id = replace(ONE, tenant=document["spec"]["tenantId"])
    assert [f.id for f in world.plan(by_id).steps[0].holding] == ["outcome-unknown"]
    assert endings(world.run(by_id)) == [("main", "switch", "blocked")]
    assert len(world.asked()) == 1


# Our own state


class Breaking(WatchedJournal):
    """A journal that fails once ``when`` says so, at the next look into it."""

    trouble: Exception = StateUnreadable("the disk is gone")
    when: Callable[[], bool] = staticmethod(lambda: False)

    def memory(self) -> Memory:
        if self.when():
            raise self.trouble
        return super().memory()


@pytest.mark.parametrize("trouble", [StateUnreadable("the disk is gone"), LeaseLost("taken over")])
def test_a_journal_that_can_not_be_read_means_no_write(
    build: Callable[..., World], trouble: Exception
) -> None:
    world = build()

    def breaking(journal: Any) -> Breaking:
        broken = Breaking(journal, lambda word, intent: None)
        broken.trouble, broken.when = trouble, lambda: True
        return broken

    world.journal = breaking
    run = world.run(ONE)
    assert endings(run) == [("main", "switch", "failed")]
    assert str(trouble) in run.outcomes[0][1].message
    assert world.asked() == []


def test_a_journal_that_breaks_after_a_write_still_tells_what_was_sent(build: Callable[..., World]) -> None:
    world = build(TWO_LIVE)

    def breaking(journal: Any) -> Breaking:
        broken = Breaking(journal, lambda word, intent: None)
        broken.when = lambda: bool(world.asked())
        return broken

    world.journal = breaking
    run = world.run(TWO)
    assert endings(run) == [("suite", "add", "done"), ("small", "switch", "failed")]
    assert run.outcomes[0][1].request_id == world.asked()[0]["request_id"]
    assert len(world.asked()) == 1


# Lost answers


def test_a_lost_answer_is_unknown_and_the_tenant_gets_no_other_write_until_it_is_settled(
    build: Callable[..., World],
) -> None:
    world = build(TWO_LIVE)
    world.service.fault("fabrikam", "lost-before")
    world.service.fault("fabrikam", "throttle", times=None, on="inquire")
    run = world.run(TWO)
    assert endings(run) == [("suite", "add", "unknown"), ("small", "switch", "blocked")]
    assert run.failed
    assert {s.verdict for s in world.plan(TWO).steps} == {Verdict.BLOCKED}
    world.run(TWO)
    assert len(world.asked()) == 1
    world.service.clear_faults()
    world.run(TWO)
    assert [i.settled for i in world.intents("fabrikam")] == [Settled.NOT_TAKEN]
    assert endings(world.run(TWO, wait=True)) == [("suite", "add", "done"), ("small", "switch", "done")]


def test_waiting_outlasts_the_visibility_time_and_settles_a_lost_write_by_two_looks(
    build: Callable[..., World],
) -> None:
    world = build(live("fabrikam", sub(plan=E1)))
    world.service.fault("fabrikam", "lost-before")
    world.service.fault("fabrikam", "throttle", times=None, on="inquire")
    run = world.run(declare("fabrikam", want("main", E1, 25)), wait=True)
    assert endings(run) == [("main", "add", "failed")]
    assert "did not take" in run.outcomes[0][1].message
    (intent,) = world.intents("fabrikam")
    assert (intent.settled, intent.clear_looks) == (Settled.NOT_TAKEN, 2)
    assert world.service.now() - START >= timedelta(minutes=5)


def test_a_taken_write_that_shows_late_is_waited_for_and_never_repeated(build: Callable[..., World]) -> None:
    for fault in ("lost-after", "late-visibility"):
        world = build(live("fabrikam", sub(plan=E1)))
        world.service.fault("fabrikam", "late-visibility", minutes=3)
        if fault == "lost-after":
            world.service.fault("fabrikam", fault)
            world.service.fault("fabrikam", "throttle", times=1, on="inquire")
        before = len(world.asked())
        run = world.run(declare("fabrikam", want("main", E1, 25)), wait=True)
        assert endings(run) == [("main", "add", "done")]
        assert len(world.asked()) == before + 1
        world.__exit__(None, None, None)


def test_a_waiter_whose_time_does_not_move_does_not_hang_the_run(build: Callable[..., World]) -> None:
    world = build(live("fabrikam", sub(plan=E1)))
    writer = world.actor

    def go_dark(order: Order) -> None:
        world.service.fault("fabrikam", "throttle", times=None, on="inquire")
        world.service.fault("fabrikam", "error", times=None, on="read")

    world.actor = WatchedActor(writer, lambda order: None, go_dark)
    world.service.fault("fabrikam", "lost-before")
    run = world.run(declare("fabrikam", want("main", E1, 25)), wait=True)
    assert endings(run) == [("main", "add", "unknown")]
    assert world.memory("fabrikam").unsettled


# One-way switches


def test_an_acknowledgement_is_spent_when_its_switch_is_done(build: Callable[..., World]) -> None:
    world = build()
    file = declare("fabrikam", want("main", E3, 22), acknowledge=SURE)
    world.run(file)
    assert world.memory("fabrikam").spent == frozenset()
    world.service.advance(timedelta(minutes=10))
    world.run(file)
    assert world.memory("fabrikam").spent == {fingerprint(SURE)}
    assert [i.acknowledged for i in world.intents("fabrikam")] == [fingerprint(SURE)]


def test_a_switch_within_the_family_rests_on_no_acknowledgement(build: Callable[..., World]) -> None:
    world = build()
    world.run(replace(ONE, acknowledge=SURE), wait=True)
    assert [i.acknowledged for i in world.intents("fabrikam")] == [None]
    assert world.memory("fabrikam").spent == frozenset()


# Failed and stuck switches


def test_a_failed_switch_is_never_ordered_again_until_support_has_cleared_it(
    build: Callable[..., World],
) -> None:
    world = build()
    world.service.fault("fabrikam", "switch-fails")
    assert endings(world.run(ONE, wait=True)) == [("main", "switch", "failed")]
    for _ in range(2):
        assert endings(world.run(ONE, wait=True)) == [("main", "switch", "handed-off")]
    assert len(world.asked()) == 1
    world.service.set("fabrikam.main.switch.state", "none")
    assert endings(world.run(ONE, wait=True)) == [("main", "switch", "done")]


def test_a_switch_past_an_hour_of_its_status_page_is_not_waited_for_any_longer(
    build: Callable[..., World],
) -> None:
    world = build()
    world.service.fault("fabrikam", "switch-hangs")
    run = world.run(ONE, wait=True)
    assert endings(run) == [("main", "switch", "handed-off")]
    assert timedelta(minutes=60) < world.service.now() - START <= timedelta(minutes=62)
    assert [s.verdict for s in run.last.steps] == [Verdict.SUPPORT]


def test_a_credit_review_is_never_waited_for(build: Callable[..., World]) -> None:
    world = build(live("fabrikam", sub(payment="invoice")))
    run = world.run(ONE, wait=True)
    assert endings(run) == [("main", "switch", "waiting")]
    assert "starts by itself when the credit is granted" in run.outcomes[0][1].message
    assert world.service.now() - START < timedelta(hours=1)
    world.service.advance(timedelta(days=6))
    world.run(ONE)
    assert world.plan(ONE).steps == ()
    assert len(world.asked()) == 1


def test_following_ends_with_the_waiters_patience(build: Callable[..., World]) -> None:
    world = build()
    world.run(ONE)
    seen_then = follow(
        REF, world.reader, Patient(world.service, timedelta(minutes=3)), world.reader.observe(REF)
    )
    assert not isinstance(seen_then.subscriptions, Unknown)
    assert seen_then.at - START == timedelta(minutes=3)
    seen_now = follow(REF, world.reader, Patient(world.service), seen_then)
    assert not isinstance(seen_now.subscriptions, Unknown)
    assert [s.plan for s in seen_now.subscriptions] == [SBP]


def test_an_interruption_ends_the_following_at_the_look_it_has(build: Callable[..., World]) -> None:
    world = build()
    world.run(ONE)
    began = world.reader.observe(REF)
    assert follow(REF, world.reader, Patient(world.service), began, lambda: True) is began
    assert follow(REF, world.reader, Patient(world.service), began) is not began


# Planning


@dataclass
class Untouchable:
    """A store nobody may ask."""

    def recall_all(self, keysets: Sequence[tuple[str, ...]]) -> tuple[Memory, ...]:
        raise AssertionError(f"the store was asked for {keysets}")


@dataclass
class Still:
    """An observer that always shows the same."""

    shows: Observation

    def observe(self, ref: TenantRef) -> Observation:
        return self.shows


def test_a_plan_from_a_snapshot_asks_no_store_and_skips_the_rules_about_it() -> None:
    snapshot = replace(seen(live("fabrikam")), snapshot=True)
    plan, shown = plan_tenant(ONE, Still(snapshot), Untouchable(), catalogue())
    assert shown is snapshot
    assert [s.verdict for s in plan.steps] == [Verdict.APPLY]
    ours = {f.id: str(f.status) for f in plan.steps[0].checks if f.id in ("stopped", "outcome-unknown")}
    assert ours == {"stopped": "skipped", "outcome-unknown": "skipped"}


def test_planning_in_a_folder_without_a_store_makes_none(tmp_path: Path) -> None:
    from reconciler.adapters.store import open_store

    with open_store(str(tmp_path / "state"), create=False, now=lambda: START) as store:
        plan, _ = plan_tenant(ONE, Still(seen(live("fabrikam"))), store, catalogue())
    assert [s.verdict for s in plan.steps] == [Verdict.APPLY]
    assert list(tmp_path.iterdir()) == []


def test_one_tenants_trouble_is_a_value_in_its_run(build: Callable[..., World]) -> None:
    world = build(live("fabrikam"), live("contoso"))
    world.service.fault("fabrikam", "error", times=None, on="read")
    runs = [world.run(declare(name), wait=True) for name in ("fabrikam", "contoso")]
    assert [run.last.verdict for run in runs] == [Verdict.UNKNOWN, Verdict.IN_SYNC]
    assert [c["tenant"] for c in world.taken()] == ["contoso"]


def test_an_unknown_tenant_is_unknown_and_never_a_hand_off(build: Callable[..., World]) -> None:
    world = build(live("contoso"))
    plan = world.plan(ONE)
    assert (plan.verdict, plan.steps) == (Verdict.UNKNOWN, ())
    assert endings(world.run(ONE, plan)) == []


def shapes(plan: TenantPlan) -> list[tuple[object, ...]]:
    return [step.shape for step in plan.steps]


def test_a_handoff_stays_open_until_the_live_number_is_down(build: Callable[..., World]) -> None:
    world = build()
    fewer: Declaration = declare("fabrikam", want("main", SBP, 18, "sub-1"))
    run = world.run(fewer, wait=True)
    assert endings(run) == [("main", "switch", "done"), ("main", "handoff", "handed-off")]
    (left,) = world.plan(fewer).steps
    assert (left.action, left.before, left.verdict) == (
        Action.HANDOFF,
        run.outcomes[1][0].before,
        Verdict.SUPPORT,
    )
    world.service.set("fabrikam.main.licenses", 18)
    assert shapes(world.plan(fewer)) == []


def test_what_was_recorded_is_what_was_shown(build: Callable[..., World]) -> None:
    world = build(TWO_LIVE)
    shown = world.plan(TWO)
    world.run(TWO, shown, errand=Errand("plan-9", commit="abc"))
    kept: tuple[Intent, ...] = world.intents("fabrikam")
    steps: list[Step] = [s for s in shown.steps if s.verdict is Verdict.APPLY]
    assert [(i.address, i.action, i.before, i.after) for i in kept] == [s.shape for s in steps]
    assert {(i.plan_id, i.commit) for i in kept} == {("plan-9", "abc")}

"""The promises, whatever happens: a machine that declares, disturbs, crashes and runs at random, and watches.

Each rule is something the world may do to the tool. The watching is done where it counts: at each word of the
journal and at each call of the writer (``_before_a_write``), and over the service's own log after every rule.
The long form: LONG_LAWS=1.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from scenes import E1, E3, EXCHANGE, MID, SB, SBP, catalogue
from worlds import (
    WatchedActor,
    WatchedJournal,
    World,
    declare,
    live,
    lowered,
    sub,
    want,
)

from reconciler.act import Ending, Errand, Raise, SwitchOrder
from reconciler.change_plan import TenantPlan
from reconciler.errors import Refused
from reconciler.memory import Intent, Settled
from reconciler.model import Acknowledgement, Backup, Declaration, Mode, Suspension
from reconciler.observe import TenantRef, Unknown
from reconciler.outcomes import Run

LONG = os.environ.get("LONG_LAWS") == "1"
NAMES = ("fabrikam", "contoso", "adatum")
PLANS = (SB, SBP, MID, E1, E3, EXCHANGE)
LATER = [timedelta(minutes=1), timedelta(minutes=6), timedelta(minutes=20), timedelta(hours=2)]
MUCH_LATER = [timedelta(days=1), timedelta(days=6), timedelta(days=15)]
UNTIL = date(2027, 3, 1)
BACKUP = Backup(date(2026, 11, 23), "vault")

Fault = tuple[str, dict[str, Any]]
WRITE_FAULTS: list[Fault] = [
    ("lost-after", {}),
    ("lost-before", {}),
    ("late-visibility", {"minutes": 3}),
    ("throttle", {"on": "write"}),
    ("throttle", {"on": "inquire"}),
    ("error", {"taken": True, "on": "write"}),
    ("error", {"taken": False, "on": "write"}),
    ("error", {"on": "inquire"}),
    ("concurrent-admin", {"by": 8}),
    ("switch-fails", {}),
    ("credit-review", {"days": 5}),
]
DEAF: Fault = ("throttle", {"on": "inquire", "times": 4})
# Taken, not shown, and nobody to ask; and the same for what was not taken.
SILENCE: list[Fault] = [("lost-after", {}), ("late-visibility", {"minutes": 4}), DEAF]
NEVER_SENT: list[Fault] = [("lost-before", {}), DEAF]
FAULTS: list[Fault] = [
    *WRITE_FAULTS,
    ("throttle", {}),
    ("error", {"on": "read"}),
    ("partial-read", {"facts": ["subscriptions"]}),
    ("partial-read", {"facts": ["tenantId"]}),
    ("partial-read", {"facts": ["tenant", "domains"]}),
    ("partial-read", {"facts": ["subscriptions.switch"]}),
    ("partial-read", {"facts": ["subscriptions.plan"]}),
    ("partial-read", {"facts": ["subscriptions.licenses"]}),
    ("unknown-word", {"member": "status", "word": "in-transition"}),
    ("unknown-word", {"member": "switch.state", "word": "paused"}),
    ("unknown-word", {"member": "plan", "word": "a-plan-of-nobody"}),
    ("concurrent-admin", {"by": -1}),
    ("switch-hangs", {}),
]
CRASHES = ("intend", "sent", "call", "settle")

names = st.sampled_from(NAMES)
plans = st.sampled_from(PLANS)
counts = st.integers(1, 60)
bools = st.booleans()
seldom = st.sampled_from([False, False, True])
points = st.sampled_from(CRASHES)
Wish = tuple[int, int, int]
wishes = st.tuples(st.integers(0, 1), st.integers(0, 4), st.integers(0, 3))
moods = st.one_of(
    st.lists(st.sampled_from(WRITE_FAULTS), max_size=2),
    st.sampled_from([SILENCE, SILENCE[1:], NEVER_SENT]),
)


class Crash(BaseException):
    """The end of a run, at a chosen point. Not an Exception: nothing may catch it on its way out."""


def starting_point() -> tuple[list[dict[str, Any]], dict[str, Declaration]]:
    def bought(plan: str, **members: Any) -> dict[str, Any]:
        return sub(plan=plan, offers=list(catalogue().targets_of(plan)), **members)

    documents = [
        live("fabrikam", bought(SB, id="fab-1")),
        live("contoso", bought(E1, id="con-1", licenses=30), bought(EXCHANGE, id="con-2", assigned=3)),
        live("adatum", bought(SBP, id="ada-1", payment="invoice", licenses=10, assigned=4)),
    ]
    sure = Acknowledgement(True, BACKUP)
    declared = [
        declare("fabrikam", acknowledge=sure),
        declare("contoso", want("suite", E1, 30), want("mail", EXCHANGE, 25), acknowledge=sure),
        declare("adatum", want("main", SBP, 12, "ada-1"), acknowledge=sure),
    ]
    return documents, {d.name: d for d in declared}


class Promises(RuleBasedStateMachine):
    """Several tenants, one service, one store, and everything that can go wrong between them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        documents, self.declared = starting_point()
        self.world = World(Path(self.folder.name), *documents)
        self.writer = self.world.actor
        self.world.actor = WatchedActor(self.writer, self._before_a_write, self._after_a_write)
        self.world.journal = lambda journal: WatchedJournal(journal, self._heard)
        self.crash_at: str | None = None
        self.run_inside: str | None = None
        self.depth = 0
        self.writing_for: list[str] = []
        self.shown: list[TenantPlan] = []
        self.watched: set[str] = set()
        self.stopped = False
        self.suspended: set[str] = set()
        self.saved: dict[str, tuple[str, TenantPlan]] = {}
        self.used: set[str] = set()
        self.orders_before: dict[str, int] = {}
        self.count = 0

    def teardown(self) -> None:
        try:
            self._what_stays_open_was_truly_taken()
        finally:
            self.world.__exit__(None, None, None)
            self.folder.cleanup()

    # what is declared

    @rule(name=names, plan=plans, licenses=st.one_of(counts, st.none()), which=st.integers(0, 1))
    def declare_something_else(self, name: str, plan: str, licenses: int | None, which: int) -> None:
        file = self.declared[name]
        wishes = list(file.subscriptions)
        changed = wishes[which % len(wishes)]
        wishes[which % len(wishes)] = replace(changed, plan=plan, licenses=licenses)
        self.declared[name] = replace(file, subscriptions=tuple(wishes))

    @rule(name=names, wish=wishes)
    def declare_what_can_be_done(self, name: str, wish: Wish) -> None:
        """A listed target of what is live, with somewhat more licences, and all that a person must say to it."""
        which, step, more = wish
        file = self.declared[name]
        stand = sorted(self.world.standing(name).items())
        subscription, (plan, licenses) = stand[which % len(stand)]
        targets = (plan, *catalogue().targets_of(plan))
        changed = replace(
            file.subscriptions[which % len(file.subscriptions)],
            plan=targets[step % len(targets)],
            licenses=licenses + more,
            subscription_id=subscription,
        )
        rest = [w for w in file.subscriptions if w.name != changed.name and w.subscription_id != subscription]
        backup = Backup(self.world.service.now().date(), f"vault {more}")
        self.declared[name] = replace(
            file, subscriptions=(changed, *rest), acknowledge=Acknowledgement(True, backup), mode=Mode.APPLY
        )

    @rule(name=names, by=st.integers(-8, 8))
    def declare_more_or_fewer(self, name: str, by: int) -> None:
        file = self.declared[name]
        wishes = tuple(replace(w, licenses=max(1, (w.licenses or 20) + by)) for w in file.subscriptions)
        self.declared[name] = replace(file, subscriptions=wishes)

    @rule(name=names, said=st.sampled_from([None, True, E3, MID]), where=st.sampled_from(["vault", "tape"]))
    def acknowledge(self, name: str, said: str | bool | None, where: str) -> None:
        backup = Backup(self.world.service.now().date(), where)
        self.declared[name] = replace(self.declared[name], acknowledge=Acknowledgement(said, backup))

    @rule(name=names, mode=st.sampled_from([Mode.APPLY, Mode.APPLY, Mode.REPORT]))
    def set_the_mode(self, name: str, mode: Mode) -> None:
        self.declared[name] = replace(self.declared[name], mode=mode)

    @rule(name=names)
    def pin_what_is_live(self, name: str) -> None:
        file = self.declared[name]
        ids = sorted(self.world.standing(name))
        wishes = tuple(replace(w, subscription_id=i) for w, i in zip(file.subscriptions, ids, strict=False))
        self.declared[name] = replace(file, subscriptions=wishes)

    @rule(name=names)
    def name_the_tenant_by_its_id(self, name: str) -> None:
        document = self.world.service.document(name)
        assert document
        self.declared[name] = replace(self.declared[name], tenant=document["spec"]["tenantId"])

    # what others do

    @rule(name=names, number=st.integers(1, 2), licenses=counts)
    def another_administrator_sets_the_number(self, name: str, number: int, licenses: int) -> None:
        self._set(f"{name}.{number}.licenses", licenses)

    @rule(name=names, number=st.integers(1, 2), assigned=st.integers(0, 40))
    def users_come_and_go(self, name: str, number: int, assigned: int) -> None:
        self._set(f"{name}.{number}.assigned", assigned)

    @rule(name=names, number=st.integers(1, 2), plan=plans)
    def another_administrator_changes_the_plan(self, name: str, number: int, plan: str) -> None:
        self._set(f"{name}.{number}.plan", plan)

    @rule(name=names)
    def a_credit_review_ends(self, name: str) -> None:
        self._set(f"{name}.creditReview.state", "none")

    @rule(name=names)
    def support_settles_failed_switches(self, name: str) -> None:
        document = self.world.service.document(name)
        assert document
        for number, each in enumerate(document["spec"]["subscriptions"], 1):
            if (each.get("switch") or {}).get("state") == "failed":
                self._set(f"{name}.{number}.switch.state", "none")
                self.orders_before[each["id"]] = self._orders().get(each["id"], 0)

    @rule(name=names, fault=st.sampled_from(FAULTS), times=st.integers(1, 2))
    def the_service_has_a_mood(self, name: str, fault: Fault, times: int) -> None:
        kind, options = fault
        self.world.service.fault(name, kind, times=times, **options)

    @rule()
    def the_service_is_well_again(self) -> None:
        self.world.service.clear_faults()

    @rule(delta=st.sampled_from([*LATER, *LATER, *MUCH_LATER]))
    def time_passes(self, delta: timedelta) -> None:
        self.world.service.advance(delta)

    # what the owner does

    @rule(on=seldom)
    def set_or_lift_the_global_stop(self, on: bool) -> None:
        self.stopped = on
        if on:
            self.world.store.set_stop("incident", "ola")
        else:
            self.world.store.lift_stop()

    @rule(name=names, on=seldom)
    def suspend_or_resume(self, name: str, on: bool) -> None:
        keys = (f"{name}.onmicrosoft.com",)
        if on:
            self.world.store.suspend(keys, name, Suspension("merger", "kari", UNTIL))
            self.suspended.add(name)
        else:
            self.world.store.resume(keys)
            self.suspended.discard(name)

    # what we do

    @rule(name=names)
    def plan(self, name: str) -> None:
        before = len(self.world.asked())
        self.world.plan(self.declared[name])
        assert len(self.world.asked()) == before, "planning has written"

    @rule(name=names, wait=bools)
    def apply(self, name: str, wait: bool) -> None:
        self._run(name, self.world.plan(self.declared[name]), wait=wait)

    @rule(name=names, wish=wishes, faults=moods, wait=bools)
    def declare_and_apply(self, name: str, wish: Wish, faults: list[Fault], wait: bool) -> None:
        self.declare_what_can_be_done(name, wish)
        for kind, options in faults:
            self.world.service.fault(name, kind, **options)
        self._run(name, self.world.plan(self.declared[name]), wait=wait)

    @rule(name=names, wish=wishes, point=points, faults=moods, wait=bools)
    def apply_and_die(self, name: str, wish: Wish, point: str, faults: list[Fault], wait: bool) -> None:
        self.declare_what_can_be_done(name, wish)
        self.crash_at = point
        for kind, options in faults:
            self.world.service.fault(name, kind, **options)
        with suppress(Crash):
            self._run(name, self.world.plan(self.declared[name]), wait=wait)
        self.crash_at = None
        self.writing_for.clear()
        self.shown.clear()
        self.depth = 0

    @rule(name=names, wish=wishes, other=names)
    def apply_while_another_run_is_writing(self, name: str, wish: Wish, other: str) -> None:
        self.declare_what_can_be_done(name, wish)
        self.run_inside = other
        self._run(name, self.world.plan(self.declared[name]))
        self.run_inside = None

    @rule(name=names, wish=wishes)
    def save_a_change_plan(self, name: str, wish: Wish) -> None:
        self.declare_what_can_be_done(name, wish)
        self.count += 1
        self.saved[name] = (f"plan-{self.count}", self.world.plan(self.declared[name]))

    @precondition(lambda self: self.saved)
    @rule(data=st.data())
    def apply_a_saved_change_plan(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.saved)))
        plan_id, approved = self.saved[name]
        before = len(self.world.asked())
        self._run(name, approved, errand=Errand(plan_id, uses_plan=plan_id))
        wrote = len(self.world.asked()) > before
        assert not (wrote and plan_id in self.used), "a saved change plan was applied twice"
        if wrote:
            self.used.add(plan_id)

    # the watching

    def _run(
        self, name: str, approved: TenantPlan, *, wait: bool = False, errand: Errand | None = None
    ) -> Run:
        self.count += 1
        self.depth += 1
        self.shown.append(approved)
        run = self.world.run(
            self.declared[name], approved, wait=wait, errand=errand or Errand(f"plan-{self.count}")
        )
        self.shown.pop()
        self.depth -= 1
        assert {s.shape for s in approved.steps} <= {s.shape for s, _ in run.outcomes}
        assert len(run.outcomes) == len({s.shape for s, _ in run.outcomes})
        return run

    def _heard(self, word: str, intent: Intent) -> None:
        self._die_if_it_is_time(word)

    def _before_a_write(self, order: SwitchOrder | Raise) -> None:
        name = order.ref.name
        kept = self.world.intents(name)
        mine = [i for i in kept if i.request_id == order.request_id]
        assert len(mine) == 1, "written without an intent"
        assert mine[0].sent_at is not None
        assert mine[0].settled is None
        assert self._unsettled(name) == tuple(mine), "written while another write was not settled"
        taken = {c["request_id"] for c in self.world.taken()}
        assert all(i.seen for i in kept if i.request_id in taken), "written before the last write was seen"
        assert not self.stopped
        assert name not in self.suspended
        assert self.declared[name].mode is Mode.APPLY
        assert order.total >= order.bought
        assert order.request_id not in self.watched, "one request was sent twice"
        self.watched.add(order.request_id)
        self.writing_for.append(name)
        if self.run_inside and self.depth == 1:
            self._run_inside(name, self.run_inside)

    def _run_inside(self, name: str, other: str) -> None:
        before = [c for c in self.world.asked() if c["tenant"] == name]
        run = self._run(other, self.world.plan(self.declared[other]))
        if other != name:
            return
        assert [c for c in self.world.asked() if c["tenant"] == name] == before
        assert all(o.ending is not Ending.STARTED for _, o in run.outcomes)

    def _after_a_write(self, order: SwitchOrder | Raise) -> None:
        self.writing_for.pop()
        self._die_if_it_is_time("call")

    def _die_if_it_is_time(self, point: str) -> None:
        if self.crash_at == point:
            self.crash_at = None
            raise Crash

    def _set(self, path: str, value: object) -> None:
        with suppress(Refused):
            self.world.service.set(path, value)

    def _orders(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for call in self.world.taken("order_switch"):
            found[call["subscription"]] = found.get(call["subscription"], 0) + 1
        return found

    @invariant()
    def no_write_of_ours_ever_lowered_a_number(self) -> None:
        assert lowered(self.world.taken()) == []

    @invariant()
    def no_subscription_was_ordered_twice(self) -> None:
        for subscription, count in self._orders().items():
            assert count - self.orders_before.get(subscription, 0) <= 1, subscription

    @invariant()
    def what_the_service_took_is_never_settled_as_not_taken(self) -> None:
        taken = {c["request_id"] for c in self.world.taken()}
        for name in NAMES:
            for intent in self.world.intents(name):
                assert intent.settled is not Settled.NOT_TAKEN or intent.request_id not in taken

    @invariant()
    def every_write_was_watched(self) -> None:
        assert {c["request_id"] for c in self.world.asked()} <= self.watched

    def _what_stays_open_was_truly_taken(self) -> None:
        """Well again and left alone, the tool settles every write that was not taken."""
        service = self.world.service
        service.clear_faults()
        self.crash_at = self.run_inside = None
        for name in NAMES:
            for _ in range(3):
                if self._unsettled(name):
                    service.advance(timedelta(minutes=10))
                    self._run(name, self.world.plan(self.declared[name]))
            ref = TenantRef(name, f"{name}.onmicrosoft.com")
            assert all(service.inquire(ref, intent.request_id) for intent in self._unsettled(name))

    def _unsettled(self, name: str) -> tuple[Intent, ...]:
        unsettled = self.world.memory(name).unsettled
        assert not isinstance(unsettled, Unknown)
        return unsettled


TestPromises = Promises.TestCase
TestPromises.settings = settings(
    max_examples=600 if LONG else 55,
    stateful_step_count=60 if LONG else 30,
    deadline=None,
    derandomize=not LONG,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)

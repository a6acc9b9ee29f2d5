"""An approved change plan in, its runs out: the hands are built here, and each tenant has its turn."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from types import FrameType

from reconciler.act import Actor, Ending, Errand, Outcome
from reconciler.adapters.store import RunNote, Store
from reconciler.change_plan import ChangePlan, Step, TenantPlan, Verdict
from reconciler.cli.backends import Opened, embedded, live
from reconciler.cli.progress import Progress
from reconciler.cli.world import View, added_today
from reconciler.drift.values import Remembered
from reconciler.fleet import Tally, hold
from reconciler.handoff.life import left_behind, tended
from reconciler.limits import Limits
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.observe import Fact
from reconciler.outcomes import Run, account
from reconciler.reconcile import Ports, reconcile


class Interruption:
    """Remembers the signal that asked us to stop; the write in flight is always finished."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def __call__(self) -> bool:
        """Say whether we were asked to stop."""
        return self.signal is not None

    def note(self, number: int, frame: FrameType | None) -> None:
        """Note the first signal, and say so: for a moment nothing else seems to happen."""
        if self.signal is None:
            self.signal = number
            with suppress(OSError):
                os.write(2, say("cli.interrupting").encode())

    @contextmanager
    def watching(self) -> Iterator[Interruption]:
        """Watch for Ctrl-C and SIGTERM while writes may be under way."""
        before = {number: signal.signal(number, self.note) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class Spending:
    """Counts what a run has sent, and asks the journal what all runs of today have, before each write."""

    def __init__(self, limits: Limits, today: Callable[[], Fact[int]]) -> None:
        self._limits, self._today, self._tally = limits, today, Tally()

    def allow(self, judged: TenantPlan, shown: TenantPlan) -> TenantPlan:
        """Return the plan with what is too much by now blocked, as is what was shown as too much."""
        if not judged.writes:
            return judged
        return hold(judged, replace(self._tally, today=self._today()), self._limits, shown)[0]

    def note(self, tenant: str, step: Step) -> None:
        """Count a step that is about to be written, whatever becomes of it."""
        self._tally = self._tally.plus(tenant, step)


def build_writer(opened: Opened) -> Actor:
    """Build what writes to the backend; this is the one place."""
    if isinstance(opened, embedded.Opened):
        from reconciler.adapters.simulator.backend import Writer

        return Writer(opened.service)
    if isinstance(opened, live.Opened):
        return opened.plant.writer(opened.sign_in("writer"))
    raise TypeError(f"nothing writes to a {type(opened).__name__}")


def build_ports(
    view: View, opened: Opened, patience: timedelta | None, interruption: Interruption, show: Progress
) -> Ports:
    """Give a run its eyes, its hands and the leases."""
    spending = Spending(view.setting.config.limits, lambda: added_today(view.store))
    holder = f"{socket.gethostname()}, process {os.getpid()}, {' '.join(sys.argv[:2])}"
    return Ports(
        observer=opened.eyes,
        actor=build_writer(opened),
        inquiry=opened.eyes,
        leases=lambda keys: view.store.lease(
            keys, holder, sleep=time.sleep, day=view.setting.config.limits.a_day
        ),
        catalogue=view.setting.catalogue,
        waiter=None if patience is None else opened.waiter(patience, show, interruption),
        interrupted=interruption,
        limits=view.setting.config.limits,
        allowance=spending.allow,
        spend=spending.note,
    )


def run_all(
    ports: Ports, declarations: Sequence[Declaration], shown: ChangePlan, errand: Errand, show: Progress
) -> tuple[Run, ...]:
    """Give each tenant its turn, in order of name. One tenant's trouble is its own."""
    plans = {plan.name: plan for plan in shown.tenants}
    runs = []
    for count, declaration in enumerate(declarations, start=1):
        plan = plans[declaration.name]
        if _has_business(plan, ports):
            show(say("cli.applying", count=count, total=len(declarations), tenant=plan.name))
            runs.append(_one(ports, declaration, plan, errand))
        else:
            runs.append(account(plan, plan, {}, Outcome(Ending.WAITING, "")))
    return tuple(runs)


def remember(
    store: Store,
    declarations: Sequence[Declaration],
    shown: ChangePlan,
    runs: Sequence[Run],
    drift: Sequence[tuple[tuple[str, ...], Remembered]] = (),
) -> None:
    """Keep how each tenant's turn ended, and the requests to support that came of it; close those that are over.

    ``drift``: what each tenant's last look has to tell those who ask for drift later.
    """
    commit = shown.source.commit
    standing = [run.last for run in runs]
    files = {declaration.name: declaration for declaration in declarations}
    looks = [(plan, files[plan.name]) for plan in standing]
    gone, at = shown.no_longer_managed, max((p.observed_at for p, _ in looks), default=shown.created_at)
    store.tend_handoffs(lambda known: [*tended(known, looks, commit), *left_behind(known, gone, at)])
    store.note_meant([((plan.tenant,), plan.meant) for plan in standing if plan.meant])
    store.note_runs(
        [
            RunNote(
                run.plan.name,
                str(run.last.verdict),
                _in_short(run),
                run.last.observed_at,
                commit,
                shown.plan_id,
            )
            for run in runs
        ]
    )
    store.note_drift(drift)


def _has_business(plan: TenantPlan, ports: Ports) -> bool:
    """Whether there is something to write, to follow, or to see to its end."""
    if plan.verdict is Verdict.SUSPENDED:
        return plan.unfinished
    waiting = ports.waiter is not None and any(step.verdict is Verdict.WAIT for step in plan.steps)
    return bool(plan.writes) or plan.unfinished or waiting


def _one(ports: Ports, declaration: Declaration, plan: TenantPlan, errand: Errand) -> Run:
    tried: dict[Step, Outcome] = {}
    try:
        return reconcile(declaration, plan, ports, errand, tried)
    except Exception as bug:
        # The border between tenants: a fault of ours in one must not keep the others from their turn. Nothing is
        # swallowed: it becomes this tenant's failed outcome, and the exit code says so.
        why = f"{type(bug).__name__}: {bug}"
        return account(
            plan, plan, tried, Outcome(Ending.FAILED, say("run.crashed", tenant=plan.name, why=why))
        )


def _in_short(run: Run) -> str:
    return ", ".join(_step_in_short(step, outcome) for step, outcome in run.outcomes) or "in sync"


def _step_in_short(step: Step, outcome: Outcome) -> str:
    told = f"{step.address} {step.action} {outcome.ending}"
    return f"{told} (buys back {step.buys_back})" if step.buys_back else told

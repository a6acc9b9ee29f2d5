"""One tenant's turn in the loop: its declaration and what is kept of its last pass in, a ``Pass`` out.

    look ─► judge ─► may it be written, and is there a step? ─► reconcile, one step ─► what is there to say of it?

A pass decides nothing that ``apply`` would decide otherwise: the same look, the same rules, the same hands. What it
adds is about time: how it ended, so that the next turn can be set; and that a write which failed is not made again by
itself while the file and the facts are what they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from reconciler.act import Ending, Errand, Outcome
from reconciler.catalogue import Catalogue
from reconciler.change_plan import Step, TenantPlan, Verdict
from reconciler.digest import digest
from reconciler.drift.kinds import Confirming
from reconciler.drift.looking import drift_of
from reconciler.drift.values import DriftReport, Remembered, Witness
from reconciler.fleet import Tally, hold
from reconciler.fleet.turns import End
from reconciler.judged import Judged, Recall, judge_tenants
from reconciler.limits import Limits, Spent
from reconciler.memory import folded, keys_of
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.observe import Fact, LastLooks, Observation, Observer, TenantRef, Unknown
from reconciler.outcomes import Run, account
from reconciler.passes.ending import end_of
from reconciler.readiness import Condition, Trouble, conditions_of
from reconciler.reconcile import Ports, reconcile
from reconciler.standing import coming


class Recollection(Recall, Protocol):
    """Reads what our state store remembers, drift included. Has no method that writes."""

    def remembered_all(self, keysets: Sequence[tuple[str, ...]]) -> Sequence[Fact[Remembered]]:
        """Return what drift remembers of each tenant; Unknown with the reason where that can not be read."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What a pass has to work with. ``ports`` None: the loop only reports, and nothing here can write.

    ``spent``: what all runs have changed since 00:00 UTC. ``witness``: who knows by whom a change was made, if anybody.
    ``rivals``: told a tenant's name in the fleet and every word its live tenant answers to; the names of others that
    are declared as the same live tenant. ``note``: keeps what drift saw before a write that will hide it.
    """

    observer: Observer
    memory: Recollection
    catalogue: Catalogue
    spent: Callable[[], Fact[Spent]]
    ports: Ports | None = None
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    confirming: Confirming = Confirming()  # noqa: RUF009 - frozen
    witness: Witness | None = None
    rivals: Callable[[str, frozenset[str]], frozenset[str]] = lambda name, words: frozenset()
    note: Callable[[Sequence[tuple[tuple[str, ...], Remembered]]], None] = lambda found: None


@dataclass(frozen=True, slots=True)
class Task:
    """One pass to make. ``held``: why nothing may be written for this tenant, None if it may.

    ``conditions`` are those of its last pass. ``failed_on``: what a failed write was based on, None if none has failed
    since the file was last changed or a person last asked.
    """

    declaration: Declaration
    commit: str | None
    plan_id: str
    held: Trouble | None = None
    conditions: tuple[Condition, ...] = ()
    failed_on: str | None = None


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass saw, did, and leaves to be kept. ``tried``: the steps that were written or refused, in order.

    ``at``: when something known comes. ``later``: the least wait that the service asked for.
    """

    task: Task
    run: Run
    judged: Judged
    drift: DriftReport
    conditions: tuple[Condition, ...]
    end: End
    tried: tuple[tuple[Step, Outcome], ...]
    failed_on: str | None
    at: datetime | None
    later: timedelta | None

    @property
    def keys(self) -> tuple[str, ...]:
        """Every word the tenant is known by, the declared one first."""
        return keys_of(_ref(self.task.declaration), self.judged.seen)


def take(task: Task, means: Means) -> Pass:
    """Look at one tenant, judge it, and do one step if that is to be done. One tenant's trouble is a value in it."""
    looks = LastLooks(means.observer)
    ((task, judged),) = _judged((task,), looks, means)
    if means.ports is None or not _goes(task, judged.plan, means):
        return _passed(task, judged, means, _recalled([judged], means)[0])
    if any(step.buys_back for step in judged.plan.writes):
        # Once it is bought back, no look shows any more that somebody had lowered it.
        kept = _drift(judged, means, _recalled([judged], means)[0]).kept
        means.note([] if kept is None else [((task.declaration.tenant,), kept)])
    return _gone(task, judged, means, means.ports, looks)


def take_quiet(tasks: Sequence[Task], means: Means) -> tuple[tuple[Pass, ...], tuple[Task, ...]]:
    """Look at many tenants and judge them, all at once; return the passes of those that nothing is to be done for.

    The tasks of the others are returned as they came, with nothing done: each needs a look of its own right before it
    is written. What is found here of a tenant is what ``take`` would have found by the same look.
    """
    found = tuple(_judged(tasks, LastLooks(means.observer), means))
    went = {task.declaration.name for task, judged in found if _goes(task, judged.plan, means)}
    quiet = [(task, judged) for task, judged in found if task.declaration.name not in went]
    remembered = _recalled([judged for _, judged in quiet], means)
    passes = tuple(
        _passed(task, judged, means, known) for (task, judged), known in zip(quiet, remembered, strict=True)
    )
    return passes, tuple(task for task in tasks if task.declaration.name in went)


def _judged(tasks: Sequence[Task], looks: LastLooks, means: Means) -> Iterator[tuple[Task, Judged]]:
    """Look and judge; a task whose tenant turns out to be declared twice is held for it."""
    declarations = [task.declaration for task in tasks]
    all_ = judge_tenants(declarations, looks, means.memory, means.catalogue, means.limits)
    for task, judged in zip(tasks, all_, strict=True):
        found = replace(judged, plan=_within(judged.plan, means))
        if means.rivals(task.declaration.name, _words(task.declaration, judged.seen)):
            yield replace(task, held=Trouble.DECLARED_TWICE), found
        else:
            yield task, found


def _goes(task: Task, plan: TenantPlan, means: Means) -> bool:
    """Whether the pass is on its way to a step."""
    return means.ports is not None and task.held is None and not _withheld(task, plan) and _has_business(plan)


def _gone(task: Task, judged: Judged, means: Means, ports: Ports, looks: LastLooks) -> Pass:
    """Do one step, and say what came of it."""
    declaration, ref, shown = task.declaration, _ref(task.declaration), judged.plan
    tried: dict[Step, Outcome] = {}
    run = reconcile(declaration, shown, _ports(ports, looks, means), _errand(task), tried)
    seen = looks.seen[ref]
    memory = means.memory.recall_all((keys_of(ref, seen),))[0]
    after = Judged(declaration, seen, memory, run.last)
    return _pass_of(task, shown, after, means, _recalled([after], means)[0], run, tried, went=True)


def _passed(task: Task, judged: Judged, means: Means, remembered: Fact[Remembered]) -> Pass:
    """Say what there is to say of a pass in which nothing is done."""
    run = account(judged.plan, judged.plan, {}, Outcome(Ending.WAITING, ""))
    return _pass_of(task, judged.plan, judged, means, remembered, run, {}, went=False)


def _pass_of(
    task: Task,
    shown: TenantPlan,
    judged: Judged,
    means: Means,
    remembered: Fact[Remembered],
    run: Run,
    tried: dict[Step, Outcome],
    *,
    went: bool,
) -> Pass:
    failed = any(o.ending is Ending.FAILED and o.later is None for o in tried.values())
    withheld = _withheld(task, shown)
    drift = _drift(judged, means, remembered)
    end, later = end_of(run, judged, drift, tried, went=went and not failed)
    conditions = conditions_of(
        run.last,
        writes=means.ports is not None,
        trouble=_trouble(task, withheld or failed),
        before=task.conditions,
        at=judged.seen.at,
        commit=task.commit,
    )
    at = min((due.at for due in coming(judged)), default=None)
    failed_on = _failed_on(task, shown, run, tried, failed)
    return Pass(task, run, judged, drift, conditions, end, tuple(tried.items()), failed_on, at, later)


def _ref(declaration: Declaration) -> TenantRef:
    return TenantRef.of(declaration)


def _words(declaration: Declaration, seen: Observation) -> frozenset[str]:
    """Every word by which the file, or another one, may mean this live tenant."""
    keys = keys_of(_ref(declaration), seen)
    # Only those of the live tenant the file means: a stranger's words say nothing.
    more = () if len(keys) == 1 or isinstance(seen.domains, Unknown) else seen.domains
    return frozenset((*keys, *(folded(word) for word in more)))


def _errand(task: Task) -> Errand:
    return Errand(task.plan_id, task.commit, as_declared=True)


def _within(plan: TenantPlan, means: Means) -> TenantPlan:
    """Block what is too much for the day; a loop's run never ends, so what a run may do, a day may."""
    if not plan.writes:
        return plan
    spent = means.spent()
    if isinstance(spent, Unknown):
        return hold(plan, Tally(spent), means.limits)[0]
    mine = folded(plan.tenant) in {folded(word) for word in spent.tenants}
    last = plan.name if mine else ""
    tally = Tally(spent.licenses, spent.licenses, spent.switches, len(spent.tenants), last)
    return hold(plan, tally, means.limits)[0]


def _ports(ports: Ports, looks: LastLooks, means: Means) -> Ports:
    return replace(
        ports,
        observer=looks.through(ports.observer),
        allowance=lambda judged, shown: _within(judged, means),
        most_steps=1,
    )


def _has_business(plan: TenantPlan) -> bool:
    """Whether there is a step to make, or an earlier write to be seen to its end."""
    if plan.verdict is Verdict.SUSPENDED:
        return plan.unfinished
    return bool(plan.writes) or plan.unfinished


def _withheld(task: Task, plan: TenantPlan) -> bool:
    """Whether this would be the write again that failed: by the same file and the same facts."""
    return task.failed_on is not None and bool(plan.writes) and task.failed_on == digest(plan.basis)


def _failed_on(
    task: Task, shown: TenantPlan, run: Run, tried: dict[Step, Outcome], failed: bool
) -> str | None:
    """What the last write that failed for good was based on, as a later pass would find it again.

    Facts may flicker, so only another write, or a tenant as declared, ends it.
    """
    if failed:
        return digest((run.last if run.last.writes else shown).basis)
    over = bool(tried) or run.last.verdict is Verdict.IN_SYNC
    return None if over else task.failed_on


def _trouble(task: Task, failed: bool) -> Trouble | None:
    return task.held or (Trouble.WRITE_FAILED if failed else None)


def _recalled(judged: Sequence[Judged], means: Means) -> Sequence[Fact[Remembered]]:
    """What drift remembers of each tenant."""
    keysets = [keys_of(_ref(each.declaration), each.seen) for each in judged]
    return means.memory.remembered_all(keysets) if keysets else ()


def _drift(judged: Judged, means: Means, remembered: Fact[Remembered]) -> DriftReport:
    ref = _ref(judged.declaration)
    found = drift_of(
        judged.declaration,
        judged.seen,
        judged.plan,
        judged.memory,
        remembered,
        means.catalogue,
        means.confirming,
    )
    return found.testified(ref, means.witness) if means.witness else found


def told(one: Pass) -> str:
    """Say in short what became of a pass's steps, the same for the same."""
    steps = [f"{step.address} {step.action} {outcome.ending}" for step, outcome in one.run.outcomes]
    return ", ".join(steps) or say(f"pass.{one.run.last.verdict}")

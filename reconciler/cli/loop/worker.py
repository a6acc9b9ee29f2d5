"""A claimed turn in, its pass made and kept out. One tenant's trouble, and one fault of ours, is that tenant's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from reconciler.act import Ending
from reconciler.adapters.metering import Metered
from reconciler.adapters.store import LoopStore, RunNote
from reconciler.adapters.store.claims import Claim
from reconciler.adapters.store.leaving import Leaving
from reconciler.cli.loop.guard import Guard
from reconciler.cli.loop.story import Story
from reconciler.cli.loop.tracing import Span, Spanning, untraced
from reconciler.errors import LeaseLost, StateUnreadable
from reconciler.fleet.turns import Cause, End, Pace, next_turn
from reconciler.handoff.life import tended
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.overview import Kept, state_of
from reconciler.passes import Means, Pass, Task, take, take_quiet, told
from reconciler.readiness import Trouble, unseen
from reconciler.report.kept import broken_off, kept_of


@dataclass(frozen=True, slots=True)
class Job:
    """One pass to make: whose, by which commit, and why nothing may be written for it."""

    claim: Claim
    declaration: Declaration
    commit: str | None
    held: Trouble | None = None
    why_held: str = ""


@dataclass(frozen=True, slots=True)
class Unkept:
    """What could not be kept, and why; nothing where all could. ``unbegun``: whose passes were not even made."""

    trouble: StateUnreadable | None = None
    claims: tuple[Claim, ...] = ()
    unbegun: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Worker:
    """Makes passes. ``means`` gives each its eyes and, where the loop writes, its hands; ``chance`` is for jitter."""

    store: LoopStore
    means: Callable[[Claim], tuple[Means, Metered]]
    now: Callable[[], datetime]
    pace: Pace
    names: Mapping[str, str]
    story: Story
    guard: Guard
    chance: Callable[[], float]
    spanning: Spanning = untraced

    def work_all(self, jobs: Sequence[Job]) -> Unkept:
        """Make passes over many tenants; return those of which nothing could be kept, and those not begun for it.

        Those that nothing is to be done for are looked at, judged and kept at once, each other one by itself.
        """
        left, refused = jobs, False
        try:
            left = self._quiet(jobs) if len(jobs) > 1 else jobs
        except StateUnreadable:
            # Its own trouble, or of one tenant that it refuses: which, shows when each has a pass of its own.
            refused = True
        for number, job in enumerate(left):
            try:
                # What was claimed together may have waited for the others for minutes.
                if len(jobs) > 1 and not self.store.still_stands(job.claim):
                    self.store.give_back([job.claim])
                    continue
                self.work(job)
            except LeaseLost as lost:
                self.story.lost(job.claim, lost)
            except StateUnreadable as trouble:
                later = tuple(later.claim for later in left[number + 1 :])
                if refused and not number:
                    return Unkept(trouble, (job.claim, *later))
                return Unkept(trouble, (job.claim,), later)
        return Unkept()

    def _quiet(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Make the passes in which nothing is done; return the jobs that are left. Raises StateUnreadable."""
        begun, since = time.monotonic(), self.store.machine_now()
        try:
            before = self.store.before_all([job.claim.turn.name for job in jobs])
            job_of = {job.declaration.name: job for job in jobs}
            tasks = [
                self._task(job, str(uuid4()), before.get(job.claim.turn.name)) for job in job_of.values()
            ]
            means, metered = self.means(jobs[0].claim)
            passes, busy = take_quiet(tasks, means)
            calls, now = metered.spent(), self.now()
            kept = self._keep_quiet(
                [(job_of[one.task.declaration.name], one) for one in passes], calls, since
            )
        except StateUnreadable:
            raise
        except Exception as bug:
            # One of them is at fault. Which one, shows when each has a pass of its own.
            self.story.log.debug(say("loop.one-by-one", why=f"{type(bug).__name__}: {bug}"))
            return jobs
        self._leave_alone(passes, now)
        took = (time.monotonic() - begun) / len(jobs)
        for one, made in zip(passes, kept, strict=True):
            claimed = job_of[one.task.declaration.name].claim
            self.guard.heard(one.judged.seen.answered, now)
            if isinstance(made, LeaseLost):
                self.story.lost(claimed, made)
                continue
            with self.spanning("pass") as span:
                _say_of(span, job_of[one.task.declaration.name], one.task.plan_id)
                span.say(end=one.end, state=made.row.state, reason=made.row.reason)
            self.story.passed(one, claimed, before.get(claimed.turn.name), made, took)
        return [job_of[task.declaration.name] for task in busy]

    def _leave_alone(self, passes: Sequence[Pass], now: datetime) -> None:
        """Tell everybody who shares the budget how long a look was asked to wait: the next one would be refused too."""
        asked = [one.judged.seen.later for one in passes if one.judged.seen.later is not None]
        if not asked:
            return
        try:
            self.store.hold_off(max(asked), now)
        except StateUnreadable as trouble:
            # The passes are kept: they must not be made, or told, as if they were not.
            self.story.store_failed(trouble)

    def _keep_quiet(
        self, done: Sequence[tuple[Job, Pass]], calls: int, since: datetime
    ) -> Sequence[Kept | LeaseLost]:
        """Keep them, each with its share of the calls that were made for all."""
        now, count = self.now(), max(len(done), 1)
        shares = [calls // count + (number < calls % count) for number in range(count)]
        if not done:
            self.store.spend(calls, now)
        return self.store.keep_all(
            [
                (job.claim, self._leaving(job, one, share, since, now))
                for (job, one), share in zip(done, shares, strict=False)
            ],
            now,
        )

    def work(self, job: Job) -> None:
        """Make one pass and keep it. Raises StateUnreadable, LeaseLost: then it is not kept."""
        with self.spanning("pass") as span:
            self._guarded(job, span)

    def _guarded(self, job: Job, span: Span) -> None:
        begun, plan_id = time.monotonic(), str(uuid4())
        _say_of(span, job, plan_id)
        try:
            self._work(job, plan_id, begun, span)
        except (StateUnreadable, LeaseLost):
            raise
        except Exception as bug:
            # The border between tenants: a fault of ours in one must not keep the others from their turn.
            span.say(end="broke-off")
            self.story.broke_off(job.claim, plan_id, bug, time.monotonic() - begun)
            self._keep_broken(job, plan_id)

    def _work(self, job: Job, plan_id: str, begun: float, span: Span) -> None:
        since = self.store.machine_now()
        before = self.store.before(job.claim.turn.name)
        task = self._task(job, plan_id, before)
        means, metered = self.means(job.claim)
        answered = True
        try:
            one = take(task, means)
            answered = one.judged.seen.answered
        finally:
            self.guard.heard(answered, self.now())
        service_now = self.now()
        leaving = self._leaving(job, one, metered.spent(), since, service_now)
        now = self.store.keep(job.claim, leaving, service_now)
        self._leave_alone((one,), service_now)
        span.say(end=one.end, state=now.row.state, reason=now.row.reason)
        self.story.passed(one, job.claim, before, now, time.monotonic() - begun)

    def _task(self, job: Job, plan_id: str, before: Kept | None) -> Task:
        # A person who asks has seen what failed.
        asked = job.claim.turn.cause is Cause.ASKED
        return Task(
            declaration=job.declaration,
            commit=job.commit,
            plan_id=plan_id,
            held=job.held,
            conditions=before.conditions if before else (),
            failed_on=None if asked else job.claim.failed_on,
        )

    def _leaving(self, job: Job, one: Pass, calls: int, since: datetime, now: datetime) -> Leaving:
        """What a pass leaves to be kept. ``since``: when it began by our clock; ``now``: by the service's."""
        plan = one.run.last
        following = next_turn(
            job.claim.turn, one.end, now, self.pace, self.chance(), at=one.at, later=one.later
        )

        def make(handoffs: object) -> Kept:
            made = kept_of(one, handoffs, job.claim.fleet, following, self.names)  # type: ignore[arg-type]
            return replace(made, document={**made.document, "held": job.why_held})

        return Leaving(
            following,
            one.failed_on,
            make,
            words=one.keys,
            tend=lambda known: tended(known, [(plan, job.declaration)], job.commit),
            meant=plan.meant,
            note=RunNote(
                plan.name, str(plan.verdict), told(one), plan.observed_at, job.commit, one.task.plan_id
            ),
            drift=one.drift.kept,
            answer=_answer(one),
            calls=calls,
            since=since,
        )

    def _keep_broken(self, job: Job, plan_id: str) -> None:
        now, name = self.now(), job.claim.turn.name
        following = next_turn(job.claim.turn, End.FAILED, now, self.pace, self.chance())
        before = self.store.before(name)
        conditions = unseen(Trouble.BROKE_OFF, before.conditions if before else (), now, job.commit)
        made = broken_off(before, job.declaration, conditions, job.claim.fleet, following, now)
        answer = {
            "verdict": "unknown",
            "state": str(made.row.state),
            "reason": made.row.reason,
            "outcome": say("pass.broke-off"),
            "failed": True,
            "run": plan_id,
            "messages": [],
        }
        leaving = Leaving(following, job.claim.failed_on, lambda _: made, answer=answer)
        self.store.keep(job.claim, leaving, now)


def _say_of(span: Span, job: Job, plan_id: str) -> None:
    span.say(
        tenant=job.claim.turn.name,
        run=plan_id,
        commit=job.commit,
        cause=job.claim.turn.cause.name.lower(),
    )


def _answer(one: Pass) -> dict[str, object]:
    """What a person who asked for the pass is told (``reconcile.schema.json``)."""
    return {
        "verdict": str(one.run.last.verdict),
        "state": str(state_of(one.conditions, one.run.last.verdict)),
        "reason": one.conditions[0].reason,
        "outcome": told(one),
        "failed": any(outcome.ending in (Ending.FAILED, Ending.UNKNOWN) for _, outcome in one.tried),
        "run": one.task.plan_id,
        "messages": [outcome.message for _, outcome in one.tried],
    }

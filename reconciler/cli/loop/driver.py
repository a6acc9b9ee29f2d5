"""Sources, turns and a pool of workers in, rounds out, until there is nothing left to do (once) or somebody says stop.

One round: is it time to read the source? did a person ask? claim what is due and begin it; rest. Whatever fails in a
round is told and tried again in a later one: a source that can not be read leaves what was read before, a store that
can not be used leaves everything undone. The driver's thread does the claiming, the pool the passes; a thread of its
own renews the claims, so that they outlive a slow source and no more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from reconciler.adapters.store import LoopStore
from reconciler.adapters.store.claims import Claim
from reconciler.cli.loop.clock import LoopClock
from reconciler.cli.loop.fleet import Fleet
from reconciler.cli.loop.story import Story
from reconciler.cli.loop.worker import Job, Worker, turned_back
from reconciler.errors import LeaseLost, StateUnreadable
from reconciler.fleet.turns import Cause, Pace, Turn, first_turn, in_order, sane
from reconciler.messages import say
from reconciler.report.sums import Sums

BEAT = 10.0
LONGEST_REST = 1.0
SAMPLE_EVERY = timedelta(minutes=10)


class Pulsing(Protocol):
    """Takes the signs of life that the probes tell of; see ``web.probes``."""

    def turned(self, now: datetime) -> None:
        """The main loop came round."""
        ...

    def source_read(self, now: datetime) -> None:
        """The source was read."""
        ...

    def stopping(self) -> None:
        """The loop is about to end."""
        ...


def threads(many: int) -> Executor:
    """Return a pool of so many threads."""
    return ThreadPoolExecutor(many, thread_name_prefix="pass")


@dataclass(frozen=True, slots=True)
class Loop:
    """All a driver works with. ``once``: end when everybody had a turn and nobody is due any more.

    ``pool`` makes what passes run in, for so many at once.
    """

    store: LoopStore
    fleet: Fleet
    worker: Worker
    clock: LoopClock
    machine: Callable[[], datetime]
    pace: Pace
    concurrency: int
    stop: Callable[[], bool]
    story: Story
    pulse: Pulsing
    once: bool = False
    pool: Callable[[int], Executor] = threads


class Driver:
    """Runs a loop. ``wake`` ends a rest: a signal, or a pass that has ended."""

    def __init__(self, loop: Loop, wake: threading.Event | None = None) -> None:
        self._loop, self.wake = loop, wake or threading.Event()
        self._busy: dict[Future[None], Claim] = {}
        self._sampled: datetime | None = None
        self._enrolled: Mapping[str, str] | None = None
        self._strangers: frozenset[str] = frozenset()
        self._store_worked = True

    def run(self) -> None:
        """Go round until the end; the writes in flight are finished, and nothing claimed is left behind.

        Raises StateUnreadable where the store can not be used from the beginning, or in a round that is the only one.
        """
        loop = self._loop
        loop.store.begin()
        with loop.pool(loop.concurrency) as pool, self._beating():
            try:
                while not loop.stop():
                    if self._round(pool):
                        continue
                    if not self._busy and self._is_over():
                        break
                    self._rest()
            finally:
                loop.pulse.stopping()
                pool.shutdown(wait=True)
                self._reap()
        loop.store.end(loop.story.sums["passes"])

    @property
    def id(self) -> str:
        """The loop's id."""
        return self._loop.store.id

    def sums(self) -> Sums:
        """Return what this loop did, and how the tenants stand at its end."""
        loop, counted = self._loop, self._loop.story.sums
        told, counts = loop.fleet.told, loop.store.counts()
        return Sums(
            loop=self.id,
            writes=loop.store.writes,
            passes=counted["passes"],
            broke_off=counted["broke_off"],
            switches=counted["switch_done"] + counted["switch_started"],
            licenses=counted["licenses"],
            failed=counted["failed"],
            tenants=sum(counts.values()),
            counts=counts,
            problem=(told.stopped or told.problem) if told else "",
            unread=not loop.fleet.was_read,
        )

    def _round(self, pool: Executor) -> bool:
        """Go round once; return whether something was begun."""
        loop = self._loop
        loop.pulse.turned(loop.machine())
        self.wake.clear()
        self._reap()
        begun = 0
        try:
            self._read_source()
            if self._enrolled is not None:
                loop.store.take_asks(loop.clock.now())
                begun = self._begin(pool)
                self._sample()
            loop.story.store_works()
        except StateUnreadable as trouble:
            if loop.once:
                raise
            loop.story.store_failed(trouble)
        return bool(begun)

    def _read_source(self) -> None:
        loop = self._loop
        now = loop.clock.now()
        change = loop.fleet.read(now)
        if change is None:
            return
        if (
            change.declared != self._enrolled
            or (change.whole and self._strangers)
            or loop.store.lacks(change.declared)
        ):
            place = self._placing(now, len(change.declared))
            self._strangers = loop.store.enrol(change.declared, place, now, whole=change.whole)
            self._enrolled = change.declared
        if change.released:
            loop.store.hasten(dict.fromkeys(change.released, Cause.UNDER_WAY), now)
        if loop.fleet.was_read:
            loop.pulse.source_read(loop.machine())

    def _placing(self, now: datetime, tenants: int) -> Callable[[Turn | None, str], Turn]:
        """Return how each tenant gets its turn: the one it has, mended, or a first one; everybody's now if once."""
        pace, first_time, once = self._loop.pace, self._enrolled is None, self._loop.once

        def place(before: Turn | None, name: str) -> Turn:
            if before is None:
                turn = first_turn(name, now, pace, tenants)
            else:
                turn = sane(before, now, pace, tenants) if first_time else before
            return turned_back(turn, now) if once else turn

        return place

    def _begin(self, pool: Executor) -> int:
        """Claim what is due, as many as there is room for, and begin it; return how many were begun."""
        loop, now = self._loop, self._loop.clock.now()
        room = loop.concurrency - len(self._busy)
        if room < 1 or loop.stop() or not loop.worker.guard.admits(now):
            return 0
        if not loop.worker.guard.is_closed:
            # The backend did not answer: one look now and then is enough to see that it is back.
            room = 1
        claimed = loop.store.claim(now, lambda turns: self._chosen(turns, now)[:room])
        begun = 0
        for number, each in enumerate(claimed):
            job = None if loop.fleet.is_behind(each) else loop.fleet.job(each)
            if job is None or loop.stop():
                loop.store.give_back(claimed[number:] if loop.stop() else [each])
                if loop.stop():
                    break
                continue
            loop.worker.guard.began()
            self._busy[pool.submit(self._work, job)] = each
            begun += 1
        return begun

    def _chosen(self, turns: Iterable[Turn], now: datetime) -> tuple[Turn, ...]:
        known = (turn for turn in turns if turn.name not in self._strangers)
        return in_order(known, now, self._loop.pace)

    def _work(self, job: Job) -> None:
        try:
            self._loop.worker.work(job)
        except LeaseLost as lost:
            self._loop.story.lost(job.claim, lost)
        finally:
            self.wake.set()

    def _reap(self) -> None:
        """Look at what the passes that have ended came to; one that could not be kept has its turn again."""
        for future in [f for f in self._busy if f.done()]:
            claimed = self._busy.pop(future)
            trouble = future.exception()
            if trouble is None:
                continue
            self._loop.story.store_failed(trouble)
            try:
                self._loop.store.give_back([claimed])
            except StateUnreadable:
                # It ends by itself, since only the claims of passes under way are renewed.
                continue

    def _rest(self) -> None:
        loop, now = self._loop, self._loop.clock.now()
        try:
            until = loop.store.next_due(self._strangers) if self._enrolled is not None else None
            wait = loop.store.budget_wait(now) if self._enrolled is not None else timedelta(0)
        except StateUnreadable:
            until, wait = None, timedelta(0)
        if wait:
            loop.story.counters.waited(wait.total_seconds())
            until = max(until or now, now + wait)
        if until is not None and until <= now:
            # Due and not begun: no room, or a backend that is left alone. A pass that ends wakes us.
            until = None
        moments = [moment for moment in (until, loop.fleet.next_read) if moment is not None]
        loop.clock.rest(min(moments, default=None), LONGEST_REST, self.wake)

    def _is_over(self) -> bool:
        """Whether a loop that goes round once has nothing left: nobody is due, and no budget holds anybody up."""
        loop = self._loop
        if not loop.once:
            return False
        if self._enrolled is None:
            return True
        now = loop.clock.now()
        due = loop.store.next_due(self._strangers)
        return due is None or due > now or not loop.worker.guard.is_closed

    def _sample(self) -> None:
        now = self._loop.clock.now()
        if self._sampled is None or abs(now - self._sampled) >= SAMPLE_EVERY:
            self._loop.store.note_sample(now)
            self._sampled = now

    @contextmanager
    def _beating(self) -> Iterator[None]:
        """Renew the claims from a thread of its own while the block runs."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(BEAT):
                self.beat()

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def beat(self) -> None:
        """Give a sign of life, renew the claims, and free those of loops that died."""
        loop = self._loop
        state = "stopping" if loop.stop() else "running"
        try:
            busy = tuple(self._busy.values())
            loop.store.beat(state, loop.worker.guard.position, loop.story.sums["passes"], busy)
            freed = loop.store.free_the_dead()
        except StateUnreadable as trouble:
            loop.story.store_failed(trouble)
            return
        if freed:
            loop.story.log.warning(say("loop.freed", count=freed))

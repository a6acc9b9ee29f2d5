"""Sources, turns and a pool of workers in, rounds out, until there is nothing left to do (once) or somebody says stop.

One round: is it time to read the source? did a person ask? claim what is due and begin it; rest. Whatever fails in a
round is told and tried again in a later one: a source that can not be read leaves what was read before, a store that
can not be used leaves everything undone. The driver's thread does the claiming, the pool the passes; a thread of its
own renews the claims, so that they outlive a slow source and no more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from reconciler.adapters.store import LoopStore
from reconciler.adapters.store.claims import Claim
from reconciler.cli.loop.clock import LoopClock
from reconciler.cli.loop.crew import Crew, Pool
from reconciler.cli.loop.enrolment import Enrolment
from reconciler.cli.loop.fleet import Fleet
from reconciler.cli.loop.heart import BEAT, Heart
from reconciler.cli.loop.repeating import repeating
from reconciler.cli.loop.story import Story
from reconciler.cli.loop.worker import Worker
from reconciler.errors import LeaseLost, StateUnreadable
from reconciler.fleet.turns import End, Pace, next_turn
from reconciler.messages import say
from reconciler.overview import State
from reconciler.report.sums import Sums

LONGEST_REST = 1.0
# A store that fails is tried again after a second, then later and later; well within what counts as a sign of life.
LONGEST_PAUSE = 30.0
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

    ``pool`` makes what passes run in, for so many at once. ``at_once``: how many tenants are looked at together.
    ``leads``: it gives tenants their turns, and tells of the whole fleet; else another one does.
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
    at_once: int = 1
    crew: Callable[[Loop, threading.Event], Crew] = Pool
    leads: bool = True


class Driver:
    """Runs a loop. ``wake`` ends a rest: a signal, or a pass that has ended."""

    def __init__(self, loop: Loop, wake: threading.Event | None = None) -> None:
        self._loop, self.wake = loop, wake or threading.Event()
        self._crew = loop.crew(loop, self.wake)
        self._enrolment, self.heart = Enrolment(loop), Heart(loop, self._crew)
        self._sampled: datetime | None = None
        # Rounds and passes in a row that the store failed; whether the last of all did; whether it last took no pass.
        self._failures, self._failing, self._unkept = 0, False, False

    def run(self) -> None:
        """Go round until the end; the writes in flight are finished, and nothing claimed is left behind.

        Raises StateUnreadable where the store can not be used from the beginning, or in a round that is the only one.
        """
        loop = self._loop
        loop.store.begin()
        loop.story.at_odds(loop.store.at_odds(), writes=loop.store.writes)
        with repeating(self.heart.beat, BEAT, "heartbeat"):
            try:
                with self._crew:
                    self._go_round()
            finally:
                self._reap()
        try:
            loop.store.end(loop.story.sums["passes"])
        except StateUnreadable as trouble:
            # It has done what it could, and what it did is in the journal: that is to be told all the same.
            loop.story.log.error(say("loop.not-ended", why=trouble))

    def _go_round(self) -> None:
        loop = self._loop
        try:
            while not loop.stop():
                if self._round():
                    continue
                if not self._crew.claims and self._is_over():
                    break
                self._rest()
        finally:
            self.heart.stopping()

    @property
    def id(self) -> str:
        """The loop's id."""
        return self._loop.store.id

    def sums(self) -> Sums:
        """Return what this loop did, and how the tenants stand at its end."""
        loop, counted = self._loop, self._loop.story.sums
        told, unknown, counts = loop.fleet.told, "", dict[State, int]()
        try:
            counts = loop.store.counts()
        except StateUnreadable as trouble:
            unknown = say("loop.not-counted", why=trouble)
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
            problem=unknown or (" ".join(filter(None, (told.stopped, told.problem))) if told else ""),
            unread=not loop.fleet.was_read,
        )

    def _round(self) -> bool:
        """Go round once; return whether something was begun."""
        loop = self._loop
        loop.pulse.turned(loop.machine())
        self.wake.clear()
        begun = 0
        try:
            self._reap()
            if self._failing:
                self._try_store()
            self._enrolment.read()
            if self._enrolment.declared is not None:
                if loop.leads:
                    loop.store.take_asks(loop.clock.now())
                    self._sample()
                begun = self._crew.begin(
                    loop.clock.now(), self._enrolment.strangers, careful=bool(self._failures)
                )
        except StateUnreadable as trouble:
            if loop.once:
                raise
            self._failed(trouble)
        else:
            self._worked()
        return bool(begun)

    def _try_store(self) -> None:
        """Write to the store that failed before anything is begun, and let go of what could not be given back."""
        self.heart.give_sign()
        self._loop.store.hold_on_to(lambda: self._crew.names)

    def _failed(self, trouble: BaseException) -> None:
        self._failures, self._failing = self._failures + 1, True
        self._loop.story.store_failed(trouble)

    def _worked(self) -> None:
        """The store took this round; where it did not take a pass, that is not to say that it works."""
        self._failing = False
        if not self._unkept:
            self._failures = 0
            self._loop.story.store_works()

    def _reap(self) -> None:
        """Look at what the passes that have ended came to; one that could not be kept has its turn again, later."""
        usable = True
        for left in self._crew.reap():
            if left.trouble is None:
                self._unkept = False
                continue
            self._unkept = True
            self._failed(left.trouble)
            for claimed in left.claims:
                self._loop.story.unkept(claimed)
                # Each try may take as long as a lock is waited for; `_try_store` frees what is left, once that can be.
                usable = usable and self._put_off(claimed)
            with suppress(StateUnreadable):
                self._loop.store.give_back(left.unbegun if usable else ())

    def _put_off(self, claimed: Claim) -> bool:
        """Let others have their turns first: what can not be kept of one may well be kept of them.

        Returns whether the store could be used.
        """
        loop, chance = self._loop, self._loop.worker.chance()
        try:
            following = next_turn(claimed.turn, End.FAILED, loop.clock.now(), loop.pace, chance)
            with suppress(LeaseLost):
                loop.store.put_off(claimed, following)
        except StateUnreadable:
            return False
        return True

    def _rest(self) -> None:
        loop = self._loop
        try:
            if self._failing:
                loop.clock.pause(min(2.0 ** min(self._failures - 1, 10), LONGEST_PAUSE), self.wake)
            else:
                self._rest_until_due()
        except StateUnreadable as trouble:
            self._failed(trouble)
            loop.clock.pause(LONGEST_REST, self.wake)

    def _rest_until_due(self) -> None:
        loop = self._loop
        if not loop.leads:
            loop.clock.pause(LONGEST_REST, self.wake)
            return
        now = loop.clock.now()
        until = (
            loop.store.next_due(self._enrolment.strangers) if self._enrolment.declared is not None else None
        )
        wait = loop.store.budget_wait(now) if self._enrolment.declared is not None else timedelta(0)
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
        if self._enrolment.declared is None:
            return True
        now = loop.clock.now()
        due = loop.store.next_due(self._enrolment.strangers)
        return due is None or due > now or not loop.worker.guard.is_closed

    def _sample(self) -> None:
        now = self._loop.clock.now()
        if self._sampled is None or abs(now - self._sampled) >= SAMPLE_EVERY:
            self._loop.store.note_sample(now)
            self._sampled = now

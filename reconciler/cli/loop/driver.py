"""Sources, turns and a pool of workers in, rounds out, until there is nothing left to do (once) or somebody says stop.

One round: is it time to read the source? did a person ask? claim what is due and begin it; rest. Whatever fails in a
round is told and tried again in a later one: a source that can not be read leaves what was read before, a store that
can not be used leaves everything undone. The driver's thread does the claiming, the pool the passes; a thread of its
own renews the claims, so that they outlive a slow source and no more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from reconciler.adapters.store import LoopStore
from reconciler.adapters.store.claims import Claim
from reconciler.cli.loop.clock import LoopClock
from reconciler.cli.loop.crew import Crew, Pool
from reconciler.cli.loop.fleet import Fleet, News
from reconciler.cli.loop.repeating import repeating
from reconciler.cli.loop.story import Story
from reconciler.cli.loop.worker import Worker, turned_back
from reconciler.errors import LeaseLost, StateUnreadable
from reconciler.fleet.turns import Cause, End, Pace, Turn, first_turn, next_turn, sane
from reconciler.messages import say
from reconciler.overview import State
from reconciler.readiness import Trouble, unseen
from reconciler.report.kept import as_it_stood
from reconciler.report.sums import Sums

BEAT = 10.0
LONGEST_REST = 1.0
# A store that fails is tried again after a second, then later and later; well within what counts as a sign of life.
LONGEST_PAUSE = 30.0
# Clocks are set right by a little all the time.
SET_BACK = timedelta(minutes=1)
SAMPLE_EVERY = timedelta(minutes=10)
# So long a process that was asked to end is given by the examples of docs/operate.md before it is killed.
GRACE = timedelta(minutes=3)
TOLD_EVERY = timedelta(minutes=1)
# Whoever else writes to the store waits for them meanwhile.
NOTED_AT_ONCE = 200


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
        self._sampled: datetime | None = None
        self._enrolled: Mapping[str, str] | None = None
        # Who has a turn, and of whom nothing is known to be declared.
        self._strangers: frozenset[str] = frozenset()
        # Rounds and passes in a row that the store failed; whether the last of all did; whether it last took no pass.
        self._failures, self._failing, self._unkept = 0, False, False
        self._seen_at: datetime | None = None
        # Since when the passes under way are waited for at the end, and when that was last told.
        self._ends_since: datetime | None = None
        self._told_at: datetime | None = None

    def run(self) -> None:
        """Go round until the end; the writes in flight are finished, and nothing claimed is left behind.

        Raises StateUnreadable where the store can not be used from the beginning, or in a round that is the only one.
        """
        loop = self._loop
        loop.store.begin()
        loop.story.at_odds(loop.store.at_odds(), writes=loop.store.writes)
        with repeating(self.beat, BEAT, "heartbeat"):
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
            self._ends_since = loop.machine()
            loop.pulse.stopping()

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

    @property
    def _state(self) -> str:
        return "stopping" if self._loop.stop() else "running"

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
            self._read_source()
            if self._enrolled is not None:
                if loop.leads:
                    loop.store.take_asks(loop.clock.now())
                    self._sample()
                begun = self._crew.begin(loop.clock.now(), self._strangers, careful=bool(self._failures))
        except StateUnreadable as trouble:
            if loop.once:
                raise
            self._failed(trouble)
        else:
            self._worked()
        return bool(begun)

    def _try_store(self) -> None:
        """Write to the store that failed before anything is begun, and let go of what could not be given back."""
        self._give_sign()
        self._loop.store.hold_on_to(lambda: self._crew.names)

    def _give_sign(self) -> None:
        loop = self._loop
        passes, position = loop.story.sums["passes"], loop.worker.guard.position
        loop.store.beat(self._state, position, passes, self._crew.claims)

    def _failed(self, trouble: BaseException) -> None:
        self._failures, self._failing = self._failures + 1, True
        self._loop.story.store_failed(trouble)

    def _worked(self) -> None:
        """The store took this round; where it did not take a pass, that is not to say that it works."""
        self._failing = False
        if not self._unkept:
            self._failures = 0
            self._loop.story.store_works()

    def _read_source(self) -> None:
        loop = self._loop
        now = loop.clock.now()
        self._mind_the_clock(now)
        change = loop.fleet.read(now)
        if change is None:
            return
        if not loop.leads:
            self._enrolled = change.declared
        elif (
            change.declared != self._enrolled
            or (change.whole and self._strangers)
            # Of a source that can not be read this loop may know less than the one that let them go.
            or (not loop.fleet.is_cut_off and loop.store.lacks(change.declared))
        ):
            self._enrol(change, now)
        if change.released and loop.leads:
            loop.store.hasten(dict.fromkeys(change.released, Cause.UNDER_WAY), now)
        if loop.fleet.was_read:
            loop.pulse.source_read(loop.machine())

    def _enrol(self, change: News, now: datetime) -> None:
        """Give everybody a turn. Who is not declared is let go of only if that can be told of all files."""
        loop, place = self._loop, self._placing(now, len(change.declared))
        self._strangers = loop.store.enrol(change.declared, place, now, whole=change.whole).unread
        self._enrolled = change.declared
        if change.broken:
            self._note_unread(now)

    def _note_unread(self, now: datetime) -> None:
        """Keep of everybody who stands in a broken file, most likely, that it is so; one file may hold a fleet."""
        loop, names = self._loop, sorted(self._strangers)
        for first in range(0, len(names), NOTED_AT_ONCE):
            before = loop.store.before_all(names[first : first + NOTED_AT_ONCE])
            # In the order of their names: what is told of them is put on its way in it.
            stood = [before[name] for name in sorted(before)]
            loop.store.note_all(
                [
                    as_it_stood(each, unseen(Trouble.FILE_BROKEN, each.conditions, now, each.row.commit))
                    for each in stood
                    if each.row.reason != Trouble.FILE_BROKEN
                ]
            )
            loop.pulse.turned(loop.machine())

    def _mind_the_clock(self, now: datetime) -> None:
        """Place all turns anew where the clock they are reckoned in was set back: they would come by the old one."""
        back = (self._seen_at or now) - now
        if back > SET_BACK and self._enrolled is not None and self._loop.leads:
            loop, declared = self._loop, self._enrolled

            def place(before: Turn | None, name: str) -> Turn:
                first = first_turn(name, now, loop.pace, len(declared))
                return first if before is None else replace(before, due=min(before.due, first.due))

            loop.story.log.warning(say("loop.clock-back", minutes=round(back / timedelta(minutes=1))))
            loop.store.enrol(declared, place, now, whole=False)
        self._seen_at = now

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
        until = loop.store.next_due(self._strangers) if self._enrolled is not None else None
        wait = loop.store.budget_wait(now) if self._enrolled is not None else timedelta(0)
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

    def beat(self) -> None:
        """Give a sign of life, renew the claims, and free those of loops that died."""
        loop = self._loop
        self._wait_for_the_last()
        try:
            self._give_sign()
            freed = loop.store.free_the_dead()
        except StateUnreadable as trouble:
            loop.story.store_failed(trouble)
            return
        except Exception as bug:
            # A thread that ends unseen would leave this loop silent for months: the next beat may be given.
            loop.story.log.error(say("loop.no-beat", why=f"{type(bug).__name__}: {bug}"))
            return
        if freed:
            loop.story.log.warning(say("loop.freed", count=freed))

    def _wait_for_the_last(self) -> None:
        """Turn in the place of the main loop while that waits for the last passes, for ``GRACE`` at most, and say so.

        It would be taken for one that hangs, and what makes passes slow is no reason to cut them off. After that it
        is silent, as one that hangs is.
        """
        loop, count, since = self._loop, len(self._crew.claims), self._ends_since
        if since is None or not count:
            return
        now = loop.machine()
        waited = abs(now - since)
        if waited <= GRACE:
            loop.pulse.turned(now)
        if self._told_at is None or abs(now - self._told_at) >= TOLD_EVERY:
            self._told_at = now
            log, word = loop.story.log, "loop.waits" if waited <= GRACE else "loop.waits-too-long"
            tell = log.info if waited <= GRACE else log.warning
            tell(say(word, count=count, seconds=round(waited.total_seconds())))

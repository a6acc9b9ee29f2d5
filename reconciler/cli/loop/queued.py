"""A queue in, the two crews of a fleet out: the dispatcher's, which offers turns, and a worker's, which takes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from queue import Empty, SimpleQueue
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from reconciler.adapters.store import Offer, OfferStore
from reconciler.adapters.store.claims import Claim
from reconciler.adapters.store.offering import Carrier, urgency_of
from reconciler.cli.loop.crew import jobs_of
from reconciler.cli.loop.worker import Unkept
from reconciler.errors import StateUnreadable
from reconciler.fleet.turns import Cause, Pace, Turn, in_order, rank, together
from reconciler.messages import say

if TYPE_CHECKING:
    from reconciler.cli.loop.driver import Loop

# So many offers' worth of turns are on offer at a time: enough for every worker, and few enough to be fresh.
OFFERED = 40
SWEEP_EVERY = 20.0
# Who has no work to take, or may not, looks again after so long; a worker never waits for longer.
SHORT = 1.0


class Dispatching(Carrier, Protocol):
    """Carries offers, and clears up behind workers that died."""

    def sweep(self) -> frozenset[str]:
        """Take back what dead workers held; return the names of the tenants in it. Raises StateUnreadable."""
        ...


class Receiving(Protocol):
    """Takes offers on threads of its own, until it is stopped or something ends it."""

    trouble: str | None

    @property
    def alive(self) -> bool:
        """Whether offers are being taken."""
        ...

    def start(self, work: Callable[[Sequence[str]], None]) -> None:
        """Begin to take them; ``work`` is called with the names of each."""
        ...

    def stop(self) -> None:
        """Take no more, and wait for what is under way."""
        ...


class Dispatcher:
    """Offers what is due to workers, and makes no pass itself."""

    def __init__(self, loop: Loop, offers: OfferStore, queue: Dispatching) -> None:
        self._loop, self._offers, self._queue = loop, offers, queue
        self._swept = time.monotonic()

    def __enter__(self) -> Self:
        """Nothing has to be made ready."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What is on offer stays so: another dispatcher goes on, and workers take it."""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """None: whose turn it is, workers claim."""
        return ()

    @property
    def names(self) -> frozenset[str]:
        """Nobody's."""
        return frozenset()

    def begin(self, now: datetime, strangers: frozenset[str], *, careful: bool) -> int:
        """Offer what is due, unless the backend's budget is used up; return how much was."""
        self._sweep()
        loop = self._loop
        if loop.stop() or loop.store.budget_wait(now) > timedelta(0):
            return 0

        def choose(turns: Sequence[Turn], room: int) -> list[Offer]:
            known = [turn for turn in turns if turn.name not in strangers]
            return list(offers_of(in_order(known, now, loop.pace)[:room], now, loop.pace, loop.at_once))

        return self._offers.offer(now, OFFERED * loop.at_once, choose, self._queue, besides=len(strangers))

    def reap(self) -> Iterable[Unkept]:
        """Nothing: workers keep what they find."""
        return ()

    def _sweep(self) -> None:
        if time.monotonic() - self._swept < SWEEP_EVERY:
            return
        self._swept = time.monotonic()
        names = self._queue.sweep()
        if names:
            self._offers.release(names)
            self._loop.story.log.warning(say("queue.swept", count=len(names)))


def offers_of(turns: Sequence[Turn], now: datetime, pace: Pace, at_once: int) -> Iterator[Offer]:
    """Part turns, which are in order, into offers; what a person waits for, or was left, is looked at alone."""
    for urgency, some in groupby(turns, key=lambda turn: rank(turn, now, pace)):
        alike, most = list(some), 1 if urgency == Cause.ASKED else at_once
        while alike:
            names = tuple(turn.name for turn in together(alike, most))
            yield Offer(names, urgency_of(urgency))
            del alike[: len(names)]


class Hands:
    """A worker's crew: makes passes of the turns that are offered to it, on the threads of the queue."""

    def __init__(self, loop: Loop, wake: Event, queue: Receiving) -> None:
        self._loop, self._wake, self._queue = loop, wake, queue
        # By offer: whose turns are in it, and those of them that were claimed.
        self._taken: dict[object, Sequence[str]] = {}
        self._busy: dict[object, tuple[Claim, ...]] = {}
        self._ended: SimpleQueue[Unkept] = SimpleQueue()
        self._started = False
        self._over = Event()

    def __enter__(self) -> Self:
        """Nothing is taken before the tenant files were read: see ``begin``."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take no more, and wait for what is under way."""
        self._over.set()
        self._queue.stop()

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The turns whose passes are under way."""
        return tuple(claimed for some in tuple(self._busy.values()) for claimed in some)

    @property
    def names(self) -> frozenset[str]:
        """Whose turns are in the offers that were taken: threads of the queue claim them when they like."""
        return frozenset(name for some in tuple(self._taken.values()) for name in some)

    def begin(self, now: datetime, strangers: frozenset[str], *, careful: bool) -> int:
        """Begin to take offers, or begin anew where something ended that. Raises StateUnreadable, with why it ended."""
        if self._queue.alive or self._loop.stop():
            return 0
        ended, self._started = self._started, True
        self._queue.start(self._work)
        if ended:
            raise StateUnreadable(say("queue.ended", why=self._queue.trouble or say("queue.no-reason")))
        return 0

    def reap(self) -> Iterable[Unkept]:
        """Return what became of the passes that have ended since."""
        while True:
            try:
                yield self._ended.get_nowait()
            except Empty:
                return

    def _work(self, names: Sequence[str]) -> None:
        """Make the passes of one offer."""
        offer = object()
        self._taken[offer] = names
        try:
            now = self._loop.clock.now()
            claimed = self._claimed(names, now)
            if claimed:
                self._busy[offer] = claimed
                self._ended.put(self._made(claimed, now))
        except StateUnreadable as trouble:
            self._ended.put(Unkept(trouble, self._busy.get(offer, ())))
        finally:
            self._busy.pop(offer, None)
            del self._taken[offer]
            if not self._ended.empty():
                self._wake.set()

    def _claimed(self, names: Sequence[str], now: datetime) -> tuple[Claim, ...]:
        """Claim what is in an offer; what can not be begun here is offered again, by and by."""
        loop = self._loop
        if not loop.stop() and loop.worker.guard.admits(now):
            return loop.store.claim_offered(names, now, loop.pace)
        # Others may be better off. Whoever drops offers quickly would take them from those.
        self._over.wait(SHORT)
        loop.store.leave_offered(names)
        return ()

    def _made(self, claimed: Sequence[Claim], now: datetime) -> Unkept:
        loop = self._loop
        jobs = jobs_of(loop, claimed)
        loop.worker.guard.began(now)
        return loop.worker.work_all(jobs) if jobs else Unkept()

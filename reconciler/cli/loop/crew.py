"""Turns that are due in, passes under way and what became of them out: who makes the passes of a loop.

The driver goes its rounds, and asks its crew at each to begin what can be begun. A loop of its own has a pool of
threads, which this is. In a fleet the dispatcher only offers turns to a queue, and workers take them from there
(``queued``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future
from datetime import datetime, timedelta
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from reconciler.adapters.store.claims import Claim
from reconciler.cli.loop.worker import Job, Unkept
from reconciler.errors import StateUnreadable
from reconciler.fleet.turns import Turn, in_order, together

if TYPE_CHECKING:
    from reconciler.cli.loop.driver import Loop

# A worker that has not read what its dispatcher has will have by then, or another one takes the turn.
LEFT_FOR = timedelta(seconds=5)


class Crew(Protocol):
    """Who makes the passes of a loop, for as long as a block runs; at its end those under way are waited for."""

    def __enter__(self) -> Self:
        """Get ready."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is under way, and begin nothing more."""
        ...

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The turns whose passes are under way."""
        ...

    @property
    def names(self) -> frozenset[str]:
        """Whose turns these are, and those that are being claimed: a claim is never there before its name is here."""
        ...

    def begin(self, now: datetime, strangers: frozenset[str], *, careful: bool) -> int:
        """Begin what can be begun, ``strangers`` excepted; return how much was. ``careful``: one alone, as a trial.

        ``now``: the service's clock. Raises StateUnreadable.
        """
        ...

    def reap(self) -> Iterable[Unkept]:
        """Return what became of passes that have ended since."""
        ...


class Pool:
    """A pool of threads, which makes the passes of the turns that this loop claims."""

    def __init__(self, loop: Loop, wake: Event) -> None:
        self._loop, self._wake = loop, wake
        self._busy: dict[Future[Unkept], tuple[Claim, ...]] = {}
        self._pool: Executor | None = None

    def __enter__(self) -> Self:
        """Make the threads."""
        self._pool = self._loop.pool(self._loop.concurrency)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is under way."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The turns whose passes are under way."""
        return tuple(claimed for some in tuple(self._busy.values()) for claimed in some)

    @property
    def names(self) -> frozenset[str]:
        """Whose turns these are. The driver's own thread claims, so none is being claimed when it asks."""
        return frozenset(claimed.turn.name for claimed in self.claims)

    def begin(self, now: datetime, strangers: frozenset[str], *, careful: bool) -> int:
        """Claim what is due, as much as there is room for, and begin it."""
        loop, pool = self._loop, self._pool
        room = loop.concurrency - len(self._busy)
        if pool is None or room < 1 or loop.stop() or not loop.worker.guard.admits(now):
            return 0
        most = room * loop.at_once
        if careful or not loop.worker.guard.is_closed:
            # The backend did not answer, or the store took no pass: one is enough to see that it is back.
            room = most = 1
        claimed = loop.store.claim(
            now,
            lambda turns: together(self._chosen(turns, now, strangers), most),
            besides=len(strangers),
            pace=loop.pace,
        )
        begun = 0
        for jobs in _shared_out(jobs_of(loop, claimed), room):
            loop.worker.guard.began(now)
            self._busy[pool.submit(self._work, jobs)] = tuple(job.claim for job in jobs)
            begun += len(jobs)
        return begun

    def reap(self) -> Iterable[Unkept]:
        """Return what became of the passes that have ended since."""
        for future in [f for f in self._busy if f.done()]:
            claimed = self._busy.pop(future)
            trouble = future.exception()
            if trouble is None:
                yield future.result()
            else:
                yield Unkept(StateUnreadable(str(trouble)), claimed)

    def _chosen(self, turns: Iterable[Turn], now: datetime, strangers: frozenset[str]) -> tuple[Turn, ...]:
        # A claim that ran out while its pass is under way (this process was frozen) is not another one's yet.
        passed_over = self.names | strangers
        known = (turn for turn in turns if turn.name not in passed_over)
        return in_order(known, now, self._loop.pace)

    def _work(self, jobs: Sequence[Job]) -> Unkept:
        try:
            return self._loop.worker.work_all(jobs)
        finally:
            self._wake.set()


def jobs_of(loop: Loop, claimed: Sequence[Claim]) -> list[Job]:
    """Return the passes to make for claimed turns, and give back those that there is none for, or no time any more.

    What others have read newer files of is left to them for a moment: free at once, it would come back at once, and
    take the place of what can be served.
    """
    stop = loop.stop()
    found = [None if stop or loop.fleet.is_behind(each) else loop.fleet.job(each) for each in claimed]
    back = [each for each, job in zip(claimed, found, strict=True) if job is None]
    if back and (stop or not loop.fleet.is_cut_off):
        loop.store.give_back(back)
    elif back:
        loop.store.leave(back, loop.clock.now() + LEFT_FOR)
    return [job for job in found if job is not None]


def _shared_out(jobs: Sequence[Job], room: int) -> list[Sequence[Job]]:
    """Part what is to be done among those who have time, in order."""
    each = -(-len(jobs) // room)
    return [jobs[start : start + each] for start in range(0, len(jobs), each or 1)]

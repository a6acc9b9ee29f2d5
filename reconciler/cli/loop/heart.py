"""A loop and its crew in, signs of life out: to the store, by which its claims last, and to the probes at its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.cli.loop.crew import Crew
from reconciler.errors import StateUnreadable
from reconciler.messages import say

if TYPE_CHECKING:
    from reconciler.cli.loop.driver import Loop

BEAT = 10.0
# So long a process that was asked to end is given by the examples of docs/operate.md before it is killed.
GRACE = timedelta(minutes=3)
TOLD_EVERY = timedelta(minutes=1)


class Heart:
    """Beats on a thread of its own, each ``BEAT`` seconds, as long as a loop runs and until its last pass is over."""

    def __init__(self, loop: Loop, crew: Crew) -> None:
        self._loop, self._crew = loop, crew
        # Since when the passes under way are waited for at the end, and when that was last told.
        self._ends_since: datetime | None = None
        self._told_at: datetime | None = None

    def stopping(self) -> None:
        """Note that the main loop comes round no more, and waits for the passes under way."""
        self._ends_since = self._loop.machine()
        self._loop.pulse.stopping()

    def give_sign(self) -> None:
        """Give a sign of life, and renew the claims whose passes are under way. Raises StateUnreadable."""
        loop = self._loop
        state = "stopping" if loop.stop() else "running"
        passes, position = loop.story.sums["passes"], loop.worker.guard.position
        loop.store.beat(state, position, passes, self._crew.claims)

    def beat(self) -> None:
        """Give a sign of life, renew the claims, and free those of loops that died."""
        loop = self._loop
        self._wait_for_the_last()
        try:
            self.give_sign()
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
        if self._told_at is not None and abs(now - self._told_at) < TOLD_EVERY:
            return
        self._told_at, seconds = now, round(waited.total_seconds())
        if waited <= GRACE:
            loop.story.log.info(say("loop.waits", count=count, seconds=seconds))
        else:
            loop.story.log.warning(say("loop.waits-too-long", count=count, seconds=seconds))

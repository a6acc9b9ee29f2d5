"""How a backend answered in, whether a pass may begin now out: one breaker, shared by all threads of a loop."""

from __future__ import annotations

from datetime import datetime
from threading import Lock

from reconciler.cli.loop.story import Story
from reconciler.fleet.breaker import Breaker, Position


class Guard:
    """The breaker of one backend, shared by all threads of a loop."""

    def __init__(self, story: Story) -> None:
        self._lock, self._story, self.breaker = Lock(), story, Breaker()

    def admits(self, now: datetime) -> bool:
        """Say whether a pass may begin now."""
        with self._lock:
            return self.breaker.admits(now)

    @property
    def position(self) -> str:
        """Closed, open or half-open."""
        return self.breaker.position

    @property
    def is_closed(self) -> bool:
        """Whether the backend answers, as far as is known."""
        return self.breaker.position is Position.CLOSED

    def began(self, now: datetime) -> None:
        """Note that one has begun."""
        with self._lock:
            self.breaker = self.breaker.began(now)

    def heard(self, answered: bool, now: datetime) -> None:
        """Note how the backend answered."""
        with self._lock:
            before, self.breaker = self.breaker, self.breaker.heard(answered, now)
            after = self.breaker
        until = after.probe_at - now if after.probe_at else None
        self._story.breaker(before.position, after.position, until)

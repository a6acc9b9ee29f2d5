"""Whether a backend answered in, whether to go on asking it out: closed, open, half-open.

While it is open fewer tenants are looked at, one now and then to see whether the backend is back. Nothing else
changes: a pass that runs asks every check and looks as often as any other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Position(StrEnum):
    """Closed: all tenants have their turns. Open: one now and then. Half-open: that one is on its way."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """``silent``: passes in a row in which the backend did not answer at all. ``probe_at``: when to ask (again)."""

    position: Position = Position.CLOSED
    silent: int = 0
    probe_at: datetime | None = None
    opens_after: int = 5
    first_wait: timedelta = timedelta(seconds=30)
    longest_wait: timedelta = timedelta(minutes=5)

    def admits(self, now: datetime) -> bool:
        """Say whether a pass may begin now."""
        if self.position is Position.CLOSED:
            return True
        if self.probe_at is None:
            return False
        # A clock that was set back must not keep it open for longer than it ever would be.
        return now >= self.probe_at or self.probe_at - now > self.longest_wait

    def began(self, now: datetime) -> Breaker:
        """Return it after a pass has begun: if it is not closed, that one is the probe, and no other one for long.

        Not for ever: a probe that breaks off before it is heard of must not hold everybody up.
        """
        if self.position is Position.CLOSED:
            return self
        return replace(self, position=Position.HALF_OPEN, probe_at=now + self.longest_wait)

    def heard(self, answered: bool, now: datetime) -> Breaker:
        """Return it after a pass: closed by the first answer, open after ``opens_after`` without one."""
        if answered:
            return replace(self, position=Position.CLOSED, silent=0, probe_at=None)
        silent = self.silent + 1
        if silent < self.opens_after and self.position is Position.CLOSED:
            return replace(self, silent=silent)
        doubled = self.first_wait * 2 ** min(max(silent - self.opens_after, 0), 20)
        return replace(
            self, position=Position.OPEN, silent=silent, probe_at=now + min(doubled, self.longest_wait)
        )

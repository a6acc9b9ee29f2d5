"""Calls made in, how long to wait before the next one out: a rate that many workers can share.

The generic cell rate algorithm: one moment is all there is to keep of a rate (``full_at``: when all calls made so far
would have fitted at an even pace). Keeping it is one update, whoever makes it, so the rate holds over all workers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``calls`` in ``per``, of which ``burst`` at once."""

    calls: int
    per: timedelta
    burst: int

    @property
    def each(self) -> timedelta:
        """The time one call takes at an even pace."""
        return self.per / self.calls


def wait(full_at: datetime | None, now: datetime, rate: Rate) -> timedelta:
    """Return how long until one more call fits; zero if it fits now."""
    if full_at is None:
        return ZERO
    # A moment further away than a whole period comes from another clock, and would hold everything up.
    ahead = min(full_at - now, rate.per + rate.each * rate.burst)
    return max(ahead - rate.each * (rate.burst - 1), ZERO)


def spent(full_at: datetime | None, now: datetime, rate: Rate, calls: int) -> datetime:
    """Return what to keep after ``calls`` were made; more than fitted is a debt that later ones wait for."""
    begin = now if full_at is None else max(full_at, now)
    begin = min(begin, now + rate.per + rate.each * rate.burst)
    return begin + rate.each * calls

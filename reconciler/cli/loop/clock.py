"""The clock that looks go by: the machine's, or that of the embedded service, which keeps pace with it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from reconciler.adapters.simulator.commerce import Commerce

# Somebody else moves the service's clock: look often enough to notice.
POLL = 0.05


class LoopClock(Protocol):
    """Tells the time that due times are reckoned in, and lets it pass."""

    def now(self) -> datetime:
        """Return it (UTC)."""
        ...

    def rest(self, until: datetime | None, most: float, wake: Event) -> None:
        """Return at ``until``, after ``most`` seconds, or when woken, whichever is first."""
        ...

    def pause(self, seconds: float, wake: Event) -> None:
        """Return after so many seconds of ours, whatever this clock does, or when woken."""
        ...


class MachineClock:
    """The machine's clock: for a service that keeps real time."""

    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC)

    def rest(self, until: datetime | None, most: float, wake: Event) -> None:
        """Sleep."""
        left = most if until is None else (until - self.now()).total_seconds()
        wake.wait(max(0.0, min(most, left)))

    def pause(self, seconds: float, wake: Event) -> None:
        """Sleep."""
        wake.wait(seconds)


class ServicePace:
    """The embedded service's clock, moved on by the time that passes here, ``speed`` times as fast.

    With a speed of 0 it is left to whoever else moves it. It is moved to a moment, never by a length, so two loops on
    one service do not make it run twice as fast.
    """

    def __init__(self, service: Commerce, speed: float) -> None:
        self._service, self._speed = service, speed
        self._begun, self._base = time.monotonic(), service.now()

    def now(self) -> datetime:
        """Move the service's clock on, and return it."""
        if not self._speed:
            return self._service.now()
        passed = (time.monotonic() - self._begun) * self._speed
        return self._service.advance_to(self._base + timedelta(seconds=passed))

    def rest(self, until: datetime | None, most: float, wake: Event) -> None:
        """Sleep for as long as it takes the service's clock to get there."""
        if not self._speed:
            wake.wait(min(most, POLL))
            return
        left = most if until is None else (until - self._service.now()).total_seconds() / self._speed
        wake.wait(max(0.0, min(most, left)))

    def pause(self, seconds: float, wake: Event) -> None:
        """Sleep."""
        wake.wait(seconds)

"""Waiting for a switch: on the embedded service its clock is moved to the next event, on a real one we sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.messages import say
from reconciler.observe import TenantRef

if TYPE_CHECKING:
    from reconciler.adapters.simulator.commerce import Commerce

LOOK_EVERY = timedelta(minutes=1)
# Seconds that one who asked us to stop has to wait for it, at most.
STEP = 0.25


def machine_time() -> datetime:
    """The machine's clock, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class ServiceClock:
    """A waiter for the embedded service; ``patience`` is the longest wait for one switch, in its own time."""

    service: Commerce
    patience: timedelta
    show: Callable[[str], None]

    def pause(self, ref: TenantRef, until: datetime) -> None:
        """Move the service's clock to this tenant's next event, or by a minute, at most to ``until``."""
        event = self.service.next_event(ref)
        target = min(event or self.service.now() + LOOK_EVERY, until)
        self.service.advance_to(max(target, self.service.now()))

    def report(self, ref: TenantRef, elapsed: timedelta, state: str) -> None:
        """Show the elapsed service time and the state last seen."""
        self.show(say("cli.following", tenant=ref.name, elapsed=_clock(elapsed), state=state))


@dataclass(frozen=True)
class RealTime:
    """A waiter for a service that keeps real time; ``patience`` is the longest wait for one switch.

    ``interrupted`` ends a pause. ``sleep`` takes seconds, ``clock`` tells the time that ``until`` is reckoned in.
    """

    patience: timedelta
    show: Callable[[str], None]
    interrupted: Callable[[], bool]
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], datetime] = machine_time

    def pause(self, ref: TenantRef, until: datetime) -> None:
        """Sleep for a minute, at most to ``until``, in steps short enough to stop between."""
        # Reckoned in what was slept, so that a clock set back in between makes nobody wait longer.
        left = min(LOOK_EVERY, until - self.clock()).total_seconds()
        while left > 0 and not self.interrupted():
            self.sleep(min(STEP, left))
            left -= STEP

    def report(self, ref: TenantRef, elapsed: timedelta, state: str) -> None:
        """Show how long it has been and the state last seen."""
        self.show(say("cli.following-live", tenant=ref.name, elapsed=_clock(elapsed), state=state))


def _clock(elapsed: timedelta) -> str:
    minutes, seconds = divmod(int(elapsed.total_seconds()), 60)
    return f"{minutes}:{seconds:02d}"

"""Waiting on the embedded service: its clock is moved to the next event instead of sleeping."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.adapters.simulator.commerce import Commerce
from reconciler.messages import say
from reconciler.observe import TenantRef

LOOK_EVERY = timedelta(minutes=1)


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


def _clock(elapsed: timedelta) -> str:
    minutes, seconds = divmod(int(elapsed.total_seconds()), 60)
    return f"{minutes}:{seconds:02d}"

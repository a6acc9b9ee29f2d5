"""The backend that the configuration names in, what looks at it and what tells its time out.

Two are there: the embedded service and Microsoft's. Everything a command needs of either is here, but for what writes:
that is built by ``running.build_writer`` alone, on a backend that is open. A reading command gets the eyes of one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import click

from reconciler.act import Inquiry
from reconciler.adapters import files
from reconciler.observe import Lister, Observation, Observer, TenantRef, Traits

if TYPE_CHECKING:
    from reconciler.adapters.microsoft.calling import Exchange
    from reconciler.cli.loop.clock import LoopClock
    from reconciler.cli.world import Setting
    from reconciler.drift.values import Witness
    from reconciler.fleet.budget import Rate
    from reconciler.follow import Waiter

Tell = Callable[[str], None]
Heard = Callable[["Exchange"], None]


def on_stderr(text: str) -> None:
    """Say something beside the result."""
    click.echo(text, err=True)


def nobody_hears(exchange: Exchange) -> None:
    """Tell nobody of a request."""


class Eyes(Observer, Lister, Inquiry, Protocol):
    """What looks at a backend and asks it. Has no method that writes."""


class Opened(Protocol):
    """A backend that is open. ``witness`` None: it does not tell who changed something."""

    @property
    def eyes(self) -> Eyes:
        """What looks at it."""
        ...

    @property
    def witness(self) -> Witness | None:
        """What tells who, other than us, changed something."""
        ...

    def waiter(self, patience: timedelta, show: Tell, interrupted: Callable[[], bool]) -> Waiter:
        """Return what waits for it, for one switch as long as ``patience``, unless ``interrupted``."""
        ...

    def clock(self, speed: float) -> LoopClock:
        """Return the clock that looks go by. ``speed``: how fast it is made to run, where that can be."""
        ...

    def asked(self) -> int | None:
        """Return how many requests were sent since this was last asked; None where a look is one, as an order is."""
        ...


class Backend(Protocol):
    """A backend as it is configured, whether it is there or not; nothing of it is opened or made."""

    @property
    def name(self) -> str:
        """Its word, as results tell it."""
        ...

    @property
    def traits(self) -> Traits:
        """How it behaves, as far as that is known without asking it: what a snapshot of it is judged by."""
        ...

    @property
    def rate(self) -> Rate | None:
        """How often a loop may ask it, unless the configuration says so of loops; None: as often as it likes."""
        ...

    @property
    def keeps_time(self) -> bool:
        """Whether its time is ours, which nobody moves or halts."""
        ...

    @property
    def at_once(self) -> int:
        """How many tenants a loop looks at together: as many as are seen in a moment, for they are kept together."""
        ...

    def absent(self) -> Observer | None:
        """Return None where there is somebody to ask, else what stands in the place of its eyes: all is unknown.

        A reading command makes no service only to ask it. Raises StateUnreadable where that can not be told.
        """
        ...

    def glance(self, ref: TenantRef) -> Observation | None:
        """Look once at who answers to a word, for its other names; None where it holds no tenant yet.

        Nothing is loaded for that, and nobody waits long. Raises ReconcilerError where that can not be told.
        """
        ...

    def time(self) -> datetime | None:
        """Return its time; None where nobody is there to tell it. Raises StateUnreadable."""
        ...

    def announce(self, tell: Tell = on_stderr) -> None:
        """Say which one it is, where that is not what everybody expects."""
        ...

    def open(
        self,
        *,
        quiet: bool = False,
        tell: Tell = on_stderr,
        warned: Tell = on_stderr,
        heard: Heard = nobody_hears,
        longest_wait: timedelta | None = None,
    ) -> AbstractContextManager[Opened]:
        """Open it, and announce it unless ``quiet``. Raises ReconcilerError where it can not be opened.

        ``warned`` hears of what a person should do in time, and ``heard`` of each request, where it is asked by such.
        ``longest_wait``: how long a call waits because it was asked to, or before another try; None: as long as a
        person at a terminal would.
        """
        ...


def backend_of(setting: Setting) -> Backend:
    """Return the backend that the configuration names."""
    if setting.config.backend is files.Backend.MICROSOFT:
        from reconciler.cli.backends.live import Microsoft

        return Microsoft(setting)
    from reconciler.cli.backends.embedded import Embedded

    return Embedded(setting)

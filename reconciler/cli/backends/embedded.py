"""The embedded service as a backend: its file in, the service, its eyes and its clock out.

It is imported by commands that may never open it, so what it is made of is imported where it is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from reconciler.adapters import files
from reconciler.cli.backends import Heard, Tell, nobody_hears, on_stderr
from reconciler.messages import say
from reconciler.observe import Observation, Observer, TenantRef, Traits

if TYPE_CHECKING:
    from reconciler.adapters.simulator.backend import Reader
    from reconciler.adapters.simulator.commerce import Commerce
    from reconciler.adapters.simulator.telling import CallLog
    from reconciler.cli.loop.clock import ServicePace
    from reconciler.cli.waiting import ServiceClock
    from reconciler.cli.world import Setting


@dataclass(frozen=True)
class Opened:
    """The service, open. Of ``service`` a writer may be built, and by ``running.build_writer`` alone it is."""

    service: Commerce

    @cached_property
    def eyes(self) -> Reader:
        """What looks at it."""
        from reconciler.adapters.simulator.backend import Reader

        return Reader(self.service)

    @cached_property
    def witness(self) -> CallLog:
        """Its log of calls, which tells who made them."""
        from reconciler.adapters.simulator.telling import CallLog

        return CallLog(self.service)

    def waiter(self, patience: timedelta, show: Tell, interrupted: Callable[[], bool]) -> ServiceClock:
        """Return what moves its clock to the next event instead of sleeping."""
        from reconciler.cli.waiting import ServiceClock

        return ServiceClock(self.service, patience, show)

    def clock(self, speed: float) -> ServicePace:
        """Return its clock, kept moving ``speed`` times as fast as ours."""
        from reconciler.cli.loop.clock import ServicePace

        return ServicePace(self.service, speed)

    def asked(self) -> None:
        """Say that a look at it is one call."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The embedded service of this setting."""

    setting: Setting
    name: ClassVar[str] = "simulator"
    rate: ClassVar[None] = None
    keeps_time: ClassVar[bool] = False
    at_once: ClassVar[int] = 50

    @property
    def traits(self) -> Traits:
        """How it behaves."""
        return Traits(backend=self.name, adds_in_order=self.setting.config.adds_in_order)

    def absent(self) -> Observer | None:
        """Return what stands where the service would: every tenant is unknown, since there is no service yet."""
        from reconciler.adapters.snapshots import Snapshots

        if service_is_there(self.setting):
            return None
        none = say("cli.no-service", file=self.setting.simulator_file)
        return Snapshots((), Traits(), self.setting.catalogue, none=none)

    def holds_tenants(self) -> bool:
        """Say whether its file is there and holds a tenant."""
        from reconciler.adapters.simulator.storage import holds_tenants

        return holds_tenants(self.setting.simulator_file)

    def glance(self, ref: TenantRef) -> Observation | None:
        """Look once; None where it holds no tenants."""
        if not self.holds_tenants():
            return None
        with self.open(quiet=True) as opened:
            return opened.eyes.observe(ref)

    def time(self) -> datetime | None:
        """Return what its clock says; None where it holds no tenants."""
        if not self.holds_tenants():
            return None
        with open_service(self.setting, quiet=True) as service:
            return service.now()

    def announce(self, tell: Tell = on_stderr) -> None:
        """Say so where nobody chose a backend."""
        if not self.setting.config.backend_named:
            tell(say("cli.default-backend", file=self.setting.simulator_file))

    @contextmanager
    def open(
        self,
        *,
        quiet: bool = False,
        tell: Tell = on_stderr,
        warned: Tell = on_stderr,
        heard: Heard = nobody_hears,
        longest_wait: timedelta | None = None,
    ) -> Iterator[Opened]:
        """Open it, loading the states the configuration names the first time it is used. Nobody waits for it."""
        with open_service(self.setting, quiet=quiet, tell=tell) as service:
            yield Opened(service)


@contextmanager
def open_service(setting: Setting, *, quiet: bool = False, tell: Tell = on_stderr) -> Iterator[Commerce]:
    """Open the embedded service, loading the states the configuration names the first time it is used.

    ``tell`` takes what is to be said of that.
    """
    from reconciler.adapters.simulator.commerce import Commerce
    from reconciler.adapters.simulator.storage import holds_tenants

    if not quiet:
        Embedded(setting).announce(tell)
    fresh = not holds_tenants(setting.simulator_file)
    documents = (
        [doc for _, doc in files.load_live(setting.config.live)] if fresh and setting.config.live else []
    )
    service = Commerce(setting.simulator_file, setting.catalogue, adds_in_order=setting.config.adds_in_order)
    try:
        if documents:
            service.load(documents)
            tell(say("cli.loaded", count=len(documents), file=setting.simulator_file))
        yield service
    finally:
        service.close()


def service_is_there(setting: Setting) -> bool:
    """Say whether there is an embedded service to ask, or states that the configuration would load into it.

    A reading command makes none only to ask it. Raises StateUnreadable where that can not be told.
    """
    from reconciler.adapters.simulator.storage import is_there

    return bool(setting.config.live) or is_there(setting.simulator_file)

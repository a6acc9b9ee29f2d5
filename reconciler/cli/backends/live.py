"""Microsoft's services as a backend: what the configuration says of them in, a partner's reader and real time out.

Nothing of it is imported before it is opened, and no request is sent before a tenant is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

from reconciler.adapters.files.pacing import a_minute
from reconciler.cli.backends import Heard, Tell, nobody_hears, on_stderr
from reconciler.errors import ReconcilerError
from reconciler.messages import say
from reconciler.model import Declaration, Place
from reconciler.observe import Observation, TenantRef, Traits, Unknown

if TYPE_CHECKING:
    from reconciler.adapters.files.microsoft import MicrosoftConfig
    from reconciler.adapters.microsoft.addresses import Addresses
    from reconciler.adapters.microsoft.building import Plant
    from reconciler.adapters.microsoft.calling import Patience
    from reconciler.adapters.microsoft.reader import Reader
    from reconciler.adapters.microsoft.tokens import Application, SignIn
    from reconciler.cli.loop.clock import MachineClock
    from reconciler.cli.waiting import RealTime
    from reconciler.cli.world import Setting
    from reconciler.fleet.budget import Rate

# Seconds that who sets a brake waits for an answer: a pause must not hang on a network that is down.
HURRY = 15.0
NAME = "microsoft"
Who = Literal["reader", "writer"]


@dataclass(frozen=True, slots=True)
class Opened:
    """The services, as one partner's reader sees them.

    Of ``plant`` a writer may be built, with a credential of its own, and by ``running.build_writer`` alone it is.
    """

    told: MicrosoftConfig
    plant: Plant
    eyes: Reader
    warned: Tell
    # Neither of the two tells who changed a subscription.
    witness: ClassVar[None] = None

    def waiter(self, patience: timedelta, show: Tell, interrupted: Callable[[], bool]) -> RealTime:
        """Return what really waits."""
        from reconciler.cli.waiting import RealTime

        return RealTime(patience, show, interrupted)

    def clock(self, speed: float) -> MachineClock:
        """Return the machine's clock, which nobody moves."""
        from reconciler.cli.loop.clock import MachineClock

        return MachineClock()

    def sign_in(self, who: Who) -> SignIn:
        """Return what signs the reader or the writer in. Raises ReconcilerError where that one is not configured."""
        return sign_in_of(who, self.told, self.plant.patience, self.warned)

    def asked(self) -> int:
        """Return how many requests to Partner Center were sent since this was last asked, by whichever pass.

        Graph has a budget for each directory, which nobody tells: it is heeded when it asks to wait.
        """
        return self.plant.paces.commerce.drained()


@dataclass(frozen=True, slots=True)
class Microsoft:
    """Partner Center and Graph, as this setting reaches them."""

    setting: Setting
    name: ClassVar[str] = NAME
    keeps_time: ClassVar[bool] = True
    # A look takes a second there, and the others would wait for it; what binds is the budget.
    at_once: ClassVar[int] = 1
    # Of what was recorded no versions are known; the rest is as `building.Settings` says.
    traits: ClassVar[Traits] = Traits(NAME, adds_in_order=False, visible_within=None)

    @property
    def rate(self) -> Rate:
        """The budget of one process is that of all loops together, unless they are given one of their own."""
        return a_minute(self.setting.config.microsoft.calls_per_minute)

    def absent(self) -> None:
        """Say that it is there; where it can not be reached, each look says so."""

    def time(self) -> datetime:
        """Return the machine's time."""
        return judging_time()

    def glance(self, ref: TenantRef) -> Observation:
        """Look at who answers to a word, in a hurry and at nothing more. Raises ReconcilerError where nobody tells."""
        from reconciler.adapters.microsoft.calling import Patience

        # A file that wants nothing: then nothing is asked that only a step needs.
        nothing = Declaration(ref.name, ref.tenant, (), Place("", 1, 1))
        hurry = Patience(connect=HURRY / 3, read=HURRY, whole=HURRY, longest_wait=HURRY / 3, tries=1)
        opened = self._opened(on_stderr, nobody_hears, hurry)
        seen = opened.eyes.observe(TenantRef(ref.name, ref.tenant, nothing))
        if isinstance(seen.domain, Unknown) and isinstance(seen.tenant_id, Unknown):
            raise ReconcilerError(say("cli.names-unknown", tenant=ref.tenant, why=seen.domain.reason))
        return seen

    def announce(self, tell: Tell = on_stderr) -> None:
        """Say whose customers these are, and who is asked instead of Microsoft in a rehearsal."""
        told = self.setting.config.microsoft
        key = "cli.rehearsing" if told.rehearses else "cli.live-backend"
        tell(say(key, partner=told.partner, addresses=", ".join(told.rehearses)))

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
        """Open it. Raises ReconcilerError where no reader is configured."""
        if not quiet:
            self.announce(tell)
        from reconciler.adapters.microsoft.calling import Patience

        patience = Patience()
        if longest_wait is not None:
            patience = replace(patience, longest_wait=longest_wait.total_seconds())
        yield self._opened(warned, heard, patience)

    def _opened(self, warned: Tell, heard: Heard, patience: Patience) -> Opened:
        from reconciler.adapters.microsoft.addresses import CLOUDS
        from reconciler.adapters.microsoft.building import Plant, Settings

        told = self.setting.config.microsoft
        settings = Settings(
            told.partner,
            addresses_of(told),
            CLOUDS[told.cloud],
            raise_without_etag=told.raise_without_etag,
            license_transfer=told.license_transfer,
            calls_per_minute=told.calls_per_minute,
        )
        plant = Plant(settings, self.setting.catalogue, patience, heard)
        eyes = plant.reader(sign_in_of("reader", told, patience, warned), judging_time)
        return Opened(told, plant, eyes, warned)


def sign_in_of(who: Who, told: MicrosoftConfig, patience: Patience, warned: Tell) -> SignIn:
    """Return what signs the reader or the writer in; nothing is asked, and no secret read, before it has to.

    ``warned`` hears of what a person should do in time. Raises ReconcilerError where that one is not configured.
    """
    from reconciler.adapters.microsoft.login import Login
    from reconciler.adapters.microsoft.tokens import SignIn

    login = Login(addresses_of(told).login, patience)
    return SignIn(application_of(who, told), told.partner, login, patience, warned=warned)


def application_of(who: Who, told: MicrosoftConfig) -> Application:
    """Return as which application to read, or to write. Raises ReconcilerError where that one is not configured."""
    from reconciler.adapters.microsoft.secrets import store_of
    from reconciler.adapters.microsoft.tokens import Application

    credential = told.reader if who == "reader" else told.writer
    if credential is None:
        raise ReconcilerError(say(f"cli.no-{who}"))
    references = (credential.secret, credential.certificate, credential.refresh_token)
    kept = [None if reference is None else store_of(reference) for reference in references]
    return Application(who, credential.client_id, *kept)


def addresses_of(told: MicrosoftConfig) -> Addresses:
    """Return the cloud's addresses, with what a rehearsal asks in their place."""
    from reconciler.adapters.microsoft.addresses import CLOUDS

    others = {"partner_center": told.partner_center, "graph": told.graph, "login": told.login}
    return CLOUDS[told.cloud].replaced(**others)


def judging_time() -> datetime:
    """The machine's clock, in whole seconds as everything that is kept is told in."""
    return datetime.now(UTC).replace(microsecond=0)

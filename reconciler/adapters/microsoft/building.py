"""Settings and a sign-in in, a reader or a writer out: the parts of the live backend put together.

Each has a sign-in of its own, and all that one ``Plant`` builds keep to one budget for Partner Center (``Paces``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.adapters.microsoft.addresses import Addresses
from reconciler.adapters.microsoft.bought import Glass
from reconciler.adapters.microsoft.calling import Bearer, Calls, Exchange, Patience
from reconciler.adapters.microsoft.graph import Graph
from reconciler.adapters.microsoft.naming import Naming
from reconciler.adapters.microsoft.pace import Pace, Pressing
from reconciler.adapters.microsoft.partner_center import PartnerCenter
from reconciler.adapters.microsoft.reader import THREADS, Reader
from reconciler.adapters.microsoft.switching import TransitionType
from reconciler.adapters.microsoft.tickets import TicketDesk, TicketNotes
from reconciler.adapters.microsoft.tokens import SignIn
from reconciler.adapters.microsoft.writer import Terms, Writer
from reconciler.catalogue import Catalogue
from reconciler.observe import Traits, Unversioned

# Documented for customers, subscriptions and orders, of one partner (PC 2.6).
CALLS_PER_MINUTE = 500


@dataclass(frozen=True, slots=True)
class Settings:
    """What of the configuration the two need. ``calls_per_minute`` None: only the waits the service asks for.

    ``audience``: the services as tokens name them, which a rehearsal at other ``addresses`` does not change.
    """

    partner: str
    addresses: Addresses
    audience: Addresses
    raise_without_etag: bool = False
    license_transfer: bool = True
    calls_per_minute: int | None = CALLS_PER_MINUTE

    @property
    def way(self) -> TransitionType:
        """How a switch is ordered: with the users' licences, unless the configuration says otherwise."""
        return TransitionType.WITH_LICENSES if self.license_transfer else TransitionType.ONLY

    @property
    def traits(self) -> Traits:
        """How this backend behaves: an order carries no more licences, and nothing says when a write has to show."""
        unversioned = Unversioned.ALLOWED if self.raise_without_etag else Unversioned.REFUSED
        return Traits("microsoft", adds_in_order=False, visible_within=None, unversioned=unversioned)


def _nobody(_: Exchange) -> None:
    """Tell nobody of a request."""


@dataclass(frozen=True, slots=True)
class Paces:
    """The budgets of one process: Partner Center's is one for everything, Graph asks for its waits alone."""

    commerce: Pace
    directory: Pace

    @classmethod
    def of(cls, settings: Settings, patience: Patience) -> Paces:
        """Return budgets that nothing has been taken from."""
        commerce = Pace(settings.calls_per_minute, patience.clock, patience.sleep)
        return cls(commerce, Pace(None, patience.clock, patience.sleep))


@dataclass(slots=True)
class Plant:
    """Builds the readers and the writer of one process, on one budget and one knowledge of names."""

    settings: Settings
    catalogue: Catalogue
    patience: Patience = Patience()  # noqa: RUF009 - frozen
    told: Callable[[Exchange], None] = _nobody
    threads: int = THREADS
    paces: Paces = field(init=False)
    naming: Naming = field(init=False)

    def __post_init__(self) -> None:
        self.paces = Paces.of(self.settings, self.patience)
        self.naming = Naming(self.catalogue)

    def reader(self, sign_in: SignIn, now: Callable[[], datetime]) -> Reader:
        """Return what looks at tenants; ``now`` is the clock they are judged by."""
        where, settings = self.settings.addresses, self.settings
        directory = self._calls(where.graph, self.paces.directory)
        return Reader(
            PartnerCenter(*self._commerce(sign_in)),
            Graph(directory, where.graph, self.paces.directory, self.patience, delegated=sign_in.delegated),
            lambda customer: sign_in.bearer(settings.audience.graph, customer),
            Glass(self.naming, settings.way, self.catalogue.health, settings.traits, _enough(self.catalogue)),
            now,
            threads=self.threads,
            clock=self.patience.clock,
        )

    def desk(self, sign_in: SignIn) -> TicketDesk:
        """Return what looks at tickets of the partner's customers."""
        return TicketDesk(*self._commerce(sign_in))

    def notes(self, sign_in: SignIn) -> TicketNotes:
        """Return what puts notes into tickets, and does nothing else to them; signed in as the writer."""
        return TicketNotes(*self._commerce(sign_in))

    def _commerce(self, sign_in: SignIn) -> tuple[Calls, Bearer]:
        settings = self.settings
        calls = self._calls(settings.addresses.partner_center, self.paces.commerce)
        return calls, sign_in.bearer(settings.audience.partner_center, settings.partner)

    def writer(self, sign_in: SignIn) -> Writer:
        """Return what writes to tenants, with a credential of its own."""
        terms = Terms(self.settings.way, self.settings.raise_without_etag)
        _, bearer = self._commerce(sign_in)
        calls = self._calls(self.settings.addresses.partner_center, Pressing(self.paces.commerce))
        return Writer(calls, bearer, self.naming, terms, self.patience.clock)

    def _calls(self, base: str, pace: Pace | Pressing) -> Calls:
        return Calls(base, pace, self.patience, threads=self.threads, told=self.told)


def _enough(catalogue: Catalogue) -> frozenset[str]:
    """The roles that every family of the catalogue names as enough; none where one leaves it to the article."""
    families = {plan.family for plan in catalogue.plans.values()}
    each = [frozenset(catalogue.roles.get(family, ())) for family in families]
    return frozenset.intersection(*each) if each else frozenset()

"""Port ``Observer``: a tenant's name in, an ``Observation`` out: what the service shows, and what it did not.

Every fact is either known or ``Unknown`` with the reason why it could not be read. A read error is never
"absent" and never zero. An observer has no method that writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar, Union, runtime_checkable

from reconciler.model import Declaration

T = TypeVar("T")
# When a state that is not there was observed.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be read, and why (a short phrase: "left out of the snapshot", "throttled")."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotAsked(Unknown):
    """A fact that was left unread on purpose, since nothing that is wanted here hangs on it.

    It holds a step like any other that is not known. Only where a tenant's state is told is it passed over: that nobody
    asked says nothing of how a tenant fares.
    """


Fact = Union[T, Unknown]  # noqa: UP007 - mypy takes no T | Unknown as an alias
NOT_TOLD = Unknown("left out of the live state")


@dataclass(frozen=True, slots=True)
class TenantRef:
    """How a tenant is asked for: its fleet name and the word the file names it by.

    ``declared``: what its file wants, where there is one; an observer may then leave unasked what nobody needs. It must
    not be used for anything else, and never to fill in what could not be read.
    """

    name: str
    tenant: str
    declared: Declaration | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, declaration: Declaration) -> TenantRef:
        """Return how the tenant of a file is asked for."""
        return cls(declaration.name, declaration.tenant, declaration)


@dataclass(frozen=True, slots=True)
class CreditReview:
    """``state``: none, pending, or a word we do not know; ``since`` in UTC."""

    state: str
    since: Fact[datetime]


@dataclass(frozen=True, slots=True)
class SwitchState:
    """``state``: none, ordered, running, failed, or a word we do not know; times in UTC."""

    state: str
    to: Fact[str]
    ordered_at: Fact[datetime]
    status_page_since: Fact[datetime]


@dataclass(frozen=True, slots=True)
class LiveSubscription:
    """One subscription as the service shows it. ``version`` is its etag; never part of a diff or a digest.

    ``commerce``: new-commerce, legacy, or a word we do not know. ``add_ons``: the names of what hangs on it.
    ``scheduled``: what is already arranged for its next term or charge (renewal, billing). ``term_ends`` in UTC.
    """

    id: str
    plan: Fact[str]
    licenses: Fact[int]
    assigned: Fact[int]
    users_without_license: Fact[int]
    status: Fact[str]
    trial: Fact[bool]
    payment: Fact[str]
    billing: Fact[str]
    provisioned: Fact[bool]
    pre_upgrade: Fact[bool]
    offers: Fact[tuple[str, ...]]
    switch: Fact[SwitchState]
    commerce: Fact[str] = NOT_TOLD
    add_ons: Fact[tuple[str, ...]] = NOT_TOLD
    scheduled: Fact[tuple[str, ...]] = NOT_TOLD
    term_ends: Fact[datetime] = NOT_TOLD
    auto_renews: Fact[bool] = NOT_TOLD
    version: str | None = None


class Unversioned(StrEnum):
    """What a backend does with a raise of a subscription that it shows without a version to compare with.

    ``UNHEEDED``: nothing is known of versions here (a snapshot has none), so the matter is not judged.
    """

    UNHEEDED = "unheeded"
    REFUSED = "refused"
    ALLOWED = "allowed"


@dataclass(frozen=True, slots=True)
class Traits:
    """How a backend behaves. ``visible_within``: its documented visibility time, None where none is documented."""

    backend: str = "simulator"
    adds_in_order: bool = True
    visible_within: timedelta | None = timedelta(minutes=5)
    unversioned: Unversioned = Unversioned.UNHEEDED


@dataclass(frozen=True, slots=True)
class Observation:
    """One tenant as the service showed it at ``at`` (the judging time, UTC).

    ``subscriptions`` is Unknown unless the list was read completely. A service missing from ``services`` is
    not known. ``snapshot`` is true when it was read from a file: our own state rules are then skipped.
    ``answered``: the backend answered at all, if only to say no. ``later``: how long it asked not to be asked again.
    """

    name: str
    at: datetime
    domain: Fact[str]
    tenant_id: Fact[str]
    domains: Fact[tuple[str, ...]]
    roles: Fact[frozenset[str]]
    users: Fact[int]
    website: Fact[str]
    credit_review: Fact[CreditReview]
    services: Fact[Mapping[str, str]]
    subscriptions: Fact[tuple[LiveSubscription, ...]]
    traits: Traits = Traits()
    snapshot: bool = False
    answered: bool = True
    later: timedelta | None = None


class Lister(Protocol):
    """Names the tenants there are. Has no method that writes."""

    def tenants(self) -> Fact[tuple[TenantRef, ...]]:
        """Return every tenant the service shows, Unknown where the list could not be read completely."""
        ...


class Observer(Protocol):
    """Reads one tenant. Never raises for what could not be read: that is an Unknown in the result."""

    def observe(self, ref: TenantRef) -> Observation:
        """Return the tenant as it stands now, each unread fact Unknown with its reason."""
        ...


@runtime_checkable
class Onlooker(Protocol):
    """An observer that looks at many tenants at once, for whom that takes less time than one after the other."""

    def observe_all(self, refs: Sequence[TenantRef]) -> Sequence[Observation]:
        """Return each tenant as it stands now, in the order asked."""
        ...


def observe_all(observer: Observer, refs: Sequence[TenantRef]) -> Sequence[Observation]:
    """Look at each tenant, all at once where the observer can, and return the looks in the order asked."""
    if isinstance(observer, Onlooker):
        return observer.observe_all(refs)
    return [observer.observe(ref) for ref in refs]


class LastLooks:
    """An ``Observer`` that keeps its last look at each tenant, so that nobody has to look again only to remember."""

    def __init__(self, observer: Observer, seen: dict[TenantRef, Observation] | None = None) -> None:
        self._observer = observer
        self.seen: dict[TenantRef, Observation] = {} if seen is None else seen

    def observe(self, ref: TenantRef) -> Observation:
        """Look, and keep it."""
        self.seen[ref] = self._observer.observe(ref)
        return self.seen[ref]

    def observe_all(self, refs: Sequence[TenantRef]) -> Sequence[Observation]:
        """Look at all, and keep it."""
        looks = observe_all(self._observer, refs)
        self.seen.update(zip(refs, looks, strict=True))
        return looks

    def through(self, observer: Observer) -> LastLooks:
        """Return one that looks through other eyes and keeps what it sees in the same place."""
        return LastLooks(observer, self.seen)

"""Port ``Observer``: a tenant's name in, an ``Observation`` out: what the service shows, and what it did not.

Every fact is either known or ``Unknown`` with the reason why it could not be read. A read error is never
"absent" and never zero. An observer has no method that writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar, Union

T = TypeVar("T")
# When a state that is not there was observed.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be read, and why (a short phrase: "left out of the snapshot", "throttled")."""

    reason: str


Fact = Union[T, Unknown]  # noqa: UP007 - mypy takes no T | Unknown as an alias


@dataclass(frozen=True, slots=True)
class TenantRef:
    """How a tenant is asked for: its fleet name and the word the file names it by."""

    name: str
    tenant: str


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
    """One subscription as the service shows it. ``version`` is its etag; never part of a diff or a digest."""

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
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Traits:
    """How a backend behaves. ``visible_within``: its documented visibility time, None where none is documented."""

    backend: str = "simulator"
    adds_in_order: bool = True
    visible_within: timedelta | None = timedelta(minutes=5)


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


class LastLooks:
    """An ``Observer`` that keeps its last look at each tenant, so that nobody has to look again only to remember."""

    def __init__(self, observer: Observer, seen: dict[TenantRef, Observation] | None = None) -> None:
        self._observer = observer
        self.seen: dict[TenantRef, Observation] = {} if seen is None else seen

    def observe(self, ref: TenantRef) -> Observation:
        """Look, and keep it."""
        self.seen[ref] = self._observer.observe(ref)
        return self.seen[ref]

    def through(self, observer: Observer) -> LastLooks:
        """Return one that looks through other eyes and keeps what it sees in the same place."""
        return LastLooks(observer, self.seen)

"""Nothing in, the nouns of drift out: what is remembered of a tenant, a finding, and one tenant's ``DriftReport``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from reconciler.drift.kinds import Cause, Direction, Kind
from reconciler.memory import Baseline
from reconciler.model import Place
from reconciler.observe import Fact, TenantRef

Value = str | int | None


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody changed something: who, in the backend's words, and when (UTC)."""

    who: str
    at: datetime


class Witness(Protocol):
    """Asks a backend's own records who did something. Has no method that writes."""

    def last_change(self, ref: TenantRef, subscription_id: str | None, field: str) -> Fact[Change | None]:
        """Return who, other than us, last changed this field; None where the records do not tell."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. ``scope`` names what it stands on in our memory, whatever it is called in the file.

    ``declared``, ``live`` and ``before`` are the three values of ``field``, None where there is none: what the file
    wants, what is there, and what was there when all was well. ``plan`` is the plan it is about. Times are the
    service's clock; ``reported_at``: since when it is known to whoever reads the reports. ``bought_back``: it is gone
    since a write of ours has made good what somebody had taken away.
    """

    cause: Cause
    kind: Kind
    scope: str
    field: str
    address: str = ""
    subscription_id: str | None = None
    plan: str | None = None
    declared: Value = None
    live: Value = None
    before: Value = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    times: int = 1
    confirmed: bool = False
    reported_at: datetime | None = None
    who: Change | None = None
    place: Place | None = None
    bought_back: bool = False

    @property
    def key(self) -> str:
        """What makes two looks see the same thing; the values are not in it."""
        return f"{self.cause}/{self.kind}/{self.scope}/{self.field}"

    @property
    def mark(self) -> tuple[Value, Value]:
        """What must stay for it to be the same news."""
        return (self.before, self.live)

    @property
    def origin(self) -> Value:
        """Where the value moved from: for a wish, what is declared."""
        return self.declared if self.cause is Cause.WANTED else self.before

    @property
    def delta(self) -> int | None:
        """By how much a number of licences moved; None where it is no such number."""
        if self.field != "licenses" or not isinstance(self.live, int) or not isinstance(self.origin, int):
            return None
        return self.live - self.origin

    @property
    def direction(self) -> Direction:
        """Which way it moved."""
        if not self.delta:
            return Direction.NONE
        return Direction.UP if self.delta > 0 else Direction.DOWN


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is remembered of a finding from look to look; ``finding`` is as it was last seen.

    ``gone_at``: a confirmed one that was no longer there, and of which that was not reported yet.
    """

    finding: Finding
    first_seen: datetime
    last_seen: datetime
    times: int = 1
    confirmed_at: datetime | None = None
    reported_at: datetime | None = None
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """All that is kept of one tenant for drift: the baseline, and the sightings by key."""

    baseline: Baseline | None = None
    sightings: Mapping[str, Sighting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unread:
    """A fact that would have been needed, and why it is not known. Never drift."""

    address: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """What comes by itself if nobody acts, as a trial that turns into a paid year: by which rule, and the way out."""

    rule: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class DriftReport:
    """One tenant. ``wanted``, ``outside`` and ``service`` are never mixed; the last two hold confirmed findings only.

    ``unconfirmed``: of these two, not seen often or long enough. ``under_way``: explained by a switch, by setting
    up, or by a write of ours that has not ended. ``gone``: confirmed once, and no longer there. ``baseline_at``: since
    when it is known how the tenant stood, None if it is not. ``kept`` is what to remember, None where nothing is to be
    learnt from this look (a snapshot). ``ahead``: what is told of the tenant itself because it comes without anybody's
    doing; no difference, and no drift yet.
    """

    name: str
    tenant: str
    file: str
    observed_at: datetime
    wanted: tuple[Finding, ...] = ()
    outside: tuple[Finding, ...] = ()
    service: tuple[Finding, ...] = ()
    unconfirmed: tuple[Finding, ...] = ()
    under_way: tuple[Finding, ...] = ()
    gone: tuple[Finding, ...] = ()
    unread: tuple[Unread, ...] = ()
    baseline_at: datetime | None = None
    ahead: tuple[Ahead, ...] = ()
    kept: Remembered | None = field(default=None, repr=False, compare=False)

    @property
    def drift(self) -> tuple[Finding, ...]:
        """The confirmed differences nobody asked for."""
        return (*self.outside, *self.service)

    def testified(self, ref: TenantRef, witness: Witness) -> DriftReport:
        """Return it with who did what was changed outside, where the backend's records tell."""
        return replace(
            self,
            outside=tuple(_told(self.outside, ref, witness)),
            unconfirmed=tuple(_told(self.unconfirmed, ref, witness)),
        )


def _told(findings: tuple[Finding, ...], ref: TenantRef, witness: Witness) -> Iterator[Finding]:
    for finding in findings:
        known = (
            witness.last_change(ref, finding.subscription_id, finding.field)
            if finding.cause is Cause.OUTSIDE
            else None
        )
        yield replace(finding, who=known) if isinstance(known, Change) else finding

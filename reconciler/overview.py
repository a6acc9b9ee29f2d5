"""What the loop keeps of each tenant and of itself, as values, for whoever shows it: the page, the metrics, `status`.

Nothing here judges. Times are UTC: ``observed_at``, ``due_at`` and the ``since`` of conditions go by the service's
clock, those of loops and requests by the machine's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from reconciler.handoff import HandOff
from reconciler.observe import Fact
from reconciler.readiness import Condition, Type
from reconciler.status import Holds

# A loop beats several times a minute; one that has been silent for so long hangs, or is gone.
SILENT_AFTER = timedelta(minutes=3)
GONE = frozenset({"ended", "died"})


class State(StrEnum):
    """Where a tenant stands in one word, the gravest first. Every tenant is in exactly one."""

    UNKNOWN = "unknown"
    STALLED = "stalled"
    RECONCILING = "reconciling"
    PENDING = "pending"
    SUSPENDED = "suspended"
    READY = "ready"


class Sort(StrEnum):
    """What the overview may be sorted by."""

    STATE = "state"
    NAME = "name"
    SINCE = "since"
    OBSERVED = "observed"
    LICENSES = "licenses"


@dataclass(frozen=True, slots=True)
class Row:
    """One tenant of the overview. ``licenses`` and ``live`` are totals over its subscriptions, None if not known.

    ``held_by``: the rule that holds it, or "". ``since``: since when it is ready or not. ``drift``: confirmed findings
    that nobody asked for. ``fleet`` is the word of the source it is declared in.
    """

    fleet: str
    name: str
    tenant: str
    labels: Mapping[str, str]
    verdict: str
    sync: str
    health: str
    state: State
    reason: str
    held_by: str
    since: datetime
    plans: tuple[str, ...]
    licenses: int | None
    live: int | None
    open_handoffs: int
    drift: int
    failures: int
    commit: str | None
    observed_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is kept of one tenant since its last pass.

    ``document`` has plain data under three keys: ``status`` (a tenant of status.schema.json), ``plan`` (a tenant of
    change-plan.schema.json, with every step's checks) and ``drift`` (a tenant of drift.schema.json).
    """

    row: Row
    conditions: tuple[Condition, ...]
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """One outcome of a tenant, and from when to when how many passes in a row had it."""

    verdict: str
    summary: str
    commit: str | None
    first_at: datetime
    last_at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was written to a tenant, as the journal tells it, in the order it happened.

    ``at`` is the service's clock for what was intended and sent, ours for how it ended.
    ``what``: intended, sent, started, done, failed, not-taken, seen. ``action``: switch or add.
    """

    at: datetime
    what: str
    address: str
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    request_id: str
    commit: str | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Query:
    """Which tenants of the overview, in which order. ``text`` is found in name, tenant and labels, without case."""

    text: str = ""
    states: frozenset[State] = frozenset()
    held_by: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    sort: Sort = Sort.STATE
    descending: bool = False
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Overview:
    """One page of the overview: ``total`` that match the query; ``counts`` of the whole fleet by state.

    ``holds``: how many tenants each rule holds ("what waits for what"), the most first.
    """

    rows: tuple[Row, ...]
    total: int
    counts: Mapping[State, int]
    holds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the whole fleet, for the metrics. What is not known of a tenant is in no sum, but is counted here.

    ``declared`` and ``live`` are licences, as in ``Row``; ``undeclared`` and ``unread`` are how many tenants are
    missing in them because theirs is None. ``reasons``: tenants by the reason of their conditions. ``handoffs``: open
    requests by kind. ``unsettled``: writes that may still take effect, as in ``Memory.unsettled``. The oldest are None
    where there is none, and go by the service's clock.
    """

    declared: int
    live: int
    undeclared: int
    unread: int
    drift: int
    reasons: Mapping[str, int]
    handoffs: Mapping[str, int]
    unsettled: int
    oldest_observed_at: datetime | None
    oldest_handoff_at: datetime | None
    oldest_unsettled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sample:
    """How many tenants stood in each state at a moment: the points of the chart."""

    at: datetime
    counts: Mapping[State, int]


@dataclass(frozen=True, slots=True)
class Source:
    """A source of tenant files as a loop last read it.

    ``commit`` is the one that holds; ``refused`` a newer one that does not, with ``problem`` as a sentence and
    ``reason`` in one word. ``stopped``: why nothing is written to anybody, "" if writing is not held.
    ``committed_at``: the date of ``commit``, None outside git.
    """

    fleet: str
    where: str
    branch: str | None
    commit: str | None
    read_at: datetime
    tenants: int
    reason: str = ""
    problem: str = ""
    refused: str | None = None
    stopped: str = ""
    committed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop on this store. ``beat_at``: its last sign of life; ``breaker``: closed, open or half-open."""

    id: str
    holder: str
    version: str
    writes: bool
    backend: str
    started_at: datetime
    beat_at: datetime
    state: str
    breaker: str = "closed"
    passes: int = 0

    @property
    def gone(self) -> bool:
        """Whether it is known to have ended, or to have died."""
        return self.state in GONE

    def silent(self, now: datetime) -> bool:
        """Whether it has given no sign of life for so long that it hangs, or died without a word."""
        # A sign of life that lies ahead is one from before the clock was set back.
        return not self.gone and abs(now - self.beat_at) > SILENT_AFTER


@dataclass(frozen=True, slots=True)
class Watched:
    """What the loops of a store say of themselves at ``now`` (the machine's clock); ``late``: see ``Showing.late``."""

    now: datetime
    loops: tuple[Loop, ...] = ()
    sources: tuple[Source, ...] = ()
    late: int = 0

    @property
    def running(self) -> tuple[Loop, ...]:
        """Those that are not known to be gone."""
        return tuple(loop for loop in self.loops if not loop.gone)


class Showing(Protocol):
    """Reads what the loops keep. Has no method that writes. Each raises StateUnreadable."""

    def overview(self, query: Query) -> Overview:
        """Return one page of the overview."""
        ...

    def totals(self) -> Totals:
        """Return the sums over the whole fleet: a few queries of the database, and no tenant one by one."""
        ...

    def kept(self, name: str) -> Kept | None:
        """Return one tenant by its name in the fleet, None if the loop knows none of that name."""
        ...

    def past(self, name: str, limit: int = 20) -> Sequence[Past]:
        """Return its last distinct outcomes, newest first."""
        ...

    def timeline(self, name: str, limit: int = 100) -> Sequence[Event]:
        """Return what was written to it, oldest first: the last ``limit`` events."""
        ...

    def handoffs(self, name: str | None = None, *, every: bool = False) -> Sequence[HandOff]:
        """Return the open requests to support (all with ``every``) of the fleet or one tenant, oldest first."""
        ...

    def samples(self, since: datetime) -> Sequence[Sample]:
        """Return the chart's points since a moment, oldest first."""
        ...

    def sources(self) -> Sequence[Source]:
        """Return the sources as they were last read, by name."""
        ...

    def loops(self) -> Sequence[Loop]:
        """Return the loops that gave a sign of life within a day, the newest sign first."""
        ...

    def stop(self) -> Fact[object | None]:
        """Return the global stop (reason, owner, at), None if it is off, Unknown if that can not be told."""
        ...

    def late(self, now: datetime) -> int:
        """Return how many tenants are overdue by more than the loop allows itself; ``now`` is the service's clock."""
        ...


def state_of(conditions: Sequence[Condition], verdict: str) -> State:
    """Return a tenant's state in one word."""
    by = {each.type: each.status for each in conditions}
    if verdict == State.SUSPENDED:
        return State.SUSPENDED
    if by[Type.STALLED] is Holds.TRUE:
        return State.STALLED
    if by[Type.READY] is Holds.TRUE:
        return State.READY
    if by[Type.READY] is Holds.UNKNOWN:
        return State.UNKNOWN
    return State.RECONCILING if by[Type.RECONCILING] is Holds.TRUE else State.PENDING

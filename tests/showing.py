"""A fleet for the status page, kept in memory: the examples as they are judged, tenants with hostile names, a past.

``Fleet`` answers as a store does, and is changed by ``replace`` on its fields. Nothing in it is a mock: what is kept of
each tenant comes out of the tool itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from cli import EXAMPLES, ROOT
from scenes import catalogue

from reconciler.adapters.files import live_states, load_tenants
from reconciler.decide import decide
from reconciler.errors import StateUnreadable
from reconciler.handoff import OPEN, HandOff, HandoffState
from reconciler.handoff.asking import requests
from reconciler.judged import Judged
from reconciler.live import from_document
from reconciler.memory import Memory
from reconciler.model import Declaration
from reconciler.observe import Fact, Observation, Traits
from reconciler.overview import (
    Event,
    Kept,
    Loop,
    Overview,
    Past,
    Query,
    Row,
    Sample,
    Sort,
    Source,
    State,
    state_of,
)
from reconciler.readiness import Type, conditions_of
from reconciler.report.document import tenant_document
from reconciler.report.status_document import status_document
from reconciler.standing import by_tenant
from reconciler.status import status_of

NOW = datetime(2026, 11, 23, 10, 4, tzinfo=UTC)
COMMIT = "4f0c6b1e9d2a7c38b5e1f60a9d8c7b6a5f4e3d2c"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202egnirts desrever",
    "two\nlines\r\nand a tab\t",
    "x" * 300,
    "..%2f..%2fetc%2fpasswd",
    "../../up",
    "..",
    "{{ 7 * 7 }} {% raw %}",
    "party 🎉 ☃ Ærlig Ødegård",
    "javascript:alert(1)//?q=1#f&lang=nb;",
    "'; drop table tenants; --",
    "\x1b[31mred\x07",
)


@dataclass(frozen=True)
class Fleet:
    """A ``Showing`` over values."""

    all_kept: Mapping[str, Kept]
    all_past: Mapping[str, Sequence[Past]] = field(default_factory=dict)
    events: Mapping[str, Sequence[Event]] = field(default_factory=dict)
    requests: Sequence[HandOff] = ()
    points: Sequence[Sample] = ()
    from_where: Sequence[Source] = ()
    beating: Sequence[Loop] = ()
    stopped: Fact[object | None] = None
    overdue: int = 0
    asked: list[Query] = field(default_factory=list)

    def overview(self, query: Query) -> Overview:
        self.asked.append(query)
        rows = [each.row for each in self.all_kept.values()]
        found = sorted((row for row in rows if _matches(row, query)), key=_order(query.sort))
        if query.descending:
            found.reverse()
        holds = Counter(row.held_by for row in rows if row.held_by)
        return Overview(
            tuple(found[query.offset : query.offset + query.limit]),
            len(found),
            Counter(row.state for row in rows),
            dict(holds.most_common()),
        )

    def kept(self, name: str) -> Kept | None:
        return self.all_kept.get(name)

    def past(self, name: str, limit: int = 20) -> Sequence[Past]:
        return self.all_past.get(name, ())[:limit]

    def timeline(self, name: str, limit: int = 100) -> Sequence[Event]:
        return self.events.get(name, ())[-limit:]

    def handoffs(self, name: str | None = None, *, every: bool = False) -> Sequence[HandOff]:
        return [one for one in self.requests if (every or one.state in OPEN) and name in (None, one.tenant)]

    def samples(self, since: datetime) -> Sequence[Sample]:
        return [point for point in self.points if point.at >= since]

    def sources(self) -> Sequence[Source]:
        return self.from_where

    def loops(self) -> Sequence[Loop]:
        return self.beating

    def stop(self) -> Fact[object | None]:
        return self.stopped

    def late(self, now: datetime) -> int:
        return self.overdue


class Unreadable(Fleet):
    """A store that can not be read."""

    def overview(self, query: Query) -> Overview:
        raise StateUnreadable("the state store does not answer <b>at all</b>")

    def kept(self, name: str) -> Kept | None:
        raise StateUnreadable("the state store does not answer")


@dataclass(frozen=True)
class Stop:
    """A global stop that is on."""

    reason: str = "audit until Friday"
    owner: str = "kari@example.no"
    at: datetime = NOW - timedelta(hours=2)


def fleet(*, hostile: bool = True) -> Fleet:
    """The examples, and unless told otherwise the hostile ones too."""
    kept = {**_examples(), **(_hostile() if hostile else {})}
    asked = list(_requests())
    return Fleet(
        all_kept=kept,
        all_past={name: _past(each) for name, each in kept.items()},
        events=_events(),
        requests=asked,
        points=_points(Counter(each.row.state for each in kept.values())),
        from_where=(
            Source(
                "examples", "https://git.example/tenants.git", "main", COMMIT, NOW, len(kept),
                committed_at=NOW - timedelta(hours=3),
            ),
        ),
        beating=(
            Loop(
                "loop-1", "reconciler-0@node-a", "0.1.0", True, "simulator",
                NOW - timedelta(days=3), NOW, "running", passes=812,
            ),
        ),
    )  # fmt: skip


def many(count: int) -> Fleet:
    """A large fleet, of which one page of rows is made: what the page costs, not what a store does."""
    (first, *_) = fleet(hostile=False).all_kept.values()
    rows = tuple(replace(first.row, name=f"tenant-{number:06}") for number in range(100))
    return _Large({}, points=_points({State.READY: count}), count=count, rows=rows)


@dataclass(frozen=True)
class _Large(Fleet):
    count: int = 0
    rows: tuple[Row, ...] = ()

    def overview(self, query: Query) -> Overview:
        return Overview(self.rows[: query.limit], self.count, {State.READY: self.count}, {"credit-review": 7})


@cache
def _judged() -> tuple[Judged, ...]:
    declared = load_tenants([EXAMPLES / "tenants"], catalogue()).declarations
    seen = {document["metadata"]["name"]: document for _, document in live_states([EXAMPLES / "live"])}
    return tuple(_judge(each, _look(seen[each.name])) for each in declared)


def _judge(declaration: Declaration, seen: Observation) -> Judged:
    return Judged(declaration, seen, Memory(), decide(declaration, seen, Memory(), catalogue()))


def _look(document: dict[str, Any]) -> Observation:
    return from_document(document, traits=Traits(adds_in_order=True), snapshot=False, catalogue=catalogue())


@cache
def _requests() -> tuple[HandOff, ...]:
    found = [wish for each in _judged() for wish in requests(each.plan, COMMIT)]
    found[0] = replace(found[0], state=HandoffState.FILED, ticket="SR-20417")
    old = replace(
        found[-1], id="0ld0ld0ld0ld", state=HandoffState.DONE, closed_at=NOW, reason="<b>support</b> did it"
    )
    return (*found, old)


@cache
def _examples() -> dict[str, Kept]:
    asked = by_tenant(_requests())
    found = {}
    for index, judged in enumerate(sorted(_judged(), key=lambda each: each.declaration.name)):
        status = status_of(judged, asked)
        since = NOW - timedelta(minutes=7 * index * index + 4)
        conditions = conditions_of(judged.plan, writes=True, trouble=None, before=(), at=since, commit=COMMIT)
        document = {
            "status": status_document([status])["tenants"][0],  # type: ignore[index]
            "plan": tenant_document(judged.plan),
            "drift": _drift(judged.plan.name),
        }
        row = Row(
            fleet="examples",
            name=judged.plan.name,
            tenant=judged.plan.tenant,
            labels=judged.declaration.labels,
            verdict=judged.plan.verdict,
            sync=status.sync,
            health=status.health,
            state=state_of(conditions, judged.plan.verdict),
            reason=next(each.reason for each in conditions if each.type is Type.READY),
            held_by=status.waits_for,
            since=since,
            plans=tuple(dict.fromkeys(each.plan for each in judged.declaration.subscriptions)),
            licenses=_sum([each.wanted.licenses for each in status.subscriptions]),
            live=_sum([each.live for each in status.subscriptions]),
            open_handoffs=status.open_handoffs,
            drift=len(document["drift"]["outside"]),  # type: ignore[index]
            failures=0,
            commit=COMMIT,
            observed_at=NOW - timedelta(minutes=index % 6),
            due_at=NOW + timedelta(minutes=5 + index % 6),
        )
        found[row.name] = Kept(row, conditions, _below_root(document))
    return found


def _below_root(value: Any) -> Any:
    """The same with paths as they are where the tool is run: from the folder of the repository."""
    if isinstance(value, Mapping):
        return {key: _below_root(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_below_root(each) for each in value]
    return value.replace(f"{ROOT}/", "") if isinstance(value, str) else value


def _hostile() -> dict[str, Kept]:
    """Tenants whose every word is a trap."""
    some = list(_examples().values())
    found = {}
    for index, name in enumerate(HOSTILE):
        kept = some[index]
        row = replace(
            kept.row,
            name=name,
            tenant=f"{name}.onmicrosoft.com",
            fleet=name,
            labels={name: name},
            plans=(name, *kept.row.plans),
            held_by=kept.row.held_by and name,
            reason=name,
            failures=2,
        )
        found[name] = Kept(row, kept.conditions, _poisoned(kept.document, name))
    return found


def _poisoned(value: Any, text: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _poisoned(each, text) for key, each in value.items()}
    if isinstance(value, list):
        return [_poisoned(each, text) for each in value]
    return f"{value} {text}" if isinstance(value, str) and " " in value else value


def _drift(name: str) -> dict[str, object]:
    found = {
        "cause": "outside",
        "message": "Office 365 Enterprise E3: 42 -> 50 licences (+8), declared 42",
        "advice": "Adopt it: declare 50 licences; or ask support to go down.",
        "first_seen": "2026-11-23T08:00:00Z",
        "last_seen": "2026-11-23T10:00:00Z",
    }
    return {"outside": [found] if name == "falk-myhre" else [], "service": []}


def _sum(numbers: Sequence[Any]) -> int | None:
    """A total of what is known; one that is not known makes the total not known."""
    known = [number for number in numbers if isinstance(number, int)]
    return sum(known) if len(known) == len(numbers) else None


def _past(kept: Kept) -> tuple[Past, ...]:
    row = kept.row
    return (
        Past(row.verdict, f"main: {row.reason}", COMMIT, row.since, NOW, 14),
        Past("wait", "main: waits for credit-review", COMMIT, row.since - timedelta(days=2), row.since, 230),
        Past(
            "in-sync",
            "nothing to do",
            None,
            row.since - timedelta(days=9),
            row.since - timedelta(days=2),
            2592,
        ),
    )


def _events() -> dict[str, tuple[Event, ...]]:
    fewer, before, after = (
        {"plan": "office-365-small-business", "licenses": 18},
        {"plan": "office-365-small-business", "licenses": 20},
        {"plan": "office-365-enterprise-e3", "licenses": 42},
    )

    def event(minutes: float, what: str, request: str, evidence: str = "", action: str = "switch") -> Event:
        at = NOW - timedelta(minutes=minutes)
        sides = (before, after) if action == "switch" else (fewer, before)
        return Event(at, what, "main", action, *sides, request, COMMIT, evidence)

    fabrikam = (
        event(4320, "intended", "r-1", action="add"),
        event(4320, "sent", "r-1", action="add"),
        event(4319, "done", "r-1", "20 licences read back", "add"),
        event(12, "intended", "r-2"),
        event(12, "sent", "r-2"),
        event(11.4, "started", "r-2", "the service answered with order <i>77</i>"),
    )
    return {"fabrikam": fabrikam, HOSTILE[0]: (event(9, "failed", HOSTILE[1], HOSTILE[2]),)}


def _points(last: Mapping[State, int]) -> tuple[Sample, ...]:
    """A week of a fleet that grows and has a bad Wednesday."""
    total, found = sum(last.values()), []
    for step in range(169):
        at = NOW - timedelta(hours=168 - step)
        part = 0.6 + 0.4 * step / 168
        counts = {state: round(count * part) for state, count in last.items()}
        if 60 < step < 84:
            lost = round(total * 0.3 * (1 - abs(72 - step) / 12))
            counts[State.READY] = max(0, counts.get(State.READY, 0) - lost)
            counts[State.UNKNOWN] = counts.get(State.UNKNOWN, 0) + lost
        found.append(Sample(at, counts))
    found[-1] = Sample(NOW, dict(last))
    assert all(a.at < b.at for a, b in pairwise(found))
    return tuple(found)


def _matches(row: Row, query: Query) -> bool:
    words = " ".join([row.name, row.tenant, *(f"{k}={v}" for k, v in row.labels.items())])
    return (
        query.text.casefold() in words.casefold()
        and (not query.states or row.state in query.states)
        and query.held_by in ("", row.held_by)
        and all(row.labels.get(key) == value for key, value in query.labels.items())
    )


def _order(sort: Sort) -> Any:
    ranks = list(State)
    keys: dict[Sort, Any] = {
        Sort.STATE: lambda row: (ranks.index(row.state), row.name),
        Sort.NAME: lambda row: row.name,
        Sort.SINCE: lambda row: (row.since, row.name),
        Sort.OBSERVED: lambda row: (row.observed_at, row.name),
        Sort.LICENSES: lambda row: (row.licenses or 0, row.name),
    }
    return keys[sort]

"""What the loops keep in, what is shown of it out: implements ``overview.Showing``, which has no method that writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, select

from reconciler.adapters.store import brakes, handoffs, history, keeping
from reconciler.adapters.store.database import Database
from reconciler.adapters.store.listing import among
from reconciler.adapters.store.remembering import rows_of, unsettled_where
from reconciler.adapters.store.tables import handoffs as handoff_rows
from reconciler.adapters.store.tables import intents, kept, loops, samples, sources, turns
from reconciler.fleet.turns import Pace
from reconciler.handoff import OPEN, HandOff
from reconciler.memory import Settled
from reconciler.observe import Fact
from reconciler.overview import (
    Event,
    Kept,
    Loop,
    Overview,
    Past,
    Query,
    Sample,
    Sort,
    Source,
    State,
    Totals,
)

SHOWN_LOOPS = timedelta(days=1)
_TURN = (turns.c.fleet == kept.c.fleet) & (turns.c.name == kept.c.name)


class StoredShowing:
    """Reads what the loops of one fleet keep (None: of every fleet in the store). Raises StateUnreadable."""

    def __init__(
        self, database: Database, fleet: str | None, now: Callable[[], datetime], pace: Pace
    ) -> None:
        self._database, self._fleet, self._now, self._pace = database, fleet, now, pace

    def overview(self, query: Query) -> Overview:
        """Return one page of the overview."""
        with self._database.reading() as connection:
            return _overview(connection, self._ours(kept.c.fleet), query)

    def totals(self) -> Totals:
        """Return the sums over the whole fleet."""
        with self._database.reading() as connection:
            return _totals(connection, self._ours(kept.c.fleet))

    def kept(self, name: str) -> Kept | None:
        """Return one tenant by its name in the fleet."""
        query = select(kept, turns.c.due_at, turns.c.failures).join(turns, _TURN)
        with self._database.reading() as connection:
            row = connection.execute(query.where(*self._ours(kept.c.fleet), kept.c.name == name)).first()
        return None if row is None else keeping.kept_of(row)

    def past(self, name: str, limit: int = 20) -> Sequence[Past]:
        """Return its last distinct outcomes, newest first."""
        with self._database.reading() as connection:
            rows = history.past_runs(connection, name, limit)
        return [Past(r.verdict, r.summary, r.commit, r.first_at, r.last_at, r.times) for r in rows]

    def timeline(self, name: str, limit: int = 100) -> Sequence[Event]:
        """Return what was written to it, oldest first."""
        found = self.kept(name)
        if found is None:
            return ()
        with self._database.reading() as connection:
            (ids,) = rows_of(connection, ((found.row.tenant,),))
            query = select(intents).where(intents.c.tenant_id.in_(ids)).order_by(intents.c.seq.desc())
            rows = connection.execute(query.limit(limit)).all()
        return [event for row in reversed(rows) for event in _events(row)][-limit:]

    def handoffs(self, name: str | None = None, *, every: bool = False) -> Sequence[HandOff]:
        """Return the open requests to support (all with ``every``), oldest first."""
        with self._database.reading() as connection:
            found = handoffs.every(connection, None)
        return [h for h in found if (every or h.state in OPEN) and name in (None, h.tenant)]

    def samples(self, since: datetime) -> Sequence[Sample]:
        """Return the chart's points since a moment, oldest first."""
        query = select(samples).where(*self._ours(samples.c.fleet), samples.c.at >= since)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(samples.c.at)).all()
        return [Sample(row.at, {State(word): count for word, count in row.counts.items()}) for row in rows]

    def sources(self) -> Sequence[Source]:
        """Return the sources as they were last read, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(select(sources).where(*self._ours(sources.c.fleet))).all()
        return [Source(**row._mapping) for row in sorted(rows, key=lambda row: row.fleet)]

    def loops(self) -> Sequence[Loop]:
        """Return the loops that gave a sign of life within a day, the newest sign first."""
        query = select(loops).where(*self._ours(loops.c.fleet), loops.c.beat_at >= self._now() - SHOWN_LOOPS)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(loops.c.beat_at.desc(), loops.c.id)).all()
        return [loop_of(row) for row in rows]

    def stop(self) -> Fact[object | None]:
        """Return the global stop, None if it is off."""
        with self._database.reading() as connection:
            return brakes.stop(connection)

    def late(self, now: datetime) -> int:
        """Return how many tenants are overdue by more than the loop allows itself; ``now`` is the service's."""
        overdue = turns.c.due_at < now - self._pace.late_after
        with self._database.reading() as connection:
            query = select(func.count()).select_from(turns).where(*self._ours(turns.c.fleet), overdue)
            return connection.execute(query).scalar_one()

    def _ours(self, column: Any) -> tuple[ColumnElement[bool], ...]:
        return () if self._fleet is None else (column == self._fleet,)


def loop_of(row: Row[Any]) -> Loop:
    """The loop of a row."""
    return Loop(**{name: value for name, value in row._mapping.items() if name != "fleet"})


def written_since(
    connection: Connection, asked: Sequence[tuple[Sequence[str], datetime | None]]
) -> list[list[Event]]:
    """Return what was written to each tenant, known by words, from a moment of the machine's clock on.

    Nothing where there are no words, or no moment.
    """
    rows = rows_of(connection, [tuple(words) if since else () for words, since in asked])
    ids: frozenset[int] = frozenset().union(*rows)
    moments = [since for _, since in asked if since is not None]
    if not ids or not moments:
        return [[] for _ in asked]
    query = select(intents).where(
        among(connection, intents.c.tenant_id, ids), intents.c.changed_at >= min(moments)
    )
    found = connection.execute(query.order_by(intents.c.seq)).all()
    return [
        [
            event
            for row in found
            if since is not None and row.tenant_id in each and row.changed_at >= since
            for event in _events(row)
        ]
        for (_, since), each in zip(asked, rows, strict=True)
    ]


def _totals(connection: Connection, ours: tuple[ColumnElement[bool], ...]) -> Totals:
    sums = select(
        func.coalesce(func.sum(kept.c.licenses), 0),
        func.coalesce(func.sum(kept.c.live), 0),
        func.count().filter(kept.c.licenses.is_(None)),
        func.count().filter(kept.c.live.is_(None)),
        func.coalesce(func.sum(kept.c.drift), 0),
        func.min(kept.c.observed_at),
    ).where(*ours)
    declared, live, undeclared, unread, drift, oldest = connection.execute(sums).one()
    reasons = select(kept.c.reason, func.count()).where(*ours).group_by(kept.c.reason)
    open_ = handoff_rows.c.state.in_([state.value for state in OPEN])
    kinds = select(handoff_rows.c.kind, func.count()).where(open_).group_by(handoff_rows.c.kind)
    first = select(func.min(handoff_rows.c.opened_at)).where(open_)
    unsettled = select(func.count(), func.min(intents.c.intended_at)).where(unsettled_where())
    count, since = connection.execute(unsettled).one()
    return Totals(
        *(declared, live, undeclared, unread, drift),
        reasons={row[0]: row[1] for row in connection.execute(reasons)},
        handoffs={row[0]: row[1] for row in connection.execute(kinds)},
        unsettled=count,
        oldest_observed_at=oldest,
        oldest_handoff_at=connection.execute(first).scalar_one(),
        oldest_unsettled_at=since,
    )


def _overview(connection: Connection, ours: tuple[ColumnElement[bool], ...], query: Query) -> Overview:
    where = [*ours, *_where(query)]
    total = connection.execute(select(func.count()).select_from(kept).where(*where)).scalar_one()
    page = (
        select(kept, turns.c.due_at, turns.c.failures)
        .join(turns, _TURN)
        .where(*where)
        .order_by(*_order(query))
        .offset(query.offset)
        .limit(query.limit)
    )
    rows = tuple(keeping.row_of(row) for row in connection.execute(page)) if query.limit else ()
    states = select(kept.c.state, func.count()).where(*ours).group_by(kept.c.state)
    counts = {State(row[0]): row[1] for row in connection.execute(states)}
    held = select(kept.c.held_by, func.count()).where(*ours, kept.c.held_by != "").group_by(kept.c.held_by)
    holds = Counter({row[0]: row[1] for row in connection.execute(held)})
    in_order = sorted(holds.items(), key=lambda item: (-item[1], item[0]))
    return Overview(rows, total, {state: counts.get(state, 0) for state in State}, dict(in_order))


def _where(query: Query) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.text:
        found.append(kept.c.search.contains(query.text.casefold(), autoescape=True))
    if query.states:
        found.append(kept.c.state.in_(sorted(query.states)))
    if query.held_by:
        found.append(kept.c.held_by == query.held_by)
    for key, value in query.labels.items():
        # Of the label itself, not of a text that looks like one.
        found.append(kept.c.labels[key].as_string() == value)
    return found


def _order(query: Query) -> list[ColumnElement[Any]]:
    column: ColumnElement[Any] = {
        Sort.STATE: kept.c.gravity,
        Sort.NAME: kept.c.name,
        Sort.SINCE: kept.c.since,
        Sort.OBSERVED: kept.c.observed_at,
        Sort.LICENSES: case((kept.c.licenses.is_(None), -1), else_=kept.c.licenses),
    }[query.sort]
    first = column.desc() if query.descending else column.asc()
    return [first, kept.c.name.asc(), kept.c.fleet.asc()]


_ENDS = {
    Settled.DONE.value: "done",
    Settled.STARTED.value: "started",
    Settled.FAILED.value: "failed",
    Settled.NOT_TAKEN.value: "not-taken",
}


def _events(row: Row[Any]) -> list[Event]:
    def event(at: datetime, what: str, evidence: str = "") -> Event:
        before = {"plan": row.before_plan, "licenses": row.before_licenses}
        after = {"plan": row.after_plan, "licenses": row.after_licenses}
        return Event(at, what, row.address, row.action, before, after, row.request_id, row.commit, evidence)

    found = [event(row.intended_at, "intended")]
    if row.sent_at is not None:
        found.append(event(row.sent_at, "sent"))
    if row.settled is not None:
        found.append(event(row.changed_at, _ENDS[row.settled], row.evidence))
    return found

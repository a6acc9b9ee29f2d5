"""Requests for support in, their life out: prepared, filed, done or withdrawn, each wish once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from reconciler.adapters.store.tables import handoffs
from reconciler.errors import ReconcilerError
from reconciler.handoff import OPEN, HandOff, HandoffState
from reconciler.messages import say


def record(connection: Connection, wishes: Sequence[HandOff]) -> tuple[HandOff, ...]:
    """Keep what is not kept yet; return all of ``wishes`` as they now stand.

    A wish that was withdrawn and is there again is opened again. One that is done stays done.
    """
    for wish in wishes:
        there = find(connection, wish.id)
        if there is None:
            connection.execute(insert(handoffs).values(**_values(wish)))
        elif there.state is HandoffState.WITHDRAWN:
            connection.execute(update(handoffs).where(handoffs.c.id == wish.id).values(**_values(wish)))
    return tuple(found for wish in wishes if (found := find(connection, wish.id)))


def every(connection: Connection, state: HandoffState | None) -> tuple[HandOff, ...]:
    """Return those in ``state``, or all, oldest first."""
    query = select(handoffs).order_by(handoffs.c.opened_at, handoffs.c.id)
    if state is not None:
        query = query.where(handoffs.c.state == state.value)
    return tuple(_of(row) for row in connection.execute(query))


def find(connection: Connection, id_: str) -> HandOff | None:
    """Return one, or None."""
    row = connection.execute(select(handoffs).where(handoffs.c.id == id_)).one_or_none()
    return _of(row) if row else None


def move(connection: Connection, id_: str, state: HandoffState, ticket: str | None, now: datetime) -> HandOff:
    """Bring one to ``state``, keeping its ticket unless a new one is given. Unknown: ReconcilerError."""
    there = find(connection, id_)
    if there is None:
        raise ReconcilerError(say("state.no-handoff", id=id_))
    closed = None if state in OPEN else there.closed_at or now
    values = {"state": state.value, "ticket": ticket or there.ticket, "closed_at": closed}
    connection.execute(update(handoffs).where(handoffs.c.id == id_).values(**values))
    return find(connection, id_) or there


def _values(wish: HandOff) -> dict[str, Any]:
    return {**asdict(wish), "state": wish.state.value}


def _of(row: Row[Any]) -> HandOff:
    kept = dict(row._mapping)
    return HandOff(**{**kept, "state": HandoffState(row.state)})

"""What is kept of a tenant's last pass in, its row out, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, update

from reconciler.adapters.store.tables import kept
from reconciler.overview import Kept, State
from reconciler.overview import Row as Line
from reconciler.readiness import Condition, Type
from reconciler.status import Holds


def keep(connection: Connection, made: Kept) -> None:
    """Keep it in the place of what was kept before."""
    row = made.row
    values = {
        name: getattr(row, name)
        for name in (
            *("fleet", "name", "tenant", "verdict", "sync", "health", "reason", "held_by", "since"),
            *("licenses", "live", "open_handoffs", "drift", "commit", "observed_at"),
        )
    }
    values |= {
        "labels": dict(row.labels),
        "plans": list(row.plans),
        "state": row.state.value,
        "gravity": list(State).index(row.state),
        "search": " ".join((row.name, row.tenant, *(f"{k}={v}" for k, v in row.labels.items()))).casefold(),
        "conditions": [
            {
                "type": str(c.type),
                "status": str(c.status),
                "reason": c.reason,
                "since": c.since.isoformat(),
                "commit": c.commit,
            }
            for c in made.conditions
        ],
        "document": dict(made.document),
    }
    ours = kept.c.fleet == row.fleet, kept.c.name == row.name
    if not connection.execute(update(kept).where(*ours).values(**values)).rowcount:
        connection.execute(insert(kept).values(**values))


def kept_of(row: Any) -> Kept:
    """The value of a row of ``kept`` joined with its turn."""
    conditions = tuple(
        Condition(
            Type(each["type"]),
            Holds(each["status"]),
            each["reason"],
            datetime.fromisoformat(each["since"]),
            each["commit"],
        )
        for each in row.conditions
    )
    return Kept(row_of(row), conditions, row.document)


def row_of(row: Row[Any]) -> Line:
    """The overview's line of a row of ``kept`` joined with its turn."""
    names = (
        *("fleet", "name", "tenant", "labels", "verdict", "sync", "health", "reason", "held_by", "since"),
        *("licenses", "live", "open_handoffs", "drift", "failures", "commit", "observed_at", "due_at"),
    )
    values = {name: getattr(row, name) for name in names}
    return Line(**values, state=State(row.state), plans=tuple(row.plans))

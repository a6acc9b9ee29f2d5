"""What is kept of a tenant's last pass in, its row out, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Update, bindparam, insert, select, update

from reconciler.adapters.store.listing import one_of
from reconciler.adapters.store.tables import kept
from reconciler.overview import Kept, State
from reconciler.overview import Row as Line
from reconciler.readiness import Condition, Type
from reconciler.status import Holds


def keep(connection: Connection, made: Kept) -> None:
    """Keep it in the place of what was kept before."""
    keep_all(connection, made.row.fleet, (made,))


def keep_all(connection: Connection, fleet: str, made: Sequence[Kept]) -> None:
    """Keep what was made of tenants of one fleet, each in the place of what was kept before."""
    names = [each.row.name for each in made]
    there = select(kept.c.name).where(kept.c.fleet == fleet, one_of(connection, kept.c.name, names))
    known = set(connection.execute(there).scalars()) if made else set()
    again = [_values(each) for each in made if each.row.name in known]
    if again:
        connection.execute(_again(), [{**each, "of": each["fleet"], "whose": each["name"]} for each in again])
    fresh = [_values(each) for each in made if each.row.name not in known]
    if fresh:
        connection.execute(insert(kept), fresh)


@cache
def _again() -> Update:
    """What keeps many anew, put into words once; the names of columns are those of their values."""
    ours = kept.c.fleet == bindparam("of"), kept.c.name == bindparam("whose")
    return update(kept).where(*ours)


def _values(made: Kept) -> dict[str, Any]:
    row = made.row
    values = {
        name: getattr(row, name)
        for name in (
            *("fleet", "name", "tenant", "verdict", "sync", "health", "reason", "held_by", "since"),
            *("licenses", "live", "open_handoffs", "drift", "commit", "observed_at"),
        )
    }
    return values | {
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

"""A reason and its owner in, a brake out: the global stop, or one tenant's suspension; twice is once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from reconciler.adapters.store import ledger
from reconciler.adapters.store.leases import enrol
from reconciler.adapters.store.remembering import GLOBAL, rows_of
from reconciler.adapters.store.rows import suspension_of
from reconciler.adapters.store.tables import stops, suspensions
from reconciler.model import Suspension


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing is written to any tenant: why, who says so, and since when (UTC)."""

    reason: str
    owner: str
    at: datetime


def stop(connection: Connection) -> Stop | None:
    """Return the global stop, or None if it is off."""
    row = connection.execute(select(stops).where(stops.c.scope == GLOBAL)).one_or_none()
    return Stop(row.reason, row.owner, row.at) if row else None


def set_stop(connection: Connection, reason: str, owner: str, now: datetime) -> None:
    """Switch the global stop on; the same stop again keeps its first time."""
    there = stop(connection)
    if there and (there.reason, there.owner) == (reason, owner):
        return
    connection.execute(delete(stops).where(stops.c.scope == GLOBAL))
    connection.execute(insert(stops).values(scope=GLOBAL, reason=reason, owner=owner, at=now))
    ledger.note(connection, "stop-set", now, stops.name, GLOBAL)


def lift_stop(connection: Connection, now: datetime) -> None:
    """Switch the global stop off."""
    if connection.execute(delete(stops).where(stops.c.scope == GLOBAL)).rowcount:
        ledger.note(connection, "stop-lifted", now, stops.name, GLOBAL)


def suspend(
    connection: Connection, keys: tuple[str, ...], name: str, pause: Suspension, now: datetime
) -> None:
    """Suspend a tenant under every name it is known by; needs no lease, for it can only hold things back."""
    for row in enrol(connection, keys, now):
        known = connection.execute(select(suspensions).where(suspensions.c.tenant_id == row)).one_or_none()
        if known and suspension_of(known) == pause:
            continue
        connection.execute(delete(suspensions).where(suspensions.c.tenant_id == row))
        connection.execute(
            insert(suspensions).values(
                tenant_id=row,
                name=name,
                reason=pause.reason,
                owner=pause.owner,
                until=pause.until.isoformat(),
                at=now,
            )
        )
        ledger.note(connection, "suspended", now, suspensions.name, row)


def resume(connection: Connection, keys: tuple[str, ...], now: datetime) -> bool:
    """Lift a tenant's suspension; False if there was none."""
    (rows,) = rows_of(connection, (keys,))
    lifted = False
    for row in sorted(rows):
        if connection.execute(delete(suspensions).where(suspensions.c.tenant_id == row)).rowcount:
            ledger.note(connection, "resumed", now, suspensions.name, row)
            lifted = True
    return lifted

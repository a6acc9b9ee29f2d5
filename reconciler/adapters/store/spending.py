"""Calls made in, how long the next one has to wait out: the budgets, kept where all loops on one store spend them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from reconciler.adapters.store.tables import budgets
from reconciler.fleet import budget
from reconciler.fleet.budget import Rate


def wait(connection: Connection, key: str, now: datetime, rate: Rate) -> timedelta:
    """Return how long until one more call fits."""
    return budget.wait(_full_at(connection, key), now, rate)


def spend(connection: Connection, key: str, now: datetime, rate: Rate, calls: int) -> None:
    """Count calls that were made."""
    full_at = budget.spent(_full_at(connection, key), now, rate, calls)
    done = connection.execute(update(budgets).where(budgets.c.key == key).values(full_at=full_at))
    if not done.rowcount:
        connection.execute(insert(budgets).values(key=key, full_at=full_at))


def _full_at(connection: Connection, key: str) -> datetime | None:
    return connection.execute(select(budgets.c.full_at).where(budgets.c.key == key)).scalar_one_or_none()

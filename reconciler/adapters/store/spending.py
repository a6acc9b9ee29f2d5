"""Calls made in, how long the next one has to wait out: the budgets, kept where all loops on one store spend them.

The rule is ``fleet.budget``. Counting is one statement of the database, whoever else counts at that moment.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, case, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.adapters.store.tables import buckets
from reconciler.fleet import budget
from reconciler.fleet.budget import Rate

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def wait(connection: Connection, key: str, now: datetime, rate: Rate) -> timedelta:
    """Return how long until one more call fits."""
    asked = select(buckets.c.full_at).where(buckets.c.key == key)
    kept = connection.execute(asked).scalar_one_or_none()
    return budget.wait(None if kept is None else EPOCH + kept * MICROSECOND, now, rate)


def spend(connection: Connection, key: str, now: datetime, rate: Rate, calls: int) -> None:
    """Count calls that were made; what ``budget.spent`` says is to be kept after them."""
    cost, begin = _micros(rate.each * calls), _at(now)
    latest = _number(_at(now + rate.per + rate.each * rate.burst))
    kept = buckets.c.full_at
    from_then = case((kept < _number(begin), _number(begin)), (kept > latest, latest), else_=kept)
    _put(connection, key, begin + cost, from_then + _number(cost))


def hold(connection: Connection, key: str, now: datetime, rate: Rate, later: timedelta) -> None:
    """Keep everybody from calling for as long as a service asked; a longer wait that is kept already stays."""
    until = _at(now + later + rate.each * (rate.burst - 1))
    kept = buckets.c.full_at
    _put(connection, key, until, case((kept > _number(until), kept), else_=_number(until)))


def _put(connection: Connection, key: str, first: int, again: Any) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = dialect.insert(buckets).values(key=key, full_at=first)
    connection.execute(made.on_conflict_do_update(index_elements=[buckets.c.key], set_={"full_at": again}))


def _number(value: int) -> Any:
    return literal(value, BigInteger)


def _at(moment: datetime) -> int:
    return _micros(moment - EPOCH)


def _micros(length: timedelta) -> int:
    return length // MICROSECOND

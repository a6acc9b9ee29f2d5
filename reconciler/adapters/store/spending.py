"""Calls made in, how long the next one has to wait out: the budgets, kept where all loops on one store spend them.

The rule is ``fleet.budget``. Counting is one statement of the database, whoever else counts at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Connection, Insert, bindparam, case, select
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.adapters.store.tables import buckets
from reconciler.fleet import budget
from reconciler.fleet.budget import Rate
from reconciler.fleet.turns import Cause, Turn

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Budgets:
    """What all loops together may ask a backend, and for each tenant of a fleet; None: not limited."""

    backend: str
    fleet: str
    rate: Rate | None
    each: Rate | None

    def wait(self, connection: Connection, now: datetime) -> timedelta:
        """Return how long the backend's budget makes us wait."""
        return timedelta(0) if self.rate is None else wait(connection, self._key, now, self.rate)

    def spend(self, connection: Connection, calls: int, now: datetime) -> None:
        """Count calls to the backend."""
        if calls and self.rate:
            spend(connection, self._key, now, self.rate, calls)

    def hold(self, connection: Connection, now: datetime, later: timedelta) -> None:
        """Keep everybody from the backend for as long as it asked, as far as its budget reaches."""
        if self.rate:
            hold(connection, self._key, now, self.rate, later)

    def charge(self, connection: Connection, paid: Sequence[tuple[Turn, int]], now: datetime) -> list[Turn]:
        """Count the calls of passes; a tenant that has used up its own budget has its turn later."""
        self.spend(connection, sum(calls for _, calls in paid), now)
        return [self._charged(connection, turn, calls, now) for turn, calls in paid]

    def _charged(self, connection: Connection, turn: Turn, calls: int, now: datetime) -> Turn:
        if self.each is None or turn.cause is Cause.ASKED:
            return turn
        key = of_tenant(self.fleet, turn.name)
        if calls:
            spend(connection, key, now, self.each, calls)
        return replace(turn, due=max(turn.due, now + wait(connection, key, now, self.each)))

    @property
    def _key(self) -> str:
        return f"backend {self.backend}"


def of_tenant(fleet: str, name: str) -> str:
    """Return the key of the budget that one tenant has."""
    return f"tenant {fleet} {name}"


def of_tenants(fleet: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """SQL for the budgets of all tenants of a fleet."""
    # Keys are ordered by their bytes, and what comes after all that begins with a space begins with this.
    return buckets.c.key >= of_tenant(fleet, ""), buckets.c.key < f"tenant {fleet}!"


def full_since(moment: datetime) -> ColumnElement[bool]:
    """SQL for a budget of which nothing has been used since."""
    full: ColumnElement[bool] = buckets.c.full_at <= _at(moment)
    return full


def wait(connection: Connection, key: str, now: datetime, rate: Rate) -> timedelta:
    """Return how long until one more call fits."""
    asked = select(buckets.c.full_at).where(buckets.c.key == key)
    kept = connection.execute(asked).scalar_one_or_none()
    return budget.wait(None if kept is None else EPOCH + kept * MICROSECOND, now, rate)


def spend(connection: Connection, key: str, now: datetime, rate: Rate, calls: int) -> None:
    """Count calls that were made; what ``budget.spent`` says is to be kept after them."""
    cost, begin = _micros(rate.each * calls), _at(now)
    latest = _at(now + rate.per + rate.each * rate.burst)
    values = {"whose": key, "first": begin + cost, "begin": begin, "latest": latest, "cost": cost}
    connection.execute(_statements(connection.dialect.name).spend, values)


def hold(connection: Connection, key: str, now: datetime, rate: Rate, later: timedelta) -> None:
    """Keep everybody from calling for as long as a service asked; a longer wait that is kept already stays."""
    until = _at(now + later + rate.each * (rate.burst - 1))
    connection.execute(_statements(connection.dialect.name).hold, {"whose": key, "first": until})


class _Statements(NamedTuple):
    spend: Insert
    hold: Insert


@cache
def _statements(dialect: str) -> _Statements:
    """Put both into words, once a process: every pass counts, and building a statement costs more than running it."""
    kept, first, begin, latest, cost = buckets.c.full_at, *map(_number, ("first", "begin", "latest", "cost"))
    from_then = case((kept < begin, begin), (kept > latest, latest), else_=kept)
    made = (postgresql if dialect == "postgresql" else sqlite).insert(buckets)
    made = made.values(key=bindparam("whose"), full_at=first)

    def otherwise(again: ColumnElement[int]) -> Insert:
        told: Insert = made.on_conflict_do_update(index_elements=[buckets.c.key], set_={"full_at": again})
        return told

    return _Statements(otherwise(from_then + cost), otherwise(case((kept > first, kept), else_=first)))


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger)


def _at(moment: datetime) -> int:
    return _micros(moment - EPOCH)


def _micros(length: timedelta) -> int:
    return length // MICROSECOND

"""Turns that are due in, those that workers are to be offered out, each marked so that it is offered once.

What is urgent has room of its own, beside all that was offered before: else a person would wait for hundreds of
tenants whose looks are a matter of routine.

A mark says nothing of whose the turn is: that is the claim's alone, which a worker takes when it begins. It goes with
the claim, or when what carried the offer is known to be lost, and at the latest when it runs out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.adapters.store import claims
from reconciler.adapters.store.database import Database
from reconciler.adapters.store.listing import one_of
from reconciler.adapters.store.placing import turn_of
from reconciler.adapters.store.tables import offers, turns
from reconciler.fleet.turns import Cause, Turn

LASTS = timedelta(minutes=2)
# Each of these causes, and what is more urgent, has room of its own.
ROOMS = (Cause.ROUTINE, Cause.UNDER_WAY, Cause.ASKED)


@dataclass(frozen=True, slots=True)
class Offer:
    """Turns that one worker is to begin together. ``urgency``: the higher, the sooner."""

    names: tuple[str, ...]
    urgency: int


class Carrier(Protocol):
    """Brings offers to workers, over the driver's own connection."""

    def room(self, connection: Any, least: int = 0) -> int:
        """Return how many more offers it takes now, counting those that are at least so urgent."""
        ...

    def send(self, connection: Any, offers: Sequence[Offer]) -> None:
        """Put offers on their way, in the transaction that is open on the connection."""
        ...


class OfferStore:
    """The turns of a fleet as its dispatcher offers them. Raises StateUnreadable."""

    def __init__(self, database: Database, fleet: str, now: Callable[[], datetime]) -> None:
        self._database, self._fleet, self._now = database, fleet, now

    def offer(
        self,
        service_now: datetime,
        most: int,
        choose: Callable[[Sequence[Turn], int], Sequence[Offer]],
        carrier: Carrier,
        besides: int = 0,
    ) -> int:
        """Offer what is due, ``most`` turns being on offer at a time; return how many were.

        ``choose`` gets the turns, and how many there is room for; ``besides``: how many of them it may have to pass
        over. The marks and what the ``carrier`` sends are one transaction.
        """
        with self._database.reading() as connection:
            now = self._database.moment(connection, self._now())
            found, room, offers = list[Turn](), 0, 0
            for cause in ROOMS:
                room = most - waiting(connection, self._fleet, now, cause)
                offers = carrier.room(connection.connection.driver_connection, urgency_of(cause))
                if min(room, offers) > 0:
                    found = due(connection, self._fleet, service_now, now, most, besides, cause)
                    break
        chosen = choose(found, room)[:offers] if found else ()
        if not chosen:
            return 0
        with self._database.writing() as connection:
            now = self._database.moment(connection, self._now())
            ours = mark(connection, self._fleet, [name for each in chosen for name in each.names], now)
            kept = [
                Offer(tuple(name for name in each.names if name in ours), each.urgency) for each in chosen
            ]
            carrier.send(connection.connection.driver_connection, [each for each in kept if each.names])
            return len(ours)

    def release(self, names: Iterable[str]) -> None:
        """Let these be offered again: what carried the offer is lost."""
        with self._database.writing() as connection:
            release(connection, self._fleet, names)


def urgency_of(cause: int) -> int:
    """Return how urgent an offer is that has such a cause, or such a rank: the higher, the sooner."""
    return len(Cause) - cause


def waiting(connection: Connection, fleet: str, now: datetime, cause: Cause = Cause.ROUTINE) -> int:
    """Return how many turns are offered and not begun, for such a cause or a better one.

    ``now``: the clock that claims go by.
    """
    counted = select(func.count()).select_from(offers).where(offers.c.fleet == fleet, offers.c.until > now)
    if cause is not Cause.ROUTINE:
        same = and_(turns.c.fleet == offers.c.fleet, turns.c.name == offers.c.name)
        counted = counted.where(exists().where(same, turns.c.cause <= int(cause)))
    found: int = connection.execute(counted).scalar_one()
    return found


def due(
    connection: Connection,
    fleet: str,
    service_now: datetime,
    now: datetime,
    most: int,
    besides: int = 0,
    cause: Cause = Cause.ROUTINE,
) -> list[Turn]:
    """Return turns that are due for such a cause or a better one, free and not offered.

    They are the most urgent, and those due for longest; ``besides`` as many more of both: those that are passed over
    stay due, and must not be all that is looked at.
    """
    same = and_(offers.c.fleet == turns.c.fleet, offers.c.name == turns.c.name, offers.c.until > now)
    free = (
        select(turns)
        .outerjoin(offers, same)
        .where(
            turns.c.fleet == fleet,
            turns.c.due_at <= service_now,
            turns.c.cause <= int(cause),
            claims.free(now),
            offers.c.name.is_(None),
        )
    )
    urgent = free.order_by(turns.c.cause, turns.c.due_at).limit(most + besides)
    oldest = free.order_by(turns.c.due_at).limit(max(most // 5, 1) + besides)
    found = {row.name: row for part in (urgent, oldest) for row in connection.execute(part)}
    return [turn_of(row) for row in found.values()]


def mark(connection: Connection, fleet: str, names: Sequence[str], now: datetime) -> frozenset[str]:
    """Mark turns as offered; return the names of those that nobody else had offered meanwhile."""
    if not names:
        return frozenset()
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    rows = [{"fleet": fleet, "name": name, "until": now + LASTS} for name in names]
    made = dialect.insert(offers).values(rows)
    again = made.on_conflict_do_update(
        index_elements=[offers.c.fleet, offers.c.name],
        set_={"until": made.excluded.until},
        where=run_out(now),
    )
    return frozenset(connection.execute(again.returning(offers.c.name)).scalars())


def run_out(now: datetime) -> ColumnElement[bool]:
    """SQL for a mark that holds nothing back any more, or was made by a clock that ran elsewhere."""
    return or_(offers.c.until <= now, offers.c.until > now + 2 * LASTS)


def release(connection: Connection, fleet: str, names: Iterable[str]) -> None:
    """Take marks away: what was offered has begun, or will not."""
    listed = sorted(set(names))
    if listed:
        connection.execute(
            delete(offers).where(offers.c.fleet == fleet, one_of(connection, offers.c.name, listed))
        )

"""Turns that are due in, claims on some of them out: each tenant with one loop at a time, however many share a store.

A claim is a lease on a turn. It ends with the pass, or at ``claimed_until`` if its loop gives no sign of life any
more; on one machine a loop also holds an operating-system lock, so the turns of one that died are free at once. Its
fence rises with each claim: whoever comes back late finds another number, keeps nothing of its pass and, since the
journal asks in the same transaction, sends no write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from reconciler.adapters.store.listing import one_of
from reconciler.adapters.store.placing import AT_EACH, PLACED, place, turn_of
from reconciler.adapters.store.tables import asks, turns
from reconciler.errors import LeaseLost
from reconciler.fleet.turns import Cause, Turn
from reconciler.messages import say

LASTS = timedelta(seconds=60)
# Of a fleet that is due as a whole this many are looked at to find whose turn is first.
LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Claim:
    """A turn that is ours. ``asks``: the requests of people that this pass answers. ``failed_on``: see ``Task``.

    ``declared``: what the tenant is declared as, as a digest, by the loop that has read it last.
    """

    fleet: str
    turn: Turn
    fence: int
    loop: str
    failed_on: str | None
    asks: tuple[str, ...] = ()
    declared: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """A claim whose pass is over, and the turn that follows. ``failed_on``: see ``Task``."""

    claimed: Claim
    following: Turn
    failed_on: str | None


Choose = Callable[[Sequence[Turn]], Sequence[Turn]]
TakeUp = Callable[[Turn], Turn]
_FREE = {"claimed_by": None, "claimed_until": None}
# In the place of a loop: it died with this turn, which is free, and whoever has it next is to know.
_LEFT = "left"
# Many rows are written with one statement, put into words once.
_CLAIM_EACH = (
    update(turns)
    .where(*AT_EACH)
    .values(claimed_by=bindparam("loop"), claimed_until=bindparam("until"), fence=turns.c.fence + 1)
)
_END_EACH = (
    update(turns)
    .where(*AT_EACH)
    .values(
        **PLACED,
        failed_on=bindparam("based_on"),
        **_FREE,
    )
)


def claim(
    connection: Connection,
    fleet: str,
    loop: str,
    service_now: datetime,
    now: datetime,
    choose: Choose,
    take_up: TakeUp,
    besides: int = 0,
) -> tuple[Claim, ...]:
    """Claim the turns that ``choose`` picks among those that are due (by the service's clock) and free (by ours).

    ``take_up``: what becomes of one that was left. ``besides``: how many turns it may have to pass over, which stay due
    and must not be all that is looked at.
    """
    query = (
        select(turns)
        .where(turns.c.fleet == fleet, turns.c.due_at <= service_now, free(now))
        .order_by(turns.c.cause, turns.c.due_at)
        .limit(LOOKED_AT + besides)
    )
    # Who has waited longest must be among those looked at, however many are more urgent.
    oldest = query.order_by(None).order_by(turns.c.due_at).limit(LOOKED_AT // 5 + besides)
    rows = {row.name: row for part in (query, oldest) for row in connection.execute(part)}
    chosen = choose([turn_of(row) for row in rows.values()])
    return _claim(connection, [rows[turn.name] for turn in chosen], loop, now, take_up)


def claim_named(
    connection: Connection,
    fleet: str,
    loop: str,
    names: Sequence[str],
    service_now: datetime,
    now: datetime,
    take_up: TakeUp,
) -> tuple[Claim, ...]:
    """Claim those of these turns that are due and free, in the order asked; the others are somebody else's business."""
    mine = turns.c.fleet == fleet, one_of(connection, turns.c.name, names), turns.c.due_at <= service_now
    rows = {row.name: row for row in connection.execute(select(turns).where(*mine, free(now)))}
    found = [rows[name] for name in dict.fromkeys(names) if name in rows]
    return _claim(connection, found, loop, now, take_up)


def _claim(
    connection: Connection, rows: Sequence[Row[Any]], loop: str, now: datetime, take_up: TakeUp
) -> tuple[Claim, ...]:
    if not rows:
        return ()
    until = now + LASTS
    each = [{"at_fleet": r.fleet, "at_name": r.name, "loop": loop, "until": until} for r in rows]
    connection.execute(_CLAIM_EACH, each)
    turned = {row.name: turn_of(row) for row in rows}
    # The end of a pass sees what was moved meanwhile by what its claim says, so that has to be what the row says.
    taken_up = {name: take_up(turn) for name, turn in turned.items() if turn.left}
    place(connection, rows[0].fleet, taken_up.values())
    turned |= taken_up
    waiting = select(asks.c.id, asks.c.name).where(
        one_of(connection, asks.c.name, [row.name for row in rows]), asks.c.handled_at.is_(None)
    )
    asked: dict[str, list[str]] = {}
    for ask in connection.execute(waiting.order_by(asks.c.at)):
        asked.setdefault(ask.name, []).append(ask.id)
    return tuple(
        Claim(
            *(row.fleet, turned[row.name], row.fence + 1, loop, row.failed_on),
            asks=tuple(asked.get(row.name, ())),
            declared=row.declared,
        )
        for row in rows
    )


def ours(connection: Connection, claimed: Sequence[Claim]) -> dict[Claim, Row[Any]]:
    """Return the rows of those claims that still are what they say; another loop has the others' turns, or nobody."""
    names = [each.turn.name for each in claimed]
    fleets = {each.fleet for each in claimed}
    asked = select(turns).where(turns.c.fleet.in_(fleets), one_of(connection, turns.c.name, names))
    rows = {(row.fleet, row.name): row for row in connection.execute(asked)}
    found = {each: rows.get((each.fleet, each.turn.name)) for each in claimed}
    return {
        each: row
        for each, row in found.items()
        if row is not None and (row.claimed_by, row.fence) == (each.loop, each.fence)
    }


def lost(claimed: Claim) -> LeaseLost:
    """Say that a turn is not ours any more."""
    return LeaseLost(say("loop.claim-lost", tenant=claimed.turn.name))


def refuse_unless_ours(connection: Connection, claimed: Claim) -> Row[Any]:
    """Return the row of a claim; raises LeaseLost where another loop has the turn, or nobody."""
    row = ours(connection, [claimed]).get(claimed)
    if row is None:
        raise lost(claimed)
    return row


def end(connection: Connection, claimed: Claim, following: Turn, failed_on: str | None) -> None:
    """End a claim with the turn that follows; raises LeaseLost where it is not ours any more."""
    rows = {claimed: refuse_unless_ours(connection, claimed)}
    end_all(connection, [Ended(claimed, following, failed_on)], rows)


def end_all(connection: Connection, ends: Sequence[Ended], rows: Mapping[Claim, Row[Any]]) -> None:
    """End claims, whose ``rows`` were read in this transaction (``ours``), each with the turn that follows.

    What was asked for meanwhile (a new commit, a person) stays due.
    """
    if ends:
        connection.execute(_END_EACH, [_ended(each, rows[each.claimed]) for each in ends])


def _ended(end: Ended, row: Row[Any]) -> dict[str, Any]:
    claimed, meanwhile = end.claimed, turn_of(row)
    moved = (meanwhile.due, meanwhile.cause) != (claimed.turn.due, claimed.turn.cause)
    now = meanwhile if moved else end.following
    return {
        "at_fleet": claimed.fleet,
        "at_name": claimed.turn.name,
        "due": now.due,
        "why": int(now.cause),
        "failed": now.failures,
        # What failed by the file as it was, or before a person asked, says nothing about the pass that follows.
        "based_on": row.failed_on if moved and now.cause <= Cause.COMMIT else end.failed_on,
    }


def give_back(connection: Connection, claimed: Claim) -> None:
    """Give back a turn whose pass was not begun; one that is not ours any more is left alone."""
    mine = turns.c.claimed_by == claimed.loop, turns.c.fence == claimed.fence
    connection.execute(update(turns).where(*_at(claimed.fleet, claimed.turn.name), *mine).values(**_FREE))


def beat(connection: Connection, claimed: Iterable[Claim], now: datetime) -> None:
    """Renew these claims. One whose pass is over and could not be given back is left to end by itself."""
    each = [
        {"at_fleet": c.fleet, "at_name": c.turn.name, "ours": c.loop, "held": c.fence, "until": now + LASTS}
        for c in claimed
    ]
    if each:
        mine = turns.c.claimed_by == bindparam("ours"), turns.c.fence == bindparam("held")
        connection.execute(
            update(turns).where(*AT_EACH, *mine).values(claimed_until=bindparam("until")), each
        )


def free_all_but(connection: Connection, loop: str, names: Iterable[str]) -> int:
    """Free the turns of a loop except those it works on; return how many."""
    others = turns.c.claimed_by == loop, turns.c.name.not_in(sorted(names))
    return connection.execute(update(turns).where(*others).values(**_FREE)).rowcount


def free_of(connection: Connection, loop: str) -> int:
    """Free the turns of a loop that ends; return how many."""
    return connection.execute(update(turns).where(turns.c.claimed_by == loop).values(**_FREE)).rowcount


def leave_of(connection: Connection, loop: str) -> int:
    """Free the turns of a loop that is known to be dead, marked as left; return how many."""
    left = update(turns).where(turns.c.claimed_by == loop).values(claimed_by=_LEFT, claimed_until=None)
    return connection.execute(left).rowcount


def claimants(connection: Connection) -> tuple[str, ...]:
    """Return the ids of all loops that hold turns."""
    query = select(turns.c.claimed_by).where(turns.c.claimed_by.is_not(None)).distinct()
    return tuple(sorted(set(connection.execute(query).scalars()) - {_LEFT}))


def next_due(
    connection: Connection, fleet: str, now: datetime, strangers: Iterable[str] = ()
) -> datetime | None:
    """Return when the next free turn is due (the service's clock), but for ``strangers``; None if there is none."""
    # More strangers than a statement takes values, for one file may hold a whole fleet.
    others = frozenset(strangers)
    query = select(turns.c.name, turns.c.due_at).where(turns.c.fleet == fleet, free(now))
    first = connection.execute(query.order_by(turns.c.due_at).limit(len(others) + 1))
    return next((row.due_at for row in first if row.name not in others), None)


def free(now: datetime) -> Any:
    """SQL for a turn that nobody has claimed."""
    # A claim that ends later than any could was made by a clock that ran elsewhere.
    until = turns.c.claimed_until
    return or_(turns.c.claimed_by.is_(None), until.is_(None), until <= now, until > now + 2 * LASTS)


def _at(fleet: str, name: str) -> tuple[Any, Any]:
    return turns.c.fleet == fleet, turns.c.name == name

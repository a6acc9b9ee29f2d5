"""Who is declared, and who is to come sooner, in, turns out: a row for each tenant of a fleet, with when it is due.

Who has a turn at the moment is another matter (``claims``); here a turn that is claimed is moved like any other, and
the end of its pass sees that it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from reconciler.adapters.store.listing import among
from reconciler.adapters.store.tables import kept, turns
from reconciler.fleet.turns import Cause, Turn, sooner

MOMENT = timedelta(microseconds=1)
# Many rows are written with one statement, put into words once.
AT_EACH = turns.c.fleet == bindparam("at_fleet"), turns.c.name == bindparam("at_name")
PLACED: dict[str, Any] = {
    "due_at": bindparam("due"),
    "cause": bindparam("why"),
    "failures": bindparam("failed"),
}
_PLACE_EACH = update(turns).where(*AT_EACH).values(**PLACED)
# What failed by the file as it was, or before a person asked, is forgotten.
_ASKED_EACH = update(turns).where(*AT_EACH).values(**PLACED, failed_on=None)
_NEWS_EACH = (
    update(turns).where(*AT_EACH).values(**PLACED, failed_on=None, declared=bindparam("now_declared"))
)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What giving a fleet its turns has shown: who is declared otherwise now, and who is not any more.

    ``unread``: who has a turn, and of whom nothing is known to be declared: their file is broken, most likely.
    """

    news: frozenset[str]
    gone: frozenset[str]
    unread: frozenset[str]


def turn_of(row: Row[Any]) -> Turn:
    """The turn of a row."""
    return Turn(row.name, row.due_at, Cause(row.cause), row.failures, left=row.claimed_by is not None)


def enrol(
    connection: Connection,
    fleet: str,
    declared: Mapping[str, str],
    make: Callable[[Turn | None, str], Turn],
    now: datetime,
    *,
    whole: bool = True,
) -> Enrolled:
    """Give every tenant of a fleet its turn, ``make`` of the one it has, and drop those of tenants that are gone.

    ``declared``: what each is declared as, as a digest. Those that were declared otherwise when they last had a turn
    have one at once (``now``: the service's clock): a new commit is news once, to all loops. Of files that are not
    ``whole`` nothing follows for who is missing in them: their turns are left alone, and their names returned.
    """
    there = {row.name: row for row in connection.execute(select(turns).where(turns.c.fleet == fleet))}
    fresh: list[dict[str, Any]] = []
    news: dict[str, dict[str, Any]] = {}
    moved: list[dict[str, Any]] = []
    for name, digest in sorted(declared.items()):
        row = there.get(name)
        turn = make(turn_of(row) if row else None, name)
        if row is None:
            fresh.append({"fleet": fleet, "fence": 0, "declared": digest, **_values(turn)})
        elif row.declared != digest:
            news[name] = {**_placed(fleet, _sooner(row, turn, Cause.COMMIT, now)), "now_declared": digest}
        elif turn != turn_of(row):
            moved.append(_placed(fleet, turn))
    # Each in one go: a commit may be about all tenants there are, and everybody who writes waits meanwhile.
    for statement, rows in ((insert(turns), fresh), (_NEWS_EACH, list(news.values())), (_PLACE_EACH, moved)):
        if rows:
            connection.execute(statement, rows)
    missing = frozenset(there) - declared.keys()
    for table in (turns, kept) if whole and missing else ():
        gone = delete(table).where(table.c.fleet == fleet, table.c.name == bindparam("at_name"))
        connection.execute(gone, [{"at_name": name} for name in sorted(missing)])
    nobody: frozenset[str] = frozenset()
    return Enrolled(frozenset(news), missing if whole else nobody, nobody if whole else missing)


def place(connection: Connection, fleet: str, placed: Iterable[Turn]) -> None:
    """Write where these turns stand now."""
    rows = [_placed(fleet, turn) for turn in placed]
    if rows:
        connection.execute(_PLACE_EACH, rows)


def hasten(connection: Connection, fleet: str | None, causes: Mapping[str, Cause], now: datetime) -> int:
    """Bring turns forward, in one fleet or (None) in whichever has the tenant; return how many there are.

    Where a person asked, what a failed write was based on is forgotten: it may be made again.
    """
    where = [among(connection, turns.c.name, causes), *([] if fleet is None else [turns.c.fleet == fleet])]
    rows = [row for row in connection.execute(select(turns).where(*where)) if row.name in causes]
    moved: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for row in rows:
        cause = causes[row.name]
        moved[cause is Cause.ASKED].append(_placed(row.fleet, _sooner(row, turn_of(row), cause, now)))
    for asked, each in moved.items():
        if each:
            connection.execute(_ASKED_EACH if asked else _PLACE_EACH, each)
    return len(rows)


def _sooner(row: Row[Any], turn: Turn, cause: Cause, now: datetime) -> Turn:
    """Bring a turn forward; one that is claimed is moved in any case, if only by a moment.

    The pass under way began before this, and its end must see so, also where it has the same reason.
    """
    moved = sooner(turn, cause, now)
    return replace(moved, due=moved.due - MOMENT) if row.claimed_by else moved


def _placed(fleet: str, turn: Turn) -> dict[str, Any]:
    at = {"at_fleet": fleet, "at_name": turn.name}
    return {**at, "due": turn.due, "why": int(turn.cause), "failed": turn.failures}


def _values(turn: Turn) -> dict[str, Any]:
    return {
        "name": turn.name,
        "due_at": turn.due,
        "cause": int(turn.cause),
        "failures": turn.failures,
    }

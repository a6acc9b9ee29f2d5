"""A state in a file in, the same state in an empty database of a server out; verified row by row and by its chain.

Two transactions are open the while: one on the file, so that nobody writes there, and one on the server, which makes
the tables, fills them and looks at them again. What goes wrong leaves the server as empty as it was. At the end the
file gets the global stop: two states of one fleet would each order what the other one has ordered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, zip_longest
from typing import Any

from sqlalchemy import JSON, Boolean, Connection, Table

from reconciler.adapters.store import brakes, living, past, raw
from reconciler.adapters.store.migrating import make_tables
from reconciler.adapters.store.opening import open_to_write
from reconciler.adapters.store.served import ServerDatabase
from reconciler.adapters.store.tables import metadata
from reconciler.adapters.store.whereabouts import Server, Whereabouts, failed, place_of, server_failed
from reconciler.messages import say

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows of how many tables were copied, and the ledger's end, which is now that of both."""

    rows: int
    tables: int
    entries: int
    head: str


def copy(source: str, target: str, owner: str, now: datetime) -> Copied:
    """Copy a file's state into an empty database; ``owner`` is who sets the stop. Raises StateUnreadable."""
    here, there = place_of(source), place_of(target)
    if not isinstance(here, Whereabouts):
        raise failed(source, say("state.copy-from-a-file"))
    if not isinstance(there, Server):
        raise failed(target, say("state.copy-to-a-server"))
    if here.missing():
        raise failed(here.file, say("state.copy-nothing"))
    old, new = open_to_write(source), ServerDatabase(there, mode="rw", pooled=False)
    try:
        with old.writing() as reading:
            _refuse_the_busy(here)
            with new.writing() as writing:
                done = _copied(reading, writing, here, there)
            # The copy is on the server's disk by now.
            brakes.set_stop(reading, say("state.copied-to", place=there.shown), owner, now)
        return done
    finally:
        old.close()
        new.close()


def _refuse_the_busy(place: Whereabouts) -> None:
    busy = [lock for lock in sorted(place.locks.glob("*.lock")) if living.is_held(lock)]
    if busy:
        raise failed(place.file, say("state.copy-busy", count=len(busy)))


def _copied(old: Connection, new: Connection, here: Whereabouts, there: Server) -> Copied:
    make_tables(new, there)
    before = past.verify(old, None)
    if before is None or not before.sound:
        raise failed(here.file, say("state.copy-unsound"))
    rows = sum(_fill(old, new, table) for table in metadata.sorted_tables)
    for table in metadata.sorted_tables:
        _compare(old, new, table, there)
        _count_on(new, table)
    after = past.verify(new, before.head)
    if after is None or not after.sound or (after.entries, after.head) != (before.entries, before.head):
        raise server_failed(there, say("state.copy-differs", what="ledger"))
    return Copied(rows, len(metadata.tables), after.entries, after.head)


def _fill(old: Connection, new: Connection, table: Table) -> int:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    values = ", ".join(_value(column.type) for column in table.columns)
    insert = f'INSERT INTO "{table.name}" ({names}) VALUES ({values})'  # noqa: S608 - our own names
    count = 0
    rows = _rows(old, table)
    while some := tuple(islice(rows, AT_ONCE)):
        raw.ask(new, insert, [tuple(row[column.name] for column in table.columns) for row in some])
        count += len(some)
    return count


def _value(kind: object) -> str:
    """How the server is to take what a file has no kind of its own for."""
    if isinstance(kind, Boolean):
        return "CAST(CAST(? AS INTEGER) AS BOOLEAN)"
    return "CAST(? AS JSON)" if isinstance(kind, JSON) else "?"


def _compare(old: Connection, new: Connection, table: Table, there: Server) -> None:
    for one, other in zip_longest(_rows(old, table), _rows(new, table)):
        if one != other:
            raise server_failed(there, say("state.copy-differs", what=table.name))


def _rows(connection: Connection, table: Table) -> Iterator[Mapping[str, Any]]:
    """Every row as it is kept, in the order of the key, which is one order on both."""
    key = ", ".join(f'"{column.name}"' for column in table.primary_key)
    return raw.rows(connection, f'SELECT * FROM "{table.name}" ORDER BY {key}')  # noqa: S608 - our own names


def _count_on(new: Connection, table: Table) -> None:
    """Let the next row get the number after the highest there is."""
    column = table.autoincrement_column
    if column is None or table.name == "ledger":
        return
    raw.ask(
        new,
        f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "  # noqa: S608 - our own names
        f'(SELECT COALESCE(MAX("{column.name}"), 0) + 1 FROM "{table.name}"), false)',
    )

"""An older store in, one with everything this version knows out: only ever by adding.

A command that only reads adds nothing to the file: its connection gets what is missing for itself alone, as
temporary tables and views, which are empty where the file has nothing to tell. So reading an old store needs no
right to write it, and the next command that writes brings the file itself up to date.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, Connection, Table, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.schema import CreateTable

from reconciler.adapters.store import ledger
from reconciler.adapters.store.tables import FORGETTABLE, OLDEST_READ, SCHEMA_VERSION, about, metadata

FIRST_WITH_LEDGER = 2
_DIALECT = sqlite.dialect()


def outdated(version: str | None) -> bool:
    """Say whether a store of this version is older than what this version writes, and can be brought here."""
    return version is not None and version.isdecimal() and OLDEST_READ <= int(version) < SCHEMA_VERSION


def without_ledger(version: str) -> bool:
    """Say whether a store of this version, which this version can read, is older than the ledger."""
    return int(version) < FIRST_WITH_LEDGER


def extend(connection: Connection) -> None:
    """Add the tables that a store of this very version may lack, in the caller's transaction."""
    metadata.create_all(connection, tables=[metadata.tables[name] for name in sorted(FORGETTABLE)])


def upgrade(connection: Connection, at: str) -> None:
    """Add what is missing, in the caller's transaction; what the ledger did not tell of yet it begins with as it is."""
    version = connection.execute(select(about.c.value).where(about.c.key == "schema")).scalar_one()
    for statement in _additions(_columns_of(connection)):
        connection.exec_driver_sql(statement)
    metadata.create_all(connection)
    connection.execute(update(about).where(about.c.key == "schema").values(value=str(SCHEMA_VERSION)))
    if without_ledger(version):
        ledger.begin(connection, at, ledger.UPGRADE)
    elif not ledger.whole(connection):
        ledger.take_in(connection, at)


def mark(connection: Connection) -> None:
    """Write the version into a new store."""
    connection.execute(insert(about).values(key="schema", value=str(SCHEMA_VERSION)))


def shim(connection: DBAPIConnection) -> None:
    """Let a connection that only reads an older store see the missing tables and columns, empty."""
    cursor = connection.cursor()
    cursor.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
    there = {str(name): _members_of(cursor, name) for (name,) in cursor.fetchall()}
    version = _version(cursor) if about.name in there else None
    old = outdated(version)
    if not old and version != str(SCHEMA_VERSION):
        return
    for name, table in metadata.tables.items():
        if not old and (name in there or name not in FORGETTABLE):
            continue
        if name not in there:
            made = str(CreateTable(table).compile(dialect=_DIALECT)).strip()
            cursor.execute(made.replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))
        elif lacking := [c.name for c in _lacking(table, there[name])]:
            empty = ", ".join(f'NULL AS "{column}"' for column in lacking)
            cursor.execute(f'CREATE TEMPORARY VIEW "{name}" AS SELECT *, {empty} FROM main."{name}"')  # noqa: S608


def _members_of(cursor: DBAPICursor, table: str) -> set[str]:
    cursor.execute(f'PRAGMA main.table_info("{table}")')
    return {str(row[1]) for row in cursor.fetchall()}


def _version(cursor: DBAPICursor) -> str | None:
    cursor.execute("SELECT value FROM main.about WHERE key = 'schema'")
    row = cursor.fetchone()
    return str(row[0]) if row else None


def _columns_of(connection: Connection) -> dict[str, set[str]]:
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
    return {
        name: {row[1] for row in connection.exec_driver_sql(f'PRAGMA table_info("{name}")')} for name in names
    }


def _additions(there: dict[str, set[str]]) -> Iterator[str]:
    for name, table in metadata.tables.items():
        if name in there:
            for column in _lacking(table, there[name]):
                kind = column.type.compile(dialect=_DIALECT)
                yield f'ALTER TABLE "{name}" ADD COLUMN "{column.name}" {kind}'


def _lacking(table: Table, there: set[str]) -> list[Column[object]]:
    return [column for column in table.columns if column.name not in there]

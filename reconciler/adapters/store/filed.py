"""A database file in, short transactions over it out: the state in SQLite, for one machine.

The driver's own implicit transactions are off: each transaction here begins and ends where the code says so,
a writing one with BEGIN IMMEDIATE, so that what it read still holds when it writes. A connection is used only
in the process that opened it. Writers open an existing file and never make one: a database that vanished
under a running process, or was replaced by another, is an error, not an empty journal. Only
``create_if_missing`` makes one, under another name, and puts it in its place whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from fcntl import LOCK_EX, flock
from functools import cache
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    create_mock_engine,
    event,
    inspect,
    select,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, QueuePool
from sqlalchemy.sql.ddl import ExecutableDDLElement

from reconciler.adapters.store import ledger, upgrading
from reconciler.adapters.store.database import Database, keep_apart_from_the_parent
from reconciler.adapters.store.tables import FORGETTABLE, SCHEMA_VERSION, about, metadata
from reconciler.adapters.store.whereabouts import CREATING, Whereabouts, failed, folder_failed
from reconciler.errors import StateUnreadable
from reconciler.messages import say

BUSY_MILLISECONDS = 30_000


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what goes wrong in the database, or does not decode, into StateUnreadable."""
    try:
        yield
    except DBAPIError as error:
        raise failed(path, str(error.orig)) from error
    except (SQLAlchemyError, ValueError) as error:
        raise failed(path, str(error)) from error


class FileDatabase(Database):
    """An open state database that is a file."""

    def __init__(self, place: Whereabouts, *, mode: str, pooled: bool = True) -> None:
        self.place, self.name, self.locks = place, str(place.file), place.locks
        self.writable = mode == "rw"
        self._engine = _engine(place.file, mode, pooled=pooled)
        self._opened = _identity(place.file)
        # Threads of one process take turns here: SQLite lets those that wait sleep, and not in order.
        self._turn = Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view. Raises StateUnreadable."""
        with translated(self.place.file), self._engine.connect() as connection, connection.begin():
            self._refuse_another()
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, on the disk when the block ends, undone if it raises. Raises StateUnreadable."""
        with self._in_turn(), translated(self.place.file), self._engine.connect() as connection:
            marked = connection.execution_options(writes=True)
            with marked.begin():
                self._refuse_another()
                yield marked

    def beating(self) -> AbstractContextManager[Connection]:
        """A writing transaction like any other: on a file the operating system's locks are the signs of life."""
        return self.writing()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Wait for no longer than for the database itself: threads behind each other would add it up."""
        if not self._turn.acquire(timeout=BUSY_MILLISECONDS / 1000):
            raise failed(self.place.file, say("state.busy"))
        try:
            yield
        finally:
            self._turn.release()

    def moment(self, connection: Connection, now: datetime) -> datetime:
        """This machine's clock: nobody else writes here, and the operating system's locks say who is alive."""
        return now

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _refuse_another(self) -> None:
        """An open file outlives its name: what is written to it then, no other process and no later start can find."""
        if _identity(self.place.file) != self._opened:
            raise failed(self.place.file, say("state.another-file"))


def _identity(file: Path) -> tuple[int, int] | None:
    """What a file is told apart from every other one by; None where there is none."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_existing(place: Whereabouts, *, mode: str) -> FileDatabase:
    """Open a store that is there, ``mode`` "ro" or "rw", and check that it is one. Raises StateUnreadable."""
    database = FileDatabase(place, mode=mode)
    try:
        with database.reading() as connection:
            version = _check(connection, place.file)
            old = upgrading.outdated(version)
            lacks = not set(inspect(connection).get_table_names()) >= FORGETTABLE
            told = old or not database.writable or ledger.whole(connection)
        if database.writable and old:
            _upgrade(database)
        if database.writable and lacks and not old:
            with database.writing() as connection:
                upgrading.extend(connection)
        if not told:
            _tell_of_more(database)
    except StateUnreadable:
        database.close()
        raise
    return database


def _upgrade(database: FileDatabase) -> None:
    with database.writing() as connection:
        # Another process may have been first, between the look and this transaction.
        if upgrading.outdated(_check(connection, database.place.file)):
            upgrading.upgrade(connection, _this_moment())


def _tell_of_more(database: FileDatabase) -> None:
    with database.writing() as connection:
        # Another process may have been first, here too.
        if not ledger.whole(connection):
            ledger.take_in(connection, _this_moment())


def _this_moment() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _check(connection: Connection, path: Path) -> str | None:
    """Return the version of the store, once it is known to be one that can be used here."""
    found = set(inspect(connection).get_table_names())
    if about.name not in found:
        raise failed(path, say("state.not-ours"))
    version = connection.execute(select(about.c.value).where(about.c.key == "schema")).scalar_one_or_none()
    if upgrading.outdated(version):
        return str(version)
    if version != str(SCHEMA_VERSION):
        raise StateUnreadable(say("state.other-version", path=path, found=version, known=SCHEMA_VERSION))
    lacking = sorted(set(metadata.tables) - found - FORGETTABLE)
    if lacking:
        raise failed(path, say("state.tables-missing", tables=", ".join(lacking)))
    return str(version)


def create_if_missing(place: Whereabouts) -> None:
    """Make an empty store, its folder for the owner alone, unless there is one. Raises StateUnreadable."""
    missing = place.missing()
    try:
        place.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.locks.mkdir(mode=0o700, exist_ok=True)
        if missing:
            _create(place)
    except OSError as error:
        raise folder_failed(place.file.parent, error) from error


def _create(place: Whereabouts) -> None:
    with open(place.locks / CREATING, "ab") as lock:
        flock(lock, LOCK_EX)
        if place.missing():  # still: another process may have been first
            _build(place.file)


def _build(file: Path) -> None:
    # A crash on the way leaves a file under the other name, never half a store under the right one.
    draft = file.with_name(f"{file.name}.new")
    for remains in (draft, Path(f"{draft}-wal"), Path(f"{draft}-shm")):
        remains.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    database = FileDatabase(Whereabouts(draft, file.parent), mode="rw", pooled=False)
    with database.writing() as connection:
        for statement in _tables():
            connection.exec_driver_sql(statement)
        upgrading.mark(connection)
        ledger.begin(connection, _this_moment())
    database.close()
    os.replace(draft, file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@cache
def _tables() -> tuple[str, ...]:
    """What makes all tables in a new file, in SQLite's words; put into them once a process, for it takes a while."""
    told: list[str] = []

    def tell(statement: ExecutableDDLElement, *_: object, **__: object) -> None:
        told.append(str(statement.compile(dialect=nowhere.dialect)))

    nowhere = create_mock_engine("sqlite://", tell)
    metadata.create_all(nowhere, checkfirst=False)
    return tuple(told)


def _engine(file: Path, mode: str, *, pooled: bool) -> Engine:
    url = URL.create(
        "sqlite+pysqlite", database=f"file:{quote(str(file.absolute()))}", query={"mode": mode, "uri": "true"}
    )
    # Lists of many lengths make many texts of one statement; each connection would keep 128 of them, prepared.
    connect = {"check_same_thread": False, "cached_statements": 48}
    if pooled:
        engine = create_engine(url, poolclass=QueuePool, max_overflow=-1, connect_args=connect)
    else:
        engine = create_engine(url, poolclass=NullPool, connect_args=connect)
    _prepare(engine, writable=mode == "rw")
    return engine


def _prepare(engine: Engine, *, writable: bool) -> None:
    keep_apart_from_the_parent(engine)

    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver begins nothing on its own
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        if writable:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")
        else:
            upgrading.shim(connection)
        cursor.close()

    @event.listens_for(engine, "begin")
    def began(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

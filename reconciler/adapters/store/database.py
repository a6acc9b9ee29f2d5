"""Where the state is kept in, short transactions over it out; what goes wrong becomes StateUnreadable.

The driver's own implicit transactions are off: each transaction here begins and ends where the code says so,
a writing one with BEGIN IMMEDIATE, so that what it read still holds when it writes. A connection is used only
in the process that opened it. Writers open an existing file and never make one: a database that vanished
under a running process, or was replaced by another, is an error, not an empty journal. Only
``create_if_missing`` makes one, under another name, and puts it in its place whole.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
    make_url,
    select,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, PoolProxiedConnection, QueuePool
from sqlalchemy.sql.ddl import ExecutableDDLElement

from reconciler.adapters.store import ledger, upgrading
from reconciler.adapters.store.tables import FORGETTABLE, SCHEMA_VERSION, about, metadata
from reconciler.errors import StateUnreadable
from reconciler.messages import say

FILE_NAME = "state.db"
CREATING = "create.lock"
BUSY_MILLISECONDS = 30_000


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The database file and the folder of the operating system's locks beside it."""

    file: Path
    locks: Path

    @classmethod
    def of(cls, where: str) -> Whereabouts:
        """Read a folder or a ``sqlite:///`` URL; anything else raises StateUnreadable."""
        if "://" not in where:
            return cls._at(Path(where) / FILE_NAME)
        file = _file_of_url(where)
        if file is None:
            shown = where.split("://", 1)[0] + "://..."
            raise StateUnreadable(say("state.other-database", where=shown))
        return cls._at(file)

    @classmethod
    def _at(cls, file: Path) -> Whereabouts:
        # Two ways to one file are one store: a lock beside a link to it would keep nobody out.
        if os.path.islink(file) and os.path.exists(file):
            file = Path(os.path.realpath(file))
        return cls(file, file.parent / "locks")

    def missing(self) -> bool:
        """Say whether nothing was ever kept here. A thing in its place raises StateUnreadable."""
        try:
            mode = os.stat(self.file).st_mode
        except FileNotFoundError:
            self._refuse_remains()
            return True
        except OSError as error:
            raise folder_failed(self.file.parent, error) from error
        if stat.S_ISDIR(mode):
            raise failed(self.file, say("state.is-a-folder"))
        if os.stat(self.file).st_size == 0:
            raise failed(self.file, say("state.empty-file"))
        return False

    def _refuse_remains(self) -> None:
        for path in (self.file, self.file.parent):
            if path.is_symlink() and not path.exists():
                raise failed(path, say("state.dangling"))
        if Path(f"{self.file}-wal").exists():
            raise failed(self.file, say("state.log-alone"))
        # A tenant's lock is made only once there is a store, and stays: what the store knew of its writes is gone.
        if self.file.name == FILE_NAME and any(lock.name != CREATING for lock in self.locks.glob("*.lock")):
            raise failed(self.file, say("state.gone", locks=self.locks))


def _file_of_url(where: str) -> Path | None:
    try:
        url = make_url(where)
    except ArgumentError:
        return None
    usable = (
        url.get_backend_name() == "sqlite" and url.database and not url.database.startswith((":", "file:"))
    )
    return Path(str(url.database)) if usable else None


def failed(path: Path, what: str) -> StateUnreadable:
    """The error for a store at ``path`` that can not be used because of ``what``."""
    return StateUnreadable(say("state.failed", path=path, what=what))


def folder_failed(path: Path, error: OSError) -> StateUnreadable:
    """The error for a folder or lock file of the store that can not be used."""
    return StateUnreadable(say("state.folder-failed", path=path, what=error.strerror or str(error)))


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what goes wrong in the database, or does not decode, into StateUnreadable."""
    try:
        yield
    except DBAPIError as error:
        raise failed(path, str(error.orig)) from error
    except (SQLAlchemyError, ValueError) as error:
        raise failed(path, str(error)) from error


class Database:
    """An open state database."""

    def __init__(self, place: Whereabouts, *, mode: str, pooled: bool = True) -> None:
        self.place = place
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

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Wait for no longer than for the database itself: threads behind each other would add it up."""
        if not self._turn.acquire(timeout=BUSY_MILLISECONDS / 1000):
            raise failed(self.place.file, say("state.busy"))
        try:
            yield
        finally:
            self._turn.release()

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


def open_existing(place: Whereabouts, *, mode: str) -> Database:
    """Open a store that is there, ``mode`` "ro" or "rw", and check that it is one. Raises StateUnreadable."""
    database = Database(place, mode=mode)
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


def _upgrade(database: Database) -> None:
    with database.writing() as connection:
        # Another process may have been first, between the look and this transaction.
        if upgrading.outdated(_check(connection, database.place.file)):
            upgrading.upgrade(connection, _this_moment())


def _tell_of_more(database: Database) -> None:
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
    database = Database(Whereabouts(draft, file.parent), mode="rw", pooled=False)
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
    connect = {"check_same_thread": False}
    if pooled:
        engine = create_engine(url, poolclass=QueuePool, max_overflow=-1, connect_args=connect)
    else:
        engine = create_engine(url, poolclass=NullPool, connect_args=connect)
    _prepare(engine, writable=mode == "rw")
    return engine


def _prepare(engine: Engine, *, writable: bool) -> None:
    orphans: list[DBAPIConnection] = []

    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info["pid"] = os.getpid()
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

    @event.listens_for(engine, "checkout")
    def checked_out(
        connection: DBAPIConnection, entry: ConnectionPoolEntry, proxy: PoolProxiedConnection
    ) -> None:
        if entry.info["pid"] != os.getpid():
            # Born before a fork: it is the parent's, so it is neither used nor closed here.
            orphans.append(connection)
            entry.dbapi_connection = proxy.dbapi_connection = None  # type: ignore[misc]
            raise DisconnectionError("a connection of the parent process")

    @event.listens_for(engine, "begin")
    def began(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

"""A path in, one open request at a time out: the file, its tables, and who may use it when.

Every request is one ``BEGIN IMMEDIATE`` transaction, so that several processes may use the file at once and
each sees all of a request or nothing of it.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from reconciler.adapters.simulator.session import Session
from reconciler.errors import StateUnreadable
from reconciler.messages import say

LAYOUT = 1

TABLES = """
CREATE TABLE IF NOT EXISTS clock (id INTEGER PRIMARY KEY CHECK (id = 1), now INTEGER NOT NULL,
    changes INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tenants (name TEXT PRIMARY KEY, spec TEXT NOT NULL, hidden TEXT NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS words (word TEXT, name TEXT, PRIMARY KEY (word, name)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS words_of ON words (name);
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY AUTOINCREMENT, due INTEGER NOT NULL,
    tenant TEXT NOT NULL, subscription TEXT, kind TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_due ON events (due, seq);
CREATE INDEX IF NOT EXISTS events_of ON events (tenant, due);
CREATE TABLE IF NOT EXISTS faults (seq INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL,
    kind TEXT NOT NULL, times INTEGER, options TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS faults_of ON faults (tenant, seq);
CREATE TABLE IF NOT EXISTS calls (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,
    operation TEXT NOT NULL, tenant TEXT NOT NULL, subscription TEXT, before TEXT, after TEXT,
    request_id TEXT, outcome TEXT NOT NULL, code TEXT, taken INTEGER NOT NULL, caller TEXT NOT NULL,
    note TEXT);
CREATE INDEX IF NOT EXISTS calls_of ON calls (tenant, seq) WHERE taken;
CREATE TABLE IF NOT EXISTS requests (request_id TEXT PRIMARY KEY, asked TEXT NOT NULL, answer TEXT NOT NULL)
    WITHOUT ROWID;
INSERT OR IGNORE INTO clock VALUES (1, 0, 0);
"""


class Storage:
    """The file. Opened when first needed; a forked process opens it anew, as SQLite asks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._open: sqlite3.Connection | None = None
        self._owner = 0
        # A connection inherited through a fork must be neither used nor closed here: it is the parent's.
        self._inherited: list[sqlite3.Connection] = []

    @contextmanager
    def request(self) -> Iterator[Session]:
        """Open one request; what is done in it stands when the block ends well, and not at all otherwise.

        Raises StateUnreadable if the file can not be read or written.
        """
        with self._lock:
            try:
                connection = self._connection()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    session = Session(connection)
                    yield session
                    session.keep_clock()
                    connection.execute("COMMIT")
                except BaseException:
                    connection.rollback()
                    raise
            except sqlite3.Error as problem:
                raise StateUnreadable(
                    say("simulator.unreadable", path=self.path, problem=problem)
                ) from problem

    def close(self) -> None:
        """Close the file; a later request opens it again."""
        with self._lock:
            if self._open is not None and self._owner == os.getpid():
                self._open.close()
            self._open = None

    def _connection(self) -> sqlite3.Connection:
        if self._open is not None and self._owner == os.getpid():
            return self._open
        if self._open is not None:
            self._inherited.append(self._open)
        self._open, self._owner = self._connect(), os.getpid()
        return self._open

    def _connect(self) -> sqlite3.Connection:
        with _translated(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def is_there(path: Path) -> bool:
    """Say whether the file exists; raises StateUnreadable where its folder does not let us tell."""
    with _translated(path):
        try:
            return stat.S_ISREG(os.stat(path).st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False


def holds_tenants(path: Path) -> bool:
    """Say whether the file exists and holds a tenant; creates nothing. Raises StateUnreadable."""
    if not is_there(path):
        return False
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
        ) as connection:
            if not connection.execute("PRAGMA user_version").fetchone()[0]:
                return False
            return connection.execute("SELECT 1 FROM tenants LIMIT 1").fetchone() is not None
    except sqlite3.Error as problem:
        raise StateUnreadable(say("simulator.unreadable", path=path, problem=problem)) from problem


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn what the operating system says of the folder into StateUnreadable."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise StateUnreadable(say("simulator.folder", folder=path.parent, problem=why)) from error


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if found == LAYOUT:
        return
    if found:
        raise sqlite3.DatabaseError(say("simulator.layout", found=found, known=LAYOUT))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    for statement in TABLES.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {LAYOUT}")
    connection.execute("COMMIT")

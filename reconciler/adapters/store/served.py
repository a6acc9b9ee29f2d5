"""A database of a PostgreSQL server in, short transactions over it out: the state that many machines share.

Who writes, writes alone
========================

A writing transaction begins with an advisory lock of the store, which the server lets go of when the transaction
ends, however it ends. So writers take turns exactly as they do on a file with BEGIN IMMEDIATE, and what one of them
read still holds when it writes. It runs as READ COMMITTED on purpose: under a stricter isolation it would see what
there was when it began to wait, not what the writer before it left.

A reading transaction is REPEATABLE READ and READ ONLY: one view of everything, however many queries it takes.

A process that is frozen in the middle of a transaction would hold everybody up: the server ends a transaction that
says nothing for ``IDLE``, and a client that waits longer than it should is told so. Where a connection is half open
nobody tells it: since when it waits is all that can be known (``waits_since``), and its process has to be ended.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, PoolProxiedConnection, QueuePool

from reconciler.adapters.store import ledger
from reconciler.adapters.store.database import Database, keep_apart_from_the_parent
from reconciler.adapters.store.revisions import refuse_unfit
from reconciler.adapters.store.waits import Waits
from reconciler.adapters.store.whereabouts import Server, server_failed
from reconciler.errors import StateUnreadable

CONNECT_SECONDS = 10
# Whoever says nothing in the middle of a transaction loses it before those who wait for it give up.
LOCK, STATEMENT, IDLE = 30_000, 60_000, 15_000
RESTED = 1.0
# One lock for each store: two may share a database, each in a schema of its own.
_TURN = text(
    "SELECT pg_advisory_xact_lock(hashtext('reconciler state'), hashtext(current_schema())), clock_timestamp()"
)
_CLOCK = text("SELECT clock_timestamp()")
_MOMENT, _RESTS_SINCE = "reconciler moment", "reconciler rests since"


class ServerDatabase(Database):
    """An open state database on a server."""

    locks = None

    def __init__(self, server: Server, *, mode: str, pooled: bool = True) -> None:
        self.server, self.name = server, server.shown
        self.writable = mode == "rw"
        self._waits = Waits()
        with translated(server):
            self._engine = _engine(server, pooled=pooled)

    @property
    def waits_since(self) -> float | None:
        """Since when the transaction that has been open for longest is."""
        return self._waits.since

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view. Raises StateUnreadable."""
        with self._waits.one(), translated(self.server), self._engine.connect() as connection:
            view = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            view.info.pop(_MOMENT, None)
            with view.begin():
                yield view

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, on the server's disk when the block ends, undone if it raises. Raises StateUnreadable."""
        with self._waits.one(), translated(self.server), self._engine.connect() as connection:
            marked = connection.execution_options(isolation_level="READ COMMITTED")
            with marked.begin():
                marked.info[_MOMENT] = marked.execute(_TURN).one()[1]
                yield marked

    @contextmanager
    def beating(self) -> Iterator[Connection]:
        """A transaction that waits for no other writer, for a row that its holder alone renews: so it comes in time."""
        with self._waits.one(), translated(self.server), self._engine.connect() as connection:
            beat = connection.execution_options(isolation_level="READ COMMITTED")
            with beat.begin():
                beat.info[_MOMENT] = beat.execute(_CLOCK).scalar_one()
                yield beat

    def moment(self, connection: Connection, now: datetime) -> datetime:
        """The server's clock: the one that all machines here have in common."""
        noted = connection.info.get(_MOMENT)
        return _utc(noted or connection.execute(_CLOCK).scalar_one())

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


@contextmanager
def translated(server: Server) -> Iterator[None]:
    """Turn what goes wrong with the server, or does not decode, into StateUnreadable that shows no password."""
    try:
        yield
    except DBAPIError as error:
        raise server_failed(server, _said(error.orig)) from error
    except psycopg.Error as error:
        raise server_failed(server, _said(error)) from error
    except (SQLAlchemyError, ValueError) as error:
        raise server_failed(server, str(error)) from error


def open_served(server: Server, *, mode: str) -> ServerDatabase:
    """Open a store that is there, ``mode`` "ro" or "rw", and check that it is one. Raises StateUnreadable.

    Nothing is made or brought up to date here: many programs may be at work on it, so a person says when.
    """
    database = ServerDatabase(server, mode=mode)
    try:
        with database.reading() as connection:
            refuse_unfit(connection, server)
            told = not database.writable or ledger.whole(connection)
        if not told:
            with database.writing() as connection:
                if not ledger.whole(connection):
                    ledger.take_in(connection, datetime.now(UTC).isoformat(timespec="microseconds"))
    except StateUnreadable:
        database.close()
        raise
    return database


def _utc(moment: Any) -> datetime:
    return cast("datetime", moment).astimezone(UTC)


def _said(error: BaseException | None) -> str:
    """What the driver says, in one line: it adds hints and the place in the query below."""
    return " ".join(str(error).split())


def connect_arguments(server: Server) -> dict[str, Any]:
    """What the driver is told beside the URL."""
    connect = {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "reconciler",
        "client_encoding": "utf8",
        # A cable that is cut says nothing: without these a connection would wait for it for hours.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": STATEMENT,
        "options": " ".join((str(server.url.query.get("options", "")), *_settings())).strip(),
    }
    # What the URL says of the connection itself goes before what we would say.
    for key in server.url.query.keys() & connect.keys() - {"options"}:
        del connect[key]
    return connect


def _engine(server: Server, *, pooled: bool) -> Engine:
    connect = connect_arguments(server)
    kind: dict[str, Any] = {"poolclass": NullPool}
    if pooled:
        kind = {"poolclass": QueuePool, "pool_size": 16, "max_overflow": -1}
    engine = create_engine(server.url, connect_args=connect, use_native_hstore=False, **kind)
    keep_apart_from_the_parent(engine)
    _ask_the_rested(engine)
    return engine


def _ask_the_rested(engine: Engine) -> None:
    """Make sure that a connection still is one before it is used again, if it has rested for a while.

    SQLAlchemy's own way asks before it is known whether the connection is not a parent process's, and each time.
    """

    @event.listens_for(engine, "checkin")
    def checked_in(connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info[_RESTS_SINCE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def checked_out(
        connection: DBAPIConnection, entry: ConnectionPoolEntry, proxy: PoolProxiedConnection
    ) -> None:
        if time.monotonic() - entry.info.get(_RESTS_SINCE, -math.inf) < RESTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as gone:
            raise DisconnectionError("the server has ended it") from gone


def _settings() -> Iterator[str]:
    """What holds for each session. Waiting for a disk is part of the journal's promise, whatever the server's habit."""
    for name, value in (
        ("TimeZone", "UTC"),
        ("synchronous_commit", "on"),
        ("lock_timeout", LOCK),
        ("statement_timeout", STATEMENT),
        ("idle_in_transaction_session_timeout", IDLE),
    ):
        yield f"-c {name}={value}"

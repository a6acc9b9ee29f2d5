"""The port of the state's database: short transactions out, whichever database it is; ``filed`` and ``served`` are it.

What every implementation keeps: a reading transaction sees one state of the whole, a writing one finds what it read
unchanged when it writes, and is on the disk when its block ends. What goes wrong is StateUnreadable.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection


class Database(ABC):
    """An open state database. ``name`` is shown to people; ``writable`` says whether it was opened for writing.

    ``locks`` is the folder of the operating system's locks, which tell who is alive on the one machine that a file is
    on. None: many machines write here, so the rows themselves say until when somebody holds what.
    """

    name: str
    writable: bool
    locks: Path | None

    @property
    def waits_since(self) -> float | None:
        """Since when (the monotonic clock) a transaction has been open; None where there is none, or none can hang."""
        return None

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """One consistent view. Raises StateUnreadable."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction, on the disk when the block ends, undone if it raises. Raises StateUnreadable."""

    @abstractmethod
    def beating(self) -> AbstractContextManager[Connection]:
        """A transaction for a sign of life, which must not have to wait for those who write. Raises StateUnreadable."""

    @abstractmethod
    def moment(self, connection: Connection, now: datetime) -> datetime:
        """The one clock that leases and claims go by here; ``now`` is this machine's."""

    @abstractmethod
    def close(self) -> None:
        """Close every connection."""


def keep_apart_from_the_parent(engine: Engine) -> None:
    """Use a connection only in the process that opened it."""
    orphans: list[DBAPIConnection] = []

    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info["pid"] = os.getpid()

    @event.listens_for(engine, "checkout")
    def checked_out(
        connection: DBAPIConnection, entry: ConnectionPoolEntry, proxy: PoolProxiedConnection
    ) -> None:
        if entry.info["pid"] != os.getpid():
            # Born before a fork: it is the parent's, so it is neither used nor closed here.
            orphans.append(connection)
            entry.dbapi_connection = proxy.dbapi_connection = None  # type: ignore[misc]
            raise DisconnectionError("a connection of the parent process")

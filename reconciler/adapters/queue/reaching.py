"""The server of a state in, ways to reach the queue in it out; what goes wrong there is StateUnreadable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ProcrastinateException

from reconciler.adapters.store.served import connect_arguments, translated
from reconciler.adapters.store.whereabouts import Server, place_of, server_failed
from reconciler.errors import StateUnreadable
from reconciler.messages import say


def server_of(where: str) -> Server:
    """Return the server of a state; StateUnreadable where it is in a file, which many machines can not share."""
    place = place_of(where)
    if not isinstance(place, Server):
        raise StateUnreadable(say("queue.no-server", place=place.file))
    return place


@contextmanager
def connected(server: Server) -> Iterator[psycopg.Connection[Any]]:
    """A connection for a block; what goes wrong in it is StateUnreadable, and shows no password."""
    with (
        translated(server),
        psycopg.connect(_conninfo(server), autocommit=True, **_arguments(server)) as connection,
    ):
        yield connection


@contextmanager
def as_trouble(server: Server) -> Iterator[None]:
    """Turn what the engine or its driver says into StateUnreadable that shows no password."""
    with translated(server):
        try:
            yield
        except (ProcrastinateException, OSError) as error:
            raise server_failed(server, why(error)) from error


def why(error: BaseException) -> str:
    """What an error says, in one line; the engine's own say that there was one, and what it was is behind them."""
    said = " ".join(str(error).split())
    return f"{said} {why(error.__cause__)}" if error.__cause__ else said or type(error).__name__


def connector(
    server: Server, most: int, asking: Callable[[], AbstractContextManager[None]] = nullcontext
) -> PsycopgConnector:
    """Return so many connections at most for an app of the engine, which asks within a block of ``asking``."""
    return _Heard(
        asking, conninfo=_conninfo(server), kwargs=_arguments(server), min_size=1, max_size=most, timeout=30.0
    )


class _Heard(PsycopgConnector):
    """Asks within a block of ``asking``: a question that is cut off in silence is known by nothing else."""

    def __init__(self, asking: Callable[[], AbstractContextManager[None]], **more: Any) -> None:
        super().__init__(**more)
        self._asking = asking

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        with self._asking():
            await super().execute_query_async(query, **arguments)

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> dict[str, Any]:
        with self._asking():
            found: dict[str, Any] = await super().execute_query_one_async(query, **arguments)
            return found

    async def execute_query_all_async(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:
        with self._asking():
            found: list[dict[str, Any]] = await super().execute_query_all_async(query, **arguments)
            return found


def _conninfo(server: Server) -> str:
    return server.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _arguments(server: Server) -> dict[str, Any]:
    """As for our own tables, but for waiting for the disk: what gets lost here is found again by them."""
    arguments = connect_arguments(server)
    return {**arguments, "options": f"{arguments['options']} -c synchronous_commit=off"}

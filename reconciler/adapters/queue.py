"""Turns that are ready in, workers that begin them out: the engine of a fleet that outgrew one machine.

What hangs on it
================

Nothing but speed. Whose a tenant is, what was written and when its next turn is, stands in our own tables
(``store``); here it is only said to some worker that a turn is worth beginning. So an offer may get lost (its mark
runs out and it is made again), come twice or too late (the turn is claimed or not due, and nothing happens), and a
worker may die with it.

What it must not be used for
============================

Procrastinate [3.10] carries work that is ready. No waiting in it: a job that is due next week would keep one that is
due at once from its lock. No locks and no retries of its own: a pass ends well whatever it found, and its next turn
says when. A job that is over is deleted, one whose worker is dead is deleted too (``Dispatching.sweep``), and our own
tables bring the tenant back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import DeleteJobCondition, Status
from procrastinate.schema import SchemaManager
from psycopg import sql

from reconciler.adapters.store.offering import Offer
from reconciler.adapters.store.served import connect_arguments, translated
from reconciler.adapters.store.waits import Waits
from reconciler.adapters.store.whereabouts import Server, place_of, server_failed
from reconciler.errors import StateUnreadable
from reconciler.messages import say

TASK = "passes"
HEARTBEAT, STALE = 10.0, 30.0
# No pass takes so long: a job that does could not be ended, though its worker lives, for its connection was cut.
LONGEST = 900.0
POLL = 1.0
# More than this wait in the queue only if nobody works; whoever begins anew would then have old offers to go through.
MOST_JOBS = 200
# What is known of the engine's own tables stands beside ours, for it keeps no note of its own.
NOTE = "reconciler_queue"
# Its own index begins with the number of a job, so each look for the next one would go through all.
_TURN = "SELECT pg_advisory_xact_lock(hashtext('reconciler queue'), hashtext(current_schema()))"
# The engine's own words for a job that waits, and for one that somebody has.
_WAITS, _HELD = Status.TODO.value, Status.DOING.value
_INDEXES = f"""
CREATE INDEX IF NOT EXISTS reconciler_jobs_waiting ON procrastinate_jobs (queue_name, priority DESC, id)
    WHERE status = '{_WAITS}';
CREATE INDEX IF NOT EXISTS reconciler_jobs_locked ON procrastinate_jobs (lock)
    WHERE status IN ('{_WAITS}', '{_HELD}');
"""


def lane_of(fleet: str, *, writes: bool) -> str:
    """Return the queue that offers of a fleet go by: who only reports never takes what is to be written for."""
    return f"{'write' if writes else 'report'}-{sha256(fleet.encode()).hexdigest()[:16]}"


# its tables


def upgrade(where: str) -> None:
    """Make the engine's tables, or what a newer version of it adds to them; twice is once. Raises StateUnreadable."""
    server, steps = server_of(where), _steps()
    with _connected(server) as connection, connection.transaction():
        connection.execute(_TURN)
        connection.execute("SET LOCAL statement_timeout = 0")
        there = _noted(connection)
        if there is not None and there >= max(steps):
            return
        if there is None:
            connection.execute(_script(SchemaManager.get_schema()))
            connection.execute(_script(f'CREATE TABLE {NOTE} (step TEXT COLLATE "C" NOT NULL)'))
        for name in sorted(steps):
            if there is not None and name > there:
                connection.execute(_script(steps[name].read_text(encoding="utf-8")))
        connection.execute(_script(_INDEXES))
        connection.execute(_script(f"DELETE FROM {NOTE}"))  # noqa: S608 - our own name
        connection.execute(_script(f"INSERT INTO {NOTE} VALUES (%s)"), (max(steps),))  # noqa: S608


def refuse_unready(where: str) -> None:
    """Raise StateUnreadable unless the engine's tables are there, and as new as this version of it needs."""
    server = server_of(where)
    with _connected(server) as connection:
        there = _noted(connection)
    if there is None or there < max(_steps()):
        raise StateUnreadable(say("queue.no-tables", place=server.shown))


def server_of(where: str) -> Server:
    """Return the server of a state; StateUnreadable where it is in a file, which many machines can not share."""
    place = place_of(where)
    if not isinstance(place, Server):
        raise StateUnreadable(say("queue.no-server", place=place.file))
    return place


@contextmanager
def _connected(server: Server) -> Iterator[psycopg.Connection[Any]]:
    """A connection for a block; what goes wrong in it is StateUnreadable, and shows no password."""
    with (
        translated(server),
        psycopg.connect(_conninfo(server), autocommit=True, **_arguments(server)) as connection,
    ):
        yield connection


@contextmanager
def _as_trouble(server: Server) -> Iterator[None]:
    """Turn what the engine or its driver says into StateUnreadable that shows no password."""
    with translated(server):
        try:
            yield
        except (ProcrastinateException, OSError) as error:
            raise server_failed(server, _why(error)) from error


def _why(error: BaseException) -> str:
    """What an error says, in one line; the engine's own say that there was one, and what it was is behind them."""
    why = " ".join(str(error).split())
    return f"{why} {_why(error.__cause__)}" if error.__cause__ else why or type(error).__name__


def _conninfo(server: Server) -> str:
    return server.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _arguments(server: Server) -> dict[str, Any]:
    """As for our own tables, but for waiting for the disk: what gets lost here is found again by them."""
    arguments = connect_arguments(server)
    return {**arguments, "options": f"{arguments['options']} -c synchronous_commit=off"}


def _noted(connection: psycopg.Connection[Any]) -> str | None:
    there = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (NOTE,)).fetchone()
    if there is None or not there[0]:
        return None
    row = connection.execute(_script(f"SELECT step FROM {NOTE}")).fetchone()  # noqa: S608 - our own name
    return None if row is None else str(row[0])


def _steps() -> dict[str, Path]:
    """What the engine's versions have changed of its tables, one after the other, by name."""
    return {path.stem: path for path in Path(SchemaManager.get_migrations_path()).glob("*.sql")}


def _script(text: str) -> Any:
    return sql.SQL(text)


_NEVER_ENDED = """
DELETE FROM procrastinate_jobs WHERE queue_name = %(lane)s AND status = 'doing' AND EXISTS (
    SELECT 1 FROM procrastinate_events WHERE job_id = procrastinate_jobs.id AND type = 'started'
        AND at < now() - make_interval(secs => %(longest)s)
) RETURNING args
"""


# who offers


class Dispatching:
    """Puts offers of one fleet into the queue, and clears up behind workers that died."""

    def __init__(self, where: str, lane: str) -> None:
        self._server, self._lane = server_of(where), lane
        self._app = App(connector=SyncPsycopgConnector())

    def send(self, connection: psycopg.Connection[Any], offers: Sequence[Offer]) -> None:
        """Put offers into the queue, in the caller's transaction. Raises StateUnreadable."""
        with _as_trouble(self._server):
            for offer in offers:
                self._app.configure_task(
                    TASK, queue=self._lane, priority=offer.urgency, connection=connection
                ).defer(names=list(offer.names))

    def room(self, connection: psycopg.Connection[Any], least: int = 0) -> int:
        """Return how many more offers the queue takes, counting those that are at least so urgent."""
        counted = connection.execute(
            "SELECT count(*) FROM procrastinate_jobs "
            "WHERE queue_name = %s AND status = %s AND priority >= %s",
            (self._lane, _WAITS, least),
        ).fetchone()
        return MOST_JOBS - (int(counted[0]) if counted else 0)

    def sweep(self) -> frozenset[str]:
        """Delete what dead workers held, and what never ended; return the names in it. Raises StateUnreadable."""
        with _as_trouble(self._server):
            return asyncio.run(self._sweep())

    async def _sweep(self) -> frozenset[str]:
        names: set[str] = set()
        app = App(connector=_connector(self._server, 1))
        async with app.open_async():
            jobs = app.job_manager
            for job in await jobs.get_stalled_jobs(queue=self._lane, seconds_since_heartbeat=STALE):
                names.update(_names_of(job.task_kwargs))
                # Another dispatcher, or the worker itself, may have been first.
                with suppress(ProcrastinateException):
                    await jobs.finish_job(job, Status.FAILED, delete_job=True)
            await jobs.prune_stalled_workers(STALE)
            left = await app.connector.execute_query_all_async(_NEVER_ENDED, lane=self._lane, longest=LONGEST)
            names.update(name for row in left for name in _names_of(row["args"]))
        return frozenset(names)


# who works


class Receiving:
    """Takes offers of one fleet out of the queue, so many at a time, on a thread of its own.

    ``told`` hears what the engine has to say.
    """

    def __init__(self, where: str, lane: str, many: int, told: Callable[[str], None]) -> None:
        self._server, self._lane, self._many, self._told = server_of(where), lane, many, told
        self._thread: Thread | None = None
        self._stop: Callable[[], None] = lambda: None
        self._over = False
        self._heard_at, self._waits = time.monotonic(), Waits()
        self.trouble: str | None = None

    @property
    def alive(self) -> bool:
        """Whether offers are being taken."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def heard_at(self) -> float:
        """Until when the database has answered all that it was asked, by the monotonic clock.

        As long as nothing is asked it is not silent.
        """
        return min(self._heard_at, self._waits.since or self._heard_at) if self.alive else time.monotonic()

    def start(self, work: Callable[[Sequence[str]], None]) -> None:
        """Begin to take offers. ``work`` is called with the names of each, on threads of the engine."""
        self._heard_at, self._waits, self.trouble = time.monotonic(), Waits(), None
        self._thread = Thread(target=self._run, args=(work,), name="queue", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more, and wait for what is under way."""
        # Before the other: whoever is not ready to be told yet looks for it.
        self._over = True
        self._stop()
        if self._thread is not None:
            self._thread.join()

    def _run(self, work: Callable[[Sequence[str]], None]) -> None:
        handler = _Passing(self._told, self._server)
        loggers = [logging.getLogger(name) for name in ("procrastinate", "psycopg.pool")]
        for logger in loggers:
            logger.addHandler(handler)
            logger.propagate = False
        try:
            asyncio.run(self._serve(work))
        except (ProcrastinateException, psycopg.Error, OSError) as error:
            self.trouble = self._server.without_secrets(_why(error))
        finally:
            for logger in loggers:
                logger.removeHandler(handler)

    async def _serve(self, work: Callable[[Sequence[str]], None]) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: self._told(_unheard(context, self._server)))
        loop.set_default_executor(ThreadPoolExecutor(self._many, thread_name_prefix="pass"))
        app = App(connector=_connector(self._server, 4, self._asking))

        @app.task(name=TASK, queue=self._lane)
        def passes(names: Sequence[str]) -> None:
            work(_names_of({"names": names}))

        async with app.open_async():
            serving = loop.create_task(
                app.run_worker_async(
                    queues=[self._lane],
                    concurrency=self._many,
                    fetch_job_polling_interval=POLL,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    install_signal_handlers=False,
                    update_heartbeat_interval=HEARTBEAT,
                    stalled_worker_timeout=STALE,
                )
            )

            def stop() -> None:
                with suppress(RuntimeError):  # it has ended by itself
                    loop.call_soon_threadsafe(serving.cancel)

            self._stop = stop
            if self._over:
                serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving

    @contextmanager
    def _asking(self) -> Iterator[None]:
        with self._waits.one():
            yield
        self._heard_at = time.monotonic()


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


class _Passing(logging.Handler):
    """Passes on what the engine warns of, in a line; what it tells beside that is of no use to an operator."""

    def __init__(self, told: Callable[[str], None], server: Server) -> None:
        super().__init__(logging.WARNING)
        self._told, self._server = told, server

    def emit(self, record: logging.LogRecord) -> None:
        """Pass it on."""
        self._told(_said(record.getMessage(), self._server))


def _unheard(context: dict[str, Any], server: Server) -> str:
    """What nobody in the engine waited for to hear, in a line; by itself it would be a traceback on stderr."""
    error = context.get("exception")
    return _said(context["message"] if error is None else f"{type(error).__name__}: {error}", server)


def _said(words: str, server: Server) -> str:
    return say("queue.says", what=server.without_secrets(" ".join(words.split())))


def _connector(
    server: Server, most: int, asking: Callable[[], AbstractContextManager[None]] = nullcontext
) -> _Heard:
    return _Heard(
        asking, conninfo=_conninfo(server), kwargs=_arguments(server), min_size=1, max_size=most, timeout=30.0
    )


def _names_of(arguments: dict[str, Any]) -> tuple[str, ...]:
    """The names in a job; whoever may write the table could have put anything there."""
    names = arguments.get("names")
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()

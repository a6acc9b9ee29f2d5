"""Jobs in the queue in, their names to whoever makes the passes out, on a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Thread

import psycopg
from procrastinate import App
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import DeleteJobCondition

from reconciler.adapters.queue.jobs import HEARTBEAT, STALE, TASK, names_of
from reconciler.adapters.queue.reaching import connector, server_of, why
from reconciler.adapters.queue.telling import Passing, unheard
from reconciler.adapters.store.waits import Waits

POLL = 1.0


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
        handler = Passing(self._told, self._server)
        loggers = [logging.getLogger(name) for name in ("procrastinate", "psycopg.pool")]
        for logger in loggers:
            logger.addHandler(handler)
            logger.propagate = False
        try:
            asyncio.run(self._serve(work))
        except (ProcrastinateException, psycopg.Error, OSError) as error:
            self.trouble = self._server.without_secrets(why(error))
        finally:
            for logger in loggers:
                logger.removeHandler(handler)

    async def _serve(self, work: Callable[[Sequence[str]], None]) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: self._told(unheard(context, self._server)))
        loop.set_default_executor(ThreadPoolExecutor(self._many, thread_name_prefix="pass"))
        app = App(connector=connector(self._server, 4, self._asking))

        @app.task(name=TASK, queue=self._lane)
        def passes(names: Sequence[str]) -> None:
            work(names_of({"names": names}))

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

"""Offers in, jobs in the queue out, with what dead workers left behind them cleared up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Status

from reconciler.adapters.queue.jobs import HELD, STALE, TASK, WAITS, names_of
from reconciler.adapters.queue.reaching import as_trouble, connector, server_of
from reconciler.adapters.store.offering import Offer

# Hardly a pass takes so long: a job that does could most likely not be ended, though its worker lives, for its
# connection was cut. Where one does, no more than the offer of it is deleted: whose turn it is, the claim says.
LONGEST = 900.0
# More than this wait in the queue only if nobody works; whoever begins anew would then have old offers to go through.
MOST_JOBS = 200
_NEVER_ENDED = """
DELETE FROM procrastinate_jobs WHERE queue_name = %(lane)s AND status = %(held)s AND EXISTS (
    SELECT 1 FROM procrastinate_events WHERE job_id = procrastinate_jobs.id AND type = 'started'
        AND at < now() - make_interval(secs => %(longest)s)
) RETURNING args
"""


class Dispatching:
    """Puts offers of one fleet into the queue, and clears up behind workers that died."""

    def __init__(self, where: str, lane: str) -> None:
        self._server, self._lane = server_of(where), lane
        self._app = App(connector=SyncPsycopgConnector())

    def send(self, connection: psycopg.Connection[Any], offers: Sequence[Offer]) -> None:
        """Put offers into the queue, in the caller's transaction. Raises StateUnreadable."""
        with as_trouble(self._server):
            for offer in offers:
                self._app.configure_task(
                    TASK, queue=self._lane, priority=offer.urgency, connection=connection
                ).defer(names=list(offer.names))

    def room(self, connection: psycopg.Connection[Any], least: int = 0) -> int:
        """Return how many more offers the queue takes, counting those that are at least so urgent."""
        counted = connection.execute(
            "SELECT count(*) FROM procrastinate_jobs "
            "WHERE queue_name = %s AND status = %s AND priority >= %s",
            (self._lane, WAITS, least),
        ).fetchone()
        return MOST_JOBS - (int(counted[0]) if counted else 0)

    def sweep(self) -> frozenset[str]:
        """Delete what dead workers held, and what never ended; return the names in it. Raises StateUnreadable."""
        with as_trouble(self._server):
            return asyncio.run(self._sweep())

    async def _sweep(self) -> frozenset[str]:
        names: set[str] = set()
        app = App(connector=connector(self._server, 1))
        async with app.open_async():
            jobs = app.job_manager
            for job in await jobs.get_stalled_jobs(queue=self._lane, seconds_since_heartbeat=STALE):
                names.update(names_of(job.task_kwargs))
                # Another dispatcher, or the worker itself, may have been first.
                with suppress(ProcrastinateException):
                    await jobs.finish_job(job, Status.FAILED, delete_job=True)
            await jobs.prune_stalled_workers(STALE)
            left = await app.connector.execute_query_all_async(
                _NEVER_ENDED, lane=self._lane, held=HELD, longest=LONGEST
            )
            names.update(name for row in left for name in names_of(row["args"]))
        return frozenset(names)

"""A part in a fleet in, the crew that plays it out: alone, as dispatcher or as worker; and what watches over it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from importlib import import_module
from threading import Event
from typing import TYPE_CHECKING, Any

from reconciler.adapters.store import LoopStore, Store
from reconciler.cli.loop.crew import Crew, Pool
from reconciler.cli.loop.logs import Log
from reconciler.cli.loop.queued import Dispatcher, Hands
from reconciler.cli.loop.repeating import repeating
from reconciler.cli.world import Setting, place_of_state
from reconciler.errors import ReconcilerError
from reconciler.messages import say
from reconciler.web.probes import Pulse

if TYPE_CHECKING:
    from reconciler.cli.loop.driver import Loop
    from reconciler.cli.run import Wish

# A database that says nothing for so long has gone, whatever the connection says; every wait of ours is shorter.
SILENT = timedelta(minutes=2)
LOOK_EVERY = 5.0
GONE = 70


class Role(StrEnum):
    """The part of a loop. ``ALONE`` makes the passes it is for; a dispatcher offers them, and workers make them."""

    ALONE = "alone"
    DISPATCHER = "dispatcher"
    WORKER = "worker"


def engine() -> Any:
    """Return the module of the queue, which needs the extra `fleet`. Raises ReconcilerError."""
    try:
        return import_module("reconciler.adapters.queue")
    except ModuleNotFoundError as error:
        raise ReconcilerError(say("queue.no-engine", module=error.name)) from error


def refuse_unready_for_a_fleet(setting: Setting) -> None:
    """Raise ReconcilerError unless the state is on a server, and the queue there has its tables."""
    engine().refuse_unready(place_of_state(setting))


def build_crew(
    wish: Wish, setting: Setting, store: Store, ours: LoopStore, concurrency: int, log: Log
) -> tuple[Callable[[Loop, Event], Crew], Callable[[], float] | None]:
    """Return what makes the crew, and what says when its queue was last heard of, by the monotonic clock; or None."""
    if wish.role is Role.ALONE:
        return Pool, None
    where, queue = place_of_state(setting), engine()
    lane = queue.lane_of(ours.fleet, writes=ours.writes)
    if wish.role is Role.DISPATCHER:
        offers, dispatching = store.offers(ours.fleet), queue.Dispatching(where, lane)
        return (lambda loop, wake: Dispatcher(loop, offers, dispatching)), None
    receiving = queue.Receiving(where, lane, concurrency, log.warning)
    return (lambda loop, wake: Hands(loop, wake, receiving)), lambda: receiving.heard_at


@contextmanager
def watched(
    pulse: Pulse,
    heard: Callable[[], float] | None,
    waits: Callable[[], float | None],
    log: Log,
    now: Callable[[], datetime],
    leave: Callable[[int], None] = os._exit,
) -> Iterator[None]:
    """End the process where its main loop, its queue or a thread is silent: a cut connection can hold one for ever.

    ``waits``: since when, by the monotonic clock, any thread has waited for the state's server. A pass that does so
    keeps its claims, for the signs of life renew them, so nobody else would ever take them over. A write in flight is
    in the journal: to end here is no worse than any other end.

    Asked twice in a row, for a process that was frozen looks silent to itself until it has come round once.
    """
    silences: list[timedelta] = []

    def look() -> None:
        ages = [now() - pulse.beat.turned_at]
        # At its end a process asks its queue nothing any more. For how long that may take, its heart says (``GRACE``).
        queue = heard() if heard is not None and not pulse.beat.stopping else None
        for since in (queue, waits()):
            if since is not None:
                ages.append(timedelta(seconds=time.monotonic() - since))
        if max(ages) <= SILENT:
            silences.clear()
            return
        silences.append(max(ages))
        if len(silences) > 1:
            log.error(say("queue.silent", seconds=round(max(ages).total_seconds())))
            leave(GONE)

    with repeating(look, LOOK_EVERY, "watchdog"):
        yield

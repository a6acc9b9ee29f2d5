"""What was asked for on the command line in, a loop ready to run out: sources, store, service, clock, workers, page."""

from __future__ import annotations

import os
import random
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler import __version__
from reconciler.adapters.metering import Metered
from reconciler.adapters.notify import senders_of
from reconciler.adapters.store import LoopStore, Store
from reconciler.adapters.store.claims import Claim
from reconciler.cli.backends import Heard, Opened, backend_of
from reconciler.cli.guards import refuse_the_unready
from reconciler.cli.loop.driver import Driver, Loop
from reconciler.cli.loop.fleet import Fleet, SharedFleet, aside
from reconciler.cli.loop.fleets import Role, build_crew, refuse_unready_for_a_fleet, watched
from reconciler.cli.loop.guard import Guard
from reconciler.cli.loop.logs import Log
from reconciler.cli.loop.post import Post
from reconciler.cli.loop.rivals import Rivals
from reconciler.cli.loop.story import Story
from reconciler.cli.loop.tracing import Spanning, Tracing, untraced
from reconciler.cli.loop.worker import Worker
from reconciler.cli.running import build_writer
from reconciler.cli.sources import Source, build_source
from reconciler.cli.world import Setting, build_setting, now, open_state
from reconciler.limits import Spent
from reconciler.messages import say
from reconciler.notices.delivering import Sender
from reconciler.notices.receivers import Notifications
from reconciler.observe import Fact, Unknown
from reconciler.overview import Loop as About
from reconciler.passes import Means
from reconciler.reconcile import Ports
from reconciler.web.counters import Counters
from reconciler.web.probes import Pulse

if TYPE_CHECKING:
    from reconciler.adapters.microsoft.calling import Exchange
    from reconciler.cli.run import Stopping, Wish

# One step of another run may take as long as a call may; longer, and the turn is given back.
PATIENCE = 5.0
# A loop gives a sign of life every ten seconds.
ALIVE_WITHIN = timedelta(minutes=3)
# The speed of a clock that goes as ours does.
AS_OURS = 1.0
# Whoever is asked to come later has its turn later: a thread that slept till then would hold up all other tenants.
LONGEST_WAIT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Built:
    """A loop, and what else of it a page or a sender of notifications needs."""

    driver: Driver
    loop: Loop
    setting: Setting
    store: Store
    story: Story
    pulse: Pulse
    counters: Counters


def build_loop(wish: Wish, log: Log, stopping: Stopping, things: ExitStack) -> Built:
    """Put a loop together; what has to be closed again is left on ``things``."""
    paths = _paths(wish)
    setting = build_setting(paths, wish.config, wish.state)
    if wish.write:
        refuse_the_unready(setting)
    if wish.role is not Role.ALONE:
        refuse_unready_for_a_fleet(setting)
    config = setting.config.loop
    backend = backend_of(setting)
    if backend.keeps_time and wish.speed != AS_OURS:
        raise click.UsageError(say("loop.no-speed"))
    store = things.enter_context(open_state(setting, create=True))
    opened = things.enter_context(
        backend.open(
            tell=log.info, warned=log.warning, heard=told_of_requests(log), longest_wait=LONGEST_WAIT
        )
    )
    # One of a fleet moves the clock of the embedded service, or each worker would.
    clock = opened.clock(0.0 if wish.once or wish.role is Role.WORKER else wish.speed)
    source = build_source(setting, wish.source, stop=stopping)
    about = describe(wish.write, backend.name)
    # A round for cron goes by a clock that stands still: a budget reckoned by it would never fill again.
    stands_still = wish.once and not backend.keeps_time
    rates = (None, None) if stands_still else (config.rate or backend.rate, config.each)
    told = setting.config.notifications
    # Before anything else is done: a secret that is not where it should be is found at the start.
    senders = senders_of(told, os.environ) if told else {}
    ours = store.loop(about, source.name, *rates, told.routes if told else None)
    things.callback(ours.let_go)
    last = ours.last_source()
    if last is not None and last.commit:
        # The mirror may be gone and made anew; which commit was taken last must not be forgotten with it.
        source = build_source(setting, wish.source, last=last.commit, stop=stopping)
    counters, pulse = Counters(), Pulse(machine_now())
    story = Story(log, counters, backend.name)
    rivals = Rivals()
    fleet = build_fleet(source, store, ours, setting, rivals, story, stopping, wish)
    things.callback(fleet.leave)
    spanning = build_tracing(wish.traces, things)
    crew, heard = build_crew(wish, setting, store, ours, config.concurrency, log)
    worker = Worker(
        store=ours,
        means=build_means(setting, store, ours, opened, rivals, story, stopping, wish.write, spanning),
        now=clock.now,
        pace=config.pace,
        names=setting.catalogue.names,
        story=story,
        guard=Guard(story),
        chance=random.Random(secrets.randbits(64)).random,  # noqa: S311 - for jitter
        spanning=spanning,
    )
    loop = Loop(
        store=ours,
        fleet=fleet,
        worker=worker,
        clock=clock,
        machine=machine_now,
        pace=config.pace,
        concurrency=config.concurrency,
        stop=stopping,
        story=story,
        pulse=pulse,
        once=wish.once,
        at_once=backend.at_once,
        crew=crew,
        leads=wish.role is not Role.WORKER,
    )
    if wish.role is not Role.ALONE:
        things.enter_context(watched(pulse, heard, lambda: store.waits_since, log, machine_now))
    if told and loop.leads:
        things.enter_context(build_post(told, senders, store, loop, story, counters).carrying())
    return Built(Driver(loop, stopping.wake), loop, setting, store, story, pulse, counters)


def told_of_requests(log: Log) -> Heard:
    """Return what tells of each request to the backend, for who looks for a fault or has to name it to support."""

    def heard(exchange: Exchange) -> None:
        log.debug(
            say("loop.request", method=exchange.method, path=exchange.path),
            status=exchange.status,
            ms=round(exchange.seconds * 1000),
            correlation=exchange.correlation_id,
            request=exchange.request_id,
        )

    return heard


def build_post(
    told: Notifications,
    senders: Mapping[str, Sender],
    store: Store,
    loop: Loop,
    story: Story,
    counters: Counters,
) -> Post:
    """Return what carries notifications, and tells of the loops themselves."""
    ways = {receiver.name: type(receiver.way).__name__.lower() for receiver in told.receivers}
    showing = store.showing(loop.store.fleet, loop.pace)

    def tell_of_loops() -> None:
        if showing is not None:
            loop.store.note_loops(showing, loop.clock.now(), ALIVE_WITHIN)

    chance = random.Random(secrets.randbits(64)).random  # noqa: S311 - for jitter
    return Post(store.outbox(told.routes), senders, ways, story, counters, machine_now, chance, tell_of_loops)


def build_tracing(wanted: bool, things: ExitStack) -> Spanning:
    """Return what makes spans; they are sent until ``things`` are closed."""
    if not wanted:
        return untraced
    tracing = Tracing()
    things.callback(tracing.close)
    return tracing


def build_fleet(
    source: Source,
    store: Store,
    ours: LoopStore,
    setting: Setting,
    rivals: Rivals,
    story: Story,
    stopping: Callable[[], bool],
    wish: Wish,
) -> Fleet:
    """Return what the loop works with, read anew as often as the configuration says."""
    limits, interval = setting.config.limits, setting.config.source.interval
    kind = SharedFleet if wish.role is Role.WORKER else Fleet
    return kind(
        *(source.name, source, store, ours, limits, interval, rivals, story, machine_now, wish.fleet_size),
        aside=aside,
        waits=lambda: wish.once and not stopping(),
    )


def build_means(
    setting: Setting,
    store: Store,
    ours: LoopStore,
    opened: Opened,
    rivals: Rivals,
    story: Story,
    stopping: Callable[[], bool],
    write: bool,
    spanning: Spanning,
) -> Callable[[Claim], tuple[Means, Metered]]:
    """Return what gives each pass its eyes and, for a loop that writes, its hands: here alone a loop gets a writer."""
    eyes = opened.eyes
    writer = build_writer(opened) if write else None
    limits, holder = setting.config.limits, f"{holder_here()}, loop {ours.id}"

    @contextmanager
    def around(operation: str, request: str | None) -> Iterator[None]:
        with spanning(operation) as span:
            span.say(request=request)
            yield

    def means(claimed: Claim) -> tuple[Means, Metered]:
        metered = Metered(eyes, eyes, writer, story.called, around, opened.asked)
        ports = None
        if writer is not None:
            ports = Ports(
                observer=metered,
                actor=metered,
                inquiry=metered,
                leases=lambda keys: store.lease(
                    keys,
                    holder,
                    sleep=time.sleep,
                    patience=PATIENCE,
                    day=limits.a_day_of_the_loop,
                    guard=ours.guard(claimed),
                ),
                catalogue=setting.catalogue,
                interrupted=stopping,
                limits=limits,
            )
        here = Means(
            observer=metered,
            memory=store,
            catalogue=setting.catalogue,
            spent=lambda: _spent_today(store, story),
            ports=ports,
            limits=limits,
            confirming=setting.config.confirming,
            witness=opened.witness,
            rivals=rivals,
            note=store.note_drift,
        )
        return here, metered

    return means


def _spent_today(store: Store, story: Story) -> Fact[Spent]:
    """What was changed since 00:00 UTC. Where nobody tells, steps wait as for a limit, and why goes to the log."""
    found = store.spent_since(now().replace(hour=0, minute=0, second=0))
    if isinstance(found, Unknown):
        story.store_failed(found.reason)
    return found


def describe(write: bool, backend: str) -> About:
    """Return how this loop is known in the store."""

    at = machine_now()
    return About(
        id=secrets.token_hex(8),
        holder=holder_here(),
        version=__version__,
        writes=write,
        backend=backend,
        started_at=at,
        beat_at=at,
        state="running",
    )


def holder_here() -> str:
    """Say who this process is to those who wait for it."""
    return f"{socket.gethostname()}, process {os.getpid()}"


def machine_now() -> datetime:
    """The machine's clock, UTC."""
    return datetime.now(UTC)


def _paths(wish: Wish) -> tuple[Path, ...]:
    """The words of the command that are paths: where a configuration is looked for."""
    return tuple(Path(word) for word in wish.source if Path(word).exists())

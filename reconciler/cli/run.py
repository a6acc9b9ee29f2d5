"""``run SOURCE``: the periodic loop; it only reports unless it is told to write."""

from __future__ import annotations

import os
import random
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from reconciler import __version__
from reconciler.cli.options import config_option, format_option, state_option
from reconciler.cli.world import Setting, build_setting, now, open_service
from reconciler.messages import say

if TYPE_CHECKING:
    from reconciler.adapters.metering import Metered
    from reconciler.adapters.simulator.commerce import Commerce
    from reconciler.adapters.store import LoopStore, Store
    from reconciler.adapters.store.claims import Claim
    from reconciler.cli.loop.driver import Driver
    from reconciler.cli.loop.fleet import Fleet
    from reconciler.cli.loop.logs import Log
    from reconciler.cli.loop.story import Story
    from reconciler.cli.loop.worker import Rivals
    from reconciler.cli.sources import Source
    from reconciler.overview import Loop as About
    from reconciler.passes import Means

# One step of another run may take as long as a call may; longer, and the turn is given back.
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    source: tuple[str, ...]
    write: bool
    once: bool
    speed: float
    fleet_size: int | None
    log_format: str
    log_level: str
    config: Path | None
    state: str | None
    form: str


class Stopping:
    """Remembers the signal that asked us to stop; a second one leaves at once, wherever we are."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self.wake = threading.Event()

    def __call__(self) -> bool:
        """Say whether we were asked to stop."""
        return self.signal is not None

    def note(self, number: int, frame: FrameType | None) -> None:
        """Note the first signal; leave on the second."""
        if self.signal is not None:
            with suppress(OSError):
                os.write(2, say("loop.leaving").encode())
            os._exit(128 + number)
        self.signal = number
        self.wake.set()
        with suppress(OSError):
            os.write(2, say("loop.interrupting").encode())

    @contextmanager
    def watching(self) -> Iterator[Stopping]:
        """Watch for Ctrl-C and SIGTERM."""
        before = {number: signal.signal(number, self.note) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@click.command()
@click.argument("source", nargs=-1)
@click.option("--write", is_flag=True, help="Write what the files declare; without it the loop only reports.")
@click.option("--once", is_flag=True, help="Give every tenant its turn and end: for cron.")
@click.option(
    "--speed",
    type=click.FloatRange(0, 100_000),
    default=1.0,
    help="How fast the embedded service's clock runs while the loop does; 0 leaves it alone.",
)
@click.option("--fleet-size", type=int, help="How many tenants there are now, after many files were removed.")
@click.option("--log-format", type=click.Choice(("text", "json")), default="text", help="How to log.")
@click.option(
    "--log-level",
    type=click.Choice(("debug", "info", "warning", "error")),
    default="info",
    help="What to log.",
)
@config_option
@state_option
@format_option()
def run(**options: object) -> int:
    """Keep a fleet as its files declare, for months: look at each tenant again and again, and do what is to be done.

    SOURCE is a folder of tenant files (or several), or a git repository; left out, what the configuration names.
    Nothing is written without --write. The log goes to stderr, the sums at the end to stdout. The first SIGTERM or
    Ctrl-C finishes the write in flight and ends; a second one leaves at once.
    """
    from reconciler.cli.loop.logs import build_log

    wish = Wish(**options)  # type: ignore[arg-type]
    log = build_log(wish.log_format, wish.log_level)
    stopping = Stopping()
    with stopping.watching(), ExitStack() as things:
        driver = build_driver(wish, log, stopping, things)
        log.info(
            say("loop.begins", what=say("loop.writes" if wish.write else "loop.reports")), loop=driver.id
        )
        driver.run()
        log.info(say("loop.ends"), loop=driver.id)
        return _tell(driver, wish, stopping.signal)


def build_driver(wish: Wish, log: Log, stopping: Stopping, things: ExitStack) -> Driver:
    """Put a loop together; what has to be closed again is left on ``things``."""
    from reconciler.adapters.store import open_store
    from reconciler.cli.guards import refuse_an_empty_service
    from reconciler.cli.loop.clock import ServicePace
    from reconciler.cli.loop.driver import Driver, Loop
    from reconciler.cli.loop.story import Story
    from reconciler.cli.loop.worker import Guard, Rivals, Worker
    from reconciler.cli.sources import build_source
    from reconciler.web.counters import Counters
    from reconciler.web.probes import Pulse

    paths = _paths(wish)
    setting = build_setting(paths, wish.config, wish.state)
    if wish.write:
        refuse_an_empty_service(setting)
    config = setting.config.loop
    store = things.enter_context(open_store(str(setting.state), create=True, now=now))
    service = things.enter_context(open_service(setting))
    clock = ServicePace(service, 0.0 if wish.once else wish.speed)
    source = build_source(setting, wish.source)
    about = describe(wish.write, "simulator")
    # A round for cron goes by a clock that stands still: a budget reckoned by it would never fill again.
    rates = (None, None) if wish.once else (config.rate, config.each)
    ours = store.loop(about, source.name, *rates)
    things.callback(ours.let_go)
    story = Story(log, Counters(), "simulator")
    rivals = Rivals()
    fleet = build_fleet(source, store, ours, setting, rivals, story, wish.fleet_size)
    worker = Worker(
        store=ours,
        means=build_means(setting, store, ours, service, rivals, story, stopping, wish.write),
        now=clock.now,
        pace=config.pace,
        names=setting.catalogue.names,
        story=story,
        guard=Guard(story),
        chance=random.Random(secrets.randbits(64)).random,  # noqa: S311 - for jitter
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
        pulse=Pulse(machine_now()),
        once=wish.once,
    )
    return Driver(loop, stopping.wake)


def build_fleet(
    source: Source,
    store: Store,
    ours: LoopStore,
    setting: Setting,
    rivals: Rivals,
    story: Story,
    fleet_size: int | None,
) -> Fleet:
    """Return what the loop works with, read anew as often as the configuration says."""
    from reconciler.cli.loop.fleet import Fleet

    limits, interval = setting.config.limits, setting.config.source.interval
    return Fleet(source.name, source, store, ours, limits, interval, rivals, story, machine_now, fleet_size)


def build_means(
    setting: Setting,
    store: Store,
    ours: LoopStore,
    service: Commerce,
    rivals: Rivals,
    story: Story,
    stopping: Callable[[], bool],
    write: bool,
) -> Callable[[Claim], tuple[Means, Metered]]:
    """Return what gives each pass its eyes and, for a loop that writes, its hands: here alone a loop gets a writer."""
    from reconciler.adapters.metering import Metered
    from reconciler.adapters.simulator.backend import Reader
    from reconciler.adapters.simulator.telling import CallLog
    from reconciler.cli.running import build_writer
    from reconciler.passes import Means
    from reconciler.reconcile import Ports

    reader = Reader(service)
    writer = build_writer(service) if write else None
    limits, holder = setting.config.limits, f"{holder_here()}, loop {ours.id}"

    def means(claimed: Claim) -> tuple[Means, Metered]:
        metered = Metered(reader, reader, writer, story.called)
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
            spent=lambda: store.spent_since(now().replace(hour=0, minute=0, second=0)),
            ports=ports,
            limits=limits,
            confirming=setting.config.confirming,
            witness=CallLog(service),
            rivals=rivals,
            note=store.note_drift,
        )
        return here, metered

    return means


def describe(write: bool, backend: str) -> About:
    """Return how this loop is known in the store."""
    from reconciler.overview import Loop as About

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


def _tell(driver: Driver, wish: Wish, interrupted: int | None) -> int:
    """Print the sums, and return the exit code that goes with them."""
    from reconciler.report.document import json_text
    from reconciler.report.sums import sums_document, sums_text

    sums = driver.sums()
    document = sums_document(sums)
    click.echo(json_text(document) if wish.form == "json" else sums_text(sums), nl=False)
    if interrupted is not None:
        return 128 + interrupted
    return 1 if sums.went_wrong else 0

"""``run SOURCE``: the periodic loop; it only reports unless it is told to write."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from reconciler.cli.loop.options import listening, telling
from reconciler.cli.options import config_option, format_option, state_option
from reconciler.messages import say

if TYPE_CHECKING:
    from reconciler.cli.loop.driver import Driver
    from reconciler.cli.loop.fleets import Role
    from reconciler.cli.loop.listening import Listen

ASKED_BY = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    source: tuple[str, ...]
    write: bool
    once: bool
    speed: float
    fleet_size: int | None
    listen: str | None
    listen_token_file: Path | None
    listen_cert: Path | None
    listen_key: Path | None
    listen_client_ca: Path | None
    listen_name: tuple[str, ...]
    traces: bool
    log_format: str
    log_level: str
    config: Path | None
    state: str | None
    form: str
    role: Role


class Stopping:
    """Remembers the signal that asked us to stop; a second one leaves at once, wherever we are.

    Python runs a signal's handler between two lines of the main thread: while that waits for a lock of the database
    nothing would be heard, and while it holds one that the handler wants too, nothing more at all. So the number of
    the signal goes through a pipe to a thread of its own, and the handlers do nothing.
    """

    def __init__(self) -> None:
        self.signal: int | None = None
        self.wake = threading.Event()

    def __call__(self) -> bool:
        """Say whether we were asked to stop."""
        return self.signal is not None

    def note(self, number: int) -> None:
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
        hearing, telling = os.pipe()
        os.set_blocking(telling, False)
        thread = threading.Thread(target=self._listen, args=(hearing,), name="signals", daemon=True)
        thread.start()
        told = signal.set_wakeup_fd(telling, warn_on_full_buffer=False)
        before = {number: signal.signal(number, _told_already) for number in ASKED_BY}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(told)
            os.close(telling)
            thread.join()
            os.close(hearing)

    def _listen(self, hearing: int) -> None:
        while numbers := os.read(hearing, 64):
            for number in numbers:
                if number in ASKED_BY:
                    self.note(number)


def _told_already(number: int, frame: FrameType | None) -> None:
    """Take the place of what a signal would do by itself."""


@click.command()
@click.argument("source", nargs=-1)
@click.option("--write", is_flag=True, help="Write what the files declare; without it the loop only reports.")
@click.option("--once", is_flag=True, help="Give every tenant its turn and end: for cron.")
@click.option(
    "--fleet", is_flag=True, help="Offer the turns to workers (`reconciler worker`), and make no pass here."
)
@listening
@click.option(
    "--fleet-size",
    type=click.IntRange(min=0),
    metavar="TENANTS",
    help="How many tenants there are now, after many files were removed.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0, 100_000),
    default=1.0,
    metavar="FACTOR",
    help="How fast the embedded service's clock runs while the loop does (1); 0 leaves it alone.",
)
@telling
@config_option
@state_option
@format_option()
def run(fleet: bool, **options: object) -> int:
    """Keep a fleet as its files declare, for months: look at each tenant again and again, do what is to be done.

    SOURCE is a folder of tenant files (or several), or a git repository; left out, what the configuration names.
    Nothing is written without --write. The log goes to stderr, the sums at the end to stdout.

    SIGTERM or Ctrl-C finishes the write in flight, tells the sums and ends with 143 or 130; a second one leaves at
    once. --once ends with 1 where a write failed, a pass broke off, or files could not be read, and else with 0.
    """
    from reconciler.cli.loop.fleets import Role

    if fleet and options["once"]:
        raise click.UsageError(say("queue.once"))
    return go(Wish(**options, role=Role.DISPATCHER if fleet else Role.ALONE))  # type: ignore[arg-type]


def go(wish: Wish) -> int:
    """Run a loop in its part until its end; return the exit code."""
    from reconciler.cli.loop.building import build_loop
    from reconciler.cli.loop.listening import listen
    from reconciler.cli.loop.logs import build_log, libraries_heard

    log = build_log(wish.log_format, wish.log_level)
    stopping = Stopping()
    with stopping.watching(), libraries_heard(log), ExitStack() as things:
        where = _listen(wish)
        built = build_loop(wish, log, stopping, things)
        driver = built.driver
        log.info(
            say("loop.begins", what=say("loop.writes" if wish.write else "loop.reports")), loop=driver.id
        )
        if where is not None:
            log.info(say("loop.listens", address=listen(where, built, things)))
        _live_long()
        driver.run()
        log.info(say("loop.ends"), loop=driver.id)
        return _tell(driver, wish, stopping.signal)


def _live_long() -> None:
    """Have the garbage collector look more often than a command of seconds does (``cli.main``).

    Queries leave cycles behind, and twenty MiB of them would gather before it came.
    """
    gc.set_threshold(5_000)


def _listen(wish: Wish) -> Listen | None:
    """Where to listen; asked before anything is opened, so that a slip of the pen costs nothing."""
    from reconciler.cli.loop.listening import Listen

    if wish.listen is None:
        # Whoever names a certificate does not want to be left without the page it is for.
        if wish.listen_cert or wish.listen_key or wish.listen_client_ca or wish.listen_name:
            raise click.UsageError(say("loop.nowhere-to-listen"))
        return None
    where = Listen.to(
        wish.listen,
        token_file=wish.listen_token_file,
        certificate=wish.listen_cert,
        key=wish.listen_key,
        client_ca=wish.listen_client_ca,
        names=wish.listen_name,
    )
    where.access()
    return where


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

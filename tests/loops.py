"""A loop in one process for tests: an embedded service, a store, a source that is a list, and a clock that jumps.

Where a real loop would rest, the service's clock jumps to whatever comes next, so a month is a matter of passes alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from scenes import catalogue
from sqlalchemy import select
from worlds import START, Spec

from reconciler.adapters.metering import Metered
from reconciler.adapters.simulator.backend import Reader, Writer
from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.store import LoopStore, Store, open_store
from reconciler.adapters.store.claims import Claim
from reconciler.adapters.store.tables import notices
from reconciler.cli.loop.crew import Crew, Pool
from reconciler.cli.loop.driver import Driver, Loop
from reconciler.cli.loop.fleet import Aside, Fleet, SharedFleet
from reconciler.cli.loop.fleet import at_once as look_at_once
from reconciler.cli.loop.guard import Guard
from reconciler.cli.loop.logs import Log
from reconciler.cli.loop.rivals import Rivals
from reconciler.cli.loop.story import Story
from reconciler.cli.loop.tracing import Spanning, untraced
from reconciler.cli.loop.worker import Worker
from reconciler.desired import Fleet as Declared
from reconciler.errors import Problem
from reconciler.fleet.budget import Rate
from reconciler.fleet.turns import Pace
from reconciler.limits import Limits
from reconciler.model import Declaration, Place
from reconciler.notices.routing import Route
from reconciler.overview import Kept
from reconciler.overview import Loop as About
from reconciler.passes import Means
from reconciler.reconcile import Ports
from reconciler.source import Snapshot, Trouble
from reconciler.web.counters import Counters
from reconciler.web.probes import Pulse

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


class Script:
    """A source whose next answer a test sets."""

    def __init__(self, *declarations: Declaration) -> None:
        self.name, self.where, self.branch = "the fleet", "a list", "main"
        self.commits = 0
        self.trouble: Trouble | None = None
        self.looks = 0
        self.declare(*declarations)

    def declare(self, *declarations: Declaration, problems: Sequence[Problem] = ()) -> None:
        """Commit other files."""
        self.commits += 1
        self.fleet = Declared(tuple(declarations), tuple(problems), len(declarations) + len(problems))

    def look(self) -> Snapshot | Trouble:
        self.looks += 1
        if self.trouble is not None:
            return self.trouble
        return Snapshot(self.fleet, f"commit-{self.commits}", str(self.commits))


def broken(file: str = "broken.yaml") -> Problem:
    return Problem(Place(file, 1, 1), "bad", "It can not be read.")


class Here(Executor):
    """Runs each pass at once, where it was submitted, so that a test is the same each time."""

    def submit(self, work: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*words, **named))
        except Exception as error:
            done.set_exception(error)
        return done


class JumpClock:
    """The service's clock, which goes where a rest would have ended; ``until`` is as far as it goes."""

    def __init__(self, service: Commerce, until: datetime) -> None:
        self.service, self.until = service, until
        self.paused: list[float] = []
        # By how much somebody set it back.
        self.back = timedelta(0)

    def now(self) -> datetime:
        return self.service.now() - self.back

    def rest(self, until: datetime | None, most: float, wake: Event) -> None:
        if until is None:
            self.pause(most, wake)
        else:
            self.service.advance_to(min(until + self.back, self.until))

    def pause(self, seconds: float, wake: Event) -> None:
        self.paused.append(seconds)
        self.service.advance_to(min(self.service.now() + timedelta(seconds=seconds), self.until))


class Lines:
    """A log that keeps what it is told."""

    def __init__(self, lines: list[tuple[str, str, dict[str, Any]]] | None = None, **facts: Any) -> None:
        self.lines = [] if lines is None else lines
        self._facts = facts

    def bind(self, **facts: Any) -> Log:
        return Lines(self.lines, **{**self._facts, **facts})

    def _note(self, level: str, event: str, facts: dict[str, Any]) -> None:
        self.lines.append((level, event, {**self._facts, **facts}))

    def debug(self, event: str, **facts: Any) -> None:
        self._note("debug", event, facts)

    def info(self, event: str, **facts: Any) -> None:
        self._note("info", event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        self._note("warning", event, facts)

    def error(self, event: str, **facts: Any) -> None:
        self._note("error", event, facts)

    def told(self, *levels: str) -> list[str]:
        return [event for level, event, _ in self.lines if level in levels]


class LoopWorld:
    """One service and one store, and loops over them. ``machine`` is our own clock, which a test may move."""

    def __init__(
        self, folder: Path, *documents: Spec, adds_in_order: bool = True, where: str | None = None
    ) -> None:
        self.folder = folder
        self.service = Commerce(folder / "simulator.db", catalogue(), adds_in_order=adds_in_order)
        self.service.load(documents)
        self.machine = datetime(2026, 11, 26, 8, tzinfo=UTC)
        self.store: Store = open_store(where or str(folder), create=True, now=lambda: self.machine)
        self.log = Lines()
        self.stopped = False
        self.chance: Callable[[], float] = random.Random(4).random
        self.spanning: Spanning = untraced
        self.routes: Sequence[Route] | None = None

    def __enter__(self) -> LoopWorld:
        return self

    def __exit__(self, *_: object) -> None:
        self.service.close()
        self.store.close()

    def loop(
        self,
        source: Script,
        *,
        write: bool = True,
        once: bool = False,
        until: timedelta = HOUR,
        pace: Pace = Pace(),  # noqa: B008 - frozen
        rates: tuple[Rate | None, Rate | None] = (None, None),
        concurrency: int = 1,
        stop: Callable[[], bool] | None = None,
        id: str = "loop-1",
        size: int | None = None,
        every: timedelta = 10 * MINUTE,
        around: Callable[[Any], Any] = lambda backend: backend,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        aside: Aside = look_at_once,
        pool: Callable[[int], Executor] = lambda many: Here(),
        at_once: int = 50,
        crew: Callable[[Loop, Event], Crew] = Pool,
        leads: bool = True,
    ) -> Driver:
        """Return a loop that ends at ``until`` from the service's now, or when told to stop."""
        end = self.service.now() + until
        clock = JumpClock(self.service, end)
        about = About(
            id=id,
            holder=f"a test, {id}",
            version="0",
            writes=write,
            backend="simulator",
            started_at=self.machine,
            beat_at=self.machine,
            state="running",
        )
        ours = self.store.loop(about, source.name, *rates, self.routes)
        story, rivals = Story(self.log, Counters(), "simulator"), Rivals()
        fleet = (Fleet if leads else SharedFleet)(
            source.name,
            source,
            self.store,
            ours,
            limits,
            every,
            rivals,
            story,
            lambda: self.machine,
            size,
            aside=aside,
        )
        worker = Worker(
            store=ours,
            means=self._means(ours, story, rivals, write, around, limits),
            now=clock.now,
            pace=pace,
            names=catalogue().names,
            story=story,
            guard=Guard(story),
            chance=self.chance,
            spanning=self.spanning,
        )
        self.counters = story.counters
        loop = Loop(
            store=ours,
            fleet=fleet,
            worker=worker,
            clock=clock,
            machine=lambda: self.machine,
            pace=pace,
            concurrency=concurrency,
            stop=lambda: self.stopped or bool(stop and stop()) or (not once and clock.now() >= end),
            story=story,
            pulse=Pulse(self.machine),
            once=once,
            pool=pool,
            at_once=at_once,
            crew=crew,
            leads=leads,
        )
        return Driver(loop)

    def _means(
        self,
        ours: LoopStore,
        story: Story,
        rivals: Rivals,
        write: bool,
        around: Callable[[Any], Any],
        limits: Limits,
    ) -> Callable[[Claim], tuple[Means, Metered]]:
        reader = Reader(self.service)
        writer = Writer(self.service) if write else None

        def means(claimed: Claim) -> tuple[Means, Metered]:
            metered = Metered(reader, reader, writer, story.called, self._around)
            hands = around(metered)
            ports = None
            if write:
                ports = Ports(
                    observer=metered,
                    actor=hands,
                    inquiry=metered,
                    leases=lambda keys: self.store.lease(
                        keys,
                        ours.id,
                        sleep=_no_sleep,
                        patience=0,
                        day=limits.a_day_of_the_loop,
                        guard=ours.guard(claimed),
                    ),
                    catalogue=catalogue(),
                    interrupted=lambda: self.stopped,
                    limits=limits,
                )
            midnight = self.machine.replace(hour=0, minute=0)
            return (
                Means(
                    metered,
                    self.store,
                    catalogue(),
                    lambda: self.store.spent_since(midnight),
                    ports,
                    limits,
                    rivals=rivals,
                    note=self.store.note_drift,
                ),
                metered,
            )

        return means

    @contextmanager
    def _around(self, operation: str, request: str | None) -> Iterator[None]:
        with self.spanning(operation) as span:
            span.say(request=request)
            yield

    # what came of it

    def kept(self, name: str) -> Kept:
        showing = self.store.showing(None, Pace())
        assert showing is not None
        found = showing.kept(name)
        assert found is not None, name
        return found

    def asked(self) -> list[Spec]:
        """Every write we asked the service for, taken or not."""
        return [c for c in self.service.calls() if c["operation"] != "read" and c["caller"] == "reconciler"]

    def reads(self, name: str | None = None) -> int:
        """How often the service was looked at."""
        found = [c for c in self.service.calls() if c["operation"] == "read" and c["caller"] == "reconciler"]
        return sum(name in (None, c["tenant"]) for c in found)

    def taken(self) -> list[Spec]:
        """Every write of ours that came to pass."""
        return [c for c in self.asked() if c["taken"]]

    def gathered(self) -> list[str]:
        """The kinds of what waits for a digest."""
        with self.store._writable().reading() as connection:
            query = select(notices.c.body).where(notices.c.pace != "")
            return [body["word"][0][0] for body in connection.execute(query).scalars()]

    def standing(self, name: str) -> list[tuple[str, int]]:
        document = self.service.document(name)
        assert document
        return [(s["plan"], s["licenses"]) for s in document["spec"]["subscriptions"]]


def _no_sleep(seconds: float) -> None:
    raise AssertionError("a test does not sleep")


def later(declarations: Iterable[Declaration], **changes: Any) -> tuple[Declaration, ...]:
    return tuple(replace(declaration, **changes) for declaration in declarations)


__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "START",
    "JumpClock",
    "Lines",
    "LoopWorld",
    "Script",
    "broken",
    "suppress",
]

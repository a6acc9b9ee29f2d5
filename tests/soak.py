"""A fleet, real loops and a seed in, a month of the service's time out.

``python tests/soak.py --tenants 1000 --days 30 --seed 7``, or ``make soak``. This process is everything but the loops.
It owns the service's file and is its time: the clock moves only when the loops have done all that was due. Meanwhile it
commits files, does what other administrators do, gives the service faults of every kind, and kills loops, which are
started again. What must never be is read from the service's own call log (``soak_audit``). At the end there is a quiet
time, and then every tenant must be as declared, waiting, or a person's. Progress goes to stderr, the summary as JSON to
stdout; exit code 1 if anything was found.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cli import ROOT
from scenes import catalogue
from soak_audit import Audit, Bounds
from soak_fleet import DAY, Scenario, Tenant
from soak_loop import POINTS

from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.store import Store, open_store
from reconciler.adapters.store.whereabouts import FILE_NAME
from reconciler.fleet.turns import Pace
from reconciler.observe import Unknown
from reconciler.overview import Query, Row, State
from reconciler.readiness import Trouble

MINUTE = timedelta(minutes=1)
PAGE = os.sysconf("SC_PAGESIZE")
LONGEST_STEP = 30 * MINUTE
SOURCE_EVERY = 10 * MINUTE
# What nobody claims after so long is not going to be claimed before the clock moves: a budget, a breaker, a death.
LEFT_ALONE = 0.6
# Longer than a claim can outlive its loop, and than a loop takes to start.
STUCK = 120.0
PER_TENANT, PER_MINUTE = 60, 1200
CONCURRENCY = 2
HUGE = 1_000_000
HELD = "SELECT name, fence, claimed_by FROM turns WHERE claimed_by IS NOT NULL"
DUE = "SELECT min(CASE WHEN claimed_by IS NULL THEN due_at END), sum(fence) FROM turns"
# What a loop may say of a tenant that nobody but time will end.
WAITS = frozenset({"CreditReview"})


@dataclass(frozen=True)
class Wanted:
    """What to soak, and for how long. ``calm``: how many seconds between kills, on average.

    ``trouble``: how much more often than usual anything happens. ``quiet``: how many days without any, at the end.
    """

    tenants: int
    days: float
    seed: int
    loops: int
    interval: str
    calm: float
    trouble: float
    quiet: float
    folder: Path


@dataclass
class Sample:
    """How much memory a loop's process had at a moment."""

    at: float
    pid: int
    rss: int


class Process:
    """One loop as a process, started again after each of its deaths."""

    def __init__(self, number: int, folder: Path, words: list[str]) -> None:
        self.number, self._folder, self._words = number, folder, words
        self.log = folder / f"loop-{number}.log"
        self.out = folder / f"loop-{number}.out"
        self.process: subprocess.Popen[bytes] | None = None
        self.born = 0.0

    def start(self, fate: tuple[str, int] | None = None) -> None:
        """Start it; with a fate, one that ends at that point."""
        tool = [str(ROOT / "tests" / "soak_loop.py"), fate[0], str(fate[1])] if fate else ["-m", "reconciler"]
        path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
        with self.log.open("ab") as log, self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, *tool, *self._words],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                env={**os.environ, "PYTHONPATH": path},
            )
        self.born = time.monotonic()

    def kill(self) -> None:
        assert self.process
        self.process.kill()

    def ended(self) -> int | None:
        """How it ended, None if it lives."""
        assert self.process
        return self.process.poll()

    def rss(self) -> int:
        assert self.process
        try:
            text = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii")
        except OSError:
            return 0
        return int(text.split()[1]) * PAGE


@dataclass
class Found:
    """What is told at the end."""

    breaches: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)
    tenths: list[dict[str, Any]] = field(default_factory=list)


class Soak:
    """The parent of the loops, and their time."""

    def __init__(self, wanted: Wanted, things: ExitStack) -> None:
        self.wanted, self.chance = wanted, random.Random(wanted.seed)
        folder, self.state = wanted.folder, wanted.folder / "state"
        (folder / "tenants").mkdir(parents=True)
        config = self._configure(folder)
        self.service = Commerce(self.state / "simulator.db", catalogue(), adds_in_order=wanted.seed % 2 == 0)
        things.callback(self.service.close)
        self.store: Store = things.enter_context(open_store(str(self.state), create=True, now=_now))
        self.scenario = Scenario(wanted.tenants, self.chance, self.service, self.store, folder / "tenants")
        bounds = Bounds(PER_TENANT, PER_TENANT // 10, SOURCE_EVERY + 2 * LONGEST_STEP)
        self.audit = Audit(self.scenario.tenants, bounds)
        # The parent asks fifty times a second, so it asks the table itself.
        self.file = self.state / FILE_NAME
        self._table = sqlite3.connect(f"{self.file.as_uri()}?mode=ro", uri=True, timeout=30)
        things.callback(self._table.close)
        self.found = Found()
        words = ["run", str(folder / "tenants"), "--write", "--speed", "0", "--state", str(self.state)]
        words += ["--config", str(config), "--log-format", "json", "--format", "json"]
        self.loops = [Process(number, folder, words) for number in range(wanted.loops)]
        things.callback(self._kill_all)
        self._begun, self._next_kill, self._sampled = time.monotonic(), float("inf"), 0.0
        self._held: dict[str, float] = {}
        self._quiet = False

    def _configure(self, folder: Path) -> Path:
        limits = ("maxLicensesAdded", "maxLicensesAddedPerRun", "maxLicensesAddedPerDay")
        limits += ("maxSwitchesPerRun", "maxTenantsChangedPerRun", "maxGrowthPercent")
        document = {
            "apiVersion": "reconciler/v1",
            "kind": "Configuration",
            "backend": "simulator",
            "limits": dict.fromkeys(limits, HUGE),
            "source": {"interval": f"{SOURCE_EVERY // MINUTE}m"},
            "simulator": {"addsInOrder": self.wanted.seed % 2 == 0},
            "loop": {
                "interval": self.wanted.interval,
                "concurrency": CONCURRENCY,
                "callsPerTenantPerHour": PER_TENANT,
                "callsPerMinute": PER_MINUTE,
            },
        }
        file = folder / "reconciler.yaml"
        file.write_text(json.dumps(document), encoding="utf-8")
        return file

    # the month

    def run(self) -> dict[str, Any]:
        """Live through it, and return the summary."""
        begin = self.service.now()
        end, told = begin + self.wanted.days * DAY, 0
        for loop in self.loops:
            loop.start()
        self._next_kill = time.monotonic() + self.wanted.calm
        while (now := self.service.now()) < end:
            self._settle()
            moved = self._step(end)
            self.scenario.pass_time(moved, (moved - now) * self.wanted.trouble)
            if self.chance.random() < 0.15:
                self.scenario.operate(moved)
            tenth = int(10 * ((moved - begin) / (end - begin)))
            if tenth > told:
                told = tenth
                self._tell(tenth)
        self._settle()
        self._calm_down()
        self._stop()
        self._judge()
        return self._summary()

    def _step(self, end: datetime) -> datetime:
        """Move the clock on: to what is due next, but by the minute at times, and else no less than five."""
        now, due = self.service.now(), self._turns()[1]
        least = MINUTE if self.chance.random() < 0.2 else self.chance.randint(5, 25) * MINUTE
        there = max(due or now, now + least) if least > MINUTE else now + least
        return self.service.advance_to(min(there, now + LONGEST_STEP, end))

    def _settle(self) -> None:
        """Wait until nothing is due and nothing claimed, killing and starting loops meanwhile.

        What nobody claims, and what the dead have claimed, is left to those that come: time goes on without them.
        """
        last, since = None, time.monotonic()
        while True:
            self._tend()
            held, due, fences = self._turns()
            if not held and due is not None and due > self.service.now():
                return
            if (held, fences) != last:
                last, since = (held, fences), time.monotonic()
            self._watch(held)
            if due is None and time.monotonic() - since > STUCK:
                raise RuntimeError("no loop has given anybody a turn: " + _tail(self.loops[0].log))
            ready = any(time.monotonic() - loop.born > 3 + self.wanted.tenants / 100 for loop in self.loops)
            if due is not None and ready and time.monotonic() - since > LEFT_ALONE:
                return
            time.sleep(0.02)

    def _watch(self, held: tuple[str, ...]) -> None:
        """Tell of each claim that is older than any may be."""
        now = time.monotonic()
        self._held = {claim: self._held.get(claim, now) for claim in held}
        for claim in [claim for claim, since in self._held.items() if now - since > STUCK]:
            self.found.breaches.append(f"nobody ends this turn: {claim}, at {self.service.now()}")
            self._held[claim] = float("inf")

    def _turns(self) -> tuple[tuple[str, ...], datetime | None, int]:
        """Who is claimed, when the first free turn is due, and how many claims there ever were."""
        held = tuple(f"{name}, claim {fence}, by {loop}" for name, fence, loop in self._table.execute(HELD))
        due, claims = self._table.execute(DUE).fetchone()
        return held, datetime.fromisoformat(due) if due else None, claims or 0

    def _calm_down(self) -> None:
        """A time without trouble, so that whatever time alone ends has ended."""
        self._next_kill, self._quiet = float("inf"), True
        self.scenario.calm()
        end = self.service.now() + self.wanted.quiet * DAY
        while self.service.now() < end:
            self._settle()
            self._step(end)
            self.scenario.operate(self.service.now())
        self._settle()

    # loops

    def _tend(self) -> None:
        """Kill whose time has come; start again who is dead; weigh the living now and then."""
        now = time.monotonic()
        if now >= self._next_kill:
            self._next_kill = now + self.chance.expovariate(1 / self.wanted.calm)
            self._victim().kill()
        for loop in self.loops:
            code = loop.ended()
            if code is not None:
                self._died(loop, code)
        if now - self._sampled >= 1.0:
            self._sampled = now
            self.found.samples += [Sample(now, _pid(loop), loop.rss()) for loop in self.loops]

    def _victim(self) -> Process:
        """Anybody at first; then all but one, so that one grows old enough to show whether its memory grows."""
        spared = self.service.now() >= self._elder_from
        return self.chance.choice(self.loops[1:] if spared and len(self.loops) > 1 else self.loops)

    @property
    def _elder_from(self) -> datetime:
        return datetime(2026, 11, 23, 10, tzinfo=UTC) + self.wanted.days * DAY / 3

    def _died(self, loop: Process, code: int) -> None:
        if code != -signal.SIGKILL:
            self.found.breaches.append(f"loop {loop.number} ended with {code}: {_tail(loop.log)}")
        self.audit.kills.append(self.service.now())
        elder = loop.number == 0 and self.service.now() >= self._elder_from
        fate = None
        if not self._quiet and not elder and self.chance.random() < 0.3:
            fate = self.chance.choice(POINTS), self.chance.randint(1, 6)
        self.found.kills[fate[0] if fate else "at any moment"] += 1
        loop.start(fate)

    def _kill_all(self) -> None:
        for loop in self.loops:
            if loop.process is not None and loop.ended() is None:
                loop.kill()
                loop.process.wait()

    def _stop(self) -> None:
        """End the loops as an operator does, and hear their sums."""
        for loop in self.loops:
            assert loop.process
            loop.process.terminate()
        for loop in self.loops:
            assert loop.process
            code = loop.process.wait(timeout=60)
            if code != 128 + signal.SIGTERM:
                self.found.breaches.append(f"loop {loop.number} ended with {code}: {_tail(loop.log)}")

    # what came of it

    def _judge(self) -> None:
        self.audit.hear(self.service.calls())
        self.found.breaches += self.audit.found
        self.found.breaches += list(self._standing())
        examination = self.store.verify()
        if examination is None or not examination.sound:
            self.found.breaches.append(f"the ledger is not sound: {examination}")
        for loop in self.loops:
            self.found.breaches += list(_faults_of_ours(loop.log))
        self.found.breaches += list(self._grown())

    def _standing(self) -> Iterator[str]:
        """Each tenant that is neither as declared nor waiting nor a person's."""
        rows = self._rows()
        for tenant in self.scenario.tenants.values():
            row = rows.get(tenant.name)
            if row is None:
                yield f"{tenant.name} has no turn"
            elif why := self._amiss(tenant, row):
                yield f"{tenant.name} is {row.state}, {row.reason}: {why}; {tenant.wish}; {self._live(tenant)}"

    def _amiss(self, tenant: Tenant, row: Row) -> str:
        if row.reason in list(Trouble) or row.state is State.UNKNOWN:
            return "time and the operator would have ended this"
        if row.open_handoffs:
            return ""
        if row.state is State.READY:
            there = self._live(tenant)
            return (
                "" if all(wish in there for wish in tenant.wish.wanted.values()) else "it is not as declared"
            )
        if row.state is State.SUSPENDED:
            return "" if tenant.paused or tenant.wish.suspended else "nobody has suspended it"
        if row.state is State.RECONCILING:
            return "" if row.reason in WAITS else "nothing is waited for"
        # Other administrators lower numbers below what is assigned, and only a person can say who goes without.
        conflict = any(one["assigned"] > one["licenses"] for one in self._subs(tenant))
        if row.reason == "LicenseConflict" and conflict:
            return ""
        # A raise that was taken, and that somebody took back before any look, is settled by a person with `resolve`.
        unsettled = self.store.open_intents((tenant.word,))
        if row.reason == "OutcomeUnknown" and not isinstance(unsettled, Unknown):
            return (
                ""
                if unsettled and self.audit.was_taken(i.request_id for i in unsettled)
                else "it is unsettled"
            )
        return "nobody has made it so"

    def _rows(self) -> dict[str, Row]:
        showing = self.store.showing(None, Pace())
        assert showing is not None
        return {row.name: row for row in showing.overview(Query(limit=HUGE)).rows}

    def _subs(self, tenant: Tenant) -> list[dict[str, Any]]:
        document = self.service.document(tenant.name)
        assert document
        subscriptions: list[dict[str, Any]] = document["spec"]["subscriptions"]
        return subscriptions

    def _live(self, tenant: Tenant) -> list[tuple[str, int]]:
        return [(one["plan"], one["licenses"]) for one in self._subs(tenant)]

    def _grown(self) -> Iterator[str]:
        """Whether the loop that lived longest grew; its first fifth is when it takes in what it needs."""
        second, last = self._fifths()
        if second and last > second * 1.1 + 8 * 2**20:
            yield f"a loop grew from {second >> 20} to {last >> 20} MiB"

    def _fifths(self) -> tuple[int, int]:
        lives: dict[int, list[int]] = {}
        for sample in self.found.samples:
            lives.setdefault(sample.pid, []).append(sample.rss)
        longest = max(lives.values(), key=len, default=[])
        fifth = len(longest) // 5
        if fifth < 3:
            return 0, 0
        return int(statistics.median(longest[fifth : 2 * fifth])), int(statistics.median(longest[-fifth:]))

    def _tell(self, tenth: int) -> None:
        self.audit.hear(self.service.calls())
        peak = max((s.rss for s in self.found.samples[-20 * len(self.loops) :]), default=0)
        states = Counter(str(row.state) for row in self._rows().values())
        told = {
            "tenth": tenth,
            "seconds": round(time.monotonic() - self._begun),
            "passes": self._turns()[2],
            **self.audit.counts,
            "kills": sum(self.found.kills.values()),
            "breaches": len(self.audit.found) + len(self.found.breaches),
            "peak_rss_mib": peak >> 20,
            "state_mib": self.file.stat().st_size >> 20,
            "log_kib": sum(loop.log.stat().st_size for loop in self.loops) >> 10,
            "locks": len(list((self.state / "locks").iterdir())),
            "states": dict(sorted(states.items())),
        }
        self.found.tenths.append(told)
        print(json.dumps(told), file=sys.stderr, flush=True)
        for breach in (*self.audit.found, *self.found.breaches)[:5]:
            print("  " + breach, file=sys.stderr, flush=True)

    def _summary(self) -> dict[str, Any]:
        second, last = self._fifths()
        rows = self._rows().values()
        return {
            "tenants": self.wanted.tenants,
            "days": self.wanted.days,
            "seed": self.wanted.seed,
            "loops": self.wanted.loops,
            "wall_seconds": round(time.monotonic() - self._begun),
            "passes": self._turns()[2],
            "kills": dict(sorted(self.found.kills.items())),
            **self.audit.counts,
            "busiest_tenant_hour": self.audit.busiest,
            "happened": dict(sorted(self.scenario.happened.items())),
            "states": dict(sorted(Counter(f"{row.state} {row.reason}" for row in rows).items())),
            "rss_mib": {"second_fifth": second >> 20, "last_fifth": last >> 20},
            "tenths": self.found.tenths,
            "breaches": self.found.breaches,
        }


def _faults_of_ours(log: Path) -> Iterator[str]:
    """What no loop may ever say: a traceback, a pass that broke off, a store that could not be used."""
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if not line.startswith("{"):
            if line.strip() and not line.startswith("Stopping"):
                yield f"{log.name}: {line}"
            continue
        event = json.loads(line)
        if event["level"] == "error" and "action" not in event:
            yield f"{log.name}: {event}"


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:]


def _pid(loop: Process) -> int:
    return loop.process.pid if loop.process else 0


def _now() -> datetime:
    return datetime.now(UTC)


def soak(wanted: Wanted) -> dict[str, Any]:
    """Run it, and return the summary."""
    with ExitStack() as things:
        return Soak(wanted, things).run()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--loops", type=int, default=2)
    parser.add_argument(
        "--interval", default="12h", help="between two passes of a tenant where nothing happens"
    )
    parser.add_argument("--calm", type=float, default=20.0, help="seconds between two kills, on average")
    parser.add_argument(
        "--trouble", type=float, default=1.0, help="how much more often than usual things happen"
    )
    parser.add_argument("--quiet", type=float, default=2.0, help="days without any of it, at the end")
    parser.add_argument("--keep", type=Path, help="a new folder to leave everything in")
    asked = parser.parse_args()
    # Whoever stops us stops the loops too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="soak-"))
    wanted = Wanted(**{name: value for name, value in vars(asked).items() if name != "keep"}, folder=folder)
    try:
        found = soak(wanted)
    finally:
        if asked.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found, indent=1))
    return 1 if found["breaches"] else 0


if __name__ == "__main__":
    sys.exit(main())

"""Commands that work without an end in, how many passes they make a second and what each process uses out."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from benchmarks import processes
from benchmarks.children import Children, Failed

TRANSACTIONS = ("-m", "benchmarks.transactions")
# Between two looks at the table; until a contender must have made its first pass, for a hundred thousand files are read
# and as many turns made before that, and again until it must have been round the fleet; and until it must have ended.
EVERY, LONGEST_START, LONGEST_END = 0.25, 900.0, 120.0

HOUR = timedelta(hours=1)

Sample = tuple[float, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Used:
    """What one process used while passes were counted, and the most memory it had; None where nobody tells."""

    command: str
    cpu_seconds: float | None
    peak_mib: float | None


@dataclass(frozen=True, slots=True)
class Counted:
    """Passes a second, over so many seconds, by these processes; ``server`` is what a database used beside them."""

    rate: float
    seconds: float
    used: Sequence[Used]
    server: Used | None

    def document(self) -> dict[str, Any]:
        """Return it as plain values."""
        everybody = [*self.used, *([self.server] if self.server else [])]
        cpu = [each.cpu_seconds for each in everybody if each.cpu_seconds is not None]
        passes = self.rate * self.seconds
        return {
            "passes_per_second": round(self.rate, 2),
            "seconds": round(self.seconds, 1),
            "cpu_milliseconds_a_pass": round(sum(cpu) / passes * 1000, 2) if cpu and passes else None,
            "processes": [
                {
                    "command": each.command,
                    "cpu_seconds": each.cpu_seconds and round(each.cpu_seconds, 2),
                    "peak_mib": each.peak_mib and round(each.peak_mib, 1),
                }
                for each in everybody
            ],
        }


def rate(samples: Sequence[Sample]) -> float:
    """Return how fast the numbers grew in all, from samples of (second, numbers by name).

    A loop notes its number now and then, so what counts for each is the time from one note to a later one, and not the
    time that was sampled. Raises ValueError where no number was noted twice.
    """
    notes: dict[str, list[tuple[float, int]]] = {}
    (_, last), *rest = samples
    for second, numbers in rest:
        for name, number in numbers.items():
            if number != last.get(name, number):
                notes.setdefault(name, []).append((second, number))
        last = numbers
    whole = [many for many in notes.values() if len(many) > 1]
    if not whole:
        raise ValueError("no number was noted twice")
    return sum((many[-1][1] - many[0][1]) / (many[-1][0] - many[0][0]) for many in whole)


def passes(where: str) -> dict[str, int]:
    """Return how many passes each loop has noted in a state; none where its tables are not there yet."""
    query = "SELECT id, passes FROM loops"
    if where.startswith("postgresql"):
        import psycopg

        with psycopg.connect(where, autocommit=True) as connection:
            return dict(connection.execute(query).fetchall())
    import sqlite3

    try:
        with closing(sqlite3.connect(f"file:{where}?mode=ro", uri=True)) as connection:
            return dict(connection.execute(query).fetchall())
    except sqlite3.OperationalError:
        return {}


@dataclass(frozen=True, slots=True)
class Worked:
    """What was counted from the first pass on, and once there had been as many passes as there are tenants."""

    first: Counted
    again: Counted


def due_at_once(where: str) -> None:
    """Have everybody's turn come now, in the order in which they would have come: as after an hour without a loop."""
    asked = "SELECT fleet, name, due_at FROM turns"
    moved = "UPDATE turns SET due_at = {0} WHERE fleet = {0} AND name = {0}"

    def sooner(rows: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        """Return what to set, as the store writes times."""
        each = [(datetime.fromisoformat(due) - HOUR, fleet, name) for fleet, name, due in rows]
        return [(due.isoformat(timespec="microseconds"), fleet, name) for due, fleet, name in each]

    if where.startswith("postgresql"):
        import psycopg

        with psycopg.connect(where) as connection:
            rows = connection.execute(asked).fetchall()
            connection.cursor().executemany(moved.format("%s"), sooner(rows))
        return
    import sqlite3

    with closing(sqlite3.connect(where, timeout=60)) as file, file:
        file.executemany(moved.format("?"), sooner(file.execute(asked).fetchall()))


def at_work(
    children: Children,
    cwd: Path,
    commands: Sequence[Sequence[str]],
    where: str,
    size: int,
    window: float,
    server: int | None,
) -> Worked:
    """Start the commands, and count over a fleet of ``size`` twice, for ``window`` seconds each. Raises Failed.

    A tenant's first pass takes it into the store, which costs more than all that follow. Who has waited longest comes
    first, so nobody has a second pass before everybody has had one.
    """
    with ExitStack() as stack:
        log = stack.enter_context((cwd / "stderr").open("w+", encoding="utf-8"))
        started = [stack.enter_context(_working(children, cwd, words, log)) for words in commands]
        names = [words[2] for words in commands]

        def look() -> dict[str, int]:
            _still_there(started, log)
            return passes(where)

        _wait_for(1, look)
        # New tenants have their first turns over an interval.
        due_at_once(where)
        pids = [child.pid for child in started]
        first = _count(look, names, pids, window, server)
        _wait_for(size, look)
        due_at_once(where)
        return Worked(first, _count(look, names, pids, window, server))


def _count(
    look: Callable[[], dict[str, int]],
    names: Sequence[str],
    pids: Sequence[int],
    window: float,
    server: int | None,
) -> Counted:
    before, began = [processes.cpu_seconds(pid) for pid in (*pids, server or 0)], time.monotonic()
    samples: list[Sample] = []
    while time.monotonic() - began < window:
        samples.append((time.monotonic(), look()))
        time.sleep(EVERY)
    after = [processes.cpu_seconds(pid) for pid in (*pids, server or 0)]
    seconds = time.monotonic() - began
    spent = [None if b is None or a is None else a - b for b, a in zip(before, after, strict=True)]
    used = [Used(*each) for each in zip(names, spent, map(processes.peak_mib, pids), strict=False)]
    try:
        counted = rate(samples)
    except ValueError as error:
        raise Failed(f"No passes could be counted in {window:.0f} s: {error}.") from error
    return Counted(counted, seconds, used, Used("PostgreSQL", spent[-1], None) if server else None)


def changes_a_second(children: Children, cwd: Path, where: str, many: int, seconds: float) -> float:
    """Return how many durable changes of one row a state takes in a second, from so many processes together."""
    children.once((*TRANSACTIONS, where, "0", "0"), cwd)
    words = [sys.executable, *TRANSACTIONS, where]
    started = [
        subprocess.Popen(
            [*words, str(number), str(seconds)],
            cwd=cwd,
            env=children.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(1, many + 1)
    ]
    told = [child.communicate()[0].split() for child in started]
    if any(child.returncode for child in started):
        raise Failed(f"{' '.join(TRANSACTIONS)} ended badly")
    return sum(int(done) / float(took) for done, took in told)


@contextmanager
def _working(
    children: Children, cwd: Path, words: Sequence[str], log: IO[str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Let a command work for as long as the block lasts, and see that it ends."""
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=cwd,
        env=children.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=log,
    ) as child:
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(LONGEST_END)
            except subprocess.TimeoutExpired:
                child.kill()


def _wait_for(many: int, look: Callable[[], dict[str, int]]) -> None:
    """Wait until so many passes were noted in all. Raises Failed."""
    end = time.monotonic() + LONGEST_START
    while (noted := sum(look().values())) < many:
        if time.monotonic() > end:
            raise Failed(f"{noted} passes of {many} were noted in {LONGEST_START:.0f} s.")
        time.sleep(EVERY)


def _still_there(started: Sequence[subprocess.Popen[bytes]], log: IO[str]) -> None:
    for child in started:
        if child.poll() is not None:
            log.seek(0)
            raise Failed(f"{child.args!r} ended with {child.returncode}: {log.read()[-2000:]}")

"""Children and fleets in, measures out: each command of the tool beside its floor.

All times are whole processes, start-up included, but for three: from ``apply`` the plan of the same fleet is taken
off, so that what is left is the cost of doing; from the loop's passes its first one, so that what is left is the cost
of finding nothing new; looks over HTTP are timed from the second one on, in the process, for its start takes longer.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import Children, Took
from benchmarks.fleets import Fleet, make_fleet

TOOL = ("-m", "reconciler")
FLOORS = ("-m", "benchmarks.floors")
PASSES = ("-m", "benchmarks.passes")
LOOKS = ("-m", "benchmarks.looks")
REQUESTS = ("-m", "benchmarks.requests")
FACE = ("-m", "benchmarks.face")
THREADS = (1, 8)
STATE = ".reconciler"
LARGE = 10_000
WARM = 10


@dataclass(frozen=True, slots=True)
class Goal:
    """What a ratio must stay under, and what it should come down to."""

    must: float
    stretch: float


@dataclass(frozen=True, slots=True)
class Floor:
    """The least work there is for a fleet (or for none), measured in the same run."""

    name: str
    size: int
    drift: float
    took: Took


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that was asked for and could not be measured here, and why: it is told, never left out."""

    name: str
    why: str

    @property
    def line(self) -> str:
        """What to tell of it while the run goes on."""
        return f"{self.name}: not measured. {self.why}"


@dataclass(frozen=True, slots=True)
class Measure:
    """One command over ``size`` tenants of which ``drift`` drift, and the floor it stands on.

    ``requests``: how many were sent over HTTP for each of them, where any were.
    """

    name: str
    size: int
    drift: float
    took: Took
    floor: Floor
    goal: Goal | None = None
    requests: float | None = None

    @property
    def line(self) -> str:
        """What to tell of it while the run goes on."""
        return f"{self.name}, {self.size} tenants: {self.ratio:.2f} x {self.floor.name}"

    @property
    def ratio(self) -> float:
        return self.took.seconds / self.floor.took.seconds

    @property
    def cpu_ratio(self) -> float | None:
        """The same of processor time, which others on the machine disturb less; None where the floor took none."""
        floor = self.floor.took.cpu_seconds
        return self.took.cpu_seconds / floor if floor > 0 else None


def unless_too_short(found: Measure) -> Measure | Missing:
    """Return a measure, unless what was taken off it, or off its floor, took as long as the whole: that is chance."""
    if found.took.seconds > 0 and found.floor.took.seconds > 0:
        return found
    return Missing(
        f"{found.name}, {found.size} tenants", "It took no longer than what is taken off: too few tenants."
    )


def starting(children: Children, cwd: Path) -> Iterator[Measure]:
    """Cold start: what there is to pay before any work, over a bare interpreter."""
    bare = Floor("python -c pass", 0, 0.0, children.best(("-c", "pass"), cwd, repeat=5 * children.repeat))
    for name, words, goal in (
        ("reconciler --help", ("--help",), Goal(5.0, 4.3)),
        ("reconciler version", ("version",), Goal(5.0, 4.3)),
    ):
        yield Measure(
            name, 0, 0.0, children.best((*TOOL, *words), cwd, repeat=3 * children.repeat), bare, goal
        )
    one = make_fleet(cwd / "one", 1, 1.0)
    took = children.best((*TOOL, "plan", "tenants", "--live", "live"), one.folder, repeat=3 * children.repeat)
    yield Measure("plan of one tenant", 1, 1.0, took, bare)


def files_alone(children: Children, fleet: Fleet, drift: float) -> Iterator[Measure]:
    """``validate`` and ``plan --live``, over reading and over parsing the same files."""
    tenants, live = fleet.sources
    cwd, size = fleet.folder, fleet.size

    def floor(name: str, what: str, *folders: str) -> Floor:
        return Floor(name, size, drift, children.best((*FLOORS, what, *folders), cwd))

    took = children.best((*TOOL, "validate", tenants), cwd)
    yield Measure("validate", size, drift, took, floor("read tenant files", "read", tenants))
    yield Measure("validate", size, drift, took, floor("parse tenant files", "parse", tenants))
    plan = (*TOOL, "plan", tenants, "--live", live)
    took = children.best((*plan, "--jobs", "1"), cwd)
    yield Measure("plan from files", size, drift, took, floor("read all files", "read", tenants, live))
    # Start-up is most of a small fleet's time and has a goal of its own.
    goal = Goal(0.80, 0.65) if size >= LARGE else None
    parsed = floor("parse all files", "parse", tenants, live)
    yield Measure("plan from files", size, drift, took, parsed, goal)
    in_two = children.best((*plan, "--jobs", "2"), cwd)
    yield Measure("plan, two processes", size, drift, in_two, parsed, Goal(0.50, 0.40) if goal else None)


def with_a_cache(children: Children, fleet: Fleet, drift: float) -> Iterator[Measure]:
    """``plan --live`` and ``validate`` of files that are as a run before found them, over the same without a cache.

    The plan before that one filled the cache; the first, which fills it, is told as well, over one without.
    """
    name, (tenants, live), cwd = "plan from a cache", fleet.sources, fleet.folder
    words, cache = (*TOOL, "plan", tenants, "--live", live, "--jobs", "1"), cwd / "cache"
    kept = (*words, "--cache", str(cache))
    plain = Floor("plan without a cache", fleet.size, drift, children.best(words, cwd))
    filled = children.best(kept, cwd, prepare=lambda: shutil.rmtree(cache, ignore_errors=True))
    yield Measure("plan that fills a cache", fleet.size, drift, filled, plain)
    warm = children.best(kept, cwd)
    looked = children.best((*FLOORS, "look", "1", tenants, live), cwd)
    yield Measure(name, fleet.size, drift, warm, Floor("scandir and stat", fleet.size, drift, looked))
    # Start-up is most of a small fleet's time and has a goal of its own.
    goal = Goal(0.15, 0.10) if fleet.size >= LARGE else None
    yield Measure(name, fleet.size, drift, warm, plain, goal)
    checked = (*TOOL, "validate", tenants)
    plain = Floor("validate without a cache", fleet.size, drift, children.best(checked, cwd))
    kept = (*checked, "--cache", str(cache))
    children.once(kept, cwd)
    yield Measure("validate from a cache", fleet.size, drift, children.best(kept, cwd), plain)


def embedded(children: Children, fleet: Fleet, drift: float) -> Iterator[Measure]:
    """``plan`` against the embedded service, over parsing the tenant files and the states it answers with."""
    tenants, live = fleet.sources
    load(children, fleet)
    took = children.best((*TOOL, "plan", tenants), fleet.folder)
    floor = Floor(
        "parse all files", fleet.size, drift, children.best((*FLOORS, "parse", tenants, live), fleet.folder)
    )
    yield Measure("plan from the service", fleet.size, drift, took, floor)


def warm(children: Children, fleet: Fleet, drift: float) -> Iterator[Measure]:
    """Ten passes of the loop over files that did not change, over listing them and asking for their status."""
    tenants, _ = fleet.sources

    def passes(number: int) -> Took:
        return children.best((*PASSES, str(number), tenants), fleet.folder)

    def looks(number: int) -> Took:
        return children.best((*FLOORS, "look", str(number), tenants), fleet.folder)

    floor = Floor("scandir and stat", fleet.size, drift, _less(looks(WARM), looks(0)))
    yield Measure(
        f"{WARM} warm passes", fleet.size, drift, _less(passes(WARM), passes(0)), floor, Goal(3.5, 2.5)
    )


def looping(children: Children, folder: Path, size: int) -> Iterator[Measure]:
    """One round of the loop over a fleet that is as declared, over as many durable writes of 4 KiB."""
    fleet = make_fleet(folder / "looping", size, 0.0)
    tenants, _ = fleet.sources
    load(children, fleet)
    words = (*TOOL, "run", tenants, "--once", "--log-level", "error")
    children.once(words, fleet.folder)
    took = children.best(words, fleet.folder)
    bare = children.best(("-c", "pass"), folder)
    writes = children.best((*FLOORS, "write", str(folder / "block"), str(size)), folder)
    floor = Floor("write and fdatasync", size, 0.0, _less(writes, bare))
    yield Measure("run --once, nothing to do", size, 0.0, took, floor)


def doing(children: Children, folder: Path, size: int) -> Iterator[Measure]:
    """``apply`` of a fleet in which every tenant drifts, less its plan, over as many durable writes of 4 KiB."""
    fleet = make_fleet(folder / "doing", size, 1.0, writes_only=True)
    tenants, _ = fleet.sources
    load(children, fleet)
    state, kept = fleet.folder / STATE, fleet.folder / "kept"
    state.rename(kept)

    def fresh() -> None:
        shutil.rmtree(state, ignore_errors=True)
        shutil.copytree(kept, state)

    planned = children.best((*TOOL, "plan", tenants), fleet.folder, prepare=fresh)
    applied = children.best((*TOOL, "apply", tenants, "--auto-approve"), fleet.folder, prepare=fresh)
    writes = children.best((*FLOORS, "write", str(folder / "block"), str(size)), folder)
    bare = children.best(("-c", "pass"), folder)
    took = _less(applied, planned)
    floor = Floor("write and fdatasync", size, 1.0, _less(writes, bare))
    yield Measure("apply, less its plan", size, 1.0, took, floor, Goal(3.5, 3.0))


def looking(children: Children, folder: Path, size: int, drift: float) -> Iterator[Measure]:
    """Looks of the live reader over HTTP, over a bare loop of the very same requests to the same service.

    Every tenant that drifts wants a step: a switch or more licences.
    """
    # One more than is counted, which the first look goes to.
    fleet = make_fleet(folder / f"looking-{drift}", size + 1, drift, writes_only=True)
    tenants, live = fleet.sources
    record = fleet.folder / "requests"
    with children.serving((*FACE, live), fleet.folder) as address:
        looks = (*LOOKS, address, tenants, str(size))
        children.once((*looks, "1", str(record)), fleet.folder)
        sent = len(record.read_text(encoding="utf-8").splitlines())
        for threads in map(str, THREADS):
            took = children.best_told((*looks, threads), fleet.folder)
            bare = children.best_told((*REQUESTS, address, str(record), threads), fleet.folder)
            floor = Floor("the same requests", size, drift, bare)
            yield Measure(f"look, {threads} at once", size, drift, took, floor, requests=sent / size)


def _less(whole: Took, part: Took) -> Took:
    return Took(whole.seconds - part.seconds, whole.cpu_seconds - part.cpu_seconds, whole.peak_mib)


def load(children: Children, fleet: Fleet) -> None:
    """Give the embedded service its states, unmeasured."""
    if not (fleet.folder / STATE).exists():
        children.once((*TOOL, "simulator", "load", fleet.sources[1]), fleet.folder)

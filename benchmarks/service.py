"""A fleet behind the embedded service over HTTP in, what a whole ``plan`` with the live backend costs out.

The floor is a bare loop of urllib3 over the same requests, in as many threads. Of a large fleet those of its first
thousand tenants are sent, and counted as often as there are thousands: each tenant asks much the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.children import Children, Took
from benchmarks.fleets import PER_FOLDER, make_fleet
from benchmarks.measures import FACE, LARGE, REQUESTS, TOOL, Floor, Measure

RECORDING = ("-m", "benchmarks.recording")
# As many threads as the reader of the live backend has.
THREADS = 8
RECORDED = 2 * PER_FOLDER
# The service writes this file when it is asked for by that name.
CONFIGURED = "http.yaml"
PLAN = ("plan", "--config", CONFIGURED)


def over_http(children: Children, folder: Path, size: int, drift: float, seed: int) -> Iterator[Measure]:
    """``plan`` of a fleet that is looked at over HTTP, over sending the same requests."""
    fleet = make_fleet(folder / f"http-{size}-{drift}", size, drift, seed)
    tenants, live = fleet.sources
    with children.serving((*FACE, live, CONFIGURED), fleet.folder) as address:
        recorded = min(size, RECORDED)
        parts = [f"{tenants}/{number:03}" for number in range(-(-recorded // PER_FOLDER))]
        children.once((*RECORDING, "requests", *PLAN, *parts), fleet.folder)
        sent = _lines(fleet.folder / "requests")
        # Of a large one there is no start-up to be blurred by, and it takes minutes.
        times = 1 if size >= LARGE else 0
        took = children.best((*TOOL, *PLAN, tenants), fleet.folder, repeat=times)
        bare = children.best_told((*REQUESTS, address, "requests", str(THREADS)), fleet.folder)
        floor = Floor("the same requests", size, drift, _as_often(bare, size / recorded))
        yield Measure("plan over HTTP", size, drift, took, floor, requests=sent / recorded)


def _lines(file: Path) -> int:
    # One by one: what this process holds would count as the peak of every child it starts later.
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


def _as_often(took: Took, times: float) -> Took:
    return Took(took.seconds * times, took.cpu_seconds * times, took.peak_mib)

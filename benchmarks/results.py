"""Measures in, a JSON document and a short table for people out; with several sizes, also how the cost grows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from benchmarks import machine
from benchmarks.fleet import Engine
from benchmarks.measures import Floor, Measure, Missing
from benchmarks.peers.peer import Standing

Found = Measure | Standing | Engine | Missing

HEAD = ("measure", "tenants", "drift", "seconds", "MiB", "floor", "seconds", "ratio", "of CPU", "goal")


@dataclass
class Run:
    """All that a run has found so far."""

    measures: list[Measure] = field(default_factory=list)
    peers: list[Standing] = field(default_factory=list)
    engines: list[Engine] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)

    def add(self, found: Found) -> None:
        """Keep what was found."""
        match found:
            case Measure():
                self.measures.append(found)
            case Standing():
                self.peers.append(found)
            case Engine():
                self.engines.append(found)
            case Missing():
                self.missing.append(found)


def document(run: Run, options: dict[str, Any]) -> dict[str, Any]:
    """Return all of a run as plain values."""
    return {
        "format_version": "1.1",
        "about": machine.described(),
        "options": options,
        "measures": [_measure(measure) for measure in run.measures],
        "growth": list(growth(run.measures)),
        "peers": [standing.document() for standing in run.peers],
        "engines": [engine.document() for engine in run.engines],
        "not_measured": [{"name": missing.name, "why": missing.why} for missing in run.missing],
    }


def growth(measures: Sequence[Measure]) -> Iterator[dict[str, Any]]:
    """Yield, of each measure over a fleet, how time and memory grow from each of its sizes to the next."""
    alike: dict[tuple[str, float], dict[int, Measure]] = {}
    for measure in measures:
        alike.setdefault((measure.name, measure.drift), {})[measure.size] = measure
    for (name, drift), by_size in alike.items():
        for few, many in pairwise(sorted(by_size)):
            small, large = by_size[few].took, by_size[many].took
            tenants, seconds = many / few, large.seconds / small.seconds
            peak = large.peak_mib / small.peak_mib
            yield {
                "name": name,
                "drift": drift,
                "from": few,
                "to": many,
                "tenants": tenants,
                "seconds": round(seconds, 2),
                "peak_mib": round(peak, 2),
                "seconds_a_tenant": round(seconds / tenants, 3),
                "peak_mib_a_tenant": round(peak / tenants, 3),
            }


def table(run: Run) -> str:
    """Return the measures as a table for a terminal."""
    rows = [HEAD, *(_row(measure) for measure in run.measures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    lines = ["  ".join(_cell(i, cell, widths[i]) for i, cell in enumerate(row)).rstrip() for row in rows]
    lines += [
        f"{g['name']}, drift {g['drift']:.0%}: {g['tenants']:.0f} times the tenants ({g['to']}) take"
        f" {g['seconds']} times the time and {g['peak_mib']} times the memory"
        for g in growth(run.measures)
    ]
    others: tuple[Found, ...] = (*run.peers, *run.engines, *run.missing)
    lines += [found.line for found in others]
    return "\n".join(lines) + "\n"


def _measure(measure: Measure) -> dict[str, Any]:
    goal = measure.goal
    return {
        "name": measure.name,
        "tenants": measure.size,
        "drift": measure.drift,
        "seconds": round(measure.took.seconds, 4),
        "cpu_seconds": round(measure.took.cpu_seconds, 4),
        "peak_mib": round(measure.took.peak_mib, 1),
        "floor": _floor(measure.floor),
        "ratio": round(measure.ratio, 3),
        "cpu_ratio": None if measure.cpu_ratio is None else round(measure.cpu_ratio, 3),
        "requests_per_tenant": measure.requests and round(measure.requests, 2),
        "goal": goal and {"must": goal.must, "stretch": goal.stretch},
    }


def _floor(floor: Floor) -> dict[str, Any]:
    return {
        "name": floor.name,
        "seconds": round(floor.took.seconds, 4),
        "cpu_seconds": round(floor.took.cpu_seconds, 4),
        "peak_mib": round(floor.took.peak_mib, 1),
    }


def _row(measure: Measure) -> tuple[str, ...]:
    goal = measure.goal
    return (
        measure.name,
        str(measure.size),
        f"{measure.drift:.0%}",
        f"{measure.took.seconds:.3f}",
        f"{measure.took.peak_mib:.0f}",
        measure.floor.name,
        f"{measure.floor.took.seconds:.3f}",
        f"{measure.ratio:.2f}",
        "" if measure.cpu_ratio is None else f"{measure.cpu_ratio:.2f}",
        f"{goal.must} / {goal.stretch}" if goal else "",
    )


def _cell(index: int, text: str, width: int) -> str:
    return text.ljust(width) if index in (0, 5) else text.rjust(width)

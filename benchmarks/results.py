"""Measures in, a JSON document and a short table for people out; with several sizes, also how the cost grows."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from benchmarks.measures import Floor, Measure

LIBRARIES = ("PyYAML", "jsonschema", "jsonschema-rs", "deepdiff", "click", "SQLAlchemy")
HEAD = ("measure", "tenants", "drift", "seconds", "MiB", "floor", "seconds", "ratio", "of CPU", "goal")


def document(measures: Sequence[Measure], options: dict[str, Any]) -> dict[str, Any]:
    """Return all of a run as plain values."""
    return {
        "format_version": "1.0",
        "about": {
            "python": platform.python_version(),
            "implementation": platform.python_implementation(),
            "system": platform.system(),
            "cores": os.cpu_count(),
            "libraries": {name: _version(name) for name in LIBRARIES},
        },
        "options": options,
        "measures": [_measure(measure) for measure in measures],
        "growth": list(growth(measures)),
    }


def growth(measures: Sequence[Measure]) -> Iterator[dict[str, Any]]:
    """Yield, of each measure over a fleet, how time and memory grow from its smallest size to its largest."""
    alike: dict[tuple[str, str, float], list[Measure]] = {}
    for measure in measures:
        alike.setdefault((measure.name, measure.floor.name, measure.drift), []).append(measure)
    done: set[tuple[str, float]] = set()
    for (name, _, drift), many in alike.items():
        small, large = min(many, key=lambda m: m.size), max(many, key=lambda m: m.size)
        if small.size == large.size or (name, drift) in done:
            continue
        done.add((name, drift))
        yield {
            "name": name,
            "drift": drift,
            "from": small.size,
            "to": large.size,
            "tenants": large.size / small.size,
            "seconds": round(large.took.seconds / small.took.seconds, 2),
            "peak_mib": round(large.took.peak_mib / small.took.peak_mib, 2),
        }


def table(measures: Sequence[Measure]) -> str:
    """Return the measures as a table for a terminal."""
    rows = [HEAD, *(_row(measure) for measure in measures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    lines = ["  ".join(_cell(i, cell, widths[i]) for i, cell in enumerate(row)).rstrip() for row in rows]
    lines += [
        f"{g['name']}, drift {g['drift']:.0%}: {g['tenants']:.0f} times the tenants take {g['seconds']} times the time"
        f" and {g['peak_mib']} times the memory"
        for g in growth(measures)
    ]
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


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None

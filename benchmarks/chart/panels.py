"""Documents of results in, the rows and series that are drawn of them out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.chart.bars import Row
from benchmarks.chart.lines import Series
from benchmarks.chart.marks import plain

Document = Mapping[str, Any]


def over_floors(measures: Sequence[Document]) -> Iterator[Row]:
    """Yield each measure at its largest size; the floor that only reads is left out, for another stands above it."""
    largest: dict[tuple[str, str, float], Document] = {}
    for one in measures:
        key = one["name"], one["floor"]["name"], one["drift"]
        if not one["floor"]["name"].startswith("read ") and one["ratio"] > 0:
            largest[key] = max(one, largest.get(key, one), key=lambda measure: measure["tenants"])
    for one in largest.values():
        must = one["goal"]["must"] if one["goal"] else None
        size = f"{one['tenants']:,} tenants, {one['drift']:.0%} drift" if one["tenants"] > 1 else ""
        yield Row(
            f"{one['name']}{', ' if size else ''}{size}",
            one["ratio"],
            f"{plain(one['ratio'])} ×",
            "ours" if must is None or one["ratio"] <= must else "over",
            after=one["floor"]["name"],
            mark=must,
        )


def beside_peers(peers: Sequence[Document]) -> Iterator[Row]:
    """Yield each peer at its largest size, over ours; the slowest first."""
    largest: dict[str, Document] = {}
    for one in peers:
        largest[one["name"]] = max(one, largest.get(one["name"], one), key=lambda peer: peer["objects"])
    for one in sorted(largest.values(), key=lambda peer: -peer["ratio"]):
        more = one["marginal_ratio"]
        parts = [f"{plain(one['objects_per_second'])} a second"]
        # A negative one is noise: the sizes were too near to each other.
        parts += [f"{plain(more)} × for one more"] if more and more > 0 else []
        yield Row(
            f"{one['name']} {one['version']}, {one['objects']:,} objects",
            one["ratio"],
            f"{plain(one['ratio'])} ×",
            "theirs",
            under=one["does"],
            after=", ".join(parts),
        )


def engines(documents: Sequence[Document]) -> Iterator[Row]:
    """Yield how many passes a second each loop and engine makes."""
    for one in documents:
        cpu = one["cpu_milliseconds_a_pass"]
        yield Row(
            f"{one['name']}, {one['tenants']:,} tenants",
            one["passes_per_second"],
            plain(one["passes_per_second"]),
            after=f"{plain(cpu)} ms of processor each" if cpu else "",
        )


def growth(measures: Sequence[Document], member: str) -> Iterator[Series]:
    """Yield how ``member`` of each measure grows, of those that were made at several sizes with the usual drift."""
    points: dict[str, dict[float, float]] = {}
    usual: dict[str, float] = {}
    for one in measures:
        if one["tenants"] and one["drift"] == usual.setdefault(one["name"], one["drift"]):
            points.setdefault(one["name"], {})[one["tenants"]] = one[member]
    colour = 0
    for name, by_size in points.items():
        if len(by_size) > 1 and min(by_size.values()) > 0:
            yield Series(name, colour, sorted(by_size.items()))
            colour += 1

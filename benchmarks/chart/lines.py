"""Series of values by size in, a panel of lines out: how a cost grows with the fleet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.chart.marks import Scale, line, path, plain, round_down, round_up, spread, text

HIGH, NAMES = 230.0, 150.0
APART = 15.0


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name, its colour's number, and its points by size."""

    name: str
    colour: int
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Lines:
    """Half a panel, on logarithmic scales: what grows in step with the fleet is as steep as the dashed line."""

    title: str
    series: Sequence[Series]

    def drawn(self, left: float, top: float, wide: float) -> list[str]:
        """Return its marks; it is ``HIGH`` high, with a title above and sizes below."""
        sizes = sorted({size for one in self.series for size, _ in one.points})
        values = [value for one in self.series for _, value in one.points]
        low, high = round_down(min(values)), round_up(max(values))
        right = left + wide - NAMES
        across = Scale(sizes[0], sizes[-1], left + 44, right)
        up = Scale(low, high if high > low else low * 10, top + HIGH, top + 26)
        marks = [text(left, top + 6, ("name", self.title))]
        for value in up.steps():
            marks.append(line(across.start, up(value), right, up(value), "grid"))
            marks.append(text(across.start - 8, up(value) + 4, ("small", plain(value)), at="end"))
        for size in sizes:
            marks.append(line(across(size), up.end, across(size), up.start, "grid"))
            marks.append(text(across(size), up.start + 18, ("small", f"{size:,.0f}"), at="middle"))
        marks.append(_in_step(across, up))
        for one in self.series:
            points = [(across(size), up(value)) for size, value in one.points]
            marks.append(path(points, f"line c{one.colour}"))
        return marks + self._names(right, across, up)

    def _names(self, right: float, across: Scale, up: Scale) -> list[str]:
        ends = [up(one.points[-1][1]) for one in self.series]
        places = spread(ends, APART, up.end + 4, up.start)
        marks = []
        for one, end, place in zip(self.series, ends, places, strict=True):
            last = across(one.points[-1][0])
            marks.append(line(min(last + 6, right + 4), end, right + 4, end, f"thin c{one.colour}"))
            marks.append(line(right + 4, end, right + 14, place, f"thin c{one.colour}"))
            marks.append(text(right + 18, place + 4, (f"tag c{one.colour}", one.name)))
        return marks


def _in_step(across: Scale, up: Scale) -> str:
    """A line that grows as the fleet does, from the lower left corner until it leaves the picture."""
    times = min(across.high / across.low, up.high / up.low)
    return line(across.start, up.start, across(across.low * times), up(up.low * times), "step")

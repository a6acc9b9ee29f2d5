"""Places and words in, marks of an SVG out; and scales, from a value to a place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Scale:
    """From values between two ends to places between two; ``log``: the same factor is the same distance."""

    low: float
    high: float
    start: float
    end: float
    log: bool = True

    def __call__(self, value: float) -> float:
        kept = min(max(value, self.low), self.high)
        low, high = self._bent(self.low), self._bent(self.high)
        return self.start + (self._bent(kept) - low) / (high - low) * (self.end - self.start)

    def _bent(self, value: float) -> float:
        return math.log10(value) if self.log else value

    def steps(self) -> list[float]:
        """The values to draw a line at: 1, 2, 5, 10 and so on, or some even steps."""
        if not self.log:
            step = round_up(self.high / 4)
            return [step * number for number in range(int(self.high / step) + 1)]
        first, last = math.floor(self._bent(self.low)), math.ceil(self._bent(self.high))
        wide = last - first > 3
        values = [
            factor * 10.0**power
            for power in range(first, last + 1)
            for factor in ((1,) if wide else (1, 2, 5))
        ]
        return [value for value in values if self.low * 0.999 <= value <= self.high * 1.001]


def round_up(value: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= value * 0.999)


def round_down(value: float) -> float:
    """Return the last 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (5, 2, 1) if factor * power <= value * 1.001)


def plain(value: float) -> str:
    """A number as people write it: some three figures, and none that say nothing."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{1 if value >= 10 else 2}f}".rstrip("0").rstrip(".") if value < 100 else f"{value:.0f}"


def text(x: float, y: float, *parts: tuple[str, str], at: str = "start") -> str:
    """Words one after the other, each with the class it is drawn in."""
    spans = " ".join(f'<tspan class="{kind}">{escape(words)}</tspan>' for kind, words in parts)
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{at}">{spans}</text>'


def bar(x: float, y: float, wide: float, high: float, kind: str) -> str:
    """A bar, of which at least a line is seen."""
    left, wide = (x + wide, -wide) if wide < 0 else (x, wide)
    return f'<rect class="{kind}" x="{left:.1f}" y="{y:.1f}" width="{max(wide, 1.5):.1f}" height="{high:.1f}" rx="2"/>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def path(points: Sequence[tuple[float, float]], kind: str) -> str:
    """A line through points, and a dot at each."""
    way = " ".join(f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(points))
    dots = "".join(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points)
    return f'<path class="{kind}" d="{way}"/>{dots}'


def spread(places: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Move places as little as needed for each to be so far from the next, and all between two ends, in their order."""
    order = sorted(range(len(places)), key=lambda number: places[number])
    moved = list(places)
    below = low
    for number in order:
        moved[number] = below = max(moved[number], below)
        below += apart
    above = high
    for number in reversed(order):
        moved[number] = above = min(moved[number], above)
        above -= apart
    return moved

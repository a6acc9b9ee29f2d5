"""How many tenants stood in each state and when in, a chart of it out: stacked areas as SVG, and the same as rows.

Premise: colour is never the only carrier, so each area has a pattern of its own and its name beside it. The page's
policy forbids style attributes, so all looks come from classes and presentation attributes.

A fleet that is well has thousands of ready tenants and a handful of others, which would be lines too thin to see.
Then the ready ones are left out and the page says so, rather than cutting the axis off, which would lie about shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconciler.overview import Sample, State
from reconciler.report.page import Markup, element, joined
from reconciler.web.words import Words

# From the ground up: what is well first, so that trouble piles up on top and its edge is the height of all of it.
STACK = (State.READY, State.SUSPENDED, State.PENDING, State.RECONCILING, State.STALLED, State.UNKNOWN)
MOST_POINTS = 96
MOST_ROWS = 15
# Above this share at every moment the ready ones are left out.
MOSTLY = 0.75
TOP, BOTTOM, LEFT, LABEL = 10, 24, 44, 15
# What an axis may end at, times a power of ten: each is divided by four without a rest.
ROUND = (4, 8, 12, 16, 20, 24, 32, 40, 60, 80, 100)
# What is drawn on each area: lines of a tile of 8 by 8, two numbers a point; "" is plain.
PATTERNS = {
    State.READY: "",
    State.SUSPENDED: "M0 4H8",
    State.PENDING: "M4 3V5M0 7V8M8 7V8",
    State.RECONCILING: "M-2 2L2 -2M0 8L8 0M6 10L10 6",
    State.STALLED: "M-2 6L2 10M0 0L8 8M6 -2L10 2",
    State.UNKNOWN: "M0 4H8M4 0V8",
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart in two widths (one is shown), its rows for a table, and how many ready ones are left out, if they are."""

    wide: Markup
    narrow: Markup
    rows: tuple[Sample, ...]
    left_out: int | None


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a moment and a number lie."""

    width: int
    height: int
    right: int
    first: datetime
    span: timedelta
    most: int

    def x(self, at: datetime) -> float:
        part = (at - self.first) / self.span if self.span else 1.0
        return round(LEFT + part * (self.width - LEFT - self.right), 1)

    def y(self, count: float) -> float:
        room = self.height - TOP - BOTTOM
        return round(TOP + room * (1 - count / self.most), 1)


def chart(samples: Sequence[Sample], words: Words) -> Chart | None:
    """Return the chart; None for fewer than two samples, since a single moment has no course."""
    if len(samples) < 2:
        return None
    points = thinned(samples, MOST_POINTS)
    shown = STACK[1:] if _mostly_ready(points) else STACK
    left_out = points[-1].counts.get(State.READY, 0) if shown != STACK else None
    return Chart(
        wide=_drawn(points, shown, words, "wide", (860, 240, 150)),
        narrow=_drawn(points, shown, words, "narrow", (360, 220, 112)),
        rows=tuple(reversed(thinned(points, MOST_ROWS))),
        left_out=left_out,
    )


def thinned(samples: Sequence[Sample], most: int) -> tuple[Sample, ...]:
    """Return at most so many samples, evenly chosen; the first and the last always."""
    if len(samples) <= most:
        return tuple(samples)
    last = len(samples) - 1
    return tuple(samples[round(index * last / (most - 1))] for index in range(most))


def patterns() -> Markup:
    """Return the patterns that areas and samples are filled with: once for a page, in a drawing that is always there,
    since those of a hidden one are not painted."""
    tile = {"width": "8", "height": "8", "patternUnits": "userSpaceOnUse"}
    found = [
        element(
            "pattern",
            element("rect", width="8", height="8", class_="ground"),
            element("path", d=lines, class_="lines"),
            id=f"hatch-{state}",
            class_=state,
            **tile,
        )
        for state, lines in PATTERNS.items()
    ]
    return element(
        "svg", element("defs", joined(found)), class_="patterns", width="0", height="0", aria_hidden="true"
    )


def swatch(state: State) -> Markup:
    """Return a sample of what a state's area looks like, for beside its name."""
    return element(
        "svg",
        element("rect", width="20", height="12", class_=f"area {state}", fill=f"url(#hatch-{state})"),
        class_="swatch",
        viewBox="0 0 20 12",
        aria_hidden="true",
    )


def _mostly_ready(samples: Sequence[Sample]) -> bool:
    def mostly(sample: Sample) -> bool:
        ready, total = sample.counts.get(State.READY, 0), sum(sample.counts.values())
        return ready > MOSTLY * total

    others = any(sum(s.counts.values()) > s.counts.get(State.READY, 0) for s in samples)
    return others and all(mostly(sample) for sample in samples)


def _drawn(
    samples: Sequence[Sample], shown: Sequence[State], words: Words, name: str, size: tuple[int, int, int]
) -> Markup:
    most = max(1, *(sum(s.counts.get(state, 0) for state in shown) for s in samples))
    first, last = samples[0].at, samples[-1].at
    frame = _Frame(*size, first, last - first, nice(most))
    counts = ", ".join(
        words(
            "page.chart-count",
            count=words.number(samples[-1].counts.get(s, 0)),
            state=words.among("state", s),
        )
        for s in reversed(shown)
    )
    about = words("page.chart-desc", first=words.moment(first), last=words.moment(last), counts=counts)
    return element(
        "svg",
        element("title", words("page.chart"), id=f"chart-title-{name}"),
        element("desc", about, id=f"chart-desc-{name}"),
        _axes(frame, samples, words),
        joined(_areas(frame, samples, shown)),
        joined(_labels(frame, samples[-1], shown, words)),
        class_=f"chart {name}",
        viewBox=f"0 0 {frame.width} {frame.height}",
        role="img",
        aria_labelledby=f"chart-title-{name} chart-desc-{name}",
    )


def nice(most: int) -> int:
    """Return a round number not below ``most`` that four lines divide into whole ones, where it is not tiny."""
    if most <= 4:
        return most
    size = 1
    while most > ROUND[-1] * size:
        size *= 10
    return next(each * size for each in ROUND if each * size >= most)


def _areas(frame: _Frame, samples: Sequence[Sample], shown: Sequence[State]) -> list[Markup]:
    """One area per state, each on top of the one before: along its upper edge, and back along its lower."""
    ground = [0] * len(samples)
    found = []
    for state in shown:
        top = [below + s.counts.get(state, 0) for below, s in zip(ground, samples, strict=True)]
        if top != ground:
            there = [(frame.x(s.at), frame.y(count)) for s, count in zip(samples, top, strict=True)]
            back = [(frame.x(s.at), frame.y(count)) for s, count in zip(samples, ground, strict=True)]
            points = " ".join(f"{x:g},{y:g}" for x, y in (*there, *reversed(back)))
            found.append(
                element("polygon", points=points, class_=f"area {state}", fill=f"url(#hatch-{state})")
            )
        ground = top
    return found


def _axes(frame: _Frame, samples: Sequence[Sample], words: Words) -> Markup:
    lines = min(4, frame.most)
    parts = []
    for index in range(lines + 1):
        count = frame.most * index // lines
        y = frame.y(count)
        edge = str(frame.width - frame.right)
        parts.append(element("line", x1=str(LEFT), x2=edge, y1=f"{y:g}", y2=f"{y:g}", class_="grid"))
        told = words.number(count)
        parts.append(element("text", told, x=str(LEFT - 6), y=f"{y + 4:g}", text_anchor="end", class_="tick"))
    wide = frame.width > 500
    ticks = 6 if wide else 2
    key = "page.chart-hour" if frame.span <= timedelta(days=2) else "page.chart-day"
    for index in range(ticks + 1):
        at = frame.first + frame.span * index / ticks
        anchor = "start" if index == 0 else "end" if index == ticks else "middle"
        place = {"x": f"{frame.x(at):g}", "y": str(frame.height - 6), "text_anchor": anchor}
        parts.append(element("text", words(key, at=at.astimezone(UTC)), class_="tick", **place))
    return joined(parts)


def _labels(frame: _Frame, last: Sample, shown: Sequence[State], words: Words) -> list[Markup]:
    """Each state's name and number beside the end of its area, moved apart where they would lie on each other."""
    there = [state for state in shown if last.counts.get(state, 0)]
    heights, ground, below = [], 0, frame.height - BOTTOM + LABEL
    for state in there:
        count = last.counts[state]
        below = min(int(frame.y(ground + count / 2)) + 4, below - LABEL)
        heights.append(below)
        ground += count
    found = []
    for index, (state, height) in enumerate(zip(there, heights, strict=True)):
        told = words(
            "page.chart-count", count=words.number(last.counts[state]), state=words.among("state", state)
        )
        y = max(height, TOP + LABEL * (len(there) - index))
        x = frame.width - frame.right + 8
        found.append(element("text", told, x=str(x), y=str(y), class_=f"label {state}"))
    return found

"""Documents of results in, the whole picture out. Panels that nothing was measured for are not there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from benchmarks.chart import panels
from benchmarks.chart.bars import LEFT, RIGHT, Bars
from benchmarks.chart.lines import HIGH, Lines
from benchmarks.chart.marks import text
from benchmarks.chart.panels import Document

WIDE = 960
# Each by day and by night; neither needs the other's ground.
COLOURS = {
    "ground": ("#ffffff", "#12161c"),
    "ink": ("#1b2330", "#e8ebf0"),
    "quiet": ("#667085", "#98a2b3"),
    "grid": ("#e9ecf0", "#272d36"),
    "ours": ("#2f6fde", "#6aa5ff"),
    "theirs": ("#93a1b5", "#5f6f86"),
    "over": ("#d08a1d", "#e3ab55"),
}
LINES = (
    *(("#2f6fde", "#6aa5ff"), ("#0f8a6d", "#43c7a4"), ("#b4531a", "#f0995f"), ("#7a4fc4", "#b292f0")),
    *(("#a83267", "#ee83b1"), ("#64748b", "#a3b1c6"), ("#8a7a12", "#d6c44c"), ("#0b7fa3", "#59c3e6")),
)


def drawn(documents: Sequence[Document]) -> str:
    """Return the picture of one run, or of several of which each measured something else."""
    measures, peers, engines = (
        list(chain.from_iterable(document.get(name, ()) for document in documents))
        for name in ("measures", "peers", "engines")
    )
    marks, y = (
        [text(LEFT, 52, ("head", "What it costs")), text(LEFT, 76, ("small", _machine(documents[0])))],
        96.0,
    )
    for bars in (
        Bars(
            "Over the floor of the same run",
            "How many times as long as the least work that could be enough. A short line is the goal to stay under.",
            list(panels.over_floors(measures)),
        ),
        Bars(
            "Other tools over ours",
            "How many times as long as ours they take for as many objects of the same size, start-up included.",
            list(panels.beside_peers(peers)),
        ),
        Bars(
            "Passes a second",
            "By loops and workers, with everybody due at once and nothing changed.",
            list(panels.engines(engines)),
            ratios=False,
        ),
    ):
        if bars.rows:
            more, y = bars.drawn(y + 18)
            marks += more
    more, y = _growth(measures, y + 18)
    return _whole(marks + more, y + 16)


def _growth(measures: Sequence[Document], top: float) -> tuple[list[str], float]:
    halves = [("seconds", "Seconds"), ("peak_mib", "Peak of memory, MiB")]
    shown = [Lines(title, list(panels.growth(measures, member))) for member, title in halves]
    if not all(half.series for half in shown):
        return [], top
    marks = [
        text(LEFT, top + 18, ("title", "Growth with the fleet")),
        text(LEFT, top + 38, ("small", "By tenants. The dashed line is as steep as the fleet itself grows.")),
    ]
    half = (RIGHT - LEFT - 20) / 2
    for number, lines in enumerate(shown):
        marks += lines.drawn(LEFT + number * (half + 20), top + 66, half)
    return marks, top + 66 + HIGH + 30


def _machine(document: Document) -> str:
    about = document["about"]
    parts = (
        about["processor"] or about["system"],
        f"{about['cores']} cores",
        f"{about['implementation']} {about['python']}",
        about["system"],
    )
    return ", ".join(dict.fromkeys(parts)) + ". Compare ratios of one run, never seconds of two."


def _whole(marks: Sequence[str], high: float) -> str:
    day, night = _style(0), _style(1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high:.0f}" width="{WIDE}" height="{high:.0f}"'
        ' role="img" aria-label="What the tool costs, beside floors and other tools">\n'
        f"<style>{FIXED}{day}@media (prefers-color-scheme: dark){{{night}}}</style>\n"
        f'<rect class="ground" width="{WIDE}" height="{high:.0f}" rx="10"/>\n'
        + "\n".join(marks)
        + "\n</svg>\n"
    )


FIXED = (
    "text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}"
    ".head{font-size:24px;font-weight:600}.title{font-size:16px;font-weight:600}.name{font-size:12.5px}"
    ".value{font-weight:600}.small{font-size:11.5px}.tag{font-size:11.5px}"
    ".line{fill:none;stroke-width:2}.thin{stroke-width:1}"
    ".step{stroke-width:1;stroke-dasharray:4 4}.mark{stroke-width:2}"
)


def _style(time: int) -> str:
    ground, ink, quiet, grid, ours, theirs, over = (both[time] for both in COLOURS.values())
    rules = [
        f".ground{{fill:{ground}}}",
        f".head,.title,.name,.value{{fill:{ink}}}.small{{fill:{quiet}}}",
        f".grid{{stroke:{grid}}}.one,.step{{stroke:{quiet}}}.mark{{stroke:{ink}}}",
        f".ours{{fill:{ours}}}.theirs{{fill:{theirs}}}.over{{fill:{over}}}",
    ]
    for number, both in enumerate(LINES):
        rules.append(
            f".line.c{number},.thin.c{number}{{stroke:{both[time]}}}"
            f"circle.c{number},.tag.c{number}{{fill:{both[time]}}}"
        )
    return "".join(rules)

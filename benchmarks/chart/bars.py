"""Rows of a name and a number in, a panel of bars out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.chart.marks import Scale, bar, line, plain, round_down, round_up, text

LEFT, FROM, TO, RIGHT = 40.0, 350.0, 650.0, 920.0
THICK = 12.0


@dataclass(frozen=True, slots=True)
class Row:
    """A bar. ``under`` and ``after`` are the small print below its name and behind its value; ``mark`` is its goal."""

    name: str
    value: float
    shown: str
    kind: str = "ours"
    under: str = ""
    after: str = ""
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """A panel. ``ratios``: bars begin at 1, where both would be equal, and the same factor is the same length."""

    title: str
    about: str
    rows: Sequence[Row]
    ratios: bool = True

    def drawn(self, top: float) -> tuple[list[str], float]:
        """Return the marks of the panel, and where it ends."""
        marks = [text(LEFT, top + 18, ("title", self.title)), text(LEFT, top + 38, ("small", self.about))]
        scale, first = self._scale(), top + 76
        lowest = first + sum(self._high(row) for row in self.rows)
        for value in scale.steps():
            x = scale(value)
            marks.append(line(x, first - 8, x, lowest, "one" if self.ratios and value == 1 else "grid"))
            marks.append(text(x, first - 14, ("small", plain(value)), at="middle"))
        y = first
        for row in self.rows:
            marks += self._row(row, y, scale)
            y += self._high(row)
        return marks, lowest + 12

    def _row(self, row: Row, y: float, scale: Scale) -> list[str]:
        start, end = scale(1 if self.ratios else 0), scale(row.value)
        base = y + 15
        # The goal stands between a bar that is short of it and what is said of the bar.
        after = max(start, end, start if row.mark is None else scale(row.mark))
        marks = [
            text(LEFT, base, ("name", row.name)),
            bar(start, y + 5, end - start, THICK, row.kind),
            text(after + 10, base, ("value", row.shown), ("small", row.after)),
        ]
        if row.under:
            marks.append(text(LEFT, base + 15, ("small", row.under)))
        if row.mark is not None:
            marks.append(line(scale(row.mark), y + 2, scale(row.mark), y + 8 + THICK, "mark"))
        return marks

    def _scale(self) -> Scale:
        values = [row.value for row in self.rows] + [row.mark for row in self.rows if row.mark is not None]
        high = round_up(max([*values, 1e-9]))
        if not self.ratios:
            return Scale(0, high, FROM, TO, log=False)
        return Scale(min(round_down(min(values)), 1.0), max(high, 2.0), FROM, TO)

    @staticmethod
    def _high(row: Row) -> float:
        return 40.0 if row.under else 24.0

"""The text of a sound YAML file in, the same in its usual form out: what it says is not touched.

Line by line, and modest: two spaces of indentation for each level, a list two deeper than its key, no blanks at
line ends, one line break at the end, and ``apiVersion``, ``kind``, ``metadata``, ``spec`` in this order. Comments,
blank lines and everything within a line stay. Each change is kept only if the result reads back as the same
values with the same comments in the same order; what can not be done so is left as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from reconciler.desired.loading import load

_STEP = 2
_ORDER = {"apiVersion": 0, "kind": 1, "metadata": 2, "spec": 3}
_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#.*", re.MULTILINE)
_BOUNDARY = re.compile(r"(---|\.\.\.)([ \t]|$)")


class _Left(Exception):
    """This text is not indented line by line, so it is left alone."""


def formatted(text: str, file: str) -> str:
    """Return the text in its usual form; one with problems is returned as it is."""
    said = _said(text, file)
    if said is None:
        return text
    for change in (_cleaned, _indented, _ordered, _cleaned):
        changed = change(text, file)
        if changed != text and _said(changed, file) == said:
            text = changed
    return text


def _said(text: str, file: str) -> tuple[str, tuple[str, ...]] | None:
    """What must not change: the values of every document, and the comments in their order."""
    loaded = load(text, file)
    if loaded.problems:
        return None
    values = json.dumps([document.value for document in loaded.documents], sort_keys=True)
    return values, tuple(comments(text, file))


def comments(text: str, file: str) -> Iterator[str]:
    """Yield the comments of a sound text, without blanks at their ends."""
    text = _with_plain_ends(text)
    hidden = list(text)
    for node in _nodes(text, file):
        if isinstance(node.value, str):
            first, last = node.start_mark.index, node.end_mark.index
            hidden[first:last] = [c if c == "\n" else "x" for c in text[first:last]]
    seen = "".join(hidden)
    for found in _COMMENT.finditer(seen):
        yield text[found.start() : found.end()].rstrip()


def _with_plain_ends(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _nodes(text: str, file: str) -> Iterator[Any]:
    waiting = [document.root for document in load(text, file).documents]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node.value, list):
            for entry in node.value:
                waiting += entry if isinstance(entry, tuple) else (entry,)


def _spanned(text: str, file: str) -> set[int]:
    """Return the lines on which a text or flow collection goes on that began on a line above."""
    return {
        line
        for node in _nodes(text, file)
        if isinstance(node.value, str) or node.flow_style
        for line in range(node.start_mark.line + 1, _last_line(node) + 1)
    }


def _last_line(node: Any) -> int:
    """A block of text ends where the next thing begins, in column 0 or at that thing's line."""
    end: int = node.end_mark.line
    return end - 1 if getattr(node, "style", None) in ("|", ">") else end


def _cleaned(text: str, file: str) -> str:
    """Take away blanks at line ends, strange line ends, and empty lines at the end."""
    text = _with_plain_ends(text)
    kept = _spanned(text, file)
    lines = [line if n in kept else line.rstrip(" \t") for n, line in enumerate(text.split("\n"))]
    return "\n".join(lines).rstrip("\n") + "\n"


@dataclass(slots=True)
class _Layout:
    """Where each line of a text goes: its old and new column; for an entry of a list the column behind the dash."""

    lines: list[str]
    columns: dict[int, tuple[int, int]] = field(default_factory=dict)
    entries: dict[int, int] = field(default_factory=dict)
    shifts: dict[int, int] = field(default_factory=dict)

    def mapping(self, node: Any, column: int) -> None:
        """Lay out a mapping written on lines, its keys in ``column``."""
        for key, value in node.value:
            mark = key.start_mark
            if mark.line in self.columns:
                # The first key of a list's entry stands behind the dash.
                if self.entries.get(mark.line) != mark.column:
                    raise _Left
            else:
                self._begins(mark.line, mark.column, column)
            self._follow(key, column - mark.column)
            self.value(value, column + _STEP, column - mark.column)

    def value(self, node: Any, column: int, shift: int) -> None:
        """Lay out what stands behind a key or a dash; ``shift`` is how far that one moves."""
        if isinstance(node.value, str) or node.flow_style:
            self._follow(node, shift)
        elif node.value and isinstance(node.value[0], tuple):
            self.mapping(node, column)
        else:
            self.sequence(node, column)

    def sequence(self, node: Any, column: int) -> None:
        """Lay out a list written on lines, its dashes in ``column``."""
        for entry in node.value:
            mark = entry.start_mark
            before = self.lines[mark.line][: mark.column]
            if before.strip() != "-":
                raise _Left
            self._begins(mark.line, before.index("-"), column)
            self.entries[mark.line] = mark.column
            on_lines = not isinstance(entry.value, str) and not entry.flow_style and entry.value
            if on_lines and not isinstance(entry.value[0], tuple):
                raise _Left
            self.value(entry, column + _STEP, column + _STEP - mark.column)

    def _begins(self, line: int, old: int, new: int) -> None:
        if line in self.columns or self.lines[line][:old].strip():
            raise _Left
        self.columns[line] = (old, new)

    def _follow(self, node: Any, shift: int) -> None:
        for line in range(node.start_mark.line + 1, _last_line(node) + 1):
            self.shifts[line] = shift

    def text(self) -> str:
        """Return the lines, each where it goes."""
        return "\n".join(self._moved(n, line) for n, line in enumerate(self.lines))

    def _moved(self, number: int, line: str) -> str:
        if number in self.shifts:
            return _shifted(line, self.shifts[number])
        if number in self.entries:
            return " " * self.columns[number][1] + "- " + line[self.entries[number] :]
        if number in self.columns:
            old, new = self.columns[number]
            return " " * new + line[old:]
        if line.lstrip().startswith("#"):
            return _shifted(line, self._beside(number, _indent(line)))
        return line

    def _beside(self, number: int, column: int) -> int:
        """How far a comment moves: with what is below it, if that is in its column, else with what it is under."""
        below = next((n for n in range(number, len(self.lines)) if n in self.columns), None)
        if below is not None and self.columns[below][0] == column:
            return self.columns[below][1] - column
        for above in range(number - 1, -1, -1):
            if _BOUNDARY.match(self.lines[above]):
                break
            for old, new in self._levels(above):
                if old <= column:
                    return new - old
        return 0

    def _levels(self, line: int) -> Iterator[tuple[int, int]]:
        """The columns a line opens, the deepest first."""
        if line in self.entries:
            yield self.entries[line], self.columns[line][1] + _STEP
        if line in self.columns:
            yield self.columns[line]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _shifted(line: str, by: int) -> str:
    if not line.strip():
        return line
    return " " * max(0, _indent(line) + by) + line.lstrip() if by else line


def _indented(text: str, file: str) -> str:
    """Give each level its two spaces."""
    layout = _Layout(text.split("\n"))
    try:
        for document in load(text, file).documents:
            layout.value(document.root, 0, 0)
    except _Left:
        return text
    return layout.text()


def _ordered(text: str, file: str) -> str:
    """Put the members of each document into the usual order, with the comments right above them."""
    lines = text.split("\n")
    for document in load(text, file).documents:
        root = document.root
        if root.flow_style or not isinstance(document.value, dict):
            continue
        starts = [key.start_mark.line for key, _ in root.value]
        names = [key.value for key, _ in root.value]
        if any(key.start_mark.column for key, _ in root.value):
            continue
        begin = _reaching(lines, starts)
        parts = list(zip(begin, [*begin[1:], _end(lines, starts[-1])], strict=True))
        order = sorted(range(len(names)), key=lambda i: (_ORDER.get(names[i], len(_ORDER)), i))
        lines[parts[0][0] : parts[-1][1]] = [line for i in order for line in lines[parts[i][0] : parts[i][1]]]
    return "\n".join(lines)


def _reaching(lines: list[str], starts: list[int]) -> list[int]:
    """Where each member begins with its comments; those above the first one are the whole document's."""
    found = starts[:1]
    for start in starts[1:]:
        while lines[start - 1].startswith("#"):
            start -= 1
        found.append(start)
    return found


def _end(lines: list[str], start: int) -> int:

    return next((n for n in range(start, len(lines)) if _BOUNDARY.match(lines[n])), len(lines))

"""A parsed document and a path in, the place, the written word or a problem out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reconciler.desired.plain import Marks
from reconciler.errors import Problem
from reconciler.messages import SENTENCES, say
from reconciler.model import Place

Path = Sequence[str | int]

# What libyaml counts as the end of a line. Its other three are refused in the text before it is parsed.
_BREAKS = re.compile(r"\r\n|\r|\n")
_LONGEST_LINE = 1000
_CREDENTIALS = re.compile(r"://[^/\s@]*@")


def problem(place: Place, text: str, code: str, hint: str = "", /, **facts: object) -> Problem:
    """Make a problem of ``code`` in ``text``: sentence and hint from the tables, the line from the text.

    A hint may be given; else it is ``files.<code>.<member>.hint`` or ``files.<code>.hint``, if there is one.
    """
    special = f"files.{code}.{facts.get('name', '')}.hint"
    usual = f"files.{code}.hint"
    if not hint:
        hint = next((say(key, **facts) for key in (special, usual) if key in SENTENCES), "")
    message, line = say(f"files.{code}", **facts), line_of(text, place.line)
    return Problem(place, code, _hidden(message), _hidden(line), hint)


def _hidden(words: str) -> str:
    """Cover name and password of a URL: no output shows a secret."""
    return _CREDENTIALS.sub("://***@", words) if "://" in words else words


def line_of(text: str, number: int) -> str:
    """Return a line by its number (from 1), "" past the end; a very long one only as far as is worth showing."""
    starts = _line_starts(text)
    if number > len(starts):
        return ""
    start = starts[number - 1]
    return _BREAKS.split(text[start : start + _LONGEST_LINE], 1)[0]


def place_at(file: str, text: str, offset: int) -> Place:
    """Return where the character at ``offset`` stands."""
    starts = _line_starts(text)
    line = bisect_right(starts, offset)
    return Place(file, line, offset - starts[line - 1] + 1)


# The problems of one file are made one after the other, so one text is enough to remember.
@lru_cache(maxsize=1)
def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in _BREAKS.finditer(text))]


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its plain ``value``, and where each thing stands.

    ``nodes`` are the parser's, which know all positions; None where the text was read without the parser, which is
    then asked when they are wanted. ``marks`` are what was noted instead. ``floats`` says that a number with a fraction
    or exponent stands somewhere in it. Positions are looked up when they are asked for: most documents have no problem
    to point at.
    """

    file: str
    text: str
    value: Any
    nodes: Any = None
    floats: bool = False
    marks: Marks | None = None

    @property
    def root(self) -> Any:
        """The parser's node of the whole document."""
        if self.nodes is not None:
            return self.nodes
        from reconciler.desired.composing import composed

        return composed(self.text)

    def place(self, path: Path = ()) -> Place:
        """Return where the value at ``path`` stands; of a path that is not there, its nearest parent."""
        marked = self._mark(path) if self.marks else None
        return Place(self.file, *marked) if marked else self._at(self._nodes(path)[1])

    def key_place(self, path: Path) -> Place:
        """Return where the key at the end of ``path`` stands; for an entry of a list, the entry."""
        key, value = self._nodes(path)
        return self._at(key or value)

    def places(self, path: Path) -> tuple[Place, ...]:
        """Return where each entry of the list at ``path`` stands; where there is no list, where it would."""
        marked = self._entry_marks(path) if self.marks else None
        if marked:
            return tuple(Place(self.file, *mark) for mark in marked)
        node = self._nodes(path)[1]
        return tuple(self._at(entry) for entry in node.value) if node.id == "sequence" else (self._at(node),)

    def written(self, path: Path) -> str:
        """Return the scalar at ``path`` as it is spelt in the file; "" for a list or a mapping."""
        word = self._nodes(path)[1].value
        return word if isinstance(word, str) else ""

    def span(self, path: Path) -> tuple[int, int]:
        """Return where the value at ``path`` begins and ends in ``text``, as offsets."""
        node = self._nodes(path)[1]
        return node.start_mark.index, node.end_mark.index

    def quoted(self, path: Path) -> bool:
        """Say whether the scalar at ``path`` is written in quotes (or as a block of text)."""
        return bool(getattr(self._nodes(path)[1], "style", ""))

    def problem(self, code: str, path: Path, hint: str = "", /, **facts: object) -> Problem:
        """Make a problem that points at the value at ``path``; ``member`` and ``name`` are filled in."""
        return self._problem(self.place(path), code, path, hint, facts)

    def key_problem(self, code: str, path: Path, hint: str = "", /, **facts: object) -> Problem:
        """Make a problem that points at the key at the end of ``path``."""
        return self._problem(self.key_place(path), code, path, hint, facts)

    def _problem(self, place: Place, code: str, path: Path, hint: str, facts: dict[str, object]) -> Problem:
        name = next((step for step in reversed(path) if isinstance(step, str)), "")
        return problem(place, self.text, code, hint, **{"member": spelt(path), "name": name, **facts})

    def _mark(self, path: Path) -> tuple[int, int] | None:
        """Return the line and column of the value at ``path``, if they were noted."""
        holder = self._inside(path[:-1]) if path else None
        return self.marks.get((id(holder), path[-1])) if self.marks and holder is not None else None

    def _entry_marks(self, path: Path) -> list[tuple[int, int]] | None:
        """Return the line and column of each entry of the list at ``path``, if they were noted."""
        entries = self._inside(path)
        if not self.marks or not isinstance(entries, list) or (id(entries), 0) not in self.marks:
            return None
        return [self.marks[id(entries), number] for number in range(len(entries))]

    def _inside(self, path: Path) -> Any:
        """Return the value at ``path``; None if there is none."""
        value = self.value
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def _nodes(self, path: Path) -> tuple[Any, Any]:
        """Return key node (None in a list) and value node at ``path``."""
        key, node = None, self.root
        for step in path:
            if isinstance(step, int):
                if node.id != "sequence":
                    break
                key, node = None, node.value[step]
                continue
            if node.id != "mapping":
                break
            found = next((pair for pair in node.value if pair[0].value == step), None)
            if found is None:
                break
            key, node = found
        return key, node

    def _at(self, node: Any) -> Place:
        mark = node.start_mark
        return Place(self.file, mark.line + 1, mark.column + 1)


def spelt(path: Path) -> str:
    """Return a path as people write it: ``spec.subscriptions[0].plan``; "the document" for the root."""
    words = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return words.removeprefix(".") or say("files.the-document")

"""The text of a YAML file in, its one document out if it is of the plainest kind; None for every other text.

libyaml makes an object of each word and two of where it stands, and that is most of what reading a fleet costs. Nearly
all tenant files and live states are written so plainly that they can be read line by line:

    # a comment, or nothing
    key: word             a word of letters, digits and _ . / @ + - ( ) with single blanks and colons inside
    key: "text"           in quotes of either kind, with no escapes
    key: {a: b, c: [d]}   a mapping or a list on one line, or over several
    key:                  what is in it stands below, further in (of a list, its dashes may stand right below)
    - key: word           an entry of a list; a word, text or collection may be one too

Whatever is written in any other way, and whatever could be refused, is not read here: the answer is None, and the
strict loader has the word. So this reader refuses nothing and explains nothing, and what it reads, it reads as the
strict loader would: ``tests/test_plain.py`` holds the two to one answer.

A fleet's lines are much alike ("kind: Tenant"), so what a line says is kept for the next file that has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from reconciler.desired.plain_collections import DEEPEST, Odd, collection
from reconciler.desired.plain_lines import BELOW, BLANK, OPEN, Line, joined, line_of

# Where the value of a key, or an entry of a list, stands: by the id of what holds it and the key or number in it.
Marks = Mapping[tuple[int, Any], tuple[int, int]]


class PlainDocument(NamedTuple):
    """The document of a text: its value, and where the values of its blocks stand."""

    value: dict[str, Any]
    marks: Marks


def plain_document(text: str, *, marked: bool = True) -> PlainDocument | None:
    """Return the document of ``text``; None: ask the strict loader. Not ``marked``: nobody wants to know the places."""
    try:
        return _Reading().read(text, marked=marked)
    except Odd:
        return None


class _Reading:
    """One text being read. ``stack``: the blocks that are open, each with the column of its keys or dashes."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self.headed = False
        self.stack: list[tuple[int, Any]] = [(0, self.root)]
        self.marks: dict[tuple[int, Any], tuple[int, int]] = {}
        # A key whose value stands below: its mapping, the key, and its column.
        self.waiting: tuple[dict[str, Any], str, int] | None = None

    def read(self, text: str, *, marked: bool) -> PlainDocument | None:
        # Most lines are a member of the mapping that the line before was in: that way is the short one.
        at, block = 0, self.root
        lines = iter(enumerate(text.split("\n"), 1))
        for number, raw in lines:
            line = line_of(raw)
            if line is OPEN:
                line = joined(raw, lines)
            if line is BLANK:
                continue
            if line is None:
                if raw != "---" or self.root or self.headed:
                    return None
                self.headed = True
            elif line[0] == at and line[6]:
                key = line[2]
                if key is None or key in block:
                    return None
                block[key] = collection(line[5]) if line[5] else line[4]
                if marked:
                    self.marks[id(block), key] = number, line[3]
            else:
                self._take(line, number)
                at, block = self._going_on()
        if self.waiting or not self.root:
            return None
        return PlainDocument(self.root, self.marks if marked else {})

    def _going_on(self) -> tuple[int, dict[str, Any]]:
        """Return the column and the mapping that the next line may belong to without a closer look; -1: none."""
        at, block = self.stack[-1]
        return (-1, {}) if self.waiting or block.__class__ is list else (at, block)

    def _take(self, line: Line, number: int) -> None:
        """Take a line that begins or ends something."""
        indent, inner, key, column, value, flow, _ = line
        stack = self.stack
        if self.waiting:
            self._open(indent, number, is_list=inner > 0)
        elif stack[-1][0] != indent:
            self._back_to(indent)
        holder = stack[-1][1]
        if inner:
            if holder.__class__ is not list:
                raise Odd
            if key is not None:
                entry: dict[str, Any] = {}
                self.marks[id(holder), len(holder)] = number, inner + 1
                holder.append(entry)
                stack.append((inner, entry))
                indent, holder = inner, entry
            elif value is BELOW:
                raise Odd
            else:
                self.marks[id(holder), len(holder)] = number, column
                holder.append(collection(flow) if flow else value)
                return
        elif holder.__class__ is list:
            # A list may stand in the column of the key it belongs to. Here it ends.
            stack.pop()
            top, holder = stack[-1]
            if top != indent or holder.__class__ is not dict:
                raise Odd
        if key is None or key in holder:
            raise Odd
        if value is BELOW:
            self.waiting, holder[key] = (holder, key, indent), None
            return
        self.marks[id(holder), key] = number, column
        holder[key] = collection(flow) if flow else value

    def _open(self, indent: int, number: int, *, is_list: bool) -> None:
        """Open the block that a key waits for."""
        assert self.waiting
        holder, key, at = self.waiting
        if indent < at or (indent == at and not is_list) or len(self.stack) > DEEPEST:
            raise Odd
        block: Any = [] if is_list else {}
        holder[key], self.waiting = block, None
        self.marks[id(holder), key] = number, indent + 1
        self.stack.append((indent, block))

    def _back_to(self, indent: int) -> None:
        """Close the blocks that stand further in than the one that goes on."""
        stack = self.stack
        while stack and stack[-1][0] > indent:
            stack.pop()
        if not stack or stack[-1][0] != indent:
            raise Odd

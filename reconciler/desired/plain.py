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

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from reconciler.desired.scalars import is_plain_key, scalar

# Where the value of a key, or an entry of a list, stands: by the id of what holds it and the key or number in it.
Marks = Mapping[tuple[int, Any], tuple[int, int]]

_DEEPEST = 12
_MOST_LINES = 20
# No blank at either end, no other sign than these, and a colon only in front of something: never ": ".
_WORD = r"\w[\w./@+()-]*(?:[: ][\w./@+()-]+)*"
# Outside of a collection a comma is a sign like any other.
_PHRASE = r"\w[\w./@+(),-]*(?:[: ][\w./@+(),-]+)*"
_KEY = "[A-Za-z][A-Za-z0-9_.-]*"
_TEXT = r""""[^"\\\n]*"|'[^'\n]*'(?!')"""
_LINE = re.compile(
    rf"(?P<indent> *)(?P<dash>- +)?(?:(?P<key>{_KEY}):(?: +|$))?"
    rf"(?:(?P<word>{_PHRASE})|(?P<text>{_TEXT})|(?P<flow>[{{\[](?s:.*)))?(?(flow)| *(?:(?<= )\#.*)?)",
).fullmatch
_IS_PHRASE = re.compile(_PHRASE).fullmatch
_HEAD = re.compile(rf"( *)(- +)?({_KEY})").fullmatch
_OPENING = frozenset("[{")
_NOTHING = re.compile(" *(?:#.*)?").fullmatch
_SOME = rf"{_WORD}(?:, +{_WORD})*"
# The usual collections hold words, or lists of words, and need not be read sign by sign: no word has a comma in it.
_LIST = re.compile(rf"\[(?:{_SOME})?\]").fullmatch
_MAPPING = re.compile(
    rf"\{{{_KEY}: +(?:{_WORD}|\[(?:{_SOME})?\])(?:, +{_KEY}: +(?:{_WORD}|\[(?:{_SOME})?\]))*\}}"
).fullmatch
_MEMBERS = re.compile(rf"({_KEY}): +(?:({_WORD})|\[([^\]]*)\])").findall
_TOKEN = re.compile(
    rf"[ \n]*(?:(?P<sign>[{{}}\[\],])|(?P<text>{_TEXT})(?=[ \n,\]}}]|$)|(?P<word>{_WORD})(?P<colon>:(?=[ \n]))?)"
).match


class PlainDocument(NamedTuple):
    """The document of a text: its value, and where the values of its blocks stand."""

    value: dict[str, Any]
    marks: Marks


# What one line says: where it begins, where what is behind its dash does (0: it has none), its key, if it has one,
# where its value begins (from 1), that value (a word or text, _BELOW, or a collection, as it is written), and
# whether it is no more than a member of a mapping.
_Line = tuple[int, int, str | None, int, Any, str | None, bool]


class _Odd(Exception):
    """Something is not as plain as it must be."""


class _Open(Exception):
    """A collection goes on in the next line."""


# No value of a document is this.
_BELOW = object()
_BLANK: _Line = (-1, 0, None, 0, None, None, False)
_OPEN: _Line = (-2, 0, None, 0, None, None, False)


def plain_document(text: str, *, marked: bool = True) -> PlainDocument | None:
    """Return the document of ``text``; None: ask the strict loader. Not ``marked``: nobody wants to know the places."""
    try:
        return _Reading().read(text, marked=marked)
    except _Odd:
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
            line = _line(raw)
            if line is _OPEN:
                line = _joined(raw, lines)
            if line is _BLANK:
                continue
            if line is None:
                if raw != "---" or self.root or self.headed:
                    return None
                self.headed = True
            elif line[0] == at and line[6]:
                key = line[2]
                if key is None or key in block:
                    return None
                block[key] = _collection(line[5]) if line[5] else line[4]
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

    def _take(self, line: _Line, number: int) -> None:
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
                raise _Odd
            if key is not None:
                entry: dict[str, Any] = {}
                self.marks[id(holder), len(holder)] = number, inner + 1
                holder.append(entry)
                stack.append((inner, entry))
                indent, holder = inner, entry
            elif value is _BELOW:
                raise _Odd
            else:
                self.marks[id(holder), len(holder)] = number, column
                holder.append(_collection(flow) if flow else value)
                return
        elif holder.__class__ is list:
            # A list may stand in the column of the key it belongs to. Here it ends.
            stack.pop()
            top, holder = stack[-1]
            if top != indent or holder.__class__ is not dict:
                raise _Odd
        if key is None or key in holder:
            raise _Odd
        if value is _BELOW:
            self.waiting, holder[key] = (holder, key, indent), None
            return
        self.marks[id(holder), key] = number, column
        holder[key] = _collection(flow) if flow else value

    def _open(self, indent: int, number: int, *, is_list: bool) -> None:
        """Open the block that a key waits for."""
        assert self.waiting
        holder, key, at = self.waiting
        if indent < at or (indent == at and not is_list) or len(self.stack) > _DEEPEST:
            raise _Odd
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
            raise _Odd


def _joined(raw: str, lines: Iterator[tuple[int, str]]) -> _Line | None:
    """Read a collection that goes on over several lines."""
    for _, more in islice(lines, _MOST_LINES):
        raw = f"{raw}\n{more}"
        line = _line(raw)
        if line is not _OPEN:
            return line
    raise _Odd


@lru_cache(maxsize=2048)
def _line(raw: str) -> _Line | None:
    """Return what a line says: None if it is odd, _OPEN where a collection does not end in it."""
    head, colon, word = raw.partition(": ")
    known = _head(head) if colon else None
    if known is None:
        return _line_of_any_kind(raw)
    indent, inner, key = known
    if _IS_PHRASE(word):
        value = scalar(word)
        return (
            None if value.__class__ is float else (indent, inner, key, len(head) + 3, value, None, not inner)
        )
    if word[:1] in _OPENING and raw.isprintable():
        _, is_open = _collected(word)
        return _OPEN if is_open is None else (indent, inner, key, len(head) + 3, None, word, not inner)
    return _line_of_any_kind(raw)


@lru_cache(maxsize=512)
def _head(text: str) -> tuple[int, int, str] | None:
    """Return the column, that behind a dash, and the key of a line; None if it begins with something else."""
    found = _HEAD(text)
    if found is None or not is_plain_key(found[3]):
        return None
    return len(found[1]), found.end(2) if found[2] else 0, found[3]


def _line_of_any_kind(raw: str) -> _Line | None:
    if not raw.replace("\n", "").isprintable():
        return None
    if _NOTHING(raw):
        return _BLANK
    found = _LINE(raw)
    if found is None:
        return None
    indent, dash, key, word, text, flow = found.groups()
    if key is not None and not is_plain_key(key):
        return None
    inner = found.end(2) if dash else 0
    value: Any = None
    if word is not None:
        value, column = scalar(word), found.start(4) + 1
        if value.__class__ is float:
            return None
    elif text is not None:
        value, column = text[1:-1], found.start(5) + 1
    elif flow is not None:
        if _collected(flow)[1] is None:
            return _OPEN
        column = found.start(6) + 1
    else:
        value, column = _BELOW, 0
    member = not inner and key is not None and value is not _BELOW
    return (len(indent), inner, key, column, value, flow, member)


def _collection(flow: str) -> Any:
    """Return a collection, made anew: no two documents share one."""
    value, is_flat = _collected(flow)
    return value.copy() if is_flat else _copied(value)


def _copied(value: Any) -> Any:
    if value.__class__ is dict:
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if value.__class__ is list else value


@lru_cache(maxsize=1024)
def _collected(flow: str) -> tuple[Any, bool | None]:
    """Return a collection as it is kept, and whether it has no other one in it; None: it goes on in the next line."""
    if _LIST(flow):
        return _words(flow[1:-1]), True
    if _MAPPING(flow):
        found = _MEMBERS(flow)
        members = {key: _word(word) if word else _words(words) for key, word, words in found}
        if len(members) < len(found) or not all(map(is_plain_key, members)):
            raise _Odd
        return members, all(word for _, word, _ in found)
    try:
        value, end = _flow(flow, 0, 0)
    except _Open:
        return None, None
    if not _NOTHING(flow, end) or flow[end : end + 1] == "#":
        raise _Odd
    return value, False


def _flow(text: str, at: int, depth: int) -> tuple[Any, int]:
    """Read the value at ``at``, and return it with where it ends."""
    found = _token(text, at)
    sign = found["sign"]
    if sign == "{" and depth < _DEEPEST:
        return _flow_mapping(text, found.end(), depth)
    if sign == "[" and depth < _DEEPEST:
        return _flow_list(text, found.end(), depth)
    if sign or found["colon"]:
        raise _Odd
    if found["text"]:
        return found["text"][1:-1], found.end()
    return _word(found["word"]), found.end()


def _words(text: str) -> list[Any]:
    return [_word(word.strip(" ")) for word in text.split(",")] if text else []


def _word(word: str) -> Any:
    value = scalar(word)
    if value.__class__ is float:
        raise _Odd
    return value


def _flow_mapping(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    members: dict[str, Any] = {}
    found = _token(text, at)
    if found["sign"] == "}":
        return members, found.end()
    while True:
        key = found["word"]
        if not found["colon"] or not is_plain_key(key) or key in members:
            raise _Odd
        members[key], at = _flow(text, found.end(), depth + 1)
        sign = _token(text, at)
        if sign["sign"] == "}":
            return members, sign.end()
        if sign["sign"] != ",":
            raise _Odd
        found = _token(text, sign.end())


def _flow_list(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    entries: list[Any] = []
    found = _token(text, at)
    if found["sign"] == "]":
        return entries, found.end()
    while True:
        entry, at = _flow(text, at, depth + 1)
        entries.append(entry)
        found = _token(text, at)
        if found["sign"] == "]":
            return entries, found.end()
        if found["sign"] != ",":
            raise _Odd
        at = found.end()


def _token(text: str, at: int) -> re.Match[str]:
    found = _TOKEN(text, at)
    if found:
        return found
    raise _Odd if text[at:].strip(" \n") else _Open

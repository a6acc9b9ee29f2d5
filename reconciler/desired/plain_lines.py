"""One line of a plain text in, what it says out: where it begins, its key, its value; kept for the next one like it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from reconciler.desired.plain_collections import KEY, TEXT, Odd, collected, is_nothing
from reconciler.desired.scalars import is_plain_key, scalar

_MOST_LINES = 20
# Outside of a collection a comma is a sign like any other.
_PHRASE = r"\w[\w./@+(),-]*(?:[: ][\w./@+(),-]+)*"
_LINE = re.compile(
    rf"(?P<indent> *)(?P<dash>- +)?(?:(?P<key>{KEY}):(?: +|$))?"
    rf"(?:(?P<word>{_PHRASE})|(?P<text>{TEXT})|(?P<flow>[{{\[](?s:.*)))?(?(flow)| *(?:(?<= )\#.*)?)",
).fullmatch
_IS_PHRASE = re.compile(_PHRASE).fullmatch
_HEAD = re.compile(rf"( *)(- +)?({KEY})").fullmatch
_OPENING = frozenset("[{")

# What one line says: where it begins, where what is behind its dash does (0: it has none), its key, if it has one,
# where its value begins (from 1), that value (a word or text, BELOW, or a collection, as it is written), and
# whether it is no more than a member of a mapping.
Line = tuple[int, int, str | None, int, Any, str | None, bool]

# No value of a document is this.
BELOW = object()
BLANK: Line = (-1, 0, None, 0, None, None, False)
OPEN: Line = (-2, 0, None, 0, None, None, False)


@lru_cache(maxsize=2048)
def line_of(raw: str) -> Line | None:
    """Return what a line says: None if it is odd, OPEN where a collection does not end in it."""
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
        _, is_open = collected(word)
        return OPEN if is_open is None else (indent, inner, key, len(head) + 3, None, word, not inner)
    return _line_of_any_kind(raw)


@lru_cache(maxsize=512)
def _head(text: str) -> tuple[int, int, str] | None:
    """Return the column, that behind a dash, and the key of a line; None if it begins with something else."""
    found = _HEAD(text)
    if found is None or not is_plain_key(found[3]):
        return None
    return len(found[1]), found.end(2) if found[2] else 0, found[3]


def _line_of_any_kind(raw: str) -> Line | None:
    if not raw.replace("\n", "").isprintable():
        return None
    if is_nothing(raw):
        return BLANK
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
        if collected(flow)[1] is None:
            return OPEN
        column = found.start(6) + 1
    else:
        value, column = BELOW, 0
    member = not inner and key is not None and value is not BELOW
    return (len(indent), inner, key, column, value, flow, member)


def joined(raw: str, lines: Iterator[tuple[int, str]]) -> Line | None:
    """Read a collection that goes on over several lines."""
    for _, more in islice(lines, _MOST_LINES):
        raw = f"{raw}\n{more}"
        line = line_of(raw)
        if line is not OPEN:
            return line
    raise Odd

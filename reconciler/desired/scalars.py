"""A plain YAML scalar in, its value out: the small part of YAML 1.2 that nobody can misread.

Null, true and false as in the YAML 1.2 core schema, and decimal numbers as JSON writes them. Everything else
is text: ``NO``, ``yes``, ``12:30``, ``010``, ``0x10``, ``0o7``, ``+5``, ``1_000``, ``.5``, ``.inf`` and dates. Where
the core schema would read a number that people read as another one, text makes the schema ask what was meant.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import isfinite

Scalar = str | int | float | bool | None

WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII).fullmatch
_FIRST_OF_A_NUMBER = frozenset("-0123456789")
# Eighteen digits fit every reader's integers. A longer number is an id, or an attack on int().
_LONGEST_NUMBER = 18
_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,199}").fullmatch


def scalar(word: str) -> Scalar:
    """Return what an unquoted word means."""
    if word in WORDS:
        return WORDS[word]
    if word[0] in _FIRST_OF_A_NUMBER and len(word) <= _LONGEST_NUMBER:
        return _number(word)
    return word


def _number(word: str) -> str | int | float:
    found = _NUMBER(word)
    if found is None:
        return word
    if found[2] is None and found[3] is None:
        return int(word)
    number = float(word)
    return number if isfinite(number) else word


# A fleet's files use the same few keys: each is looked at once.
@lru_cache(maxsize=1024)
def is_plain_key(key: str) -> bool:
    """Say whether an unquoted key is a name that nobody could take for anything else."""
    return key not in WORDS and _PLAIN_KEY(key) is not None

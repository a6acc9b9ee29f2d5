"""A collection as it is written on a line in, its value out: ``{a: b, c: [d]}``; Odd where it is not plain enough."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from reconciler.desired.scalars import is_plain_key, scalar

DEEPEST = 12
# No blank at either end, no other sign than these, and a colon only in front of something: never ": ".
_WORD = r"\w[\w./@+()-]*(?:[: ][\w./@+()-]+)*"
KEY = "[A-Za-z][A-Za-z0-9_.-]*"
TEXT = r""""[^"\\\n]*"|'[^'\n]*'(?!')"""
is_nothing = re.compile(" *(?:#.*)?").fullmatch
_SOME = rf"{_WORD}(?:, +{_WORD})*"
# The usual collections hold words, or lists of words, and need not be read sign by sign: no word has a comma in it.
_LIST = re.compile(rf"\[(?:{_SOME})?\]").fullmatch
_MAPPING = re.compile(
    rf"\{{{KEY}: +(?:{_WORD}|\[(?:{_SOME})?\])(?:, +{KEY}: +(?:{_WORD}|\[(?:{_SOME})?\]))*\}}"
).fullmatch
_MEMBERS = re.compile(rf"({KEY}): +(?:({_WORD})|\[([^\]]*)\])").findall
_TOKEN = re.compile(
    rf"[ \n]*(?:(?P<sign>[{{}}\[\],])|(?P<text>{TEXT})(?=[ \n,\]}}]|$)|(?P<word>{_WORD})(?P<colon>:(?=[ \n]))?)"
).match


class Odd(Exception):
    """Something is not as plain as it must be."""


class _Open(Exception):
    """A collection goes on in the next line."""


def collection(flow: str) -> Any:
    """Return a collection, made anew: no two documents share one."""
    value, is_flat = collected(flow)
    return value.copy() if is_flat else _copied(value)


def _copied(value: Any) -> Any:
    if value.__class__ is dict:
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if value.__class__ is list else value


@lru_cache(maxsize=1024)
def collected(flow: str) -> tuple[Any, bool | None]:
    """Return a collection as it is kept, and whether it has no other one in it; None: it goes on in the next line."""
    if _LIST(flow):
        return _words(flow[1:-1]), True
    if _MAPPING(flow):
        found = _MEMBERS(flow)
        members = {key: _word(word) if word else _words(words) for key, word, words in found}
        if len(members) < len(found) or not all(map(is_plain_key, members)):
            raise Odd
        return members, all(word for _, word, _ in found)
    try:
        value, end = _flow(flow, 0, 0)
    except _Open:
        return None, None
    if not is_nothing(flow, end) or flow[end : end + 1] == "#":
        raise Odd
    return value, False


def _flow(text: str, at: int, depth: int) -> tuple[Any, int]:
    """Read the value at ``at``, and return it with where it ends."""
    found = _token(text, at)
    sign = found["sign"]
    if sign == "{" and depth < DEEPEST:
        return _flow_mapping(text, found.end(), depth)
    if sign == "[" and depth < DEEPEST:
        return _flow_list(text, found.end(), depth)
    if sign or found["colon"]:
        raise Odd
    if found["text"]:
        return found["text"][1:-1], found.end()
    return _word(found["word"]), found.end()


def _words(text: str) -> list[Any]:
    return [_word(word.strip(" ")) for word in text.split(",")] if text else []


def _word(word: str) -> Any:
    value = scalar(word)
    if value.__class__ is float:
        raise Odd
    return value


def _flow_mapping(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    members: dict[str, Any] = {}
    found = _token(text, at)
    if found["sign"] == "}":
        return members, found.end()
    while True:
        key = found["word"]
        if not found["colon"] or not is_plain_key(key) or key in members:
            raise Odd
        members[key], at = _flow(text, found.end(), depth + 1)
        sign = _token(text, at)
        if sign["sign"] == "}":
            return members, sign.end()
        if sign["sign"] != ",":
            raise Odd
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
            raise Odd
        at = found.end()


def _token(text: str, at: int) -> re.Match[str]:
    found = _TOKEN(text, at)
    if found:
        return found
    raise Odd if text[at:].strip(" \n") else _Open

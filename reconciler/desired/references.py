"""The text of a YAML file in, its anchors, aliases and tags out, and the text without anchors and aliases.

A second look by events, made only where a text holds one of their signs. What is left when they are blanked out
keeps every position, so that the rest of the file can be judged as it stands; a text that needs them to be read, or
holds too many, is not read at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.error import Mark, YAMLError
from yaml.events import AliasEvent, Event, StreamEndEvent

from reconciler.desired.explaining import clipped

MOST = 50
_MOST_EVENTS = 300_000


@dataclass(frozen=True, slots=True)
class Reference:
    """One of them: the code of its problem, line and column from 1, and the word that stands there."""

    code: str
    line: int
    column: int
    word: str


@dataclass(frozen=True, slots=True)
class References:
    """What was found. ``rest``: the text without, None where it must not be read.

    ``whole``: the events came to their end, so that a break in ``rest`` is of our making.
    """

    found: tuple[Reference, ...]
    rest: str | None
    whole: bool


def references(text: str) -> References:
    """Return the anchors, aliases and tags of a text; of very many the first."""
    found: list[Reference] = []
    blanks: list[tuple[int, str]] = []
    whole = counted = False
    parser = CParser(text)
    try:
        for _ in range(_MOST_EVENTS):
            event = parser.get_event()
            if event is None or isinstance(event, StreamEndEvent):
                whole = counted = True
                break
            _note(event, text, found, blanks)
            if len(found) > MOST:
                break
    except YAMLError:
        # The text breaks here; whoever reads the rest meets the same break and reports it.
        counted = True
    if not blanks:
        return References(tuple(found), text, False)
    rest = _blanked(text, blanks) if counted else None
    return References(tuple(found), rest if rest is not None and _is_free(rest) else None, whole)


def _note(event: Event, text: str, found: list[Reference], blanks: list[tuple[int, str]]) -> None:
    anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
    mark = cast("Mark", event.start_mark)
    line, column = mark.line + 1, mark.column + 1
    if tag is not None:
        found.append(Reference("tag", line, column, clipped(tag)))
    if anchor is None:
        return
    alias = isinstance(event, AliasEvent)
    found.append(Reference("alias" if alias else "anchor", line, column, clipped(anchor)))
    sign = "*" if alias else "&"
    start = text.find(f"{sign}{anchor}", mark.index)
    if start >= 0:
        # An alias stands for a value, so a value stays: the empty one.
        blanks.append((start, ("~" if alias else " ").ljust(len(anchor) + 1)))


def _blanked(text: str, blanks: list[tuple[int, str]]) -> str:
    parts, end = [], 0
    for start, blank in blanks:
        parts += [text[end:start], blank]
        end = start + len(blank)
    return "".join([*parts, text[end:]])


def _is_free(text: str) -> bool:
    """Say whether no anchor or alias is left: composing one may never end."""
    parser = CParser(text)
    try:
        for _ in range(_MOST_EVENTS):
            event = parser.get_event()
            if event is None or isinstance(event, StreamEndEvent):
                return True
            if getattr(event, "anchor", None) is not None:
                return False
    except YAMLError:
        return True
    return False

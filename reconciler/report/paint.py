"""A role and a text in, the text in that role's colour out; without colour, the text as it is.

Only plain ANSI codes that every terminal knows, and none unless asked: colour never carries meaning alone,
the signs and words beside it say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a piece of text is; the palette gives it a colour."""

    NAME = "name"
    QUIET = "quiet"
    GOOD = "good"
    SWITCH = "switch"
    SUPPORT = "support"
    BAD = "bad"
    WAIT = "wait"
    UNKNOWN = "unknown"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Paint:
    """A palette: ANSI codes by role; a role without a code stays as it is."""

    codes: Mapping[Role, str]

    def __call__(self, role: Role, text: str) -> str:
        """Return ``text`` in the role's colour."""
        code = self.codes.get(role)
        return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


PLAIN = Paint({})
COLOURS = Paint(
    {
        Role.NAME: "1",
        Role.QUIET: "2",
        Role.GOOD: "32",
        Role.SWITCH: "36",
        Role.SUPPORT: "34",
        Role.BAD: "31",
        Role.WAIT: "33",
        Role.UNKNOWN: "35",
        Role.WARNING: "33",
    }
)


def palette(colour: bool) -> Paint:
    """Return the palette for a terminal with or without colour."""
    return COLOURS if colour else PLAIN

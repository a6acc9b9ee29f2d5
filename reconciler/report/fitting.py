"""Sections with their entries in, those out that fit a limit: the first ones most, and none starved by another.

Each section may use an equal share of the room; what one does not need goes to those before it, the gravest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Room for the line that says how many entries were left out.
NOTE = 200


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of our own and entries in their order; each entry is whole or not there."""

    title: str
    entries: tuple[str, ...]
    fence: str = ""

    @property
    def size(self) -> int:
        """Characters it takes with all its entries; each entry ends a line."""
        return self.frame + sum(len(entry) + 1 for entry in self.entries)

    @property
    def frame(self) -> int:
        """Characters that are there however few entries are."""
        return len(self.title) + NOTE


@dataclass(frozen=True, slots=True)
class Fitted:
    """A section with the entries that fitted, and how many did not."""

    section: Section
    shown: tuple[str, ...]
    left_out: int


def fitted(sections: Sequence[Section], room: int) -> tuple[Fitted, ...]:
    """Return the sections, with as many entries each as go into ``room`` characters for all of them together."""
    done = []
    for index, section in enumerate(sections):
        later = sections[index + 1 :]
        share = room // (len(later) + 1)
        kept_back = sum(min(other.size, share) for other in later)
        fits = _fit(section, room - kept_back)
        room -= section.frame + sum(len(entry) + 1 for entry in fits.shown)
        done.append(fits)
    return tuple(done)


def _fit(section: Section, room: int) -> Fitted:
    room -= section.frame
    count = 0
    for entry in section.entries:
        room -= len(entry) + 1
        if room < 0:
            break
        count += 1
    return Fitted(section, section.entries[:count], len(section.entries) - count)

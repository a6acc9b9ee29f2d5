"""The tenants a fleet last had and those declared now in; which were renamed, and which nobody declares any more, out.

A fleet is remembered by its last full run. A tenant is the same one as long as its name, or its domain or id, is the
same, or a file says what it was called before. What is not declared any more is told once, and left alone for good.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.memory import folded
from reconciler.model import Declaration


@dataclass(frozen=True, slots=True)
class Member:
    """One tenant of a fleet: its name there, and the word its file named it by (default domain or id)."""

    name: str
    tenant: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """A tenant that is called otherwise now; nothing else about it changes. ``tenant`` is its domain or id."""

    before: str
    now: str
    tenant: str = ""


Roster = tuple[Member, ...]


def roster(declarations: Iterable[Declaration]) -> Roster:
    """Return what is remembered of a fleet, in order of name."""
    return tuple(sorted((Member(d.name, d.tenant) for d in declarations), key=lambda m: m.name))


def renamed(declarations: Iterable[Declaration], last: Roster | None) -> tuple[Renamed, ...]:
    """Return the renames that no run has taken note of yet; ``last`` None: no run is known, so all of them."""
    known = None if last is None else {member.name for member in last}
    said = (Renamed(d.formerly, d.name, folded(d.tenant)) for d in declarations if d.formerly)
    return tuple(sorted((r for r in said if known is None or r.before in known), key=lambda r: r.now))


def no_longer_managed(declarations: Iterable[Declaration], last: Roster | None) -> tuple[str, ...]:
    """Return the names of tenants that the last full run knew and no file declares now."""
    there = tuple(declarations)
    names = {name for d in there for name in (d.name, d.formerly)}
    words = {folded(d.tenant) for d in there}
    return tuple(m.name for m in last or () if m.name not in names and folded(m.tenant) not in words)

"""A service desk for tests: tickets as they are set, the notes it was given, and what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from reconciler.handoff.tickets import Note, Ticket
from reconciler.observe import Fact, Unknown

CHANGED_AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@dataclass
class SupportDesk:
    """Implements ``ServiceDesk`` and ``Notepad``. ``mood``: what happens when a note comes, before it is taken."""

    tickets: dict[str, Ticket] = field(default_factory=dict)
    lists: dict[str, Fact[tuple[Ticket, ...]]] = field(default_factory=dict)
    written: list[Note] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    mood: Callable[[Note], None] = lambda note: None

    def open(self, number: str, status: str = "open", title: str = "Fewer licences") -> None:
        self.tickets[number] = Ticket(number, status, title, CHANGED_AT, ())

    def look(self, number: str) -> Fact[Ticket]:
        self.looked.append(number)
        return self.tickets.get(number, Unknown("not there (404)"))

    def tickets_of(self, customer: str) -> Fact[tuple[Ticket, ...]]:
        self.listed.append(customer)
        return self.lists.get(customer, ())

    def note(self, note: Note) -> None:
        self.mood(note)
        self.written.append(note)
        there = self.tickets[note.ticket]
        assert isinstance(there.notes, tuple)
        self.tickets[note.ticket] = replace(there, notes=(*there.notes, note.text))

    def stand_behind(self, monkeypatch: pytest.MonkeyPatch) -> SupportDesk:
        """Be the desk of every command from here on."""
        for builder in ("build_desk", "build_notepad"):
            monkeypatch.setattr(f"reconciler.cli.handoff.{builder}", lambda setting: self)
        return self

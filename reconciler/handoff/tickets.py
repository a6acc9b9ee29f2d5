"""The ports to a service desk: a ticket's number in, what the desk shows of it out; and what is kept of that.

A ticket is opened, changed and closed by people. Here it is looked at, and a note may be put into it: nothing else
has a word. The two ports are apart, so that who only looks has no method that writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from reconciler.handoff import FOLLOWED, HandOff, HandoffState
from reconciler.observe import Fact


class TicketStatus(StrEnum):
    """What a ticket is said to be (PC 9). A desk may say another word, which is passed on as it is."""

    NONE = "none"
    OPEN = "open"
    CLOSED = "closed"
    ATTENTION_NEEDED = "attention-needed"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as its desk shows it. ``status``: a word of ``TicketStatus``, or one we do not know.

    ``last_modified`` in UTC. ``notes``: their texts, held against what we wrote ourselves and never kept. A list of
    tickets tells of no notes: they are Unknown there.
    """

    number: str
    status: Fact[str]
    title: Fact[str]
    last_modified: Fact[datetime]
    notes: Fact[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Note:
    """A text to be put into a ticket. ``request_id`` is the same for the same note, whoever asks for it and when."""

    ticket: str
    text: str
    request_id: str


class ServiceDesk(Protocol):
    """Where tickets can be looked at."""

    def look(self, number: str) -> Fact[Ticket]:
        """Return the ticket of this number; Unknown with the reason where it can not be read or is not there."""
        ...

    def tickets_of(self, customer: str) -> Fact[tuple[Ticket, ...]]:
        """Return a customer's tickets, all of them or Unknown; ``customer`` is the tenant's id."""
        ...


class Notepad(Protocol):
    """Where a note can be put into a ticket, and nothing else be done to it."""

    def note(self, note: Note) -> None:
        """Append the note, once.

        Raises NotWritten where it was certainly not taken, AnswerLost where it may have been.
        """
        ...


@dataclass(frozen=True, slots=True)
class Noted:
    """A note of ours: when it was written, and whether it is certain that the desk took it."""

    at: datetime
    certain: bool


@dataclass(frozen=True, slots=True)
class Followed:
    """What is kept of a request's ticket: how it was last seen, and which notes it has from us.

    ``status``, ``last_modified`` and ``notes`` (how many there are) are None where they could not be read.
    ``noted``: our notes by the state the request was in. Times in UTC.
    """

    ticket: str
    seen_at: datetime
    status: str | None = None
    last_modified: datetime | None = None
    notes: int | None = None
    noted: Mapping[HandoffState, Noted] = field(default_factory=dict)

    def with_note(self, state: HandoffState, noted: Noted | None) -> Followed:
        """Return it with this note, or without it."""
        others = {key: kept for key, kept in self.noted.items() if key is not state}
        return replace(self, noted=others if noted is None else {**others, state: noted})


def followed_of(one: HandOff) -> Followed | None:
    """Return what is kept of the ticket this request has; None where that one was never looked at."""
    kept = one.facts.get(FOLLOWED)
    if not isinstance(kept, Mapping) or one.ticket is None or kept.get("ticket") != one.ticket:
        return None
    seen_at = _moment(kept.get("seen_at"))
    if seen_at is None:
        return None
    status, notes, noted = kept.get("status"), kept.get("notes"), kept.get("noted")
    return Followed(
        ticket=one.ticket,
        seen_at=seen_at,
        status=status if isinstance(status, str) else None,
        last_modified=_moment(kept.get("last_modified")),
        notes=notes if isinstance(notes, int) else None,
        noted=dict(_noted(noted)) if isinstance(noted, Mapping) else {},
    )


def with_followed(one: HandOff, followed: Followed) -> HandOff:
    """Return the request with this kept of its ticket."""
    modified = followed.last_modified
    kept = {
        "ticket": followed.ticket,
        "seen_at": followed.seen_at.isoformat(),
        "status": followed.status,
        "last_modified": modified.isoformat() if modified else None,
        "notes": followed.notes,
        "noted": {
            str(state): {"at": noted.at.isoformat(), "certain": noted.certain}
            for state, noted in sorted(followed.noted.items())
        },
    }
    return replace(one, facts={**one.facts, FOLLOWED: kept})


def _noted(kept: Mapping[str, object]) -> Iterator[tuple[HandoffState, Noted]]:
    for state, note in kept.items():
        at = _moment(note.get("at")) if isinstance(note, Mapping) else None
        if isinstance(note, Mapping) and at is not None and state in list(HandoffState):
            yield HandoffState(state), Noted(at, note.get("certain") is True)


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) else None

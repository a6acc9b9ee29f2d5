"""A request and a look at its ticket in, what is new and what is kept of it out; and when a note is due.

    filed as N ── look ──► open, attention-needed, closed, or a word we do not know
                            │  closed while the wish stands: a person has to look, nothing is concluded from it
                            └─ a note of ours is due once for each state the request is in, and never in a closed one

A note is kept as "may have been written" before it is sent, so that whatever dies in between, it is not sent again;
the desk's own copy of it, seen at a later look, makes it certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import NAMESPACE_OID, uuid5

from reconciler.handoff import OPEN, HandOff, HandoffState
from reconciler.handoff.tickets import (
    Followed,
    Noted,
    Ticket,
    TicketStatus,
    followed_of,
    with_followed,
)
from reconciler.memory import Intent, Memory, correlation_id
from reconciler.model import Action
from reconciler.observe import Fact, Unknown

T = TypeVar("T")
# A look that shows what the last one showed is worth a line of our own state once a day, not each time.
KEPT_ANEW = timedelta(days=1)
MOST_TRACES = 10
NOT_OVER = frozenset({TicketStatus.NONE, TicketStatus.OPEN, TicketStatus.ATTENTION_NEEDED})
_GUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class News(StrEnum):
    """What a look at a ticket says to whoever follows it; the gravest first."""

    UNREADABLE = "unreadable"
    CLOSED = "closed"
    ATTENTION = "attention"
    LEFT_OPEN = "left-open"
    CHANGED = "changed"
    SAME = "same"


class NoteEnd(StrEnum):
    """What became of a note that was due."""

    APPENDED = "appended"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Noting:
    """A note that was due for the ``state`` of a request, and what became of it; ``why`` that is not certain."""

    state: HandoffState
    end: NoteEnd
    why: str = ""


@dataclass(frozen=True, slots=True)
class Following:
    """One look at a request's ticket. ``one`` is the request as it is to be kept, ``was`` how it was last seen.

    ``note``: what became of the note that was due; None where none was, or none was asked for.
    """

    one: HandOff
    was: Followed | None
    seen: Fact[Ticket]
    news: News
    note: Noting | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The tickets that name a request nobody has typed a number in for; Unknown where they can not be read."""

    one: HandOff
    found: Fact[tuple[Ticket, ...]]


@dataclass(frozen=True, slots=True)
class Trace:
    """A write of ours as the service can find it. ``sent_at``: the service's clock, UTC."""

    action: Action
    sent_at: datetime
    request_id: str
    correlation_id: str


def follow(one: HandOff, seen: Fact[Ticket], at: datetime) -> Following:
    """Say what a look at a request's ticket has shown; ``at`` is when it was taken.

    The request is not ended by it: it is done when the live state shows it, not when somebody says so.
    """
    if one.ticket is None:
        raise ValueError(f"hand-off {one.id} has no ticket to follow")
    was = followed_of(one)
    if isinstance(seen, Unknown):
        return Following(one, was, seen, News.UNREADABLE)
    now = Followed(
        ticket=one.ticket,
        seen_at=at,
        status=_known(seen.status),
        last_modified=_known(seen.last_modified),
        notes=None if isinstance(seen.notes, Unknown) else len(seen.notes),
        noted=_noted(one, was, seen, at),
    )
    news = _grave(one, now)
    if was is None or replace(now, seen_at=was.seen_at) != was:
        return Following(with_followed(one, now), was, seen, news or News.CHANGED)
    kept = one if at - was.seen_at < KEPT_ANEW else with_followed(one, now)
    return Following(kept, was, seen, news or News.SAME)


def note_due(following: Following) -> HandoffState | None:
    """Return the state a note is to tell of: one for each a request comes to; None where none is due.

    That a request is over is told only where we have told of it before; a ticket that is closed is let be.
    """
    one, followed = following.one, followed_of(following.one)
    if isinstance(following.seen, Unknown) or followed is None:
        return None
    if followed.status in (None, TicketStatus.CLOSED) or one.state in followed.noted:
        return None
    told = HandoffState.FILED in followed.noted
    return one.state if one.state is HandoffState.FILED or (one.state not in OPEN and told) else None


def noting(one: HandOff, state: HandoffState, noted: Noted | None) -> HandOff:
    """Return the request with what is kept of a note; None: it was certainly not taken."""
    followed = followed_of(one)
    return one if followed is None else with_followed(one, followed.with_note(state, noted))


def note_mark(one: HandOff, state: HandoffState) -> str:
    """The words by which a note of ours is found again among those of its ticket."""
    return f"{one.id} {state}"


def note_request_id(one: HandOff, state: HandoffState) -> str:
    """The request id of a note: the same for the same note, in every process."""
    return str(uuid5(NAMESPACE_OID, f"note {one.id} {state} {one.ticket}"))


def to_follow(known: Iterable[HandOff]) -> tuple[HandOff, ...]:
    """Return the requests whose tickets are looked at unasked: those filed, and those over that support was told of
    and has not been told the end of.
    """
    return tuple(one for one in known if one.state is HandoffState.FILED or _end_untold(one))


def customer_of(one: HandOff) -> str | None:
    """Return the tenant's id, under which its tickets are listed; None where no look has shown it."""
    return next((word for word in sorted(one.words) if _GUID.fullmatch(word)), None)


def naming(one: HandOff, tickets: Iterable[Ticket]) -> tuple[Ticket, ...]:
    """Return the tickets whose title has the request's mark: somebody filed it and has not typed in the number."""
    return tuple(t for t in tickets if isinstance(t.title, str) and one.id in t.title.casefold())


def traces(one: HandOff, memory: Memory) -> tuple[Trace, ...]:
    """Return what we have sent to the service about a request's subscription, oldest first, the last few of it.

    ``memory`` is the tenant's. Ids that a switch has retired lead to the one that took over.
    """
    if isinstance(memory.intents, Unknown):
        return ()
    ids = {one.subscription_id} - {None}
    while earlier := {old for old, new in memory.successors.items() if new in ids} - ids:
        ids |= earlier
    ours = (i for i in memory.intents if (i.subscription_id in ids if ids else i.address == one.address))
    return tuple(sorted(_sent(ours), key=lambda trace: (trace.sent_at, trace.request_id)))[-MOST_TRACES:]


def _sent(intents: Iterable[Intent]) -> Iterator[Trace]:
    for intent in intents:
        if intent.sent_at is not None:
            yield Trace(intent.action, intent.sent_at, intent.request_id, correlation_id(intent.request_id))


def _end_untold(one: HandOff) -> bool:
    followed = followed_of(one)
    if one.state in OPEN or followed is None or HandoffState.FILED not in followed.noted:
        return False
    return one.state not in followed.noted and followed.status != TicketStatus.CLOSED


def _noted(one: HandOff, was: Followed | None, seen: Ticket, at: datetime) -> dict[HandoffState, Noted]:
    """Our notes: those kept, made certain where the desk shows them, and those it shows that we do not remember."""
    noted = dict(was.noted) if was else {}
    texts = () if isinstance(seen.notes, Unknown) else seen.notes
    for state in HandoffState:
        if any(note_mark(one, state) in text for text in texts):
            noted[state] = Noted(noted[state].at if state in noted else at, certain=True)
    return noted


def _grave(one: HandOff, now: Followed) -> News | None:
    """What somebody has to do something about, also where it is no news."""
    if one.state in OPEN and now.status == TicketStatus.CLOSED:
        return News.CLOSED
    if one.state in OPEN and now.status == TicketStatus.ATTENTION_NEEDED:
        return News.ATTENTION
    if one.state not in OPEN and now.status in NOT_OVER:
        return News.LEFT_OPEN
    return None


def _known(fact: Fact[T]) -> T | None:
    return None if isinstance(fact, Unknown) else fact

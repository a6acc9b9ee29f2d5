"""Requests and the service desk in, looks at their tickets out, each of them kept; and the notes that were put in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from reconciler.adapters import files
from reconciler.adapters.store import Store
from reconciler.cli.backends import live
from reconciler.cli.world import Setting
from reconciler.errors import AnswerLost, NotWritten, ReconcilerError
from reconciler.handoff import HandOff
from reconciler.handoff.following import (
    Following,
    NoteEnd,
    Noting,
    Suggestion,
    Trace,
    customer_of,
    follow,
    naming,
    note_due,
    note_request_id,
    noting,
    traces,
)
from reconciler.handoff.tickets import Note, Noted, Notepad, ServiceDesk, Ticket
from reconciler.messages import say
from reconciler.observe import Fact, Unknown

T = TypeVar("T")
# What a note says of a request, with what was sent for it.
Wording = Callable[[HandOff, Sequence[Trace]], str]


def build_desk(setting: Setting) -> ServiceDesk | None:
    """Build what looks at tickets; None where the backend has no service desk."""
    if setting.config.backend is not files.Backend.MICROSOFT:
        return None
    with live.Microsoft(setting).open(quiet=True) as opened:
        return opened.plant.desk(opened.sign_in("reader"))


def build_notepad(setting: Setting) -> Notepad | None:
    """Build what puts notes into tickets, with the writer's credential; None where there is no service desk."""
    if setting.config.backend is not files.Backend.MICROSOFT:
        return None
    with live.Microsoft(setting).open(quiet=True) as opened:
        return opened.plant.notes(opened.sign_in("writer"))


def needed(port: T | None, setting: Setting) -> T:
    """Return the port that a command can not do without. Raises ReconcilerError where the backend has none."""
    if port is None:
        raise ReconcilerError(say("desk.none", backend=setting.config.backend))
    return port


def look_at(
    store: Store, desk: ServiceDesk, chosen: Sequence[HandOff], at: datetime
) -> tuple[Following, ...]:
    """Look at the ticket of each request, and keep what was seen; ``at`` by the service's clock.

    Nothing is held while the desk is asked. A request whose ticket was changed meanwhile is left as it is.
    """
    seen = {one.id: (one.ticket, desk.look(one.ticket)) for one in chosen if one.ticket}
    found: dict[str, Following] = {}

    def keep(known: Sequence[HandOff]) -> Iterator[HandOff]:
        for one in known:
            ticket, shown = seen.get(one.id, (None, None))
            if shown is not None and ticket == one.ticket:
                found[one.id] = follow(one, shown, at)
                yield found[one.id].one

    if seen:
        store.tend_handoffs(lambda known: tuple(keep(known)))
    return tuple(found[one.id] for one in chosen if one.id in found)


def note_in(
    store: Store, notepad: Notepad, following: Following, at: datetime, wording: Wording
) -> Following:
    """Put the note that is due into a ticket just looked at, if one is; the same is never sent twice.

    That it may have been sent is kept first, in the transaction that asks whether it is still due.
    """
    one = following.one
    memory = store.recall((one.word, *sorted(one.words)))
    state = note_due(following)
    if state is None:
        return following
    if isinstance(memory.intents, Unknown):
        return replace(following, note=Noting(state, NoteEnd.REFUSED, memory.intents.reason))

    def claim(known: Sequence[HandOff]) -> list[HandOff]:
        now = next(each for each in known if each.id == one.id)
        still = now.ticket == one.ticket and note_due(replace(following, one=now)) is state
        return [noting(now, state, Noted(at, certain=False))] if still else []

    claimed = store.tend_handoffs(claim)
    if not claimed:
        return following
    text = wording(claimed[0], traces(one, memory))
    try:
        notepad.note(Note(str(one.ticket), text, note_request_id(one, state)))
    except NotWritten as refusal:
        kept = _settled(store, one, lambda now: noting(now, state, None))
        return replace(following, one=kept, note=Noting(state, NoteEnd.REFUSED, str(refusal)))
    except AnswerLost as lost:
        return replace(following, one=claimed[0], note=Noting(state, NoteEnd.UNCERTAIN, str(lost)))
    kept = _settled(store, one, lambda now: noting(now, state, Noted(at, certain=True)))
    return replace(following, one=kept, note=Noting(state, NoteEnd.APPENDED))


def suggest(desk: ServiceDesk, chosen: Sequence[HandOff]) -> tuple[Suggestion, ...]:
    """Look for tickets that name requests nobody has typed a number in for; each customer's list is asked for once."""
    lists: dict[str, Fact[tuple[Ticket, ...]]] = {}
    made = []
    for one in chosen:
        customer = customer_of(one)
        if customer is None:
            made.append(Suggestion(one, Unknown(say("desk.no-customer"))))
            continue
        if customer not in lists:
            lists[customer] = desk.tickets_of(customer)
        found = lists[customer]
        made.append(Suggestion(one, found if isinstance(found, Unknown) else naming(one, found)))
    return tuple(made)


def _settled(store: Store, one: HandOff, change: Callable[[HandOff], HandOff]) -> HandOff:
    """Keep what became of a note, on the request as it stands now."""
    kept = [one]

    def settle(known: Sequence[HandOff]) -> list[HandOff]:
        kept[:] = [change(each) for each in known if each.id == one.id and each.ticket == one.ticket]
        return kept

    store.tend_handoffs(settle)
    return kept[0] if kept else one

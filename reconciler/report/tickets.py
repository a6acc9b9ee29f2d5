"""Looks at tickets in, text or plain data out: how each stands, what is new, and what a person has to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from reconciler.handoff import HandOff
from reconciler.handoff.following import Following, News, NoteEnd, Suggestion
from reconciler.handoff.tickets import Followed, Ticket, followed_of
from reconciler.messages import say
from reconciler.observe import Fact, Unknown
from reconciler.report.document import moment
from reconciler.report.letters import moment_of
from reconciler.report.lines import safe, wrapped

STEP = "  "
SEEN_TO_BY_A_PERSON = frozenset({News.CLOSED, News.ATTENTION, News.LEFT_OPEN})
NOT_SURE = frozenset({NoteEnd.REFUSED, NoteEnd.UNCERTAIN})


def ticket_line(one: HandOff) -> str | None:
    """Return how a request's ticket was last seen, in a few words; None where it never was."""
    followed = followed_of(one)
    if followed is None:
        return None
    facts = {"ticket": one.ticket, "status": _status(followed.status), "seen": _minute(followed.seen_at)}
    if followed.last_modified is None:
        return say("desk.line-undated", **facts)
    return say("desk.line", changed=_minute(followed.last_modified), **facts)


def followed_document(one: HandOff) -> dict[str, object] | None:
    """Return how a request's ticket was last seen as plain data; None where it never was."""
    followed = followed_of(one)
    if followed is None:
        return None
    noted = [
        {"state": str(state), "at": moment(note.at), "certain": note.certain}
        for state, note in sorted(followed.noted.items())
    ]
    return {**_seen(followed), "noted": noted}


def followings_text(looks: Sequence[Following], suggested: Sequence[Suggestion], state: object) -> str:
    """A block for each request, and a line that counts them; ``state``: where the requests are kept."""
    if not looks and not suggested:
        return say("desk.nothing-filed", state=state) + "\n"
    told = [
        *((each.one, _looked(each)) for each in looks),
        *((each.one, _suggested(each)) for each in suggested),
    ]
    blocks = [
        "\n".join([*_head(one), *(line for text in texts for line in _below(text))]) for one, texts in told
    ]
    total = say(
        "desk.total",
        looked=len(looks),
        waiting=sum(each.news in SEEN_TO_BY_A_PERSON for each in looks),
        unread=sum(each.news is News.UNREADABLE for each in looks),
    )
    return "\n\n".join([*blocks, total]) + "\n"


def followings_document(looks: Sequence[Following], suggested: Sequence[Suggestion]) -> dict[str, object]:
    """The same as plain data."""
    return {
        "tickets": [_look_document(each) for each in looks],
        "suggestions": [_suggestion_document(each) for each in suggested],
    }


def unanswered(looks: Sequence[Following], suggested: Sequence[Suggestion]) -> bool:
    """Say whether something that was asked of the desk was not had, or may not have been."""
    return any(
        each.news is News.UNREADABLE or (each.note is not None and each.note.end in NOT_SURE)
        for each in looks
    ) or any(isinstance(each.found, Unknown) for each in suggested)


def _head(one: HandOff) -> list[str]:
    facts = {"id": one.id, "tenant": one.tenant, "address": one.address, "kind": one.kind, "state": one.state}
    return wrapped(say("desk.head", **facts), "", STEP)


def _below(text: str) -> list[str]:
    return wrapped(text, STEP, STEP + STEP)


def _looked(each: Following) -> Iterator[str]:
    one, seen = each.one, each.seen
    if isinstance(seen, Unknown):
        yield say("desk.unreadable", ticket=one.ticket, why=seen.reason)
        return
    yield say(
        "desk.ticket",
        ticket=one.ticket,
        status=_status(_known(seen.status)),
        changed=say("desk.untold")
        if isinstance(seen.last_modified, Unknown)
        else _minute(seen.last_modified),
        title=_title(seen),
    )
    yield from _changes(each)
    if each.news in SEEN_TO_BY_A_PERSON:
        wished = moment_of(one, "seen_at")
        facts = {"id": one.id, "state": one.state, "wished": _minute(wished or one.opened_at)}
        yield say(f"desk.{each.news}", **facts)
    if each.note:
        yield say(f"desk.note.{each.note.end}", why=each.note.why)
        return
    followed = followed_of(one)
    for noted in followed.noted.values() if followed else ():
        if not noted.certain:
            yield say("desk.note.unsure", at=_minute(noted.at))


def _changes(each: Following) -> Iterator[str]:
    was, now = each.was, followed_of(each.one)
    if was is None or now is None:
        return
    if was.status != now.status:
        yield say("desk.was", status=_status(was.status), at=_minute(was.seen_at))
    if was.notes is not None and now.notes is not None and was.notes != now.notes:
        yield say("desk.notes", notes=now.notes, before=was.notes, at=_minute(was.seen_at))


def _suggested(each: Suggestion) -> Iterator[str]:
    if isinstance(each.found, Unknown):
        yield say("desk.list-unread", why=each.found.reason)
        return
    for ticket in each.found:
        facts = {"ticket": ticket.number, "status": _status(_known(ticket.status)), "title": _title(ticket)}
        yield say("desk.suggested", id=each.one.id, **facts)
    if not each.found:
        yield say("desk.not-suggested", id=each.one.id)


def _look_document(each: Following) -> dict[str, object]:
    one, seen, now = each.one, each.seen, followed_of(each.one)
    unread = isinstance(seen, Unknown)
    note = each.note
    return {
        **_of(one),
        "ticket": one.ticket,
        "title": None if isinstance(seen, Unknown) else _known(seen.title),
        "seen": None if unread or now is None else _seen(now),
        "was": _seen(each.was) if each.was else None,
        "news": str(each.news),
        "problem": seen.reason if isinstance(seen, Unknown) else None,
        "note": {"state": str(note.state), "end": str(note.end), "why": note.why} if note else None,
    }


def _suggestion_document(each: Suggestion) -> dict[str, object]:
    found = () if isinstance(each.found, Unknown) else each.found
    tickets = [
        {"ticket": ticket.number, "title": _known(ticket.title), "status": _known(ticket.status)}
        for ticket in found
    ]
    problem = each.found.reason if isinstance(each.found, Unknown) else None
    return {**_of(each.one), "tickets": tickets, "problem": problem}


def _of(one: HandOff) -> dict[str, object]:
    return {
        "id": one.id,
        "kind": one.kind,
        "tenant": one.tenant,
        "tenant_word": one.word,
        "subscription": one.address,
        "state": str(one.state),
    }


def _seen(followed: Followed) -> dict[str, object]:
    modified = followed.last_modified
    return {
        "ticket": followed.ticket,
        "status": followed.status,
        "last_modified": moment(modified) if modified else None,
        "notes": followed.notes,
        "seen_at": moment(followed.seen_at),
    }


def _title(ticket: Ticket) -> str:
    return say("desk.untold") if isinstance(ticket.title, Unknown) else safe(ticket.title)


def _status(word: str | None) -> str:
    return say("desk.no-status") if word is None else word


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _known(fact: Fact[str]) -> str | None:
    return None if isinstance(fact, Unknown) else fact

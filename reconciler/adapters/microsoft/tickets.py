"""A ticket's number in, what Partner Center shows of it out; and notes put into it (PC 9).

No call opens a service request any more. Those that are there are read (``TicketDesk``), and a note is appended with
a PATCH that holds nothing but the note (``TicketNotes``): its status and its severity are other people's to set.
All of it needs a signed-in user (app+user, PC 2.2). The two classes have credentials of their own.
"""

from __future__ import annotations

import re
from dataclasses import replace

from reconciler.adapters.microsoft.bodies import note_request
from reconciler.adapters.microsoft.calling import Answer, Bearer, Calls, NoAnswer
from reconciler.adapters.microsoft.envelopes import Link, error_body, hidden_error, page
from reconciler.adapters.microsoft.service_requests import ServiceRequest, service_request
from reconciler.adapters.microsoft.wire import Body, is_guid, same_form
from reconciler.errors import AnswerLost, Later, Refused
from reconciler.handoff.tickets import Note, Ticket
from reconciler.messages import say
from reconciler.observe import Fact, Unknown

REQUESTS = "/v1/servicerequests"
MOST_PAGES = 50
# What may have been taken all the same: a time limit of theirs, or a failure on the way (PC 2.6, 14).
UNCERTAIN = frozenset({408, *range(500, 600)})
# Alphanumeric, and no GUID (PC 9): nothing else may come into a path.
_NUMBER = re.compile("[A-Za-z0-9]{1,64}")


class TicketDesk:
    """Implements ``ServiceDesk``. Has no method that writes."""

    def __init__(self, calls: Calls, bearer: Bearer) -> None:
        """``bearer``: the reader's, of a signed-in user at the partner's tenant."""
        self._calls, self._bearer = calls, bearer

    def look(self, number: str) -> Fact[Ticket]:
        """Return a service request with its notes. Unknown: unreadable, not there, or not for this user to see."""
        if not _NUMBER.fullmatch(number):
            return Unknown(say("desk.not-a-number", number=number))
        try:
            answer = self._calls.read(self._bearer, f"{REQUESTS}/{number}")
            body = _body(answer, number)
        except NoAnswer as lost:
            return Unknown(lost.reason)
        if isinstance(body, Unknown):
            return body
        found = _ticket(body)
        if isinstance(found, Unknown) or found.number.casefold() == number.casefold():
            return found
        return Unknown(say("desk.another", number=number, found=found.number))

    def tickets_of(self, customer: str) -> Fact[tuple[Ticket, ...]]:
        """Return every service request of a customer, or Unknown where a page of them is missing."""
        if not is_guid(customer):
            return Unknown(say("desk.not-a-customer", customer=customer))
        try:
            return self._listed(f"/v1/customers/{same_form(customer)}/servicerequests")
        except NoAnswer as lost:
            return Unknown(lost.reason)

    def _listed(self, path: str) -> Fact[tuple[Ticket, ...]]:
        found: list[Ticket] = []
        following: Link | None = Link(path)
        asked: set[Link] = set()
        while following is not None:
            if following in asked or len(asked) >= MOST_PAGES:
                return Unknown(say("desk.endless", pages=len(asked)))
            asked.add(following)
            answer = self._calls.read(self._bearer, following.path, headers=dict(following.headers))
            body = _body(answer, "")
            if isinstance(body, Unknown):
                return body
            shown = page(body)
            if isinstance(shown.items, Unknown):
                return shown.items
            for item in shown.items:
                ticket = _ticket(item)
                if isinstance(ticket, Unknown):
                    return ticket
                # A list shows no notes (PC 17), which is not to say that there are none.
                found.append(replace(ticket, notes=Unknown(say("desk.not-told"))))
            if isinstance(shown.next, Unknown):
                return shown.next
            if shown.cut:
                return Unknown(say("desk.cut"))
            following = shown.next
        return tuple(found)


class TicketNotes:
    """Implements ``Notepad``: appends notes, and does nothing else to a ticket."""

    def __init__(self, calls: Calls, bearer: Bearer) -> None:
        """``bearer``: the writer's, of a signed-in user at the partner's tenant."""
        self._calls, self._bearer = calls, bearer

    def note(self, note: Note) -> None:
        """Send the note, once. Raises Refused, Later (certainly not taken), AnswerLost (it may have been)."""
        if not _NUMBER.fullmatch(note.ticket):
            raise Refused("number", say("desk.not-a-number", number=note.ticket))
        body = note_request(note.text)
        try:
            answer = self._calls.write(
                self._bearer, "PATCH", f"{REQUESTS}/{note.ticket}", body, request_id=note.request_id
            )
        except NoAnswer as lost:
            if lost.sent:
                raise AnswerLost(lost.reason) from lost
            raise Refused("not-sent", lost.reason) from lost
        _settle(answer, note.ticket)


def _settle(answer: Answer, number: str) -> None:
    """Return where the note was taken."""
    if answer.status == 429:
        raise Later(_refusal(answer, number), int(-(-(answer.later or 0.0) // 1)))
    if answer.status in UNCERTAIN:
        raise AnswerLost(_refusal(answer, number))
    if not 200 <= answer.status < 300:
        raise Refused(str(answer.status), _refusal(answer, number))
    try:
        hidden = hidden_error(answer.status, Body(answer.json()))
    except NoAnswer:
        # Taken, by its status; what else it says is not needed.
        return
    if hidden is not None:
        raise Refused(str(answer.status), _refusal(answer, number))


def _body(answer: Answer, number: str) -> Fact[Body]:
    """Return what an answer holds, or why it is none. Raises NoAnswer for one that is no JSON."""
    if answer.status != 200:
        return Unknown(_refusal(answer, number))
    body = Body(answer.json())
    return body if hidden_error(answer.status, body) is None else Unknown(_refusal(answer, number))


def _ticket(body: Body) -> Fact[Ticket]:
    """A service request as a ticket; one without a number is none."""
    read = service_request(body)
    if isinstance(read.id, Unknown):
        return read.id
    return Ticket(
        number=read.id,
        status=read.status,
        title=read.title,
        last_modified=Unknown(say("desk.never")) if read.modified is None else read.modified,
        notes=_texts(read),
    )


def _refusal(answer: Answer, number: str) -> str:
    """Why the service said no, with its own words where it has some (PC 2.7)."""
    said = error_body(answer.status, answer.body)
    words = ": ".join(part for part in (said.code, said.text) if isinstance(part, str))
    key = "desk.failed" if answer.status in UNCERTAIN else "desk.refused"
    if answer.status == 403:
        key = "desk.forbidden"
    elif answer.status == 404 and number:
        key = "desk.no-such"
    return say(key, status=answer.status, number=number, said=words or say("desk.no-words"))


def _texts(read: ServiceRequest) -> Fact[tuple[str, ...]]:
    if isinstance(read.notes, Unknown):
        return read.notes
    return tuple(note.text for note in read.notes if isinstance(note.text, str))

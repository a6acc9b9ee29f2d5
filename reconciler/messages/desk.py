"""The sentences about tickets at a service desk: how one stands, what to do about it, and why it could not be read."""

DESK: dict[str, str] = {
    "desk.none": (
        "There is no service desk behind the backend `{backend}`, so no ticket can be followed. A request's number and "
        "state are kept all the same: `reconciler handoff list` shows them."
    ),
    "desk.nothing-filed": (
        "No request is filed with a ticket. Looked in {state}. `reconciler handoff filed ID TICKET` types in a number."
    ),
    "desk.no-ticket": "Hand-off {id} is {state} and has no ticket, so there is nothing to follow.",
    "desk.line": "ticket {ticket} {status}, last changed {changed} (seen {seen})",
    "desk.line-undated": "ticket {ticket} {status} (seen {seen})",
    "desk.no-status": "without a status",
    "desk.head": "{id}  {tenant}.{address}  {kind}, {state}",
    "desk.ticket": "ticket {ticket} is {status}, last changed {changed}: {title}",
    "desk.untold": "not told",
    "desk.was": "It was {status} at {at}.",
    "desk.notes": "It has {notes} notes; at {at} it had {before}.",
    "desk.unreadable": "ticket {ticket} could not be read: {why}",
    "desk.closed": (
        "Support has closed it, and the wish still stood when it was last told ({wished}). Read the answer in the "
        "ticket. If it was done, the next pass sees it; if not, open another ticket and type in its number: "
        "`reconciler handoff filed {id} TICKET`, or give it up: `reconciler handoff close {id} --reason TEXT`."
    ),
    "desk.attention": "Support waits for an answer: somebody has to give it, in the ticket.",
    "desk.left-open": (
        "The request is {state}, and the ticket is not closed: close it, or tell support. "
        "`reconciler handoff follow {id} --note` says it in the ticket where it has a note of ours already."
    ),
    "desk.note.appended": "A note was put into it: our numbers, and the ids of what we sent.",
    "desk.note.refused": "No note was put into it: {why}",
    "desk.note.uncertain": (
        "A note may have been put into it: {why} It is not written again; the next look shows whether it is there."
    ),
    "desk.note.unsure": (
        "Whether the note of {at} was taken is not known, and no look has shown it since. It is not written again."
    ),
    "desk.suggested": (
        "ticket {ticket} ({status}) names it: {title}. If that is the one, `reconciler handoff filed {id} {ticket}`."
    ),
    "desk.not-suggested": (
        "No ticket of this organisation names it. `reconciler handoff show {id}` prints the letter; its title has the "
        "mark by which the ticket is found."
    ),
    "desk.list-unread": "The tickets of this organisation could not be read: {why}",
    "desk.no-customer": "no look has shown the tenant's id",
    "desk.total": "Tickets: {looked} looked at, {waiting} for a person to see to, {unread} not read.",
    "desk.not-a-number": "`{number}` is no number of a service request: those are letters and digits only",
    "desk.not-a-customer": "`{customer}` is no tenant id",
    "desk.no-such": "there is no service request {number} that the signed-in user may see (404). It said: {said}",
    "desk.forbidden": (
        "the service refused it (403): service requests are read and noted in by a signed-in user only, never by an "
        "application alone, and that user needs a role in Partner Center that sees them. It said: {said}"
    ),
    "desk.refused": "the service refused it ({status}). It said: {said}",
    "desk.failed": "the service failed ({status}). It said: {said}",
    "desk.no-words": "nothing",
    "desk.another": "asked for service request {number}, the service showed {found}",
    "desk.endless": "the list of service requests did not end after {pages} pages",
    "desk.cut": "the list of service requests counts more than it shows",
    "desk.not-told": "a list tells of no notes",
    "desk.never": "the service tells of no change",
}

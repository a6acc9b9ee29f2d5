"""Support tickets that a person files in the portal: title and text in, a number out; the service keeps the notes.

No documented call files one, so this is the portal's part. Others read them and add notes over HTTP.
"""

from __future__ import annotations

from typing import Any

from reconciler.adapters.simulator.record import Record, stamp
from reconciler.adapters.simulator.session import Session

TABLE = "tickets"
STATUSES = ("none", "open", "closed", "attention_needed")
FIRST = 615_112_491_169_010
Ticket = dict[str, Any]


def file(session: Session, record: Record, title: str, text: str) -> str:
    """File a ticket and return its number, which is no other tenant's."""
    taken = sum(len(each.hidden.get(TABLE, {})) for each in session.holding('"tickets"'))
    number = str(FIRST + taken)
    at = stamp(session.now)
    record.aside(TABLE)[number] = {
        "id": number,
        "title": title,
        "description": text,
        "status": "open",
        "createdDate": at,
        "lastModifiedDate": at,
        "lastClosedDate": None,
        "notes": [],
    }
    session.save([record])
    return number


def add_note(session: Session, record: Record, number: str, text: str, by: str) -> None:
    """Append a note to a ticket."""
    ticket = record.aside(TABLE)[number]
    ticket["notes"].append({"createdByName": by, "createdDate": stamp(session.now), "text": text})
    ticket["lastModifiedDate"] = stamp(session.now)
    session.save([record])


def put_status(session: Session, record: Record, number: str, status: str) -> None:
    """Open or close a ticket."""
    ticket = record.aside(TABLE)[number]
    ticket.update(status=status, lastModifiedDate=stamp(session.now))
    ticket["lastClosedDate"] = stamp(session.now) if status == "closed" else None
    session.save([record])


def find(session: Session, number: str) -> tuple[Record, Ticket] | None:
    """Return a ticket and whose it is."""
    for record in session.holding(f'"{number}"'):
        ticket = record.hidden.get(TABLE, {}).get(number)
        if ticket is not None:
            return record, ticket
    return None

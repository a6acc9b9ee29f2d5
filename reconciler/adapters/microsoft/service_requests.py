"""Bodies of service requests in, what they say of a support ticket out (PC 9): records of facts, as in ``commerce``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciler.adapters.microsoft.wire import Body, some
from reconciler.observe import Fact

SEVERITY_NUMBERS: Final = {0: "unknown", 1: "critical", 2: "moderate", 3: "minimal"}
REQUEST_NUMBERS: Final = {0: "none", 1: "open", 2: "closed", 3: "attention-needed"}


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote on a service request, and when."""

    by: Fact[str]
    at: Fact[datetime | None]
    text: Fact[str]


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """A support ticket (PC 9). ``status``: none, open, closed, attention-needed, or another word."""

    id: Fact[str]
    title: Fact[str]
    description: Fact[str]
    severity: Fact[str]
    status: Fact[str]
    created: Fact[datetime | None]
    modified: Fact[datetime | None]
    closed: Fact[datetime | None]
    notes: Fact[tuple[Note, ...]]


def service_request(body: Body) -> ServiceRequest:
    """Read a service request; severity and status come as words or as numbers (PC 17)."""
    return ServiceRequest(
        id=body.text("id"),
        title=body.text("title"),
        description=body.text("description"),
        severity=body.word("severity", numbers=SEVERITY_NUMBERS),
        status=body.word("status", numbers=REQUEST_NUMBERS),
        created=body.moment("createdDate"),
        modified=body.moment("lastModifiedDate"),
        closed=body.moment("lastClosedDate"),
        notes=some(body.at("notes"), _note),
    )


def _note(body: Body) -> Note:
    return Note(body.text("createdByName"), body.moment("createdDate"), body.text("text"))

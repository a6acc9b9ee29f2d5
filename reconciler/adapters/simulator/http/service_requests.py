"""Service requests: those a person has filed, read and given notes (PC 9). None is filed here: that call is gone."""

from __future__ import annotations

from typing import Any

from reconciler.adapters.simulator import tickets
from reconciler.adapters.simulator.http.answers import Answer, Denied, collection, partner_error
from reconciler.adapters.simulator.http.asked import folded
from reconciler.adapters.simulator.http.identities import customer_id
from reconciler.adapters.simulator.http.words import known
from reconciler.adapters.simulator.http.world import Visit
from reconciler.adapters.simulator.http.writing import wanted
from reconciler.adapters.simulator.record import Record

SEVERITIES = ("unknown", "critical", "moderate", "minimal")
NEVER = "0001-01-01T00:00:00"


def list_requests(visit: Visit) -> Answer:
    """GET /customers/{cid}/servicerequests: in short, with numbers where one alone has words (PC 17)."""
    kept = visit.tenant.hidden.get(tickets.TABLE, {}).values()
    return collection([_short(visit, ticket) for ticket in kept])


def get_request(visit: Visit) -> Answer:
    """GET /servicerequests/{srid}."""
    record, ticket = _found(visit)
    return Answer(200, _whole(record, ticket))


def patch_request(visit: Visit) -> Answer:
    """PATCH /servicerequests/{srid}: a note, a status."""
    record, ticket = _found(visit)
    body = wanted(visit)
    note = folded(body.get("newnote") or {}).get("text")
    if note:
        tickets.add_note(visit.session, record, ticket["id"], str(note), visit.world.settings.operator)
    status = str(body.get("status") or "none").casefold()
    if status not in tickets.STATUSES:
        raise Denied(partner_error(400, 800002, "The status of a service request is no known word."))
    if status != "none":
        tickets.put_status(visit.session, record, ticket["id"], status)
    return Answer(200, _whole(record, ticket))


def gone(visit: Visit) -> Answer:
    """POST /servicerequests/{locale} and GET /servicerequests/supporttopics: taken out of service in August 2020."""
    sentence = "Creating service requests and listing support topics was decommissioned. Use Partner Center."
    return partner_error(404, 1000, sentence)


def _found(visit: Visit) -> tuple[Record, tickets.Ticket]:
    found = tickets.find(visit.session, visit.place["srid"])
    if found is None:
        raise Denied(partner_error(404, 1000, "The service request was not found."))
    return found


def _short(visit: Visit, ticket: tickets.Ticket) -> dict[str, Any]:
    oddly = visit.world.settings.oddities
    return {
        "title": ticket["title"],
        "severity": 2 if oddly else SEVERITIES[2],
        "id": ticket["id"],
        "status": tickets.STATUSES.index(ticket["status"]) if oddly else ticket["status"],
        "primaryContact": {"lastName": "Operator", "firstName": "An"},
        "createdDate": _bare(ticket["createdDate"]) if oddly else ticket["createdDate"],
        "lastModifiedDate": _bare(ticket["lastModifiedDate"]) if oddly else ticket["lastModifiedDate"],
        "lastClosedDate": _bare(ticket["lastClosedDate"]) if ticket["lastClosedDate"] else NEVER,
        "attributes": {"objectType": "ServiceRequest"},
    }


def _whole(record: Record, ticket: tickets.Ticket) -> dict[str, Any]:
    return known(
        title=ticket["title"],
        description=ticket["description"],
        severity=SEVERITIES[2],
        supportTopicId="32444671",
        supportTopicName="Subscriptions and licenses",
        id=ticket["id"],
        status=ticket["status"],
        organization={"id": customer_id(record), "name": record.name},
        productId="15960",
        createdDate=ticket["createdDate"],
        lastModifiedDate=ticket["lastModifiedDate"],
        lastClosedDate=ticket["lastClosedDate"] or NEVER,
        notes=[{**note, "createdDate": _bare(note["createdDate"])} for note in ticket["notes"]],
        attributes={"objectType": "ServiceRequest"},
    )


def _bare(at: str) -> str:
    """Return a time without its zone, as the documents print some of them."""
    return at.removesuffix("Z")

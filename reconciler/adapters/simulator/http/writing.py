"""A write as it came over HTTP in, handed to the service, and what it said of it out: done, or how it ended."""

from __future__ import annotations

from typing import Any

from reconciler.adapters.simulator.http.answers import Denied, partner_error, partner_throttled
from reconciler.adapters.simulator.http.asked import folded
from reconciler.adapters.simulator.http.codes import error_status, refusal
from reconciler.adapters.simulator.http.identities import made_id
from reconciler.adapters.simulator.http.subscriptions import is_legacy, no_subscription
from reconciler.adapters.simulator.http.world import Visit
from reconciler.adapters.simulator.record import Record, Spec
from reconciler.adapters.simulator.writes import Outcome, Reply, Write
from reconciler.observe import TenantRef


class AnswerLost(Exception):
    """Ends the handling of a request without any answer: the connection is closed."""


def wanted(visit: Visit) -> dict[str, Any]:
    """Return the body of a write, its names in lower case; ends the request where it is no JSON object."""
    document = visit.asked.document()
    if document is None:
        raise Denied(partner_error(400, 800002, "The request body is not a JSON object."))
    return folded(document)


def whole_number(body: dict[str, Any], name: str) -> int:
    """Return a number that a write has to carry."""
    value = body.get(name.casefold())
    if type(value) is not int:
        raise Denied(partner_error(400, 800002, f"The member {name} is missing or no whole number."))
    return value


def true_subscription(visit: Visit) -> Spec:
    """Return the subscription that the path names as it truly stands, whatever readers are shown."""
    name = visit.place["sid"].casefold()
    found = next((s for s in visit.tenant.subscriptions if str(s["id"]).casefold() == name), None)
    if found is None:
        raise no_subscription()
    return found


def request_id(visit: Visit) -> str:
    """Return the id a write is known by; one without is given its own, also after a new start (PC 2.3)."""
    given = visit.asked.headers.get("ms-requestid")
    return given or made_id(f"request:{visit.session.handled()}")


def reference(visit: Visit) -> TenantRef:
    """Return how the service is asked for the tenant."""
    return TenantRef(visit.tenant.name, visit.customer)


def send(visit: Visit, write: Write) -> Reply:
    """Hand a write to the service; returns where it was taken or refused, and ends the request for all else."""
    reply = visit.world.service.desk.take(visit.session, write)
    if reply.outcome is Outcome.LOST:
        raise AnswerLost
    if reply.outcome is Outcome.THROTTLED:
        raise Denied(partner_throttled(reply.seconds))
    if reply.outcome is Outcome.ERROR:
        raise Denied(error_status(int(reply.code or 500)))
    return reply


def or_refused(reply: Reply, subscription: Spec) -> None:
    """End the request with the documented code where the service refused the write."""
    if reply.outcome is Outcome.REFUSED:
        status = subscription.get("status")
        raise Denied(refusal(reply, status, legacy=is_legacy(subscription)))


def as_it_stands(visit: Visit) -> Record:
    """Return the tenant after a write."""
    return visit.session.record(visit.tenant.name) or visit.tenant

"""A request under /v1 in, Partner Center's answer out: its calls in a table, and what it checks before each."""

from __future__ import annotations

from dataclasses import replace

from reconciler.adapters.simulator.http import (
    catalog,
    customers,
    patching,
    service_requests,
    subscriptions,
    transitions,
    upgrades,
)
from reconciler.adapters.simulator.http.answers import Answer, Denied, partner_error, partner_throttled
from reconciler.adapters.simulator.http.asked import Asked
from reconciler.adapters.simulator.http.codes import error_status
from reconciler.adapters.simulator.http.mischief import Delivery, Fate, Mischief
from reconciler.adapters.simulator.http.tokens import Caller, Flaw
from reconciler.adapters.simulator.http.world import Call, Table, Visit, World
from reconciler.adapters.simulator.http.writing import AnswerLost
from reconciler.adapters.simulator.session import Session

AUDIENCES = ("https://api.partnercenter.microsoft.com", "https://partner.partnercenterapi.microsoftonline.cn")
SUBSCRIPTION = "/customers/{cid}/subscriptions/{sid}"


def _not_here(visit: Visit) -> Answer:
    """Refuse what the documents describe and this service does not do."""
    sentence = "This rehearsal service buys, converts and migrates nothing. Nothing was done."
    return partner_error(501, 1000, sentence)


CALLS = Table(
    Call("GET", "/customers", customers.list_customers, frozenset({"size", "filter", "seekOperation"})),
    Call("GET", "/customers/{cid}", customers.get_customer),
    Call(
        "GET",
        "/customers/{cid}/subscriptions",
        subscriptions.list_subscriptions,
        frozenset({"order_id", "mpn_id"}),
    ),
    Call("GET", SUBSCRIPTION, subscriptions.get_subscription),
    Call("PATCH", SUBSCRIPTION, patching.patch_subscription),
    Call("GET", f"{SUBSCRIPTION}/addons", subscriptions.list_add_ons),
    Call("GET", f"{SUBSCRIPTION}/provisioningstatus", subscriptions.provisioning_status, delegated=True),
    Call(
        "GET",
        f"{SUBSCRIPTION}/transitionEligibilities",
        transitions.eligibilities,
        frozenset({"eligibilityType"}),
    ),
    Call(
        "GET",
        f"{SUBSCRIPTION}/transitions",
        transitions.list_transitions,
        frozenset({"operationId", "operation-id"}),
    ),
    Call("POST", f"{SUBSCRIPTION}/transitions", transitions.order_transition),
    Call("GET", f"{SUBSCRIPTION}/upgrades", upgrades.list_upgrades),
    Call("POST", f"{SUBSCRIPTION}/upgrades", upgrades.order_upgrade),
    Call("GET", f"{SUBSCRIPTION}/conversions", _not_here, delegated=True),
    Call("POST", f"{SUBSCRIPTION}/conversions", _not_here, delegated=True),
    Call(
        "GET",
        "/customers/{cid}/subscribedskus",
        catalog.subscribed_skus,
        frozenset({"licenseGroupIds"}),
        delegated=True,
    ),
    Call("GET", "/customers/{cid}/orders/{oid}", catalog.get_order),
    Call("POST", "/customers/{cid}/orders", _not_here),
    Call("POST", "/customers/{cid}/carts", _not_here),
    Call("POST", "/customers/{cid}/migrations/newcommerce", _not_here),
    Call("POST", "/customers/{cid}/migrations/newcommerce/validate", _not_here),
    Call("GET", "/products/{pid}/skus/{kid}", catalog.get_sku, frozenset({"country"})),
    Call(
        "GET",
        "/customers/{cid}/servicerequests",
        service_requests.list_requests,
        frozenset({"Field", "Value", "offset", "size"}),
        delegated=True,
    ),
    Call("GET", "/servicerequests/supporttopics", service_requests.gone),
    Call("GET", "/servicerequests/{srid}", service_requests.get_request, delegated=True),
    Call("PATCH", "/servicerequests/{srid}", service_requests.patch_request, delegated=True),
    Call("POST", "/servicerequests/{locale}", service_requests.gone),
)


def answer(world: World, session: Session, asked: Asked) -> Delivery:
    """Answer a request, through whatever faults strike it."""
    found = CALLS.find(asked.method, asked.path)
    if isinstance(found, frozenset):
        return _headed(world, asked, Delivery(_no_such_call(found)))
    call, place = found
    record = world.customer(session, place["cid"]) if "cid" in place else None
    named = record.name if record else None
    visit_to = Mischief.of(session, named, asked.method, asked.address)
    try:
        caller = _let_in(world, session, asked, call, visit_to)
        visit = Visit(asked, world, session, visit_to, caller, place, record)
        _about(visit)
        delivery = visit_to.deliver(_handled(visit, call))
    except Denied as denied:
        delivery = visit_to.deliver(denied.answer)
    except AnswerLost:
        delivery = visit_to.deliver(Answer(200), Fate.LOST)
    return _headed(world, asked, delivery)


def _handled(visit: Visit, call: Call) -> Answer:
    """Let the call be handled, unless a fault of the wire comes first, or comes after."""
    if fault := visit.mischief.take("throttle"):
        return partner_throttled(int(fault.options["seconds"]))
    fault = visit.mischief.take("error")
    if fault and not fault.options["taken"]:
        return error_status(int(fault.options["status"]))
    answered = call.handle(visit)
    return error_status(int(fault.options["status"])) if fault else answered


def _let_in(world: World, session: Session, asked: Asked, call: Call, mischief: Mischief) -> Caller:
    """Return who calls; ends the request of whom this call is not for, or who asks it oddly."""
    found = world.issuer.read(asked.headers.get("authorization"), world.time(session))
    if isinstance(found, Flaw) and not world.settings.checks_tokens:
        found = Caller("", "reconciler", world.settings.partner, AUDIENCES[0], delegated=True)
    if isinstance(found, Flaw) or mischief.take("token-expires"):
        raise _unauthorised(world, 400, "Access denied.")
    if found.audience not in (*AUDIENCES, asked.base):
        raise _unauthorised(world, 900420, "The audience of this token is not accepted.")
    if found.tenant.casefold() != world.settings.partner.casefold():
        raise Denied(partner_error(403, 2032, "Access denied: the token is of another tenant."))
    if call.delegated and not found.delegated:
        raise Denied(partner_error(403, 900329, "This resource refuses app-only tokens."))
    strange = sorted(set(asked.query) - call.query)
    if strange:
        raise Denied(partner_error(400, 3000, f"There is no query parameter {strange[0]}."))
    return found


def _unauthorised(world: World, code: int, sentence: str) -> Denied:
    realm = f"OAuth realm=urn:cpsvc:cpid:{world.settings.partner}"
    return Denied(partner_error(401, code, sentence).saying(WWW_Authenticate=realm))


def _about(visit: Visit) -> None:
    """Refuse a request about a customer there is not, or who is not this partner's."""
    if "cid" not in visit.place:
        return
    if visit.record is None:
        raise Denied(partner_error(404, 60003, "The tenant was not found."))
    theirs = visit.record.name in visit.world.settings.not_ours
    if theirs and len(visit.asked.path.strip("/").split("/")) > len(("customers", "cid")):
        raise Denied(partner_error(403, 20002, "There is no commerce relationship with this customer."))


def _no_such_call(methods: frozenset[str]) -> Answer:
    if methods:
        wrong = partner_error(405, 1000, "The method is not allowed here.")
        return wrong.saying(Allow=", ".join(sorted(methods)))
    return partner_error(404, 1000, "There is no such call.")


def _headed(world: World, asked: Asked, delivery: Delivery) -> Delivery:
    """Give an answer the headers that each of them has; some come doubled (PC 2.3)."""
    request = asked.headers.get("ms-requestid") or world.new_id()
    correlation = asked.headers.get("ms-correlationid") or world.new_id()
    doubled = f"{correlation},{correlation}" if world.settings.oddities else correlation
    headers = {
        "MS-RequestId": request,
        "MS-CorrelationId": doubled,
        "MS-CV": f"{request[:8]}.0",
        "MS-ServerId": "rehearsal",
        **delivery.answer.headers,
    }
    return replace(delivery, answer=replace(delivery.answer, headers=headers))

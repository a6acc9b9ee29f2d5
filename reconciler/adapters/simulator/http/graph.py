"""A request under /v1.0 in, Graph's answer out: its calls in a table, batches of them, and what is checked before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from reconciler.adapters.simulator.http import directory, health, odata, roles, users
from reconciler.adapters.simulator.http.answers import GRAPH_JSON, TEXT, Answer, Denied
from reconciler.adapters.simulator.http.asked import Asked
from reconciler.adapters.simulator.http.mischief import Delivery, Mischief
from reconciler.adapters.simulator.http.tokens import Caller, Flaw
from reconciler.adapters.simulator.http.world import Call, Table, Visit, World
from reconciler.adapters.simulator.session import Session

AUDIENCES = (
    "https://graph.microsoft.com",
    "https://graph.microsoft.us",
    "https://dod-graph.microsoft.us",
    "https://microsoftgraph.chinacloudapi.cn",
)
MOST_PARTS = 20
BATCH = "/$batch"
SELECT, EXPAND = frozenset({"$select"}), frozenset({"$select", "$expand"})
PAGED = frozenset({"$count", "$top", "$skiptoken"})


def _not_here(visit: Visit) -> Answer:
    """Refuse what is documented and not simulated."""
    raise odata.refuse(visit, 501, "NotImplemented", "This operation target is not yet supported.")


CALLS = Table(
    Call("GET", "/organization", directory.organization, SELECT),
    Call("GET", "/organization/{oid}", directory.one_organization, SELECT),
    Call("GET", "/domains", directory.domains, SELECT),
    Call("GET", "/domains/{did}", directory.one_domain, SELECT),
    Call("GET", "/subscribedSkus", directory.subscribed_skus, SELECT),
    Call("GET", "/subscribedSkus/{kid}", directory.one_sku, SELECT),
    Call("GET", "/directory/subscriptions", directory.subscriptions, SELECT | {"$filter"}),
    Call(
        "GET",
        "/directory/subscriptions(commerceSubscriptionId='{sid}')",
        directory.by_commerce_id,
        SELECT,
    ),
    Call("GET", "/directory/subscriptions/{sid}", directory.one_subscription, SELECT),
    Call("GET", "/users", users.list_users, SELECT | PAGED | {"$filter"}),
    Call("GET", "/users/$count", users.count_users, frozenset({"$filter"})),
    Call("GET", "/users/delta", _not_here),
    Call("GET", "/users/{uid}", _not_here, EXPAND),
    Call("POST", "/users/{uid}/assignLicense", _not_here),
    Call("GET", "/users/{uid}/licenseDetails", _not_here, SELECT),
    Call("GET", "/admin/serviceAnnouncement/healthOverviews", health.overviews, EXPAND),
    Call("GET", "/admin/serviceAnnouncement/healthOverviews/{hid}", health.one_overview, EXPAND),
    Call("GET", "/admin/serviceAnnouncement/issues", _not_here),
    Call("GET", "/me", _not_here, EXPAND, delegated=True),
    Call("POST", "/me/checkMemberObjects", roles.check_member_objects, delegated=True),
    Call(
        "GET",
        "/roleManagement/directory/roleAssignments",
        roles.assignments,
        EXPAND | {"$filter"},
    ),
    Call("GET", "/directoryRoles", _not_here),
)


def answer(world: World, session: Session, asked: Asked) -> Delivery:
    """Answer a request, through whatever faults strike it."""
    found = world.issuer.read(asked.headers.get("authorization"), world.time(session))
    record = None if isinstance(found, Flaw) else world.customer(session, found.tenant)
    mischief = Mischief.of(session, record.name if record else None, asked.method, asked.address)
    if mischief.take("token-expires"):
        found = Flaw.EXPIRED
    try:
        caller = _let_in(world, session, asked, found)
        visit = Visit(asked, world, session, mischief, caller, {}, record)
        batched = asked.path == BATCH and asked.method == "POST"
        answered = _struck(visit) or (_batch(visit) if batched else _called(visit))
    except Denied as denied:
        answered = denied.answer
    return _headed(world, asked, mischief.deliver(answered))


def _let_in(world: World, session: Session, asked: Asked, found: Caller | Flaw) -> Caller:
    if not isinstance(found, Flaw) and found.audience in (*AUDIENCES, asked.base):
        return found
    message = (
        "Access token has expired or is not yet valid." if found is Flaw.EXPIRED else "Access token is empty."
    )
    wrong = "Access token validation failure. Invalid audience."
    said = message if isinstance(found, Flaw) else wrong
    refused = odata.refused(world, session, asked, 401, "InvalidAuthenticationToken", said)
    raise Denied(
        refused.saying(WWW_Authenticate='Bearer realm="", authorization_uri="/common/oauth2/authorize"')
    )


def _struck(visit: Visit) -> Answer | None:
    """Answer with a fault of the wire, if one strikes a request: a batch as a whole, or each part by itself."""
    if fault := visit.mischief.take("throttle"):
        # Here the seconds may be a decimal number (Graph 3).
        text = (
            f"{fault.options['seconds']}.0"
            if visit.world.settings.oddities
            else str(fault.options["seconds"])
        )
        return _throttled(visit).saying(Retry_After=text)
    if fault := visit.mischief.take("error"):
        status = int(fault.options["status"])
        return odata.refuse(visit, status, "ServiceNotAvailable", "The service is unavailable.").answer
    return None


def _called(visit: Visit) -> Answer:
    """Find the call and let it be handled."""
    found = CALLS.find(visit.asked.method, visit.asked.path)
    if isinstance(found, frozenset):
        return _no_such_call(visit, found)
    call, place = found
    if call.delegated and not visit.caller.delegated:
        return roles.app_only_has_no_me(visit)
    if visit.record is None:
        raise odata.not_shown(visit)
    strange = sorted(set(visit.asked.query) - call.query)
    if strange:
        message = f"The query parameter {strange[0]} is not supported here."
        raise odata.refuse(visit, 400, odata.UNSUPPORTED, message)
    return call.handle(replace(visit, place=place))


def _throttled(visit: Visit) -> Answer:
    refused = odata.refuse(visit, 429, "TooManyRequests", "Please retry again later.").answer
    error = refused.body["error"]
    inner = {"code": "429", "message": "Please retry after", "status": "429", **error["innerError"]}
    return replace(refused, body={"error": {**error, "innerError": inner}})


def _no_such_call(visit: Visit, methods: frozenset[str]) -> Answer:
    if methods:
        message = "Specified HTTP method is not allowed for the request target."
        wrong = odata.refuse(visit, 405, "Request_BadRequest", message).answer
        return wrong.saying(Allow=", ".join(sorted(methods)))
    message = f"Resource not found for the segment '{visit.asked.path.strip('/').partition('/')[0]}'."
    return odata.refuse(visit, 400, "BadRequest", message).answer


def _batch(visit: Visit) -> Answer:
    """Answer up to twenty requests in one, in any order (Graph 3)."""
    parts = (visit.asked.document() or {}).get("requests")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise odata.refuse(visit, 400, "BadRequest", "The batch has no requests.")
    ids = [str(part.get("id", "")).casefold() for part in parts]
    if not 0 < len(parts) <= MOST_PARTS or len(set(ids)) < len(ids) or "" in ids:
        message = f"A batch has 1 to {MOST_PARTS} requests, each with an id of its own."
        raise odata.refuse(visit, 400, "BadRequest", message)
    answered: dict[str, dict[str, Any]] = {}
    for part in parts:
        own = str(part["id"])
        answered[own.casefold()] = _part(visit, part, own, answered)
    shuffled = sorted(answered, key=lambda own: sha256(f"part {own}".encode()).digest())
    return Answer(200, {"responses": [answered[own] for own in shuffled]})


def _part(
    visit: Visit, part: Mapping[str, Any], own: str, before: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    waited = [before.get(str(other).casefold()) for other in part.get("dependsOn") or ()]
    if any(other is None or other["status"] >= 400 for other in waited):
        failed = odata.refuse(visit, 424, "FailedDependency", "A request this one depends on failed.")
        return _as_part(own, failed.answer)
    asked = _of_part(visit.asked, part)
    mischief = replace(visit.mischief, address=asked.address)
    try:
        part_of = replace(visit, asked=asked, mischief=mischief)
        answered = _struck(part_of) or _called(part_of)
    except Denied as denied:
        answered = denied.answer
    return _as_part(own, answered)


def _of_part(asked: Asked, part: Mapping[str, Any]) -> Asked:
    """Return the request that a part of a batch is."""
    address = f"/{str(part.get('url', '')).lstrip('/')}"
    headers = {str(name).lower(): str(value) for name, value in (part.get("headers") or {}).items()}
    body = json.dumps(part["body"]).encode() if part.get("body") is not None else b""
    return Asked.of(str(part.get("method", "GET")).upper(), address, headers, body, asked.base)


def _as_part(own: str, answered: Answer) -> dict[str, Any]:
    kind = TEXT if isinstance(answered.body, str) else GRAPH_JSON
    headers = {"Cache-Control": "no-cache", "x-ms-resource-unit": "1", "Content-Type": kind}
    return {
        "id": own,
        "status": answered.status,
        "headers": {**headers, **answered.headers},
        "body": answered.body,
    }


def _headed(world: World, asked: Asked, delivery: Delivery) -> Delivery:
    request = asked.headers.get("client-request-id") or world.new_id()
    headers = {"request-id": world.new_id(), "client-request-id": request, "x-ms-resource-unit": "1"}
    answered = delivery.answer
    return replace(delivery, answer=replace(answered, headers={**headers, **answered.headers}))

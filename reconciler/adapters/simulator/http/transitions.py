"""Transitions of new commerce: what a subscription may become, the order, and how it is going (PC 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from reconciler.adapters.simulator.http.answers import Answer, Denied, collection, partner_error
from reconciler.adapters.simulator.http.identities import PlanIds, made_id
from reconciler.adapters.simulator.http.subscriptions import hidden, is_legacy, subscription_of
from reconciler.adapters.simulator.http.words import known, moment, pascal
from reconciler.adapters.simulator.http.world import Visit
from reconciler.adapters.simulator.http.writing import (
    as_it_stands,
    or_refused,
    reference,
    request_id,
    send,
    true_subscription,
    wanted,
    whole_number,
)
from reconciler.adapters.simulator.moods import ORDER
from reconciler.adapters.simulator.record import Record, Spec, instant
from reconciler.adapters.simulator.refusals import BILLINGS, NEW_COMMERCE, UNDER_WAY
from reconciler.adapters.simulator.writes import ANY_VERSION, Write

ONLY, WITH_TRANSFER = "transition_only", "transition_with_license_transfer"
CONVERSION, REASSIGNMENT = "Conversion", "LicenseReassignment"
TERMS = ("P1M", "P1Y", "P3Y")
USER_CONTEXT = {"code": 5, "description": "A user context is required to transfer licenses."}
FAILED = {"code": 0, "description": "The transition failed."}
Line = dict[str, Any]


def eligibilities(visit: Visit) -> Answer:
    """GET .../transitionEligibilities: what the service offers; none for a legacy source."""
    shown = subscription_of(visit)
    if visit.asked.query.get("eligibilityType", "immediate").casefold() not in ("immediate", "scheduled"):
        raise Denied(partner_error(400, 3000, "The eligibility type is immediate or scheduled."))
    if shown.get("offers") is None:
        raise hidden("transition eligibilities")
    offers = () if is_legacy(shown) else shown["offers"]
    return collection([_eligibility(visit, shown, visit.world.plan(word)) for word in offers])


def _eligibility(visit: Visit, shown: Spec, plan: PlanIds) -> dict[str, Any]:
    errors = [] if visit.caller.delegated else [USER_CONTEXT]
    return known(
        operationId=made_id(f"eligibility:{shown['id']}:{plan.word}"),
        catalogItemId=plan.item(visit.now),
        title=plan.name,
        description=plan.name,
        quantity=shown.get("licenses"),
        subscriptionEligibilities=[],
        eligibilities=[
            {"isEligible": True, "transitionType": ONLY, "errors": []},
            {"isEligible": not errors, "transitionType": WITH_TRANSFER, "errors": errors},
        ],
        attributes={"objectType": "TransitionEligibility"},
    )


def list_transitions(visit: Visit) -> Answer:
    """GET .../transitions: what is under way and what is over."""
    shown = subscription_of(visit)
    _only_new_commerce(shown)
    if shown.get("switch") is None:
        raise hidden("transitions")
    query, oddly = visit.asked.query, visit.world.settings.oddities
    operation = query.get("operationId") or query.get("operation-id")
    lines = _lines(visit.tenant, shown, visit.tenant.past(shown["id"]))
    items = [_body(visit, line) for line in lines]
    items = [item for item in items if operation is None or item["operationId"] == operation.casefold()]
    if not oddly:
        return collection(items)
    odd = [_oddly(item, "FromCatalogItemId", "ToCatalogItemId", "Events") for item in items]
    # As the documents print it: another name for the list, no count, and who knows in which order (PC 17).
    return Answer(200, {"transition": odd[::-1], "attributes": {"objectType": "Collection"}})


def order_transition(visit: Visit) -> Answer:
    """POST .../transitions: order the switch."""
    subscription, body = true_subscription(visit), wanted(visit)
    _only_new_commerce(subscription)
    plan, manner = _target(visit, subscription, body), _manner(visit, body)
    write = Write(
        ORDER,
        reference(visit),
        subscription["id"],
        ANY_VERSION,
        whole_number(body, "quantity"),
        request_id(visit),
        visit.caller.name,
        plan.word,
        billing=_billing(subscription, body),
        commerce=NEW_COMMERCE,
        manner=manner,
    )
    or_refused(send(visit, write), subscription)
    item = _body(visit, _ordered(as_it_stands(visit), subscription, write))
    billing = write.billing or subscription.get("billing") or "annual"
    item.update(
        termDuration=str(body.get("termduration") or TERMS[1]).upper(), billingCycle=billing.capitalize()
    )
    return Answer(200, _oddly(item, "Events") if visit.world.settings.oddities else item)


def _only_new_commerce(subscription: Spec) -> None:
    if is_legacy(subscription):
        sentence = "This method is not supported for legacy subscriptions."
        raise Denied(partner_error(403, 900263, sentence))


def _target(visit: Visit, subscription: Spec, body: Mapping[str, Any]) -> PlanIds:
    item = str(body.get("tocatalogitemid") or "")
    product, _, availability = item.rpartition(":")
    if item.count(":") != 2:
        raise Denied(partner_error(400, 800002, "The member toCatalogItemId is missing or no catalog item."))
    offered = (visit.world.plan(word) for word in subscription.get("offers") or ())
    known_here = visit.world.products.get(product.casefold())
    plan = next((ids for ids in offered if ids.product.casefold() == product.casefold()), known_here)
    if plan is None:
        raise Denied(partner_error(404, 400013, "The product of this catalog item was not found."))
    if plan.item(visit.now).rpartition(":")[2] != availability.upper():
        raise Denied(partner_error(404, 400019, "The availability of this catalog item was not found."))
    if body.get("tosubscriptionid"):
        raise Denied(partner_error(400, 900258, "The target subscription is not active."))
    return plan


def _manner(visit: Visit, body: Mapping[str, Any]) -> str:
    manner = str(body.get("transitiontype") or "").casefold()
    if manner not in (ONLY, WITH_TRANSFER):
        raise Denied(partner_error(400, 800002, "The member transitionType is missing or no known word."))
    if manner == WITH_TRANSFER and not visit.caller.delegated:
        raise Denied(partner_error(403, 900329, "This resource refuses app-only tokens."))
    if str(body.get("termduration") or TERMS[1]).upper() not in TERMS:
        raise Denied(partner_error(400, 900267, "The term duration is not valid."))
    return manner


def _billing(subscription: Spec, body: Mapping[str, Any]) -> str | None:
    """Return the billing cycle a transition changes to; one that only repeats the source's changes nothing."""
    asked = str(body.get("billingcycle") or "").casefold()
    if not asked or asked == (subscription.get("billing") or "").casefold():
        return None
    if asked not in BILLINGS:
        raise Denied(partner_error(400, 900269, "The billing cycle is not valid."))
    return asked


def _lines(record: Record, subscription: Spec, past: list[Line]) -> list[Line]:
    """Return what is over and what is under way, oldest first."""
    switch = subscription["switch"]
    if switch["state"] == "none":
        return past
    if switch["state"] == "failed" and past and past[-1]["state"] == "failed":
        return past
    return [*past, _under_way(record, subscription)]


def _under_way(record: Record, subscription: Spec) -> Line:
    switch = subscription["switch"]
    terms = record.hidden.get("switches", {}).get(subscription["id"], {})
    return {
        "state": switch["state"],
        "source": subscription["id"],
        "target": None,
        "from": subscription.get("plan"),
        "to": switch.get("to"),
        "total": terms.get("total") or subscription.get("licenses"),
        "manner": terms.get("manner"),
        "request": terms.get("request"),
        "orderedAt": switch.get("orderedAt"),
        "startedAt": switch.get("statusPageSince"),
        "movedAt": terms.get("movedAt"),
    }


def _ordered(record: Record, subscription: Spec, write: Write) -> Line:
    """Return the line of what was just ordered, or was ordered before by the same request."""
    stands = record.subscription(subscription["id"])
    if stands and (stands.get("switch") or {}).get("state") in UNDER_WAY:
        return _under_way(record, stands)
    past = record.hidden.get("transitions", {}).values()
    found = next((line for lines in past for line in lines if line["request"] == write.request_id), None)
    ordered = {"state": "ordered", "source": subscription["id"], "target": None, "request": write.request_id}
    terms = {"from": subscription.get("plan"), "to": write.to, "total": write.total, "manner": write.manner}
    return found or {**ordered, **terms}


def _body(visit: Visit, line: Line) -> dict[str, Any]:
    ordered = instant(line["orderedAt"]) if line.get("orderedAt") else visit.now
    source = visit.world.plan(line["from"]) if line.get("from") else None
    target = visit.world.plan(line["to"]) if line.get("to") else None
    seed = line.get("request") or line.get("orderedAt") or ""
    return known(
        operationId=made_id(f"operation:{line['source']}:{seed}"),
        fromCatalogItemId=source.item(ordered) if source else None,
        fromSubscriptionId=line["source"],
        toCatalogItemId=target.item(ordered) if target else None,
        toSubscriptionId=line.get("target"),
        quantity=line.get("total"),
        transitionType=line.get("manner") or ONLY,
        events=list(_events(visit, line, ordered)),
        attributes={"objectType": "Transition"},
    )


def _events(visit: Visit, line: Line, ordered: datetime) -> Iterator[dict[str, Any]]:
    """Yield the events of a line; an order that has not begun has none."""
    state, started = line["state"], _time(line, "startedAt") or ordered
    moved, ended = _time(line, "movedAt"), _time(line, "endedAt")
    if state == "ordered":
        return
    if state not in (*UNDER_WAY, "failed", "done"):
        yield _event(visit, CONVERSION, pascal(state), started)
        return
    yield _event(visit, CONVERSION, "Started", started)
    if state == "failed":
        yield _event(visit, CONVERSION, "Failed", ended or started + timedelta(seconds=1), [FAILED])
        return
    if moved or ended:
        yield _event(visit, CONVERSION, "Completed", moved or ended or started)
    if moved:
        yield _event(visit, REASSIGNMENT, "Started", moved)
    if moved and ended:
        yield _event(visit, REASSIGNMENT, "Completed", ended)


def _event(
    visit: Visit, name: str, status: str, at: datetime, errors: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    oddly = visit.world.settings.oddities
    blank = " " if oddly and status == "Started" else ""
    return known(
        name=name,
        status=f"{status}{blank}",
        timestamp=moment(at, oddly=oddly),
        errors=errors,
        attributes={"objectType": "TransitionEvent"},
    )


def _time(line: Line, name: str) -> datetime | None:
    return instant(line[name]) if line.get(name) else None


def _oddly(item: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a transition with some of its members as the documents spell them (PC 17)."""
    spelt = {name.casefold(): name for name in names}
    return {spelt.get(name.casefold(), name): value for name, value in item.items()}

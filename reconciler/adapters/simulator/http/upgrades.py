"""Upgrades of legacy commerce: what a subscription may become, and the order, which is answered when done (PC 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.adapters.simulator.http.answers import Answer, Denied, collection, partner_error
from reconciler.adapters.simulator.http.asked import folded
from reconciler.adapters.simulator.http.codes import REFUSED, UPGRADE_ERRORS
from reconciler.adapters.simulator.http.identities import PlanIds
from reconciler.adapters.simulator.http.subscriptions import hidden, is_legacy, subscription_of
from reconciler.adapters.simulator.http.words import guid, known, link
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
from reconciler.adapters.simulator.record import Spec
from reconciler.adapters.simulator.refusals import LEGACY, UNDER_WAY
from reconciler.adapters.simulator.writes import ANY_VERSION, Outcome, Reply, Write

TYPES = ("none", "upgrade_only", "upgrade_with_license_transfer")
WITH_TRANSFER = TYPES[2]
# These are no business refusal: the request itself was wrong.
NOT_FOUND = frozenset({"unknown-tenant", "unknown-subscription", "request-id-reused", "not-a-count"})


def list_upgrades(visit: Visit) -> Answer:
    """GET .../upgrades: each target twice, with and without the users' licences; none for new commerce."""
    shown = subscription_of(visit)
    if shown.get("offers") is None:
        raise hidden("upgrades")
    offers = shown["offers"] if is_legacy(shown) else ()
    plans = [visit.world.plan(word) for word in offers]
    return collection([_upgrade(visit, shown, plan, kind) for plan in plans for kind in TYPES[1:]])


def order_upgrade(visit: Visit) -> Answer:
    """POST .../upgrades. A 200 with errors in it is a refusal."""
    subscription, body = true_subscription(visit), wanted(visit)
    kind, target = _kind(body), _target(visit, subscription, body)
    if not is_legacy(subscription):
        return _result(visit, subscription, kind, errors=[_error(7, "There are no upgrade paths.")])
    if kind == WITH_TRANSFER and not visit.caller.delegated:
        return _result(visit, subscription, kind, errors=[_error(5, "A user context is required.")])
    if target is None:
        return _result(visit, subscription, kind, errors=[_error(8, "The target offer was not found.")])
    bought = subscription.get("licenses") or 0
    write = Write(
        ORDER,
        reference(visit),
        subscription["id"],
        ANY_VERSION,
        bought if body.get("quantity") is None else whole_number(body, "quantity"),
        request_id(visit),
        visit.caller.name,
        target.word,
        commerce=LEGACY,
        manner=kind,
    )
    reply = send(visit, write)
    if reply.outcome is Outcome.REFUSED and reply.code not in NOT_FOUND:
        return _result(visit, subscription, kind, errors=[_refused(reply, subscription)])
    or_refused(reply, subscription)
    return _ended(visit, subscription, kind, write.request_id)


def _kind(body: Mapping[str, Any]) -> str:
    """Return the kind of upgrade, which comes as a number or as a word."""
    given = body.get("upgradetype")
    if type(given) is int and 0 < given < len(TYPES):
        return TYPES[given]
    if str(given).casefold() in TYPES[1:]:
        return str(given).casefold()
    raise Denied(partner_error(400, 800002, "The member UpgradeType is missing or no known word."))


def _target(visit: Visit, subscription: Spec, body: Mapping[str, Any]) -> PlanIds | None:
    offer = body.get("targetoffer")
    wanted_id = str(folded(offer).get("id", "")) if isinstance(offer, dict) else ""
    if not wanted_id:
        raise Denied(partner_error(400, 800002, "The member TargetOffer is missing or has no id."))
    plans = (visit.world.plan(word) for word in subscription.get("offers") or ())
    return next((plan for plan in plans if plan.offer.casefold() == wanted_id.casefold()), None)


def _ended(visit: Visit, subscription: Spec, kind: str, request: str) -> Answer:
    """Say what became of an order that was taken: done, failed, or neither yet."""
    past = as_it_stands(visit).hidden.get("transitions", {})
    lines = [line for lines in past.values() for line in lines if line["request"] == request]
    if lines and lines[-1]["state"] == "failed":
        return _result(visit, subscription, kind, errors=[_error(0, "The upgrade failed.")])
    return _result(visit, subscription, kind, target=lines[-1]["target"] if lines else None)


def _result(
    visit: Visit,
    subscription: Spec,
    kind: str,
    *,
    target: str | None = None,
    errors: list[dict[str, Any]] | None = None,
) -> Answer:
    body = known(
        sourceSubscriptionId=subscription["id"],
        targetSubscriptionId=target,
        upgradeType=TYPES.index(kind) if visit.world.settings.oddities else kind,
        upgradeErrors=errors or [],
        licenseErrors=[],
        attributes={"objectType": "UpgradeResult"},
    )
    return Answer(200, body)


def _refused(reply: Reply, subscription: Spec) -> dict[str, Any]:
    code = UPGRADE_ERRORS.get(reply.code or "", 0)
    more = {"additionalDetails": subscription.get("status")} if code == UPGRADE_ERRORS["not-active"] else {}
    told = REFUSED.get(reply.code or "")
    other = {"additionalDetails": str(told.code)} if code == 0 and told else {}
    return {**_error(code, reply.message), **more, **other}


def _error(code: int, description: str) -> dict[str, Any]:
    return {"code": code, "description": description, "attributes": {"objectType": "UpgradeError"}}


def _upgrade(visit: Visit, shown: Spec, plan: PlanIds, kind: str) -> dict[str, Any]:
    errors = []
    if (shown.get("switch") or {}).get("state") in UNDER_WAY:
        errors = [_error(4, "Another change of this subscription is running.")]
    elif kind == WITH_TRANSFER and not visit.caller.delegated:
        errors = [_error(5, "A user context is required.")]
    return known(
        targetOffer=_offer(visit, plan),
        upgradeType=kind,
        isEligible=not errors,
        quantity=shown.get("licenses"),
        upgradeErrors=errors,
        attributes={"objectType": "Upgrade"},
    )


def _offer(visit: Visit, plan: PlanIds) -> dict[str, Any]:
    offer = guid(plan.offer, oddly=visit.world.settings.oddities)
    return {
        "id": offer,
        "name": plan.name,
        "description": plan.name,
        "minimumQuantity": 1,
        "maximumQuantity": plan.most,
        "rank": 48,
        "uri": f"/{visit.world.settings.partner}/Offers/{offer}",
        "locale": "en-us",
        "country": "US",
        "prerequisiteOffers": [],
        "isAddOn": False,
        "isAvailableForPurchase": True,
        "billing": "license",
        "isAutoRenewable": True,
        "isInternal": False,
        "conversionTargetOffers": [],
        "partnerQualifications": ["none"],
        "product": {"id": plan.sku, "name": plan.name, "unit": "Licenses"},
        "unitType": "Licenses",
        "links": {"self": link(f"/offers/{offer}?country=US")},
        "attributes": {"objectType": "Offer"},
    }

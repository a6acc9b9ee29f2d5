"""Subscriptions of a customer: the list, one, its add-ons and how far it is provisioned (PC 4)."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

from reconciler.adapters.simulator.http.answers import (
    Answer,
    Denied,
    collection,
    partner_error,
    partner_throttled,
)
from reconciler.adapters.simulator.http.codes import error_status
from reconciler.adapters.simulator.http.identities import PlanIds, add_on_id, order_id
from reconciler.adapters.simulator.http.words import guid, known, link, moment
from reconciler.adapters.simulator.http.world import Visit
from reconciler.adapters.simulator.record import Spec, instant
from reconciler.adapters.simulator.refusals import LEGACY
from reconciler.adapters.simulator.sight import see
from reconciler.adapters.simulator.writes import Outcome

# A subscription is from before the service upgrade or after it; the wire only shows a date (R-SB-LEGACY).
BEFORE_UPGRADE, AFTER_UPGRADE = datetime(2012, 6, 1, tzinfo=UTC), datetime(2014, 6, 1, tzinfo=UTC)
NCE = {"id": "OnlineServicesNCE", "displayName": "OnlineServicesNCE"}
# A partner is invoiced whatever the customer pays with, so the wire has one word for both.
CONTRACTS = {"card": "subscription", "invoice": "subscription", "prepaid": "product_key"}
PROVISIONED = {True: "success", False: "pending"}


def list_subscriptions(visit: Visit) -> Answer:
    """GET /customers/{cid}/subscriptions: the one call that counts as a look, and meets the faults of looks."""
    record = visit.tenant
    sight = see(visit.mischief.moods, record.name, record)
    visit.session.log(sight.call(visit.caller.name))
    visit.world.spoilt[record.name] = sight.spoilt
    if sight.seconds is not None:
        return partner_throttled(sight.seconds)
    if sight.outcome is not Outcome.ACCEPTED:
        return error_status(int(sight.code or 500))
    found = sight.spec.get("subscriptions")
    if found is None:
        raise hidden("subscriptions")
    items = [body for each in found for body in _with_add_ons(visit, each)]
    order = visit.asked.query.get("order_id")
    items = [item for item in items if order is None or item["orderId"] == order]
    answer = collection(items)
    if items and visit.mischief.take("page-ends-early"):
        return Answer(200, {**answer.body, "items": items[: len(items) // 2]})
    if items and visit.mischief.take("page-repeats"):
        again = link(f"/customers/{visit.customer}/subscriptions")
        return Answer(200, {**answer.body, "links": {"next": again}})
    return answer


def get_subscription(visit: Visit) -> Answer:
    """GET /customers/{cid}/subscriptions/{sid}."""
    wanted = visit.place["sid"].casefold()
    for each in visit.shown().get("subscriptions") or ():
        for body in _with_add_ons(visit, each):
            if body["id"].casefold() == wanted:
                return Answer(200, body)
    raise no_subscription()


def list_add_ons(visit: Visit) -> Answer:
    """GET .../addons."""
    shown = subscription_of(visit)
    if shown.get("addOns") is None:
        raise hidden("add-ons")
    return collection([add_on(visit, shown, name) for name in shown["addOns"]])


def provisioning_status(visit: Visit) -> Answer:
    """GET .../provisioningstatus: the one documented way from a subscription to its licence SKU (PC 8.1)."""
    shown = subscription_of(visit)
    if shown.get("provisioned") is None:
        raise hidden("provisioning status")
    plan, oddly = plan_of(visit, shown), visit.world.settings.oddities
    body = known(
        skuId=guid(plan.sku, oddly=oddly) if plan else None,
        status=PROVISIONED[shown["provisioned"]],
        quantity=shown.get("licenses"),
        endDate=_ends(shown, oddly=False),
        attributes={"objectType": "SubscriptionProvisioningStatus"},
    )
    return Answer(200, body)


def subscription_of(visit: Visit) -> Spec:
    """Return the subscription that the path names, as it is shown; ends the request where there is none."""
    wanted = visit.place["sid"].casefold()
    for each in visit.shown().get("subscriptions") or ():
        if str(each["id"]).casefold() == wanted:
            found: Spec = each
            return found
    raise no_subscription()


def no_subscription() -> Denied:
    """Return the refusal of a subscription there is not."""
    return Denied(partner_error(404, 20003, "The subscription was not found for this customer."))


def hidden(what: str) -> Denied:
    """Return the refusal of what nobody is shown: a right is missing (PC 14)."""
    sentence = f"The caller does not have sufficient privileges to read the {what} of this customer."
    return Denied(partner_error(403, 900308, sentence))


def plan_of(visit: Visit, shown: Spec) -> PlanIds | None:
    """Return the ids of a subscription's plan, None where it is not shown."""
    return visit.world.plan(shown["plan"]) if shown.get("plan") else None


def began(shown: Spec) -> datetime | None:
    """Return when a subscription began, as far as that tells whether it is from before the service upgrade."""
    before = shown.get("preUpgrade")
    return None if before is None else BEFORE_UPGRADE if before else AFTER_UPGRADE


def is_legacy(shown: Spec) -> bool:
    """Say whether a subscription is spoken to as one of legacy commerce; one that does not say is not."""
    return shown.get("commerce") == LEGACY


def subscription_body(visit: Visit, shown: Spec) -> dict[str, Any]:
    """Return a subscription as the wire shows it. What is not known is left out, and is never zero."""
    legacy, oddly = is_legacy(shown), visit.world.settings.oddities
    plan, payment = plan_of(visit, shown), shown.get("payment")
    begun = began(shown)
    created = moment(begun, oddly=oddly) if begun else None
    names = visit.tenant.hidden.get("names", {})
    return known(
        id=shown["id"],
        offerId=_offer_id(visit, plan, legacy=legacy),
        offerName=plan.name if plan else None,
        friendlyName=names.get(shown["id"]) or (plan.name if plan else None),
        productType=None if legacy else NCE,
        quantity=shown.get("licenses"),
        unitType="Licenses",
        hasPurchasableAddons=False,
        creationDate=created,
        effectiveStartDate=created,
        commitmentEndDate=_last_day(shown),
        commitmentEndDateTime=_ends(shown, oddly=oddly),
        status=shown.get("status"),
        autoRenewEnabled=shown.get("autoRenews"),
        isTrial=shown.get("trial"),
        billingType="license",
        billingCycle=shown.get("billing"),
        termDuration=None if legacy else "P1M" if shown.get("trial") else "P1Y",
        renewalTermDuration=None if legacy else "",
        refundOptions=None if legacy else [],
        isMicrosoftProduct=True,
        partnerId="",
        attentionNeeded=False,
        actionTaken=False,
        contractType=CONTRACTS.get(payment, payment) if payment else None,
        **_arranged(visit, shown, plan),
        links=_links(visit, shown, plan, legacy=legacy),
        publisherName="Microsoft Corporation",
        # No seat can be taken back here, however new it is.
        refundableQuantity=None if legacy else {"totalQuantity": 0, "details": []},
        orderId=order_id(shown),
        attributes=known(etag=_etag(visit, shown), objectType="Subscription"),
    )


def add_on(visit: Visit, parent: Spec, name: str) -> dict[str, Any]:
    """Return an add-on: a subscription that names its parent."""
    oddly = visit.world.settings.oddities
    plan, own = visit.world.plan(name), guid(add_on_id(parent, name), oddly=oddly)
    begun = began(parent)
    created = moment(begun, oddly=oddly) if begun else None
    customer = f"/customers/{visit.customer}/subscriptions"
    return known(
        id=own,
        offerId=guid(plan.offer, oddly=oddly),
        offerName=name,
        friendlyName=name,
        quantity=parent.get("licenses"),
        unitType="Licenses",
        parentSubscriptionId=guid(parent["id"], oddly=oddly),
        creationDate=created,
        effectiveStartDate=created,
        commitmentEndDate=_last_day(parent),
        commitmentEndDateTime=_ends(parent, oddly=oddly),
        status=parent.get("status"),
        autoRenewEnabled=parent.get("autoRenews"),
        billingType="license",
        contractType="subscription",
        links={
            "offer": link(f"/offers/{plan.offer}?country=US"),
            "parentSubscription": link(f"{customer}/{parent['id']}"),
            "self": link(f"{customer}/{own}"),
        },
        orderId=order_id(parent),
        attributes={"etag": etag(own, "v1"), "objectType": "Subscription"},
    )


def etag(subscription_id: str, version: str) -> str:
    """Return the etag of a version (``v7``): base64 of the id and the number (PC 2.3)."""
    number = int(version[1:]) if version[1:].isdecimal() else 0
    text = json.dumps({"id": subscription_id, "version": number}, separators=(",", ":"))
    return b64encode(text.encode()).decode()


def version_in(tag: str) -> str | None:
    """Return the version that an etag means, None where it means none of ours."""
    try:
        found = json.loads(b64decode(tag.strip('" ')))
        return f"v{found['version']}"
    except (ValueError, KeyError, TypeError):
        return None


def has_etag(visit: Visit, shown: Spec) -> bool:
    """Say whether a subscription is shown with an etag; of new commerce no printed sample is."""
    return is_legacy(shown) or visit.world.settings.etags


def _with_add_ons(visit: Visit, shown: Spec) -> list[dict[str, Any]]:
    add_ons = [add_on(visit, shown, name) for name in shown.get("addOns") or ()]
    return [subscription_body(visit, shown), *add_ons]


def _etag(visit: Visit, shown: Spec) -> str | None:
    version = shown.get("version")
    return etag(shown["id"], version) if version and has_etag(visit, shown) else None


def _offer_id(visit: Visit, plan: PlanIds | None, *, legacy: bool) -> str | None:
    if plan is None:
        return None
    return guid(plan.offer, oddly=visit.world.settings.oddities) if legacy else plan.item(visit.now)


def _links(visit: Visit, shown: Spec, plan: PlanIds | None, *, legacy: bool) -> dict[str, Any]:
    own = {"self": link(f"/customers/{visit.customer}/subscriptions/{shown['id']}")}
    if plan is None:
        return own
    if legacy:
        return {"offer": link(f"/offers/{plan.offer}?country=US"), **own}
    product, sku, availability = plan.item(visit.now).split(":")
    return {
        "product": link(f"/products/{product}?country=US"),
        "sku": link(f"/products/{product}/skus/{sku}?country=US"),
        "availability": link(f"/products/{product}/skus/{sku}/availabilities/{availability}?country=US"),
        **own,
    }


def _arranged(visit: Visit, shown: Spec, plan: PlanIds | None) -> dict[str, Any]:
    """What is arranged for the next term or charge; a trial's next term always is (PC 4.2)."""
    words = shown.get("scheduled") or ()
    trial = bool(shown.get("trial")) and not is_legacy(shown)
    product, sku, availability = (plan.item(visit.now) if plan else "::").split(":")
    terms = known(
        product=known(
            productId=product or None,
            skuId=sku or None,
            availabilityId=availability or None,
            billingCycle=shown.get("billing"),
            termDuration="P1Y",
        ),
        quantity=25 if trial else shown.get("licenses"),
    )
    renewal = terms if trial or "renewal" in words else None
    return known(
        scheduledNextTermInstructions=renewal, nextChargeInstructions=terms if "billing" in words else None
    )


def _ends(shown: Spec, *, oddly: bool) -> str | None:
    return moment(instant(shown["termEnds"]), oddly=oddly) if shown.get("termEnds") else None


def _last_day(shown: Spec) -> str | None:
    if not shown.get("termEnds"):
        return None
    last = instant(shown["termEnds"]).astimezone(UTC)
    return last.strftime("%Y-%m-%dT00:00:00Z")

"""What is sold and what is held, by licence: a product's SKU, an order, and the SKUs a customer has (PC 8, PC 11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reconciler.adapters.simulator.http.answers import Answer, Denied, collection, partner_error
from reconciler.adapters.simulator.http.identities import PlanIds, made_id, order_id
from reconciler.adapters.simulator.http.subscriptions import began, hidden, is_legacy, plan_of
from reconciler.adapters.simulator.http.words import known, link, moment
from reconciler.adapters.simulator.http.world import Visit
from reconciler.adapters.simulator.record import Spec, instant

ORDERED = {"none": "completed", "pending": "pending review"}
# What a subscription's status means for its units (Graph 6.1).
UNITS = {"active": "enabled", "expired": "warning", "suspended": "suspended", "disabled": "suspended"}


@dataclass(frozen=True, slots=True)
class Held:
    """One licence SKU and the subscriptions that give it. A number is None where a part of it is not known."""

    plan: PlanIds
    subscriptions: tuple[Spec, ...]

    @property
    def consumed(self) -> int | None:
        """The licences that users hold."""
        return _sum(each.get("assigned") for each in self.subscriptions)

    @property
    def without(self) -> int | None:
        """The users whose licence could not be assigned."""
        return _sum(each.get("usersWithoutLicense") for each in self.subscriptions)

    def units(self, kind: str) -> int | None:
        """Return the bought licences in one state: enabled, warning, suspended."""
        return _sum(
            each.get("licenses")
            for each in self.subscriptions
            if UNITS.get(each.get("status") or "active", "enabled") == kind
        )


def held_by(visit: Visit, spec: Spec) -> list[Held]:
    """Return what a customer holds, by SKU. A subscription whose plan is not shown is in none."""
    found: dict[str, tuple[PlanIds, list[Spec]]] = {}
    for each in spec.get("subscriptions") or ():
        plan = plan_of(visit, each)
        if plan is not None and each.get("status") != "deleted":
            found.setdefault(plan.sku, (plan, []))[1].append(each)
    return [Held(plan, tuple(many)) for plan, many in found.values()]


def subscribed_skus(visit: Visit) -> Answer:
    """GET /customers/{cid}/subscribedskus."""
    spec = visit.shown()
    if spec.get("subscriptions") is None:
        raise hidden("licenses")
    return collection([_sku(each) for each in held_by(visit, spec)])


def get_order(visit: Visit) -> Answer:
    """GET /customers/{cid}/orders/{oid}: a credit review shows in its status."""
    spec = visit.shown()
    wanted = visit.place["oid"].casefold()
    ordered = [each for each in spec.get("subscriptions") or () if order_id(each) == wanted]
    if not ordered:
        raise Denied(partner_error(404, 20000, "The order was not found."))
    review = spec.get("creditReview")
    if review is None:
        raise hidden("orders")
    own = f"/customers/{visit.customer}/orders/{wanted}"
    since, oddly = review.get("since"), visit.world.settings.oddities
    # Where a review of an unknown begin runs, nothing else is told as one.
    created = instant(since) if since else began(ordered[0]) if review["state"] == "none" else None
    body = known(
        id=wanted,
        referenceCustomerId=visit.customer,
        billingCycle=ordered[0].get("billing"),
        currencyCode="USD",
        currencySymbol="$",
        lineItems=[_line(visit, number, each) for number, each in enumerate(ordered)],
        creationDate=moment(created, oddly=oddly) if created else None,
        status=ORDERED.get(review["state"], review["state"]),
        links={"provisioningStatus": link(f"{own}/provisioningstatus"), "self": link(own)},
        attributes={"objectType": "Order"},
    )
    return Answer(200, body)


def get_sku(visit: Visit) -> Answer:
    """GET /products/{pid}/skus/{kid}?country=: what a product's SKU is called today."""
    if not visit.asked.query.get("country"):
        raise Denied(partner_error(400, 3000, "The parameter country is missing."))
    product, sku = visit.place["pid"], visit.place["kid"]
    plan = visit.world.products.get(f"{product}:{sku}".casefold())
    if plan is None:
        raise Denied(partner_error(404, 400018, "The SKU was not found."))
    body = {
        "id": sku,
        "productId": product,
        "title": plan.name,
        "description": plan.name,
        "minimumQuantity": 1,
        "maximumQuantity": plan.most,
        "isTrial": False,
        "supportedBillingCycles": ["annual", "monthly"],
        "purchasePrerequisites": [],
        "dynamicAttributes": {"isMicrosoftProduct": True},
        "links": {"self": link(f"/products/{product}/skus/{sku}?country=US")},
        "attributes": {"objectType": "Sku"},
    }
    return Answer(200, body)


def service_plan_id(service: str) -> str:
    """Return the id of a service inside a SKU."""
    return made_id(f"service-plan:{service}")


def _line(visit: Visit, number: int, each: Spec) -> dict[str, Any]:
    plan = plan_of(visit, each)
    offer = None if plan is None else plan.offer if is_legacy(each) else plan.item(visit.now)
    return known(
        lineItemNumber=number,
        offerId=offer,
        subscriptionId=each["id"],
        friendlyName=plan.name if plan else None,
        quantity=each.get("licenses"),
    )


def _sku(held: Held) -> dict[str, Any]:
    active, warning = held.units("enabled"), held.units("warning")
    total = None if active is None or warning is None else active + warning
    consumed = held.consumed
    free = None if total is None or consumed is None else total - consumed
    return known(
        availableUnits=free,
        activeUnits=active,
        consumedUnits=consumed,
        suspendedUnits=held.units("suspended"),
        totalUnits=total,
        warningUnits=warning,
        productSku={
            "id": held.plan.sku,
            "name": held.plan.name,
            "skuPartNumber": held.plan.part_number,
            "targetType": "User",
            "licenseGroupId": "group1",
        },
        servicePlans=[
            {
                "displayName": service,
                "serviceName": service.upper().replace("-", "_"),
                "id": service_plan_id(service),
                "capabilityStatus": "Enabled",
                "targetType": "User",
            }
            for service in held.plan.services
        ],
        capabilityStatus="Enabled" if active else "Suspended",
        attributes={"objectType": "SubscribedSku"},
    )


def _sum(parts: Iterable[int | None]) -> int | None:
    total = 0
    for part in parts:
        if part is None:
            return None
        total += part
    return total

"""Bodies of Partner Center in, what they say of customers and subscriptions out: frozen records of facts.

A word is in kebab-case ("pending-review" for ``pending review``), an identifier that is a GUID in small letters, a
time in UTC, None where the service says never. Members that are left out when there is nothing to say (a parent, an
etag, instructions for the next term) are None or false then; every other one left out is Unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from reconciler.adapters.microsoft.wire import Body, each, is_guid, records, same_form
from reconciler.messages import say
from reconciler.observe import Fact, Unknown

NOTHING_RAW: Final[Mapping[str, object]] = MappingProxyType({})
SUBSCRIPTION_NUMBERS: Final = {
    0: "none",
    1: "active",
    2: "suspended",
    3: "deleted",
    4: "expired",
    5: "pending",
    6: "disabled",
}
# How the names of products begin that are no plan (PC 4.3); a product named otherwise is not taken for one of them.
NO_PLAN: Final = ("azure", "software", "perpetual", "reserv", "saas")
# What can stand between the quotes of If-Match; anything else is sent back to nobody.
_ETAG = re.compile(r"[\x21\x23-\x7e]{1,1024}")
LAST_SECOND: Final = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer (PC 3). ``id`` is its tenant; ``relationship`` must be reseller for a write to be taken."""

    id: Fact[str]
    domain: Fact[str]
    company: Fact[str]
    relationship: Fact[str]
    custom_domains: Fact[tuple[str, ...]]


def customer(body: Body) -> Customer:
    """Read a customer, one of a list or by itself."""
    profile = body.at("companyProfile")
    return Customer(
        id=body.key("id"),
        domain=profile.text("domain"),
        company=profile.text("companyName"),
        relationship=body.word("relationshipToPartner"),
        custom_domains=body.texts("customDomains"),
    )


class Kind(StrEnum):
    """How a subscription is sold (PC 4.3). ``OTHER`` is certainly no plan; ``UNKNOWN`` may be one."""

    NEW_COMMERCE = "new-commerce"
    LEGACY = "legacy"
    ADD_ON = "add-on"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Refundable:
    """``seats`` that may be given back until ``until``; never a reason for us to do so."""

    seats: Fact[int]
    until: Fact[datetime | None]


@dataclass(frozen=True, slots=True)
class WireSubscription:
    """A subscription as the commerce service shows it (PC 4.2).

    ``raw`` is the whole body as it came: what a PATCH must send back, since what it leaves out is deleted (PC 5).
    ``product_sku`` is the offer without its availability, which changes from day to day; Unknown on legacy ones.
    ``scheduled``: "renewal" and "billing", what is arranged and any change now would delete; a trial's own renewal
    is none of it. ``term_ends``: the last second of the term. ``etag`` is None where none was sent.
    """

    id: Fact[str]
    kind: Kind
    offer_id: Fact[str]
    product_sku: Fact[str]
    offer_name: Fact[str]
    friendly_name: Fact[str]
    product_type: Fact[str]
    quantity: Fact[int]
    unit: Fact[str]
    parent: Fact[str | None]
    created: Fact[datetime | None]
    starts: Fact[datetime | None]
    term_ends: Fact[datetime | None]
    status: Fact[str]
    auto_renews: Fact[bool]
    trial: Fact[bool]
    by_microsoft: Fact[bool]
    billing_type: Fact[str]
    billing: Fact[str]
    term: Fact[str]
    contract: Fact[str]
    scheduled: Fact[tuple[str, ...]]
    suspension_reasons: Fact[tuple[str, ...]]
    refundable: Fact[tuple[Refundable, ...]]
    order_id: Fact[str]
    etag: str | None
    raw: Mapping[str, object] = field(compare=False, repr=False)

    @property
    def commerce(self) -> Fact[str]:
        """Return "new-commerce" or "legacy"; Unknown for what is neither of them for certain."""
        if self.kind in (Kind.NEW_COMMERCE, Kind.LEGACY):
            return self.kind.value
        return Unknown(say("microsoft.reason.commerce"))

    @property
    def name(self) -> Fact[str]:
        """Return what a person would call it: the offer's name, else the one the partner gave it, else its id."""
        known = (n for n in (self.offer_name, self.friendly_name) if not isinstance(n, Unknown))
        return next(known, self.id)


def subscription(body: Body) -> WireSubscription:
    """Read a subscription, one of a list or by itself, or as a PATCH answers."""
    trial, offer_id = body.flag("isTrial"), _offer_id(body)
    return WireSubscription(
        id=body.key("id"),
        kind=_kind(body, offer_id),
        offer_id=offer_id,
        product_sku=product_sku(offer_id),
        offer_name=body.text("offerName"),
        friendly_name=body.text("friendlyName"),
        product_type=_product_type(body),
        quantity=body.count("quantity"),
        unit=body.text("unitType"),
        parent=None if _blank(body.at("parentSubscriptionId")) else body.key("parentSubscriptionId"),
        created=body.moment("creationDate"),
        starts=body.moment("effectiveStartDate"),
        term_ends=_term_ends(body),
        status=body.word("status", numbers=SUBSCRIPTION_NUMBERS),
        auto_renews=body.flag("autoRenewEnabled"),
        trial=trial,
        by_microsoft=body.flag("isMicrosoftProduct"),
        billing_type=body.word("billingType"),
        billing=body.word("billingCycle"),
        term=body.text("termDuration"),
        contract=body.word("contractType"),
        scheduled=_scheduled(body, trial),
        suspension_reasons=() if body.at("suspensionReasons").absent else body.texts("suspensionReasons"),
        refundable=_refundables(body.at("refundableQuantity")),
        order_id=body.key("orderId"),
        etag=_etag(body),
        raw=body.value if isinstance(body.value, dict) else NOTHING_RAW,
    )


def product_sku(item: Fact[str]) -> Fact[str]:
    """Return ``product:sku`` of a catalogue item ``product:sku:availability`` in large letters (PC 1.12)."""
    if isinstance(item, Unknown):
        return item
    parts = item.upper().split(":")
    if len(parts) not in (2, 3) or not all(parts):
        return Body(item, "offerId").odd(say("microsoft.like.catalogue-item"))
    return f"{parts[0]}:{parts[1]}"


def _blank(body: Body) -> bool:
    """Was it left out, or is it an empty text? Both say that there is none."""
    return body.absent or (isinstance(body.value, str) and not body.value.strip())


def _offer_id(body: Body) -> Fact[str]:
    """The offer, which legacy samples name in the link only (``/v1/offers/0CCA44D6-...``)."""
    if not _blank(body.at("offerId")):
        return body.key("offerId")
    uri = body.at("links").at("offer").text("uri")
    last = "" if isinstance(uri, Unknown) else uri.partition("?")[0].rstrip("/").rpartition("/")[2]
    return same_form(last) if is_guid(last) else body.text("offerId")


def _product_type(body: Body) -> Fact[str]:
    found = body.at("productType")
    return found.text() if isinstance(found.value, str) else found.text("id")


def _kind(body: Body, offer_id: Fact[str]) -> Kind:
    """How it is sold, told by the guards of PC 4.3; what passes none of them may still be a plan."""
    billing, unit, product = body.word("billingType"), body.word("unitType"), _product_type(body)
    if isinstance(body.value, dict) and not _blank(body.at("parentSubscriptionId")):
        return Kind.ADD_ON
    if billing in ("usage", "benefit") or unit in ("usage-based", "benefit"):
        return Kind.OTHER
    if body.flag("isMicrosoftProduct") is False:
        return Kind.OTHER
    if not isinstance(product, Unknown):
        return _kind_of_product(product)
    if not _blank(body.at("productType")) or isinstance(offer_id, Unknown):
        return Kind.UNKNOWN
    if offer_id.count(":") == 2 and billing == "license":
        return Kind.NEW_COMMERCE
    # Older answers say "none" for the licences that newer ones call "license".
    if is_guid(offer_id) and (billing in ("license", "none") or _blank(body.at("billingType"))):
        return Kind.LEGACY
    return Kind.UNKNOWN


def _kind_of_product(product: str) -> Kind:
    plain = product.casefold()
    if plain == "onlineservicesnce":
        return Kind.NEW_COMMERCE
    return Kind.OTHER if plain.startswith(NO_PLAN) else Kind.UNKNOWN


def _term_ends(body: Body) -> Fact[datetime | None]:
    """The end of the term to the second, else the last second of its last day, which belongs to it."""
    exact = body.moment("commitmentEndDateTime")
    if not isinstance(exact, Unknown):
        return exact
    day = body.moment("commitmentEndDate")
    return datetime.combine(day.date(), LAST_SECOND, day.tzinfo) if isinstance(day, datetime) else day


def _scheduled(body: Body, trial: Fact[bool]) -> Fact[tuple[str, ...]]:
    """What is arranged. Every trial of new commerce carries its own renewal, which nobody arranged (PC 4.2)."""
    if not isinstance(body.value, dict):
        return body.missing
    renewal = not _blank(body.at("scheduledNextTermInstructions")) and trial is not True
    billing = not _blank(body.at("nextChargeInstructions"))
    return (*(("billing",) if billing else ()), *(("renewal",) if renewal else ()))


def _refundables(body: Body) -> Fact[tuple[Refundable, ...]]:
    return () if body.absent else records(body.items("details"), _refundable)


def _refundable(body: Body) -> Refundable:
    return Refundable(body.count("quantity"), body.moment("allowedUntilDateTime"))


def _etag(body: Body) -> str | None:
    found = body.at("attributes").text("etag")
    return found if isinstance(found, str) and _ETAG.fullmatch(found) else None


def add_on_names(items: Fact[tuple[Body, ...]]) -> Fact[tuple[str, ...]]:
    """Return the names of the add-ons of a subscription, in order, from the items of its ``addons`` (PC 4.1)."""
    names = each(items, lambda item: subscription(item).name)
    return names if isinstance(names, Unknown) else tuple(sorted(names))


@dataclass(frozen=True, slots=True)
class ProvisioningStatus:
    """How far a subscription is set up (PC 4.5): ``status`` success, pending, failed; ``sku_id`` its licence's GUID."""

    sku_id: Fact[str]
    status: Fact[str]
    quantity: Fact[int]
    ends: Fact[datetime | None]


def provisioning_status(body: Body) -> ProvisioningStatus:
    """Read what ``provisioningstatus`` of a subscription answers."""
    return ProvisioningStatus(
        sku_id=body.guid("skuId"),
        status=body.word("status"),
        quantity=body.count("quantity"),
        ends=body.moment("endDate"),
    )


@dataclass(frozen=True, slots=True)
class PlanState:
    """One service plan inside a licence and the word for how it stands."""

    id: Fact[str]
    name: Fact[str]
    state: Fact[str]


@dataclass(frozen=True, slots=True)
class SubscribedSku:
    """The licences of one SKU, from every seller of the tenant (PC 8.1). ``available`` may be below zero."""

    sku_id: Fact[str]
    name: Fact[str]
    part_number: Fact[str]
    consumed: Fact[int]
    available: Fact[int]
    active: Fact[int]
    suspended: Fact[int]
    warning: Fact[int]
    total: Fact[int]
    status: Fact[str]
    plans: Fact[tuple[PlanState, ...]]


def subscribed_sku(body: Body) -> SubscribedSku:
    """Read one item of ``subscribedskus``."""
    sku = body.at("productSku")
    return SubscribedSku(
        sku_id=sku.guid("id"),
        name=sku.text("name"),
        part_number=sku.text("skuPartNumber"),
        consumed=body.count("consumedUnits"),
        available=body.number("availableUnits"),
        active=body.count("activeUnits"),
        suspended=body.count("suspendedUnits"),
        warning=body.count("warningUnits"),
        total=body.count("totalUnits"),
        status=body.word("capabilityStatus"),
        plans=records(body.items("servicePlans"), _plan_state),
    )


def _plan_state(body: Body) -> PlanState:
    return PlanState(body.guid("id"), body.text("serviceName"), body.word("capabilityStatus"))


@dataclass(frozen=True, slots=True)
class Order:
    """An order (PC 11). ``status`` in kebab-case: completed, pending, pending-review, cancelled, or another word."""

    id: Fact[str]
    status: Fact[str]
    created: Fact[datetime | None]


def order(body: Body) -> Order:
    """Read an order."""
    return Order(id=body.key("id"), status=body.word("status"), created=body.moment("creationDate"))


@dataclass(frozen=True, slots=True)
class Offer:
    """A legacy offer; ``sku_id`` is the GUID of the licence it buys (PC 6)."""

    id: Fact[str]
    name: Fact[str]
    sku_id: Fact[str]
    least: Fact[int]
    most: Fact[int]


def offer(body: Body) -> Offer:
    """Read an offer, by itself or as the target of an upgrade."""
    return Offer(
        id=body.key("id"),
        name=body.text("name"),
        sku_id=body.at("product").guid("id"),
        least=body.count("minimumQuantity"),
        most=body.count("maximumQuantity"),
    )

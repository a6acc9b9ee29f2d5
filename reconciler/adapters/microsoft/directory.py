"""Bodies of Microsoft Graph in, what they say of a tenant's directory and licences out: frozen records of facts.

The strings here are no enums in Microsoft's own metadata (Graph 6.1): a word is in kebab-case whatever its case on
the wire, and one we do not know is told as it is. A GUID is in small letters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from reconciler.adapters.microsoft.commerce import PlanState
from reconciler.adapters.microsoft.wire import Body, records
from reconciler.messages import say
from reconciler.observe import Fact, Unknown

# Role template ids, the same in every tenant (Graph 5).
ROLE_IDS: Final = MappingProxyType(
    {
        "global-administrator": "62e90394-69f5-4237-9190-012177145e10",
        "billing-administrator": "b0f54661-2d74-4c50-afa3-1ec803f12efe",
        "license-administrator": "4d6ac14f-3453-41d0-bef9-a3e0c569773a",
        "user-administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
        "global-reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
        "directory-readers": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
        "directory-writers": "9360feb5-f418-4baa-8175-e2a00bac4301",
        "service-support-administrator": "f023fd81-a637-4b56-95fd-791ac0226033",
        "privileged-role-administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
        "partner-tier1-support": "4ba39ca4-527c-499a-b93d-d9b492c50246",
        "partner-tier2-support": "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8",
    }
)
ROLES: Final = MappingProxyType({template: word for word, template in ROLE_IDS.items()})
# How a service plan may stand without holding anything up (Graph 6.1); every other word does, a new one too.
SET_UP: Final = frozenset({"success", "disabled", "pending-activation", "pending-provisioning"})
# How a licence of a user may stand and be one that works (Graph 6.5).
VALID: Final = frozenset({"active", "active-with-error"})
LICENSE_WORDS: Final = VALID | {"disabled", "error"}


@dataclass(frozen=True, slots=True)
class Organization:
    """The tenant itself; ``id`` guards that it is the one that was meant."""

    id: Fact[str]
    name: Fact[str]
    country: Fact[str]
    tenant_type: Fact[str]


def organization(body: Body) -> Organization:
    """Read the item of ``/organization``, a collection of one (Graph 6.3)."""
    return Organization(
        id=body.guid("id"),
        name=body.text("displayName"),
        country=body.text("countryLetterCode"),
        tenant_type=body.text("tenantType"),
    )


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain of the tenant; ``services`` as the directory spells them (``SharePointPublic`` is a website's)."""

    name: Fact[str]
    verified: Fact[bool]
    default: Fact[bool]
    initial: Fact[bool]
    services: Fact[tuple[str, ...]]

    def serves(self, service: str) -> Fact[bool]:
        """Is the domain used for that service, in whatever case of letters?"""
        if isinstance(self.services, Unknown):
            return self.services
        return service.casefold() in {each.casefold() for each in self.services}


def domain(body: Body) -> Domain:
    """Read one item of ``/domains`` (Graph 6.4)."""
    return Domain(
        name=body.text("id"),
        verified=body.flag("isVerified"),
        default=body.flag("isDefault"),
        initial=body.flag("isInitial"),
        services=body.texts("supportedServices"),
    )


@dataclass(frozen=True, slots=True)
class GraphSku:
    """All licences of one SKU, summed over its subscriptions (Graph 6.1). ``consumed`` are those assigned."""

    sku_id: Fact[str]
    part_number: Fact[str]
    consumed: Fact[int]
    enabled: Fact[int]
    warning: Fact[int]
    suspended: Fact[int]
    locked_out: Fact[int]
    subscription_ids: Fact[tuple[str, ...]]
    status: Fact[str]
    applies_to: Fact[str]
    plans: Fact[tuple[PlanState, ...]]


def graph_sku(body: Body) -> GraphSku:
    """Read one item of ``/subscribedSkus``."""
    units = body.at("prepaidUnits")
    return GraphSku(
        sku_id=body.guid("skuId"),
        part_number=body.text("skuPartNumber"),
        consumed=body.count("consumedUnits"),
        enabled=units.count("enabled"),
        warning=units.count("warning"),
        suspended=units.count("suspended"),
        locked_out=units.count("lockedOut"),
        subscription_ids=body.keys("subscriptionIds"),
        status=body.word("capabilityStatus"),
        applies_to=body.word("appliesTo"),
        plans=_plans(body.at("servicePlans")),
    )


def _plans(body: Body) -> Fact[tuple[PlanState, ...]]:
    return records(body.items(), _plan)


def _plan(body: Body) -> PlanState:
    return PlanState(
        id=body.guid("servicePlanId"),
        name=body.text("servicePlanName"),
        state=body.word("provisioningStatus"),
    )


@dataclass(frozen=True, slots=True)
class DirectorySubscription:
    """One subscription as the directory shows it (Graph 6.2); ``commerce_id`` is its id at Partner Center."""

    id: Fact[str]
    commerce_id: Fact[str]
    sku_id: Fact[str]
    part_number: Fact[str]
    status: Fact[str]
    trial: Fact[bool]
    total: Fact[int]
    owner_tenant: Fact[str]
    created: Fact[datetime | None]
    plans: Fact[tuple[PlanState, ...]]


def directory_subscription(body: Body) -> DirectorySubscription:
    """Read one item of ``/directory/subscriptions``."""
    return DirectorySubscription(
        id=body.key("id"),
        commerce_id=body.key("commerceSubscriptionId"),
        sku_id=body.guid("skuId"),
        part_number=body.text("skuPartNumber"),
        status=body.word("status"),
        trial=body.flag("isTrial"),
        total=body.count("totalLicenses"),
        owner_tenant=body.key("ownerTenantId"),
        created=body.moment("createdDateTime"),
        plans=_plans(body.at("serviceStatus")),
    )


def set_up(plans: Fact[tuple[PlanState, ...]]) -> Fact[bool]:
    """Are all service plans set up? A word nobody knows says no (Graph 6.1); no plan at all says nothing."""
    if isinstance(plans, Unknown):
        return plans
    if not plans:
        return Unknown(say("microsoft.reason.no-plans"))
    states = [plan.state for plan in plans]
    if any(isinstance(state, str) and state not in SET_UP for state in states):
        return False
    return next((state for state in states if isinstance(state, Unknown)), True)


@dataclass(frozen=True, slots=True)
class LicenseState:
    """How one licence of a user stands: active, active-with-error, disabled, error, or another word."""

    sku_id: Fact[str]
    state: Fact[str]
    error: Fact[str | None]


@dataclass(frozen=True, slots=True)
class DirectoryUser:
    """A user and how each licence of theirs stands; nothing else of a person is read."""

    id: Fact[str]
    licenses: Fact[tuple[LicenseState, ...]]


def user(body: Body) -> DirectoryUser:
    """Read one item of ``/users?$select=id,licenseAssignmentStates`` (Graph 6.5)."""
    states = body.at("licenseAssignmentStates")
    return DirectoryUser(id=body.key("id"), licenses=records(states.items(), _license))


def _license(body: Body) -> LicenseState:
    return LicenseState(
        sku_id=body.guid("skuId"),
        state=body.word("state"),
        error=None if body.at("error").absent else body.word("error"),
    )


def without_license(users: Iterable[DirectoryUser], sku_id: str) -> Fact[int]:
    """Return how many users should have a licence of this SKU and have none that works.

    Those are the users with a state ``error`` and none that is active. One user of whom it can not be told makes
    the number not known: it is never smaller than it is.
    """
    number = 0
    for each in users:
        lacks = _lacks(each, sku_id.lower())
        if isinstance(lacks, Unknown):
            return lacks
        number += lacks
    return number


def _lacks(one: DirectoryUser, sku_id: str) -> Fact[bool]:
    if isinstance(one.licenses, Unknown):
        return one.licenses
    states: set[str] = set()
    for held in one.licenses:
        if isinstance(held.sku_id, Unknown):
            return held.sku_id
        if held.sku_id == sku_id:
            if isinstance(held.state, Unknown):
                return held.state
            states.add(held.state)
    if states & VALID:
        return False
    strange = sorted(states - LICENSE_WORDS)
    return Unknown(say("microsoft.reason.license-word", word=strange[0])) if strange else "error" in states


def role_words(body: Body) -> Fact[frozenset[str]]:
    """Return the roles that ``checkMemberObjects`` confirmed, as words; an id nobody knows passes through."""
    ids = body.keys("value")
    return ids if isinstance(ids, Unknown) else frozenset(ROLES.get(each, each) for each in ids)


def roles_request() -> dict[str, object]:
    """Return the body that asks ``checkMemberObjects`` for every role we know (Graph 7: at most 20 ids)."""
    return {"ids": list(ROLE_IDS.values())}

"""A tenant's directory as Graph shows it: its domains, what it has bought, and which users hold it (Graph 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.adapters.simulator.http import odata
from reconciler.adapters.simulator.http.answers import Answer
from reconciler.adapters.simulator.http.catalog import Held, held_by, service_plan_id
from reconciler.adapters.simulator.http.identities import PlanIds, made_id
from reconciler.adapters.simulator.http.subscriptions import began, plan_of
from reconciler.adapters.simulator.http.words import known, moment
from reconciler.adapters.simulator.http.world import Visit
from reconciler.adapters.simulator.record import Spec, instant

STATUSES = {
    "active": "Enabled",
    "expired": "Warning",
    "suspended": "Suspended",
    "disabled": "Suspended",
    "deleted": "Deleted",
}
MAIL, SITE = ["Email", "OfficeCommunicationsOnline"], "SharePointPublic"


def organization(visit: Visit) -> Answer:
    """GET /organization: a collection of one."""
    return odata.listed(visit, "organization", [_organization(visit)])


def one_organization(visit: Visit) -> Answer:
    """GET /organization/{id}."""
    if visit.place["oid"].casefold() != visit.customer.casefold():
        raise odata.not_found(visit)
    return odata.single(visit, "organization", _organization(visit))


def domains(visit: Visit) -> Answer:
    """GET /domains: one of them is the public web site's."""
    return odata.listed(visit, "domains", _domains(visit))


def one_domain(visit: Visit) -> Answer:
    """GET /domains/{name}."""
    wanted = visit.place["did"].casefold()
    found = next((each for each in _domains(visit) if each["id"].casefold() == wanted), None)
    if found is None:
        raise odata.not_found(visit)
    return odata.single(visit, "domains", found)


def subscribed_skus(visit: Visit) -> Answer:
    """GET /subscribedSkus."""
    return odata.listed(visit, "subscribedSkus", _skus(visit))


def one_sku(visit: Visit) -> Answer:
    """GET /subscribedSkus/{id}."""
    wanted = visit.place["kid"].casefold()
    found = next((each for each in _skus(visit) if each["id"].casefold() == wanted), None)
    if found is None:
        raise odata.not_found(visit)
    return odata.single(visit, "subscribedSkus", found)


def subscriptions(visit: Visit) -> Answer:
    """GET /directory/subscriptions."""
    sought = odata.equals(visit, ("commerceSubscriptionId", "skuId"))
    items = _subscriptions(visit)
    if sought:
        name, value = sought
        items = [each for each in items if str(each.get(name, "")).casefold() == value.casefold()]
    return odata.listed(visit, "directory/subscriptions", items)


def one_subscription(visit: Visit) -> Answer:
    """GET /directory/subscriptions/{id}."""
    return _one_subscription(visit, "id")


def by_commerce_id(visit: Visit) -> Answer:
    """GET /directory/subscriptions(commerceSubscriptionId='{id}')."""
    return _one_subscription(visit, "commerceSubscriptionId")


def held_here(visit: Visit) -> list[Held]:
    """Return what the tenant holds; ends the request where nobody is shown it."""
    spec = visit.shown()
    if spec.get("subscriptions") is None:
        raise odata.not_shown(visit)
    return held_by(visit, spec)


def _organization(visit: Visit) -> dict[str, Any]:
    spec = visit.shown()
    verified = [
        {
            "capabilities": ", ".join(MAIL),
            "isDefault": name == spec.get("tenant"),
            "isInitial": name.endswith(".onmicrosoft.com"),
            "name": name,
            "type": "Managed",
        }
        for name in spec.get("domains") or ()
    ]
    return {
        "id": visit.customer,
        "displayName": visit.tenant.name,
        "countryLetterCode": "US",
        "tenantType": "AAD",
        "assignedPlans": [],
        "businessPhones": [],
        "provisionedPlans": [],
        "verifiedDomains": verified,
    }


def _domains(visit: Visit) -> list[dict[str, Any]]:
    spec = visit.shown()
    if spec.get("domains") is None:
        raise odata.not_shown(visit)
    site = (spec.get("website") or {}).get("domain")
    names = list(spec["domains"])
    further = [site] if site and site not in names else []
    own = [_domain(name, spec.get("tenant"), site, verified=True) for name in names]
    # Where the site's domain is none of the tenant's, it is shown and not verified.
    return [*own, *(_domain(name, spec.get("tenant"), site, verified=False) for name in further)]


def _domain(name: str, default: str | None, site: str | None, *, verified: bool) -> dict[str, Any]:
    return {
        "authenticationType": "Managed",
        "availabilityStatus": None,
        "isAdminManaged": True,
        "isDefault": name == default,
        "isInitial": name.endswith(".onmicrosoft.com"),
        "isRoot": True,
        "isVerified": verified,
        "id": name,
        "supportedServices": [*MAIL, *([SITE] if name == site else [])],
    }


def _skus(visit: Visit) -> list[dict[str, Any]]:
    return [_sku(visit, each) for each in held_here(visit)]


def _sku(visit: Visit, held: Held) -> dict[str, Any]:
    units = {kind: held.units(kind) for kind in ("enabled", "suspended", "warning")}
    plan, unknown = held.plan, None in units.values()
    return known(
        accountName=visit.tenant.name,
        accountId=visit.customer,
        appliesTo="User",
        capabilityStatus=_capability(units),
        consumedUnits=held.consumed,
        id=f"{visit.customer}_{plan.sku}",
        prepaidUnits=None if unknown else {**units, "lockedOut": 0},
        servicePlans=_services(plan, (each.get("provisioned") for each in held.subscriptions)),
        skuId=plan.sku,
        skuPartNumber=plan.part_number,
        subscriptionIds=[_directory_id(each) for each in held.subscriptions],
    )


def _capability(units: Mapping[str, int | None]) -> str:
    """Return the state of a SKU: enabled as soon as one unit is (Graph 6.1)."""
    found = next((kind for kind in ("enabled", "warning", "suspended") if units[kind]), "enabled")
    return found.capitalize()


def _services(plan: PlanIds, provisioned: Iterable[bool | None]) -> list[dict[str, Any]]:
    status = "PendingInput" if False in tuple(provisioned) else "Success"
    return [
        {
            "servicePlanId": service_plan_id(service),
            "servicePlanName": service.upper().replace("-", "_"),
            "provisioningStatus": status,
            "appliesTo": "User",
        }
        for service in plan.services or (plan.word,)
    ]


def _one_subscription(visit: Visit, name: str) -> Answer:
    wanted = visit.place["sid"].casefold()
    found = next((each for each in _subscriptions(visit) if each[name].casefold() == wanted), None)
    if found is None:
        raise odata.not_found(visit)
    return odata.single(visit, "directory/subscriptions", found)


def _subscriptions(visit: Visit) -> list[dict[str, Any]]:
    spec = visit.shown()
    if spec.get("subscriptions") is None:
        raise odata.not_shown(visit)
    return [_subscription(visit, each) for each in spec["subscriptions"]]


def _subscription(visit: Visit, shown: Spec) -> dict[str, Any]:
    plan, status = plan_of(visit, shown), shown.get("status")
    begun = began(shown)
    ends = instant(shown["termEnds"]) if shown.get("termEnds") else None
    told = plan is not None and shown.get("provisioned") is not None
    return known(
        createdDateTime=moment(begun, oddly=False) if begun else None,
        commerceSubscriptionId=shown["id"],
        id=_directory_id(shown),
        isTrial=shown.get("trial"),
        nextLifecycleDateTime=moment(ends, oddly=False) if ends else None,
        serviceStatus=_services(plan, (shown["provisioned"],)) if plan and told else None,
        skuId=plan.sku if plan else None,
        skuPartNumber=plan.part_number if plan else None,
        status=STATUSES.get(status) if status else None,
        totalLicenses=shown.get("licenses"),
        ownerId=made_id(f"owner:{visit.tenant.name}"),
        ownerTenantId=visit.world.settings.partner,
        ownerType="User",
    )


def _directory_id(shown: Spec) -> str:
    return made_id(f"directory:{shown['id']}")

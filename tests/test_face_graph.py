"""Graph as the face shows it: counts, pages, batches, health and roles, and what of a tenant nobody is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from asgi import Reply, ask
from faces import (
    E1,
    E1_SKU,
    FABRIKAM,
    NEW,
    OLD,
    PARTNER_CENTER,
    SETTINGS,
    Client,
    opened,
    subscription,
    tenant,
    told,
)

ADMIN, BILLING = "62e90394-69f5-4237-9190-012177145e10", "b0f54661-2d74-4c50-afa3-1ec803f12efe"
EVENTUAL = {"consistencylevel": "eventual"}
HEALTH = "/admin/serviceAnnouncement/healthOverviews"
STATES = "/users?$select=id,licenseAssignmentStates"


@pytest.fixture(scope="module")
def any_tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A service whose tenants each test loads."""
    with opened(tmp_path_factory.mktemp("graph")) as asking:
        yield asking


def value(client: Client, path: str, **headers: str) -> list[dict[str, Any]]:
    reply = client.graph(FABRIKAM, path, **headers)
    assert reply.status == 200, reply.text
    found: list[dict[str, Any]] = told(reply)["value"]
    return found


def error(reply: Reply) -> tuple[int, str]:
    return reply.status, told(reply)["error"]["code"]


def all_pages(client: Client, path: str) -> list[dict[str, Any]]:
    """Follow the links whole, as they are meant to be."""
    items, token = [], client.token(FABRIKAM, "https://graph.microsoft.com")
    address = f"http://localhost/v1.0{path}"
    while address:
        reply = ask(client.app, address.removeprefix("http://localhost"), authorization=f"Bearer {token}")
        page = told(reply)
        items += page["value"]
        address = page.get("@odata.nextLink", "")
    return items


# users


def test_users_come_in_pages_that_are_followed_by_their_links(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"), users_page=10)
    everybody = all_pages(client, "/users")
    assert (len(everybody), len({each["id"] for each in everybody})) == (25, 25)
    assert len(value(client, "/users?$top=12")) == 12


def test_users_are_counted_on_the_first_page_or_as_bare_text(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    first = told(client.graph(FABRIKAM, "/users?$count=true&$top=1&$select=id", **EVENTUAL))
    assert first["@odata.count"] == 25
    assert first["value"][0].keys() == {"id"}
    second = ask(
        client.app,
        first["@odata.nextLink"].removeprefix("http://localhost"),
        authorization=f"Bearer {client.token(FABRIKAM, 'https://graph.microsoft.com')}",
        **EVENTUAL,
    )
    assert (second.status, "@odata.count" in told(second)) == (200, False)
    count = client.graph(FABRIKAM, "/users/$count", **EVENTUAL)
    assert (count.text, count.headers["content-type"]) == ("25", "text/plain")


def test_users_hold_licences_wait_for_them_or_have_none(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam", subscription(plan=E1, assigned=18, usersWithoutLicense=2)))
    states = [state["state"] for each in value(client, STATES) for state in each["licenseAssignmentStates"]]
    assert (states.count("Active"), states.count("Error"), len(states)) == (18, 2, 20)
    holding = f"assignedLicenses/any(u:u/skuId%20eq%20{E1_SKU})"
    assert len(value(client, f"/users?$filter={holding}")) == 18
    without = told(
        client.graph(FABRIKAM, "/users?$filter=assignedLicenses/$count%20eq%200&$count=true", **EVENTUAL)
    )
    assert without["@odata.count"] == 7


def test_several_subscriptions_of_one_sku_are_summed(any_tenant: Client) -> None:
    second = subscription(id=OLD, plan=E1, status="expired", licenses=5, assigned=3)
    client = any_tenant.load(tenant("fabrikam", subscription(plan=E1), second))
    (sku,) = value(client, "/subscribedSkus")
    assert (sku["skuId"], sku["skuPartNumber"], sku["consumedUnits"]) == (E1_SKU, "STANDARDPACK", 21)
    assert sku["prepaidUnits"] == {"enabled": 20, "warning": 5, "suspended": 0, "lockedOut": 0}
    both = value(client, "/directory/subscriptions")
    assert sku["subscriptionIds"] == [each["id"] for each in both]
    assert [each["status"] for each in both] == ["Enabled", "Warning"]
    assert [each["commerceSubscriptionId"] for each in both] == [NEW, OLD]
    by_id = f"/directory/subscriptions?$filter=commerceSubscriptionId%20eq%20'{OLD}'"
    assert [each["commerceSubscriptionId"] for each in value(client, by_id)] == [OLD]


def test_what_is_not_provisioned_waits_for_input(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam", subscription(provisioned=False)))
    (held,) = value(client, "/directory/subscriptions")
    assert {each["provisioningStatus"] for each in held["serviceStatus"]} == {"PendingInput"}
    client = any_tenant.load(tenant("fabrikam", subscription(provisioned=None)))
    (held,) = value(client, "/directory/subscriptions")
    assert "serviceStatus" not in held


# what nobody is shown


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"users": None}, "/users/$count"),
        ({"users": None}, "/users?$count=true"),
        ({"domains": None}, "/domains"),
        ({"services": None}, HEALTH),
        (
            {"operator": None},
            f"/roleManagement/directory/roleAssignments?$filter=roleDefinitionId%20eq%20'{ADMIN}'",
        ),
        ({"subscriptions": None}, "/subscribedSkus"),
        ({"subscriptions": None}, "/directory/subscriptions"),
        ({"subscriptions": [subscription(usersWithoutLicense=None)]}, STATES),
    ],
)
def test_a_fact_nobody_is_shown_is_refused_and_never_zero(
    any_tenant: Client, spec: dict[str, Any], path: str
) -> None:
    client = any_tenant.load(tenant("fabrikam", **spec))
    assert error(client.graph(FABRIKAM, path, **EVENTUAL)) == (403, "Authorization_RequestDenied")


def test_a_number_nobody_is_shown_is_left_out(any_tenant: Client) -> None:
    nothing = dict.fromkeys(("licenses", "assigned", "trial", "status", "termEnds", "preUpgrade"))
    client = any_tenant.load(tenant("fabrikam", subscription(**nothing)))
    (sku,) = value(client, "/subscribedSkus")
    assert {"consumedUnits", "prepaidUnits"} & sku.keys() == set()
    (held,) = value(client, "/directory/subscriptions")
    left_out = {"totalLicenses", "isTrial", "status", "nextLifecycleDateTime", "createdDateTime"}
    assert left_out & held.keys() == set()
    client = any_tenant.load(tenant("fabrikam", subscription(plan=None)))
    assert value(client, "/subscribedSkus") == []
    (held,) = value(client, "/directory/subscriptions")
    assert {"skuId", "skuPartNumber", "serviceStatus"} & held.keys() == set()


# domains, health, roles


def test_the_public_site_is_one_of_the_domains(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    shown = value(client, "/domains")
    assert [each["id"] for each in shown if each["isVerified"]] == ["fabrikam.onmicrosoft.com", "fabrikam.no"]
    sites = [each["id"] for each in shown if "SharePointPublic" in each["supportedServices"]]
    assert (sites, shown[0]["isDefault"]) == (["fabrikam.no"], True)
    client = any_tenant.load(tenant("fabrikam", website={"domain": "elsewhere.example"}))
    assert [each["id"] for each in value(client, "/domains") if not each["isVerified"]] == [
        "elsewhere.example"
    ]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("degraded", "ServiceDegradation"),
        ("interrupted", "ServiceInterruption"),
        ("extended-recovery", "ExtendedRecovery"),
    ],
)
def test_a_troubled_service_has_an_incident_that_nobody_has_resolved(
    any_tenant: Client, state: str, status: str
) -> None:
    services = {"exchange-online": "healthy", "sharepoint-online": state}
    client = any_tenant.load(tenant("fabrikam", services=services))
    well, ill = value(client, f"{HEALTH}?$expand=issues")
    assert (well["service"], well["status"]) == ("Exchange Online", "ServiceOperational")
    # What is only advised troubles nobody; it stands there as it nearly always does.
    assert [(each["classification"], each["isResolved"]) for each in well["issues"]] == [("Advisory", False)]
    assert ill["status"] == status
    assert [(each["classification"], each["isResolved"]) for each in ill["issues"]] == [("Incident", False)]


def test_a_person_is_told_which_roles_he_has_and_an_application_has_no_me(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    ids = {"ids": [BILLING, ADMIN.upper()]}
    assert told(client.graph(FABRIKAM, "/me/checkMemberObjects", "POST", ids))["value"] == [ADMIN.upper()]
    many = {"ids": [ADMIN] * 21}
    assert error(client.graph(FABRIKAM, "/me/checkMemberObjects", "POST", many)) == (
        400,
        "Request_BadRequest",
    )
    alone = client.app_only()
    assert error(alone.graph(FABRIKAM, "/me/checkMemberObjects", "POST", ids)) == (400, "BadRequest")
    assert error(alone.graph(FABRIKAM, "/me")) == (400, "BadRequest")
    assert alone.graph(FABRIKAM, "/subscribedSkus").status == 200


def test_a_token_is_for_one_tenant_and_for_graph(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    token = client.token(SETTINGS.partner, "https://graph.microsoft.com")
    refused = client._ask("/v1.0/organization", "GET", None, token, {})
    assert error(refused) == (403, "Authorization_RequestDenied")
    token = client.token(FABRIKAM, PARTNER_CENTER)
    refused = client._ask("/v1.0/organization", "GET", None, token, {})
    assert error(refused) == (401, "InvalidAuthenticationToken")
    assert refused.headers["www-authenticate"].startswith("Bearer")


# batches


def batch(client: Client, *parts: dict[str, Any]) -> Reply:
    return client.graph(FABRIKAM, "/$batch", "POST", {"requests": list(parts)})


def part(own: str, url: str, **more: Any) -> dict[str, Any]:
    return {"id": own, "method": "GET", "url": url, **more}


def test_the_parts_of_a_batch_come_in_any_order_each_with_its_own_status(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    client.service.fault("fabrikam", "throttle", path="/domains", seconds=4)
    roles = {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": {"ids": [ADMIN]}}
    reply = batch(
        client,
        part("a", "/domains"),
        part("b", "users?$count=true&$top=1&$select=id", headers={"ConsistencyLevel": "eventual"}),
        part("c", "/subscribedSkus"),
        part("d", "/me/checkMemberObjects", **roles),
        part("e", "/nothing", dependsOn=["A"]),
    )
    parts = {each["id"]: each for each in told(reply)["responses"]}
    assert list(parts) != sorted(parts)
    assert {own: each["status"] for own, each in parts.items()} == {
        "a": 429,
        "b": 200,
        "c": 200,
        "d": 200,
        "e": 424,
    }
    assert parts["a"]["headers"]["Retry-After"] == "4.0"
    assert parts["b"]["body"]["@odata.count"] == 25
    assert parts["d"]["body"]["value"] == [ADMIN]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [part(str(number), "/domains") for number in range(21)],
        [part("a", "/domains"), part("A", "/domains")],
        [{"method": "GET", "url": "/domains"}],
    ],
    ids=["empty", "too many", "the same id twice", "no id"],
)
def test_a_batch_that_is_none_is_refused_whole(any_tenant: Client, parts: list[dict[str, Any]]) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    assert error(batch(client, *parts)) == (400, "BadRequest")


def test_a_batch_is_no_part_of_a_batch(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    inner = part("a", "/$batch", method="POST", body={"requests": [part("b", "/domains")]})
    (answered,) = told(batch(client, inner))["responses"]
    assert answered["status"] == 400


def test_what_is_sent_is_json(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    token = f"Bearer {client.token(FABRIKAM, 'https://graph.microsoft.com')}"
    reply = ask(client.app, "/v1.0/$batch", "POST", b"{", authorization=token)
    assert error(reply) == (400, "BadRequest")
    assert json.loads(reply.body)["error"]["innerError"]["client-request-id"]

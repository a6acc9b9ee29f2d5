"""What the face answers has the members, the types and the spelling of the documents' own bodies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from faces import (
    CONTOSO,
    E1_SKU,
    FABRIKAM,
    GRAPH,
    NEW,
    OLD,
    PARTNER_CENTER,
    SETTINGS,
    Client,
    legacy,
    opened,
    subscription,
    tenant,
    told,
)
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from shapes import SAMPLES, differences, sample

TICKET = "615112491169010"
SEARCH = quote('{"Field":"Domain","Value":"fab","Operator":"starts_with"}')
ADMINS = "62e90394-69f5-4237-9190-012177145e10"
OF_NEW, OF_OLD = f"/customers/{FABRIKAM}/subscriptions/{NEW}", f"/customers/{CONTOSO}/subscriptions/{OLD}"
# What a body of ours has and the printed one has not (+), or the other way round (-), is documented elsewhere, or is
# nothing that the service behind it knows: persons, addresses, Azure, pictures.
PARTNER = {
    "customers-list": ("/customers", ""),
    "customers-filter": (f"/customers?size=0&filter={SEARCH}", ""),
    "customer-get": (
        f"/customers/{FABRIKAM}",
        "-billingProfile.defaultAddress -billingProfile.email -billingProfile.firstName -billingProfile.lastName "
        "-companyProfile.address -companyProfile.email",
    ),
    "subscription-get-new-commerce": (OF_NEW, "+nextChargeInstructions +scheduledNextTermInstructions"),
    "subscriptions-list-legacy": (
        f"/customers/{CONTOSO}/subscriptions",
        "+items.actionTaken +items.attentionNeeded +items.billingCycle +items.commitmentEndDateTime "
        "+items.hasPurchasableAddons +items.isMicrosoftProduct +items.isTrial +items.offerId +items.offerName "
        "+items.partnerId +items.publisherName -items.entitlementId",
    ),
    "subscription-addons-list": (
        f"{OF_NEW}/addons",
        "+items.commitmentEndDateTime +items.links.parentSubscription +items.offerId +items.offerName "
        "+items.parentSubscriptionId -items.entitlementId",
    ),
    "subscription-provisioning-status": (f"{OF_NEW}/provisioningstatus", ""),
    "transition-eligibilities": (f"{OF_NEW}/transitionEligibilities?eligibilityType=immediate", ""),
    "upgrades-list": (f"{OF_OLD}/upgrades", "-items.targetOffer.category -items.targetOffer.links.learnMore"),
    "subscribedskus-list": (f"/customers/{FABRIKAM}/subscribedskus", ""),
    "order-get": (
        f"/customers/{FABRIKAM}/orders/ca51d08bc204",
        "+lineItems.subscriptionId -lineItems.links",
    ),
    "servicerequests-list-for-customer": (f"/customers/{FABRIKAM}/servicerequests", ""),
    "servicerequest-get": (f"/servicerequests/{TICKET}", ""),
    "paging-next-link": ("/customers?size=1", "+continuationToken +items +totalCount"),
}
# The same of Graph; of each path the schema too.
DIRECTORY = {
    "organization-list": (
        "/organization",
        "+value.id +value.provisionedPlans +value.tenantType +value.verifiedDomains -value.city -value.country",
    ),
    "domains-list": ("/domains", "+@odata.context +value.isVerified"),
    "subscribedskus-list": ("/subscribedSkus", ""),
    "directory-subscriptions-list": ("/directory/subscriptions", "+@odata.context"),
    "healthoverviews-list": ("/admin/serviceAnnouncement/healthOverviews", ""),
    "healthoverviews-list-expand-issues": ("/admin/serviceAnnouncement/healthOverviews?$expand=issues", ""),
    "roleassignments-list-by-role-expand-principal": (
        f"/roleManagement/directory/roleAssignments?$filter=roleDefinitionId%20eq%20'{ADMINS}'&$expand=principal",
        "-value.principal.imAddresses -value.principal.mail -value.principal.mailNickname",
    ),
    "users-list": ("/users", ""),
    "users-list-by-sku": (
        f"/users?$select=id,mail,assignedLicenses&$filter=assignedLicenses/any(u:u/skuId%20eq%20{E1_SKU})",
        "",
    ),
}
FURTHER = (
    f"/organization/{FABRIKAM}",
    "/domains/fabrikam.no",
    f"/subscribedSkus/{FABRIKAM}_{E1_SKU}",
    f"/directory/subscriptions(commerceSubscriptionId='{NEW}')",
    "/users?$select=id,licenseAssignmentStates&$top=1",
    "/admin/serviceAnnouncement/healthOverviews/exchange-online",
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One service that all look at, and nobody writes to."""
    everything = {
        "scheduled": ["renewal", "billing"],
        "addOns": ["Audio Conferencing"],
        "plan": "enterprise-e1",
    }
    ill = {"exchange-online": "degraded", "sharepoint-online": "healthy"}
    documents = (
        tenant("fabrikam", subscription(**everything, usersWithoutLicense=2), services=ill),
        tenant("contoso", legacy()),
    )
    with opened(tmp_path_factory.mktemp("face"), *documents) as asking:
        assert asking.service.file_ticket("fabrikam", "Fewer licences") == TICKET
        note = sample("partner-center/servicerequest-update-add-note.request")
        assert asking.partner(f"/servicerequests/{TICKET}", "PATCH", note).status == 200
        yield asking


@pytest.mark.parametrize("name", PARTNER)
def test_partner_center_answers_in_the_documented_shape(client: Client, name: str) -> None:
    path, apart = PARTNER[name]
    reply = client.partner(path)
    assert reply.status == 200, reply.text
    assert differences(told(reply), sample(f"partner-center/{name}.response")) == set(apart.split())


@pytest.mark.parametrize("name", DIRECTORY)
def test_graph_answers_in_the_documented_shape(client: Client, name: str) -> None:
    path, apart = DIRECTORY[name]
    reply = client.graph(FABRIKAM, path)
    assert reply.status == 200, reply.text
    assert differences(told(reply), sample(f"graph/{name}")) == set(apart.split())


def test_writes_are_answered_in_the_documented_shape(tmp_path: Path) -> None:
    with opened(tmp_path, tenant("fabrikam"), tenant("contoso", legacy())) as asking:
        whole = told(asking.of(FABRIKAM))
        lower = told(asking.of(FABRIKAM, "", "PATCH", {**whole, "quantity": 19}))
        assert lower == sample("partner-center/error-800090-quantity-decrease.response") | {
            "description": lower["description"]
        }
        offered = told(asking.of(FABRIKAM, "/transitionEligibilities"))["items"][0]
        order = {
            **sample("partner-center/transition-create.request"),
            "quantity": 20,
            "billingCycle": "Annual",
        }
        del order["toSubscriptionId"]
        made = told(
            asking.of(
                FABRIKAM, "/transitions", "POST", {**order, "toCatalogItemId": offered["catalogItemId"]}
            )
        )
        documented = sample("partner-center/transition-create.response")
        assert differences(made, documented) == {"+operationId", "-toSubscriptionId"}
        asking.service.advance(timedelta(minutes=8))
        listed = told(asking.of(FABRIKAM, "/transitions"))
        documented = sample("partner-center/transitions-list.response")
        assert differences(listed, documented) == {
            "+transition.fromSubscriptionId",
            "+transition.toSubscriptionId",
        }
        upgrade = told(asking.of(CONTOSO, "/upgrades"))["items"][0]
        done = told(asking.of(CONTOSO, "/upgrades", "POST", upgrade))
        assert differences(done, sample("partner-center/upgrade-create.response")) == set()


def test_tokens_are_answered_in_the_documented_shape(client: Client) -> None:
    refresh = {"grant_type": "refresh_token", "refresh_token": SETTINGS.refresh_token}
    person = told(client.sign_in(SETTINGS.partner, resource=PARTNER_CENTER, **refresh))
    # The printed one leaves the new refresh token out, which its text tells to keep.
    assert differences(person, sample("partner-center/token-refresh-grant.response")) == {"+refresh_token"}
    alone = {"grant_type": "client_credentials"}
    app = told(client.sign_in(SETTINGS.partner, resource="https://graph.windows.net", **alone))
    assert differences(app, sample("partner-center/token-app-only-retired-audience.response")) == set()
    second = told(client.sign_in(FABRIKAM, version="v2.0/token", scope=f"{GRAPH}/.default", **alone))
    assert differences(second, sample("graph/token-response")) == {"+ext_expires_in"}


def test_being_throttled_is_told_in_each_service_s_own_shape(client: Client) -> None:
    client.service.fault("fabrikam", "throttle", seconds=57)
    client.service.fault("fabrikam", "throttle", path="/domains", seconds=2)
    partner = client.partner(f"/customers/{FABRIKAM}/subscriptions")
    assert (partner.status, partner.headers["retry-after"]) == (429, "57")
    assert told(partner) == sample("partner-center/error-429-throttled.response")
    graph = client.graph(FABRIKAM, "/domains")
    assert (graph.status, graph.headers["retry-after"]) == (429, "2.0")
    assert differences(told(graph), sample("graph/error-429-throttled")) == {
        "+error.innerError.client-request-id"
    }


# the contract of Graph


@pytest.fixture(scope="module")
def contract() -> tuple[dict[str, Any], Registry[Any]]:
    text = (SAMPLES / "graph" / "openapi-subset.yaml").read_text(encoding="utf-8")
    document = yaml.load(text, Loader=yaml.CSafeLoader)
    resource = Resource(contents=document, specification=DRAFT202012)
    return document, Registry().with_resource("urn:graph", resource)


def schema_of(document: dict[str, Any], path: str, status: int, method: str = "get") -> dict[str, Any]:
    """The schema of a path's answer, its references made whole."""
    found = document["paths"][path][method]["responses"][str(status)]
    if "$ref" in found:
        return {"$ref": f"urn:graph{found['$ref']}/content/application~1json/schema"}
    pointer = path.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
    kind = "application~1json" if "application/json" in found["content"] else "text~1plain"
    return {"$ref": f"urn:graph#/paths/{pointer}/{method}/responses/{status}/content/{kind}/schema"}


def template_of(document: dict[str, Any], path: str) -> str:
    """The path of the contract that an address falls under."""
    asked = path.partition("?")[0]
    if asked in document["paths"]:
        return asked
    if "(" in asked:
        return next(known for known in document["paths"] if known.startswith("/directory/subscriptions("))
    start = asked.rpartition("/")[0]
    return next(known for known in document["paths"] if known.startswith(f"{start}/{{"))


@pytest.mark.parametrize("path", [*(path for path, _ in DIRECTORY.values()), *FURTHER])
def test_what_graph_answers_keeps_to_its_contract(
    client: Client, contract: tuple[dict[str, Any], Registry[Any]], path: str
) -> None:
    document, registry = contract
    plain = Client(client.service, replace(SETTINGS, oddities=False))
    reply = plain.graph(FABRIKAM, path)
    assert reply.status == 200, reply.text
    schema = schema_of(document, template_of(document, path), 200)
    OAS30Validator(schema, registry=registry).validate(told(reply))


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/users?$top=1000", 400, "Request_BadRequest"),
        ("/users?$skip=1", 400, "Request_UnsupportedQuery"),
        ("/users?$count=true", 400, "Request_UnsupportedQuery"),
        ("/users?$select=shoeSize", 400, "Request_BadRequest"),
        ("/users?$filter=city%20eq%20null", 400, "Request_UnsupportedQuery"),
        ("/users?$skiptoken=x", 400, "Request_BadRequest"),
        ("/users/$count", 400, "Request_UnsupportedQuery"),
        ("/subscribedSkus?$filter=skuId%20eq%20'x'", 400, "Request_UnsupportedQuery"),
        ("/subscribedSkus/x_y", 404, "Request_ResourceNotFound"),
        ("/roleManagement/directory/roleAssignments", 400, "Request_BadRequest"),
        ("/users/delta", 501, "NotImplemented"),
        ("/nothing", 400, "BadRequest"),
    ],
)
def test_what_graph_refuses_it_refuses_as_documented(
    client: Client, contract: tuple[dict[str, Any], Registry[Any]], path: str, status: int, code: str
) -> None:
    reply = client.graph(FABRIKAM, path)
    body = told(reply)
    assert (reply.status, body["error"]["code"]) == (status, code)
    _, registry = contract
    error = {"$ref": "urn:graph#/components/schemas/microsoft.graph.ODataErrors.ODataError"}
    OAS30Validator(error, registry=registry).validate(body)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/subscribedSkus", "/directory/subscriptions", "/subscribedSkus/x"])
def test_graph_sells_nothing(client: Client, method: str, path: str) -> None:
    reply = client.graph(FABRIKAM, path, method, {})
    assert (reply.status, reply.headers["allow"]) == (405, "GET")


def test_a_batch_keeps_to_the_contract(
    client: Client, contract: tuple[dict[str, Any], Registry[Any]]
) -> None:
    document, registry = contract
    reply = client.graph(FABRIKAM, "/$batch", "POST", sample("graph/batch-request"))
    OAS30Validator(schema_of(document, "/$batch", 200, "post"), registry=registry).validate(told(reply))

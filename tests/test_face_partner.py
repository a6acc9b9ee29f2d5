"""Partner Center as the face shows it: who is let in, what is found, and what of it nobody is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

import pytest
from faces import (
    BASIC,
    CONTOSO,
    E1,
    E1_OFFER,
    E1_SKU,
    E3_PRODUCT,
    FABRIKAM,
    GRAPH,
    NEW,
    OLD,
    SETTINGS,
    Client,
    legacy,
    opened,
    refused,
    subscription,
    tenant,
    told,
)

from reconciler.adapters.simulator.http import codes
from reconciler.adapters.simulator.http.identities import plans_of
from reconciler.adapters.simulator.refusals import LICENSES, ORDER
from reconciler.adapters.simulator.writes import Outcome, Reply

OF_NEW, OF_OLD = f"/customers/{FABRIKAM}/subscriptions/{NEW}", f"/customers/{CONTOSO}/subscriptions/{OLD}"
ABSENT = "11111111-0000-4000-8000-000000000000"
# Codes that the reference of Partner Center lists (PC 14); no other may be answered.
DOCUMENTED = {
    *(400, 1000, 2001, 2002, 2006, 2011, 2032, 2055, 2085, 2091, 3000, 20000, 20002, 20003, 60000, 60003),
    *(800002, 800003, 800027, 800073, 800082, 800090, 800091, 800095, 900150, 900192, 900214, 900225),
    *(900257, 900263, 900269, 900278, 900279, 900280, 900308, 900329, 900420),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One service that all look at, and nobody writes to."""
    documents = (tenant("fabrikam"), tenant("contoso", legacy()), tenant("theirs"))
    with opened(tmp_path_factory.mktemp("face"), *documents, not_ours=frozenset({"theirs"})) as asking:
        yield asking


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A service whose tenants each test loads."""
    with opened(tmp_path_factory.mktemp("other")) as asking:
        yield asking


def customer_of(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"customer:{name}"))


# who is let in


def test_nobody_is_let_in_without_a_token_for_partner_center(client: Client) -> None:
    nobody = client._ask("/v1/customers", "GET", None, "no token", {})
    assert refused(nobody) == (401, 400)
    assert nobody.headers["www-authenticate"] == f"OAuth realm=urn:cpsvc:cpid:{SETTINGS.partner}"
    other = client._ask("/v1/customers", "GET", None, client.token(SETTINGS.partner, GRAPH), {})
    assert refused(other) == (401, 900420)
    retired = client.token(SETTINGS.partner, "https://graph.windows.net")
    assert refused(client._ask("/v1/customers", "GET", None, retired, {})) == (401, 900420)


def test_a_token_of_another_tenant_is_refused(client: Client) -> None:
    token = client.token(FABRIKAM, "https://api.partnercenter.microsoft.com")
    assert refused(client._ask("/v1/customers", "GET", None, token, {})) == (403, 2032)


@pytest.mark.parametrize(
    ("path", "let_in"),
    [
        ("/customers", True),
        (f"/customers/{FABRIKAM}/subscriptions", True),
        (f"{OF_NEW}/transitionEligibilities", True),
        (f"{OF_NEW}/transitions", True),
        (f"{OF_OLD}/upgrades", True),
        (f"{OF_NEW}/addons", True),
        (f"{OF_NEW}/provisioningstatus", False),
        (f"{OF_NEW}/conversions", False),
        (f"/customers/{FABRIKAM}/subscribedskus", False),
        (f"/customers/{FABRIKAM}/servicerequests", False),
    ],
)
def test_an_application_alone_is_let_in_where_the_table_says_so(
    client: Client, path: str, let_in: bool
) -> None:
    reply = client.app_only().partner(path)
    assert reply.status == 200 if let_in else refused(reply) == (403, 900329)


def test_an_application_alone_moves_no_licences_along(client: Client) -> None:
    alone = client.app_only()
    (offered,) = told(alone.partner(f"{OF_NEW}/transitionEligibilities"))["items"]
    assert [each["isEligible"] for each in offered["eligibilities"]] == [True, False]
    assert offered["eligibilities"][1]["errors"][0]["code"] == 5
    upgrades = told(alone.partner(f"{OF_OLD}/upgrades"))["items"]
    assert [each["isEligible"] for each in upgrades] == [True, False]


# who is asked about


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"/customers/{ABSENT}", 404, 60003),
        ("/customers/fabrikam", 404, 60003),
        (f"/customers/{ABSENT}/subscriptions", 404, 60003),
        (f"/customers/{FABRIKAM}/subscriptions/{ABSENT}", 404, 20003),
        (f"/customers/{FABRIKAM}/subscriptions/{ABSENT}/transitions", 404, 20003),
        (f"/customers/{customer_of('theirs')}/subscriptions", 403, 20002),
        (f"/customers/{FABRIKAM}/orders/none", 404, 20000),
        (f"{OF_OLD}/transitions", 403, 900263),
        ("/servicerequests/615", 404, 1000),
        ("/servicerequests/supporttopics", 404, 1000),
        ("/products/CFQ7TTC0LF8R/skus/9999?country=US", 404, 400018),
        ("/products/CFQ7TTC0LF8R/skus/0001", 400, 3000),
        (f"/customers/{FABRIKAM}/subscriptions?size=4", 400, 3000),
        ("/customers?size=many", 400, 3000),
        ("/customers?filter=x", 400, 3000),
        ("/customers?seekOperation=Next", 400, 3000),
        (f"{OF_NEW}/transitionEligibilities?eligibilityType=soon", 400, 3000),
        ("/nothing", 404, 1000),
    ],
)
def test_what_is_not_there_is_refused_by_its_documented_code(
    client: Client, path: str, status: int, code: int
) -> None:
    assert refused(client.partner(path)) == (status, code)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/servicerequests/en-US", 404),
        (f"/customers/{FABRIKAM}/carts", 501),
        (f"/customers/{FABRIKAM}/orders", 501),
        (f"{OF_NEW}/conversions", 501),
        (f"/customers/{FABRIKAM}/migrations/newcommerce", 501),
        (f"/customers/{FABRIKAM}/subscriptions", 405),
    ],
)
def test_what_no_longer_exists_or_is_not_played_is_not_done(client: Client, path: str, status: int) -> None:
    assert refused(client.partner(path, "POST", {})) == (status, 1000)


def test_a_customer_of_somebody_else_is_shown_as_that(client: Client) -> None:
    shown = told(client.partner(f"/customers/{customer_of('theirs')}"))
    assert (shown["relationshipToPartner"], shown["companyProfile"]["companyName"]) == ("none", "theirs")


def test_every_refusal_of_the_service_has_a_documented_code() -> None:
    own = {code for code, _ in (*ORDER, *LICENSES)}
    of_the_desk = {"unknown-tenant", "unknown-subscription", "version-missing", "version-mismatch"}
    assert set(codes.REFUSED) == own | of_the_desk | {"request-id-reused"}
    known = {*codes.REFUSED.values(), *codes.NOT_ACTIVE.values(), codes.SUSPENDED_LEGACY}
    assert {each.code for each in known} | set(codes.OWN_ERRORS.values()) <= DOCUMENTED
    assert set(codes.UPGRADE_ERRORS) <= own
    for code in codes.REFUSED:
        answer = codes.refusal(Reply(Outcome.REFUSED, code, "No."), "active", legacy=False)
        assert (answer.status, answer.body["code"]) == (codes.REFUSED[code].status, codes.REFUSED[code].code)


# what is shown


def test_customers_come_page_after_page_by_the_link_and_its_header(client: Client) -> None:
    names, path, headers = [], "/customers?size=1", {}
    while path:
        page = told(client.partner(path, **headers))
        assert page["totalCount"] == len(page["items"]) == 1
        names += [each["companyProfile"]["companyName"] for each in page["items"]]
        following = page["links"].get("next")
        path = following["uri"] if following else ""
        headers = {each["key"]: each["value"] for each in following["headers"]} if following else {}
    assert names == ["contoso", "fabrikam", "theirs"]
    assert len(told(client.partner("/customers?size=0"))["items"]) == 3


@pytest.mark.parametrize(
    ("field", "start", "found"),
    [("Domain", "fabr", ["fabrikam"]), ("CompanyName", "CON", ["contoso"]), ("Domain", "x", [])],
)
def test_customers_are_found_by_how_they_begin(
    client: Client, field: str, start: str, found: list[str]
) -> None:
    text = quote(f'{{"Field":"{field}","Value":"{start}","Operator":"starts_with"}}')
    items = told(client.partner(f"/customers?size=0&filter={text}"))["items"]
    assert [each["companyProfile"]["companyName"] for each in items] == found


def test_a_plan_is_named_by_the_catalogue_s_ids_or_by_ids_made_from_its_name(client: Client) -> None:
    new, old = told(client.of(FABRIKAM)), told(client.of(CONTOSO))
    product, sku, availability = new["offerId"].split(":")
    assert (product[:8], sku, availability[:8]) == ("CFQ7TTC0", "0001", "CFQ7TTC0")
    assert (new["offerName"], new["productType"]["id"]) == ("Business Basic", "OnlineServicesNCE")
    assert (old["offerId"], "productType" in old) == (E1_OFFER.upper(), False)
    assert told(client.of(CONTOSO, "/provisioningstatus"))["skuId"] == E1_SKU.upper()
    (offered,) = told(client.of(FABRIKAM, "/transitioneligibilities"))["items"]
    assert (offered["catalogItemId"].rpartition(":")[0], offered["title"]) == (E3_PRODUCT, "Enterprise E3")
    asked = offered["catalogItemId"].split(":")
    assert (
        told(client.partner(f"/products/{asked[0]}/skus/{asked[1]}?country=US"))["title"] == "Enterprise E3"
    )


def test_only_legacy_has_an_etag_unless_the_face_is_told_otherwise(client: Client) -> None:
    assert "etag" not in told(client.of(FABRIKAM))["attributes"]
    assert "etag" in told(client.of(CONTOSO))["attributes"]
    tagged = Client(client.service, replace(SETTINGS, etags=True))
    assert "etag" in told(tagged.of(FABRIKAM))["attributes"]


def test_request_ids_come_back_and_correlation_ids_twice(client: Client) -> None:
    sent = {"ms_requestid": ABSENT, "ms_correlationid": NEW}
    reply = client.partner("/customers", **sent)
    assert (reply.headers["ms-requestid"], reply.headers["ms-correlationid"]) == (ABSENT, f"{NEW},{NEW}")


def test_without_oddities_the_lists_are_all_alike(client: Client) -> None:
    plain = Client(client.service, replace(SETTINGS, oddities=False))
    assert told(plain.of(FABRIKAM, "/transitions")) == {
        "totalCount": 0,
        "items": [],
        "attributes": {"objectType": "Collection"},
    }
    assert told(plain.of(CONTOSO, "/provisioningstatus"))["skuId"] == E1_SKU
    assert "." not in told(plain.of(FABRIKAM))["commitmentEndDateTime"]


# what nobody is shown

LEFT_OUT = {
    "plan": ("offerId", "offerName"),
    "licenses": ("quantity",),
    "status": ("status",),
    "trial": ("isTrial",),
    "payment": ("contractType",),
    "billing": ("billingCycle",),
    "preUpgrade": ("creationDate", "effectiveStartDate"),
    "autoRenews": ("autoRenewEnabled",),
    "termEnds": ("commitmentEndDate", "commitmentEndDateTime"),
}
HIDDEN = {
    "offers": "/transitionEligibilities",
    "switch": "/transitions",
    "provisioned": "/provisioningstatus",
    "addOns": "/addons",
}


def test_a_fact_nobody_is_shown_is_left_out_or_refused_and_never_zero(other: Client) -> None:
    nothing: dict[str, Any] = dict.fromkeys(
        (*LEFT_OUT, *HIDDEN, "scheduled", "assigned", "usersWithoutLicense")
    )
    silent = tenant("contoso", legacy(offers=None), creditReview=None)
    asking = other.load(tenant("fabrikam", subscription(**nothing)), silent)
    shown = told(asking.of(FABRIKAM))
    assert [name for names in LEFT_OUT.values() for name in names if name in shown] == []
    for path in HIDDEN.values():
        assert refused(asking.of(FABRIKAM, path)) == (403, 900308)
    assert refused(asking.of(CONTOSO, "/upgrades")) == (403, 900308)
    order = told(asking.of(CONTOSO))["orderId"]
    assert refused(asking.partner(f"/customers/{CONTOSO}/orders/{order}")) == (403, 900308)


@pytest.mark.parametrize(
    ("review", "status", "begun"),
    [
        ({"state": "none"}, "completed", "2014-06-01T00:00:00.0000000Z"),
        (
            {"state": "pending", "since": "2026-11-20T09:00:00Z"},
            "pending review",
            "2026-11-20T09:00:00.0000000Z",
        ),
        ({"state": "pending"}, "pending review", None),
        ({"state": "refused"}, "refused", None),
    ],
)
def test_a_credit_review_shows_in_the_order(
    other: Client, review: dict[str, str], status: str, begun: str | None
) -> None:
    asking = other.load(tenant("fabrikam", creditReview=review))
    shown = told(asking.of(FABRIKAM))
    order = told(asking.partner(f"/customers/{FABRIKAM}/orders/{shown['orderId']}"))
    assert (order["status"], order.get("creationDate")) == (status, begun)


def test_what_is_arranged_shows_and_of_a_trial_the_next_term_always(other: Client) -> None:
    arranged, trial = subscription(scheduled=["billing"]), subscription(id=OLD, trial=True)
    asking = other.load(tenant("fabrikam", arranged, trial))
    first, second = told(asking.partner(f"/customers/{FABRIKAM}/subscriptions"))["items"]
    assert ("nextChargeInstructions" in first, "scheduledNextTermInstructions" in first) == (True, False)
    assert second["scheduledNextTermInstructions"]["quantity"] == 25


def test_add_ons_are_listed_with_their_parent_and_on_their_own(other: Client) -> None:
    asking = other.load(tenant("contoso", legacy(addOns=["Archiving"])))
    _, add_on = told(asking.partner(f"/customers/{CONTOSO}/subscriptions"))["items"]
    assert add_on["parentSubscriptionId"].casefold() == OLD
    assert told(asking.of(CONTOSO, "/addons"))["items"] == [add_on]
    assert told(asking.partner(f"/customers/{CONTOSO}/subscriptions/{add_on['id']}")) == add_on


@pytest.mark.parametrize(
    ("payment", "contract"),
    [("invoice", "subscription"), ("prepaid", "product_key"), ("card", "subscription"), (None, None)],
)
def test_how_it_is_paid_shows_in_the_contract(
    other: Client, payment: str | None, contract: str | None
) -> None:
    asking = other.load(tenant("fabrikam", subscription(payment=payment)))
    assert told(asking.of(FABRIKAM)).get("contractType") == contract


def test_a_word_the_catalogue_does_not_know_is_shown_as_it_is(other: Client) -> None:
    odd = subscription(plan="Something New", offers=["Something Newer"])
    asking = other.load(tenant("fabrikam", odd, tenantId=None))
    path = f"/customers/{customer_of('fabrikam')}/subscriptions/{NEW}"
    assert told(asking.partner(path))["offerName"] == "Something New"
    (offered,) = told(asking.partner(f"{path}/transitioneligibilities"))["items"]
    assert offered["title"] == "Something Newer"


def test_a_catalogue_item_is_another_one_the_next_day_and_the_product_is_not(client: Client) -> None:
    ids = {BASIC, E1}
    for plan in plans_of(client.service.catalogue):
        today = client.service.now()
        items = {plan.item(today), plan.item(today.replace(day=24))}
        assert len(items) == 2
        assert {item.rpartition(":")[0] for item in items} == {plan.product}
        ids.discard(plan.word)
    assert ids == set()

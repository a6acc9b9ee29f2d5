"""Writes over HTTP: raised, ordered, refused by the documented codes, and followed to their end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgi import Reply
from faces import (
    CONTOSO,
    E3,
    FABRIKAM,
    NEW,
    OLD,
    Client,
    legacy,
    opened,
    refused,
    subscription,
    tenant,
    told,
)

ONLY, MOVING = "transition_only", "transition_with_license_transfer"
MINUTES = timedelta(minutes=1)


@pytest.fixture(scope="module")
def any_tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A service whose tenants each test loads."""
    with opened(tmp_path_factory.mktemp("writes")) as asking:
        yield asking


def patch(client: Client, customer: str = FABRIKAM, drop: str = "", **members: Any) -> Reply:
    """Send a subscription back whole but for what is changed, or dropped."""
    whole = {**told(client.of(customer)), **members}
    headers = {name: whole.pop(name) for name in ("if_match",) if name in whole}
    for name in drop.split():
        whole.pop(name, None)
    return client.of(customer, "", "PATCH", whole, **headers)


def order(client: Client, quantity: int = 20, **members: Any) -> Reply:
    """Order the first transition that is offered."""
    offered = told(client.of(FABRIKAM, "/transitionEligibilities"))["items"]
    item = offered[0]["catalogItemId"] if offered else "CFQ7TTC0LF8R:0001:NONE"
    body = {"toCatalogItemId": item, "quantity": quantity, "transitionType": MOVING, **members}
    return client.of(FABRIKAM, "/transitions", "POST", {k: v for k, v in body.items() if v is not None})


def upgrade(client: Client, kind: Any = 2, **members: Any) -> Reply:
    """Send the first upgrade back in the letters of the SDK."""
    (first, *_) = told(client.of(CONTOSO, "/upgrades"))["items"] or [{"targetOffer": {"id": "none"}}]
    body = {"TargetOffer": {"Id": first["targetOffer"]["id"]}, "UpgradeType": kind, **members}
    return client.of(CONTOSO, "/upgrades", "POST", body)


def events(client: Client) -> list[tuple[str, str]]:
    """The newest transition's events, as (name, status)."""
    lines = told(client.of(FABRIKAM, "/transitions"))["transition"]
    return [(each["name"], each["status"]) for each in lines[0]["Events"]] if lines else []


def live(client: Client, name: str) -> dict[str, Any]:
    document = client.service.document(name)
    assert document
    found: dict[str, Any] = document["spec"]["subscriptions"][0]
    return found


# raising


def test_a_raise_is_taken_and_shown(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    reply = patch(client, quantity=25)
    assert (reply.status, told(reply)["quantity"]) == (200, 25)
    assert told(client.of(FABRIKAM))["quantity"] == 25
    last = client.service.calls()[-1]
    assert (last["operation"], last["caller"], last["taken"]) == ("set_licenses", "reconciler", True)


def test_a_body_may_come_in_either_case(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    reply = client.of(FABRIKAM, "", "PATCH", {"Id": NEW.upper(), "QUANTITY": 21, "AutoRenewEnabled": True})
    assert (reply.status, told(reply)["quantity"]) == (200, 21)


@pytest.mark.parametrize("total", [25, 20], ids=["with a raise", "without one"])
def test_what_is_left_out_of_a_patch_is_gone(any_tenant: Client, total: int) -> None:
    client = any_tenant.load(tenant("fabrikam", subscription(scheduled=["renewal", "billing"])))
    left_out = "autoRenewEnabled scheduledNextTermInstructions nextChargeInstructions"
    reply = patch(client, drop=left_out, quantity=total)
    assert reply.status == 200
    stands = live(client, "fabrikam")
    assert (stands["autoRenews"], stands["scheduled"], stands["licenses"]) == (False, [], total)


def test_what_is_sent_back_whole_stays_as_it_is(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam", subscription(scheduled=["renewal", "billing"])))
    before = live(client, "fabrikam")
    assert patch(client, friendlyName="Ours").status == 200
    assert live(client, "fabrikam") == before
    assert told(client.of(FABRIKAM))["friendlyName"] == "Ours"


@pytest.mark.parametrize(
    ("state", "members", "status", "code"),
    [
        ({}, {"quantity": 19}, 400, 800090),
        ({}, {"quantity": 0}, 400, 2002),
        ({}, {"quantity": 301}, 400, 2002),
        ({}, {"quantity": "25"}, 400, 800002),
        ({}, {"quantity": None}, 400, 800002),
        ({}, {"id": OLD}, 400, 800002),
        ({}, {"status": "suspended"}, 400, 800096),
        ({}, {"billingCycle": "monthly"}, 400, 800097),
        ({}, {"autoRenewEnabled": False, "scheduledNextTermInstructions": {"quantity": 1}}, 400, 800093),
        ({"status": "suspended"}, {"quantity": 25}, 400, 800091),
        ({"status": "deleted"}, {"quantity": 25}, 400, 2011),
        ({"status": "deleted"}, {"status": "active"}, 400, 2011),
        ({"status": "pending"}, {"quantity": 25}, 409, 800082),
        ({"status": "expired"}, {"quantity": 25}, 400, 900279),
        ({"trial": True}, {"quantity": 25}, 400, 800095),
        ({"payment": "prepaid"}, {"quantity": 25}, 403, 800027),
    ],
)
def test_a_raise_that_can_not_be_is_refused_by_its_documented_code(
    any_tenant: Client, state: dict[str, Any], members: dict[str, Any], status: int, code: int
) -> None:
    client = any_tenant.load(tenant("fabrikam", subscription(**state)))
    assert refused(patch(client, **members)) == (status, code)
    assert live(client, "fabrikam")["licenses"] == 20


@pytest.mark.parametrize(
    ("state", "members", "status", "code"),
    [
        ({}, {"quantity": 17}, 400, 900214),
        ({}, {"billingCycle": "monthly"}, 400, 2054),
        ({"status": "suspended"}, {"quantity": 25}, 400, 2001),
    ],
)
def test_legacy_has_codes_of_its_own(
    any_tenant: Client, state: dict[str, Any], members: dict[str, Any], status: int, code: int
) -> None:
    client = any_tenant.load(tenant("contoso", legacy(**state)))
    assert refused(patch(client, CONTOSO, **members)) == (status, code)


@pytest.mark.parametrize(
    ("spec", "status", "code"),
    [
        ({"operator": {"roles": []}}, 403, 900150),
        ({"creditReview": {"state": "pending", "since": "2026-11-20T09:00:00Z"}}, 403, 800073),
    ],
)
def test_what_holds_of_the_customer_is_refused_too(
    any_tenant: Client, spec: dict[str, Any], status: int, code: int
) -> None:
    client = any_tenant.load(tenant("fabrikam", **spec))
    assert refused(patch(client, quantity=25)) == (status, code)


def test_legacy_may_be_lowered_and_that_is_the_caller_s_own_doing(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("contoso", legacy()))
    assert told(patch(client, CONTOSO, quantity=19))["quantity"] == 19


def test_an_etag_that_is_out_of_date_is_refused_and_one_that_holds_is_not(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"), tenant("contoso", legacy()), etags=True)
    for customer, name in ((FABRIKAM, "fabrikam"), (CONTOSO, "contoso")):
        tag = told(client.of(customer))["attributes"]["etag"]
        client.service.set(f"{name}.main.assigned", "17")
        assert refused(patch(client, customer, quantity=25, if_match=f'"{tag}"')) == (400, 2055)
        assert refused(patch(client, customer, quantity=25, if_match="rubbish")) == (400, 2055)
        now = told(client.of(customer))["attributes"]["etag"]
        assert patch(client, customer, quantity=25, if_match=f'"{now}"').status == 200
        assert refused(patch(client, customer, friendlyName="x", if_match=f'"{now}"')) == (400, 2055)


def test_without_an_etag_the_last_one_to_write_wins(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    client.service.fault("fabrikam", "concurrent-admin", by=3)
    assert told(patch(client, quantity=25, if_match="<etag>"))["quantity"] == 25
    # Where the other one bought more than we want, ours would be fewer, and that is refused.
    client.service.fault("fabrikam", "concurrent-admin", by=30)
    assert refused(patch(client, quantity=30)) == (400, 800090)
    assert live(client, "fabrikam")["licenses"] == 55


def test_the_same_request_id_gets_the_first_answer_and_nothing_happens_twice(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    whole = {**told(client.of(FABRIKAM)), "quantity": 25}
    first = client.of(FABRIKAM, "", "PATCH", whole, ms_requestid="r-1")
    client.service.set("fabrikam.main.licenses", "40")
    again = client.of(FABRIKAM, "", "PATCH", whole, ms_requestid="r-1")
    assert (first.status, again.status, live(client, "fabrikam")["licenses"]) == (200, 200, 40)
    assert refused(client.of(FABRIKAM, "", "PATCH", {**whole, "quantity": 50}, ms_requestid="r-1")) == (
        400,
        800002,
    )


def test_a_patch_may_be_answered_later(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    client.service.fault("fabrikam", "accepted", minutes=5)
    reply = patch(client, quantity=25)
    assert (reply.status, reply.body) == (202, b"")
    place = reply.headers["location"]
    assert place == f"/customers/{FABRIKAM}/subscriptions/{NEW}"
    assert told(client.partner(place))["quantity"] == 20
    client.service.advance(5 * MINUTES)
    assert told(client.partner(place))["quantity"] == 25


# transitions


def test_a_transition_is_followed_to_its_end_in_place(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    made = told(order(client, 25))
    assert (made["quantity"], made["Events"][0]["status"]) == (25, "Started ")
    assert events(client) == [("Conversion", "Started ")]
    client.service.advance(7 * MINUTES)
    moving = [("Conversion", "Started "), ("Conversion", "Completed"), ("LicenseReassignment", "Started ")]
    assert events(client) == moving
    client.service.advance(MINUTES)
    assert events(client) == [*moving, ("LicenseReassignment", "Completed")]
    stands = told(client.of(FABRIKAM))
    assert (stands["id"], stands["offerName"], stands["quantity"]) == (NEW, "Enterprise E3", 25)
    by_id = f"/transitions?operationId={made['operationId']}"
    assert len(told(client.of(FABRIKAM, by_id))["transition"]) == 1
    assert told(client.of(FABRIKAM, f"/transitions?operation-id={NEW}"))["transition"] == []


def test_a_transition_under_credit_review_has_no_events_yet(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    client.service.fault("fabrikam", "credit-review", days=2)
    assert told(order(client))["Events"] == []
    assert told(client.of(FABRIKAM, "/transitionEligibilities"))["items"] == []
    client.service.advance(timedelta(days=2))
    client._tokens.clear()
    assert events(client) == [("Conversion", "Started ")]


def test_a_failed_transition_says_so_beside_the_next_one(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    client.service.fault("fabrikam", "switch-fails")
    order(client)
    client.service.advance(8 * MINUTES)
    assert events(client)[-1] == ("Conversion", "Failed")
    assert order(client).status == 200
    assert len(told(client.of(FABRIKAM, "/transitions"))["transition"]) == 2
    assert events(client) == [("Conversion", "Started ")]


@pytest.mark.parametrize(
    ("state", "told_as"),
    [
        ({"state": "ordered", "to": E3, "orderedAt": "2026-11-23T09:59:00Z"}, []),
        ({"state": "running", "to": E3, "statusPageSince": "2026-11-23T09:59:00Z"}, ["Started "]),
        ({"state": "failed", "to": E3}, ["Started ", "Failed"]),
        ({"state": "in-transition"}, ["InTransition"]),
    ],
)
def test_a_switch_found_at_loading_is_told_like_one_ordered_here(
    any_tenant: Client, state: dict[str, str], told_as: list[str]
) -> None:
    client = any_tenant.load(tenant("fabrikam", subscription(switch=state)))
    assert [status for _, status in events(client)] == told_as


@pytest.mark.parametrize(
    ("state", "members", "status", "code"),
    [
        ({}, {"quantity": 19}, 400, 900257),
        ({}, {"quantity": None}, 400, 800002),
        ({}, {"transitionType": None}, 400, 800002),
        ({}, {"transitionType": "upgrade"}, 400, 800002),
        ({}, {"toCatalogItemId": None}, 400, 800002),
        ({}, {"toCatalogItemId": "CFQ7TTC0XXXX:0001:CFQ7TTC0YYYY"}, 404, 400013),
        ({}, {"toCatalogItemId": "CFQ7TTC0LF8R:0001:CFQ7TTC0OLD1"}, 404, 400019),
        ({}, {"toSubscriptionId": OLD}, 400, 900258),
        ({}, {"termDuration": "P1W"}, 400, 900267),
        ({}, {"billingCycle": "Weekly"}, 400, 900269),
        ({"status": "suspended"}, {}, 400, 800091),
        ({"provisioned": False}, {}, 409, 800082),
        ({"assigned": 301, "licenses": 301}, {"quantity": 301}, 403, 2091),
        ({"usersWithoutLicense": 2}, {}, 400, 60000),
        ({"trial": True}, {}, 400, 800095),
        ({"switch": {"state": "running", "to": E3}}, {}, 409, 900278),
    ],
)
def test_an_order_that_can_not_be_is_refused_by_its_documented_code(
    any_tenant: Client, state: dict[str, Any], members: dict[str, Any], status: int, code: int
) -> None:
    client = any_tenant.load(tenant("fabrikam", subscription(**state)))
    assert refused(order(client, **members)) == (status, code)


def test_an_order_for_what_is_not_offered_or_not_well_is_refused(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam", services={"exchange-online": "degraded"}))
    assert refused(order(client)) == (400, 900280)
    item = told(client.of(FABRIKAM, "/transitionEligibilities"))["items"][0]["catalogItemId"]
    client = any_tenant.load(tenant("fabrikam", subscription(offers=[])))
    assert refused(order(client, toCatalogItemId=item)) == (403, 2085)


def test_an_application_alone_orders_without_the_licences_or_not_at_all(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"), tenant("contoso", legacy())).app_only()
    assert refused(order(client)) == (403, 900329)
    assert order(client, transitionType=ONLY).status == 200
    assert told(upgrade(client))["upgradeErrors"][0]["code"] == 5
    assert told(upgrade(client, "upgrade_only"))["upgradeErrors"] == []


def test_the_same_order_again_is_the_same_operation(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    item = told(client.of(FABRIKAM, "/transitionEligibilities"))["items"][0]["catalogItemId"]
    body = {"toCatalogItemId": item, "quantity": 20, "transitionType": ONLY, "billingCycle": "Annual"}
    replies = []
    for _ in range(2):
        replies.append(told(client.of(FABRIKAM, "/transitions", "POST", body, ms_requestid="o-1")))
        client.service.advance(8 * MINUTES)
    assert replies[0]["operationId"] == replies[1]["operationId"]
    assert len(told(client.of(FABRIKAM, "/transitions"))["transition"]) == 1


# upgrades


def test_an_upgrade_is_done_when_it_is_answered(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("contoso", legacy()))
    done = told(upgrade(client))
    assert (done["sourceSubscriptionId"], done["upgradeType"], done["upgradeErrors"]) == (OLD, 2, [])
    (stands,) = told(client.partner(f"/customers/{CONTOSO}/subscriptions"))["items"]
    assert (stands["id"], stands["offerName"]) == (done["targetSubscriptionId"], "Enterprise E3")
    assert refused(client.of(CONTOSO)) == (404, 20003)


@pytest.mark.parametrize(
    ("state", "code", "details"),
    [
        ({"status": "suspended"}, 2, "suspended"),
        ({"usersWithoutLicense": 1}, 3, None),
        ({"addOns": ["Archiving"]}, 6, None),
        ({"offers": []}, 8, None),
        ({"provisioned": False}, 9, None),
        ({"trial": True}, 0, "800095"),
    ],
)
def test_an_upgrade_that_can_not_be_is_a_200_with_an_error_in_it(
    any_tenant: Client, state: dict[str, Any], code: int, details: str | None
) -> None:
    client = any_tenant.load(tenant("contoso", legacy(**state)))
    reply = upgrade(client)
    (error,) = told(reply)["upgradeErrors"]
    assert (reply.status, error["code"], error.get("additionalDetails")) == (200, code, details)
    assert "targetSubscriptionId" not in told(reply)


def test_an_upgrade_that_fails_or_hangs_says_so(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("contoso", legacy()))
    client.service.fault("contoso", "switch-fails")
    assert told(upgrade(client))["upgradeErrors"][0]["code"] == 0
    client = any_tenant.load(tenant("contoso", legacy()))
    client.service.fault("contoso", "switch-hangs")
    assert told(upgrade(client)).get("targetSubscriptionId") is None
    (first, *_) = told(client.of(CONTOSO, "/upgrades"))["items"]
    assert (first["isEligible"], first["upgradeErrors"][0]["code"]) == (False, 4)


def test_each_kind_of_commerce_has_its_own_calls(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"), tenant("contoso", legacy()))
    assert refused(client.of(CONTOSO, "/transitions", "POST", {})) == (403, 900263)
    assert told(client.of(CONTOSO, "/transitionEligibilities"))["items"] == []
    assert told(client.of(FABRIKAM, "/upgrades"))["items"] == []
    body = {"TargetOffer": {"Id": NEW}, "UpgradeType": 1}
    assert told(client.of(FABRIKAM, "/upgrades", "POST", body))["upgradeErrors"][0]["code"] == 7
    assert refused(client.of(CONTOSO, "/upgrades", "POST", {"UpgradeType": 1})) == (400, 800002)
    assert refused(client.of(CONTOSO, "/upgrades", "POST", {**body, "UpgradeType": 9})) == (400, 800002)


# service requests


def test_a_filed_ticket_is_followed_and_given_a_note(any_tenant: Client) -> None:
    client = any_tenant.load(tenant("fabrikam"))
    number = client.service.file_ticket("fabrikam", "Fewer licences", "From 20 to 18, please.")
    listed = told(client.partner(f"/customers/{FABRIKAM}/servicerequests"))["items"]
    assert [(each["id"], each["status"], each["severity"]) for each in listed] == [(number, 1, 2)]
    path = f"/servicerequests/{number}"
    noted = told(client.partner(path, "PATCH", {"NewNote": {"Text": "Ours: r-1"}}))
    assert [note["text"] for note in noted["notes"]] == ["Ours: r-1"]
    client.service.close_ticket(number)
    shown = told(client.partner(path))
    assert (shown["status"], shown["organization"]["id"]) == ("closed", FABRIKAM)
    assert refused(client.partner(path, "PATCH", {"Status": "lost"})) == (400, 800002)

"""Every request of the live backend is one the documents describe: path, query, headers, body, and parts of batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from documented import CALLS, undocumented
from heard import GRAPH, PARTNER_CENTER, Record, Sent
from live_worlds import CLIENT, FACE, SECRET, WRITING_CLIENT, WRITING_SECRET, LiveWorld
from worlds import SBP, START, declare, live, sub

from reconciler.adapters.microsoft.calling import Calls
from reconciler.adapters.microsoft.tickets import TicketDesk, TicketNotes
from reconciler.handoff.tickets import Note
from reconciler.observe import TenantRef

# What buys anew, converts, moves or assigns is documented too, and not ours to send.
NEVER = ("/carts", "/conversions", "/migrations", "/licenseupdates", "/registration", "/assignLicense")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """What was asked of a world in which everything is done that we do."""
    folder = tmp_path_factory.mktemp("requests")
    documents = [
        live("new", sub(id="sub-new", autoRenews=True, addOns=[]), users=1200),
        live("old", sub(id="sub-old", commerce="legacy", autoRenews=True)),
        live("third", sub(id="sub-third", plan=SBP), tenantId="00000000-0000-4000-8000-000000000003"),
        live(
            "moving", sub(id="sub-moving", switch=UNDER_WAY), tenantId="00000000-0000-4000-8000-000000000004"
        ),
        live("silent", sub(id="sub-silent"), tenantId="00000000-0000-4000-8000-000000000005"),
    ]
    with LiveWorld(folder, *documents, face=replace(FACE, customers_page=2)) as world:
        world.service.fault("silent", "error", times=None, path="/subscribedSkus", status=500)
        world.plan(declare("third", tenant="00000000-0000-4000-8000-000000000003"))
        for name in ("new", "old"):
            for _ in range(2):
                world.run(declare(name), wait=True)
            assert world.standing(name).popitem()[1] == (SBP, 22)
        for name in ("third", "moving", "silent"):
            world.plan(declare(name))
        world.reader.tenants()
        follows_a_ticket(world)
        assert {intent.request_id for name in ("new", "old") for intent in world.intents(name)} == {
            sent.headers["ms-requestid"]
            for sent in written(world.record)
            if "servicerequests" not in sent.path
        }, "a write is known by the intent it was made for"
        return world.record


UNDER_WAY = {"state": "running", "to": "Office 365 Nobody Knows", "orderedAt": START.isoformat()}


def follows_a_ticket(world: LiveWorld) -> None:
    number = world.service.file_ticket("new", "Fewer licences")
    center = "https://api.partnercenter.microsoft.com"
    plant = world.live.plant

    def calls() -> Calls:
        return Calls(world.live.url, plant.paces.commerce, plant.patience)

    reads = world.live.sign_in("reader", CLIENT, SECRET).bearer(center, FACE.partner)
    desk = TicketDesk(calls(), reads)
    customer = world.reader.observe(TenantRef("new", "new.onmicrosoft.com")).tenant_id
    assert isinstance(customer, str)
    assert isinstance(desk.tickets_of(customer), tuple)
    writes = world.live.sign_in("writer", WRITING_CLIENT, WRITING_SECRET).bearer(center, FACE.partner)
    note = Note(number, "as asked", "3f9c2d1e-0000-4000-8000-000000000001")
    TicketNotes(calls(), writes).note(note)
    desk.look(number)


def written(record: Record) -> list[Sent]:
    return [sent for sent in record.of(PARTNER_CENTER) if sent.method != "GET"]


def test_every_request_is_documented(record: Record) -> None:
    assert undocumented(record.requests) == []


def test_every_call_that_we_know_how_to_make_was_made(record: Record) -> None:
    made = {call for sent in record.of(PARTNER_CENTER) for call in CALLS if call.is_of(sent)}
    assert [f"{call.method} {call.template}" for call in CALLS if call not in made] == []
    graph = {part.path.removeprefix(GRAPH) for sent in record.of(GRAPH) for part in sent.parts()}
    assert graph == {
        "/admin/serviceAnnouncement/healthOverviews",
        "/directory/subscriptions",
        "/domains",
        "/me/checkMemberObjects",
        "/subscribedSkus",
        "/users",
    }


def test_further_pages_were_asked_for(record: Record) -> None:
    assert [sent for sent in record.of(PARTNER_CENTER) if "ms-continuationtoken" in sent.headers]
    assert [sent for sent in record.of(GRAPH) if "$skiptoken" in sent.members]


def test_a_raise_sends_back_all_that_was_read_and_a_switch_all_its_licences(record: Record) -> None:
    """That a PATCH equals the GET before it is part of ``undocumented``; here is that there were some."""
    raises = [sent for sent in written(record) if sent.method == "PATCH" and "/subscriptions/" in sent.path]
    assert [sent.document()["quantity"] for sent in raises] == [22, 22]
    assert all("if-match" in sent.headers for sent in raises)
    orders = [sent for sent in written(record) if sent.method == "POST"]
    assert [sent.document()["quantity"] for sent in orders] == [20, 20]


def test_nothing_is_ever_sent_that_buys_anew_cancels_or_takes_away(record: Record) -> None:
    for sent in record.requests:
        assert not [word for word in NEVER if word in sent.path]
        assert sent.method in ("GET", "POST", "PATCH")
    for sent in written(record):
        assert sent.document().get("status", "active") == "active"
        assert sent.document().get("autoRenewEnabled", True) is True


# and that the check finds what it looks for


def bare(method: str, address: str, body: Any = b"", **headers: str) -> Sent:
    path, _, query = address.partition("?")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Sent(method, path, query, named, body)


def slips() -> Iterator[tuple[Sent, str]]:
    good = {
        "authorization": "Bearer x",
        "accept": "application/json",
        "ms_contract_version": "v1",
        "x_locale": "en-US",
        "ms_requestid": "3f9c2d1e-0000-4000-8000-000000000001",
        "ms_correlationid": "3f9c2d1e-0000-4000-8000-000000000002",
    }
    here = "/v1/customers/c/subscriptions/s"
    yield bare("GET", "/v1/invoices", **good), "there is no such call"
    yield bare("DELETE", here, **good), "there is no such call"
    yield bare("GET", "/v1/customers?size=1&token=x", **good), "the query has token"
    yield bare("GET", here, **{**good, "accept": "text/html"}), "the header accept"
    yield bare("GET", here, **{**good, "ms_requestid": "1"}), "ms-requestid is no GUID"
    yield bare("GET", here, **{**good, "authorization": ""}), "there is no token"
    yield bare("GET", here, **good, cookie="x"), "the header cookie"
    yield bare("GET", here, b"{}", **good), "a body that nobody reads"
    yield bare("PATCH", here, b'{"Quantity": 2}', **good), "not said to be JSON"
    json = {**good, "content_type": "application/json"}
    yield bare("PATCH", here, b'{"colour": 2}', **json), "the body has colour (PC 5)"
    yield bare("PATCH", here, b"{}", **json, if_match="v1"), "the etag is not quoted"
    yield bare("GET", "/v1.0/users?$count=true"), "ConsistencyLevel is missing"
    yield bare("GET", "/v1.0/users?$skip=3"), "the query has $skip"
    yield bare("GET", "/v1.0/mail"), "there is no such call"
    yield bare("POST", "/v1.0/subscribedSkus"), "there is no such call"
    yield (
        bare("POST", "/v1.0/me/checkMemberObjects", b'{"id": []}', content_type="application/json"),
        '"ids" is a required',
    )
    batch = b'{"requests": [{"id": "1", "method": "GET", "url": "/domains?$skip=3"}]}'
    yield bare("POST", "/v1.0/$batch", batch), "GET /v1.0/domains: the query has $skip"


@pytest.mark.parametrize(
    ("sent", "slip"), list(slips()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_check_finds_a_slip(sent: Sent, slip: str) -> None:
    assert [found for found in undocumented([sent]) if slip in found]


def test_the_check_finds_a_patch_that_is_not_whole() -> None:
    there = "/v1/customers/c/subscriptions/s"
    gave = bare("GET", there)
    gave.status, gave.answer = 200, b'{"quantity": 3, "autoRenewEnabled": true, "attributes": {"etag": "v1"}}'
    for body, headers, slip in (
        (b'{"quantity": 4, "attributes": {"etag": "v1"}}', {"if_match": '"v1"'}, "autoRenewEnabled"),
        (b'{"quantity": 3, "autoRenewEnabled": true, "attributes": {"etag": "v1"}}', {}, "does not rise"),
        (b'{"quantity": 4, "autoRenewEnabled": true, "attributes": {"etag": "v1"}}', {}, "If-Match"),
    ):
        assert [f for f in undocumented([gave, bare("PATCH", there, body, **headers)]) if slip in f]

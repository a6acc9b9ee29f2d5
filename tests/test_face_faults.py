"""Faults through HTTP: those of the service as they are, and those of the wire, over real sockets where it matters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection, HTTPResponse, IncompleteRead, RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from asgi import Reply
from faces import (
    CATALOGUE,
    CONTOSO,
    E3,
    FABRIKAM,
    NEW,
    SETTINGS,
    Client,
    opened,
    refused,
    serving,
    subscription,
    tenant,
    told,
)

from reconciler.adapters.simulator.backend import Reader
from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.simulator.moods import ALL_KINDS, WIRE_KINDS
from reconciler.cli.simulator import fault
from reconciler.errors import Refused
from reconciler.observe import TenantRef, Unknown

LIST = f"/customers/{FABRIKAM}/subscriptions"
SLEPT: list[float] = []


async def no_sleep(seconds: float) -> None:
    SLEPT.append(seconds)


@pytest.fixture(scope="module")
def any_tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A service whose tenants each test loads."""
    with opened(tmp_path_factory.mktemp("faults"), sleep=no_sleep, users_page=10) as asking:
        yield asking


@pytest.fixture(scope="module")
def base(any_tenant: Client) -> Iterator[str]:
    """The same service at an address of this machine."""
    with serving(any_tenant.service, replace(SETTINGS, sleep=no_sleep)) as address:
        yield address


@pytest.fixture
def client(any_tenant: Client) -> Client:
    SLEPT.clear()
    return any_tenant.load(tenant("fabrikam"), tenant("contoso"))


def patched(client: Client, total: int, **headers: str) -> Reply:
    whole = told(client.partner(f"{LIST}/{NEW}"))
    return client.partner(f"{LIST}/{NEW}", "PATCH", {**whole, "quantity": total}, **headers)


def licenses(client: Client) -> int:
    document = client.service.document("fabrikam")
    assert document
    found: int = document["spec"]["subscriptions"][0]["licenses"]
    return found


@contextmanager
def asked(base: str, client: Client, method: str, path: str, body: Any = None) -> Iterator[HTTPResponse]:
    """Send one request over a socket; what goes wrong comes out."""
    connection = HTTPConnection(urlsplit(base).netloc, timeout=20)
    token = client.token(SETTINGS.partner, "https://api.partnercenter.microsoft.com")
    content = None if body is None else json.dumps(body)
    try:
        connection.request(method, f"/v1{path}", content, {"Authorization": f"Bearer {token}"})
        yield connection.getresponse()
    finally:
        connection.close()


# the service's own


def test_a_list_of_subscriptions_is_the_look_and_nothing_else_is(client: Client) -> None:
    before = len(client.service.calls())
    client.service.fault("fabrikam", "throttle", seconds=7)
    for path in ("", "/transitions", "/provisioningstatus"):
        assert client.partner(f"{LIST}/{NEW}{path}").status == 200
    assert client.graph(FABRIKAM, "/subscribedSkus").status == 200
    assert len(client.service.calls()) == before
    held_up = client.partner(LIST)
    assert (held_up.status, held_up.headers["retry-after"]) == (429, "7")
    assert client.partner(LIST).status == 200
    calls = client.service.calls()[before:]
    assert [(call["operation"], call["outcome"]) for call in calls] == [
        ("read", "throttled"),
        ("read", "accepted"),
    ]


@pytest.mark.parametrize(
    ("status", "text"),
    [(503, "Service Unavailable"), (504, "Gateway Timeout"), (500, "800003"), (403, "900150")],
)
def test_an_error_on_a_look_is_that_status(client: Client, status: int, text: str) -> None:
    client.service.fault("fabrikam", "error", on="read", status=status)
    reply = client.partner(LIST)
    assert (reply.status, text in reply.text) == (status, True)


def test_a_write_is_throttled_or_fails_and_was_taken_or_not(client: Client) -> None:
    client.service.fault("fabrikam", "throttle", on="write", seconds=9)
    assert patched(client, 25).headers["retry-after"] == "9"
    client.service.fault("fabrikam", "error", on="write", status=503)
    assert (patched(client, 25).status, licenses(client)) == (503, 20)
    client.service.fault("fabrikam", "error", on="write", status=500, taken=True)
    assert (patched(client, 25).status, licenses(client)) == (500, 25)


def test_what_a_look_leaves_out_the_other_answers_leave_out_until_the_next_look(client: Client) -> None:
    facts = ["users", "services", "subscriptions.offers", "subscriptions.licenses"]
    client.service.fault("fabrikam", "partial-read", facts=facts)
    (item,) = told(client.partner(LIST))["items"]
    assert "quantity" not in item
    assert refused(client.partner(f"{LIST}/{NEW}/transitionEligibilities")) == (403, 900308)
    assert client.graph(FABRIKAM, "/users/$count", consistencylevel="eventual").status == 403
    assert client.graph(FABRIKAM, "/admin/serviceAnnouncement/healthOverviews").status == 403
    (item,) = told(client.partner(LIST))["items"]
    assert item["quantity"] == 20
    assert client.graph(FABRIKAM, "/admin/serviceAnnouncement/healthOverviews").status == 200


def test_a_word_nobody_knows_is_shown(client: Client) -> None:
    client.service.fault("fabrikam", "unknown-word", member="switch.state", word="in-transition")
    client.partner(LIST)
    (line,) = told(client.partner(f"{LIST}/{NEW}/transitions"))["transition"]
    assert line["Events"][0]["status"] == "InTransition"


def test_what_is_visible_late_is_visible_late_everywhere(client: Client) -> None:
    client.service.fault("fabrikam", "late-visibility", minutes=3)
    assert told(patched(client, 25))["quantity"] == 25
    (item,) = told(client.partner(LIST))["items"]
    assert item["quantity"] == 20
    client.service.advance(timedelta(minutes=3))
    assert told(client.partner(f"{LIST}/{NEW}"))["quantity"] == 25


# answers that never come


@pytest.mark.parametrize(("kind", "left"), [("lost-before", 20), ("lost-after", 25)])
def test_a_lost_answer_is_a_connection_closed_without_one(
    client: Client, base: str, kind: str, left: int
) -> None:
    whole = told(client.partner(f"{LIST}/{NEW}"))
    client.service.fault("fabrikam", kind)
    change = (base, client, "PATCH", f"{LIST}/{NEW}", {**whole, "quantity": 25})
    with pytest.raises(RemoteDisconnected), asked(*change):
        pass
    assert licenses(client) == left
    with asked(*change) as reply:
        assert reply.status == 200


def test_a_cut_answer_ends_in_the_middle(client: Client, base: str) -> None:
    client.service.fault("fabrikam", "cut")
    with asked(base, client, "GET", LIST) as reply, pytest.raises(IncompleteRead) as cut:
        reply.read()
    assert cut.value.partial.startswith(b'{"totalCount"')
    with asked(base, client, "GET", LIST) as reply:
        assert json.loads(reply.read())["totalCount"] == 1


def test_one_connection_serves_many_requests(client: Client, base: str) -> None:
    connection = HTTPConnection(urlsplit(base).netloc, timeout=20)
    token = client.token(SETTINGS.partner, "https://api.partnercenter.microsoft.com")
    for _ in range(3):
        connection.request("GET", f"/v1{LIST}", headers={"Authorization": f"Bearer {token}"})
        reply = connection.getresponse()
        assert (reply.status, bool(reply.read())) == (200, True)
    connection.close()


# answers that are not what they should be


def test_malformed_json_is_whole_and_is_none(client: Client) -> None:
    client.service.fault("fabrikam", "malformed-json", path="/transitions")
    assert client.partner(LIST).status == 200
    reply = client.partner(f"{LIST}/{NEW}/transitions")
    assert (reply.status, reply.headers["content-length"]) == (200, str(len(reply.body)))
    assert reply.headers["content-type"].startswith("application/json")
    with pytest.raises(json.JSONDecodeError):
        told(reply)


def test_a_malformed_answer_to_a_write_says_nothing_of_the_write(client: Client) -> None:
    client.service.fault("fabrikam", "malformed-json", on="write")
    reply = patched(client, 25)
    assert (reply.status, licenses(client)) == (200, 25)


def test_a_slow_answer_comes_late(client: Client) -> None:
    client.service.fault("fabrikam", "slow", seconds=120)
    assert (client.partner(LIST).status, SLEPT) == (200, [120])
    assert (client.partner(LIST).status, SLEPT) == (200, [120])


def test_a_token_can_end_in_the_middle(client: Client) -> None:
    client.service.fault("fabrikam", "token-expires", path="/transitions")
    assert client.partner(LIST).status == 200
    assert refused(client.partner(f"{LIST}/{NEW}/transitions")) == (401, 400)
    assert client.partner(f"{LIST}/{NEW}/transitions").status == 200
    client.service.fault("fabrikam", "token-expires")
    assert client.graph(FABRIKAM, "/domains").status == 401


def test_a_page_of_customers_can_repeat_or_be_the_last_too_early(client: Client) -> None:
    client.service.fault("fabrikam", "page-repeats", path="/customers?")
    first = told(client.partner("/customers?size=1"))
    key = first["links"]["next"]["headers"][0]
    second = told(client.partner(first["links"]["next"]["uri"], **{key["key"]: key["value"]}))
    assert first["items"] == second["items"]
    client.service.fault("fabrikam", "page-ends-early", path="/customers?")
    short = told(client.partner("/customers?size=1"))
    assert (short["totalCount"], len(short["items"]), "next" in short["links"]) == (2, 1, False)


def test_a_list_of_subscriptions_can_end_early_or_point_to_itself(any_tenant: Client) -> None:
    second = subscription(id=CONTOSO)
    client = any_tenant.load(tenant("fabrikam", subscription(), second))
    client.service.fault("fabrikam", "page-ends-early")
    short = told(client.partner(LIST))
    assert (short["totalCount"], len(short["items"])) == (2, 1)
    client.service.fault("fabrikam", "page-repeats")
    again = told(client.partner(LIST))
    assert (again["links"]["next"]["uri"], len(again["items"])) == (LIST, 2)


def test_a_page_of_users_can_repeat_or_be_the_last_too_early(client: Client) -> None:
    client.service.fault("fabrikam", "page-repeats")
    first = told(client.graph(FABRIKAM, "/users?$select=id"))
    link = first["@odata.nextLink"].removeprefix("http://localhost/v1.0")
    assert told(client.graph(FABRIKAM, link))["value"] == first["value"]
    client.service.fault("fabrikam", "page-ends-early")
    short = told(client.graph(FABRIKAM, "/users?$select=id&$count=true", consistencylevel="eventual"))
    assert (short["@odata.count"], len(short["value"]), "@odata.nextLink" in short) == (25, 10, False)


def test_a_throttle_or_an_error_with_a_path_strikes_that_path_alone(client: Client) -> None:
    client.service.fault("fabrikam", "throttle", times=None, path="/transitions", seconds=3)
    client.service.fault("fabrikam", "error", path="/addons", status=502)
    assert client.partner(LIST).status == 200
    for _ in range(2):
        assert client.partner(f"{LIST}/{NEW}/transitions").headers["retry-after"] == "3"
    assert (client.partner(f"{LIST}/{NEW}/addons").status, client.partner(f"{LIST}/{NEW}/addons").status) == (
        502,
        200,
    )
    assert client.partner(f"/customers/{CONTOSO}/subscriptions/{NEW}/transitions").status == 200


def test_an_error_with_a_path_can_come_after_the_write(client: Client) -> None:
    client.service.fault("fabrikam", "error", path="/subscriptions", on="write", status=500, taken=True)
    assert (patched(client, 25).status, licenses(client)) == (500, 25)


# who calls in this process


def test_faults_of_the_wire_never_meet_who_calls_in_this_process(tmp_path: Path) -> None:
    with opened(tmp_path, tenant("fabrikam")) as asking:
        for kind in WIRE_KINDS:
            asking.service.fault("fabrikam", kind)
        asking.service.fault("fabrikam", "throttle", path="/x")
        asking.service.fault("fabrikam", "error", path="/x")
        waiting = asking.service.faults()
        ref = TenantRef("fabrikam", FABRIKAM)
        seen = Reader(asking.service).observe(ref)
        assert not isinstance(seen.subscriptions, Unknown)
        version = seen.subscriptions[0].version
        service: Commerce = asking.service
        reply = service.order_switch(ref, NEW, version=version, to=E3, total=20, request_id="r")
        assert (reply.outcome, service.faults()) == ("accepted", waiting)
        assert service.catalogue is CATALOGUE


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("cut", {"seconds": 3}),
        ("slow", {"seconds": "soon"}),
        ("accepted", {"on": "read"}),
        ("page-repeats", {"on": "write"}),
        ("lost-after", {"path": "/x"}),
        ("sulking", {}),
    ],
)
def test_a_fault_of_the_wire_is_checked_like_any_other(
    client: Client, kind: str, options: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        client.service.fault("fabrikam", kind, **options)


def test_the_command_s_help_names_every_kind() -> None:
    assert fault.help
    assert [kind for kind in ALL_KINDS if kind not in fault.help] == []

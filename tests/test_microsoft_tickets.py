"""Service requests of Partner Center over real sockets: read as documented, and given a note and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from loopback import Say, answer, cut, serving
from test_architecture import public_methods
from test_microsoft_calling import Client

from reconciler.adapters.microsoft.calling import NoAnswer
from reconciler.adapters.microsoft.tickets import MOST_PAGES, TicketDesk, TicketNotes
from reconciler.errors import AnswerLost, Later, NotWritten, Refused
from reconciler.handoff.tickets import Note, Notepad, ServiceDesk, Ticket
from reconciler.observe import Fact, Unknown

SAMPLES = Path(__file__).parent / "samples" / "partner-center"
NUMBER = "616122292874576"
CUSTOMER = "4c721420-72ad-4708-a0a7-371a2f7b0969"
LIST = f"/v1/customers/{CUSTOMER}/servicerequests"
FAULT = {"code": 900329, "description": "app-only tokens are refused", "data": [], "source": "PartnerFD"}


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"servicerequest{name}.response.json").read_text(encoding="utf-8"))


def looked(*answers: bytes | Say, number: str = NUMBER) -> tuple[Fact[Ticket], list[Any]]:
    with serving(*answers) as server:
        client = Client(server.base)
        return TicketDesk(client.calls, client.bearer).look(number), server.asked


def listed(*answers: bytes | Say, customer: str = CUSTOMER) -> tuple[Fact[tuple[Ticket, ...]], list[Any]]:
    with serving(*answers) as server:
        client = Client(server.base)
        return TicketDesk(client.calls, client.bearer).tickets_of(customer), server.asked


def unknown(fact: Fact[Any]) -> str:
    assert isinstance(fact, Unknown)
    return fact.reason


def known(fact: Fact[tuple[Ticket, ...]]) -> tuple[Ticket, ...]:
    assert not isinstance(fact, Unknown)
    return fact


def test_who_looks_at_tickets_has_no_method_that_writes() -> None:
    assert public_methods(ServiceDesk) == public_methods(TicketDesk) == {"look", "tickets_of"}
    assert public_methods(Notepad) == public_methods(TicketNotes) == {"note"}


def test_a_service_request_is_read_as_it_is_documented() -> None:
    found, asked = looked(answer(sample("-get")))
    changed = datetime(2017, 1, 9, 23, 31, 15, 373000, tzinfo=UTC)
    assert found == Ticket(NUMBER, "open", "TrialSR", changed, ("Sample Note",))
    assert [(a.method, a.target, a.body) for a in asked] == [("GET", f"/v1/servicerequests/{NUMBER}", b"")]


def test_the_service_requests_of_a_customer_are_read_with_numbers_for_words() -> None:
    found, asked = listed(answer(sample("s-list-for-customer")))
    (one,) = known(found)
    changed = datetime(2015, 11, 24, 1, 17, 10, 610000, tzinfo=UTC)
    assert (one.number, one.status, one.title, one.last_modified) == (
        "615112491169010",
        "open",
        "Test",
        changed,
    )
    assert unknown(one.notes) == "a list tells of no notes"
    assert [a.target for a in asked] == [LIST]


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (0, "none"),
        (1, "open"),
        (2, "closed"),
        (3, "attention-needed"),
        (9, "9"),
        ("attention_needed", "attention-needed"),
        ("AttentionNeeded", "attention-needed"),
        ("Closed", "closed"),
        ("resolved", "resolved"),
    ],
)
def test_a_status_is_a_word_a_number_or_one_we_do_not_know(status: object, word: str) -> None:
    found, _ = looked(answer({"id": NUMBER, "status": status, "lastModifiedDate": "0001-01-01T00:00:00"}))
    assert isinstance(found, Ticket)
    assert (found.status, found.notes) == (word, ())
    assert unknown(found.last_modified) == "the service tells of no change"
    assert "title" in unknown(found.title)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (answer(FAULT, 403), "signed-in user only"),
        (answer(FAULT, 403), "900329: app-only tokens are refused"),
        (answer({"title": "Forbidden", "detail": "no access", "status": 403}, 403), "no access"),
        (answer({"code": 1000, "description": "not found"}, 404), f"no service request {NUMBER}"),
        (answer({"code": 2000, "description": "bad"}, 400), "refused it (400). It said: 2000: bad"),
        (answer({"code": 400072, "description": "invalid"}), "400072"),
        (answer(raw=b"<html>", status=200), "GET"),
        (answer({"status": "open"}), "id was left out"),
        (answer([]), "id"),
        (answer({"id": "615112491169010", "status": "open"}), "showed 615112491169010"),
        (answer({"statusCode": 429, "message": "slow"}, 429, {"Retry-After": "7200"}), "429"),
        (cut(), "GET"),
    ],
)
def test_what_can_not_be_read_is_unknown_with_its_reason(reply: bytes | Say, why: str) -> None:
    found, _ = looked(reply)
    assert why in unknown(found)


@pytest.mark.parametrize("number", ["SR 118-7", "../customers", "616?x=1", "", "6" * 65, "６１６"])
def test_what_is_no_number_of_theirs_is_asked_of_nobody(number: str) -> None:
    found, asked = looked(answer({}), number=number)
    assert "letters and digits only" in unknown(found)
    assert asked == []
    found, asked = listed(answer({}), customer=number)
    assert "no tenant id" in unknown(found)
    assert asked == []


def test_a_list_is_followed_to_its_end_with_the_headers_its_links_name() -> None:
    more = {"next": {"uri": f"{LIST[3:]}?x=2", "headers": [{"key": "MS-ContinuationToken", "value": "abc"}]}}
    pages = (
        answer({"totalCount": 1, "items": [{"id": "1"}], "links": more}),
        answer({"totalCount": 1, "items": [{"id": "2"}]}),
    )
    found, asked = listed(*pages)
    assert [one.number for one in known(found)] == ["1", "2"]
    assert [a.target for a in asked] == [LIST, f"{LIST}?x=2"]
    assert asked[1].headers["ms-continuationtoken"] == "abc"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"items": [], "links": {"next": {"uri": LIST}}}, "did not end"),
        ({"items": [], "links": {"next": {"uri": "https://example.com/v1/x"}}}, "links.next"),
        ({"totalCount": 2, "items": [{"id": "1"}]}, "more than it shows"),
        ({"items": [{"title": "no id"}]}, "id was left out"),
        ({"totalCount": 0}, "items was left out"),
        ({"code": 1, "description": "no"}, "1: no"),
    ],
)
def test_a_list_that_may_lack_something_is_unknown(body: object, why: str) -> None:
    found, asked = listed(answer(body))
    assert why in unknown(found)
    assert len(asked) <= 2


def test_a_list_without_end_is_given_up() -> None:
    with serving(answer()) as server:
        numbers = iter(range(1000))
        link = lambda: {"uri": f"{LIST}?page={next(numbers)}"}  # noqa: E731
        server.choose = lambda asked: answer({"items": [], "links": {"next": link()}})
        client = Client(server.base)
        found = TicketDesk(client.calls, client.bearer).tickets_of(CUSTOMER.upper())
        assert f"after {MOST_PAGES} pages" in unknown(found)
        assert len(server.asked) == MOST_PAGES


# Notes


def put(*answers: bytes | Say, number: str = NUMBER) -> tuple[NotWritten | AnswerLost | None, list[Any]]:
    with serving(*answers) as server:
        client = Client(server.base)
        try:
            TicketNotes(client.calls, client.bearer).note(Note(number, "Sample Note\n", "r-7"))
        except (NotWritten, AnswerLost) as end:
            return end, server.asked
        return None, server.asked


def test_a_note_is_a_patch_that_holds_the_note_and_nothing_else() -> None:
    end, asked = put(answer(sample("-update-add-note")))
    assert end is None
    (request,) = asked
    assert (request.method, request.target) == ("PATCH", f"/v1/servicerequests/{NUMBER}")
    assert request.json() == {"NewNote": {"Text": "Sample Note\n"}}
    assert request.headers["ms-requestid"] == "r-7"
    documented = json.loads(
        (SAMPLES / "servicerequest-update-add-note.request.json").read_text(encoding="utf-8")
    )
    assert request.json().keys() <= documented.keys()
    assert request.json()["NewNote"].keys() <= documented["NewNote"].keys()


@pytest.mark.parametrize("reply", [answer({}, 202), answer(raw=b""), answer(raw=b"ok")])
def test_a_note_that_was_taken_is_taken_whatever_else_is_said(reply: bytes) -> None:
    assert put(reply)[0] is None


@pytest.mark.parametrize(
    ("reply", "kind", "why"),
    [
        (answer(FAULT, 403), Refused, "signed-in user only"),
        (answer({"code": 1000, "description": "gone"}, 404), Refused, f"no service request {NUMBER}"),
        (answer({"code": 400072, "description": "invalid"}), Refused, "400072"),
        (answer({"message": "slow"}, 429, {"Retry-After": "2.5"}), Later, "429"),
        (answer({"code": 1, "description": "later"}, 409), Refused, "409"),
        (answer({}, 401), Refused, "401"),
        (answer({}, 408), AnswerLost, "408"),
        (answer(raw=b"oops", status=503), AnswerLost, "oops"),
        (cut(), AnswerLost, "PATCH"),
        (cut(b"HTTP/1.1 200 So\r\nContent-Length: 9\r\n\r\n{"), AnswerLost, "PATCH"),
    ],
)
def test_a_note_is_sent_once_whatever_comes_of_it(
    reply: bytes | Say, kind: type[Exception], why: str
) -> None:
    end, asked = put(reply)
    assert type(end) is kind
    assert why in str(end)
    assert len(asked) == 1


def test_what_never_went_out_was_certainly_not_taken() -> None:
    end, asked = put(answer(), number="SR 7")
    assert isinstance(end, Refused)
    assert asked == []
    with serving(answer()) as server:
        client = Client(server.base)
        client.bearer.refuses = NoAnswer("the sign-in was refused", sent=False)
        with pytest.raises(Refused, match="sign-in was refused"):
            TicketNotes(client.calls, client.bearer).note(Note(NUMBER, "x", "r"))
        assert server.asked == []
        assert "sign-in was refused" in unknown(TicketDesk(client.calls, client.bearer).look(NUMBER))


def test_the_wait_the_service_asks_for_is_told_in_whole_seconds() -> None:
    end, _ = put(answer({}, 429, {"Retry-After": "2.5"}))
    assert isinstance(end, Later)
    assert end.seconds == 3

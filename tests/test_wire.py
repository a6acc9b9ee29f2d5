"""Parsed JSON into facts: every documented way to print a thing is taken, and nothing else is guessed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_samples import READ, at, body

from reconciler.adapters.microsoft.commerce import Kind, add_on_names, subscription
from reconciler.adapters.microsoft.directory import (
    DirectoryUser,
    LicenseState,
    domain,
    graph_sku,
    set_up,
    user,
    without_license,
)
from reconciler.adapters.microsoft.envelopes import (
    GraphPage,
    Link,
    batch_parts,
    error_body,
    error_in,
    graph_page,
    hidden_error,
    link,
    page,
)
from reconciler.adapters.microsoft.health import health_word, service_health
from reconciler.adapters.microsoft.progress import newest, progress, state
from reconciler.adapters.microsoft.switching import (
    TransitionType,
    eligibility,
    transition,
    upgrade,
    upgrade_result,
)
from reconciler.adapters.microsoft.wire import Body, each, kebab, records, same, shown
from reconciler.observe import Unknown


def why(fact: object) -> str:
    assert isinstance(fact, Unknown), fact
    return fact.reason


# Members.


def test_a_member_is_found_in_any_case_of_letters_and_the_exact_one_wins() -> None:
    assert Body({"Status": "active"}).text("status") == "active"
    assert Body({"STATUS": "no", "status": "yes"}).text("status") == "yes"
    assert Body({"Links": {"Self": {"URI": "/x"}}}).at("links").at("self").text("uri") == "/x"


def test_two_spellings_that_are_both_not_the_exact_one_contradict_each_other() -> None:
    odd = Body({"STATUS": "active", "Status": "deleted"})
    assert why(odd.text("status")) == "status stands in the answer twice"
    assert why(odd.items("status")) == "status stands in the answer twice"


def test_what_was_left_out_and_what_stood_there_instead_is_told_with_its_place() -> None:
    whole = Body({"items": [{"quantity": "many", "status": None, "links": [1, 2]}]})
    ((item,),) = [whole.items("items")]
    assert why(item.count("quantity")) == "items[0].quantity is 'many', which is not a whole number from 0"
    assert why(item.word("status")) == "items[0].status was left out of the answer"
    assert (
        why(item.at("links").at("self").text("uri")) == "items[0].links.self.uri was left out of the answer"
    )
    assert why(item.text("links")) == "items[0].links is a list of 2, which is not a text"
    assert why(Body(None).text()) == "the answer was empty"
    assert why(Body({}).text()) == "the whole answer is an object, which is not a text"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "empty"),
        (" \n", "empty"),
        (True, "true"),
        (12, "12"),
        (10**400, "a huge number"),
        (float("nan"), "nan"),
        ({"password": "x"}, "an object"),
        ("\x1b[2J", r"'\x1b[2J'"),
        ("x" * 400, f"'{'x' * 40}'..."),
    ],
)
def test_what_stood_there_is_shown_in_a_few_words(value: object, said: str) -> None:
    assert shown(value) == said


# Words, numbers, flags, times.


@pytest.mark.parametrize(
    ("printed", "word"),
    [
        ("Started ", "started"),
        ("InProgress", "in-progress"),
        ("in_progress", "in-progress"),
        ("pending review", "pending-review"),
        ("serviceOperational", "service-operational"),
        ("ServiceOperational", "service-operational"),
        ("OnlineServicesNCE", "online-services-nce"),
        ("transition_with_license_transfer", "transition-with-license-transfer"),
        ("LICENSE", "license"),
        ("Monthly", "monthly"),
        ("SomethingNew", "something-new"),
        ("already-kebab", "already-kebab"),
    ],
)
def test_a_word_is_the_same_however_it_is_printed(printed: str, word: str) -> None:
    assert kebab(printed) == Body({"x": printed}).word("x") == word
    assert kebab(word) == word


def test_a_word_may_come_as_a_number_and_an_unknown_number_stays_one() -> None:
    numbers = {0: "none", 1: "open"}
    assert [Body({"x": v}).word("x", numbers=numbers) for v in (1, "1", 1.0, 0, 7, "Open")] == [
        "open",
        "open",
        "open",
        "none",
        "7",
        "open",
    ]


@pytest.mark.parametrize("value", [True, 1.5, "", "__", [], {}, "x" * 101, "a\x07b"])
def test_what_is_no_word_is_not_known(value: object) -> None:
    assert isinstance(Body({"x": value}).word("x"), Unknown)


@pytest.mark.parametrize(
    ("value", "number"),
    [(5, 5), ("5", 5), (" 3600 ", 3600), (5.0, 5), ("5.00", 5), (-1, -1), ("-1", -1), (0, 0)],
)
def test_a_number_may_come_as_text_where_it_is_exact(value: object, number: int) -> None:
    assert Body({"x": value}).number("x") == number
    assert Body({"x": value}).count("x") == number or number < 0


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        "",
        "five",
        "5.5",
        5.5,
        "1e3",
        "0x5",
        "٣",
        float("inf"),
        float("nan"),
        2**60,
        "9" * 30,
        [5],
        None,
    ],
)
def test_what_is_no_whole_number_is_not_known(value: object) -> None:
    assert isinstance(Body({"x": value}).number("x"), Unknown)
    assert isinstance(Body({"x": value}).count("x"), Unknown)


def test_a_flag_is_true_or_false_and_no_number_is_one() -> None:
    assert [Body({"x": v}).flag("x") for v in (True, False, "true", "False ")] == [True, False, True, False]
    for value in (0, 1, "yes", "", "0", None, [], {}):
        assert isinstance(Body({"x": value}).flag("x"), Unknown)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2021-01-08T18:01:14.7488618Z", at(2021, 1, 8, 18, 1, 14, 748861)),
        ("2021-01-14T16:57:14.498252Z", at(2021, 1, 14, 16, 57, 14, 498252)),
        ("2015-11-24T01:17:10.61", at(2015, 11, 24, 1, 17, 10, 610000)),
        ("2015-11-25T06: 41: 12Z", at(2015, 11, 25, 6, 41, 12)),
        ("2017-06-15T15:56:04.077-07:00", at(2017, 6, 15, 22, 56, 4, 77000)),
        ("2019-01-09T00:21:45.9263727+00:00", at(2019, 1, 9, 0, 21, 45, 926372)),
        ("2019-01-09T00:21:45+0530", at(2019, 1, 8, 18, 51, 45)),
        ("2021-01-15 00:00:00Z", at(2021, 1, 15)),
        ("2021-01-15T07:30Z", at(2021, 1, 15, 7, 30)),
        ("2021-01-15", at(2021, 1, 15)),
        (" 2021-01-15T00:00:00z ", at(2021, 1, 15)),
        ("0001-01-01T00:00:00", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("9999-12-10T00:00:00Z", None),
        ("9999-12-31T23:59:59.9999999-08:00", None),
    ],
)
def test_a_time_is_read_in_every_way_it_is_printed(text: str, moment: datetime | None) -> None:
    assert Body({"x": text}).moment("x") == moment


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            "never",
            "2021-13-01T00:00:00Z",
            "2021-02-30",
            "2021-01-01T24:00:00Z",
            "2021-01-01T10:00:00+99:00",
        ),
        *("15/11/2015", "0000-01-01", "2021-01-01T10:00:00 PM", "٢٠٢١-01-01"),
        *(20210101, 0, True, [], {}),
    ],
)
def test_what_is_no_time_is_not_known(value: object) -> None:
    assert isinstance(Body({"x": value}).moment("x"), Unknown)


def test_identifiers_are_compared_without_regard_to_their_letters() -> None:
    large = "6FD2C87F-B296-42F0-B197-1E91E994B900"
    assert Body({"x": large}).guid("x") == Body({"x": large}).key("x") == large.lower()
    assert Body({"x": "YxH1q4K"}).key("x") == "YxH1q4K"
    assert isinstance(Body({"x": "<guid>"}).guid("x"), Unknown)
    assert same(large, large.lower())
    assert not same(large, "x")


def test_a_list_is_read_whole_or_not_at_all() -> None:
    whole = Body({"x": ["a", " b ", 7], "y": ["a", None], "z": {}})
    assert whole.texts("x") == ("a", "b", "7")
    assert why(whole.texts("y")) == "y[1] was left out of the answer"
    assert why(whole.texts("z")) == "z is an object, which is not a list"
    assert isinstance(each(whole.items("y"), Body.word), Unknown)
    assert len(records(whole.items("y"), Body.text)) == 2  # type: ignore[arg-type]


# Anything at all.

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["0", "", "x"]),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "Id",
                    "quantity",
                    "items",
                    "value",
                    "events",
                    "links",
                    "next",
                    "error",
                    "code",
                    "status",
                ]
            )
            | st.text(max_size=6),
            inside,
            max_size=4,
        )
    ),
    max_leaves=12,
)
READERS = list({id(read): read for read, _ in READ.values()}.values())


@given(JSON)
@settings(max_examples=25, deadline=None)
def test_no_reader_stumbles_over_any_json(value: Any) -> None:
    for read in READERS:
        read(Body(value))
    for status in (200, 400, 503):
        error_in(status, Body(value))
        hidden_error(status, Body(value))
        error_body(status, json.dumps(value).encode())


@given(JSON)
@settings(max_examples=60, deadline=None)
def test_nothing_becomes_none_or_nothing_that_does_not_say_so(value: Any) -> None:
    there = Body({"x": value})
    facts = [
        there.number("x"),
        there.count("x"),
        there.flag("x"),
        there.text("x"),
        there.word("x"),
        there.items("x"),
    ]
    for fact in facts:
        if isinstance(fact, Unknown) or fact or (fact == () and value == []):
            continue
        assert isinstance(value, str | int | float)
        assert str(value).strip().casefold() in {"0", "0.0", "-0.0", "false"}
    gone = Body({"y": value})
    for read in (
        Body.number,
        Body.count,
        Body.flag,
        Body.text,
        Body.word,
        Body.moment,
        Body.items,
        Body.guid,
    ):
        assert isinstance(read(gone, "x"), Unknown)


@given(st.binary(max_size=60))
@settings(max_examples=40, deadline=None)
def test_a_refusal_is_read_from_any_bytes_into_one_printable_line(content: bytes) -> None:
    error = error_body(502, content)
    assert error.status == 502
    if not isinstance(error.text, Unknown):
        assert error.text.isprintable()
        assert 0 < len(error.text) <= 1024


# Pages and links.


def test_a_page_that_says_there_is_more_but_not_where_is_never_the_last() -> None:
    for odd in ({}, {"uri": ""}, {"uri": 5.5}, [], "x", {"uri": "/customers", "headers": "x"}):
        assert isinstance(page(Body({"items": [], "links": {"next": odd}})).next, Unknown)
    assert isinstance(page(Body({"items": [], "links": "x"})).next, Unknown)
    for none in ({}, {"links": None}, {"links": {}}, {"links": {"next": None}}):
        assert page(Body({"items": [], **none})).next is None
    assert isinstance(graph_page(Body({"value": [], "@odata.nextLink": 7.5})).next, Unknown)


def test_a_text_that_can_be_written_nowhere_is_none() -> None:
    half = json.loads('{"id": "\\ud800", "name": "a\\udfff", "whole": "\\ud83d\\ude00"}')
    for member in ("id", "name"):
        assert isinstance(Body(half).key(member), Unknown)
        assert isinstance(Body(half).word(member), Unknown)
        why(Body(half).key(member)).encode()
    assert Body(half).text("whole") == "\U0001f600"


def test_a_link_gets_its_version_once() -> None:
    for uri in ("/customers?size=2", "/v1/customers?size=2", "customers?size=2"):
        assert link(Body({"uri": uri})) == Link("/v1/customers?size=2")
    assert link(Body({"uri": "/webhooks/v1/registration"})) == Link("/webhooks/v1/registration")


@pytest.mark.parametrize(
    "uri", ["https://evil.example/v1/customers", "//evil.example/x", "/x\r\nHost: y", "/x y", "http://a"]
)
def test_a_link_to_somebody_else_is_not_followed(uri: str) -> None:
    assert isinstance(link(Body({"uri": uri})), Unknown)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Authorization", "Bearer x"),
        ("host", "evil"),
        ("A\r\nB", "x"),
        ("MS-X", "a\r\nb"),
        ("", "x"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("If-Match", "*"),
        ("connection", "upgrade"),
    ],
)
def test_a_link_sets_no_header_that_is_ours_to_set(key: str, value: str) -> None:
    assert isinstance(link(Body({"uri": "/x", "headers": [{"key": key, "value": value}]})), Unknown)


def test_a_next_page_of_graph_is_followed_under_our_own_root_only() -> None:
    root = "https://graph.microsoft.com"

    def under(address: str) -> object:
        return GraphPage((), address, 0).next_under(root)

    assert under("https://Graph.Microsoft.com/v1.0/users?$skiptoken=a%2Fb") == "/v1.0/users?$skiptoken=a%2Fb"
    for stranger in (
        "https://evil.example/v1.0/users",
        "https://graph.microsoft.com.evil.example/v1.0/users",
        "https://graph.microsoft.com@evil.example/v1.0",
        "https://graph.microsoft.com:444/v1.0/users",
        "http://graph.microsoft.com/v1.0/users",
        "/v1.0/users",
        "https://[bad",
    ):
        assert isinstance(under(stranger), Unknown)
    assert GraphPage((), None, 0).next_under(root) is None
    local = GraphPage((), "http://127.0.0.1:8080/graph/v1.0/users?$skip=2", 0)
    assert local.next_under("http://127.0.0.1:8080/graph/") == "/v1.0/users?$skip=2"
    assert isinstance(local.next_under("http://127.0.0.1:8080/other"), Unknown)


def test_a_page_that_counts_more_than_it_shows_is_cut_unless_there_is_a_next_one() -> None:
    assert page(Body({"totalCount": 37, "items": [{}]})).cut
    assert not page(Body({"totalCount": 37, "items": [{}], "links": {"next": {"uri": "/x"}}})).cut
    assert not page(Body({"items": [{}]})).cut


def test_the_parts_of_a_batch_are_found_by_their_ids_in_any_case() -> None:
    parts = batch_parts(
        Body(
            {
                "responses": [
                    {"id": "B", "status": 429, "headers": {"Retry-After": "2.128"}},
                    {"id": 1, "status": 200},
                ]
            }
        )
    )
    assert not isinstance(parts, Unknown)
    assert parts["b"].retry_after == "2.128"
    assert parts["1"].status == 200
    twice = batch_parts(Body({"responses": [{"id": "a", "status": 200}, {"id": "A", "status": 200}]}))
    assert isinstance(twice, Unknown)
    answered = batch_parts(body("graph/batch-response.json"))
    assert not isinstance(answered, Unknown)
    assert graph_page(answered["5"].body).count == 36
    assert error_in(403, answered["3"].body).code == "Authorization_RequestDenied"
    assert isinstance(error_in(403, answered["2"].body).code, Unknown)


# Refusals.


@pytest.mark.parametrize(
    ("content", "code", "text"),
    [
        ('{"code": "2055", "description": "Etag."}', "2055", "Etag."),
        ('{"Code": 2055, "Description": "Etag."}', "2055", "Etag."),
        ('{"type": "x", "title": "Not here", "status": 404, "detail": "No request."}', None, "No request."),
        ('{"error": {"code": "X", "message": "m", "innererror": {}}}', "X", "m"),
        (
            '{"error": "invalid_grant", "error_description": "AADSTS50076: MFA"}',
            "invalid_grant",
            "AADSTS50076: MFA",
        ),
        ('"Forbidden"', None, "Forbidden"),
        ("<h1>503 Service\r\n Unavailable</h1>", None, "<h1>503 Service Unavailable</h1>"),
        ("\ufeffplain", None, "plain"),
        ("", None, None),
        ("[" * 100_000, None, "[" * 1024),
    ],
)
def test_a_refusal_is_read_in_every_shape_there_is(content: str, code: str | None, text: str | None) -> None:
    error = error_body(400, content.encode())
    assert (None if isinstance(error.code, Unknown) else error.code) == code
    assert (None if isinstance(error.text, Unknown) else error.text) == text


def test_an_error_inside_an_answer_of_success_is_seen() -> None:
    hidden = hidden_error(200, Body({"code": 400072, "description": "no"}))
    assert hidden is not None
    assert hidden.code == "400072"
    assert hidden_error(200, Body({"error": {"code": "X", "message": "m"}})) is not None
    for fine in ("partner-center/customer-get.response.json", "graph/users-list.json"):
        assert hidden_error(200, body(fine)) is None


# Kinds of subscriptions.


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"productType": {"id": "OnlineServicesNCE"}}, Kind.NEW_COMMERCE),
        ({"ProductType": {"Id": "onlineservicesnce"}}, Kind.NEW_COMMERCE),
        ({"productType": "OnlineServicesNCE"}, Kind.NEW_COMMERCE),
        ({"offerId": "A:0001:B", "billingType": "license"}, Kind.NEW_COMMERCE),
        ({"offerId": "031C9E47-4802-4248-838E-778FB1D2CC05", "billingType": "license"}, Kind.LEGACY),
        ({"offerId": "031C9E47-4802-4248-838E-778FB1D2CC05"}, Kind.LEGACY),
        ({"parentSubscriptionId": "x", "productType": {"id": "OnlineServicesNCE"}}, Kind.ADD_ON),
        ({"parentSubscriptionId": {"odd": 1}}, Kind.ADD_ON),
        ({"parentSubscriptionId": "", "productType": {"id": "OnlineServicesNCE"}}, Kind.NEW_COMMERCE),
        ({"productType": {"id": "AzureReservation"}}, Kind.OTHER),
        ({"billingType": "usage", "productType": {"id": "OnlineServicesNCE"}}, Kind.OTHER),
        ({"billingType": "Benefit"}, Kind.OTHER),
        ({"unitType": "Usage-based"}, Kind.OTHER),
        ({"isMicrosoftProduct": False, "productType": {"id": "OnlineServicesNCE"}}, Kind.OTHER),
        ({"productType": {"id": "SomethingNew"}}, Kind.UNKNOWN),
        ({"productType": {"id": None}, "offerId": "A:0001:B", "billingType": "license"}, Kind.UNKNOWN),
        ({"offerId": "A:0001:B"}, Kind.UNKNOWN),
        ({"offerId": "MS-NEW"}, Kind.UNKNOWN),
        ({"offerId": "031C9E47-4802-4248-838E-778FB1D2CC05", "billingType": "novel"}, Kind.UNKNOWN),
        ({}, Kind.UNKNOWN),
    ],
)
def test_the_kinds_are_told_apart_and_what_may_be_a_plan_is_never_called_none(
    members: dict[str, object], kind: Kind
) -> None:
    assert subscription(Body(members)).kind == kind


def test_what_is_arranged_is_seen_but_a_trials_own_renewal_is_not_an_arrangement() -> None:
    both = {"scheduledNextTermInstructions": {}, "NextChargeInstructions": {"quantity": 1}}
    assert subscription(Body(both)).scheduled == ("billing", "renewal")
    assert subscription(Body({**both, "isTrial": True})).scheduled == ("billing",)
    assert subscription(Body({"isTrial": False})).scheduled == ()
    assert isinstance(subscription(Body("x")).scheduled, Unknown)


def test_an_etag_that_can_not_be_sent_is_none() -> None:
    for etag in ('a"b', "a\r\nb", "", 7.5, {}, "ø"):
        assert subscription(Body({"attributes": {"etag": etag}})).etag is None


def test_the_names_of_add_ons_are_known_all_or_none() -> None:
    items = Body([{"offerName": "b"}, {"friendlyName": "a"}, {"id": "C"}]).items()
    assert add_on_names(items) == ("C", "a", "b")
    assert isinstance(add_on_names(Body([{"offerName": "b"}, {}]).items()), Unknown)


# Switches.


def switched(*events: tuple[str, object, str | None], **members: object) -> Any:
    told = [{"name": name, "status": status, "timestamp": time} for name, status, time in events]
    return transition(Body({"toCatalogItemId": "A:1:B", "Events": told, **members}))


ONE, TWO, THREE = "2021-01-08T18:00:00Z", "2021-01-08T18:30:00Z", "2021-01-08T19:00:00Z"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], "ordered"),
        ([("Conversion", "Started ", ONE)], "running"),
        ([("Conversion", "InProgress", ONE)], "running"),
        ([("Conversion", "Started", ONE), ("Conversion", "Completed", TWO)], "done"),
        ([("Conversion", "Completed", TWO), ("Conversion", "Started", ONE)], "done"),
        ([("Conversion", "Completed", TWO), ("LicenseReassignment", "Started", TWO)], "running"),
        ([("Conversion", "Completed", TWO), ("SeatReassignment", "Completed", THREE)], "done"),
        ([("Conversion", "Completed", TWO), ("SeatReassignment", "Failed", THREE)], "failed"),
        ([("SeatReassignment", "Started", ONE), ("LicenseReassignment", "Completed", TWO)], "running"),
        ([("Conversion", "Failed", TWO)], "failed"),
        ([("Conversion", "Failed", ONE), ("Conversion", "Started", TWO)], "running"),
        ([("Conversion", "Started", ONE), ("Conversion", "Completed", ONE)], "done"),
        ([("Conversion", "Paused", TWO)], "conversion-paused"),
        ([("Conversion", "Completed", TWO), ("Billing", "Started", TWO)], "running"),
        ([("Conversion", "Completed", TWO), ("Billing", "Completed", TWO)], "done"),
        ([("Conversion", "Completed", TWO), ("Billing", "Failed", TWO)], "billing-failed"),
        ([("Billing", "Completed", TWO)], "running"),
        ([("Conversion", "Completed", None)], "done"),
        ([("Conversion", 7, ONE)], "conversion-7"),
    ],
)
def test_how_far_a_switch_has_come(events: list[tuple[str, object, str | None]], expected: str) -> None:
    assert state(switched(*events)) == expected


def test_how_far_a_switch_has_come_is_not_known_where_its_events_contradict_or_can_not_be_read() -> None:
    odd = [
        switched(("Conversion", "Completed", ONE), ("Conversion", "Failed", ONE)),
        switched(("Conversion", "Started", ONE), ("Conversion", "Completed", None)),
        switched(("Conversion", None, ONE)),
        switched(("", "Completed", ONE)),
        transition(Body({"toCatalogItemId": "A:1:B", "events": "x"})),
        transition(Body({"odd": 1})),
        transition(Body(None)),
    ]
    for one in odd:
        assert isinstance(state(one), Unknown)
        assert isinstance(progress(one).state, Unknown)
    assert state(transition(Body({"toCatalogItemId": "A:1:B"}))) == "ordered"


def test_the_status_page_shows_a_switch_since_the_first_word_of_its_conversion() -> None:
    found = progress(switched(("Conversion", "Failed", TWO), ("Conversion", "Started", ONE)))
    assert found.status_page_since == datetime(2021, 1, 8, 18, tzinfo=UTC)
    assert [event.status for event in found.failed] == ["failed"]
    assert isinstance(progress(switched()).status_page_since, Unknown)
    assert isinstance(progress(switched(("Conversion", "Started", "soon"))).status_page_since, Unknown)


def test_the_newest_switch_counts_and_nothing_is_newer_than_one_without_events() -> None:
    old = switched(("Conversion", "Completed", ONE), operationId="old")
    new = switched(("Conversion", "Started", TWO), operationId="new")
    fresh = switched(operationId="fresh")
    for order in ([old, new], [new, old]):
        assert newest(order) == new
    for order in ([old, fresh, new], [fresh, old], [new, fresh]):
        assert newest(order) == fresh
    assert newest([]) is None
    open_one = switched(("Conversion", "Started", ONE), operationId="open")
    assert newest([old, open_one]) == newest([open_one, old]) == open_one


def test_a_switch_that_has_begun_and_not_ended_counts_however_new_another_is() -> None:
    running = switched(("Conversion", "Started", ONE), operationId="running")
    ended = switched(("Conversion", "Started", ONE), ("Conversion", "Completed", TWO), operationId="ended")
    failed = switched(("Conversion", "Failed", ONE), operationId="failed")
    for order in ([running, ended], [ended, running]):
        assert newest(order) == running
    # What failed before and was done since then is past, and so is one of which only the users are left.
    users = switched(
        ("Conversion", "Completed", ONE), ("LicenseReassignment", "Started", ONE), operationId="u"
    )
    for past in (failed, users):
        assert newest([past, ended]) == newest([ended, past]) == ended


def test_a_way_that_is_not_listed_is_closed_and_one_that_can_not_be_read_is_not_known() -> None:
    only, both = TransitionType.ONLY, TransitionType.WITH_LICENSES

    def item(*ways: object) -> Any:
        return eligibility(Body({"catalogItemId": "a:b:c", "eligibilities": list(ways)}))

    listed = item({"transitionType": "TransitionOnly", "isEligible": True})
    assert listed.product_sku == "A:B"
    assert listed.allows(only) is True
    assert listed.allows(both) is False
    against = {"transitionType": "transition_only", "isEligible": True, "errors": [{"code": 5}]}
    assert item(against).allows(only) is False
    opened = {"transitionType": "transition_only", "isEligible": True}
    assert item(opened, against).allows(only) is item(against, opened).allows(only) is False
    assert isinstance(item({"transitionType": "transition_only"}).allows(only), Unknown)
    assert isinstance(item({"isEligible": True}).allows(only), Unknown)
    odd = {"transitionType": "transition_only", "isEligible": True, "errors": "x"}
    assert isinstance(item(odd).allows(only), Unknown)
    assert isinstance(eligibility(Body({"catalogItemId": "a:b:c"})).allows(only), Unknown)


def test_code_11_means_one_thing_for_upgrades_and_another_for_transitions() -> None:
    error = [{"code": 11, "description": "x"}]
    legacy = upgrade(Body({"upgradeErrors": error, "upgradeType": 2}))
    assert legacy.errors[0].code == "insufficient-granular-admin-permissions"  # type: ignore[union-attr, index]
    assert legacy.kind == "upgrade-with-license-transfer"
    new = eligibility(Body({"eligibilities": [{"errors": error}]}))
    assert new.ways[0].errors[0].code == "conversions-not-found"  # type: ignore[union-attr, index]


def test_a_legacy_switch_moved_only_if_nothing_says_otherwise() -> None:
    users = [{"userObjectId": "U", "name": "n", "email": "e", "errors": [{"code": 9, "description": "d"}]}]
    done = upgrade_result(Body({"targetSubscriptionId": "T", "upgradeErrors": [], "licenseErrors": users}))
    assert done.moved is True
    assert done.license_errors[0].errors[0].text == "d"  # type: ignore[union-attr, index]
    assert upgrade_result(Body({"upgradeErrors": [{"code": 4}]})).moved is False
    both = {"targetSubscriptionId": "T", "upgradeErrors": [{"code": 4}]}
    assert isinstance(upgrade_result(Body(both)).moved, Unknown)
    assert isinstance(upgrade_result(Body({})).moved, Unknown)
    assert isinstance(upgrade_result(Body({"targetSubscriptionId": "T", "upgradeErrors": 1})).moved, Unknown)


# Graph.


def health(status: object, *issues: object) -> object:
    return health_word(service_health(Body({"id": "x", "status": status, "issues": list(issues)})))


INCIDENT = {"classification": "Incident", "isResolved": False, "status": "ServiceInterruption"}
ADVISORY = {"classification": "advisory", "isResolved": False, "status": "serviceDegradation"}
RESOLVED = {"classification": "incident", "isResolved": True, "status": "serviceRestored"}


@pytest.mark.parametrize(
    ("status", "issues", "word"),
    [
        ("serviceOperational", [], "healthy"),
        ("ServiceOperational", [ADVISORY], "healthy"),
        ("serviceRestored", [RESOLVED], "healthy"),
        ("serviceDegradation", [INCIDENT], "degraded"),
        ("ServiceInterruption", [ADVISORY, INCIDENT], "interrupted"),
        ("serviceDegradation", [ADVISORY], "healthy"),
        ("serviceDegradation", [], "degraded"),
        ("serviceDegradation", [RESOLVED], "degraded"),
        ("extendedRecovery", [INCIDENT], "extended-recovery"),
        ("investigationSuspended", [ADVISORY], "healthy"),
        ("serviceOperational", [INCIDENT], "interrupted"),
        ("serviceOperational", [{**INCIDENT, "status": "serviceRestored"}], "degraded"),
        ("serviceOperational", [{**INCIDENT, "isResolved": None}], "interrupted"),
        ("serviceOperational", [{**INCIDENT, "classification": "novel"}], "interrupted"),
        ("UnknownFutureValue", [ADVISORY], "unknown-future-value"),
        ("mitigated", [], "mitigated"),
    ],
)
def test_only_an_open_incident_makes_a_service_ill_but_no_unknown_word_is_healthy(
    status: str, issues: list[object], word: str
) -> None:
    assert health(status, *issues) == word


def test_health_without_its_issues_is_told_by_the_status_alone() -> None:
    def word(status: object) -> object:
        return health_word(service_health(Body({"status": status})))

    assert [word("ServiceOperational"), word("ServiceDegradation")] == ["healthy", "degraded"]
    assert isinstance(word(None), Unknown)


def test_a_service_plan_nobody_knows_the_word_of_is_not_set_up() -> None:
    def plans(*states: object) -> object:
        found = graph_sku(Body({"servicePlans": [{"provisioningStatus": state} for state in states]}))
        return set_up(found.plans)

    assert plans("Success", "Disabled", "PendingActivation", "PendingProvisioning") is True
    assert plans("Success", "PendingInput") is plans("Error") is plans("Novel", None) is False
    assert isinstance(plans("Success", None), Unknown)
    assert isinstance(plans(), Unknown)
    assert isinstance(set_up(graph_sku(Body({})).plans), Unknown)


SKU = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"


def person(*states: object, sku: object = SKU.upper()) -> DirectoryUser:
    return user(
        Body({"id": "u", "licenseAssignmentStates": [{"skuId": sku, "state": state} for state in states]})
    )


def test_users_without_a_license_are_those_with_an_error_and_none_that_works() -> None:
    users = [
        person("Error"),
        person("Error", "Active"),
        person("Error", "ActiveWithError"),
        person("Active"),
        person("Disabled"),
        person(),
        person("Error", sku="84a661c4-e949-4bd2-a560-ed7766fcaf2b"),
        person("Error", "Error"),
    ]
    assert without_license(users, SKU) == without_license(users, SKU.upper()) == 2
    assert without_license([], SKU) == 0


def test_one_user_of_whom_it_can_not_be_told_makes_the_number_not_known() -> None:
    for odd in (
        user(Body({"id": "u"})),
        person(None),
        person("Novel"),
        person("Error", sku="x"),
        person("Error", "Novel"),
    ):
        assert isinstance(without_license([person("Error"), odd], SKU), Unknown)
    assert without_license([person("Novel", "Active")], SKU) == 0


def test_a_license_that_failed_says_why() -> None:
    told = user(
        Body({"licenseAssignmentStates": [{"skuId": SKU, "state": "Error", "error": "CountViolation"}]})
    )
    assert told.licenses == (LicenseState(SKU, "error", "count-violation"),)


def test_a_domain_serves_what_it_lists() -> None:
    listed = domain(Body({"supportedServices": ["sharePointPublic"]}))
    assert listed.serves("SharePointPublic") is True
    assert listed.serves("Email") is False
    assert isinstance(domain(Body({})).serves("Email"), Unknown)

"""The live writer: one look, one request, and what every kind of answer comes to. It never lowers and never repeats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest
from wired import CUSTOMER, SUBSCRIPTION, Nobody, Wired, answer, sample

from reconciler.act import Raise, SwitchOrder
from reconciler.adapters.files import load_catalogue
from reconciler.adapters.microsoft.calling import Calls, NoAnswer
from reconciler.adapters.microsoft.naming import Naming
from reconciler.adapters.microsoft.switching import TransitionType
from reconciler.adapters.microsoft.writer import Terms, Writer
from reconciler.errors import AnswerLost, Later, Moved, NotWritten, Refused
from reconciler.observe import TenantRef

REF = TenantRef("contoso", CUSTOMER)
HERE = f"/v1/customers/{CUSTOMER}/subscriptions/{SUBSCRIPTION}"
RAISE = Raise(REF, SUBSCRIPTION, "v1", 15, 20, "3f9c2d1e-0000-4000-8000-000000000001")
STANDARD, BASIC = "microsoft-365-business-standard", "microsoft-365-business-basic"
ORDER = SwitchOrder(REF, SUBSCRIPTION, "v1", 15, STANDARD, 15, "3f9c2d1e-0000-4000-8000-000000000002")
NAMING = Naming(load_catalogue("microsoft365"))


def stands(**members: object) -> dict[str, Any]:
    """A subscription of 15 licences as it stands: the documented one, active, with an etag."""
    body: dict[str, Any] = sample("partner-center/subscription-get-new-commerce.response.json")
    body |= {"status": "active", "attributes": {"etag": "v1", "objectType": "Subscription"}, **members}
    return body


def eligible(title: str = "Microsoft 365 Business Standard", **way: object) -> dict[str, Any]:
    ways = {"isEligible": True, "transitionType": "transition_with_license_transfer", "errors": [], **way}
    item = {"catalogItemId": "CFQ7TTC0LDPB:0001:CFQ7TTC0K18P", "title": title, "quantity": 15}
    return {"totalCount": 1, "items": [{**item, "eligibilities": [ways]}]}


def wired(body: object | None = None, *offers: object, history: object = None) -> Wired:
    return Wired(
        {
            f"/v1/customers/{CUSTOMER}": [
                answer({"id": CUSTOMER, "companyProfile": {"domain": "contoso.example"}})
            ],
            HERE: [answer(body or stands())],
            f"{HERE}/transitions": [answer(history or {"totalCount": 0, "items": []})],
            f"{HERE}/transitionEligibilities": [answer(offers[0] if offers else eligible())],
            f"{HERE}/upgrades": [answer(offers[0] if offers else {"items": []})],
        },
        reply=answer({}),
    )


@dataclass
class Clock:
    """Goes on by as much with each read."""

    wire: Wired
    each: float

    def __call__(self) -> float:
        return 1000.0 + self.each * len(self.wire.asked)


def writer(wire: Wired, *, without_version: bool = False) -> Writer:
    terms = Terms(TransitionType.WITH_LICENSES, without_version)
    return Writer(cast("Calls", wire), Nobody(), NAMING, terms)


def test_a_raise_sends_everything_back_with_one_member_changed_and_the_version_that_was_read() -> None:
    wire = wired()
    writer(wire).raise_licenses(RAISE)
    method, path, body, headers, request = wire.written[0]
    assert (method, path, request) == ("PATCH", HERE, RAISE.request_id)
    assert headers == {"If-Match": '"v1"'}
    assert body == {**stands(), "quantity": 20}
    assert len(wire.written) == 1


def test_a_raise_that_would_not_raise_asks_nobody() -> None:
    wire = wired()
    for total in (15, 14, 0):
        with pytest.raises(Refused, match="would not be more"):
            writer(wire).raise_licenses(replace(RAISE, total=total))
    assert (wire.asked, wire.written) == ([], [])


@pytest.mark.parametrize(
    ("now", "error"),
    [
        ({"quantity": 18}, Moved),
        ({"quantity": 12}, Moved),
        ({"quantity": None}, Later),
        ({"status": "suspended"}, Moved),
        ({"status": None}, Later),
        ({"attributes": {"etag": "v2"}}, Moved),
        ({"attributes": {}}, Moved),
        ({"isTrial": True}, Refused),
        ({"isTrial": None}, Refused),
        ({"id": "another"}, Moved),
    ],
)
def test_nothing_is_written_over_what_is_not_as_it_was_judged(
    now: dict[str, object], error: type[Exception]
) -> None:
    wire = wired(stands(**now))
    for write in (lambda w: w.raise_licenses(RAISE), lambda w: w.switch(ORDER)):
        with pytest.raises(error):
            write(writer(wire))
    assert wire.written == []


def test_where_no_version_is_shown_a_raise_is_refused_unless_the_configuration_allows_it() -> None:
    order, bare = replace(RAISE, version=None), stands(attributes={"objectType": "Subscription"})
    wire = wired(bare)
    with pytest.raises(Refused, match="raise it by hand in Partner Center"):
        writer(wire).raise_licenses(order)
    assert wire.written == []
    writer(wire, without_version=True).raise_licenses(order)
    assert wire.written[0][3] == {}


def test_without_a_version_a_look_older_than_a_second_is_not_written_on() -> None:
    ticks = iter(range(0, 1000, 2))
    wire = wired(stands(attributes={}))
    terms = Terms(TransitionType.WITH_LICENSES, without_version=True)
    slow = Writer(cast("Calls", wire), Nobody(), NAMING, terms, clock=lambda: float(next(ticks)))
    with pytest.raises(Later, match="within 1 s"):
        slow.raise_licenses(replace(RAISE, version=None))
    assert wire.written == []
    assert wire.asked.count(HERE) == 3


RAISED = [
    (200, None, None),
    (202, None, None),
    (400, 2055, Moved),
    (404, 20003, Moved),
    (409, 900278, Later),
    (409, 800082, Later),
    (409, None, Later),
    (429, None, Later),
    (400, 2002, Refused),
    (400, 800090, Refused),
    (403, 900308, Refused),
    (403, 800073, Later),
    (401, 400, Later),
    (408, None, AnswerLost),
    (500, 800003, AnswerLost),
    (502, None, AnswerLost),
    (503, None, AnswerLost),
    (302, None, AnswerLost),
    (418, None, Refused),
]


@pytest.mark.parametrize(("status", "code", "error"), RAISED)
def test_each_answer_to_a_raise_has_one_meaning(
    status: int, code: int | None, error: type[Exception] | None
) -> None:
    wire = wired()
    wire.reply = answer(None if code is None else {"code": code, "description": "no"}, status)
    if error is None:
        writer(wire).raise_licenses(RAISE)
    else:
        with pytest.raises(error):
            writer(wire).raise_licenses(RAISE)
    assert len(wire.written) == 1


def test_a_pending_operation_leaves_a_switch_unknown_and_never_to_be_ordered_again() -> None:
    wire = wired()
    wire.reply = answer({"code": 900278, "description": "pending"}, 409)
    with pytest.raises(AnswerLost):
        writer(wire).switch(ORDER)


def test_a_write_without_an_answer_is_lost_and_one_that_never_went_out_is_not() -> None:
    wire = wired()
    for trouble, error in ((NoAnswer("cut", sent=True), AnswerLost), (NoAnswer("no way", sent=False), Later)):
        wire.reply = trouble
        for write in (lambda w: w.raise_licenses(RAISE), lambda w: w.switch(ORDER)):
            with pytest.raises(error):
                write(writer(wire))
    assert len(wire.written) == 4


def test_a_look_that_fails_before_a_write_is_certainly_no_write() -> None:
    wire = wired()
    wire.reads[HERE] = [NoAnswer("throttled", sent=True, answered=True, later=30.0)]
    with pytest.raises(Later) as told:
        writer(wire).raise_licenses(RAISE)
    assert told.value.seconds == 30
    assert wire.written == []


def test_a_switch_orders_what_is_on_offer_now_with_the_licences_there_are() -> None:
    wire = wired()
    assert writer(wire).switch(ORDER) is None
    method, path, body, headers, request = wire.written[0]
    assert (method, path, headers, request) == ("POST", f"{HERE}/transitions", {}, ORDER.request_id)
    assert body == {
        "fromCatalogItemId": "CFQ7TTC0LH18:0001:CFQ7TTC0K971",
        "fromSubscriptionId": SUBSCRIPTION,
        "toCatalogItemId": "CFQ7TTC0LDPB:0001:CFQ7TTC0K18P",
        "quantity": 15,
        "transitionType": "transition_with_license_transfer",
        "termDuration": "P1Y",
        "billingCycle": "monthly",
    }
    looked = [path.removeprefix(HERE).partition("?")[0] for path in wire.asked[1:]]
    assert looked == ["", "/transitions", "/transitionEligibilities", ""]


@pytest.mark.parametrize(
    ("now", "error"),
    [
        ({"quantity": 20}, Moved),
        ({"quantity": 12}, Moved),
        ({"status": "suspended"}, Moved),
        ({"offerId": "CFQ7TTC0LDPB:0001:CFQ7TTC0K971"}, Moved),
        ({"termDuration": None}, Later),
        ({"termDuration": ""}, Later),
        ({"billingCycle": None}, Later),
    ],
)
def test_a_switch_goes_by_a_look_taken_after_all_that_was_asked(
    now: dict[str, object], error: type[NotWritten]
) -> None:
    wire = wired()
    wire.reads[HERE] = [answer(stands()), answer(stands(**now))]
    with pytest.raises(error):
        writer(wire).switch(replace(ORDER, plan=BASIC))
    assert wire.written == []


def test_an_order_goes_out_while_its_look_is_fresh_or_not_at_all() -> None:
    for reply, slow in ((1.0, False), (6.0, True)):
        wire = wired()
        clock = Clock(wire, reply)
        terms = Terms(TransitionType.WITH_LICENSES, without_version=True)
        quick = Writer(cast("Calls", wire), Nobody(), NAMING, terms, clock)
        if slow:
            with pytest.raises(Later, match="within 5 s"):
                quick.switch(ORDER)
            assert wire.written == []
        else:
            quick.switch(ORDER)
            # Until five seconds after the last look was begun, whatever it has to wait for.
            assert wire.until == [clock() - reply + 5.0]
    wire = wired(stands(attributes={}))
    writer(wire, without_version=True).raise_licenses(replace(RAISE, version=None))
    assert isinstance(wire.until[0], float)
    wire = wired()
    writer(wire).raise_licenses(RAISE)
    # With its version it may go out when it likes: what changed meanwhile is noticed there.
    assert wire.until == [None]


def test_nothing_is_written_to_another_tenant_or_plan_than_was_judged() -> None:
    other = "00000000-69f9-4228-b900-d0e081af17d7"
    for change in ({"tenant_id": other}, {"plan": STANDARD}):
        wire = wired()
        for write in (
            lambda w, c=change: w.raise_licenses(replace(RAISE, **c)),
            lambda w, c=change: w.switch(replace(ORDER, **c)),
        ):
            with pytest.raises(Moved, match=r"was .* at the look"):
                write(writer(wire))
        assert wire.written == []
    wire = wired()
    writer(wire).raise_licenses(replace(RAISE, tenant_id=CUSTOMER.upper(), plan=BASIC))
    # Ids that the catalogue does not know tell nothing against it; the licence they give is not asked here.
    wire.reads[HERE] = [answer(stands(offerId="CFQ7TTC0ABCD:0001:CFQ7TTC0K971"))]
    writer(wire).raise_licenses(replace(RAISE, plan=BASIC))
    assert len(wire.written) == 2


@pytest.mark.parametrize(
    "kind",
    [
        {"productType": {"id": "OnlineServicesNCE2"}},
        {"parentSubscriptionId": "44444444-6911-4758-bba3-0c4c6007d161"},
        {"productType": {"id": "Azure"}},
        {"isMicrosoftProduct": False},
    ],
)
def test_only_what_is_certainly_a_plan_is_written_to(kind: dict[str, object]) -> None:
    wire = wired(stands(**kind))
    for write in (lambda w: w.raise_licenses(RAISE), lambda w: w.switch(ORDER)):
        with pytest.raises(Refused):
            write(writer(wire))
    assert wire.written == []


@pytest.mark.parametrize(
    ("offers", "error"),
    [
        ({"items": []}, Refused),
        (eligible("Microsoft 365 Business Premium"), Refused),
        (eligible(isEligible=False, errors=[{"code": 3, "description": "conflict"}]), Refused),
        (eligible(isEligible=False, errors=[{"code": 13, "description": "no right"}]), Refused),
        (eligible(isEligible=False, errors=[{"code": 9, "description": "not yet"}]), Later),
        (eligible(errors=[{"code": 9, "description": "not yet"}]), Later),
        (eligible(transitionType="transition_only"), Refused),
        (eligible(isEligible=None), Refused),
        ({"items": 2 * eligible()["items"]}, Refused),
    ],
)
def test_a_switch_is_not_ordered_where_the_service_does_not_offer_it_in_our_way(
    offers: object, error: type[NotWritten]
) -> None:
    wire = wired(None, offers)
    with pytest.raises(error):
        writer(wire).switch(ORDER)
    assert wire.written == []


@pytest.mark.parametrize("status", ["Started ", "InProgress", "Failed", "Paused"])
def test_no_switch_is_ordered_beside_one_that_has_not_come_to_its_end(status: str) -> None:
    event = {"name": "Conversion", "status": status, "timestamp": "2026-11-26T10:00:00Z"}
    wire = wired(None, history={"transition": [{"ToCatalogItemId": "A:1:B", "Events": [event]}]})
    with pytest.raises(Moved, match="under way"):
        writer(wire).switch(ORDER)
    assert wire.written == []


def test_a_switch_never_carries_other_licences_than_there_are() -> None:
    wire = wired()
    for total in (14, 16):
        with pytest.raises(Refused):
            writer(wire).switch(replace(ORDER, total=total))
    assert (wire.asked, wire.written) == ([], [])


def legacy(**members: object) -> dict[str, Any]:
    body: dict[str, Any] = sample("partner-center/subscription-patch-quantity-legacy.response.json")
    more = {"id": SUBSCRIPTION, "status": "active", "quantity": 15, "isTrial": False}
    offer = {"offerId": "0cca44d6-68e9-4762-94ee-31ece98783b9", "billingType": "license"}
    return {**body, **more, **offer, "attributes": {"etag": "v1"}, **members}


def upgrades(**members: object) -> dict[str, Any]:
    body: dict[str, Any] = sample("partner-center/upgrades-list.response.json")
    item = {**body["items"][0], "quantity": 15, "isEligible": True, "upgradeErrors": []}
    return {**body, "items": [{**item, "upgradeType": 2, **members}]}


E1 = replace(ORDER, to="office-365-e1")


def test_a_legacy_switch_sends_the_item_of_the_list_back_whole() -> None:
    wire = wired(legacy(), upgrades())
    wire.reply = answer(
        {**sample("partner-center/upgrade-create.response.json"), "upgradeErrors": [], "licenseErrors": []}
    )
    assert writer(wire).switch(E1) is None
    method, path, body, _, request = wire.written[0]
    assert (method, path, request) == ("POST", f"{HERE}/upgrades", E1.request_id)
    assert body == upgrades()["items"][0]


@pytest.mark.parametrize(("count", "error"), [(None, Later), ("many", Later), (16, Moved)])
def test_a_legacy_item_whose_number_does_not_fit_is_not_sent(count: object, error: type[NotWritten]) -> None:
    wire = wired(legacy(), upgrades(quantity=count))
    with pytest.raises(error):
        writer(wire).switch(E1)
    assert wire.written == []


def test_a_legacy_switch_whose_users_did_not_move_is_told_and_not_repeated() -> None:
    wire = wired(legacy(), upgrades())
    lost = [{"userObjectId": "u1", "name": "Kari", "errors": []}, {"userObjectId": "u2", "errors": []}]
    wire.reply = answer(
        {**sample("partner-center/upgrade-create.response.json"), "upgradeErrors": [], "licenseErrors": lost}
    )
    assert writer(wire).switch(E1) == (
        "2 users have no licence of the new plan: Kari, u2. Assign them by hand"
    )


@pytest.mark.parametrize(("code", "error"), [(3, Refused), (4, Later), (9, Later), (99, Refused)])
def test_a_legacy_answer_of_success_that_names_errors_is_a_failure(
    code: int, error: type[NotWritten]
) -> None:
    wire = wired(legacy(), upgrades())
    wire.reply = answer({"upgradeErrors": [{"code": code, "description": "no"}]})
    with pytest.raises(error):
        writer(wire).switch(E1)


def test_a_legacy_answer_that_says_nothing_is_unknown() -> None:
    wire = wired(legacy(), upgrades())
    for reply in (answer(None, 202), answer({"upgradeType": 2})):
        wire.reply = reply
        with pytest.raises(AnswerLost):
            writer(wire).switch(E1)

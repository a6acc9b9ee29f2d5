"""The embedded service can be given faults: each is used in its turn, and never by chance."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.act import Raise, SwitchOrder
from reconciler.adapters.simulator.backend import Reader, Writer
from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.simulator.moods import KINDS
from reconciler.catalogue import Catalogue, Confidence, Plan, SwitchPair
from reconciler.errors import AnswerLost, Later, Moved, Refused
from reconciler.observe import LiveSubscription, Observation, SwitchState, TenantRef, Unknown

E1, E3 = "office-365-enterprise-e1", "office-365-enterprise-e3"
FABRIKAM = TenantRef("fabrikam", "fabrikam.onmicrosoft.com")
CONTOSO = TenantRef("contoso", "contoso.onmicrosoft.com")
ID = "0c1e6b52-5d0e-4a57-9d55-0a4c2f1f7b01"
CATALOGUE = Catalogue(
    "small",
    {key: Plan(key, "enterprise", None, ("exchange-online",), key, key, (), ()) for key in (E1, E3)},
    {(E1, E3): SwitchPair(E1, E3, Confidence.CERTAIN, ("R-LIST",), "")},
)


def document(name: str) -> dict[str, Any]:
    held = {
        "id": ID,
        "plan": E1,
        "licenses": 20,
        "assigned": 18,
        "usersWithoutLicense": 0,
        "status": "active",
        "trial": False,
        "payment": "card",
        "billing": "annual",
        "provisioned": True,
        "preUpgrade": False,
        "offers": [E3],
        "switch": {"state": "none"},
    }
    return {
        "apiVersion": "reconciler/v1",
        "kind": "LiveState",
        "metadata": {"name": name, "observedAt": "2026-11-23T10:00:00Z"},
        "spec": {
            "tenant": f"{name}.onmicrosoft.com",
            "tenantId": f"id-of-{name}",
            "domains": [f"{name}.onmicrosoft.com"],
            "operator": {"roles": ["global-administrator"]},
            "users": 18,
            "website": {"domain": f"www.{name}.no"},
            "creditReview": {"state": "none"},
            "services": {"exchange-online": "healthy"},
            "subscriptions": [held],
        },
    }


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Commerce]:
    opened = Commerce(tmp_path / "simulator.sqlite", CATALOGUE)
    opened.load([document("fabrikam"), document("contoso")])
    yield opened
    opened.close()


def look(service: Commerce, ref: TenantRef = FABRIKAM) -> Observation:
    return Reader(service).observe(ref)


def live(service: Commerce, ref: TenantRef = FABRIKAM) -> LiveSubscription:
    found = look(service, ref).subscriptions
    assert not isinstance(found, Unknown)
    (single,) = found
    return single


def state(service: Commerce) -> str:
    switch = live(service).switch
    assert isinstance(switch, SwitchState)
    return switch.state


def switch(service: Commerce, request_id: str = "r1", seen: LiveSubscription | None = None) -> None:
    seen = seen or live(service)
    Writer(service).switch(SwitchOrder(FABRIKAM, seen.id, seen.version, 20, E3, 20, request_id))


def raise_to(service: Commerce, total: int, request_id: str = "r1") -> None:
    seen = live(service)
    Writer(service).raise_licenses(Raise(FABRIKAM, seen.id, seen.version, 20, total, request_id))


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def writes(service: Commerce) -> list[tuple[str, bool]]:
    return [
        (c["outcome"], c["taken"])
        for c in service.calls()
        if c["operation"] in ("order_switch", "set_licenses")
    ]


# lost answers


def test_an_answer_lost_after_the_write_leaves_it_taken(service: Commerce) -> None:
    service.fault("fabrikam", "lost-after")
    with pytest.raises(AnswerLost):
        switch(service)
    assert state(service) == "running"
    assert Reader(service).taken(FABRIKAM, "r1") is True
    assert writes(service) == [("lost", True)]


def test_an_answer_lost_before_the_write_leaves_it_not_taken(service: Commerce) -> None:
    service.fault("fabrikam", "lost-before")
    with pytest.raises(AnswerLost):
        raise_to(service, 25)
    assert live(service).licenses == 20
    assert Reader(service).taken(FABRIKAM, "r1") is False
    assert writes(service) == [("lost", False)]


def test_a_repeat_of_a_lost_write_gets_the_first_answer_and_orders_nothing(service: Commerce) -> None:
    service.fault("fabrikam", "lost-after")
    seen = live(service)
    with pytest.raises(AnswerLost):
        switch(service, seen=seen)
    switch(service, seen=seen)
    assert writes(service) == [("lost", True), ("accepted", False)]


def test_a_refusal_may_get_lost_too_and_was_not_taken(service: Commerce) -> None:
    service.set("fabrikam.main.trial", "true")
    service.fault("fabrikam", "lost-after")
    with pytest.raises(AnswerLost):
        raise_to(service, 25)
    assert Reader(service).taken(FABRIKAM, "r1") is False
    assert writes(service) == [("lost", False)]


@pytest.mark.parametrize("taken", [True, False])
def test_an_error_of_the_service_leaves_a_write_unknown_whatever_the_truth(
    service: Commerce, taken: bool
) -> None:
    service.fault("fabrikam", "error", on="set_licenses", taken=taken)
    with pytest.raises(AnswerLost, match="503"):
        raise_to(service, 25)
    assert live(service).licenses == (25 if taken else 20)
    assert Reader(service).taken(FABRIKAM, "r1") is taken
    assert writes(service) == [("error", taken)]


# late visibility


def test_a_write_taken_becomes_visible_late_and_can_not_be_repeated_meanwhile(service: Commerce) -> None:
    service.fault("fabrikam", "late-visibility")
    switch(service)
    assert state(service) == "none"
    assert Reader(service).taken(FABRIKAM, "r1") is True
    with pytest.raises(Moved):
        switch(service, "r2")
    service.advance(minutes(3) - timedelta(seconds=1))
    assert state(service) == "none"
    assert service.next_event(FABRIKAM) == datetime(2026, 11, 23, 10, 3, tzinfo=UTC)
    service.advance(timedelta(seconds=1))
    assert state(service) == "running"
    assert writes(service) == [("accepted", True), ("refused", False)]


def test_two_late_writes_become_visible_one_after_the_other(service: Commerce) -> None:
    service.fault("fabrikam", "late-visibility", times=2, minutes="4")
    raise_to(service, 22)
    service.advance(minutes(1))
    version = service.hidden("fabrikam")["versions"][ID]
    Writer(service).raise_licenses(Raise(FABRIKAM, ID, version, 22, 24, "r2"))
    shown = []
    for _ in range(6):
        shown.append(live(service).licenses)
        service.advance(minutes(1))
    assert shown == [20, 20, 20, 22, 24, 24]


def test_late_visibility_stays_below_the_time_the_backend_promises(service: Commerce) -> None:
    within = Reader(service).traits.visible_within
    assert within is not None
    assert minutes(KINDS["late-visibility"].options["minutes"]) < within


# throttling and errors on the way in


def test_a_throttled_read_knows_nothing_and_says_when_to_come_back(service: Commerce) -> None:
    service.fault("fabrikam", "throttle", on="read")
    why = Unknown("throttled, try again after 30 s")
    seen = look(service)
    assert {seen.domain, seen.tenant_id, seen.domains, seen.roles, seen.users, seen.website} == {why}
    assert (seen.credit_review, seen.services, seen.subscriptions) == (why, why, why)
    assert look(service).users == 18
    assert [call["outcome"] for call in service.calls()] == ["throttled", "accepted"]


def test_a_throttled_write_was_not_taken_and_may_be_tried_again_with_its_id(service: Commerce) -> None:
    service.fault("fabrikam", "throttle", on="write", seconds="12")
    with pytest.raises(Later) as later:
        switch(service)
    assert later.value.seconds == 12
    assert state(service) == "none"
    switch(service)
    assert writes(service) == [("throttled", False), ("accepted", True)]


def test_an_error_on_a_read_is_never_zero_licences(service: Commerce) -> None:
    service.fault("fabrikam", "error", status=500)
    seen = look(service)
    assert seen.subscriptions == Unknown("the service answered 500, an error of its own")
    assert seen.users == seen.subscriptions


@pytest.mark.parametrize("kind", ["throttle", "error"])
def test_an_inquiry_that_gets_no_answer_can_not_tell(service: Commerce, kind: str) -> None:
    switch(service)
    service.fault("fabrikam", kind, on="inquire")
    assert Reader(service).taken(FABRIKAM, "r1") is None
    assert Reader(service).taken(FABRIKAM, "r1") is True


# what a read shows


def test_a_partial_read_leaves_out_the_subscriptions(service: Commerce) -> None:
    service.fault("fabrikam", "partial-read")
    seen = look(service)
    assert seen.subscriptions == Unknown("the service left it out of its answer")
    assert seen.users == 18


def test_a_partial_read_leaves_out_the_facts_it_names(service: Commerce) -> None:
    facts = "users, operator, website, subscriptions.assigned, subscriptions.offers"
    service.fault("fabrikam", "partial-read", facts=facts)
    seen = look(service)
    why = Unknown("the service left it out of its answer")
    assert (seen.users, seen.roles, seen.website) == (why, why, why)
    assert not isinstance(seen.subscriptions, Unknown)
    (held,) = seen.subscriptions
    assert (held.assigned, held.offers, held.licenses) == (why, why, 20)
    assert live(service).assigned == 18


@pytest.mark.parametrize("member", ["status", "payment", "billing", "plan"])
def test_an_unknown_word_passes_through_as_text(service: Commerce, member: str) -> None:
    service.fault("fabrikam", "unknown-word", member=member, word="paused-by-partner")
    assert getattr(live(service), member) == "paused-by-partner"
    assert getattr(live(service), member) != "paused-by-partner"


def test_an_unknown_word_may_stand_for_a_switch_or_a_review(service: Commerce) -> None:
    service.fault("fabrikam", "unknown-word", member="switch.state")
    assert state(service) == "in-transition"
    service.fault("fabrikam", "unknown-word", member="creditReview.state")
    review = look(service).credit_review
    assert not isinstance(review, Unknown)
    assert review.state == "in-transition"


# another administrator


@pytest.mark.parametrize("by", [8, -2])
def test_a_change_by_another_administrator_makes_compare_and_set_fail(service: Commerce, by: int) -> None:
    service.fault("fabrikam", "concurrent-admin", by=by)
    with pytest.raises(Moved):
        raise_to(service, 25)
    assert live(service).licenses == 20 + by
    portal, ours = service.calls()[-3:-1]
    assert (portal["operation"], portal["caller"], portal["after"]["licenses"]) == (
        "portal",
        "another administrator",
        20 + by,
    )
    assert (ours["outcome"], ours["code"], ours["before"]["licenses"]) == (
        "refused",
        "version-mismatch",
        20 + by,
    )


def test_an_order_meets_another_administrator_too(service: Commerce) -> None:
    service.fault("fabrikam", "concurrent-admin")
    with pytest.raises(Moved):
        switch(service)
    assert state(service) == "none"


# switches that go wrong


def test_a_switch_that_fails_ends_as_failed_with_the_old_subscription(service: Commerce) -> None:
    service.fault("fabrikam", "switch-fails")
    switch(service)
    service.advance(minutes(8))
    assert (state(service), live(service).id, live(service).plan) == ("failed", ID, E1)
    assert service.next_event(FABRIKAM) is None


def test_a_switch_that_hangs_shows_its_status_page_for_good(service: Commerce) -> None:
    switch(service)
    service.fault("fabrikam", "switch-hangs")
    service.advance(timedelta(days=30))
    seen = live(service).switch
    assert isinstance(seen, SwitchState)
    assert (seen.state, seen.status_page_since) == ("running", datetime(2026, 11, 23, 10, tzinfo=UTC))
    assert service.next_event(FABRIKAM) is None


# how faults are kept


def test_a_fault_happens_as_often_as_asked_and_to_its_own_tenant_only(service: Commerce) -> None:
    service.fault("fabrikam", "partial-read", times=2)
    assert live(service, CONTOSO).licenses == 20
    unread = [isinstance(look(service).subscriptions, Unknown) for _ in range(3)]
    assert unread == [True, True, False]
    assert service.faults() == ()


def test_a_fault_without_a_count_stays_until_it_is_cleared(service: Commerce) -> None:
    service.fault("fabrikam", "error", times=None, on="read")
    service.fault("contoso", "throttle")
    assert [isinstance(look(service).users, Unknown) for _ in range(3)] == [True] * 3
    assert [(f.tenant, f.kind, f.times) for f in service.faults()] == [
        ("fabrikam", "error", None),
        ("contoso", "throttle", 1),
    ]
    assert service.clear_faults("fabrikam") == 1
    assert look(service).users == 18
    assert service.clear_faults(kind="error") == 0
    assert service.clear_faults() == 1


def test_a_fault_narrowed_to_one_operation_waits_for_it(service: Commerce) -> None:
    service.fault("fabrikam", "lost-before", on="order_switch")
    raise_to(service, 21)
    with pytest.raises(AnswerLost):
        Writer(service).switch(SwitchOrder(FABRIKAM, ID, live(service).version, 21, E3, 21, "r2"))


@pytest.mark.parametrize(
    ("kind", "options", "hint"),
    [
        ("bad-luck", {}, "switch-hangs"),
        ("throttle", {"minutes": 3}, "seconds"),
        ("throttle", {"seconds": "soon"}, "whole number"),
        ("partial-read", {"on": "order_switch"}, "read"),
        ("partial-read", {"facts": "colour"}, r"subscriptions\.assigned"),
        ("unknown-word", {"member": "licenses"}, r"switch\.state"),
        ("concurrent-admin", {"by": 0}, "another number"),
        ("lost-after", {"times": 0}, "at least once"),
    ],
)
def test_a_fault_there_is_not_is_refused_with_what_there_is(
    service: Commerce, kind: str, options: dict[str, Any], hint: str
) -> None:
    with pytest.raises(Refused, match=hint):
        service.fault("fabrikam", kind, **options)
    assert service.faults() == ()


def test_a_fault_for_a_tenant_there_is_not_is_refused(service: Commerce) -> None:
    with pytest.raises(Refused, match="nobody"):
        service.fault("nobody", "throttle")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_same_faults_give_the_same_course(tmp_path: Path, kind: str) -> None:
    def course(folder: str) -> list[dict[str, Any]]:
        one = Commerce(tmp_path / folder / "simulator.sqlite", CATALOGUE)
        one.load([document("fabrikam")])
        one.fault("fabrikam", kind)
        for number in range(3):
            version = one.hidden("fabrikam")["versions"].get(ID)
            one.read(FABRIKAM)
            one.order_switch(FABRIKAM, ID, version=version, to=E3, total=20, request_id=f"r{number}")
            one.advance(minutes(5))
        calls = one.calls()
        one.close()
        return calls

    assert course("one") == course("two")


# the file


def test_a_request_that_breaks_off_leaves_nothing_behind(
    service: Commerce, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = live(service)

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("reconciler.adapters.simulator.session.Session.log", broken)
        with pytest.raises(KeyboardInterrupt):
            switch(service, seen=seen)
    assert state(service) == "none"
    assert Reader(service).taken(FABRIKAM, "r1") is False


def test_a_write_whose_file_fails_is_an_answer_lost(
    service: Commerce, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = live(service)

    def broken(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("reconciler.adapters.simulator.session.Session.log", broken)
    with pytest.raises(AnswerLost, match="disk I/O error"):
        switch(service, seen=seen)


def test_the_file_is_kept_in_wal_mode_and_outlives_its_service(service: Commerce, tmp_path: Path) -> None:
    switch(service)
    service.close()
    again = Commerce(tmp_path / "simulator.sqlite", CATALOGUE)
    again.advance(minutes(8))
    assert live(again).plan == E3
    again.close()
    connection = sqlite3.connect(tmp_path / "simulator.sqlite")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_opens_the_file_anew(service: Commerce) -> None:
    service.now()
    child = os.fork()
    if child == 0:
        try:
            service.advance(minutes(1))
            service.close()
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert service.now() == datetime(2026, 11, 23, 10, 1, tzinfo=UTC)

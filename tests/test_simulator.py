"""The embedded commerce service behaves as the article says the real one does."""

from __future__ import annotations

import copy
import json
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.act import Raise, SwitchOrder
from reconciler.adapters.simulator.backend import Reader, Writer
from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.simulator.refusals import LICENSES, ORDER
from reconciler.adapters.simulator.storage import holds_tenants
from reconciler.adapters.simulator.writes import Outcome, Reply
from reconciler.catalogue import Catalogue, Confidence, Plan, SwitchPair
from reconciler.errors import Moved, Refused, StateUnreadable
from reconciler.live import from_document
from reconciler.messages.simulator import SIMULATOR
from reconciler.observe import Observation, TenantRef, Traits, Unknown

SB, SBP = "office-365-small-business", "office-365-small-business-premium"
E1, E3, E4 = "office-365-enterprise-e1", "office-365-enterprise-e3", "office-365-enterprise-e4"
START = datetime(2026, 11, 23, 10, tzinfo=UTC)
FABRIKAM = TenantRef("fabrikam", "fabrikam.onmicrosoft.com")
OLD = "0c1e6b52-5d0e-4a57-9d55-0a4c2f1f7b01"
MAIL = ("exchange-online", "sharepoint-online", "lync-online", "office-online")


def small_catalogue() -> Catalogue:
    families = {
        SB: "small-business",
        SBP: "small-business",
        E1: "enterprise",
        E3: "enterprise",
        E4: "enterprise",
    }
    caps = {SB: 25, SBP: 25}
    plans = {
        key: Plan(key, family, caps.get(key), MAIL, key.replace("-", " "), key, (), ())
        for key, family in families.items()
    }
    listed = {SB: (SBP, E1, E3, E4), SBP: (E1, E3, E4), E1: (E3, E4), E3: (E4,)}
    pairs = {
        (source, target): SwitchPair(source, target, Confidence.CERTAIN, ("R-LIST",), "")
        for source, many in listed.items()
        for target in many
    }
    return Catalogue("small", plans, pairs)


CATALOGUE = small_catalogue()


def subscription(**members: Any) -> dict[str, Any]:
    full = {
        "id": OLD,
        "plan": SB,
        "licenses": 20,
        "assigned": 18,
        "usersWithoutLicense": 0,
        "status": "active",
        "trial": False,
        "payment": "card",
        "billing": "monthly",
        "provisioned": True,
        "preUpgrade": False,
        "offers": [SBP, E3],
        "switch": {"state": "none"},
    }
    return {**full, **members}


def document(
    name: str = "fabrikam", *subscriptions: dict[str, Any], at: str = "2026-11-23T10:00:00Z", **spec: Any
) -> dict[str, Any]:
    full = {
        "tenant": f"{name}.onmicrosoft.com",
        "tenantId": f"00000000-0000-4000-8000-{sum(name.encode()):012d}",
        "domains": [f"{name}.onmicrosoft.com", f"www.{name}.no"],
        "operator": {"roles": ["global-administrator"]},
        "users": 18,
        "website": {"domain": f"{name}.sharepoint.com", "customDomains": [f"www.{name}.no"]},
        "creditReview": {"state": "none"},
        "services": dict.fromkeys(MAIL, "healthy"),
        "subscriptions": list(subscriptions) or [subscription()],
    }
    return {
        "apiVersion": "reconciler/v1",
        "kind": "LiveState",
        "metadata": {"name": name, "observedAt": at},
        "spec": {**full, **spec},
    }


@contextmanager
def opened(path: Path, *documents: dict[str, Any], **options: Any) -> Iterator[Commerce]:
    service = Commerce(path / "simulator.sqlite", CATALOGUE, **options)
    try:
        service.load(documents)
        yield service
    finally:
        service.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Commerce]:
    with opened(tmp_path, document()) as opened_service:
        yield opened_service


def look(service: Commerce, ref: TenantRef = FABRIKAM) -> Observation:
    return Reader(service).observe(ref)


def only(service: Commerce, name: str = "fabrikam") -> dict[str, Any]:
    shown = service.document(name)
    assert shown is not None
    (single,) = shown["spec"]["subscriptions"]
    return dict(single)


def version(service: Commerce, subscription_id: str = OLD, ref: TenantRef = FABRIKAM) -> str | None:
    live = look(service, ref).subscriptions
    assert not isinstance(live, Unknown)
    return next(s.version for s in live if s.id == subscription_id)


def order(service: Commerce, *, to: str = E3, total: int = 42, request_id: str = "r1", **more: Any) -> Reply:
    if "version" not in more:
        more["version"] = version(service)
    return service.order_switch(FABRIKAM, OLD, to=to, total=total, request_id=request_id, **more)


def set_licenses(service: Commerce, total: int, request_id: str = "r1", **more: Any) -> Reply:
    if "version" not in more:
        more["version"] = version(service)
    return service.set_licenses(FABRIKAM, OLD, total=total, request_id=request_id, **more)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


# loading and reading


def test_the_first_load_sets_the_clock_to_the_latest_look(tmp_path: Path) -> None:
    later = document("contoso", at="2026-11-23T12:00:00Z")
    with opened(tmp_path, document(), later) as service:
        assert service.now() == datetime(2026, 11, 23, 12, tzinfo=UTC)
        service.load([document("tailspin", at="2026-11-20T12:00:00Z")])
        assert service.now() == datetime(2026, 11, 23, 12, tzinfo=UTC)
        assert service.tenants() == ("contoso", "fabrikam", "tailspin")


def test_what_was_loaded_is_read_back_unchanged(service: Commerce) -> None:
    assert service.document("fabrikam") == document()


@pytest.mark.parametrize("fact", sorted(document()["spec"]))
def test_a_fact_of_the_tenant_left_out_stays_unknown(tmp_path: Path, fact: str) -> None:
    bare = document()
    del bare["spec"][fact]
    with opened(tmp_path, bare) as service:
        assert service.document("fabrikam") == bare
        expected = from_document(bare, traits=Traits(), snapshot=False)
        assert without_versions(look(service)) == without_versions(expected)


@pytest.mark.parametrize("fact", sorted(set(subscription()) - {"id"}))
def test_a_fact_of_a_subscription_left_out_stays_unknown(tmp_path: Path, fact: str) -> None:
    bare = document("fabrikam", {**subscription(), fact: None})
    with opened(tmp_path, bare) as service:
        assert service.document("fabrikam") == bare
        expected = from_document(bare, traits=Traits(), snapshot=False)
        assert without_versions(look(service)) == without_versions(expected)


def without_versions(observation: Observation) -> str:
    text = repr(observation)
    live = observation.subscriptions
    for one in () if isinstance(live, Unknown) else live:
        text = text.replace(f"version={one.version!r}", "version=None")
    return text


def test_the_service_behaves_where_a_reader_is_shown_nothing(tmp_path: Path) -> None:
    bare = document("fabrikam", {"id": OLD, "plan": SB, "licenses": 20}, creditReview=None, services=None)
    with opened(tmp_path, bare) as service:
        assert order(service, total=20).outcome is Outcome.ACCEPTED
        service.advance(minutes(9))
        done = only(service)
        assert (done["plan"], done["licenses"]) == (E3, 20)
        assert "assigned" not in done
        assert "offers" not in done


@pytest.mark.parametrize(
    "word", ["fabrikam.onmicrosoft.com", "FABRIKAM.onmicrosoft.com", "www.fabrikam.no", "unheard-of.example"]
)
def test_a_tenant_is_found_by_its_word_in_any_case_and_else_by_its_name(service: Commerce, word: str) -> None:
    assert look(service, TenantRef("fabrikam", word)).users == 18


def test_a_tenant_is_found_by_its_id(service: Commerce) -> None:
    found = look(service, TenantRef("elsewhere", document()["spec"]["tenantId"]))
    assert (found.name, found.users) == ("elsewhere", 18)


def test_an_unknown_tenant_is_unknown_in_every_fact(service: Commerce) -> None:
    nobody = look(service, TenantRef("nobody", "nobody.example"))
    why = Unknown("the service does not know this tenant")
    facts = (nobody.domain, nobody.tenant_id, nobody.domains, nobody.roles, nobody.users, nobody.website)
    assert set(facts) == {why}
    assert (nobody.credit_review, nobody.services, nobody.subscriptions) == (why, why, why)
    assert nobody.at == START


def test_a_word_that_two_tenants_answer_to_means_the_one_of_that_name_or_none(tmp_path: Path) -> None:
    twin = document("contoso", tenant="fabrikam.onmicrosoft.com", users=7)
    with opened(tmp_path, document(), twin) as service:
        assert look(service).users == 18
        assert isinstance(look(service, TenantRef("other", "fabrikam.onmicrosoft.com")).users, Unknown)


def test_loading_a_tenant_again_replaces_it_with_all_that_was_due(service: Commerce) -> None:
    order(service)
    stale = version(service)
    service.load([document(users=3)])
    assert service.document("fabrikam") == document(users=3)
    assert service.events() == ()
    assert version(service) != stale


def test_a_file_that_is_not_there_holds_nothing_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none" / "simulator.sqlite"
    assert not holds_tenants(path)
    assert not path.parent.exists()
    with opened(tmp_path) as service:
        service.now()
        assert not holds_tenants(tmp_path / "simulator.sqlite")
        service.load([document()])
    assert holds_tenants(tmp_path / "simulator.sqlite")


def test_a_file_that_can_not_be_read_is_unknown_and_stops_what_writes(tmp_path: Path) -> None:
    path = tmp_path / "simulator.sqlite"
    path.write_bytes(b"not a database at all, and long enough to tell" * 40)
    service = Commerce(path, CATALOGUE)
    with pytest.raises(StateUnreadable, match=r"simulator\.sqlite"):
        service.now()
    with pytest.raises(StateUnreadable):
        holds_tenants(path)
    seen = Reader(service).observe(FABRIKAM)
    assert isinstance(seen.subscriptions, Unknown)
    assert Reader(service).taken(FABRIKAM, "r1") is None


# the order


def test_an_order_starts_the_switch_and_shows_its_status_page(service: Commerce) -> None:
    assert order(service).outcome is Outcome.ACCEPTED
    assert only(service)["switch"] == {
        "state": "running",
        "to": E3,
        "orderedAt": "2026-11-23T10:00:00Z",
        "statusPageSince": "2026-11-23T10:00:00Z",
    }
    assert (only(service)["plan"], only(service)["licenses"]) == (SB, 20)
    service.advance(minutes(7.9))
    assert only(service)["switch"]["state"] == "running"


def test_a_completed_switch_leaves_a_new_subscription_with_its_users_and_offers(service: Commerce) -> None:
    order(service)
    service.advance(minutes(8))
    done = only(service)
    assert done.pop("id") != OLD
    assert done == {
        **{k: v for k, v in subscription().items() if k != "id"},
        "plan": E3,
        "licenses": 42,
        "assigned": 18,
        "offers": [E4],
    }
    assert service.next_event(FABRIKAM) is None


def test_old_billing_goes_off_with_the_order_and_new_billing_is_on_at_the_end(service: Commerce) -> None:
    order(service)
    assert list(service.hidden("fabrikam")["billing-off"]) == [OLD]
    assert OLD in service.calls()[-1]["note"]
    assert "billing off" in str(service.show("fabrikam"))
    service.advance(minutes(8))
    assert not service.hidden("fabrikam")["billing-off"]
    assert "billing off" not in str(service.show("fabrikam"))


def test_licences_are_reassigned_in_the_last_minute(service: Commerce) -> None:
    order(service)
    assert service.next_event(FABRIKAM) == START + minutes(7)
    service.advance(minutes(7))
    assert service.hidden("fabrikam")["switches"][OLD]["phase"] == "reassigning licences"
    assert service.next_event(FABRIKAM) == START + minutes(8)


def test_payment_method_and_frequency_may_change_in_the_order(tmp_path: Path) -> None:
    with opened(tmp_path, document("fabrikam", subscription(payment="invoice"))) as service:
        assert order(service, payment="card", billing="annual").outcome is Outcome.ACCEPTED
        service.advance(minutes(8))
        assert (only(service)["payment"], only(service)["billing"]) == ("card", "annual")


@pytest.mark.parametrize("changed", [{"payment": "barter"}, {"billing": "weekly"}])
def test_a_payment_or_billing_there_is_not_is_refused(service: Commerce, changed: dict[str, Any]) -> None:
    assert order(service, **changed).code == f"unknown-{next(iter(changed))}"


REFUSED_ORDERS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("role-missing", {"plan": E1, "offers": [E3]}, {"operator": {"roles": ["billing-administrator"]}}, {}),
    ("role-missing", {}, {"operator": {"roles": []}}, {}),
    ("credit-review", {}, {"creditReview": {"state": "pending", "since": "2026-11-22T10:00:00Z"}}, {}),
    ("trial", {"trial": True}, {}, {}),
    ("prepaid", {"payment": "prepaid"}, {}, {}),
    ("not-active", {"status": "suspended"}, {}, {}),
    ("switch-running", {"switch": {"state": "running", "to": E3}}, {}, {}),
    ("switch-running", {"switch": {"state": "ordered", "to": E3}}, {}, {}),
    ("not-provisioned", {"provisioned": False}, {}, {}),
    ("too-many-users", {"plan": E1, "licenses": 400, "assigned": 301, "offers": [E3]}, {}, {"total": 400}),
    ("legacy-over-25", {"licenses": 40, "assigned": 26, "preUpgrade": True}, {}, {}),
    ("license-conflict", {"assigned": 22}, {}, {}),
    ("license-conflict", {"usersWithoutLicense": 2}, {}, {}),
    ("service-unhealthy", {}, {"services": {"exchange-online": "degraded"}}, {}),
    ("not-offered", {"offers": []}, {}, {}),
    ("not-offered", {"offers": None}, {}, {"to": "exchange-online-plan-1"}),
    ("fewer-licenses", {}, {}, {"total": 19}),
    ("over-plan-cap", {}, {}, {"to": SBP, "total": 26}),
    ("not-a-count", {}, {}, {"total": 0}),
]


@pytest.mark.parametrize(("code", "members", "spec", "asked"), REFUSED_ORDERS)
def test_the_service_refuses_an_order_with_a_code_and_changes_nothing(
    tmp_path: Path, code: str, members: dict[str, Any], spec: dict[str, Any], asked: dict[str, Any]
) -> None:
    there = document("fabrikam", subscription(**members), **spec)
    with opened(tmp_path, there) as service:
        reply = order(service, **asked)
        assert (reply.outcome, reply.code) == (Outcome.REFUSED, code)
        assert "fabrikam" in reply.message
        assert service.document("fabrikam") == there
        last = service.calls()[-1]
        assert (last["outcome"], last["code"], last["taken"]) == ("refused", code, False)


@pytest.mark.parametrize(
    "members",
    [
        {"plan": E1, "licenses": 300, "assigned": 300, "offers": [E3]},
        {"licenses": 25, "assigned": 25, "preUpgrade": True},
        {"assigned": 20},
        {"offers": None},
    ],
)
def test_the_service_takes_an_order_at_the_edge(tmp_path: Path, members: dict[str, Any]) -> None:
    with opened(tmp_path, document("fabrikam", subscription(**members))) as service:
        assert order(service, total=300).outcome is Outcome.ACCEPTED


def test_a_switch_of_one_subscription_holds_orders_for_the_others(tmp_path: Path) -> None:
    other = subscription(id="other", switch={"state": "running", "to": E3})
    with opened(tmp_path, document("fabrikam", subscription(), other)) as service:
        assert order(service).code == "switch-running"


def test_an_order_without_its_version_or_with_a_stale_one_is_refused(service: Commerce) -> None:
    assert order(service, version=None, request_id="a").code == "version-missing"
    seen = version(service)
    service.set("fabrikam.main.assigned", "17")
    assert order(service, version=seen, request_id="b").code == "version-mismatch"
    assert only(service)["switch"] == {"state": "none"}


def test_an_order_for_what_is_not_there_is_refused(service: Commerce) -> None:
    missing: dict[str, Any] = {"version": "v1", "to": E3, "total": 20}
    nobody = TenantRef("nobody", "nobody.example")
    gone = service.order_switch(FABRIKAM, "gone", request_id="a", **missing)
    assert gone.code == "unknown-subscription"
    assert service.order_switch(nobody, OLD, request_id="b", **missing).code == "unknown-tenant"


def test_a_service_that_can_not_add_in_the_order_refuses_another_total(tmp_path: Path) -> None:
    with opened(tmp_path, document(), adds_in_order=False) as service:
        assert Reader(service).traits == Traits("simulator", adds_in_order=False)
        assert order(service, total=21, request_id="a").code == "add-in-order"
        assert order(service, total=20, request_id="b").outcome is Outcome.ACCEPTED


def test_the_same_calls_give_the_same_ids_and_the_same_log(tmp_path: Path) -> None:
    def run(folder: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        with opened(tmp_path / folder, document()) as service:
            order(service)
            service.advance(minutes(30))
            return only(service), service.calls()

    assert run("one") == run("two")


def test_plans_may_be_named_by_their_display_names(tmp_path: Path) -> None:
    named = subscription(plan="Office 365 Small Business", offers=["Office 365 Enterprise E3"])
    with opened(tmp_path, document("fabrikam", named)) as service:
        assert order(service, to="OFFICE 365 enterprise e3").outcome is Outcome.ACCEPTED
        assert service.calls()[-1]["before"] == {"plan": SB, "licenses": 20}
        service.advance(minutes(8))
        assert (only(service)["plan"], only(service)["offers"]) == (E3, [E4])


def test_a_chain_of_orders_gives_each_subscription_an_id_of_its_own(service: Commerce) -> None:
    ids = [OLD]
    for number, to in enumerate((E3, E4)):
        seen = version(service, ids[-1])
        target: dict[str, Any] = {"version": seen, "to": to, "total": 20, "request_id": f"r{number}"}
        assert service.order_switch(FABRIKAM, ids[-1], **target).outcome is Outcome.ACCEPTED
        service.advance(minutes(10))
        ids.append(only(service)["id"])
    assert len(set(ids)) == 3


# request ids


def test_the_same_request_id_twice_gives_one_order_and_the_same_answer(service: Commerce) -> None:
    seen = version(service)
    assert order(service, version=seen) == order(service, version=seen)
    service.advance(minutes(60))
    assert order(service, version=seen).outcome is Outcome.ACCEPTED
    orders = [call for call in service.calls() if call["operation"] == "order_switch"]
    assert [(c["taken"], c["code"]) for c in orders] == [
        (True, None),
        (False, "repeated"),
        (False, "repeated"),
    ]


def test_a_refused_request_id_stays_refused(service: Commerce) -> None:
    service.set("fabrikam.main.status", "suspended")
    assert order(service).code == "not-active"
    service.set("fabrikam.main.status", "active")
    assert order(service).code == "not-active"
    assert Reader(service).taken(FABRIKAM, "r1") is False
    assert order(service, request_id="r2").outcome is Outcome.ACCEPTED


def test_a_request_id_can_not_be_used_for_another_write(service: Commerce) -> None:
    assert order(service, total=30).outcome is Outcome.ACCEPTED
    assert order(service, total=31).code == "request-id-reused"
    assert set_licenses(service, 30).code == "request-id-reused"


def test_the_service_says_whether_it_took_a_request(service: Commerce) -> None:
    reader = Reader(service)
    assert reader.taken(FABRIKAM, "r1") is False
    order(service)
    assert reader.taken(FABRIKAM, "r1") is True
    assert [call["operation"] for call in service.calls()] == ["inquire", "read", "order_switch", "inquire"]


def order_at_once(path: str, seen: str, request_id: str, ready: Any, answers: Any) -> None:
    service = Commerce(Path(path), CATALOGUE)
    ready.wait()
    reply = service.order_switch(FABRIKAM, OLD, version=seen, to=E3, total=42, request_id=request_id)
    answers.put(reply.outcome.value)
    service.close()


def test_of_two_processes_that_order_the_same_switch_one_is_accepted(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, answers = context.Barrier(2), context.Queue()
    path = str(tmp_path / "simulator.sqlite")
    with opened(tmp_path, document()) as service:
        seen = version(service)
        workers = [
            context.Process(target=order_at_once, args=(path, seen, f"r{number}", ready, answers))
            for number in range(2)
        ]
        for worker in workers:
            worker.start()
        outcomes = sorted(answers.get(timeout=60) for _ in workers)
        for worker in workers:
            worker.join(60)
        assert outcomes == ["accepted", "refused"]
        assert sum(call["taken"] for call in service.calls()) == 1
    answers.close()
    answers.join_thread()


# credit review


@pytest.mark.parametrize("how", ["invoice", "mood"])
def test_a_credit_review_holds_the_switch_and_starts_it_by_itself(tmp_path: Path, how: str) -> None:
    other = subscription(id="other", plan=E3, offers=[E4])
    silent = subscription(id="silent", plan=E3, offers=None)
    with opened(tmp_path, document("fabrikam", subscription(), other, silent)) as service:
        if how == "mood":
            service.fault("fabrikam", "credit-review")
        payment: dict[str, Any] = {"payment": "invoice"} if how == "invoice" else {}
        assert order(service, **payment).outcome is Outcome.ACCEPTED
        shown = service.document("fabrikam")["spec"]  # type: ignore[index]
        assert shown["creditReview"] == {"state": "pending", "since": "2026-11-23T10:00:00Z"}
        assert [s["offers"] for s in shown["subscriptions"]] == [[], [], None]
        ordered = {"state": "ordered", "to": E3, "orderedAt": "2026-11-23T10:00:00Z"}
        assert shown["subscriptions"][0]["switch"] == ordered
        assert set_licenses(service, 43, "r2").code == "credit-review"
        service.advance(timedelta(days=5) - minutes(1))
        assert service.document("fabrikam")["spec"]["creditReview"]["state"] == "pending"  # type: ignore[index]
        service.advance(minutes(1))
        shown = service.document("fabrikam")["spec"]  # type: ignore[index]
        assert shown["creditReview"] == {"state": "none"}
        assert [s["offers"] for s in shown["subscriptions"]] == [[SBP, E3], [E4], None]
        assert shown["subscriptions"][0]["switch"] == {
            **ordered,
            "state": "running",
            "statusPageSince": "2026-11-28T10:00:00Z",
        }
        service.advance(minutes(8))
        assert service.document("fabrikam")["spec"]["subscriptions"][0]["plan"] == E3  # type: ignore[index]
        assert sum(c["operation"] == "order_switch" for c in service.calls()) == 1


def test_a_credit_review_takes_up_to_fourteen_days(service: Commerce) -> None:
    with pytest.raises(Refused, match="1 to 14 days"):
        service.fault("fabrikam", "credit-review", days=15)
    service.fault("fabrikam", "credit-review", days="14")
    order(service)
    assert service.next_event(FABRIKAM) == START + timedelta(days=14)


def test_no_options_known_before_a_review_are_no_options_after_it(tmp_path: Path) -> None:
    other = subscription(id="other", offers=[])
    with opened(tmp_path, document("fabrikam", subscription(), other)) as service:
        order(service, payment="invoice")
        service.advance(timedelta(days=6))
        shown = service.document("fabrikam")["spec"]["subscriptions"]  # type: ignore[index]
        assert shown[1]["offers"] == []


# loaded in the middle of things


RUNNING = {"state": "running", "to": E3, "orderedAt": "2026-11-23T09:50:00Z"}


@pytest.mark.parametrize(
    ("since", "due"),
    [("09:58:00", 6), (None, 8), ("09:35:00", 1), ("08:59:59", None)],
    ids=["in time", "first sight not known", "late", "past an hour"],
)
def test_a_loaded_switch_goes_on_from_where_it_stood(
    tmp_path: Path, since: str | None, due: float | None
) -> None:
    switch = {**RUNNING, "statusPageSince": f"2026-11-23T{since}Z"} if since else dict(RUNNING)
    there = document("fabrikam", subscription(switch=switch))
    with opened(tmp_path, there) as service:
        assert service.document("fabrikam") == there
        if due is None:
            service.advance(timedelta(days=30))
            assert only(service)["switch"] == switch
            return
        service.advance(minutes(due) - timedelta(seconds=1))
        assert only(service)["id"] == OLD
        service.advance(timedelta(seconds=1))
        assert (only(service)["plan"], only(service)["licenses"]) == (E3, 20)


def test_a_loaded_order_without_a_review_starts_by_itself(tmp_path: Path) -> None:
    with opened(
        tmp_path, document("fabrikam", subscription(switch={"state": "ordered", "to": E3}))
    ) as service:
        service.advance(minutes(1))
        assert only(service)["switch"]["statusPageSince"] == "2026-11-23T10:01:00Z"
        service.advance(minutes(8))
        assert only(service)["plan"] == E3


@pytest.mark.parametrize(
    ("since", "days"),
    [("2026-11-22T10:00:00Z", 4), ("2026-11-17T10:00:00Z", 8), (None, 5), ("2026-11-01T10:00:00Z", None)],
)
def test_a_loaded_review_goes_on_and_past_two_weeks_never_ends(
    tmp_path: Path, since: str | None, days: int | None
) -> None:
    review = {"state": "pending", "since": since} if since else {"state": "pending"}
    held = subscription(offers=[], switch={"state": "ordered", "to": E3})
    with opened(tmp_path, document("fabrikam", held, creditReview=review)) as service:
        expected = None if days is None else START + timedelta(days=days)
        assert service.next_event(FABRIKAM) == expected
        service.advance(timedelta(days=20))
        assert only(service)["plan"] == (SB if days is None else E3)


def test_a_loaded_review_hid_what_the_catalogue_lists(tmp_path: Path) -> None:
    held = document("fabrikam", subscription(offers=[]), creditReview={"state": "pending"})
    with opened(tmp_path, held) as service:
        service.advance(timedelta(days=5))
        assert only(service)["offers"] == [SBP, E1, E3, E4]


# licences


def test_a_raise_is_taken_and_changes_the_version(service: Commerce) -> None:
    seen = version(service)
    assert set_licenses(service, 25).outcome is Outcome.ACCEPTED
    assert only(service)["licenses"] == 25
    assert version(service) != seen


@pytest.mark.parametrize(
    ("code", "members", "total"),
    [
        ("trial", {"trial": True}, 21),
        ("prepaid", {"payment": "prepaid"}, 21),
        ("not-active", {"status": "expired"}, 21),
        ("over-plan-cap", {}, 26),
        ("below-assigned", {}, 17),
        ("not-a-count", {}, 0),
    ],
)
def test_the_service_refuses_a_licence_write(
    tmp_path: Path, code: str, members: dict[str, Any], total: int
) -> None:
    with opened(tmp_path, document("fabrikam", subscription(**members))) as service:
        assert set_licenses(service, total).code == code
        assert only(service)["licenses"] == 20


def test_a_raise_on_a_stale_version_is_refused_as_moved(service: Commerce) -> None:
    seen = version(service)
    service.set("fabrikam.main.licenses", "24")
    with pytest.raises(Moved):
        Writer(service).raise_licenses(Raise(FABRIKAM, OLD, seen, 20, 22, "r1"))
    assert only(service)["licenses"] == 24


def test_a_decrease_is_accepted_for_another_client(service: Commerce) -> None:
    assert set_licenses(service, 18, caller="another client").outcome is Outcome.ACCEPTED
    assert only(service)["licenses"] == 18
    assert service.calls()[-1]["caller"] == "another client"


class Ear:
    """A service that only listens."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    def order_switch(self, *_: object, total: int, **__: object) -> Reply:
        self.heard.append(total)
        return Reply(Outcome.ACCEPTED)

    set_licenses = order_switch


@given(bought=st.integers(0, 400), total=st.integers(-5, 400))
def test_a_decrease_is_never_sent_by_our_writer(bought: int, total: int) -> None:
    ear = Ear()
    writer = Writer(ear)  # type: ignore[arg-type]
    writes: tuple[tuple[int, Callable[[], None]], ...] = (
        (bought, lambda: writer.switch(SwitchOrder(FABRIKAM, OLD, "v1", bought, E3, total, "r1"))),
        (bought + 1, lambda: writer.raise_licenses(Raise(FABRIKAM, OLD, "v1", bought, total, "r1"))),
    )
    for lowest, write in writes:
        ear.heard.clear()
        if total >= lowest:
            write()
            assert ear.heard == [total]
            continue
        with pytest.raises(Refused, match="Nothing was sent"):
            write()
        assert ear.heard == []


def test_our_writer_hears_a_refusal_with_its_code(service: Commerce) -> None:
    writer = Writer(service)
    with pytest.raises(Refused) as refused:
        writer.switch(SwitchOrder(FABRIKAM, OLD, version(service), 20, E4, 20, "r1"))
    assert refused.value.code == "not-offered"
    writer.switch(SwitchOrder(FABRIKAM, OLD, version(service), 20, E3, 20, "r2"))
    assert only(service)["switch"]["state"] == "running"


def test_a_licence_write_while_a_switch_runs_is_taken_and_disturbs_it(service: Commerce) -> None:
    order(service)
    assert set_licenses(service, 21, "r2").outcome is Outcome.ACCEPTED
    assert "failed" in service.calls()[-1]["note"]
    service.advance(minutes(60))
    failed = {"state": "failed", "to": E3, "orderedAt": "2026-11-23T10:00:00Z"}
    assert (only(service)["licenses"], only(service)["switch"]) == (21, failed)


def test_every_change_of_a_subscription_changes_its_version_and_no_other(tmp_path: Path) -> None:
    with opened(tmp_path, document("fabrikam", subscription(), subscription(id="other"))) as service:
        before = (version(service), version(service, "other"))
        service.set(f"fabrikam.{OLD}.assigned", "5")
        service.set("fabrikam.users", "5")
        after = (version(service), version(service, "other"))
        assert after[0] != before[0]
        assert after[1] == before[1]


def test_a_version_never_comes_back(service: Commerce) -> None:
    seen = {version(service)}
    for total in ("21", "20", "21", "20"):
        service.set("fabrikam.main.licenses", total)
        seen.add(version(service))
    assert len(seen) == 5


# the clock


def test_the_clock_never_goes_back(service: Commerce) -> None:
    with pytest.raises(Refused, match="forward"):
        service.advance(minutes(-1))
    assert service.advance_to(START - minutes(5)) == START


def eventful() -> tuple[dict[str, Any], ...]:
    reviewed = subscription(payment="invoice")
    half_done = subscription(switch={**RUNNING, "statusPageSince": "2026-11-23T09:57:00Z"})
    return (
        document(),
        document("contoso", reviewed),
        document("tailspin", half_done),
        document("adatum", subscription(switch={"state": "ordered", "to": SBP})),
    )


@settings(deadline=None, max_examples=25)
@given(steps=st.lists(st.integers(0, 4 * 24 * 3600), min_size=1, max_size=8))
def test_one_leap_of_the_clock_equals_many_small_steps(steps: list[int]) -> None:
    def end(leaps: list[int], folder: str) -> list[Any]:
        with TemporaryDirectory(suffix=folder) as path, opened(Path(path), *eventful()) as service:
            service.fault("fabrikam", "late-visibility", minutes=5)
            order(service)
            contoso = TenantRef("contoso", "contoso.onmicrosoft.com")
            asked: dict[str, Any] = {
                "version": version(service, OLD, contoso),
                "to": E3,
                "total": 20,
                "request_id": "c1",
            }
            service.order_switch(contoso, OLD, **asked)
            for seconds in leaps:
                service.advance(timedelta(seconds=seconds))
            names = service.tenants()
            return [
                service.now(),
                *((service.document(n), service.hidden(n)) for n in names),
                service.events(),
            ]

    assert end([sum(steps)], "leap") == end(steps, "steps")


# the log


def test_the_log_holds_every_call_in_the_form_of_the_contract(service: Commerce) -> None:
    order(service)
    service.advance(minutes(10))
    read, ordered = service.calls()
    assert (read["operation"], read["before"], read["after"]) == ("read", None, None)
    assert {k: ordered[k] for k in ordered if k not in ("note", "subscription")} == {
        "at": "2026-11-23T10:00:00Z",
        "operation": "order_switch",
        "tenant": "fabrikam",
        "before": {"plan": SB, "licenses": 20},
        "after": {"plan": E3, "licenses": 42},
        "request_id": "r1",
        "outcome": "accepted",
        "code": None,
        "taken": True,
        "caller": "reconciler",
    }
    json.dumps(service.calls())


# another administrator


@pytest.mark.parametrize(
    ("path", "value", "where", "expected"),
    [
        ("fabrikam.main.licenses", "50", ("subscriptions", 0, "licenses"), 50),
        (f"fabrikam.{SB}.trial", "true", ("subscriptions", 0, "trial"), True),
        (f"fabrikam.{OLD}.offers", "[]", ("subscriptions", 0, "offers"), []),
        ("fabrikam.1.offers", f"{E3}, {E4}", ("subscriptions", 0, "offers"), [E3, E4]),
        ("fabrikam.onmicrosoft.com.main.status", "suspended", ("subscriptions", 0, "status"), "suspended"),
        ("fabrikam.main.assigned", "null", ("subscriptions", 0, "assigned"), None),
        ("fabrikam.main.switch.state", "failed", ("subscriptions", 0, "switch"), {"state": "failed"}),
        ("fabrikam.users", "310", ("users",), 310),
        ("fabrikam.services.exchange-online", "degraded", ("services", "exchange-online"), "degraded"),
        ("fabrikam.website.domain", "www.fabrikam.no", ("website", "domain"), "www.fabrikam.no"),
        ("fabrikam.operator.roles", '["administrator"]', ("operator", "roles"), ["administrator"]),
        ("fabrikam.creditReview.state", "pending", ("creditReview", "state"), "pending"),
    ],
)
def test_another_administrator_sets_one_member(
    service: Commerce, path: str, value: str, where: tuple[Any, ...], expected: object
) -> None:
    expected_document: Any = copy.deepcopy(document())
    inner = expected_document["spec"]
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = expected
    service.set(path, value)
    assert service.document("fabrikam") == expected_document
    last = service.calls()[-1]
    assert (last["operation"], last["caller"]) == ("portal", "another administrator")


@pytest.mark.parametrize(
    ("path", "value", "hint"),
    [
        ("nobody.users", "1", "fabrikam"),
        ("fabrikam.main.colour", "1", "licenses"),
        ("fabrikam.other.licenses", "1", SB),
        ("fabrikam.creditReview.mood", "1", "creditReview.state"),
        ("fabrikam.services", "healthy", "services.<service>"),
        ("fabrikam", "1", "fabrikam"),
        ("fabrikam.main.licenses", "many", "whole number"),
        ("fabrikam.main.licenses", "true", "whole number"),
        ("fabrikam.main.licenses", "-4", "at least 0"),
        ("fabrikam.main.trial", "1", "true or false"),
    ],
)
def test_a_path_or_value_there_is_not_is_refused_with_what_there_is(
    service: Commerce, path: str, value: str, hint: str
) -> None:
    with pytest.raises(Refused, match=hint):
        service.set(path, value)
    assert service.document("fabrikam") == document()
    assert service.calls() == []


def test_a_name_for_two_subscriptions_is_refused_naming_both(tmp_path: Path) -> None:
    with opened(tmp_path, document("fabrikam", subscription(), subscription(id="other"))) as service:
        for word in ("main", SB):
            with pytest.raises(Refused, match="other"):
                service.set(f"fabrikam.{word}.licenses", "30")


def test_an_administrator_who_changes_licences_disturbs_a_running_switch(service: Commerce) -> None:
    order(service)
    service.set("fabrikam.main.licenses", "22")
    assert only(service)["switch"]["state"] == "failed"


def test_credit_granted_in_the_portal_starts_what_was_ordered(service: Commerce) -> None:
    order(service, payment="invoice")
    service.set("fabrikam.creditReview.state", "none")
    assert only(service)["switch"]["state"] == "running"
    service.advance(minutes(8))
    assert (only(service)["plan"], only(service)["payment"]) == (E3, "invoice")
    assert service.events() == ()


def test_a_failed_switch_that_support_has_settled_can_be_ordered_again(service: Commerce) -> None:
    service.fault("fabrikam", "switch-fails")
    order(service)
    service.advance(minutes(8))
    assert only(service)["switch"]["state"] == "failed"
    service.set("fabrikam.main.switch.state", "none")
    assert not service.hidden("fabrikam")["billing-off"]
    assert order(service, request_id="r2").outcome is Outcome.ACCEPTED


def test_the_page_of_a_tenant_shows_its_subscriptions_and_what_is_due(service: Commerce) -> None:
    order(service)
    page = str(service.show("fabrikam"))
    assert "20 licences, 18 assigned" in page
    assert "due 2026-11-23T10:08:00Z: complete" in page
    assert service.show("nobody") is None
    assert service.document("nobody") is None


def test_every_refusal_has_its_sentence() -> None:
    codes = {code for code, _ in (*ORDER, *LICENSES)}
    assert all(f"simulator.refused.{code}" in SIMULATOR for code in codes)

"""A look of the live reader: what is asked of whom, and that nothing which was not said is ever taken for known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from wired import CUSTOMER, Nobody, Wired, answer
from worlds import declare, want

from reconciler.adapters.files import load_catalogue
from reconciler.adapters.microsoft.bought import Glass
from reconciler.adapters.microsoft.calling import Bearer, Calls, Patience
from reconciler.adapters.microsoft.graph import Graph
from reconciler.adapters.microsoft.naming import Naming
from reconciler.adapters.microsoft.pace import Pace
from reconciler.adapters.microsoft.partner_center import PartnerCenter
from reconciler.adapters.microsoft.reader import Reader
from reconciler.adapters.microsoft.switching import TransitionType
from reconciler.change_plan import Verdict
from reconciler.decide import decide
from reconciler.drift.kinds import Confirming
from reconciler.drift.looking import drift_of
from reconciler.drift.values import DriftReport, Remembered
from reconciler.judged import Judged
from reconciler.memory import Baseline, Memory, Standing
from reconciler.model import Acknowledgement, Declaration, Unmanaged
from reconciler.observe import LiveSubscription, Observation, TenantRef, Traits, Unknown
from reconciler.status import Health, Sync, status_of

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
TODAY = load_catalogue("microsoft365")
ROOT = "https://graph.example"
BASIC, STANDARD, E3 = "microsoft-365-business-basic", "microsoft-365-business-standard", "microsoft-365-e3"
PRODUCT = {BASIC: "CFQ7TTC0LH18:0001", STANDARD: "CFQ7TTC0LDPB:0001"}
SKU = {BASIC: "3b555118-da6a-4418-894f-7df1e2096870", STANDARD: "f245ecc8-75af-4f8e-b61f-27d8114de5f3"}
OFFER = {STANDARD: "031c9e47-4802-4248-838e-778fb1d2cc05"}
CONTOSO = "contoso.onmicrosoft.com"
GRAPH_BATCH = "/v1.0/$batch"


def sub(id_: str = "a", plan: str = BASIC, **members: Any) -> dict[str, Any]:
    """A subscription of new commerce: 20 licences, active, its term ends in a year."""
    return {
        "id": id_,
        "offerId": f"{PRODUCT[plan]}:CFQ7TTC0K971",
        "offerName": TODAY.plans[plan].name,
        "productType": {"id": "OnlineServicesNCE"},
        "billingType": "license",
        "billingCycle": "monthly",
        "termDuration": "P1Y",
        "quantity": 20,
        "status": "active",
        "isTrial": False,
        "isMicrosoftProduct": True,
        "contractType": "subscription",
        "autoRenewEnabled": True,
        "commitmentEndDateTime": "2027-11-26T00:00:00Z",
        "creationDate": "2025-11-26T00:00:00Z",
        "orderId": f"order-{id_}",
        **members,
    }


def legacy(id_: str, **members: Any) -> dict[str, Any]:
    body = sub(id_, STANDARD, offerId=OFFER[STANDARD], **members)
    return {name: value for name, value in body.items() if name != "productType"}


def items(*bodies: object) -> dict[str, Any]:
    return {"totalCount": len(bodies), "items": list(bodies)}


def gsku(plan: str = BASIC, consumed: object = 12, ids: object = ("d1",)) -> dict[str, Any]:
    found = {"skuId": SKU[plan], "skuPartNumber": TODAY.plans[plan].skus[0], "consumedUnits": consumed}
    return {**found, "subscriptionIds": list(ids)} if isinstance(ids, tuple) else found


def twin(id_: str = "a", plan: str = BASIC, **members: Any) -> dict[str, Any]:
    part = TODAY.plans[plan].skus[0]
    inside = [{"servicePlanName": "EXCHANGE", "provisioningStatus": "Success"}]
    found = {"id": "d1", "commerceSubscriptionId": id_, "skuId": SKU[plan], "skuPartNumber": part}
    return {**found, "serviceStatus": inside, **members}


DOMAINS = ({"id": CONTOSO, "isVerified": True, "supportedServices": ["Email"]},)
HEALTHY = ({"id": "Exchange", "service": "Exchange Online", "status": "serviceOperational", "issues": []},)


@dataclass
class World:
    """What both services say of one tenant; ``more`` by the end of a path below the customer."""

    sold: tuple[Any, ...] = (sub(),)
    domains: tuple[Any, ...] = DOMAINS
    skus: tuple[Any, ...] = (gsku(),)
    twins: tuple[Any, ...] = (twin(),)
    health: tuple[Any, ...] = HEALTHY
    more: Mapping[str, Any] = field(default_factory=dict)
    customer: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, Any] = field(default_factory=dict)
    naming: Naming = field(default_factory=lambda: Naming(TODAY))

    def __post_init__(self) -> None:
        here = f"/v1/customers/{CUSTOMER}"
        profile = {"id": CUSTOMER, "companyProfile": {"domain": CONTOSO}, "relationshipToPartner": "reseller"}
        told = {
            "domains": self.domains,
            "skus": self.skus,
            "subscriptions": self.twins,
            "health": self.health,
        }
        parts: list[Any] = [
            {"id": name, "status": 200, "body": {"value": list(values)}, **self.parts.get(name, {})}
            for name, values in told.items()
        ]
        users = [{"id": f"user-{n}", "licenseAssignmentStates": []} for n in range(12)]
        parts += [
            {"id": "users", "status": 200, "body": {"@odata.count": 12, "value": users[:1]}},
            {"id": "states", "status": 200, "body": {"value": users}},
        ]
        reads: dict[str, Any] = {
            "/v1/customers?size=0": [answer(items({**profile, **self.customer}))],
            "/v1/customers?size=500": [answer(items({**profile, **self.customer}))],
            f"{here}/subscriptions": [answer(items(*self.sold))],
            f"{here}/orders/": [answer({"id": "o", "status": "completed", "creationDate": "2025-11-26"})],
            "/v1.0/users": [answer({"value": []})],
            GRAPH_BATCH: [answer({"responses": parts})],
        }
        for one in self.sold:
            base = f"{here}/subscriptions/{one['id']}"
            reads[f"{base}/transitions"] = [answer(items())]
            reads[f"{base}/transitionEligibilities"] = [answer(items())]
            reads[f"{base}/upgrades"] = [answer(items())]
            reads[f"{base}/addons"] = [answer(items())]
            reads[f"{base}/provisioningstatus"] = [answer({"status": "success", "quantity": 20})]
        for path, body in self.more.items():
            reads[f"{here}/{path}"] = [answer(body)]
        self.wire = Wired(reads)
        calls, patience = cast("Calls", self.wire), Patience(sleep=lambda _: None)
        way, traits = TransitionType.WITH_LICENSES, Traits("microsoft", adds_in_order=False)
        self.reader = Reader(
            PartnerCenter(calls, Nobody()),
            Graph(calls, ROOT, Pace(None), patience, delegated=False),
            lambda customer: cast("Bearer", Nobody()),
            Glass(
                self.naming, way, TODAY.health, replace(traits, visible_within=None), frozenset({"reseller"})
            ),
            lambda: AT,
        )

    def look(self, declared: Declaration | None = None) -> Observation:
        return self.reader.observe(TenantRef("contoso", CONTOSO, declared))

    def one(self, declared: Declaration | None = None) -> LiveSubscription:
        found = self.look(declared).subscriptions
        assert not isinstance(found, Unknown), found
        return found[0]

    def asked(self) -> list[str]:
        """What was asked of Partner Center below the customer, sorted."""
        below = f"/v1/customers/{CUSTOMER}/"
        return sorted(p.removeprefix(below).partition("?")[0] for p in self.wire.asked if p.startswith(below))


def contoso(*wishes: Any, **overrides: Any) -> Declaration:
    return declare("contoso", *(wishes or (want("main", BASIC, 20),)), **overrides)


def drift(declared: Declaration, seen: Observation, baseline: Baseline | None = None) -> DriftReport:
    memory = Memory(baseline=baseline)
    plan = decide(declared, seen, memory, TODAY)
    kept = Remembered(baseline)
    return drift_of(declared, seen, plan, memory, kept, TODAY, Confirming())


def stood(**licenses: int) -> Baseline:
    known = {id_: Standing("main", BASIC, count, "active", trial=False) for id_, count in licenses.items()}
    return Baseline(known, frozenset(known), AT)


RUNS = items(
    {
        "toCatalogItemId": f"{PRODUCT[STANDARD]}:X",
        "events": [{"name": "Conversion", "status": "Started", "timestamp": "2026-11-26T11:00:00Z"}],
    }
)


# A tenant that is as declared


def test_of_a_tenant_that_is_as_declared_little_is_asked_and_that_is_no_trouble_of_its() -> None:
    world, declared = World(), contoso()
    seen = world.look(declared)
    assert world.asked() == ["subscriptions", "subscriptions/a/transitions"]
    plan = decide(declared, seen, Memory(), TODAY)
    status = status_of(Judged(declared, seen, Memory(), plan), {})
    assert (status.sync, status.health, status.ails) == (Sync.IN_SYNC, Health.HEALTHY, ())
    assert "no-credit-review" not in {c.name for c in status.conditions}
    report = drift(declared, seen)
    # Services that the page does not show are unread; what was not asked for is not.
    assert {lost.field.partition(".")[0] for lost in report.unread} == {"services"}
    assert report.drift == ()


def test_what_was_asked_and_not_told_is_trouble_as_before() -> None:
    declared = contoso()
    world = World(skus=())
    assert {lost.field for lost in drift(declared, world.look(declared)).unread} >= {"assigned"}


@pytest.mark.parametrize(
    "differs",
    [
        {"quantity": 19},
        {"quantity": None},
        {"status": "suspended"},
        {"status": "expired"},
        {"status": None},
        {"offerId": f"{PRODUCT[STANDARD]}:X", "offerName": "Microsoft 365 Business Standard"},
    ],
)
def test_whatever_is_not_as_declared_is_looked_into(differs: dict[str, Any]) -> None:
    world = World(sold=(sub(**differs),), twins=(), skus=())
    world.look(contoso())
    assert "orders/order-a" in world.asked()


def test_more_licences_than_declared_ask_for_no_write_and_so_for_no_more_looks() -> None:
    world, declared = World(sold=(sub(quantity=21),)), contoso()
    seen = world.look(declared)
    assert world.asked() == ["subscriptions", "subscriptions/a/transitions"]
    assert [finding.field for finding in drift(declared, seen, stood(a=20)).unconfirmed] == ["licenses"]


def test_two_of_one_plan_are_looked_into_unless_each_is_named() -> None:
    both = World(sold=(sub("a"), sub("b")))
    both.look(contoso())
    assert "orders/order-a" in both.asked()
    named = World(sold=(sub("a"), sub("b")))
    named.look(contoso(want("main", BASIC, 20, "a"), want("more", BASIC, 20, "b")))
    assert named.asked() == ["subscriptions", "subscriptions/a/transitions", "subscriptions/b/transitions"]


def test_a_switch_under_way_that_shows_its_plan_already_is_looked_into() -> None:
    declared = contoso(want("main", STANDARD, 20))
    world = World(sold=(sub("a", STANDARD),), more={"subscriptions/a/transitions": RUNS}, twins=(), skus=())
    one = world.one(declared)
    assert not isinstance(one.switch, Unknown)
    assert (one.plan, one.switch.state, one.switch.to) == (STANDARD, "running", STANDARD)
    assert "orders/order-a" in world.asked()


# What drift needs


def test_licences_that_somebody_lowered_are_drift_and_not_unread() -> None:
    declared = contoso()
    for status, told in (("Success", True), ("PendingInput", False)):
        inside = [{"servicePlanName": "EXCHANGE", "provisioningStatus": status}]
        world = World(sold=(sub(quantity=18),), twins=(twin(serviceStatus=inside),))
        report = drift(declared, world.look(declared), stood(a=20))
        assert not any(lost.address == "main" and lost.field == "provisioned" for lost in report.unread)
        assert bool(report.unconfirmed) is told
        assert bool(report.under_way) is not told


def test_a_legacy_number_that_somebody_raised_is_drift_and_not_unread() -> None:
    declared, twins = contoso(want("main", STANDARD, 20)), (twin("a", STANDARD),)
    baseline = Baseline({"a": Standing("main", STANDARD, 20, "active", trial=False)}, frozenset({"a"}), AT)
    world = World(sold=(legacy("a", quantity=25),), twins=twins, skus=(gsku(STANDARD),))
    report = drift(declared, world.look(declared), baseline)
    assert [found.field for found in report.unconfirmed] == ["licenses"]
    assert not any(lost.address == "main" and lost.field == "switch" for lost in report.unread)


def test_a_subscription_that_nobody_knew_is_drift_though_nobody_asked_for_its_switches() -> None:
    declared = contoso()
    world = World(sold=(sub("a"), sub("new", STANDARD)))
    report = drift(declared, world.look(declared), stood(a=20))
    assert [found.scope for found in report.unconfirmed] == ["new"]


# What a step needs


def depth(world: World, id_: str = "a") -> bool:
    return f"subscriptions/{id_}/transitionEligibilities" in world.asked()


def test_a_named_subscription_may_be_switched_though_its_plan_is_listed_as_unmanaged() -> None:
    listed = Unmanaged(BASIC, None, "sold by another")
    world = World(sold=(sub("a"), sub("b")))
    world.look(contoso(want("main", STANDARD, 20, "a"), unmanaged=(listed,)))
    assert (depth(world, "a"), depth(world, "b")) == (True, False)


def test_where_a_name_means_nothing_yet_every_one_may_be_what_it_means() -> None:
    world = World(sold=(sub("a"), sub("heir", BASIC)))
    world.look(contoso(want("main", STANDARD, 20, "gone"), want("more", BASIC, 20, "a")))
    assert depth(world, "heir")


def offered(title: str = "Microsoft 365 Business Standard", product: str = PRODUCT[STANDARD]) -> Any:
    way = {"isEligible": True, "transitionType": "transition_with_license_transfer", "errors": []}
    return items({"catalogItemId": f"{product}:X", "title": title, "quantity": 20, "eligibilities": [way]})


UPGRADE = contoso(want("main", STANDARD, 20), acknowledge=Acknowledgement(no_way_back=STANDARD))


def verdict(world: World, declared: Declaration = UPGRADE) -> Verdict:
    return decide(declared, world.look(declared), Memory(), TODAY).verdict


def ready(**members: Any) -> World:
    """A tenant of which all is known that an upgrade from Basic to Standard needs."""
    services = {s for plan in (BASIC, STANDARD) for s in TODAY.plans[plan].services}
    words = {"status": "serviceOperational", "issues": []}
    health = tuple({"id": f"h-{s}", "service": TODAY.services[s], **words} for s in sorted(services))
    more = {"subscriptions/a/transitionEligibilities": offered(), **members.pop("more", {})}
    set_up = {"servicePlanName": "EXCHANGE", "provisioningStatus": "Success"}
    other = members.pop("twin", {})
    twins = (twin(serviceStatus=[set_up], **other),)
    return World(sold=(sub(**members),), more=more, health=health, twins=twins)


FOREIGN = {"skuId": "99999999-0000-4000-8000-000000000009", "skuPartNumber": "POWER_BI_PRO"}


def test_an_upgrade_is_judged_as_one_to_apply_where_all_is_known() -> None:
    assert verdict(ready()) is Verdict.APPLY


@pytest.mark.parametrize(
    ("members", "more"),
    [
        # What it is that is to be switched.
        ({"offerId": "CFQ7TTC0ABCD:0001:X", "offerName": "Power BI Pro", "twin": FOREIGN}, {}),
        ({"offerId": "CFQ7TTC0ABCD:0001:X", "offerName": BASIC, "twin": FOREIGN}, {}),
        ({"twin": {**FOREIGN, "skuId": SKU[STANDARD]}}, {}),
        ({"offerName": "Microsoft 365 Business Premium"}, {}),
        ({"productType": {"id": "Odd"}}, {}),
        ({"status": "expired"}, {}),
        ({"status": "suspended"}, {}),
        ({"isTrial": True}, {}),
        ({"isTrial": None}, {}),
        # What is on offer.
        ({}, {"subscriptions/a/transitionEligibilities": offered(product="CFQ7TTC0ABCD:0001")}),
        ({}, {"subscriptions/a/transitionEligibilities": offered("Microsoft 365 Business Premium")}),
        ({}, {"subscriptions/a/transitionEligibilities": {"code": 1, "description": "no"}}),
        # What goes on.
        ({}, {"subscriptions/a/transitions": RUNS}),
        ({}, {"subscriptions/a/transitions": {"items": [{"events": "odd"}]}}),
        ({}, {"subscriptions/a/provisioningstatus": {}}),
        ({}, {"subscriptions/a/addons": {}}),
        ({}, {"orders/order-a": {}}),
        ({"contractType": None}, {}),
        ({"commitmentEndDateTime": "soon"}, {}),
    ],
)
def test_an_upgrade_is_never_to_apply_where_something_of_it_is_not_known(
    members: dict[str, Any], more: dict[str, Any]
) -> None:
    assert verdict(ready(**members, more=more)) is not Verdict.APPLY


# Nothing becomes known by itself


def test_users_of_a_licence_are_not_those_of_one_subscription_where_that_can_not_be_told() -> None:
    assert World().one().assigned == 12
    for skus in ((gsku(ids=None),), (gsku(ids=("d1", "d2")),), (gsku(consumed=None),), ()):
        assert isinstance(World(skus=skus).one().assigned, Unknown)
    # None at all are none of each.
    assert World(skus=(gsku(consumed=0, ids=None),)).one().assigned == 0


def test_a_subscription_is_set_up_only_if_it_says_so_and_the_directory_does_not_deny_it() -> None:
    def told(status: object, *plans: str) -> object:
        inside = [{"servicePlanName": "EXCHANGE", "provisioningStatus": plan} for plan in plans]
        body = {} if status is None else {"status": status}
        more = {"subscriptions/a/provisioningstatus": body}
        return World(more=more, twins=(twin(serviceStatus=inside),)).one().provisioned

    assert told("success", "Success") is told("success") is True
    assert told("success", "PendingInput") is told("pending", "Success") is told("odd") is False
    assert isinstance(told(None, "Success"), Unknown)


def test_a_domain_is_the_tenants_own_only_if_it_is_verified() -> None:
    mine, other = DOMAINS[0], {"id": "victim.example", "supportedServices": []}
    assert World(domains=(mine, {**other, "isVerified": False})).look().domains == (CONTOSO,)
    assert isinstance(World(domains=(mine, other)).look().domains, Unknown)


def test_a_service_is_not_healthy_where_one_of_its_rows_can_not_be_read() -> None:
    bad = {"id": "Exchange", "service": "Exchange Online", "issues": []}
    for rows in ((*HEALTHY, bad), (bad, *HEALTHY)):
        assert World(health=rows).look().services == {}
    ill = {**bad, "status": "serviceDegradation"}
    assert World(health=(ill, bad)).look().services == {"exchange-online": "degraded"}


def test_an_order_under_review_holds_and_a_word_nobody_knows_may_hold() -> None:
    def review(body: Any) -> Any:
        return World(more={"orders/order-a": body}).look().credit_review

    assert review({"status": "pending review", "creationDate": "2026-11-20T00:00:00Z"}).state == "pending"
    assert review({"status": "frozen"}).state == "frozen"
    assert isinstance(review({}), Unknown)
    assert isinstance(World(sold=(sub(orderId=None),)).look().credit_review, Unknown)


def test_a_list_that_was_not_read_whole_is_not_known() -> None:
    for body in (
        {"totalCount": 2, "items": [sub()]},
        items(sub(), sub()),
        {"items": [{**sub(), "id": None}]},
        {"items": [sub()], "links": {"next": {"uri": "https://elsewhere.example/v1/customers"}}},
        {"items": [sub()], "links": {"next": {"uri": f"/customers/{CUSTOMER}/subscriptions"}}},
        {"code": 400072, "description": "no"},
    ):
        world = World(more={"subscriptions": body})
        seen = world.look(contoso())
        assert isinstance(seen.subscriptions, Unknown)
        assert decide(contoso(), seen, Memory(), TODAY).steps == ()


@pytest.mark.parametrize("asked", ["inf", "1e999", "nan", "-5", "999999999", "Wed, 21 Oct 9999 07:28:30 GMT"])
def test_a_nonsense_wait_of_a_part_neither_breaks_the_look_nor_silences_the_tenant(asked: str) -> None:
    busy = {"status": 429, "headers": {"Retry-After": asked}, "body": {}}
    seen = World(parts={"skus": busy}).look(contoso())
    assert isinstance(seen.subscriptions, tuple)
    assert isinstance(seen.subscriptions[0].assigned, Unknown)
    assert seen.later is None or seen.later <= timedelta(days=1)


def test_a_customer_whose_id_is_no_guid_is_asked_nothing_of() -> None:
    for odd in ("../common", "", None, "contoso"):
        world = World(customer={"id": odd})
        seen = world.look(contoso())
        assert isinstance(seen.subscriptions, Unknown)
        assert isinstance(seen.domains, Unknown)
        assert (world.asked(), GRAPH_BATCH in world.wire.asked) == ([], False)


# Many at once


def test_a_bug_in_one_look_costs_none_of_the_others() -> None:
    world = World()
    whole = world.reader._gather

    def gather(ref: TenantRef, ear: Any) -> Any:
        if ref.name == "odd":
            raise TypeError("a secret of theirs")
        return whole(ref, ear)

    world.reader._gather = gather  # type: ignore[method-assign]
    refs = [TenantRef(name, CONTOSO) for name in ("one", "odd", "two")]
    one, odd, two = world.reader.observe_all(refs)
    assert [look.name for look in (one, odd, two)] == ["one", "odd", "two"]
    assert not isinstance(one.subscriptions, Unknown)
    assert not isinstance(two.subscriptions, Unknown)
    assert isinstance(odd.subscriptions, Unknown)
    assert isinstance(odd.domains, Unknown)
    assert "TypeError at test_live_reader.py:" in odd.subscriptions.reason
    assert "secret" not in odd.subscriptions.reason


def test_the_order_of_what_is_not_declared_is_not_asked_for() -> None:
    listed = Unmanaged(STANDARD, None, "sold by another")
    world = World(sold=(sub("a"), sub("other", STANDARD)))
    world.look(contoso(want("main", BASIC, 25), unmanaged=(listed,)))
    assert [path for path in world.asked() if path.startswith("orders/")] == ["orders/order-a"]
    world.look()
    assert "orders/order-other" in world.asked()

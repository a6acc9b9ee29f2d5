"""Drift as a value: what a look shows beside what is remembered, and the laws that hold for every tenant."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenes import E1, E3, EXCHANGE, ID, NOON, OTHER_ID, SB, SBP, catalogue, observation, switch_state
from scenes import declaration as file
from scenes import live_subscription as bought
from strategies import Case, cases, poorer
from test_laws import world_of
from test_promises import WRITE_FAULTS, Fault
from worlds import World, declare, seen, want

from reconciler.baseline import bought_back
from reconciler.baseline import stood as licences_stood
from reconciler.decide import decide
from reconciler.drift.grouping import grouped
from reconciler.drift.kinds import Cause, Confirm, Confirming, Direction, Kind
from reconciler.drift.looking import drift_of, told
from reconciler.drift.values import Change, DriftReport, Finding, Remembered
from reconciler.match import match
from reconciler.memory import Baseline, Intent, Memory, Settled, Standing, keys_of
from reconciler.model import Action, Declaration, DeclaredSubscription, Place, Subscription, Unmanaged
from reconciler.observe import Fact, Observation, TenantRef, Unknown

QUICK = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
SLOW = settings(QUICK, max_examples=60)
AT_ONCE = Confirming(Confirm(1), {})
THROTTLED = Unknown("throttled")
PLACE = Place("fabrikam.yaml", 9, 7)


def wants(plan: str = E3, licenses: int | None = 42, pin: str | None = None, **spec: Any) -> Declaration:
    return file(subscriptions=(DeclaredSubscription("main", plan, licenses, pin, PLACE),), **spec)


def shows(*subscriptions: Any, **facts: Any) -> Observation:
    there = subscriptions or (bought(plan=E3, licenses=42),)
    return observation(subscriptions=there, **facts)


def stood(**subscriptions: Standing) -> Remembered:
    """A baseline in which these stood, by id, and nothing else was there."""
    ids = {{"main": ID, "other": OTHER_ID}[name]: standing for name, standing in subscriptions.items()}
    return Remembered(Baseline(ids, frozenset(ids), NOON, website="www.fabrikam.no"))


AS_DECLARED = stood(main=Standing("main", E3, 42, "active", False))


def look(
    declared: Declaration,
    shown: Observation,
    before: Fact[Remembered] = AS_DECLARED,
    memory: Memory = Memory(),  # noqa: B008 - frozen
    confirming: Confirming = AT_ONCE,
) -> DriftReport:
    plan = decide(declared, shown, memory, catalogue())
    return drift_of(declared, shown, plan, memory, before, catalogue(), confirming)


def kinds(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.kind.value for finding in findings]


def silent(report: DriftReport) -> bool:
    lists = (report.wanted, report.outside, report.service, report.unconfirmed, report.under_way, report.gone)
    return not any(lists)


# whose doing it is


def test_a_tenant_that_is_as_declared_has_no_drift() -> None:
    report = look(wants(), shows())
    assert silent(report)
    assert report.unread == ()


def test_where_nobody_knows_how_it_stood_a_difference_is_taken_as_wanted() -> None:
    report = look(wants(licenses=50), shows(), Remembered())
    assert (kinds(report.wanted), report.outside, report.baseline_at) == (["licenses-below"], (), None)


def test_what_stands_as_it_stood_is_wanted_by_the_commit() -> None:
    report = look(wants(licenses=50), shows())
    assert (kinds(report.wanted), report.outside) == (["licenses-below"], ())


def test_what_does_not_stand_as_it_stood_was_changed_outside() -> None:
    report = look(wants(), shows(bought(plan=E3, licenses=50)))
    (found,) = report.outside
    assert (found.kind, found.field, found.declared, found.live, found.before) == (
        Kind.LICENSES_ABOVE, "licenses", 42, 50, 42,
    )  # fmt: skip
    assert (found.direction, found.delta, found.address, found.subscription_id) == (
        Direction.UP, 8, "main", ID,
    )  # fmt: skip
    assert report.wanted == ()


def test_what_moved_since_the_first_look_was_changed_outside_although_it_never_was_as_declared() -> None:
    declared = wants(licenses=40)
    first = look(declared, shows(bought(plan=E3, licenses=48)), Remembered())
    assert (kinds(first.wanted), first.outside) == (["licenses-above"], ())
    assert first.kept
    again = look(declared, shows(bought(plan=E3, licenses=55)), first.kept)
    assert [(f.kind, f.before, f.live) for f in again.outside] == [(Kind.LICENSES_ABOVE, 48, 55)]
    assert again.wanted == ()


def test_the_two_are_told_apart_member_by_member() -> None:
    report = look(
        wants(plan=E3, licenses=42), shows(bought(plan=E1, licenses=45)), stood(main=Standing("main", E1, 42))
    )
    assert [(f.kind, f.field) for f in report.wanted] == [(Kind.PLAN_CHANGED, "plan")]
    assert [(f.kind, f.field) for f in report.outside] == [(Kind.LICENSES_ABOVE, "licenses")]


def test_a_change_that_the_file_wants_as_well_is_nobodys_drift_and_stands_from_now_on() -> None:
    report = look(wants(licenses=50), shows(bought(plan=E3, licenses=50)))
    assert silent(report)
    assert report.kept
    again = look(wants(licenses=60), shows(bought(plan=E3, licenses=50)), report.kept)
    assert (kinds(again.wanted), again.outside) == (["licenses-below"], ())


def test_a_number_nobody_declares_is_nobodys_difference() -> None:
    assert silent(look(wants(licenses=None), shows(bought(plan=E3, licenses=70))))


def test_somebody_elses_switch_that_changed_the_id_is_one_changed_plan() -> None:
    report = look(wants(), shows(bought(id=OTHER_ID, plan=E1, licenses=42)))
    assert [(f.kind, f.before, f.live) for f in report.outside] == [(Kind.PLAN_CHANGED, E3, E1)]
    assert report.kept
    assert report.kept.baseline
    assert report.kept.baseline.subscriptions == {OTHER_ID: Standing("main", E3, 42, "active", False)}


@pytest.mark.parametrize("still_there", [True, False])
def test_a_pin_moved_by_the_commit_is_not_taken_for_a_change_outside(still_there: bool) -> None:
    known = Remembered(Baseline({ID: Standing("main", E3, 42)}, frozenset({ID, OTHER_ID}), NOON))
    old, new = bought(plan=E3, licenses=42), bought(id=OTHER_ID, plan=E1, licenses=5, assigned=5)
    report = look(wants(pin=OTHER_ID), shows(*((old, new) if still_there else (new,))), known)
    assert report.outside == ()
    assert kinds(report.wanted) == ["plan-changed", "licenses-below"]


def test_a_subscription_that_is_gone_is_told_with_what_it_held() -> None:
    report = look(
        wants(), shows(bought(id=OTHER_ID, plan=EXCHANGE, licenses=3)), memory=Memory(bindings={"main": ID})
    )
    gone = next(f for f in report.outside if f.kind is Kind.SUBSCRIPTION_GONE)
    assert (gone.subscription_id, gone.plan, gone.before, gone.live) == (ID, E3, 42, None)
    nothing = look(wants(), replace(shows(), subscriptions=()))
    assert kinds(nothing.outside) == ["subscription-gone"]


def test_a_declared_subscription_that_never_was_there_is_only_wanted() -> None:
    report = look(wants(), replace(shows(), subscriptions=()), stood())
    assert (kinds(report.wanted), report.outside) == (["subscription-gone"], ())


def test_a_new_subscription_is_told_until_a_file_speaks_of_it() -> None:
    there = (bought(plan=E3, licenses=42), bought(id=OTHER_ID, plan=EXCHANGE, licenses=12))
    report = look(wants(), shows(*there))
    (new,) = report.outside
    assert (new.kind, new.subscription_id, new.plan, new.live) == (
        Kind.SUBSCRIPTION_NEW,
        OTHER_ID,
        EXCHANGE,
        12,
    )
    assert report.kept
    assert kinds(look(wants(), shows(*there), report.kept).outside) == ["subscription-new"]
    listed = wants(unmanaged=(Unmanaged(EXCHANGE, None, "bought by a reseller"),))
    after = look(listed, shows(*there), report.kept)
    assert (after.outside, kinds(after.gone)) == ((), ["subscription-new"])


def test_the_first_look_finds_nothing_new() -> None:
    there = (bought(plan=E3, licenses=42), bought(id=OTHER_ID, plan=EXCHANGE, licenses=12))
    assert silent(look(wants(), shows(*there), Remembered()))


def test_another_address_of_the_website_is_drift_only_where_it_was_the_declared_one() -> None:
    moved = shows(website="www.other.no")
    declared = wants(website="WWW.fabrikam.no.")
    assert kinds(look(declared, moved).outside) == ["website-changed"]
    assert kinds(look(declared, moved, Remembered()).wanted) == ["website-changed"]
    assert silent(look(declared, shows()))
    assert silent(look(wants(), moved))


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"status": "expired"}, "expired"),
        ({"status": "LockedOut"}, "expired"),
        ({"status": "suspended"}, "suspended"),
        ({"status": "warning"}, "warning-period"),
        ({"status": "in-grace"}, "warning-period"),
        ({"status": "expired", "trial": True}, "trial-ended"),
        ({"users_without_license": 2}, "license-conflict"),
        ({"assigned": 43}, "license-conflict"),
        ({"assigned": 50, "users_without_license": THROTTLED}, "license-conflict"),
    ],
)
def test_what_the_service_does_by_itself_is_a_list_of_its_own(members: dict[str, Any], kind: str) -> None:
    report = look(wants(), shows(bought(**{"plan": E3, "licenses": 42, **members})))
    assert kinds(report.service) == [kind]
    assert (report.wanted, report.outside) == ((), ())


def test_a_trial_that_is_no_longer_called_one_has_ended_all_the_same() -> None:
    tried = stood(main=Standing("main", E3, 42, "active", True))
    assert kinds(look(wants(), shows(bought(plan=E3, licenses=42, status="expired")), tried).service) == [
        "trial-ended"
    ]


def test_each_ailing_service_of_a_managed_plan_is_named_and_others_are_not() -> None:
    services = {"exchange-online": "degraded", "sharepoint-online": "healthy", "lync-online": "interrupted"}
    report = look(wants(), shows(services={**services, "office-online": "healthy", "yammer": "degraded"}))
    assert [(f.field, f.live) for f in report.service] == [
        ("services.exchange-online", "degraded"),
        ("services.lync-online", "interrupted"),
    ]


# what is neither


@pytest.mark.parametrize(
    "members",
    [
        {"switch": switch_state("running", to=E1)},
        {"switch": switch_state("ordered", to=E1)},
        {"provisioned": False},
    ],
)
def test_what_a_switch_or_setting_up_explains_is_under_way_and_never_counts(members: dict[str, Any]) -> None:
    before = AS_DECLARED
    for _ in range(4):
        report = look(wants(), shows(bought(plan=E3, licenses=50, status="suspended", **members)), before)
        assert kinds(report.under_way) == ["licenses-above", "suspended"]
        assert (report.outside, report.service, report.unconfirmed) == ((), (), ())
        assert report.kept
        before = report.kept
    assert before.sightings == {}


def intent(settled: Settled | None, *, seen_: bool = False, total: int = 50, **members: Any) -> Intent:
    held = Subscription(E3, 42), Subscription(E3, total)
    written = Intent("i", "t", "main", Action.ADD, ID, *held, "r", 0, (ID,), NOON, NOON, settled, seen_)
    return replace(written, **members)


def test_what_a_write_of_ours_may_still_explain_is_under_way() -> None:
    open_ = Memory(intents=(intent(None),))
    assert kinds(look(wants(licenses=50), shows(bought(plan=E3, licenses=45)), memory=open_).under_way) == [
        "licenses-below"
    ]


def test_what_our_own_write_left_is_what_stands_from_then_on() -> None:
    done = Memory(intents=(intent(Settled.DONE, seen_=True),))
    report = look(wants(licenses=60), shows(bought(plan=E3, licenses=50)), memory=done)
    assert (kinds(report.wanted), report.outside) == (["licenses-below"], ())
    lowered = look(wants(licenses=60), shows(bought(plan=E3, licenses=45)), memory=done)
    assert [(f.before, f.live) for f in lowered.outside] == [(50, 45)]


def test_a_write_of_ours_is_counted_once_and_not_again_after_the_file_has_adopted_another_number() -> None:
    done = Memory(intents=(intent(Settled.DONE, seen_=True),))
    adopted = look(wants(licenses=55), shows(bought(plan=E3, licenses=55)), memory=done)
    assert adopted.kept
    report = look(wants(licenses=60), shows(bought(plan=E3, licenses=55)), adopted.kept, memory=done)
    assert (kinds(report.wanted), report.outside) == (["licenses-below"], ())


def test_a_switch_of_ours_takes_its_baseline_along_to_the_new_id() -> None:
    switched = intent(
        Settled.DONE,
        seen_=True,
        action=Action.SWITCH,
        before=Subscription(SB, 20),
        after=Subscription(SBP, 22),
    )
    memory = Memory(intents=(switched,), successors={ID: OTHER_ID}, bindings={"main": OTHER_ID})
    shown = shows(bought(id=OTHER_ID, plan=SBP, licenses=25))
    report = look(wants(SBP, 22), shown, stood(main=Standing("main", SB, 20)), memory)
    assert [(f.kind, f.before, f.live) for f in report.outside] == [(Kind.LICENSES_ABOVE, 22, 25)]


def test_a_switch_that_took_a_number_along_as_it_found_it_has_not_made_it_right() -> None:
    carried = intent(
        Settled.DONE,
        seen_=True,
        action=Action.SWITCH,
        before=Subscription(E1, 30),
        after=Subscription(E3, 30),
    )
    before, shown = stood(main=Standing("main", E1, 42)), shows(bought(plan=E3, licenses=30))
    report = look(wants(), shown, before, Memory(intents=(carried,)))
    assert [(f.kind, f.before, f.live) for f in report.outside] == [(Kind.LICENSES_BELOW, 42, 30)]
    raised = replace(carried, after=Subscription(E3, 35))
    report = look(wants(), shows(bought(plan=E3, licenses=35)), before, Memory(intents=(raised,)))
    assert (kinds(report.wanted), report.outside) == (["licenses-below"], ())


# what was bought back


BELOW = bought(plan=E3, licenses=30)


def raise_of_ours(**members: Any) -> Intent:
    """A raise from what somebody had left to what the file wants, ordered with the look that saw it."""
    held = {"before": Subscription(E3, 30), "after": Subscription(E3, 42)}
    return replace(intent(Settled.DONE, seen_=True), **held, **members)


def after_a_raise(raised: Intent, confirming: Confirming = AT_ONCE, **memory: Any) -> DriftReport:
    """What the next look shows: the number is as declared again, since this write of ours or without it."""
    first = look(wants(), shows(BELOW), confirming=confirming)
    assert first.kept
    again = shows(at=NOON + timedelta(minutes=1))
    return look(wants(), again, first.kept, Memory(intents=(raised,), **memory), confirming)


@pytest.mark.parametrize("confirming", [AT_ONCE, Confirming()], ids=["confirmed", "seen once"])
def test_what_our_write_made_good_is_gone_and_said_to_be_bought_back(confirming: Confirming) -> None:
    report = after_a_raise(raise_of_ours(), confirming)
    (gone,) = report.gone
    assert (gone.kind, gone.before, gone.live) == (Kind.LICENSES_BELOW, 42, 30)
    assert (gone.bought_back, gone.confirmed, gone.times) == (True, True, 1)


@pytest.mark.parametrize(
    "members",
    [
        {"settled": Settled.NOT_TAKEN},
        {"settled": Settled.FAILED},
        {"subscription_id": OTHER_ID},
        {"before": Subscription(E3, 20)},
        {"intended_at": NOON - timedelta(minutes=1)},
    ],
    ids=["not taken", "failed", "of another", "from another number", "made before it was seen"],
)
def test_a_write_that_did_not_make_it_good_bought_nothing_back(members: dict[str, Any]) -> None:
    raised = replace(raise_of_ours(), **members)
    assert [f.bought_back for f in after_a_raise(raised).gone] == [False]
    assert after_a_raise(raised, Confirming()).gone == ()


def test_it_is_found_under_the_id_that_a_switch_gave_it() -> None:
    report = after_a_raise(raise_of_ours(subscription_id=OTHER_ID), successors={ID: OTHER_ID})
    assert [f.bought_back for f in report.gone] == [True]


def test_more_than_declared_that_is_gone_was_never_bought_back() -> None:
    first = look(wants(), shows(bought(plan=E3, licenses=50)))
    assert first.kept
    raised = raise_of_ours()
    report = look(wants(), shows(), first.kept, Memory(intents=(raised,)))
    assert [(f.kind, f.bought_back) for f in report.gone] == [(Kind.LICENSES_ABOVE, False)]


def test_what_was_bought_back_and_what_was_put_right_are_not_told_as_one_change() -> None:
    back, right = after_a_raise(raise_of_ours()), after_a_raise(raise_of_ours(settled=Settled.FAILED))
    reports = (back, replace(right, name="contoso"))
    assert len(grouped([(r, r.gone) for r in reports])) == 2


# how it stood, as the rules are asked by it


def test_how_many_it_had_is_told_by_name_as_far_as_it_is_known() -> None:
    declared, shown = wants(), shows(BELOW)

    def known(baseline: Fact[Baseline | None], *intents: Intent) -> Fact[Any]:
        memory = Memory(baseline=baseline, intents=intents)
        return licences_stood(match(declared, shown, memory), memory, shown)

    assert known(AS_DECLARED.baseline) == {"main": 42}
    assert known(None) == {}
    assert known(stood(main=Standing("main", E3)).baseline) == {}
    assert known(None, intent(Settled.DONE, seen_=True)) == {"main": 50}
    assert known(stood(main=Standing("main", E3, 60)).baseline, intent(Settled.DONE, seen_=True)) == {
        "main": 50
    }
    assert known(THROTTLED) == THROTTLED


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_never_more_is_bought_back_than_is_bought_nor_than_was_there(had: int, now: int, wanted: int) -> None:
    back = bought_back(had, now, wanted)
    assert 0 <= back <= max(0, wanted - now)
    assert back <= max(0, had - now)
    assert (back == 0) == (had <= now or wanted <= now)


def test_while_a_switch_may_change_an_id_nothing_is_gone_and_nothing_is_new() -> None:
    ordered = intent(Settled.STARTED, seen_=True, action=Action.SWITCH, after=Subscription(E1, 42))
    memory = Memory(intents=(ordered,))
    assert kinds(look(wants(), replace(shows(), subscriptions=()), memory=memory).under_way) == [
        "subscription-gone"
    ]
    stranger = bought(id=OTHER_ID, plan=EXCHANGE, licenses=12)
    ours = bought(plan=E3, licenses=42)
    assert kinds(look(wants(), shows(ours, stranger), memory=memory).under_way) == ["subscription-new"]
    running = replace(stranger, switch=switch_state("running", to=E1))
    assert kinds(look(wants(), shows(ours, running)).under_way) == ["subscription-new"]
    assert kinds(look(wants(), shows(ours, stranger)).outside) == ["subscription-new"]


def test_a_recorded_successor_is_the_same_subscription_whatever_it_is_called_by_now() -> None:
    memory = Memory(successors={ID: OTHER_ID})
    shown = shows(bought(id=OTHER_ID, plan=E3, licenses=50))
    report = look(wants(), shown, stood(main=Standing("called otherwise", E3, 42)), memory)
    assert [(f.kind, f.before) for f in report.outside] == [(Kind.LICENSES_ABOVE, 42)]


# what could not be read


@pytest.mark.parametrize(
    ("shown", "fact"),
    [
        (replace(shows(), subscriptions=THROTTLED), "subscriptions"),
        (shows(bought(plan=THROTTLED, licenses=50)), "subscription"),
        (shows(bought(plan=E3, licenses=THROTTLED)), "licenses"),
        (shows(bought(plan=E3, licenses=50, switch=THROTTLED)), "switch"),
        (shows(bought(plan=E3, licenses=50, switch=switch_state("paused"))), "switch.state"),
        (shows(bought(plan=E3, licenses=50, provisioned=THROTTLED)), "provisioned"),
        (shows(bought(plan=E3, licenses=42, status=THROTTLED)), "status"),
        (shows(bought(plan=E3, licenses=42, status="in-transition")), "status"),
        (shows(bought(plan=E3, licenses=42, assigned=THROTTLED)), "assigned"),
        (shows(services=THROTTLED), "services.exchange-online"),
        (shows(services={}), "services.exchange-online"),
        (shows(website=THROTTLED), "website.domain"),
        (shows(domain="other.onmicrosoft.com", domains=("other.no",)), "tenant"),
    ],
)
def test_what_is_not_known_is_no_drift_and_is_told_with_its_reason(shown: Observation, fact: str) -> None:
    report = look(wants(website="www.fabrikam.no"), shown)
    assert fact in {lost.field for lost in report.unread}
    assert all(lost.reason for lost in report.unread)
    assert silent(report)


def test_a_finding_that_can_not_be_looked_at_is_neither_there_nor_gone() -> None:
    rose = look(wants(), shows(bought(plan=E3, licenses=50)))
    assert rose.kept
    for shown in (replace(shows(), subscriptions=THROTTLED), shows(bought(plan=E3, licenses=THROTTLED))):
        blind = look(wants(), shown, rose.kept)
        assert (blind.outside, blind.gone) == ((), ())
        assert blind.kept
        assert blind.kept.sightings == rose.kept.sightings
        assert kinds(look(wants(), shows(), blind.kept).gone) == ["licenses-above"]


def test_a_memory_that_can_not_be_read_confirms_nothing_and_is_not_overwritten() -> None:
    report = look(wants(), shows(bought(plan=E3, licenses=50)), THROTTLED)
    assert (report.outside, kinds(report.wanted), report.kept) == ((), ["licenses-above"], None)
    assert "state" in {lost.field for lost in report.unread}


def test_nothing_is_learnt_from_a_snapshot() -> None:
    assert look(wants(), replace(shows(), snapshot=True), Remembered()).kept is None


# confirming


TWICE = Confirming()


def test_seen_once_is_not_drift_and_seen_twice_is() -> None:
    shown = shows(bought(plan=E3, licenses=50))
    first = look(wants(), shown, confirming=TWICE)
    assert (first.outside, kinds(first.unconfirmed)) == ((), ["licenses-above"])
    assert first.kept
    second = look(wants(), shown, first.kept, confirming=TWICE)
    assert ([f.times for f in second.outside], second.unconfirmed) == ([2], ())


def test_seen_for_long_enough_is_drift_however_often_that_was() -> None:
    many = Confirming(Confirm(100, timedelta(minutes=15)))
    shown = shows(bought(plan=E3, licenses=50))
    first = look(wants(), shown, confirming=many)
    assert first.kept
    soon = look(wants(), replace(shown, at=NOON + timedelta(minutes=14)), first.kept, confirming=many)
    assert soon.outside == ()
    assert soon.kept
    late = look(wants(), replace(shown, at=NOON + timedelta(minutes=15)), soon.kept, confirming=many)
    assert [(f.first_seen, f.last_seen) for f in late.outside] == [(NOON, NOON + timedelta(minutes=15))]


def test_what_was_seen_once_and_is_not_there_any_more_was_a_flicker() -> None:
    first = look(wants(), shows(bought(plan=E3, licenses=50)), confirming=TWICE)
    assert first.kept
    second = look(wants(), shows(), first.kept, confirming=TWICE)
    assert silent(second)
    assert second.kept
    third = look(wants(), shows(bought(plan=E3, licenses=50)), second.kept, confirming=TWICE)
    assert [f.times for f in third.unconfirmed] == [1]


def test_another_value_each_time_does_not_confirm_and_one_that_changes_later_is_told_again() -> None:
    before: Remembered | None = AS_DECLARED
    for number in (50, 51, 52):
        assert before
        report = look(wants(), shows(bought(plan=E3, licenses=number)), before, confirming=TWICE)
        assert (report.outside, [f.times for f in report.unconfirmed]) == ((), [1])
        before = report.kept
    assert before
    report = look(wants(), shows(bought(plan=E3, licenses=52)), before, confirming=TWICE)
    assert report.kept
    known = told(report.kept, NOON)
    again = look(wants(), shows(bought(plan=E3, licenses=52)), known, confirming=TWICE)
    assert [f.reported_at for f in again.outside] == [NOON]
    other = look(wants(), shows(bought(plan=E3, licenses=60)), known, confirming=TWICE)
    assert (other.outside, [(f.live, f.times) for f in other.unconfirmed]) == ((), [(60, 1)])
    assert other.kept
    twice = look(wants(), shows(bought(plan=E3, licenses=60)), other.kept, confirming=TWICE)
    assert [(f.live, f.reported_at) for f in twice.outside] == [(60, None)]


def test_what_is_gone_is_told_until_somebody_was_told() -> None:
    rose = look(wants(), shows(bought(plan=E3, licenses=50)))
    assert rose.kept
    first = look(wants(), shows(), rose.kept)
    assert first.kept
    second = look(wants(), shows(), first.kept)
    assert kinds(first.gone) == kinds(second.gone) == ["licenses-above"]
    assert silent(look(wants(), shows(), told(first.kept, NOON)))


def test_what_was_wanted_and_is_done_is_not_told_as_gone() -> None:
    wish = look(wants(licenses=50), shows())
    assert wish.kept
    assert silent(look(wants(licenses=50), shows(bought(plan=E3, licenses=50)), wish.kept))


def test_a_kind_of_its_own_confirmation_goes_by_that() -> None:
    assert TWICE.of(Kind.UNHEALTHY) == Confirm(3, timedelta(hours=1))
    assert TWICE.of(Kind.EXPIRED) == Confirm(2, timedelta(minutes=15))
    changed = TWICE.changed(None, 5, None).changed(Kind.UNHEALTHY, None, timedelta(minutes=5))
    assert changed.of(Kind.EXPIRED) == Confirm(5, timedelta(minutes=15))
    assert changed.of(Kind.UNHEALTHY) == Confirm(3, timedelta(minutes=5))


# who did it, and in how many tenants


class Told:
    """A witness who tells the same of everything, and notes what it was asked."""

    def __init__(self, answer: Fact[Change | None]) -> None:
        self.answer, self.asked = answer, [("", "")]

    def last_change(self, ref: TenantRef, subscription_id: str | None, field: str) -> Fact[Change | None]:
        self.asked.append((ref.name, field))
        return self.answer


def test_a_witness_is_asked_only_of_what_was_changed_outside() -> None:
    report = look(wants(licenses=60), shows(bought(plan=E3, licenses=50, status="suspended")))
    witness = Told(Change("ola", NOON))
    after = report.testified(TenantRef("fabrikam", "fabrikam.onmicrosoft.com"), witness)
    assert [f.who for f in after.outside] == [Change("ola", NOON)]
    assert [f.who for f in after.service] == [None]
    assert witness.asked[1:] == [("fabrikam", "licenses")]
    for nothing in (None, THROTTLED):
        assert [f.who for f in report.testified(TenantRef("f", "f"), Told(nothing)).outside] == [None]


def test_the_same_change_in_many_tenants_is_one() -> None:
    reports = []
    for number in range(41):
        shown = shows(bought(plan=E3, licenses=30 + number + 5))
        before = stood(main=Standing("main", E3, 30 + number))
        reports.append(replace(look(wants(licenses=30 + number), shown, before), name=f"t{number:02}"))
    odd = replace(look(wants(), shows(bought(plan=E3, licenses=43))), name="odd")
    first, second = grouped([(r, r.outside) for r in [odd, *reversed(reports)]])
    assert (len(first.members), first.first.delta, first.tenants[0]) == (41, 5, "t00")
    assert second.tenants == ("odd",)


# laws


def recorded(world: World, declared: Declaration, confirming: Confirming = AT_ONCE) -> DriftReport:
    """Look at a tenant as ``drift --record`` does."""
    ref = TenantRef(declared.name, declared.tenant)
    plan, shown = world.plan(declared), world.reader.observe(ref)
    keys = keys_of(ref, shown)
    (before,) = world.store.remembered_all([keys])
    report = drift_of(declared, shown, plan, world.store.recall(keys), before, catalogue(), confirming)
    if report.kept:
        world.store.note_drift([((declared.tenant,), told(report.kept, report.observed_at))])
    return report


OURS_ALONE = [fault for fault in WRITE_FAULTS if fault[0] != "concurrent-admin"]


def outside(report: DriftReport) -> list[Finding]:
    return [f for f in (*report.outside, *report.unconfirmed, *report.gone) if f.cause is Cause.OUTSIDE]


@SLOW
@given(
    cases(),
    st.lists(
        st.tuples(st.sampled_from(OURS_ALONE), st.sampled_from([0, 3, 30, 60 * 24 * 6]), st.booleans()),
        max_size=4,
    ),
)
def test_our_own_writes_are_never_drift(case: Case, moods: list[tuple[Fault, int, bool]]) -> None:
    with world_of(case) as world:
        assert outside(recorded(world, case.declaration)) == []
        for (kind, options), minutes, wait in [*moods, (("throttle", {"on": "read"}), 30, True)]:
            world.service.fault("fabrikam", kind, **options)
            world.run(case.declaration, wait=wait)
            assert outside(recorded(world, case.declaration)) == []
            world.service.advance(timedelta(minutes=minutes))
            assert outside(recorded(world, case.declaration)) == []


@SLOW
@given(cases(), st.integers(1, 9), st.booleans())
def test_what_somebody_else_does_after_our_writes_is_drift(case: Case, more: int, by_us_first: bool) -> None:
    with world_of(case) as world:
        if by_us_first:
            world.run(case.declaration, wait=True)
        recorded(world, case.declaration)
        there = world.standing("fabrikam")
        for id_, (_, licenses) in there.items():
            world.service.set(f"fabrikam.{id_}.licenses", licenses + more)
        report = recorded(world, case.declaration)
        declared = {w.name: w for w in case.declaration.subscriptions}
        for finding in report.outside:
            assert finding.live == there[str(finding.subscription_id)][1] + more
            assert declared[finding.address].licenses != finding.live
        stands = {f.subscription_id for f in (*report.outside, *report.under_way)}
        assert all(f.subscription_id not in stands for f in report.wanted if f.field == "licenses"), (
            "one count is in two lists"
        )


@st.composite
def remembered(draw: st.DrawFn, case: Case) -> Remembered:
    """A baseline from another day: some of what is there, with other numbers."""
    standings, known = {}, set()
    for n, there in enumerate(case.document["spec"]["subscriptions"]):
        if draw(st.booleans()):
            licenses = draw(st.sampled_from([there["licenses"], there["licenses"] + 1, None]))
            standings[there["id"]] = Standing(
                f"w{n}", draw(st.sampled_from([there["plan"], E3])), licenses, "active"
            )
        if draw(st.booleans()):
            known.add(there["id"])
    return Remembered(Baseline(standings, frozenset(known), case.observation.at, "www.fabrikam.no"))


def places(findings: tuple[Finding, ...]) -> set[tuple[object, ...]]:
    return {(f.cause, f.scope, f.field) for f in findings}


@QUICK
@given(cases(calm=False), st.data())
def test_knowing_less_never_shows_more_drift_nor_its_end(case: Case, data: st.DataObject) -> None:
    declared = replace(
        case.declaration, website=data.draw(st.sampled_from([None, "www.fabrikam.no", "other.no"]))
    )
    before = data.draw(remembered(case))
    rich = look(declared, case.observation, before)
    poor = seen(data.draw(poorer(case.document)))
    assert places(look(declared, poor, before).drift) <= places(rich.drift)
    assert rich.kept
    later = look(declared, case.observation, rich.kept)
    assert later.gone == ()
    if data.draw(st.booleans()):
        rich = replace(rich, kept=told(rich.kept, NOON))
    blind = look(declared, poor, rich.kept or before)
    assert blind.gone == ()


@QUICK
@given(cases(calm=False), st.data())
def test_a_second_look_at_the_same_thing_changes_nothing_but_the_count(
    case: Case, data: st.DataObject
) -> None:
    first = look(case.declaration, case.observation, data.draw(remembered(case)))
    assert first.kept
    second = look(case.declaration, case.observation, first.kept)
    assert places(second.drift) == places(first.drift)
    assert second.kept
    third = look(case.declaration, case.observation, second.kept)
    assert third.kept
    assert third.kept.baseline == second.kept.baseline


@QUICK
@given(cases(calm=False), st.data())
def test_each_finding_is_in_one_list_of_one_cause_and_in_one_group(case: Case, data: st.DataObject) -> None:
    report = look(case.declaration, case.observation, data.draw(remembered(case)))
    lists = {Cause.WANTED: report.wanted, Cause.OUTSIDE: report.outside, Cause.SERVICE: report.service}
    assert all(f.cause is cause for cause, found in lists.items() for f in found)
    every = [f.key for found in (*lists.values(), report.under_way) for f in found]
    assert len(every) == len(set(every))
    groups = grouped([(report, report.drift)])
    assert sum(len(g.members) for g in groups) == len(report.drift)


def test_the_laws_meet_writes_worth_the_name(tmp_path: Any) -> None:
    """The law about our own writes would hold in a world where nothing is written: here something is."""
    from worlds import live, sub

    with World(tmp_path, live("fabrikam", sub(plan=E3, licenses=42, offers=[]))) as world:
        declared = declare("fabrikam", want("main", E3, 45))
        recorded(world, declared)
        world.run(declared)
        assert [c["after"]["licenses"] for c in world.taken()] == [45]
        assert silent(recorded(world, declared))
        world.service.set("fabrikam.main.licenses", 50)
        assert [(f.before, f.live) for f in recorded(world, declared).outside] == [(45, 50)]

"""Laws of the rule table: what is not known frees no step, and no rule reads a fact outside its needs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import (
    BASIC,
    BASIC_WITHOUT_TEAMS,
    E1,
    E3,
    EXCHANGE,
    FOUR,
    GUID,
    K2,
    LEFT_OUT,
    MID,
    NOON,
    OFFICE_E3,
    OTHER_ID,
    PREMIUM,
    SB,
    SBP,
    STANDARD,
    TERM_ENDS,
    declaration,
    live_subscription,
    observation,
    scene,
    switch_state,
    today_catalogue,
    today_live,
    today_scene,
)
from test_rules import CASES, intent, pause

from reconciler import rules
from reconciler.limits import Limits
from reconciler.memory import Memory
from reconciler.model import Acknowledgement, Action, Backup, Mode, Subscription, Tenant
from reconciler.observe import (
    CreditReview,
    LiveSubscription,
    Observation,
    SwitchState,
    Traits,
    Unknown,
    Unversioned,
)
from reconciler.rules.scene import Effect, Finding, NotKnown, Scene, Status

NO_FACTS = frozenset({"id", "name", "at", "version", "traits", "snapshot"})


class Traced:
    """Stands in for a record and notes which of its facts are read."""

    def __init__(self, record: object, read: set[str]) -> None:
        self._record, self._read = record, read

    def __getattr__(self, name: str) -> object:
        if name not in NO_FACTS:
            self._read.add(name)
        value = getattr(self._record, name)
        if name == "subscriptions" and not isinstance(value, Unknown):
            return tuple(Traced(each, self._read) for each in value)
        return value


def read_by(rule_id: str, s: Scene) -> set[str]:
    """Which live facts the rule reads in this scene."""
    read: set[str] = set()
    live = Traced(s.live, read) if s.live else None
    traced = replace(s, live=live, observation=Traced(s.observation, read))  # type: ignore[arg-type]
    rule = rules.rule_named(rule_id)
    assert rule
    with suppress(NotKnown):
        rule.check(traced)
    return read


@pytest.mark.parametrize("rule", [*rules.TABLE, *rules.GROUND], ids=lambda rule: rule.id)
def test_a_rule_reads_what_it_says_it_needs_and_nothing_else(rule: rules.Rule) -> None:
    read = set().union(*(read_by(rule.id, case.scene) for case in CASES))
    assert read == set(rule.needs)


def test_needs_are_names_of_live_facts() -> None:
    facts = {f.name for record in (LiveSubscription, Observation) for f in fields(record)} - NO_FACTS
    assert {need for rule in rules.TABLE for need in rule.needs} <= facts


# --- what is not known never frees a step -------------------------------------------------------------------

minutes = st.sampled_from([0, 5, 10, 11, 59, 60, 61, 60 * 24 * 13, 60 * 24 * 15])
moments = st.one_of(st.just(LEFT_OUT), minutes.map(lambda m: NOON - timedelta(minutes=m)))
switches = st.builds(
    SwitchState,
    st.sampled_from(["none", "none", "none", "ordered", "running", "failed", "paused"]),
    st.sampled_from([SBP, E3, LEFT_OUT]),
    moments,
    moments,
)
reviews = st.builds(CreditReview, st.sampled_from(["none", "none", "pending", "escalated"]), moments)
plans = st.sampled_from([SB, SB, SBP, MID, E1, E3, K2, EXCHANGE, "a-plan-of-nobody"])


def mostly(good: object, *others: object) -> st.SearchStrategy[Any]:
    """Mostly the good value, so that many scenes are close to being applied."""
    return st.one_of(st.just(good), st.just(good), st.just(good), st.sampled_from(others))


@st.composite
def scenes_of_2014(draw: st.DrawFn) -> Scene:
    start, end = draw(plans), draw(plans)
    live = live_subscription(
        plan=start,
        assigned=draw(mostly(18, 0, 25, 26, 300, 301, LEFT_OUT)),
        users_without_license=draw(mostly(0, 2, LEFT_OUT)),
        status=draw(mostly("active", "suspended", LEFT_OUT)),
        trial=draw(mostly(False, True, LEFT_OUT)),
        payment=draw(mostly("card", "invoice", "prepaid", "voucher", LEFT_OUT)),
        provisioned=draw(mostly(True, False, LEFT_OUT)),
        pre_upgrade=draw(mostly(False, True, LEFT_OUT)),
        offers=draw(mostly((SBP, MID, E3), (), (E1,), LEFT_OUT)),
        switch=draw(st.one_of(st.just(switch_state()), switches, st.just(LEFT_OUT))),
    )
    other = live_subscription(
        id=OTHER_ID, plan=E1, switch=draw(st.one_of(st.just(switch_state()), switches, st.just(LEFT_OUT)))
    )
    seen = observation(
        domain=draw(mostly("fabrikam.onmicrosoft.com", "contoso.onmicrosoft.com", LEFT_OUT)),
        domains=draw(mostly(("fabrikam.no",), ("contoso.no",), LEFT_OUT)),
        tenant_id=draw(mostly(GUID, GUID.replace("b", "c"), LEFT_OUT)),
        roles=draw(mostly(frozenset({"global-administrator"}), frozenset({"administrator"}), LEFT_OUT)),
        users=draw(mostly(18, 300, 301, LEFT_OUT)),
        website=draw(mostly("www.fabrikam.no", "fabrikam.sharepoint.com", LEFT_OUT)),
        credit_review=draw(st.one_of(st.just(CreditReview("none", LEFT_OUT)), reviews, st.just(LEFT_OUT))),
        services=draw(mostly(dict.fromkeys(FOUR, "healthy"), {"exchange-online": "degraded"}, {}, LEFT_OUT)),
        subscriptions=(live, other),
    )
    backup = draw(mostly(Backup(date(2026, 11, 20), "vault"), None, Backup(date(2026, 1, 1), "vault")))
    declared = declaration(
        tenant=draw(mostly("fabrikam.onmicrosoft.com", "fabrikam.no", GUID)),
        website=draw(st.sampled_from([None, "www.fabrikam.no"])),
        acknowledge=Acknowledgement(draw(mostly(True, None, end, MID)), backup),
        mode=draw(mostly(Mode.APPLY, Mode.REPORT)),
        suspend=draw(mostly(None, pause(date(2026, 12, 24)), pause(date(2026, 11, 1)))),
    )
    memory = Memory(
        intents=draw(mostly((), (intent(),), LEFT_OUT)),
        suspension=draw(mostly(None, pause(date(2026, 12, 24)), LEFT_OUT)),
        stopped=draw(mostly(None, "incident", LEFT_OUT)),
    )
    action = draw(st.sampled_from([Action.SWITCH, Action.ADD]))
    before = Subscription(start, draw(st.sampled_from([18, 20, 26])))
    after = Subscription(end if action is Action.SWITCH else start, draw(st.sampled_from([22, 25, 26, 301])))
    return scene(
        declaration=declared,
        observation=seen,
        memory=memory,
        action=action,
        before=before,
        after=after,
        live=live,
        switch_before=draw(mostly(False, True)),
        stood=draw(mostly({}, {"main": 18}, {"main": 24}, LEFT_OUT)),
        limits=draw(mostly(Limits(), Limits(buy_back=False))),
    )


@st.composite
def scenes_of_today(draw: st.DrawFn) -> Scene:
    """Two subscriptions at a partner's customer, one to be upgraded or raised; the other may be declared too."""
    start, end = draw(business), draw(mostly(STANDARD, PREMIUM, OFFICE_E3, BASIC_WITHOUT_TEAMS))
    soon = [NOON + timedelta(hours=h) for h in (-24, 1, 24, 100)]
    live = today_live(
        plan=start,
        licenses=20,
        assigned=draw(mostly(18, 20, 21, LEFT_OUT)),
        offers=draw(mostly((STANDARD, PREMIUM, BASIC), (), (OFFICE_E3,), LEFT_OUT)),
        trial=draw(mostly(False, True, LEFT_OUT)),
        commerce=draw(mostly("new-commerce", "legacy", "later-commerce", LEFT_OUT)),
        add_ons=draw(mostly((), ("Visio",), LEFT_OUT)),
        scheduled=draw(mostly((), ("renewal",), LEFT_OUT)),
        term_ends=draw(mostly(TERM_ENDS, *soon, LEFT_OUT)),
        auto_renews=draw(mostly(True, False, LEFT_OUT)),
        version=draw(st.sampled_from([None, "W/1"])),
    )
    other = today_live(
        id=OTHER_ID,
        plan=draw(mostly(PREMIUM, BASIC, OFFICE_E3, "visio", LEFT_OUT)),
        licenses=draw(mostly(270, 280, 281, LEFT_OUT)),
        status=draw(mostly("active", "suspended", "expired", LEFT_OUT)),
        trial=draw(mostly(False, True, LEFT_OUT)),
    )
    action = draw(st.sampled_from([Action.SWITCH, Action.ADD]))
    before = Subscription(start, 20)
    after = (
        Subscription(end, 20) if action is Action.SWITCH else Subscription(start, draw(mostly(25, 30, 31)))
    )
    stands = {"main": before}
    paired = {"main": live.id}
    if draw(st.booleans()):
        # What could not be read of it, no step before can have changed either.
        paired["more"] = OTHER_ID
        if not isinstance(other.plan, Unknown) and not isinstance(other.licenses, Unknown):
            stands["more"] = Subscription(other.plan, other.licenses)
    seen = observation(
        roles=draw(mostly(frozenset({"reseller"}), frozenset({"user-administrator"}), LEFT_OUT)),
        services=draw(mostly(dict.fromkeys(today_catalogue().services, "healthy"), {}, LEFT_OUT)),
        subscriptions=(live, other),
        traits=Traits(adds_in_order=False, unversioned=draw(st.sampled_from(Unversioned))),
    )
    backup = draw(mostly(Backup(date(2026, 11, 20), "vault"), None))
    return today_scene(
        declaration=declaration(acknowledge=Acknowledgement(draw(mostly(end, None, True, MID)), backup)),
        observation=seen,
        action=action,
        before=before,
        after=after,
        live=live,
        tenant=Tenant("fabrikam", stands),
        paired=paired,
        memory=Memory(raises={live.id: draw(mostly(0, 1000, 1200))}),
    )


business = st.sampled_from([BASIC, BASIC, STANDARD, OFFICE_E3, "a-plan-of-nobody"])
scenes = st.one_of(scenes_of_2014(), scenes_of_today())


def less_known(s: Scene) -> list[Scene]:
    """The scene with each single known fact made unknown: the tenant's, the subscriptions', and ours."""
    gone = Unknown("taken away by the test")
    found = []
    for name in (f.name for f in fields(Observation) if f.name not in NO_FACTS):
        found.append(replace(s, observation=replace(s.observation, **{name: gone})))
    services, review = s.observation.services, s.observation.credit_review
    if not isinstance(services, Unknown):
        for service in services:
            rest = {k: v for k, v in services.items() if k != service}
            found.append(replace(s, observation=replace(s.observation, services=rest)))
    if not isinstance(review, Unknown):
        found.append(
            replace(s, observation=replace(s.observation, credit_review=replace(review, since=gone)))
        )
    assert s.live
    assert not isinstance(s.observation.subscriptions, Unknown)
    for number, each in enumerate(s.observation.subscriptions):
        for poorer in _poorer(each, gone):
            shown = list(s.observation.subscriptions)
            shown[number] = poorer
            seen = replace(s.observation, subscriptions=tuple(shown))
            found.append(replace(s, observation=seen, live=poorer if number == 0 else s.live))
    found += [
        replace(s, memory=replace(s.memory, **{name: gone})) for name in ("intents", "suspension", "stopped")
    ]
    found.append(replace(s, stood=gone))
    return found


def _poorer(live: LiveSubscription, gone: Unknown) -> list[LiveSubscription]:
    found = [replace(live, **{f.name: gone}) for f in fields(LiveSubscription) if f.name not in NO_FACTS]
    if not isinstance(live.switch, Unknown):
        for name in ("to", "ordered_at", "status_page_since"):
            found.append(replace(live, switch=replace(live.switch, **{name: gone})))
    return found


def would_apply(findings: tuple[Finding, ...]) -> bool:
    held = {f.id for f in findings if f.status is Status.FAIL and f.effect is not Effect.WARN}
    return not held and all(f.status is not Status.UNKNOWN for f in findings)


@settings(max_examples=120, deadline=None)
@given(scenes)
def test_knowing_less_never_frees_a_step_and_never_raises(s: Scene) -> None:
    applied = would_apply(rules.check(s))
    for poorer in less_known(s):
        assert not would_apply(rules.check(poorer)) or applied
        rules.check_ground(poorer)


def test_the_law_meets_steps_that_would_be_applied_and_steps_that_would_not() -> None:
    assert would_apply(rules.check(scene()))
    assert would_apply(rules.check(today_scene()))
    for name in ("add_ons", "scheduled", "term_ends", "offers"):
        assert not would_apply(rules.check(today_scene(live=replace(today_live(), **{name: LEFT_OUT}))))
    assert not any(
        would_apply(rules.check(poorer))
        for name in ("assigned", "trial", "payment", "status", "switch", "offers")
        for poorer in [scene(live=replace(live_subscription(), **{name: LEFT_OUT}))]
    )


@settings(max_examples=60, deadline=None)
@given(scenes)
def test_the_same_scene_gets_the_same_findings_and_each_has_its_sentence(s: Scene) -> None:
    first, second = rules.check(s), rules.check(s)
    assert first == second
    for found in first:
        assert found.message
        assert bool(found.remedy) == (found.status in (Status.FAIL, Status.UNKNOWN))

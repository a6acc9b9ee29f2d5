"""Every rule: pass, fail at the edge, unknown for each needed fact, skipped; then the loop that asks all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from answers import Case, fails, passes, skipped, unknown
from scenes import (
    BASIC,
    E1,
    E3,
    EXCHANGE,
    FOUR,
    GUID,
    ID,
    K2,
    LEFT_OUT,
    MID,
    NOON,
    OTHER_ID,
    SB,
    SBP,
    STANDARD,
    add_scene,
    declaration,
    ground_scene,
    handoff_scene,
    live_subscription,
    observation,
    scene,
    switch_state,
    today_add,
    today_live,
    today_scene,
)
from today_cases import TODAY_CASES, ground, other
from today_cases import sub as today_sub

from reconciler import messages, rules
from reconciler.limits import Limits
from reconciler.memory import Intent, Memory, Settled, fingerprint
from reconciler.messages.rules import RULES
from reconciler.model import Acknowledgement, Action, Backup, Mode, Subscription, Suspension, Tenant
from reconciler.observe import CreditReview, Unknown
from reconciler.rules.people import LEGACY_PLAN, SMALL_BUSINESS
from reconciler.rules.scene import Effect, Finding, NotKnown, Rule, Scene, Status

WARN, SUPPORT = Effect.WARN, Effect.SUPPORT


def sub(**facts: object) -> Scene:
    """The switch, with some facts of the live subscription overridden."""
    return scene(live=live_subscription(**facts))


def sees(**facts: object) -> Scene:
    """The switch, with some facts of the tenant overridden."""
    return scene(observation=observation(**facts))


def file(**parts: object) -> Scene:
    """The switch, with some parts of the tenant file overridden."""
    return scene(declaration=declaration(**parts))


def recalls(**parts: object) -> Scene:
    """The switch, with some parts of our memory overridden."""
    return scene(memory=Memory(**parts))


def from_to(start: str, end: str, licenses: int = 22, **overrides: object) -> Scene:
    live = live_subscription(plan=start, offers=overrides.pop("offers", (end,)))
    return scene(live=live, before=Subscription(start, 20), after=Subscription(end, licenses), **overrides)


def accepts(no_way_back: str | bool | None = E3, taken: date | None = date(2026, 11, 20)) -> Acknowledgement:
    return Acknowledgement(no_way_back, Backup(taken, "vault job 118") if taken else None)


def leaves(acknowledge: Acknowledgement, spent: frozenset[str] = frozenset(), most: int = 30) -> Scene:
    """A switch that leaves its family, with what the file acknowledges."""
    declared = declaration(acknowledge=acknowledge, backup_max_age_days=most)
    return from_to(SB, E3, declaration=declared, memory=Memory(spent=spent))


def window(hours: str, kind: str = "allow") -> dict[str, str]:
    return {kind: hours, "timezone": "Europe/Oslo"}


def within(most: int, **overrides: object) -> Scene:
    """The switch, which adds two licences, under a limit of ``most`` for the tenant."""
    return scene(limits=Limits(licenses_added=most), **overrides)


HOLD = Limits(buy_back=False)


def stood(licenses: int | None, limits: Limits = Limits()) -> Scene:  # noqa: B008 - frozen
    """The switch, from 20 licences to 22, of a subscription that had so many when all was well."""
    return scene(stood={} if licenses is None else {"main": licenses}, limits=limits)


def grown(bought: int, total: int) -> Scene:
    """More licences for Enterprise E1, which has no cap of its own."""
    before, after = Subscription(E1, bought), Subscription(E1, total)
    return add_scene(live=live_subscription(plan=E1, licenses=bought), before=before, after=after)


def review(state: str, since: datetime | Unknown = LEFT_OUT) -> CreditReview:
    return CreditReview(state, since)


def hidden_by(credit_review: object) -> Scene:
    """A switch of a pair that is not certain, where nothing is on offer."""
    return from_to(K2, E3, offers=(), observation=observation(credit_review=credit_review))


def running(minutes: float, state: str = "running") -> object:
    return switch_state(state, to=SBP, status_page_since=NOON - timedelta(minutes=minutes))


def beside(other: object, seen: dict[str, object] | None = None) -> Scene:
    """The switch in a tenant with a second subscription, whose switch stands as given."""
    second = live_subscription(id=OTHER_ID, plan=E1, switch=other)
    return scene(observation=observation(subscriptions=(live_subscription(), second), **(seen or {})))


def pause(until: date) -> Suspension:
    return Suspension("merger", "ola@fabrikam.no", until)


def intent(**parts: object) -> Intent:
    values: dict[str, object] = {
        "id": "i1",
        "tenant": "fabrikam",
        "address": "main",
        "action": Action.SWITCH,
        "subscription_id": ID,
        "before": Subscription(SB, 20),
        "after": Subscription(SBP, 22),
        "request_id": "req-1",
        "generation": 1,
        "known_ids": (ID,),
        "intended_at": NOON - timedelta(hours=2),
    }
    return Intent(**{**values, **parts})  # type: ignore[arg-type]


def unmatched(problem: str, *candidates: str) -> Scene:
    wanted = Subscription(SBP, 22)
    return handoff_scene(live=None, before=None, after=wanted, problem=problem, candidates=candidates)


TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
A_WORD_OF_NO_PLAN = "office-365-voucher-edition"

CASES = [
    # The tenant and its match
    passes("wrong-tenant", "the domain is the declared word", scene()),
    passes("wrong-tenant", "case and a last dot do not matter", file(tenant="Fabrikam.OnMicrosoft.com.")),
    passes("wrong-tenant", "one of the other domains is the declared word", file(tenant="FABRIKAM.no")),
    passes("wrong-tenant", "the id is the declared word", file(tenant=GUID.upper())),
    passes("wrong-tenant", "one match is enough, the domains unread", sees(domains=LEFT_OUT)),
    passes(
        "wrong-tenant",
        "one match is enough, the domain unread",
        scene(declaration=declaration(tenant="fabrikam.no"), observation=observation(domain=LEFT_OUT)),
    ),
    fails("wrong-tenant", "none of the domains is the declared word", file(tenant="contoso.no")),
    fails("wrong-tenant", "the id is another", file(tenant=GUID.replace("b3d5", "b3d6"))),
    fails("wrong-tenant", "the id's digits are no name", file(tenant="b3d5a0f2")),
    unknown(
        "wrong-tenant",
        "tenantId",
        scene(declaration=declaration(tenant=GUID), observation=observation(tenant_id=LEFT_OUT)),
    ),
    unknown(
        "wrong-tenant",
        "tenant",
        scene(declaration=declaration(tenant="contoso.no"), observation=observation(domain=LEFT_OUT)),
    ),
    unknown(
        "wrong-tenant",
        "domains",
        scene(declaration=declaration(tenant="contoso.no"), observation=observation(domains=LEFT_OUT)),
    ),
    passes("not-read", "nothing was left unread", ground_scene()),
    Case(
        "not-read",
        "a plan could not be read",
        Status.UNKNOWN,
        "unread",
        ground_scene(unread=(("subscriptions[main].plan", "throttled"),)),
    ),
    passes("ambiguous-subscription", "one live subscription was matched", scene()),
    fails(
        "ambiguous-subscription", "two may be meant", unmatched("ambiguous", f"{ID} (A)", f"{OTHER_ID} (B)")
    ),
    fails("ambiguous-subscription", "the pinned one is gone", unmatched("gone", f"{ID} (A)"), "gone"),
    fails(
        "ambiguous-subscription", "the pinned one is gone and no other is there", unmatched("gone"), "gone"
    ),
    fails(
        "ambiguous-subscription",
        "a doubt outweighs a match",
        scene(problem="ambiguous", candidates=("x", "y")),
    ),
    skipped("ambiguous-subscription", "nothing is there to be meant", unmatched("absent")),
    unknown("ambiguous-subscription", "subscriptions[main]", unmatched("")),
    # The pair
    passes("pair-not-listed", "the pair is listed", scene()),
    passes("pair-not-listed", "an uncertain pair is listed", from_to(K2, E3)),
    fails("pair-not-listed", "no pair goes down", from_to(E3, E1)),
    fails("pair-not-listed", "the catalogue does not know the live plan", from_to(A_WORD_OF_NO_PLAN, E3)),
    passes("pair-unconfirmed", "the service offers it", from_to(K2, E3)),
    fails("pair-unconfirmed", "the service offers another", from_to(K2, E3, offers=(E1,))),
    fails("pair-unconfirmed", "the service offers nothing", from_to(K2, E3, offers=())),
    skipped("pair-unconfirmed", "a review hides every offer", hidden_by(review("pending"))),
    fails("pair-unconfirmed", "no review hides the offers", hidden_by(review("none"))),
    fails("pair-unconfirmed", "a review is not known", hidden_by(LEFT_OUT)),
    unknown("pair-unconfirmed", "subscriptions[main].offers", from_to(K2, E3, offers=LEFT_OUT)),
    skipped("pair-unconfirmed", "the pair is certain", sub(offers=LEFT_OUT)),
    skipped("pair-unconfirmed", "the pair is not listed", from_to(E3, E1, offers=LEFT_OUT)),
    passes("not-offered", "the service offers it", scene()),
    fails("not-offered", "the service offers others", sub(offers=(MID, E3))),
    fails("not-offered", "No options is an empty list", sub(offers=()), "no-options"),
    unknown("not-offered", "subscriptions[main].offers", sub(offers=LEFT_OUT)),
    skipped("not-offered", "the pair is not listed", from_to(E3, E1, offers=LEFT_OUT)),
    # The people
    passes("too-many-users", "300 are allowed", scene(live=live_subscription(assigned=300))),
    fails("too-many-users", "301 are not", sub(assigned=301)),
    fails(
        "too-many-users",
        "301 are not, whatever the tenant has",
        scene(live=live_subscription(assigned=301), observation=observation(users=LEFT_OUT)),
    ),
    passes("too-many-users", "a tenant of 300 is allowed", sees(users=300)),
    fails("too-many-users", "a tenant of 301 only warns", sees(users=301), "tenant", WARN),
    fails("too-many-users", "a tenant not counted only warns", sees(users=LEFT_OUT), "tenant-unknown", WARN),
    unknown("too-many-users", "subscriptions[main].assigned", sub(assigned=LEFT_OUT)),
    passes("legacy-over-25", "25 are allowed", sub(pre_upgrade=True, assigned=25)),
    passes("legacy-over-25", "bought after the upgrade", sub(pre_upgrade=False, assigned=26)),
    fails("legacy-over-25", "26 are not", sub(pre_upgrade=True, assigned=26)),
    unknown("legacy-over-25", "subscriptions[main].preUpgrade", sub(pre_upgrade=LEFT_OUT, assigned=3)),
    unknown("legacy-over-25", "subscriptions[main].assigned", sub(pre_upgrade=False, assigned=LEFT_OUT)),
    skipped(
        "legacy-over-25",
        "another plan",
        scene(before=Subscription(SBP, 20), live=live_subscription(pre_upgrade=LEFT_OUT)),
    ),
    passes("over-plan-cap", "25 fit", scene(after=Subscription(SBP, 25))),
    fails("over-plan-cap", "26 do not", scene(after=Subscription(SBP, 26))),
    fails(
        "over-plan-cap",
        "what is bought counts where less is declared",
        scene(before=Subscription(SB, 26), after=Subscription(SBP, 20)),
    ),
    passes("over-plan-cap", "an add up to 25 fits", add_scene(after=Subscription(SB, 25))),
    fails("over-plan-cap", "an add up to 26 does not", add_scene(after=Subscription(SB, 26))),
    passes(
        "over-plan-cap",
        "an add behind a switch counts by the plan of then",
        add_scene(
            before=Subscription(MID, 20),
            after=Subscription(MID, 300),
            tenant=Tenant("fabrikam", {"main": Subscription(MID, 20)}),
        ),
    ),
    skipped("over-plan-cap", "the plan has no cap", from_to(SB, E3, 5000)),
    unknown("over-plan-cap", "subscriptions[main].plan", from_to(SB, A_WORD_OF_NO_PLAN)),
    unknown("over-plan-cap", "subscriptions[main].licenses", scene(after=Subscription(SBP, None))),
    passes("role-missing", "a global administrator may always", from_to(E1, E3)),
    fails(
        "role-missing",
        "an administrator may not on Enterprise",
        replace(from_to(E1, E3), observation=observation(roles=frozenset({"administrator"}))),
    ),
    passes(
        "role-missing", "an administrator may on Small Business", sees(roles=frozenset({"administrator"}))
    ),
    passes(
        "role-missing", "so may one for billing", sees(roles=frozenset({"billing-administrator", "helper"}))
    ),
    fails("role-missing", "a word that is no such role", sees(roles=frozenset({"helper"}))),
    fails("role-missing", "no role at all", sees(roles=frozenset())),
    fails(
        "role-missing",
        "a standalone plan needs the stricter role",
        replace(from_to(EXCHANGE, E3), observation=observation(roles=frozenset({"billing-administrator"}))),
    ),
    fails(
        "role-missing",
        "so does a plan the catalogue does not know",
        replace(from_to(A_WORD_OF_NO_PLAN, E3), observation=observation(roles=frozenset({"administrator"}))),
    ),
    passes("role-missing", "the same for an add", add_scene()),
    unknown("role-missing", "operator.roles", sees(roles=LEFT_OUT)),
    passes("license-conflict", "as many assigned as bought", sub(assigned=20)),
    fails("license-conflict", "one more assigned than bought", sub(assigned=21)),
    fails("license-conflict", "a user without a licence", sub(users_without_license=1), "without"),
    unknown("license-conflict", "subscriptions[main].assigned", sub(assigned=LEFT_OUT)),
    unknown(
        "license-conflict", "subscriptions[main].usersWithoutLicense", sub(users_without_license=LEFT_OUT)
    ),
    # The purchase
    passes("prepaid", "paid by card", scene()),
    passes("prepaid", "paid by invoice", sub(payment="invoice")),
    fails("prepaid", "paid in advance", sub(payment="prepaid")),
    fails("prepaid", "an add is refused too", add_scene(live=live_subscription(payment="prepaid"))),
    unknown("prepaid", "subscriptions[main].payment", sub(payment=LEFT_OUT)),
    unknown("prepaid", "subscriptions[main].payment", sub(payment="voucher")),
    passes("trial-not-bought", "bought", scene()),
    fails("trial-not-bought", "a trial", sub(trial=True)),
    fails("trial-not-bought", "no licences for a trial", add_scene(live=live_subscription(trial=True))),
    unknown("trial-not-bought", "subscriptions[main].trial", sub(trial=LEFT_OUT)),
    passes("credit-review", "none runs", scene()),
    fails("credit-review", "one runs", sees(credit_review=review("pending", NOON - timedelta(days=3)))),
    fails(
        "credit-review",
        "14 days are waited",
        sees(credit_review=review("pending", NOON - timedelta(days=14))),
    ),
    fails(
        "credit-review",
        "more than 14 days are for support",
        sees(credit_review=review("pending", NOON - timedelta(days=14, seconds=1))),
        "too-long",
        SUPPORT,
    ),
    fails("credit-review", "its begin is not known", sees(credit_review=review("pending")), "since-unknown"),
    fails(
        "credit-review",
        "an add waits too",
        add_scene(observation=observation(credit_review=review("pending", NOON))),
    ),
    unknown("credit-review", "creditReview", sees(credit_review=LEFT_OUT)),
    unknown("credit-review", "creditReview.state", sees(credit_review=review("escalated"))),
    passes("credit-check-ahead", "paid by card", scene()),
    fails("credit-check-ahead", "paid by invoice", sub(payment="invoice")),
    unknown("credit-check-ahead", "subscriptions[main].payment", sub(payment=LEFT_OUT)),
    # The moment
    passes("not-active", "active", scene()),
    fails("not-active", "suspended", sub(status="suspended")),
    fails("not-active", "a word nobody knows", sub(status="locked-out")),
    unknown("not-active", "subscriptions[main].status", sub(status=LEFT_OUT)),
    passes("not-provisioned", "fully set up", scene()),
    fails("not-provisioned", "not yet", sub(provisioned=False)),
    unknown("not-provisioned", "subscriptions[main].provisioned", sub(provisioned=LEFT_OUT)),
    passes("service-unhealthy", "all are healthy", scene()),
    passes(
        "service-unhealthy",
        "one of another plan does not count",
        replace(from_to(EXCHANGE, E3), observation=observation(services={"exchange-online": "healthy"})),
    ),
    fails(
        "service-unhealthy",
        "one is degraded",
        sees(services={**dict.fromkeys(FOUR, "healthy"), "exchange-online": "degraded"}),
    ),
    unknown("service-unhealthy", ", ".join(f"services.{s}" for s in FOUR), sees(services=LEFT_OUT)),
    unknown(
        "service-unhealthy",
        "services.office-online",
        sees(services={s: "degraded" for s in FOUR if s != "office-online"}),
    ),
    unknown("service-unhealthy", "subscriptions[main].plan", from_to(A_WORD_OF_NO_PLAN, E3)),
    passes("website-domain", "the address is the live one", file(website="WWW.fabrikam.no.")),
    fails("website-domain", "the address is another", file(website="www.fabrikam.com")),
    skipped("website-domain", "none is declared", sees(website=LEFT_OUT)),
    unknown(
        "website-domain",
        "website.domain",
        scene(declaration=declaration(website="www.fabrikam.no"), observation=observation(website=LEFT_OUT)),
    ),
    # Switches under way
    passes("switch-running", "none runs", scene()),
    passes("switch-running", "a failed one does not run", sub(switch=switch_state("failed"))),
    fails("switch-running", "it just runs", sub(switch=running(10))),
    fails("switch-running", "past ten minutes", sub(switch=running(10.1)), "slow"),
    fails("switch-running", "an hour is waited", sub(switch=running(60)), "slow"),
    fails("switch-running", "past an hour", sub(switch=running(60.1)), "stuck", SUPPORT),
    fails("switch-running", "no first sight known", sub(switch=switch_state("running", to=SBP)), "no-clock"),
    fails("switch-running", "ordered and not begun", sub(switch=switch_state("ordered", to=SBP)), "ordered"),
    fails(
        "switch-running",
        "a review stops the clock",
        scene(
            live=live_subscription(switch=running(600, "ordered")),
            observation=observation(
                subscriptions=(live_subscription(switch=running(600, "ordered")),),
                credit_review=review("pending", NOON - timedelta(hours=10)),
            ),
        ),
        "ordered",
    ),
    fails(
        "switch-running",
        "ordered, without a review, past an hour",
        sub(switch=running(61, "ordered")),
        "stuck",
        SUPPORT,
    ),
    fails("switch-running", "another one runs", beside(running(3))),
    fails("switch-running", "another one is stuck", beside(running(61)), "stuck", SUPPORT),
    fails("switch-running", "an add waits too", add_scene(live=live_subscription(switch=running(3)))),
    unknown("switch-running", "subscriptions[main].switch", sub(switch=LEFT_OUT)),
    unknown("switch-running", "subscriptions[main].switch.state", sub(switch=switch_state("paused"))),
    unknown("switch-running", f"subscriptions[{OTHER_ID}].switch", beside(LEFT_OUT)),
    unknown("switch-running", f"subscriptions[{OTHER_ID}].switch.state", beside(switch_state("paused"))),
    unknown("switch-running", "subscriptions", sees(subscriptions=LEFT_OUT)),
    unknown(
        "switch-running", "creditReview", beside(running(61, "ordered"), seen={"credit_review": LEFT_OUT})
    ),
    passes("switch-failed", "none failed", scene()),
    passes("switch-failed", "another one's failure is not this one's", beside(switch_state("failed"))),
    fails("switch-failed", "the last one failed", sub(switch=switch_state("failed", to=SBP))),
    fails("switch-failed", "to a plan not known", sub(switch=switch_state("failed"))),
    unknown("switch-failed", "subscriptions[main].switch", sub(switch=LEFT_OUT)),
    unknown("switch-failed", "subscriptions[main].switch.state", sub(switch=switch_state("paused"))),
    passes("switch-first", "no switch is wanted", add_scene()),
    fails("switch-first", "a switch is wanted first", add_scene(switch_before=True)),
    # What the switch takes with it
    skipped("no-way-back", "the family stays", scene()),
    skipped("no-way-back", "a standalone plan has no family to leave", from_to(EXCHANGE, E3)),
    passes("no-way-back", "the target is named", leaves(accepts(E3))),
    passes("no-way-back", "true is a yes", leaves(accepts(True))),
    fails("no-way-back", "nothing is said", leaves(accepts(None))),
    fails("no-way-back", "no is said", leaves(accepts(False))),
    fails("no-way-back", "another target is named", leaves(accepts(MID)), "other"),
    fails(
        "no-way-back",
        "it was used up",
        leaves(accepts(True), frozenset({fingerprint(accepts(True))})),
        "spent",
    ),
    passes(
        "no-way-back", "another one was used up", leaves(accepts(E3), frozenset({fingerprint(accepts(True))}))
    ),
    unknown("no-way-back", "subscriptions[main].plan", from_to(A_WORD_OF_NO_PLAN, E3)),
    skipped("backup-missing", "the family stays", scene()),
    passes("backup-missing", "today's is fine", leaves(accepts(taken=TODAY))),
    passes("backup-missing", "30 days are fine", leaves(accepts(taken=date(2026, 10, 24)))),
    fails("backup-missing", "31 days are not", leaves(accepts(taken=date(2026, 10, 23))), "old"),
    fails(
        "backup-missing",
        "the file may ask for less",
        leaves(accepts(taken=date(2026, 11, 20)), most=2),
        "old",
    ),
    fails("backup-missing", "tomorrow's is none", leaves(accepts(taken=TOMORROW)), "future"),
    fails("backup-missing", "none is recorded", leaves(accepts(taken=None))),
    fails(
        "backup-missing", "it was used up", leaves(accepts(), frozenset({fingerprint(accepts())})), "spent"
    ),
    unknown("backup-missing", "subscriptions[main].plan", from_to(A_WORD_OF_NO_PLAN, E3)),
    passes("service-settings-lost", "nobody holds a licence", sub(assigned=0)),
    fails("service-settings-lost", "somebody does", sub(assigned=1)),
    unknown("service-settings-lost", "subscriptions[main].assigned", sub(assigned=LEFT_OUT)),
    # What is left for people
    fails("fewer-licenses", "five fewer are declared", handoff_scene()),
    fails("fewer-licenses", "one fewer is declared", handoff_scene(after=Subscription(SB, 19))),
    passes("fewer-licenses", "as many are declared", handoff_scene(after=Subscription(SB, 20))),
    skipped("fewer-licenses", "nothing is live", unmatched("absent")),
    skipped("fewer-licenses", "the number is left open", handoff_scene(after=Subscription(SB, None))),
    fails("not-live", "nothing can become it", unmatched("absent")),
    fails("not-live", "of any number", replace(unmatched("absent"), after=Subscription(SBP, None))),
    passes("not-live", "one is there", handoff_scene()),
    skipped("not-live", "two may be meant", unmatched("ambiguous", "x", "y")),
    skipped("not-live", "the pinned one is gone", unmatched("gone")),
    unknown("not-live", "subscriptions[main]", unmatched("")),
    # What we say ourselves
    passes("suspended", "nobody suspended it", scene()),
    fails("suspended", "the file does until tomorrow", file(suspend=pause(TOMORROW)), "file"),
    passes("suspended", "the file's end is today", file(suspend=pause(TODAY))),
    fails("suspended", "the store does until tomorrow", recalls(suspension=pause(TOMORROW)), "store"),
    passes("suspended", "the store's end is today", recalls(suspension=pause(TODAY))),
    passes("suspended", "there is no store", recalls(suspension=LEFT_OUT, absent="planned from a snapshot")),
    fails(
        "suspended",
        "the file holds without a store",
        scene(
            declaration=declaration(suspend=pause(TOMORROW)), memory=Memory(absent="planned from a snapshot")
        ),
        "file",
    ),
    unknown("suspended", RULES["fact.suspension"], recalls(suspension=LEFT_OUT)),
    passes("report-only", "the file lets us write", scene()),
    fails("report-only", "the file does not", file(mode=Mode.REPORT)),
    fails("report-only", "the file's suspension has ended", file(suspend=pause(TODAY)), "file-ended"),
    fails("report-only", "the store's suspension has ended", recalls(suspension=pause(TODAY)), "store-ended"),
    passes("report-only", "a suspension that holds is not ended", file(suspend=pause(TOMORROW))),
    passes("report-only", "nor is one in the store", recalls(suspension=pause(TOMORROW))),
    unknown("report-only", RULES["fact.suspension"], recalls(suspension=LEFT_OUT)),
    skipped("outside-window", "none is declared", scene()),
    passes("outside-window", "one is open", file(windows=(window("Mon 08:00-17:00"),))),
    fails("outside-window", "the next one is on Saturday", file(windows=(window("Sat 20:00-24:00"),))),
    fails(
        "outside-window",
        "all that is allowed is denied",
        file(windows=(window("Sat 20:00-24:00"), window("Sat 00:00-24:00", "deny"))),
        "never",
    ),
    passes("over-limit", "no number is near one", scene()),
    passes("over-limit", "the most for a tenant is reached", within(2, added_before=0)),
    fails("over-limit", "one more than the most for a tenant", within(1), "tenant"),
    fails("over-limit", "this run has added some already", within(2, added_before=1), "tenant"),
    passes("over-limit", "it doubles", grown(20, 40)),
    passes("over-limit", "a small number may grow by the floor", grown(20, 45)),
    fails("over-limit", "it grows by more than the floor and more than doubles", grown(20, 46), "growth"),
    passes("suspended", "its id was not read, and nothing is kept apart", recalls(apart=frozenset())),
    unknown("suspended", RULES["fact.suspension"], recalls(apart=frozenset({"domain", "id"}))),
    unknown("suspended", RULES["fact.suspension"], recalls(apart=LEFT_OUT)),
    unknown("outcome-unknown", RULES["fact.journal"], recalls(apart=frozenset({"domain"}))),
    passes("stopped", "the stop is off", scene()),
    fails("stopped", "the stop is on", recalls(stopped="incident 7")),
    fails("stopped", "the stop is on without a word", recalls(stopped="")),
    unknown("stopped", RULES["fact.stop"], recalls(stopped=LEFT_OUT)),
    passes("outcome-unknown", "nothing is open", scene()),
    passes(
        "outcome-unknown",
        "an earlier write is settled",
        recalls(intents=(intent(settled=Settled.NOT_TAKEN),)),
    ),
    fails("outcome-unknown", "a switch is open", recalls(intents=(intent(sent_at=NOON),))),
    fails(
        "outcome-unknown", "a taken write was not seen", recalls(intents=(intent(settled=Settled.STARTED),))
    ),
    fails("outcome-unknown", "a raise is open", recalls(intents=(intent(action=Action.ADD),))),
    unknown("outcome-unknown", RULES["fact.journal"], recalls(intents=LEFT_OUT)),
    passes("bought-back", "it had no more before", stood(20)),
    passes("bought-back", "it had fewer before", stood(19)),
    fails("bought-back", "it had one more before", stood(21)),
    fails("bought-back", "it had more than are wanted", stood(50)),
    fails("bought-back", "licences are added alone", add_scene(stood={"main": 22})),
    fails("bought-back", "the configuration holds it", stood(21, HOLD), "held", Effect.BLOCK),
    passes("bought-back", "there is nothing to hold", stood(20, HOLD)),
    skipped("bought-back", "nobody remembers how many it had", stood(None)),
    skipped("bought-back", "nor is that held", stood(None, HOLD)),
    skipped("bought-back", "no licence is added", replace(stood(50), after=Subscription(SBP, 20))),
    skipped("bought-back", "another one had more", scene(stood={"post": 50})),
    unknown("bought-back", RULES["fact.baseline"], scene(stood=LEFT_OUT)),
    Case(
        "bought-back",
        "what is not known is held too",
        Status.UNKNOWN,
        "unread",
        scene(stood=LEFT_OUT, limits=HOLD),
        Effect.BLOCK,
    ),
    *TODAY_CASES,
]


def row(rule_id: str) -> Rule:
    found = rules.rule_named(rule_id)
    assert found, rule_id
    return found


def finding(rule_id: str, s: Scene) -> Finding:
    return next(f for f in rules.check(s) if f.id == rule_id)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_rule_gives_the_answer_of_its_case(case: Case) -> None:
    rule = row(case.rule)
    try:
        answer = rule.check(case.scene)
        status, said, effect = answer.status, answer.key, answer.effect
    except NotKnown as missing:
        status, said, effect = Status.UNKNOWN, missing.fact, None
    assert (status, said, effect) == (case.status, case.says, case.effect)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_loop_words_each_case_as_its_rule_answers_it(case: Case) -> None:
    if case.scene.action not in row(case.rule).on:
        found = next(f for f in rules.check_ground(case.scene) if f.id == case.rule)
    else:
        found = finding(case.rule, case.scene)
    assert found.status is case.status
    assert found.effect is (case.effect or row(case.rule).effect)
    assert found.message
    assert bool(found.remedy) == (case.status in (Status.FAIL, Status.UNKNOWN))


def test_every_rule_has_a_case_for_each_answer_it_can_give() -> None:
    seen = {(case.rule, case.status) for case in CASES}
    ids = {rule.id for rule in (*rules.TABLE, *rules.GROUND)}
    assert {i for i in ids if (i, Status.PASS) not in seen} == set()
    assert {i for i in ids if not {(i, Status.FAIL), (i, Status.UNKNOWN)} & seen} == set()
    assert {i for i in ids - {"not-read"} if (i, Status.FAIL) not in seen} == set()
    needing = {rule.id for rule in rules.TABLE if rule.needs or rule.ours}
    assert {i for i in needing if (i, Status.UNKNOWN) not in seen} == set()


def test_every_sentence_of_the_rules_is_used_and_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()

    class Recorded(dict[str, str]):
        def __getitem__(self, key: str) -> str:
            used.add(key)
            return super().__getitem__(key)

    monkeypatch.setattr(messages, "SENTENCES", Recorded(RULES))
    for case in (
        *CASES,
        Case("service-unhealthy", "a plan of nothing", Status.UNKNOWN, "", _plan_of_nothing()),
    ):
        rules.check(case.scene)
        rules.check_ground(case.scene)
    assert set(RULES) - used == set()


def _plan_of_nothing() -> Scene:
    s = scene()
    bare = replace(s.catalogue.plans[SB], services=())
    return replace(s, catalogue=replace(s.catalogue, plans={**s.catalogue.plans, SB: bare}))


def test_the_words_the_rules_know_of_small_business_are_those_of_the_catalogue() -> None:
    assert scene().catalogue.plans[LEGACY_PLAN].family == SMALL_BUSINESS


def test_a_plan_whose_services_the_catalogue_does_not_name_is_unknown_not_healthy() -> None:
    assert finding("service-unhealthy", _plan_of_nothing()).status is Status.UNKNOWN


def test_nothing_stands_in_the_way_of_the_switch_and_the_add_all_tests_start_from() -> None:
    for s in (scene(), add_scene(), today_scene(), today_add()):
        holding = [f.id for f in rules.check(s) if f.status not in (Status.PASS, Status.SKIPPED)]
        assert holding in (["service-settings-lost"], [], ["seats-owed"])


def test_every_row_that_concerns_the_action_is_asked_and_no_other() -> None:
    for s in (scene(), add_scene(), handoff_scene(), sub(assigned=LEFT_OUT, switch=LEFT_OUT)):
        asked = [r.id for r in rules.TABLE if s.action in r.on and not r.today]
        assert [f.id for f in rules.check(s)] == asked
    for s in (today_scene(), today_add()):
        assert [f.id for f in rules.check(s)] == [r.id for r in rules.TABLE if s.action in r.on]
    always = ["wrong-tenant", "suspended", "not-read"]
    assert [f.id for f in rules.check_ground(ground_scene())] == always
    assert [f.id for f in rules.check_ground(ground())] == [*always, "trial-converts"]


def test_the_rows_of_today_are_those_of_todays_commerce() -> None:
    assert {r.id for r in (*rules.TABLE, *rules.GROUND) if r.today} == {
        "over-family-cap",
        "scheduled-change-lost",
        "renewal-near",
        "add-ons-present",
        "same-product-twice",
        "trial-converts",
        "seats-owed",
        "update-budget",
    }


def test_ids_stand_once_and_every_row_has_a_source() -> None:
    ids = [rule.id for rule in (*rules.TABLE, *(r for r in rules.GROUND if r not in rules.TABLE))]
    assert len(ids) == len(set(ids))
    assert all(rule.source for rule in (*rules.TABLE, *rules.GROUND))
    assert rules.rule_named("no-such-rule") is None


def test_every_cause_stands_before_the_row_it_explains() -> None:
    order = [rule.id for rule in rules.TABLE]
    for rule in rules.TABLE:
        assert all(order.index(cause) < order.index(rule.id) for cause in rule.explained_by)


DESIGNED_CAUSES = {
    "too-many-users": sub(assigned=301, offers=()),
    "prepaid": sub(payment="prepaid", offers=()),
    "trial-not-bought": sub(trial=True, offers=()),
    "legacy-over-25": sub(pre_upgrade=True, assigned=26, licenses=30, offers=()),
    "not-active": sub(status="expired", offers=()),
    "not-provisioned": sub(provisioned=False, offers=()),
    "service-unhealthy": scene(
        live=live_subscription(offers=()), observation=observation(services=dict.fromkeys(FOUR, "degraded"))
    ),
    "license-conflict": sub(users_without_license=2, offers=()),
    "credit-review": scene(
        live=live_subscription(offers=()), observation=observation(credit_review=review("pending", NOON))
    ),
    "switch-running": sub(switch=running(2), offers=()),
    "add-ons-present": today_sub(add_ons=("Visio Plan 1",), offers=()),
    "same-product-twice": today_scene(
        live=today_live(offers=()), others=(other(BASIC),), after=Subscription(STANDARD, 20)
    ),
}


@pytest.mark.parametrize("cause", DESIGNED_CAUSES)
def test_no_options_is_said_to_be_explained_by_a_known_cause(cause: str) -> None:
    found = finding("not-offered", DESIGNED_CAUSES[cause])
    assert found.status is Status.SKIPPED
    assert f"explained by {cause}" in found.message


def test_the_causes_of_no_options_are_those_of_the_design() -> None:
    assert set(row("not-offered").explained_by) == set(DESIGNED_CAUSES)


def test_a_warning_explains_nothing() -> None:
    warned = scene(live=live_subscription(offers=()), observation=observation(users=301))
    assert finding("too-many-users", warned).status is Status.FAIL
    assert finding("not-offered", warned).status is Status.FAIL


def test_a_cause_that_is_not_known_explains_nothing() -> None:
    assert finding("not-offered", sub(trial=LEFT_OUT, offers=())).status is Status.FAIL


def test_without_a_state_store_only_the_rows_about_the_store_are_left_out() -> None:
    alone = Memory(absent="planned from a snapshot", stopped=LEFT_OUT, intents=LEFT_OUT, suspension=LEFT_OUT)
    with_store, without = rules.check(scene()), rules.check(scene(memory=alone))
    changed = {b.id for a, b in zip(with_store, without, strict=True) if a != b}
    assert changed == {"stopped", "outcome-unknown", "bought-back"}
    assert {f.message for f in without if f.id in changed} == {
        "Does not concern this step: planned from a snapshot."
    }


def test_a_step_without_a_live_counterpart_is_unknown_wherever_a_rule_needs_one() -> None:
    for s in (scene(live=None), scene(live=None, before=None), add_scene(live=None, before=None)):
        answers = {f.id: f.status for f in rules.check(s)}
        needing = {
            r.id
            for r in rules.TABLE
            if s.action in r.on and not r.today and {"trial", "status", "switch"} & set(r.needs)
        }
        assert {answers[i] for i in needing} == {Status.UNKNOWN}


def test_the_sentences_name_tenant_subscription_and_numbers() -> None:
    conflict = finding("license-conflict", sub(assigned=23))
    assert "main of fabrikam has 23 licences assigned and 20 bought: 3 too few" in conflict.message
    assert "Office 365 Small Business with at least 23 licences" in conflict.remedy
    unsettled = finding("outcome-unknown", recalls(intents=(intent(sent_at=NOON),)))
    assert "request req-1, 2026-11-23 12:00 UTC" in unsettled.message
    assert "reconciler resolve" in unsettled.remedy
    refused = finding("no-way-back", leaves(accepts(None)))
    assert "`acknowledge: {noWayBack: office-365-enterprise-e3}`" in refused.remedy
    unread = rules.check_ground(ground_scene(unread=(("a", "throttled"), ("b", "HTTP 503"))))[-1]
    assert "a (throttled); b (HTTP 503)" in unread.message


def test_the_sentences_tell_the_numbers_and_names_they_were_given() -> None:
    two_short = finding("license-conflict", sub(assigned=19, users_without_license=2))
    assert "Users without a valid licence in main of fabrikam: 2" in two_short.message
    assert "at least 21 licences" in two_short.remedy
    candidates = unmatched("ambiguous", f"{ID} (A)", f"{OTHER_ID} (B)")
    assert f"{ID} (A); {OTHER_ID} (B)" in finding("ambiguous-subscription", candidates).message
    assert "Live now: no subscription at all." in finding("ambiguous-subscription", unmatched("gone")).message
    assert "licences: 22" in finding("not-live", unmatched("absent")).message
    others = finding("not-offered", sub(offers=(E3, MID)))
    assert "On offer: Office 365 Enterprise E3, Office 365 Midsize Business." in others.message
    assert "first seen 7 min ago" in finding("switch-running", sub(switch=running(7.5))).message
    assert "first seen 0 min ago" in finding("switch-running", sub(switch=running(-3))).message


def test_what_is_bought_back_is_told_with_the_numbers_and_never_more_than_was_there() -> None:
    message = finding("bought-back", stood(50)).message
    assert "main of fabrikam had 50 licences when all was well and has 20 now" in message
    assert "somebody else took 30 away. This buys 2 of them back" in message
    assert "took 1 away. This buys 1 of them back" in finding("bought-back", stood(21)).message
    held = finding("bought-back", stood(50, HOLD))
    assert "`limits.buyBack` is `hold`" in held.message
    assert "a waiver of bought-back" in held.remedy


def test_several_open_writes_are_told_oldest_first() -> None:
    late = intent(id="i2", request_id="req-2", intended_at=NOON)
    found = finding("outcome-unknown", recalls(intents=(late, intent())))
    assert found.message.index("req-1") < found.message.index("req-2")


def test_an_unhealthy_service_is_named_even_where_another_is_not_known() -> None:
    found = finding("service-unhealthy", sees(services={"exchange-online": "degraded"}))
    assert found.status is Status.UNKNOWN
    assert "exchange-online (degraded)" in found.message
    assert "services.lync-online" in found.message


def test_the_switch_that_needs_support_is_told_before_one_that_only_takes_its_time() -> None:
    stuck = live_subscription(id=OTHER_ID, plan=E1, switch=running(90))
    young = live_subscription(switch=running(2))
    found = finding(
        "switch-running", scene(live=young, observation=observation(subscriptions=(young, stuck)))
    )
    assert found.effect is Effect.SUPPORT
    assert OTHER_ID in found.message


def test_a_fingerprint_is_the_same_everywhere_and_another_for_another_acknowledgement() -> None:
    said = accepts(E3)
    assert fingerprint(said) == fingerprint(accepts(E3))
    others = [accepts(True), accepts(MID), accepts(E3, TODAY), accepts(E3, None), Acknowledgement()]
    assert len({fingerprint(a) for a in (said, *others)}) == 6
    assert fingerprint(Acknowledgement()).startswith("83773bda381f")


def test_a_day_ends_at_midnight_utc() -> None:
    oslo = timezone(timedelta(hours=1))
    late = observation(at=datetime(2026, 11, 24, 0, 59, tzinfo=oslo))
    held = scene(declaration=declaration(suspend=pause(TOMORROW)), observation=late)
    assert finding("suspended", held).status is Status.FAIL
    free = replace(held, observation=observation(at=datetime(2026, 11, 24, tzinfo=UTC)))
    assert finding("suspended", free).status is Status.PASS

"""What the rules must say where the service is asked what may be switched: a table of scenes and answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from answers import fails, passes, skipped, unknown
from scenes import (
    BASIC,
    BASIC_WITHOUT_TEAMS,
    ID,
    LEFT_OUT,
    NOON,
    OFFICE_E3,
    OTHER_ID,
    PREMIUM,
    STANDARD,
    add_scene,
    declaration,
    observation,
    today_add,
    today_catalogue,
    today_live,
    today_scene,
)

from reconciler.memory import Memory, fingerprint
from reconciler.model import Acknowledgement, Backup, Subscription, Tenant
from reconciler.observe import LiveSubscription, Observation, Traits, Unversioned
from reconciler.rules.scene import Effect, Scene

WARN, SUPPORT = Effect.WARN, Effect.SUPPORT
A_MINUTE = timedelta(minutes=1)


def sub(**facts: object) -> Scene:
    """The upgrade, with some facts of the live subscription overridden."""
    return today_scene(live=today_live(**facts))


def add(**facts: object) -> Scene:
    """The add, with some facts of the live subscription overridden."""
    return today_add(live=today_live(**facts))


def other(plan: object = STANDARD, licenses: object = 100, **facts: object) -> LiveSubscription:
    return today_live(id=OTHER_ID, plan=plan, licenses=licenses, **facts)


def to(plan: str, **overrides: object) -> Scene:
    """A switch to another plan, which the service offers."""
    live = overrides.pop("live", None) or today_live(offers=(plan,))
    return today_scene(live=live, after=Subscription(plan, 20), **overrides)


def from_to(start: str, end: str, offers: tuple[str, ...] | None = None, **overrides: object) -> Scene:
    live = today_live(plan=start, offers=(end,) if offers is None else offers)
    before, after = Subscription(start, 20), Subscription(end, 20)
    return today_scene(live=live, before=before, after=after, **overrides)


def accepts(
    no_way_back: str | bool | None = STANDARD, taken: date | None = None, spent: bool = False
) -> Scene:
    """The upgrade, with what the file acknowledges, and whether that was used up."""
    said = Acknowledgement(no_way_back, Backup(taken, "vault job 118") if taken else None)
    memory = Memory(spent=frozenset({fingerprint(said)} if spent else ()))
    return today_scene(declaration=declaration(acknowledge=said), memory=memory)


def loses_teams(taken: date | None, spent: bool = False) -> Scene:
    """A switch to a plan without Teams, with a back-up on record or without."""
    said = Acknowledgement(BASIC_WITHOUT_TEAMS, Backup(taken, "vault job 118") if taken else None)
    memory = Memory(spent=frozenset({fingerprint(said)} if spent else ()))
    return to(BASIC_WITHOUT_TEAMS, declaration=declaration(acknowledge=said), memory=memory)


def ground(*subscriptions: LiveSubscription, seen: Observation | None = None) -> Scene:
    """The tenant itself, without a step."""
    bare = {"action": None, "address": "", "before": None, "after": None, "live": None}
    seen = seen or observation(subscriptions=subscriptions)
    return today_scene(**bare, observation=seen, paired={"main": ID})


def trial(days: float, **facts: object) -> LiveSubscription:
    """A trial of new commerce that renews itself in so many days."""
    return today_live(**{"trial": True, "term_ends": NOON + timedelta(days=days), **facts})


def versions(unversioned: Unversioned, version: str | None = None) -> Scene:
    """The add at a backend that does so with subscriptions without a version."""
    s = add(version=version)
    return replace(s, observation=replace(s.observation, traits=Traits(unversioned=unversioned)))


def raised(times: int) -> Scene:
    return today_add(memory=Memory(raises={ID: times}))


def declared_other(by_then: int, **facts: object) -> Scene:
    """The add beside another declared subscription that will stand at so many licences by then."""
    tenant = Tenant("fabrikam", {"main": Subscription(BASIC, 20), "more": Subscription(STANDARD, by_then)})
    return today_add(others=(other(**facts),), tenant=tenant, paired={"main": ID, "more": OTHER_ID})


LIMITED = replace(today_catalogue(), most_users=18)

TODAY_CASES = [
    # The two plans
    skipped("pair-not-listed", "the service is asked, and there is no list", today_scene()),
    fails(
        "pair-not-listed",
        "the catalogue forbids it though it is offered",
        from_to(STANDARD, BASIC),
        "forbidden",
    ),
    skipped("pair-unconfirmed", "the service is asked, and there is no list", today_scene()),
    passes("not-offered", "the service offers it", today_scene()),
    fails("not-offered", "the service offers others", sub(offers=(OFFICE_E3,)), "not-a-path"),
    fails("not-offered", "the service offers nothing", sub(offers=()), "no-path"),
    unknown("not-offered", "subscriptions[main].offers", sub(offers=LEFT_OUT)),
    skipped("not-offered", "the catalogue forbids it anyway", from_to(STANDARD, BASIC, ())),
    # The people
    skipped("too-many-users", "today's catalogue knows no such limit", sub(assigned=4000, licenses=4000)),
    passes(
        "too-many-users", "a limit of the catalogue's own is kept at its edge", today_scene(catalogue=LIMITED)
    ),
    fails("too-many-users", "and not beyond", today_scene(catalogue=LIMITED, live=today_live(assigned=19))),
    passes("role-missing", "a reseller may order", today_scene()),
    passes(
        "role-missing",
        "a billing administrator may order",
        today_scene(observation=observation(roles=frozenset({"billing-administrator"}))),
    ),
    fails(
        "role-missing",
        "a license administrator may not",
        today_scene(observation=observation(roles=frozenset({"license-administrator"}))),
    ),
    # What a tenant has together
    passes("over-family-cap", "300 together are allowed", today_add(others=(other(licenses=275),))),
    fails("over-family-cap", "301 together are not", today_add(others=(other(licenses=276),))),
    fails(
        "over-family-cap",
        "a switch into the family counts what it brings",
        to(STANDARD, others=(other(licenses=281),)),
    ),
    passes(
        "over-family-cap",
        "another family does not count, nor does a plan nobody knows, nor what has expired",
        today_add(others=(other(OFFICE_E3, 900), other("visio", 900), other(PREMIUM, 900, status="expired"))),
    ),
    passes(
        "over-family-cap",
        "numbers of another family need not be known",
        today_add(others=(other(OFFICE_E3, LEFT_OUT),)),
    ),
    skipped(
        "over-family-cap", "the family has no cap together", to(OFFICE_E3, others=(other(licenses=300),))
    ),
    passes("over-family-cap", "a declared one counts as it will stand", declared_other(200, licenses=400)),
    fails(
        "over-family-cap",
        "a declared one counts as it will stand, and that is more",
        declared_other(276, licenses=1),
    ),
    passes(
        "over-family-cap",
        "a declared one that will have left the family counts no more",
        today_add(
            others=(other(licenses=290),),
            tenant=Tenant(
                "fabrikam", {"main": Subscription(BASIC, 20), "more": Subscription(OFFICE_E3, 290)}
            ),
            paired={"main": ID, "more": OTHER_ID},
        ),
    ),
    fails(
        "over-family-cap",
        "a declared one without a number of its own counts as it is",
        today_add(
            others=(other(licenses=290),),
            tenant=Tenant(
                "fabrikam", {"main": Subscription(BASIC, 20), "more": Subscription(STANDARD, None)}
            ),
            paired={"main": ID, "more": OTHER_ID},
        ),
    ),
    unknown("over-family-cap", "subscriptions", today_add(observation=observation(subscriptions=LEFT_OUT))),
    unknown("over-family-cap", f"subscriptions[{OTHER_ID}].plan", today_add(others=(other(LEFT_OUT),))),
    unknown(
        "over-family-cap",
        f"subscriptions[{OTHER_ID}].licenses",
        today_add(others=(other(licenses=LEFT_OUT),)),
    ),
    unknown(
        "over-family-cap", f"subscriptions[{OTHER_ID}].status", today_add(others=(other(status=LEFT_OUT),))
    ),
    unknown("over-family-cap", "subscriptions[main].plan", to("a-plan-of-nobody")),
    passes("same-product-twice", "the other one is of another plan", today_scene(others=(other(),))),
    passes(
        "same-product-twice", "the other one is over", today_scene(others=(other(BASIC, status="disabled"),))
    ),
    fails("same-product-twice", "the other one is of the same plan", today_scene(others=(other(BASIC),))),
    fails(
        "same-product-twice",
        "a suspended one still is one",
        today_scene(others=(other(BASIC, status="suspended"),)),
    ),
    unknown(
        "same-product-twice", "subscriptions", today_scene(observation=observation(subscriptions=LEFT_OUT))
    ),
    unknown("same-product-twice", f"subscriptions[{OTHER_ID}].plan", today_scene(others=(other(LEFT_OUT),))),
    unknown(
        "same-product-twice",
        f"subscriptions[{OTHER_ID}].status",
        today_scene(others=(other(BASIC, status=LEFT_OUT),)),
    ),
    passes("add-ons-present", "no add-on", today_scene()),
    fails("add-ons-present", "two add-ons", sub(add_ons=("Audio Conferencing", "Visio Plan 1"))),
    unknown("add-ons-present", "subscriptions[main].addOns", sub(add_ons=LEFT_OUT)),
    # The moment
    passes("scheduled-change-lost", "nothing is arranged", today_add()),
    fails("scheduled-change-lost", "a change at the renewal", sub(scheduled=("renewal",))),
    fails(
        "scheduled-change-lost",
        "two, and a word nobody knows",
        add(scheduled=("billing", "renewal", "merger")),
    ),
    unknown("scheduled-change-lost", "subscriptions[main].scheduled", sub(scheduled=LEFT_OUT)),
    passes(
        "renewal-near", "a minute more than a day is left", sub(term_ends=NOON + timedelta(days=1) + A_MINUTE)
    ),
    fails("renewal-near", "a day is left", sub(term_ends=NOON + timedelta(days=1))),
    fails(
        "renewal-near",
        "it ended a day ago, and the new term is not shown yet",
        add(term_ends=NOON - timedelta(days=1)),
    ),
    passes("renewal-near", "it ended longer ago", add(term_ends=NOON - timedelta(days=1) - A_MINUTE)),
    unknown("renewal-near", "subscriptions[main].termEnds", add(term_ends=LEFT_OUT)),
    # What the file accepts
    passes("no-way-back", "the file accepts it for this plan", accepts()),
    passes("no-way-back", "the file accepts it for any", accepts(True)),
    fails("no-way-back", "also within the family somebody has to accept it", accepts(None), "upgrade"),
    fails("no-way-back", "the file accepts another one", accepts(PREMIUM), "upgrade-other"),
    fails("no-way-back", "that was used up", accepts(spent=True), "spent"),
    unknown("no-way-back", "subscriptions[main].plan", to("a-plan-of-nobody")),
    skipped("backup-missing", "every service stays", accepts()),
    skipped("backup-missing", "to another family, and every service stays", to(OFFICE_E3)),
    passes("backup-missing", "a service is lost, and there is a back-up", loses_teams(date(2026, 11, 20))),
    fails("backup-missing", "a service is lost without a back-up", loses_teams(None), "lost"),
    fails("backup-missing", "the back-up is of tomorrow", loses_teams(date(2026, 11, 24)), "lost-future"),
    fails("backup-missing", "the back-up is too old", loses_teams(date(2026, 10, 1)), "lost-old"),
    fails(
        "backup-missing", "the back-up was of another switch", loses_teams(date(2026, 11, 20), True), "spent"
    ),
    # What it costs
    fails("seats-owed", "five licences more", today_add()),
    fails("seats-owed", "a switch that adds", today_scene(after=Subscription(STANDARD, 21))),
    fails("seats-owed", "the end of the term is not known", add(term_ends=LEFT_OUT), "no-end"),
    fails("seats-owed", "a word for its commerce that nobody knows", add(commerce="newer-commerce")),
    skipped("seats-owed", "nothing is added", today_scene()),
    passes("seats-owed", "a subscription of before new commerce", add(commerce="legacy")),
    unknown("seats-owed", "subscriptions[main].commerce", add(commerce=LEFT_OUT)),
    passes("trial-converts", "it is no trial", today_add()),
    passes("trial-converts", "no trial in the tenant", ground(today_live(), other())),
    passes("trial-converts", "its renewal is off", ground(trial(3, auto_renews=False))),
    passes(
        "trial-converts", "a trial of before new commerce never does", ground(trial(3, commerce="legacy"))
    ),
    fails("trial-converts", "in eight days", ground(trial(8), other())),
    fails("trial-converts", "in seven days", ground(today_live(), trial(7, id=OTHER_ID)), "near"),
    fails("trial-converts", "a plan that is not known", ground(trial(7, plan=LEFT_OUT)), "near"),
    fails("trial-converts", "one is known, of another it is not", ground(other(trial=LEFT_OUT), trial(8))),
    fails("trial-converts", "the step's own", today_add(live=trial(8))),
    passes(
        "trial-converts", "another one is told of the tenant itself", today_add(others=(other(trial=True),))
    ),
    unknown("trial-converts", "subscriptions[main].trial", ground(trial(3, trial=LEFT_OUT))),
    unknown("trial-converts", "subscriptions[main].commerce", ground(trial(3, commerce=LEFT_OUT))),
    unknown("trial-converts", "subscriptions[main].autoRenews", ground(trial(3, auto_renews=LEFT_OUT))),
    unknown("trial-converts", "subscriptions[main].termEnds", add(trial=True, term_ends=LEFT_OUT)),
    unknown("trial-converts", "subscriptions", ground(seen=observation(subscriptions=LEFT_OUT))),
    passes("update-budget", "999 raises are not even counted", today_add()),
    fails("update-budget", "1,000 raises", raised(1000)),
    fails("update-budget", "1,199 raises", raised(1199)),
    fails("update-budget", "1,200 raises", raised(1200), "spent", SUPPORT),
    unknown("update-budget", "the journal of earlier writes", today_add(memory=Memory(intents=LEFT_OUT))),
    skipped("no-version", "nothing is known of versions", versions(Unversioned.UNHEEDED)),
    passes("no-version", "a version is shown", versions(Unversioned.REFUSED, "W/1")),
    passes(
        "no-version", "a version is shown, and the risk would be taken", versions(Unversioned.ALLOWED, "W/1")
    ),
    fails("no-version", "none is shown", versions(Unversioned.REFUSED)),
    fails("no-version", "none is shown, and the risk is taken", versions(Unversioned.ALLOWED), "race", WARN),
    fails(
        "no-version",
        "it is asked with every catalogue",
        add_scene(
            live=today_live(version=None, plan="office-365-small-business"),
            observation=observation(traits=Traits(unversioned=Unversioned.REFUSED)),
        ),
    ),
]

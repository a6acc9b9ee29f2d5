"""Who uses a subscription and who operates on it in, answers out: head counts, caps, roles, conflicts."""

from __future__ import annotations

from reconciler.messages import say
from reconciler.observe import Unknown
from reconciler.rules.reading import live, member, number, plan, source, target, title, titles, who
from reconciler.rules.scene import Answer, Effect, Scene, know

LEGACY_LIMIT = 25
LEGACY_PLAN = "office-365-small-business"
SMALL_BUSINESS = "small-business"
GLOBAL_ADMINISTRATOR = "global-administrator"
SMALL_BUSINESS_ROLES = frozenset({"administrator", GLOBAL_ADMINISTRATOR, "billing-administrator"})


def too_many_users(scene: Scene) -> Answer:
    """More than 300 licence holders end the wizard; more people in the tenant only warn (R-MAX-300, A-7, M-11)."""
    most = scene.catalogue.most_users
    if most is None:
        return Answer.skipped(say("too-many-users.skipped"))
    assigned = know(live(scene).assigned, member(scene, "assigned"))
    users = scene.observation.users
    facts = {**who(scene), "assigned": assigned, "limit": most}
    if assigned > most:
        return Answer.failed(**facts)
    if isinstance(users, Unknown):
        return Answer.failed("tenant-unknown", Effect.WARN, reason=users.reason, **facts)
    if users > most:
        return Answer.failed("tenant", Effect.WARN, users=users, **facts)
    return Answer.passed(users=users, **facts)


def legacy_over_25(scene: Scene) -> Answer:
    """Small Business from before the upgrade, with more than 25 users, stays (R-SB-LEGACY-25, A-8)."""
    if source(scene).plan != LEGACY_PLAN:
        return Answer.skipped(say("legacy-over-25.skipped"))
    legacy = know(live(scene).pre_upgrade, member(scene, "preUpgrade"))
    assigned = know(live(scene).assigned, member(scene, "assigned"))
    facts = {**who(scene), "assigned": assigned, "limit": LEGACY_LIMIT}
    if legacy and assigned > LEGACY_LIMIT:
        return Answer.failed(**facts)
    return Answer.passed(**facts)


def over_plan_cap(scene: Scene) -> Answer:
    """The licences there would be must fit the plan there would be (R-SB-CAP-25, A-12, M-25)."""
    goal = target(scene)
    wanted = plan(scene, goal.plan)
    if wanted.cap is None:
        return Answer.skipped(say("over-plan-cap.skipped", plan=wanted.name))
    # An order never lowers the number, so a target below what is bought would still end at what is bought.
    total = max(number(goal, scene), number(source(scene), scene))
    facts = {**who(scene), "plan": wanted.name, "total": total, "cap": wanted.cap}
    if total > wanted.cap:
        return Answer.failed(over=total - wanted.cap, **facts)
    return Answer.passed(**facts)


def role_missing(scene: Scene) -> Answer:
    """The plan's family decides who may order; else the stricter role counts (R-ROLE-*, A-11, M-02)."""
    roles = know(scene.observation.roles, "operator.roles")
    start = source(scene).plan
    enough = _may_order(scene, start)
    facts = {
        **who(scene),
        "plan": title(scene, start),
        "needed": say("role-missing.or").join(sorted(enough)),
        "held": ", ".join(sorted(roles)) or say("role-missing.none"),
    }
    return Answer.passed(**facts) if roles & enough else Answer.failed(**facts)


def _may_order(scene: Scene, key: str) -> frozenset[str]:
    """Return the roles of which one is enough: those the catalogue names for the family, else the article's."""
    known = scene.catalogue.plans.get(key)
    named = scene.catalogue.roles.get(known.family) if known else None
    if named:
        return frozenset(named)
    if known and known.family == SMALL_BUSINESS:
        return SMALL_BUSINESS_ROLES
    return frozenset({GLOBAL_ADMINISTRATOR})


def license_conflict(scene: Scene) -> Answer:
    """Every user must hold a valid licence before a switch (R-VALID-LICENSES, R-LICENSE-CONFLICT, A-23)."""
    assigned = know(live(scene).assigned, member(scene, "assigned"))
    without = know(live(scene).users_without_license, member(scene, "usersWithoutLicense"))
    bought = number(source(scene), scene)
    facts = {**titles(scene), "assigned": assigned, "bought": bought, "without": without}
    if assigned > bought:
        return Answer.failed(over=assigned - bought, total=max(assigned, bought + without), **facts)
    if without > 0:
        return Answer.failed("without", total=max(assigned + without, bought), **facts)
    return Answer.passed(**facts)

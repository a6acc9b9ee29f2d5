"""The table of rules: every row in the order it is asked and shown. A new rule is one function and one row.

Causes stand before ``not-offered``, whose answer is a mere shadow of them. ``needs`` are attribute names of
the live subscription and the observation; ``subscriptions`` means the running switch of each of the tenant's.
"""

from __future__ import annotations

from collections.abc import Callable

from reconciler.model import EVERY_ACTION, WRITES, Action
from reconciler.rules import (
    condition,
    ground,
    leftover,
    oneway,
    ours,
    pairs,
    people,
    purchase,
    underway,
)
from reconciler.rules.scene import Answer, Effect, Rule, Scene

SWITCH = frozenset({Action.SWITCH})
ADD = frozenset({Action.ADD})
HANDOFF = frozenset({Action.HANDOFF})
BLOCK, WAIT, SUPPORT, WARN = Effect.BLOCK, Effect.WAIT, Effect.SUPPORT, Effect.WARN
OURS = ("ours",)


def row(
    rule_id: str,
    on: frozenset[Action],
    effect: Effect,
    check: Callable[[Scene], Answer],
    source: str,
    needs: str = "",
    explained_by: str = "",
    *,
    waivable: bool = False,
) -> Rule:
    """Return one row; sources, needs and explanations are words with blanks between them."""
    return Rule(
        rule_id,
        on,
        effect,
        check,
        tuple(source.split()),
        needs=tuple(needs.split()),
        explained_by=tuple(explained_by.split()),
        waivable=waivable,
    )


def of_the_store(
    rule_id: str, on: frozenset[Action], effect: Effect, check: Callable[[Scene], Answer]
) -> Rule:
    """Return one row about our own state store; it is left out where there is none."""
    return Rule(rule_id, on, effect, check, OURS, ours=True)


WRONG_TENANT = row(
    "wrong-tenant", EVERY_ACTION, BLOCK, ground.wrong_tenant, "ours", "domain tenant_id domains"
)

SUSPENDED = row("suspended", WRITES, WAIT, ours.suspended, "ours")

TABLE: tuple[Rule, ...] = (
    row("ambiguous-subscription", EVERY_ACTION, BLOCK, leftover.ambiguous_subscription, "ours"),
    WRONG_TENANT,
    row(
        "pair-not-listed",
        SWITCH,
        SUPPORT,
        pairs.pair_not_listed,
        "R-LIST R-NOT-LISTED R-MAN-DEF R-MAN-WHEN R-MAN-SUPPORT A-28",
    ),
    row(
        "pair-unconfirmed",
        SWITCH,
        BLOCK,
        pairs.pair_unconfirmed,
        "A-1 A-2 A-3 A-4 A-22",
        "offers credit_review",
    ),
    row("too-many-users", SWITCH, SUPPORT, people.too_many_users, "R-MAX-300 A-7", "assigned users"),
    row("legacy-over-25", SWITCH, BLOCK, people.legacy_over_25, "R-SB-LEGACY-25 A-8", "pre_upgrade assigned"),
    row("over-plan-cap", WRITES, BLOCK, people.over_plan_cap, "R-SB-CAP-25 A-12 M-25"),
    row("role-missing", WRITES, BLOCK, people.role_missing, "R-ROLE-ENT-MID R-ROLE-SB A-11 M-02", "roles"),
    row("prepaid", WRITES, SUPPORT, purchase.prepaid, "R-PREPAID R-PRODUCT-KEY A-24 M-19", "payment"),
    row("trial-not-bought", WRITES, BLOCK, purchase.trial_not_bought, "R-TRIAL M-19", "trial"),
    row("not-active", WRITES, BLOCK, condition.not_active, "N8 M-06 M-29", "status"),
    row("not-provisioned", SWITCH, WAIT, condition.not_provisioned, "R-PROVISIONED", "provisioned"),
    row("service-unhealthy", SWITCH, WAIT, condition.service_unhealthy, "R-HEALTH A-20", "services"),
    row(
        "license-conflict",
        SWITCH,
        BLOCK,
        people.license_conflict,
        "R-VALID-LICENSES R-LICENSE-CONFLICT A-23",
        "assigned users_without_license",
    ),
    row(
        "credit-review",
        WRITES,
        WAIT,
        purchase.credit_review,
        "R-CREDIT-BLOCK R-CREDIT-2W R-CREDIT-SERVICE R-CREDIT-AUTOSTART A-15 A-18",
        "credit_review",
    ),
    row(
        "switch-running",
        WRITES,
        WAIT,
        underway.switch_running,
        "R-NO-REASSIGN R-PORTAL-LOCK R-TIME-10MIN R-TIME-1MIN R-TIME-1H A-17",
        "switch subscriptions credit_review",
    ),
    row("switch-failed", WRITES, SUPPORT, underway.switch_failed, "R-TIME-1H A-17 M-29", "switch"),
    row("switch-first", ADD, WAIT, underway.switch_first, "A-13 A-14"),
    row(
        "not-offered",
        SWITCH,
        BLOCK,
        pairs.not_offered,
        "R-NO-OPTIONS R-NO-OPTIONS-CAUSES R-NO-OPTIONS-CREDIT A-21 A-22",
        "offers",
        explained_by="too-many-users prepaid trial-not-bought legacy-over-25 not-active not-provisioned"
        " service-unhealthy license-conflict credit-review switch-running",
    ),
    row(
        "website-domain",
        SWITCH,
        BLOCK,
        condition.website_domain,
        "R-DOMAIN R-DOMAIN-LATE N4",
        "website",
        waivable=True,
    ),
    row("no-way-back", SWITCH, BLOCK, oneway.no_way_back, "R-MAN-NO-RETURN A-9 A-10"),
    row("backup-missing", SWITCH, BLOCK, oneway.backup_missing, "R-MAN-BACKUP A-9", waivable=True),
    row("fewer-licenses", HANDOFF, SUPPORT, leftover.fewer_licenses, "R-NO-REMOVE R-REDUCE-SUPPORT A-16"),
    row("not-live", HANDOFF, SUPPORT, leftover.not_live, "R-MAN-DEF R-MAN-SUPPORT"),
    SUSPENDED,
    row("report-only", WRITES, WAIT, ours.report_only, "ours"),
    row("outside-window", WRITES, WAIT, ours.outside_window, "ours", waivable=True),
    row("over-limit", WRITES, BLOCK, ours.over_limit, "ours"),
    of_the_store("stopped", WRITES, BLOCK, ours.stopped),
    of_the_store("outcome-unknown", WRITES, BLOCK, ours.outcome_unknown),
    of_the_store("bought-back", WRITES, WARN, ours.bought_back),
    row(
        "service-settings-lost",
        SWITCH,
        WARN,
        oneway.service_settings_lost,
        "N4 M-08 A-26 R-PORTAL-LOCK R-NO-INTERRUPTION R-AUTO-MOVE",
        "assigned",
    ),
    row(
        "credit-check-ahead",
        SWITCH,
        WARN,
        purchase.credit_check_ahead,
        "R-CREDIT-TRIGGER R-CREDIT-2W R-BILL-OFF R-BILL-ON A-19",
        "payment",
        explained_by="prepaid credit-review",
    ),
)

# Asked of every tenant, with or without a step; ``not-read`` concerns no action of its own.
GROUND: tuple[Rule, ...] = (
    WRONG_TENANT,
    SUSPENDED,
    row("not-read", frozenset(), BLOCK, ground.not_read, "ours"),
)

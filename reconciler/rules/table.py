"""The table of rules: every row in the order it is asked and shown. A new rule is one function and one row.

Causes stand before ``not-offered``, whose answer is a mere shadow of them. ``needs`` are attribute names of
the live subscription and the observation; ``subscriptions`` means what ``of_others`` names of each of the tenant's.
Rows with ``today`` are asked only where the service is asked what may be switched (``Eligibility.LIVE``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from reconciler.model import EVERY_ACTION, WRITES, Action
from reconciler.rules import (
    commerce,
    condition,
    ground,
    leftover,
    oneway,
    ours,
    pairs,
    people,
    purchase,
    together,
    underway,
)
from reconciler.rules.scene import Answer, Effect, Rule, Scene

SWITCH = frozenset({Action.SWITCH})
ADD = frozenset({Action.ADD})
HANDOFF = frozenset({Action.HANDOFF})
BLOCK, WAIT, SUPPORT, WARN = Effect.BLOCK, Effect.WAIT, Effect.SUPPORT, Effect.WARN
# A section of the Partner Center or Graph reference has a blank in its id: "PC 1.4".
_SOURCE = re.compile(r"(?:(?:PC|Graph) )?\S+")


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
    today: bool = False,
    of_others: str = "",
) -> Rule:
    """Return one row; sources, needs, explanations and facts of others are words with blanks between them."""
    return Rule(
        rule_id,
        on,
        effect,
        check,
        tuple(_SOURCE.findall(source)),
        needs=tuple(needs.split()),
        explained_by=tuple(explained_by.split()),
        waivable=waivable,
        today=today,
        of_others=tuple(of_others.split()),
    )


def of_the_store(
    rule_id: str,
    on: frozenset[Action],
    effect: Effect,
    check: Callable[[Scene], Answer],
    source: str = "ours",
    *,
    today: bool = False,
) -> Rule:
    """Return one row about our own state store; it is left out where there is none."""
    return replace(row(rule_id, on, effect, check, source, today=today), ours=True)


WRONG_TENANT = row(
    "wrong-tenant", EVERY_ACTION, BLOCK, ground.wrong_tenant, "ours", "domain tenant_id domains"
)

SUSPENDED = row("suspended", WRITES, WAIT, ours.suspended, "ours")

TRIAL_CONVERTS = row(
    "trial-converts",
    WRITES,
    WARN,
    commerce.trial_converts,
    "PC 1.7 PC 10",
    "subscriptions plan trial commerce auto_renews term_ends",
    today=True,
)

TABLE: tuple[Rule, ...] = (
    row("ambiguous-subscription", EVERY_ACTION, BLOCK, leftover.ambiguous_subscription, "ours"),
    WRONG_TENANT,
    row(
        "pair-not-listed",
        SWITCH,
        SUPPORT,
        pairs.pair_not_listed,
        "R-LIST R-NOT-LISTED R-MAN-DEF R-MAN-WHEN R-MAN-SUPPORT A-28 M-29 M-31",
    ),
    row(
        "pair-unconfirmed",
        SWITCH,
        BLOCK,
        pairs.pair_unconfirmed,
        "A-1 A-2 A-3 A-4 A-22",
        "offers credit_review",
    ),
    row("too-many-users", SWITCH, SUPPORT, people.too_many_users, "R-MAX-300 A-7 M-11", "assigned users"),
    row("legacy-over-25", SWITCH, BLOCK, people.legacy_over_25, "R-SB-LEGACY-25 A-8", "pre_upgrade assigned"),
    row("over-plan-cap", WRITES, BLOCK, people.over_plan_cap, "R-SB-CAP-25 A-12 M-25"),
    row(
        "over-family-cap",
        WRITES,
        BLOCK,
        together.over_family_cap,
        "M-25",
        "subscriptions plan licenses status",
        today=True,
        of_others="plan licenses status",
    ),
    row(
        "role-missing", WRITES, BLOCK, people.role_missing, "R-ROLE-ENT-MID R-ROLE-SB A-11 M-02 PC 3", "roles"
    ),
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
        of_others="switch",
    ),
    row("switch-failed", WRITES, SUPPORT, underway.switch_failed, "R-TIME-1H A-17 M-29", "switch"),
    row("switch-first", ADD, WAIT, underway.switch_first, "A-13 A-14"),
    row("add-ons-present", SWITCH, BLOCK, commerce.add_ons_present, "M-06 PC 6", "add_ons", today=True),
    row(
        "same-product-twice",
        SWITCH,
        BLOCK,
        together.same_product_twice,
        "M-06 N2 N3 A-27",
        "subscriptions plan status",
        today=True,
        of_others="plan status",
    ),
    row(
        "not-offered",
        SWITCH,
        BLOCK,
        pairs.not_offered,
        "R-NO-OPTIONS R-NO-OPTIONS-CAUSES R-NO-OPTIONS-CREDIT A-21 A-22 M-29",
        "offers",
        explained_by="too-many-users prepaid trial-not-bought legacy-over-25 not-active not-provisioned"
        " service-unhealthy license-conflict credit-review switch-running add-ons-present same-product-twice",
    ),
    row(
        "scheduled-change-lost",
        WRITES,
        BLOCK,
        commerce.scheduled_change_lost,
        "PC 1.6 PC 15",
        "scheduled",
        waivable=True,
        today=True,
    ),
    row("renewal-near", WRITES, WAIT, commerce.renewal_near, "PC 15", "term_ends", today=True),
    row("no-version", ADD, SUPPORT, commerce.no_version, "PC 2.3 PC 5"),
    row(
        "website-domain",
        SWITCH,
        BLOCK,
        condition.website_domain,
        "R-DOMAIN R-DOMAIN-LATE N4",
        "website",
        waivable=True,
    ),
    row("no-way-back", SWITCH, BLOCK, oneway.no_way_back, "R-MAN-NO-RETURN A-9 A-10 M-31 PC 1.3"),
    row("backup-missing", SWITCH, BLOCK, oneway.backup_missing, "R-MAN-BACKUP A-9 M-21", waivable=True),
    row("fewer-licenses", HANDOFF, SUPPORT, leftover.fewer_licenses, "R-NO-REMOVE R-REDUCE-SUPPORT A-16"),
    row("not-live", HANDOFF, SUPPORT, leftover.not_live, "R-MAN-DEF R-MAN-SUPPORT"),
    SUSPENDED,
    row("report-only", WRITES, WAIT, ours.report_only, "ours"),
    row("outside-window", WRITES, WAIT, ours.outside_window, "ours", waivable=True),
    row("over-limit", WRITES, BLOCK, ours.over_limit, "ours"),
    of_the_store("stopped", WRITES, BLOCK, ours.stopped),
    of_the_store("outcome-unknown", WRITES, BLOCK, ours.outcome_unknown),
    of_the_store("bought-back", WRITES, WARN, ours.bought_back),
    of_the_store("update-budget", WRITES, WARN, commerce.update_budget, "PC 5", today=True),
    row(
        "service-settings-lost",
        SWITCH,
        WARN,
        oneway.service_settings_lost,
        "N4 M-08 A-26 R-PORTAL-LOCK R-NO-INTERRUPTION R-AUTO-MOVE",
        "assigned",
    ),
    row("seats-owed", WRITES, WARN, commerce.seats_owed, "PC 1.4 M-17", "commerce term_ends", today=True),
    TRIAL_CONVERTS,
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
    TRIAL_CONVERTS,
)

"""A judged tenant and its look in, where it stands out: sync and health, two axes that are never mixed.

Sync compares what is declared with what is live. Health says how the tenant itself fares, whatever is declared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.change_plan import TenantPlan, Verdict
from reconciler.follow import under_way
from reconciler.handoff import HandOff
from reconciler.observe import LiveSubscription, Observation, Unknown


class Sync(StrEnum):
    """Whether the live state is as declared."""

    IN_SYNC = "in-sync"
    OUT_OF_SYNC = "out-of-sync"
    UNKNOWN = "unknown"


class Health(StrEnum):
    """How the tenant fares."""

    HEALTHY = "healthy"
    PROGRESSING = "progressing"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TenantStatus:
    """One tenant's line: where it stands, what it waits for, and how many requests are open."""

    name: str
    tenant: str
    verdict: Verdict
    sync: Sync
    health: Health
    waits_for: str
    open_handoffs: int
    observed_at: datetime


def status_of(plan: TenantPlan, seen: Observation, open_handoffs: Iterable[HandOff]) -> TenantStatus:
    """Say where a tenant stands."""
    return TenantStatus(
        name=plan.name,
        tenant=plan.tenant,
        verdict=plan.verdict,
        sync=_sync(plan),
        health=_health(seen),
        waits_for=_waits_for(plan),
        open_handoffs=sum(h.tenant == plan.name for h in open_handoffs),
        observed_at=plan.observed_at,
    )


def _sync(plan: TenantPlan) -> Sync:
    if plan.steps:
        return Sync.OUT_OF_SYNC
    return Sync.UNKNOWN if plan.verdict in (Verdict.UNKNOWN, Verdict.BLOCKED) else Sync.IN_SYNC


def _health(seen: Observation) -> Health:
    if isinstance(seen.subscriptions, Unknown) or isinstance(seen.services, Unknown):
        return Health.UNKNOWN
    if any(state != "healthy" for state in seen.services.values()) or any(map(_ails, seen.subscriptions)):
        return Health.DEGRADED
    review = seen.credit_review
    if under_way(seen) or (not isinstance(review, Unknown) and review.state == "pending"):
        return Health.PROGRESSING
    return Health.HEALTHY


def _ails(live: LiveSubscription) -> bool:
    failed = not isinstance(live.switch, Unknown) and live.switch.state == "failed"
    conflict = not isinstance(live.users_without_license, Unknown) and live.users_without_license > 0
    inactive = not isinstance(live.status, Unknown) and live.status != "active"
    return failed or conflict or inactive


def _waits_for(plan: TenantPlan) -> str:
    """The gravest thing that holds it, by the rule's id."""
    held = [(step.verdict, finding.id) for step in plan.steps for finding in step.holding[:1]]
    order = (Verdict.UNKNOWN, Verdict.BLOCKED, Verdict.SUPPORT, Verdict.WAIT)
    return next((rule for verdict in order for found, rule in held if found is verdict), "")

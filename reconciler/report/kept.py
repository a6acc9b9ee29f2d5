"""A pass and the tenant's open requests in, what is kept and shown of it out; of a pass that broke off, less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from reconciler.fleet.turns import Turn
from reconciler.handoff import HandOff
from reconciler.model import Declaration
from reconciler.observe import Unknown
from reconciler.overview import Kept, Row, state_of
from reconciler.passes import Pass
from reconciler.readiness import Condition, Type
from reconciler.report.document import tenant_document
from reconciler.report.drift_document import tenant_drift
from reconciler.report.status_document import tenant_status
from reconciler.standing import Standing, by_tenant
from reconciler.status import TenantStatus, status_of


def kept_of(
    one: Pass, handoffs: Sequence[HandOff], fleet: str, following: Turn, names: Mapping[str, str]
) -> Kept:
    """Return what is kept of a pass; ``handoffs`` are the tenant's open ones, ``names`` display names by plan key."""
    status = status_of(replace(one.judged, plan=one.run.last), by_tenant(handoffs))
    declaration, ready = one.task.declaration, one.conditions[0]
    row = Row(
        fleet=fleet,
        name=declaration.name,
        tenant=declaration.tenant,
        labels=declaration.labels,
        verdict=str(status.verdict),
        sync=str(status.sync),
        health=str(status.health),
        state=state_of(one.conditions, status.verdict),
        reason=ready.reason,
        held_by=status.waits_for,
        since=ready.since,
        plans=tuple(s.wanted.plan for s in status.subscriptions),
        licenses=_declared(status),
        live=_live(status.subscriptions),
        open_handoffs=status.open_handoffs,
        drift=len(one.drift.drift),
        failures=following.failures,
        commit=one.task.commit,
        observed_at=status.observed_at,
        due_at=following.due,
    )
    document = {
        "status": tenant_status(status),
        "plan": tenant_document(one.run.last),
        "drift": tenant_drift(one.drift, names),
    }
    return Kept(row, one.conditions, document)


def broken_off(
    before: Kept | None,
    declaration: Declaration,
    conditions: tuple[Condition, ...],
    fleet: str,
    following: Turn,
    at: datetime,
) -> Kept:
    """Return what is kept of a pass that broke off: what was seen before it stands, as of then."""
    ready = next(each for each in conditions if each.type is Type.READY)
    if before is None:
        row = Row(
            fleet=fleet,
            name=declaration.name,
            tenant=declaration.tenant,
            labels=declaration.labels,
            verdict="unknown",
            sync="unknown",
            health="unknown",
            state=state_of(conditions, "unknown"),
            reason=ready.reason,
            held_by="",
            since=ready.since,
            plans=tuple(s.plan for s in declaration.subscriptions),
            licenses=None,
            live=None,
            open_handoffs=0,
            drift=0,
            failures=following.failures,
            commit=None,
            observed_at=at,
            due_at=following.due,
        )
        return Kept(row, conditions, {})
    stands = as_it_stood(before, conditions)
    row = replace(stands.row, failures=following.failures, due_at=following.due)
    return replace(stands, row=row)


def as_it_stood(before: Kept, conditions: tuple[Condition, ...]) -> Kept:
    """Return what was seen last, as of then, under other conditions."""
    ready = next(each for each in conditions if each.type is Type.READY)
    row = replace(
        before.row, state=state_of(conditions, "unknown"), reason=ready.reason, since=ready.since, held_by=""
    )
    return Kept(row, conditions, before.document)


def _declared(status: TenantStatus) -> int | None:
    """All licences declared; None where a subscription declares none, for then the total is nobody's wish."""
    numbers = [s.wanted.licenses for s in status.subscriptions]
    return None if None in numbers else sum(n for n in numbers if n is not None)


def _live(standings: Sequence[Standing]) -> int | None:
    """All licences of the declared subscriptions that are live; None where one of them is not known."""
    if any(isinstance(s.live, Unknown) for s in standings):
        return None
    return sum(s.live for s in standings if s.live is not None and not isinstance(s.live, Unknown))

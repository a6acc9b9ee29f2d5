"""A judged tenant in, where it stands out: sync and health, two axes that are never mixed, and its conditions.

Sync compares what is declared with what is live. Health says how the tenant itself fares, whatever is declared.
A condition is one thing that should be so, and is, is not, or can not be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from reconciler.change_plan import GRAVITY, Step, TenantPlan, Verdict, verdict_of_finding
from reconciler.handoff import HandOff
from reconciler.judged import Judged
from reconciler.messages import say
from reconciler.model import Place
from reconciler.observe import Fact, LiveSubscription, NotAsked, Observation, Unknown
from reconciler.rules import Finding
from reconciler.standing import (
    Due,
    OpenHandoffs,
    Pause,
    PauseKind,
    Standing,
    coming,
    open_handoffs,
    pause_of,
    standings,
    switch_since,
    switches,
)


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


class Holds(StrEnum):
    """Whether a condition holds."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that should be so, what there is to say of it, and since when it is not (the service's time)."""

    name: str
    holds: Holds
    message: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class TenantStatus:
    """Where one tenant stands. ``waits_for`` is the rule that holds it, or "". ``ails``: why it is not healthy."""

    name: str
    tenant: str
    formerly: str | None
    place: Place
    verdict: Verdict
    sync: Sync
    health: Health
    ails: tuple[str, ...]
    waits_for: str
    pause: Pause | None
    due: tuple[Due, ...]
    subscriptions: tuple[Standing, ...]
    unmanaged: tuple[LiveSubscription, ...]
    handoffs: tuple[HandOff, ...]
    conditions: tuple[Condition, ...]
    observed_at: datetime

    @property
    def open_handoffs(self) -> int:
        """How many requests to support are open."""
        return len(self.handoffs)


def status_of(judged: Judged, handoffs: OpenHandoffs) -> TenantStatus:
    """Say where a tenant stands; ``handoffs`` are the open ones of the whole fleet, from ``by_tenant``."""
    plan, seen, ours = judged.plan, judged.seen, open_handoffs(judged, handoffs)
    ails, unknown = tuple(_ails(seen)), tuple(_not_known(seen))
    health, sync = _health(judged, ails, unknown), _sync(plan)
    return TenantStatus(
        name=plan.name,
        tenant=plan.tenant,
        formerly=judged.declaration.formerly,
        place=plan.place,
        verdict=plan.verdict,
        sync=sync,
        health=health,
        ails=ails or (unknown if health is Health.UNKNOWN else ()),
        waits_for=waits_for(plan),
        pause=pause_of(judged),
        due=coming(judged),
        subscriptions=standings(judged, ours),
        unmanaged=plan.unmanaged,
        handoffs=ours,
        conditions=tuple(_conditions(judged, sync, health, ails or unknown)),
        observed_at=plan.observed_at,
    )


def _sync(plan: TenantPlan) -> Sync:
    if plan.steps:
        return Sync.OUT_OF_SYNC
    held = any(verdict_of_finding(f) in (Verdict.UNKNOWN, Verdict.BLOCKED) for f in plan.checks)
    return Sync.UNKNOWN if held else Sync.IN_SYNC


def _health(judged: Judged, ails: tuple[str, ...], unknown: tuple[str, ...]) -> Health:
    """What is known to ail outweighs what is not known; under way is only said of what is known to be well."""
    if ails:
        return Health.DEGRADED
    if unknown:
        return Health.UNKNOWN
    review = judged.seen.credit_review
    pending = not isinstance(review, Unknown) and review.state == "pending"
    return Health.PROGRESSING if pending or switches(judged) else Health.HEALTHY


def _ails(seen: Observation) -> Iterator[str]:
    services = {} if isinstance(seen.services, Unknown) else seen.services
    for name, state in sorted(services.items()):
        if state != "healthy":
            yield say("status.service", service=name, state=state)
    for live in () if isinstance(seen.subscriptions, Unknown) else seen.subscriptions:
        yield from _ails_of(live)


def _ails_of(live: LiveSubscription) -> Iterator[str]:
    if not isinstance(live.status, Unknown) and live.status != "active":
        yield say("status.inactive", id=live.id, state=live.status)
    if not isinstance(live.switch, Unknown) and live.switch.state == "failed":
        yield say("status.switch-failed", id=live.id)
    without = live.users_without_license
    if not isinstance(without, Unknown) and without > 0:
        yield say("status.without-licence", id=live.id, count=without)
    bought, assigned = live.licenses, live.assigned
    if not isinstance(bought, Unknown) and not isinstance(assigned, Unknown) and assigned > bought:
        yield say("status.over-assigned", id=live.id, assigned=assigned, bought=bought)


def _not_known(seen: Observation) -> Iterator[str]:
    """What health hangs on and could not be read, with the reason; what nobody asked is no trouble of the tenant's."""
    facts: list[tuple[str, Fact[object]]] = [
        ("subscriptions", seen.subscriptions),
        ("services", seen.services),
        ("creditReview", seen.credit_review),
    ]
    for live in () if isinstance(seen.subscriptions, Unknown) else seen.subscriptions:
        below = {
            "status": live.status,
            "switch": live.switch,
            "usersWithoutLicense": live.users_without_license,
        }
        facts += [(f"subscriptions[{live.id}].{name}", fact) for name, fact in below.items()]
    for name, fact in facts:
        if isinstance(fact, Unknown) and not isinstance(fact, NotAsked):
            yield say("status.not-known", fact=name, reason=fact.reason)


def waits_for(plan: TenantPlan) -> str:
    """Return the rule that holds a tenant, the gravest first; "" where nothing does."""
    """What makes the tenant's verdict, by the rule's id; what pauses it comes before what waits or is blocked."""
    if plan.verdict is Verdict.SUSPENDED:
        held = (f for f in (*plan.checks, *(c for s in plan.steps for c in s.checks)) if _pauses(f))
        return next((f.id for f in held), "")
    if plan.verdict in (Verdict.APPLY, Verdict.IN_SYNC):
        return ""
    ground = [f for f in plan.checks if verdict_of_finding(f) is plan.verdict]
    steps = sorted(plan.steps, key=lambda s: GRAVITY.index(s.verdict))
    return next((f.id for f in (*ground, *(f for s in steps for f in _first(s)))), "")


def _pauses(finding: Finding) -> bool:
    return finding.id in ("suspended", "report-only") and verdict_of_finding(finding) is Verdict.WAIT


def _first(step: Step) -> tuple[Finding, ...]:
    return step.holding[:1]


def _conditions(judged: Judged, sync: Sync, health: Health, why: tuple[str, ...]) -> Iterator[Condition]:
    """Yield each condition with the sentence ``status.<name>.<holds>``."""
    plan, seen, memory = judged.plan, judged.seen, judged.memory
    unread = [
        f.message for f in plan.checks if f.id == "not-read" and verdict_of_finding(f) is not Verdict.APPLY
    ]
    yield _told("everything-read", _not(bool(unread)), why="; ".join(unread))
    in_sync = {Sync.IN_SYNC: Holds.TRUE, Sync.OUT_OF_SYNC: Holds.FALSE, Sync.UNKNOWN: Holds.UNKNOWN}
    yield _told("in-sync", in_sync[sync], count=len(plan.steps))
    well = {Health.DEGRADED: Holds.FALSE, Health.UNKNOWN: Holds.UNKNOWN}
    yield _told("healthy", well.get(health, Holds.TRUE), why="; ".join(why))
    if not isinstance(seen.credit_review, NotAsked):
        yield _review(seen)
    yield _switching(judged)
    yield _paused(judged)
    yield _window(plan)
    yield _from_store("nothing-unsettled", memory.unsettled)
    yield _from_store("not-stopped", memory.stopped)


def _review(seen: Observation) -> Condition:
    review = seen.credit_review
    if isinstance(review, Unknown):
        return _told("no-credit-review", Holds.UNKNOWN, why=review.reason)
    since = None if isinstance(review.since, Unknown) else review.since
    return _told("no-credit-review", _not(review.state != "none"), since, why=review.state)


def _switching(judged: Judged) -> Condition:
    subscriptions = judged.seen.subscriptions
    found = switches(judged)
    if found:
        return _told("no-switch", Holds.FALSE, switch_since(found), why=", ".join(s.state for s in found))
    unread = [subscriptions] if isinstance(subscriptions, Unknown) else [s.switch for s in subscriptions]
    lost = next((f for f in unread if isinstance(f, Unknown) and not isinstance(f, NotAsked)), None)
    return _told("no-switch", Holds.UNKNOWN if lost else Holds.TRUE, why=lost.reason if lost else "")


def _paused(judged: Judged) -> Condition:
    pause, stored = pause_of(judged), judged.memory.suspension
    if pause is None:
        unknown = isinstance(stored, Unknown)
        return _told(
            "not-paused", Holds.UNKNOWN if unknown else Holds.TRUE, why=getattr(stored, "reason", "")
        )
    return Condition("not-paused", Holds.FALSE, pause_told(pause, judged.declaration.tenant), pause.since)


def pause_told(pause: Pause, word: str) -> str:
    """Say what pauses a tenant, who answers for it, and how it ends; ``word`` is the tenant's domain or id."""
    if pause.said is None:
        return say("status.report-only")
    facts = {"reason": pause.said.reason, "owner": pause.said.owner, "until": pause.said.until, "word": word}
    kind = "ended" if pause.kind is PauseKind.ENDED else "suspended"
    return say(f"status.{kind}.{pause.place}", **facts)


def _window(plan: TenantPlan) -> Condition:
    asked = [f for s in plan.steps for f in s.checks if f.id == "outside-window"]
    closed = next((f for f in asked if verdict_of_finding(f) is not Verdict.APPLY), None)
    return _told("window-open", _not(closed is not None), why=closed.message if closed else "")


def _from_store(name: str, fact: Fact[object]) -> Condition:
    if isinstance(fact, Unknown):
        return _told(name, Holds.UNKNOWN, why=fact.reason)
    since = min((i.sent_at or i.intended_at for i in fact), default=None) if isinstance(fact, tuple) else None
    return _told(name, _not(bool(fact)), since, why=len(fact) if isinstance(fact, tuple) else fact)


def _not(wrong: bool) -> Holds:
    return Holds.FALSE if wrong else Holds.TRUE


def _told(name: str, holds: Holds, since: datetime | None = None, **facts: object) -> Condition:
    at = since.astimezone(UTC) if since and holds is Holds.FALSE else None
    return Condition(name, holds, say(f"status.{name}.{holds}", **facts), at)

"""A step that only support can do in, a request a person can send out.

No interface opens a support ticket any more, so a hand-off is a text ready to send, which a person files. One
wish is one request, however often it is seen: its id is made of what is asked, not of when.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reconciler.change_plan import Step, TenantPlan, Verdict, verdict_of_finding
from reconciler.messages import say
from reconciler.model import Action, Subscription
from reconciler.rules import Finding


class Kind(StrEnum):
    """What support is asked to do."""

    REMOVE_LICENSES = "remove-licenses"
    MANUAL_SWITCH = "manual-switch"
    STUCK_SWITCH = "stuck-switch"
    FAILED_SWITCH = "failed-switch"
    CREDIT_REVIEW = "credit-review"
    NOT_LIVE = "not-live"
    RAISE_BY_HAND = "raise-by-hand"


class HandoffState(StrEnum):
    """Where a request stands; the open ones are those a person still has to do something about."""

    PREPARED = "prepared"
    FILED = "filed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({HandoffState.PREPARED, HandoffState.FILED})

KIND_OF_RULE = {
    "switch-failed": Kind.FAILED_SWITCH,
    "switch-running": Kind.STUCK_SWITCH,
    "credit-review": Kind.CREDIT_REVIEW,
    "fewer-licenses": Kind.REMOVE_LICENSES,
    "not-live": Kind.NOT_LIVE,
    "pair-not-listed": Kind.MANUAL_SWITCH,
    "too-many-users": Kind.MANUAL_SWITCH,
}


@dataclass(frozen=True, slots=True)
class HandOff:
    """One request as it is kept. ``word`` is the tenant's domain or id; ``text`` is what a person sends, by part."""

    id: str
    kind: str
    tenant: str
    word: str
    address: str
    subscription_id: str | None
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None
    why: str
    opened_at: datetime
    commit: str | None = None
    state: HandoffState = HandoffState.PREPARED
    ticket: str | None = None
    text: Mapping[str, str] = field(default_factory=dict)
    closed_at: datetime | None = None
    facts: Mapping[str, object] | None = None
    reason: str | None = None
    by_hand: bool | None = None


def requests(plan: TenantPlan, commit: str | None, names: Mapping[str, str]) -> Iterator[HandOff]:
    """Yield a request for every step that waits for support; ``names`` are plan names by catalogue key.

    What stands behind a switch is asked for when that switch is done: until then the numbers are not live.
    """
    for step in plan.steps:
        if step.verdict is Verdict.SUPPORT and not step.behind_switch:
            yield _request(plan, step, commit, names)


def ended(before: HandOff, plan: TenantPlan) -> HandoffState | None:
    """Return how an open request has ended by this look; None where it has not, or that can not be told."""
    if plan.verdict is Verdict.UNKNOWN:
        return None
    standing = [step for step in plan.steps if step.address == before.address]
    if any(step.verdict in (Verdict.UNKNOWN, Verdict.BLOCKED) for step in standing):
        return None
    if any(step.verdict is Verdict.SUPPORT and _id(plan, step) == before.id for step in standing):
        return None
    return HandoffState.DONE if not standing else HandoffState.WITHDRAWN


def _request(plan: TenantPlan, step: Step, commit: str | None, names: Mapping[str, str]) -> HandOff:
    finding = _cause(step)
    kind = kind_of(step)
    return HandOff(
        id=_id(plan, step),
        kind=str(kind),
        tenant=plan.name,
        word=plan.tenant,
        address=step.address,
        subscription_id=step.subscription_id,
        before=_plain(step.before),
        after=_plain(step.after),
        why=finding.message,
        opened_at=plan.observed_at,
        commit=commit,
        text=_text(kind, plan, step, finding, names),
    )


def kind_of(step: Step) -> Kind:
    """Return what support is asked to do for this step."""
    if step.action is Action.HANDOFF:
        return Kind.NOT_LIVE if step.before is None else Kind.REMOVE_LICENSES
    by_rule = KIND_OF_RULE.get(_cause(step).id)
    if by_rule:
        return by_rule
    return Kind.MANUAL_SWITCH if step.action is Action.SWITCH else Kind.RAISE_BY_HAND


def _cause(step: Step) -> Finding:
    """The finding that sends it to support; what is already under way comes before what was never possible."""
    support = [f for f in step.holding if verdict_of_finding(f) is Verdict.SUPPORT]
    ranked = [rule for rule in KIND_OF_RULE if any(f.id == rule for f in support)]
    return next((f for f in support if ranked and f.id == ranked[0]), support[0])


def _id(plan: TenantPlan, step: Step) -> str:
    wish = [
        plan.tenant.casefold(),
        step.subscription_id or step.address,
        kind_of(step),
        _plain(step.before),
        _plain(step.after),
    ]
    return hashlib.sha256(json.dumps(wish, sort_keys=True).encode()).hexdigest()[:12]


def _plain(subscription: Subscription | None) -> dict[str, object] | None:
    return {"plan": subscription.plan, "licenses": subscription.licenses} if subscription else None


def _text(
    kind: Kind, plan: TenantPlan, step: Step, finding: Finding, names: Mapping[str, str]
) -> dict[str, str]:
    before = step.before
    facts = {
        "tenant": plan.tenant,
        "name": plan.name,
        "id": step.subscription_id or "-",
        "from_plan": names.get(before.plan, before.plan) if before else "-",
        "from_licenses": before.licenses if before else "-",
        "to_plan": names.get(step.after.plan, step.after.plan),
        "to_licenses": "-" if step.after.licenses is None else step.after.licenses,
        "why": finding.message,
    }
    return {
        "subject": say(f"handoff.{kind}.subject", **facts),
        "body": "\n\n".join(
            (
                say("handoff.opening", **facts),
                say(f"handoff.{kind}", **facts),
                say("handoff.closing", **facts),
            )
        ),
    }

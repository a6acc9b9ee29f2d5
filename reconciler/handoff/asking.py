"""A tenant's change plan in, the requests to support it calls for out, each with what was seen with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.change_plan import Step, TenantPlan, Verdict, verdict_of_finding
from reconciler.handoff import HandOff, Kind
from reconciler.memory import folded, keys_of
from reconciler.model import Action, Subscription
from reconciler.observe import Fact, LiveSubscription, Observation, TenantRef, Unknown
from reconciler.rules import Finding
from reconciler.rules.underway import STUCK, UNDER_WAY

REVIEW_TAKES = timedelta(days=14)
KIND_OF_RULE = {
    "switch-failed": Kind.FAILED_SWITCH,
    "switch-running": Kind.STUCK_SWITCH,
    "credit-review": Kind.CREDIT_REVIEW,
    "fewer-licenses": Kind.REMOVE_LICENSES,
    "not-live": Kind.NOT_LIVE,
    "pair-not-listed": Kind.MANUAL_SWITCH,
    "too-many-users": Kind.MANUAL_SWITCH,
    "no-version": Kind.RAISE_BY_HAND,
}


def requests(plan: TenantPlan, commit: str | None) -> Iterator[HandOff]:
    """Yield a request for every wish that waits for support, each once.

    What stands behind a switch is asked for when that switch is done: until then the numbers are not live.
    """
    seen = set()
    for step in plan.steps:
        if step.verdict is Verdict.SUPPORT and not step.behind_switch:
            wish = _request(plan, step, commit)
            if wish.id not in seen:
                seen.add(wish.id)
                yield wish


def kind_of(step: Step) -> Kind:
    """Return what support is asked to do for this step."""
    if step.action is Action.HANDOFF:
        return Kind.NOT_LIVE if step.before is None else Kind.REMOVE_LICENSES
    by_rule = KIND_OF_RULE.get(_cause(step).id)
    if by_rule:
        return by_rule
    return Kind.MANUAL_SWITCH if step.action is Action.SWITCH else Kind.RAISE_BY_HAND


def _request(plan: TenantPlan, step: Step, commit: str | None) -> HandOff:
    kind = kind_of(step)
    live = _live(plan.seen, step.subscription_id)
    address, id_, before, after = step.address, step.subscription_id, _plain(step.before), _plain(step.after)
    stuck = _stuck(plan.seen, step.subscription_id) if kind is Kind.STUCK_SWITCH else None
    if stuck is not None and stuck.id != step.subscription_id:
        # It is another subscription that hangs, and holds this one up: support has to look at that one.
        live, id_ = stuck, stuck.id
        address = next((s.address for s in plan.steps if s.subscription_id == id_), id_)
        before = {"plan": _known(stuck.plan), "licenses": _known(stuck.licenses)}
        switch = stuck.switch
        after = {"plan": None if isinstance(switch, Unknown) else _known(switch.to), "licenses": None}
    made = HandOff(
        id="",
        kind=str(kind),
        tenant=plan.name,
        word=plan.tenant,
        address=address,
        subscription_id=id_,
        before=before,
        after=after,
        why=_cause(step).message,
        opened_at=plan.observed_at,
        commit=commit,
        facts={
            "cause": _cause(step).id,
            **_facts(kind, plan, live),
            "words": sorted(keys_of(TenantRef(plan.name, plan.tenant), plan.seen)) if plan.seen else [],
            "held": step.address,
            "held_plan": step.after.plan,
        },
    )
    return _named(made)


def _named(wish: HandOff) -> HandOff:
    said = [folded(wish.word), wish.address, *wish.wish]
    return replace(wish, id=hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12])


def _cause(step: Step) -> Finding:
    """The finding that sends it to support; what is already under way comes before what was never possible."""
    support = [f for f in step.holding if verdict_of_finding(f) is Verdict.SUPPORT]
    ranked = [rule for rule in KIND_OF_RULE if any(f.id == rule for f in support)]
    return next((f for f in support if ranked and f.id == ranked[0]), support[0])


def _facts(kind: Kind, plan: TenantPlan, live: LiveSubscription | None) -> dict[str, object]:
    """The numbers and dates that matter to who reads the request; what is not known is left out."""
    facts: dict[str, object] = {"seen_at": plan.observed_at.isoformat()}
    if live is not None:
        facts |= {n: v for n in ("licenses", "assigned") if (v := _known(getattr(live, n))) is not None}
    since: object = None
    if kind is Kind.CREDIT_REVIEW and plan.seen and not isinstance(plan.seen.credit_review, Unknown):
        since, takes = _known(plan.seen.credit_review.since), REVIEW_TAKES
    elif kind is Kind.STUCK_SWITCH and live is not None and not isinstance(live.switch, Unknown):
        since, takes = _known(live.switch.status_page_since), STUCK
    if isinstance(since, datetime):
        facts |= {"since": since.isoformat(), "deadline": (since + takes).isoformat()}
    return facts


def _stuck(seen: Observation | None, own: str | None) -> LiveSubscription | None:
    """The subscription whose switch has shown its status page for too long, its own before any other."""
    if seen is None or isinstance(seen.subscriptions, Unknown):
        return None
    late = [live for live in seen.subscriptions if _late(live, seen.at)]
    return next((live for live in late if live.id == own), late[0] if late else None)


def _late(live: LiveSubscription, at: datetime) -> bool:
    if isinstance(live.switch, Unknown) or isinstance(live.switch.status_page_since, Unknown):
        return False
    return live.switch.state in UNDER_WAY and at - live.switch.status_page_since > STUCK


def _live(seen: Observation | None, id_: str | None) -> LiveSubscription | None:
    if seen is None or isinstance(seen.subscriptions, Unknown):
        return None
    return next((live for live in seen.subscriptions if live.id == id_), None)


def _known(fact: Fact[object]) -> object:
    return None if isinstance(fact, Unknown) else fact


def _plain(subscription: Subscription | None) -> dict[str, object] | None:
    return {"plan": subscription.plan, "licenses": subscription.licenses} if subscription else None

"""A rule and the look it judged in, the live facts it relied on out, by the names of the live-state file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.change_plan import Step
from reconciler.observe import CreditReview, Fact, LiveSubscription, Observation, SwitchState, Unknown
from reconciler.rules import Rule, rule_named

# The names of the file where they are not those of our own records.
NAMES = {
    "tenant_id": "tenantId",
    "roles": "operator.roles",
    "website": "website.domain",
    "credit_review": "creditReview",
    "users_without_license": "usersWithoutLicense",
    "pre_upgrade": "preUpgrade",
    "add_ons": "addOns",
    "term_ends": "termEnds",
    "auto_renews": "autoRenews",
}


@dataclass(frozen=True, slots=True)
class LiveFact:
    """One fact as it was read: plain JSON, or Unknown with the reason."""

    name: str
    value: Fact[Any]


def relied_on(rule_id: str, step: Step | None, seen: Observation) -> tuple[LiveFact, ...]:
    """Return the facts a rule needs, in the order of the rule's row; ``step`` None: it judged the tenant itself."""
    rule = rule_named(rule_id)
    if rule is None:
        return ()
    return tuple(fact for need in rule.needs for fact in _facts(need, rule, step, seen))


def _facts(need: str, rule: Rule, step: Step | None, seen: Observation) -> Iterator[LiveFact]:
    if need == "subscriptions":
        yield from _of_others(rule, step, seen)
        return
    if hasattr(seen, need):
        yield LiveFact(NAMES.get(need, need), _plain(getattr(seen, need)))
        return
    live = _own(step, seen)
    if live is not None and step is not None:
        yield LiveFact(f"subscriptions[{step.address}].{NAMES.get(need, need)}", _plain(getattr(live, need)))


def _own(step: Step | None, seen: Observation) -> LiveSubscription | None:
    if step is None or isinstance(seen.subscriptions, Unknown):
        return None
    return next((s for s in seen.subscriptions if s.id == step.subscription_id), None)


def _of_others(rule: Rule, step: Step | None, seen: Observation) -> Iterator[LiveFact]:
    """What the rule asks of the tenant's other subscriptions; of a rule about the tenant itself, of each of them."""
    if isinstance(seen.subscriptions, Unknown):
        yield LiveFact("subscriptions", seen.subscriptions)
        return
    asked = rule.of_others if step else tuple(need for need in rule.needs if need != "subscriptions")
    for other in seen.subscriptions:
        # Of the tenant itself only trials are asked for, so what is none is not told.
        if other.id == step.subscription_id if step else other.trial is False:
            continue
        for name in asked:
            # Of switches only what runs, or could not be read, is worth telling.
            if name != "switch" or not _at_rest(other):
                fact = f"subscriptions[{other.id}].{NAMES.get(name, name)}"
                yield LiveFact(fact, _plain(getattr(other, name)))


def _at_rest(live: LiveSubscription) -> bool:
    return not isinstance(live.switch, Unknown) and live.switch.state in ("none", "failed")


def _plain(value: Any) -> Any:
    if isinstance(value, CreditReview):
        return _known({"state": value.state, "since": value.since})
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, SwitchState):
        dates = {"orderedAt": value.ordered_at, "statusPageSince": value.status_page_since}
        return _known({"state": value.state, "to": value.to, **dates})
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return {str(key): value[key] for key in sorted(value)}
    return list(value) if isinstance(value, tuple) else value


def _known(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a fact that are known; a state of rest has none but itself."""
    known = {name: value for name, value in members.items() if not isinstance(value, Unknown)}
    return {name: _moment(value) if isinstance(value, datetime) else value for name, value in known.items()}


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")

"""What an approval is bound to: a tenant's declaration, the facts relied on and its steps in, a digest out.

Covered: tenant and subscription ids, declared values with acknowledgements and dates, the live facts the
rules rely on, the rules, the catalogue and the tool's version. Left out on purpose: plan ids, times, the
commit, file positions, messages, ages (a ``since`` is covered, not what it amounts to today), facts of our
own state store, and drift. So a rebase that changes nothing keeps an approval, and nothing else does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

from reconciler.catalogue import Catalogue, Eligibility
from reconciler.model import WRITES, Action, Declaration
from reconciler.observe import LiveSubscription, Observation, Unknown
from reconciler.rules.scene import Rule
from reconciler.rules.table import GROUND, TABLE

if TYPE_CHECKING:
    from reconciler.change_plan import Step

# Positions, fleet names and labels do not change what would happen; the etag changes when nothing else does.
NOT_COVERED = frozenset({"place", "labels", "name", "formerly", "version"})
# By exact type: a member of an enum is text too, and not plain yet.
_PLAIN_ALREADY = frozenset({str, int, bool, type(None)})


def digest(covered: Mapping[str, Any]) -> str:
    """Hash a covered value: sha256 over canonical JSON, the same in every process and on every day."""
    text = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def covered(
    tenants: Iterable[tuple[str, Mapping[str, Any]]], catalogue: str, rules: str, tool: str
) -> dict[str, Any]:
    """Put together what a whole change plan's digest covers; ``tenants`` are (tenant word, basis)."""
    return {
        "tool": tool,
        "catalogue": catalogue,
        "rules": rules,
        "tenants": {word.casefold(): dict(basis) for word, basis in tenants if basis},
    }


@cache
def rules_digest() -> str:
    """Hash the table's rows: ids, actions, effects, needs, sources, and what may be waived."""
    rows = [
        [
            r.id,
            sorted(r.on),
            str(r.effect),
            sorted(r.needs),
            sorted(r.source),
            sorted(r.explained_by),
            r.waivable,
            r.today,
            sorted(r.of_others),
        ]
        for r in (*TABLE, *GROUND)
    ]
    return digest({"rows": rows})


def basis_of(
    declaration: Declaration, observation: Observation, steps: tuple[Step, ...], catalogue: Catalogue
) -> dict[str, Any]:
    """What the digest covers of one tenant: its declaration, the facts its steps' rules may rely on, its steps."""
    asked = _asked(frozenset(step.action for step in steps), catalogue.eligibility)
    needs = frozenset(need for rule in asked for need in rule.needs)
    of_others = frozenset({"switch"}).union(*(rule.of_others for rule in asked))
    if not _shares_a_cap(steps, catalogue):
        # How much others have bought is asked for a cap that is shared, and for nothing else.
        of_others -= {"licenses"}
    return {
        "declared": _declared(declaration),
        "live": {
            **{f: _plain(getattr(observation, f)) for f in sorted(needs) if hasattr(observation, f)},
            "subscriptions": _subscriptions(observation, steps, needs, of_others),
        },
        "steps": {f"{s.address}/{s.action}": _step(s) for s in steps},
    }


def declared_digest(declaration: Declaration) -> str:
    """Hash what a file declares of a tenant, labels included; where it stands in which file is not part of it."""
    return digest({**_declared(declaration), "labels": _plain(declaration.labels)})


def differences(saved: Any, fresh: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield every place where two covered values differ: (path, saved, fresh), in stable order."""
    if isinstance(saved, Mapping) and isinstance(fresh, Mapping):
        for key in sorted({*saved, *fresh}):
            below = f"{path}.{key}" if path else key
            if key in saved and key in fresh:
                yield from differences(saved[key], fresh[key], below)
            else:
                # A member that is there and empty is not one that is missing: the digest tells them apart too.
                yield below, saved.get(key, "not there"), fresh.get(key, "not there")
    elif saved != fresh:
        yield path, saved, fresh


@cache
def _asked(actions: frozenset[Action], eligibility: Eligibility) -> tuple[Rule, ...]:
    return tuple(rule for rule in TABLE if rule.on & actions and rule.is_asked(eligibility))


def _shares_a_cap(steps: tuple[Step, ...], catalogue: Catalogue) -> bool:
    """Say whether a step writes to a plan whose family has one cap over all subscriptions of a tenant."""
    plans = (catalogue.plans.get(step.after.plan) for step in steps if step.action in WRITES)
    return any(plan.family in catalogue.pooled for plan in plans if plan)


@cache
def _covered_members(kind: type[Any]) -> tuple[str, ...]:
    """The members of a record that are covered; () for what is no record."""
    if not is_dataclass(kind):
        return ()
    return tuple(f.name for f in fields(kind) if f.name not in NOT_COVERED)


def _declared(declaration: Declaration) -> dict[str, Any]:
    plain = {
        name: _plain(getattr(declaration, name))
        for name in _covered_members(Declaration)
        if name != "subscriptions"
    }
    plain["tenant"] = declaration.tenant.casefold()
    plain["subscriptions"] = {
        s.name: {"plan": s.plan, "licenses": s.licenses, "subscription_id": s.subscription_id}
        for s in declaration.subscriptions
    }
    return plain


def _subscriptions(
    observation: Observation, steps: tuple[Step, ...], needs: frozenset[str], of_others: frozenset[str]
) -> Any:
    """The steps' own subscriptions with every fact needed, the others with what is asked of all."""
    if isinstance(observation.subscriptions, Unknown):
        return _plain(observation.subscriptions)
    own = {step.subscription_id for step in steps}
    of_own = {"plan", "licenses", *needs}
    return {
        live.id: _facts(live, of_own if live.id in own else of_others) for live in observation.subscriptions
    }


def _facts(live: LiveSubscription, names: AbstractSet[str]) -> dict[str, Any]:
    return {name: _plain(getattr(live, name)) for name in _covered_members(LiveSubscription) if name in names}


def _step(step: Step) -> dict[str, Any]:
    return {
        "before": _plain(step.before),
        "after": _plain(step.after),
        "subscription_id": step.subscription_id,
    }


def _plain(value: Any) -> Any:
    """Bring a value to JSON. Why a fact is unknown is a message, so only that it is unknown is covered."""
    kind = value.__class__
    if kind in _PLAIN_ALREADY:
        return value
    if issubclass(kind, Unknown):
        return {"unknown": True}
    if members := _covered_members(kind):
        return {name: _plain(getattr(value, name)) for name in members}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value

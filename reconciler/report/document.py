"""A change plan or an apply run in, its JSON document out: the form other programs rely on.

A saved change plan is read back by ``plan_from_document`` (its reader is in ``saved.py``). Members are only
ever added within format 1; an unknown fact is null. The order is stable: tenants by name, steps as planned,
and the covered values by key, so that the same input gives the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.act import Outcome
from reconciler.change_plan import ChangePlan, Policy, Since, Step, TenantPlan, verdict_of_finding
from reconciler.errors import Problem
from reconciler.model import Place, Subscription, Waiver
from reconciler.observe import LiveSubscription, Unknown
from reconciler.outcomes import ENDING_OF, Run
from reconciler.report.endings import EndedTenant, endings, tally
from reconciler.report.saved import FORMAT, parsed, plan_from_document, saved_digest
from reconciler.rules import Finding

__all__ = ["json_text", "parsed", "plan_document", "plan_from_document", "run_document", "saved_digest"]

Json = dict[str, Any]
# JSON leaves these to the terminal: delete and the second control set, direction marks, lone surrogates. Two hashes
# begin a command to a build host, wherever they stand in a line.
_UNSAFE = re.compile("(?<=#)#|[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def plan_document(plan: ChangePlan) -> Json:
    """Return the change plan as a document of format 1."""
    return _document(plan, [_tenant(t, [_step(s) for s in t.steps]) for t in _ordered(plan)])


def run_document(plan: ChangePlan, runs: Iterable[Run]) -> Json:
    """Return the change plan with an ``outcome`` per step; steps that appeared on the way are appended."""
    ended = endings(plan, runs)
    by_name = {t.plan.name: t for t in ended}
    counted = asdict(tally(ended))
    words = ("done", "started", "waiting", "blocked", "support", "failed", "unknown")
    document = _document(plan, [_ended_tenant(by_name[t.name]) for t in _ordered(plan)])
    return {**document, "outcomes": {word: counted[word] for word in words}}


def tenant_document(tenant: TenantPlan) -> Json:
    """Return one judged tenant, every check of every step in it."""
    return _tenant(tenant, [_step(s) for s in tenant.steps])


def json_text(document: Mapping[str, Any] | list[Json]) -> str:
    """Return the document as text: readable, in stable order, and harmless to a terminal."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _document(plan: ChangePlan, tenants: list[Json]) -> Json:
    return {
        "format_version": FORMAT,
        "tool_version": plan.tool_version,
        "plan_id": plan.plan_id,
        "created_at": moment(plan.created_at),
        "valid_until": moment(plan.valid_until),
        "backend": plan.backend,
        "catalogue": plan.catalogue,
        "rules": plan.rules,
        "snapshot": plan.snapshot,
        "source": _source(plan),
        "digest": plan.digest,
        "complete": plan.complete,
        "applyable": plan.applyable,
        "errored": plan.errored,
        "tenants": tenants,
        "moved": [{"from": r.before, "to": r.now} for r in plan.renamed],
        "no_longer_managed": list(plan.no_longer_managed),
        "summary": asdict(plan.summary),
        "diagnostics": [_diagnostic(p) for p in plan.diagnostics],
    }


def _source(plan: ChangePlan) -> Json:
    source = plan.source
    return {
        "commit": source.commit,
        "paths": list(source.paths),
        "partial": source.partial,
        "what_if": list(source.what_if),
        "changed_since": None if source.since is None else _since(source.since),
        "policy": None if source.policy is None else _policy(source.policy),
        "old_snapshots": [
            {
                "tenant": one.tenant,
                "observed_at": moment(one.observed_at),
                "age_hours": one.age // timedelta(hours=1),
            }
            for one in plan.old_snapshots
        ],
    }


def _since(since: Since) -> Json:
    return {
        "ref": since.ref,
        "commit": since.commit,
        "changed": since.changed,
        "unchanged": since.unchanged,
        "no_longer_declared": list(since.gone),
        "renamed": [{"from": r.before, "to": r.now} for r in since.renamed],
        "moved_files": [{"tenant": m.tenant, "from": m.before, "to": m.now} for m in since.moved],
        "unread": [{"file": one.file, "why": one.why} for one in since.unread],
    }


def _policy(policy: Policy) -> Json:
    not_counted = [
        {"tenant": one.tenant, "kind": one.kind.value, "message": one.message, "range": _range(one.place)}
        for one in policy.not_counted
    ]
    return {"ref": policy.ref, "commit": policy.commit, "not_counted": not_counted}


def _ordered(plan: ChangePlan) -> list[TenantPlan]:
    return sorted(plan.tenants, key=lambda t: (t.name, t.file, t.place))


def _tenant(tenant: TenantPlan, steps: list[Json]) -> Json:
    return {
        "name": tenant.name,
        "tenant": tenant.tenant,
        "file": tenant.file,
        "verdict": tenant.verdict.value,
        "observed_at": moment(tenant.observed_at),
        "checks": [_check(f) for f in tenant.checks],
        "steps": steps,
        "drift": [dict(found) for found in tenant.drift],
        "unmanaged": [_unmanaged(live) for live in tenant.unmanaged],
        "waivers": [_waiver(waiver) for waiver in tenant.waivers],
        "basis": _sorted(tenant.basis),
        "range": _range(tenant.place),
    }


def _ended_tenant(ended: EndedTenant) -> Json:
    steps = [{**_step(e.step), "outcome": _outcome(e.outcome)} for e in ended.steps]
    tenant = _tenant(ended.plan, steps)
    if ended.held is None:
        return tenant
    message = next((f.message for f in ended.holding if verdict_of_finding(f) is ended.held), "")
    return {**tenant, "outcome": _outcome(Outcome(ENDING_OF[ended.held], message))}


def _step(step: Step) -> Json:
    return {
        "address": step.address,
        "action": step.action.value,
        "verdict": step.verdict.value,
        "irreversible": step.irreversible,
        "behind_switch": step.behind_switch,
        "buys_back": step.buys_back,
        "subscription_id": step.subscription_id,
        "before": None if step.before is None else _subscription(step.before),
        "after": _subscription(step.after),
        "checks": [_check(f) for f in step.checks],
        "range": _range(step.place),
    }


def _outcome(outcome: Outcome) -> Json:
    return {"result": outcome.ending.value, "message": outcome.message, "request_id": outcome.request_id}


def _subscription(subscription: Subscription) -> Json:
    return {"plan": subscription.plan, "licenses": subscription.licenses}


def _check(finding: Finding) -> Json:
    return {
        "id": finding.id,
        "status": finding.status.value,
        "effect": finding.effect.value,
        "message": finding.message,
        "remedy": finding.remedy,
        "source": list(finding.source),
    }


def _unmanaged(live: LiveSubscription) -> Json:
    return {
        "id": live.id,
        "plan": None if isinstance(live.plan, Unknown) else live.plan,
        "licenses": None if isinstance(live.licenses, Unknown) else live.licenses,
    }


def _waiver(waiver: Waiver) -> Json:
    said = {"rule": waiver.rule, "reason": waiver.reason, "owner": waiver.owner}
    return {**said, "until": waiver.until.isoformat()}


def _diagnostic(problem: Problem) -> Json:
    said = {"code": problem.code, "message": problem.message, "hint": problem.hint}
    return {**_range(problem.place), **said}


def _range(place: Place) -> Json:
    return {"file": place.file, "line": place.line, "column": place.column}


def _sorted(value: Any) -> Any:
    """Bring the members of a covered value into order; lists keep theirs, since it counts."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def moment(at: datetime) -> str:
    """Return a time as RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")

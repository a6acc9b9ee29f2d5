"""The drift of a fleet in, its JSON document out: the form other programs rely on, in stable order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.drift.grouping import grouped
from reconciler.drift.values import DriftReport, Finding, Unread
from reconciler.report.document import moment
from reconciler.report.drift import FleetDrift, advice, sentence

FORMAT = "1.1"
Json = dict[str, Any]


def drift_document(
    drift: FleetDrift,
    *,
    backend: str,
    names: Mapping[str, str],
    recorded: bool,
    proposed: Sequence[Json] | None = None,
) -> Json:
    """Return it as plain data. ``recorded``: what was seen is remembered; ``proposed``: the edits asked for."""
    reports = sorted(drift.reports, key=lambda r: (r.name, r.file))
    return {
        "format_version": FORMAT,
        "backend": backend,
        "snapshot": drift.snapshot,
        "recorded": recorded,
        "complete": not drift.unread and not drift.problems,
        "errored": bool(drift.problems),
        "tenants": [tenant_drift(report, names) for report in reports],
        "groups": [
            {
                "cause": group.first.cause.value,
                "kind": group.first.kind.value,
                "plan": group.first.plan,
                "field": group.first.field,
                "delta": group.first.delta,
                "new": group.first.reported_at is None,
                "message": sentence(group.first, names, many=len(group.members) > 1),
                "count": len(group.members),
                "tenants": list(group.tenants),
            }
            for group in grouped([(report, report.drift) for report in reports])
        ],
        "proposed": None if proposed is None else list(proposed),
        "summary": drift.summary,
        "diagnostics": [
            {
                "file": p.place.file,
                "line": p.place.line,
                "column": p.place.column,
                "code": p.code,
                "message": p.message,
                "hint": p.hint,
            }
            for p in drift.problems
        ],
    }


def finding_document(finding: Finding, names: Mapping[str, str]) -> Json:
    """Return one finding as plain data."""
    return {
        "cause": finding.cause.value,
        "kind": finding.kind.value,
        "address": finding.address or None,
        "subscription_id": finding.subscription_id,
        "plan": finding.plan,
        "field": finding.field,
        "declared": finding.declared,
        "live": finding.live,
        "before": finding.before,
        "direction": finding.direction.value,
        "first_seen": None if finding.first_seen is None else moment(finding.first_seen),
        "last_seen": None if finding.last_seen is None else moment(finding.last_seen),
        "times": finding.times,
        "confirmed": finding.confirmed,
        "bought_back": finding.bought_back,
        "reported_at": None if finding.reported_at is None else moment(finding.reported_at),
        "who": None if finding.who is None else {"who": finding.who.who, "at": moment(finding.who.at)},
        "message": sentence(finding, names),
        "advice": advice(finding, names),
        "range": None
        if finding.place is None
        else {"file": finding.place.file, "line": finding.place.line, "column": finding.place.column},
    }


def tenant_drift(report: DriftReport, names: Mapping[str, str]) -> Json:
    """Return one tenant."""

    def of(findings: Sequence[Finding]) -> list[Json]:
        return [finding_document(finding, names) for finding in findings]

    return {
        "name": report.name,
        "tenant": report.tenant,
        "file": report.file,
        "observed_at": moment(report.observed_at),
        "baseline_at": None if report.baseline_at is None else moment(report.baseline_at),
        "wanted": of(report.wanted),
        "outside": of(report.outside),
        "service": of(report.service),
        "unconfirmed": of(report.unconfirmed),
        "under_way": of(report.under_way),
        "gone": of(report.gone),
        "unread": [_unread(lost) for lost in report.unread],
        "ahead": [{"rule": a.rule, "message": a.message, "remedy": a.remedy} for a in report.ahead],
    }


def _unread(lost: Unread) -> Json:
    return {"address": lost.address or None, "field": lost.field, "reason": lost.reason}

"""Where tenants stand in, plain data for other programs out, by name; what is not known is null, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from reconciler.change_plan import Verdict
from reconciler.observe import Fact, T, Unknown
from reconciler.overview import Kept, Watched
from reconciler.report.document import moment
from reconciler.report.loops import kept_document, watched_document
from reconciler.standing import Due, Pause, Standing
from reconciler.status import TenantStatus

FORMAT_VERSION = "1.1"


class PastRun(Protocol):
    """How one or more runs of a tenant in a row ended, as the store tells it."""

    @property
    def verdict(self) -> str:
        """The tenant's verdict at the end."""
        ...

    @property
    def summary(self) -> str:
        """Each step and how it ended, in short."""
        ...

    @property
    def commit(self) -> str | None:
        """The commit that asked, where one is known."""
        ...

    @property
    def plan_id(self) -> str | None:
        """The latest of their change plans."""
        ...

    @property
    def first_at(self) -> datetime:
        """When the first of them looked, by the service's clock."""
        ...

    @property
    def last_at(self) -> datetime:
        """When the last of them looked, by the service's clock."""
        ...

    @property
    def times(self) -> int:
        """How many runs in a row ended so."""
        ...


class Stopped(Protocol):
    """The global stop that is on, as the store tells it."""

    @property
    def reason(self) -> str:
        """Why nothing is written."""
        ...

    @property
    def owner(self) -> str:
        """Who says so."""
        ...

    @property
    def at(self) -> datetime:
        """Since when, by the machine's clock."""
        ...


def status_document(
    statuses: Sequence[TenantStatus],
    runs: Mapping[str, Fact[Sequence[PastRun]]] | None = None,
    stop: Fact[Stopped | None] = None,
    kept: Mapping[str, Fact[Kept | None]] | None = None,
    watched: Fact[Watched] | None = None,
) -> dict[str, object]:
    """Return the same as plain data, by name.

    ``runs`` and ``kept``: the last runs, and what the loop keeps, of those tenants that were asked about alone.
    """
    known, held = runs or {}, kept or {}
    return {
        "format_version": FORMAT_VERSION,
        "stop": _stop_document(stop),
        **({} if watched is None else watched_document(watched)),
        "tenants": [
            {
                **tenant_status(s),
                **({"loop": kept_document(held[s.name])} if s.name in held else {}),
                **({"runs": _runs_document(known[s.name])} if s.name in known else {}),
            }
            for s in sorted(statuses, key=lambda s: s.name)
        ],
        "summary": {**verdict_counts(statuses), "open_handoffs": sum(s.open_handoffs for s in statuses)},
    }


def verdict_counts(statuses: Sequence[TenantStatus]) -> dict[str, int]:
    """Return how many tenants stand at each verdict, the gravest first."""
    return {str(verdict): sum(s.verdict is verdict for s in statuses) for verdict in Verdict}


def why_unknown(each: Standing) -> dict[str, str]:
    """Return why each number or plan that is not known could not be read."""
    facts = {"plan": each.live_plan, "live": each.live, "assigned": each.assigned}
    return {name: fact.reason for name, fact in facts.items() if isinstance(fact, Unknown)}


def tenant_status(status: TenantStatus) -> dict[str, object]:
    """Return one tenant."""
    return {
        "name": status.name,
        "tenant": status.tenant,
        "formerly": status.formerly,
        "file": status.place.file,
        "line": status.place.line,
        "sync": str(status.sync),
        "health": str(status.health),
        "ails": list(status.ails),
        "verdict": str(status.verdict),
        "held_by": status.waits_for or None,
        "pause": _pause_document(status.pause),
        "subscriptions": [standing_document(each) for each in status.subscriptions],
        "unmanaged": len(status.unmanaged),
        "next": [_due_document(due) for due in status.due],
        "open_handoffs": status.open_handoffs,
        "handoffs": [h.id for h in status.handoffs],
        "conditions": [
            {"name": c.name, "status": str(c.holds), "message": c.message, "since": _moment(c.since)}
            for c in status.conditions
        ],
        "observed_at": moment(status.observed_at),
    }


def standing_document(each: Standing) -> dict[str, object]:
    """Return one declared subscription beside the live one it means."""
    return {
        "address": each.wanted.name,
        "subscription_id": each.subscription_id,
        "line": each.wanted.place.line,
        "plan": each.wanted.plan,
        "live_plan": _known(each.live_plan),
        "declared": each.wanted.licenses,
        "live": _known(each.live),
        "assigned": _known(each.assigned),
        "free": _known(each.free),
        "unknown": why_unknown(each),
        "verdict": str(each.verdict),
        "waits_for": each.waits_for or None,
        "since": _moment(each.since),
        "next": [_due_document(due) for due in each.due],
        "handoffs": [h.id for h in each.handoffs],
    }


def _known(fact: Fact[T] | None) -> T | None:
    return None if fact is None or isinstance(fact, Unknown) else fact


def _moment(at: datetime | None) -> str | None:
    return moment(at) if at else None


def _due_document(due: Due) -> dict[str, str]:
    return {"what": str(due.what), "at": moment(due.at)}


def _pause_document(pause: Pause | None) -> dict[str, object] | None:
    if pause is None:
        return None
    said = pause.said
    return {
        "kind": str(pause.kind),
        "place": pause.place,
        "reason": said.reason if said else None,
        "owner": said.owner if said else None,
        "until": said.until.isoformat() if said else None,
        "since": _moment(pause.since),
    }


def _stop_document(stop: Fact[Stopped | None]) -> dict[str, object]:
    if stop is None:
        return {"state": "off", "reason": None, "owner": None, "since": None}
    if isinstance(stop, Unknown):
        return {"state": "unknown", "reason": stop.reason, "owner": None, "since": None}
    return {"state": "on", "reason": stop.reason, "owner": stop.owner, "since": moment(stop.at)}


def _runs_document(runs: Fact[Sequence[PastRun]]) -> list[dict[str, object]] | None:
    if isinstance(runs, Unknown):
        return None
    return [
        {
            "verdict": run.verdict,
            "summary": run.summary,
            "commit": run.commit,
            "plan_id": run.plan_id,
            "first_at": moment(run.first_at),
            "last_at": moment(run.last_at),
            "times": run.times,
        }
        for run in runs
    ]

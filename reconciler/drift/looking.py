"""One tenant's look and what is remembered of it in, its ``DriftReport`` out, each finding counted on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.baseline import ground_of, is_done
from reconciler.catalogue import Catalogue
from reconciler.change_plan import TenantPlan
from reconciler.drift.comparing import Seen, compare
from reconciler.drift.kinds import Cause, Confirming, Kind
from reconciler.drift.standing import renewed
from reconciler.drift.values import Ahead, DriftReport, Finding, Remembered, Sighting, Unread
from reconciler.match import match
from reconciler.memory import Memory
from reconciler.model import Declaration
from reconciler.observe import Fact, Observation, Unknown
from reconciler.rules import Status


def drift_of(
    declaration: Declaration,
    look: Observation,
    plan: TenantPlan,
    memory: Memory,
    remembered: Fact[Remembered],
    catalogue: Catalogue,
    confirming: Confirming = Confirming(),  # noqa: B008 - frozen
) -> DriftReport:
    """Say what one tenant's look shows beside what its file wants. ``plan`` is the judgement of that same look."""
    report = DriftReport(declaration.name, declaration.tenant, declaration.place.file, look.at)
    stranger = next((f for f in plan.checks if f.id == "wrong-tenant" and f.status is not Status.PASS), None)
    if stranger is not None and not isinstance(look.subscriptions, Unknown):
        return replace(report, unread=(Unread("", "tenant", stranger.message),))
    lost = next((m for m in (remembered, memory.intents) if isinstance(m, Unknown)), None)
    before = Remembered() if isinstance(remembered, Unknown) else remembered
    pairs = match(declaration, look, memory)
    ground = ground_of(before.baseline, memory, look)
    seen = compare(declaration, look, pairs, ground, catalogue)
    found, sightings = _counted(seen, before.sightings, look, confirming, memory)
    learns = lost is None and memory.absent is None and not look.snapshot
    return replace(
        report,
        wanted=_of(found, Cause.WANTED),
        outside=_of(found, Cause.OUTSIDE),
        service=_of(found, Cause.SERVICE),
        unconfirmed=tuple(f for f in found if not f.confirmed),
        under_way=tuple(seen.under_way),
        gone=tuple(s.finding for s in sightings.values() if s.gone_at),
        unread=(*seen.unread, *((Unread("", "state", lost.reason),) if lost else ())),
        baseline_at=before.baseline.at if before.baseline else None,
        ahead=tuple(Ahead(f.id, f.message, f.remedy) for f in plan.warnings),
        kept=Remembered(renewed(ground, declaration, look, pairs) or before.baseline, sightings)
        if learns
        else None,
    )


def told(kept: Remembered, at: datetime) -> Remembered:
    """Return what to remember once a person was told: the confirmed as known since ``at``, the gone no more."""
    sightings = {
        key: replace(s, reported_at=s.reported_at or at) if s.confirmed_at else s
        for key, s in kept.sightings.items()
        if s.gone_at is None
    }
    return replace(kept, sightings=sightings)


def _of(found: list[Finding], cause: Cause) -> tuple[Finding, ...]:
    return tuple(f for f in found if f.cause is cause and f.confirmed)


def _counted(
    seen: Seen, sightings: Mapping[str, Sighting], look: Observation, confirming: Confirming, memory: Memory
) -> tuple[list[Finding], dict[str, Sighting]]:
    """Count each finding on, and tell what is no longer there from what this look could not judge."""
    at = look.at
    found: list[Finding] = []
    after: dict[str, Sighting] = {}
    for finding in seen.findings:
        sighting = after[finding.key] = _again(sightings.get(finding.key), finding, at, confirming)
        found.append(_dated(finding, sighting))
    for key, sighting in sorted(sightings.items()):
        if key in after:
            continue
        if sighting.gone_at or seen.holds(sighting.finding):
            after[key] = sighting
        elif _bought_back(sighting, memory, look):
            # Seen once is enough here: a write of ours went by it, and that looked again before.
            told = replace(sighting, confirmed_at=sighting.confirmed_at or at, gone_at=at)
            gone = replace(_dated(sighting.finding, told), bought_back=True)
            after[key] = replace(told, finding=gone)
        elif sighting.confirmed_at and sighting.finding.cause is not Cause.WANTED:
            after[key] = replace(sighting, gone_at=at, finding=_dated(sighting.finding, sighting))
    return found, after


def _bought_back(sighting: Sighting, memory: Memory, look: Observation) -> bool:
    """Whether a write of ours has raised the number that somebody had lowered, since it was last seen so."""
    found = sighting.finding
    lowered = found.cause is Cause.OUTSIDE and found.kind is Kind.LICENSES_BELOW
    if not lowered or isinstance(memory.intents, Unknown):
        return False
    places = {found.scope, memory.successors.get(found.scope)}
    return any(
        is_done(write, look)
        and write.subscription_id in places
        and write.before.licenses == found.live
        and write.after.licenses != found.live
        and write.intended_at >= sighting.last_seen
        for write in memory.intents
    )


def _again(before: Sighting | None, finding: Finding, at: datetime, confirming: Confirming) -> Sighting:
    """One more look at the same thing. Another value begins anew: it may be a flicker, also of what was confirmed."""
    if before is None or before.gone_at or before.finding.mark != finding.mark:
        now = Sighting(finding, at, at)
    else:
        last = max(at, before.last_seen)
        now = replace(before, finding=finding, last_seen=last, times=before.times + 1)
    asked_for = finding.cause is Cause.WANTED
    enough = asked_for or confirming.of(finding.kind).holds(now.times, now.first_seen, now.last_seen)
    return replace(now, confirmed_at=now.confirmed_at or (at if enough else None))


def _dated(finding: Finding, sighting: Sighting) -> Finding:
    return replace(
        finding,
        first_seen=sighting.first_seen,
        last_seen=sighting.last_seen,
        times=sighting.times,
        confirmed=sighting.confirmed_at is not None,
        reported_at=sighting.reported_at,
    )

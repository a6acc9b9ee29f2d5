"""The reports of a fleet in, its changes out: the same change in many tenants is one, with their names.

Two licence counts that moved by the same number are the same change, wherever they started; of anything else the
values themselves must be the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.drift.kinds import Cause, Kind
from reconciler.drift.values import DriftReport, Finding, Value

CAUSES = tuple(Cause)
KINDS = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Member:
    """One tenant's part in a change."""

    tenant: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Group:
    """One change, and all the tenants it happened in. ``first`` stands for them where they do not differ."""

    members: tuple[Member, ...]

    @property
    def first(self) -> Finding:
        """The finding of the first tenant."""
        return self.members[0].finding

    @property
    def tenants(self) -> tuple[str, ...]:
        """The names of the tenants, each once, in order."""
        return tuple(dict.fromkeys(member.tenant for member in self.members))


def grouped(parts: Iterable[tuple[DriftReport, Iterable[Finding]]]) -> tuple[Group, ...]:
    """Put the same changes together: of each cause the kinds in their order, the widest first."""
    found: dict[tuple[object, ...], list[Member]] = {}
    for report, findings in parts:
        for finding in findings:
            found.setdefault(_likeness(finding), []).append(Member(report.name, finding))
    groups = (Group(tuple(sorted(m, key=lambda m: (m.tenant, m.finding.key)))) for m in found.values())
    return tuple(sorted(groups, key=_order))


def _likeness(finding: Finding) -> tuple[object, ...]:
    values: tuple[Value, ...] = (finding.delta,)
    if finding.delta is None:
        values = (finding.declared, finding.before, finding.live)
    known = finding.reported_at is None
    return (finding.cause, finding.kind, finding.field, finding.plan, known, finding.bought_back, *values)


def _order(group: Group) -> tuple[object, ...]:
    first = group.first
    known = first.reported_at is not None
    place = (CAUSES.index(first.cause), known, KINDS.index(first.kind))
    return (*place, -len(group.members), str(first.plan), group.members[0].tenant, first.key)

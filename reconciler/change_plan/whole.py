"""The plans of single tenants in, that of the whole fleet out, with its totals and its digest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from reconciler.at_rest import AtRest
from reconciler.change_plan.origin import Source
from reconciler.change_plan.steps import TenantPlan
from reconciler.change_plan.verdicts import Verdict
from reconciler.digest import covered, digest, rules_digest
from reconciler.errors import Problem
from reconciler.model import Action
from reconciler.observe import NEVER
from reconciler.roster import Renamed

# How old a recorded state may be before its age is told.
FRESH = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class OldSnapshot:
    """A tenant planned from a recorded state, and how old that was, by the machine's clock, when it was planned."""

    tenant: str
    observed_at: datetime
    age: timedelta


@dataclass(frozen=True, slots=True)
class Summary:
    """The totals line's numbers. Steps of suspended tenants are counted under ``suspended`` (tenants) only."""

    switch: int
    add_licenses: int
    tenants_changed: int
    waiting: int
    blocked: int
    support: int
    unknown: int
    suspended: int
    in_sync: int
    remove: int = 0


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """What we are about to do to a fleet. ``snapshot``: planned from files, so apply must judge again.

    ``renamed`` and ``no_longer_managed`` only tell of the files: nothing is done about either, and no digest has them.
    ``at_rest``: tenants in sync that are only counted and not among ``tenants``; of those, a digest covers nothing.
    """

    plan_id: str
    created_at: datetime
    valid_until: datetime
    tool_version: str
    backend: str
    catalogue: str
    source: Source
    tenants: tuple[TenantPlan, ...]
    diagnostics: tuple[Problem, ...] = ()
    snapshot: bool = False
    rules: str = field(default_factory=rules_digest)
    renamed: tuple[Renamed, ...] = ()
    no_longer_managed: tuple[str, ...] = ()
    at_rest: AtRest = AtRest()  # noqa: RUF009 - frozen

    @property
    def size(self) -> int:
        """How many tenants were judged."""
        return len(self.tenants) + self.at_rest.count

    @property
    def covered(self) -> dict[str, Any]:
        """The value an approval is bound to."""
        return covered(
            ((t.tenant, t.basis) for t in self.tenants), self.catalogue, self.rules, self.tool_version
        )

    @property
    def digest(self) -> str:
        """The hash of ``covered``."""
        return digest(self.covered)

    @property
    def errored(self) -> bool:
        """Some file is broken: the tenants in it are not in this change plan."""
        return bool(self.diagnostics)

    @property
    def complete(self) -> bool:
        """Every tenant asked for was declared well and read well enough to be judged."""
        return not self.errored and self.summary.unknown == 0

    @property
    def applyable(self) -> bool:
        """There is something to apply, and apply could do it as it stands."""
        changes = any(t.writes for t in self.tenants)
        return changes and not (self.errored or self.snapshot or self.source.what_if)

    @property
    def old_snapshots(self) -> tuple[OldSnapshot, ...]:
        """Tenants whose recorded state was more than an hour old, the oldest first; one without a state has no age.

        Of those that are only counted, it has the few that were looked at first.
        """
        if not self.snapshot:
            return ()
        looks = (*((t.observed_at, t.name) for t in self.tenants), *self.at_rest.oldest)
        aged = (OldSnapshot(name, at, self.created_at - at) for at, name in sorted(looks) if at > NEVER)
        return tuple(old for old in aged if old.age > FRESH)

    @property
    def old_looks(self) -> int:
        """How many recorded states were more than an hour old."""
        limit = self.created_at - FRESH
        told = sum(NEVER < t.observed_at < limit for t in self.tenants)
        return told + self.at_rest.before(limit) if self.snapshot else 0

    @property
    def summary(self) -> Summary:
        """Count it all, once."""
        counted = [t for t in self.tenants if t.verdict is not Verdict.SUSPENDED]
        verdicts = [v for t in counted for v in t.counted_verdicts]
        writes = [step for t in counted for step in t.writes]
        return Summary(
            switch=sum(step.action is Action.SWITCH for step in writes),
            add_licenses=sum(step.added for step in writes),
            tenants_changed=sum(bool(t.writes) for t in counted),
            waiting=verdicts.count(Verdict.WAIT),
            blocked=verdicts.count(Verdict.BLOCKED),
            support=verdicts.count(Verdict.SUPPORT),
            unknown=verdicts.count(Verdict.UNKNOWN),
            suspended=len(self.tenants) - len(counted),
            in_sync=sum(t.verdict is Verdict.IN_SYNC for t in counted) + self.at_rest.count,
        )

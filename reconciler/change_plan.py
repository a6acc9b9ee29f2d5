"""What we are about to do, as a value: steps with their verdicts per tenant, and the whole fleet's change plan.

In: what ``decide`` made of each tenant. Out: ``ChangePlan``, which can be printed, compared, hashed, stored and
reviewed. There are no closures in it, and nothing in it looks at the world.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from reconciler.at_rest import AtRest
from reconciler.changed import MovedFile
from reconciler.digest import covered, digest, rules_digest
from reconciler.errors import Problem
from reconciler.model import Action, Place, Subscription, Waiver
from reconciler.observe import NEVER, LiveSubscription, Observation
from reconciler.policy import NotCounted
from reconciler.roster import Renamed
from reconciler.rules import Effect, Finding, Status


class Verdict(StrEnum):
    """What becomes of a step, gravest first; the last two only ever stand on a tenant."""

    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    SUPPORT = "support"
    WAIT = "wait"
    APPLY = "apply"
    SUSPENDED = "suspended"
    IN_SYNC = "in-sync"


# How old a recorded state may be before its age is told.
FRESH = timedelta(hours=1)
GRAVITY = (Verdict.UNKNOWN, Verdict.BLOCKED, Verdict.SUPPORT, Verdict.WAIT, Verdict.APPLY)
VERDICT_OF = {
    Effect.BLOCK: Verdict.BLOCKED,
    Effect.SUPPORT: Verdict.SUPPORT,
    Effect.WAIT: Verdict.WAIT,
    Effect.WARN: Verdict.APPLY,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do to one subscription.

    ``before`` is None only for a hand-off. ``behind_switch``: it stands behind a switch of its own
    subscription. ``version`` is the etag the step was judged on: for the write, never shown or hashed. ``buys_back``:
    how many of its licences were there, and somebody else took them away; a fact of our own store, so never hashed.
    """

    address: str
    action: Action
    before: Subscription | None
    after: Subscription
    verdict: Verdict
    checks: tuple[Finding, ...]
    place: Place
    subscription_id: str | None = None
    behind_switch: bool = False
    version: str | None = None
    buys_back: int = 0

    def __post_init__(self) -> None:
        if self.action is Action.ADD and self.added < 1:
            raise ValueError(f"an add must end above where it began: {self.before} to {self.after}")
        if self.action is Action.SWITCH and self.added < 0:
            raise ValueError(f"a switch must not end below where it began: {self.before} to {self.after}")

    @property
    def added(self) -> int:
        """Licences this step adds; 0 for a hand-off."""
        if self.action is Action.HANDOFF or self.before is None:
            return 0
        return (self.after.licenses or 0) - (self.before.licenses or 0)

    @property
    def irreversible(self) -> bool:
        """No listed pair leads back, so every switch is one-way (R-LIST, R-MAN-NO-RETURN, A-9)."""
        return self.action is Action.SWITCH

    @property
    def shape(self) -> tuple[object, ...]:
        """What must be the same for it to count as the same step; a switch may change the subscription's id."""
        return (self.address, self.action, self.before, self.after)

    @property
    def holding(self) -> tuple[Finding, ...]:
        """The findings that keep it from being applied, gravest first."""
        held = [f for f in self.checks if verdict_of_finding(f) is not Verdict.APPLY]
        return tuple(sorted(held, key=lambda f: GRAVITY.index(verdict_of_finding(f))))

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Checks that failed or could not tell, and only warn."""
        held = (Status.FAIL, Status.UNKNOWN)
        return tuple(f for f in self.checks if f.status in held and f.effect is Effect.WARN)


@dataclass(frozen=True, slots=True)
class TenantPlan:
    """What is to be done in one tenant. ``checks`` judge the tenant itself; ``basis`` is what the digest covers.

    ``waivers`` are those of the file, ended ones too: who answers for what is shown in every plan.
    ``unfinished``: an earlier write of ours has still to be followed to its end. ``meant``: the subscription id each
    declared name plainly means, where our memory does not say so yet. Both are facts of
    our own state store, so neither printed nor hashed. ``seen``: the look, kept only where support has to be told.
    ``drift``: what was changed outside, as it is told; never judged by and never hashed.
    """

    name: str
    tenant: str
    file: str
    verdict: Verdict
    observed_at: datetime
    steps: tuple[Step, ...]
    checks: tuple[Finding, ...]
    unmanaged: tuple[LiveSubscription, ...]
    basis: dict[str, Any] = field(repr=False)
    place: Place
    unfinished: bool = False
    meant: Mapping[str, str] = field(default_factory=dict, compare=False)
    seen: Observation | None = field(default=None, compare=False, repr=False)
    waivers: tuple[Waiver, ...] = ()
    drift: tuple[Mapping[str, object], ...] = field(default=(), compare=False, repr=False)

    def after(self, done: Step) -> frozenset[tuple[object, ...]]:
        """Foretell the steps of the next look, given that ``done`` has happened and nothing else has.

        In no order: an add behind a switch stands last while it waits, and first once that switch is done.
        """
        return frozenset((*s.shape, _verdict_after(s, done)) for s in self.steps if s is not done)

    def shapes(self) -> frozenset[tuple[object, ...]]:
        """The steps and their verdicts, to compare with what was foretold."""
        return frozenset((*step.shape, step.verdict) for step in self.steps)

    @property
    def writes(self) -> tuple[Step, ...]:
        """The steps that would be applied now."""
        return tuple(step for step in self.steps if step.verdict is Verdict.APPLY)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is told of the tenant itself, with a step or without one, and holds nothing."""
        return tuple(f for f in self.checks if f.status is Status.FAIL and f.effect is Effect.WARN)

    @property
    def counted_verdicts(self) -> tuple[Verdict, ...]:
        """One verdict a step; a tenant that is held back with no step of its own to show it counts as one."""
        ground = gravest(verdict_of_finding(f) for f in self.checks)
        shown = tuple(step.verdict for step in self.steps)
        return shown if ground is Verdict.APPLY or ground in shown else (ground, *shown)


def verdict_of_finding(finding: Finding) -> Verdict:
    """What this finding alone would make of its step; what could only have warned holds nothing when unknown."""
    if finding.effect is Effect.WARN:
        return Verdict.APPLY
    if finding.status is Status.UNKNOWN:
        return Verdict.UNKNOWN
    if finding.status is Status.FAIL:
        return VERDICT_OF[finding.effect]
    return Verdict.APPLY


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """The first of the order unknown, blocked, support, wait, apply."""
    return min(verdicts, key=GRAVITY.index, default=Verdict.APPLY)


def step_verdict(action: Action, checks: tuple[Finding, ...]) -> Verdict:
    """The gravest of a step's findings."""
    # A hand-off is never ours to apply, whatever its checks say.
    floor = Verdict.SUPPORT if action is Action.HANDOFF else Verdict.APPLY
    return gravest([floor, *(verdict_of_finding(f) for f in checks)])


def _verdict_after(step: Step, done: Step) -> Verdict:
    """The verdict of ``step`` once ``done`` has happened: what waited for that switch only, waits no more."""
    if not (step.behind_switch and done.action is Action.SWITCH and step.address == done.address):
        return step.verdict
    return step_verdict(step.action, tuple(f for f in step.checks if f.id != "switch-first"))


@dataclass(frozen=True, slots=True)
class Source:
    """Where the declarations came from. ``partial``: only some of the fleet's tenants were asked for.

    ``what_if``: what was supposed instead of what the files say, as it was typed; then nothing may be applied.
    ``since`` is set where only the tenants that changed since a ref were asked for (then it is partial too), ``policy``
    where configuration and catalogue were read at a ref. No digest covers any of it.
    """

    paths: tuple[str, ...]
    commit: str | None = None
    partial: bool = False
    what_if: tuple[str, ...] = ()
    since: Since | None = None
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since ``ref``, as it was typed; ``commit`` is what the branch and it have in common.

    ``unread``: files there that could not be read, each with why; every tenant of theirs counts as changed. What is
    ``gone``, ``renamed`` or ``moved`` to another file changes nothing live.
    """

    ref: str
    commit: str
    changed: int
    unchanged: int
    gone: tuple[str, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    moved: tuple[MovedFile, ...] = ()
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be read at a ref, and why: its first problem there."""

    file: str
    why: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The ref whose configuration and catalogue hold, and what of the tenant files does not count beside them."""

    ref: str
    commit: str
    not_counted: tuple[NotCounted, ...] = ()


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

"""What is to be done in one tenant, as a value: its steps, each with its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reconciler.change_plan.verdicts import GRAVITY, Verdict, gravest, step_verdict, verdict_of_finding
from reconciler.model import Action, Place, Subscription, Waiver
from reconciler.observe import LiveSubscription, Observation
from reconciler.rules import Effect, Finding, Status


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


def _verdict_after(step: Step, done: Step) -> Verdict:
    """The verdict of ``step`` once ``done`` has happened: what waited for that switch only, waits no more."""
    if not (step.behind_switch and done.action is Action.SWITCH and step.address == done.address):
        return step.verdict
    return step_verdict(step.action, tuple(f for f in step.checks if f.id != "switch-first"))

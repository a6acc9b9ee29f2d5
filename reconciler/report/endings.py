"""Runs and the change plan they came from in, every tenant's ends and their totals out: nothing is left out.

A tenant without a run (nothing could be applied in it) ends too: its steps as their verdicts say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.act import Ending, Outcome
from reconciler.change_plan import ChangePlan, Step, TenantPlan, Verdict, verdict_of_finding
from reconciler.outcomes import ENDING_OF, Run
from reconciler.rules import Finding

# Worst first: may still take effect, went wrong, needs a person, needs time, is well.
WORST_FIRST = (
    Ending.UNKNOWN,
    Ending.FAILED,
    Ending.BLOCKED,
    Ending.HANDED_OFF,
    Ending.WAITING,
    Ending.STARTED,
    Ending.DONE,
)


@dataclass(frozen=True, slots=True)
class EndedStep:
    """One step and how it ended. ``standing`` is the step as it was judged last, for what holds it now."""

    step: Step
    outcome: Outcome
    standing: Step


@dataclass(frozen=True, slots=True)
class EndedTenant:
    """One tenant's ends. ``held``: it is held back as a whole, with no step of its own to show for it."""

    plan: TenantPlan
    last: TenantPlan
    steps: tuple[EndedStep, ...]
    failed: bool
    held: Verdict | None

    @property
    def suspended(self) -> bool:
        """Somebody paused it, so what is held in it is not counted."""
        return self.last.verdict is Verdict.SUSPENDED

    @property
    def worst(self) -> Ending:
        """The worst of its ends; done where there was nothing to do."""
        endings = [ended.outcome.ending for ended in self.steps]
        endings += [ENDING_OF[self.held]] if self.held else []
        return min(endings, key=WORST_FIRST.index, default=Ending.DONE)

    @property
    def holding(self) -> tuple[Finding, ...]:
        """The findings that hold the tenant as a whole."""
        return tuple(f for f in self.last.checks if verdict_of_finding(f) is not Verdict.APPLY)


@dataclass(frozen=True, slots=True)
class Tally:
    """The numbers of the last line. ``lost``: the part of ``unknown`` that is a write whose outcome is not known."""

    done: int
    started: int
    waiting: int
    blocked: int
    support: int
    failed: int
    unknown: int
    lost: int
    broken: bool


def endings(plan: ChangePlan, runs: Iterable[Run]) -> tuple[EndedTenant, ...]:
    """Return every tenant of the change plan with its ends, in the change plan's order."""
    by_name = {run.plan.name: run for run in runs}
    return tuple(_ended(t, by_name.get(t.name)) for t in plan.tenants)


def tally(ended: Iterable[EndedTenant]) -> Tally:
    """Count the ends, once; what a suspension holds is left out, as in the change plan's totals."""
    tenants = tuple(ended)
    found = [e.outcome for t in tenants for e in t.steps if not (t.suspended and e.outcome.held)]
    found += [Outcome(ENDING_OF[t.held], "") for t in tenants if t.held and not t.suspended]
    count = [outcome.ending for outcome in found].count
    return Tally(
        done=count(Ending.DONE),
        started=count(Ending.STARTED),
        waiting=count(Ending.WAITING),
        blocked=count(Ending.BLOCKED),
        support=count(Ending.HANDED_OFF),
        failed=count(Ending.FAILED),
        unknown=count(Ending.UNKNOWN),
        lost=sum(outcome.ending is Ending.UNKNOWN and outcome.went_wrong for outcome in found),
        broken=any(t.failed for t in tenants),
    )


def _ended(shown: TenantPlan, run: Run | None) -> EndedTenant:
    last = run.last if run else shown
    outcomes = run.outcomes if run else tuple((step, untried(step)) for step in shown.steps)
    standing = {step.shape: step for step in last.steps}
    steps = tuple(EndedStep(step, outcome, standing.get(step.shape, step)) for step, outcome in outcomes)
    return EndedTenant(shown, last, steps, bool(run and run.failed), _held(last))


def _held(last: TenantPlan) -> Verdict | None:
    """The verdict the tenant counts beside those of its steps, if there is one."""
    verdicts = last.counted_verdicts
    return verdicts[0] if len(verdicts) > len(last.steps) else None


def untried(step: Step) -> Outcome:
    """A step nobody tried ends as its verdict says; one that could be applied waits for the next run."""
    ending = ENDING_OF.get(step.verdict, Ending.WAITING)
    return Outcome(ending, step.holding[0].message if step.holding else "")

"""What was shown, what was tried and how the tenant stands in; a ``Run`` out, with one outcome for every step.

Everything is accounted for: what was not tried ends too, and says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.act import Ending, Outcome
from reconciler.change_plan import Step, TenantPlan, Verdict, verdict_of_finding
from reconciler.messages import say

ENDING_OF = {
    Verdict.WAIT: Ending.WAITING,
    Verdict.BLOCKED: Ending.BLOCKED,
    Verdict.SUPPORT: Ending.HANDED_OFF,
    Verdict.UNKNOWN: Ending.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Run:
    """What became of one tenant: the plan as it was shown, every step's outcome, and the plan as it stands now."""

    plan: TenantPlan
    outcomes: tuple[tuple[Step, Outcome], ...]
    last: TenantPlan
    failed: bool


def account(shown: TenantPlan, last: TenantPlan, tried: Mapping[Step, Outcome], otherwise: Outcome) -> Run:
    """Give every step its end: those tried have one; ``otherwise`` is for those that would still be applied."""
    by_shape = {step.shape: outcome for step, outcome in tried.items()}
    outcomes = [
        (step, by_shape.get(step.shape) or _untried(step, shown, last, otherwise)) for step in shown.steps
    ]
    seen = {step.shape for step in shown.steps}
    outcomes += [(step, outcome) for step, outcome in tried.items() if step.shape not in seen]
    failed = any(o.went_wrong for _, o in outcomes)
    return Run(shown, tuple(outcomes), last, failed)


def as_it_stands(outcome: Outcome, step: Step, now: TenantPlan) -> Outcome:
    """Tell a switch that was taken as the last look judges it: it runs, waits for a credit review, or hangs."""
    standing = next((s for s in now.steps if s.shape == step.shape), None)
    if outcome.ending is not Ending.STARTED or standing is None or not standing.holding:
        return outcome
    finding = standing.holding[0]
    if standing.verdict is Verdict.SUPPORT:
        return replace(outcome, ending=Ending.HANDED_OFF, message=finding.message)
    if finding.id == "credit-review":
        ordered = say("run.ordered", tenant=now.name, subscription=step.address, plan=step.after.plan)
        return replace(outcome, ending=Ending.WAITING, message=f"{ordered} {finding.message}")
    if finding.id == "switch-running":
        return replace(outcome, message=f"{outcome.message} {finding.message}")
    return outcome


def _untried(step: Step, shown: TenantPlan, last: TenantPlan, otherwise: Outcome) -> Outcome:
    """The end of a step nobody tried, by the last look; a look that could not be read says nothing came true."""
    now = next((s for s in last.steps if s.shape == step.shape), None) or _instead(step, shown, last)
    if now is not None and now.verdict is Verdict.APPLY:
        return otherwise
    if now is not None:
        return Outcome(ENDING_OF[now.verdict], now.holding[0].message if now.holding else "")
    held = next((f for f in last.checks if verdict_of_finding(f) in (Verdict.UNKNOWN, Verdict.BLOCKED)), None)
    if held is not None:
        return Outcome(ENDING_OF[verdict_of_finding(held)], held.message)
    return Outcome(Ending.DONE, say("run.came-true", tenant=last.name, subscription=step.address))


def _instead(step: Step, shown: TenantPlan, last: TenantPlan) -> Step | None:
    """What is left at the address now and was not shown: then ``step`` has not come true, but moved."""
    known = {s.shape for s in shown.steps}
    return next((s for s in last.steps if s.address == step.address and s.shape not in known), None)

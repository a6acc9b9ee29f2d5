"""The change plans of many tenants in, the same with what is too much for one run or one day held out.

Steps are counted tenant by tenant, by name, in the order they would be done. What would pass a limit is blocked and
counts for nothing; what comes after it may still fit. A run counts again as it writes, so that what is really sent
never passes a limit either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.change_plan import Step, TenantPlan, Verdict, step_verdict
from reconciler.decide import tenant_verdict
from reconciler.limits import Limits
from reconciler.messages import say
from reconciler.model import Action
from reconciler.observe import Fact, Unknown
from reconciler.rules import Answer, Finding, Status, rule_named

RULE = "over-limit"


@dataclass(frozen=True, slots=True)
class Tally:
    """What one run has changed when a step's turn comes.

    ``today``: licences this tool has added anywhere since 00:00 UTC, by its journal and this run; None: nobody asked
    the journal (a plan from snapshots). ``tenants`` counts those changed, the last of them being ``last``.
    """

    today: Fact[int] | None = 0
    licenses: int = 0
    switches: int = 0
    tenants: int = 0
    last: str = ""

    def plus(self, tenant: str, step: Step) -> Tally:
        """Return the tally with one more step done."""
        known = self.today is None or isinstance(self.today, Unknown)
        return Tally(
            self.today if known else self.today + step.added,  # type: ignore[operator]
            self.licenses + step.added,
            self.switches + (step.action is Action.SWITCH),
            self.tenants + (tenant != self.last),
            tenant,
        )


def within(plans: Sequence[TenantPlan], limits: Limits, today: Fact[int] | None) -> tuple[TenantPlan, ...]:
    """Return the plans, in the order given, with the steps blocked that are too much for one run or one day."""
    tally, held = Tally(today), dict[int, TenantPlan]()
    for number in sorted(range(len(plans)), key=lambda n: plans[n].name):
        held[number], tally = hold(plans[number], tally, limits)
    return tuple(held[number] for number in range(len(plans)))


def hold(
    plan: TenantPlan, tally: Tally, limits: Limits, shown: TenantPlan | None = None
) -> tuple[TenantPlan, Tally]:
    """Block what is too much in one tenant, on top of ``tally``; return it with the tally behind it.

    What was already shown as too much stays so: room that another tenant left is for a change plan that says it.
    """
    if not plan.writes:
        return plan, tally
    refused = _refused(shown) if shown else {}
    steps: list[Step] = []
    for step in plan.steps:
        if step.verdict is not Verdict.APPLY:
            steps.append(step)
            continue
        finding = refused.get(step.shape) or _too_much(plan.name, step, tally, limits)
        if finding is None:
            tally = tally.plus(plan.name, step)
        steps.append(_with(step, finding) if finding else step)
    if tuple(steps) == plan.steps:
        return plan, tally
    return replace(plan, steps=tuple(steps), verdict=tenant_verdict(tuple(steps), plan.checks)), tally


def _refused(shown: TenantPlan) -> Mapping[tuple[object, ...], Finding]:
    return {
        step.shape: finding
        for step in shown.steps
        for finding in step.checks
        if finding.id == RULE and finding.status is Status.FAIL
    }


def _too_much(tenant: str, step: Step, tally: Tally, limits: Limits) -> Finding | None:
    """Return what speaks against doing ``step`` next, None if nothing does."""
    facts = {"tenant": tenant, "subscription": step.address, "added": step.added}
    if isinstance(tally.today, Unknown):
        return _finding(Answer.unknown(say("fact.added-today"), tally.today.reason))
    after = tally.plus(tenant, step)
    if step.added and after.licenses > limits.licenses_added_per_run:
        return _over("run", limits, "maxLicensesAddedPerRun", tally.licenses, facts)
    if step.added and tally.today is not None and tally.today + step.added > limits.licenses_added_per_day:
        return _over("day", limits, "maxLicensesAddedPerDay", tally.today, facts)
    if step.action is Action.SWITCH and after.switches > limits.switches_per_run:
        return _over("switches", limits, "maxSwitchesPerRun", tally.switches, facts)
    if after.tenants > limits.tenants_changed_per_run:
        return _over("tenants", limits, "maxTenantsChangedPerRun", tally.tenants, facts)
    return None


def _over(key: str, limits: Limits, limit: str, counted: int, facts: Mapping[str, object]) -> Finding:
    return _finding(Answer.failed(key, None, limit=limit, most=limits.value(limit), counted=counted, **facts))


def _finding(answer: Answer) -> Finding:
    rule = rule_named(RULE)
    assert rule is not None
    return rule.finding(answer)


def _with(step: Step, finding: Finding) -> Step:
    checks = tuple(finding if check.id == RULE else check for check in step.checks)
    return replace(step, checks=checks, verdict=step_verdict(step.action, checks))

"""The ends of a run in, its last lines out: the requests to support it leaves, and the totals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from reconciler.act import Ending
from reconciler.change_plan import ChangePlan, Verdict
from reconciler.messages import say
from reconciler.outcomes import Run
from reconciler.report.endings import EndedStep, EndedTenant, endings, tally, untried


def closing(ended: Sequence[EndedTenant]) -> list[list[str]]:
    """Return the last blocks of what is told of a run."""
    ready = sum(_is_requested(t, e) for t in ended for e in t.steps)
    key = "report.requests-one" if ready == 1 else "report.requests"
    return [[say(key, count=ready)] if ready else [], [_totals(ended)]]


def closing_text(runs: Iterable[Run], plan: ChangePlan) -> str:
    """Return the last lines alone: for a run that did nothing, whose change plan tells all there is."""
    return joined(closing(endings(plan, runs)))


def as_shown(runs: Iterable[Run], plan: ChangePlan) -> bool:
    """Whether a run left everything as the change plan had shown it: nothing done, nothing else in the way."""
    return all(_stayed(tenant) for tenant in endings(plan, runs))


def _stayed(tenant: EndedTenant) -> bool:
    held = all(
        ended.step.verdict is not Verdict.APPLY
        and ended.outcome == untried(ended.step)
        and ended.standing.checks == ended.step.checks
        for ended in tenant.steps
    )
    return held and tenant.last.checks == tenant.plan.checks


def totals_line(runs: Iterable[Run], plan: ChangePlan) -> str:
    """Return the very last line alone."""
    return _totals(endings(plan, runs))


def joined(blocks: Iterable[list[str]]) -> str:
    """Return one string, made once: blocks with a blank line between them."""
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _is_requested(tenant: EndedTenant, ended: EndedStep) -> bool:
    """Behind a switch no request is made yet, and none for a tenant somebody has paused."""
    handed_off = ended.outcome.ending is Ending.HANDED_OFF
    return handed_off and not ended.step.behind_switch and not tenant.suspended


def _totals(ended: Iterable[EndedTenant]) -> str:
    return say("report.applied", **asdict(tally(ended)))

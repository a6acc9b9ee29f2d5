"""A rule, or a judged tenant, in; the reasons as text or as plain data out."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill, wrap

from reconciler.change_plan import Step, TenantPlan, Verdict, verdict_of_finding
from reconciler.messages import say
from reconciler.messages.about import ABOUT, WAYS_OUT
from reconciler.report.lines import safe
from reconciler.report.paint import Role, palette
from reconciler.report.wording import counted, titled
from reconciler.rules import Finding, Rule, Status

WIDTH = 100
MARK = {Status.PASS: "ok", Status.FAIL: "no", Status.UNKNOWN: "??", Status.SKIPPED: "--"}


def rule_text(rule: Rule, width: int = WIDTH) -> str:
    """What a rule asks, what it does when it fails, and where it comes from."""
    document = rule_document(rule)
    lines = [
        rule.id,
        fill(ABOUT[rule.id], width, initial_indent="  ", subsequent_indent="  "),
        "",
        say("explain.on", actions=", ".join(rule_actions(rule)) or say("explain.ground")),
        say("explain.effect", effect=rule.effect),
        say("explain.needs", needs=", ".join(rule.needs) or "-"),
        say("explain.source", source=", ".join(rule.source)),
        *wrap(say("explain.way-out", remedy=document["remedy"]), width, subsequent_indent="    "),
    ]
    return "\n".join(lines)


def rule_document(rule: Rule) -> dict[str, object]:
    """The same as plain data."""
    return {
        "id": rule.id,
        "about": ABOUT[rule.id],
        "on": rule_actions(rule),
        "effect": str(rule.effect),
        "needs": sorted(rule.needs),
        "source": list(rule.source),
        "remedy": WAYS_OUT[rule.id],
    }


def rule_actions(rule: Rule) -> list[str]:
    """The actions a rule concerns, in the order of the words."""
    return [action for action in ("switch", "add", "handoff") if action in {str(a) for a in rule.on}]


def tenant_text(plan: TenantPlan, names: Mapping[str, str], *, colour: bool) -> str:
    """Every check of every step, with the line that asked for it and what would make it pass."""
    lines = [
        f"{palette(colour)(Role.NAME, safe(plan.name))}  {safe(plan.tenant)}  {plan.verdict}",
        safe(say("explain.declared", place=plan.place)),
    ]
    lines += _checks(plan.checks)
    for step in plan.steps:
        lines += ["", f"  {_headline(step, names)}", safe(say("explain.asked", place=step.place))]
        lines += _checks(step.checks)
    if not plan.steps and all(verdict_of_finding(f) is Verdict.APPLY for f in plan.checks):
        lines += ["", say("explain.no-steps")]
    return "\n".join(lines)


def _headline(step: Step, names: Mapping[str, str]) -> str:
    sides = [side for side in (step.before, step.after) if side is not None]
    said = " -> ".join(f"{titled(side.plan, names)}, {counted(side.licenses)}" for side in sides)
    return safe(f"{step.address}: {step.action} ({step.verdict}): {said}")


def _checks(findings: tuple[Finding, ...]) -> list[str]:
    lines = []
    for finding in findings:
        effect = f" [{finding.effect}]" if finding.status in (Status.FAIL, Status.UNKNOWN) else ""
        head = f"    {MARK[finding.status]}  {finding.id}{effect}: "
        lines.append(fill(safe(finding.message), WIDTH, initial_indent=head, subsequent_indent=" " * 8))
        if finding.remedy:
            lines.append(
                fill(safe(finding.remedy), WIDTH, initial_indent="        next: ", subsequent_indent=" " * 14)
            )
    return lines

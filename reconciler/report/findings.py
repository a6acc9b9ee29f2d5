"""Findings in, their sentences as lines out; what was said before is only named.

What was said is kept by the caller: of one tenant in ``Said``, warnings of all tenants before it in ``Warned``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reconciler.change_plan import Step, TenantPlan, Verdict, verdict_of_finding
from reconciler.messages import say
from reconciler.report.paint import Role
from reconciler.report.terminal import HANG, UNDER, View, signed
from reconciler.report.wording import VERDICT_SIGN
from reconciler.rules import Finding, Status

# What was already said of one tenant: (message, remedy).
Said = set[tuple[str, str]]
# Warnings that were said of an earlier tenant, less what is its own in them, with that tenant's name.
Warned = dict[tuple[str, str], str]
_NUMBER = re.compile("[0-9]+")


def ground(tenant: TenantPlan, view: View, said: Said) -> list[str]:
    """What holds the tenant as a whole stands before its steps, under a sign of its own."""
    lines: list[str] = []
    for finding in tenant.checks:
        verdict = verdict_of_finding(finding)
        if verdict is not Verdict.APPLY:
            lines += signed(VERDICT_SIGN[verdict], f"{finding.id}: {finding.message}", view)
            lines += _next(finding.remedy, view)
            said.add((finding.message, finding.remedy))
    return lines


def ahead(tenant: TenantPlan, view: View, said: Said) -> list[str]:
    """What only warns of the tenant itself, with its way out: nobody asked for it, and nothing below tells it."""
    lines: list[str] = []
    for finding in tenant.warnings:
        told = say("report.warning", rule=finding.id, message=finding.message)
        lines += [view.paint(Role.WARNING, line) for line in view.wrap(told, UNDER, HANG)]
        lines += _next(finding.remedy, view)
        said.add((finding.message, finding.remedy))
    return lines


def sentences(findings: Iterable[Finding], view: View, said: Said) -> list[str]:
    """The findings' sentences; what this tenant was already told is only named."""
    lines: list[str] = []
    repeated: list[str] = []
    for (message, remedy), rules in _grouped(findings).items():
        if (message, remedy) in said:
            repeated += rules
            continue
        said.add((message, remedy))
        lines += view.wrap(say("report.finding", rule=", ".join(rules), message=message), UNDER, HANG)
        lines += _next(remedy, view)
    if repeated:
        lines += view.wrap(say("report.as-above", rules=", ".join(repeated)), UNDER, HANG)
    return lines


def _grouped(findings: Iterable[Finding]) -> dict[tuple[str, str], list[str]]:
    groups: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        groups.setdefault((finding.message, finding.remedy), []).append(finding.id)
    return groups


def warnings(
    whose: tuple[str, str], findings: Iterable[Finding], view: View, said: Said, warned: Warned
) -> Iterator[str]:
    """The warnings; one that was said of another tenant in the same words is only named."""
    tenant = whose[0]
    for finding in findings:
        if (finding.message, finding.remedy) in said:
            continue
        said.add((finding.message, finding.remedy))
        first = warned.setdefault(_in_common(finding, whose), tenant)
        if first == tenant or view.verbose:
            told = say("report.warning", rule=finding.id, message=finding.message)
        else:
            told = say("report.warning-again", rule=finding.id, tenant=first)
        yield from (view.paint(Role.WARNING, line) for line in view.wrap(told, UNDER, HANG))
        yield from _next(finding.remedy, view) if view.verbose else ()


def _in_common(finding: Finding, whose: tuple[str, str]) -> tuple[str, str]:
    """What a warning says of any tenant: its sentence without names and numbers."""
    tenant, address = whose
    return finding.id, _NUMBER.sub("", finding.message.replace(tenant, "").replace(address, ""))


def other_checks(step: Step, view: View) -> list[str]:
    """The checks that passed or do not concern the step, where everything is shown."""
    if not view.verbose:
        return []
    shown = {Status.PASS, Status.SKIPPED}
    return [
        view.paint(Role.QUIET, line)
        for f in step.checks
        if f.status in shown
        for line in view.wrap(say("report.check", status=f.status, rule=f.id, message=f.message), UNDER, HANG)
    ]


def _next(remedy: str, view: View) -> list[str]:
    return view.wrap(say("report.next", remedy=remedy), UNDER, HANG) if remedy else []

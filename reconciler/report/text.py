"""A change plan or an apply run in, the text for a terminal out, the worst first and the totals line last.

What holds a step is said once: the gravest finding first, rules that say the same thing together, and what
was already said in the same tenant only named. Passed checks and tenants in sync are shown with ``verbose``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from reconciler.act import Ending
from reconciler.change_plan import ChangePlan, Step, TenantPlan, Verdict, verdict_of_finding
from reconciler.messages import say
from reconciler.outcomes import Run
from reconciler.report.closing import closing, joined
from reconciler.report.endings import WORST_FIRST, EndedStep, EndedTenant, endings
from reconciler.report.heading import MOST_GONE, Tone, headings, told_since
from reconciler.report.lines import WIDTH, safe, wrapped
from reconciler.report.paint import Paint, Role, palette
from reconciler.report.problems import problem_lines
from reconciler.report.wording import (
    UNMANAGED_SIGN,
    VERDICT_SIGN,
    change,
    ended_sign,
    left_alone,
    sign,
    waiver_told,
)
from reconciler.rules import Finding, Status

ORDER = tuple(Verdict)
COSTS_AGAIN = "bought-back"
STEP, UNDER, HANG = "  ", "      ", "        "
SIGN_ROLE = {
    "+": Role.GOOD,
    "~": Role.SWITCH,
    ">": Role.SUPPORT,
    "!": Role.BAD,
    "*": Role.WAIT,
    "?": Role.UNKNOWN,
    ".": Role.QUIET,
}
VERDICT_ROLE = {
    Verdict.UNKNOWN: Role.UNKNOWN,
    Verdict.BLOCKED: Role.BAD,
    Verdict.SUPPORT: Role.SUPPORT,
    Verdict.WAIT: Role.WAIT,
    Verdict.APPLY: Role.GOOD,
    Verdict.SUSPENDED: Role.WAIT,
    Verdict.IN_SYNC: Role.QUIET,
}
ENDING_ROLE = {
    Ending.UNKNOWN: Role.UNKNOWN,
    Ending.FAILED: Role.BAD,
    Ending.BLOCKED: Role.BAD,
    Ending.HANDED_OFF: Role.SUPPORT,
    Ending.WAITING: Role.WAIT,
    Ending.STARTED: Role.GOOD,
    Ending.DONE: Role.GOOD,
}


@dataclass(frozen=True, slots=True)
class _View:
    """How it is shown: the plans' display names, the palette, whether everything is, and in how many columns."""

    names: Mapping[str, str]
    paint: Paint
    verbose: bool
    width: int

    def wrap(self, text: str, first: str, rest: str) -> list[str]:
        """Return text of any origin as lines that fit."""
        return wrapped(text, first, rest, self.width)


# What was already said of one tenant: (message, remedy).
_Said = set[tuple[str, str]]
# Warnings that were said of an earlier tenant, less what is its own in them, with that tenant's name.
_Warned = dict[tuple[str, str], str]
_NUMBER = re.compile("[0-9]+")


def plan_text(
    plan: ChangePlan,
    *,
    names: Mapping[str, str],
    colour: bool = False,
    verbose: bool = False,
    width: int = WIDTH,
) -> str:
    """Return the change plan as text of ``width`` columns; ``names`` are the catalogue's display names by key."""
    view = _View(names, palette(colour), verbose, width)
    warned: _Warned = {}
    summary = plan.summary
    blocks = [_headings(plan, view), _problems(plan, view)]
    in_order = sorted(plan.tenants, key=lambda t: (ORDER.index(t.verdict), t.name, t.file))
    blocks += [_tenant(t, view, warned) for t in in_order if t.verdict is not Verdict.IN_SYNC]
    in_sync = [t for t in in_order if t.verdict is Verdict.IN_SYNC]
    blocks.append(_in_sync(in_sync, view, plan.at_rest.count))
    blocks.append(_told_of_the_fleet(plan, view))
    if summary.in_sync == plan.size and not plan.errored:
        blocks.append([*_nobody(plan), say("report.no-changes")])
    blocks.append([say("report.totals", **asdict(summary))])
    return joined(blocks)


def run_text(
    runs: Iterable[Run],
    plan: ChangePlan,
    *,
    names: Mapping[str, str],
    colour: bool = False,
    verbose: bool = False,
    width: int = WIDTH,
) -> str:
    """Return what became of the change plan as text; request ids are named with ``verbose`` only."""
    view = _View(names, palette(colour), verbose, width)
    ended = endings(plan, runs)
    there = [t for t in ended if t.steps or t.held]
    there.sort(key=lambda t: (t.suspended, WORST_FIRST.index(t.worst), t.plan.name, t.plan.file))
    blocks = [_problems(plan, view), *(_ended_tenant(t, view) for t in there)]
    at_rest = sorted((t.plan for t in ended if not (t.steps or t.held)), key=lambda t: (t.name, t.file))
    blocks.append(_in_sync(at_rest, view))
    if not there and not plan.errored:
        blocks.append([*_nobody(plan), say("report.no-changes")])
    return joined([*blocks, *closing(ended)])


def _problems(plan: ChangePlan, view: _View) -> list[str]:
    count = len(plan.diagnostics)
    if not count:
        return []
    lines = [view.paint(Role.BAD, say("report.broken-one" if count == 1 else "report.broken", count=count))]
    return lines + [line for problem in plan.diagnostics for line in problem_lines(problem, view.paint)]


def _headings(plan: ChangePlan, view: _View) -> list[str]:
    roles = {Tone.FACT: Role.NAME, Tone.WARNING: Role.WARNING}
    return [
        view.paint(roles[head.tone], line)
        for head in headings(plan)
        for line in view.wrap(head.text, "", STEP)
    ]


def _told_of_the_fleet(plan: ChangePlan, view: _View) -> list[str]:
    """Who is called otherwise now and who is not declared any more: told under the sign of what is left alone."""
    told = [say("report.moved", before=r.before, now=r.now) for r in plan.renamed]
    told += told_since(plan, every=view.verbose)
    gone = plan.no_longer_managed
    shown = gone if view.verbose or len(gone) <= MOST_GONE else gone[:MOST_GONE]
    told += [say("report.no-longer-managed", name=name) for name in shown]
    if len(shown) < len(gone):
        told.append(say("report.no-longer-managed-more", count=len(gone) - len(shown)))
    return [line for text in told for line in _signed(UNMANAGED_SIGN, text, view)]


def _nobody(plan: ChangePlan) -> list[str]:
    return [] if plan.size else [say("report.no-tenants")]


def _in_sync(tenants: list[TenantPlan], view: _View, counted: int = 0) -> list[str]:
    """Tenants in sync are only counted, unless everything is shown; of those ``counted`` there is nothing to show."""
    count, unmanaged = len(tenants) + counted, sum(len(t.unmanaged) for t in tenants)
    if not count:
        return []
    lines = [say("report.in-sync-one" if count == 1 else "report.in-sync", count=count)]
    if view.verbose:
        return lines + [line for t in tenants for line in _at_rest(t, view)]
    if unmanaged:
        key = "report.unmanaged-one" if unmanaged == 1 else "report.unmanaged-many"
        lines.append(say(key, count=unmanaged))
    return lines + [line for t in tenants if t.waivers or t.warnings for line in _resting(t, view)]


def _at_rest(tenant: TenantPlan, view: _View) -> list[str]:
    head = view.wrap(f"{tenant.name}  {tenant.tenant}", STEP, UNDER)
    return [*head, *_ahead(tenant, view, set()), *_unmanaged(tenant, view), *_waivers(tenant, view)]


def _resting(tenant: TenantPlan, view: _View) -> list[str]:
    """What is told of a tenant in sync without being asked: what comes by itself, and what is waived."""
    head = view.wrap(f"{tenant.name}  {tenant.tenant}", STEP, UNDER)
    return [*head, *_ahead(tenant, view, set()), *_waivers(tenant, view)]


def _tenant(tenant: TenantPlan, view: _View, warned: _Warned) -> list[str]:
    said: _Said = set()
    lines = [_heading(tenant, view.paint(VERDICT_ROLE[tenant.verdict], str(tenant.verdict)), view)]
    lines += _ground(tenant, view, said) + _ahead(tenant, view, said)
    for step in tenant.steps:
        lines += _step(step, sign(step), view)
        lines += _findings(step.holding, view, said)
        shown = step.warnings if step.verdict is Verdict.APPLY or view.verbose else _always(step, tenant)
        lines += _warnings((tenant.name, step.address), shown, view, said, warned)
        lines += _other_checks(step, view)
    return lines + _unmanaged(tenant, view) + _waivers(tenant, view)


def _heading(tenant: TenantPlan, word: str, view: _View) -> str:
    place = (
        ""
        if tenant.steps
        else "  " + view.paint(Role.QUIET, safe(f"{tenant.place.file}:{tenant.place.line}"))
    )
    return f"{view.paint(Role.NAME, safe(tenant.name))}  {safe(tenant.tenant)}  {word}{place}"


def _ground(tenant: TenantPlan, view: _View, said: _Said) -> list[str]:
    """What holds the tenant as a whole stands before its steps, under a sign of its own."""
    lines: list[str] = []
    for finding in tenant.checks:
        verdict = verdict_of_finding(finding)
        if verdict is not Verdict.APPLY:
            lines += _signed(VERDICT_SIGN[verdict], f"{finding.id}: {finding.message}", view)
            lines += _next(finding.remedy, view)
            said.add((finding.message, finding.remedy))
    return lines


def _ahead(tenant: TenantPlan, view: _View, said: _Said) -> list[str]:
    """What only warns of the tenant itself, with its way out: nobody asked for it, and nothing below tells it."""
    lines: list[str] = []
    for finding in tenant.warnings:
        told = say("report.warning", rule=finding.id, message=finding.message)
        lines += [view.paint(Role.WARNING, line) for line in view.wrap(told, UNDER, HANG)]
        lines += _next(finding.remedy, view)
        said.add((finding.message, finding.remedy))
    return lines


def _step(step: Step, mark: str, view: _View) -> list[str]:
    place = f"{step.place.file}:{step.place.line}"
    lines = _signed(mark, f"{step.address}  {change(step, view.names)}  {place}", view)
    if view.verbose and step.subscription_id:
        lines += view.wrap(say("report.subscription-id", id=step.subscription_id), UNDER, HANG)
    return lines


def _signed(mark: str, text: str, view: _View) -> list[str]:
    first, *rest = view.wrap(text, f"{STEP}{mark} ", UNDER)
    return [STEP + view.paint(SIGN_ROLE[mark], mark) + first[len(STEP) + len(mark) :], *rest]


def _findings(findings: Iterable[Finding], view: _View, said: _Said) -> list[str]:
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


def _always(step: Step, tenant: TenantPlan) -> Iterable[Finding]:
    """The warnings that are told whatever holds the step: what somebody answers for, and what is paid for again."""
    rules = {COSTS_AGAIN, *(waiver.rule for waiver in tenant.waivers)}
    return [f for f in step.warnings if f.id in rules and f.status is Status.FAIL]


def _waivers(tenant: TenantPlan, view: _View) -> list[str]:
    """The waivers of the file that no check above has told of."""
    told = {f.id for step in tenant.steps for f in step.checks if f.status is Status.FAIL}
    texts = [waiver_told(waiver, tenant) for waiver in tenant.waivers if waiver.rule not in told]
    return [line for text in texts for line in _signed(UNMANAGED_SIGN, text, view)]


def _warnings(
    whose: tuple[str, str], findings: Iterable[Finding], view: _View, said: _Said, warned: _Warned
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


def _other_checks(step: Step, view: _View) -> list[str]:
    if not view.verbose:
        return []
    shown = {Status.PASS, Status.SKIPPED}
    return [
        view.paint(Role.QUIET, line)
        for f in step.checks
        if f.status in shown
        for line in view.wrap(say("report.check", status=f.status, rule=f.id, message=f.message), UNDER, HANG)
    ]


def _next(remedy: str, view: _View) -> list[str]:
    return view.wrap(say("report.next", remedy=remedy), UNDER, HANG) if remedy else []


def _unmanaged(tenant: TenantPlan, view: _View) -> list[str]:
    return [
        line
        for live in tenant.unmanaged
        for line in _signed(UNMANAGED_SIGN, left_alone(live, view.names), view)
    ]


def _ended_tenant(tenant: EndedTenant, view: _View) -> list[str]:
    said: _Said = set()
    word = Verdict.SUSPENDED.value if tenant.suspended else _word(tenant.worst)
    role = Role.WAIT if tenant.suspended else ENDING_ROLE[tenant.worst]
    lines = [_heading(tenant.plan, view.paint(role, word), view)]
    lines += _ground(tenant.last, view, said) if tenant.held else []
    for ended in sorted(tenant.steps, key=lambda e: WORST_FIRST.index(e.outcome.ending)):
        lines += _ended_step(ended, view, said)
    return lines


def _ended_step(ended: EndedStep, view: _View, said: _Said) -> list[str]:
    ending, standing = ended.outcome.ending, ended.standing
    word = _word(ending)
    if ending is Ending.HANDED_OFF and ended.step.behind_switch:
        # No request is made yet: until the switch is done its numbers are not live.
        word = say("report.handed-off-later")
    lines = _step(ended.step, ended_sign(ended.step, ending), view)
    findings = standing.holding if ended.outcome.held else ()
    # A step nobody tried carries its first finding's sentence; its findings then say it with the way out.
    message = ended.outcome.message or say("report.not-tried")
    told = bool(findings) and findings[0].message == message
    if told and findings == ended.step.holding and not view.verbose:
        # The change plan printed before told why, and the way out; here it is only named.
        held_by = ", ".join(f.id for f in findings)
        return lines + view.wrap(say("report.held", ending=word, rules=held_by), UNDER, HANG)
    lines += view.wrap(word if told else say("report.ended", ending=word, message=message), UNDER, HANG)
    lines += _findings(findings, view, said)
    if view.verbose and ended.outcome.request_id:
        lines += view.wrap(say("report.request", request=ended.outcome.request_id), UNDER, HANG)
    return lines


def _word(ending: Ending) -> str:
    return ending.value.replace("-", " ")

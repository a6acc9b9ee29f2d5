"""A change plan or an apply run in, the text for a terminal out, the worst first and the totals line last.

What holds a step is said once: the gravest finding first, rules that say the same thing together, and what
was already said in the same tenant only named. Passed checks and tenants in sync are shown with ``verbose``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from reconciler.act import Ending
from reconciler.change_plan import ChangePlan, Step, TenantPlan, Verdict
from reconciler.messages import say
from reconciler.outcomes import Run
from reconciler.report.closing import closing, joined
from reconciler.report.endings import WORST_FIRST, EndedStep, EndedTenant, endings
from reconciler.report.findings import Said, Warned, ahead, ground, other_checks, sentences, warnings
from reconciler.report.heading import MOST_GONE, Tone, headings, told_since
from reconciler.report.lines import WIDTH, safe
from reconciler.report.paint import Role, palette
from reconciler.report.problems import problem_lines
from reconciler.report.terminal import ENDING_ROLE, HANG, STEP, UNDER, VERDICT_ROLE, View, signed
from reconciler.report.wording import UNMANAGED_SIGN, change, ended_sign, left_alone, sign, waiver_told
from reconciler.rules import Finding, Status

ORDER = tuple(Verdict)
COSTS_AGAIN = "bought-back"


def plan_text(
    plan: ChangePlan,
    *,
    names: Mapping[str, str],
    colour: bool = False,
    verbose: bool = False,
    width: int = WIDTH,
) -> str:
    """Return the change plan as text of ``width`` columns; ``names`` are the catalogue's display names by key."""
    view = View(names, palette(colour), verbose, width)
    warned: Warned = {}
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
    view = View(names, palette(colour), verbose, width)
    ended = endings(plan, runs)
    there = [t for t in ended if t.steps or t.held]
    there.sort(key=lambda t: (t.suspended, WORST_FIRST.index(t.worst), t.plan.name, t.plan.file))
    blocks = [_problems(plan, view), *(_ended_tenant(t, view) for t in there)]
    at_rest = sorted((t.plan for t in ended if not (t.steps or t.held)), key=lambda t: (t.name, t.file))
    blocks.append(_in_sync(at_rest, view))
    if not there and not plan.errored:
        blocks.append([*_nobody(plan), say("report.no-changes")])
    return joined([*blocks, *closing(ended)])


def _problems(plan: ChangePlan, view: View) -> list[str]:
    count = len(plan.diagnostics)
    if not count:
        return []
    lines = [view.paint(Role.BAD, say("report.broken-one" if count == 1 else "report.broken", count=count))]
    return lines + [line for problem in plan.diagnostics for line in problem_lines(problem, view.paint)]


def _headings(plan: ChangePlan, view: View) -> list[str]:
    roles = {Tone.FACT: Role.NAME, Tone.WARNING: Role.WARNING}
    return [
        view.paint(roles[head.tone], line)
        for head in headings(plan)
        for line in view.wrap(head.text, "", STEP)
    ]


def _told_of_the_fleet(plan: ChangePlan, view: View) -> list[str]:
    """Who is called otherwise now and who is not declared any more: told under the sign of what is left alone."""
    told = [say("report.moved", before=r.before, now=r.now) for r in plan.renamed]
    told += told_since(plan, every=view.verbose)
    gone = plan.no_longer_managed
    shown = gone if view.verbose or len(gone) <= MOST_GONE else gone[:MOST_GONE]
    told += [say("report.no-longer-managed", name=name) for name in shown]
    if len(shown) < len(gone):
        told.append(say("report.no-longer-managed-more", count=len(gone) - len(shown)))
    return [line for text in told for line in signed(UNMANAGED_SIGN, text, view)]


def _nobody(plan: ChangePlan) -> list[str]:
    return [] if plan.size else [say("report.no-tenants")]


def _in_sync(tenants: list[TenantPlan], view: View, counted: int = 0) -> list[str]:
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


def _at_rest(tenant: TenantPlan, view: View) -> list[str]:
    head = view.wrap(f"{tenant.name}  {tenant.tenant}", STEP, UNDER)
    return [*head, *ahead(tenant, view, set()), *_unmanaged(tenant, view), *_waivers(tenant, view)]


def _resting(tenant: TenantPlan, view: View) -> list[str]:
    """What is told of a tenant in sync without being asked: what comes by itself, and what is waived."""
    head = view.wrap(f"{tenant.name}  {tenant.tenant}", STEP, UNDER)
    return [*head, *ahead(tenant, view, set()), *_waivers(tenant, view)]


def _tenant(tenant: TenantPlan, view: View, warned: Warned) -> list[str]:
    said: Said = set()
    lines = [_heading(tenant, view.paint(VERDICT_ROLE[tenant.verdict], str(tenant.verdict)), view)]
    lines += ground(tenant, view, said) + ahead(tenant, view, said)
    for step in tenant.steps:
        lines += _step(step, sign(step), view)
        lines += sentences(step.holding, view, said)
        shown = step.warnings if step.verdict is Verdict.APPLY or view.verbose else _always(step, tenant)
        lines += warnings((tenant.name, step.address), shown, view, said, warned)
        lines += other_checks(step, view)
    return lines + _unmanaged(tenant, view) + _waivers(tenant, view)


def _heading(tenant: TenantPlan, word: str, view: View) -> str:
    place = (
        ""
        if tenant.steps
        else "  " + view.paint(Role.QUIET, safe(f"{tenant.place.file}:{tenant.place.line}"))
    )
    return f"{view.paint(Role.NAME, safe(tenant.name))}  {safe(tenant.tenant)}  {word}{place}"


def _step(step: Step, mark: str, view: View) -> list[str]:
    place = f"{step.place.file}:{step.place.line}"
    lines = signed(mark, f"{step.address}  {change(step, view.names)}  {place}", view)
    if view.verbose and step.subscription_id:
        lines += view.wrap(say("report.subscription-id", id=step.subscription_id), UNDER, HANG)
    return lines


def _always(step: Step, tenant: TenantPlan) -> Iterable[Finding]:
    """The warnings that are told whatever holds the step: what somebody answers for, and what is paid for again."""
    rules = {COSTS_AGAIN, *(waiver.rule for waiver in tenant.waivers)}
    return [f for f in step.warnings if f.id in rules and f.status is Status.FAIL]


def _waivers(tenant: TenantPlan, view: View) -> list[str]:
    """The waivers of the file that no check above has told of."""
    told = {f.id for step in tenant.steps for f in step.checks if f.status is Status.FAIL}
    texts = [waiver_told(waiver, tenant) for waiver in tenant.waivers if waiver.rule not in told]
    return [line for text in texts for line in signed(UNMANAGED_SIGN, text, view)]


def _unmanaged(tenant: TenantPlan, view: View) -> list[str]:
    return [
        line
        for live in tenant.unmanaged
        for line in signed(UNMANAGED_SIGN, left_alone(live, view.names), view)
    ]


def _ended_tenant(tenant: EndedTenant, view: View) -> list[str]:
    said: Said = set()
    word = Verdict.SUSPENDED.value if tenant.suspended else _word(tenant.worst)
    role = Role.WAIT if tenant.suspended else ENDING_ROLE[tenant.worst]
    lines = [_heading(tenant.plan, view.paint(role, word), view)]
    lines += ground(tenant.last, view, said) if tenant.held else []
    for ended in sorted(tenant.steps, key=lambda e: WORST_FIRST.index(e.outcome.ending)):
        lines += _ended_step(ended, view, said)
    return lines


def _ended_step(ended: EndedStep, view: View, said: Said) -> list[str]:
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
    lines += sentences(findings, view, said)
    if view.verbose and ended.outcome.request_id:
        lines += view.wrap(say("report.request", request=ended.outcome.request_id), UNDER, HANG)
    return lines


def _word(ending: Ending) -> str:
    return ending.value.replace("-", " ")

"""A change plan in, one comment for a pull request out: totals, what is held, what can not be undone, details folded.

A comment has its limit at the hosts (65,536 characters at the tightest). What must not be cut comes first and is
always there: the totals, and the name of each tenant that is held or switched one-way. Of the details as much is shown
as fits, the worst first, and what was left out is said. The first line is a mark by which one comment can be found
again and edited in place. No line begins with a dash: it would look like taking away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from reconciler.change_plan import ChangePlan, TenantPlan, Verdict
from reconciler.messages import say
from reconciler.model import Action
from reconciler.report.fitting import Fitted, Section, fitted
from reconciler.report.marking import LONGEST_NAME, code, fenced, folded, prose, sentence
from reconciler.report.points import Grade, Point, Remark, plan_points
from reconciler.report.preface import plan_preface
from reconciler.report.wording import counted, left_alone, titled, waiver_told

MARK = "<!-- reconciler:plan -->"
LIMIT = 60_000
# Names take at most this much, however many there are; then they are clipped, and at last only counted.
NAMES_ROOM = 40_000
# Up to so many are told one to a line; more would push the rest out of view.
FEW = 20
HELD = (Grade.BROKEN, Grade.UNKNOWN, Grade.BLOCKED, Grade.SUPPORT, Grade.WAIT, Grade.SUSPENDED)
NARROWER = (LONGEST_NAME, 63, 40, 24, 12)


def plan_markdown(plan: ChangePlan, names: Mapping[str, str]) -> str:
    """Return the change plan as Markdown of less than 60,000 characters."""
    points = plan_points(plan, names)
    totals = say("report.totals", **asdict(plan.summary))
    head = [MARK, f"### {say('review.title')}", f"**{totals}**", *_header(plan)]
    essential = _within_names_room(points)
    time = _time(plan, points)
    room = LIMIT - sum(len(block) + 2 for block in (*head, *essential, *time)) - 1
    details = [shown(fits) for fits in fitted(_sections(plan, points, names), room) if fits.section.entries]
    return "\n\n".join([*head, *essential, *time, *details]) + "\n"


def _header(plan: ChangePlan) -> list[str]:
    """The lines under the totals: what limits this change plan, and what an approval of it covers."""
    said = [f"> {line}" for line in map(prose, plan_preface(plan))]
    made = say("review.identity", backend=plan.backend, made=plan.created_at, until=plan.valid_until)
    return [*said, f"{prose(made)} {code(plan.digest)}"]


# the important part


def _within_names_room(points: Sequence[Point]) -> list[str]:
    """The lists of names, at the greatest width at which they leave room for something else."""
    for width in NARROWER:
        lists = _lists(points, width, None)
        if sum(map(len, lists)) <= NAMES_ROOM:
            return lists
    return _lists(points, NARROWER[-1], NAMES_ROOM)


def _lists(points: Sequence[Point], width: int, room: int | None) -> list[str]:
    blocks: list[str] = []
    for grade in HELD:
        own = [p for p in points if p.grade is grade]
        title = say(f"review.{grade}")
        share = None if room is None else max(0, room - sum(map(len, blocks))) // 2
        blocks += [_list(own, title, width, share)] if own else []
    switched = [p for p in points if p.grade is Grade.APPLY and p.one_way]
    if switched:
        count = len({p.tenant for p in switched})
        title = say("review.one-way-one" if count == 1 else "review.one-way", count=count)
        blocks.append(_list(switched, title, width, None if room is None else room // 8, count=False))
    return blocks


def _list(points: Sequence[Point], title: str, width: int, room: int | None, *, count: bool = True) -> str:
    """Few points are told with their reasons, many tenants by name."""
    heading = say("review.section", title=title, count=len(points)) if count else title
    if len(points) <= FEW and room is None:
        return "\n".join([f"**{heading}**", "", *(_brief(p, width) for p in points)])
    spans = list(dict.fromkeys(code(p.tenant or p.place.file, width) for p in points))
    return folded(heading, [_named(spans, room)])


def _named(spans: Sequence[str], room: int | None) -> str:
    """The names, in one paragraph; what has no room at all is counted."""
    if room is None:
        return ", ".join(spans)
    shown = 0
    while shown < len(spans) and room >= 0:
        room -= len(spans[shown]) + 2
        shown += 1
    names = ", ".join(spans[:shown])
    return names if shown == len(spans) else say("review.as-named", names=names, count=len(spans) - shown)


def _brief(point: Point, width: int) -> str:
    """One line: who, what, and the names of the checks that hold it."""
    rules = dict.fromkeys(r.rule for r in point.remarks if not r.warns)
    why = ": " + ", ".join(prose(rule, LONGEST_NAME) for rule in rules) if rules else ""
    told = "" if point.kind in ("tenant", "file") else f" {prose(point.headline, 240)}"
    return f"* {code(point.subject, 2 * width)}{told}{why}"


def _time(plan: ChangePlan, points: Sequence[Point]) -> list[str]:
    """What it costs in time: a locked portal, and a credit review that may come or is there."""
    lines = []
    if plan.summary.switch:
        lines += [say("review.time-switch"), say("review.time-credit")]
    waiting = [p for p in points if any(r.rule == "credit-review" and not r.warns for r in p.remarks)]
    if waiting:
        spans = list(dict.fromkeys(code(p.tenant, 40) for p in waiting))
        more = [say("review.not-named", count=len(spans) - FEW)] if len(spans) > FEW else []
        lines.append(say("review.time-reviewing", names=", ".join([*spans[:FEW], *more])))
    return ["\n".join([f"**{say('review.time')}**", "", *(f"* {line}" for line in lines)])] if lines else []


# the details


def _sections(plan: ChangePlan, points: Sequence[Point], names: Mapping[str, str]) -> list[Section]:
    broken = [_held(p) for p in points if p.grade is Grade.BROKEN]
    held = [_held(p) for p in points if p.grade in HELD and p.grade is not Grade.BROKEN]
    warned = [_held(p) for p in points if p.grade in (Grade.APPLY, Grade.FINE) and p.remarks]
    return [
        Section(say("review.problems"), tuple(broken)),
        Section(say("review.details"), tuple(held)),
        Section(say("review.changes"), tuple(_changes(plan, names)), fence="diff"),
        Section(say("review.warnings"), tuple(warned)),
        Section(say("review.told"), tuple(f"* {line}" for line in _told(plan, names))),
    ]


def shown(fits: Fitted, *, open_: bool = False) -> str:
    """Return a section with what fitted of it, folded unless ``open_``, and how much was left out."""
    section = fits.section
    lines = list(fits.shown)
    if section.fence and lines:
        lines = [f"```{section.fence}", *lines, "```"]
    if fits.left_out:
        lines += ["", say("review.left-out", count=fits.left_out)]
    title = say("review.section", title=section.title, count=len(section.entries))
    return "\n".join([f"**{title}**", "", *lines]) if open_ else folded(title, lines)


def _held(point: Point) -> str:
    """Who, what and where, and under it each check with its way out."""
    place = code(f"{point.place.file}:{point.place.line}", 2 * LONGEST_NAME)
    told = "" if point.kind in ("tenant", "file") else f" {prose(point.headline, 240)}"
    lines = [f"* {code(point.subject)}{told} ({place})"]
    for remark in point.remarks:
        lines += _remark(remark)
    return "\n".join(lines)


def _remark(remark: Remark) -> list[str]:
    lines = [f"  * **{prose(remark.rule, LONGEST_NAME)}**: {sentence(remark.message)}"]
    if remark.remedy:
        lines.append(f"    <br>{say('review.next', remedy=sentence(remark.remedy))}")
    return lines


def _changes(plan: ChangePlan, names: Mapping[str, str]) -> list[str]:
    """The changes as lines of a diff: ``!`` for another plan, ``+`` for more licences, ``#`` for whose they are."""
    in_order = sorted(plan.tenants, key=lambda t: (t.name, t.file))
    return [_change(t, names) for t in in_order if t.writes and t.verdict is not Verdict.SUSPENDED]


def _change(tenant: TenantPlan, names: Mapping[str, str]) -> str:
    first = tenant.writes[0].place
    lines = [f"# {fenced(f'{tenant.name}  {tenant.tenant}  {first.file}:{first.line}', 240)}"]
    for step in tenant.writes:
        before, after = step.before, step.after
        if before and step.action is Action.SWITCH:
            plans = f"{step.address}: {titled(before.plan, names)} -> {titled(after.plan, names)}"
            lines.append(f"! {fenced(plans, 300)}, {say('report.one-way')}")
        if before and step.added:
            moved = f"{step.address}: {before.licenses} -> {counted(after.licenses)} (+{step.added})"
            lines.append(f"+ {fenced(moved, 240)}")
    return "\n".join(lines)


def _told(plan: ChangePlan, names: Mapping[str, str]) -> Iterable[str]:
    """What nothing is done about: waivers, names, who is not managed any more, and what was never ours."""
    in_order = sorted(plan.tenants, key=lambda t: (t.name, t.file))
    for tenant in in_order:
        yield from (f"{code(tenant.name)} {prose(waiver_told(w, tenant))}" for w in tenant.waivers)
    for moved in plan.renamed:
        yield prose(say("report.moved", before=moved.before, now=moved.now))
    yield from (prose(say("report.no-longer-managed", name=name)) for name in plan.no_longer_managed)
    for tenant in in_order:
        yield from (f"{code(tenant.name)} {prose(left_alone(live, names))}" for live in tenant.unmanaged)

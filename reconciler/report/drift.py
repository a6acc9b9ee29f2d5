"""The drift of a fleet in, the text for a terminal out: what is new first, the totals line last.

A change is told once with all there is to say of it; once it is known it takes one line. The same change in many
tenants is one, with their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.drift.grouping import Group, grouped
from reconciler.drift.kinds import Cause, Kind
from reconciler.drift.values import DriftReport, Finding, Value
from reconciler.errors import Problem
from reconciler.messages import say
from reconciler.report.lines import safe, wrapped
from reconciler.report.paint import Paint, Role, palette
from reconciler.report.problems import problem_lines
from reconciler.report.wording import counted, titled

LINE, UNDER, HANG = "  ", "      ", "        "
FIRST_FEW = 5


@dataclass(frozen=True, slots=True)
class FleetDrift:
    """What ``drift`` found in a fleet. ``snapshot``: from recorded states, so nothing is remembered or confirmed.

    ``witnessed``: the backend tells who changed something, as far as it knows.
    """

    reports: tuple[DriftReport, ...]
    problems: tuple[Problem, ...] = ()
    snapshot: bool = False
    witnessed: bool = True

    @property
    def drifted(self) -> bool:
        """Whether confirmed drift is present."""
        return any(report.drift for report in self.reports)

    @property
    def unread(self) -> int:
        """In how many tenants something was not read."""
        return sum(bool(report.unread) for report in self.reports)

    @property
    def summary(self) -> dict[str, int]:
        """The numbers of the totals line."""
        lists = ("outside", "service", "gone", "unconfirmed", "under_way", "wanted")
        counts = {name: sum(len(getattr(report, name)) for report in self.reports) for name in lists}
        return {**counts, "unread": self.unread}


@dataclass(frozen=True, slots=True)
class _View:
    names: Mapping[str, str]
    paint: Paint
    verbose: bool


def drift_text(
    drift: FleetDrift, *, names: Mapping[str, str], colour: bool = False, verbose: bool = False
) -> str:
    """Return it as text; ``names`` are the catalogue's display names by key."""
    view = _View(names, palette(colour), verbose)
    reports = drift.reports
    blocks = [
        _problems(drift, view),
        _ahead(reports, view),
        _section("drift.outside", Role.BAD, [(r, r.outside) for r in reports], view),
        _section("drift.service", Role.WARNING, [(r, r.service) for r in reports], view),
        _section("drift.gone", Role.GOOD, [(r, r.gone) for r in reports], view, brief=True),
        _section("drift.unconfirmed", Role.WAIT, [(r, r.unconfirmed) for r in reports], view, brief=True),
        _section("drift.under-way", Role.WAIT, [(r, r.under_way) for r in reports], view, brief=True),
        _section("drift.wanted", Role.QUIET, [(r, r.wanted) for r in reports], view, brief=True),
        _unread(reports, view),
        _notes(drift),
        [say("drift.totals", **drift.summary)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def sentence(finding: Finding, names: Mapping[str, str], *, many: bool = False) -> str:
    """Say what a finding is, in words and numbers; ``many`` says it for tenants whose numbers differ."""
    key = f"drift.wanted.{finding.kind}" if finding.cause is Cause.WANTED else f"drift.{finding.kind}"
    if many and finding.delta is not None and finding.cause is not Cause.WANTED:
        key = f"drift.{finding.kind}.many"
    told = say(key, **_facts(finding, names))
    return say("drift.bought-back", what=told) if finding.bought_back else told


def advice(finding: Finding, names: Mapping[str, str]) -> str:
    """Say what to do about it, and who can."""
    if finding.cause is Cause.WANTED:
        return say("drift.wanted.advice")
    if finding.bought_back:
        return say("drift.bought-back.advice")
    return say(f"drift.{finding.kind}.advice", **_facts(finding, names))


def _facts(finding: Finding, names: Mapping[str, str]) -> dict[str, object]:
    plan = say("drift.plan-unread") if finding.plan is None else titled(finding.plan, names)
    values = {"before": finding.before, "live": finding.live, "declared": finding.declared}
    titles = {f"{name}_plan": titled(str(value), names) for name, value in values.items()}
    counts = {f"{name}_count": _count(value) for name, value in values.items()}
    facts: dict[str, object] = {**values, **titles, **counts}
    if finding.kind is Kind.LICENSE_CONFLICT:
        facts["live"] = say("drift.one-user" if finding.live == 1 else "drift.users", count=finding.live)
    delta = "" if finding.delta is None else f"{finding.delta:+d}"
    return {**facts, "plan": plan, "delta": delta, "service": finding.field.removeprefix("services.")}


def _count(value: Value) -> str:
    return counted(value if isinstance(value, int) else None)


def _section(
    key: str,
    role: Role,
    parts: Sequence[tuple[DriftReport, Iterable[Finding]]],
    view: _View,
    *,
    brief: bool = False,
) -> list[str]:
    groups = grouped(parts)
    if not groups:
        return []
    return [view.paint(role, say(key))] + [line for g in groups for line in _group(g, view, brief=brief)]


def _group(group: Group, view: _View, *, brief: bool) -> list[str]:
    first, many = group.first, len(group.members) > 1
    where = say("drift.in-tenants", count=len(group.tenants)) if len(group.tenants) > 1 else _where(group)
    line = f"{first.kind}  {where}  {sentence(first, view.names, many=many)}"
    if view.verbose and not many and first.subscription_id:
        line = say("drift.id", line=line, id=first.subscription_id)
    if first.reported_at and not brief:
        line = say(
            "drift.known",
            line=line,
            since=min(m.finding.reported_at or first.reported_at for m in group.members),
        )
    lines = wrapped(line, LINE, UNDER)
    if len(group.tenants) > 1:
        lines += wrapped(_names(group, view), UNDER, HANG)
    if first.reported_at and not view.verbose:
        return lines
    if not brief or view.verbose:
        lines += wrapped(_seen(group), UNDER, HANG)
    if not brief:
        lines += (
            []
            if many or first.place is None
            else wrapped(f"{first.place.file}:{first.place.line}", UNDER, HANG)
        )
        lines += wrapped(say("report.next", remedy=advice(first, view.names)), UNDER, HANG)
    return lines


def _where(group: Group) -> str:
    member = group.members[0]
    return f"{member.tenant}.{member.finding.address}" if member.finding.address else member.tenant


def _names(group: Group, view: _View) -> str:
    tenants = group.tenants
    if view.verbose or len(tenants) <= FIRST_FEW:
        return say("drift.names", names=", ".join(tenants))
    shown = tenants[:FIRST_FEW]
    return say("drift.names-more", names=", ".join(shown), more=len(tenants) - len(shown))


def _seen(group: Group) -> str:
    found = [m.finding for m in group.members if m.finding.first_seen and m.finding.last_seen]
    firsts = [f.first_seen for f in found if f.first_seen]
    lasts = [f.last_seen for f in found if f.last_seen]
    if not firsts or not lasts:
        return ""
    times = max(f.times for f in found)
    key = "drift.seen-once" if times == 1 else "drift.seen"
    text = say(key, times=times, first=min(firsts), last=max(lasts))
    who = group.first.who
    if who is None or any(f.who is None or f.who.who != who.who for f in found):
        return text
    return say("drift.by", seen=text, who=who.who, at=who.at)


def _ahead(reports: Sequence[DriftReport], view: _View) -> list[str]:
    """What comes by itself stands first, since it costs when nobody acts."""
    lines: list[str] = []
    for report in sorted(reports, key=lambda r: r.name):
        for ahead in report.ahead:
            lines += wrapped(say("report.finding", rule=ahead.rule, message=ahead.message), LINE, UNDER)
            lines += wrapped(say("report.next", remedy=ahead.remedy), UNDER, HANG)
    return [view.paint(Role.WARNING, say("drift.ahead")), *lines] if lines else []


def _unread(reports: Sequence[DriftReport], view: _View) -> list[str]:
    """What was not read, the facts with one reason together."""
    lines: list[str] = []
    for report in sorted(reports, key=lambda r: r.name):
        reasons: dict[str, list[str]] = {}
        for lost in report.unread:
            fact = f"{lost.address}.{lost.field}" if lost.address else lost.field
            reasons.setdefault(lost.reason, []).append(fact)
        for reason, facts in reasons.items():
            text = say("drift.fact", tenant=report.name, facts=", ".join(facts), reason=reason)
            lines += wrapped(text, LINE, UNDER)
    return [view.paint(Role.UNKNOWN, say("drift.unread")), *lines] if lines else []


def _notes(drift: FleetDrift) -> list[str]:
    if not drift.reports:
        return [say("drift.nobody")]
    if drift.snapshot:
        return wrapped(say("drift.snapshot"), "", "")
    nameless = not drift.witnessed and any(r.outside for r in drift.reports)
    fresh = sum(r.baseline_at is None and r.kept is not None for r in drift.reports)
    notes = []
    if not any(r.drift or r.unconfirmed or r.unread for r in drift.reports) and not drift.problems:
        notes.append(say("drift.none"))
    if fresh:
        notes += wrapped(
            say("drift.no-baseline-one" if fresh == 1 else "drift.no-baseline", count=fresh), "", ""
        )
    if nameless:
        notes += wrapped(say("drift.no-witness"), "", "")
    return notes


def _problems(drift: FleetDrift, view: _View) -> list[str]:
    count = len(drift.problems)
    if not count:
        return []
    head = say("drift.broken-one" if count == 1 else "drift.broken", count=count)
    return [view.paint(Role.BAD, safe(head))] + [
        line for problem in drift.problems for line in problem_lines(problem, view.paint)
    ]

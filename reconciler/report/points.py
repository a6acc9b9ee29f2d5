"""A change plan or the drift of a fleet in, its points out: each thing a reviewer is told, where, and how grave it is.

Every format that hangs what it says on lines of files (annotations, code reports, test reports) is made from these,
so that they all tell the same. There is one point for each verdict that is counted in the totals line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.change_plan import ChangePlan, Step, TenantPlan, Verdict, gravest, verdict_of_finding
from reconciler.drift.values import DriftReport
from reconciler.drift.values import Finding as Found
from reconciler.errors import Problem
from reconciler.messages import say
from reconciler.model import Place
from reconciler.report.drift import FleetDrift, advice, sentence
from reconciler.report.wording import change
from reconciler.rules import Effect, Finding


class Grade(StrEnum):
    """How grave a point is, gravest first. The first three end a run with an error, where that was asked for."""

    BROKEN = "broken"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    DRIFT = "drift"
    SUPPORT = "support"
    WAIT = "wait"
    APPLY = "apply"
    SUSPENDED = "suspended"
    FINE = "fine"


GRADES = tuple(Grade)
GRADE_OF = {
    Verdict.UNKNOWN: Grade.UNKNOWN,
    Verdict.BLOCKED: Grade.BLOCKED,
    Verdict.SUPPORT: Grade.SUPPORT,
    Verdict.WAIT: Grade.WAIT,
    Verdict.APPLY: Grade.APPLY,
}


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence with its way out. ``rule`` is a check's id, a problem's code, or what kind of drift it is."""

    rule: str
    message: str
    remedy: str = ""
    warns: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One step, tenant, problem or difference, with all that is said of it.

    ``subject`` names it (``fabrikam.main``); ``kind`` is what it is: an action, ``tenant``, ``file``, or a kind of
    drift. ``headline`` says what would change, or what is so.
    """

    grade: Grade
    kind: str
    tenant: str
    subject: str
    place: Place
    headline: str
    remarks: tuple[Remark, ...] = ()
    one_way: bool = False

    @property
    def told(self) -> bool:
        """Whether there is anything to tell: of what is fine only what comes by itself, as a trial that converts."""
        return self.grade is not Grade.FINE or bool(self.remarks)


def plan_points(plan: ChangePlan, names: Mapping[str, str]) -> tuple[Point, ...]:
    """Return the points of a change plan, the worst first; ``names`` are the catalogue's display names by key."""
    points = [_of_problem(problem) for problem in plan.diagnostics]
    points += [point for tenant in plan.tenants for point in _of_tenant(tenant, names)]
    return _worst_first(points)


def drift_points(drift: FleetDrift, names: Mapping[str, str]) -> tuple[Point, ...]:
    """Return the points of the drift of a fleet, the worst first."""
    points = [_of_problem(problem) for problem in drift.problems]
    points += [point for report in drift.reports for point in _of_report(report, names)]
    return _worst_first(points)


def _worst_first(points: Iterable[Point]) -> tuple[Point, ...]:
    # Sorting keeps the order of the steps of one tenant, which is that of doing them.
    return tuple(sorted(points, key=lambda p: (GRADES.index(p.grade), p.tenant, p.place.file)))


def _of_problem(problem: Problem) -> Point:
    remark = Remark(problem.code, problem.message, problem.hint)
    place = problem.place
    return Point(Grade.BROKEN, "file", "", place.file, place, problem.message, (remark,))


def _of_tenant(tenant: TenantPlan, names: Mapping[str, str]) -> Iterator[Point]:
    paused = tenant.verdict is Verdict.SUSPENDED
    ground = tuple(f for f in tenant.checks if verdict_of_finding(f) is not Verdict.APPLY)
    held = gravest(verdict_of_finding(f) for f in ground)
    # What holds the tenant as a whole is told with the first step it holds, else by itself: it is counted once.
    shared = next((step for step in tenant.steps if ground and step.verdict is held), None)
    if ground and shared is None:
        own = () if tenant.steps else tenant.warnings
        remarks = tuple(_remark(f) for f in (*ground, *own))
        headline = ground[0].message
        grade = Grade.SUSPENDED if paused else GRADE_OF[held]
        yield Point(grade, "tenant", tenant.name, tenant.name, tenant.place, headline, remarks)
    # What only warns of the tenant itself is told with its first step, else by itself.
    first = next(iter(tenant.steps), None)
    for step in tenant.steps:
        grade = Grade.SUSPENDED if paused else GRADE_OF[step.verdict]
        more = (*(ground if step is shared else ()), *(tenant.warnings if step is first else ()))
        yield _of_step(tenant, step, grade, more, names)
    if not tenant.steps and not ground:
        grade = Grade.SUSPENDED if paused else Grade.FINE
        remarks = tuple(_remark(f) for f in tenant.warnings)
        yield Point(grade, "tenant", tenant.name, tenant.name, tenant.place, say("review.in-sync"), remarks)


def _of_step(
    tenant: TenantPlan, step: Step, grade: Grade, ground: tuple[Finding, ...], names: Mapping[str, str]
) -> Point:
    said = dict.fromkeys(_remark(f) for f in (*ground, *step.holding, *step.warnings))
    return Point(
        grade,
        step.action.value,
        tenant.name,
        f"{tenant.name}.{step.address}",
        step.place,
        change(step, names),
        tuple(said),
        one_way=step.irreversible,
    )


def _remark(finding: Finding) -> Remark:
    return Remark(finding.id, finding.message, finding.remedy, finding.effect is Effect.WARN)


def _of_report(report: DriftReport, names: Mapping[str, str]) -> Iterator[Point]:
    start = Place(report.file, 1, 1)
    reasons: dict[str, list[str]] = {}
    for lost in report.unread:
        reasons.setdefault(lost.reason, []).append(
            f"{lost.address}.{lost.field}" if lost.address else lost.field
        )
    if reasons:
        told = [say("review.not-read", facts=", ".join(facts), reason=why) for why, facts in reasons.items()]
        remarks = tuple(Remark("not-read", message) for message in told)
        yield Point(Grade.UNKNOWN, "tenant", report.name, report.name, start, told[0], remarks)
    for finding in report.drift:
        yield _of_finding(report, finding, Grade.DRIFT, names)
    for finding in (*report.unconfirmed, *report.under_way):
        yield _of_finding(report, finding, Grade.WAIT, names)
    for finding in report.wanted:
        yield _of_finding(report, finding, Grade.APPLY, names)
    for finding in report.gone:
        yield _of_finding(report, finding, Grade.FINE, names)
    if not any(
        (report.unread, report.drift, report.unconfirmed, report.under_way, report.wanted, report.gone)
    ):
        yield Point(Grade.FINE, "tenant", report.name, report.name, start, say("review.no-drift"))


def _of_finding(report: DriftReport, finding: Found, grade: Grade, names: Mapping[str, str]) -> Point:
    message = sentence(finding, names)
    subject = f"{report.name}.{finding.address}" if finding.address else report.name
    remark = Remark(finding.kind.value, message, advice(finding, names))
    place = finding.place or Place(report.file, 1, 1)
    return Point(grade, finding.kind.value, report.name, subject, place, message, (remark,))

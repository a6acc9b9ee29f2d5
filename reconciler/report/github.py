"""A change plan or the drift of a fleet in, workflow commands of GitHub Actions out: annotations at file and line.

One command is one line: ``::error file=F,line=L,col=C,title=T::message``. In a message ``%``, carriage return and line
feed are written as ``%25``, ``%0D`` and ``%0A``, in a property ``:`` and ``,`` as well. The host shows ten errors, ten
warnings and ten notices of a step, so the worst come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from reconciler.change_plan import ChangePlan
from reconciler.messages import say
from reconciler.report.drift import FleetDrift
from reconciler.report.lines import safe
from reconciler.report.marking import clipped
from reconciler.report.points import Grade, Point, drift_points, plan_points
from reconciler.report.preface import drift_preface, plan_preface

ERROR, WARNING, NOTICE = "error", "warning", "notice"
LEVEL = {
    Grade.BROKEN: ERROR,
    Grade.UNKNOWN: ERROR,
    Grade.BLOCKED: ERROR,
    Grade.DRIFT: WARNING,
    Grade.SUPPORT: WARNING,
    Grade.WAIT: WARNING,
    Grade.SUSPENDED: NOTICE,
    Grade.APPLY: NOTICE,
    Grade.FINE: NOTICE,
}
LONGEST_TITLE, LONGEST_LINE = 200, 1_000


def plan_github(plan: ChangePlan, names: Mapping[str, str]) -> str:
    """Return the change plan as workflow commands, the totals line as the last of them."""
    totals = say("report.totals", **asdict(plan.summary))
    return _commands(_header(plan_preface(plan)), plan_points(plan, names), totals)


def drift_github(drift: FleetDrift, names: Mapping[str, str]) -> str:
    """Return the drift of a fleet as workflow commands, the totals line as the last of them."""
    totals = say("drift.totals", **drift.summary)
    return _commands(_header(drift_preface(drift)), drift_points(drift, names), totals)


def _header(preface: Iterable[str]) -> list[str]:
    """What limits it all, before the rest."""
    return [_command(NOTICE, {"title": say("review.title")}, [line]) for line in preface]


def _commands(head: list[str], points: Iterable[Point], totals: str) -> str:
    lines = [_annotation(p) for p in points if p.told]
    return "\n".join([*head, *lines, _command(NOTICE, {}, [totals])]) + "\n"


def _annotation(point: Point) -> str:
    level = LEVEL[point.grade]
    if point.grade is Grade.APPLY and point.one_way:
        # It can not be undone: more than a notice.
        level = WARNING
    said = [] if point.kind in ("file", "tenant") else [point.headline]
    for remark in point.remarks:
        said.append(f"{remark.rule}: {remark.message}")
        said += [say("review.next", remedy=remark.remedy)] if remark.remedy else []
    place = point.place
    where = {"file": place.file, "line": str(place.line), "col": str(place.column)}
    return _command(level, {**where, "title": f"{point.subject}: {point.grade}"}, said or [point.headline])


def _command(level: str, properties: Mapping[str, str], lines: Iterable[str]) -> str:
    """One command; nothing in it can end it, or begin another one."""
    told = ",".join(f"{name}={_property(text)}" for name, text in properties.items())
    message = "%0A".join(_data(line) for line in lines)
    return f"::{level} {told}::{message}" if told else f"::{level}::{message}"


def _data(text: str) -> str:
    # A line break in what is not ours is shown as an escape by `safe`, so none is left to be written as %0A.
    return clipped(safe(text), LONGEST_LINE).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(clipped(text, LONGEST_TITLE)).replace(":", "%3A").replace(",", "%2C")

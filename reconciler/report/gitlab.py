"""A change plan or the drift of a fleet in, GitLab's code quality report out: a list of findings at file and line.

Each finding has a description, a check name, a fingerprint that stays the same from run to run, a severity, and a
place. The host compares the fingerprints of two branches, so no number that moves by itself is in them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.change_plan import ChangePlan
from reconciler.messages import say
from reconciler.model import Place
from reconciler.report.document import json_text
from reconciler.report.drift import FleetDrift
from reconciler.report.marking import clipped
from reconciler.report.points import Grade, Point, Remark, drift_points, plan_points
from reconciler.report.preface import drift_preface, plan_preface

Json = dict[str, Any]
SEVERITY = {
    Grade.BROKEN: "blocker",
    Grade.UNKNOWN: "critical",
    Grade.BLOCKED: "critical",
    Grade.DRIFT: "major",
    Grade.SUPPORT: "major",
    Grade.WAIT: "minor",
    Grade.SUSPENDED: "info",
    Grade.APPLY: "info",
    Grade.FINE: "info",
}
LONGEST = 2_000


def plan_gitlab(plan: ChangePlan, names: Mapping[str, str]) -> str:
    """Return the change plan as a code quality report."""
    return _report(plan_preface(plan), plan_points(plan, names))


def drift_gitlab(drift: FleetDrift, names: Mapping[str, str]) -> str:
    """Return the drift of a fleet as a code quality report."""
    return _report(drift_preface(drift), drift_points(drift, names))


def _report(preface: Iterable[str], points: Sequence[Point]) -> str:
    found = [*_header(preface, points)]
    found += [f for p in points if p.told for f in _findings(p)]
    seen: dict[str, int] = {}
    for finding in found:
        # The host takes one finding for each fingerprint, and two lines may well say the same.
        mark = finding["fingerprint"]
        seen[mark] = seen.get(mark, 0) + 1
        if seen[mark] > 1:
            finding["fingerprint"] = _fingerprint(mark, str(seen[mark]))
    return json_text(found)


def _header(preface: Iterable[str], points: Sequence[Point]) -> Iterator[Json]:
    """What limits it all. A finding needs a place, so it stands at the head of the first file there is."""
    for line in preface if points else ():
        first = Place(points[0].place.file, 1, 1)
        about = Point(Grade.APPLY, "plan", "", say("review.title"), first, line)
        yield _finding(about, Remark("change-plan", line))


def _findings(point: Point) -> Iterator[Json]:
    """A change that will be made is a finding of its own; what is held is told by the checks that hold it."""
    if point.grade is Grade.APPLY or not point.remarks:
        yield _finding(point, Remark(point.kind, point.headline))
    for remark in point.remarks:
        yield _finding(point, remark)


def _finding(point: Point, remark: Remark) -> Json:
    severity = "info" if remark.warns else SEVERITY[point.grade]
    next_step = say("review.next", remedy=remark.remedy) if remark.remedy else ""
    said = (f"{point.subject}: {remark.message}", next_step)
    return {
        "description": clipped(" ".join(text for text in said if text), LONGEST),
        "check_name": remark.rule,
        "fingerprint": _fingerprint(point.place.file, point.subject, point.kind, remark.rule),
        "severity": severity,
        "location": {"path": point.place.file, "lines": {"begin": max(1, point.place.line)}},
    }


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()

"""A change plan or the drift of a fleet in, JUnit XML out: a suite for each tenant, a case for each of its steps.

Blocked steps and drift are failures, broken files and what was not read are errors, what waits or is for support is
skipped, and what will be applied passes. So failures and errors are there exactly where a run that asks for it
(``--detailed-exitcode``) ends with an error, drift apart. No times are told: none were measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from xml.etree import ElementTree

from reconciler.change_plan import ChangePlan
from reconciler.messages import say
from reconciler.report.drift import FleetDrift
from reconciler.report.lines import safe
from reconciler.report.marking import clipped
from reconciler.report.points import Grade, Point, drift_points, plan_points
from reconciler.report.preface import drift_preface, plan_preface

CHILD = {
    Grade.BROKEN: "error",
    Grade.UNKNOWN: "error",
    Grade.BLOCKED: "failure",
    Grade.DRIFT: "failure",
    Grade.SUPPORT: "skipped",
    Grade.WAIT: "skipped",
    Grade.SUSPENDED: "skipped",
}
COUNTED = (("errors", "error"), ("failures", "failure"), ("skipped", "skipped"))
LONGEST_NAME, LONGEST = 300, 8_000


def plan_junit(plan: ChangePlan, names: Mapping[str, str]) -> str:
    """Return the change plan as JUnit XML."""
    totals = say("report.totals", **asdict(plan.summary))
    return _report(plan_points(plan, names), say("review.title"), _header(totals, plan_preface(plan)))


def drift_junit(drift: FleetDrift, names: Mapping[str, str]) -> str:
    """Return the drift of a fleet as JUnit XML."""
    totals = say("drift.totals", **drift.summary)
    return _report(
        drift_points(drift, names), say("review.drift-title"), _header(totals, drift_preface(drift))
    )


def _header(totals: str, preface: Iterable[str]) -> list[tuple[str, str]]:
    """The totals line and what limits it all, as properties of the first suite."""
    return [("totals", totals), *(("note", line) for line in preface)]


def _report(points: Iterable[Point], title: str, head: list[tuple[str, str]]) -> str:
    suites: dict[str, list[Point]] = {}
    for point in points:
        suites.setdefault(point.tenant or point.place.file, []).append(point)
    every = [p for own in suites.values() for p in own]
    root = ElementTree.Element("testsuites", {"name": title, **_counts(every)})
    summary = ElementTree.SubElement(root, "testsuite", {"name": title, **_counts([])})
    properties = ElementTree.SubElement(summary, "properties")
    for name, value in head:
        ElementTree.SubElement(properties, "property", {"name": name, "value": _text(value, LONGEST)})
    for name, own in suites.items():
        suite = ElementTree.SubElement(root, "testsuite", {"name": _text(name), **_counts(own)})
        for point in own:
            _case(suite, point)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _counts(points: list[Point]) -> dict[str, str]:
    children = [CHILD.get(p.grade) for p in points]
    return {"tests": str(len(points)), **{name: str(children.count(child)) for name, child in COUNTED}}


def _case(suite: ElementTree.Element, point: Point) -> None:
    what = point.headline if point.kind not in ("file", "tenant") else point.grade.value
    place = {"file": _text(point.place.file), "line": str(point.place.line)}
    name = _text(f"{point.subject} {point.kind}: {what}")
    case = ElementTree.SubElement(
        suite, "testcase", {"classname": _text(point.subject), "name": name, **place}
    )
    said = [
        f"{r.rule}: {r.message}" + (f"\n{say('review.next', remedy=r.remedy)}" if r.remedy else "")
        for r in point.remarks
    ]
    told = "\n".join(_text(line, LONGEST) for text in said for line in text.split("\n"))
    child = CHILD.get(point.grade)
    if child is None:
        if told:
            ElementTree.SubElement(case, "system-out").text = clipped(told, LONGEST)
        return
    message = point.remarks[0].message if point.remarks else point.headline
    kind = (
        {} if child == "skipped" else {"type": point.remarks[0].rule if point.remarks else point.grade.value}
    )
    attributes = {"message": message, **kind}
    there = ElementTree.SubElement(
        case, child, {name: _text(value, LONGEST) for name, value in attributes.items()}
    )
    there.text = clipped(told, LONGEST) or None


def _text(text: str, most: int = LONGEST_NAME) -> str:
    """Text that XML can hold: what it has no character for is shown as an escape."""
    return clipped(safe(text), most)

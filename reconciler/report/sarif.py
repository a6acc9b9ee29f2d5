"""A change plan or the drift of a fleet in, a SARIF 2.1.0 log out: one result for each check that has something to say.

A result has the level of its point, the line that asks for the step, and a fingerprint that stays from run to run.
Paths are references relative to the root of the repository (``%SRCROOT%``), escaped as RFC 3986 says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler import __version__
from reconciler.change_plan import ChangePlan
from reconciler.messages import say
from reconciler.messages.about import ABOUT
from reconciler.report.document import json_text
from reconciler.report.drift import FleetDrift
from reconciler.report.lines import safe
from reconciler.report.points import Grade, Point, Remark, drift_points, plan_points
from reconciler.report.preface import drift_preface, plan_preface

Json = dict[str, Any]
VERSION = "2.1.0"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ERROR, WARNING, NOTE = "error", "warning", "note"
LEVEL = {
    Grade.BROKEN: ERROR,
    Grade.UNKNOWN: ERROR,
    Grade.BLOCKED: ERROR,
    Grade.DRIFT: WARNING,
    Grade.SUPPORT: WARNING,
    Grade.WAIT: WARNING,
    Grade.SUSPENDED: NOTE,
    Grade.APPLY: NOTE,
    Grade.FINE: NOTE,
}
_NOT_IN_A_PATH = re.compile(r"[^A-Za-z0-9._~/-]")


def plan_sarif(plan: ChangePlan, names: Mapping[str, str]) -> str:
    """Return the change plan as a SARIF log."""
    properties = {"digest": plan.digest, "complete": plan.complete, "partial": plan.source.partial}
    ran_well = not plan.errored
    return _log(
        plan_points(plan, names), _header(plan_preface(plan)), properties, plan.tool_version, ran_well
    )


def drift_sarif(drift: FleetDrift, names: Mapping[str, str]) -> str:
    """Return the drift of a fleet as a SARIF log."""
    properties = {"complete": not drift.unread and not drift.problems}
    return _log(
        drift_points(drift, names), _header(drift_preface(drift)), properties, __version__, not drift.problems
    )


def _header(preface: Iterable[str]) -> list[Json]:
    """What limits it all, as notifications of the run."""
    return [{"level": NOTE, "message": {"text": safe(line)}} for line in preface]


def _log(points: Iterable[Point], head: list[Json], properties: Json, version: str, ran_well: bool) -> str:
    found = [(p, remark) for p in points if p.told for remark in _remarks(p)]
    rules = {remark.rule: _rule(p, remark.rule) for p, remark in found}
    order = {rule: index for index, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "reconciler",
                "semanticVersion": version,
                "version": version,
                "rules": list(rules.values()),
            }
        },
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": say("review.root")}}},
        "invocations": [{"executionSuccessful": ran_well, "toolExecutionNotifications": head}],
        "columnKind": "unicodeCodePoints",
        "properties": properties,
        "results": _once_each(_result(p, remark, order) for p, remark in found),
    }
    return json_text({"$schema": SCHEMA, "version": VERSION, "runs": [run]})


def _remarks(point: Point) -> Iterator[Remark]:
    """A change that will be made is a result of its own; what is held is told by the checks that hold it."""
    if point.grade is Grade.APPLY or not point.remarks:
        yield Remark(point.kind, point.headline)
    yield from point.remarks


def _rule(point: Point, rule: str) -> Json:
    return {"id": safe(rule), "shortDescription": {"text": _about(point, rule)}}


def _about(point: Point, rule: str) -> str:
    if rule in ABOUT:
        return ABOUT[rule]
    if rule == point.kind and rule in ("switch", "add", "handoff"):
        return say(f"review.step-rule-{rule}")
    if point.kind == "file":
        return say("review.file-rule")
    if point.grade is Grade.UNKNOWN:
        return say("review.unread-rule")
    return say("review.drift-rule" if rule == point.kind else "review.held-rule")


def _result(point: Point, remark: Remark, order: Mapping[str, int]) -> Json:
    level = WARNING if point.one_way and remark.rule == point.kind else LEVEL[point.grade]
    said = [f"{point.subject}: {remark.message}"]
    said += [say("review.next", remedy=remark.remedy)] if remark.remedy else []
    place = point.place
    return {
        "ruleId": safe(remark.rule),
        "ruleIndex": order[remark.rule],
        "level": NOTE if remark.warns and level == ERROR else level,
        # The host reads `[text](link)` in it even where it says it is plain text.
        "message": {"text": "\n".join(safe(line) for line in said).replace("[", "\\[").replace("]", "\\]")},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(place.file),
                    "region": {"startLine": max(1, place.line), "startColumn": max(1, place.column)},
                },
                "logicalLocations": [{"fullyQualifiedName": safe(point.subject)}],
            }
        ],
        "partialFingerprints": {
            "reconciler/v1": _fingerprint(place.file, point.subject, point.kind, remark.rule)
        },
        "properties": {"grade": point.grade.value, "oneWay": point.one_way},
    }


def _once_each(results: Iterable[Json]) -> list[Json]:
    """Tell apart what would have the same fingerprint: two lines may well say the same."""
    seen: dict[str, int] = {}
    told = []
    for result in results:
        mark = result["partialFingerprints"]["reconciler/v1"]
        seen[mark] = seen.get(mark, 0) + 1
        told.append({**result, "partialFingerprints": {"reconciler/v1": f"{mark}:{seen[mark]}"}})
    return told


def _artifact(file: str) -> Json:
    """A path as a reference; one that starts at the root of the machine is not in the repository."""
    path = "".join(_escaped(c) for c in file)
    if path.startswith("/"):
        return {"uri": "file:///" + path.lstrip("/")}
    return {"uri": path.removeprefix("./") or ".", "uriBaseId": "%SRCROOT%"}


def _escaped(character: str) -> str:
    if not _NOT_IN_A_PATH.match(character):
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()

"""What hosts read: workflow commands, code quality, SARIF and JUnit, each read as the host's documentation says."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import jsonschema
import pytest
from cli import ROOT
from hostile import TRICKS, drift_with, plan_with, texts
from hypothesis import HealthCheck, given, settings
from junitparser import JUnitXml
from plans import (
    NAMES,
    add,
    change_plan,
    change_plans,
    finding,
    handoff,
    problem,
    switch,
    tenant,
)

from reconciler.change_plan import Verdict
from reconciler.report.github import drift_github, plan_github
from reconciler.report.gitlab import drift_gitlab, plan_gitlab
from reconciler.report.junit import drift_junit, plan_junit
from reconciler.report.lines import safe
from reconciler.report.points import Grade, drift_points, plan_points
from reconciler.report.sarif import drift_sarif, plan_sarif
from reconciler.rules import Effect, Status

quick = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
SCHEMAS = ROOT / "tests" / "schemas"

HELD = tenant(
    "litware", add("main", 1, 2, finding("role-missing", message="No role.", remedy="Give it one."))
)
EVERY = change_plan(
    HELD,
    tenant("fabrikam", switch()),
    tenant("contoso", add()),
    tenant("tailspin", add("main", 1, 2, finding("switch-running", effect=Effect.WAIT))),
    tenant("kolonne", handoff()),
    tenant("nordbygd", checks=(finding("not-read", Status.UNKNOWN),)),
    tenant("paused", add("main", 1, 2, finding("suspended", effect=Effect.WAIT)), suspended=True),
    tenant("calm"),
    problems=(problem(hint="did you mean e3?"),),
)


@cache
def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))


@cache
def rules_of(name: str) -> Any:
    """What holds documents to a schema, which is itself held to what a schema is, once."""
    kind = jsonschema.validators.validator_for(schema(name))
    kind.check_schema(schema(name))
    return kind(schema(name))


# points


@quick
@given(change_plans())
def test_there_is_a_point_for_each_verdict_of_the_totals(plan) -> None:
    counts = Counter(p.grade for p in plan_points(plan, NAMES))
    summary = plan.summary
    told = {
        Grade.WAIT: summary.waiting,
        Grade.BLOCKED: summary.blocked,
        Grade.SUPPORT: summary.support,
        Grade.UNKNOWN: summary.unknown,
        Grade.BROKEN: len(plan.diagnostics),
        Grade.FINE: summary.in_sync,
    }
    assert {grade: counts[grade] for grade in told} == told
    paused = {t.name for t in plan.tenants if t.verdict is Verdict.SUSPENDED}
    assert {p.tenant for p in plan_points(plan, NAMES) if p.grade is Grade.SUSPENDED} == paused


@quick
@given(change_plans())
def test_every_finding_that_holds_something_is_told(plan) -> None:
    told = {(p.tenant, r.rule, r.message) for p in plan_points(plan, NAMES) for r in p.remarks}
    holding = {(t.name, f.id, f.message) for t in plan.tenants for s in t.steps for f in s.holding}
    assert holding <= told


# GitHub


@dataclass(frozen=True)
class Command:
    """A workflow command as the host reads it: blanks before it overlooked, then unescaped."""

    name: str
    properties: dict[str, str]
    message: str


def commands(text: str) -> list[Command]:
    """Every line must be one command and nothing else."""
    read = []
    for line in text.removesuffix("\n").split("\n"):
        match = re.fullmatch(
            r"::([a-z-]+)(?: ((?:[a-zA-Z]+=[^,:\r\n]*)(?:,[a-zA-Z]+=[^,:\r\n]*)*))?::([^\r\n]*)", line
        )
        assert match, line
        pairs = [pair.split("=", 1) for pair in (match[2] or "").split(",") if pair]
        read.append(Command(match[1], {k: unescaped(v) for k, v in pairs}, unescaped(match[3])))
    return read


def unescaped(text: str) -> str:
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ",")):
        text = text.replace(escape, character)
    return text.replace("%25", "%")


def test_annotations_stand_at_the_line_that_asks_the_worst_first_and_the_totals_last() -> None:
    read = commands(plan_github(EVERY, NAMES))
    levels = [c.name for c in read if "file" in c.properties]
    assert levels == ["error", "error", "error", "warning", "warning", "notice", "warning", "notice"]
    (held,) = [c for c in read if c.properties.get("title") == "litware.main: blocked"]
    assert held.properties | {"title": ""} == {"file": "tenants/a.yaml", "line": "9", "col": "7", "title": ""}
    assert held.message.split("\n")[1:] == ["role-missing: No role.", "Next: Give it one."]
    assert read[-1].message.startswith("Plan: 1 to switch, 44 licenses to add in 2 tenants, 0 to remove.")


def test_a_partial_plan_says_so_before_any_annotation() -> None:
    partial = replace(EVERY, source=replace(EVERY.source, partial=True))
    assert "Only the tenants that were selected" in commands(plan_github(partial, NAMES))[0].message


@pytest.mark.parametrize("trick", TRICKS)
def test_no_known_trick_makes_a_command(trick: str) -> None:
    calm = [(c.name, sorted(c.properties)) for c in commands(plan_github(plan_with("harmless"), NAMES))]
    read = commands(plan_github(plan_with(trick), NAMES))
    assert sorted((c.name, sorted(c.properties)) for c in read) == sorted(calm)
    assert {c.name for c in read} <= {"error", "warning", "notice"}


@quick
@given(texts)
def test_no_text_makes_a_command_or_a_property(text: str) -> None:
    for made in (plan_github(plan_with(text), NAMES), drift_github(drift_with(text), NAMES)):
        for command in commands(made):
            assert command.name in {"error", "warning", "notice"}
            assert set(command.properties) <= {"file", "line", "col", "title"}
            assert command.properties.get("line", "1").isdigit()
            assert all(c.isprintable() or c == "\n" for c in command.message)


@quick
@given(texts)
def test_a_message_is_read_back_as_it_was_meant(text: str) -> None:
    held = tenant("a", add("main", 1, 2, finding("rule", message="x" + text)))
    (command,) = [c for c in commands(plan_github(change_plan(held), NAMES)) if "file" in c.properties]
    assert command.message.split("\n")[1].removeprefix("rule: x")[:400] in safe("x" + text)


# GitLab


def findings(text: str) -> list[dict[str, Any]]:
    read = json.loads(text)
    rules_of("gitlab-code-quality").validate(read)
    marks = [found["fingerprint"] for found in read]
    assert len(set(marks)) == len(marks)
    return list(read)


def test_code_quality_has_the_worst_first_with_severities_of_the_host() -> None:
    told = [(f["check_name"], f["severity"]) for f in findings(plan_gitlab(EVERY, NAMES))]
    assert told[0] == ("change-plan", "info")
    assert ("unknown-plan", "blocker") in told
    assert ("not-read", "critical") in told
    assert ("role-missing", "critical") in told
    assert ("switch-running", "minor") in told
    assert ("switch", "info") in told


def test_a_fingerprint_stays_when_only_words_and_lines_have_moved() -> None:
    def marks(line: int, message: str) -> set[str]:
        held = tenant("a", add("main", 1, 2, finding("role-missing", message=message), line=line))
        return {f["fingerprint"] for f in findings(plan_gitlab(change_plan(held), NAMES))}

    assert marks(9, "one") == marks(12, "another")


@quick
@given(texts)
def test_any_text_gives_a_code_quality_report(text: str) -> None:
    place = {f["location"]["path"] for f in findings(plan_gitlab(plan_with(text), NAMES))}
    assert place == {text, "tenants/a.yaml"} - ({text} - place)
    findings(drift_gitlab(drift_with(text), NAMES))


# SARIF


def log(text: str) -> dict[str, Any]:
    read = json.loads(text)
    rules_of("sarif-2.1.0").validate(read)
    (run,) = read["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    marks = [r["partialFingerprints"]["reconciler/v1"] for r in run["results"]]
    assert len(set(marks)) == len(marks)
    return dict(run)


def test_a_sarif_log_has_a_result_for_each_check_at_its_line() -> None:
    run = log(plan_sarif(EVERY, NAMES))
    told = {(r["ruleId"], r["level"]) for r in run["results"]}
    assert {
        ("unknown-plan", "error"),
        ("role-missing", "error"),
        ("not-read", "error"),
        ("switch-running", "warning"),
        ("switch", "warning"),
        ("add", "note"),
        ("suspended", "note"),
    } <= told
    (held,) = [r for r in run["results"] if r["ruleId"] == "role-missing"]
    place = held["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "tenants/a.yaml", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 9, "startColumn": 7}
    assert held["message"]["text"] == "litware.main: No role.\nNext: Give it one."
    assert run["invocations"][0]["executionSuccessful"] is False


def test_what_is_one_way_is_more_than_a_note_and_a_warning_never_an_error() -> None:
    lost = finding("service-settings-lost", effect=Effect.WARN)
    run = log(plan_sarif(change_plan(tenant("a", add("main", 1, 2, lost, finding()))), NAMES))
    assert {r["ruleId"]: r["level"] for r in run["results"]} == {
        "service-settings-lost": "note",
        "role-missing": "error",
    }


def test_the_schema_refuses_what_the_standard_refuses() -> None:
    good = json.loads(plan_sarif(EVERY, NAMES))
    for spoil in (
        lambda d: d.update(version="2.0.0"),
        lambda d: d["runs"][0]["results"][0].update(level="fatal"),
        lambda d: d["runs"][0]["results"][0].pop("message"),
        lambda d: d["runs"][0]["tool"].pop("driver"),
        lambda d: d["runs"][0]["results"][0].update(line=3),
    ):
        bad = json.loads(json.dumps(good))
        spoil(bad)
        with pytest.raises(jsonschema.ValidationError):
            rules_of("sarif-2.1.0").validate(bad)


@quick
@given(texts)
def test_any_text_gives_a_sarif_log_whose_paths_are_references_to_the_files(text: str) -> None:
    run = log(plan_sarif(plan_with(text), NAMES))
    log(drift_sarif(drift_with(text), NAMES))
    for result in run["results"]:
        where = result["locations"][0]["physicalLocation"]["artifactLocation"]
        parts = urlsplit(where["uri"])
        assert not parts.query
        assert not parts.fragment
        assert not parts.netloc
        if where.get("uriBaseId"):
            assert not parts.scheme
            path = unquote(parts.path, errors="surrogatepass")
            assert path in {text, text.removeprefix("./"), "tenants/a.yaml", "."}
        assert not re.search(r"(?<!\\)\[[^\]]*\]\(", result["message"]["text"])


# JUnit


def report(text: str) -> ElementTree.Element:
    """Hold a report against our rules of the format, and read it with a parser others use."""
    root = ElementTree.fromstring(text)
    rules = schema("junit")
    for element in root.iter():
        rule = rules["elements"][element.tag]
        needed, may = set(rule.get("required", ())), set(rule.get("optional", ()))
        assert needed <= set(element.attrib) <= needed | may
        assert {child.tag for child in element} <= set(rule.get("children", ()))
        assert len(element) <= rule.get("most", len(element))
        assert all(value.isdigit() for name, value in element.attrib.items() if name in rules["counts"])
    read = JUnitXml.fromstring(text.encode())
    suites = list(read)
    assert sum(suite.tests for suite in suites) == int(root.attrib["tests"])
    assert sum(len(list(suite)) for suite in suites) == int(root.attrib["tests"])
    for name, tag in (("errors", "error"), ("failures", "failure"), ("skipped", "skipped")):
        assert int(root.attrib[name]) == len(root.findall(f".//{tag}"))
        assert sum(getattr(suite, name) for suite in suites) == int(root.attrib[name])
    return root


@quick
@given(change_plans())
def test_failures_errors_and_skipped_are_the_totals_of_the_plan(plan) -> None:
    root = report(plan_junit(plan, NAMES))
    summary = plan.summary
    assert int(root.attrib["failures"]) == summary.blocked
    assert int(root.attrib["errors"]) == summary.unknown + len(plan.diagnostics)
    paused = sum(p.grade is Grade.SUSPENDED for p in plan_points(plan, NAMES))
    assert int(root.attrib["skipped"]) == summary.waiting + summary.support + paused


def test_a_case_tells_the_check_that_holds_it_and_the_way_out() -> None:
    root = report(plan_junit(EVERY, NAMES))
    (failure,) = root.findall(".//failure")
    assert (failure.attrib["type"], failure.attrib["message"]) == ("role-missing", "No role.")
    assert failure.text == "role-missing: No role.\nNext: Give it one."
    (totals,) = [p.attrib["value"] for p in root.iter("property") if p.attrib["name"] == "totals"]
    assert totals.startswith("Plan: 1 to switch")


@quick
@given(texts)
def test_any_text_gives_a_junit_report_of_the_same_shape(text: str) -> None:
    def shape(root: ElementTree.Element) -> Counter[tuple[str, str]]:
        return Counter(
            (parent.tag, child.tag) for parent in root.iter() for child in parent if child.tag != "testsuite"
        )

    assert shape(report(plan_junit(plan_with(text), NAMES))) == shape(
        report(plan_junit(plan_with("harmless"), NAMES))
    )
    found = report(drift_junit(drift_with(text), NAMES))
    assert shape(found) == shape(report(drift_junit(drift_with("harmless"), NAMES)))


def test_drift_fails_what_was_not_read_is_an_error_and_a_wish_passes() -> None:
    drift = drift_with("harmless")
    counts = Counter(p.grade for p in drift_points(drift, NAMES))
    root = report(drift_junit(drift, NAMES))
    assert counts[Grade.DRIFT] == len(drift.reports[0].drift) == int(root.attrib["failures"])
    assert int(root.attrib["errors"]) == 2
    levels = {c.name for c in commands(drift_github(drift, NAMES))}
    assert levels == {"error", "warning", "notice"}
    assert {r["ruleId"] for r in log(drift_sarif(drift, NAMES))["results"]} >= {"licenses-above", "not-read"}


@pytest.mark.parametrize("make", [plan_github, plan_gitlab, plan_sarif, plan_junit])
def test_the_order_in_which_tenants_come_changes_nothing(make) -> None:
    turned = replace(EVERY, tenants=tuple(reversed(EVERY.tenants)))
    assert make(EVERY, NAMES) == make(turned, NAMES)

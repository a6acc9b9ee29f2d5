"""The alerts and the dashboard: they speak of metrics there are, each alert has its page, and promtool agrees."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli import EXAMPLES, ROOT
from promql import metrics_of, problems

from reconciler.web.measures import METRICS

ALERTS = EXAMPLES / "deploy" / "prometheus" / "alerts.yaml"
ALERT_TESTS = ALERTS.with_name("alerts_test.yaml")
DASHBOARD = EXAMPLES / "deploy" / "grafana" / "reconciler.json"
RUNBOOK = ROOT / "docs" / "operate.md"
Json = dict[str, Any]


def alerts() -> list[Json]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


RULES = [pytest.param(rule, id=rule["alert"]) for rule in alerts()]
BOARD: Json = json.loads(DASHBOARD.read_text(encoding="utf-8"))


def panels() -> list[Json]:
    """The panels that show something."""
    return [panel for panel in BOARD["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[tuple[str, str]]:
    """Every expression of the dashboard with its panel's title, variables filled in as Grafana does."""
    for panel in panels():
        for target in panel["targets"]:
            filled = target["expr"].replace("$job", ".*").replace("$__rate_interval", "5m")
            assert "$" not in filled
            yield panel["title"], filled


SHOWN = list(expressions())


# reading expressions


def test_an_expression_that_speaks_of_what_is_not_there_is_found() -> None:
    assert problems("sum(rate(reconciler_passes_total[5m]))") == []
    assert problems("reconciler_passes") == ["no metric reconciler_passes"]
    assert problems("reconciler_pass_duration_seconds") == ["no metric reconciler_pass_duration_seconds"]
    assert problems('reconciler_tenants{tenant="a"}') == ["no label tenant"]
    assert problems('reconciler_tenants{state="sad"}') == ["no word sad of state"]
    assert problems('reconciler_writes_total{outcome=~"done|gone"}') == ["no word gone of outcome"]
    assert problems("sum by (rule, le) (reconciler_tenants)") == ["no label rule"]
    assert problems("average(reconciler_tenants)") == ["average: what is that?"]
    assert metrics_of("reconciler_pass_duration_seconds_bucket") == {
        METRICS["reconciler_pass_duration_seconds"]
    }


# alerts


@pytest.mark.parametrize("rule", RULES)
def test_an_alert_speaks_of_documented_metrics_and_folds_several_loops_into_one(rule: Json) -> None:
    assert problems(rule["expr"]) == []
    assert metrics_of(rule["expr"])
    # Every metric stands in a max, min, sum or absent, so that two loops on one store do not alert twice.
    folded = re.findall(
        r"\b(?:max|min|sum|absent)(?: by \(\w+\) )?\((?:increase\()?reconciler_", rule["expr"]
    )
    assert len(folded) == len(re.findall(r"\breconciler_", rule["expr"]))


@pytest.mark.parametrize("rule", RULES)
def test_an_alert_says_what_it_is_and_leads_to_its_page(rule: Json) -> None:
    said = rule["annotations"]
    assert set(said) == {"summary", "description", "runbook_url"}
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert len(said["summary"]) < 90
    assert said["description"].endswith((".", "?"))
    page, _, anchor = said["runbook_url"].partition("#")
    assert page == "https://github.com/your-organisation/reconciler/blob/main/docs/operate.md"
    assert anchor == rule["alert"].lower()
    labels = {label.name for metric in metrics_of(rule["expr"]) for label in metric.labels}
    assert set(re.findall(r"\$labels\.(\w+)", json.dumps(said))) <= labels


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    heads = re.findall(r"^### (Reconciler\w+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)
    assert heads == [rule["alert"] for rule in alerts()]


def test_every_alert_is_shown_to_come_and_not_to_come_too_early() -> None:
    tested: dict[str, set[bool]] = {}
    for group in yaml.safe_load(ALERT_TESTS.read_text(encoding="utf-8"))["tests"]:
        for one in group.get("promql_expr_test", ()):
            found = re.search(r'alertname="(\w+)"', one["expr"])
            if found:
                tested.setdefault(found[1], set()).add(bool(one["exp_samples"]))
    assert tested == {rule["alert"]: {True, False} for rule in alerts()}


def test_the_alert_tests_speak_of_series_there_can_be() -> None:
    for group in yaml.safe_load(ALERT_TESTS.read_text(encoding="utf-8"))["tests"]:
        for series in group["input_series"]:
            assert problems(series["series"]) == []


# dashboard


@pytest.mark.parametrize(
    ("title", "expression"), SHOWN, ids=[f"{n}-{title}" for n, (title, _) in enumerate(SHOWN)]
)
def test_the_dashboard_speaks_of_documented_metrics(title: str, expression: str) -> None:
    assert problems(expression) == []
    assert metrics_of(expression)
    assert expression.count('job=~"') == len(re.findall(r"\breconciler_", expression)), (
        "the job that is chosen counts"
    )


def test_the_dashboard_shows_every_metric() -> None:
    shown = {metric.name for _, expression in SHOWN for metric in metrics_of(expression)}
    assert shown == set(METRICS)


def test_a_legend_names_labels_that_the_expression_keeps() -> None:
    for panel in panels():
        for target in panel["targets"]:
            for name in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                kept = re.search(r"by \(([^)]*)\)", target["expr"])
                assert kept, panel["title"]
                assert name in kept[1].split(", "), panel["title"]


def test_panels_have_names_and_a_place_of_their_own() -> None:
    assert all(panel["title"] and panel["description"].endswith(".") for panel in panels())
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    places = [panel["gridPos"] for panel in BOARD["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    for one, other in combinations(places, 2):
        apart_x = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart_y = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart_x or apart_y, (one, other)


def test_the_dashboard_names_no_data_source_of_anybody() -> None:
    assert {panel["datasource"]["uid"] for panel in panels()} == {"${datasource}"}
    assert {one["name"] for one in BOARD["templating"]["list"]} == {"datasource", "job"}


# promtool


def promtool(*words: object, cwd: Path) -> str:
    program = shutil.which("promtool")
    assert program, "promtool not installed: apt-get install prometheus"
    command = [program, *map(str, words)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.promtool
def test_promtool_takes_the_alerts() -> None:
    assert f"{len(alerts())} rules found" in promtool("check", "rules", ALERTS.name, cwd=ALERTS.parent)


@pytest.mark.promtool
def test_the_alerts_come_when_they_should_and_not_before() -> None:
    assert "SUCCESS" in promtool("test", "rules", ALERT_TESTS.name, cwd=ALERTS.parent)


@pytest.mark.promtool
def test_promtool_takes_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    rules = [{"record": f"shown:{n}", "expr": expression} for n, (_, expression) in enumerate(SHOWN)]
    document = {"groups": [{"name": "dashboard", "rules": rules}]}
    (tmp_path / "rules.yaml").write_text(json.dumps(document), encoding="utf-8")
    assert f"{len(rules)} rules found" in promtool("check", "rules", "rules.yaml", cwd=tmp_path)


@pytest.mark.promtool
def test_promtool_takes_what_a_scrape_tells(tmp_path: Path) -> None:
    from prometheus_client.exposition import generate_latest
    from showing_metrics import NOW, Kept

    from reconciler.web.counters import Counters
    from reconciler.web.metrics import registry

    text = generate_latest(registry(Kept(), Counters(), lambda: NOW)).decode()
    program = shutil.which("promtool")
    assert program
    done = subprocess.run(
        [program, "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

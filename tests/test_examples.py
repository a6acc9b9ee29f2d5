"""The examples: sound files, every rule shown both ways, a README kept true, an apply that ends well."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from judging import NOT_IN_SNAPSHOTS, NOT_JUDGED_YET, judge

from reconciler.adapters import files
from reconciler.change_plan import TenantPlan, Verdict
from reconciler.model import Action, Declaration
from reconciler.rules import TABLE, Rule, Status

EXAMPLES = Path(__file__).parent.parent / "examples"
TENANTS, LIVE = EXAMPLES / "tenants", EXAMPLES / "live"
FILES = sorted(TENANTS.glob("*.yaml"))

# The examples are of the list of 2014; what is asked of today's commerce alone has its cases.
OF_TODAY = frozenset(rule.id for rule in TABLE if rule.today) | {"no-version"}
JUDGED = [rule for rule in TABLE if rule.id not in NOT_IN_SNAPSHOTS | NOT_JUDGED_YET | OF_TODAY]
# A hand-off of licences exists only where fewer are declared, so there its rule can fail or not concern it.
NEVER_PASSES = frozenset({"fewer-licenses"})
MOST_LICENCES = 500


@cache
def declared() -> dict[str, Declaration]:
    """The examples' declarations by name."""
    loaded = files.load_tenants([TENANTS], files.load_catalogue("office365-2014"))
    assert loaded.problems == ()
    return {one.name: one for one in loaded.declarations}


@cache
def live() -> dict[str, dict[str, Any]]:
    """The examples' live states by name."""
    return {document["metadata"]["name"]: dict(document) for _, document in files.load_live([LIVE])}


@cache
def judged() -> dict[str, TenantPlan]:
    """The examples judged as the embedded service would be, by name."""
    return {tenant.name: tenant for tenant in judge(TENANTS, LIVE)}


@cache
def answers(rule: str) -> frozenset[Status]:
    """Every answer the rule gives in the examples, with backends that add in the order and that do not."""
    both = (*judged().values(), *judge(TENANTS, LIVE, adds_in_order=False))
    return frozenset(f.status for t in both for step in t.steps for f in step.checks if f.id == rule)


def test_there_are_enough_examples_and_each_has_its_live_state() -> None:
    assert len(FILES) >= 16
    assert set(declared()) == set(live()) == {path.stem for path in FILES}
    assert {path.stem for path in LIVE.glob("*.yaml")} == set(live())
    assert sum(one.labels.get("region") == "norway" for one in declared().values()) >= 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_says_first_what_it_shows(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    said = [
        line for line in lines[: lines.index("apiVersion: reconciler/v1")] if not line.startswith("# yaml-")
    ]
    assert 1 <= len(said) <= 4
    assert all(line.startswith("# ") for line in said)
    assert said[-1].endswith(".")


def test_every_example_is_seen_at_the_same_moment() -> None:
    assert {t.observed_at.isoformat() for t in judged().values()} == {"2026-11-23T10:00:00+00:00"}


def test_the_examples_numbers_are_such_as_occur() -> None:
    wanted = [s.licenses for one in declared().values() for s in one.subscriptions]
    shown = [s for state in live().values() for s in state["spec"]["subscriptions"]]
    assert all(number is not None and 1 <= number <= MOST_LICENCES for number in wanted)
    assert all(0 <= s["assigned"] <= s["licenses"] <= MOST_LICENCES for s in shown)


def test_no_two_examples_share_a_domain_or_an_id() -> None:
    specs = [state["spec"] for state in live().values()]
    domains = [domain for spec in specs for domain in spec["domains"]]
    ids = [spec["tenantId"] for spec in specs] + [s["id"] for spec in specs for s in spec["subscriptions"]]
    assert len(set(domains)) == len(domains)
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in ids)


@pytest.mark.parametrize("rule", JUDGED, ids=lambda rule: rule.id)
def test_every_rule_fails_in_some_example(rule: Rule) -> None:
    assert Status.FAIL in answers(rule.id)


@pytest.mark.parametrize("rule", [r for r in JUDGED if r.id not in NEVER_PASSES], ids=lambda rule: rule.id)
def test_every_rule_passes_in_some_example(rule: Rule) -> None:
    assert Status.PASS in answers(rule.id)


def test_something_is_unknown_in_some_example() -> None:
    assert any(Status.UNKNOWN in answers(rule.id) for rule in JUDGED)


def test_several_rules_fail_together_in_some_examples() -> None:
    together = [t.name for t in judged().values() if any(len(step.holding) > 1 for step in t.steps)]
    assert len(together) >= 3


def test_every_verdict_and_every_action_is_shown() -> None:
    assert {t.verdict for t in judged().values()} == set(Verdict)
    assert {step.action for t in judged().values() for step in t.steps} == set(Action)


def test_the_readme_lists_every_example_with_its_verdict() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| .+ \| (\S+) \|$", (EXAMPLES / "README.md").read_text(), re.MULTILINE)
    assert len(dict(rows)) == len(rows)
    assert dict(rows) == {name: str(tenant.verdict) for name, tenant in judged().items()}


def test_the_readme_counts_the_examples() -> None:
    assert f"A fleet of {len(FILES)} tenants." in (EXAMPLES / "README.md").read_text(encoding="utf-8")


def test_the_configuration_loads_the_live_states_into_the_embedded_service() -> None:
    config = files.load_config(TENANTS, None)
    assert config.backend_named
    assert [Path(path).resolve() for path in config.live] == [LIVE.resolve()]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the examples, so that the state folder beside them is the test's own."""
    copy = tmp_path_factory.mktemp("fleet") / "examples"
    shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns(".reconciler"))
    return copy


def test_the_commands_in_the_readme_succeed(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns(".reconciler"))
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    commands = [
        shlex.split(line, comments=True) for line in re.findall(r"^\$ reconciler (.+)$", text, re.MULTILINE)
    ]
    assert len(commands) >= 4
    ended = {tuple(words): _run(words, tmp_path).returncode for words in commands}
    assert set(ended.values()) == {0}, ended


@pytest.fixture(scope="module")
def applied(fleet: Path) -> dict[str, Any]:
    """What the first apply of all examples told, as JSON."""
    return _told(fleet, "apply", "tenants", "--auto-approve", "--wait")


def test_applying_the_examples_ends_every_step_without_a_failure(applied: dict[str, Any]) -> None:
    endings = {step["outcome"]["result"] for tenant in applied["tenants"] for step in tenant["steps"]}
    assert endings == {"done", "waiting", "blocked", "handed-off", "unknown"}


@pytest.mark.parametrize(
    ("tenant", "plan", "licenses"),
    [
        ("fabrikam", "office-365-enterprise-e3", 42),
        ("contoso", "office-365-small-business-premium", 22),
        ("lerkedal-skole", "office-365-education-a3", 180),
        ("havbris-laks", "office-365-enterprise-e1", 75),
        ("brattholm-bakeri", "office-365-enterprise-e1", 85),
        ("adventure-works", "office-365-enterprise-e3", 300),
        ("skjaergaard-ferge", "office-365-enterprise-e3", 114),
        ("tindefrakt", "office-365-enterprise-e1", 64),
        ("woodgrove-bank", "office-365-enterprise-e1", 88),
        ("kolonne-regnskap", "office-365-enterprise-e3", 48),
        ("fourth-coffee", "office-365-enterprise-e1", 33),
    ],
)
def test_after_an_apply_the_service_holds_what_it_should(
    fleet: Path, applied: dict[str, Any], tenant: str, plan: str, licenses: int
) -> None:
    shown = _told(fleet, "simulator", "show", tenant)
    assert [(s["plan"], s["licenses"]) for s in shown["spec"]["subscriptions"]] == [(plan, licenses)]


def test_a_second_apply_of_the_examples_writes_nothing_and_nothing_was_ordered_twice(
    fleet: Path, applied: dict[str, Any]
) -> None:
    before = _writes(fleet)
    again = _told(fleet, "apply", "tenants", "--auto-approve", "--wait")
    assert _writes(fleet) == before
    assert again["summary"]["switch"] == again["summary"]["add_licenses"] == 0
    ordered = [
        (call["tenant"], call["subscription"]) for call in before if call["operation"] == "order_switch"
    ]
    assert len(set(ordered)) == len(ordered)
    assert all(call["after"]["licenses"] >= call["before"]["licenses"] for call in before)


def _writes(fleet: Path) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = _told(fleet, "simulator", "log")["calls"]
    return [call for call in calls if call["operation"] in ("order_switch", "set_licenses")]


def _told(folder: Path, *words: str) -> dict[str, Any]:
    ran = _run([*words, "--format", "json"], folder)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def _run(words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    root = str(EXAMPLES.parent)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RECONCILER_")} | {
        "PYTHONPATH": root
    }
    command = [sys.executable, "-m", "reconciler", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )

"""The ways to run the tool for good: they start what there is, write nothing by themselves and hold no secret."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from cli import ROOT
from command_lines import command_of, unknown
from deployed import (
    COMPOSE,
    CONTAINERFILE,
    DEPLOY,
    FLEET_MANIFESTS,
    FLEET_UNITS,
    IGNORED,
    LOOP_UNITS,
    MANIFESTS,
    ROLES,
    TIMER,
    TOOL,
    UNITS,
    WATCH_TIMER,
    containers,
    documents,
    instruction,
    pods,
    services,
    settings,
    settings_of,
    words_of_unit,
)

from reconciler.cli import COMMANDS
from reconciler.cli.loop.heart import GRACE

# What the examples use and the tool does not have yet; take it out as it comes.
NOT_YET: set[str] = set() if "worker" in COMMANDS else {"worker", "run --fleet"}
OURS = ("reconciler:0.1.0", "registry.example.com/reconciler:0.1.0")
SECONDS_FOR_A_WRITE = round(GRACE.total_seconds())


def command_lines() -> Iterator[tuple[str, list[str]]]:
    """Every command line of the tool that the examples start, with the file it stands in."""
    for unit in (*LOOP_UNITS, *FLEET_UNITS):
        yield unit.name, words_of_unit(unit)
    yield "Containerfile", json.loads(instruction("CMD"))
    for name, service in services().items():
        if service["image"] in OURS:
            yield f"compose.yaml-{name}", service["command"]
    for manifest in (*MANIFESTS, *FLEET_MANIFESTS):
        for container in (c for d in documents(manifest) for c in containers(d)):
            if container["image"] in OURS:
                yield manifest.name, container["args"]
    for page in sorted(DEPLOY.rglob("README.md")):
        for line in re.findall(rf"(?:{TOOL}|reconciler:0\.1\.0) (.+)", page.read_text(encoding="utf-8")):
            words = shlex.split(re.split("[`;]", line)[0])
            if words and not words[0].startswith("."):
                yield page.parent.name, words


LINES = list(command_lines())


def test_there_are_command_lines_of_every_way_to_run_it() -> None:
    assert {name for name, _ in LINES} >= {
        *("reconciler.service", "reconciler-once.service", "Containerfile", "deployment.yaml"),
        *("cronjob.yaml", "systemd", "container", "kubernetes", "compose", "fleet"),
        *("compose.yaml-upgrade", "compose.yaml-dispatcher", "compose.yaml-worker"),
        *("upgrade.yaml", "dispatcher.yaml", "worker.yaml"),
        *("reconciler-dispatcher@.service", "reconciler-worker@.service"),
    }
    assert {words[0] for _, words in LINES} >= {"run", "stop", "status", "db", "worker"}


@pytest.mark.parametrize(
    ("name", "words"), LINES, ids=[f"{name}-{words[0]}-{n}" for n, (name, words) in enumerate(LINES)]
)
def test_every_command_line_is_one_the_tool_takes(name: str, words: list[str]) -> None:
    missing = unknown(words)
    assert [word for word in missing if word not in NOT_YET] == []
    command, rest = (command_of(words[0]), words[1:]) if not missing else (None, [])
    if isinstance(command, click.Group):
        command, rest = command.commands[rest[0]], rest[1:]
    if command is not None:
        command.make_context(words[0], list(rest))


def test_what_is_said_not_to_be_there_yet_is_not() -> None:
    missing = {word for _, words in LINES for word in unknown(words)}
    assert missing | (variables() - variables_known()) >= NOT_YET, (
        "take out of NOT_YET what the tool has by now"
    )


def variables() -> set[str]:
    """Every variable of ours that an example sets."""
    texts = [path.read_text(encoding="utf-8") for path in DEPLOY.rglob("*") if path.is_file()]
    return {name for text in texts for name in re.findall(r"\bRECONCILER_[A-Z_]+\b", text)}


@cache
def variables_known() -> set[str]:
    """Every variable the tool or its configuration's schema names."""
    there = [*(ROOT / "reconciler").rglob("*.py"), *(ROOT / "schemas").glob("*.json")]
    return {name for path in there for name in re.findall(r"\bRECONCILER_[A-Z_]+\b", path.read_text("utf-8"))}


def test_every_variable_of_ours_is_one_the_tool_reads() -> None:
    assert "RECONCILER_STATE" in variables() & variables_known()
    assert variables() - variables_known() <= NOT_YET


def test_nothing_writes_unless_whoever_runs_it_says_so() -> None:
    started = [words for name, words in LINES if "." in name or name == "Containerfile"]
    assert started
    assert all("--write" not in words for words in started)
    options = [value for name, value in settings().items() if name.endswith("OPTIONS")]
    assert len(options) == 3
    assert all("--write" not in value for value in options)


def test_no_example_holds_a_secret() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not re.search(
                r"(?i)(password|secret|token|apikey)\s*[:=]\s*['\"]?[A-Za-z0-9+/_-]{12,}", text
            ), path
            assert "kind: Secret" not in text, path


@pytest.mark.parametrize(
    "path",
    [*UNITS, TIMER, WATCH_TIMER, CONTAINERFILE, IGNORED, *MANIFESTS, *FLEET_MANIFESTS, COMPOSE, ROLES],
    ids=lambda path: path.name,
)
def test_each_file_says_first_what_it_is(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith(("# ", "-- "))


def test_every_way_to_run_it_gives_a_write_the_same_time_to_end() -> None:
    for unit in (*LOOP_UNITS, *FLEET_UNITS):
        assert settings_of(unit)["Service"]["TimeoutStopSec"] == str(SECONDS_FOR_A_WRITE)
    for manifest in (d for path in (*MANIFESTS, *FLEET_MANIFESTS) for d in documents(path)):
        for pod in pods(manifest):
            assert pod["terminationGracePeriodSeconds"] == SECONDS_FOR_A_WRITE
    for service in services().values():
        if service["image"] in OURS:
            assert service["stop_grace_period"] == f"{SECONDS_FOR_A_WRITE}s"
    assert f"--stop-timeout {SECONDS_FOR_A_WRITE}" in (CONTAINERFILE.parent / "README.md").read_text("utf-8")

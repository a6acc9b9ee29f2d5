"""The ways to run the tool for good: they start what there is, write nothing by themselves and hold no secret."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from cli import ROOT
from command_lines import command_of, unknown
from deployed import (
    CONTAINERFILE,
    DEPLOY,
    IGNORED,
    MANIFESTS,
    TIMER,
    TOOL,
    UNITS,
    containers,
    document,
    instruction,
    pods,
    settings,
    settings_of,
    words_of_unit,
)

# What the examples use and the tool does not have yet; take it out as it comes.
NOT_YET: set[str] = set()
SECONDS_FOR_A_WRITE = 180


def command_lines() -> Iterator[tuple[str, list[str]]]:
    """Every command line of the tool that the examples start, with the file it stands in."""
    for unit in UNITS:
        yield unit.name, words_of_unit(unit)
    yield "Containerfile", json.loads(instruction("CMD"))
    for manifest in MANIFESTS:
        for container in containers(document(manifest)):
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
        *("cronjob.yaml", "systemd", "container", "kubernetes"),
    }
    assert {words[0] for _, words in LINES} >= {"run", "stop", "status"}


@pytest.mark.parametrize(
    ("name", "words"), LINES, ids=[f"{name}-{words[0]}-{n}" for n, (name, words) in enumerate(LINES)]
)
def test_every_command_line_is_one_the_tool_takes(name: str, words: list[str]) -> None:
    missing = unknown(words)
    assert [word for word in missing if word not in NOT_YET] == []
    if not missing:
        command_of(words[0]).make_context(words[0], list(words[1:]))


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
    assert "--write" not in settings()["OPTIONS"] + settings()["ONCE_OPTIONS"]


def test_no_example_holds_a_secret() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not re.search(
                r"(?i)(password|secret|token|apikey)\s*[:=]\s*['\"]?[A-Za-z0-9+/_-]{12,}", text
            ), path
            assert "kind: Secret" not in text, path


@pytest.mark.parametrize(
    "path", [*UNITS, TIMER, CONTAINERFILE, IGNORED, *MANIFESTS], ids=lambda path: path.name
)
def test_each_file_says_first_what_it_is(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")


def test_every_way_to_run_it_gives_a_write_the_same_time_to_end() -> None:
    for unit in UNITS:
        assert settings_of(unit)["Service"]["TimeoutStopSec"] == str(SECONDS_FOR_A_WRITE)
    for manifest in (document(path) for path in MANIFESTS):
        for pod in pods(manifest):
            assert pod["terminationGracePeriodSeconds"] == SECONDS_FOR_A_WRITE
    assert f"--stop-timeout {SECONDS_FOR_A_WRITE}" in (CONTAINERFILE.parent / "README.md").read_text("utf-8")

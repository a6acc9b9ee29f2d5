"""What goes wrong, and what then happens, as the docs tell it: each row of the table names the tests that hold it."""

from __future__ import annotations

import re

import pytest
from cli import ROOT

PAGE = (ROOT / "docs/operate.md").read_text(encoding="utf-8")
TESTS = frozenset(
    name
    for file in (ROOT / "tests").glob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
)


def rows() -> dict[str, list[str]]:
    """The rows of the table, by what happens, each with the tests it names."""
    table = PAGE.split("## When things go wrong")[1].split("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return {line.split("|")[1].strip(): re.findall(r"\btest_\w+", line) for line in lines}


@pytest.mark.parametrize("what", rows())
def test_what_the_docs_say_of_trouble_is_held_by_tests_that_are_there(what: str) -> None:
    named = rows()[what]
    assert named
    assert set(named) <= TESTS


def test_every_trouble_of_state_clock_source_and_service_has_its_row() -> None:
    told = " ".join(rows())
    for word in (
        "full",
        "read-only",
        "corrupt",
        "gone",
        "killed",
        "frozen",
        "ahead",
        "back",
        "day",
        "git",
        "folder",
    ):
        assert word in told

"""Fixtures of the command line's tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli import Desk


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An empty working folder, with nothing of the caller's own settings in the way."""
    for name in [n for n in os.environ if n.startswith("RECONCILER_") or n == "COLUMNS"]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path)


@pytest.fixture
def examples(desk: Desk) -> Desk:
    """A working folder with a fresh copy of the examples in it."""
    return desk.examples()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out and how to run it: a test that is not run must be seen not to be."""
    if "not git" in (config.option.markexpr or ""):
        terminalreporter.write_line(
            "Left out: tests that need git, npm, a browser, promtool, systemd-analyze or the schemas of Kubernetes, "
            "build a wheel, or soak the loops. Run them with: "
            "python -m pytest -m 'git or npm or browser or promtool or systemd or kubernetes or wheel or soak'"
        )

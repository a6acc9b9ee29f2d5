"""Fixtures of the command line's tests, and where a test run keeps what it writes."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from cli import Desk

MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30


def pytest_configure(config: pytest.Config) -> None:
    """Keep the folders of tests in memory, and the byte code of the processes they start in pytest's cache.

    A disk would be waited for some ten thousand times. What a process that was killed leaves behind, which is all
    that tests can show, is the same in memory. Where somebody named a place, that is taken.
    """
    if "TMPDIR" not in os.environ and _has_room(MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
    if "PYTHONPYCACHEPREFIX" not in os.environ and config.pluginmanager.has_plugin("cacheprovider"):
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(config.cache.mkdir("bytecode"))


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK) and shutil.disk_usage(folder).free >= ROOM


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

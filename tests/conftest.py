"""Fixtures of the command line's tests and of every kind of state store, and where a test run keeps what it writes."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import Desk
from compiled import compiled_once
from states import State, on_a_file, on_a_server

MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30


def pytest_configure(config: pytest.Config) -> None:
    """Keep the folders of tests in memory, and byte code, where it may stand beside no source, in pytest's cache.

    A disk would be waited for some ten thousand times. What a process that was killed leaves behind, which is all
    that tests can show, is the same in memory. Where somebody named a place, that is taken.
    """
    if "TMPDIR" not in os.environ and _has_room(MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
    if (
        sys.dont_write_bytecode
        and not sys.pycache_prefix
        and config.pluginmanager.has_plugin("cacheprovider")
    ):
        kept = str(config.cache.mkdir("bytecode"))
        sys.dont_write_bytecode, sys.pycache_prefix = False, kept
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = kept


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK) and shutil.disk_usage(folder).free >= ROOM


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays to the end anyway, and let it look as seldom as the tool itself does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000)


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """Spare all tests what is the same for every store."""
    with compiled_once():
        yield


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


@pytest.fixture(params=["file", "server"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    """Each kind of place that a state can be kept in: what is asked of one is asked of the other."""
    if request.param == "file":
        yield on_a_file(tmp_path)
        return
    with on_a_server() as served:
        yield served


@pytest.fixture
def server() -> Iterator[State]:
    """A database of a server, with our tables."""
    with on_a_server() as served:
        yield served


@pytest.fixture(scope="module")
def served() -> Iterator[State]:
    """A database with our tables and the queue's."""
    from reconciler.adapters import queue

    with on_a_server() as there:
        queue.upgrade(there.where)
        yield there


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out and how to run it: a test that is not run must be seen not to be."""
    if "not git" in (config.option.markexpr or ""):
        terminalreporter.write_line(
            "Left out: tests that need git, npm, a browser, promtool, systemd-analyze, the distribution's PostgreSQL, "
            "the schemas of Kubernetes and Compose, or build a wheel, or soak the loops. Run them with: "
            "python -m pytest -m 'git or npm or browser or promtool or systemd or kubernetes or compose or "
            "postgresql or wheel or soak'"
        )

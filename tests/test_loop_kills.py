"""A real loop, killed at a line, and another one that takes over: what was ordered is found, and ordered once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cli import ROOT, Desk
from scenes import SB, SBP, catalogue
from worlds import live, sub

from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.store import Store, open_store
from reconciler.fleet.turns import Pace
from reconciler.overview import Row, State

DEADLINE = 60
RUN = ("run", "tenants", "--write", "--speed", "0")


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """A switch to be ordered, and two licences to be added once it is done."""
    desk.configure(simulator={"addsInOrder": False})
    desk.declare("fabrikam", SBP, 22)
    desk.live(live("fabrikam", sub(plan=SB, licenses=20)))
    desk.ok("simulator", "load", "live")
    return desk


@pytest.fixture
def service(fleet: Desk) -> Iterator[Commerce]:
    there = Commerce(fleet.folder / ".reconciler" / "simulator.db", catalogue(), adds_in_order=False)
    yield there
    there.close()


def killed_at(fleet: Desk, point: str) -> None:
    """Run a loop that is killed when it comes to ``point`` for the first time."""
    words = [sys.executable, str(ROOT / "tests" / "soak_loop.py"), point, "1", *RUN]
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    with subprocess.Popen(
        words, cwd=fleet.folder, env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.PIPE, text=True
    ) as loop:
        _, told = loop.communicate(timeout=DEADLINE)
    assert loop.returncode == -signal.SIGKILL, told


def row(folder: Path) -> Row | None:
    with open_store(str(folder / ".reconciler"), create=False, now=_never) as store:
        assert isinstance(store, Store)
        showing = store.showing(None, Pace())
        found = showing.kept("fabrikam") if showing else None
        return found.row if found else None


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("point", ["sent", "called", "settled", "kept"])
def test_a_loop_killed_while_a_switch_is_ordered_is_followed_by_one_that_finishes_it(
    fleet: Desk, service: Commerce, point: str
) -> None:
    killed_at(fleet, point)
    with fleet.start(*RUN) as loop:
        until(lambda: (now := row(fleet.folder)) is not None and now.reason == "SwitchRunning")
        assert [c["operation"] for c in fleet.taken()] == ["order_switch"]
        service.advance(timedelta(minutes=10))
        until(lambda: (now := row(fleet.folder)) is not None and now.state is State.READY)
        loop.terminate()
        out, told = loop.communicate(timeout=DEADLINE)
    assert loop.returncode == 128 + signal.SIGTERM
    assert [c["operation"] for c in fleet.taken()] == ["order_switch", "set_licenses"]
    assert fleet.standing("fabrikam") == [(SBP, 22)]
    assert "main add done" in told
    assert "1 ready" in out
    assert "Traceback" not in told


def _never() -> None:
    raise AssertionError("a reader asks for no time")

"""What is shown while something takes long: nothing at first, a line on a terminal, a heartbeat elsewhere."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from worlds import START, World, declare, live

from reconciler.act import Errand
from reconciler.cli import progress
from reconciler.cli.progress import HEARTBEAT, QUIET_FOR, Progress, counting
from reconciler.cli.waiting import ServiceClock
from reconciler.reconcile import reconcile


class Screen(io.StringIO):
    """A stderr that says whether it is a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


Pass = Callable[[float], None]


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Lets seconds go by for the progress line."""
    moment = [1000.0]

    def on(seconds: float) -> None:
        moment[0] += seconds

    monkeypatch.setattr(progress.time, "monotonic", lambda: moment[0])
    return on


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], Screen]:
    """Puts a screen in the place of stderr, from within the test: pytest puts its own back between fixture and test."""

    def put(terminal: bool) -> Screen:
        shown = Screen(terminal=terminal)
        monkeypatch.setattr("sys.stderr", shown)
        monkeypatch.setenv("TERM", "xterm")
        return shown

    return put


@pytest.mark.parametrize("terminal", [True, False])
def test_quick_work_shows_nothing(screen: Callable[[bool], Screen], passes: Pass, terminal: bool) -> None:
    shown = screen(terminal)
    show = Progress()
    for _ in range(3):
        passes(QUIET_FOR / 4)
        show("planning 1/3")
    show.close()
    assert shown.getvalue() == ""


def test_elsewhere_than_on_a_terminal_a_line_comes_now_and_then(
    screen: Callable[[bool], Screen], passes: Pass
) -> None:
    shown = screen(False)
    show = Progress()
    for second in range(1, 41):
        passes(1)
        show(f"planning {second}/40")
    beats = [f"planning {second}/40" for second in (HEARTBEAT, 2 * HEARTBEAT)]
    assert shown.getvalue().splitlines() == [beat.replace(".0", "") for beat in beats]


def test_on_a_terminal_one_line_stays_in_place_and_goes_away(
    screen: Callable[[bool], Screen], passes: Pass
) -> None:
    shown = screen(True)
    show = Progress()
    passes(2)
    show("planning 7/9")
    show.close()
    told = shown.getvalue()
    assert "planning 7/9" in told
    # Drawn anew in its place, and taken away at the end: the cursor is hidden and comes back.
    assert "\x1b[?25l" in told
    assert told.rstrip().endswith(("\x1b[?25h", "\x1b[2K", "\r", "\x1b[1A\x1b[2K"))


def test_what_is_counted_says_how_many_of_how_many(screen: Callable[[bool], Screen], passes: Pass) -> None:
    shown = screen(False)
    for _ in counting(range(40), 40, "planning"):
        passes(1)
    assert shown.getvalue().splitlines()[0].startswith("planning ")
    assert shown.getvalue().splitlines()[0].endswith("/40")


def test_a_switch_that_is_followed_tells_how_long_it_has_been_and_the_state_last_seen(tmp_path: Path) -> None:
    said: list[str] = []
    with World(tmp_path, live("fabrikam")) as world:
        waiter = ServiceClock(world.service, timedelta(minutes=75), said.append)
        declared = declare("fabrikam")
        reconcile(declared, world.plan(declared), replace(world.ports(), waiter=waiter), Errand("plan-1"))
        assert world.service.now() > START
    assert all(
        line.startswith("fabrikam: switch ") and line.endswith(" min of service time") for line in said
    )
    states, elapsed = zip(*(line.removeprefix("fabrikam: switch ").split(", ") for line in said), strict=True)
    assert set(states) <= {"ordered", "running"}
    assert elapsed[0].startswith("0:00")
    assert len(set(elapsed)) > 1

"""Where a result can not be printed: a full disk, a closed stream, a reader that went away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli import ROOT, Desk
from worlds import live

SBP = "office-365-small-business-premium"
FULL = Path("/dev/full")
TOTALS = "Apply: 0 done, 1 started, 0 waiting, 0 blocked, 0 for support, 0 failed, 0 unknown."
# Prints, and then waits for the word before it goes on: so that a reader can go away in between.
WAITS = """
import sys
from reconciler.adapters.simulator.backend import Writer
from reconciler.cli import main

real = Writer.switch

def waits(self, order):
    sys.__stdout__.write("WRITING\\n")
    sys.__stdout__.flush()
    sys.stdin.readline()
    real(self, order)

Writer.switch = waits
main(sys.argv[1:])
"""

needs_full = pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """One tenant with a switch to order."""
    desk.configure()
    desk.declare("fabrikam", SBP, 20)
    desk.live(live("fabrikam"))
    desk.ok("simulator", "load", "live")
    return desk


def ended(desk: Desk, shell: str, *words: str) -> tuple[int, str]:
    """Exit code and stderr of a command whose streams a shell has turned round."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {shell}', "sh", sys.executable, "-m", "reconciler", *words],
        cwd=desk.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@needs_full
@pytest.mark.parametrize(
    "words",
    [
        ("plan", "tenants"),
        ("plan", "tenants", "--format", "json"),
        ("validate", "tenants"),
        ("schema",),
        ("--help",),
        ("stop",),
        ("version",),
        ("catalogue",),
    ],
    ids=" ".join,
)
def test_a_result_that_a_full_disk_does_not_take_is_one_line_and_an_error(
    fleet: Desk, words: tuple[str, ...]
) -> None:
    code, err = ended(fleet, ">/dev/full", *words)
    assert code == 1
    (line,) = err.splitlines()
    assert line.startswith("error: the result could not be printed (No space left on device)")


@needs_full
def test_a_plan_nobody_could_see_is_not_applied(fleet: Desk) -> None:
    code, err = ended(fleet, ">/dev/full", "apply", "tenants", "--auto-approve")
    assert code == 1
    assert err.startswith("error: Nothing was written: the change plan could not be printed")
    assert fleet.asked() == []


@needs_full
def test_what_was_written_is_told_on_stderr_where_the_result_finds_no_room(fleet: Desk) -> None:
    code, err = ended(fleet, ">/dev/full", "apply", "tenants", "--auto-approve", "--format", "json")
    assert code == 1
    first, last = err.splitlines()
    assert "could not be printed: No space left on device" in first
    assert "`reconciler status`" in first
    assert last == TOTALS
    assert len(fleet.taken()) == 1


@needs_full
def test_with_no_room_for_anything_the_exit_code_still_tells(fleet: Desk) -> None:
    assert ended(fleet, ">/dev/full 2>/dev/full", "plan", "tenants")[0] == 1
    assert ended(fleet, "2>/dev/full", "plan", "nowhere")[0] == 1


def test_with_stdout_closed_the_exit_code_tells_and_nothing_breaks(fleet: Desk) -> None:
    code, err = ended(fleet, ">&-", "plan", "tenants", "--detailed-exitcode")
    assert (code, err) == (2, "")
    assert ended(fleet, ">&- 2>&-", "plan", "tenants", "--exit-codes", "full")[0] == 2


def test_nobody_is_asked_about_a_plan_that_has_no_place_to_stand(fleet: Desk) -> None:
    code, err = ended(fleet, ">&- <&-", "apply", "tenants")
    assert code == 1
    assert "Nothing was written" in err
    assert fleet.asked() == []


def test_the_totals_go_to_stderr_when_the_reader_of_the_result_has_gone(fleet: Desk) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITS, "apply", "tenants", "--auto-approve"],
        cwd=fleet.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdin
        assert process.stderr
        assert any("WRITING" in line for line in process.stdout)
        process.stdout.close()
        process.stdin.write("go on\n")
        process.stdin.close()
        err = process.stderr.read()
    assert process.returncode == 1
    assert err.splitlines()[-1] == TOTALS
    assert "Traceback" not in err
    assert len(fleet.taken()) == 1

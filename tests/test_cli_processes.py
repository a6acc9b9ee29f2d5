"""What only a real process shows: signals in the middle of a write, a killed run, two at once, a terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from cli import ROOT, Desk
from worlds import live, lowered, sub

SB, SBP = "office-365-small-business", "office-365-small-business-premium"
DEADLINE = 60
# A writer that says when it is about to write, and writes when it is told to.
HELD_UP = """
import sys
from reconciler.adapters.simulator.backend import Writer
from reconciler.cli import main

real = Writer.raise_licenses

def held_up(self, order):
    sys.__stdout__.write("WRITING\\n")
    sys.__stdout__.flush()
    sys.stdin.readline()
    real(self, order)

Writer.raise_licenses = held_up
main(sys.argv[1:])
"""
KILLED = """
import os, signal, sys
from reconciler.adapters.simulator.backend import Writer
from reconciler.cli import main

real = Writer.raise_licenses

def killed(self, order):
    if sys.argv[1] == "after":
        real(self, order)
    os.kill(os.getpid(), signal.SIGKILL)

Writer.raise_licenses = killed
main(sys.argv[2:])
"""
APPLY = ("apply", "tenants", "--auto-approve")


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """Three tenants, each with one licence to add."""
    desk.configure()
    for number, name in enumerate(("contoso", "fabrikam", "northwind")):
        desk.declare(name, SB, 21)
        guid = f"00000000-0000-4000-8000-{number:012d}"
        desk.live(live(name, sub(id=f"sub-{name}"), tenantId=guid))
    desk.ok("simulator", "load", "live")
    return desk


def _hears_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def running(desk: Desk, code: str, *words: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process of the tool with a change of heart in it; killed if it should hang."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words],
        **{
            "cwd": desk.folder,
            "stdin": subprocess.PIPE,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
            "env": {**os.environ, "PYTHONPATH": str(ROOT)},
            # A test run started in the background inherits an ignored SIGINT, and would hand it on.
            "preexec_fn": _hears_ctrl_c,
            **options,
        },
    )
    watchdog = threading.Timer(DEADLINE, process.kill)
    watchdog.start()
    try:
        with process:
            yield process
    finally:
        process.kill()
        watchdog.cancel()


def until(process: subprocess.Popen[str], word: str) -> str:
    """Read stdout up to the line that holds the word."""
    assert process.stdout
    told = ""
    for line in process.stdout:
        told += line
        if word in line:
            return told
    raise AssertionError(told)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_finishes_the_write_in_flight_prints_the_summary_and_ends_with_128_and_its_number(
    fleet: Desk, number: signal.Signals, code: int
) -> None:
    with running(fleet, HELD_UP, *APPLY) as process:
        until(process, "WRITING")
        process.send_signal(number)
        assert process.stderr
        assert "finishing the write in flight" in process.stderr.readline() + process.stderr.readline()
        process.send_signal(number)
        out, err = process.communicate("go on\n" * 3)
    assert process.returncode == code
    assert out.splitlines()[-1] == (
        "Apply: 1 done, 0 started, 2 waiting, 0 blocked, 0 for support, 0 failed, 0 unknown."
    )
    assert "interrupted; run again" in " ".join(out.split())
    assert "Traceback" not in err
    assert [c["tenant"] for c in fleet.taken()] == ["contoso"]
    assert fleet.apply().code == 0
    assert [c["tenant"] for c in fleet.taken()] == ["contoso", "fabrikam", "northwind"]


def test_a_signal_while_planning_ends_with_130_and_writes_nothing(fleet: Desk) -> None:
    code = HELD_UP.replace("Writer", "Reader").replace("raise_licenses", "observe_all")
    with running(fleet, code, *APPLY) as process:
        until(process, "WRITING")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert err.strip() == "Interrupted; nothing was written."
    assert fleet.asked() == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_killed_in_the_middle_of_a_write_is_resumed_and_nothing_is_written_twice(
    fleet: Desk, moment: str
) -> None:
    with running(fleet, KILLED, moment, *APPLY) as process:
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    for _ in range(3):
        fleet.apply("tenants", "--wait")
    assert Counter(c["tenant"] for c in fleet.taken()) == {"contoso": 1, "fabrikam": 1, "northwind": 1}
    assert lowered(fleet.asked()) == []
    assert fleet.run(*APPLY, "--exit-codes", "full").code == 0


def test_a_saved_plan_killed_in_the_middle_is_used_up(fleet: Desk) -> None:
    fleet.ok("plan", "tenants", "--out", "fleet.plan.json")
    with running(fleet, KILLED, "before", "apply", "--plan", "fleet.plan.json") as process:
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    answer = fleet.run("apply", "--plan", "fleet.plan.json")
    assert answer.code == 1
    assert "applied once" in answer.err


def test_two_runs_at_once_write_everything_once(fleet: Desk) -> None:
    fleet.declare("fabrikam", SBP, 25)
    with running(fleet, HELD_UP, *APPLY, "--wait") as first:
        until(first, "WRITING")
        with running(fleet, HELD_UP, *APPLY, "--wait") as second:
            # The second one has planned, and comes to the tenant that the first one holds.
            until(second, "Plan: ")
            told, _ = first.communicate("go on\n" * 3)
            others, err = second.communicate("go on\n" * 3)
    assert (first.returncode, second.returncode) == (0, 0), told + others + err
    assert Counter(c["tenant"] for c in fleet.taken()) == {"contoso": 1, "fabrikam": 1, "northwind": 1}
    assert len([c for c in fleet.asked() if c["operation"] == "order_switch"]) == 1
    assert lowered(fleet.asked()) == []
    assert fleet.run(*APPLY, "--exit-codes", "full").code == 0


def test_a_saved_plan_applied_twice_at_once_counts_once(fleet: Desk) -> None:
    fleet.ok("plan", "tenants", "--out", "fleet.plan.json")
    words = ("apply", "--plan", "fleet.plan.json")
    with running(fleet, HELD_UP, *words) as first:
        until(first, "WRITING")
        with running(fleet, HELD_UP, *words) as second:
            told, err = second.communicate("go on\n" * 3)
        assert second.returncode == 1, told + err
        first.communicate("go on\n" * 3)
    assert first.returncode == 0
    assert Counter(c["tenant"] for c in fleet.asked()) == {"contoso": 1, "fabrikam": 1, "northwind": 1}


def asked_on_a_terminal(desk: Desk, typed: bytes) -> tuple[int, str, str]:
    """Apply with a person at the keyboard, who types at the question."""
    ours, theirs = pty.openpty()
    try:
        with running(desk, "from reconciler.cli import main; main()", *APPLY[:2], stdin=theirs) as process:
            until(process, "Plan: ")
            assert process.stderr
            asked = ""
            while "taken as yes: " not in asked:
                letter = process.stderr.read(1)
                assert letter, asked
                asked += letter
            os.write(ours, typed)
            out, err = process.communicate()
    finally:
        os.close(ours)
        os.close(theirs)
    return process.returncode, out, err


def test_the_word_yes_typed_on_a_terminal_applies(fleet: Desk) -> None:
    code, out, _ = asked_on_a_terminal(fleet, b"yes\n")
    assert code == 0
    assert out.splitlines()[-1].startswith("Apply: 3 done,")
    assert len(fleet.taken()) == 3


def test_another_word_typed_on_a_terminal_writes_nothing(fleet: Desk) -> None:
    code, out, err = asked_on_a_terminal(fleet, b"no\n")
    assert code == 1
    assert "Not approved; nothing was written." in err
    assert "Apply: " not in out
    assert fleet.asked() == []


@pytest.mark.parametrize("typed", [b"y\n", b"YES\n", b"yes please\n", b"\n", b"\x04"])
def test_any_other_word_writes_nothing(fleet: Desk, typed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed is read from a real terminal, but by this process: what it is taken for needs no other."""
    ours, theirs = pty.openpty()
    with open(theirs, encoding="utf-8") as keyboard:
        monkeypatch.setattr("sys.stdin", keyboard)
        os.write(ours, typed)
        answer = fleet.run(*APPLY[:2])
    os.close(ours)
    assert answer.code == 1
    assert "Not approved; nothing was written." in answer.err
    assert "Apply: " not in answer.out
    assert fleet.asked() == []


def test_ctrl_c_at_the_question_writes_nothing(fleet: Desk) -> None:
    ours, theirs = pty.openpty()
    try:
        with running(fleet, "from reconciler.cli import main; main()", *APPLY[:2], stdin=theirs) as process:
            until(process, "Plan: ")
            assert process.stderr
            while process.stderr.read(1) != "?":
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            _, err = process.communicate()
    finally:
        os.close(ours)
        os.close(theirs)
    assert process.returncode == 130
    assert "nothing was written" in err
    assert fleet.asked() == []


@pytest.mark.parametrize(
    ("words", "environment", "coloured"),
    [
        ((), {}, True),
        (("--no-color",), {}, False),
        ((), {"NO_COLOR": "1"}, False),
        ((), {"TERM": "dumb"}, False),
        (("--format", "json"), {}, False),
    ],
)
def test_a_terminal_gets_colours_unless_somebody_wants_none(
    fleet: Desk, words: tuple[str, ...], environment: dict[str, str], coloured: bool
) -> None:
    base = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
    ours, theirs = pty.openpty()
    with running(
        fleet,
        "from reconciler.cli import main; main()",
        *("plan", "tenants", *words),
        stdout=theirs,
        env={**base, "TERM": "xterm", "PYTHONPATH": str(ROOT), **environment},
    ) as process:
        os.close(theirs)
        told = b""
        while part := _read(ours):
            told += part
        assert process.wait() == 0
    os.close(ours)
    assert b"fabrikam" in told
    assert (b"\x1b[" in told) is coloured


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:
        # The other end of a terminal is gone: there is no more to read.
        return b""


def test_a_reader_that_goes_away_gets_no_traceback(desk: Desk) -> None:
    with desk.start("catalogue") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 1
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("validate", "tenants"), 0),
        (("validate", "nowhere"), 1),
        (("plan", "tenants", "--detailed-exitcode"), 2),
    ],
)
def test_the_module_ends_with_the_commands_exit_code(fleet: Desk, words: tuple[str, ...], code: int) -> None:
    with fleet.start(*words) as process:
        process.communicate(timeout=DEADLINE)
    assert process.returncode == code

"""A command killed before each single statement it gives to its store: what is left opens, verifies and settles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli import ROOT, Desk
from journals import ask, verified, version_1
from worlds import live, sub

TESTS = Path(__file__).parent
SB = "office-365-small-business"
DOMAIN = "fabrikam.onmicrosoft.com"
# One process loads all of the tool by running the command once, and a child of it is killed for each point: before
# its statement number n (a transaction's begin and end are statements too), in a copy of the folder of its own.
KILLING = """
import gc, io, json, os, shutil, signal, sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from compiled import compiled_once
from sqlalchemy import Engine, event
from reconciler.cli import run

origin, copies, passed_over, words = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:]
point, count = 0, 0

def one_more(connection, cursor=None, statement="", *_):
    global count
    # What only reads leaves the file as it was: to die before it is to die before the next that writes.
    if statement.startswith(("SELECT", "PRAGMA", "BEGIN ")) and statement != "BEGIN IMMEDIATE":
        return
    if passed_over and statement.startswith(passed_over):
        return
    count += 1
    if count == point:
        os.kill(os.getpid(), signal.SIGKILL)

def called():
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        return run(words)

event.listen(Engine, "before_cursor_execute", one_more)
event.listen(Engine, "commit", one_more)
shutil.copytree(origin, copies / "0")
os.chdir(copies / "0")
ended = []
with compiled_once():
    called()
    # What all children share is theirs to read: a collector that went through it would copy it for each of them.
    gc.freeze()
    while not ended or ended[-1] == -signal.SIGKILL:
        point += 1
        folder = copies / str(point)
        shutil.copytree(origin, folder)
        child = os.fork()
        if child == 0:
            os.chdir(folder)
            count = 0
            os._exit(called())
        ended.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(json.dumps(ended))
"""


def killed_everywhere(origin: Path, copies: Path, *words: str, passed_over: str = "") -> list[int]:
    """How each child ended: all but the last by the signal, each having come a statement further.

    None is killed before a statement that begins with ``passed_over``.
    """
    done = subprocess.run(
        [sys.executable, "-c", KILLING, str(origin), str(copies), passed_over, *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS), str(ROOT)))},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[int] = json.loads(done.stdout)
    assert found[-1] == 0
    return found


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """One tenant with one licence to add, in a folder below."""
    below = Desk(desk.folder / "origin")
    below.folder.mkdir()
    os.chdir(below.folder)
    below.configure()
    below.declare("fabrikam", SB, 21)
    below.live(live("fabrikam", sub()))
    below.ok("simulator", "load", "live")
    return below


def left_by(copies: Path, ended: list[int]) -> list[Desk]:
    """The folders the killed ones left, those alike only once: what the journal says and what the service took."""
    found: dict[object, Desk] = {}
    for point in range(1, len(ended)):
        left = Desk(copies / str(point))
        os.chdir(left.folder)
        state = left.folder / ".reconciler"
        file = state / "state.db"
        told = left.ok("history", "--verify", "--format", "json").json()
        assert told["as_recorded"], (point, told)
        # Ids are made anew in each run: which changes were recorded is what tells the folders apart.
        journal = ask(file, "SELECT kind FROM ledger ORDER BY number") if file.exists() else None
        found.setdefault((repr(journal), len(left.taken())), left)
    return list(found.values())


def test_apply_killed_anywhere_leaves_a_journal_that_verifies_and_settles(
    fleet: Desk, tmp_path: Path
) -> None:
    copies = tmp_path / "copies"
    ended = killed_everywhere(fleet.folder, copies, "apply", "tenants", "--auto-approve")
    assert len(ended) > 40
    different = left_by(copies, ended)
    assert len(different) > 4
    for left in different:
        os.chdir(left.folder)
        for _ in range(3):
            left.apply("tenants", "--wait")
        assert left.standing("fabrikam") == [(SB, 21)]
        assert len(left.taken()) == 1, "it was ordered twice"
        (last, *_) = left.ok("history", DOMAIN, "--format", "json").json()["events"]
        assert (last["outcome"], last["seen"]) == ("done", True)
        assert verified(left.folder / ".reconciler").sound


BRAKES: list[tuple[str, ...]] = [
    ("suspend", DOMAIN, "--reason", "merger", "--owner", "ola", "--until", "2099-12-24"),
    ("stop", "--reason", "audit"),
]


@pytest.mark.parametrize("words", BRAKES, ids=lambda words: words[0])
@pytest.mark.parametrize("older", [False, True], ids=["no store yet", "an older store"])
def test_a_brake_killed_anywhere_is_set_or_not_and_can_be_set_again(
    fleet: Desk, tmp_path: Path, words: tuple[str, ...], older: bool
) -> None:
    state = fleet.folder / ".reconciler"
    if older:
        version_1(state)
    copies = tmp_path / "copies"
    # Killed while its tables are made, any command leaves the same draft; `apply` is, before each of them.
    ended = killed_everywhere(fleet.folder, copies, *words, passed_over="CREATE ")
    assert len(ended) > 5
    for point in range(1, len(ended)):
        left = Desk(copies / str(point))
        os.chdir(left.folder)
        answer = left.run("history", "--verify")
        assert answer.code == 0 or "kept no ledger" in answer.err, answer.both
        left.ok(*words)
        assert verified(left.folder / ".reconciler").sound
        assert words[2 if words[0] == "stop" else 3] in left.ok("history", DOMAIN).out

"""Loops as real processes: signals, kills, freezes, two on one store, and disks that fill up."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from cli import Desk
from test_cli_processes import running, until
from worlds import live, lowered, sub

SB, SBP = "office-365-small-business", "office-365-small-business-premium"
WRITES = ("run", "tenants", "--write")
SOON = 20.0
PLAIN = """
import sys
from reconciler.cli import main
main(sys.argv[1:])
"""
# A step that says that it has come, and goes on when it is told to.
HELD_UP = """
import sys
from reconciler.adapters.simulator.backend import Writer
from reconciler.adapters.store.journal import StoredJournal
from reconciler.adapters.store import claims
from reconciler.cli import main
from datetime import timedelta

def held_up(self, *words, **named):
    if "after" in sys.argv[1]:
        real(self, *words, **named)
    sys.__stdout__.write("HELD UP\\n")
    sys.__stdout__.flush()
    sys.stdin.readline()
    if "after" not in sys.argv[1]:
        return real(self, *words, **named)

kind, name = (StoredJournal, "intend") if "intent" in sys.argv[1] else (Writer, "switch")
if "brief" in sys.argv[1]:
    claims.LASTS = timedelta(seconds=0.2)
real = getattr(kind, name)
setattr(kind, name, held_up)
main(sys.argv[2:])
"""
KILLED = """
import os, signal, sys
from reconciler.adapters.simulator.backend import Writer
from reconciler.cli import main

real = Writer.switch

def killed(self, order):
    real(self, order)
    os.kill(os.getpid(), signal.SIGKILL)

Writer.switch = killed
main(sys.argv[1:])
"""


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """One to switch, with two licences to add; one at rest."""
    desk.configure(loop={"concurrency": 1})
    desk.declare("fabrikam", SBP, 22)
    desk.declare("contoso", SBP, 20)
    desk.live(live("fabrikam", sub(id="sub-f"), tenantId="00000000-0000-4000-8000-000000000001"))
    desk.live(live("contoso", sub(id="sub-c", plan=SBP), tenantId="00000000-0000-4000-8000-000000000002"))
    desk.ok("simulator", "load", "live")
    return desk


def heard(process: subprocess.Popen[str], *words: str) -> str:
    """Read the log up to a line that holds all the words."""
    assert process.stderr
    told = ""
    for line in process.stderr:
        told += line
        if all(word in line for word in words):
            return told
    raise AssertionError(told)


def ends(process: subprocess.Popen[str], given: str | None = None) -> tuple[str, str]:
    out, err = process.communicate(given, timeout=SOON)
    assert "Traceback" not in err
    return out, err


def orders(desk: Desk) -> list[str]:
    return [c["tenant"] for c in desk.asked() if c["operation"] == "order_switch"]


def is_well_in_the_end(desk: Desk) -> None:
    """Rounds on, and time, until all is as declared: by one order, and nothing open."""
    for _ in range(6):
        desk.run(*WRITES, "--once")
        if desk.standing("fabrikam") == [(SBP, 22)]:
            break
        desk.ok("simulator", "advance", "20m")
    assert desk.standing("fabrikam") == [(SBP, 22)]
    assert orders(desk) == ["fabrikam"]
    assert lowered(desk.asked()) == []
    desk.ok(*WRITES, "--once")
    assert orders(desk) == ["fabrikam"]
    assert "no write waits" in desk.ok("resolve", "fabrikam").out
    desk.ok("history", "--verify")


# Signals


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), pytest.param(signal.SIGINT, 130, marks=pytest.mark.soak)]
)
def test_the_first_signal_finishes_the_write_in_flight_begins_none_and_tells_the_sums(
    fleet: Desk, number: signal.Signals, code: int
) -> None:
    fleet.declare("contoso", SBP, 25)
    with running(fleet, HELD_UP, "before", *WRITES, "--format", "json") as process:
        until(process, "HELD UP")
        written = [c for c in fleet.taken() if c["tenant"] != "fabrikam"]
        process.send_signal(number)
        heard(process, "finished, no other is begun")
        out, _ = ends(process, "go on\n")
    assert process.returncode == code
    sums = json.loads(out)
    assert (sums["switched"], sums["failed"]) == (1, 0)
    assert orders(fleet) == ["fabrikam"]
    assert [c for c in fleet.taken() if c["tenant"] != "fabrikam"] == written
    assert fleet.ok("resolve", "fabrikam").out.count("no write waits") == 1
    is_well_in_the_end(fleet)


@pytest.mark.parametrize("moment", [pytest.param("before", marks=pytest.mark.soak), "after"])
def test_a_second_signal_leaves_at_once_and_the_next_start_finds_everything(fleet: Desk, moment: str) -> None:
    with running(fleet, HELD_UP, moment, *WRITES) as process:
        until(process, "HELD UP")
        process.send_signal(signal.SIGTERM)
        heard(process, "finished, no other is begun")
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(SOON) == 143
        assert time.monotonic() - begun < 5
        assert process.stderr
        assert "found again by the next start" in process.stderr.read()
    is_well_in_the_end(fleet)


def test_a_loop_at_rest_ends_promptly(fleet: Desk) -> None:
    with running(fleet, PLAIN, *WRITES) as process:
        heard(process, "fabrikam: ", "end=switching")
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        out, err = ends(process)
        assert time.monotonic() - begun < 3
    assert process.returncode == 143
    assert "Tenants: " in out
    assert "ended" in err


def test_a_second_signal_leaves_at_once_even_while_the_database_is_waited_for(fleet: Desk) -> None:
    with running(fleet, PLAIN, *WRITES) as process:
        heard(process, "end=switching")
        with closing(sqlite3.connect(fleet.folder / ".reconciler/state.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            # Its next round wants to write, and would wait for half a minute.
            time.sleep(1.5)
            process.send_signal(signal.SIGTERM)
            heard(process, "finished, no other is begun")
            process.send_signal(signal.SIGTERM)
            assert process.wait(5) == 143
    is_well_in_the_end(fleet)


@contextmanager
def silent_host() -> Iterator[str]:
    """A host that takes every call and answers none."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        calls: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    calls.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/tenants.git"
        server.shutdown(socket.SHUT_RDWR)
        for call in calls:
            call.close()


@pytest.mark.git
@pytest.mark.parametrize("words", [(), ("--once",)])
def test_a_signal_ends_a_loop_whose_git_server_hangs_and_git_with_it(
    fleet: Desk, words: tuple[str, ...]
) -> None:
    with silent_host() as url, running(fleet, PLAIN, "run", url, "--write", *words) as process:
        heard(process, "began")
        time.sleep(1)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        ends(process)
        assert time.monotonic() - begun < 5
        assert process.returncode == 143
        left = subprocess.run(["pgrep", "-f", url], capture_output=True, text=True, check=False)
        assert left.stdout == ""
    assert fleet.asked() == []


# Kills and freezes


def test_a_loop_killed_while_a_switch_is_ordered_is_found_waited_for_and_finished_by_the_next(
    desk: Desk,
) -> None:
    """The service of this one adds no licences in the switch's order: they are a step of their own, afterwards."""
    desk.configure(simulator={"addsInOrder": False})
    desk.declare("fabrikam", SBP, 22)
    desk.live(live("fabrikam", sub(id="sub-f")))
    desk.ok("simulator", "load", "live")
    with running(desk, KILLED, *WRITES) as process:
        process.communicate(timeout=SOON)
    assert process.returncode == -signal.SIGKILL
    assert [c["operation"] for c in desk.taken()] == ["order_switch"]
    # Ten minutes of the service pass in a second.
    with running(desk, PLAIN, *WRITES, "--speed", "600", "--log-format", "json") as process:
        told = heard(process, '"ready')
        process.send_signal(signal.SIGTERM)
        ends(process)
    assert "reconciling" in told
    assert desk.standing("fabrikam") == [(SBP, 22)]
    assert [c["operation"] for c in desk.taken()] == ["order_switch", "set_licenses"]
    assert orders(desk) == ["fabrikam"]


@pytest.mark.soak
def test_a_loop_that_was_frozen_and_whose_turn_another_took_writes_nothing_when_it_goes_on(
    fleet: Desk,
) -> None:
    with running(fleet, HELD_UP, "brief intent", *WRITES) as frozen:
        until(frozen, "HELD UP")
        frozen.send_signal(signal.SIGSTOP)
        with running(fleet, PLAIN, *WRITES, "--speed", "60") as other:
            # It has the turn, and waits for the tenant, which the frozen one still holds.
            heard(other, "fabrikam: ", "end=held")
            frozen.send_signal(signal.SIGCONT)
            assert frozen.stdin
            frozen.stdin.write("go on\n")
            frozen.stdin.flush()
            heard(frozen, "another loop has taken", "fabrikam: ")
            assert orders(fleet) == []
            frozen.send_signal(signal.SIGTERM)
            ends(frozen, "go on\n" * 3)
            heard(other, "fabrikam: ", "end=switching")
            other.send_signal(signal.SIGTERM)
            ends(other)
    is_well_in_the_end(fleet)


def test_two_loops_share_a_store_and_order_everything_once(desk: Desk) -> None:
    names = [f"tenant-{n}" for n in range(6)]
    desk.configure()
    for number, name in enumerate(names):
        desk.declare(name, SBP, 22)
        guid = f"00000000-0000-4000-8000-{number:012d}"
        desk.live(live(name, sub(id=f"sub-{number}"), tenantId=guid))
    desk.ok("simulator", "load", "live")
    with running(desk, PLAIN, *WRITES) as one, running(desk, PLAIN, *WRITES) as two:
        wait_for(lambda: len(orders(desk)) >= len(names))
        for process in (one, two):
            process.send_signal(signal.SIGTERM)
        for process in (one, two):
            ends(process)
    assert Counter(orders(desk)) == dict.fromkeys(names, 1)
    assert lowered(desk.asked()) == []
    desk.ok("history", "--verify")


def wait_for(what: Callable[[], object], seconds: float = SOON) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.1)


# Probes, and a state that goes away


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_probes_tell_of_a_state_that_is_gone_and_of_its_return(fleet: Desk) -> None:
    state = fleet.folder / ".reconciler/state.db"
    with running(fleet, PLAIN, *WRITES, "--listen", "127.0.0.1:0") as process:
        told = heard(process, "the status page is at")
        url = told.rsplit("http://", 1)[1].split("/")[0]
        heard(process, "fabrikam: ", "end=switching")
        wait_for(lambda: status(f"http://{url}/readyz") == 200)
        state.rename(state.with_suffix(".away"))
        assert {
            path: status(f"http://{url}/{path}") for path in ("healthz", "readyz", "late", "metrics")
        } == {
            "healthz": 200,
            "readyz": 503,
            "late": 503,
            "metrics": 200,
        }
        heard(process, "another file was put in its place")
        state.with_suffix(".away").rename(state)
        heard(process, "can be used again")
        assert status(f"http://{url}/readyz") == 200
        process.send_signal(signal.SIGTERM)
        ends(process)
    is_well_in_the_end(fleet)


# A round for cron, with each of these troubles


def garbage(desk: Desk) -> None:
    (desk.folder / ".reconciler").mkdir(exist_ok=True)
    (desk.folder / ".reconciler/state.db").write_bytes(b"no database " * 1000)


def gone(desk: Desk) -> None:
    desk.ok("apply", "tenants", "--tenant", "contoso", "--auto-approve")
    desk.ok("simulator", "set", "contoso.sub-c.licenses=10")
    desk.apply("tenants", "--tenant", "contoso")
    (desk.folder / ".reconciler/state.db").unlink()


def no_tenants(desk: Desk) -> None:
    shutil.rmtree(desk.folder / "tenants")


def empty_folder(desk: Desk) -> None:
    no_tenants(desk)
    (desk.folder / "tenants").mkdir()


def broken_files(desk: Desk) -> None:
    for name in ("fabrikam", "contoso"):
        desk.put(f"tenants/{name}.yaml", "nonsense: [")


def shrunk(desk: Desk) -> None:
    for number in range(8):
        desk.declare(f"more-{number}", SBP, 20)
    desk.run("run", "tenants", "--once")
    for number in range(8):
        (desk.folder / f"tenants/more-{number}.yaml").unlink()


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (garbage, "not a database"),
        (gone, "locks of earlier runs"),
        (no_tenants, "tenants"),
        (empty_folder, "tenants"),
        (broken_files, "contoso.yaml"),
        (shrunk, "nothing"),
    ],
)
def test_a_round_in_trouble_ends_with_1_and_a_sentence_and_writes_nothing(
    fleet: Desk, trouble: Callable[[Desk], None], sentence: str
) -> None:
    trouble(fleet)
    before = fleet.asked()
    answer = fleet.run(*WRITES, "--once")
    assert answer.code == 1, answer.both
    assert sentence in answer.both
    assert fleet.asked() == before


@pytest.mark.git
def test_a_round_that_reaches_no_git_server_ends_with_1_and_a_sentence(fleet: Desk) -> None:
    answer = fleet.run("run", "http://127.0.0.1:1/tenants.git", "--once", "--write")
    assert answer.code == 1
    assert "127.0.0.1" in answer.both
    assert fleet.asked() == []


def test_a_round_with_a_service_that_does_not_answer_ends_as_apply_does_and_writes_nothing(
    fleet: Desk,
) -> None:
    for name in ("fabrikam", "contoso"):
        fleet.ok("simulator", "fault", name, "error", "--always", "--option", "on=read")
    answer = fleet.run(*WRITES, "--once")
    assert "2 unknown" in answer.out
    assert answer.code == fleet.apply().code
    assert fleet.asked() == []


# Disks


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes; only root may have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(folder)], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill_up(file: Path) -> None:
    with open(file, "wb", buffering=0) as all_of_it:
        while True:
            all_of_it.write(b"\0" * 4096)


@pytest.mark.soak
def test_a_disk_that_fills_up_under_a_loop_holds_every_write_until_there_is_room(
    fleet: Desk, small_disk: Path
) -> None:
    state = small_disk / "state"
    shutil.copytree(fleet.folder / ".reconciler", state)
    words = ("--state", str(state))
    fleet.declare("fabrikam", SB, 20)
    with running(fleet, PLAIN, *WRITES, *words, "--speed", "600") as process:
        heard(process, "fabrikam: ", "end=at-rest")
        filler = small_disk / "filler"
        with pytest.raises(OSError, match="No space left"):
            fill_up(filler)
        fleet.declare("fabrikam", SBP, 22)
        heard(process, "full")
        time.sleep(3)
        assert process.poll() is None
        filler.unlink()
        heard(process, "can be used again")
        heard(process, "fabrikam: ", "end=switching")
        process.send_signal(signal.SIGTERM)
        _, err = ends(process)
    assert process.returncode == 143
    assert err.count("full") <= 3
    calls = fleet.ok("simulator", "log", "--format", "json", *words).json()["calls"]
    assert [c["operation"] for c in calls if c["operation"] == "order_switch"] == ["order_switch"]


@pytest.mark.soak
def test_a_round_on_a_read_only_disk_ends_with_1_and_a_sentence(fleet: Desk, small_disk: Path) -> None:
    state = small_disk / "state"
    shutil.copytree(fleet.folder / ".reconciler", state)
    fleet.ok("run", "tenants", "--once", "--state", str(state))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    answer = fleet.run(*WRITES, "--once", "--state", str(state))
    assert answer.code == 1
    assert "can not be used" in answer.err or "can not be read" in answer.err
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert "order_switch" not in fleet.ok("simulator", "log", "--state", str(state)).out


@pytest.mark.soak
def test_kills_at_any_moment_of_a_loop_leave_one_order_for_each_tenant(desk: Desk) -> None:
    names = [f"tenant-{n}" for n in range(8)]
    desk.configure()
    for number, name in enumerate(names):
        desk.declare(name, SBP, 22)
        guid = f"00000000-0000-4000-8000-{number:012d}"
        desk.live(live(name, sub(id=f"sub-{number}"), tenantId=guid))
    desk.ok("simulator", "load", "live")
    for number in range(12):
        with running(desk, PLAIN, *WRITES, "--speed", "100") as process:
            heard(process, "began")
            time.sleep(0.1 + 0.15 * number)
            os.kill(process.pid, signal.SIGKILL)
    for _ in range(4):
        desk.run(*WRITES, "--once")
        desk.ok("simulator", "advance", "20m")
    assert Counter(c["tenant"] for c in desk.taken()) == dict.fromkeys(names, 1)
    assert all(desk.standing(name) == [(SBP, 22)] for name in names)
    desk.ok("history", "--verify")

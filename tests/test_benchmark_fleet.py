"""Passes are counted by what a loop notes of itself, and what its processes use by what the system tells of them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from states import on_a_server

from benchmarks import fleet, postgres, processes, running
from benchmarks.children import Children, Failed
from benchmarks.fleet import Contender, Engine
from benchmarks.measures import Missing
from benchmarks.running import Counted, Sample, Used, Worked

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of processes in /proc")


def test_passes_are_counted_from_one_note_to_a_later_one() -> None:
    # It makes ten a second, and notes so every ten seconds; sampled is from the middle of one to that of another.
    samples: list[Sample] = [(float(at), {"a": at // 10 * 100}) for at in range(5, 36)]
    assert running.rate(samples) == pytest.approx(10.0)


def test_the_passes_of_several_loops_are_added_up() -> None:
    samples: list[Sample] = [
        (float(at), {"a": at // 10 * 100, "b": (at + 5) // 10 * 50, "still": 7}) for at in range(41)
    ]
    assert running.rate(samples) == pytest.approx(15.0)


@pytest.mark.parametrize("last", [0, 100])
def test_nothing_is_said_of_passes_that_were_not_noted_twice(last: int) -> None:
    with pytest.raises(ValueError, match="twice"):
        running.rate([(0.0, {"a": 0}), (1.0, {"a": last}), (2.0, {"a": last})])


def test_a_loop_that_begins_later_counts_from_its_own_first_note() -> None:
    samples: list[Sample] = [(0.0, {}), (1.0, {"a": 0}), (2.0, {"a": 5}), (3.0, {"a": 10})]
    assert running.rate(samples) == pytest.approx(5.0)


def test_a_process_may_be_called_anything() -> None:
    before = "42 (a) name (of it) S 7 42 42 0 -1 4194304 100 200 0 0 "
    stat = processes.stat_of(before + "150 50 30 20 20 0 1 0 100 1000 200", ticks=100)
    assert (stat.parent, stat.own, stat.ended) == (7, 2.0, 0.5)


def test_the_peak_of_memory_is_read_in_mib() -> None:
    assert processes.peak_of("Name:\tx\nVmHWM:\t   20480 kB\nVmRSS:\t 10 kB\n") == 20.0
    assert processes.peak_of("Name:\tkthreadd\n") is None


@LINUX
def test_this_process_has_used_something() -> None:
    cpu, peak = processes.cpu_seconds(os.getpid()), processes.peak_mib(os.getpid())
    assert cpu is not None
    assert cpu > 0
    assert peak is not None
    assert peak > 10


@LINUX
def test_of_a_process_that_is_gone_nothing_is_known() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as child:
        pass
    assert processes.cpu_seconds(child.pid) is None
    assert processes.peak_mib(child.pid) is None


def test_a_state_that_is_not_there_yet_has_no_passes(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    assert running.passes(str(file)) == {}
    with closing(sqlite3.connect(file)) as connection:
        assert running.passes(str(file)) == {}
        connection.execute("CREATE TABLE loops (id TEXT, passes INTEGER)")
        connection.execute("INSERT INTO loops VALUES ('a', 3)")
        connection.commit()
    assert running.passes(str(file)) == {"a": 3}


def test_the_floor_is_counted_on_a_file(tmp_path: Path) -> None:
    rate = running.changes_a_second(Children(tmp_path, 1), tmp_path, str(tmp_path / "floor.db"), 2, 0.05)
    assert rate > 0
    with closing(sqlite3.connect(tmp_path / "floor.db")) as connection:
        changed = connection.execute("SELECT id, changed FROM floor ORDER BY id").fetchall()
    assert [number for number, _ in changed] == [1, 2]
    assert all(times > 0 for _, times in changed)


def test_the_floor_is_counted_on_a_server(tmp_path: Path) -> None:
    with on_a_server() as state:
        assert running.passes(state.where) == {}
        assert running.changes_a_second(Children(tmp_path, 1), tmp_path, state.where, 2, 0.05) > 0
        assert len(state.ask("SELECT id FROM floor WHERE changed > 0")) == 2


def test_everybodys_turn_comes_at_once_on_a_server_too() -> None:
    with on_a_server() as state:
        state.ask(
            "INSERT INTO turns (fleet, name, due_at, cause, failures, fence, declared)"
            " VALUES ('f', 'a', '2026-11-23T10:00:00.000000+00:00', 4, 0, 0, '')"
        )
        running.due_at_once(state.where)
        assert state.ask("SELECT due_at FROM turns") == [("2026-11-23T09:00:00.000000+00:00",)]


def test_a_command_that_ends_is_no_contender(tmp_path: Path) -> None:
    commands = [("-c", "raise SystemExit('no such option')", "run")]
    with pytest.raises(Failed, match="no such option"):
        running.at_work(Children(tmp_path, 1), tmp_path, commands, str(tmp_path / "state.db"), 1, 1.0, None)


def test_what_works_is_counted_and_ended(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with closing(sqlite3.connect(state)) as connection:
        connection.execute("CREATE TABLE loops (id TEXT, passes INTEGER)")
        connection.execute("INSERT INTO loops VALUES ('a', 0)")
        connection.execute("CREATE TABLE turns (fleet TEXT, name TEXT, due_at TEXT)")
        connection.execute("INSERT INTO turns VALUES ('f', 'a', '2026-11-23T10:00:00.000000+00:00')")
        connection.commit()
    script = tmp_path / "work.py"
    script.write_text(
        "import sqlite3, time\n"
        "while True:\n"
        "    with sqlite3.connect('state.db') as c: c.execute('UPDATE loops SET passes = passes + 1')\n"
        "    time.sleep(0.1)\n",
        encoding="utf-8",
    )
    began = time.monotonic()
    worked = running.at_work(
        Children(tmp_path, 1), tmp_path, [(str(script), "-", "work")], str(state), 20, 1.2, None
    )
    assert running.passes(str(state))["a"] >= 20
    with closing(sqlite3.connect(state)) as connection:
        # Brought forward by an hour before each count.
        assert connection.execute("SELECT due_at FROM turns").fetchall() == [
            ("2026-11-23T08:00:00.000000+00:00",)
        ]
    for counted in (worked.first, worked.again):
        assert 0 < counted.rate < 11
        assert [used.command for used in counted.used] == ["work"]
    assert time.monotonic() - began < running.LONGEST_END


def test_a_fleet_has_a_process_that_leads_and_as_many_that_work() -> None:
    names = [
        (each.name, len(each.commands), each.workers) for each in (*fleet.loops(), *fleet.fleets((1, 4)))
    ]
    assert names == [
        ("loop on SQLite", 1, 1),
        ("loop on PostgreSQL", 1, 1),
        ("fleet, 1 worker", 2, 1),
        ("fleet, 4 workers", 5, 4),
    ]
    (last,) = fleet.fleets((4,))
    assert last.commands[0][:3] == ("run", "tenants", "--fleet")
    assert {command[0] for command in last.commands[1:]} == {"worker"}
    assert all("--write" in command for command in last.commands)


def test_what_can_not_be_counted_here_is_told_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "NEEDED", ("no_such_driver",))
    counted = Counted(20.0, 10.0, [Used("run", 4.0, 50.0)], None)
    monkeypatch.setattr(fleet, "at_work", lambda *_: Worked(counted, counted))
    monkeypatch.setattr(fleet, "changes_a_second", lambda *_: 2000.0)
    loop, *missing = fleet.passing(
        Children(tmp_path, 1), tmp_path, 3, (*fleet.loops(), *fleet.fleets((1,))), 10.0
    )
    assert isinstance(loop, Engine)
    assert loop.ratio == 100.0
    assert all(isinstance(each, Missing) and "no_such_driver" in each.why for each in missing)
    assert len(missing) == 2


def test_a_pass_is_told_with_all_the_processor_time_it_took() -> None:
    counted = Counted(
        50.0, 10.0, [Used("run", 2.0, 90.0), Used("worker", 6.0, 80.0)], Used("PostgreSQL", 2.0, None)
    )
    first = replace(counted, rate=25.0)
    contender = Contender("fleet, 1 worker", (), 1, served=True)
    told = Engine(contender, 100, "PostgreSQL 18", Worked(first, counted), 500.0).document()
    assert told["passes_per_second"] == 50.0
    assert told["first"]["passes_per_second"] == 25.0
    assert told["cpu_milliseconds_a_pass"] == 20.0
    assert told["ratio"] == 10.0
    assert [each["command"] for each in told["processes"]] == ["run", "worker", "PostgreSQL"]

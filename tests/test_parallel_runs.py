"""Two processes at once: one tenant is written by one of them, and different tenants wait for nobody."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from worlds import World, declare, live

TESTS = Path(__file__).parent
PATIENT = """
import sys, time
from contextlib import contextmanager
from pathlib import Path

from worlds import WatchedActor, World, declare

folder, name, meet = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])

def wait_for(path):
    until = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < until, path
        time.sleep(0.01)

class Slow(World):
    patience = float(sys.argv[4])

    @contextmanager
    def lease(self, keys, run):
        with self.store.lease(keys, name, sleep=time.sleep, patience=self.patience, run=run) as journal:
            yield journal

def before(order):
    (meet / f"{name} is writing").touch()
    for other in sys.argv[5:]:
        wait_for(meet / other)

with Slow(folder) as world:
    world.actor = WatchedActor(world.actor, before, lambda order: None)
    shown = world.plan(declare(name))
    sys.stdout.write("ready\\n")
    sys.stdout.flush()
    sys.stdin.readline()
    run = world.run(declare(name), shown, wait=True)
    print(*(str(outcome.ending) for _, outcome in run.outcomes))
"""


def started(folder: Path, name: str, patience: float, *meets: str) -> subprocess.Popen[str]:
    """Start a process that has planned, and applies as soon as it is told to."""
    meet = folder / "meet"
    meet.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-c", PATIENT, str(folder), name, str(meet), str(patience), *meets],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS), str(TESTS.parent)))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ready(process: subprocess.Popen[str]) -> None:
    """Return when the process has planned; it is killed, and the test fails, should it hang."""
    assert process.stdout
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        assert process.stdout.readline() == "ready\n"
    finally:
        watchdog.cancel()


def tell(process: subprocess.Popen[str]) -> None:
    """Let a process that is ready apply."""
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


def said_by(process: subprocess.Popen[str]) -> str:
    """What the process said of its outcomes."""
    said = process.communicate(timeout=60)[0].strip()
    assert process.returncode == 0
    return said


def let_go(*processes: subprocess.Popen[str]) -> list[str]:
    """Let all of them apply at once, each having planned before; return what each said of its outcomes."""
    for process in processes:
        ready(process)
    for process in processes:
        tell(process)
    return [said_by(process) for process in processes]


def wait_for(path: Path) -> None:
    """Return when the file is there."""
    until = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < until, path
        time.sleep(0.01)


def test_of_two_runs_for_one_tenant_one_orders_and_the_other_finds_it_done(tmp_path: Path) -> None:
    with World(tmp_path, live("fabrikam")) as world:
        assert let_go(started(tmp_path, "fabrikam", 30), started(tmp_path, "fabrikam", 30)) == [
            "done",
            "done",
        ]
        assert [c["taken"] for c in world.asked()] == [True]
        assert list(world.standing("fabrikam").values()) == [("office-365-small-business-premium", 22)]


def test_of_two_runs_for_one_tenant_an_impatient_one_is_held(tmp_path: Path) -> None:
    """The first is in the middle of its write, and stays there until the second has ended."""
    with World(tmp_path, live("fabrikam")) as world:
        first, second = started(tmp_path, "fabrikam", 0, "second is over"), started(tmp_path, "fabrikam", 0)
        ready(first)
        ready(second)
        tell(first)
        wait_for(tmp_path / "meet" / "fabrikam is writing")
        tell(second)
        said = said_by(second)
        written_meanwhile = world.asked()
        (tmp_path / "meet" / "second is over").touch()
        assert (said, said_by(first)) == ("waiting", "done")
        assert written_meanwhile == []
        assert [c["taken"] for c in world.asked()] == [True]


def test_a_run_that_plans_while_another_writes_sees_an_unsettled_write_and_orders_nothing(
    tmp_path: Path,
) -> None:
    with World(tmp_path, live("fabrikam")) as world:
        first = started(tmp_path, "fabrikam", 0, "second is over")
        ready(first)
        tell(first)
        wait_for(tmp_path / "meet" / "fabrikam is writing")
        (step,) = world.plan(declare("fabrikam")).steps
        (tmp_path / "meet" / "second is over").touch()
        assert said_by(first) == "done"
        assert [f.id for f in step.holding] == ["outcome-unknown"]
        assert world.plan(declare("fabrikam")).steps == ()


def test_different_tenants_do_not_hold_each_other_up(tmp_path: Path) -> None:
    """Each stays in the middle of its write until the other is in the middle of its own."""
    with World(tmp_path, live("fabrikam"), live("contoso")) as world:
        said = let_go(
            started(tmp_path, "fabrikam", 0, "contoso is writing"),
            started(tmp_path, "contoso", 0, "fabrikam is writing"),
        )
        assert said == ["done", "done"]
        assert sorted(c["tenant"] for c in world.taken("order_switch")) == ["contoso", "fabrikam"]
        for name in ("fabrikam", "contoso"):
            assert world.plan(declare(name)).steps == ()

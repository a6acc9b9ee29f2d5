"""A process killed in the middle of a write, for real; another one takes over, and nothing is ordered twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from worlds import World, declare, live

from reconciler.act import Ending
from reconciler.change_plan import Verdict
from reconciler.memory import Settled

TESTS = Path(__file__).parent
KILLED = """
import os, signal, sys
from pathlib import Path

from worlds import WatchedActor, WatchedJournal, World, declare, live

folder, point = Path(sys.argv[1]), sys.argv[2]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def pass_by(*_):
    pass

world = World(folder)
world.actor = WatchedActor(world.actor, pass_by, die if point == "after the call" else pass_by)
world.journal = lambda journal: WatchedJournal(journal, lambda word, intent: word == point and die())
for _ in range(2):
    world.run(declare("fabrikam"))
print("not killed")
"""


def killed_at(folder: Path, point: str) -> None:
    """Run an apply in a process of its own that ends by SIGKILL at ``point``."""
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), point],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS), str(TESTS.parent)))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stdout + ended.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with World(tmp_path, live("fabrikam")):
        return tmp_path


@pytest.mark.parametrize(
    ("point", "sent", "settled", "orders"),
    [
        ("intend", False, None, 0),
        ("sent", True, None, 0),
        ("after the call", True, None, 1),
        ("settle", True, Settled.STARTED, 1),
    ],
)
def test_a_killed_apply_is_resumed_and_orders_nothing_twice(
    folder: Path, point: str, sent: bool, settled: Settled | None, orders: int
) -> None:
    killed_at(folder, point)
    with World(folder) as world:
        (left,) = world.intents("fabrikam")
        assert (left.sent_at is not None, left.settled) == (sent, settled)
        assert len(world.taken()) == orders

        for _ in range(2):
            world.run(declare("fabrikam"), wait=True)

        assert [c["operation"] for c in world.taken()] == ["order_switch"]
        assert [c["request_id"] for c in world.asked()] == [i.request_id for i in world.intents("fabrikam")][
            -1:
        ]
        assert list(world.standing("fabrikam").values()) == [("office-365-small-business-premium", 22)]
        assert world.memory("fabrikam").unsettled == ()
        assert world.plan(declare("fabrikam")).steps == ()


@pytest.mark.parametrize("point", ["sent", "after the call"])
def test_until_the_service_can_tell_nothing_more_is_written_after_a_kill(folder: Path, point: str) -> None:
    killed_at(folder, point)
    with World(folder) as world:
        world.service.fault("fabrikam", "partial-read", times=None, facts=["subscriptions.switch"])
        world.service.fault("fabrikam", "throttle", times=None, on="inquire")
        before = len(world.asked())
        for _ in range(3):
            world.service.advance(timedelta(minutes=1))
            run = world.run(declare("fabrikam"))
            assert {o.ending for _, o in run.outcomes} == {Ending.UNKNOWN}
            assert not run.failed
        assert len(world.asked()) == before
        assert world.memory("fabrikam").unsettled == world.intents("fabrikam")


def test_two_kills_in_a_row_leave_one_order(folder: Path) -> None:
    killed_at(folder, "sent")
    killed_at(folder, "after the call")
    with World(folder) as world:
        assert [i.settled for i in world.intents("fabrikam")] == [Settled.NOT_TAKEN, None]
        assert [i.generation for i in world.intents("fabrikam")] == [0, 1]
        world.run(declare("fabrikam"), wait=True)
        assert len(world.taken("order_switch")) == 1
        assert world.plan(declare("fabrikam")).steps == ()


def test_a_dead_run_holds_nobody_up_and_what_it_left_is_settled_before_anything_else(folder: Path) -> None:
    killed_at(folder, "sent")
    with World(folder) as world:
        first = world.run(declare("fabrikam"))
        assert [i.settled for i in world.intents("fabrikam")] == [Settled.NOT_TAKEN]
        assert world.asked() == [], "it was not what had been shown"
        assert [step.verdict for step in first.last.steps] == [Verdict.APPLY]
        assert [o.ending for _, o in world.run(declare("fabrikam")).outcomes] == [Ending.STARTED]

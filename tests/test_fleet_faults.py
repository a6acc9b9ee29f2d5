"""A dispatcher and workers as real processes over a real server: whatever dies, everybody ends as declared, once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fleet_audit import breaches
from fleet_processes import Fleet, Member
from own_server import OwnServer
from soaking import soaked

DEADLINE = 60


@pytest.fixture
def things() -> Iterator[ExitStack]:
    with ExitStack() as there:
        yield there


@pytest.fixture
def own(things: ExitStack) -> OwnServer:
    return things.enter_context(OwnServer())


def long_ago(own: OwnServer, loop: str) -> None:
    """Let the time pass that makes sure that a process is dead, as far as this one goes."""
    past = datetime(2026, 1, 1, tzinfo=UTC).isoformat(timespec="microseconds")
    own.ask(f"UPDATE loops SET beat_at = '{past}' WHERE id = '{loop}'")
    own.ask(f"UPDATE turns SET claimed_until = '{past}' WHERE claimed_by = '{loop}'")
    own.ask(f"UPDATE leases SET expires_at = '{past}' WHERE holder LIKE '%loop {loop}'")


def test_a_worker_that_is_killed_at_work_is_followed_by_another_that_finishes_it(
    tmp_path: Path, things: ExitStack, own: OwnServer
) -> None:
    fleet = Fleet(tmp_path, own, things, tenants=20, workers=2)
    # Who is there before the dispatcher has a little patience.
    for member in reversed(fleet.members):
        member.start()
    busy: list[Member] = []

    def at_work() -> bool:
        busy[:] = [worker for worker in fleet.workers if fleet.held_by(worker)]
        return bool(busy) and fleet.standing()["not settled"] > 0

    fleet.until(at_work, DEADLINE, "work", every=0.02)
    loop = busy[0].loop
    busy[0].kill()
    long_ago(own, str(loop))
    fleet.until(lambda: fleet.is_at_rest("jobs"), DEADLINE, "rest")
    # What it had in hand is swept from the queue when its time has come (test_fleet_queue).
    assert [breach for breach in breaches(fleet) if "jobs in the queue" not in breach] == []
    assert busy[0].codes == [-signal.SIGKILL]
    assert fleet.stop() == [128 + signal.SIGTERM] * 3


def test_a_second_signal_ends_a_worker_whose_database_says_nothing_any_more(
    tmp_path: Path, things: ExitStack, own: OwnServer
) -> None:
    fleet = Fleet(tmp_path, own, things, tenants=4, workers=1, proxied=["worker-0"])
    (worker,) = fleet.workers
    worker.start()
    fleet.until(
        lambda: any("tenants" in event for event in worker.events()), DEADLINE, "a reading of the files"
    )
    fleet.proxies["worker-0"].swallow(new=True)
    worker.send(signal.SIGTERM)
    fleet.until(lambda: "Stopping" in worker.log.read_text(encoding="utf-8"), DEADLINE, "word that it stops")
    worker.send(signal.SIGTERM)
    assert worker.process
    assert worker.process.wait(timeout=10) == 128 + signal.SIGTERM


@pytest.mark.soak
@pytest.mark.parametrize(("workers", "dispatchers"), [(2, 1), (4, 2)])
def test_kills_frosts_crashes_and_cut_connections_leave_everybody_as_declared(
    workers: int, dispatchers: int
) -> None:
    tenants = os.environ.get("FLEET_SOAK_TENANTS", "500")
    words = ["--tenants", tenants, "--workers", workers, "--dispatchers", dispatchers, "--length", 80]
    summary = soaked("fleet_soak.py", words, seconds=3600)
    assert len(summary["troubles"]) == 8
    assert summary["taken"]["order_switch"] > 50
    # Who was left with a connection that is half open has ended by itself.
    assert any(end.endswith("with 70") for end in summary["ends"])

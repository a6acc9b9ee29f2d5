"""Processes that share a server: killed, frozen, woken, at once; one of them writes, and nothing is ordered twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from states import State
from test_crashes import killed_at
from test_leases import INTENT, KEY, Child, Clock
from test_parallel_runs import let_go, started
from worlds import World, declare, live

from reconciler.adapters.store import open_store
from reconciler.adapters.store.leases import RUNS_OUT, held, kept_alive
from reconciler.errors import StateUnreadable, TenantHeld
from reconciler.memory import Settled
from reconciler.observe import Unknown

TESTS = Path(__file__).parent
OVER = RUNS_OUT + timedelta(seconds=1)
DEADLINE = 30


@pytest.fixture
def folder(tmp_path: Path, server: State) -> Path:
    """A folder whose worlds keep their state on the server."""
    (tmp_path / "where").write_text(server.where, encoding="utf-8")
    with World(tmp_path, live("fabrikam")):
        return tmp_path


def later(server: State, by: timedelta = OVER) -> None:
    """Let so much time pass as far as leases and claims go."""
    server.later(by, lambda _: None)


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


# A lease


def test_a_dead_holder_keeps_its_tenant_until_its_lease_has_run_out(tmp_path: Path, server: State) -> None:
    child = Child(tmp_path, server.where, "intend")
    child.go()
    assert child.line() == "mine"
    child.kill()
    clock = Clock()
    with open_store(server.where, create=True, now=clock.now) as store:
        with pytest.raises(TenantHeld, match=f"pid {child.process.pid}"):
            store.lease((KEY,), "host 2", patience=0, sleep=clock.sleep).__enter__()
        later(server)
        with store.lease((KEY,), "host 2", patience=0, sleep=clock.sleep) as journal:
            left = store.open_intents((KEY,))
            assert not isinstance(left, Unknown)
            assert [each.sent_at for each in left] == [INTENT.intended_at]
            journal.settle(left[0], Settled.NOT_TAKEN, "the service says no", seen=False)
        assert server.ask("SELECT fence, holder FROM leases") == [(2, "")]


LATE = """
import os, sys
from datetime import UTC, datetime
from reconciler.adapters.store import open_store
from reconciler.errors import LeaseLost
from tests_intent import INTENT

store = open_store(sys.argv[1], create=True, now=lambda: datetime.now(UTC))
try:
    with store.lease(("fabrikam.onmicrosoft.com",), "the late one", sleep=lambda _: None, patience=0) as held:
        kept = held.intend(INTENT)
        print("mine", flush=True)
        sys.stdin.readline()
        for word in (lambda: held.sent(kept, INTENT.intended_at), lambda: held.bind("main", "sub-9")):
            try:
                word()
                print("wrote", flush=True)
            except LeaseLost as lost:
                print("lost" if "host 2" in str(lost) else str(lost), flush=True)
finally:
    store.close()
"""


def test_a_holder_that_is_frozen_past_its_end_and_woken_writes_nothing(tmp_path: Path, server: State) -> None:
    Child.prepare(tmp_path)
    late = subprocess.Popen(
        [sys.executable, "-c", LATE, server.where],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(TESTS.parent)))},
    )
    assert late.stdout
    assert late.stdin
    assert late.stdout.readline().strip() == "mine"
    late.send_signal(signal.SIGSTOP)
    later(server)
    clock = Clock()
    with open_store(server.where, create=True, now=clock.now) as store:
        with store.lease((KEY,), "host 2", patience=0, sleep=clock.sleep) as journal:
            late.stdin.write("\n")
            late.stdin.flush()
            late.send_signal(signal.SIGCONT)
            # The second word would have been the first to reach the table, had the first one only been late.
            assert [late.stdout.readline().strip() for _ in range(2)] == ["lost", "lost"]
            (left,) = journal.memory().intents  # type: ignore[misc]
            assert left.sent_at is None
            journal.settle(left, Settled.NOT_TAKEN, "never sent", seen=False)
        late.communicate(timeout=DEADLINE)
        assert late.returncode == 0
        assert store.recall((KEY,)).bindings == {}
        # Signing off was the first holder's to do no more either.
        assert server.ask("SELECT fence FROM leases") == [(2,)]


def test_a_holder_at_work_renews_its_lease_while_it_writes_nothing(server: State) -> None:
    clock = Clock()

    def ends() -> str:
        ((text,),) = server.ask("SELECT expires_at FROM leases")
        return str(text)

    with open_store(server.where, create=True, now=clock.now) as store:
        database = store._writable()
        with held(database, (KEY,), "host 1", clock.now, patience=0, sleep=clock.sleep) as lease:
            before = ends()
            with kept_alive(database, lease, clock.now, every=0.01):
                until(lambda: ends() > before)
                # It comes in time whoever else is writing, and for however long.
                with database.writing():
                    during = ends()
                    until(lambda: ends() > during)


def test_a_heartbeat_does_not_bring_back_what_was_lost(server: State) -> None:
    clock = Clock()
    with open_store(server.where, create=True, now=clock.now) as store:
        database = store._writable()
        with held(database, (KEY,), "host 1", clock.now, patience=0, sleep=clock.sleep) as lease:
            later(server)
            with store.lease((KEY,), "host 2", patience=0, sleep=clock.sleep) as journal:
                before = server.ask("SELECT * FROM leases")
                beats = [thread for thread in threading.enumerate() if thread.name == "lease"]
                with kept_alive(database, lease, clock.now, every=0.01):
                    until(lambda: len([t for t in threading.enumerate() if t.name == "lease"]) == len(beats))
                assert server.ask("SELECT * FROM leases") == before
                journal.bind("main", "sub-1")


def test_a_lease_that_nobody_took_meanwhile_is_still_its_holders(server: State) -> None:
    clock = Clock()
    with (
        open_store(server.where, create=True, now=clock.now) as store,
        store.lease((KEY,), "host 1", patience=0, sleep=clock.sleep) as journal,
    ):
        later(server)
        journal.intend(INTENT)


def test_a_tenant_known_by_two_names_is_free_when_no_row_of_it_is_held(server: State) -> None:
    clock = Clock()
    with open_store(server.where, create=True, now=clock.now) as store:
        with store.lease(("fabrikam.no",), "host 1", patience=0, sleep=clock.sleep):
            with store.lease((KEY,), "host 2", patience=0, sleep=clock.sleep):
                pass
            both = (KEY, "fabrikam.no")
            with pytest.raises(TenantHeld, match="host 1"):
                store.lease(both, "host 2", patience=0, sleep=clock.sleep).__enter__()
        with (
            store.lease(both, "host 2", patience=0, sleep=clock.sleep),
            pytest.raises(TenantHeld, match="host 2"),
        ):
            store.lease((KEY,), "host 3", patience=0, sleep=clock.sleep).__enter__()


def test_a_writer_waits_for_the_one_before_and_sees_what_it_left(server: State) -> None:
    clock = Clock()
    seen: list[str | None] = []
    with (
        open_store(server.where, create=True, now=clock.now) as store,
        open_store(server.where, create=True, now=clock.now) as other,
    ):
        waiting = threading.Thread(target=lambda: (other.lift_stop(), seen.append(other.recall(()).stopped)))
        with store._writable().writing() as connection:
            connection.exec_driver_sql("INSERT INTO stops VALUES ('global', 'audit', 'ola', '2026-11-26')")
            waiting.start()
            until(
                lambda: server.ask("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") != []
            )
        waiting.join(DEADLINE)
        assert seen == [None]


def test_who_waits_too_long_is_told_and_writes_nothing(
    server: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.adapters.store.served.LOCK", 50)
    clock = Clock()
    with (
        open_store(server.where, create=True, now=clock.now) as store,
        store._writable().writing(),
        pytest.raises(StateUnreadable, match="lock timeout"),
    ):
        store.set_stop("audit", "ola")


# Orders


@pytest.mark.parametrize(("point", "orders"), [("sent", 0), ("after the call", 1)])
def test_what_a_killed_apply_ordered_is_found_by_the_next_and_ordered_once(
    folder: Path, server: State, point: str, orders: int
) -> None:
    killed_at(folder, point)
    with World(folder) as world:
        world.run(declare("fabrikam"))
        assert len(world.taken()) == orders, "the dead one still holds the tenant"
        later(server)
        for _ in range(2):
            world.run(declare("fabrikam"), wait=True)
        assert [c["operation"] for c in world.taken()] == ["order_switch"]
        assert list(world.standing("fabrikam").values()) == [("office-365-small-business-premium", 22)]
        assert world.memory("fabrikam").unsettled == ()


def test_of_two_runs_for_one_tenant_one_orders_and_the_other_finds_it_done(folder: Path) -> None:
    with World(folder) as world:
        assert let_go(started(folder, "fabrikam", 30), started(folder, "fabrikam", 30)) == ["done", "done"]
        assert [c["taken"] for c in world.asked()] == [True]

"""A connection to the server that is cut, or swallows what is said: nothing half kept, nothing ordered twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from proxy import HERE, Proxy
from states import State
from test_leases import INTENT, KEY, Clock
from test_served_processes import later, until
from worlds import WatchedActor, World, declare, live

from reconciler.adapters import queue
from reconciler.adapters.queue import receiving as receiving_side
from reconciler.adapters.queue.dispatching import LONGEST
from reconciler.adapters.store import Offer, Store, StoredJournal, open_store
from reconciler.errors import StateUnreadable
from reconciler.memory import Settled

FINISH = b"procrastinate_finish_job"
SBP_22 = [("office-365-small-business-premium", 22)]


@contextmanager
def proxied(server: State) -> Iterator[tuple[Proxy, str]]:
    """The way to a server through a proxy, and its URL."""
    socket = Path(server.where.split("host=")[1]) / ".s.PGSQL.5432"
    with Proxy(socket) as proxy:
        yield proxy, f"postgresql://postgres@{HERE}:{proxy.port}/{server.name}"


@contextmanager
def leased(server: State) -> Iterator[tuple[Proxy, Store, StoredJournal]]:
    """A tenant that is held by way of a proxy: the proxy, the store, and the tenant's journal."""
    clock = Clock()
    with (
        proxied(server) as (proxy, where),
        open_store(where, create=True, now=clock.now) as store,
        store.lease((KEY,), "host 1", patience=0, sleep=clock.sleep) as journal,
    ):
        yield proxy, store, journal


def kept(server: State) -> list[list[tuple[Any, ...]]]:
    tables = "intents", "ledger", "stops", "bindings"
    return [server.ask(f"SELECT * FROM {table} ORDER BY 1") for table in tables]


def test_a_connection_that_is_cut_anywhere_in_a_transaction_leaves_nothing_half_kept(server: State) -> None:
    with leased(server) as (proxy, _, journal):
        for pieces in range(100):
            before = kept(server)
            proxy.reset_after(pieces)
            try:
                intent = journal.intend(replace(INTENT, id=f"i-{pieces}", request_id=f"r-{pieces}"))
            except StateUnreadable:
                assert proxy.happened.is_set()
                assert kept(server) == before
                continue
            proxy.carry()
            if not proxy.happened.is_set():
                break
            # What is cut before anything was said is begun anew unseen: then all of it is kept.
            journal.settle(intent, Settled.NOT_TAKEN, "never sent", seen=False)
        assert pieces > 5
        assert kept(server) != before


def test_a_commit_whose_answer_is_lost_may_have_been_kept_and_is_found(server: State) -> None:
    with leased(server) as (proxy, store, journal):
        proxy.swallow_at(b"COMMIT\0")
        failed: list[BaseException] = []

        def intend() -> None:
            try:
                journal.intend(INTENT)
            except StateUnreadable as trouble:
                failed.append(trouble)

        waiting = threading.Thread(target=intend)
        waiting.start()
        assert proxy.happened.wait(30)
        until(lambda: server.ask("SELECT 1 FROM intents") != [])
        proxy.reset()
        waiting.join(30)
        assert len(failed) == 1
        (left,) = store.recall((KEY,)).unsettled  # type: ignore[misc]
        assert left.sent_at is None


@pytest.mark.parametrize(("moment", "orders"), [("before", 0), ("after", 1)])
def test_a_server_that_is_out_of_reach_round_the_call_is_never_a_second_order(
    tmp_path: Path, server: State, moment: str, orders: int
) -> None:
    with proxied(server) as (proxy, where):
        (tmp_path / "where").write_text(where, encoding="utf-8")

        def away(order: object) -> None:
            # What comes now is heard by nobody, until the machine gives the connections up.
            proxy.swallow(new=True)
            threading.Timer(0.2, give_up).start()
            if moment == "before":
                raise KeyboardInterrupt

        def give_up() -> None:
            proxy.carry()
            proxy.reset()

        with World(tmp_path, live("fabrikam")) as world:
            plain = world.actor
            nothing = lambda order: None  # noqa: E731
            world.actor = WatchedActor(
                plain, away if moment == "before" else nothing, away if moment == "after" else nothing
            )
            with suppress(StateUnreadable, KeyboardInterrupt):
                world.run(declare("fabrikam"))
            assert len(world.taken()) == orders
            world.actor = plain
            # Whoever could say how it ended once the server was back has said so; else it is known to be unknown.
            assert all(left.sent_at is not None for left in world.memory("fabrikam").unsettled)
            later(server)
            for _ in range(2):
                world.run(declare("fabrikam"), wait=True)
            assert [c["operation"] for c in world.taken()] == ["order_switch"]
            assert list(world.standing("fabrikam").values()) == SBP_22
            assert world.memory("fabrikam").unsettled == ()


def test_a_store_says_since_when_it_has_waited_for_an_answer(server: State) -> None:
    clock = Clock()
    with proxied(server) as (proxy, where), open_store(where, create=True, now=clock.now) as store:
        store.recall((KEY,))
        assert store.waits_since is None
        begun = time.monotonic()
        proxy.swallow()
        waiting = threading.Thread(target=store.recall, args=((KEY,),))
        waiting.start()
        until(lambda: store.waits_since is not None)
        # Others are answered meanwhile, on connections of their own: that must not hide the one that is not.
        with store._readable().reading() as connection:  # type: ignore[union-attr]
            connection.exec_driver_sql("SELECT 1")
        assert store.waits_since is not None
        assert store.waits_since >= begun
        proxy.reset()
        waiting.join(30)
        assert store.waits_since is None


@contextmanager
def at_work(
    server: State, where: str, lane: str, told: Callable[[str], None] = lambda text: None
) -> Iterator[tuple[queue.Receiving, Callable[[], None]]]:
    """A worker whose one pass is about to end: calling what comes with it ends it."""
    begun, go = threading.Event(), threading.Event()

    def work(names: object) -> None:
        begun.set()
        assert go.wait(30)

    receiving = queue.Receiving(where, lane, 2, told)
    receiving.start(work)
    try:
        with psycopg.connect(server.where, autocommit=True) as connection:
            queue.Dispatching(server.where, lane).send(connection, [Offer(("t0",), 1)])
        assert begun.wait(30)
        yield receiving, go.set
    finally:
        go.set()
        receiving.stop()


def test_a_queue_that_waits_for_one_answer_is_silent_however_many_others_it_gets(
    server: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving_side, "HEARTBEAT", 0.2)
    queue.upgrade(server.where)
    lane = queue.lane_of("half open", writes=True)
    with proxied(server) as (proxy, where), at_work(server, where, lane) as (receiving, end):
        # The answer to the word that the job is over is swallowed; what is asked after that goes other ways.
        proxy.swallow_at(FINISH)
        end()
        assert proxy.happened.wait(30)
        cut = time.monotonic()
        heard = server.ask("SELECT max(last_heartbeat) FROM procrastinate_workers")
        until(lambda: server.ask("SELECT max(last_heartbeat) FROM procrastinate_workers") > heard)
        assert receiving.heard_at < cut
        proxy.reset()


def test_a_job_that_could_not_be_ended_is_told_and_swept_though_its_worker_lives(
    server: State, caplog: pytest.LogCaptureFixture
) -> None:
    queue.upgrade(server.where)
    lane = queue.lane_of("cut off", writes=True)
    jobs = f"SELECT status FROM procrastinate_jobs WHERE queue_name = '{lane}'"
    dispatching = queue.Dispatching(server.where, lane)
    told: list[str] = []
    with proxied(server) as (proxy, where), at_work(server, where, lane, told.append) as (receiving, end):
        proxy.reset_at(FINISH)
        end()
        assert proxy.happened.wait(30)
        # It is told like anything else, in a line, and not as a traceback amid lines for machines.
        until(lambda: any("Database error" in line for line in told))
        assert not any("\n" in line for line in told)
        assert [record for record in caplog.records if record.name == "asyncio"] == []
        assert dispatching.sweep() == frozenset()
        assert server.ask(jobs) == [("doing",)]
        server.ask(f"UPDATE procrastinate_events SET at = at - interval '{LONGEST + 1} seconds'")
        assert dispatching.sweep() == {"t0"}
        assert server.ask(jobs) == []
        assert receiving.alive

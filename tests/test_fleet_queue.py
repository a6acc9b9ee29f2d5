"""The queue on a server: what is offered in a lane comes out there once, and what fails there as trouble told."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from due_turns import NAMES, alone, enrolled, opened
from states import State, on_a_server
from worlds import START

from reconciler.adapters import queue
from reconciler.adapters.queue import receiving as receiving_side
from reconciler.adapters.queue import tables
from reconciler.adapters.queue.dispatching import MOST_JOBS
from reconciler.adapters.queue.tables import NOTE
from reconciler.adapters.queue.telling import Passing
from reconciler.adapters.store import Offer
from reconciler.cli.loop.fleets import SILENT
from reconciler.errors import StateUnreadable
from reconciler.messages import say


def taking(
    state: State, lane: str, many: int = 2
) -> tuple[queue.Receiving, list[tuple[str, ...]], threading.Event]:
    got: list[tuple[str, ...]] = []
    came = threading.Event()

    def work(names: Sequence[str]) -> None:
        got.append(tuple(names))
        came.set()

    receiving = queue.Receiving(state.where, lane, many, lambda text: None)
    receiving.start(work)
    return receiving, got, came


def waiting_for(what: Any, seconds: float = 30.0) -> None:
    """Wait for another thread; what it waits for is the database's, which no clock of ours moves."""
    pause = threading.Event()
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        pause.wait(0.02)
    assert what()


# offers and jobs


def test_an_offer_goes_through_the_queue_with_its_mark_or_not_at_all(served: State) -> None:
    lane = queue.lane_of("one transaction", writes=True)
    dispatching = queue.Dispatching(served.where, lane)
    with opened(served) as store:
        enrolled(store)
        jobs_there = f"SELECT args->'names' FROM procrastinate_jobs WHERE queue_name = '{lane}'"

        class BreakingOff(queue.Dispatching):
            def send(self, *words: Any) -> None:
                super().send(*words)
                raise StateUnreadable("cut off before the end of the transaction")

        with pytest.raises(StateUnreadable, match="cut off"):
            store.offers("the fleet").offer(START, 100, alone, BreakingOff(served.where, lane))
        assert served.ask(jobs_there) == served.ask("SELECT name FROM offers") == []
        sent = store.offers("the fleet").offer(START, 100, alone, dispatching)
        jobs = served.ask(jobs_there)
        assert sorted(names for (each,) in jobs for names in each) == NAMES[:sent]
        with psycopg.connect(served.where) as connection:
            assert dispatching.room(connection) == MOST_JOBS - 6
    receiving, got, _ = taking(served, lane)
    try:
        waiting_for(lambda: len(got) == 6)
    finally:
        receiving.stop()
    assert served.ask(f"SELECT count(*) FROM procrastinate_jobs WHERE queue_name = '{lane}'") == [(0,)]
    assert not receiving.alive


def test_workers_that_write_and_those_that_report_never_take_each_others_offers(served: State) -> None:
    assert queue.lane_of("a", writes=True) != queue.lane_of("a", writes=False)
    assert queue.lane_of("a", writes=True) != queue.lane_of("b", writes=True)
    reports = queue.lane_of("lanes", writes=False)
    receiving, got, _ = taking(served, queue.lane_of("lanes", writes=True))
    try:
        with psycopg.connect(served.where, autocommit=True) as connection:
            queue.Dispatching(served.where, reports).send(connection, [Offer(("t0",), 1)])
            queue.Dispatching(served.where, queue.lane_of("lanes", writes=True)).send(
                connection, [Offer(("t1",), 1)]
            )
        waiting_for(lambda: got)
    finally:
        receiving.stop()
    assert got == [("t1",)]


def test_what_a_dead_worker_held_is_swept_and_named(served: State) -> None:
    lane = queue.lane_of("dead", writes=True)
    dispatching = queue.Dispatching(served.where, lane)
    with psycopg.connect(served.where, autocommit=True) as connection:
        dispatching.send(connection, [Offer(("t1", "t2"), 1), Offer(("t3",), 1)])
        connection.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '5 minutes')"
        )
        connection.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers) "
            "WHERE queue_name = %s AND args->'names' ? 't1'",
            (lane,),
        )
        assert dispatching.sweep() == {"t1", "t2"}
        assert dispatching.sweep() == frozenset()
        left = connection.execute(
            "SELECT args->'names' FROM procrastinate_jobs WHERE queue_name = %s", (lane,)
        ).fetchall()
    assert left == [(["t3"],)]


def test_a_job_that_somebody_has_tampered_with_names_nobody(served: State) -> None:
    lane = queue.lane_of("tampered", writes=True)
    receiving, got, _ = taking(served, lane)
    try:
        with psycopg.connect(served.where, autocommit=True) as connection:
            for names in ('"t1"', "[1, null, {}]", "null"):
                connection.execute(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES (%s, 'passes', %s)",
                    (lane, f'{{"names": {names}}}'),
                )
        waiting_for(lambda: len(got) == 3)
    finally:
        receiving.stop()
    assert got == [(), (), ()]


# its tables


def test_tables_of_the_queue_are_made_once_and_asked_for_before_anything_begins() -> None:
    with on_a_server() as there:
        with pytest.raises(StateUnreadable, match=r"reconciler db upgrade"):
            queue.refuse_unready(there.where)
        queue.upgrade(there.where)
        queue.upgrade(there.where)
        queue.refuse_unready(there.where)
        there.ask(f"UPDATE {NOTE} SET step = '00.00.00_01_initial'")
        with pytest.raises(
            StateUnreadable,
            match=r"are older \(00\.00\.00_01_initial\) than .* needs .*reconciler db upgrade",
        ):
            queue.refuse_unready(there.where)
        names = {
            name
            for (name,) in there.ask(
                "SELECT indexname FROM pg_indexes WHERE tablename = 'procrastinate_jobs'"
            )
        }
        assert {"reconciler_jobs_waiting", "reconciler_jobs_locked"} <= names


def test_of_a_newer_engine_all_that_is_needed_is_made_at_once_and_what_is_taken_away_last_once_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    steps = tables._steps()
    words = {
        "98.00.00_01_pre_more": "CREATE TABLE procrastinate_more (id bigint);",
        "98.00.00_50_post_more": "ALTER TABLE procrastinate_more ADD COLUMN at date;",
        "99.00.00_01_pre_newer": "ALTER TABLE procrastinate_more ADD COLUMN newer date;",
        "99.00.00_50_post_newer": "ALTER TABLE procrastinate_more DROP COLUMN at;",
    }
    more = {name: tmp_path / f"{name}.sql" for name in words}
    for name, text in words.items():
        more[name].write_text(text, encoding="utf-8")
    columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'procrastinate_more' ORDER BY 1"
    with on_a_server() as there:
        queue.upgrade(there.where)
        assert queue.check(there.where) == queue.Standing(made=True)
        monkeypatch.setattr(tables, "_steps", lambda: {**steps, **more})
        with pytest.raises(StateUnreadable):
            queue.refuse_unready(there.where)
        queue.upgrade(there.where)
        # Programs of the version before are at work: what only they need is there.
        assert there.ask(columns) == [("at",), ("id",), ("newer",)]
        assert queue.check(there.where) == queue.Standing(made=True, half_way=True)
        queue.refuse_unready(there.where)
        queue.upgrade(there.where)
        assert there.ask(columns) == [("id",), ("newer",)]
        assert queue.check(there.where) == queue.Standing(made=True)
        monkeypatch.undo()
        # One of the version before finds what is newer, and leaves it alone.
        queue.upgrade(there.where)
        assert queue.check(there.where) == queue.Standing(made=True)
        assert there.ask(f"SELECT step FROM {NOTE}") == [("99.00.00_50_post_newer",)]


def test_a_file_can_not_be_a_fleets_state(tmp_path: Path) -> None:
    with pytest.raises(StateUnreadable, match=r"needs a PostgreSQL database"):
        queue.refuse_unready(str(tmp_path))


# what goes wrong with the queue


def test_a_queue_that_is_told_to_stop_while_it_still_connects_takes_nothing(
    served: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = queue.lane_of("stopped early", writes=True)
    with psycopg.connect(served.where, autocommit=True) as connection:
        queue.Dispatching(served.where, lane).send(connection, [Offer(("t0",), 1)])
    reached, go_on = threading.Event(), threading.Event()
    connector = receiving_side.connector

    def slow(*args: Any) -> Any:
        reached.set()
        go_on.wait(10)
        return connector(*args)

    monkeypatch.setattr(receiving_side, "connector", slow)
    receiving, got, _ = taking(served, lane)
    assert reached.wait(10)
    stopping = threading.Thread(target=receiving.stop, daemon=True)
    stopping.start()
    waiting_for(lambda: stopping.is_alive())
    go_on.set()
    stopping.join(20)
    assert not stopping.is_alive()
    assert got == []


def test_what_a_queue_can_not_do_is_told_as_trouble_of_the_state(served: State) -> None:
    lane = queue.lane_of("no rights", writes=True)
    with on_a_server(template="template1") as there:
        dispatching = queue.Dispatching(there.where, lane)
        with (
            psycopg.connect(there.where) as connection,
            pytest.raises(StateUnreadable, match="procrastinate"),
        ):
            dispatching.send(connection, [Offer(("t0",), 1)])
        there.ask("CREATE TABLE procrastinate_jobs (id bigint)")
        with pytest.raises(StateUnreadable, match="already exists"):
            queue.upgrade(there.where)
        there.ask(f"CREATE TABLE {NOTE} (other text)")
        with pytest.raises(StateUnreadable, match="step"):
            queue.refuse_unready(there.where)


def test_what_the_queue_says_is_one_line_without_a_password() -> None:
    from reconciler.adapters.store.whereabouts import place_of

    server = place_of("postgresql://worker:geheim@db.example/state")
    told: list[str] = []
    handler = Passing(told.append, server)  # type: ignore[arg-type]
    record = logging.LogRecord("psycopg.pool", logging.WARNING, "", 0, "no way in\n as %s", ("geheim",), None)
    handler.handle(record)
    assert told == [say("queue.says", what="no way in as ***")]


def test_a_fault_of_ours_on_a_thread_of_the_queue_is_told_with_what_it_was(served: State) -> None:
    lane = queue.lane_of("a fault", writes=True)
    told: list[str] = []

    def work(names: Sequence[str]) -> None:
        raise RuntimeError("a bug\nof two lines")

    receiving = queue.Receiving(served.where, lane, 1, told.append)
    receiving.start(work)
    try:
        with psycopg.connect(served.where, autocommit=True) as connection:
            queue.Dispatching(served.where, lane).send(connection, [Offer(("t0",), 1)])
        waiting_for(lambda: told)
        assert receiving.alive
    finally:
        receiving.stop()
    assert any("RuntimeError: a bug of two lines" in line and "\n" not in line for line in told), told
    assert served.ask(f"SELECT count(*) FROM procrastinate_jobs WHERE queue_name = '{lane}'") == [(0,)]


def test_a_worker_that_takes_nothing_yet_is_not_taken_for_one_cut_off_from_its_database() -> None:
    """Its source may not answer for hours: that is told as what it is, and the process waits for it."""
    receiving = queue.Receiving("postgresql://db.example/state", "a lane", 1, lambda text: None)
    receiving._heard_at -= 2 * SILENT.total_seconds()
    assert time.monotonic() - receiving.heard_at < 1
    receiving._thread = threading.current_thread()
    assert time.monotonic() - receiving.heard_at > SILENT.total_seconds()

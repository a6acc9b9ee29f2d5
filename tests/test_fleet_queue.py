"""A fleet of workers: turns that are offered once, taken by whoever is there, and found again whatever gets lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import HOUR, MINUTE, Lines, LoopWorld, Script, broken
from scenes import E3
from states import State, on_a_file, on_a_server
from worlds import START, declare, live, sub, want

from reconciler.adapters import queue
from reconciler.adapters.queue import receiving as receiving_side
from reconciler.adapters.queue import tables
from reconciler.adapters.queue.dispatching import MOST_JOBS
from reconciler.adapters.queue.tables import NOTE
from reconciler.adapters.queue.telling import Passing
from reconciler.adapters.store import Offer, Store, claims, offering, open_store, spending
from reconciler.adapters.store.offering import LASTS
from reconciler.cli.loop import fleets
from reconciler.cli.loop.fleets import GONE, SILENT, watched
from reconciler.cli.loop.queued import OFFERED, Dispatcher, Hands, offers_of
from reconciler.cli.loop.worker import Worker
from reconciler.digest import declared_digest
from reconciler.errors import StateUnreadable
from reconciler.fleet import budget
from reconciler.fleet.budget import Rate
from reconciler.fleet.turns import Cause, Pace, Turn
from reconciler.messages import say
from reconciler.source import Trouble
from reconciler.web.probes import Pulse

NAMES = [f"t{number}" for number in range(6)]


@pytest.fixture(scope="module")
def served() -> Iterator[State]:
    """A database with our tables and the queue's."""
    with on_a_server() as there:
        queue.upgrade(there.where)
        yield there


class Carried:
    """Keeps what is sent in the place of a queue."""

    def __init__(self, most: int = 100) -> None:
        self.sent: list[Offer] = []
        self.most = self.urgent = most
        self.fails = False

    def room(self, connection: Any, least: int = 0) -> int:
        return self.urgent if least > 1 else self.most

    def send(self, connection: Any, offers: Sequence[Offer]) -> None:
        if self.fails:
            raise StateUnreadable("the queue is full")
        self.sent += offers

    def sweep(self) -> frozenset[str]:
        return frozenset()


def alone(turns: Sequence[Turn], room: int) -> list[Offer]:
    return [Offer((turn.name,), 1) for turn in turns[:room]]


def enrolled(store: Store, names: Sequence[str] = NAMES, cause: Cause = Cause.ROUTINE) -> Any:
    """A fleet whose turns are due, and a worker's view of it."""
    from reconciler.cli.loop.building import describe

    ours = store.loop(describe(True, "simulator"), "the fleet")
    ours.begin()
    ours.enrol(dict.fromkeys(names, "x"), lambda turn, name: turn or Turn(name, START, cause), START)
    return ours


def opened(state: State) -> Store:
    return open_store(state.where, create=True, now=lambda: datetime.now(UTC))


# offers


def test_a_turn_is_offered_once_until_a_worker_begins_it(state: State) -> None:
    with opened(state) as store:
        ours, carried = enrolled(store), Carried()
        offers, other = store.offers("the fleet"), store.offers("the fleet")
        assert offers.offer(START, 100, alone, carried) == 6
        assert other.offer(START, 100, alone, carried) == 0
        (claimed,) = ours.claim_offered(["t0"], START)
        assert claimed.turn.name == "t0"
        # Claimed, it is nobody else's; given back, it is offered again.
        assert other.offer(START, 100, alone, carried) == 0
        ours.give_back([claimed])
        assert other.offer(START, 100, alone, carried) == 1


def test_what_another_dispatcher_has_offered_between_a_look_and_a_mark_is_not_offered_again(
    state: State,
) -> None:
    with opened(state) as store:
        enrolled(store)
        database, now = store._writable(), datetime.now(UTC)
        with database.writing() as connection:
            assert offering.mark(connection, "the fleet", ["t0", "t1"], now) == {"t0", "t1"}
            assert offering.mark(connection, "the fleet", ["t1", "t2"], now) == {"t2"}
            assert offering.mark(connection, "another", ["t1"], now) == {"t1"}
            later = now + LASTS
            assert offering.mark(connection, "the fleet", ["t0", "t2"], later) == {"t0", "t2"}


def test_no_more_is_on_offer_than_there_is_room_for(state: State) -> None:
    with opened(state) as store:
        enrolled(store)
        offers = store.offers("the fleet")
        assert offers.offer(START, 4, alone, Carried()) == 4
        assert offers.offer(START, 4, alone, Carried()) == 0
        assert offers.offer(START, 5, alone, Carried(most=0)) == 0
        assert offers.offer(START, 5, alone, Carried()) == 1


def test_what_is_urgent_does_not_wait_for_room_behind_what_is_not(state: State) -> None:
    with opened(state) as store:
        ours, carried = enrolled(store), Carried()
        offers = store.offers("the fleet")
        assert offers.offer(START, 2, alone, carried) == 2
        assert offers.offer(START, 2, alone, carried) == 0
        ours.hasten(dict.fromkeys(NAMES[2:5], Cause.UNDER_WAY), START)
        assert offers.offer(START, 2, alone, carried) == 2
        assert offers.offer(START, 2, alone, carried) == 0
        # Somebody waits before a screen.
        ours.hasten({"t5": Cause.ASKED}, START)
        carried.urgent = 0
        assert offers.offer(START, 2, alone, carried) == 0
        carried.urgent = 100
        assert offers.offer(START, 2, alone, carried) == 1
        assert [each.names for each in carried.sent[-1:]] == [("t5",)]


def test_what_was_offered_before_a_person_asked_is_offered_anew(state: State) -> None:
    with opened(state) as store:
        ours, carried = enrolled(store), Carried()
        offers = store.offers("the fleet")
        assert offers.offer(START, 100, alone, carried) == 6
        store.ask("t4", "ola")
        assert ours.take_asks(START) == 1
        assert offers.offer(START, 100, alone, carried) == 1
        assert carried.sent[-1].names == ("t4",)
        assert ours.take_asks(START) == 0
        assert offers.offer(START, 100, alone, carried) == 0


def test_what_can_not_be_sent_is_not_marked(state: State) -> None:
    with opened(state) as store:
        enrolled(store)
        offers, carried = store.offers("the fleet"), Carried()
        carried.fails = True
        with pytest.raises(StateUnreadable):
            offers.offer(START, 100, alone, carried)
        carried.fails = False
        assert offers.offer(START, 100, alone, carried) == 6


def test_an_offer_that_got_lost_is_made_again_when_its_mark_runs_out(state: State) -> None:
    with opened(state) as store:
        enrolled(store)
        offers, carried = store.offers("the fleet"), Carried()
        offers.offer(START, 100, alone, carried)
        long_ago = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="microseconds")
        state.ask(f"UPDATE offers SET until = '{long_ago}' WHERE name = 't3'")
        assert offers.offer(START, 100, alone, carried) == 1
        assert carried.sent[-1].names == ("t3",)
        # A clock that ran far ahead has left a mark there: it holds nothing up.
        ahead = (datetime.now(UTC) + 3 * LASTS).isoformat(timespec="microseconds")
        state.ask(f"UPDATE offers SET until = '{ahead}' WHERE name = 't4'")
        assert offers.offer(START, 100, alone, carried) == 0
        offers.release(["t4"])
        assert offers.offer(START, 100, alone, carried) == 1


def test_an_offer_that_comes_too_late_or_twice_begins_nothing(state: State) -> None:
    with opened(state) as store:
        ours = enrolled(store)
        (claimed,) = ours.claim_offered(["t0", "nobody"], START)
        assert ours.claim_offered(["t0"], START) == ()
        ours.put_off(claimed, Turn("t0", START + MINUTE))
        assert ours.claim_offered(["t0"], START) == ()
        assert [each.turn.name for each in ours.claim_offered(["t1", "t0", "t1"], START + MINUTE)] == [
            "t1",
            "t0",
        ]


def test_what_a_person_waits_for_is_offered_alone_and_first_and_the_others_together() -> None:
    turns = [Turn("asked", START, Cause.ASKED), *(Turn(name, START, Cause.ROUTINE) for name in NAMES)]
    offers = list(offers_of(turns, START, Pace(), at_once=4))
    assert [offer.names for offer in offers] == [("asked",), tuple(NAMES[:4]), tuple(NAMES[4:])]
    assert offers[0].urgency > offers[1].urgency == offers[2].urgency


def test_what_somebody_left_is_offered_alone() -> None:
    turns = [Turn(name, START, left=name == NAMES[1]) for name in NAMES]
    offers = list(offers_of(turns, START, Pace(), at_once=4))
    assert [offer.names for offer in offers] == [
        (NAMES[0],),
        (NAMES[1],),
        tuple(NAMES[2:6]),
        *([tuple(NAMES[6:])] if NAMES[6:] else []),
    ]


def test_who_has_waited_for_too_long_is_offered_before_what_is_new() -> None:
    late = Turn("late", START - timedelta(hours=1), Cause.ROUTINE)
    drift = Turn("drift", START, Cause.DRIFT)
    first, second = offers_of([late, drift], START, Pace(), at_once=4)
    assert first.names == ("late",)
    assert first.urgency > second.urgency


# budgets

rates = st.builds(
    Rate, st.integers(1, 1000), st.integers(1, 600).map(lambda s: timedelta(seconds=s)), st.integers(1, 50)
)
moves = st.lists(st.tuples(st.integers(-600, 600), st.integers(1, 200)), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(rates, moves)
def test_one_statement_counts_calls_as_the_rule_does(
    tmp_path_factory: pytest.TempPathFactory, rate: Rate, moves: list[tuple[int, int]]
) -> None:
    state = on_a_file(tmp_path_factory.mktemp("budget"))
    with opened(state) as store, store._writable().writing() as connection:
        now, full_at = START, None
        for seconds, calls in moves:
            now += timedelta(seconds=seconds)
            spending.spend(connection, "a backend", now, rate, calls)
            full_at = budget.spent(full_at, now, rate, calls)
            asked = spending.wait(connection, "a backend", now, rate)
            assert abs(asked - budget.wait(full_at, now, rate)) <= timedelta(microseconds=len(moves))


def test_a_budget_is_counted_alike_by_a_server(served: State) -> None:
    rate = Rate(500, MINUTE, 20)
    with opened(served) as store:
        full_at = None
        for seconds, calls in ((0, 5), (1, 30), (0, 400), (-300, 7), (900, 1)):
            now = START + timedelta(seconds=seconds)
            with store._writable().writing() as connection:
                spending.spend(connection, "alike", now, rate, calls)
                full_at = budget.spent(full_at, now, rate, calls)
                assert spending.wait(connection, "alike", now, rate) == budget.wait(full_at, now, rate)


def test_a_service_that_asks_for_patience_is_left_alone_by_all_workers(state: State) -> None:
    from reconciler.cli.loop.building import describe

    rate = Rate(600, MINUTE, 10)
    with opened(state) as store:
        one, other = (store.loop(describe(True, "simulator"), "the fleet", rate) for _ in range(2))
        one.begin()
        enrolled(store)
        one.hold_off(timedelta(seconds=30), START)
        assert other.budget_wait(START) == timedelta(seconds=30)
        assert other.claim_offered(["t0"], START) == ()
        one.hold_off(timedelta(seconds=5), START)
        assert other.budget_wait(START) == timedelta(seconds=30)
        assert other.claim_offered(["t0"], START + timedelta(seconds=31)) != ()


# the queue itself


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


def test_a_queue_that_ends_is_begun_anew_and_says_why(tmp_path: Path) -> None:
    class Ending:
        trouble: str | None = "the server went away"
        alive = False
        starts = 0

        def start(self, work: Any) -> None:
            self.starts += 1

        def stop(self) -> None:
            pass

    ending = Ending()
    with LoopWorld(tmp_path) as world:
        loop = world.loop(Script())._loop
        hands = Hands(loop, threading.Event(), ending)
        assert hands.begin(START, frozenset(), careful=False) == 0
        with pytest.raises(StateUnreadable, match="the server went away"):
            hands.begin(START, frozenset(), careful=False)
        assert ending.starts == 2


# the parts of a fleet, in one process


class Straight:
    """A queue that has the work done at once by some worker."""

    def __init__(self) -> None:
        self.trouble: str | None = None
        self.alive = False
        self.work: Any = None
        self.offers: list[Offer] = []

    def start(self, work: Any) -> None:
        self.work, self.alive = work, True

    def stop(self) -> None:
        self.alive = False

    def room(self, connection: Any, least: int = 0) -> int:
        return 100

    def send(self, connection: Any, offers: Sequence[Offer]) -> None:
        self.offers += offers

    def sweep(self) -> frozenset[str]:
        return frozenset()

    def carry(self) -> None:
        offers, self.offers = self.offers, []
        for offer in sorted(offers, key=lambda offer: -offer.urgency):
            self.work(offer.names)


def test_a_dispatcher_and_a_worker_bring_a_fleet_to_what_it_declares(tmp_path: Path, state: State) -> None:
    declared = [declare(name, want("main", E3, 25)) for name in NAMES]
    documents = [
        live(
            name,
            sub(id=f"s-{name}", plan=E3, licenses=20),
            tenantId=f"0000000{number}-0000-4000-8000-000000000000",
        )
        for number, name in enumerate(NAMES)
    ]
    queue_ = Straight()
    with LoopWorld(tmp_path, *documents, where=state.where) as world:
        source = Script(*declared)
        offers = world.store.offers(source.name)
        lead = world.loop(source, id="lead", crew=lambda loop, wake: Dispatcher(loop, offers, queue_))
        hand = world.loop(source, id="hand", leads=False, crew=lambda loop, wake: Hands(loop, wake, queue_))
        for driver in (lead, hand):
            driver._loop.store.begin()
        with lead._crew, hand._crew:
            for _ in range(6):
                lead._round()
                hand._round()
                queue_.carry()
                world.service.advance(5 * MINUTE)
            hand._round()
        assert [world.standing(name) for name in NAMES] == [[(E3, 25)]] * 6
        assert len(world.taken()) == 6
        assert lead._loop.story.sums["passes"] == 0
        assert hand._loop.story.sums["passes"] >= 12


def test_what_was_taken_together_is_not_written_by_a_file_that_was_changed_meanwhile(
    tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue_ = Straight()
    both = [
        live(
            name, sub(id=f"s-{name}", plan=E3, licenses=20), tenantId=f"{name[1]:0>8}-0000-4000-8000-{0:012}"
        )
        for name in NAMES[:2]
    ]
    with LoopWorld(tmp_path, *both, where=state.where) as world:
        source = Script(*(declare(name, want("main", E3, 25)) for name in NAMES[:2]))
        offers = world.store.offers(source.name)
        lead = world.loop(source, id="lead", crew=lambda loop, wake: Dispatcher(loop, offers, queue_))
        hand = world.loop(source, id="hand", leads=False, crew=lambda loop, wake: Hands(loop, wake, queue_))
        for driver in (lead, hand):
            driver._loop.store.begin()
        made = Worker.work

        def work(worker: Worker, job: Any) -> None:
            made(worker, job)
            # While the first of them had its pass, somebody took back what the file of the other asked for.
            source.declare(declare("t0", want("main", E3, 25)), declare("t1", want("main", E3, 20)))
            lead._loop.fleet._next_read = None
            lead._round()

        monkeypatch.setattr(Worker, "work", work)
        with lead._crew, hand._crew:
            lead._round()
            hand._round()
            world.service.advance(MINUTE)
            queue_.work(("t0", "t1"))
        assert [call["tenant"] for call in world.taken()] == ["t0"]
        # Its turn is free, and comes at once.
        cause = f"{int(Cause.COMMIT)}"
        assert state.ask(f"SELECT claimed_by FROM turns WHERE name = 't1' AND cause = {cause}") == [(None,)]


def test_a_worker_leaves_what_it_does_not_know_to_be_offered_again(tmp_path: Path, state: State) -> None:
    queue_ = Straight()
    with LoopWorld(tmp_path, where=state.where) as world:
        hand = world.loop(
            Script(declare("known")), leads=False, crew=lambda loop, wake: Hands(loop, wake, queue_)
        )
        ours = hand._loop.store
        ours.begin()
        ours.enrol({"known": "x", "unknown": "x"}, lambda turn, name: turn or Turn(name, START), START)
        with hand._crew:
            hand._round()
            queue_.work(("unknown",))
        assert state.ask("SELECT claimed_by FROM turns WHERE name = 'unknown'") == [(None,)]
        assert state.ask("SELECT count(*) FROM offers") == [(0,)]


def test_a_worker_that_is_told_to_stop_takes_nothing_more(tmp_path: Path) -> None:
    queue_ = Straight()
    with LoopWorld(tmp_path, live("known", sub(plan=E3, licenses=20))) as world:
        source = Script(declare("known", want("main", E3, 20)))
        lead, hand = fleet_of_two(world, queue_, source, source)
        with lead._crew, hand._crew:
            hand._round()
            lead._round()
            (offer,) = queue_.offers
            world.stopped = True
            hand._crew._over.set()
            queue_.carry()
            assert world.reads() == 0
            # Another worker need not wait until the mark runs out.
            world.stopped = False
            lead._round()
            assert queue_.offers == [offer]
            queue_.carry()
            assert world.reads("known") == 1


@pytest.mark.parametrize("moment", ["it was asked who is at work", "the claim is made and not yet known of"])
def test_a_turn_that_is_claimed_while_a_worker_lets_go_of_what_is_left_over_stays_its_own(
    tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """The store failed and works again: what could not be given back is freed, and the queue brings work meanwhile."""
    queue_ = Straight()
    document = live("t0", sub(plan=E3, licenses=20))
    with LoopWorld(tmp_path, document, where=state.where) as world:
        source = Script(declare("t0", want("main", E3, 25)))
        hand = world.loop(source, id="hand", leads=False, crew=lambda loop, wake: Hands(loop, wake, queue_))
        ours = hand._loop.store
        ours.begin()
        due = {"t0": declared_digest(source.fleet.declarations[0]), "left-over": "x"}
        ours.enrol(due, lambda turn, name: turn or Turn(name, START), START)
        assert len(ours.claim_offered(["left-over"], START)) == 1
        beat, claim_offered, work_all = ours.beat, ours.claim_offered, Worker.work_all
        under_way, go_on = threading.Event(), threading.Event()
        at_work = threading.Thread(target=lambda: queue_.work(("t0",)))

        def beat_while_work_comes(*how: Any) -> None:
            beat(*how)
            at_work.start()
            assert under_way.wait(30)

        def work_when_told(worker: Worker, jobs: Any) -> Any:
            under_way.set()
            assert go_on.wait(30)
            return work_all(worker, jobs)

        def claim_and_be_late(*what: Any) -> Any:
            claimed = claim_offered(*what)
            hand._try_store()
            return claimed

        with hand._crew:
            hand._round()
            if moment.startswith("it was asked"):
                monkeypatch.setattr(ours, "beat", beat_while_work_comes)
                monkeypatch.setattr(Worker, "work_all", work_when_told)
                hand._try_store()
                go_on.set()
                at_work.join(30)
            else:
                monkeypatch.setattr(ours, "claim_offered", claim_and_be_late)
                queue_.work(("t0",))
            hand._round()
        assert [call["tenant"] for call in world.taken()] == ["t0"]
        assert hand._loop.story.sums["lost"] == 0
        assert state.ask("SELECT name FROM turns WHERE claimed_by IS NOT NULL") == []


def test_a_dispatcher_offers_nothing_while_the_budget_is_used_up(tmp_path: Path) -> None:
    queue_ = Straight()
    rate = Rate(60, MINUTE, 1)
    with LoopWorld(tmp_path, live("t0", sub(plan=E3))) as world:
        source = Script(declare("t0", want("main", E3, 20)))
        offers = world.store.offers(source.name)
        lead = world.loop(
            source, id="lead", rates=(rate, None), crew=lambda loop, wake: Dispatcher(loop, offers, queue_)
        )
        lead._loop.store.begin()
        lead._loop.store.spend(10, world.service.now())
        with lead._crew:
            lead._round()
            assert queue_.offers == []
            world.service.advance(MINUTE)
            lead._round()
        assert [offer.names for offer in queue_.offers] == [("t0",)]


# the watch


def looks_of(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Where a watch leaves its look, for a test to make in its place."""
    looks: list[Any] = []

    class Each:
        def __init__(self, look: Any, every: float, name: str) -> None:
            looks.append(look)

        def __enter__(self) -> None:
            return None

        def __exit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr(fleets, "repeating", Each)
    return looks


@pytest.mark.parametrize("crew", ["pool", "hands"])
def test_a_pass_that_is_slow_while_its_process_ends_is_waited_for_as_long_as_the_examples_give_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crew: str
) -> None:
    looks, left = looks_of(monkeypatch), list[int]()
    under_way, go_on = threading.Event(), threading.Event()
    work_all = Worker.work_all
    silent: dict[int, tuple[int, int]] = {}

    def work_when_told(worker: Worker, jobs: Any) -> Any:
        under_way.set()
        assert go_on.wait(30)
        return work_all(worker, jobs)

    def minutes_pass() -> None:
        for minute in range(1, 7):
            world.machine += MINUTE
            driver.heart.beat()
            for _ in range(2):
                looks[0]()
            age = world.machine - driver._loop.pulse.beat.turned_at
            silent[minute] = (age // MINUTE, len(left))
        go_on.set()

    class Slow(ThreadPoolExecutor):
        def shutdown(self, wait: bool = True, **more: Any) -> None:
            minutes_pass()
            super().shutdown(wait=wait, **more)

    class SlowQueue(Straight):
        def stop(self) -> None:
            minutes_pass()
            at_work.join(30)

    monkeypatch.setattr(Worker, "work_all", work_when_told)
    queue_ = SlowQueue()
    at_work = threading.Thread(target=lambda: queue_.work(("t0",)))
    crews: dict[str, Any] = {
        "pool": {"pool": Slow},
        "hands": {"crew": lambda loop, wake: Hands(loop, wake, queue_)},
    }
    with LoopWorld(tmp_path, live("t0", sub(plan=E3, licenses=20))) as world:
        source = Script(declare("t0", want("main", E3, 25)))
        driver = world.loop(source, **crews[crew], stop=under_way.is_set)
        loop = driver._loop
        loop.store.begin()
        if crew == "hands":
            driver._round()
            at_work.start()
            assert under_way.wait(30)
        with (
            # Nothing more is asked of the queue then, so nothing is heard of it.
            watched(loop.pulse, lambda: 0.0, lambda: None, world.log, lambda: world.machine, left.append),
            driver._crew,
        ):
            driver._go_round()
        assert [call["tenant"] for call in world.taken()] == ["t0"]
    # Three minutes it is waited for; two minutes of silence after that it ends itself, if it is one of a fleet.
    assert silent == {1: (0, 0), 2: (0, 0), 3: (0, 0), 4: (1, 0), 5: (2, 0), 6: (3, 1)}
    told = [event for event in world.log.told("info", "warning") if "passes: 1" in event]
    assert told == [
        *(say("loop.waits", count=1, seconds=60 * minute) for minute in (1, 2, 3)),
        *(say("loop.waits-too-long", count=1, seconds=60 * minute) for minute in (4, 5, 6)),
    ]


def test_a_process_whose_main_loop_queue_or_question_is_silent_ends_itself_at_the_second_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = looks_of(monkeypatch)
    now = datetime(2026, 11, 26, tzinfo=UTC)
    pulse, log, left = Pulse(now), Lines(), list[int]()
    clock = [now]
    heard, waits = [time.monotonic()], list[float | None]([None])
    with watched(pulse, lambda: heard[0], lambda: waits[0], log, lambda: clock[0], left.append):
        (look,) = looks
        look()
        clock[0] = now + SILENT + timedelta(seconds=1)
        look()
        pulse.turned(clock[0])
        look()
        assert left == []
        waits[0] = time.monotonic() - SILENT.total_seconds() - 1
        look()
        look()
        assert left == [GONE]
        waits[0] = time.monotonic()
        look()
        heard[0] -= SILENT.total_seconds() + 1
        look()
        look()
    assert left == [GONE, GONE]
    assert "has not answered for 121 s" in log.told("error")[0]


def fleet_of_two(
    world: LoopWorld, queue_: Straight, read_by_lead: Script, read_by_hand: Script, **options: Any
) -> tuple[Any, Any]:
    """A dispatcher and a worker that each read files of their own."""
    offers = world.store.offers(read_by_lead.name)
    lead = world.loop(
        read_by_lead, id="lead", crew=lambda loop, wake: Dispatcher(loop, offers, queue_), **options
    )
    hand = world.loop(
        read_by_hand, id="hand", leads=False, crew=lambda loop, wake: Hands(loop, wake, queue_), **options
    )
    for driver in (lead, hand):
        driver._loop.store.begin()
    return lead, hand


def test_a_worker_that_reads_old_files_never_makes_a_pass_by_them(tmp_path: Path) -> None:
    """The dispatcher has read that the order was taken back; the worker's host does not answer since."""
    ordered, taken_back = (declare("t0", want("main", E3, count)) for count in (42, 20))
    queue_ = Straight()
    with LoopWorld(tmp_path, live("t0", sub(plan=E3, licenses=20))) as world:
        new, old = Script(taken_back), Script(ordered)
        lead, hand = fleet_of_two(world, queue_, new, old)
        with lead._crew, hand._crew:
            hand._round()
            old.trouble = Trouble("HostSilent", "the host does not answer")
            for _ in range(5):
                lead._round()
                hand._round()
                queue_.carry()
                world.service.advance(MINUTE)
            assert world.asked() == []
            assert old.looks >= 2
            assert world.log.told("warning").count(say("queue.behind")) == 1
            # It is nobody's meanwhile, and the first who has read the same serves it.
            assert hand._loop.story.sums["passes"] == 0
            old.trouble = None
            old.declare(taken_back)
            for _ in range(3):
                lead._round()
                hand._round()
                queue_.carry()
                world.service.advance(10 * MINUTE)
        assert hand._loop.story.sums["passes"] >= 1
        assert world.asked() == []


def test_tenants_that_no_worker_knows_do_not_keep_the_others_from_their_turns(tmp_path: Path) -> None:
    queue_ = Straight()
    unknown = [f"u{number:02}" for number in range(2 * OFFERED)]
    with LoopWorld(tmp_path, live("known", sub(plan=E3, licenses=20))) as world:
        known = declare("known", want("main", E3, 20))
        everybody = Script(known, *(declare(name) for name in unknown))
        lead, hand = fleet_of_two(world, queue_, everybody, Script(known), at_once=1)
        lead._loop.store.enrol(
            {"known": "x", **dict.fromkeys(unknown, "x")},
            lambda turn, name: Turn(name, START - (MINUTE if name in unknown else timedelta(0))),
            START,
        )
        with lead._crew, hand._crew:
            hand._round()
            for _ in range(8):
                lead._round()
                queue_.carry()
        assert world.reads("known") == 1


@pytest.mark.parametrize("lead", ["pool", "dispatcher"])
def test_many_tenants_in_a_broken_file_do_not_keep_the_others_from_their_turns(
    tmp_path: Path, lead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They stay due, for nobody knows what they are declared as, and so they are the longest due of all."""
    monkeypatch.setattr(claims, "LOOKED_AT", OFFERED)
    queue_ = Straight()
    with LoopWorld(tmp_path, live("known", sub(plan=E3, licenses=20))) as world:
        source = Script()
        source.declare(declare("known", want("main", E3, 20)), problems=[broken()])
        offers = world.store.offers(source.name)
        crews: dict[str, Any] = {
            "pool": {},
            "dispatcher": {"crew": lambda loop, wake: Dispatcher(loop, offers, queue_)},
        }
        driver = world.loop(source, at_once=1, **crews[lead])
        ours = driver._loop.store
        ours.begin()
        ours.enrol(
            dict.fromkeys((f"in-it-{number}" for number in range(2 * OFFERED)), "x"),
            lambda turn, name: Turn(name, START - MINUTE),
            START,
        )
        with driver._crew:
            for _ in range(3):
                driver._round()
        served = [name for offer in queue_.offers for name in offer.names]
        assert (served or ["known"] * world.reads("known")) == ["known"]
        assert ours.next_due(driver._enrolment.strangers) != START - MINUTE


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


def test_a_smaller_fleet_that_the_dispatcher_took_is_taken_by_workers_that_run(tmp_path: Path) -> None:
    everybody = [declare(f"t{number}") for number in range(20)]
    with LoopWorld(tmp_path) as world:
        hand = world.loop(source := Script(*everybody), id="hand", leads=False)
        world.loop(source, id="lead")._loop.fleet.read(START)
        assert hand._loop.fleet.read(START) is not None
        source.declare(*everybody[:2])
        # Read before the dispatcher has decided, it holds all of them; then it is what the dispatcher takes.
        hand._loop.fleet.read(START + HOUR)
        assert hand._loop.fleet.held is not None
        assert hand._loop.fleet.held.stopped is not None
        lead = world.loop(source, id="lead-2", size=2)._loop.fleet
        lead.read(START + HOUR)
        assert lead.held is not None
        assert lead.held.stopped is None
        hand._loop.fleet.read(START + 2 * HOUR)
        assert hand._loop.fleet.held.stopped is None
        assert len(hand._loop.fleet.held.declarations) == 2

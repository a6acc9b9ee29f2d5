"""The loops of a fleet in one process: what a dispatcher hands out is served once, as declared, under a watch."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from due_turns import NAMES
from loops import HOUR, MINUTE, Lines, LoopWorld, Script, broken
from scenes import E3
from states import State
from worlds import START, declare, live, sub, want

from reconciler.adapters.store import Offer, claims
from reconciler.cli.loop import fleets
from reconciler.cli.loop.fleets import GONE, SILENT, watched
from reconciler.cli.loop.queued import OFFERED, Dispatcher, Hands, offers_of
from reconciler.cli.loop.worker import Worker
from reconciler.digest import declared_digest
from reconciler.errors import StateUnreadable
from reconciler.fleet.budget import Rate
from reconciler.fleet.turns import Cause, Pace, Turn
from reconciler.messages import say
from reconciler.source import Trouble
from reconciler.web.probes import Pulse


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


# the dispatcher's offers


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


# a dispatcher and workers


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

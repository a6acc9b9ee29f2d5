"""Offers and budgets in the store: a due turn is offered once and found again if lost, and all count calls alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from due_turns import NAMES, alone, enrolled, opened
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import MINUTE
from states import State, on_a_file
from worlds import START

from reconciler.adapters.store import Offer, offering, spending
from reconciler.adapters.store.offering import LASTS
from reconciler.errors import StateUnreadable
from reconciler.fleet import budget
from reconciler.fleet.budget import Rate
from reconciler.fleet.turns import Cause, Turn


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

"""When whose turn is: intervals with jitter, what is under way, backing off, urgency, and clocks that jump."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.fleet.turns import Cause, End, Pace, Turn, first_turn, in_order, next_turn, sane, sooner

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PACE = Pace()
MINUTE = timedelta(minutes=1)
names = st.text(min_size=1, max_size=20)
chances = st.floats(0, 1, exclude_max=True)
moments = st.integers(-100_000, 100_000).map(lambda seconds: NOW + timedelta(seconds=seconds))
turns = st.builds(Turn, names, moments, st.sampled_from(Cause), st.integers(0, 40))


def after(end: End, *, failures: int = 0, chance: float = 0.5, **more: object) -> Turn:
    return next_turn(Turn("fabrikam", NOW, failures=failures), end, NOW, PACE, chance, **more)


@pytest.mark.parametrize(
    ("end", "wait"),
    [
        (End.AT_REST, PACE.interval),
        (End.SWITCHING, MINUTE),
        (End.REVIEWING, timedelta(hours=4)),
        (End.UNSETTLED, MINUTE),
        (End.UNCONFIRMED, 5 * MINUTE),
        (End.CHANGED, timedelta(0)),
        (End.FAILED, MINUTE),
    ],
)
def test_what_is_under_way_says_how_long_to_wait(end, wait):
    assert after(end).due == NOW + wait


@given(chances, st.sampled_from(End), st.integers(0, 200))
def test_no_wait_is_more_than_a_twentieth_off(chance, end, failures):
    middle = after(end, failures=failures).due - NOW
    assert abs((after(end, failures=failures, chance=chance).due - NOW) - middle) <= middle * 0.051


@given(st.lists(names, min_size=200, max_size=200, unique=True))
def test_first_turns_are_spread_and_the_same_after_every_start(many):
    first = [first_turn(name, NOW, PACE, len(many)) for name in many]
    assert first == [first_turn(name, NOW, PACE, len(many)) for name in many]
    assert all(NOW <= turn.due <= NOW + PACE.interval for turn in first)
    early = sum(turn.due < NOW + timedelta(seconds=20) for turn in first)
    assert 50 < early < 150


def test_one_tenant_alone_does_not_wait():
    assert first_turn("fabrikam", NOW, PACE, 1).due == NOW


def test_failures_back_off_to_a_longest_wait_and_one_success_ends_it():
    turn, waits = Turn("fabrikam", NOW), []
    for _ in range(9):
        turn = next_turn(turn, End.FAILED, NOW, PACE, 0.5)
        waits.append((turn.due - NOW) / MINUTE)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert next_turn(turn, End.AT_REST, NOW, PACE, 0.5).failures == 0
    assert sooner(turn, Cause.COMMIT, NOW).failures == 0


@given(st.sampled_from(End), st.integers(1, 100_000), chances)
def test_nobody_comes_back_before_a_service_asked_for_it(end, seconds, chance):
    asked = timedelta(seconds=seconds)
    assert after(end, chance=chance, later=asked).due >= NOW + asked


def test_a_known_moment_brings_a_turn_forward_and_never_back():
    assert after(End.AT_REST, at=NOW + 3 * MINUTE).due == NOW + 3 * MINUTE
    assert after(End.AT_REST, at=NOW + timedelta(days=3)).due == NOW + PACE.interval
    assert after(End.AT_REST, at=NOW - MINUTE).due == NOW


def test_a_switch_is_watched_no_less_for_a_date_that_comes():
    assert after(End.SWITCHING, at=NOW + timedelta(seconds=1)).due == NOW + MINUTE


@given(st.lists(turns, unique_by=lambda turn: turn.name))
def test_the_order_is_of_the_due_alone_and_the_same_whatever_order_they_came_in(many):
    due = in_order(many, NOW, PACE)
    assert due == in_order(reversed(many), NOW, PACE)
    assert {turn.name for turn in due} == {turn.name for turn in many if turn.due <= NOW}
    asked = [turn.cause is Cause.ASKED for turn in due]
    assert asked == sorted(asked, reverse=True)


def test_asked_goes_before_a_new_commit_before_what_is_under_way_before_drift_before_routine():
    many = [Turn(cause.name, NOW - MINUTE, cause) for cause in Cause]
    assert [turn.cause for turn in in_order(reversed(many), NOW, PACE)] == list(Cause)


def test_nobody_starves_behind_what_is_always_more_urgent():
    routine = Turn("fabrikam", NOW - PACE.interval - MINUTE)
    busy = [Turn(f"tenant-{n}", NOW - MINUTE, Cause.UNDER_WAY) for n in range(50)]
    assert in_order([*busy, routine], NOW, PACE)[0] == routine


@given(turns, st.sampled_from(Cause))
def test_a_turn_brought_forward_is_due_and_no_less_urgent(turn, cause):
    now = sooner(turn, cause, NOW)
    assert now.due <= NOW
    assert now.cause <= cause


@given(turns, st.integers(1, 100_000))
def test_no_clock_that_jumped_leaves_a_tenant_out_for_longer_than_the_longest_wait(turn, tenants):
    now = sane(turn, NOW, PACE, tenants)
    assert now.due <= NOW + PACE.longest * (1 + PACE.jitter)
    assert (now.name, now.cause, now.failures) == (turn.name, turn.cause, turn.failures)


def test_after_a_day_without_a_loop_the_routine_looks_are_spread_again():
    many = [Turn(f"tenant-{n}", NOW - timedelta(days=1)) for n in range(100)]
    again = [sane(turn, NOW, PACE, 100) for turn in many]
    assert len({turn.due for turn in again}) > 90
    switching = Turn("fabrikam", NOW - timedelta(days=1), Cause.UNDER_WAY)
    assert sane(switching, NOW, PACE, 100) == switching

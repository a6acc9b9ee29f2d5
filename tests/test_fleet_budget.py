"""How often a backend may be asked, and when it is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.fleet.breaker import Breaker, Position
from reconciler.fleet.budget import Rate, spent, wait

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ZERO = timedelta(0)
rates = st.builds(
    Rate, st.integers(1, 1000), st.integers(1, 3600).map(lambda n: n * SECOND), st.integers(1, 100)
)


@given(rates, st.lists(st.integers(0, 120), max_size=60))
def test_no_more_calls_are_made_than_the_rate_and_one_burst_allow(rate, pauses):
    full_at, now, made = None, NOW, 0
    for pause in pauses:
        now += pause * SECOND
        while wait(full_at, now, rate) == ZERO and made < 5_000:
            full_at, made = spent(full_at, now, rate, 1), made + 1
    assert made <= (now - NOW) / rate.each + rate.burst + 1


@given(rates)
def test_a_call_fits_once_it_was_waited_for(rate):
    full_at = spent(None, NOW, rate, rate.burst)
    later = NOW + wait(full_at, NOW, rate)
    assert wait(full_at, later, rate) == ZERO


@given(rates, st.integers(1, 10_000))
def test_a_debt_is_paid_in_the_end(rate, calls):
    full_at = spent(None, NOW, rate, calls)
    assert wait(full_at, NOW + rate.each * calls, rate) == ZERO


@given(rates, st.timedeltas(ZERO, timedelta(days=40)), st.integers(1, 10_000))
def test_a_budget_that_is_full_again_may_be_forgotten(rate, ago, calls):
    full_at = NOW - ago
    assert wait(full_at, NOW, rate) == wait(None, NOW, rate)
    assert spent(full_at, NOW, rate, calls) == spent(None, NOW, rate, calls)


@given(rates, st.timedeltas(ZERO, timedelta(days=4000)))
def test_a_clock_set_back_holds_nobody_up_for_longer_than_a_period_and_a_burst(rate, back):
    full_at = spent(None, NOW, rate, 1)
    assert wait(full_at, NOW - back, rate) <= rate.per + rate.each * rate.burst


def test_a_breaker_opens_after_enough_silence_and_the_first_answer_closes_it():
    breaker = Breaker(opens_after=3)
    for _ in range(2):
        breaker = breaker.heard(False, NOW)
        assert breaker.admits(NOW)
    breaker = breaker.heard(False, NOW)
    assert breaker.position is Position.OPEN
    assert not breaker.admits(NOW)
    assert breaker.admits(NOW + 30 * SECOND)
    assert breaker.heard(True, NOW).position is Position.CLOSED


def test_an_open_breaker_lets_one_pass_through_at_a_time_and_waits_longer_each_time():
    breaker, now, waits = Breaker(opens_after=1), NOW, []
    for _ in range(6):
        breaker = breaker.heard(False, now)
        waits.append((breaker.probe_at - now) / SECOND)
        now = breaker.probe_at
        assert breaker.admits(now)
        assert not breaker.began(now).admits(now)
        breaker = breaker.began(now)
    assert waits == [30, 60, 120, 240, 300, 300]


def test_a_breaker_is_not_kept_open_by_a_clock_that_was_set_back():
    breaker = Breaker(opens_after=1).heard(False, NOW)
    assert breaker.admits(NOW - timedelta(days=1))


@given(st.lists(st.booleans(), max_size=50))
def test_a_breaker_is_closed_exactly_after_an_answer_or_little_silence(answers):
    breaker, silent = Breaker(), 0
    for answered in answers:
        breaker = breaker.heard(answered, NOW)
        silent = 0 if answered else silent + 1
        assert (breaker.position is Position.CLOSED) == (silent < breaker.opens_after)

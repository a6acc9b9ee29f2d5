"""A tenant's turn and how its pass ended in, its next turn out; and many turns in, whose is next out.

Terms
=====

A *pass* is one tenant through all of it: look, judge, at most one step, look. A *turn* is a tenant's place in the
order of passes: each tenant has exactly one, so whatever happens to it in the meantime only moves that one.

Premise
=======

The loop is level-triggered: a pass decides from the live state alone, so a turn that comes too early, too late or
twice costs calls and nothing else. What a turn says is only *when*, and *why then*:

* nothing under way: after the interval, give or take 5 %, so that tenants do not come due in one second;
* something under way: sooner, by what is under way (a running switch each minute, a credit review each few hours);
* a look or a pass that failed: later and later, up to a longest wait; the first success, or a new commit, ends that;
* a step done: at once, for there may be another;
* asked for by a person, or a new commit: at once.

What is due at a known moment (a change window opens) is not waited for beyond the interval: facts may change before.
A due time further away than any wait there is was made by another clock; it counts as none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from hashlib import sha256
from itertools import takewhile

ZERO = timedelta(0)
SPREAD_OF_ONE = timedelta(milliseconds=200)


class Cause(IntEnum):
    """Why a turn comes, the most urgent first."""

    ASKED = 0
    COMMIT = 1
    UNDER_WAY = 2
    DRIFT = 3
    ROUTINE = 4


class End(StrEnum):
    """How a pass ended, as far as the next turn asks."""

    AT_REST = "at-rest"
    CHANGED = "changed"
    SWITCHING = "switching"
    REVIEWING = "reviewing"
    UNSETTLED = "unsettled"
    UNCONFIRMED = "unconfirmed"
    HELD = "held"
    LATER = "later"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the loop waits for what. ``jitter`` is a share: 0.05 is 5 % more or less."""

    interval: timedelta = timedelta(minutes=15)
    switching: timedelta = timedelta(minutes=1)
    reviewing: timedelta = timedelta(hours=4)
    unsettled: timedelta = timedelta(minutes=1)
    unconfirmed: timedelta = timedelta(minutes=5)
    held: timedelta = timedelta(seconds=30)
    first_retry: timedelta = timedelta(minutes=1)
    longest_retry: timedelta = timedelta(hours=1)
    jitter: float = 0.05

    @property
    def longest(self) -> timedelta:
        """The longest wait there is, without jitter."""
        return max(self.interval, self.reviewing, self.longest_retry)

    @property
    def late_after(self) -> timedelta:
        """How long a turn may be overdue before the loop is late."""
        return max(self.interval, timedelta(minutes=5))


@dataclass(frozen=True, slots=True)
class Turn:
    """A tenant's place in the order. ``due``: by the clock its looks go by. ``failures``: how many in a row.

    ``left``: whoever had it last never ended it. That may be its own doing, so it is looked at alone: what kills the
    process that looks at it must not keep others from their turn.
    """

    name: str
    due: datetime
    cause: Cause = Cause.ROUTINE
    failures: int = 0
    left: bool = False


def first_turn(name: str, now: datetime, pace: Pace, tenants: int) -> Turn:
    """Return the turn of a tenant that has none, spread so that ``tenants`` of them do not come at once.

    The place is the name's own: the same after every start. One tenant alone does not wait.
    """
    within = min(pace.interval, max(tenants - 1, 0) * SPREAD_OF_ONE)
    return Turn(name, now + within * _share(name))


def next_turn(
    turn: Turn,
    end: End,
    now: datetime,
    pace: Pace,
    chance: float,
    *,
    at: datetime | None = None,
    later: timedelta | None = None,
) -> Turn:
    """Return the turn after a pass that ended as ``end``.

    ``chance``: a number from 0 up to 1 that the jitter comes from. ``at``: something is due then, if that is sooner.
    ``later``: the least wait that a service asked for.
    """
    failures = turn.failures + 1 if end is End.FAILED else 0
    cause, wait = _wait(end, failures, pace)
    wait *= 1 + pace.jitter * (2 * chance - 1)
    if at is not None and end is End.AT_REST:
        wait = min(wait, max(at - now, ZERO))
    return Turn(turn.name, now + max(wait, later or ZERO), cause, failures)


def taken_up(turn: Turn, now: datetime, pace: Pace) -> Turn:
    """Return a turn that was left, as it is claimed again: if it is left once more, it comes later, and then later yet.

    The first time it came at once, for most die of something else. A pass that ends sets what follows, as ever.
    """
    failures = turn.failures + 1
    _, wait = _wait(End.FAILED, failures, pace)
    return replace(turn, due=now + wait, failures=failures, left=False)


def together(turns: Sequence[Turn], most: int) -> tuple[Turn, ...]:
    """Return the first of turns in order that may be looked at together: one that was left, or all up to such a one."""
    if turns and turns[0].left:
        return (turns[0],)
    return tuple(takewhile(lambda turn: not turn.left, turns[:most]))


def sooner(turn: Turn, cause: Cause, now: datetime) -> Turn:
    """Return the turn brought forward to now for a better reason; what failed before counts no more.

    What is due already for a better reason stays as it is.
    """
    if turn.due <= now and turn.cause < cause:
        return turn
    return replace(turn, due=min(now, turn.due), cause=cause, failures=0)


def sane(turn: Turn, now: datetime, pace: Pace, tenants: int) -> Turn:
    """Return the turn, or a first one where its due time can only be of a clock that ran elsewhere.

    Turns that are long overdue (the loop did not run for a while) are spread again like first ones.
    """
    limit = pace.longest * (1 + pace.jitter)
    if turn.due > now + limit or (turn.cause is Cause.ROUTINE and turn.due < now - limit):
        return replace(turn, due=first_turn(turn.name, now, pace, tenants).due)
    return turn


def turned_back(turn: Turn, now: datetime) -> Turn:
    """Return the turn due at once, for a round that goes through everybody; nothing else of it changes."""
    return replace(turn, due=min(turn.due, now))


def in_order(turns: Iterable[Turn], now: datetime, pace: Pace) -> tuple[Turn, ...]:
    """Return those that are due, the most urgent first, then the longest due.

    Nobody starves: what is overdue by more than an interval goes before all but what a person asked for.
    """
    due = (turn for turn in turns if turn.due <= now)
    return tuple(sorted(due, key=lambda turn: (rank(turn, now, pace), turn.due, turn.name)))


def rank(turn: Turn, now: datetime, pace: Pace) -> int:
    """Return its place in that order: that of its cause, or a better one where it has waited for too long."""
    if turn.cause is not Cause.ASKED and now - turn.due > pace.interval:
        return Cause.COMMIT
    return turn.cause


def _wait(end: End, failures: int, pace: Pace) -> tuple[Cause, timedelta]:
    if end is End.FAILED:
        doubled = pace.first_retry * 2 ** min(failures - 1, 30)
        return Cause.ROUTINE, min(doubled, pace.longest_retry)
    return {
        End.AT_REST: (Cause.ROUTINE, pace.interval),
        End.CHANGED: (Cause.UNDER_WAY, ZERO),
        End.SWITCHING: (Cause.UNDER_WAY, pace.switching),
        End.REVIEWING: (Cause.ROUTINE, pace.reviewing),
        End.UNSETTLED: (Cause.UNDER_WAY, pace.unsettled),
        End.UNCONFIRMED: (Cause.DRIFT, min(pace.unconfirmed, pace.interval)),
        End.HELD: (Cause.UNDER_WAY, pace.held),
        End.LATER: (Cause.UNDER_WAY, ZERO),
    }[end]


def _share(name: str) -> float:
    return int.from_bytes(sha256(name.encode(errors="surrogatepass")).digest()[:6], "big") / 2**48

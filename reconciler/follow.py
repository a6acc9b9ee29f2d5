"""A tenant with a switch under way in, its last look out: waiting as a sequence of looks, never as memory.

A switch is followed until it is done or failed, or past an hour of its status page (R-TIME-1H), or the time
given for waiting is over. A credit review may take two weeks and is never followed (R-CREDIT-2W).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from reconciler.act import CLEAR_LOOKS, Hands, settle_open
from reconciler.observe import Observation, Observer, SwitchState, TenantRef, Unknown

STUCK_AFTER = timedelta(hours=1)
STANDING_LOOKS = 5


class Waiter(Protocol):
    """Lets the service's time pass and tells a person what is being waited for."""

    @property
    def patience(self) -> timedelta:
        """The longest wait for one switch, in the service's time."""
        ...

    def pause(self, ref: TenantRef, until: datetime) -> None:
        """Return when something may have changed, at the latest at ``until`` (the service's time)."""
        ...

    def report(self, ref: TenantRef, elapsed: timedelta, state: str) -> None:
        """Show how long it has been and what was last seen."""
        ...


def under_way(observation: Observation) -> SwitchState | None:
    """Return the switch ordered or running in this tenant, None if there is none to be seen."""
    if isinstance(observation.subscriptions, Unknown):
        return None
    switches = (s.switch for s in observation.subscriptions if not isinstance(s.switch, Unknown))
    return next((s for s in switches if s.state in ("ordered", "running")), None)


def worth_waiting(observation: Observation) -> bool:
    """Whether time alone, and not much of it, will end what is under way."""
    switch = under_way(observation)
    if switch is None:
        return False
    review = observation.credit_review
    if isinstance(review, Unknown) or review.state != "none":
        return False
    since = switch.status_page_since
    return isinstance(since, Unknown) or observation.at - since <= STUCK_AFTER


def follow(
    ref: TenantRef,
    observer: Observer,
    waiter: Waiter,
    seen: Observation,
    interrupted: Callable[[], bool] = lambda: False,
) -> Observation:
    """Look again and again until nothing is left that is worth waiting for, or patience ends; return the last look."""
    began, deadline, stuck = seen.at, seen.at + waiter.patience, 0
    while worth_waiting(seen) and seen.at < deadline and stuck < STANDING_LOOKS and not interrupted():
        switch = under_way(seen)
        waiter.report(ref, seen.at - began, switch.state if switch else "none")
        waiter.pause(ref, deadline)
        before, seen = seen.at, observer.observe(ref)
        # What was due at that very moment may happen without time passing; a clock that stands still may not
        # be waited for without end.
        stuck = stuck + 1 if seen.at <= before else 0
    return seen


def outwait(
    ref: TenantRef,
    waiter: Waiter,
    hands: Hands,
    seen: Observation,
    interrupted: Callable[[], bool] = lambda: False,
) -> Observation:
    """Wait out the documented visibility time, then take the two complete looks that settle a lost write."""
    until, looks, stuck = seen.at + (seen.traits.visible_within or timedelta()), CLEAR_LOOKS, False
    while looks and hands.journal.memory().unsettled and not interrupted():
        if seen.at < until and not stuck:
            waiter.pause(ref, until)
        else:
            looks -= 1
        before = seen.at
        seen = follow(ref, hands.observer, waiter, hands.observer.observe(ref), interrupted)
        stuck = seen.at <= before
        settle_open(hands.journal.memory(), ref, seen, hands)
    return seen

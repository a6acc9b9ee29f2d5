"""What a pass saw and did in, how it ended out: by that the next turn is set."""

from __future__ import annotations

from datetime import datetime, timedelta

from reconciler.act import Ending, Outcome
from reconciler.change_plan import Step, Verdict
from reconciler.drift.values import DriftReport
from reconciler.fleet.turns import End
from reconciler.follow import STUCK_AFTER
from reconciler.judged import Judged
from reconciler.observe import Fact, Observation, Unknown
from reconciler.outcomes import Run
from reconciler.rules.purchase import CREDIT_REVIEW_LASTS
from reconciler.standing import switches

# A switch that was ordered and never begins is no longer watched by the minute after so long.
LONGEST_ORDER = timedelta(days=1)


def end_of(
    run: Run,
    judged: Judged,
    drift: DriftReport,
    tried: dict[Step, Outcome],
    *,
    went: bool,
) -> tuple[End, timedelta | None]:
    """Say how the pass ended, and how long the service asked to be left alone.

    ``went``: it was on its way to a step, and no write has failed for good.
    """
    seen, plan = judged.seen, judged.plan
    asked = [o.later for o in tried.values() if o.later is not None]
    later = max((wait for wait in (*asked, seen.later) if wait is not None), default=None)
    if later:
        return End.LATER, later
    unsettled = judged.memory.unsettled
    if isinstance(unsettled, Unknown) or _went_wrong(run, tried):
        return End.FAILED, None
    if unsettled:
        return End.UNSETTLED, None
    if plan.verdict is Verdict.UNKNOWN:
        return End.FAILED, None
    if went and plan.writes:
        # What a brake held at the last moment changed nothing, and would be held again at once.
        return (End.HELD if all(o.held for o in tried.values()) else End.CHANGED), None
    return _under_way(seen, judged, drift), None


def _went_wrong(run: Run, tried: dict[Step, Outcome]) -> bool:
    """Whether a turn broke off before a step, or a step has to be tried anew by another look."""
    before_any = any(o.ending is Ending.FAILED for _, o in run.outcomes) and not tried
    return before_any or any(o.ending is Ending.FAILED and o.later is not None for o in tried.values())


def _under_way(seen: Observation, judged: Judged, drift: DriftReport) -> End:
    if any(_runs(state.ordered_at, state.status_page_since, seen.at) for state in switches(judged)):
        return End.SWITCHING
    review = seen.credit_review
    if not isinstance(review, Unknown) and review.state == "pending" and _within_days(review.since, seen.at):
        return End.REVIEWING
    return End.UNCONFIRMED if drift.unconfirmed else End.AT_REST


def _runs(ordered_at: Fact[datetime], page_since: Fact[datetime], now: datetime) -> bool:
    """Whether a switch may still come to its end by itself soon: past an hour of its page it is support's."""
    if not isinstance(page_since, Unknown):
        return now - page_since < STUCK_AFTER
    return isinstance(ordered_at, Unknown) or now - ordered_at < LONGEST_ORDER


def _within_days(since: Fact[datetime], now: datetime) -> bool:
    return isinstance(since, Unknown) or now - since < CREDIT_REVIEW_LASTS

"""What was approved and what would be done now in; whether the one covers the other out.

A person approved what they saw. What they saw may still be done when less of it is left, or when time has
done its part (a step that waited waits no more); anything else is a new change plan for them to see.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from reconciler.change_plan import ChangePlan, Step, TenantPlan, Verdict
from reconciler.digest import digest
from reconciler.errors import PlanRefused
from reconciler.messages import say
from reconciler.model import Action
from reconciler.moved import moves

SHOWN_AT_MOST = 5


def covers(approved: TenantPlan, step: Step) -> bool:
    """Whether ``step`` is among what was approved for its tenant: the same, or the rest of a switch shown."""
    shown = [s for s in approved.steps if s.verdict in (Verdict.APPLY, Verdict.WAIT)]
    return any(_is_same(s, step) or _is_rest_of(s, step) for s in shown)


def _is_same(shown: Step, step: Step) -> bool:
    """The same change to the same subscription; only what stands behind a switch may find another id there."""
    same_place = shown.subscription_id == step.subscription_id or shown.behind_switch
    return step.shape == shown.shape and same_place


def _is_rest_of(switch: Step, step: Step) -> bool:
    """The licences of a switch that somebody's running switch has not brought: same end, no more than was shown."""
    return (
        switch.action is Action.SWITCH
        and step.action is Action.ADD
        and (step.address, step.after) == (switch.address, switch.after)
        and step.added <= switch.added
    )


def refuse_unless_usable(
    saved: ChangePlan, now: datetime, longest: timedelta, used_at: datetime | None
) -> None:
    """Raise PlanRefused for a saved plan that was used, has expired, or may not be applied at all."""
    if used_at is not None:
        raise PlanRefused(say("saved.used", when=_minute(used_at)))
    if now >= min(saved.valid_until, saved.created_at + longest):
        raise PlanRefused(
            say("saved.expired", made=_minute(saved.created_at), until=_minute(saved.valid_until))
        )
    if saved.created_at > now:
        raise PlanRefused(say("saved.from-the-future", made=_minute(saved.created_at), now=_minute(now)))
    if saved.source.what_if:
        raise PlanRefused(say("saved.what-if", supposed=", ".join(saved.source.what_if)))
    if saved.errored:
        raise PlanRefused(say("saved.errored"))


def refuse_used(digest_: str, used_at: datetime | None) -> None:
    """Raise PlanRefused for an approved digest that was used before."""
    if used_at is not None:
        raise PlanRefused(say("approved.used", digest=digest_, when=_minute(used_at)))


def refuse_unless_approved(approved: str | None, found: str, paths: str) -> None:
    """Raise PlanRefused unless what would be done is what was approved; None: nothing was approved by a digest."""
    if approved is not None and approved != found:
        raise PlanRefused(say("approved.other", approved=approved, found=found, paths=paths))


def refuse_another(approved: str | None, saved_digest: str, file: object) -> None:
    """Raise PlanRefused for a saved plan that is not the approved one; None: nothing was approved by a digest."""
    if approved is not None and approved != saved_digest:
        raise PlanRefused(say("approved.not-this", approved=approved, found=saved_digest, file=file))


def refuse_if_moved(saved: ChangePlan, saved_digest: str, fresh: ChangePlan) -> None:
    """Raise PlanRefused, naming the fields, unless ``fresh`` is what the saved plan's digest covers."""
    if digest(saved.covered) != saved_digest:
        raise PlanRefused(say("saved.altered", digest=saved_digest))
    moved = moves(saved, fresh)
    if moved:
        more = len(moved) - SHOWN_AT_MOST
        told = [*moved[:SHOWN_AT_MOST], *([say("saved.more", count=more)] if more > 0 else [])]
        raise PlanRefused(say("saved.moved", moves="; ".join(told)))


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")

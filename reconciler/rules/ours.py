"""What the file and our own store say about writing in, answers out: pauses, the stop, unsettled writes.

A pause written in the tenant file holds for a plan from a snapshot as well; a pause in the store is left out
where there is no store to ask.
"""

from __future__ import annotations

from datetime import UTC, date

from reconciler.memory import Intent
from reconciler.messages import say
from reconciler.model import Mode, Suspension
from reconciler.rules.reading import today, who
from reconciler.rules.scene import Answer, Scene, know


def suspended(scene: Scene) -> Answer:
    """A pause in the file or in the store holds until the day it names; either is enough."""
    day, written = today(scene), scene.declaration.suspend
    if written and day < written.until:
        return Answer.failed("file", **_pause(scene, written))
    stored = _stored_pause(scene)
    if stored and day < stored.until:
        return Answer.failed("store", **_pause(scene, stored))
    return Answer.passed(**who(scene))


def report_only(scene: Scene) -> Answer:
    """``mode: report`` never writes; after a pause somebody must say that writing may begin again."""
    day, written = today(scene), scene.declaration.suspend
    if scene.declaration.mode is Mode.REPORT:
        return Answer.failed(**who(scene))
    if written and _ended(written, day):
        return Answer.failed("file-ended", **_pause(scene, written))
    stored = _stored_pause(scene)
    if stored and _ended(stored, day):
        return Answer.failed("store-ended", **_pause(scene, stored))
    return Answer.passed(**who(scene))


def outside_window(scene: Scene) -> Answer:
    """This version does not judge change windows, so a declared one is never taken as open."""
    if not scene.declaration.windows:
        return Answer.skipped(say("outside-window.skipped"))
    return Answer.undecided("unjudged", count=len(scene.declaration.windows), **who(scene))


def over_limit(scene: Scene) -> Answer:
    """This version does not judge limits, so a declared one is never taken as kept."""
    if not scene.declaration.limits:
        return Answer.skipped(say("over-limit.skipped"))
    named = ", ".join(f"{name}: {value}" for name, value in sorted(scene.declaration.limits.items()))
    return Answer.undecided("unjudged", limits=named, **who(scene))


def stopped(scene: Scene) -> Answer:
    """The global stop holds every write of every tenant."""
    reason = know(scene.memory.stopped, say("fact.stop"))
    if reason is None:
        return Answer.passed(**who(scene))
    return Answer.failed(reason=reason, **who(scene))


def outcome_unknown(scene: Scene) -> Answer:
    """While an earlier write may still take effect, this tenant gets no other."""
    unsettled = know(scene.memory.unsettled, say("fact.journal"))
    if not unsettled:
        return Answer.passed(**who(scene))
    oldest_first = sorted(unsettled, key=lambda intent: (intent.intended_at, intent.id))
    writes = "; ".join(_told(scene, intent) for intent in oldest_first)
    return Answer.failed(writes=writes, **who(scene))


def _told(scene: Scene, intent: Intent) -> str:
    return say(
        f"outcome-unknown.{intent.action}",
        address=intent.address,
        before=intent.before,
        after=intent.after,
        request=intent.request_id,
        at=(intent.sent_at or intent.intended_at).astimezone(UTC),
    )


def _stored_pause(scene: Scene) -> Suspension | None:
    if scene.memory.absent:
        return None
    return know(scene.memory.suspension, say("fact.suspension"))


def _ended(pause: Suspension, day: date) -> bool:
    return pause.until <= day


def _pause(scene: Scene, pause: Suspension) -> dict[str, object]:
    return {**who(scene), "reason": pause.reason, "owner": pause.owner, "until": pause.until}

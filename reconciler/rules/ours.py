"""What the file and our own store say about writing in, answers out: pauses, the stop, unsettled writes, buying back.

A pause written in the tenant file holds for a plan from a snapshot as well; a pause in the store is left out
where there is no store to ask.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo

from reconciler import baseline, windows
from reconciler.memory import Intent
from reconciler.messages import say
from reconciler.model import Mode, Suspension
from reconciler.observe import Unknown
from reconciler.rules.reading import know_by_name, number, source, target, today, who
from reconciler.rules.scene import Answer, Effect, Scene, know


def suspended(scene: Scene) -> Answer:
    """A pause in the file or in the store holds until the day it names; either is enough."""
    day, written = today(scene), scene.declaration.suspend
    if written and day < written.until:
        return Answer.failed("file", **_pause(scene, written))
    stored = _stored_pause(scene)
    if stored and day < stored.until:
        return Answer.failed("store", **_pause(scene, stored))
    know_by_name(scene, say("fact.suspension"))
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
    """Writing begins inside a change window only; one that has begun is never cut off by its end."""
    if not scene.declaration.windows:
        return Answer.skipped(say("outside-window.skipped"))
    spans, at = tuple(windows.parse(declared) for declared in scene.declaration.windows), scene.observation.at
    opening = windows.next_opening(spans, at)
    if opening is None:
        return Answer.failed("never", at=_clock(at, UTC), **who(scene))
    zone = windows.opened_by(spans, opening)
    facts = {**who(scene), "at": _clock(at, zone), "zone": zone.key}
    if opening == at:
        return Answer.passed(**facts)
    return Answer.failed(opens=_clock(opening, zone), utc=_clock(opening, UTC), **facts)


def over_limit(scene: Scene) -> Answer:
    """What one run adds to a tenant, and by how much a subscription grows; the fleet's limits are ``fleet``'s."""
    limits, before = scene.limits, number(source(scene), scene)
    added = number(target(scene), scene) - before
    facts = {**who(scene), "added": added, "before": before, "counted": scene.added_before}
    if added and scene.added_before + added > limits.licenses_added:
        return Answer.failed("tenant", None, most=limits.licenses_added, **facts)
    if limits.grows_too_much(before, added):
        return Answer.failed(
            "growth",
            None,
            most=limits.growth_percent,
            floor=limits.growth_floor,
            after=before + added,
            **facts,
        )
    return Answer.passed(**facts)


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
        know_by_name(scene, say("fact.journal"))
        return Answer.passed(**who(scene))
    oldest_first = sorted(unsettled, key=lambda intent: (intent.intended_at, intent.id))
    writes = "; ".join(_told(scene, intent) for intent in oldest_first)
    return Answer.failed(writes=writes, word=scene.declaration.tenant, **who(scene))


def bought_back(scene: Scene) -> Answer:
    """What somebody else took away would be bought again, and be paid for as long as it is billed."""
    before, after = number(source(scene), scene), number(target(scene), scene)
    if after <= before:
        return Answer.skipped(say("bought-back.nothing"))
    held = None if scene.limits.buy_back else Effect.BLOCK
    if held and isinstance(scene.stood, Unknown):
        return replace(Answer.undecided("unread", why=scene.stood.reason, **who(scene)), effect=held)
    stood = know(scene.stood, say("fact.baseline")).get(scene.address)
    if stood is None:
        return Answer.skipped(say("bought-back.not-remembered"))
    back = baseline.bought_back(stood, before, after)
    facts = {**who(scene), "stood": stood, "before": before, "lowered": stood - before, "back": back}
    return Answer.failed("held" if held else "fail", held, **facts) if back else Answer.passed(**facts)


def _told(scene: Scene, intent: Intent) -> str:
    return say(
        f"outcome-unknown.{intent.action}",
        address=intent.address,
        before=intent.before,
        after=intent.after,
        request=intent.request_id,
        at=(intent.sent_at or intent.intended_at).astimezone(UTC),
    )


def _clock(at: datetime, zone: tzinfo) -> str:
    wall = at.astimezone(zone)
    return f"{windows.DAYS[wall.weekday()]} {wall:%Y-%m-%d %H:%M}"


def _stored_pause(scene: Scene) -> Suspension | None:
    if scene.memory.absent:
        return None
    return know(scene.memory.suspension, say("fact.suspension"))


def _ended(pause: Suspension, day: date) -> bool:
    return pause.until <= day


def _pause(scene: Scene, pause: Suspension) -> dict[str, object]:
    # A brake is named by domain or id: by its name only where the configuration says which files there are.
    word = scene.declaration.tenant
    return {**who(scene), "word": word, "reason": pause.reason, "owner": pause.owner, "until": pause.until}

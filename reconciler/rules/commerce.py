"""What today's commerce does with a write in, answers out: what it drops, what is owed, and for how long.

These are of the partner's service; its sections are named as ``PC`` with their number.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from reconciler.memory import MANY_RAISES
from reconciler.messages import say
from reconciler.observe import LiveSubscription, Observation, Unknown, Unversioned
from reconciler.rules.reading import live, member, number, source, target, title, who
from reconciler.rules.scene import Answer, Effect, NotKnown, Scene, know

LEGACY = "legacy"
ARRANGED = {"renewal": "scheduled-change-lost.renewal", "billing": "scheduled-change-lost.billing"}
RENEWS_WITHIN = timedelta(hours=24)
TRIAL_ENDS_SOON = timedelta(days=7)
# About as many updates as a subscription takes in its life (PC 5); some are made by others, so it is told early.
MOST_RAISES = 1200


def scheduled_change_lost(scene: Scene) -> Answer:
    """More licences or another plan, and the service drops what was arranged for later (PC 1.6)."""
    arranged = know(live(scene).scheduled, member(scene, "scheduled"))
    if not arranged:
        return Answer.passed(**who(scene))
    words = (say(ARRANGED[word]) if word in ARRANGED else f'"{word}"' for word in arranged)
    return Answer.failed(arranged=say("rule.and").join(words), **who(scene))


def renewal_near(scene: Scene) -> Answer:
    """Around its renewal a subscription is not written to (PC 15); the day after it may still show the old term."""
    ends = know(live(scene).term_ends, member(scene, "termEnds"))
    facts = {**who(scene), "ends": ends.astimezone(UTC)}
    if abs(ends - scene.observation.at) <= RENEWS_WITHIN:
        return Answer.failed(**facts)
    return Answer.passed(**facts)


def add_ons_present(scene: Scene) -> Answer:
    """With add-ons hanging on it a subscription is not switched (M-06, PC 6)."""
    names = know(live(scene).add_ons, member(scene, "addOns"))
    if not names:
        return Answer.passed(**who(scene))
    return Answer.failed(names=", ".join(names), count=len(names), **who(scene))


def trial_converts(scene: Scene) -> Answer:
    """A trial of new commerce turns into a paid year unless its renewal is off (PC 1.7); a legacy one does not (PC 10).

    With a step or without one, every trial of the tenant is told: nobody has to want a change for it to cost.
    """
    soon: list[str] = []
    later: list[str] = []
    missing: NotKnown | None = None
    for name, each in _trials_to_ask(scene):
        try:
            ends = _converts(name, each)
        except NotKnown as unknown:
            missing = missing or unknown
            continue
        if ends is not None:
            near = ends - scene.observation.at <= TRIAL_ENDS_SOON
            (soon if near else later).append(_trial_told(scene, name, each, ends))
    facts = {**who(scene), "trials": "; ".join((*soon, *later))}
    if soon or later:
        return Answer.failed("near" if soon else "fail", **facts)
    if missing is not None:
        raise missing
    return Answer.passed(**facts)


def seats_owed(scene: Scene) -> Answer:
    """Added licences can be taken back for seven days; then they are owed until the term ends (PC 1.4, M-17)."""
    added = number(target(scene), scene) - number(source(scene), scene)
    if added <= 0:
        return Answer.skipped(say("seats-owed.none"))
    if know(live(scene).commerce, member(scene, "commerce")) == LEGACY:
        return Answer.passed(**who(scene))
    ends = live(scene).term_ends
    facts = {**who(scene), "added": added}
    if isinstance(ends, Unknown):
        return Answer.failed("no-end", reason=ends.reason, **facts)
    return Answer.failed(ends=ends.astimezone(UTC), **facts)


def update_budget(scene: Scene) -> Answer:
    """A subscription takes about 1,200 updates in its life, then none (PC 5); counted are those our journal knows."""
    know(scene.memory.intents, say("fact.journal"))
    done = scene.memory.raises.get(live(scene).id, 0)
    facts = {**who(scene), "done": done, "most": MOST_RAISES, "many": MANY_RAISES}
    if done >= MOST_RAISES:
        return Answer.failed("spent", Effect.SUPPORT, **facts)
    if done >= MANY_RAISES:
        return Answer.failed(left=MOST_RAISES - done, **facts)
    return Answer.passed(**facts)


def no_version(scene: Scene) -> Answer:
    """Without a version to compare, a number somebody has changed meanwhile would be written over (PC 2.3)."""
    unversioned = scene.observation.traits.unversioned
    if unversioned is Unversioned.UNHEEDED:
        return Answer.skipped(say("no-version.skipped"))
    if live(scene).version is not None:
        return Answer.passed(**who(scene))
    bought, total = number(source(scene), scene), number(target(scene), scene)
    facts = {**who(scene), "plan": title(scene, target(scene).plan), "bought": bought, "total": total}
    if unversioned is Unversioned.REFUSED:
        return Answer.failed(**facts)
    return Answer.failed("race", Effect.WARN, **facts)


def conversions(seen: Observation) -> tuple[datetime, ...]:
    """Return when trials of the tenant become paid by themselves, as far as that is known, soonest first."""
    found = []
    for each in () if isinstance(seen.subscriptions, Unknown) else seen.subscriptions:
        with suppress(NotKnown):
            found.append(_converts(each.id, each))
    return tuple(sorted(ends for ends in found if ends is not None))


def _trials_to_ask(scene: Scene) -> list[tuple[str, LiveSubscription]]:
    """The step's own subscription, or, where the tenant itself is judged, all there are."""
    if scene.action is not None:
        return [(scene.address, live(scene))]
    names = {id_: address for address, id_ in scene.paired.items()}
    return [(names.get(s.id, s.id), s) for s in know(scene.observation.subscriptions, "subscriptions")]


def _converts(name: str, each: LiveSubscription) -> datetime | None:
    """Return when a trial becomes a paid subscription by itself, None for what is no trial or does not."""
    if not know(each.trial, f"subscriptions[{name}].trial"):
        return None
    if know(each.commerce, f"subscriptions[{name}].commerce") == LEGACY:
        return None
    if not know(each.auto_renews, f"subscriptions[{name}].autoRenews"):
        return None
    return know(each.term_ends, f"subscriptions[{name}].termEnds")


def _trial_told(scene: Scene, name: str, each: LiveSubscription, ends: datetime) -> str:
    key = "" if isinstance(each.plan, Unknown) else each.plan
    plan = title(scene, key) if key else say("switch-running.unknown-plan")
    return say("trial-converts.one", name=name, plan=plan, ends=ends.astimezone(UTC))

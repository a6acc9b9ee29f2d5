"""A scene in, one thing of it out; what can not be told ends the rule as unknown.

Names are those of the live-state file, so that an administrator finds the fact that was missing.
"""

from __future__ import annotations

from datetime import UTC, date

from reconciler.catalogue import Plan
from reconciler.messages import say
from reconciler.model import Action, Subscription
from reconciler.observe import LiveSubscription
from reconciler.rules.scene import NotKnown, Scene, know


def who(scene: Scene) -> dict[str, object]:
    """Return what every sentence may name: the tenant and the declared subscription."""
    return {"tenant": scene.declaration.name, "subscription": scene.address}


def member(scene: Scene, name: str) -> str:
    """Return what a fact of the step's subscription is called: ``subscriptions[main].assigned``."""
    return f"subscriptions[{scene.address}].{name}"


def live(scene: Scene) -> LiveSubscription:
    """Return the live subscription of the step; raises NotKnown if none was matched."""
    if scene.live is None:
        raise NotKnown(f"subscriptions[{scene.address}]", say("rule.not-matched"))
    return scene.live


def source(scene: Scene) -> Subscription:
    """Return what the step starts from: a switch's own before, for an add what will stand at its turn."""
    start = scene.before if scene.action is Action.SWITCH else scene.standing or scene.before
    return _given(start, scene)


def target(scene: Scene) -> Subscription:
    """Return what the step would make of the subscription."""
    return _given(scene.after, scene)


def number(subscription: Subscription, scene: Scene) -> int:
    """Return its bought licences; raises NotKnown where the number was never settled."""
    if subscription.licenses is None:
        raise NotKnown(member(scene, "licenses"), say("rule.not-matched"))
    return subscription.licenses


def plan(scene: Scene, key: str) -> Plan:
    """Return the catalogue's plan; raises NotKnown for a word the catalogue does not have."""
    found = scene.catalogue.plans.get(key)
    if found is None:
        raise NotKnown(member(scene, "plan"), say("rule.unknown-plan", word=key))
    return found


def title(scene: Scene, key: str) -> str:
    """Return the plan's display name, or the word itself in quotes."""
    found = scene.catalogue.plans.get(key)
    return found.name if found else f'"{key}"'


def titles(scene: Scene) -> dict[str, object]:
    """Return ``who`` with the display names of both plans of a switch."""
    return {
        **who(scene),
        "source": title(scene, source(scene).plan),
        "target": title(scene, target(scene).plan),
    }


def today(scene: Scene) -> date:
    """Return the UTC day of the judging time, by which pauses end and back-ups age."""
    return scene.observation.at.astimezone(UTC).date()


def know_by_name(scene: Scene, fact: str) -> None:
    """End the rule as unknown where our own store may keep ``fact`` under a name of the tenant that was not read."""
    apart = know(scene.memory.apart, fact)
    if apart:
        kinds = say("rule.and").join(say(f"rule.word.{kind}") for kind in sorted(apart))
        raise NotKnown(fact, say("rule.kept-apart", kinds=kinds))


def unknown_word(fact: str, word: str) -> NotKnown:
    """Return the signal for a word the service used and this version does not know."""
    return NotKnown(fact, say("rule.unknown-word", word=word))


def _given(subscription: Subscription | None, scene: Scene) -> Subscription:
    if subscription is None:
        raise NotKnown(f"subscriptions[{scene.address}]", say("rule.not-matched"))
    return subscription

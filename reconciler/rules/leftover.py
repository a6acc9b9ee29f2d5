"""What can not be a step of ours in, answers out: nothing to match, more than one match, fewer licences."""

from __future__ import annotations

from reconciler.messages import say
from reconciler.rules.reading import number, target, title, who
from reconciler.rules.scene import Answer, NotKnown, Scene

UNSETTLED = frozenset({"ambiguous", "gone"})


def ambiguous_subscription(scene: Scene) -> Answer:
    """The declared subscription must mean exactly one live one; the tool never guesses which."""
    named = {**who(scene), "candidates": "; ".join(scene.candidates) or say("ambiguous-subscription.nobody")}
    if scene.problem == "gone":
        return Answer.failed("gone", **named)
    if scene.problem == "ambiguous":
        return Answer.failed(**named)
    if scene.live is not None:
        return Answer.passed(id=scene.live.id, **who(scene))
    if scene.problem == "absent":
        return Answer.skipped(say("ambiguous-subscription.skipped"))
    raise NotKnown(f"subscriptions[{scene.address}]", say("rule.not-matched"))


def not_live(scene: Scene) -> Answer:
    """Buying a subscription is a person's work: there is no action for it (R-MAN-DEF, R-MAN-SUPPORT)."""
    if scene.problem in UNSETTLED:
        return Answer.skipped(say("not-live.skipped"))
    if scene.live is not None:
        return Answer.passed(id=scene.live.id, **who(scene))
    if scene.problem != "absent":
        raise NotKnown(f"subscriptions[{scene.address}]", say("rule.not-matched"))
    wanted = target(scene)
    count = say("not-live.any-number") if wanted.licenses is None else wanted.licenses
    return Answer.failed(plan=title(scene, wanted.plan), count=count, **who(scene))


def fewer_licenses(scene: Scene) -> Answer:
    """Licences are never taken away by the tool; support does that (R-NO-REMOVE, R-REDUCE-SUPPORT)."""
    if scene.before is None:
        return Answer.skipped(say("fewer-licenses.skipped"))
    if target(scene).licenses is None:
        return Answer.skipped(say("fewer-licenses.unmanaged"))
    bought, wanted = number(scene.before, scene), number(target(scene), scene)
    facts = {**who(scene), "bought": bought, "wanted": wanted, "plan": title(scene, scene.before.plan)}
    if wanted < bought:
        return Answer.failed(fewer=bought - wanted, **facts)
    return Answer.passed(**facts)

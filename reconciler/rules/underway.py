"""Switches ordered, running, failed or wanted first in, answers out: no second order, no writes meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta

from reconciler.messages import say
from reconciler.observe import SwitchState, Unknown
from reconciler.rules.purchase import known_review
from reconciler.rules.reading import live, member, title, unknown_word, who
from reconciler.rules.scene import Answer, Effect, Scene, know

USUAL = timedelta(minutes=10)
STUCK = timedelta(hours=1)
AT_REST = frozenset({"none", "failed"})
UNDER_WAY = frozenset({"ordered", "running"})


@dataclass(frozen=True, slots=True)
class _Seen:
    """A switch of this or another subscription of the tenant; ``name`` is how sentences call it."""

    name: str
    switch: SwitchState


def switch_running(scene: Scene) -> Answer:
    """While one switch runs the portal is locked for the tenant (R-NO-REASSIGN, R-TIME-*, A-17)."""
    at_work = [seen for seen in _all_switches(scene) if seen.switch.state in UNDER_WAY]
    if not at_work:
        return Answer.passed(**who(scene))
    answers = [_clocked(scene, seen) for seen in at_work]
    return next((a for a in answers if a.effect is Effect.SUPPORT), answers[0])


def switch_failed(scene: Scene) -> Answer:
    """A failed switch is not ordered again until the service shows none (R-TIME-1H, A-17, M-29)."""
    switch = know(live(scene).switch, member(scene, "switch"))
    if switch.state == "failed":
        return Answer.failed(to=_to(scene, switch), **who(scene))
    if switch.state not in UNDER_WAY | AT_REST:
        raise unknown_word(member(scene, "switch.state"), switch.state)
    return Answer.passed(**who(scene))


def switch_first(scene: Scene) -> Answer:
    """No licence is bought for a plan about to be left; the add follows the verified switch (A-13, A-14)."""
    return Answer.failed(**who(scene)) if scene.switch_before else Answer.passed(**who(scene))


def _all_switches(scene: Scene) -> list[_Seen]:
    """Return this subscription's switch, then the others'; one not known makes the rule unknown."""
    own = live(scene)
    named = [(scene.address, own.switch)]
    others = know(scene.observation.subscriptions, "subscriptions")
    named += [(other.id, other.switch) for other in others if other.id != own.id]
    seen = []
    for name, fact in named:
        switch = know(fact, f"subscriptions[{name}].switch")
        if switch.state not in UNDER_WAY | AT_REST:
            raise unknown_word(f"subscriptions[{name}].switch.state", switch.state)
        seen.append(_Seen(name, switch))
    return seen


def _clocked(scene: Scene, seen: _Seen) -> Answer:
    """Judge a switch under way by its clock: from first sight of the status page, not the order (A-17)."""
    switch, since = seen.switch, seen.switch.status_page_since
    facts = {**who(scene), "which": seen.name, "to": _to(scene, switch), "state": switch.state}
    if isinstance(since, Unknown):
        return Answer.failed("ordered" if switch.state == "ordered" else "no-clock", **facts)
    # A review holds an ordered switch for up to two weeks before the status page means anything.
    if switch.state == "ordered" and known_review(scene).state == "pending":
        return Answer.failed("ordered", **facts)
    elapsed = scene.observation.at - since
    facts |= {"minutes": max(0, elapsed // timedelta(minutes=1)), "since": since.astimezone(UTC)}
    if elapsed > STUCK:
        return Answer.failed("stuck", Effect.SUPPORT, **facts)
    return Answer.failed("slow" if elapsed > USUAL else "fail", **facts)


def _to(scene: Scene, switch: SwitchState) -> str:
    return say("switch-running.unknown-plan") if isinstance(switch.to, Unknown) else title(scene, switch.to)

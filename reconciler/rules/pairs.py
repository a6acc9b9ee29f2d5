"""A switch's two plans in, answers out: is the pair listed, how sure is that, does the service offer it."""

from __future__ import annotations

from reconciler.catalogue import Confidence, ForbiddenPair, SwitchPair
from reconciler.messages import say
from reconciler.observe import Unknown
from reconciler.rules.reading import live, member, source, target, title, titles
from reconciler.rules.scene import Answer, Scene, know


def pair_not_listed(scene: Scene) -> Answer:
    """The wizard works for listed pairs only; every other one is a manual switch (R-LIST, R-NOT-LISTED).

    Where the service is asked for each subscription there is no list, only what is forbidden (M-29, M-31).
    """
    forbidden = _forbidden(scene)
    if forbidden:
        return Answer.failed("forbidden", reason=forbidden.reason, **titles(scene))
    if scene.catalogue.asks_service:
        return Answer.skipped(say("skipped.service-asked"))
    return Answer.passed(**titles(scene)) if _listed(scene) else Answer.failed(**titles(scene))


def pair_unconfirmed(scene: Scene) -> Answer:
    """A pair the list gives with less than certainty needs the service's own word (A-1 to A-4, A-22)."""
    if scene.catalogue.asks_service:
        return Answer.skipped(say("skipped.service-asked"))
    pair = _listed(scene)
    if pair is None:
        return Answer.skipped(say("skipped.not-listed"))
    if pair.confidence is Confidence.CERTAIN:
        return Answer.skipped(say("skipped.certain"))
    facts = {**titles(scene), "confidence": str(pair.confidence), "offers": _offers(scene)}
    if _offered(scene):
        return Answer.passed(**facts)
    if _hidden_by_review(scene):
        return Answer.skipped("explained by credit-review")
    return Answer.failed(**facts)


def not_offered(scene: Scene) -> Answer:
    """What the service does not offer can not be ordered, list or not (R-NO-OPTIONS, A-21, A-22, M-29)."""
    asked = scene.catalogue.asks_service
    if _forbidden(scene):
        return Answer.skipped(say("skipped.forbidden"))
    if not asked and _listed(scene) is None:
        return Answer.skipped(say("skipped.not-listed"))
    if _offered(scene):
        return Answer.passed(**titles(scene))
    if not know(live(scene).offers, member(scene, "offers")):
        return Answer.failed("no-path" if asked else "no-options", **titles(scene))
    return Answer.failed("not-a-path" if asked else "fail", offers=_offers(scene), **titles(scene))


def _listed(scene: Scene) -> SwitchPair | None:
    return scene.catalogue.pair(source(scene).plan, target(scene).plan)


def _forbidden(scene: Scene) -> ForbiddenPair | None:
    return scene.catalogue.forbidden.get((source(scene).plan, target(scene).plan))


def _offered(scene: Scene) -> bool:
    return target(scene).plan in know(live(scene).offers, member(scene, "offers"))


def _hidden_by_review(scene: Scene) -> bool:
    """Whether nothing is on offer because a credit review runs (R-NO-OPTIONS-CREDIT): time brings the offers back."""
    review = scene.observation.credit_review
    nothing = not know(live(scene).offers, member(scene, "offers"))
    return nothing and not isinstance(review, Unknown) and review.state == "pending"


def _offers(scene: Scene) -> str:
    offers = know(live(scene).offers, member(scene, "offers"))
    return ", ".join(sorted(title(scene, key) for key in offers)) or say("pair-unconfirmed.no-offers")

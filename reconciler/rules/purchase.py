"""How the subscription was bought in, answers out: prepaid keys, trials, and the seller's credit review."""

from __future__ import annotations

from datetime import UTC, timedelta

from reconciler.observe import CreditReview, Unknown
from reconciler.rules.reading import live, member, unknown_word, who
from reconciler.rules.scene import Answer, Effect, Scene, know

CREDIT_REVIEW_LASTS = timedelta(days=14)
PAID_BY_ACCOUNT = frozenset({"card", "invoice"})


def prepaid(scene: Scene) -> Answer:
    """A plan bought with a prepaid card or key is out of the wizard's reach (R-PREPAID, R-PRODUCT-KEY)."""
    payment = _payment(scene)
    if payment == "prepaid":
        return Answer.failed(**who(scene))
    return Answer.passed(payment=payment, **who(scene))


def trial_not_bought(scene: Scene) -> Answer:
    """A trial is no switch source, and no licence can be added to one (R-TRIAL, M-19)."""
    if know(live(scene).trial, member(scene, "trial")):
        return Answer.failed(**who(scene))
    return Answer.passed(**who(scene))


def credit_review(scene: Scene) -> Answer:
    """A review holds every order, and starts the switch by itself when granted (R-CREDIT-*, A-15, A-18)."""
    review = known_review(scene)
    if review.state == "none":
        return Answer.passed(**who(scene))
    if isinstance(review.since, Unknown):
        return Answer.failed("since-unknown", reason=review.since.reason, **who(scene))
    age = scene.observation.at - review.since
    facts = {
        **who(scene),
        "since": review.since.astimezone(UTC),
        "days": age.days,
        "limit": CREDIT_REVIEW_LASTS.days,
    }
    if age > CREDIT_REVIEW_LASTS:
        return Answer.failed("too-long", Effect.SUPPORT, **facts)
    return Answer.failed(**facts)


def credit_check_ahead(scene: Scene) -> Answer:
    """Paying by invoice may start a credit check of up to two weeks with the order (R-CREDIT-TRIGGER)."""
    if _payment(scene) == "invoice":
        return Answer.failed(**who(scene))
    return Answer.passed(**who(scene))


def known_review(scene: Scene) -> CreditReview:
    """Return the tenant's credit review; raises NotKnown when unread or in a state we do not know."""
    review = know(scene.observation.credit_review, "creditReview")
    if review.state not in ("none", "pending"):
        raise unknown_word("creditReview.state", review.state)
    return review


def _payment(scene: Scene) -> str:
    fact = member(scene, "payment")
    payment = know(live(scene).payment, fact)
    # A new word ("voucher") may well mean prepaid, so it counts as neither.
    if payment != "prepaid" and payment not in PAID_BY_ACCOUNT:
        raise unknown_word(fact, payment)
    return payment

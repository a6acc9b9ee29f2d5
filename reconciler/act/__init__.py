"""One step in, its outcome out: intent, write, look, settle. Decides nothing.

Ports: ``Actor`` writes (two methods, and neither can lower anything), ``Inquiry`` asks a service whether it
took a request, ``Journal`` holds the intents of one leased tenant.

The order is what makes a crash harmless. The intent is durable before anything is sent, and "sent" is durable
before the call, so a run that dies leaves behind at most one open intent, and no second write is made for the
tenant until a look, or the service's own answer, has settled it:

    intend ── brakes? sent ── call ──► accepted | refused | no answer ── look ──► settled, or left open

Success is what was read back, never what was answered.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from reconciler.act.ending import Ending, Outcome
from reconciler.act.ports import Actor, DigestUse, Errand, Hands, Inquiry, Journal, Raise, SwitchOrder
from reconciler.change_plan import Step, Verdict
from reconciler.errors import (
    AnswerLost,
    Braked,
    DaySpent,
    Later,
    LeaseLost,
    Moved,
    NotWritten,
    Paused,
    Refused,
    StateUnreadable,
    Stopped,
)
from reconciler.memory import Intent, Memory, Settled, Shown, left_users_behind, now_held, shown, successor
from reconciler.messages import say
from reconciler.model import WRITES, Action
from reconciler.observe import Observation, TenantRef, Unknown

__all__ = [
    "CLEAR_LOOKS",
    "Actor",
    "DigestUse",
    "Ending",
    "Errand",
    "Hands",
    "Inquiry",
    "Journal",
    "Outcome",
    "Raise",
    "SwitchOrder",
    "act",
    "as_settled",
    "settle",
    "settle_open",
]

CLEAR_LOOKS = 2


def act(step: Step, ref: TenantRef, seen: Observation, hands: Hands, errand: Errand) -> Outcome:
    """Do one step that was judged on ``seen``, the look just taken. Raises StateUnreadable, LeaseLost, PlanRefused."""
    intent = hands.journal.intend(
        _intent(step, ref, seen, errand), uses_plan=errand.uses_plan, uses_digest=errand.uses_digest
    )
    try:
        intent = hands.journal.sent(intent, seen.at)
    except Braked as brake:
        hands.journal.settle(intent, Settled.NOT_TAKEN, say("evidence.braked", why=brake), seen=False)
        return _braked(brake, ref)
    try:
        by_hand = _write(step, ref, intent, seen, hands.actor)
    except NotWritten as refusal:
        return _not_written(refusal, intent, ref, hands.journal)
    except AnswerLost as lost:
        return _read_back(intent, ref, hands, str(lost), accepted=False)
    outcome = _read_back(intent, ref, hands, "", accepted=True)
    return outcome if by_hand is None else replace(outcome, message=f"{outcome.message} {by_hand}")


def as_settled(outcome: Outcome, ref: TenantRef, hands: Hands, look: Observation | None = None) -> Outcome:
    """The outcome as later looks left it: what had started may be done by now, what was unknown may be settled.

    ``look`` is the last of them, by which "done" is told with the licences it shows.
    """
    intents = hands.journal.memory().intents
    if outcome.request_id is None or isinstance(intents, Unknown):
        return outcome
    intent = next((i for i in intents if i.request_id == outcome.request_id), None)
    if intent is None or outcome.ending not in (Ending.STARTED, Ending.UNKNOWN):
        return outcome
    if intent.settled is Settled.DONE:
        return _done(intent, ref, look)
    if intent.settled is Settled.STARTED:
        return _outcome(Ending.STARTED, "act.started" if intent.seen else "act.accepted", intent, ref)
    if intent.settled is Settled.FAILED:
        return _outcome(Ending.FAILED, "act.failed", intent, ref)
    if intent.settled is Settled.NOT_TAKEN:
        return _outcome(Ending.FAILED, "act.not-taken", intent, ref)
    return outcome


def _read_back(intent: Intent, ref: TenantRef, hands: Hands, lost: str, *, accepted: bool) -> Outcome:
    """Look and settle. From here on something may have been sent: trouble with our own state leaves it unknown."""
    try:
        return settle(intent, ref, hands.observer.observe(ref), hands, lost, accepted=accepted)
    except (StateUnreadable, LeaseLost) as trouble:
        return _outcome(Ending.UNKNOWN, "act.unknown", intent, ref, str(trouble))


def settle(
    intent: Intent, ref: TenantRef, look: Observation, hands: Hands, lost: str = "", *, accepted: bool = False
) -> Outcome:
    """Settle one intent by a look, else by asking for its request id, else leave it open."""
    if intent.sent_at is None:
        # Whatever the look shows was not done by this intent.
        hands.journal.settle(intent, Settled.NOT_TAKEN, say("evidence.never-sent"), seen=False)
        return _outcome(Ending.FAILED, "act.never-sent", intent, ref)
    what = shown(intent, look)
    if what in _BY_LOOK:
        settled, ending = _BY_LOOK[what]
        hands.journal.settle(intent, settled, say("evidence.look", at=look.at), seen=True)
        _bind(intent, look, hands.journal)
        if ending is Ending.DONE:
            return _done(intent, ref, look)
        return _outcome(ending, f"act.{ending}", intent, ref)
    taken = True if accepted else hands.inquiry.taken(ref, intent.request_id)
    if taken is False:
        hands.journal.settle(intent, Settled.NOT_TAKEN, say("evidence.never-taken"), seen=False)
        return _outcome(Ending.FAILED, "act.not-taken", intent, ref)
    if taken and intent.action is Action.SWITCH:
        hands.journal.settle(intent, Settled.STARTED, say("evidence.taken"), seen=False)
        return _outcome(Ending.STARTED, "act.accepted", intent, ref)
    if taken is None and what is Shown.NOTHING and _long_enough(intent, look):
        return _clear_look(intent, ref, hands)
    why = lost.removesuffix(".") or say("evidence.not-visible")
    return _outcome(Ending.UNKNOWN, "act.unknown", intent, ref, why)


def settle_open(memory: Memory, ref: TenantRef, look: Observation, hands: Hands) -> None:
    """Settle what earlier passes left open or started, by this look; what stays open blocks the tenant."""
    if isinstance(memory.intents, Unknown):
        return
    for intent in memory.intents:
        if intent.settled is None:
            settle(intent, ref, look, hands)
        elif intent.settled is Settled.STARTED or not intent.seen:
            _see(intent, look, hands.journal)


_BY_LOOK = {
    Shown.DONE: (Settled.DONE, Ending.DONE),
    Shown.STARTED: (Settled.STARTED, Ending.STARTED),
    Shown.FAILED: (Settled.FAILED, Ending.FAILED),
}


def _see(intent: Intent, look: Observation, journal: Journal) -> None:
    """Follow a taken write: note when a look first shows it, and when a started switch has ended."""
    if intent.settled not in (Settled.STARTED, Settled.DONE):
        return
    found = _BY_LOOK.get(shown(intent, look))
    if found is None or (found[0] is intent.settled and intent.seen):
        return
    journal.settle(intent, found[0], say("evidence.look", at=look.at), seen=True)
    _bind(intent, look, journal)


def _write(step: Step, ref: TenantRef, intent: Intent, seen: Observation, actor: Actor) -> str | None:
    """Send it; return what is left for a person to do."""
    bought, total = intent.before.licenses or 0, intent.after.licenses or 0
    tenant_id = None if isinstance(seen.tenant_id, Unknown) else seen.tenant_id
    judged_on = (tenant_id, intent.before.plan)
    where, request = (ref, intent.subscription_id, step.version, bought), intent.request_id
    if step.action is Action.ADD:
        return actor.raise_licenses(Raise(*where, total, request, *judged_on))
    return actor.switch(SwitchOrder(*where, intent.after.plan, total, request, *judged_on))


def _intent(step: Step, ref: TenantRef, seen: Observation, errand: Errand) -> Intent:
    if step.verdict is not Verdict.APPLY or step.action not in WRITES:
        raise ValueError(
            f"{ref.name}.{step.address}: {step.action} with verdict {step.verdict} is not ours to write"
        )
    if step.before is None or step.subscription_id is None or isinstance(seen.subscriptions, Unknown):
        raise ValueError(f"{ref.name}.{step.address}: nothing to write to")
    return Intent(
        id=str(uuid4()),
        tenant=ref.tenant.casefold(),
        address=step.address,
        action=step.action,
        subscription_id=step.subscription_id,
        before=step.before,
        after=step.after,
        request_id=str(uuid4()),
        generation=0,
        known_ids=tuple(sorted(live.id for live in seen.subscriptions)),
        intended_at=seen.at,
        plan_id=errand.plan_id,
        commit=errand.commit,
        acknowledged=errand.acknowledged,
    )


def _bind(intent: Intent, look: Observation, journal: Journal) -> None:
    heir = successor(intent, look)
    if heir:
        journal.bind(intent.address, heir, replaces=intent.subscription_id)
    else:
        journal.bind(intent.address, intent.subscription_id)


def _long_enough(intent: Intent, look: Observation) -> bool:
    """Whether the backend's documented visibility time has passed; where none is documented, never."""
    within = look.traits.visible_within
    return within is not None and intent.sent_at is not None and look.at - intent.sent_at >= within


def _clear_look(intent: Intent, ref: TenantRef, hands: Hands) -> Outcome:
    looked = hands.journal.looked(intent)
    if looked.clear_looks < CLEAR_LOOKS:
        return _outcome(Ending.UNKNOWN, "act.unknown", intent, ref, say("evidence.one-look"))
    hands.journal.settle(
        intent, Settled.NOT_TAKEN, say("evidence.clear-looks", count=CLEAR_LOOKS), seen=False
    )
    return _outcome(Ending.FAILED, "act.not-taken", intent, ref)


def _not_written(refusal: NotWritten, intent: Intent, ref: TenantRef, journal: Journal) -> Outcome:
    try:
        journal.settle(intent, Settled.NOT_TAKEN, str(refusal), seen=False)
    except (StateUnreadable, LeaseLost) as trouble:
        return _outcome(Ending.UNKNOWN, "act.unknown", intent, ref, str(trouble))
    if isinstance(refusal, Later):
        key, why = "act.later" if refusal.seconds else "act.later.at-once", str(refusal).rstrip(".")
        told = _outcome(Ending.WAITING, key, intent, ref, why, seconds=refusal.seconds)
        return replace(told, later=timedelta(seconds=refusal.seconds))
    if isinstance(refusal, Moved):
        # Somebody else was faster; by another look it may be tried again.
        return replace(_outcome(Ending.FAILED, "act.moved", intent, ref, str(refusal)), later=timedelta(0))
    code = refusal.code if isinstance(refusal, Refused) else "refused"
    return _outcome(Ending.FAILED, "act.refused", intent, ref, str(refusal), code=code)


def _braked(brake: Braked, ref: TenantRef) -> Outcome:
    """What became of a write that a brake held at the last moment."""
    if isinstance(brake, Stopped):
        return Outcome(Ending.BLOCKED, say("act.stopped", tenant=ref.name, reason=brake.reason))
    if isinstance(brake, Paused):
        return Outcome(Ending.WAITING, say("act.paused", tenant=ref.name, reason=brake.reason))
    if not isinstance(brake, DaySpent):
        raise TypeError(f"no word for the brake {brake!r}")
    facts = {"tenant": ref.name, "counted": brake.counted, "most": brake.most}
    return Outcome(Ending.BLOCKED, say(f"act.day-spent.{brake.what}", **facts))


def _done(intent: Intent, ref: TenantRef, look: Observation | None) -> Outcome:
    """Done, unless licences are missing by what was read back: bought ones, or those of the users."""
    found = now_held(intent, look) if look else None
    if found is not None and found < (intent.after.licenses or 0):
        return _outcome(Ending.FAILED, "act.fewer", intent, ref, found=found)
    if look and left_users_behind(intent, look):
        return _outcome(Ending.FAILED, "act.users-left", intent, ref)
    return _outcome(Ending.DONE, "act.done", intent, ref)


def _outcome(
    ending: Ending, key: str, intent: Intent, ref: TenantRef, why: str = "", **facts: object
) -> Outcome:
    message = say(
        key,
        tenant=ref.name,
        subscription=intent.address,
        action=intent.action,
        plan=intent.after.plan,
        before=intent.before.licenses,
        total=intent.after.licenses,
        request=intent.request_id,
        why=why,
        word=ref.tenant,
        **facts,
    )
    return Outcome(ending, message, intent.request_id)

"""Writes whose outcome is not known, with what a look shows of each, in; text or plain data out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.memory import Intent, Settled, Shown
from reconciler.messages import say
from reconciler.model import Subscription
from reconciler.report.document import moment


@dataclass(frozen=True, slots=True)
class OpenWrite:
    """One write. ``taken``: what the service says of the very request, None where it can not tell.

    ``settled`` is what a person settled it as just now, None where it was only looked at; ``seen`` says that
    nothing stands in the way of further writes.
    """

    intent: Intent
    shown: Shown
    taken: bool | None
    settled: Settled | None = None
    seen: bool = False


def writes_text(tenant: str, writes: Sequence[OpenWrite]) -> str:
    """Return a paragraph for each write; where there are none, that there are none."""
    if not writes:
        return say("cli.nothing-open", tenant=tenant) + "\n"
    return "".join(f"{_settled(tenant, one) if one.settled else _described(one)}\n" for one in writes)


def writes_document(tenant: str, writes: Sequence[OpenWrite]) -> dict[str, object]:
    """Return the same as plain data."""
    return {
        "tenant": tenant,
        "writes": [
            {
                "address": one.intent.address,
                "action": str(one.intent.action),
                "before": _held(one.intent.before),
                "after": _held(one.intent.after),
                "request_id": one.intent.request_id,
                "sent_at": moment(one.intent.sent_at) if one.intent.sent_at else None,
                "shown": str(one.shown),
                "taken": one.taken,
                "settled": str(one.settled) if one.settled else None,
                "seen": one.seen,
            }
            for one in writes
        ],
    }


def answer_text(taken: bool | None) -> str:
    """Return what the service says of the very request, "" where it can not tell."""
    if taken is None:
        return ""
    return say("cli.service-took" if taken else "cli.service-did-not")


def _described(one: OpenWrite) -> str:
    intent = one.intent
    told = say(
        "cli.open-intent",
        address=intent.address,
        action=intent.action,
        plan=intent.after.plan,
        before=intent.before.licenses,
        total=intent.after.licenses,
        request=intent.request_id,
        sent=say("cli.time", at=intent.sent_at) if intent.sent_at else say("cli.never-sent"),
        shown=one.shown,
    )
    return told + answer_text(one.taken)


def _settled(tenant: str, one: OpenWrite) -> str:
    key = "cli.settled" if one.seen else "cli.settled-unseen"
    return say(key, tenant=tenant, request=one.intent.request_id, word=one.settled)


def _held(subscription: Subscription) -> dict[str, object]:
    return {"plan": subscription.plan, "licenses": subscription.licenses}

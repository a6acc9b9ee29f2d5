"""One write in, the service's reply out, and an entry in the call log whatever became of it.

The way of a write: faults on the way in; the request id (one handled before gets its first answer again and
nothing more happens); another administrator, if a fault says so; compare-and-set; the refusals; the change;
what it makes due at once; faults on the way out. ``before`` in the log is what stood when the write's turn came.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from reconciler.adapters.simulator import switching
from reconciler.adapters.simulator.clock import pass_time
from reconciler.adapters.simulator.moods import ORDER, Moods
from reconciler.adapters.simulator.record import Record, Spec, held, truth
from reconciler.adapters.simulator.refusals import LEGACY, Asked, refusal
from reconciler.adapters.simulator.refusals import LICENSES as LICENSE_ROWS
from reconciler.adapters.simulator.refusals import ORDER as ORDER_ROWS
from reconciler.adapters.simulator.session import Call, Event, Session
from reconciler.catalogue import Catalogue
from reconciler.messages import say
from reconciler.observe import TenantRef

PORTAL = "portal"
# Stands where a version would, of who changes a subscription however it stands.
ANY_VERSION = "*"
ADMINISTRATOR = "another administrator"


class Outcome(StrEnum):
    """How a call ended, as its caller sees it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    THROTTLED = "throttled"
    LOST = "lost"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Reply:
    """The service's answer to a write: its outcome, and for a refusal a stable code and a sentence."""

    outcome: Outcome
    code: str | None = None
    message: str = ""
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Write:
    """One write as it was asked for. ``to`` is set for an order; payment and billing may change in it.

    ``commerce``: the world it came through, where that says more than the subscription does (over HTTP each has
    its own calls). ``members``: what else is set along with the licences. ``shown_after``: how long readers are
    still shown the old state.
    """

    operation: str
    ref: TenantRef
    subscription: str
    version: str | None
    total: int
    request_id: str
    caller: str
    to: str | None = None
    payment: str | None = None
    billing: str | None = None
    commerce: str | None = None
    manner: str | None = None
    members: Mapping[str, Any] = field(default_factory=dict)
    shown_after: timedelta | None = None

    @property
    def fingerprint(self) -> str:
        """What makes two writes the same request; not the version, since a repeat may have looked again."""
        asked = (self.operation, self.ref.tenant.casefold(), self.subscription, self.total, self.to)
        return json.dumps((*asked, self.payment, self.billing))


@dataclass(frozen=True, slots=True)
class Desk:
    """Where writes are taken. ``adds_in_order`` says whether an order may carry more licences."""

    catalogue: Catalogue
    adds_in_order: bool

    def take(self, session: Session, write: Write) -> Reply:
        """Handle one write and log it."""
        record = session.find(write.ref)
        mood = Moods(session, record.name if record else write.ref.name)
        before = self._before(record, write)
        if reply := _lost_on_the_way_in(mood, write):
            self._log(session, record, write, before, reply)
            return reply
        first = session.answered(write.request_id)
        if first is not None:
            reply = _first_answer(write, *first)
            code = reply.code if reply.code == "request-id-reused" else "repeated"
            self._log(session, record, write, before, Reply(reply.outcome, code))
            return _lost_on_the_way_out(mood, write) or reply
        if record is not None and (fault := mood.take("concurrent-admin", write.operation)):
            self._interfere(session, record, write.subscription, fault.options["by"])
            before = self._before(record, write)
        refused = self._refuse(record, write)
        note = None if refused or record is None else self._change(session, mood, record, write)
        reply = refused or Reply(Outcome.ACCEPTED)
        if refused is None:
            pass_time(session, session.now, self.catalogue)
        session.answer(write.request_id, write.fingerprint, _answer(reply))
        seen = _lost_on_the_way_out(mood, write) or reply
        self._log(session, record, write, before, seen, taken=refused is None, note=note)
        return seen

    def _refuse(self, record: Record | None, write: Write) -> Reply | None:
        if record is None:
            return _refused("unknown-tenant", {"tenant": write.ref.tenant})
        place = {"tenant": record.name, "subscription": write.subscription}
        subscription = record.subscription(write.subscription)
        if subscription is None:
            return _refused("unknown-subscription", place)
        if write.version is None:
            return _refused("version-missing", place)
        if write.version not in (ANY_VERSION, record.version(write.subscription)):
            return _refused("version-mismatch", place)
        known = truth(subscription, self.catalogue)
        asked = Asked(
            record,
            self.catalogue,
            known,
            write.total,
            write.to,
            write.payment,
            write.billing,
            self.adds_in_order,
            write.commerce or known.get("commerce"),
        )
        said_no = refusal(LICENSE_ROWS if write.to is None else ORDER_ROWS, asked)
        return _refused(*said_no) if said_no else None

    def _change(self, session: Session, mood: Moods, record: Record, write: Write) -> str | None:
        subscription = record.subscription(write.subscription)
        if subscription is None:
            return None
        if late := _shown_after(mood, write):
            record.hidden["views"] = [*record.hidden.get("views", ()), record.view()]
            session.schedule([Event(session.now + late, record.name, None, switching.VISIBLE)])
        if write.to is None:
            note = disturb(session, record)
            switching.unschedule(subscription)
            subscription.update({**write.members, "licenses": write.total})
        else:
            terms = self._terms(mood, subscription, write.to, write)
            session.schedule(switching.order(record, subscription, terms, session.now))
            note = say("simulator.billing-off", subscription=write.subscription)
        session.save([record])
        return note

    def _terms(self, mood: Moods, subscription: Spec, to: str, write: Write) -> switching.Terms:
        pays = write.payment or truth(subscription, self.catalogue)["payment"]
        legacy = subscription.get("commerce") == LEGACY
        review = switching.REVIEW_TAKES if pays == "invoice" and not legacy else None
        if fault := mood.take("credit-review", ORDER):
            review = timedelta(days=fault.options["days"])
        asked = (write.total, write.request_id, write.payment, write.billing)
        return switching.Terms(to, *asked, review, write.manner)

    def _interfere(self, session: Session, record: Record, name: str, by: int) -> None:
        """Let another administrator change the bought number between the caller's look and this write."""
        subscription = record.subscription(name)
        if subscription is None:
            return
        before = held(subscription, self.catalogue)
        subscription["licenses"] = max(1, truth(subscription, self.catalogue)["licenses"] + by)
        note = disturb(session, record)
        session.save([record])
        after = held(subscription, self.catalogue)
        call = Call(PORTAL, record.name, name, before, after, taken=True, caller=ADMINISTRATOR, note=note)
        session.log(call)

    def _before(self, record: Record | None, write: Write) -> dict[str, Any] | None:
        return held(record.subscription(write.subscription), self.catalogue) if record else None

    def _log(
        self,
        session: Session,
        record: Record | None,
        write: Write,
        before: Mapping[str, Any] | None,
        reply: Reply,
        *,
        taken: bool = False,
        note: str | None = None,
    ) -> None:
        session.log(
            Call(
                write.operation,
                record.name if record else write.ref.name,
                write.subscription,
                before,
                {"plan": write.to or (before or {}).get("plan"), "licenses": write.total},
                write.request_id,
                reply.outcome,
                reply.code,
                taken,
                write.caller,
                note,
            )
        )


def disturb(session: Session, record: Record) -> str | None:
    """Let a licence write disturb the switches under way; say which failed by it."""
    failed = switching.disturb(record, session.now)
    for name in failed:
        session.unschedule(record.name, name)
    return say("simulator.disturbed", subscriptions=", ".join(failed)) if failed else None


def _shown_after(mood: Moods, write: Write) -> timedelta | None:
    if late := mood.take("late-visibility", write.operation):
        return timedelta(minutes=late.options["minutes"])
    return write.shown_after


def _lost_on_the_way_in(mood: Moods, write: Write) -> Reply | None:
    if fault := mood.take("throttle", write.operation):
        seconds = fault.options["seconds"]
        return Reply(Outcome.THROTTLED, "429", say("simulator.throttled", seconds=seconds), seconds)
    if mood.take("lost-before", write.operation):
        return Reply(Outcome.LOST, None, say("simulator.lost"))
    return _error(mood, write, taken=False)


def _lost_on_the_way_out(mood: Moods, write: Write) -> Reply | None:
    if mood.take("lost-after", write.operation):
        return Reply(Outcome.LOST, None, say("simulator.lost"))
    return _error(mood, write, taken=True)


def _error(mood: Moods, write: Write, *, taken: bool) -> Reply | None:
    fault = mood.take_error(write.operation, taken=taken)
    if fault is None:
        return None
    status = fault.options["status"]
    return Reply(Outcome.ERROR, str(status), say("simulator.error", status=status))


def _refused(code: str, facts: Mapping[str, object]) -> Reply:
    return Reply(Outcome.REFUSED, code, say(f"simulator.refused.{code}", **facts))


def _answer(reply: Reply) -> dict[str, Any]:
    return {"outcome": reply.outcome, "code": reply.code, "message": reply.message}


def _first_answer(write: Write, asked: str, answer: Mapping[str, Any]) -> Reply:
    if asked != write.fingerprint:
        return _refused("request-id-reused", {"request": write.request_id})
    return Reply(Outcome(answer["outcome"]), answer["code"], answer["message"])

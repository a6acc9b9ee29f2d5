"""What the loop keeps of a tenant, a source and itself in, the matters in it out.

What could not be read is no matter that has gone: such a look holds what it could not judge. What is told elsewhere
is not told twice: a tenant that waits for support by its hand-off, the global stop by the loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from reconciler.handoff import OPEN, HandOff
from reconciler.messages import say
from reconciler.notices import Hold, Kind, Look, Matter, Word
from reconciler.notices.discretion import discreet
from reconciler.observe import Fact, Unknown
from reconciler.overview import Event, Kept, Loop, Source
from reconciler.readiness import Condition, Trouble, Type, reason_of
from reconciler.status import Holds

# What ended longer ago is history: a loop that starts does not tell it all.
NEWS = timedelta(days=7)
OF_TROUBLE = {Trouble.WRITE_FAILED: Kind.WRITE_FAILED, Trouble.FILE_BROKEN: Kind.FILE_BROKEN}
OUTCOME_UNKNOWN = reason_of("outcome-unknown")
STOPPED = reason_of("stopped")
SUPPORT = "support"
_HAPPENED = {
    ("switch", "started"): Kind.SWITCH_STARTED,
    ("switch", "done"): Kind.SWITCH_DONE,
    ("add", "done"): Kind.LICENSES_ADDED,
}
# What the drift of the whole tenant hangs on, as it is named where it could not be read.
_WHOLE = frozenset({"tenant", "state", "subscriptions"})


class Stopped(Protocol):
    """The global stop that is on."""

    @property
    def reason(self) -> str:
        """Why nothing is written."""
        ...


def matters_of(
    kept: Kept, handoffs: Fact[Sequence[HandOff]], at: datetime, events: Iterable[Event] = ()
) -> Look:
    """Return the matters of a tenant after a pass; ``at`` is the machine's clock.

    ``handoffs``: the tenant's open requests, all of them. ``events``: what was written to it of late; one that was
    told before may be among them. When they ended goes by our own clock, as ``at`` does.
    """
    unasked = (Hold(Kind.HANDOFF),) if isinstance(handoffs, Unknown) else ()
    open_ones = [] if isinstance(handoffs, Unknown) else [one for one in handoffs if one.state in OPEN]
    judged, held = _standing(kept, open_ones)
    drift, unread = _drift(kept)
    found = (*judged, *_asked(kept, open_ones), *drift, *_paused(kept), *_happened(kept, events, at))
    return Look(kept.row.fleet, kept.row.name, tuple(found), (*held, *unread, *unasked))


def matters_of_source(source: Source) -> Look:
    """Return the matters of a source of tenant files."""

    def matter(kind: Kind, sentence: str) -> Matter:
        word = Word(kind, source.reason or reason_of(kind))
        return Matter(word, source.fleet, sentence=discreet(sentence), commit=source.refused or source.commit)

    refused, unreadable = Hold(Kind.SOURCE_REFUSED), Hold(Kind.SOURCE_UNREADABLE)
    if source.stopped:
        return Look(source.fleet, "", (matter(Kind.FLEET_STOPPED, source.stopped),), (refused, unreadable))
    if source.refused is not None:
        return Look(source.fleet, "", (matter(Kind.SOURCE_REFUSED, source.problem),))
    if source.problem:
        # Whether it would still be refused, or hold the fleet, shows only when it is read.
        held = (refused, Hold(Kind.FLEET_STOPPED))
        return Look(source.fleet, "", (matter(Kind.SOURCE_UNREADABLE, source.problem),), held)
    return Look(source.fleet, "", ())


def matters_of_loops(loops: Sequence[Loop], stop: Fact[Stopped | None], late: int) -> Look:
    """Return the matters of the loops on one store; ``loops`` are those that are alive, ``late`` overdue tenants."""
    found = [
        Matter(Word(Kind.BACKEND_DOWN, "BreakerOpen"), subject=backend)
        for backend in sorted({loop.backend for loop in loops if loop.breaker != "closed"})
    ]
    if late > 0:
        found.append(Matter(Word(Kind.LOOP_LATE, "Late"), sentence=say("notices.late", count=late)))
    if isinstance(stop, Unknown):
        return Look("", "", tuple(found), (Hold(Kind.STOP_SET),))
    if stop is not None:
        found.append(Matter(Word(Kind.STOP_SET, STOPPED), sentence=discreet(stop.reason)))
    return Look("", "", tuple(found))


def _standing(kept: Kept, handoffs: Sequence[HandOff]) -> tuple[list[Matter], tuple[Hold, ...]]:
    """Whether it stays as it is until a person acts, or that can not be told."""
    by = {each.type: each for each in kept.conditions}
    stalled, ready = by[Type.STALLED], by[Type.READY]
    if ready.status is Holds.UNKNOWN and stalled.status is not Holds.TRUE:
        return [_told(kept, Kind.UNKNOWN, ready)], (Hold(Kind.STALLED),)
    if stalled.status is not Holds.TRUE:
        return [], ()
    if stalled.reason == STOPPED:
        return [], (Hold(Kind.STALLED),)
    if kept.row.verdict == SUPPORT and handoffs:
        return [], ()
    return [_told(kept, _kind_of(stalled.reason), stalled)], ()


def _kind_of(reason: str) -> Kind:
    if reason == OUTCOME_UNKNOWN:
        return Kind.OUTCOME_UNKNOWN
    return next((kind for trouble, kind in OF_TROUBLE.items() if reason == trouble), Kind.STALLED)


def _told(kept: Kept, kind: Kind, condition: Condition) -> Matter:
    check = next(_checks(kept, condition.reason), {})
    said = str(check.get("message") or condition.message), str(check.get("remedy") or "")
    return _matter(kept, kind, condition.reason, "", *said)


def _checks(kept: Kept, reason: str) -> Iterator[Mapping[str, Any]]:
    """Yield what the rule behind a reason found, with its numbers; of those that hold something."""
    plan = _part(kept, "plan")
    every = (plan, *plan.get("steps", ()))
    for check in (check for each in every for check in each.get("checks", ())):
        if reason_of(str(check["id"])) == reason and check["status"] in ("fail", "unknown"):
            yield check


def _matter(kept: Kept, kind: Kind, reason: str, subject: str, sentence: str, remedy: str = "") -> Matter:
    row = kept.row
    return Matter(
        Word(kind, reason),
        row.fleet,
        row.name,
        subject,
        row.labels,
        discreet(sentence),
        discreet(remedy),
        row.commit,
    )


def _asked(kept: Kept, handoffs: Iterable[HandOff]) -> Iterator[Matter]:
    for one in handoffs:
        yield _matter(kept, Kind.HANDOFF, reason_of(one.kind), one.id, one.why)


def _drift(kept: Kept) -> tuple[list[Matter], list[Hold]]:
    """What somebody else or the service changed. What was not read, or may be another value's flicker, is held."""
    kinds = {"outside": Kind.DRIFT, "service": Kind.SERVICE_DRIFT}
    drift = _part(kept, "drift")
    if not drift:
        return [], [Hold(kind) for kind in kinds.values()]
    found = []
    for member, kind in kinds.items():
        for finding in drift.get(member, ()):
            said = str(finding["message"]), str(finding["advice"] or "")
            found.append(_matter(kept, kind, reason_of(finding["kind"]), _subject(finding), *said))
    lost = [_begins(unread) for unread in drift.get("unread", ())]
    moving = [_subject(finding) for word in ("under_way", "unconfirmed") for finding in drift.get(word, ())]
    return found, [Hold(kind, begins) for kind in kinds.values() for begins in (*lost, *moving)]


def _subject(finding: Mapping[str, Any]) -> str:
    """``main.licenses``, as the command line writes it."""
    whose = finding["address"] or finding["subscription_id"]
    return f"{whose}.{finding['field']}" if whose else str(finding["field"])


def _begins(unread: Mapping[str, Any]) -> str:
    """How the subjects begin that can not be judged without this."""
    if unread["address"]:
        return f"{unread['address']}."
    return "" if unread["field"] in _WHOLE or "[" in unread["field"] else str(unread["field"])


def _paused(kept: Kept) -> Iterator[Matter]:
    pause = _part(kept, "status").get("pause") or {}
    kind = {"suspended": Kind.SUSPENDED, "ended": Kind.PAUSE_ENDED}.get(str(pause.get("kind")))
    if kind:
        facts = {"reason": pause["reason"], "until": pause["until"]}
        yield _matter(kept, kind, reason_of(kind), "", say("notices.pause", **facts))


def _happened(kept: Kept, events: Iterable[Event], at: datetime) -> Iterator[Matter]:
    for event in events:
        kind = _HAPPENED.get((event.action, event.what))
        if kind and at - event.at < NEWS:
            subject = f"{event.address}/{event.request_id}"
            yield _matter(kept, kind, reason_of(kind), subject, _change(event))


def _change(event: Event) -> str:
    facts = {
        f"{side}_{name}": value
        for side, values in (("from", event.before), ("to", event.after))
        for name, value in {"plan": values.get("plan"), "licenses": values.get("licenses")}.items()
    }
    return say(f"notices.change.{event.action}", address=event.address, **facts)


def _part(kept: Kept, name: str) -> Mapping[str, Any]:
    return kept.document.get(name) or {}

"""What happened to a tenant in; text for a person, plain data, and a file per change for an auditor, out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from reconciler.change_plan import Verdict
from reconciler.evidence import canonical
from reconciler.evidence.past import OPEN, Brake, Change, Event, HandedOff, past
from reconciler.memory import Settled
from reconciler.messages import say
from reconciler.model import Action, Subscription
from reconciler.report.document import moment
from reconciler.report.lines import safe, wrapped
from reconciler.report.wording import ACTION_SIGN, VERDICT_SIGN, move

FORMAT = "1.0"
_INDENT = " " * 6
_NO_NAME = re.compile(r"[^a-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Account:
    """What is to be told: ``tenant`` is the word it was looked up by; ``older`` entries are left out of ``events``."""

    tenant: str
    events: Sequence[Event]
    older: int
    as_recorded: bool | None


def history_text(account: Account, names: Mapping[str, str]) -> str:
    """Each entry on a few lines, newest first; ``names`` are plan names by catalogue key."""
    head = say("history.head", tenant=safe(account.tenant), entries=_counted(len(account.events)))
    lines = [head, ""]
    for event in account.events:
        lines += _lines(event, names)
    if account.older:
        lines += ["", say("history.more", older=account.older, all=len(account.events) + account.older)]
    return "\n".join(lines) + "\n"


def history_document(account: Account) -> dict[str, object]:
    """The same as plain data."""
    return {
        "format_version": FORMAT,
        "tenant": account.tenant,
        "as_recorded": account.as_recorded,
        "older": account.older,
        "events": [_event(event) for event in account.events],
    }


def export_name(change: Change) -> str:
    """The name of a change's file: the same in every export, made of its first moment, its tenant and its id."""
    name, id_ = (_NO_NAME.sub("_", word.casefold()) for word in (change.tenant, change.id))
    return f"{change.at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{name}-{id_}.json"


def export_text(change: Change) -> str:
    """A change with every entry of the ledger that tells of it, as canonical JSON."""
    entries = [asdict(entry) for entry in change.entries]
    return canonical({"format_version": FORMAT, **_change(change), "entries": entries}) + "\n"


def earlier_texts(change: Change) -> Iterator[str]:
    """What was exported of a change while less of it had been recorded; such a file may be brought up to date."""
    for count in range(1, len(change.entries)):
        yield from (export_text(e) for e in past(change.entries[:count], None) if isinstance(e, Change))


def _lines(event: Event, names: Mapping[str, str]) -> list[str]:
    sign, told, more = _told(event, names)
    lines = wrapped(told, f"{event.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC  {sign} ", _INDENT)
    for part in more:
        lines += wrapped(part, _INDENT, _INDENT)
    return lines


def _told(event: Event, names: Mapping[str, str]) -> tuple[str, str, tuple[str, ...]]:
    by = event.by or say("history.before-ledger")
    if isinstance(event, Change):
        told = f"{event.address}  {move(event.before, event.after, names)}"
        return _sign(event), told, (_outcome(event), _asked(event, by))
    if isinstance(event, Brake):
        facts = {"reason": event.reason, "owner": event.owner, "until": event.until}
        sign = VERDICT_SIGN[Verdict.BLOCKED] if event.kind in ("suspended", "stop-set") else " "
        return sign, say(f"history.{event.kind}", **facts), (say("history.by", by=by),)
    change = move(event.before, event.after, names) if event.after else say("history.nothing-live")
    facts = {"id": event.id, "state": event.state, "request": event.request}
    told = say("history.handoff", **facts, change=f"{event.address}  {change}")
    commit = event.commit or say("history.no-commit")
    more = say("history.by-handoff", by=by, commit=commit, ticket=event.ticket or say("history.no-commit"))
    seen = say("history.ticket-seen", status=event.ticket_status) if event.ticket_status else ""
    noted = say("history.noted", states=", ".join(event.noted)) if event.noted else ""
    return ACTION_SIGN[Action.HANDOFF], told, (more + seen + noted,)


def _sign(change: Change) -> str:
    if change.outcome == OPEN:
        return VERDICT_SIGN[Verdict.UNKNOWN]
    if change.outcome in (Settled.FAILED, Settled.NOT_TAKEN):
        return VERDICT_SIGN[Verdict.BLOCKED]
    return ACTION_SIGN[change.action]


def _outcome(change: Change) -> str:
    if change.outcome == OPEN:
        return say("history.open" if change.sent else "history.unsent")
    told = say("history.outcome", outcome=change.outcome, evidence=change.evidence)
    taken = change.outcome in (Settled.DONE, Settled.STARTED)
    return told + (say("history.unseen") if taken and not change.seen else "")


def _asked(change: Change, by: str) -> str:
    told = say(
        "history.asked",
        by=by,
        commit=change.commit or say("history.no-commit"),
        plan=change.plan_id or say("history.no-commit"),
        request=change.request_id,
    )
    if change.settled_by in (None, change.by) or change.settled_at is None:
        return told
    return told + say("history.settled-by", by=change.settled_by, at=_minute(change.settled_at))


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _counted(count: int) -> str:
    return say("history.one-entry") if count == 1 else say("history.entries", count=count)


def _event(event: Event) -> dict[str, object]:
    if isinstance(event, Change):
        return {"event": "change", **_change(event)}
    if isinstance(event, HandedOff):
        return {
            "event": "handoff",
            "id": event.id,
            "at": moment(event.at),
            "by": event.by,
            "kind": event.request,
            "state": event.state,
            "subscription": event.address,
            "subscription_id": event.subscription_id,
            "before": _subscription(event.before),
            "after": _subscription(event.after),
            "commit": event.commit,
            "ticket": event.ticket,
            "ticket_status": event.ticket_status,
            "noted": list(event.noted),
            "why": event.why,
        }
    return {
        "event": event.kind,
        "at": moment(event.at),
        "by": event.by,
        "reason": event.reason,
        "owner": event.owner,
        "until": event.until,
    }


def _change(change: Change) -> dict[str, object]:
    return {
        "id": change.id,
        "at": moment(change.at),
        "by": change.by,
        "tenant": change.tenant,
        "subscription": change.address,
        "subscription_id": change.subscription_id,
        "action": str(change.action),
        "before": _subscription(change.before),
        "after": _subscription(change.after),
        "request_id": change.request_id,
        "commit": change.commit,
        "change_plan": change.plan_id or None,
        "sent": change.sent,
        "outcome": change.outcome,
        "seen": change.seen,
        "evidence": change.evidence,
        "settled_at": moment(change.settled_at) if change.settled_at else None,
        "settled_by": change.settled_by,
        "last_at": moment(change.last_at),
    }


def _subscription(subscription: Subscription | None) -> dict[str, object] | None:
    return {"plan": subscription.plan, "licenses": subscription.licenses} if subscription else None

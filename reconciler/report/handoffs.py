"""Hand-offs in, a list, a text ready to send, or plain data out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.handoff import HandOff
from reconciler.messages import say
from reconciler.report.lines import safe


def handoffs_text(found: Sequence[HandOff], state: object) -> str:
    """One line for each request. ``state``: where was looked, since no requests there is not none anywhere."""
    if not found:
        return say("handoffs.none", state=state) + "\n"
    rows = [
        (h.id, h.kind, f"{h.tenant}.{h.address}", _change(h), str(h.state), h.opened_at.date().isoformat())
        for h in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    lines = [
        "  ".join(safe(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, say("handoffs.how")]) + "\n"


def handoff_text(found: HandOff) -> str:
    """One request, its text as it can be sent."""
    head = say(
        "handoffs.head",
        id=found.id,
        state=found.state,
        opened=found.opened_at.date(),
        ticket=found.ticket or "-",
    )
    text = f"{head}\n\n{found.text.get('subject', '')}\n\n{found.text.get('body', '')}\n"
    return "\n".join(safe(line) for line in text.split("\n"))


def handoffs_document(found: Sequence[HandOff]) -> dict[str, object]:
    """All of them as plain data."""
    return {"handoffs": [handoff_document(h) for h in found]}


def handoff_document(found: HandOff) -> dict[str, object]:
    """One of them as plain data."""
    return {
        "id": found.id,
        "kind": found.kind,
        "tenant": found.tenant,
        "subscription": found.address,
        "subscription_id": found.subscription_id,
        "before": _dict(found.before),
        "after": _dict(found.after),
        "why": found.why,
        "state": str(found.state),
        "ticket": found.ticket,
        "commit": found.commit,
        "opened_at": found.opened_at.isoformat(),
        "closed_at": found.closed_at.isoformat() if found.closed_at else None,
        "text": dict(found.text),
    }


def _dict(value: Mapping[str, object] | None) -> dict[str, object] | None:
    return None if value is None else dict(value)


def _change(handoff: HandOff) -> str:
    before, after = handoff.before or {}, handoff.after or {}
    if before.get("plan") == after.get("plan"):
        return f"{after.get('plan')} {before.get('licenses')} -> {after.get('licenses')}"
    return f"{before.get('plan', 'nothing')} -> {after.get('plan')}"

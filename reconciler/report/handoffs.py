"""Hand-offs and the time in, a list, one with its letter, or plain data out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from reconciler.handoff import OPEN, HandOff
from reconciler.messages import Language, say
from reconciler.report.document import moment
from reconciler.report.letters import Names, free_of, letter, moment_of
from reconciler.report.lines import safe, wrapped
from reconciler.report.tickets import followed_document, ticket_line

HEADS = ("id", "kind", "for", "change", "state", "age", "due")


def handoffs_text(
    found: Sequence[HandOff], state: object, short: Mapping[str, str], at: datetime, *, every: bool = False
) -> str:
    """A table, oldest first, plans by their ``short`` names; ``every``: closed ones were asked for too.

    ``state``: where was looked, since no requests there is not none anywhere.
    """
    if not found:
        return say("handoffs.none-ever" if every else "handoffs.none", state=state) + "\n"
    rows = [tuple(say(f"handoffs.head.{head}") for head in HEADS), *(_row(one, short, at) for one in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    below = [None, *(ticket_line(one) for one in found)]
    lines = [
        part for line, more in zip(lines, below, strict=True) for part in (line, *_indented(more, widths[0]))
    ]
    return "\n".join([*lines, "", say("handoffs.how")]) + "\n"


def handoff_text(one: HandOff, language: Language, names: Names, at: datetime) -> str:
    """One request: how it stands, and below a line its letter, as it can be sent."""
    facts = {"id": one.id, "state": _state(one), "opened": one.opened_at, "age": _age(one, at)}
    lines = [say("handoffs.one", **facts), one.why]
    followed = ticket_line(one)
    if followed:
        lines.append(followed)
    if one.commit:
        lines.append(say("handoffs.commit", commit=one.commit))
    if one.reason:
        lines.append(say("handoffs.reason", reason=one.reason))
    head = "\n".join(row for line in lines for row in wrapped(line, "", "  "))
    return f"{head}\n\n{letter_text(one, language, names)}"


def letter_text(one: HandOff, language: Language, names: Names) -> str:
    """The letter alone, its subject first."""
    made = letter(one, language, names)
    return f"{made.subject}\n\n{made.plain()}"


def handoffs_document(found: Sequence[HandOff], names: Names, at: datetime) -> dict[str, object]:
    """All of them as plain data."""
    return {"handoffs": [handoff_document(one, names, at) for one in found]}


def handoff_document(one: HandOff, names: Names, at: datetime) -> dict[str, object]:
    """One of them as plain data, with its letter in every language."""
    deadline, seen = moment_of(one, "deadline"), moment_of(one, "seen_at")
    letters = {language: letter(one, language, names) for language in Language}
    return {
        "id": one.id,
        "kind": one.kind,
        "tenant": one.tenant,
        "tenant_word": one.word,
        "subscription": one.address,
        "subscription_id": one.subscription_id,
        "before": _dict(one.before),
        "after": _dict(one.after),
        "why": one.why,
        "cause": one.facts.get("cause"),
        "licenses": one.facts.get("licenses"),
        "assigned": one.facts.get("assigned"),
        "free": free_of(one),
        "state": str(one.state),
        "ticket": one.ticket,
        "followed": followed_document(one),
        "commit": one.commit,
        "opened_at": moment(one.opened_at),
        "seen_at": moment(seen) if seen else None,
        "deadline": moment(deadline) if deadline else None,
        "closed_at": moment(one.closed_at) if one.closed_at else None,
        "reason": one.reason,
        "age_seconds": int(_aged(one, at).total_seconds()),
        "text": {
            str(lang): {"subject": made.subject, "body": made.plain()} for lang, made in letters.items()
        },
    }


def _row(one: HandOff, short: Mapping[str, str], at: datetime) -> tuple[str, ...]:
    deadline = moment_of(one, "deadline")
    cells = (
        one.id,
        one.kind,
        f"{one.tenant}.{one.address}",
        _change(one, short),
        _state(one),
        _age(one, at),
        say("handoffs.due", at=deadline) if deadline and one.state in OPEN else "",
    )
    return tuple(safe(cell) for cell in cells)


def _indented(text: str | None, width: int) -> list[str]:
    """What is said of one below its row, beginning where the second column does."""
    return [] if text is None else [" " * (width + 2) + safe(text)]


def _state(one: HandOff) -> str:
    return f"{one.state} {one.ticket}" if one.ticket else str(one.state)


def _aged(one: HandOff, at: datetime) -> timedelta:
    """How long it has been, or was, open; never less than nothing, whatever two clocks say."""
    return max((one.closed_at or at) - one.opened_at, timedelta())


def _age(one: HandOff, at: datetime) -> str:
    aged = _aged(one, at)
    if aged.days:
        return say("handoffs.days", days=aged.days)
    return say("handoffs.hours", hours=aged.seconds // 3600)


def _dict(value: Mapping[str, object] | None) -> dict[str, object] | None:
    return None if value is None else dict(value)


def _change(one: HandOff, short: Mapping[str, str]) -> str:
    before, after = one.before or {}, one.after or {}
    plans = [side.get("plan") for side in (before, after)]
    names = [short.get(str(plan), str(plan)) if plan else "?" for plan in plans]
    if plans[0] == plans[1]:
        return f"{names[1]} {before.get('licenses')} -> {after.get('licenses')}"
    return f"{names[0]} -> {names[1]}" if before else names[1]

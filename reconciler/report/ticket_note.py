"""A request and what was sent for it in, the note for its ticket out: who, which numbers, seen when, under which ids.

It says what the letter says, in the language of the letter, and by which ids support finds our calls (PC 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC

from reconciler.handoff import OPEN, HandOff
from reconciler.handoff.following import Trace, note_mark
from reconciler.messages import WORDS, Language
from reconciler.report.letters import Names, letter
from reconciler.report.lines import safe


def note_text(one: HandOff, traces: Sequence[Trace], language: Language, names: Names) -> str:
    """Write the note of a request, for the state it is in; its first line has the mark it is found again by."""
    words, made = WORDS[language], letter(one, language, names)
    said = made.ask if one.state in OPEN else words[f"handoff.note.{one.state}"]
    facts = [
        f"{label}: {value}" for label, value in (*made.facts, *_wanted(one, words["handoff.label.wanted"]))
    ]
    sent = [
        f"- {safe(words[f'handoff.note.{t.action}'].format(**_told(t, words['handoff.time'])))}"
        for t in traces
    ]
    parts = [
        f"[{note_mark(one, one.state)}] {said}",
        "\n".join(facts),
        "\n".join([f"{words['handoff.note.requests']}:", *sent]) if sent else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _wanted(one: HandOff, label: str) -> Iterator[tuple[str, str]]:
    wanted = (one.after or {}).get("licenses")
    if wanted is not None:
        yield label, safe(str(wanted))


def _told(trace: Trace, time: str) -> dict[str, object]:
    at = time.format(at=trace.sent_at.astimezone(UTC))
    return {"at": at, "request": trace.request_id, "correlation": trace.correlation_id}

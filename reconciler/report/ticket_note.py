"""A request and what was sent for it in, the note for its ticket out: who, which numbers, seen when, under which ids.

It says what the letter says, in the language of the letter, and by which ids support finds our calls (PC 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC

from reconciler.handoff import OPEN, HandOff
from reconciler.handoff.following import Trace, note_mark
from reconciler.messages import WORDS, Language
from reconciler.report.letters import Letter, Names, letter
from reconciler.report.lines import safe


def note_text(one: HandOff, traces: Sequence[Trace], language: Language, names: Names) -> str:
    """Write the note of a request, for the state it is in; its first line has the mark it is found again by."""
    words, made = WORDS[language], letter(one, language, names)
    said = made.ask if one.state in OPEN else words[f"handoff.note.{one.state}"]
    facts = [f"{label}: {value}" for label, value in _facts(one, made, words)]
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


def _facts(one: HandOff, made: Letter, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What stands in the letter, and how many licences are wanted beside how many are bought."""
    wanted = (one.after or {}).get("licenses")
    for label, value in made.facts:
        yield label, value
        if label == words["handoff.label.licenses"] and wanted is not None:
            yield words["handoff.label.wanted"], str(wanted)


def _told(trace: Trace, time: str) -> dict[str, object]:
    at = time.format(at=trace.sent_at.astimezone(UTC))
    return {"at": at, "request": trace.request_id, "correlation": trace.correlation_id}

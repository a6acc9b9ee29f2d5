"""A hand-off and a language in, the letter to support out: as text, as Markdown, or as a ``mailto:`` link.

A letter is put together of the parts the request was kept with, so it says today's numbers, and reads the same in
each language. Nothing in it is left for a person to fill in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from string import ascii_letters, digits

from reconciler.handoff import HandOff, Kind
from reconciler.messages import WORDS, Language
from reconciler.report.lines import safe

# By language, the display name of each plan by its catalogue key.
Names = Mapping[Language, Mapping[str, str]]
# The step that is ours, and there only where more licences are held by users than will be left.
TAKEN = "taken"
UNRESERVED = frozenset(ascii_letters + digits + "-._~")
STEPS = {
    Kind.REMOVE_LICENSES: (TAKEN, "then", "bill"),
    Kind.MANUAL_SWITCH: ("buy", "assign", "end"),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person sends: ``facts`` are labelled lines, ``steps`` what is asked for in order, if in any."""

    subject: str
    greeting: str
    ask: str
    steps_title: str
    steps: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    why_title: str
    why: str
    closing: str

    def plain(self) -> str:
        """The body as plain text; its lines are not broken, for a mail program does that."""
        numbered = [f"{number}. {step}" for number, step in enumerate(self.steps, start=1)]
        facts = [f"{label}: {value}" for label, value in self.facts]
        steps = "\n".join([f"{self.steps_title}:", *numbered]) if numbered else ""
        why = f"{self.why_title}: {self.why}" if self.why else ""
        parts = (self.greeting, self.ask, steps, "\n".join(facts), why, self.closing)
        return "\n\n".join(part for part in parts if part) + "\n"

    def markdown(self) -> str:
        """Subject and body as Markdown; what a name holds can not become markup."""
        numbered = [f"{number}. {_plain(step)}" for number, step in enumerate(self.steps, start=1)]
        facts = [f"- {label}: {_plain(value)}" for label, value in self.facts]
        steps = "\n".join([f"**{self.steps_title}:**", "", *numbered]) if numbered else ""
        why = f"**{self.why_title}:** {_plain(self.why)}" if self.why else ""
        head = f"## {_plain(self.subject)}"
        parts = (head, self.greeting, _plain(self.ask), steps, "\n".join(facts), why, self.closing)
        return "\n\n".join(part for part in parts if part) + "\n"

    def mailto(self, to: str = "") -> str:
        """A link that opens a mail program with the letter in it (RFC 6068)."""
        body = self.plain().replace("\n", "\r\n")
        return f"mailto:{quoted(to, '@')}?subject={quoted(self.subject)}&body={quoted(body)}"


def letter(one: HandOff, language: Language, names: Names) -> Letter:
    """Write the letter of one request."""
    words = WORDS[language]
    told = _told(one, language, names)

    def text(key: str) -> str:
        return safe(words[key].format(**told))

    kind = Kind(one.kind)
    steps = [f"handoff.step.{kind}.{name}" for name in STEPS.get(kind, ()) if name != TAKEN or told["over"]]
    subject = text(f"handoff.subject.{kind}")
    because = f"handoff.because.{one.facts.get('cause')}"
    return Letter(
        # The mark by which its ticket is found stands first, so that it is there where a title is cut.
        subject=f"[{one.id}] {subject}",
        greeting=text("handoff.greeting"),
        ask=text(f"handoff.ask.{kind}"),
        steps_title=text("handoff.steps"),
        steps=tuple(text(key) for key in steps),
        facts=tuple(_facts(one, told, words)),
        why_title=text("handoff.why"),
        why=text(because) if because in words else safe(one.why),
        closing=text("handoff.closing"),
    )


def moment_of(one: HandOff, fact: str) -> datetime | None:
    """Return a date the request was kept with, in UTC; None where it has none."""
    value = one.facts.get(fact)
    return datetime.fromisoformat(value).astimezone(UTC) if isinstance(value, str) else None


def free_of(one: HandOff) -> int | None:
    """Return how many bought licences nobody held at the last look; None where that was not known."""
    bought, assigned = one.facts.get("licenses"), one.facts.get("assigned")
    return max(0, bought - assigned) if isinstance(bought, int) and isinstance(assigned, int) else None


def _told(one: HandOff, language: Language, names: Names) -> dict[str, object]:
    """What the sentences may name."""
    words = WORDS[language]
    before, after = one.before or {}, one.after or {}
    bought = one.facts.get("licenses", before.get("licenses"))
    assigned, wanted = one.facts.get("assigned"), after.get("licenses")

    def title(plan: object) -> str:
        return names[language].get(str(plan), str(plan)) if plan else words["handoff.another-plan"]

    many = words["handoff.any-number"]
    over = max(0, assigned - wanted) if isinstance(assigned, int) and isinstance(wanted, int) else 0
    return {
        "tenant": one.word,
        "id": one.id,
        "from_plan": title(before.get("plan")),
        "to_plan": title(after.get("plan")),
        "bought": many if bought is None else bought,
        "wanted": (many if bought is None else bought) if wanted is None else wanted,
        "assigned": many if assigned is None else assigned,
        "over": over,
    }


def _facts(one: HandOff, told: Mapping[str, object], words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    def at(fact: str) -> str | None:
        moment = moment_of(one, fact)
        return words["handoff.time"].format(at=moment) if moment else None

    known = {
        "handoff.label.tenant": one.word,
        "handoff.label.subscription": one.subscription_id,
        "handoff.label.licenses": one.facts.get("licenses"),
        "handoff.label.assigned": one.facts.get("assigned"),
        "handoff.label.free": free_of(one),
        "handoff.label.since": at("since"),
        "handoff.label.deadline": at("deadline"),
        "handoff.label.seen": at("seen_at"),
        "handoff.label.reference": told["id"],
    }
    yield from ((words[key], safe(str(value))) for key, value in known.items() if value is not None)


def quoted(text: str, also: str = "") -> str:
    """Spell text for a link (RFC 3986); the standard library's way to do so brings sockets with it."""
    kept = UNRESERVED | set(also)
    return "".join(chr(byte) if chr(byte) in kept else f"%{byte:02X}" for byte in text.encode())


def _plain(text: str) -> str:
    return "".join(f"\\{character}" if character in "\\`*_[]<>|#" else character for character in text)

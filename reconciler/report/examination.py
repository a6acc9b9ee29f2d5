"""What came of verifying the journal in, one calm line or every flaw by name out, as text and as plain data."""

from __future__ import annotations

from reconciler.evidence import FILE, LEDGER, Flaw, Wrong, canonical
from reconciler.evidence.verifying import Examination
from reconciler.messages import say
from reconciler.report.lines import wrapped

FORMAT = "1.0"
# A value longer than this is a text for support: its beginning shows well enough which one it is.
LONGEST = 80


def examination_text(examination: Examination, expect: str | None, state: object) -> str:
    """One line where all is sound; else every flaw, the totals, and what to do next."""
    facts = {
        "entries": _counted("verify.one-entry", "verify.entries", examination.entries),
        "rows": _counted("verify.one-row", "verify.rows", examination.rows),
        "head": examination.head or say("verify.no-head"),
    }
    if examination.sound:
        return say("verify.sound", **facts) + "\n"
    told = [_said(flaw) for flaw in examination.flaws]
    if examination.expected is False:
        told.append(say("verify.unexpected", hash=expect))
    lines = [line for sentence in told for line in wrapped(sentence, "! ", "    ")]
    total = say("verify.flawed", **facts, count=f"{len(told):,}")
    return "\n".join([*lines, "", *wrapped(say("verify.next", state=state), "", ""), "", total]) + "\n"


def examination_document(examination: Examination | None, expect: str | None) -> dict[str, object]:
    """The same as plain data; an ``examination`` of None is one of a store that is not there yet."""
    found = examination or Examination(0, 0, "", ())
    return {
        "format_version": FORMAT,
        "as_recorded": found.sound,
        "entries": found.entries,
        "rows": found.rows,
        "head": found.head or None,
        "expected": expect,
        "expected_found": found.expected,
        "flaws": [_document(flaw) for flaw in found.flaws],
    }


def _document(flaw: Flaw) -> dict[str, object]:
    return {
        "table": flaw.table,
        "id": flaw.id,
        "what": str(flaw.what),
        "member": flaw.member or None,
        "entry": flaw.entry,
        "recorded": _plain(flaw.recorded),
        "found": _plain(flaw.found),
    }


def _said(flaw: Flaw) -> str:
    if flaw.table == LEDGER and flaw.what is Wrong.MISSING and not flaw.id.isdecimal():
        return say("verify.entries-missing", id=flaw.id)
    if flaw.table == LEDGER:
        return say(f"verify.entry-{flaw.what}", id=flaw.id, member=flaw.member)
    if flaw.table == FILE:
        return say("verify.file-damaged", what=flaw.id)
    if flaw.table == "about" and flaw.id == "schema":
        return say("verify.version-altered")
    if flaw.table == "about":
        return say(f"verify.head-{flaw.what}")
    facts = {
        "table": flaw.table,
        "id": flaw.id,
        "member": flaw.member,
        "entry": flaw.entry,
        "recorded": _short(flaw.recorded),
        "found": _short(flaw.found),
    }
    if flaw.what is Wrong.EXTRA and flaw.entry is not None:
        return say("verify.row-back", **facts)
    return say(f"verify.row-{flaw.what}", **facts)


def _short(value: object) -> str:
    text = canonical(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _plain(value: object) -> object:
    """A value as JSON has it; one that JSON has no form for is told as text."""
    return value if value is None or isinstance(value, str | int | float) else canonical(value)


def _counted(one: str, many: str, count: int) -> str:
    return say(one) if count == 1 else say(many, count=f"{count:,}")

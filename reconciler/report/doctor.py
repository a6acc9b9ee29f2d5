"""A checkup in, what came of each check out, as text and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from reconciler.checkup import Checkup, Finding, Mark
from reconciler.messages import say
from reconciler.report.lines import wrapped

FORMAT = "1.0"
_COLUMN = 12
_INDENT = " " * _COLUMN


def checkup_text(checkup: Checkup) -> str:
    """Each area with its findings, and what they come to."""
    lines: list[str] = []
    for area, findings in groupby(checkup.findings, lambda one: one.area):
        lines += [say(f"doctor.area.{area}"), *(line for one in findings for line in _lines(one)), ""]
    counts = ", ".join(f"{count} {_called(mark)}" for mark, count in checkup.counts.items() if count)
    told = say("doctor.sound" if checkup.sound else "doctor.unsound", counts=counts)
    return "\n".join([*lines, *wrapped(told, "", "")]) + "\n"


def checkup_document(checkup: Checkup) -> dict[str, object]:
    """The same as plain data."""
    return {
        "format_version": FORMAT,
        "backend": checkup.backend,
        "sound": checkup.sound,
        "findings": [
            {
                "area": str(one.area),
                "subject": one.subject,
                "mark": str(one.mark),
                "message": one.message,
                "way_out": one.way_out or None,
                "commands": list(one.commands),
            }
            for one in checkup.findings
        ],
    }


def _lines(finding: Finding) -> Iterator[str]:
    yield from wrapped(finding.message, f"  {_called(finding.mark):<{_COLUMN - 2}}", _INDENT)
    if finding.way_out:
        yield from wrapped(finding.way_out, _INDENT, _INDENT)
    if finding.commands and finding.mark in (Mark.FAILED, Mark.UNKNOWN, Mark.WARNING):
        yield from wrapped(say("doctor.needed-by", commands=", ".join(finding.commands)), _INDENT, _INDENT)


def _called(mark: Mark) -> str:
    return say(f"doctor.mark.{mark}")

"""Problems of files in, text as compilers write it (or a JSON document) out.

Names and lines come from files nobody has vouched for: what a terminal would act on is shown as an escape.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from reconciler.errors import Problem
from reconciler.messages import say
from reconciler.report.lines import safe
from reconciler.report.paint import Paint, Role, palette

LONGEST_LINE = 120
_BEFORE_CARET = 80


def problems_text(problems: Sequence[Problem], colour: bool = False) -> str:
    """Return each problem with its line, a caret and a hint, and last how many there are; "" for none."""
    if not problems:
        return ""
    paint = palette(colour)
    blocks = [line for p in _ordered(problems) for line in problem_lines(p, paint)]
    return "\n".join((*blocks, paint(Role.NAME, count_line(problems)))) + "\n"


def problems_document(problems: Sequence[Problem], *, files: int, tenants: int) -> dict[str, object]:
    """Return the problems for a program to read: the same facts, the text as it stands in the file.

    ``files`` were looked at, and ``tenants`` are declared well in them.
    """
    return {
        "problems": [
            {
                "file": p.place.file,
                "line": p.place.line,
                "column": p.place.column,
                "code": p.code,
                "message": p.message,
                "text": p.line_text,
                "hint": p.hint,
            }
            for p in _ordered(problems)
        ],
        "summary": {
            "problems": len(problems),
            "files_with_problems": _files(problems),
            "files": files,
            "tenants": tenants,
        },
    }


def count_line(problems: Sequence[Problem]) -> str:
    """Return how many problems there are in how many files: "3 problems in 2 files."."""
    return say(
        "files.count",
        problems=_counted("problem", len(problems)),
        files=_counted("file", _files(problems)),
    )


def problem_lines(problem: Problem, paint: Paint) -> list[str]:
    """Return one problem as lines: where and what, the line it is in with a caret, and a hint."""
    place = paint(Role.NAME, safe(str(problem.place)))
    lines = [f"{place}: {paint(Role.BAD, safe(problem.code))}: {safe(problem.message)}"]
    if problem.line_text.strip():
        shown, indent = _excerpt(problem.line_text, problem.place.column - 1)
        gutter = f"{problem.place.line:>5} | "
        lines.append(paint(Role.QUIET, gutter) + shown)
        if indent is not None:
            lines.append(
                paint(Role.QUIET, " " * (len(gutter) - 2) + "| ") + " " * indent + paint(Role.BAD, "^")
            )
    if problem.hint:
        lines.append("  " + paint(Role.QUIET, say("files.hint", hint=safe(problem.hint))))
    return lines


def _excerpt(line: str, offset: int) -> tuple[str, int | None]:
    """Return the part of a line round ``offset`` that fits, and how many columns stand before the caret."""
    start = max(0, offset - _BEFORE_CARET) if len(line) > LONGEST_LINE else 0
    head = "..." if start else ""
    tail = "..." if len(line) > start + LONGEST_LINE else ""
    shown = head + _line(line[start : start + LONGEST_LINE]) + tail
    if offset > len(line):
        return shown, None
    return shown, len(head) + sum(_width(c) for c in _line(line[start:offset]))


def _line(text: str) -> str:
    return safe(text.replace("\t", " "))


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _ordered(problems: Sequence[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda p: (p.place, p.code))


def _files(problems: Sequence[Problem]) -> int:
    return len({p.place.file for p in problems})


def _counted(word: str, count: int) -> str:
    return say(f"files.count.{word}" if count == 1 else f"files.count.{word}s", count=count)

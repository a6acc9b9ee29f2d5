"""A sentence of a report in, its lines for a terminal out: under its sign, in its colour, as wide as they may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.act import Ending
from reconciler.change_plan import Verdict
from reconciler.report.lines import wrapped
from reconciler.report.paint import Paint, Role

STEP, UNDER, HANG = "  ", "      ", "        "
SIGN_ROLE = {
    "+": Role.GOOD,
    "~": Role.SWITCH,
    ">": Role.SUPPORT,
    "!": Role.BAD,
    "*": Role.WAIT,
    "?": Role.UNKNOWN,
    ".": Role.QUIET,
}
VERDICT_ROLE = {
    Verdict.UNKNOWN: Role.UNKNOWN,
    Verdict.BLOCKED: Role.BAD,
    Verdict.SUPPORT: Role.SUPPORT,
    Verdict.WAIT: Role.WAIT,
    Verdict.APPLY: Role.GOOD,
    Verdict.SUSPENDED: Role.WAIT,
    Verdict.IN_SYNC: Role.QUIET,
}
ENDING_ROLE = {
    Ending.UNKNOWN: Role.UNKNOWN,
    Ending.FAILED: Role.BAD,
    Ending.BLOCKED: Role.BAD,
    Ending.HANDED_OFF: Role.SUPPORT,
    Ending.WAITING: Role.WAIT,
    Ending.STARTED: Role.GOOD,
    Ending.DONE: Role.GOOD,
}


@dataclass(frozen=True, slots=True)
class View:
    """How it is shown: the plans' display names, the palette, whether everything is, and in how many columns."""

    names: Mapping[str, str]
    paint: Paint
    verbose: bool
    width: int

    def wrap(self, text: str, first: str, rest: str) -> list[str]:
        """Return text of any origin as lines that fit."""
        return wrapped(text, first, rest, self.width)


def signed(mark: str, text: str, view: View) -> list[str]:
    """Return text of any origin as lines that stand under a sign."""
    first, *rest = view.wrap(text, f"{STEP}{mark} ", UNDER)
    return [STEP + view.paint(SIGN_ROLE[mark], mark) + first[len(STEP) + len(mark) :], *rest]

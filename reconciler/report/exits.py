"""The value that is printed in, the exit code out: the one place where exit codes are made.

Codes 3, 4 and 5 are for callers that ask for them (``--exit-codes=full``). The first that applies wins,
in the order 1, 5, 3, 2, 4, 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from reconciler.change_plan import ChangePlan
from reconciler.outcomes import Run
from reconciler.report.endings import endings, tally

if TYPE_CHECKING:
    from reconciler.report.drift import FleetDrift

SIGNALLED = 128


class ExitMode(StrEnum):
    """How much the exit code says: ``--detailed-exitcode`` is DETAILED, ``--exit-codes=full`` is FULL."""

    PLAIN = "plain"
    DETAILED = "detailed"
    FULL = "full"


class Exit(IntEnum):
    """The codes and what they mean."""

    DONE = 0
    ERROR = 1
    CHANGES = 2
    BLOCKED = 3
    HANDOFFS = 4
    INCOMPLETE = 5
    USAGE = 64


def plan_exit(plan: ChangePlan, mode: ExitMode) -> int:
    """Return the exit code of ``plan`` and ``show``. A suspended tenant counts as 0."""
    summary = plan.summary
    return _code(
        mode,
        error=plan.errored,
        unknown=summary.unknown > 0,
        blocked=summary.blocked > 0,
        changes=summary.tenants_changed + summary.waiting > 0,
        support=summary.support > 0,
    )


def run_exit(runs: Iterable[Run], plan: ChangePlan, mode: ExitMode, *, interrupted: int | None = None) -> int:
    """Return the exit code of ``apply``; ``interrupted`` is the number of the signal that ended it.

    A write that failed, or whose outcome is unknown, is an error in every mode. Changes are those made, started or
    waiting.
    """
    if interrupted is not None:
        return SIGNALLED + interrupted
    ended = tally(endings(plan, runs))
    return _code(
        mode,
        error=plan.errored or ended.broken or ended.failed + ended.lost > 0,
        unknown=ended.unknown > ended.lost,
        blocked=ended.blocked > 0,
        changes=ended.done + ended.started + ended.waiting > 0,
        support=ended.support > 0,
    )


def drift_exit(drift: FleetDrift, mode: ExitMode) -> int:
    """Return the exit code of ``drift``: confirmed drift counts as a change, what is wanted does not."""
    return _code(
        mode,
        error=bool(drift.problems),
        unknown=drift.unread > 0,
        blocked=False,
        changes=drift.drifted,
        support=False,
    )


def _code(mode: ExitMode, *, error: bool, unknown: bool, blocked: bool, changes: bool, support: bool) -> int:
    if error:
        return Exit.ERROR
    if mode is ExitMode.PLAIN:
        return Exit.DONE
    if mode is ExitMode.DETAILED:
        return Exit.ERROR if unknown or blocked else Exit.CHANGES if changes else Exit.DONE
    ladder = (
        (unknown, Exit.INCOMPLETE),
        (blocked, Exit.BLOCKED),
        (changes, Exit.CHANGES),
        (support, Exit.HANDOFFS),
    )
    return next((code for found, code in ladder if found), Exit.DONE)

"""Findings in, what they make of a step out: its verdict, the gravest of theirs."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from reconciler.model import Action
from reconciler.rules import Effect, Finding, Status


class Verdict(StrEnum):
    """What becomes of a step, gravest first; the last two only ever stand on a tenant."""

    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    SUPPORT = "support"
    WAIT = "wait"
    APPLY = "apply"
    SUSPENDED = "suspended"
    IN_SYNC = "in-sync"


GRAVITY = (Verdict.UNKNOWN, Verdict.BLOCKED, Verdict.SUPPORT, Verdict.WAIT, Verdict.APPLY)
VERDICT_OF = {
    Effect.BLOCK: Verdict.BLOCKED,
    Effect.SUPPORT: Verdict.SUPPORT,
    Effect.WAIT: Verdict.WAIT,
    Effect.WARN: Verdict.APPLY,
}


def verdict_of_finding(finding: Finding) -> Verdict:
    """What this finding alone would make of its step; what could only have warned holds nothing when unknown."""
    if finding.effect is Effect.WARN:
        return Verdict.APPLY
    if finding.status is Status.UNKNOWN:
        return Verdict.UNKNOWN
    if finding.status is Status.FAIL:
        return VERDICT_OF[finding.effect]
    return Verdict.APPLY


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """The first of the order unknown, blocked, support, wait, apply."""
    return min(verdicts, key=GRAVITY.index, default=Verdict.APPLY)


def step_verdict(action: Action, checks: tuple[Finding, ...]) -> Verdict:
    """The gravest of a step's findings."""
    # A hand-off is never ours to apply, whatever its checks say.
    floor = Verdict.SUPPORT if action is Action.HANDOFF else Verdict.APPLY
    return gravest([floor, *(verdict_of_finding(f) for f in checks)])

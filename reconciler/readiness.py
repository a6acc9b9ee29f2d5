"""A judged tenant and how its pass ended in, the conditions Ready, Reconciling and Stalled out.

The words are those of Flux and Kubernetes: Ready, the live tenant is as declared; Reconciling, it is on its way and
nobody has to act; Stalled, it stays as it is until a person acts. ``reason`` is one word for programs. ``message``
is a function of type, status and reason alone, so that nothing that counts or passes (numbers, times) makes an
unchanged condition look new. ``since`` moves only when the status does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from reconciler.change_plan import TenantPlan, Verdict, gravest, verdict_of_finding
from reconciler.messages import known, say
from reconciler.status import Holds, waits_for


class Type(StrEnum):
    """The three conditions, in the order they are shown."""

    READY = "Ready"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"


class Trouble(StrEnum):
    """What may hold a tenant that no rule tells of. The values are reasons as users read them."""

    FILE_BROKEN = "FileBroken"
    DECLARED_TWICE = "DeclaredTwice"
    FLEET_STOPPED = "FleetStopped"
    WRITE_FAILED = "WriteFailed"
    BROKE_OFF = "PassFailed"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition as it stands. ``commit``: what was declared when it was last told, None outside git."""

    type: Type
    status: Holds
    reason: str
    since: datetime
    commit: str | None = None

    @property
    def message(self) -> str:
        """What to say of it; the same for the same type, status and reason."""
        key = f"ready.{self.type}.{self.status}"
        return say(known(f"{key}.{self.reason}", f"ready.{self.reason}", key), reason=self.reason)


def conditions_of(
    plan: TenantPlan,
    *,
    writes: bool,
    trouble: Trouble | None,
    before: Iterable[Condition],
    at: datetime,
    commit: str | None,
) -> tuple[Condition, ...]:
    """Return the three conditions, in order; each keeps its ``since`` of ``before`` while its status is the same.

    ``writes``: the loop may write. ``trouble``: what no rule tells of. ``at``: the time of the look (the service's).
    """
    told = _told(_ahead(plan), writes, trouble)
    there = {each.type: each for each in before}
    return tuple(_dated(Condition(*each, since=at, commit=commit), there.get(each[0])) for each in told)


def unseen(
    trouble: Trouble, before: Iterable[Condition], at: datetime, commit: str | None
) -> tuple[Condition, ...]:
    """Return the conditions of a tenant that nobody could look at, or whose pass broke off, whatever it saw."""
    there = {each.type: each for each in before}
    again = trouble is Trouble.BROKE_OFF
    moving, stuck = (Holds.TRUE, Holds.FALSE) if again else (Holds.FALSE, Holds.TRUE)
    told = _three(Holds.UNKNOWN, moving, stuck, trouble)
    return tuple(_dated(Condition(*each, since=at, commit=commit), there.get(each[0])) for each in told)


def reason_of(rule: str) -> str:
    """Return a rule's id as the one word of a condition: ``SwitchRunning`` for ``switch-running``."""
    return "".join(part.capitalize() for part in rule.split("-"))


Told = tuple[Type, Holds, str]


def _dated(now: Condition, before: Condition | None) -> Condition:
    return replace(now, since=before.since) if before and before.status is now.status else now


def _ahead(plan: TenantPlan) -> TenantPlan:
    """The plan without what support will be asked for only when a switch is done: until then nobody has to act."""
    ahead = tuple(s for s in plan.steps if not (s.behind_switch and s.verdict is Verdict.SUPPORT))
    if plan.verdict is not Verdict.SUPPORT or ahead == plan.steps:
        return plan
    verdict = gravest((*(verdict_of_finding(f) for f in plan.checks), *(s.verdict for s in ahead)))
    return replace(plan, steps=ahead, verdict=verdict)


def _told(plan: TenantPlan, writes: bool, trouble: Trouble | None) -> tuple[Told, Told, Told]:
    if trouble is Trouble.BROKE_OFF:
        # It is tried again by itself, with longer and longer waits.
        return _three(Holds.UNKNOWN, Holds.TRUE, Holds.FALSE, trouble)
    if trouble is not None:
        ready = Holds.TRUE if plan.verdict is Verdict.IN_SYNC else Holds.FALSE
        return _three(ready, Holds.FALSE, Holds.TRUE, trouble)
    if plan.verdict is Verdict.IN_SYNC:
        return _three(Holds.TRUE, Holds.FALSE, Holds.FALSE, "InSync")
    if plan.verdict is Verdict.APPLY or (plan.verdict is Verdict.WAIT and plan.writes):
        # What waits beside a step that can be made now waits for that step, or its turn comes after it.
        reason = "ChangesPending" if writes else "ReportOnly"
        return _three(Holds.FALSE, Holds.TRUE if writes else Holds.FALSE, Holds.FALSE, reason)
    if plan.verdict is Verdict.SUSPENDED:
        ready = Holds.FALSE if plan.steps else Holds.TRUE
        return _three(ready, Holds.FALSE, Holds.FALSE, "Suspended")
    reason = reason_of(waits_for(plan)) or "NotTold"
    if plan.verdict is Verdict.WAIT:
        return _three(Holds.FALSE, Holds.TRUE, Holds.FALSE, reason)
    if plan.verdict is Verdict.UNKNOWN:
        # Another look may be able to tell; whether a person is needed can not be told either.
        return _three(Holds.UNKNOWN, Holds.TRUE, Holds.UNKNOWN, reason)
    return _three(Holds.FALSE, Holds.FALSE, Holds.TRUE, reason)


def _three(ready: Holds, reconciling: Holds, stalled: Holds, reason: str) -> tuple[Told, Told, Told]:
    return (
        (Type.READY, ready, reason),
        (Type.RECONCILING, reconciling, reason),
        (Type.STALLED, stalled, reason),
    )

"""What we are about to do, as a value: what ``decide`` made of each tenant in, the whole fleet's change plan out.

The law of this folder: ``ChangePlan`` can be printed, compared, hashed, stored and reviewed. There are no closures in
it, and nothing in it looks at the world.
"""

from __future__ import annotations

from reconciler.change_plan.origin import Policy, Since, Source, Unread
from reconciler.change_plan.steps import Step, TenantPlan
from reconciler.change_plan.verdicts import GRAVITY, Verdict, gravest, step_verdict, verdict_of_finding
from reconciler.change_plan.whole import ChangePlan, OldSnapshot, Summary

__all__ = [
    "GRAVITY",
    "ChangePlan",
    "OldSnapshot",
    "Policy",
    "Since",
    "Source",
    "Step",
    "Summary",
    "TenantPlan",
    "Unread",
    "Verdict",
    "gravest",
    "step_verdict",
    "verdict_of_finding",
]

"""What a part of a fleet came to in, one line of JSON out; and back, or None where a line is no such.

Kept for the text of a change plan alone, which tells of no check that passed or does not concern a step: so those, by
far the most, are left out.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime

from reconciler.at_rest import MOST_NAMED
from reconciler.change_plan import TenantPlan
from reconciler.errors import PlanRefused
from reconciler.fleet.holding import RULE
from reconciler.meeting import Found
from reconciler.repeats import Words
from reconciler.rules import Finding, Status

_TOLD = (Status.FAIL, Status.UNKNOWN)


def found_text(found: Found) -> str | None:
    """Return it as one line; None where it hangs on other files than its own, or could not be read back as it is."""
    if found.problems or found.renamed or found.wanted or found.shown:
        return None
    from reconciler.report.document import tenant_document

    plans = [_as_told(plan) for plan in found.plans]
    text = json.dumps(
        [
            [tenant_document(plan) for plan in plans],
            [(at.isoformat(), count) for at, count in found.looks.items()],
            [(at.isoformat(), name) for at, name in sorted(found.oldest)[:MOST_NAMED]],
            *(words.text for words in (found.claims, found.owners, found.states, found.names)),
        ],
        separators=(",", ":"),
    )
    if not plans:
        return text
    # What a change plan in JSON does not tell of a tenant is not kept either: then nothing is.
    back = found_from_text(text)
    return text if back is not None and back.plans == plans else None


def found_from_text(text: str) -> Found | None:
    """Return what a line tells of."""
    try:
        plans, looks, oldest, claims, owners, states, names = json.loads(text)
        return Found(
            plans=_plans(plans) if plans else [],
            looks=Counter({datetime.fromisoformat(at): count for at, count in looks}),
            oldest=[(datetime.fromisoformat(at), name) for at, name in oldest],
            claims=Words.from_text(claims),
            owners=Words.from_text(owners),
            states=Words.from_text(states),
            names=Words.from_text(names),
        )
    except (ValueError, TypeError, PlanRefused):
        return None


def _as_told(plan: TenantPlan) -> TenantPlan:
    steps = tuple(replace(step, checks=_told(step.checks)) for step in plan.steps)
    return replace(plan, steps=steps, checks=_told(plan.checks))


def _told(checks: tuple[Finding, ...]) -> tuple[Finding, ...]:
    # What a run may still do shows only over all tenants: the limits of the fleet are judged anew in that one's place.
    return tuple(check for check in checks if check.status in _TOLD or check.id == RULE)


def _plans(documents: list[object]) -> list[TenantPlan]:
    # Only who has a step needs what reads it back.
    from reconciler.report.saved import tenant_from_document

    return [tenant_from_document(document) for document in documents]

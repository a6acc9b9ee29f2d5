"""What a tenant file and a state came to in, one line of JSON out; and back, or None where a line is no such."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from reconciler.errors import PlanRefused
from reconciler.meeting import Pair


def pair_text(pair: Pair) -> str | None:
    """Return a pair as one line; None where it could not be read back as it is."""
    from reconciler.report.document import tenant_document

    plan = None if pair.plan is None else tenant_document(pair.plan)
    at = pair.at.isoformat()
    text = json.dumps(
        [pair.name, pair.state, at, pair.claims, pair.owners, pair.states, plan], separators=(",", ":")
    )
    # What a change plan in JSON does not tell of a tenant is not kept either: then nothing is.
    return text if pair.plan is None or pair_from_text(text) == pair else None


def pair_from_text(text: str) -> Pair | None:
    """Return the pair that a line tells of."""
    try:
        name, state, at, claims, owners, states, plan = json.loads(text)
        return Pair(
            name,
            state,
            datetime.fromisoformat(at),
            tuple(map(tuple, claims)),
            tuple(owners),
            tuple(states),
            None if plan is None else _plan(plan),
        )
    except (ValueError, TypeError, PlanRefused):
        return None


def _plan(document: Any) -> Any:
    from reconciler.report.saved import tenant_from_document

    return tenant_from_document(document)

"""A change plan or the drift of a fleet in, the sentences out that have to be read before anything else of it."""

from __future__ import annotations

from reconciler.change_plan import ChangePlan
from reconciler.messages import say
from reconciler.report.drift import FleetDrift
from reconciler.report.heading import headings


def plan_preface(plan: ChangePlan) -> tuple[str, ...]:
    """Return what limits this change plan: that it is a part, a supposition, from recorded states, or not complete.

    Every format shows these above all else; what else is known of where a change plan came from is said here.
    """
    said = [heading.text for heading in headings(plan)]
    if plan.snapshot:
        said.append(say("review.snapshot"))
    if plan.errored:
        said.append(say("review.errored"))
    elif not plan.complete:
        said.append(say("review.incomplete"))
    return tuple(said)


def drift_preface(drift: FleetDrift) -> tuple[str, ...]:
    """Return what limits what is said of drift."""
    said = [say("review.drift-snapshot")] if drift.snapshot else []
    return (*said, say("review.drift-errored")) if drift.problems else tuple(said)

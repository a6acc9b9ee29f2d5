"""The service health of Graph in, one word for each service out: healthy, degraded, interrupted, or another word.

What counts is an incident that is not resolved (Graph 6.8). Advisories are open somewhere nearly always, so they alone
make nothing ill; but a status nobody knows is never healthy, whatever stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciler.adapters.microsoft.wire import Body, some
from reconciler.observe import Fact, Unknown

HEALTHY: Final = "healthy"
DEGRADED: Final = "degraded"
WORDS: Final = {"service-degradation": DEGRADED, "service-interruption": "interrupted"}
# It is over, or was nothing.
OVER: Final = frozenset(
    {"service-operational", "service-restored", "false-positive", "post-incident-review-published"}
)
# Something is going on. How bad it is, the issues tell.
LIVE: Final = frozenset(
    {
        "investigating",
        "restoring-service",
        "verifying-service",
        "service-degradation",
        "service-interruption",
        "extended-recovery",
        "investigation-suspended",
    }
)


@dataclass(frozen=True, slots=True)
class Issue:
    """An incident or an advisory (``classification``, or another word) about one service."""

    id: Fact[str]
    title: Fact[str]
    classification: Fact[str]
    status: Fact[str]
    resolved: Fact[bool]
    started: Fact[datetime | None]

    @property
    def incident(self) -> bool:
        """May this be an incident that is still open? Only a sure no is a no."""
        return self.resolved is not True and self.classification != "advisory"


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """How one service does. ``issues`` is Unknown where they were not asked for."""

    id: Fact[str]
    service: Fact[str]
    status: Fact[str]
    issues: Fact[tuple[Issue, ...]]


def service_health(body: Body) -> ServiceHealth:
    """Read one item of ``healthOverviews``, with or without its issues."""
    issues = body.at("issues")
    return ServiceHealth(
        id=body.text("id"),
        service=body.text("service"),
        status=body.word("status"),
        issues=issues.missing if issues.absent else some(issues, issue),
    )


def issue(body: Body) -> Issue:
    """Read one issue, of a service or by itself."""
    return Issue(
        id=body.text("id"),
        title=body.text("title"),
        classification=body.word("classification"),
        status=body.word("status"),
        resolved=body.flag("isResolved"),
        started=body.moment("startDateTime"),
    )


def health_word(health: ServiceHealth) -> Fact[str]:
    """Return how a service does: healthy, degraded, interrupted, or the service's own word in kebab-case.

    Where the issues were not asked for, the status alone decides.
    """
    status = health.status
    if isinstance(status, Unknown):
        return status
    if status not in OVER | LIVE:
        return status
    word = HEALTHY if status in OVER else WORDS.get(status, status)
    if isinstance(health.issues, Unknown):
        return word
    open_ones = [each for each in health.issues if each.incident]
    if open_ones:
        return word if status in LIVE else _of_issue(open_ones[0])
    advised = any(each.resolved is False for each in health.issues)
    return HEALTHY if advised else word


def _of_issue(incident: Issue) -> str:
    """An incident is open though the service is said to work: its own status tells, but never that all is well."""
    status = incident.status
    if isinstance(status, Unknown) or status in OVER:
        return DEGRADED
    return WORDS.get(status, status)

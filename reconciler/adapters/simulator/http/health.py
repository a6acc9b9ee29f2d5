"""The services' states in, the service health page out: a trouble is an unresolved incident (Graph 6.8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from reconciler.adapters.simulator.http import odata
from reconciler.adapters.simulator.http.answers import Answer
from reconciler.adapters.simulator.http.words import camel, moment, pascal
from reconciler.adapters.simulator.http.world import Visit
from reconciler.adapters.simulator.refusals import HEALTHY

STATUSES = {
    HEALTHY: "service-operational",
    "degraded": "service-degradation",
    "interrupted": "service-interruption",
}


def overviews(visit: Visit) -> Answer:
    """GET /admin/serviceAnnouncement/healthOverviews, with the issues of each where they are asked for."""
    what = "admin/serviceAnnouncement/healthOverviews"
    named = f"{what}(issues())" if _expands(visit) else what
    return odata.listed(visit, named, _overviews(visit))


def one_overview(visit: Visit) -> Answer:
    """GET /admin/serviceAnnouncement/healthOverviews/{id}; the documents ask by the service's name, too."""
    wanted = visit.place["hid"].casefold()
    for each in _overviews(visit):
        if wanted in (each["id"].casefold(), each["service"].casefold()):
            return odata.single(visit, "admin/serviceAnnouncement/healthOverviews", each)
    raise odata.not_found(visit)


def _expands(visit: Visit) -> bool:
    text = visit.asked.query.get("$expand")
    if text is None:
        return False
    if text.strip() != "issues":
        raise odata.refuse(visit, 400, "Request_BadRequest", "Only issues can be expanded.")
    return True


def _overviews(visit: Visit) -> list[dict[str, Any]]:
    states = visit.shown().get("services")
    if states is None:
        raise odata.not_shown(visit)
    known = [(key, state) for key, state in states.items() if state is not None]
    return [_overview(visit, number, *each) for number, each in enumerate(known)]


def _overview(visit: Visit, number: int, key: str, state: str) -> dict[str, Any]:
    title = visit.world.service.catalogue.services.get(key, key)
    status = _word(visit, STATUSES.get(state, state))
    body: dict[str, Any] = {"service": title, "status": status, "id": key}
    if not _expands(visit):
        return body
    issues = [] if state == HEALTHY else [_issue(visit, key, title, status, "incident")]
    if visit.world.settings.oddities and number == 0:
        # There is nearly always an advisory open somewhere, and it means nothing (Graph 6.8).
        issues.append(_issue(visit, key, title, _word(visit, "service-degradation"), "advisory"))
    return {**body, "issues": issues}


def _issue(visit: Visit, key: str, title: str, status: str, classification: str) -> dict[str, Any]:
    begun: datetime = visit.now
    number = 100_000 + sum(f"{key}:{classification}".encode())
    return {
        "startDateTime": moment(begun, oddly=False),
        "endDateTime": None,
        "lastModifiedDateTime": moment(begun, oddly=False),
        "title": f"{title}: {status}",
        "id": f"{key[:2].upper()}{number}",
        "impactDescription": f"{title} does not work as it should.",
        "classification": _word(visit, classification),
        "origin": _word(visit, "microsoft"),
        "status": status,
        "service": title,
        "feature": "Access",
        "featureGroup": "Access",
        "isResolved": False,
        "details": [],
        "posts": [
            {
                "createdDateTime": moment(begun, oddly=False),
                "postType": _word(visit, "regular"),
                "description": {"contentType": _word(visit, "html"), "content": f"Title: {title}."},
            }
        ],
    }


def _word(visit: Visit, word: str) -> str:
    """Return a word as the documents print it, or as the metadata says it is spelt."""
    return pascal(word) if visit.world.settings.oddities else camel(word)

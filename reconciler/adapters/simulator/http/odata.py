"""The query of a Graph request in, what it selects, filters and pages by out; what is not documented is refused."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from reconciler.adapters.simulator.http.answers import Answer, Denied, graph_error
from reconciler.adapters.simulator.http.asked import Asked
from reconciler.adapters.simulator.http.world import Visit, World
from reconciler.adapters.simulator.session import Session

MOST_ON_A_PAGE = 999
UNSUPPORTED = "Request_UnsupportedQuery"
EQUALS = re.compile(r"\s*(\w+)\s+eq\s+'([^']*)'\s*")


def refused(world: World, session: Session, asked: Asked, status: int, code: str, message: str) -> Answer:
    """Return an error of Graph to a request."""
    request = asked.headers.get("client-request-id") or world.new_id()
    return graph_error(status, code, message, session.now, world.new_id(), request)


def refuse(visit: Visit, status: int, code: str, message: str) -> Denied:
    """Return the refusal of a request that was let in."""
    return Denied(refused(visit.world, visit.session, visit.asked, status, code, message))


def not_shown(visit: Visit) -> Denied:
    """Return the refusal of what nobody is shown: a permission or a role is missing."""
    message = "Insufficient privileges to complete the operation."
    return refuse(visit, 403, "Authorization_RequestDenied", message)


def not_found(visit: Visit) -> Denied:
    """Return the refusal of an object there is not."""
    return refuse(visit, 404, "Request_ResourceNotFound", "The resource does not exist.")


def listed(visit: Visit, what: str, items: list[dict[str, Any]], **members: Any) -> Answer:
    """Return a collection, each item with what was selected; ``members`` stand before the items."""
    chosen = _chosen(visit, what)
    named = f"{what}({','.join(chosen)})" if chosen else what
    told = {f"@odata.{name}": value for name, value in members.items() if value is not None}
    value = [_only(item, chosen) for item in items]
    return Answer(200, {"@odata.context": _context(visit, named), **told, "value": value})


def single(visit: Visit, what: str, item: dict[str, Any]) -> Answer:
    """Return one object with what was selected."""
    chosen = _chosen(visit, what)
    return Answer(200, {"@odata.context": _context(visit, f"{what}/$entity"), **_only(item, chosen)})


def selected(visit: Visit) -> tuple[str, ...]:
    """Return the names under ``$select``, none where everything is asked for."""
    return tuple(name.strip() for name in visit.asked.query.get("$select", "").split(",") if name.strip())


def top(visit: Visit, otherwise: int) -> int:
    """Return the size of a page."""
    text = visit.asked.query.get("$top")
    if text is None:
        return otherwise
    if not text.isdecimal() or not 1 <= int(text) <= MOST_ON_A_PAGE:
        raise refuse(visit, 400, "Request_BadRequest", f"$top is a number from 1 to {MOST_ON_A_PAGE}.")
    return int(text)


def counts(visit: Visit) -> bool:
    """Say whether a count is asked for, which takes a header of its own each time (Graph 3)."""
    if visit.asked.query.get("$count", "false").casefold() != "true":
        return False
    needs_eventual(visit)
    return True


def needs_eventual(visit: Visit) -> None:
    """End a request for an advanced query that does not say it takes an index that lags."""
    if visit.asked.headers.get("consistencylevel", "").casefold() != "eventual":
        message = "This query takes the header ConsistencyLevel: eventual."
        raise refuse(visit, 400, UNSUPPORTED, message)


def skipped(visit: Visit) -> int:
    """Return how many items the pages before held."""
    token = visit.asked.query.get("$skiptoken")
    if token is None:
        return 0
    try:
        found = json.loads(urlsafe_b64decode(token))
    except ValueError:
        found = None
    if type(found) is not int:
        raise refuse(visit, 400, "Request_BadRequest", "The skip token is not valid.")
    return found


def next_link(visit: Visit, skip: int) -> str:
    """Return the address of the page that begins after ``skip`` items; to be followed whole."""
    token = urlsafe_b64encode(json.dumps(skip).encode()).decode()
    kept = {name: value for name, value in visit.asked.query.items() if name != "$skiptoken"}
    members = (f"{name}={quote(value, safe=',')}" for name, value in (kept | {"$skiptoken": token}).items())
    return f"{visit.asked.base}/v1.0{visit.asked.path}?{'&'.join(members)}"


def equals(visit: Visit, names: Iterable[str]) -> tuple[str, str] | None:
    """Return (name, value) of a filter ``name eq 'value'``, None where nothing is filtered."""
    text = visit.asked.query.get("$filter")
    if text is None:
        return None
    found = EQUALS.fullmatch(text)
    if found is None or found[1] not in names:
        raise refuse(visit, 400, UNSUPPORTED, "This filter is not supported here.")
    return found[1], found[2]


def _chosen(visit: Visit, what: str) -> tuple[str, ...]:
    chosen = selected(visit)
    strange = sorted(set(chosen) - MEMBERS[what]) if what in MEMBERS else []
    if strange:
        message = f"There is no property {strange[0]}."
        raise refuse(visit, 400, "Request_BadRequest", message)
    return chosen


def _only(item: Mapping[str, Any], chosen: tuple[str, ...]) -> dict[str, Any]:
    return {name: item[name] for name in chosen if name in item} if chosen else dict(item)


def _context(visit: Visit, what: str) -> str:
    return f"{visit.asked.base}/v1.0/$metadata#{what}"


# What may be selected of a user; of what is small, everything there is.
MEMBERS: Mapping[str, frozenset[str]] = {
    "users": frozenset(
        {
            "id",
            "businessPhones",
            "givenName",
            "jobTitle",
            "mobilePhone",
            "officeLocation",
            "preferredLanguage",
            "surname",
            "userPrincipalName",
            "displayName",
            "mail",
            "accountEnabled",
            "userType",
            "usageLocation",
            "assignedLicenses",
            "licenseAssignmentStates",
        }
    )
}

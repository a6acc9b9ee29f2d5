"""A tenant's users as Graph shows them: as many as the service counts, some with a licence, some without (Graph 6.5).

The service knows numbers, no persons. The first of them hold each SKU's licences; the next could not be given one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.adapters.simulator.http import odata
from reconciler.adapters.simulator.http.answers import Answer
from reconciler.adapters.simulator.http.catalog import Held
from reconciler.adapters.simulator.http.directory import held_here
from reconciler.adapters.simulator.http.identities import made_id
from reconciler.adapters.simulator.http.world import Visit

HOLDS = re.compile(r"\s*assignedLicenses/any\(\s*(\w+)\s*:\s*\1/skuId eq ([0-9a-fA-F-]{36})\s*\)\s*")
UNLICENSED = re.compile(r"\s*assignedLicenses/\$count eq 0\s*")
LICENCES = frozenset({"assignedLicenses", "licenseAssignmentStates"})
# What is shown of a user where nothing is selected; what nobody filled in is null.
EMPTY = ("givenName", "jobTitle", "mobilePhone", "officeLocation", "preferredLanguage", "surname")
DEFAULT = ("businessPhones", "displayName", "mail", "userPrincipalName", "id", *EMPTY)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The numbers of the users that are asked for, and how many that makes."""

    numbers: range
    total: int


def list_users(visit: Visit) -> Answer:
    """GET /users: page after page, with a count on the first where one is asked for."""
    chosen, counted = odata.selected(visit), odata.counts(visit)
    wanted = _wanted(visit, counted=counted)
    held = held_here(visit) if LICENCES & set(chosen) else []
    if "licenseAssignmentStates" in chosen and any(each.without is None for each in held):
        raise odata.not_shown(visit)
    size, begin = odata.top(visit, visit.world.settings.users_page), odata.skipped(visit)
    page = wanted.numbers[begin : begin + size]
    items = [_user(visit, number, held, chosen) for number in page]
    more = begin + size < len(wanted.numbers)
    link = _next(visit, begin, size) if more else None
    count = wanted.total if counted and not begin else None
    return odata.listed(visit, "users", items, count=count, nextLink=link)


def count_users(visit: Visit) -> Answer:
    """GET /users/$count: the bare number, as text."""
    odata.needs_eventual(visit)
    return Answer(200, str(_wanted(visit, counted=True).total))


def _next(visit: Visit, begin: int, size: int) -> str | None:
    if visit.mischief.take("page-ends-early"):
        return None
    again = visit.mischief.take("page-repeats") is not None
    return odata.next_link(visit, begin if again else begin + size)


def _wanted(visit: Visit, *, counted: bool) -> _Wanted:
    text, spec = visit.asked.query.get("$filter"), visit.shown()
    if text is None:
        users = spec.get("users")
        if counted and users is None:
            raise odata.not_shown(visit)
        shown = spec.get("subscriptions") is not None
        held = held_here(visit) if shown else []
        there = max([users or 0, *((each.consumed or 0) + (each.without or 0) for each in held)])
        return _Wanted(range(there), users or 0)
    if found := HOLDS.fullmatch(text):
        sku = found[2].casefold()
        held_of = [each for each in held_here(visit) if each.plan.sku.casefold() == sku]
        if any(each.consumed is None for each in held_of):
            raise odata.not_shown(visit)
        holding = sum(each.consumed or 0 for each in held_of)
        return _Wanted(range(holding), holding)
    if UNLICENSED.fullmatch(text):
        odata.needs_eventual(visit)
        return _unlicensed(visit)
    raise odata.refuse(visit, 400, odata.UNSUPPORTED, "This filter is not supported here.")


def _unlicensed(visit: Visit) -> _Wanted:
    users, held = visit.shown().get("users"), held_here(visit)
    if users is None or any(each.consumed is None for each in held):
        raise odata.not_shown(visit)
    most = max([0, *(each.consumed or 0 for each in held)])
    numbers = range(most, max(most, users))
    return _Wanted(numbers, len(numbers))


def _user(visit: Visit, number: int, held: list[Held], chosen: tuple[str, ...]) -> dict[str, Any]:
    own = made_id(f"user:{visit.tenant.name}:{number}")
    name = f"user{number + 1}"
    address = f"{name}@{visit.tenant.spec.get('tenant') or 'example.com'}"
    whole: dict[str, Any] = {
        "businessPhones": [],
        "displayName": name,
        "mail": address,
        "userPrincipalName": address,
        "id": own,
        "accountEnabled": True,
        "userType": "Member",
        "usageLocation": "US",
        **dict.fromkeys(EMPTY),
    }
    if not chosen:
        return {member: whole[member] for member in DEFAULT}
    if "assignedLicenses" in chosen:
        skus = (each.plan.sku for each in held if number < (each.consumed or 0))
        whole["assignedLicenses"] = [{"disabledPlans": [], "skuId": sku} for sku in skus]
    if "licenseAssignmentStates" in chosen:
        whole["licenseAssignmentStates"] = list(_states(number, held))
    return whole


def _states(number: int, held: list[Held]) -> Iterator[dict[str, Any]]:
    for each in held:
        consumed = each.consumed or 0
        if number < consumed:
            yield _state(each.plan.sku, "Active", None)
        elif number < consumed + (each.without or 0):
            yield _state(each.plan.sku, "Error", "CountViolation")


def _state(sku: str, state: str, error: str | None) -> dict[str, Any]:
    return {
        "assignedByGroup": None,
        "disabledPlans": [],
        "error": error,
        "lastUpdatedDateTime": "2020-11-02T18:40:11Z",
        "skuId": sku,
        "state": state,
    }

"""What the service says no to in, the documented status and code of Partner Center out (PC 14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.adapters.simulator.http.answers import Answer, partner_error
from reconciler.adapters.simulator.writes import Reply


@dataclass(frozen=True, slots=True)
class Code:
    """A documented refusal."""

    status: int
    code: int


# By the service's own code. Where the documents have none that fits, the nearest: each is theirs, not ours.
REFUSED: Mapping[str, Code] = {
    "unknown-tenant": Code(404, 60003),
    "unknown-subscription": Code(404, 20003),
    "version-missing": Code(400, 2055),
    "version-mismatch": Code(400, 2055),
    "request-id-reused": Code(400, 800002),
    "not-a-count": Code(400, 2002),
    "role-missing": Code(403, 900150),
    "credit-review": Code(403, 800073),
    "trial": Code(400, 800095),
    "prepaid": Code(403, 800027),
    "not-active": Code(400, 900279),
    "switch-running": Code(409, 900278),
    "not-provisioned": Code(409, 800082),
    "too-many-users": Code(403, 2091),
    "legacy-over-25": Code(403, 2091),
    "license-conflict": Code(400, 60000),
    "service-unhealthy": Code(400, 900280),
    "not-offered": Code(403, 2085),
    "add-ons-present": Code(400, 2006),
    "fewer-licenses": Code(400, 900257),
    "add-in-order": Code(400, 2002),
    "over-plan-cap": Code(400, 2002),
    "unknown-payment": Code(400, 800002),
    "unknown-billing": Code(400, 900269),
    "decrease": Code(400, 800090),
    "below-assigned": Code(400, 900214),
}
# Why a subscription that is not active can not be changed, by its status (PC 4.4).
NOT_ACTIVE: Mapping[str, Code] = {
    "suspended": Code(400, 800091),
    "deleted": Code(400, 2011),
    "pending": Code(409, 800082),
}
SUSPENDED_LEGACY = Code(400, 2001)
# The same for legacy upgrades, which answer 200 and name their errors by a number (PC 6).
UPGRADE_ERRORS: Mapping[str, int] = {
    "role-missing": 1,
    "not-active": 2,
    "license-conflict": 3,
    "switch-running": 4,
    "credit-review": 4,
    "add-ons-present": 6,
    "not-offered": 8,
    "not-provisioned": 9,
    "unknown-billing": 10,
}
# What the service answers for an error of its own; gateways answer in plain text (PC 2.7).
OWN_ERRORS: Mapping[int, int] = {
    400: 800002,
    401: 400,
    403: 900150,
    404: 1000,
    408: 900225,
    409: 800082,
    500: 800003,
}
GATEWAYS: Mapping[int, str] = {
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def refusal(reply: Reply, status: str | None, *, legacy: bool) -> Answer:
    """Return the answer to a write that was refused; ``status`` is the subscription's."""
    found = REFUSED.get(reply.code or "", Code(400, 800002))
    if reply.code == "not-active":
        found = NOT_ACTIVE.get(status or "", found)
        if legacy and status == "suspended":
            found = SUSPENDED_LEGACY
    return partner_error(found.status, found.code, reply.message)


def error_status(status: int) -> Answer:
    """Return an error of the service's own with this status."""
    if status in GATEWAYS:
        return Answer(status, GATEWAYS[status])
    return partner_error(status, OWN_ERRORS.get(status, 900192), "The service could not handle the request.")

"""A fleet soaked for two days of the service's time: ``tests/soak.py`` in short. The long one is ``make soak``.

First of all, that the audit which the soak is held against finds what it looks for.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from scenes import E3, SB, SBP
from soak_audit import MOST_CALLS_OF_A_PASS, Audit, Bounds
from soak_fleet import Tenant, Wish
from soaking import soaked
from worlds import START

SHORT = {"tenants": 25, "days": 2, "seed": 7, "interval": "2h", "calm": 4, "trouble": 8, "quiet": 0.5}
BOUNDS = Bounds(per_tenant=60, burst=6, lag=timedelta(minutes=10))
LOOK = {"operation": "read"}
ORDER = {
    "operation": "order_switch",
    "before": {"plan": SB, "licenses": 20},
    "after": {"plan": SBP, "licenses": 22},
    "request_id": "r-1",
    "taken": True,
}
RAISE = {**ORDER, "operation": "set_licenses", "before": {"plan": SBP, "licenses": 20}, "request_id": "r-2"}
BY_HAND = {"operation": "portal", "caller": "another administrator", "taken": True}


def found(*calls: dict[str, Any], minutes: int = 1) -> list[str]:
    """What an audit says of these calls, one each so many minutes, where 22 of Small Business Premium is declared."""
    tenant = Tenant("fabrikam", [Wish(START, {"main": (SBP, 22)})])
    audit = Audit({"fabrikam": tenant}, BOUNDS)
    common = {
        "tenant": "fabrikam",
        "subscription": "s-1",
        "caller": "reconciler",
        "outcome": "accepted",
        "taken": False,
    }
    log = [
        {**common, **call, "at": (START + number * timedelta(minutes=minutes)).isoformat()}
        for number, call in enumerate(calls)
    ]
    audit.hear(log[:1])
    audit.hear(log)
    return [breach.partition(":")[0] for breach in audit.found]


def test_the_audit_finds_nothing_where_all_is_well() -> None:
    assert found(LOOK, ORDER, LOOK, RAISE, LOOK) == []
    assert found(LOOK, ORDER, BY_HAND, LOOK, {**ORDER, "request_id": "r-3"}) == []
    assert found(LOOK, {"operation": "inquire"}, RAISE) == []


@pytest.mark.parametrize(
    ("calls", "breach"),
    [
        ((ORDER,), "a write without a look right before it"),
        ((LOOK, ORDER, {**RAISE, "taken": False}), "a write without a look right before it"),
        ((LOOK, {**LOOK, "outcome": "error"}, ORDER), "a write without a look right before it"),
        ((LOOK, ORDER, LOOK, {**ORDER, "request_id": "r-3"}), "a second order for one subscription"),
        ((LOOK, ORDER, LOOK, {**RAISE, "request_id": "r-1"}), "one request was taken twice"),
        ((LOOK, {**RAISE, "before": {"plan": SBP, "licenses": 23}}), "a total was lowered"),
        ((LOOK, {**RAISE, "after": {"plan": SBP, "licenses": 23}}), "no file asked for this"),
        ((LOOK, {**ORDER, "after": {"plan": E3, "licenses": 22}}), "no file asked for this"),
    ],
)
def test_the_audit_finds_each_breach(calls: tuple[dict[str, Any], ...], breach: str) -> None:
    assert found(*calls) == [breach]


def test_the_audit_finds_a_tenant_that_is_asked_too_often() -> None:
    most = BOUNDS.per_tenant + BOUNDS.burst + MOST_CALLS_OF_A_PASS
    assert found(*[LOOK] * most, minutes=0) == []
    assert len(found(*[LOOK] * (most + 1), minutes=0)) == 1
    assert found(*[LOOK] * 200) == []


@pytest.mark.soak
def test_two_days_of_faults_and_kills_leave_every_tenant_as_declared_waiting_or_handed_off(
    tmp_path: Path,
) -> None:
    words = [word for name, value in SHORT.items() for word in (f"--{name}", value)]
    summary = soaked("soak.py", [*words, "--keep", tmp_path / "soak"], seconds=900)
    assert sum(summary["kills"].values()) >= 5
    assert summary["taken"] > summary["switches"] >= 5

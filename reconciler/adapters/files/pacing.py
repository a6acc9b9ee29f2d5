"""What the configuration says of the loop in, how it is paced out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from reconciler.adapters.files.source import length
from reconciler.fleet.budget import Rate
from reconciler.fleet.turns import Pace

# Which variable stands for which member.
PACE_VARIABLES: Mapping[str, tuple[str, str]] = {
    "RECONCILER_LOOP_INTERVAL": ("loop", "interval"),
    "RECONCILER_LOOP_SWITCHING": ("loop", "switching"),
    "RECONCILER_LOOP_REVIEWING": ("loop", "reviewing"),
    "RECONCILER_LOOP_UNCONFIRMED": ("loop", "unconfirmed"),
    "RECONCILER_LOOP_FIRST_RETRY": ("loop", "firstRetry"),
    "RECONCILER_LOOP_LONGEST_RETRY": ("loop", "longestRetry"),
    "RECONCILER_LOOP_CONCURRENCY": ("loop", "concurrency"),
    "RECONCILER_LOOP_CALLS_PER_MINUTE": ("loop", "callsPerMinute"),
    "RECONCILER_LOOP_CALLS_PER_TENANT_PER_HOUR": ("loop", "callsPerTenantPerHour"),
}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CONCURRENCY = 4
_PACE = {
    "interval": "interval",
    "switching": "switching",
    "reviewing": "reviewing",
    "unconfirmed": "unconfirmed",
    "firstRetry": "first_retry",
    "longestRetry": "longest_retry",
}


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """How the loop paces itself. ``rate`` is the backend's budget, ``each`` that of one tenant.

    None: the backend's own, where one is documented; the embedded service has none.
    """

    pace: Pace = Pace()  # noqa: RUF009 - frozen
    concurrency: int = CONCURRENCY
    rate: Rate | None = None
    each: Rate | None = None

    def changed(self, value: Mapping[str, Any]) -> LoopConfig:
        """Return it with what a configuration says under ``loop``."""
        paced: dict[str, Any] = {member: length(value[key]) for key, member in _PACE.items() if key in value}
        rate, each = self.rate, self.each
        if "callsPerMinute" in value:
            rate = a_minute(value["callsPerMinute"])
        if "callsPerTenantPerHour" in value:
            each = _rate(value["callsPerTenantPerHour"], HOUR)
        return LoopConfig(replace(self.pace, **paced), value.get("concurrency", self.concurrency), rate, each)


PACE_WORDS = frozenset(name for name, (_, member) in PACE_VARIABLES.items() if member in _PACE)


def a_minute(calls: int) -> Rate:
    """Return the budget of so many calls in a minute, a tenth of them at once."""
    return _rate(calls, MINUTE)


def _rate(calls: int, per: timedelta) -> Rate:
    return Rate(calls, per, max(1, calls // 10))

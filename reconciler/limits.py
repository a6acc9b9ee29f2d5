"""What the configuration allows in, how much is too much out: the numbers, and what a tenant may lower.

Every limit is on unless somebody raised it. A number that is reached passes; one more is too much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Day:
    """The most that all runs together may change from 00:00 UTC on; None: not limited."""

    licenses: int | None = None
    switches: int | None = None
    tenants: int | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What all runs together have changed since a moment. ``tenants``: by the words their files name them by."""

    licenses: int = 0
    switches: int = 0
    tenants: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may change at once. A growth of at most ``growth_floor`` licences is never too much of a growth.

    ``licenses_added`` counts for one tenant in one run, the next five for the whole fleet; ``fleet_shrink_percent``
    is by how much the number of declared tenants may have fallen since the last good run. ``buy_back`` False: what
    somebody else took away is not bought again until a person has said so.
    """

    licenses_added: int = 200
    growth_percent: int = 100
    growth_floor: int = 25
    licenses_added_per_run: int = 1000
    licenses_added_per_day: int = 2000
    switches_per_run: int = 500
    tenants_changed_per_run: int = 500
    fleet_shrink_percent: int = 50
    buy_back: bool = True

    def narrowed(self, declared: Mapping[str, int]) -> Limits:
        """Return the limits of a tenant whose file says ``declared``; a file never raises one."""
        lower: dict[str, Any] = {MEMBERS[key]: min(value, self.value(key)) for key, value in declared.items()}
        return replace(self, **lower) if lower else self

    @property
    def a_day(self) -> Day:
        """What a day may change whatever runs there are."""
        return Day(licenses=self.licenses_added_per_day)

    @property
    def a_day_of_the_loop(self) -> Day:
        """What a day may change where a loop is at work: its run never ends, so what a run may, a day may."""
        licenses = min(self.licenses_added_per_day, self.licenses_added_per_run)
        return Day(licenses, self.switches_per_run, self.tenants_changed_per_run)

    def value(self, key: str) -> int:
        """Return a limit by its key in the files."""
        number: int = getattr(self, MEMBERS[key])
        return number

    def grows_too_much(self, before: int, added: int) -> bool:
        """Say whether ``added`` licences on top of ``before`` are more growth than is allowed."""
        return added > self.growth_floor and added * 100 > self.growth_percent * before

    def shrank_too_much(self, before: int, now: int) -> bool:
        """Say whether a fleet of ``before`` tenants has lost too many of them."""
        return (before - now) * 100 > self.fleet_shrink_percent * before


# The one key that is no number: `allow` or `hold`. It stands in the configuration alone.
BUY_BACK = "buyBack"
# Keys of the files to members; the first three may stand in a tenant file too.
MEMBERS: Mapping[str, str] = {
    "maxLicensesAdded": "licenses_added",
    "maxGrowthPercent": "growth_percent",
    "growthFloor": "growth_floor",
    "maxLicensesAddedPerRun": "licenses_added_per_run",
    "maxLicensesAddedPerDay": "licenses_added_per_day",
    "maxSwitchesPerRun": "switches_per_run",
    "maxTenantsChangedPerRun": "tenants_changed_per_run",
    "maxFleetShrinkPercent": "fleet_shrink_percent",
}

"""The service's own call log in, whatever must never be in it out: the laws of the soak test.

Nothing here asks our store: what was written, and when, is what the service says.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from soak_fleet import Tenant, Wish
from worlds import WRITING

HOUR = timedelta(hours=1)
# A pass looks, settles what it finds (asks, looks), looks again before its write, writes, and looks at what came of it.
MOST_CALLS_OF_A_PASS = 8
OURS = "reconciler"


@dataclass(frozen=True)
class Bounds:
    """``per_tenant``, ``burst``: a tenant's budget for an hour. ``lag``: how old a declaration may be that counts."""

    per_tenant: int
    burst: int
    lag: timedelta


class Audit:
    """Takes the calls in their order, as often as there are more of them; ``found`` are the breaches."""

    def __init__(self, tenants: Mapping[str, Tenant], bounds: Bounds) -> None:
        self._tenants, self._bounds = tenants, bounds
        self.found: list[str] = []
        self.counts: Counter[str] = Counter()
        self.busiest = 0
        self.kills: list[datetime] = []
        self._seen = 0
        self._taken_ids: set[str] = set()
        self._ordered: set[tuple[str, str]] = set()
        self._last: dict[str, dict[str, Any]] = {}
        self._hour: dict[str, deque[datetime]] = defaultdict(deque)

    def hear(self, calls: Sequence[dict[str, Any]]) -> None:
        """Hold what is new in the whole log against the laws."""
        for call in calls[self._seen :]:
            self._call(call, datetime.fromisoformat(call["at"]))
        self._seen = len(calls)

    def was_taken(self, requests: Iterable[str]) -> bool:
        """Say whether the service took all of these."""
        return set(requests) <= self._taken_ids

    def _call(self, call: dict[str, Any], at: datetime) -> None:
        if call["caller"] != OURS:
            # Whoever settles a switch by hand has made a new order possible.
            self._ordered.discard((call["tenant"], call["subscription"]))
            return
        self.counts["calls"] += 1
        if call["operation"] in WRITING:
            self.counts["writes"] += 1
            self._write(call, at)
        if call["operation"] != "inquire":
            self._last[call["tenant"]] = call
        self._pace(call["tenant"], at)

    def _write(self, call: dict[str, Any], at: datetime) -> None:
        last = self._last.get(call["tenant"])
        if last is None or (last["operation"], last["outcome"]) != ("read", "accepted"):
            self._breach("a write without a look right before it", call)
        if not call["taken"]:
            return
        self.counts["taken"] += 1
        before, after, request = call["before"], call["after"], call["request_id"]
        if after["licenses"] < before["licenses"]:
            self._breach("a total was lowered", call)
        if request in self._taken_ids:
            self._breach("one request was taken twice", call)
        self._taken_ids.add(request)
        if call["operation"] == "order_switch":
            self._order(call)
        if not any(_asks_for(wish, call) for wish in self._in_force(call["tenant"], at)):
            self._breach("no file asked for this", call)

    def _order(self, call: dict[str, Any]) -> None:
        self.counts["switches"] += 1
        where = call["tenant"], call["subscription"]
        if where in self._ordered:
            self._breach("a second order for one subscription", call)
        self._ordered.add(where)

    def _in_force(self, name: str, at: datetime) -> Iterable[Wish]:
        """The versions of the file that a loop may have read last."""
        wishes = self._tenants[name].wishes
        ends = [*(wish.since for wish in wishes[1:]), datetime.max.replace(tzinfo=at.tzinfo)]
        return [
            w for w, end in zip(wishes, ends, strict=True) if w.since <= at and end >= at - self._bounds.lag
        ]

    def _pace(self, name: str, at: datetime) -> None:
        """Hold an hour's calls against the budget.

        A pass begins only if one more call fits, so it may go over by the rest of its calls. What is not waited for
        goes over by a pass each: a new commit, a person who asks, and a pass whose loop was killed before it was kept.
        """
        hour = self._hour[name]
        hour.append(at)
        while hour[0] <= at - HOUR:
            hour.popleft()
        self.busiest = max(self.busiest, len(hour))
        most = self._bounds.per_tenant + self._bounds.burst
        if len(hour) <= most:
            return
        free = 1 + sum(_within(moments, at) for moments in (self.kills, self._tenants[name].hastened))
        if len(hour) > most + free * MOST_CALLS_OF_A_PASS:
            self.found.append(
                f"{name} was asked {len(hour)} times in the hour before {at}: {most} and {free} passes"
            )

    def _breach(self, what: str, call: dict[str, Any]) -> None:
        self.found.append(f"{what}: {call}")


def _asks_for(wish: Wish, call: dict[str, Any]) -> bool:
    before, after = call["before"], call["after"]
    if call["operation"] == "order_switch":
        return any(
            plan == after["plan"] and after["licenses"] in (number, before["licenses"])
            for plan, number in wish.wanted.values()
        )
    return (before["plan"], after["licenses"]) in wish.wanted.values()


def _within(moments: list[datetime], at: datetime) -> int:
    """How many of them were in the hour before; a commit is read, and a kill found, a little later."""
    return bisect_right(moments, at) - bisect_left(moments, at - 2 * HOUR)

"""A fleet for the soak test: what each tenant declares, what stands at the service, and what happens to them by chance.

``Scenario`` is all the people round the loops: those who commit files, other administrators, support, an operator. It
remembers what it declared when and what it broke, so that the end can be held against it.
"""

from __future__ import annotations

import heapq
import json
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from cli import tenant_file
from scenes import E1, E3, E4, EXCHANGE, MID, SB, SBP, catalogue
from worlds import live, sub

from reconciler.adapters.simulator import moods
from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.store import Store
from reconciler.errors import Refused
from reconciler.fleet.turns import Pace
from reconciler.model import Suspension
from reconciler.overview import Query, State

K1 = "office-365-enterprise-k1"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FAR = date(2027, 6, 30)
# What tenants have at the start, the more often the more of them.
BEGINNINGS = (SB, SB, SBP, E1, E1, E1, E3, E3, MID, K1)
READABLE = sorted(moods.READABLE)
# How often a day each of these happens to a tenant.
PER_DAY = {"commit": 0.12, "outside": 0.08, "fault": 0.5, "pause": 0.01, "break": 0.01}
WRITE_FAULTS = (
    *("lost-after", "lost-before", "late-visibility", "throttle", "error", "concurrent-admin"),
    *("switch-fails", "switch-hangs", "credit-review"),
)


@dataclass(frozen=True)
class Wish:
    """One version of a tenant file: (plan, licences) by name, from when on."""

    since: datetime
    wanted: dict[str, tuple[str, int]]
    no_way_back: str | None = None
    suspended: bool = False


@dataclass
class Tenant:
    """A tenant as the scenario knows it. ``broken``: reasons that it has made for the tenant to be stalled or wait."""

    name: str
    wishes: list[Wish]
    broken: Counter[str] = field(default_factory=Counter)
    file_broken: bool = False
    paused: bool = False
    hastened: list[datetime] = field(default_factory=list)

    @property
    def wish(self) -> Wish:
        return self.wishes[-1]

    @property
    def word(self) -> str:
        return f"{self.name}.onmicrosoft.com"


class Scenario:
    """Everybody but the loops."""

    def __init__(
        self, tenants: int, chance: random.Random, service: Commerce, store: Store, folder: Path
    ) -> None:
        self.chance, self.service, self.store, self.folder = chance, service, store, folder
        self.catalogue = catalogue()
        self.happened: Counter[str] = Counter()
        self._later: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = 0
        begin = datetime.fromisoformat(live("x")["metadata"]["observedAt"])
        self.tenants: dict[str, Tenant] = {}
        documents = []
        for number in range(tenants):
            tenant, document = self._born(number, begin)
            self.tenants[tenant.name] = tenant
            documents.append(document)
        service.load(documents)
        for tenant in self.tenants.values():
            self._write(tenant)

    # the beginning

    def _born(self, number: int, begin: datetime) -> tuple[Tenant, dict[str, Any]]:
        name = f"t{number:04d}"
        plan, bought = self.chance.choice(BEGINNINGS), self.chance.randint(6, 18)
        there = {"main": (plan, bought)}
        if number % 7 == 3:
            there["mail"] = (EXCHANGE, self.chance.randint(6, 30))
        subs = [
            sub(
                id=f"{name}-{key}",
                plan=p,
                licenses=n,
                assigned=n // 2,
                offers=list(self.catalogue.targets_of(p)),
            )
            for key, (p, n) in there.items()
        ]
        document = live(name, *subs, tenantId=f"10000000-0000-4000-8000-{number:012d}")
        tenant = Tenant(name, [Wish(begin, there, suspended=number % 50 == 49)])
        if number % 3 == 0:
            tenant.wishes = [replace(tenant.wish, wanted=self._raised(tenant.wish))]
        return tenant, document

    # what happens

    def pass_time(self, now: datetime, gone: timedelta) -> None:
        """Let happen what may in so much time: by chance, and what was to be mended by now."""
        self.mend(now)
        for what, often in PER_DAY.items():
            for _ in range(self._how_often(often * len(self.tenants) * (gone / DAY))):
                tenant = self.chance.choice(list(self.tenants.values()))
                getattr(self, f"_{what}")(tenant, now)

    def mend(self, now: datetime, *, everything: bool = False) -> None:
        """Do what was put off until now."""
        while self._later and (everything or self._later[0][0] <= now):
            heapq.heappop(self._later)[2]()

    def operate(self, now: datetime) -> None:
        """Do what an operator does now and then: ask again for writes that failed; have support mend a switch."""
        showing = self.store.showing(None, Pace())
        if showing is None:
            return
        for row in showing.overview(Query(states=frozenset({State.STALLED}), limit=100_000)).rows:
            tenant = self.tenants[row.name]
            if row.reason == "WriteFailed":
                self.ask(tenant, now)
            if row.open_handoffs and self.chance.random() < 0.1:
                self._support(tenant)

    def ask(self, tenant: Tenant, now: datetime) -> None:
        """Ask for a pass."""
        self.happened["asked"] += 1
        tenant.hastened.append(now)
        self.store.ask(tenant.name, "the operator")

    def calm(self) -> None:
        """Stop making trouble: no faults, no pauses, no broken files, nothing put off."""
        self.service.clear_faults()
        self.mend(self.service.now(), everything=True)

    # files

    def _commit(self, tenant: Tenant, now: datetime) -> None:
        wish, kind = tenant.wish, self.chance.random()
        if tenant.file_broken:
            return
        if kind < 0.5:
            changed = replace(wish, since=now, wanted=self._raised(wish))
        elif kind < 0.6:
            changed = replace(wish, since=now, wanted=self._lowered(wish))
        else:
            changed = self._climbed(wish, now)
        if changed.wanted == wish.wanted:
            return
        self.happened["commits"] += 1
        tenant.wishes.append(changed)
        tenant.hastened.append(now)
        if self.chance.random() < 0.7:
            self._fault(tenant, now, self.chance.choice(WRITE_FAULTS))
        self._write(tenant)

    def _raised(self, wish: Wish) -> dict[str, tuple[str, int]]:
        key = self.chance.choice(sorted(wish.wanted))
        plan, number = wish.wanted[key]
        most = self.catalogue.plans[plan].cap or 10_000
        return {**wish.wanted, key: (plan, min(most, number + self.chance.randint(1, 4)))}

    def _lowered(self, wish: Wish) -> dict[str, tuple[str, int]]:
        key = self.chance.choice(sorted(wish.wanted))
        plan, number = wish.wanted[key]
        return {**wish.wanted, key: (plan, max(1, number - self.chance.randint(1, 3)))}

    def _climbed(self, wish: Wish, now: datetime) -> Wish:
        plan, number = wish.wanted["main"]
        targets = [t for t in self.catalogue.targets_of(plan) if t in (SBP, MID, E1, E3, E4)]
        if not targets:
            return wish
        target = self.chance.choice(targets)
        wanted = {**wish.wanted, "main": (target, number + self.chance.choice((0, 0, 1)))}
        if target == SBP:
            wanted["main"] = (target, min(25, wanted["main"][1]))
        return Wish(now, wanted, target, wish.suspended)

    def _break(self, tenant: Tenant, now: datetime) -> None:
        if tenant.file_broken:
            return
        self.happened["files-broken"] += 1
        tenant.file_broken = True
        tenant.hastened.append(now)
        self._put(tenant, "apiVersion: reconciler/v1\nkind: Tenant\nmetadata: {name: " + tenant.name + "\n")

        def mended() -> None:
            tenant.file_broken = False
            tenant.hastened.append(self.service.now())
            self._write(tenant)

        self._put_off(now + self.chance.random() * 12 * HOUR, mended)

    def _write(self, tenant: Tenant) -> None:
        wish = tenant.wish
        spec: dict[str, Any] = {}
        if wish.no_way_back:
            backup = {"taken": wish.since.date().isoformat(), "where": f"job {len(tenant.wishes)}"}
            spec["acknowledge"] = {"noWayBack": wish.no_way_back, "backup": backup}
        if wish.suspended:
            spec["suspend"] = {"reason": "a merger", "owner": "ola@example.no", "until": FAR.isoformat()}
        wanted = [{"name": key, "plan": plan, "licenses": n} for key, (plan, n) in wish.wanted.items()]
        self._put(tenant, json.dumps(tenant_file(tenant.name, wanted, **spec)))

    def _put(self, tenant: Tenant, text: str) -> None:
        """Whoever reads the folder sees the old file or the new one."""
        draft = self.folder / f".{tenant.name}"
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, self.folder / f"{tenant.name}.yaml")

    # other administrators, and support

    def _outside(self, tenant: Tenant, now: datetime) -> None:
        kind = self.chance.choice(("more", "fewer", "fewer", "roles", "health", "status", "conflict"))
        self.happened[f"outside-{kind}"] += 1
        one = self.chance.choice(self._subs(tenant))
        path = f"{tenant.name}.{one['id']}"
        if kind == "more":
            self._set(f"{path}.licenses", min(one["licenses"] + self.chance.randint(1, 3), 25))
        elif kind == "fewer":
            self._set(
                f"{path}.licenses", max(1, one["assigned"], one["licenses"] - self.chance.randint(1, 3))
            )
        elif kind == "roles":
            self._hurt(
                tenant, now, "RoleMissing", f"{tenant.name}.operator.roles", [], ["global-administrator"]
            )
        elif kind == "health":
            where = f"{tenant.name}.services.exchange-online"
            self._hurt(tenant, now, "ServiceUnhealthy", where, "degraded", "healthy")
        elif kind == "status":
            self._hurt(tenant, now, "NotActive", f"{path}.status", "suspended", "active")
        else:
            self._hurt(tenant, now, "LicenseConflict", f"{path}.usersWithoutLicense", 2, 0)

    def _hurt(
        self, tenant: Tenant, now: datetime, reason: str, path: str, hurt: object, well: object
    ) -> None:
        self._set(path, hurt)
        tenant.broken[reason] += 1

        def mended() -> None:
            tenant.broken[reason] -= 1
            self._set(path, well)

        self._put_off(now + self.chance.random() * 2 * DAY, mended)

    def _support(self, tenant: Tenant) -> None:
        """Do what a request to support asks for: mend a switch, take away licences."""
        for one in self._subs(tenant):
            state = (one["switch"] or {}).get("state")
            wanted = [n for plan, n in tenant.wish.wanted.values() if plan == one["plan"]]
            if state in ("failed", "running"):
                self.happened["support-mended"] += 1
                self._set(f"{tenant.name}.{one['id']}.switch.state", "none")
            elif wanted and one["licenses"] > wanted[0]:
                self.happened["support-removed"] += 1
                self._set(f"{tenant.name}.{one['id']}.licenses", wanted[0])

    def _pause(self, tenant: Tenant, now: datetime) -> None:
        if tenant.paused:
            return
        self.happened["suspended"] += 1
        tenant.paused = True
        self.store.suspend((tenant.word,), tenant.name, Suspension("a merger", "ola@example.no", FAR))

        def resumed() -> None:
            tenant.paused = False
            self.store.resume((tenant.word,))

        if self.chance.random() < 0.8:
            self._put_off(now + self.chance.random() * 2 * DAY, resumed)

    def _subs(self, tenant: Tenant) -> list[dict[str, Any]]:
        document = self.service.document(tenant.name)
        assert document
        found: list[dict[str, Any]] = document["spec"]["subscriptions"]
        return found

    def _set(self, path: str, value: object) -> None:
        try:
            self.service.set(path, value)
        except Refused:
            # The subscription has become another one meanwhile.
            self.happened["outside-gone"] += 1

    # faults

    def _fault(self, tenant: Tenant, now: datetime, kind: str | None = None) -> None:
        kind = kind or self.chance.choice(list(moods.KINDS))
        options: dict[str, object] = {}
        times = self.chance.choice((1, 1, 1, 2, 3))
        if kind == "late-visibility":
            options["minutes"] = self.chance.randint(1, 20)
        if kind == "throttle":
            options["seconds"] = self.chance.choice((1, 30, 600, 3600))
        if kind == "error":
            options.update(status=self.chance.choice((500, 503, 504)), taken=self.chance.random() < 0.5)
        if kind in ("throttle", "error") and self.chance.random() < 0.5:
            options["on"] = self.chance.choice(("read", "inquire", "write"))
        if kind == "partial-read":
            options["facts"] = self.chance.sample(READABLE, self.chance.randint(1, 3))
        if kind == "unknown-word":
            options["member"] = self.chance.choice(moods.WORDS)
        if kind == "concurrent-admin":
            options["by"] = self.chance.choice((-3, -1, 1, 2, 8))
        if kind == "credit-review":
            options["days"] = self.chance.randint(1, 14)
        if kind in ("switch-fails", "switch-hangs", "credit-review", "concurrent-admin"):
            times = 1
        self.service.fault(tenant.name, kind, times=times, **options)
        self.happened[f"fault-{kind}"] += 1

    # time

    def _how_often(self, mean: float) -> int:
        """A Poisson number; by halves where the mean is great, for exp() of it would be nothing."""
        if mean > 30:
            return self._how_often(mean / 2) + self._how_often(mean / 2)
        number, left = 0, self.chance.expovariate(1.0)
        while left < mean:
            number, left = number + 1, left + self.chance.expovariate(1.0)
        return number

    def _put_off(self, until: datetime, what: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._later, (until, self._number, what))

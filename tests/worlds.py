"""A world for tests: one embedded service, one store, and the tool at work between them, all in one folder.

``World.run`` plans and reconciles one tenant as ``apply`` does; ``World.taken`` is what the service says was
written by us. Wrappers stand between the core and its ports to look at the order of things, or to end a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scenes import E1, E3, FOUR, MID, SB, SBP, catalogue

from reconciler.act import Actor, DigestUse, Errand, Journal, Raise, SwitchOrder
from reconciler.adapters.simulator.backend import Reader, Writer
from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.store import open_store
from reconciler.catalogue import Catalogue
from reconciler.change_plan import TenantPlan
from reconciler.limits import Day
from reconciler.live import from_document
from reconciler.memory import Intent, Memory, Settled
from reconciler.model import Declaration, DeclaredSubscription, Place
from reconciler.observe import Observation, TenantRef, Traits
from reconciler.outcomes import Run
from reconciler.reconcile import Ports, plan_tenant, reconcile

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
WRITING = frozenset({"order_switch", "set_licenses"})
NOBODY_STOPS_US = timedelta(minutes=75)
Spec = dict[str, Any]


def sub(**members: Any) -> Spec:
    """A live subscription: Small Business, 20 bought, 18 assigned, and nothing wrong with it."""
    full = {
        "id": "sub-1",
        "plan": SB,
        "licenses": 20,
        "assigned": 18,
        "usersWithoutLicense": 0,
        "status": "active",
        "trial": False,
        "payment": "card",
        "billing": "monthly",
        "provisioned": True,
        "preUpgrade": False,
        "offers": [SBP, MID, E1, E3],
        "switch": {"state": "none"},
    }
    return {**full, **members}


def live(name: str, *subscriptions: Spec, **spec: Any) -> Spec:
    """A tenant as the service is loaded with it, completely known and healthy."""
    full = {
        "tenant": f"{name}.onmicrosoft.com",
        "tenantId": f"00000000-0000-4000-8000-{sum(name.encode()):012d}",
        "domains": [f"{name}.onmicrosoft.com"],
        "operator": {"roles": ["global-administrator"]},
        "users": 18,
        "website": {"domain": f"www.{name}.no", "customDomains": []},
        "creditReview": {"state": "none"},
        "services": dict.fromkeys(FOUR, "healthy"),
        "subscriptions": list(subscriptions) or [sub()],
    }
    return {
        "apiVersion": "reconciler/v1",
        "kind": "LiveState",
        "metadata": {"name": name, "observedAt": START.isoformat()},
        "spec": {**full, **spec},
    }


def seen(document: Spec, *, adds_in_order: bool = True) -> Observation:
    """What an observer would show of a live state, without any service."""
    traits = Traits(adds_in_order=adds_in_order)
    return from_document(document, traits=traits, snapshot=False, catalogue=catalogue())


def want(
    name: str, plan: str = SBP, licenses: int | None = 22, pin: str | None = None
) -> DeclaredSubscription:
    """One declared subscription."""
    return DeclaredSubscription(name, plan, licenses, pin, Place("tenant.yaml", 9, 7))


def declare(name: str, *wishes: DeclaredSubscription, **overrides: Any) -> Declaration:
    """A tenant file; without wishes it is ``main``: Small Business Premium with 22 licences."""
    values: dict[str, Any] = {
        "name": name,
        "tenant": f"{name}.onmicrosoft.com",
        "subscriptions": wishes or (want("main"),),
        "place": Place(f"{name}.yaml", 6, 7),
    }
    return Declaration(**{**values, **overrides})


@dataclass(frozen=True)
class Patient:
    """A waiter that moves the service's clock on to what happens next instead of sleeping."""

    service: Commerce
    patience: timedelta = NOBODY_STOPS_US

    def pause(self, ref: TenantRef, until: datetime) -> None:
        event = self.service.next_event(ref)
        soon = self.service.now() + timedelta(minutes=1)
        self.service.advance_to(min(event or soon, until))

    def report(self, ref: TenantRef, elapsed: timedelta, state: str) -> None:
        assert elapsed <= self.patience
        assert state in ("ordered", "running")


def kept_in(folder: Path) -> str:
    """Where the world of a folder keeps its state: in the folder, unless a file in it names another place."""
    named = folder / "where"
    return named.read_text(encoding="utf-8") if named.exists() else str(folder / "state")


class World:
    """The service, the store and the way between them. ``actor`` and ``journal`` wrap what a run is given."""

    def __init__(
        self, folder: Path, *documents: Spec, adds_in_order: bool = True, plans: Catalogue | None = None
    ) -> None:
        self.plans = plans or catalogue()
        self.service = Commerce(folder / "simulator.sqlite", self.plans, adds_in_order=adds_in_order)
        self.service.load(documents)
        self.store = open_store(kept_in(folder), create=True, now=lambda: START)
        self.reader = Reader(self.service)
        self.actor: Actor = Writer(self.service)
        self.journal: Callable[[Journal], Journal] = lambda journal: journal
        self.day = Day()
        self._runs = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.service.close()
        self.store.close()

    @contextmanager
    def lease(self, keys: tuple[str, ...], run: str) -> Iterator[Journal]:
        with self.store.lease(keys, "a test", sleep=_never, patience=0, run=run, day=self.day) as journal:
            yield self.journal(journal)

    def ports(self, *, wait: bool = False, writes: int | None = None) -> Ports:
        """Ports for one run; ``writes`` interrupts it after so many, once what they began is over."""
        self._runs += 1
        run, before = f"run {self._runs}", len(self.asked())

        def enough() -> bool:
            return writes is not None and len(self.asked()) - before >= writes and not self.service.events()

        return Ports(
            observer=self.reader,
            actor=self.actor,
            inquiry=self.reader,
            leases=lambda keys: self.lease(keys, run),
            catalogue=self.plans,
            waiter=Patient(self.service) if wait else None,
            interrupted=enough,
        )

    def plan(self, declaration: Declaration) -> TenantPlan:
        return plan_tenant(declaration, self.reader, self.store, self.plans)[0]

    def run(
        self,
        declaration: Declaration,
        approved: TenantPlan | None = None,
        *,
        wait: bool = False,
        writes: int | None = None,
        errand: Errand | None = None,
    ) -> Run:
        """Plan (unless a plan was approved before) and reconcile."""
        shown = approved or self.plan(declaration)
        return reconcile(declaration, shown, self.ports(wait=wait, writes=writes), errand or Errand("plan-1"))

    def memory(self, name: str) -> Memory:
        return self.store.recall((f"{name}.onmicrosoft.com",))

    def intents(self, name: str) -> tuple[Intent, ...]:
        found = self.memory(name).intents
        assert isinstance(found, tuple)
        return found

    def asked(self) -> list[Spec]:
        """Every write we asked the service for, taken or not."""
        return [c for c in self.service.calls() if c["operation"] in WRITING and c["caller"] == "reconciler"]

    def taken(self, operation: str | None = None) -> list[Spec]:
        """Every write of ours that the service says came to pass."""
        return [c for c in self.asked() if c["taken"] and operation in (None, c["operation"])]

    def standing(self, name: str) -> dict[str, tuple[str, int]]:
        """Plan and licences by subscription id, as they stand at the service."""
        document = self.service.document(name)
        assert document
        return {s["id"]: (s["plan"], s["licenses"]) for s in document["spec"]["subscriptions"]}


def lowered(calls: list[Spec]) -> list[Spec]:
    """The calls that asked for less than there was."""
    return [c for c in calls if c["before"] and c["after"]["licenses"] < c["before"]["licenses"]]


def _never(seconds: float) -> None:
    raise AssertionError("a test does not sleep")


class WatchedJournal:
    """A journal that tells ``heard`` the name of each of its durable words once it is on the disk."""

    def __init__(self, journal: Journal, heard: Callable[[str, Intent], None]) -> None:
        self._journal, self._heard = journal, heard

    def intend(
        self, intent: Intent, *, uses_plan: str | None = None, uses_digest: DigestUse | None = None
    ) -> Intent:
        kept = self._journal.intend(intent, uses_plan=uses_plan, uses_digest=uses_digest)
        self._heard("intend", kept)
        return kept

    def sent(self, intent: Intent, at: datetime) -> Intent:
        kept = self._journal.sent(intent, at)
        self._heard("sent", kept)
        return kept

    def settle(self, intent: Intent, settled: Settled, evidence: str, *, seen: bool) -> Intent:
        kept = self._journal.settle(intent, settled, evidence, seen=seen)
        self._heard("settle", kept)
        return kept

    def looked(self, intent: Intent) -> Intent:
        return self._journal.looked(intent)

    def bind(self, address: str, subscription_id: str, *, replaces: str | None = None) -> None:
        self._journal.bind(address, subscription_id, replaces=replaces)

    def memory(self) -> Memory:
        return self._journal.memory()

    def apart(self) -> frozenset[frozenset[str]]:
        return self._journal.apart()


class WatchedActor:
    """A writer that tells ``before`` of each order before it is sent and ``after`` once the call is over."""

    def __init__(
        self,
        actor: Actor,
        before: Callable[[SwitchOrder | Raise], None],
        after: Callable[[SwitchOrder | Raise], None],
    ) -> None:
        self._actor, self._before, self._after = actor, before, after

    def switch(self, order: SwitchOrder) -> None:
        self._before(order)
        try:
            self._actor.switch(order)
        finally:
            self._after(order)

    def raise_licenses(self, order: Raise) -> None:
        self._before(order)
        try:
            self._actor.raise_licenses(order)
        finally:
            self._after(order)

"""What a face knows between requests, and one request in front of it: ``World`` and ``Visit``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import count

from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.simulator.http.answers import Answer
from reconciler.adapters.simulator.http.asked import Asked, pattern
from reconciler.adapters.simulator.http.identities import PlanIds, customer_id, ids_of, made_id, plans_of
from reconciler.adapters.simulator.http.mischief import Mischief
from reconciler.adapters.simulator.http.settings import FaceSettings
from reconciler.adapters.simulator.http.tokens import Caller, Issuer
from reconciler.adapters.simulator.moods import Fault
from reconciler.adapters.simulator.record import Record, Spec
from reconciler.adapters.simulator.session import Session
from reconciler.adapters.simulator.sight import spoil
from reconciler.observe import TenantRef


class World:
    """The service behind the face, its settings, and the little that is remembered from request to request."""

    def __init__(self, service: Commerce, settings: FaceSettings) -> None:
        self.service = service
        self.settings = settings
        self.issuer = Issuer(settings)
        # What the last list of a tenant's subscriptions was spoilt by, its other answers are too, until the next:
        # one look of the reconciler is many requests, and begins with that list.
        self.spoilt: dict[str, tuple[Fault, ...]] = {}
        self._serial = count(1)
        self._plans: dict[str, PlanIds] = {}
        self._made_ids: dict[str, str] = {}

    def new_id(self) -> str:
        """Return an id for an answer that was given none."""
        return made_id(f"answer:{next(self._serial)}")

    def time(self, session: Session) -> datetime:
        """Return the time that tokens go by."""
        return self.settings.now() if self.settings.now else session.now

    def plan(self, word: str) -> PlanIds:
        """Return the ids of a plan."""
        if word not in self._plans:
            self._plans[word] = ids_of(word, self.service.catalogue)
        return self._plans[word]

    @cached_property
    def products(self) -> Mapping[str, PlanIds]:
        """The plans of the catalogue by product and SKU, in lower case."""
        found: dict[str, PlanIds] = {}
        for ids in plans_of(self.service.catalogue):
            plan = self.service.catalogue.plans[ids.word]
            found.update((product.casefold(), ids) for product in (ids.product, *plan.products))
        return found

    def customer(self, session: Session, word: str) -> Record | None:
        """Return the tenant with this customer id, None if there is none."""
        record = session.find(TenantRef("", word))
        if record is None and word.casefold() not in self._made_ids:
            self._made_ids = {made_id(f"customer:{name}"): name for name in session.names()}
        if record is None:
            record = session.record(self._made_ids.get(word.casefold(), ""))
        return record if record and customer_id(record).casefold() == word.casefold() else None


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that has been let in. ``place`` holds the ids in its path; ``record`` is the tenant it is about."""

    asked: Asked
    world: World
    session: Session
    mischief: Mischief
    caller: Caller
    place: Mapping[str, str]
    record: Record | None = None

    @property
    def tenant(self) -> Record:
        """The tenant it is about; only for calls about one."""
        if self.record is None:
            raise LookupError("this call is about no tenant")
        return self.record

    @property
    def now(self) -> datetime:
        """The service's clock."""
        return self.session.now

    @property
    def customer(self) -> str:
        """The customer's id."""
        return customer_id(self.tenant)

    def shown(self) -> Spec:
        """Return the tenant as it is shown now, without what the last list of its subscriptions left out."""
        spec = self.tenant.shown()
        spoil(spec, self.world.spoilt.get(self.tenant.name, ()))
        return spec


@dataclass(frozen=True, slots=True)
class Call:
    """One documented call. ``query``: the parameters it takes; ``delegated``: it refuses app-only tokens."""

    method: str
    template: str
    handle: Callable[[Visit], Answer]
    query: frozenset[str] = frozenset()
    delegated: bool = False


class Table:
    """Documented calls, found by method and path."""

    def __init__(self, *calls: Call) -> None:
        self._shapes = tuple((call, pattern(call.template)) for call in calls)

    def find(self, method: str, path: str) -> tuple[Call, Mapping[str, str]] | frozenset[str]:
        """Return the call with the ids in its path, else the methods there are for this path."""
        methods = set()
        for call, shape in self._shapes:
            matched = shape.fullmatch(path)
            if matched and call.method == method:
                return call, matched.groupdict()
            if matched:
                methods.add(call.method)
        return frozenset(methods)

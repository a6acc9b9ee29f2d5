"""A tenant's name in, an ``Observation`` of it out, from Partner Center and Microsoft Graph. Nothing here can write.

    glance: the customer, what it bought, one batch of its directory, the switches of what the file declares
        └─ is all as declared? then no more is asked
    depth:  of what is to be switched: where to, how far it is set up, its add-ons; the orders; users' licences

A glance is most of what a fleet needs, for most tenants are as they should be. What only a step needs is asked where a
step is wanted; what nobody asked for is Unknown, so it can hold a step and never let one pass.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from reconciler.adapters.microsoft.bought import Glass, plans_of, subscriptions
from reconciler.adapters.microsoft.calling import Bearer
from reconciler.adapters.microsoft.commerce import Customer, Kind, Order, WireSubscription
from reconciler.adapters.microsoft.customers import Customers
from reconciler.adapters.microsoft.gathered import NOT_ASKED, Depth, Ear, Gathered, nothing_of
from reconciler.adapters.microsoft.graph import Graph
from reconciler.adapters.microsoft.looking import observation, waits
from reconciler.adapters.microsoft.partner_center import PartnerCenter
from reconciler.adapters.microsoft.wire import is_guid, shown
from reconciler.baseline import AT_REST
from reconciler.match import listed_as_unmanaged, match
from reconciler.memory import Memory
from reconciler.messages import say
from reconciler.observe import Fact, LiveSubscription, Observation, TenantRef, Traits, Unknown

THREADS = 8


class Reader:
    """An ``Observer``, a ``Lister`` and an ``Inquiry`` over a partner's customers. It has no method that writes."""

    def __init__(
        self,
        center: PartnerCenter,
        graph: Graph,
        bearer_of: Callable[[str], Bearer],
        glass: Glass,
        now: Callable[[], datetime],
        country: str = "US",
        threads: int = THREADS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``bearer_of``: a customer's id in, what asks its directory out. ``clock``: what ages go by, in seconds."""
        self._center, self._graph, self._bearer_of = center, graph, bearer_of
        self._glass, self._now, self._country, self._threads = glass, now, country, threads
        self._customers = Customers(center, clock)

    @property
    def traits(self) -> Traits:
        """How this backend behaves."""
        return self._glass.traits

    def observe(self, ref: TenantRef) -> Observation:
        """Return the tenant as it stands now, each fact that was not read Unknown with its reason."""
        ear = Ear()
        try:
            found = self._gather(ref, ear)
            seen = observation(ref, found, self._glass, self._now())
        except Exception as bug:
            # What one tenant's answers break in us must not cost the look at every other one.
            lost = Unknown(say("live.bug", error=type(bug).__name__, place=_place(bug)))
            seen = observation(ref, Gathered(lost, lost, nothing_of(lost)), self._glass, self._now())
        return replace(seen, answered=ear.answered, later=waits(ear.later))

    def observe_all(self, refs: Sequence[TenantRef]) -> Sequence[Observation]:
        """Look at many tenants, several at once, and return the looks in the order asked."""
        self._customers.expect(len(refs))
        if len(refs) < 2:
            return [self.observe(ref) for ref in refs]
        with ThreadPoolExecutor(self._threads, thread_name_prefix="look") as pool:
            return list(pool.map(self.observe, refs))

    def tenants(self) -> Fact[tuple[TenantRef, ...]]:
        """Return the partner's customers by name; Unknown where the list could not be read completely."""
        found = Ear().hear(self._customers.listed)
        if isinstance(found, Unknown):
            return found
        words = [_word(one) for one in found]
        lost = next((word for word in words if isinstance(word, Unknown)), None)
        if lost is not None:
            return lost
        return tuple(TenantRef(_name(word), word) for word in sorted(w for w in words if isinstance(w, str)))

    def taken(self, ref: TenantRef, request_id: str) -> bool | None:
        """Return None: what a request id would be answered a second time is documented nowhere (PC 18)."""
        return None

    def _gather(self, ref: TenantRef, ear: Ear) -> Gathered:
        customer = ear.hear(lambda: self._customers.find(ref.tenant))
        if isinstance(customer, Unknown):
            return Gathered(customer, customer)
        customer_id = customer.id
        if isinstance(customer_id, str) and not is_guid(customer_id):
            # It would name the tenant that a token is asked for.
            customer_id = Unknown(say("live.no-guid", found=shown(customer_id)))
        if isinstance(customer_id, Unknown):
            return Gathered(customer, customer_id, nothing_of(customer_id))
        sold = ear.hear(lambda: self._center.subscriptions(customer_id))
        bearer = self._bearer_of(customer_id)
        directory = self._graph.directory(bearer, ear)
        found = Gathered(customer, sold, directory)
        if isinstance(sold, Unknown):
            return found
        plans = [one for one in plans_of(sold) if isinstance(one.id, str)]
        glimpse = observation(ref, found, self._glass, self._now())
        settled = _as_declared(ref, glimpse)
        if settled is not None:
            quiet = replace(found, depths=self._switches(customer_id, plans, settled, ear))
            if not _under_way(subscriptions(quiet, self._glass)):
                return quiet
        return self._in_depth(ref, found, customer_id, bearer, plans, glimpse, ear)

    def _switches(
        self, customer_id: str, plans: Iterable[WireSubscription], ids: frozenset[str], ear: Ear
    ) -> dict[str, Depth]:
        """How far the switches are of what the file declares, so that one under way shows before it is done."""
        found = {}
        for one in plans:
            if one.id in ids and one.kind is not Kind.LEGACY:
                known = _id(one)
                found[known] = Depth(
                    transitions=ear.hear(partial(self._center.transitions, customer_id, known))
                )
        return found

    def _in_depth(
        self,
        ref: TenantRef,
        found: Gathered,
        customer_id: str,
        bearer: Bearer,
        plans: Sequence[WireSubscription],
        glimpse: Observation,
        ear: Ear,
    ) -> Gathered:
        leaving = _may_be_switched(ref, glimpse)
        # An order that nothing declared comes from may be another seller's by now, and is none of our business.
        meant = [one for one in plans if _id(one) in _meant(ref, glimpse)]
        depths = {_id(one): self._depth(customer_id, one, _id(one) in leaving, ear) for one in plans}
        found = replace(found, depths=depths, orders=self._orders(customer_id, meant, ear))
        if isinstance(found.directory.skus, Unknown):
            found = replace(found, consumed=ear.hear(lambda: self._consumed(customer_id)))
        first = found.directory.first_users
        if leaving and first is not None:
            states = ear.hear(lambda: self._graph.users(bearer, first))
            found = replace(found, directory=replace(found.directory, license_states=states))
        self._learn(depths.values(), ear)
        return found

    def _depth(self, customer_id: str, one: WireSubscription, leaving: bool, ear: Ear) -> Depth:
        """All that is asked of one subscription. ``leaving``: it may be what a switch starts from."""
        known, center = _id(one), self._center
        legacy = one.kind is Kind.LEGACY
        return Depth(
            provisioning=ear.hear(lambda: center.provisioning(customer_id, known)) if leaving else NOT_ASKED,
            eligibilities=ear.hear(lambda: center.eligibilities(customer_id, known))
            if leaving and not legacy
            else NOT_ASKED,
            upgrades=ear.hear(lambda: center.upgrades(customer_id, known)) if legacy else NOT_ASKED,
            transitions=NOT_ASKED if legacy else ear.hear(lambda: center.transitions(customer_id, known)),
            add_ons=ear.hear(lambda: center.add_ons(customer_id, known)) if leaving else NOT_ASKED,
        )

    def _orders(
        self, customer_id: str, plans: Iterable[WireSubscription], ear: Ear
    ) -> Fact[tuple[Order, ...]]:
        """The orders the subscriptions come from, each asked for once."""
        ids: set[str] = set()
        for one in plans:
            if isinstance(one.order_id, Unknown):
                return one.order_id
            ids.add(one.order_id)
        orders = []
        for order_id in sorted(ids):
            found = ear.hear(partial(self._center.order, customer_id, order_id))
            if isinstance(found, Unknown):
                return found
            orders.append(found)
        return tuple(orders)

    def _consumed(self, customer_id: str) -> dict[str, int]:
        """Licences assigned by SKU, from Partner Center, where the directory did not say (PC 8.1)."""
        skus = self._center.subscribed_skus(customer_id)
        return {
            s.sku_id: s.consumed for s in skus if isinstance(s.sku_id, str) and isinstance(s.consumed, int)
        }

    def _learn(self, depths: Iterable[Depth], ear: Ear) -> None:
        """Find out what a switch under way leads to, where nothing has named that product yet."""
        for depth in depths:
            if isinstance(depth.transitions, Unknown):
                continue
            for each in depth.transitions:
                product = each.to_product_sku
                if isinstance(product, str) and self._glass.naming.product(product) is None:
                    title = ear.hear(partial(self._center.title, product, self._country))
                    if isinstance(title, str):
                        self._glass.naming.learn_title(product, title)


def _id(one: WireSubscription) -> str:
    if isinstance(one.id, Unknown):
        raise TypeError("a subscription without an id was let through")
    return one.id


def _as_declared(ref: TenantRef, seen: Observation) -> frozenset[str] | None:
    """The ids of what is declared, where no write can be wanted; None where one may be, or nobody knows.

    More licences than are declared are no reason to ask more: only support takes them away.
    """
    if ref.declared is None or isinstance(seen.subscriptions, Unknown):
        return None
    pairs = match(ref.declared, seen, Memory())
    for pair in pairs:
        live = pair.live
        if live is None or live.plan != pair.wanted.plan or live.status != "active":
            return None
        if isinstance(live.licenses, Unknown) or (pair.wanted.licenses or 0) > live.licenses:
            return None
        if live.commerce == Kind.LEGACY and pair.wanted.licenses not in (None, live.licenses):
            # Whether another change of a legacy one explains its number shows where it may be switched to (PC 6).
            return None
    return frozenset(pair.live.id for pair in pairs if pair.live is not None)


def _under_way(bought: Fact[tuple[LiveSubscription, ...]]) -> bool:
    """Whether a switch of what is as declared is not over yet, by what was read: then how it goes on is asked too."""
    live = () if isinstance(bought, Unknown) else bought
    known = (one.switch.state for one in live if not isinstance(one.switch, Unknown))
    return any(state not in AT_REST for state in known)


def _meant(ref: TenantRef, seen: Observation) -> frozenset[str]:
    """The ids of what the file means, or may mean; all there are where nothing is declared."""
    if isinstance(seen.subscriptions, Unknown):
        return frozenset()
    everything = frozenset(live.id for live in seen.subscriptions)
    pairs = () if ref.declared is None else match(ref.declared, seen, Memory())
    if not pairs or any(pair.live is None for pair in pairs):
        return everything
    return frozenset(pair.live.id for pair in pairs if pair.live is not None)


def _may_be_switched(ref: TenantRef, seen: Observation) -> frozenset[str]:
    """The ids of what a switch may start from: all that is not at its declared plan already, nor left to others."""
    if isinstance(seen.subscriptions, Unknown):
        return frozenset()
    everything = frozenset(live.id for live in seen.subscriptions)
    if ref.declared is None:
        return everything
    pairs = match(ref.declared, seen, Memory())
    paired = {pair.live.id for pair in pairs if pair.live is not None}
    listed = {live.id for live in seen.subscriptions if listed_as_unmanaged(live, ref.declared)} - paired
    if len(paired) < len(pairs):
        # What our memory knows of ids that have changed is not known here, and may pair them otherwise.
        return everything - listed
    there = {pair.live.id for pair in pairs if pair.live is not None and pair.live.plan == pair.wanted.plan}
    return everything - there - listed


def _place(bug: BaseException) -> str:
    """Where in our own code it happened: enough to find it, and nothing of what was answered."""
    frames = traceback.extract_tb(bug.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


def _word(one: Customer) -> Fact[str]:
    """What a tenant file would name a customer by: its domain, else its id."""
    return one.domain if isinstance(one.domain, str) else one.id


def _name(word: str) -> str:
    return word.casefold().partition(".")[0]

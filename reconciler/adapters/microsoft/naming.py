"""The ids and names by which a service calls a plan in, the catalogue's key out, or that it can not be told.

Subscriptions are sold per offer, licences are counted per SKU, and the two share no name (PC 1.11). So every id that
was read is asked what plan it means, and where two of them mean different plans neither is believed. A title counts
only as the whole name of one plan of today: older names have moved on. It can deny what the ids mean; it names a plan
by itself only where no id says anything, and none is known of the plan that this one would have to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock

from reconciler.catalogue import Ambiguous, Catalogue
from reconciler.messages import say
from reconciler.observe import Fact, Unknown


@dataclass(frozen=True, slots=True)
class Ids:
    """What a service calls one plan. ``product`` is ``product:sku``, without the availability, which changes."""

    product: Fact[str]
    offer: Fact[str]
    sku_id: Fact[str]
    part_number: Fact[str]
    title: Fact[str]


class Naming:
    """Knows plans by their ids, and learns which plan a product is whenever other ids of it say so."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._by_title = _unique_names(catalogue)
        self._learned: dict[str, str] = {}
        self._lock = Lock()

    def plan(self, ids: Ids) -> Fact[str]:
        """Return the key of the plan; where no id is known to the catalogue, the service's own word for it."""
        found = dict(self._meanings(ids))
        named = None if isinstance(ids.title, Unknown) else self._by_title.get(ids.title)
        if found and named:
            found["title"] = named
        if len(set(found.values())) > 1:
            told = ", ".join(f"{what}: {plan}" for what, plan in found.items())
            return Unknown(say("live.names-differ", told=told))
        if named and not found and not self._is_denied(named, ids):
            found["title"] = named
        if found:
            plan = next(iter(found.values()))
            self._learn(ids.product, plan)
            return plan
        # A title that is a plan's name, and yet is not that plan, would read as if it were.
        title = ids.title if named is None else Unknown(say("live.no-name"))
        words = (ids.part_number, title, ids.product, ids.offer, ids.sku_id)
        own = (word for word in words if not isinstance(word, Unknown) and word not in self._catalogue.plans)
        return next(own, Unknown(say("live.no-name")))

    def product(self, product: str) -> str | None:
        """Return the key of the plan a ``product:sku`` is, as far as it is known by now."""
        with self._lock:
            return self._catalogue.by_product.get(product) or self._learned.get(product)

    def offer(self, offer_id: str) -> str | None:
        """Return the key of the plan a legacy offer is, None where the catalogue does not say."""
        return self._catalogue.by_offer.get(offer_id)

    def learn_title(self, product: str, title: str) -> None:
        """Take note of what the service calls a product; a title that is no plan's whole name teaches nothing."""
        plan = self._by_title.get(title)
        if plan is not None:
            self._learn(product, plan)

    def _meanings(self, ids: Ids) -> Iterator[tuple[str, str]]:
        """Each id that the catalogue knows, and the plan it means."""
        tables = (
            ("product", ids.product, self._catalogue.by_product),
            ("offer", ids.offer, self._catalogue.by_offer),
            ("SKU", ids.sku_id, self._catalogue.by_sku_id),
        )
        for what, word, table in tables:
            if not isinstance(word, Unknown) and word in table:
                yield what, table[word]
        if not isinstance(ids.part_number, Unknown):
            plan = self._catalogue.resolve(ids.part_number)
            if isinstance(plan, str):
                yield "part number", plan

    def _is_denied(self, key: str, ids: Ids) -> bool:
        """Whether an id that was read is none of those that are known of a plan."""
        plan = self._catalogue.plans[key]
        for word, known in (
            (ids.product, plan.products),
            (ids.offer, plan.offers),
            (ids.sku_id, plan.sku_ids),
        ):
            if known and not isinstance(word, Unknown) and word not in known:
                return True
        if not plan.skus or isinstance(ids.part_number, Unknown):
            return False
        means = self._catalogue.resolve(ids.part_number)
        return key not in (means.candidates if isinstance(means, Ambiguous) else (means,))

    def _learn(self, product: Fact[str], plan: str) -> None:
        if not isinstance(product, Unknown):
            with self._lock:
                self._learned[product] = plan


def _unique_names(catalogue: Catalogue) -> Mapping[str, str]:
    return {plan.name: plan.key for plan in catalogue.plans.values()}

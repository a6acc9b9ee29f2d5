"""A tenant, a plan or a subscription of the service in, the ids it has on the wire out; the same ones every time."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

from reconciler.adapters.simulator.record import Record, Spec, plan_of
from reconciler.catalogue import Catalogue, Plan

START = "CFQ7TTC0"
OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class PlanIds:
    """A plan as the wire names it. ``word`` is the service's: a catalogue's key, or a word it does not know.

    ``product``: product and SKU of new commerce; ``sku``: the licence SKU's id; ``offer``: that of legacy commerce.
    """

    word: str
    name: str
    product: str
    sku: str
    part_number: str
    offer: str
    most: int
    services: tuple[str, ...]

    def item(self, now: datetime) -> str:
        """Return the catalogue item: the availability in it is another one each day (PC 1)."""
        return f"{self.product}:{START}{_letters(f'{self.word}{now:%Y-%m-%d}')}"


def made_id(text: str) -> str:
    """Return an id made from a text."""
    return str(uuid5(NAMESPACE_URL, text))


def customer_id(record: Record) -> str:
    """Return the id of a customer: its tenant's, else one made from its name."""
    return record.spec.get("tenantId") or made_id(f"customer:{record.name}")


def order_id(subscription: Spec) -> str:
    """Return the id of the order that a subscription came from."""
    return sha256(f"order:{subscription['id']}".encode()).hexdigest()[:12]


def add_on_id(subscription: Spec, name: str) -> str:
    """Return the id of an add-on, which is a subscription itself."""
    return made_id(f"add-on:{subscription['id']}:{name}")


def ids_of(word: str, catalogue: Catalogue) -> PlanIds:
    """Return the ids of a plan; those of a word that the catalogue does not know are made from the word."""
    plan = plan_of(word, catalogue)
    if plan is None:
        return _ids(Plan(word, "", None, (), word, word, (), ()))
    return _ids(plan)


def plans_of(catalogue: Catalogue) -> Iterator[PlanIds]:
    """Yield the ids of every plan of the catalogue."""
    return map(_ids, catalogue.plans.values())


def _ids(plan: Plan) -> PlanIds:
    return PlanIds(
        word=plan.key,
        name=plan.name,
        product=_first(plan.products, f"{START}{_letters(plan.key)}:0001"),
        sku=_first(plan.sku_ids, made_id(f"sku:{plan.key}")),
        part_number=_first(plan.skus, plan.name),
        offer=_first(plan.offers, made_id(f"offer:{plan.key}")),
        most=plan.cap or 10_000_000,
        services=plan.services,
    )


def _first(known: tuple[str, ...], otherwise: str) -> str:
    return known[0] if known else otherwise


def _letters(text: str) -> str:
    return b32encode(sha256(text.encode()).digest()).decode()[:4]

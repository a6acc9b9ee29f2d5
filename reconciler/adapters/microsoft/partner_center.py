"""What is asked of Partner Center in, what it said out. There is no method here that writes.

Every method raises NoAnswer where the service did not say, or said no; its reason names the call, the status and the
code, and what to do about it. A list is returned whole or not at all: a page that is missing, comes twice or counts
more than it shows makes the whole list unread (PC 2.5).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar
from urllib.parse import quote

from reconciler.adapters.microsoft.calling import Answer, Bearer, Calls, NoAnswer
from reconciler.adapters.microsoft.codes import ruling, tell
from reconciler.adapters.microsoft.commerce import (
    Customer,
    Order,
    ProvisioningStatus,
    SubscribedSku,
    WireSubscription,
    add_on_names,
    customer,
    order,
    provisioning_status,
    subscribed_sku,
    subscription,
)
from reconciler.adapters.microsoft.envelopes import error_body, hidden_error, page, repeats
from reconciler.adapters.microsoft.switching import (
    Eligibility,
    Transition,
    Upgrade,
    eligibility,
    transition,
    upgrade,
)
from reconciler.adapters.microsoft.wire import Body, shown
from reconciler.messages import say
from reconciler.observe import Unknown

T = TypeVar("T")
PER_PAGE = 500
# No partner has so many customers, and no customer so many subscriptions, that more pages could be real.
MOST_PAGES = 400


class PartnerCenter:
    """Reads a partner's customers: who they are, what they bought, and what may be done with it."""

    def __init__(self, calls: Calls, bearer: Bearer) -> None:
        self._calls, self._bearer = calls, bearer

    def customers(self) -> tuple[Customer, ...]:
        """Return all customers of the partner (PC 3)."""
        found = tuple(customer(item) for item in self._items(f"/v1/customers?size={PER_PAGE}"))
        if repeats(one.id for one in found):
            raise NoAnswer(say("live.again", what="GET /v1/customers"), answered=True)
        return found

    def customer(self, customer_id: str) -> Customer:
        """Return one customer by its tenant id (PC 3)."""
        return customer(self._body(f"/v1/customers/{_word(customer_id)}"))

    def customers_by_domain(self, domain: str) -> tuple[Customer, ...]:
        """Return the customers whose domain begins so: the search knows no other way to compare (PC 3)."""
        asked = {"Field": "Domain", "Value": domain, "Operator": "starts_with"}
        text = quote(json.dumps(asked, separators=(",", ":")), safe="")
        return tuple(customer(item) for item in self._items(f"/v1/customers?size=0&filter={text}"))

    def subscriptions(self, customer_id: str) -> tuple[WireSubscription, ...]:
        """Return everything sold to a customer, whatever it is (PC 4.1)."""
        return self._list(f"{_of(customer_id)}/subscriptions", subscription)

    def subscription(self, customer_id: str, subscription_id: str) -> WireSubscription:
        """Return one subscription as it stands now (PC 4.1)."""
        return subscription(self._body(subscription_path(customer_id, subscription_id)))

    def add_ons(self, customer_id: str, subscription_id: str) -> tuple[str, ...]:
        """Return the names of what was bought on top of a subscription (PC 4.1)."""
        names = add_on_names(tuple(self._items(f"{subscription_path(customer_id, subscription_id)}/addons")))
        if isinstance(names, Unknown):
            raise NoAnswer(names.reason, answered=True)
        return names

    def provisioning(self, customer_id: str, subscription_id: str) -> ProvisioningStatus:
        """Return how far a subscription is set up, and which licence it gives (PC 4.5)."""
        path = f"{subscription_path(customer_id, subscription_id)}/provisioningstatus"
        return provisioning_status(self._body(path))

    def eligibilities(self, customer_id: str, subscription_id: str) -> tuple[Eligibility, ...]:
        """Return what a subscription of new commerce may be switched to at once (PC 7.1)."""
        path = f"{subscription_path(customer_id, subscription_id)}/transitionEligibilities?eligibilityType=immediate"
        return self._list(path, eligibility)

    def transitions(self, customer_id: str, subscription_id: str) -> tuple[Transition, ...]:
        """Return the switches of a subscription of new commerce (PC 7.3)."""
        return self._list(f"{subscription_path(customer_id, subscription_id)}/transitions", transition)

    def upgrades(self, customer_id: str, subscription_id: str) -> tuple[Upgrade, ...]:
        """Return what a legacy subscription may be switched to (PC 6)."""
        return self._list(f"{subscription_path(customer_id, subscription_id)}/upgrades", upgrade)

    def subscribed_skus(self, customer_id: str) -> tuple[SubscribedSku, ...]:
        """Return the licences a customer has of each kind, from every seller (PC 8.1)."""
        return self._list(f"{_of(customer_id)}/subscribedskus", subscribed_sku)

    def order(self, customer_id: str, order_id: str) -> Order:
        """Return an order (PC 11)."""
        return order(self._body(f"{_of(customer_id)}/orders/{_word(order_id)}"))

    def title(self, product_sku: str, country: str) -> str | None:
        """Return what a product of new commerce is called, None where it is not said (PC 11)."""
        product, _, sku = product_sku.partition(":")
        path = f"/v1/products/{_word(product)}/skus/{_word(sku)}?country={_word(country)}"
        found = self._body(path).text("title")
        return None if isinstance(found, Unknown) else found

    def _list(self, path: str, read: Callable[[Body], T]) -> tuple[T, ...]:
        return tuple(read(item) for item in self._items(path))

    def _items(self, path: str) -> Iterator[Body]:
        """Yield the items of every page, in order."""
        what = f"GET {path.partition('?')[0]}"
        headers: Mapping[str, str] = {}
        been: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
        for _ in range(MOST_PAGES):
            found = page(self._body(path, headers))
            if isinstance(found.items, Unknown):
                raise NoAnswer(f"{what}: {found.items.reason}", answered=True)
            yield from found.items
            if found.cut:
                facts = {"what": what, "total": found.total, "count": len(found.items)}
                raise NoAnswer(say("live.cut", **facts), answered=True)
            if isinstance(found.next, Unknown):
                raise NoAnswer(f"{what}: {found.next.reason}", answered=True)
            if found.next is None:
                return
            if (found.next.path, found.next.headers) in been:
                raise NoAnswer(say("live.round", what=what), answered=True)
            been.add((found.next.path, found.next.headers))
            path, headers = found.next.path, dict(found.next.headers)
        raise NoAnswer(say("live.pages", what=what, most=MOST_PAGES), answered=True)

    def _body(self, path: str, headers: Mapping[str, str] = {}) -> Body:
        return answered(self._calls.read(self._bearer, path, headers=headers), path)


def answered(answer: Answer, path: str) -> Body:
    """Return the body of an answer of success; raises NoAnswer with both sentences for any other (PC 14)."""
    what = f"{path.partition('?')[0]}"
    if answer.status != 200:
        error = error_body(answer.status, answer.body)
        found = ruling(answer.status, error.code)
        raise NoAnswer(tell(found, what, answer.status, error.code), answered=True, later=answer.later)
    body = Body(answer.json())
    hidden = hidden_error(200, body)
    if hidden is not None:
        found = ruling(hidden.status, hidden.code)
        raise NoAnswer(tell(found, what, 200, hidden.code), answered=True)
    return body


def _of(customer_id: str) -> str:
    return f"/v1/customers/{_word(customer_id)}"


def subscription_path(customer_id: str, subscription_id: str) -> str:
    """Return where one subscription of a customer is."""
    return f"{_of(customer_id)}/subscriptions/{_word(subscription_id)}"


def _word(text: str) -> str:
    """An id as one step of a path, whatever is in it: an id is data, and must lead nowhere else. Raises NoAnswer."""
    if not text.strip("."):
        # These are steps back, and no sign stands for a dot that is not read as one.
        raise NoAnswer(say("live.no-id", found=shown(text)), sent=False)
    return quote(text, safe="")

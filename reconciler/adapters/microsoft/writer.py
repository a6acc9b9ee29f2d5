"""An order in, one request to Partner Center out, once: licences raised, or a plan switched. Nothing here lowers.

    look at the subscription ─► is it as it was judged? ─► write
                                └─ a switch: what is under way, what is on offer, look again ─► write

The look right before is the writer's own, with its own credential. A raise goes with the version that was read; where
the service gives none it is refused, unless the configuration allows it (docs/partner-center.md says what can then go
wrong). Orders know no version. What goes without one goes while its look is fresh, however long it waits for its turn:
licences that somebody else raised in between would be taken away again, or left behind by a partial switch (PC 7.2).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciler.act import Raise, SwitchOrder
from reconciler.adapters.microsoft.bodies import quantity_patch, transition_request, upgrade_request
from reconciler.adapters.microsoft.bought import UPGRADE_KINDS
from reconciler.adapters.microsoft.calling import Answer, Bearer, Calls, NoAnswer
from reconciler.adapters.microsoft.commerce import Kind, WireSubscription
from reconciler.adapters.microsoft.customers import Customers
from reconciler.adapters.microsoft.naming import Ids, Naming
from reconciler.adapters.microsoft.partner_center import PartnerCenter, subscription_path
from reconciler.adapters.microsoft.progress import DONE, newest, state
from reconciler.adapters.microsoft.switching import (
    Eligibility,
    TransitionType,
    Trouble,
    Upgrade,
    upgrade_result,
)
from reconciler.adapters.microsoft.verdicts import (
    heard,
    left_behind,
    lost,
    not_ordered,
    unread,
    upgrade_failed,
)
from reconciler.adapters.microsoft.wire import same
from reconciler.errors import AnswerLost, Later, Moved, NotWritten, Refused
from reconciler.messages import say
from reconciler.observe import NOT_TOLD, Fact, Unknown

# "In the same second": the longest a look may be old when a raise goes out without a version. An order has none to go
# with, and its look is one of three calls to a service that takes its time.
FRESH_FOR, FRESH_FOR_ORDER = 1.0, 5.0
LOOKS = 3
SOLD = frozenset({Kind.NEW_COMMERCE, Kind.LEGACY})


@dataclass(frozen=True, slots=True)
class Terms:
    """How this partner writes. ``without_version``: raises also where the service shows no version."""

    way: TransitionType
    without_version: bool


class Writer:
    """An ``Actor`` over a partner's customers. It checks on its own that a total never falls, before any call."""

    def __init__(
        self,
        calls: Calls,
        bearer: Bearer,
        naming: Naming,
        terms: Terms,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls, self._bearer, self._naming, self._terms, self._clock = (
            calls,
            bearer,
            naming,
            terms,
            clock,
        )
        self._center = PartnerCenter(calls, bearer)
        self._customers = Customers(self._center, clock)

    def raise_licenses(self, order: Raise) -> str | None:
        """Set the larger total; raises Refused, Moved, Later or AnswerLost (R-NO-REMOVE)."""
        who = _who(order)
        if order.total <= order.bought:
            raise _never_falls(order, who)
        customer = self._customer(order, who)
        until = None
        if order.version is not None:
            now = self._look(customer, order, who)
        elif not self._terms.without_version:
            self._look(customer, order, who)
            raise Refused("no-etag", say("live.write.no-etag", who=who))
        else:
            now, until = self._fresh(customer, order, who, FRESH_FOR)
        headers = {} if now.etag is None else {"If-Match": f'"{now.etag}"'}
        path = subscription_path(customer, order.subscription_id)
        body = quantity_patch(now.raw, order.total)
        heard(self._send("PATCH", path, body, order, who, headers, until), who, once=False)
        return None

    def switch(self, order: SwitchOrder) -> str | None:
        """Order the switch; return what a person has to do after it, if anything.

        Raises Refused, Moved, Later or AnswerLost.
        """
        who = _who(order)
        if order.total < order.bought:
            raise _never_falls(order, who)
        if order.total != order.bought:
            facts = {"who": who, "before": order.bought, "total": order.total}
            raise Refused("not-in-order", say("live.write.in-order", **facts))
        customer = self._customer(order, who)
        if self._look(customer, order, who).kind is Kind.LEGACY:
            return self._upgrade(customer, order, who)
        return self._transition(customer, order, who)

    def _transition(self, customer: str, order: SwitchOrder, who: str) -> str | None:
        """Order a switch of new commerce: what runs already and what is on offer are asked right before (PC 7)."""
        try:
            past = newest(self._center.transitions(customer, order.subscription_id))
            offered = self._center.eligibilities(customer, order.subscription_id)
        except NoAnswer as trouble:
            raise unread(trouble, who) from None
        stands = DONE if past is None else state(past)
        if stands != DONE:
            shown = stands.reason if isinstance(stands, Unknown) else stands
            raise Moved(say("live.write.under-way", who=who, state=shown))
        item = self._on_offer(offered, order, who)
        path = f"{subscription_path(customer, order.subscription_id)}/transitions"
        now, until = self._fresh(customer, order, who, FRESH_FOR_ORDER)
        for fact in (now.term, now.billing):
            # Left out of an order, the service would choose how long it binds the customer (PC 7.2).
            if isinstance(fact, Unknown):
                raise Later(say("live.write.unread", who=who, why=fact.reason), 0)
        body = transition_request(now, item, order.bought, self._terms.way)
        heard(self._send("POST", path, body, order, who, until=until), who, once=True)
        return None

    def _on_offer(self, offered: Sequence[Eligibility], order: SwitchOrder, who: str) -> str:
        """The catalogue item to order now; its id is good for a short time only (PC 7.1)."""
        named = [(self._plan(each.product_sku, each.title), each) for each in offered]
        found = [each for plan, each in named if plan == order.to]
        if len(found) != 1 or isinstance(found[0].item, Unknown):
            raise self._not_offered([plan for plan, _ in named], order, who)
        allowed, way = found[0].allows(self._terms.way), found[0].way(self._terms.way)
        if allowed is not True:
            errors = () if way is None or isinstance(way, Unknown) else way.errors
            raise self._not_this_way(errors, order, who)
        return found[0].item

    def _upgrade(self, customer: str, order: SwitchOrder, who: str) -> str | None:
        """Order a legacy switch: an item of the list as it is now, sent back whole; the answer says how it ended."""
        try:
            offered = self._center.upgrades(customer, order.subscription_id)
        except NoAnswer as trouble:
            raise unread(trouble, who) from None
        item = self._upgrade_on_offer(offered, order, who)
        path = f"{subscription_path(customer, order.subscription_id)}/upgrades"
        _, until = self._fresh(customer, order, who, FRESH_FOR_ORDER)
        body = upgrade_request(item.raw, order.bought)
        answer = heard(self._send("POST", path, body, order, who, until=until), who, once=True)
        if answer is None:
            raise AnswerLost(say("live.write.lost", who=who, why=say("live.write.no-reason")))
        result = upgrade_result(answer)
        moved = result.moved
        if isinstance(moved, Unknown):
            raise AnswerLost(say("live.write.lost", who=who, why=moved.reason))
        if not moved:
            raise upgrade_failed(result.errors, who)
        return left_behind(result.license_errors)

    def _upgrade_on_offer(self, offered: Sequence[Upgrade], order: SwitchOrder, who: str) -> Upgrade:
        named = [
            (self._naming.plan(Ids(NOT_TOLD, u.target.id, u.target.sku_id, NOT_TOLD, u.target.name)), u)
            for u in offered
        ]
        found = [each for plan, each in named if plan == order.to]
        if not found:
            raise self._not_offered([plan for plan, _ in named], order, who)
        ours = [each for each in found if each.kind == UPGRADE_KINDS[self._terms.way]]
        if len(ours) != 1 or ours[0].open is not True:
            raise self._not_this_way((ours or found)[0].errors, order, who)
        count = ours[0].quantity
        if isinstance(count, Unknown):
            raise Later(say("live.write.unread", who=who, why=count.reason), 0)
        if count > order.bought:
            raise Moved(_moved(who, "licences", order.bought, count))
        return ours[0]

    def _fresh(
        self, customer: str, order: Raise | SwitchOrder, who: str, longest: float
    ) -> tuple[WireSubscription, float]:
        """Return a look and until when it may be written on: no longer than ``longest`` seconds after it was begun."""
        for _ in range(LOOKS):
            began = self._clock()
            now = self._look(customer, order, who)
            if self._clock() - began <= longest:
                return now, began + longest
        raise Later(say("live.write.too-slow", who=who, seconds=f"{longest:g}"), 0)

    def _look(self, customer: str, order: Raise | SwitchOrder, who: str) -> WireSubscription:
        """Return the subscription as it is now; raises Moved where it is not as it was judged."""
        try:
            now = self._center.subscription(customer, order.subscription_id)
        except NoAnswer as trouble:
            raise unread(trouble, who) from None
        for what, before, found in (
            ("subscription", order.subscription_id, now.id),
            ("licences", order.bought, now.quantity),
            ("status", "active", now.status),
            ("version", order.version, now.etag),
            ("plan", order.plan, (order.plan and self._plan_of(now)) or order.plan),
        ):
            if isinstance(found, Unknown):
                raise Later(say("live.write.unread", who=who, why=found.reason), 0)
            if found != before:
                raise Moved(_moved(who, what, before, found))
        if now.trial is not False:
            raise Refused("trial", say("live.write.trial", who=who))
        if now.kind not in SOLD:
            raise Refused("unknown-kind", say("live.write.unread", who=who, why=_why(now.commerce)))
        return now

    def _plan_of(self, now: WireSubscription) -> str | None:
        """The plan it is by its own ids, None where they do not tell (the licence it gives is not asked here)."""
        if now.kind is Kind.LEGACY:
            return None if isinstance(now.offer_id, Unknown) else self._naming.offer(now.offer_id)
        return None if isinstance(now.product_sku, Unknown) else self._naming.product(now.product_sku)

    def _customer(self, order: Raise | SwitchOrder, who: str) -> str:
        try:
            found = self._customers.find(order.ref.tenant)
        except NoAnswer as trouble:
            raise unread(trouble, who) from None
        if isinstance(found.id, Unknown):
            raise Later(say("live.write.unread", who=who, why=found.id.reason), 0)
        if order.tenant_id is not None and not same(order.tenant_id, found.id):
            # The word has moved to another customer since the look.
            raise Moved(_moved(who, "tenant", order.tenant_id, found.id))
        return found.id

    def _send(
        self,
        method: str,
        path: str,
        body: object,
        order: Raise | SwitchOrder,
        who: str,
        headers: dict[str, str] | None = None,
        until: float | None = None,
    ) -> Answer:
        named = headers or {}
        try:
            return self._calls.write(
                self._bearer, method, path, body, request_id=order.request_id, headers=named, until=until
            )
        except NoAnswer as trouble:
            raise lost(trouble, who) from None

    def _plan(self, product: Fact[str], title: Fact[str]) -> Fact[str]:
        return self._naming.plan(Ids(product, NOT_TOLD, NOT_TOLD, NOT_TOLD, title))

    def _not_offered(self, plans: Sequence[Fact[str]], order: SwitchOrder, who: str) -> Refused:
        known = sorted({plan for plan in plans if isinstance(plan, str)})
        offers = ", ".join(known) or say("live.write.no-offers")
        return Refused("not-offered", say("live.write.not-offered", who=who, plan=order.to, offers=offers))

    def _not_this_way(self, errors: Fact[tuple[Trouble, ...]], order: SwitchOrder, who: str) -> NotWritten:
        facts = {"who": who, "plan": order.to, "way": self._terms.way.wire}
        return not_ordered("live.write.not-this-way", errors, facts)


def _who(order: Raise | SwitchOrder) -> str:
    return f"{order.ref.name}, subscription {order.subscription_id}"


def _moved(who: str, what: str, before: object, found: object) -> str:
    return say("live.write.moved", who=who, what=what, before=before, found=found)


def _never_falls(order: Raise | SwitchOrder, who: str) -> Refused:
    return Refused("would-lower", say("live.write.falls", who=who, total=order.total, before=order.bought))


def _why(fact: Fact[str]) -> str:
    return fact.reason if isinstance(fact, Unknown) else fact

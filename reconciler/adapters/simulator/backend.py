"""The service behind the reconciler's own ports: ``Reader`` looks and asks, ``Writer`` orders and raises.

They are two classes, so that whoever was given a reader has no method to write with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.act import Raise, SwitchOrder
from reconciler.adapters.simulator.commerce import Commerce, Look
from reconciler.adapters.simulator.moods import nothing_known
from reconciler.adapters.simulator.record import live_state
from reconciler.adapters.simulator.session import EPOCH
from reconciler.adapters.simulator.writes import Outcome, Reply
from reconciler.errors import AnswerLost, Later, Moved, Refused, StateUnreadable
from reconciler.live import from_document
from reconciler.messages import say
from reconciler.observe import Fact, Observation, TenantRef, Traits, Unknown


class Reader:
    """An ``Observer``, a ``Lister`` and an ``Inquiry`` over the service."""

    def __init__(self, service: Commerce) -> None:
        self._service = service
        self._last_look: datetime = EPOCH
        self.traits = Traits(backend="simulator", adds_in_order=service.adds_in_order)

    def observe(self, ref: TenantRef) -> Observation:
        """Return the tenant as the service shows it now, by the service's clock."""
        return self.observe_all((ref,))[0]

    def observe_all(self, refs: Sequence[TenantRef]) -> Sequence[Observation]:
        """Return each tenant as it stands now, in the order asked, by one request: one wait for the file."""
        try:
            looks = self._service.look_all(refs)
        except StateUnreadable as problem:
            nothing = nothing_known(str(problem))
            looks = [
                Look(live_state(ref.name, self._last_look, nothing), answered=False, seconds=None)
                for ref in refs
            ]
        return [self._observation(look) for look in looks]

    def _observation(self, look: Look) -> Observation:
        observation = from_document(
            look.document, traits=self.traits, snapshot=False, catalogue=self._service.catalogue
        )
        self._last_look = max(self._last_look, observation.at)
        later = None if look.seconds is None else timedelta(seconds=look.seconds)
        return replace(observation, answered=look.answered, later=later)

    def tenants(self) -> Fact[tuple[TenantRef, ...]]:
        """Return the tenants the service holds, by name; one whose domain it does not show by id, else by name."""
        try:
            return tuple(self._ref(name) for name in self._service.tenants())
        except StateUnreadable as problem:
            return Unknown(str(problem))

    def _ref(self, name: str) -> TenantRef:
        spec = (self._service.document(name) or {}).get("spec", {})
        return TenantRef(name, spec.get("tenant") or spec.get("tenantId") or name)

    def taken(self, ref: TenantRef, request_id: str) -> bool | None:
        """Say whether the service took the request; None if it can not tell now."""
        try:
            return self._service.inquire(ref, request_id)
        except StateUnreadable:
            return None


class Writer:
    """An ``Actor`` over the service. It checks on its own that a total never falls, before any call."""

    def __init__(self, service: Commerce) -> None:
        self._service = service

    def switch(self, order: SwitchOrder) -> None:
        """Order the switch; raises Refused, Moved, Later or AnswerLost (R-NO-REMOVE)."""
        if order.total < order.bought:
            raise _never_lower("simulator.writer.switch", order)
        try:
            reply = self._service.order_switch(
                order.ref,
                order.subscription_id,
                version=order.version,
                to=order.to,
                total=order.total,
                request_id=order.request_id,
            )
        except StateUnreadable as problem:
            raise AnswerLost(str(problem)) from problem
        _hear(reply)

    def raise_licenses(self, order: Raise) -> None:
        """Set the larger total; raises Refused, Moved, Later or AnswerLost."""
        if order.total <= order.bought:
            raise _never_lower("simulator.writer.raise", order)
        try:
            reply = self._service.set_licenses(
                order.ref,
                order.subscription_id,
                version=order.version,
                total=order.total,
                request_id=order.request_id,
            )
        except StateUnreadable as problem:
            raise AnswerLost(str(problem)) from problem
        _hear(reply)


def _never_lower(key: str, order: SwitchOrder | Raise) -> Refused:
    facts = {"tenant": order.ref.name, "subscription": order.subscription_id}
    return Refused("would-lower", say(key, **facts, total=order.total, bought=order.bought))


def _hear(reply: Reply) -> None:
    if reply.outcome is Outcome.ACCEPTED:
        return
    if reply.outcome is Outcome.THROTTLED:
        raise Later(reply.message, reply.seconds)
    if reply.outcome is not Outcome.REFUSED:
        raise AnswerLost(reply.message)
    if reply.code == "version-mismatch":
        raise Moved(reply.message)
    raise Refused(reply.code or "refused", reply.message)

"""A LiveState document in, an ``Observation`` out.

A fact left out (or null) is Unknown: "left out of the live state", or the reason the document gives for it
under ``unread``. Nothing is ever filled in: a number that is not there is not zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from reconciler.catalogue import Catalogue
from reconciler.observe import (
    CreditReview,
    Fact,
    LiveSubscription,
    Observation,
    SwitchState,
    Traits,
    Unknown,
)

V = TypeVar("V")
LEFT_OUT = "left out of the live state"


def from_document(
    document: Mapping[str, Any],
    *,
    traits: Traits,
    snapshot: bool,
    catalogue: Catalogue | None = None,
    at: datetime | None = None,
) -> Observation:
    """Read one validated LiveState document; ``at`` replaces its ``observedAt`` as the judging time.

    Plan names are brought to catalogue keys where the catalogue knows them; other words pass through.
    """
    spec = _Facts(document["spec"])
    return Observation(
        name=document["metadata"]["name"],
        at=at or moment(document["metadata"]["observedAt"]),
        domain=spec.get("tenant", str),
        tenant_id=spec.get("tenantId", str),
        domains=spec.get("domains", tuple),
        roles=spec.inside("operator").get("roles", frozenset),
        users=spec.get("users", int),
        website=spec.inside("website").get("domain", str),
        credit_review=spec.get("creditReview", _review),
        services=spec.get("services", _services),
        subscriptions=spec.get(
            "subscriptions", lambda many: tuple(_subscription(s, catalogue) for s in many)
        ),
        traits=traits,
        snapshot=snapshot,
    )


def moment(text: str) -> datetime:
    """Return an RFC 3339 time as an aware datetime."""
    return datetime.fromisoformat(text)


class _Facts:
    """A mapping whose missing members are Unknown, with the reason the document gives for them."""

    def __init__(self, values: Mapping[str, Any], missing: str | None = None) -> None:
        self.values = values
        self.reasons: Mapping[str, str] = values.get("unread") or {}
        self.missing = missing or LEFT_OUT

    def get(self, name: str, read: Callable[[Any], V]) -> Fact[V]:
        value = self.values.get(name)
        if value is None:
            return Unknown(self.reasons.get(name, self.missing))
        return read(value)

    def inside(self, name: str) -> _Facts:
        return _Facts(self.values.get(name) or {}, self.reasons.get(name, self.missing))


def _review(values: Mapping[str, Any]) -> CreditReview:
    return CreditReview(values["state"], _Facts(values).get("since", moment))


def _services(values: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: state for name, state in sorted(values.items()) if state is not None}


def _subscription(values: Mapping[str, Any], catalogue: Catalogue | None) -> LiveSubscription:
    facts = _Facts(values)

    def key(word: str) -> str:
        return _key(word, catalogue)

    return LiveSubscription(
        id=values["id"],
        plan=facts.get("plan", key),
        licenses=facts.get("licenses", int),
        assigned=facts.get("assigned", int),
        users_without_license=facts.get("usersWithoutLicense", int),
        status=facts.get("status", str),
        trial=facts.get("trial", bool),
        payment=facts.get("payment", str),
        billing=facts.get("billing", str),
        provisioned=facts.get("provisioned", bool),
        pre_upgrade=facts.get("preUpgrade", bool),
        offers=facts.get("offers", lambda words: tuple(sorted({key(word) for word in words}))),
        switch=facts.get("switch", lambda switch: _switch(switch, key)),
        version=values.get("version"),
    )


def _switch(values: Mapping[str, Any], key: Callable[[str], str]) -> SwitchState:
    facts = _Facts(values)
    return SwitchState(
        state=values["state"],
        to=facts.get("to", key),
        ordered_at=facts.get("orderedAt", moment),
        status_page_since=facts.get("statusPageSince", moment),
    )


def _key(word: str, catalogue: Catalogue | None) -> str:
    if catalogue is None or word in catalogue.plans:
        return word
    found = catalogue.resolve(word)
    return found if isinstance(found, str) else word

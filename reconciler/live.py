"""A LiveState document in, an ``Observation`` out; ``to_document`` is the way back.

A fact left out (or null) is Unknown: "left out of the live state", or the reason the document gives for it
under ``unread``. Nothing is ever filled in: a number that is not there is not zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from sys import intern
from types import MappingProxyType
from typing import Any, TypeVar

from reconciler.catalogue import Catalogue
from reconciler.observe import (
    NOT_TOLD,
    CreditReview,
    Fact,
    LiveSubscription,
    Observation,
    SwitchState,
    Traits,
    Unknown,
)

V = TypeVar("V")
LEFT_OUT = NOT_TOLD.reason
LONGEST_REASON = 500


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
        roles=spec.inside("operator").get("roles", lambda words: _roles(tuple(words))),
        users=spec.get("users", int),
        website=spec.inside("website").get("domain", str),
        credit_review=spec.get("creditReview", _review),
        services=spec.get("services", _services),
        subscriptions=spec.get("subscriptions", lambda many: _subscriptions(many, catalogue)),
        traits=traits,
        snapshot=snapshot,
    )


def moment(text: str) -> datetime:
    """Return an RFC 3339 time as an aware datetime."""
    return datetime.fromisoformat(text)


def to_document(observation: Observation) -> dict[str, Any]:
    """Return the LiveState document that reads back as this observation, but for ``traits`` and ``snapshot``.

    What is not known is left out, with its reason under ``unread``; a custom domain of the website is no fact
    we judge by, so none is in it.
    """
    seen = observation
    spec = _known(
        tenant=seen.domain,
        tenantId=seen.tenant_id,
        domains=_of(seen.domains, list),
        operator=_of(seen.roles, lambda roles: {"roles": sorted(roles)}),
        users=seen.users,
        website=_of(seen.website, lambda domain: {"domain": domain}),
        creditReview=_of(seen.credit_review, _review_document),
        services=_of(seen.services, dict),
        subscriptions=_of(seen.subscriptions, lambda many: [_subscription_document(s) for s in many]),
    )
    return {
        "apiVersion": "reconciler/v1",
        "kind": "LiveState",
        "metadata": {"name": seen.name, "observedAt": _stamp(seen.at)},
        "spec": spec,
    }


class _Facts:
    """A mapping whose missing members are Unknown, with the reason the document gives for them."""

    def __init__(self, values: Mapping[str, Any], missing: str | None = None) -> None:
        self.values = values
        self.reasons: Mapping[str, str] = values.get("unread") or {}
        self.missing = missing or LEFT_OUT

    def get(self, name: str, read: Callable[[Any], Fact[V]]) -> Fact[V]:
        value = self.values.get(name)
        if value is None:
            return _unknown(self.reasons.get(name, self.missing))
        return read(value)

    def inside(self, name: str) -> _Facts:
        return _Facts(self.values.get(name) or {}, self.reasons.get(name, self.missing))


def _review(values: Mapping[str, Any]) -> CreditReview:
    return CreditReview(values["state"], _Facts(values).get("since", moment))


# Most tenants say the same few things; what is made of them is made and kept once.


@lru_cache(maxsize=1024)
def _unknown(reason: str) -> Unknown:
    return Unknown(reason)


@lru_cache(maxsize=1024)
def _roles(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(words)


def _services(values: Mapping[str, Any]) -> Mapping[str, str]:
    return _services_of(tuple(sorted(item for item in values.items() if item[1] is not None)))


@lru_cache(maxsize=1024)
def _services_of(states: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return MappingProxyType(dict(states))


def _subscriptions(
    many: Iterable[Mapping[str, Any]], catalogue: Catalogue | None
) -> Fact[tuple[LiveSubscription, ...]]:
    """Read the list; one that shows the same id twice contradicts itself, and no line of it can be believed."""
    read = tuple(_subscription(values, catalogue) for values in many)
    times = Counter(live.id.casefold() for live in read)
    twice = next((live.id for live in read if times[live.id.casefold()] > 1), None)
    return read if twice is None else Unknown(f"the service showed subscription {twice} more than once")


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
        status=facts.get("status", intern),
        trial=facts.get("trial", bool),
        payment=facts.get("payment", intern),
        billing=facts.get("billing", intern),
        provisioned=facts.get("provisioned", bool),
        pre_upgrade=facts.get("preUpgrade", bool),
        offers=facts.get("offers", lambda words: tuple(sorted({key(word) for word in words}))),
        switch=facts.get("switch", lambda switch: _switch(switch, key)),
        commerce=facts.get("commerce", intern),
        add_ons=facts.get("addOns", lambda names: tuple(sorted(names))),
        scheduled=facts.get("scheduled", lambda words: tuple(sorted(words))),
        term_ends=facts.get("termEnds", moment),
        auto_renews=facts.get("autoRenews", bool),
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
    if catalogue is None:
        return word
    known = catalogue.plans.get(word)
    if known is not None:
        return known.key
    found = catalogue.resolve(word)
    return found if isinstance(found, str) else word


def _known(**facts: Fact[Any]) -> dict[str, Any]:
    """Return the members that are known; why the others are not stands under ``unread``."""
    document = {name: fact for name, fact in facts.items() if not isinstance(fact, Unknown)}
    unread = {
        name: fact.reason[:LONGEST_REASON]
        for name, fact in facts.items()
        if isinstance(fact, Unknown) and fact.reason not in ("", LEFT_OUT)
    }
    return {**document, "unread": unread} if unread else document


def _of(fact: Fact[V], write: Callable[[V], Any]) -> Fact[Any]:
    return fact if isinstance(fact, Unknown) else write(fact)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _review_document(review: CreditReview) -> dict[str, Any]:
    return {"state": review.state, **_known(since=_of(review.since, _stamp))}


def _switch_document(switch: SwitchState) -> dict[str, Any]:
    facts = _known(
        to=switch.to,
        orderedAt=_of(switch.ordered_at, _stamp),
        statusPageSince=_of(switch.status_page_since, _stamp),
    )
    return {"state": switch.state, **facts}


def _subscription_document(live: LiveSubscription) -> dict[str, Any]:
    facts = _known(
        plan=live.plan,
        licenses=live.licenses,
        assigned=live.assigned,
        usersWithoutLicense=live.users_without_license,
        status=live.status,
        trial=live.trial,
        payment=live.payment,
        billing=live.billing,
        provisioned=live.provisioned,
        preUpgrade=live.pre_upgrade,
        offers=_of(live.offers, list),
        switch=_of(live.switch, _switch_document),
        commerce=live.commerce,
        addOns=_of(live.add_ons, list),
        scheduled=_of(live.scheduled, list),
        termEnds=_of(live.term_ends, _stamp),
        autoRenews=live.auto_renews,
    )
    version = {} if live.version is None else {"version": live.version}
    return {"id": live.id, **facts, **version}

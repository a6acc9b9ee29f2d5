"""One tenant as the service holds it: a LiveState ``spec`` in, the same with what nobody is shown out.

``spec`` is what a reader sees. A fact left out of it stays left out for readers, but the service knows the
truth about its own tenants: ``truth`` fills it in with the values below, so that it can still behave.
``hidden`` is what no reader in this process ever sees: versions, what an order asked for, whose billing is off,
the offers put aside during a credit review, how past switches went, and earlier views that late visibility still
shows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reconciler.catalogue import Catalogue, Plan

Spec = dict[str, Any]

TRUTHS: Mapping[str, Any] = {
    "assigned": 0,
    "usersWithoutLicense": 0,
    "status": "active",
    "trial": False,
    "payment": "card",
    "billing": "monthly",
    "provisioned": True,
    "preUpgrade": False,
    "switch": {"state": "none"},
}


@dataclass(slots=True)
class Record:
    """One tenant, open for change inside a request."""

    name: str
    spec: Spec
    hidden: dict[str, Any]
    _stood: str = "{}"

    @classmethod
    def parsed(cls, name: str, spec: str, hidden: str) -> Record:
        """Read a stored tenant."""
        return cls(name, json.loads(spec), json.loads(hidden), spec)

    @classmethod
    def loaded(cls, document: Mapping[str, Any]) -> Record:
        """Take over a LiveState document; a ``version`` in it is another service's and is dropped."""
        spec = json.loads(json.dumps(document["spec"], default=stamp))
        for subscription in spec.get("subscriptions") or ():
            subscription.pop("version", None)
        return cls(document["metadata"]["name"], spec, {"versions": {}})

    @property
    def subscriptions(self) -> list[Spec]:
        """The subscriptions there are; an unread list is an empty one only in here."""
        return self.spec.get("subscriptions") or []

    def subscription(self, subscription_id: str) -> Spec | None:
        """Return the subscription with this id."""
        return next((s for s in self.subscriptions if s["id"] == subscription_id), None)

    def words(self) -> set[str]:
        """Return every word the tenant answers to, folded."""
        words = (self.spec.get("tenant"), self.spec.get("tenantId"), *(self.spec.get("domains") or ()))
        return {word.casefold() for word in words if word}

    def texts(self) -> tuple[str, str]:
        """Return what is stored."""
        return json.dumps(self.spec), json.dumps(self.hidden)

    def renew_versions(self, changes: int) -> int:
        """Give each changed subscription a version never used before; return the number of changes so far."""
        versions = self.hidden["versions"]
        stood = {s["id"]: s for s in json.loads(self._stood).get("subscriptions") or ()}
        kept = {}
        for subscription in self.subscriptions:
            name = subscription["id"]
            if name not in versions or stood.get(name) != subscription:
                changes += 1
                versions[name] = f"v{changes}"
            kept[name] = versions[name]
        self.hidden["versions"] = kept
        return changes

    def version(self, subscription_id: str) -> str | None:
        """Return the version of a subscription as it truly stands now."""
        found: str | None = self.hidden["versions"].get(subscription_id)
        return found

    def view(self) -> dict[str, Any]:
        """Return a copy of what readers are shown, as it stands, for showing later."""
        past = deepcopy(self.hidden.get("transitions", {}))
        return {"spec": deepcopy(self.spec), "versions": dict(self.hidden["versions"]), "transitions": past}

    def shown(self) -> Spec:
        """Return what a reader is shown now, each subscription with its version."""
        views = self.hidden.get("views") or [{"spec": self.spec, "versions": self.hidden["versions"]}]
        spec: Spec = dict(views[0]["spec"])
        if spec.get("subscriptions") is not None:
            versions = views[0]["versions"]
            spec["subscriptions"] = [{**s, "version": versions.get(s["id"])} for s in spec["subscriptions"]]
        return spec

    def past(self, subscription_id: str) -> list[dict[str, Any]]:
        """Return the switches of a subscription that are over, as a reader is shown them now, oldest first."""
        views = self.hidden.get("views") or [self.hidden]
        lines: list[dict[str, Any]] = views[0].get("transitions", {}).get(subscription_id, [])
        return lines

    def aside(self, what: str) -> dict[str, Any]:
        """Return one of the hidden tables by subscription id ("switches", "offers", "billing-off")."""
        table: dict[str, Any] = self.hidden.setdefault(what, {})
        return table


def truth(subscription: Spec, catalogue: Catalogue) -> Spec:
    """Return a subscription with every fact known: what readers see, else the service's own knowledge."""
    known = {member: value for member, value in subscription.items() if value is not None}
    full = {**TRUTHS, **known}
    full.setdefault("licenses", max(1, full["assigned"]))
    plan = plan_of(full.get("plan"), catalogue)
    full["plan"] = plan.key if plan else full.get("plan")
    if "offers" not in full:
        full["offers"] = list(catalogue.targets_of(full["plan"] or ""))
    return full


def offers_after(to: str, before: Spec, catalogue: Catalogue) -> list[str]:
    """Return what is on offer once a subscription has become another plan.

    By a list that is what the list names. Where there is none, the service goes on to offer what it offered
    before, without the plan it is now: nobody else says what it would be.
    """
    if not catalogue.asks_service:
        return list(catalogue.targets_of(to))
    return [offer for offer in before.get("offers") or () if offer != to]


def held(subscription: Spec | None, catalogue: Catalogue) -> dict[str, Any] | None:
    """Return the plan and the bought licences, as the call log shows them."""
    if subscription is None:
        return None
    full = truth(subscription, catalogue)
    return {"plan": full["plan"], "licenses": full["licenses"]}


def live_state(name: str, at: datetime, spec: Spec) -> dict[str, Any]:
    """Return a LiveState document."""
    return {
        "apiVersion": "reconciler/v1",
        "kind": "LiveState",
        "metadata": {"name": name, "observedAt": stamp(at)},
        "spec": spec,
    }


def plan_of(word: str | None, catalogue: Catalogue) -> Plan | None:
    """Return the plan a word means, None if the catalogue does not know it."""
    if word is None:
        return None
    if word in catalogue.plans:
        return catalogue.plans[word]
    found = catalogue.resolve(word)
    return catalogue.plans[found] if isinstance(found, str) else None


def stamp(moment: datetime) -> str:
    """Return a time as LiveState files write it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant(value: str | datetime) -> datetime:
    """Return a time of a LiveState file as an aware datetime; one without a zone is UTC."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

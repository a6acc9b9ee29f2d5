"""An observation in, the tenant file that declares just what it shows out.

The promise: the plan after it is empty. So only what a tenant file can say, and would say again tomorrow, becomes
a declared subscription; everything else is listed under ``unmanaged`` with the reason, and is never touched.
The website address is left out: it is seldom meant to be managed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from reconciler.catalogue import Catalogue
from reconciler.errors import ReconcilerError
from reconciler.messages import say
from reconciler.model import MOST_LICENSES
from reconciler.observe import LiveSubscription, Observation, Unknown

ONLY_NAME = "main"
MOST_ENTRIES = 200
LONGEST_REASON = 500
LONGEST_SLUG = 55
AT_REST = frozenset({"none", "failed"})
_COMMON_BEGINNING = "office-365-"
_GUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NO_SLUG = re.compile("[^a-z0-9.]+")


def adopt(observation: Observation, catalogue: Catalogue) -> dict[str, Any]:
    """Return the content of the tenant file.

    Raises ReconcilerError where that can not be told: the list of subscriptions or the tenant's own word was not
    read, or there are more subscriptions than one file takes.
    """
    name = observation.name
    if isinstance(observation.subscriptions, Unknown):
        raise ReconcilerError(say("adopt.unread", tenant=name, why=observation.subscriptions.reason))
    spec: dict[str, Any] = {"tenant": _word(observation)}
    there = sorted(observation.subscriptions, key=lambda live: (str(live.plan), live.id))
    reasons = {live.id: _why_not(live, catalogue) for live in there}
    ours = [live for live in there if reasons[live.id] is None]
    spec["subscriptions"] = _declared(ours, Counter(_plans_of(there)))
    others = [(live.id, why) for live in there if (why := reasons[live.id]) is not None]
    if others:
        spec["unmanaged"] = [{"subscriptionId": i, "reason": why[:LONGEST_REASON]} for i, why in others]
    if max(len(ours), len(others)) > MOST_ENTRIES:
        raise ReconcilerError(say("adopt.too-many", tenant=name, count=len(there), most=MOST_ENTRIES))
    return {"apiVersion": "reconciler/v1", "kind": "Tenant", "metadata": {"name": name}, "spec": spec}


def _word(observation: Observation) -> str:
    """The default domain, else the id: what the rule ``wrong-tenant`` will compare with the next look."""
    domain, guid = observation.domain, observation.tenant_id
    if not isinstance(domain, Unknown) and not _GUID.fullmatch(domain):
        return domain
    if not isinstance(guid, Unknown):
        return guid
    raise ReconcilerError(say("adopt.nameless", tenant=observation.name, why=guid.reason))


def _why_not(live: LiveSubscription, catalogue: Catalogue) -> str | None:
    """Say why no tenant file can declare this subscription as it stands; None where one can."""
    if isinstance(live.plan, Unknown):
        return say("adopt.plan-unread", why=live.plan.reason)
    plan = catalogue.plans.get(live.plan)
    if plan is None:
        return say("adopt.plan-unknown", plan=live.plan, catalogue=catalogue.name)
    if isinstance(live.licenses, Unknown):
        return say("adopt.licenses-unread", why=live.licenses.reason)
    if live.licenses < 1:
        return say("adopt.no-licenses")
    most = min(MOST_LICENSES, plan.cap or MOST_LICENSES)
    if live.licenses > most:
        return say("adopt.over-cap", licenses=live.licenses, plan=plan.name, cap=most)
    if isinstance(live.switch, Unknown):
        return say("adopt.switch-unread", why=live.switch.reason)
    if live.switch.state not in AT_REST:
        to = say("adopt.somewhere") if isinstance(live.switch.to, Unknown) else live.switch.to
        return say("adopt.switching", state=live.switch.state, to=to)
    return None


def _plans_of(there: Iterable[LiveSubscription]) -> Iterator[str]:
    """Every plan there is, and every one that is on its way: either may be what an entry without a pin means."""
    for live in there:
        if not isinstance(live.plan, Unknown):
            yield live.plan
        if not isinstance(live.switch, Unknown) and not isinstance(live.switch.to, Unknown):
            yield live.switch.to


def _declared(ours: list[LiveSubscription], times: Counter[str]) -> list[dict[str, Any]]:
    names = [ONLY_NAME] if len(ours) == 1 else _names(ours)
    return [
        {
            "name": name,
            "plan": live.plan,
            "licenses": live.licenses,
            **({"subscriptionId": live.id} if times[str(live.plan)] > 1 else {}),
        }
        for name, live in zip(names, ours, strict=True)
    ]


def _names(ours: list[LiveSubscription]) -> list[str]:
    """Short names from the plans, each once; the same live state gives the same names."""
    found: dict[str, None] = {}
    for live in ours:
        slug = _NO_SLUG.sub("-", str(live.plan).casefold().removeprefix(_COMMON_BEGINNING))
        slug = slug[:LONGEST_SLUG].strip("-.") or "plan"
        candidates = (slug if n == 1 else f"{slug}-{n}" for n in range(1, len(ours) + 2))
        found[next(word for word in candidates if word not in found)] = None
    return list(found)

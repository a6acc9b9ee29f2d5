"""A path and a value in, the tenant with that member set out: what another administrator does in the portal.

Paths: ``fabrikam.users``, ``fabrikam.services.exchange-online``, ``fabrikam.creditReview.state``, and
``fabrikam.<subscription>.<member>``, where a subscription is named by its id, its plan, its number in the
list (from 1), or, where there is only one, by ``main``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.adapters.simulator import switching
from reconciler.adapters.simulator.record import Record, Spec, stamp
from reconciler.adapters.simulator.refusals import UNDER_WAY
from reconciler.adapters.simulator.session import Event, Session
from reconciler.adapters.simulator.values import typed
from reconciler.adapters.simulator.writes import disturb
from reconciler.catalogue import Catalogue
from reconciler.errors import Refused
from reconciler.messages import say
from reconciler.observe import TenantRef

TENANT_MEMBERS: Mapping[str, type] = {
    "tenant": str,
    "tenantId": str,
    "domains": list,
    "users": int,
    "operator.roles": list,
    "website.domain": str,
    "website.customDomains": list,
    "creditReview.state": str,
    "creditReview.since": str,
}
SUBSCRIPTION_MEMBERS: Mapping[str, type] = {
    "plan": str,
    "licenses": int,
    "assigned": int,
    "usersWithoutLicense": int,
    "status": str,
    "trial": bool,
    "payment": str,
    "billing": str,
    "provisioned": bool,
    "preUpgrade": bool,
    "offers": list,
    "commerce": str,
    "addOns": list,
    "scheduled": list,
    "termEnds": str,
    "autoRenews": bool,
    "switch.state": str,
    "switch.to": str,
    "switch.orderedAt": str,
    "switch.statusPageSince": str,
}
LICENCE_WRITES = frozenset({"licenses", "assigned"})
TENANT_HEADS = frozenset({"services", *(member.partition(".")[0] for member in TENANT_MEMBERS)})


def addressed(session: Session, path: str) -> tuple[Record, str]:
    """Split a path at the longest start that names a tenant, whose domain may have dots in it."""
    parts = path.split(".")
    for end in range(len(parts) - 1, 0, -1):
        word = ".".join(parts[:end])
        record = session.find(TenantRef(word, word))
        if record is not None:
            return record, ".".join(parts[end:])
    raise _no_such(path, parts[0], tuple(session.names()) or ("no tenant",))


def place(record: Record, path: str, member: str) -> tuple[Spec | None, str]:
    """Return (subscription, member) that the rest of a path names; None for a member of the tenant itself."""
    head, _, rest = member.partition(".")
    if head in TENANT_HEADS:
        if member not in TENANT_MEMBERS and not (head == "services" and rest):
            raise _no_such(path, member, (*TENANT_MEMBERS, "services.<service>"))
        return None, member
    subscription = _subscription(record, path, head)
    if rest not in SUBSCRIPTION_MEMBERS:
        raise _no_such(path, rest, tuple(SUBSCRIPTION_MEMBERS))
    return subscription, rest


def put(record: Record, subscription: Spec | None, member: str, value: object) -> tuple[Any, Any]:
    """Set one member and return (before, after); ``null`` makes it a fact nobody can read."""
    head, _, rest = member.partition(".")
    members = TENANT_MEMBERS if subscription is None else SUBSCRIPTION_MEMBERS
    new = typed(value, members.get(member, str), member)
    if type(new) is int and new < 0:
        raise Refused("bad-value", say("simulator.bad-value", what=member, value=value, like="at least 0"))
    target = record.spec if subscription is None else subscription
    if not rest:
        before, target[head] = target.get(head), new
        return before, new
    inner = dict(target.get(head) or {})
    before, inner[rest] = inner.get(rest), new
    target[head] = _whole(head, inner)
    return before, new


def settle(
    session: Session, record: Record, subscription: Spec | None, member: str, catalogue: Catalogue
) -> None:
    """Let a change take its effects: switches disturbed, settled or gone on, reviews begun or granted."""
    if member in LICENCE_WRITES:
        disturb(session, record)
    if member.startswith("switch.") and subscription is not None:
        session.unschedule(record.name, subscription["id"])
        if (subscription.get("switch") or {}).get("state") not in UNDER_WAY:
            switching.mend(record, subscription["id"])
        again = switching.resume(record, session.now)
        session.schedule(event for event in again if event.subscription == subscription["id"])
    if member.startswith("creditReview"):
        _settle_review(session, record, catalogue)
    session.save([record])


def page(document: Mapping[str, Any], hidden: Mapping[str, Any], events: Iterable[Event]) -> str:
    """Return a tenant as text: one line for it, one for each subscription and for each thing due."""
    spec, meta = document["spec"], document["metadata"]
    review = (spec.get("creditReview") or {}).get("state")
    lines = [
        say(
            "simulator.page.tenant", **meta, tenant=spec.get("tenant"), users=spec.get("users"), review=review
        )
    ]
    for number, subscription in enumerate(spec.get("subscriptions") or (), 1):
        facts = {name: subscription.get(name) for name in ("id", "plan", "licenses", "assigned", "status")}
        switch = (subscription.get("switch") or {}).get("state")
        billing = "off" if subscription["id"] in hidden.get("billing-off", ()) else "on"
        lines.append(
            say("simulator.page.subscription", number=number, switch=switch, billing_on=billing, **facts)
        )
    for event in events:
        what = {"kind": event.kind, "subscription": event.subscription or "the tenant"}
        lines.append(say("simulator.page.due", due=stamp(event.due), **what))
    return "\n".join(lines)


def _settle_review(session: Session, record: Record, catalogue: Catalogue) -> None:
    due = [event for event in session.events(record.name) if event.kind != switching.GRANT]
    session.unschedule(record.name)
    session.schedule(due)
    state = (record.spec.get("creditReview") or {}).get("state")
    if state == "none":
        session.schedule(switching.grant(record, session.now, catalogue))
    if state == "pending":
        again = switching.resume(record, session.now)
        session.schedule(event for event in again if event.kind == switching.GRANT)


def _whole(head: str, inner: Spec) -> Spec | None:
    """A switch or a review without its state is not known at all."""
    if head in ("switch", "creditReview") and inner.get("state") is None:
        return None
    return inner


def _subscription(record: Record, path: str, word: str) -> Spec:
    there = record.subscriptions
    if word == "main" and len(there) == 1:
        return there[0]
    if word.isdecimal() and 1 <= int(word) <= len(there):
        return there[int(word) - 1]
    found = [s for s in there if word in (s["id"], s.get("plan"))]
    if len(found) == 1:
        return found[0]
    names = tuple(f"{number} ({s.get('plan')}, {s['id']})" for number, s in enumerate(there, 1))
    raise _no_such(path, word, (*sorted(TENANT_HEADS), *names))


def _no_such(path: str, word: str, there: tuple[str, ...]) -> Refused:
    return Refused("bad-path", say("simulator.bad-path", path=path, word=word, there=", ".join(there)))

"""A tenant and the moment in, the tenant one stage further out, with what is due next: the life of an order.

ordered (old billing off) -> [credit review] -> running (status page) -> licences reassigned -> done
                                                disturbed, or fails: failed; hangs: running for good

A completed switch leaves a new subscription with a new id; the old one is gone. The new id is made from the
tenant, the old id and the order's request id, so that the same calls give the same id. A subscription of new
commerce is switched in place and keeps its id; one of legacy commerce is switched at once, with a new id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from reconciler.adapters.simulator.history import forget_failed, note_done, note_failed
from reconciler.adapters.simulator.record import Record, Spec, instant, offers_after, plan_of, stamp, truth
from reconciler.adapters.simulator.refusals import HEALTHY, LEGACY, NEW_COMMERCE, UNDER_WAY
from reconciler.adapters.simulator.session import Event
from reconciler.catalogue import Catalogue

RUNS_FOR = timedelta(minutes=8)
REASSIGNS_FOR = timedelta(minutes=1)
SLOWEST_START = timedelta(minutes=1)
STUCK_AFTER = timedelta(hours=1)
REVIEW_TAKES = timedelta(days=5)
REVIEW_AT_MOST = timedelta(days=14)

START, REASSIGN, COMPLETE, GRANT, VISIBLE = "start", "reassign", "complete", "grant", "visible"


@dataclass(frozen=True, slots=True)
class Terms:
    """What an order asked for. ``review`` is how long a credit review takes, None where there is none.

    ``manner``: whether the users' licences were asked to move along, in the caller's word for it.
    """

    to: str
    total: int
    request_id: str
    payment: str | None = None
    billing: str | None = None
    review: timedelta | None = None
    manner: str | None = None


def order(record: Record, subscription: Spec, terms: Terms, now: datetime) -> list[Event]:
    """Take an order: old billing goes off, and the switch starts, or waits for its credit review.

    What was arranged for the next term or charge is gone with it, as in the service (PC 1).
    """
    name = subscription["id"]
    subscription["switch"] = {"state": "ordered", "to": terms.to, "orderedAt": stamp(now)}
    record.aside("switches")[name] = {
        "total": terms.total,
        "request": terms.request_id,
        "payment": terms.payment,
        "billing": terms.billing,
        "manner": terms.manner,
    }
    unschedule(subscription)
    record.aside("billing-off")[name] = stamp(now)
    if terms.review is None:
        return start(record, name, now)
    record.spec["creditReview"] = {"state": "pending", "since": stamp(now)}
    put_offers_aside(record)
    return [Event(now + terms.review, record.name, None, GRANT)]


def put_offers_aside(record: Record) -> None:
    """Show "No options" wherever offers are shown at all, for as long as the review runs."""
    for subscription in record.subscriptions:
        if subscription.get("offers") is not None:
            record.aside("offers")[subscription["id"]] = subscription["offers"]
            subscription["offers"] = []


def start(record: Record, name: str, now: datetime) -> list[Event]:
    """Show the status page of an ordered switch and let it run; one of legacy commerce is done at once (PC 6)."""
    subscription = record.subscription(name)
    if subscription is None or (subscription.get("switch") or {}).get("state") != "ordered":
        return []
    switch = {**subscription["switch"], "state": "running", "statusPageSince": stamp(now)}
    subscription["switch"] = switch
    if subscription.get("commerce") == LEGACY:
        return [Event(now, record.name, name, COMPLETE)]
    return _stages(record, name, now + RUNS_FOR) if switch.get("to") else []


def unschedule(subscription: Spec) -> None:
    """Forget what was arranged for the next term or charge; where nobody knows of any, nobody does afterwards."""
    if subscription.get("scheduled"):
        subscription["scheduled"] = []


def reassign(record: Record, name: str, now: datetime) -> None:
    """Begin the last minute, in which the users' licences move to the new subscription."""
    begun = {"phase": "reassigning licences", "movedAt": stamp(now)}
    record.aside("switches").setdefault(name, {}).update(begun)


def complete(record: Record, name: str, catalogue: Catalogue, now: datetime) -> None:
    """Put the new subscription in the old one's place, with its users and with billing on."""
    old = record.subscription(name)
    if old is None or (old.get("switch") or {}).get("state") != "running":
        return
    terms = record.aside("switches").pop(name, {})
    record.aside("billing-off").pop(name, None)
    new = _successor(record, old, terms, catalogue)
    note_done(record, old, new, terms, now)
    record.spec["subscriptions"] = [new if s is old else s for s in record.subscriptions]
    plan = plan_of(new["plan"], catalogue)
    states = record.spec.get("services")
    if states is not None and plan is not None:
        record.spec["services"] = {**dict.fromkeys(plan.services, HEALTHY), **states}


def fail(record: Record, name: str, now: datetime) -> None:
    """End a switch as failed: the old subscription stays, with its billing off until somebody mends it."""
    subscription = record.subscription(name)
    if subscription is None or (subscription.get("switch") or {}).get("state") not in UNDER_WAY:
        return
    note_failed(record, subscription, record.aside("switches").pop(name, {}), now)
    kept = {k: v for k, v in subscription["switch"].items() if k != "statusPageSince"}
    subscription["switch"] = {**kept, "state": "failed"}


def mend(record: Record, name: str) -> None:
    """Forget an order that support has settled by hand: billing is on again."""
    record.aside("switches").pop(name, None)
    forget_failed(record, name)
    record.aside("billing-off").pop(name, None)


def disturb(record: Record, now: datetime) -> list[str]:
    """Licences were written while switches ran: each of them fails. Return their subscriptions' ids."""
    running = [s["id"] for s in record.subscriptions if (s.get("switch") or {}).get("state") in UNDER_WAY]
    for name in running:
        fail(record, name, now)
    return running


def grant(record: Record, now: datetime, catalogue: Catalogue) -> list[Event]:
    """Grant the credit: offers are back, and what was ordered starts by itself."""
    review = record.spec.get("creditReview") or {}
    if review.get("state") == "pending":
        record.spec["creditReview"] = {"state": "none"}
    _bring_offers_back(record, catalogue)
    return [event for s in record.subscriptions for event in start(record, s["id"], now)]


def _bring_offers_back(record: Record, catalogue: Catalogue) -> None:
    """Show again what was put aside; a review found under way at loading hid what the catalogue lists."""
    aside = record.hidden.pop("offers", None)
    for subscription in record.subscriptions:
        if subscription.get("offers") != []:
            continue
        plan = truth(subscription, catalogue)["plan"]
        listed = list(catalogue.targets_of(plan or ""))
        subscription["offers"] = listed if aside is None else aside.get(subscription["id"], [])


def resume(record: Record, now: datetime) -> list[Event]:
    """Return what is due for a tenant as it was loaded: switches and reviews go on from where they stand."""
    events = _resume_review(record, now)
    reviewed = (record.spec.get("creditReview") or {}).get("state") == "pending"
    for subscription in record.subscriptions:
        switch = subscription.get("switch") or {}
        if switch.get("state") == "ordered" and not reviewed:
            events.append(Event(now + SLOWEST_START, record.name, subscription["id"], START))
        if switch.get("state") == "running" and switch.get("to"):
            events.extend(_resume_running(record, subscription["id"], switch, now))
    return events


def _resume_running(record: Record, name: str, switch: dict[str, Any], now: datetime) -> list[Event]:
    since = instant(switch["statusPageSince"]) if switch.get("statusPageSince") else now
    if now - since > STUCK_AFTER:
        return []
    return _stages(record, name, max(since + RUNS_FOR, now + REASSIGNS_FOR))


def _resume_review(record: Record, now: datetime) -> list[Event]:
    review = record.spec.get("creditReview") or {}
    if review.get("state") != "pending":
        return []
    since = instant(review["since"]) if review.get("since") else now
    due = next((since + took for took in (REVIEW_TAKES, REVIEW_AT_MOST) if since + took > now), None)
    return [] if due is None else [Event(due, record.name, None, GRANT)]


def _stages(record: Record, name: str, done: datetime) -> list[Event]:
    record.aside("switches").setdefault(name, {})["phase"] = "moving users"
    return [
        Event(done - REASSIGNS_FOR, record.name, name, REASSIGN),
        Event(done, record.name, name, COMPLETE),
    ]


def _successor(record: Record, old: Spec, terms: dict[str, Any], catalogue: Catalogue) -> Spec:
    """Return the new subscription. What readers were not shown of the old one, they are not shown of it."""
    to = old["switch"]["to"]
    plan = plan_of(to, catalogue)
    held = truth(old, catalogue)
    full = {
        **held,
        "status": "active",
        "trial": False,
        "payment": terms.get("payment") or held["payment"],
        "billing": terms.get("billing") or held["billing"],
        "provisioned": True,
        "preUpgrade": False,
        "usersWithoutLicense": 0,
        "offers": offers_after(plan.key if plan else to, held, catalogue),
    }
    shown = {member: value for member, value in full.items() if old.get(member) is not None}
    kept = old.get("commerce") == NEW_COMMERCE
    seed = f"{record.name}/{old['id']}/{terms.get('request') or old['switch'].get('orderedAt') or ''}"
    certain = {
        "id": old["id"] if kept else str(uuid5(NAMESPACE_URL, f"switch:{seed}")),
        "plan": to,
        "licenses": terms.get("total") or held["licenses"],
        "switch": {"state": "none"},
    }
    return {**shown, **certain}

"""PATCH of a subscription: the whole of it in, changed or refused, and what was left out of it is gone (PC 5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from reconciler.adapters.simulator.http.answers import Answer, Denied, partner_error
from reconciler.adapters.simulator.http.subscriptions import (
    has_etag,
    is_legacy,
    subscription_body,
    version_in,
)
from reconciler.adapters.simulator.http.world import Visit
from reconciler.adapters.simulator.http.writing import (
    as_it_stands,
    or_refused,
    reference,
    request_id,
    send,
    true_subscription,
    wanted,
    whole_number,
)
from reconciler.adapters.simulator.moods import LICENSES
from reconciler.adapters.simulator.record import Spec, held
from reconciler.adapters.simulator.refusals import LEGACY, NEW_COMMERCE
from reconciler.adapters.simulator.session import Call
from reconciler.adapters.simulator.writes import ANY_VERSION, Write

UPDATE = "update"


def patch_subscription(visit: Visit) -> Answer:
    """PATCH /customers/{cid}/subscriptions/{sid}: the quantity, or what else may be set along with it."""
    subscription, body = true_subscription(visit), wanted(visit)
    _check(visit, subscription, body)
    total, version = whole_number(body, "quantity"), _version(visit, subscription)
    if total == subscription.get("licenses"):
        _update(visit, subscription, body, version)
        return _answer(visit, subscription["id"])
    late = visit.mischief.take("accepted")
    write = Write(
        LICENSES,
        reference(visit),
        subscription["id"],
        version,
        total,
        request_id(visit),
        visit.caller.name,
        commerce=LEGACY if is_legacy(subscription) else NEW_COMMERCE,
        members=_renewing(subscription, body),
        shown_after=timedelta(minutes=late.options["minutes"]) if late else None,
    )
    or_refused(send(visit, write), subscription)
    _name(visit, subscription, body)
    if late:
        place = f"/customers/{visit.customer}/subscriptions/{subscription['id']}"
        return Answer(202, None, {"Location": place})
    return _answer(visit, subscription["id"])


def _check(visit: Visit, subscription: Spec, body: Mapping[str, Any]) -> None:
    """Refuse what a PATCH can not change, or what is not this subscription."""
    legacy = is_legacy(subscription)
    if str(body.get("id") or subscription["id"]).casefold() != subscription["id"].casefold():
        raise Denied(partner_error(400, 800002, "The id in the body is another subscription's."))
    if _differs(body, "status", subscription.get("status")):
        code = 2011 if subscription.get("status") == "deleted" else 800096
        raise Denied(partner_error(400, code, "The status of this subscription cannot be changed here."))
    if _differs(body, "billingcycle", subscription.get("billing")):
        code = 2054 if legacy else 800097
        raise Denied(partner_error(400, code, "The billing cycle cannot be changed by an update."))
    renews = body.get("autorenewenabled") or subscription.get("trial")
    if body.get("schedulednextterminstructions") and not renews:
        raise Denied(partner_error(400, 800093, "Scheduled changes need a subscription that renews."))


def _differs(body: Mapping[str, Any], name: str, stands: str | None) -> bool:
    given = body.get(name)
    return given is not None and stands is not None and str(given).casefold() != stands.casefold()


def _version(visit: Visit, subscription: Spec) -> str:
    """Return the version a write is based on; without an etag, or without asking for it, any will do."""
    tag = visit.asked.headers.get("if-match")
    if tag is None or tag.strip() == "*" or not has_etag(visit, subscription):
        return ANY_VERSION
    return version_in(tag) or "none of ours"


def _renewing(subscription: Spec, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether it renews from now on; left out of the body means no longer (PC 1)."""
    if subscription.get("autoRenews") is None:
        return {}
    return {"autoRenews": bool(body.get("autorenewenabled"))}


def _scheduled(subscription: Spec, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is arranged from now on; what the body leaves out is no longer (PC 1)."""
    renewal = body.get("schedulednextterminstructions") and not subscription.get("trial")
    words = [*(["renewal"] if renewal else []), *(["billing"] if body.get("nextchargeinstructions") else [])]
    if subscription.get("scheduled") is None and not words:
        return {}
    return {"scheduled": words}


def _update(visit: Visit, subscription: Spec, body: Mapping[str, Any], version: str) -> None:
    """Set what may be set without a change of the quantity."""
    record = visit.tenant
    if version not in (ANY_VERSION, record.version(subscription["id"])):
        raise Denied(partner_error(400, 2055, "The etag of this subscription is no longer valid."))
    before = held(subscription, visit.world.service.catalogue)
    members = {**_renewing(subscription, body), **_scheduled(subscription, body)}
    changed = {name: value for name, value in members.items() if subscription.get(name) != value}
    subscription.update(changed)
    visit.session.save([record])
    _name(visit, subscription, body)
    note = " ".join(f".{name}: {value}" for name, value in changed.items())
    if note:
        who = {"request_id": request_id(visit), "caller": visit.caller.name, "note": note}
        visit.session.log(Call(UPDATE, record.name, subscription["id"], before, before, taken=True, **who))


def _name(visit: Visit, subscription: Spec, body: Mapping[str, Any]) -> None:
    """Keep the partner's own name for a subscription; left out, it is the plan's again."""
    record = as_it_stands(visit)
    plan = visit.world.plan(subscription["plan"]).name if subscription.get("plan") else None
    given = body.get("friendlyname")
    name = None if given == plan else given
    names = record.aside("names")
    if names.get(subscription["id"]) == name:
        return
    names[subscription["id"]] = name
    visit.session.save([record])


def _answer(visit: Visit, name: str) -> Answer:
    record = as_it_stands(visit)
    stands = record.subscription(name) or {}
    visit.tenant.hidden.update(record.hidden)
    return Answer(200, subscription_body(visit, {**stands, "version": record.version(name)}))

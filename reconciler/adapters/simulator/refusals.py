"""One write and its tenant in, the first thing the service says no to out: its code and the numbers in it.

A refusal is a row: a stable code and a pure function that returns the facts of its sentence, or None where
there is nothing to refuse. The service judges by the truth, also where a reader is not shown it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.adapters.simulator.record import Record, Spec, plan_of, truth
from reconciler.catalogue import Catalogue

MOST_USERS_BEFORE_UPGRADE = 25
HEALTHY = "healthy"
UNDER_WAY = frozenset({"ordered", "running"})
NEW_COMMERCE, LEGACY = "new-commerce", "legacy"
PAYMENTS = ("card", "invoice")
BILLINGS = ("monthly", "annual")
BEFORE_UPGRADE = "office-365-small-business"
GLOBAL_ADMINISTRATOR = "global-administrator"
SMALL_BUSINESS_ROLES = frozenset({"administrator", "billing-administrator", GLOBAL_ADMINISTRATOR})

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Asked:
    """A write in front of the service. ``subscription`` is the truth about it; ``to`` is a catalogue key.

    ``commerce``: the world it is sold in, None where nobody said and the article of 2014 holds.
    """

    record: Record
    catalogue: Catalogue
    subscription: Spec
    total: int
    to: str | None = None
    payment: str | None = None
    billing: str | None = None
    adds_in_order: bool = True
    commerce: str | None = None

    @property
    def family(self) -> str | None:
        """The family of the plan held now."""
        plan = plan_of(self.subscription["plan"], self.catalogue)
        return plan.family if plan else None


Row = tuple[str, Callable[[Asked], Facts | None]]


def refusal(rows: tuple[Row, ...], asked: Asked) -> tuple[str, Facts] | None:
    """Return (code, facts) of the first row that refuses, None if the service takes the write."""
    common = {
        "tenant": asked.record.name,
        "subscription": asked.subscription["id"],
        "plan": asked.subscription["plan"],
        "licenses": asked.subscription["licenses"],
        "assigned": asked.subscription["assigned"],
        "total": asked.total,
        "to": asked.to,
    }
    for code, row in rows:
        facts = row(asked)
        if facts is not None:
            return code, {**common, **facts}
    return None


def _if(condition: bool, **facts: object) -> Facts | None:
    return facts if condition else None


def _role(asked: Asked) -> Facts | None:
    roles = (asked.record.spec.get("operator") or {}).get("roles")
    if roles is None:
        return None
    of_2014 = SMALL_BUSINESS_ROLES if asked.family == "small-business" else {GLOBAL_ADMINISTRATOR}
    enough = set(asked.catalogue.roles.get(asked.family or "", of_2014))
    return _if(not enough & set(roles), roles=", ".join(roles) or "none")


def _review(asked: Asked) -> Facts | None:
    review = asked.record.spec.get("creditReview") or {"state": "none"}
    return _if(review["state"] != "none", since=review.get("since") or "a time not known")


def _under_way(asked: Asked) -> Facts | None:
    for subscription in asked.record.subscriptions:
        state = truth(subscription, asked.catalogue)["switch"]["state"]
        if state in UNDER_WAY:
            return {"other": subscription["id"], "state": state}
    return None


def _trial(asked: Asked) -> Facts | None:
    return _if(asked.subscription["trial"])


def _prepaid(asked: Asked) -> Facts | None:
    return _if(asked.subscription["payment"] == "prepaid")


def _not_active(asked: Asked) -> Facts | None:
    return _if(asked.subscription["status"] != "active", status=asked.subscription["status"])


def _not_provisioned(asked: Asked) -> Facts | None:
    return _if(not asked.subscription["provisioned"])


def _too_many(asked: Asked) -> Facts | None:
    most = asked.catalogue.most_users
    return _if(most is not None and asked.subscription["assigned"] > most, most=most)


def _legacy(asked: Asked) -> Facts | None:
    held, most = asked.subscription, MOST_USERS_BEFORE_UPGRADE
    return _if(held["plan"] == BEFORE_UPGRADE and held["preUpgrade"] and held["assigned"] > most, most=most)


def _conflict(asked: Asked) -> Facts | None:
    held = asked.subscription
    without = max(held["usersWithoutLicense"], held["assigned"] - held["licenses"])
    return _if(without > 0, without=without)


def _unhealthy(asked: Asked) -> Facts | None:
    plan = plan_of(asked.subscription["plan"], asked.catalogue)
    states = asked.record.spec.get("services") or {}
    for service in plan.services if plan else ():
        state = states.get(service) or HEALTHY
        if state != HEALTHY:
            return {"service": service, "state": state}
    return None


def _not_offered(asked: Asked) -> Facts | None:
    offers = asked.subscription["offers"]
    known = {plan.key if (plan := plan_of(word, asked.catalogue)) else word for word in offers}
    return _if(asked.to not in known, offers=", ".join(sorted(known)) or "No options")


def _fewer(asked: Asked) -> Facts | None:
    return _if(asked.total < asked.subscription["licenses"])


def _add_in_order(asked: Asked) -> Facts | None:
    return _if(not asked.adds_in_order and asked.total != asked.subscription["licenses"])


def _over_cap(asked: Asked) -> Facts | None:
    plan = plan_of(asked.to or asked.subscription["plan"], asked.catalogue)
    if plan is None or plan.cap is None:
        return None
    rises = asked.to is not None or asked.total > asked.subscription["licenses"]
    return _if(rises and asked.total > plan.cap, cap=plan.cap, capped=plan.key)


def _below_assigned(asked: Asked) -> Facts | None:
    held = asked.subscription
    return _if(asked.total < held["licenses"] and asked.total < held["assigned"])


def _never_fewer(asked: Asked) -> Facts | None:
    """Seats of new commerce are owed to the end of the term; we give no days to think it over (PC 1)."""
    return _if(asked.commerce == NEW_COMMERCE and asked.total < asked.subscription["licenses"])


def _add_ons(asked: Asked) -> Facts | None:
    add_ons = asked.subscription.get("addOns") or ()
    return _if(asked.commerce == LEGACY and bool(add_ons), add_ons=", ".join(add_ons))


def _payment(asked: Asked) -> Facts | None:
    return _if(asked.payment not in (None, *PAYMENTS), word=asked.payment, words=", ".join(PAYMENTS))


def _billing(asked: Asked) -> Facts | None:
    return _if(asked.billing not in (None, *BILLINGS), word=asked.billing, words=", ".join(BILLINGS))


def _not_a_count(asked: Asked) -> Facts | None:
    return _if(asked.total < 1)


BOTH: tuple[Row, ...] = (
    ("not-a-count", _not_a_count),
    ("role-missing", _role),
    ("credit-review", _review),
    ("trial", _trial),
    ("prepaid", _prepaid),
    ("not-active", _not_active),
)

ORDER: tuple[Row, ...] = (
    *BOTH,
    ("switch-running", _under_way),
    ("not-provisioned", _not_provisioned),
    ("too-many-users", _too_many),
    ("legacy-over-25", _legacy),
    ("license-conflict", _conflict),
    ("service-unhealthy", _unhealthy),
    ("not-offered", _not_offered),
    ("add-ons-present", _add_ons),
    ("fewer-licenses", _fewer),
    ("add-in-order", _add_in_order),
    ("over-plan-cap", _over_cap),
    ("unknown-payment", _payment),
    ("unknown-billing", _billing),
)

LICENSES: tuple[Row, ...] = (
    *BOTH,
    ("decrease", _never_fewer),
    ("below-assigned", _below_assigned),
    ("over-plan-cap", _over_cap),
)

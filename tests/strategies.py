"""Tenants at random, for the laws: live states, and declarations that have something to do with them.

Most draws are near to being applied, since a law about what is written says little where nothing is. ``Case`` is
a live state with a declaration; ``calm`` ones change only by what the tool itself does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from hypothesis import strategies as st
from scenes import E1, E3, EXCHANGE, K2, MID, SB, SBP, catalogue
from worlds import Spec, declare, live, seen, sub, want

from reconciler.model import (
    Acknowledgement,
    Backup,
    Declaration,
    DeclaredSubscription,
    Mode,
    Subscription,
    Suspension,
    Tenant,
    Unmanaged,
)
from reconciler.observe import Observation

NAME = "fabrikam"
PLANS = (SB, SBP, MID, E1, E3, EXCHANGE, K2)
BACKUP = Backup(date(2026, 11, 20), "vault job 118")

plans = st.sampled_from(PLANS)
licenses = st.integers(1, 40)


def mostly(good: object, *others: object) -> st.SearchStrategy[Any]:
    """The good value five times in six."""
    return st.sampled_from([good] * 5 * len(others) + list(others))


@dataclass(frozen=True)
class Case:
    """A live state and a declaration for it."""

    document: Spec
    declaration: Declaration
    adds_in_order: bool

    @property
    def observation(self) -> Observation:
        return seen(self.document, adds_in_order=self.adds_in_order)


tenants = st.dictionaries(
    st.sampled_from(["main", "mail", "extra", "archive"]),
    st.builds(Subscription, plans, st.one_of(st.none(), licenses)),
    max_size=4,
).map(lambda subscriptions: Tenant(NAME, subscriptions))


@st.composite
def subscriptions(draw: st.DrawFn, number: int, *, calm: bool = True) -> Spec:
    """One live subscription; a calm one has no switch under way and pays by card."""
    plan, bought = draw(plans), draw(licenses)
    targets = list(catalogue().targets_of(plan))
    members: Spec = {
        "assigned": draw(mostly(max(0, bought - 2), 0, bought, bought + 1, 301)),
        "usersWithoutLicense": draw(mostly(0, 0, 2)),
        "status": draw(mostly("active", "suspended")),
        "trial": draw(mostly(False, True)),
        "provisioned": draw(mostly(True, False)),
        "preUpgrade": draw(mostly(False, True)),
        "payment": draw(
            mostly("card", "prepaid") if calm else st.sampled_from(["card", "invoice", "prepaid"])
        ),
        "offers": draw(mostly(targets, [], targets[:1])),
    }
    if not calm:
        state = draw(mostly("none", "ordered", "running", "failed"))
        members["switch"] = {"state": state} if state == "none" else {"state": state, "to": E3}
    return sub(id=f"sub-{number}", plan=plan, licenses=bought, **members)


@st.composite
def documents(draw: st.DrawFn, *, calm: bool = True) -> Spec:
    """One to three subscriptions in a tenant."""
    bought = [draw(subscriptions(n, calm=calm)) for n in range(1, draw(st.integers(1, 3)) + 1)]
    spec: Spec = {
        "operator": {"roles": draw(mostly(["global-administrator"], ["billing-administrator"], []))},
        "users": draw(mostly(18, 301)),
    }
    if not calm:
        spec["creditReview"] = {"state": draw(mostly("none", "pending"))}
    return live(NAME, *bought, **spec)


@st.composite
def declarations(draw: st.DrawFn, document: Spec) -> Declaration:
    """Wishes for some of what is live: another number, another plan, both, or something that is not there."""
    wishes: list[DeclaredSubscription] = []
    for there in document["spec"]["subscriptions"]:
        if not draw(mostly(True, False)):
            continue
        plan = draw(st.sampled_from([there["plan"], *catalogue().targets_of(there["plan"]), *PLANS[:1]]))
        bought = there["licenses"]
        number = draw(st.one_of(st.none(), st.integers(max(1, bought - 3), bought + 6)))
        pin = draw(st.sampled_from([there["id"], there["id"], None]))
        wishes.append(want(f"w{len(wishes)}", plan, number, pin))
    if draw(mostly(False, True)):
        wishes.append(want("more", draw(plans), draw(licenses), draw(st.sampled_from([None, "sub-9"]))))
    declared = declare(
        NAME,
        acknowledge=draw(
            st.sampled_from(
                [
                    Acknowledgement(True, BACKUP),
                    Acknowledgement(E3, BACKUP),
                    Acknowledgement(True),
                    Acknowledgement(),
                ]
            )
        ),
        mode=draw(mostly(Mode.APPLY, Mode.REPORT)),
        suspend=draw(mostly(None, Suspension("merger", "kari", date(2027, 1, 1)))),
        unmanaged=draw(mostly((), (Unmanaged(EXCHANGE, None, "bought by a reseller"),))),
    )
    # declare() fills in a wish of its own where none is given, and here a file may well declare nothing.
    return replace(declared, subscriptions=tuple(wishes))


@st.composite
def cases(draw: st.DrawFn, *, calm: bool = True) -> Case:
    """A live state with a declaration for it."""
    document = draw(documents(calm=calm))
    return Case(document, draw(declarations(document)), draw(st.booleans()))


FACTS_OF_A_TENANT = (
    "tenant",
    "tenantId",
    "domains",
    "operator",
    "users",
    "website",
    "creditReview",
    "services",
    "subscriptions",
)
FACTS_OF_A_SUBSCRIPTION = (
    "plan",
    "licenses",
    "assigned",
    "usersWithoutLicense",
    "status",
    "trial",
    "payment",
    "provisioned",
    "preUpgrade",
    "offers",
    "switch",
)


@st.composite
def poorer(draw: st.DrawFn, document: Spec) -> Spec:
    """The same live state with some of its facts left out."""
    spec = dict(document["spec"])
    for fact in draw(st.sets(st.sampled_from(FACTS_OF_A_TENANT), max_size=2)):
        spec[fact] = None
    there = []
    for each in spec["subscriptions"] or ():
        gone = draw(st.sets(st.sampled_from(FACTS_OF_A_SUBSCRIPTION), max_size=2))
        there.append({member: None if member in gone else value for member, value in each.items()})
    if spec["subscriptions"] is not None:
        spec["subscriptions"] = there
    return {**document, "spec": spec}


@st.composite
def shuffled(draw: st.DrawFn, value: Any) -> Any:
    """The same value with the keys of every mapping, and every list whose order means nothing, in another order."""
    if isinstance(value, dict):
        keys = draw(st.permutations(list(value)))
        return {key: draw(shuffled(value[key])) for key in keys}
    if isinstance(value, list):
        return [draw(shuffled(item)) for item in draw(st.permutations(value))]
    return value

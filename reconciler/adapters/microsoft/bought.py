"""What Partner Center sold and its twins in the directory in, the subscriptions as both show them out.

The two services share few names (PC 1.11): a subscription of Partner Center meets its twin in the directory by its
id, and both meet the licences by the GUID of a SKU. Where they contradict each other the fact is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from reconciler.adapters.microsoft.commerce import Kind, WireSubscription
from reconciler.adapters.microsoft.directory import DirectorySubscription, set_up, without_license
from reconciler.adapters.microsoft.gathered import Depth, Gathered, InDirectory
from reconciler.adapters.microsoft.naming import Ids, Naming
from reconciler.adapters.microsoft.progress import DONE, newest, progress
from reconciler.adapters.microsoft.switching import TransitionType
from reconciler.messages import say
from reconciler.observe import NOT_TOLD, Fact, LiveSubscription, NotAsked, SwitchState, Traits, Unknown

# The service upgrade began then; what was created before may never have gone through it (R-SB-LEGACY-25).
SERVICE_UPGRADE: Final = datetime(2013, 2, 27, tzinfo=UTC)
NEVER_ENDS: Final = datetime(9999, 12, 31, tzinfo=UTC)
PAYMENTS: Final = {"subscription": "invoice", "product-key": "prepaid", "redemption-code": "prepaid"}
PLANS: Final = frozenset({Kind.NEW_COMMERCE, Kind.LEGACY, Kind.UNKNOWN})
GONE: Final = "deleted"
UPGRADE_KINDS: Final = {
    TransitionType.ONLY: "upgrade-only",
    TransitionType.WITH_LICENSES: "upgrade-with-license-transfer",
}


@dataclass(frozen=True, slots=True)
class Glass:
    """What a look is made with: the names of plans, how a switch would be made, how services are called.

    ``enough``: the roles of which each alone is enough to order any plan there is.
    """

    naming: Naming
    way: TransitionType
    health: Mapping[str, str]
    traits: Traits
    enough: frozenset[str] = frozenset()


def plans_of(sold: Iterable[WireSubscription]) -> tuple[WireSubscription, ...]:
    """Return what may be a plan and still is (PC 4.3, 4.4): no add-on, usage, software, nothing that is deleted."""
    return tuple(one for one in sold if one.kind in PLANS and one.status != GONE)


def subscriptions(found: Gathered, glass: Glass) -> Fact[tuple[LiveSubscription, ...]]:
    """Return what may be a plan and still is; a list that shows one twice contradicts itself, and is not known."""
    if isinstance(found.sold, Unknown):
        return found.sold
    plans = plans_of(found.sold)
    seen: set[str] = set()
    for one in plans:
        if isinstance(one.id, Unknown):
            return Unknown(one.id.reason)
        if one.id in seen:
            return Unknown(say("live.twice", subscription=one.id))
        seen.add(one.id)
    skus = {_id(one): _sku_id(one, found) for one in plans}
    return tuple(_live(one, found, glass, skus) for one in plans)


def _id(one: WireSubscription) -> str:
    if isinstance(one.id, Unknown):
        raise TypeError("a subscription without an id was let through")
    return one.id


def _live(
    one: WireSubscription, found: Gathered, glass: Glass, skus: Mapping[str, Fact[str]]
) -> LiveSubscription:
    depth, twin = found.depth(_id(one)), _twin(one, found.directory)
    sku_id = skus[_id(one)]
    # Asked first, since what it says of other plans teaches which product they are.
    offers = _offers(one, depth, glass)
    return LiveSubscription(
        id=_id(one),
        plan=_plan(one, sku_id, twin, glass),
        licenses=one.quantity,
        assigned=_assigned(one, found, skus),
        users_without_license=_without(sku_id, found),
        status=one.status,
        trial=one.trial,
        payment=one.contract
        if isinstance(one.contract, Unknown)
        else PAYMENTS.get(one.contract, one.contract),
        billing=one.billing,
        provisioned=_provisioned(depth, twin),
        pre_upgrade=_pre_upgrade(one),
        offers=offers,
        switch=_switch(one, depth, glass),
        commerce=one.commerce,
        add_ons=depth.add_ons,
        scheduled=one.scheduled,
        term_ends=NEVER_ENDS if one.term_ends is None else one.term_ends,
        auto_renews=one.auto_renews,
        version=one.etag,
    )


def _twin(one: WireSubscription, directory: InDirectory) -> Fact[DirectorySubscription]:
    """The same subscription in the directory; that there is none proves nothing (Graph 13.2)."""
    if isinstance(directory.subscriptions, Unknown):
        return directory.subscriptions
    twins = [each for each in directory.subscriptions if each.commerce_id == one.id]
    return twins[0] if len(twins) == 1 else Unknown(say("live.no-twin", subscription=one.id))


def _sku_id(one: WireSubscription, found: Gathered) -> Fact[str]:
    """The licence a subscription gives, as Partner Center and the directory say; of two answers, neither counts."""
    depth, twin = found.depth(_id(one)), _twin(one, found.directory)
    told: list[Fact[str]] = [
        depth.provisioning if isinstance(depth.provisioning, Unknown) else depth.provisioning.sku_id,
        twin if isinstance(twin, Unknown) else twin.sku_id,
    ]
    known = {each for each in told if not isinstance(each, Unknown)}
    if len(known) > 1:
        return Unknown(say("live.skus-differ", subscription=one.id, skus=" and ".join(sorted(known))))
    return next(iter(known)) if known else told[-1]


def _plan(
    one: WireSubscription, sku_id: Fact[str], twin: Fact[DirectorySubscription], glass: Glass
) -> Fact[str]:
    return glass.naming.plan(
        Ids(
            product=one.product_sku,
            offer=one.offer_id if one.kind is Kind.LEGACY else NOT_TOLD,
            sku_id=sku_id,
            part_number=twin if isinstance(twin, Unknown) else twin.part_number,
            title=one.offer_name,
        )
    )


def _assigned(one: WireSubscription, found: Gathered, skus: Mapping[str, Fact[str]]) -> Fact[int]:
    """The users of a SKU are those of a subscription only where no other gives the same licence (PC 8.1)."""
    sku_id = skus[_id(one)]
    if isinstance(sku_id, Unknown):
        return sku_id
    sharing = sum(each == sku_id for each in skus.values())
    counted = found.directory.skus
    if isinstance(counted, Unknown):
        if isinstance(found.consumed, Unknown):
            return counted
        number = found.consumed.get(sku_id)
        return _alone(sharing, number if number is not None else Unknown(say("live.no-sku", sku=sku_id)))
    sku = next((each for each in counted if each.sku_id == sku_id), None)
    if sku is None:
        return Unknown(say("live.no-sku", sku=sku_id))
    if isinstance(sku.subscription_ids, Unknown) and sku.consumed != 0:
        return sku.subscription_ids
    sellers = 1 if isinstance(sku.subscription_ids, Unknown) else len(sku.subscription_ids)
    return _alone(max(sharing, sellers), sku.consumed)


def _alone(sharing: int, number: Fact[int]) -> Fact[int]:
    if sharing > 1 and number != 0:
        return Unknown(say("live.shared", count=sharing, number=_shown(number)))
    return number


def _shown(number: Fact[int]) -> str:
    return "?" if isinstance(number, Unknown) else str(number)


def _without(sku_id: Fact[str], found: Gathered) -> Fact[int]:
    states, counted = found.directory.license_states, found.directory.users
    if isinstance(states, Unknown):
        return states
    if isinstance(counted, int) and len(states) < counted:
        # A page that was the last one too early says nothing of that; who has no licence may be on the next one.
        return Unknown(say("live.users-cut", count=len(states), total=counted))
    return sku_id if isinstance(sku_id, Unknown) else without_license(states, sku_id)


def _provisioned(depth: Depth, twin: Fact[DirectorySubscription]) -> Fact[bool]:
    """Set up is what neither service denies and one affirms of this very subscription (PC 4.5, Graph 6.2).

    Partner Center is asked where a switch is wanted, and tells an application alone nothing; then the directory tells.
    """
    plans = twin if isinstance(twin, Unknown) else set_up(twin.plans)
    if plans is False:
        return False
    if isinstance(depth.provisioning, Unknown):
        silent = isinstance(plans, Unknown) and not isinstance(depth.provisioning, NotAsked)
        return depth.provisioning if silent else plans
    said = depth.provisioning.status
    return said if isinstance(said, Unknown) else said == "success"


def _pre_upgrade(one: WireSubscription) -> Fact[bool]:
    if isinstance(one.created, Unknown):
        return one.created
    return one.created is None or one.created < SERVICE_UPGRADE


def _offers(one: WireSubscription, depth: Depth, glass: Glass) -> Fact[tuple[str, ...]]:
    """The plans on offer in the way we switch; one of which that can not be told makes all of it not known.

    How it is switched hangs on how it is sold, so of what is neither kind for certain nothing is on offer to us.
    """
    if isinstance(one.commerce, Unknown):
        return one.commerce
    pairs: list[tuple[Fact[str], Fact[bool]]]
    if one.kind is Kind.LEGACY:
        if isinstance(depth.upgrades, Unknown):
            return depth.upgrades
        wanted = UPGRADE_KINDS[glass.way]
        pairs = [
            (
                glass.naming.plan(Ids(NOT_TOLD, u.target.id, u.target.sku_id, NOT_TOLD, u.target.name)),
                u.open if u.kind == wanted else (u.kind if isinstance(u.kind, Unknown) else False),
            )
            for u in depth.upgrades
        ]
    else:
        if isinstance(depth.eligibilities, Unknown):
            return depth.eligibilities
        pairs = [
            (
                glass.naming.plan(Ids(e.product_sku, NOT_TOLD, NOT_TOLD, NOT_TOLD, e.title)),
                e.allows(glass.way),
            )
            for e in depth.eligibilities
        ]
    return _open_ones(pairs)


def _open_ones(pairs: Iterable[tuple[Fact[str], Fact[bool]]]) -> Fact[tuple[str, ...]]:
    open_ones: set[str] = set()
    for plan, allowed in pairs:
        if isinstance(allowed, Unknown):
            return allowed
        if allowed and isinstance(plan, Unknown):
            return plan
        if allowed and isinstance(plan, str):
            open_ones.add(plan)
    return tuple(sorted(open_ones))


def _switch(one: WireSubscription, depth: Depth, glass: Glass) -> Fact[SwitchState]:
    if one.kind is Kind.LEGACY:
        return _legacy_switch(depth)
    if isinstance(depth.transitions, Unknown):
        return depth.transitions
    last = newest(depth.transitions)
    if last is None:
        return AT_REST
    stands = progress(last)
    if isinstance(stands.state, Unknown):
        return stands.state
    if stands.state == DONE:
        return AT_REST
    to: Fact[str] = last.to_product_sku
    if isinstance(to, str):
        to = glass.naming.product(to) or to
    return SwitchState(stands.state, to, Unknown(say("live.no-order-time")), stands.status_page_since)


AT_REST: Final = SwitchState("none", NOT_TOLD, NOT_TOLD, NOT_TOLD)


def _legacy_switch(depth: Depth) -> Fact[SwitchState]:
    """A legacy switch is over when it is answered; another change under way shows by code 4 alone (PC 6)."""
    if isinstance(depth.upgrades, Unknown):
        return depth.upgrades
    for each in depth.upgrades:
        if isinstance(each.errors, Unknown):
            return each.errors
        if any(trouble.code == "concurrency-conflicts" for trouble in each.errors):
            nameless = Unknown(say("live.no-target"))
            return SwitchState("running", nameless, nameless, nameless)
    return AT_REST

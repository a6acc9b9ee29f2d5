"""Bodies about changing a plan in, facts out: what may be switched to, and how far a switch has come.

New commerce switches by transitions (PC 7), legacy subscriptions by upgrades (PC 6). A code is a word of ``codes``,
whether it came as a number or as a word; a number nobody knows is its digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from reconciler.adapters.microsoft.codes import TARGET_NUMBERS, TRANSITION_NUMBERS, UPGRADE_NUMBERS
from reconciler.adapters.microsoft.commerce import NOTHING_RAW, Offer, offer, product_sku
from reconciler.adapters.microsoft.wire import Body, records, some
from reconciler.messages import say
from reconciler.observe import Fact, Unknown


class TransitionType(StrEnum):
    """How a plan is switched; ``wire`` is how a request spells it."""

    ONLY = "transition-only"
    WITH_LICENSES = "transition-with-license-transfer"

    @property
    def wire(self) -> str:
        """Return the word as the service takes it."""
        return self.value.replace("-", "_")


UPGRADE_TYPE_NUMBERS: Final = {0: "none", 1: "upgrade-only", 2: "upgrade-with-license-transfer"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something can not be, or was not: a code as a word of ``codes``, and the service's own text."""

    code: Fact[str]
    text: Fact[str]


def _trouble(numbers: Mapping[int, str]) -> Callable[[Body], Trouble]:
    return lambda body: Trouble(body.word("code", numbers=numbers), body.text("description"))


_transition_trouble = _trouble(TRANSITION_NUMBERS)
_target_trouble = _trouble(TARGET_NUMBERS)
_upgrade_trouble = _trouble(UPGRADE_NUMBERS)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to switch to a plan: ``kind`` a word of ``TransitionType`` or another, and what stands against it."""

    kind: Fact[str]
    eligible: Fact[bool]
    errors: Fact[tuple[Trouble, ...]]

    @property
    def open(self) -> Fact[bool]:
        """Is it open? Only if it says so and names nothing against it."""
        if self.eligible is not True:
            return self.eligible
        return self.errors if isinstance(self.errors, Unknown) else not self.errors


@dataclass(frozen=True, slots=True)
class Merge:
    """A subscription the switched one may be merged into; we never ask for that."""

    subscription: Fact[str]
    eligible: Fact[bool]
    errors: Fact[tuple[Trouble, ...]]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """A plan that may be switched to (PC 7.1). ``item`` is valid for a short time: read it just before use."""

    item: Fact[str]
    product_sku: Fact[str]
    title: Fact[str]
    quantity: Fact[int]
    operation_id: Fact[str]
    ways: Fact[tuple[Way, ...]]
    merges: Fact[tuple[Merge, ...]]

    def way(self, kind: TransitionType) -> Fact[Way | None]:
        """Return the way of that kind, None where the whole list was read and has none; of two, one that is shut."""
        if isinstance(self.ways, Unknown):
            return self.ways
        those = [way for way in self.ways if way.kind == kind]
        unread = next((way.kind for way in self.ways if isinstance(way.kind, Unknown)), None)
        if not those:
            return unread
        return next((way for way in those if way.open is not True), those[0])

    def allows(self, kind: TransitionType) -> Fact[bool]:
        """May this plan be switched to in that way?"""
        way = self.way(kind)
        if isinstance(way, Unknown):
            return way
        return False if way is None else way.open


def eligibility(body: Body) -> Eligibility:
    """Read one item of ``transitionEligibilities``."""
    item = body.text("catalogItemId")
    return Eligibility(
        item=item,
        product_sku=product_sku(item),
        title=body.text("title"),
        quantity=body.count("quantity"),
        operation_id=body.key("operationId"),
        ways=records(body.items("eligibilities"), _way),
        merges=some(body.at("subscriptionEligibilities"), _merge),
    )


def _way(body: Body) -> Way:
    return Way(
        kind=body.word("transitionType"),
        eligible=body.flag("isEligible"),
        errors=some(body.at("errors"), _transition_trouble),
    )


def _merge(body: Body) -> Merge:
    return Merge(
        subscription=body.key("subscriptionId"),
        eligible=body.flag("isEligible"),
        errors=some(body.at("errors"), _target_trouble),
    )


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a switch: ``name`` conversion, license-reassignment, or another word."""

    name: Fact[str]
    status: Fact[str]
    at: Fact[datetime | None]
    errors: Fact[tuple[Trouble, ...]]


@dataclass(frozen=True, slots=True)
class Transition:
    """A switch that was ordered (PC 7.2, 7.3). Identifiers of subscriptions and items as the service names them."""

    operation_id: Fact[str]
    from_item: Fact[str]
    to_item: Fact[str]
    from_subscription: Fact[str]
    to_subscription: Fact[str]
    to_product_sku: Fact[str]
    quantity: Fact[int]
    kind: Fact[str]
    events: Fact[tuple[Event, ...]]


def transition(body: Body) -> Transition:
    """Read one switch, of the list or as a POST answers; events left out are none yet, if it says to what it goes."""
    to_item, events = body.text("toCatalogItemId"), body.at("events")
    return Transition(
        operation_id=body.key("operationId"),
        from_item=body.text("fromCatalogItemId"),
        to_item=to_item,
        from_subscription=body.key("fromSubscriptionId"),
        to_subscription=body.key("toSubscriptionId"),
        to_product_sku=product_sku(to_item),
        quantity=body.count("quantity"),
        kind=body.word("transitionType"),
        events=to_item if isinstance(to_item, Unknown) and events.absent else some(events, _event),
    )


def _event(body: Body) -> Event:
    name = body.word("name")
    return Event(
        # Two names of one thing (PC 17).
        name=REASSIGNMENT if name == "seat-reassignment" else name,
        status=body.word("status"),
        at=body.moment("timestamp"),
        errors=some(body.at("errors"), _transition_trouble),
    )


CONVERSION: Final = "conversion"
REASSIGNMENT: Final = "license-reassignment"


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A legacy plan that may be switched to (PC 6). ``raw`` is what a POST sends back whole."""

    target: Offer
    kind: Fact[str]
    eligible: Fact[bool]
    quantity: Fact[int]
    errors: Fact[tuple[Trouble, ...]]
    raw: Mapping[str, object] = field(compare=False, repr=False)

    @property
    def open(self) -> Fact[bool]:
        """May it be switched to? Only if it says so and names nothing against it."""
        return Way(self.kind, self.eligible, self.errors).open


def upgrade(body: Body) -> Upgrade:
    """Read one item of ``upgrades``."""
    return Upgrade(
        target=offer(body.at("targetOffer")),
        kind=body.word("upgradeType", numbers=UPGRADE_TYPE_NUMBERS),
        eligible=body.flag("isEligible"),
        quantity=body.count("quantity"),
        errors=some(body.at("upgradeErrors"), _upgrade_trouble),
        raw=body.value if isinstance(body.value, dict) else NOTHING_RAW,
    )


@dataclass(frozen=True, slots=True)
class UserLicenseError:
    """A user whose licence did not move with the plan. Names and addresses are of a person: for them only."""

    user_id: Fact[str]
    name: Fact[str]
    email: Fact[str]
    errors: Fact[tuple[Trouble, ...]]


@dataclass(frozen=True, slots=True)
class UpgradeResult:
    """What a legacy switch came to; all licences moved to ``target``, a subscription of another id (PC 6)."""

    source: Fact[str]
    target: Fact[str]
    kind: Fact[str]
    errors: Fact[tuple[Trouble, ...]]
    license_errors: Fact[tuple[UserLicenseError, ...]]

    @property
    def moved(self) -> Fact[bool]:
        """Did the plan move? An answer of success that names errors is a failure (PC 6); users come after that."""
        if isinstance(self.errors, Unknown):
            return self.errors
        if self.errors:
            # With a target all the same it contradicts itself, and a plan may have moved.
            return False if isinstance(self.target, Unknown) else Unknown(say("microsoft.reason.moved"))
        return self.target if isinstance(self.target, Unknown) else True


def upgrade_result(body: Body) -> UpgradeResult:
    """Read what a POST of ``upgrades`` answers."""
    return UpgradeResult(
        source=body.key("sourceSubscriptionId"),
        target=body.key("targetSubscriptionId"),
        kind=body.word("upgradeType", numbers=UPGRADE_TYPE_NUMBERS),
        errors=some(body.at("upgradeErrors"), _upgrade_trouble),
        license_errors=some(body.at("licenseErrors"), _license_error),
    )


def _license_error(body: Body) -> UserLicenseError:
    return UserLicenseError(
        user_id=body.key("userObjectId"),
        name=body.text("name"),
        email=body.text("email"),
        errors=some(body.at("errors"), _trouble({})),
    )

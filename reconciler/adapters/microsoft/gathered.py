"""What both services said of one tenant, gathered: each answer as a fact, before anything is made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from reconciler.adapters.microsoft.calling import NoAnswer
from reconciler.adapters.microsoft.commerce import Customer, Order, ProvisioningStatus, WireSubscription
from reconciler.adapters.microsoft.directory import (
    DirectorySubscription,
    DirectoryUser,
    Domain,
    GraphSku,
)
from reconciler.adapters.microsoft.health import ServiceHealth
from reconciler.adapters.microsoft.switching import Eligibility, Transition, Upgrade
from reconciler.adapters.microsoft.wire import Body
from reconciler.messages import say
from reconciler.observe import Fact, NotAsked, Unknown

T = TypeVar("T")
# Not read since nothing that is to be done here needs it; whoever needs it after all finds out why it is not there.
NOT_ASKED: Final = NotAsked(say("live.not-asked"))


class Ear:
    """Turns what is asked into facts, and keeps in mind whether anybody answered and how long to stay away."""

    def __init__(self) -> None:
        self.answered = False
        self.later: float | None = None

    def hear(self, ask: Callable[[], T]) -> Fact[T]:
        """Return the answer, Unknown with the reason where there is none."""
        try:
            found = ask()
        except NoAnswer as trouble:
            self.answered = self.answered or trouble.answered
            if trouble.later is not None:
                self.later = max(self.later or 0.0, trouble.later)
            return Unknown(trouble.reason)
        self.answered = True
        return found


@dataclass(frozen=True, slots=True)
class InDirectory:
    """What Graph said of a tenant. ``roles``: words for those the caller holds.

    ``license_states``: of every user, where they fit on one page; else ``first_users`` is the first of several.
    """

    domains: Fact[tuple[Domain, ...]] = NOT_ASKED
    skus: Fact[tuple[GraphSku, ...]] = NOT_ASKED
    subscriptions: Fact[tuple[DirectorySubscription, ...]] = NOT_ASKED
    health: Fact[tuple[ServiceHealth, ...]] = NOT_ASKED
    users: Fact[int] = NOT_ASKED
    license_states: Fact[tuple[DirectoryUser, ...]] = NOT_ASKED
    roles: Fact[frozenset[str]] = NOT_ASKED
    first_users: Body | None = None


def nothing_of(why: Unknown) -> InDirectory:
    """Return what is known of a directory that could not be asked at all, and why."""
    return InDirectory(why, why, why, why, why, why, roles=why)


@dataclass(frozen=True, slots=True)
class Depth:
    """What was asked of one subscription by itself. Eligibilities are of new commerce, upgrades of legacy."""

    provisioning: Fact[ProvisioningStatus] = NOT_ASKED
    eligibilities: Fact[tuple[Eligibility, ...]] = NOT_ASKED
    upgrades: Fact[tuple[Upgrade, ...]] = NOT_ASKED
    transitions: Fact[tuple[Transition, ...]] = NOT_ASKED
    add_ons: Fact[tuple[str, ...]] = NOT_ASKED


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that was asked of one tenant. ``depths`` by subscription id; ``consumed`` by SKU, where Graph was silent."""

    customer: Fact[Customer]
    sold: Fact[tuple[WireSubscription, ...]]
    directory: InDirectory = InDirectory()
    depths: Mapping[str, Depth] = field(default_factory=dict)
    orders: Fact[tuple[Order, ...]] = NOT_ASKED
    consumed: Fact[Mapping[str, int]] = NOT_ASKED

    def depth(self, subscription_id: str) -> Depth:
        """Return what was asked of one subscription; nothing of one that nobody asked about."""
        return self.depths.get(subscription_id, Depth())

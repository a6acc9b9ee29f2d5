"""Nothing in, the closed sets of drift out: whose doing it is, its kinds, and how often it must be seen to count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Cause(StrEnum):
    """Whose doing a difference is. The three are never mixed; only the last two are drift."""

    WANTED = "wanted"
    OUTSIDE = "outside"
    SERVICE = "service"


class Kind(StrEnum):
    """What kind of difference it is. ``subscription-gone`` of cause ``wanted``: declared, and not there yet."""

    LICENSES_ABOVE = "licenses-above"
    LICENSES_BELOW = "licenses-below"
    PLAN_CHANGED = "plan-changed"
    SUBSCRIPTION_GONE = "subscription-gone"
    SUBSCRIPTION_NEW = "subscription-new"
    WEBSITE_CHANGED = "website-changed"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    TRIAL_ENDED = "trial-ended"
    WARNING_PERIOD = "warning-period"
    LICENSE_CONFLICT = "license-conflict"
    UNHEALTHY = "unhealthy"


class Direction(StrEnum):
    """Which way a number moved."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


ACTIVE = "active"
# The service's words for a subscription that is no longer well (M-23, M-32), folded by ``folded_word``.
STATUS_KIND: Mapping[str, Kind] = {
    "suspended": Kind.SUSPENDED,
    "expired": Kind.EXPIRED,
    "disabled": Kind.EXPIRED,
    "lockedout": Kind.EXPIRED,
    "deleted": Kind.EXPIRED,
    "warning": Kind.WARNING_PERIOD,
    "grace": Kind.WARNING_PERIOD,
    "ingrace": Kind.WARNING_PERIOD,
}


def folded_word(word: str) -> str:
    """The form in which words of the service are compared: ``locked-out`` is ``LockedOut``."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())


@dataclass(frozen=True, slots=True)
class Confirm:
    """A difference counts once it was seen ``times`` times, or for as long as ``lasting``."""

    times: int = 2
    lasting: timedelta = timedelta(minutes=15)

    def holds(self, times: int, first_seen: datetime, last_seen: datetime) -> bool:
        """Say whether it was seen often enough or long enough."""
        return times >= self.times or last_seen - first_seen >= self.lasting


@dataclass(frozen=True, slots=True)
class Confirming:
    """How each kind is confirmed. A service that ails for a moment is no news, so ``unhealthy`` takes longer."""

    default: Confirm = Confirm()
    kinds: Mapping[Kind, Confirm] = field(
        default_factory=lambda: {Kind.UNHEALTHY: Confirm(3, timedelta(hours=1))}
    )

    def of(self, kind: Kind) -> Confirm:
        """Return what holds for one kind."""
        return self.kinds.get(kind, self.default)

    def changed(self, kind: Kind | None, times: int | None, lasting: timedelta | None) -> Confirming:
        """Return the same with another number for ``kind``, or for every other one (None); None leaves one as it is."""
        before = self.default if kind is None else self.of(kind)
        after = Confirm(
            before.times if times is None else times, before.lasting if lasting is None else lasting
        )
        if kind is None:
            return replace(self, default=after)
        return replace(self, kinds={**self.kinds, kind: after})

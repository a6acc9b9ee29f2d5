"""A step that only support can do in, a request a person can send out, and how an open one ends.

The law of this folder: no interface opens a support ticket any more, so a hand-off is a text ready to send, which a
person files; its ticket is then followed: looked at and noted in, never changed and never closed. One wish is one
request, however often it is seen: its id is made of what is asked, not of when, by which file name, or of which
subscription id. What it says is put together when it is shown (``report.letters``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reconciler.memory import folded


class Kind(StrEnum):
    """What support is asked to do."""

    REMOVE_LICENSES = "remove-licenses"
    MANUAL_SWITCH = "manual-switch"
    STUCK_SWITCH = "stuck-switch"
    FAILED_SWITCH = "failed-switch"
    CREDIT_REVIEW = "credit-review"
    NOT_LIVE = "not-live"
    RAISE_BY_HAND = "raise-by-hand"


class HandoffState(StrEnum):
    """Where a request stands; the open ones are those a person still has to do something about."""

    PREPARED = "prepared"
    FILED = "filed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({HandoffState.PREPARED, HandoffState.FILED})

# The fact under which is kept how a request's ticket was last seen (``tickets``); no look at the tenant tells of it.
FOLLOWED = "followed"

# These ask to look into something that hangs; the numbers in them are background, not the wish.
HANGING = {
    Kind.STUCK_SWITCH: "switch-running",
    Kind.FAILED_SWITCH: "switch-failed",
    Kind.CREDIT_REVIEW: "credit-review",
}


@dataclass(frozen=True, slots=True)
class HandOff:
    """One request as it is kept. ``word`` is the tenant's domain or id; ``address`` is the subscription it is about.

    ``facts``: what was seen with it (cause, numbers, dates as ISO text, what it holds up). ``reason`` is what a
    person said when they closed it; ``by_hand`` that the wish still stood then, so it does not open it again.
    Times are the service's clock, UTC.
    """

    id: str
    kind: str
    tenant: str
    word: str
    address: str
    subscription_id: str | None
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None
    why: str
    opened_at: datetime
    commit: str | None = None
    state: HandoffState = HandoffState.PREPARED
    ticket: str | None = None
    closed_at: datetime | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    reason: str | None = None
    by_hand: bool = False

    @property
    def wish(self) -> tuple[object, ...]:
        """What is asked, without who asks and where: the same for the same wish."""
        after = self.after or {}
        if self.kind in HANGING:
            return (self.kind, after.get("plan"))
        return (self.kind, after.get("plan"), after.get("licenses"))

    @property
    def words(self) -> frozenset[str]:
        """Every word the tenant was known by when it was seen: its file's, its default domain, its id."""
        seen = self.facts.get("words")
        return frozenset((folded(self.word), *(seen if isinstance(seen, list) else ())))

    def same_as(self, other: HandOff) -> bool:
        """Whether both are one request, also after the file, the subscription or its id got another name.

        A name in the fleet says nothing: it may have been given to another organisation.
        """
        tenant = bool(self.words & other.words)
        ids = (self.subscription_id, other.subscription_id)
        subscription = self.address == other.address or (ids[0] == ids[1] and ids[0] is not None)
        return tenant and subscription and self.wish == other.wish

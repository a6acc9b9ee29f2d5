"""What acting needs of the world: orders in, the ports that take them out; nothing here can lower anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from reconciler.memory import Intent, Memory, Settled
from reconciler.observe import Observer, TenantRef


@dataclass(frozen=True, slots=True)
class SwitchOrder:
    """Order a switch of one subscription to plan ``to``, with ``total`` licences, never below ``bought``.

    ``tenant_id`` and ``plan``: whom and what was looked at when it was judged, as far as that was read. Nothing is
    written to another.
    """

    ref: TenantRef
    subscription_id: str
    version: str | None
    bought: int
    to: str
    total: int
    request_id: str
    tenant_id: str | None = None
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class Raise:
    """Raise the bought number of one subscription from ``bought`` to the larger ``total``; the rest as in a switch."""

    ref: TenantRef
    subscription_id: str
    version: str | None
    bought: int
    total: int
    request_id: str
    tenant_id: str | None = None
    plan: str | None = None


class Actor(Protocol):
    """The write port. Raises NotWritten (Refused, Moved, Later) or AnswerLost; returning means "accepted".

    What is returned is a sentence for a person who has something left to do by hand, None where nobody has.
    """

    def switch(self, order: SwitchOrder) -> str | None:
        """Order the switch, compare-and-set on the version; refuse a total below the bought number."""
        ...

    def raise_licenses(self, order: Raise) -> str | None:
        """Set the larger total, compare-and-set on the version; refuse a total not above the bought number."""
        ...


class Inquiry(Protocol):
    """Asks the service about a request that got no answer."""

    def taken(self, ref: TenantRef, request_id: str) -> bool | None:
        """True: the service took it. False: it certainly did not. None: the service can not tell."""
        ...


@dataclass(frozen=True, slots=True)
class DigestUse:
    """A digest that was approved. A use before ``made`` was another approval's; None: any use was this one's."""

    digest: str
    made: datetime | None = None


class Journal(Protocol):
    """The journal of one leased tenant. Every method raises StateUnreadable or LeaseLost; then nothing is written."""

    def intend(
        self, intent: Intent, *, uses_plan: str | None = None, uses_digest: DigestUse | None = None
    ) -> Intent:
        """Durably record the intent, before the write; returns it with its generation.

        Refuses while another intent of the tenant is open. ``uses_plan`` and ``uses_digest`` mark that saved plan
        and that approval as used in the same transaction; one used before raises PlanRefused.
        """
        ...

    def sent(self, intent: Intent, at: datetime) -> Intent:
        """Durably record "may have been sent now"; the last thing before the call.

        Asks the brakes (stop, suspension, the day's limit) in the same transaction and raises Braked where one is
        on: so nothing is sent once a brake has been set.
        """
        ...

    def settle(self, intent: Intent, settled: Settled, evidence: str, *, seen: bool) -> Intent:
        """Record how it ended and by what evidence. ``seen``: a look has shown the effect."""
        ...

    def looked(self, intent: Intent) -> Intent:
        """Count one more complete look, after the visibility time, that shows nothing of the intent."""
        ...

    def bind(self, address: str, subscription_id: str, *, replaces: str | None = None) -> None:
        """Remember which live subscription a declared name means, and which id it took over from."""
        ...

    def memory(self) -> Memory:
        """What the store remembers of this tenant now."""
        ...

    def apart(self) -> frozenset[frozenset[str]]:
        """The kinds of word (``memory.WORD_KINDS``) that each tenant is known by of which the store keeps something."""
        ...


@dataclass(frozen=True, slots=True)
class Hands:
    """What a write needs: eyes, the two-method writer, and the journal of the leased tenant."""

    observer: Observer
    actor: Actor
    inquiry: Inquiry
    journal: Journal


@dataclass(frozen=True, slots=True)
class Errand:
    """On whose behalf: the change plan, the commit, what was approved, the acknowledgement it rests on.

    ``uses_plan`` and ``uses_digest``: the saved plan and the digest to mark as used with the first intent.
    ``as_declared``: nobody approved a plan, the file itself is the wish (a loop): what it asks for by the first look
    of the turn is what may be done in it.
    """

    plan_id: str
    commit: str | None = None
    uses_plan: str | None = None
    acknowledged: str | None = None
    uses_digest: DigestUse | None = None
    as_declared: bool = False

    @property
    def exactly(self) -> bool:
        """Whether exactly what was approved is to be done: then nothing of it may have moved when a turn begins."""
        return self.uses_plan is not None or self.uses_digest is not None

"""What a rule is asked about, and what it may answer: ``Scene`` in, ``Answer`` out; ``Rule`` is the row.

A rule reads facts through ``know``: a fact that could not be read ends the rule there, as *unknown*, with
the reason. So a rule reads as if everything were known, and can still never pass on what is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.catalogue import Catalogue, Eligibility
from reconciler.limits import Limits
from reconciler.memory import Memory
from reconciler.messages import say
from reconciler.model import Action, Declaration, Subscription, Tenant
from reconciler.observe import Fact, LiveSubscription, Observation, T, Unknown


class Effect(StrEnum):
    """What a failed check does to its step; ``warn`` never holds it."""

    BLOCK = "block"
    WAIT = "wait"
    SUPPORT = "support"
    WARN = "warn"


class Status(StrEnum):
    """The four answers."""

    PASS = "pass"  # noqa: S105 - an answer, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class NotKnown(Exception):
    """A rule needs a fact that could not be read."""

    def __init__(self, fact: str, reason: str) -> None:
        self.fact, self.reason = fact, reason
        super().__init__(f"{fact}: {reason}")


def know(fact: Fact[T], name: str) -> T:
    """Return the fact, or end the rule as unknown, naming the fact and why it could not be read."""
    if isinstance(fact, Unknown):
        raise NotKnown(name, fact.reason)
    return fact


@dataclass(frozen=True, slots=True)
class Scene:
    """One step where it will happen.

    ``tenant`` is the tenant as it will stand when the step's turn comes: plans and bought numbers are taken
    from it (``standing``), all other facts from ``live`` and ``observation``. ``live`` is None where the
    declared subscription was paired with nothing; ``problem`` then says why ("ambiguous", "gone", "absent")
    and ``candidates`` names the live subscriptions it might mean. ``unread`` names what stopped the diff
    itself: (fact, reason). ``switch_before`` is true for an add whose own subscription is to be switched
    first. ``limits`` are the tenant's own; ``added_before`` is what this run has added to the tenant by then.
    ``stood`` is how many licences each declared subscription had when all was well, as far as it is remembered.
    ``paired`` is which live subscription each declared one means, as far as one does: declared name to id.
    For the ground rules, which judge the tenant and no step, ``action`` is None.
    """

    declaration: Declaration
    observation: Observation
    memory: Memory
    catalogue: Catalogue
    tenant: Tenant
    address: str = ""
    action: Action | None = None
    before: Subscription | None = None
    after: Subscription | None = None
    live: LiveSubscription | None = None
    problem: str = ""
    candidates: tuple[str, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    switch_before: bool = False
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    added_before: int = 0
    stood: Fact[Mapping[str, int]] = field(default_factory=dict)
    paired: Mapping[str, str] = field(default_factory=dict)

    @property
    def standing(self) -> Subscription | None:
        """The subscription as it will stand when this step's turn comes."""
        return self.tenant.subscriptions.get(self.address)


@dataclass(frozen=True, slots=True)
class Answer:
    """A rule's answer. ``key`` picks the sentence in ``messages``; ``facts`` are the numbers in it.

    ``effect`` replaces the row's for this answer alone (a rule may warn at one edge, block at the next).
    """

    status: Status
    key: str
    facts: dict[str, object]
    effect: Effect | None = None

    @classmethod
    def passed(cls, **facts: object) -> Answer:
        """All is well; sentence ``<rule>.pass``."""
        return cls(Status.PASS, "pass", facts)

    @classmethod
    def failed(cls, key: str = "fail", effect: Effect | None = None, /, **facts: object) -> Answer:
        """It fails; sentence ``<rule>.<key>``, way out ``<rule>.<key>.remedy``."""
        return cls(Status.FAIL, key, facts, effect)

    @classmethod
    def skipped(cls, reason: str) -> Answer:
        """Known facts alone show that the rule does not concern this step."""
        return cls(Status.SKIPPED, "", {"reason": reason})

    @classmethod
    def unknown(cls, fact: str, reason: str) -> Answer:
        """A needed fact is not known."""
        return cls(Status.UNKNOWN, "", {"fact": fact, "reason": reason})

    @classmethod
    def undecided(cls, key: str, /, **facts: object) -> Answer:
        """It can not be told, with a sentence of its own: ``<rule>.<key>``, way out ``.remedy``."""
        return cls(Status.UNKNOWN, key, facts)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule's answer with its sentence: what is, what it would do to whom, and the way out."""

    id: str
    status: Status
    effect: Effect
    message: str
    remedy: str
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    ``needs`` names the live facts the rule may rely on (they go into the digest). ``ours`` marks rules about
    our own state store. ``explained_by`` lists rows whose failure makes this one's answer a mere shadow.
    ``waivable``: a tenant file may turn its failure into a warning, for a time and under somebody's name.
    ``today``: asked only where the service is asked what may be switched, since it is of today's commerce alone.
    ``of_others`` names the facts it relies on of the tenant's other subscriptions; ``subscriptions`` is then a need.
    """

    id: str
    on: frozenset[Action]
    effect: Effect
    check: Callable[[Scene], Answer]
    source: tuple[str, ...]
    needs: tuple[str, ...] = ()
    ours: bool = False
    explained_by: tuple[str, ...] = ()
    waivable: bool = False
    today: bool = False
    of_others: tuple[str, ...] = ()

    def is_asked(self, eligibility: Eligibility) -> bool:
        """Say whether it is asked at all of tenants whose plans are those of such a catalogue."""
        return eligibility is Eligibility.LIVE or not self.today

    def finding(self, answer: Answer) -> Finding:
        """Dress an answer in its sentences."""
        message, remedy = self._sentences(answer)
        return Finding(self.id, answer.status, answer.effect or self.effect, message, remedy, self.source)

    def _sentences(self, answer: Answer) -> tuple[str, str]:
        if answer.status is Status.SKIPPED:
            return say("rule.skipped", **answer.facts), ""
        if answer.status is Status.UNKNOWN and not answer.key:
            return say("rule.unknown", **answer.facts), say("rule.unknown.remedy", **answer.facts)
        key = f"{self.id}.{answer.key}"
        remedy = "" if answer.status is Status.PASS else say(f"{key}.remedy", **answer.facts)
        return say(key, **answer.facts), remedy

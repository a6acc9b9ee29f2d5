"""What our own state store remembers of one tenant, as a value the pure code can judge.

In: rows a store has read. Out: ``Memory``, its ``Intent``s, and what a look at the live state says of each.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_OID, uuid5

from reconciler.model import Acknowledgement, Action, Subscription, Suspension
from reconciler.observe import Fact, LiveSubscription, Observation, TenantRef, Unknown


class Settled(StrEnum):
    """How an intent ended. An intent without one is open: it may have been taken."""

    DONE = "done"
    STARTED = "started"
    FAILED = "failed"
    NOT_TAKEN = "not-taken"


@dataclass(frozen=True, slots=True)
class Intent:
    """One write, recorded before it was tried.

    ``sent_at`` set means "may have been sent". ``seen`` says that a look has shown its effect.
    ``known_ids`` are the tenant's subscription ids before the write: a switch may change the id, and the
    new one is told from the old ones by them. Times are the service's clock (the observation's), UTC.
    """

    id: str
    tenant: str
    address: str
    action: Action
    subscription_id: str
    before: Subscription
    after: Subscription
    request_id: str
    generation: int
    known_ids: tuple[str, ...]
    intended_at: datetime
    sent_at: datetime | None = None
    settled: Settled | None = None
    seen: bool = False
    clear_looks: int = 0
    plan_id: str = ""
    commit: str | None = None
    acknowledged: str | None = None
    evidence: str = ""

    @property
    def may_still_end(self) -> bool:
        """Sent, and its end not seen: a later look may still show what came of it."""
        if self.settled is None:
            return self.sent_at is not None
        return self.settled is Settled.STARTED or (self.settled is Settled.DONE and not self.seen)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a declared subscription last stood when all was well with it. None: never seen so.

    ``address`` is its declared name then. ``plan`` and ``licenses`` are as they were first seen at rest, as they stood
    when they were as declared, or as a write of ours left them; ``status`` and ``trial`` as they were while
    it was active.
    """

    address: str
    plan: str | None = None
    licenses: int | None = None
    status: str | None = None
    trial: bool | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a tenant is held against. Never a source for what is live, and nothing is written because of it.

    ``known``: ids of subscriptions that are no news. ``written``: the last write of ours that is counted in it.
    ``at`` is the time of the look it was made from (the service's clock).
    """

    subscriptions: Mapping[str, Standing]
    known: frozenset[str]
    at: datetime
    website: str | None = None
    written: str | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """All a run may know of its own past with a tenant. Never a source for what is live.

    ``bindings``: declared name to the subscription id it was last matched with. ``successors``: an id a
    switch retired to the id that replaced it. ``spent``: fingerprints of acknowledgements whose switch has
    completed; ``begun``: the same, with the subscription id, of those seen started whose end was not seen. ``apart``:
    kinds of word this look could not read, while the store keeps something under such a word alone: it may be this
    tenant's. ``suspended_since``: when the pause was kept, by the machine's clock. ``baseline``: how it stood when all
    was well; None: that was never seen. ``raises``: how many raises of a subscription the journal holds, by its id, of
    those with ``MANY_RAISES`` and more. ``absent`` set: there is no memory to consult, and why ("planned from a
    snapshot").
    """

    intents: Fact[tuple[Intent, ...]] = ()
    bindings: Mapping[str, str] = field(default_factory=dict)
    successors: Mapping[str, str] = field(default_factory=dict)
    spent: frozenset[str] = frozenset()
    begun: frozenset[tuple[str, str]] = frozenset()
    apart: Fact[frozenset[str]] = frozenset()
    suspension: Fact[Suspension | None] = None
    suspended_since: datetime | None = None
    stopped: Fact[str | None] = None
    baseline: Fact[Baseline | None] = None
    raises: Mapping[str, int] = field(default_factory=dict)
    held_by: str | None = None
    absent: str | None = None

    @property
    def unsettled(self) -> Fact[tuple[Intent, ...]]:
        """Intents that may still take effect: open ones, and taken ones no look has shown yet."""
        if isinstance(self.intents, Unknown):
            return self.intents
        return tuple(i for i in self.intents if i.settled is None or (_taken(i) and not i.seen))

    @property
    def unfinished(self) -> bool:
        """Some write of ours has not come to its end, as far as the store can say."""
        if isinstance(self.intents, Unknown):
            return False
        return any(i.settled is None or i.settled is Settled.STARTED or not _over(i) for i in self.intents)


def _over(intent: Intent) -> bool:
    return intent.seen or not _taken(intent)


def _taken(intent: Intent) -> bool:
    return intent.settled in (Settled.DONE, Settled.STARTED)


def fingerprint(acknowledgement: Acknowledgement) -> str:
    """Name what was acknowledged, the same in every process; the journal keeps it with its switch."""
    backup = acknowledgement.backup
    said = {
        "noWayBack": acknowledgement.no_way_back,
        "backup": backup and {"taken": backup.taken.isoformat(), "where": backup.where},
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def correlation_id(request_id: str) -> str:
    """Return the id under which the service traces a write of ours, by which support finds it (PC 2.3).

    A write is sent once, so its request id says it: nothing more has to be kept, and what was sent by a run that died
    can still be named.
    """
    return str(uuid5(NAMESPACE_OID, f"correlation {request_id}"))


# How a subscription stands that an order of another plan left behind.
RETIRED = frozenset({"suspended", "expired", "disabled", "deleted"})


class Shown(StrEnum):
    """What one look says of an intent."""

    DONE = "done"
    STARTED = "started"
    FAILED = "failed"
    NOTHING = "nothing"
    UNREADABLE = "unreadable"


def shown(intent: Intent, observation: Observation) -> Shown:
    """Say what ``observation`` shows of ``intent``; NOTHING only where the look was complete enough to tell."""
    live = observation.subscriptions
    if isinstance(live, Unknown):
        return Shown.UNREADABLE
    same = next((s for s in live if s.id == intent.subscription_id), None)
    if intent.action is Action.ADD:
        if same is None:
            return Shown.NOTHING
        if isinstance(same.licenses, Unknown) or intent.after.licenses is None:
            return Shown.UNREADABLE
        return Shown.DONE if same.licenses >= intent.after.licenses else Shown.NOTHING
    heir = successor(intent, observation)
    if same is None or heir:
        # Gone with no successor singled out: it may be on its way to one, so this look can not tell.
        return Shown.DONE if heir and _counted(next(s for s in live if s.id == heir)) else Shown.UNREADABLE
    if isinstance(same.plan, Unknown) or isinstance(same.switch, Unknown):
        return Shown.UNREADABLE
    # A plan that shows before its own switch has ended is not done yet; somebody's next switch says nothing of ours.
    runs = same.switch.state in ("ordered", "running")
    may_be_ours = isinstance(same.switch.to, Unknown) or same.switch.to == intent.after.plan
    if same.plan == intent.after.plan and not (runs and may_be_ours):
        return Shown.DONE if _counted(same) else Shown.UNREADABLE
    if same.switch.state == "none":
        return Shown.NOTHING
    found = _OF_STATE.get(same.switch.state, Shown.UNREADABLE)
    if isinstance(same.switch.to, Unknown):
        # A failure that names no target is ours only if a look has shown our switch before.
        return found if found is Shown.FAILED and intent.seen else Shown.UNREADABLE
    return found if same.switch.to == intent.after.plan else Shown.NOTHING


_OF_STATE = {"ordered": Shown.STARTED, "running": Shown.STARTED, "failed": Shown.FAILED}


def _counted(live: LiveSubscription) -> bool:
    """What has become of a switch is read back whole, its licences too, or not at all."""
    return not isinstance(live.licenses, Unknown)


def left_users_behind(intent: Intent, observation: Observation) -> bool:
    """Say whether a switch that moved the plan is shown as failed all the same: its users kept the old licences."""
    live = () if isinstance(observation.subscriptions, Unknown) else observation.subscriptions
    where = successor(intent, observation) or intent.subscription_id
    ended = next((s.switch for s in live if s.id == where and s.plan == intent.after.plan), None)
    if intent.action is not Action.SWITCH or ended is None or isinstance(ended, Unknown):
        return False
    return ended.state == "failed" and (isinstance(ended.to, Unknown) or ended.to == intent.after.plan)


def now_held(intent: Intent, observation: Observation) -> int | None:
    """Return the licences that now stand where the intent wrote, None where this look does not tell."""
    live = observation.subscriptions
    if isinstance(live, Unknown):
        return None
    where = successor(intent, observation) or intent.subscription_id
    counts = (s.licenses for s in live if s.id == where)
    return next((count for count in counts if not isinstance(count, Unknown)), None)


def successor(intent: Intent, observation: Observation) -> str | None:
    """Return the id that took over from a completed switch, or None if the look does not single one out.

    What was switched is gone then, or stays behind as one that was ended (PC 6 does not say which).
    """
    live = observation.subscriptions
    if isinstance(live, Unknown) or intent.action is not Action.SWITCH:
        return None
    if any(s.id == intent.subscription_id and not _is_retired(s, intent) for s in live):
        return None
    fresh = [s.id for s in live if s.plan == intent.after.plan and s.id not in intent.known_ids]
    return fresh[0] if len(fresh) == 1 else None


# From so many raises of one subscription on, they are counted: a subscription takes only so many (PC 5).
MANY_RAISES = 1000


def _is_retired(live: LiveSubscription, intent: Intent) -> bool:
    return live.status in RETIRED and not isinstance(live.plan, Unknown) and live.plan != intent.after.plan


# By what a tenant is named: a domain, or its id.
WORD_KINDS = ("domain", "id")


def unread_words(observation: Observation) -> frozenset[str]:
    """Return the kinds of word of the tenant that this look could not read."""
    words = zip(WORD_KINDS, (observation.domain, observation.tenant_id), strict=True)
    return frozenset(kind for kind, word in words if isinstance(word, Unknown))


def with_words_apart(
    memory: Memory, observation: Observation, apart: Callable[[], Fact[frozenset[frozenset[str]]]]
) -> Memory:
    """Note on a memory what this look can not rule out to be its tenant's; ``apart`` is asked only where it matters."""
    unread = unread_words(observation)
    if not unread or memory.absent:
        return memory
    kept = apart()
    if isinstance(kept, Unknown):
        return replace(memory, apart=kept)
    return replace(memory, apart=frozenset(kind for kinds in kept if kinds <= unread for kind in kinds))


def keys_of(ref: TenantRef, observation: Observation) -> tuple[str, ...]:
    """Every word a tenant is known by, the declared one first: memory must survive a change from domain to GUID.

    The live words count only where the declared one is among them: another tenant's memory is not ours.
    """
    live = [word for word in (observation.domain, observation.tenant_id) if not isinstance(word, Unknown)]
    more = () if isinstance(observation.domains, Unknown) else observation.domains
    declared = folded(ref.tenant)
    if declared not in {folded(word) for word in (*live, *more)}:
        return (declared,)
    # Where its default domain was not read, it is one of its domains.
    words = (*live, *sorted(more)) if isinstance(observation.domain, Unknown) else live
    return tuple(dict.fromkeys((declared, *(folded(word) for word in words))))


def folded(word: str) -> str:
    """The form in which two ways of naming a tenant are compared: without case, without a domain's last dot."""
    return word.strip().rstrip(".").casefold()

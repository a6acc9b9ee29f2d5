"""A declaration and an observation in, pairs out: which live subscription each declared one means.

Only a completely read list is matched. Pinned pairs and what the file lists as unmanaged are taken out first:

(a) ``subscriptionId`` given: that one; if it is gone, its recorded successor (a switch may change the id);
    else the declared one is "gone", with the candidates named. It never falls through to (b) or (c).
(b) Exactly one live subscription of the same plan. More than one is "ambiguous". One whose term is over for good
    (expired, disabled) does not count beside one that goes on, unless the memory binds the declared name to it.
(c) Exactly one declared and one live subscription left over, and the memory does not bind the declared name
    to another id: those two mean each other, and that is a switch. One gone or ambiguous is left over too; one that
    is over for good does not count here either, beside one that goes on.

Whatever is left is "ambiguous" while live candidates remain, else "absent". A live subscription whose plan
could not be read may be any plan: while one is left over, nothing unpinned can be told from it. No live
subscription is ever what two declared ones mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from reconciler.memory import Intent, Memory, successor
from reconciler.model import Declaration, DeclaredSubscription
from reconciler.observe import LiveSubscription, Observation, Unknown

# How a subscription stands that is over for good: it can not be brought back (PC 4.4).
OVER = frozenset({"expired", "disabled", "deleted"})


class Problem(StrEnum):
    """Why a declared subscription has no live counterpart."""

    NONE = ""
    AMBIGUOUS = "ambiguous"
    GONE = "gone"
    ABSENT = "absent"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Pair:
    """A declared subscription and the live one it means, or why there is none.

    ``replaces`` is the retired id when the live one is its successor. ``reason`` goes with UNREAD.
    """

    wanted: DeclaredSubscription
    live: LiveSubscription | None = None
    problem: Problem = Problem.NONE
    candidates: tuple[str, ...] = ()
    replaces: str | None = None
    reason: str = ""

    @property
    def may_mean(self) -> frozenset[str]:
        """The ids of the live subscriptions it means, or may mean."""
        found = {self.live.id} if self.live else set()
        return frozenset(found | {candidate.partition(" ")[0] for candidate in self.candidates})


def match(declaration: Declaration, observation: Observation, memory: Memory) -> tuple[Pair, ...]:
    """Pair every declared subscription, in declared order; the list of live ones must have been read."""
    if isinstance(observation.subscriptions, Unknown):
        reason = observation.subscriptions.reason
        return tuple(Pair(w, problem=Problem.UNREAD, reason=reason) for w in declaration.subscriptions)
    heirs = _heirs(observation, memory)
    live = {s.id: s for s in observation.subscriptions}
    pins = {w.name: p for w in declaration.subscriptions if (p := _pinned(w, live, heirs))}
    pinned = {pair.live.id for pair in pins.values() if pair.live}
    pairs = _each_once(pins)
    left = {i: s for i, s in live.items() if i not in pinned and not listed_as_unmanaged(s, declaration)}
    open_wishes = [w for w in declaration.subscriptions if w.name not in pairs]
    for pair in _by_plan(open_wishes, left, memory):
        pairs[pair.wanted.name] = pair
    taken = {pair.live.id for pair in pairs.values() if pair.live}
    # What is over takes no change any more: beside one that goes on it is not the one that is meant.
    free = [s for s in left.values() if s.id not in taken]
    free = [s for s in free if s.status not in OVER] or free
    left_over = [w for w in open_wishes if w.name not in pairs]
    alone = len(left_over) == len(declaration.subscriptions) - len(taken)
    for pair in _left_over(left_over, free, memory, heirs, alone=alone):
        pairs[pair.wanted.name] = pair
    return tuple(pairs[w.name] for w in declaration.subscriptions)


def unmanaged(observation: Observation, pairs: Iterable[Pair]) -> tuple[LiveSubscription, ...]:
    """Return the live subscriptions no declared one means or may mean; they are listed and never touched."""
    if isinstance(observation.subscriptions, Unknown):
        return ()
    ours = {i for pair in pairs for i in pair.may_mean}
    return tuple(sorted((s for s in observation.subscriptions if s.id not in ours), key=lambda s: s.id))


def _heirs(observation: Observation, memory: Memory) -> dict[str, str]:
    """Retired id to the id that replaced it: recorded, or shown by this very look for a switch of ours.

    A switch that was not taken, or has ended before, has no heir to find: a new subscription is somebody else's.
    """
    intents: tuple[Intent, ...] = () if isinstance(memory.intents, Unknown) else memory.intents
    found = {
        i.subscription_id: heir for i in intents if i.may_still_end and (heir := successor(i, observation))
    }
    return {**found, **memory.successors}


def _each_once(pairs: dict[str, Pair]) -> dict[str, Pair]:
    """Two pins that lead to one live subscription: neither is believed."""
    claims = Counter(pair.live.id for pair in pairs.values() if pair.live)
    return {
        name: replace(
            pair, live=None, problem=Problem.AMBIGUOUS, candidates=_names([pair.live]), replaces=None
        )
        if pair.live and claims[pair.live.id] > 1
        else pair
        for name, pair in pairs.items()
    }


def _pinned(
    wanted: DeclaredSubscription, live: dict[str, LiveSubscription], heirs: dict[str, str]
) -> Pair | None:
    pin = wanted.subscription_id
    if pin is None:
        return None
    exactly = next((s for i, s in live.items() if i.casefold() == pin.casefold()), None)
    if exactly:
        return Pair(wanted, exactly)
    heir = next((new for old, new in heirs.items() if old.casefold() == pin.casefold()), None)
    followed = {pin}
    while heir and heir not in live and heir not in followed:
        followed.add(heir)
        heir = heirs.get(heir)
    if heir in live:
        return Pair(wanted, live[heir], replaces=pin)
    return Pair(wanted, problem=Problem.GONE, candidates=_names(live.values()))


def _by_plan(
    wishes: list[DeclaredSubscription], left: dict[str, LiveSubscription], memory: Memory
) -> list[Pair]:
    unread = next((s for s in left.values() if isinstance(s.plan, Unknown)), None)
    if unread and isinstance(unread.plan, Unknown):
        why = f"the plan of subscription {unread.id} is not known ({unread.plan.reason})"
        return [Pair(w, problem=Problem.UNREAD, reason=why) for w in wishes]
    pairs = []
    for wanted in wishes:
        same = _lasting([s for s in left.values() if s.plan == wanted.plan], memory.bindings.get(wanted.name))
        rivals = [w for w in wishes if w.plan == wanted.plan]
        if len(same) == 1 and len(rivals) == 1:
            pairs.append(Pair(wanted, same[0]))
        elif same:
            pairs.append(Pair(wanted, problem=Problem.AMBIGUOUS, candidates=_names(same)))
    return pairs


def _lasting(same: list[LiveSubscription], bound: str | None) -> list[LiveSubscription]:
    """Those of one plan whose term is not over; all of them where that is said of all, or of the one that is meant."""
    lasting = [s for s in same if s.status not in OVER]
    return lasting if lasting and (bound is None or any(s.id == bound for s in lasting)) else same


def _left_over(
    wishes: list[DeclaredSubscription],
    free: list[LiveSubscription],
    memory: Memory,
    heirs: dict[str, str],
    *,
    alone: bool,
) -> list[Pair]:
    if not free:
        return [Pair(w, problem=Problem.ABSENT) for w in wishes]
    if alone and len(wishes) == 1 and len(free) == 1 and _may_mean(wishes[0], free[0], memory, heirs):
        return [Pair(wishes[0], free[0])]
    return [Pair(w, problem=Problem.AMBIGUOUS, candidates=_names(free)) for w in wishes]


def _may_mean(
    wanted: DeclaredSubscription, live: LiveSubscription, memory: Memory, heirs: dict[str, str]
) -> bool:
    bound = memory.bindings.get(wanted.name)
    return bound in (None, live.id) or heirs.get(bound or "") == live.id


def listed_as_unmanaged(live: LiveSubscription, declaration: Declaration) -> bool:
    """Say whether the file names this live subscription as not ours, by its plan or its id."""
    # Ids are compared without case, as pins are: a GUID is often copied in another one.
    named = live.id.casefold()
    return any(
        (u.subscription_id or "").casefold() == named or u.plan == live.plan for u in declaration.unmanaged
    )


def _names(live: Iterable[LiveSubscription]) -> tuple[str, ...]:
    def name(s: LiveSubscription) -> str:
        plan = "plan not known" if isinstance(s.plan, Unknown) else s.plan
        count = "an unknown number of" if isinstance(s.licenses, Unknown) else str(s.licenses)
        return f"{s.id} ({plan}, {count} licences)"

    return tuple(name(s) for s in sorted(live, key=lambda s: s.id))

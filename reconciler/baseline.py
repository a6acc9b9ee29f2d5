"""What is remembered of a tenant and a look at it in, how each of its subscriptions stood when all was well out.

What is remembered is a baseline (``memory.Baseline``); what our own writes have made of it since then is counted on it
here. A number that a write found and took along, as a switch does, was not made right by it: it may be somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.match import Pair
from reconciler.memory import Baseline, Intent, Memory, Settled, Shown, Standing, shown, successor
from reconciler.model import DeclaredSubscription
from reconciler.observe import Fact, NotAsked, Observation, Unknown

AT_REST = frozenset({"none", "failed"})


@dataclass(frozen=True, slots=True)
class Ground:
    """What a look is held against. ``busy``: ids that a write of ours may still change.

    ``known`` None: it was never noted which subscriptions there are. ``ids_move``: a switch may be about to put a new
    id in the place of an old one.
    """

    subscriptions: Mapping[str, Standing] = field(default_factory=dict)
    known: frozenset[str] | None = None
    website: str | None = None
    written: str | None = None
    busy: frozenset[str] = frozenset()
    ids_move: bool = False

    def of(self, pair: Pair, live_ids: frozenset[str]) -> Standing | None:
        """Return how the subscription of a pair stood, also where somebody else's switch gave it a new id."""
        if pair.live is not None and pair.live.id in self.subscriptions:
            return self.subscriptions[pair.live.id]
        if pair.live is not None and pair.live.id in (self.known or ()):
            # It was there before, so the file came to mean it: no switch has made it of another.
            return None
        lost = self.lost(pair.wanted, live_ids)
        return self.subscriptions[lost] if lost else None

    def lost(self, wanted: DeclaredSubscription, live_ids: frozenset[str]) -> str | None:
        """Return the id under which a declared subscription stood, if that id is there no more."""
        gone = {i: s for i, s in self.subscriptions.items() if i not in live_ids}
        pin = (wanted.subscription_id or "").casefold()
        named = [i for i, s in gone.items() if i.casefold() == pin or s.address == wanted.name]
        return min(named) if named else None


def ground_of(baseline: Baseline | None, memory: Memory, seen: Observation) -> Ground:
    """Put together what was remembered and what our own writes since then have made of it."""
    there = ids_of(seen)
    intents = () if isinstance(memory.intents, Unknown) else memory.intents
    heirs = {
        **{i.subscription_id: heir for i in intents if i.may_still_end and (heir := successor(i, seen))},
        **memory.successors,
    }
    stood: dict[str, Standing] = {}
    for id_, standing in sorted((baseline.subscriptions if baseline else {}).items()):
        stood[_followed(id_, heirs, there)] = standing
    done = [i for i in intents if is_done(i, seen)]
    for intent in _since(done, baseline.written if baseline else None):
        id_ = _followed(intent.subscription_id, heirs, there)
        stood[id_] = _left_by(intent, stood.get(id_, Standing(intent.address)))
    open_ = [i for i in intents if i.may_still_end and i not in done and shown(i, seen) is not Shown.FAILED]
    return Ground(
        subscriptions=stood,
        known=baseline.known if baseline else None,
        website=baseline.website if baseline else None,
        written=done[-1].id if done else (baseline.written if baseline else None),
        busy=frozenset(word for i in open_ for word in (i.subscription_id, heirs.get(i.subscription_id, ""))),
        ids_move=bool(open_) or _switching(seen),
    )


def stood(pairs: Iterable[Pair], memory: Memory, seen: Observation) -> Fact[Mapping[str, int]]:
    """Return how many licences each declared subscription had when all was well, by name, as far as is remembered."""
    if isinstance(memory.baseline, Unknown):
        return memory.baseline
    ground, there = ground_of(memory.baseline, memory, seen), ids_of(seen)
    known = ((pair.wanted.name, ground.of(pair, there)) for pair in pairs)
    return {name: standing.licenses for name, standing in known if standing and standing.licenses is not None}


def bought_back(stood: int, before: int, after: int) -> int:
    """Return how many of the licences from ``before`` to ``after`` were there, and somebody else took them away."""
    return max(0, min(stood, after) - before)


def ids_of(seen: Observation) -> frozenset[str]:
    """Return the ids of the subscriptions that are there; none where the list was not read."""
    return frozenset(() if isinstance(seen.subscriptions, Unknown) else (s.id for s in seen.subscriptions))


def is_done(intent: Intent, seen: Observation) -> bool:
    """Done as far as the journal knows, or by this very look, which plan and drift do not write down."""
    if intent.settled is Settled.DONE and intent.seen:
        return True
    return intent.may_still_end and shown(intent, seen) is Shown.DONE


def _left_by(intent: Intent, stood: Standing) -> Standing:
    carried = stood.licenses is not None and intent.after.licenses == intent.before.licenses
    licenses = stood.licenses if carried else intent.after.licenses
    return replace(stood, plan=intent.after.plan, licenses=licenses)


def _followed(id_: str, heirs: Mapping[str, str], there: frozenset[str]) -> str:
    """Follow an id that is gone to the one that took over from it."""
    passed = {id_}
    while id_ not in there and (heir := heirs.get(id_)) and heir not in passed:
        passed.add(heir)
        id_ = heir
    return id_


def _since(done: list[Intent], written: str | None) -> list[Intent]:
    """The writes behind the one that is counted already; if that one is long past, all that are remembered."""
    place = next((n for n, intent in enumerate(done) if intent.id == written), -1)
    return done[place + 1 :]


def _switching(seen: Observation) -> bool:
    """Whether some switch of the tenant is under way, or may be."""
    if isinstance(seen.subscriptions, Unknown):
        return False
    # What was left unasked is of no subscription that a difference was found in, so it explains none.
    return any(
        not isinstance(s.switch, NotAsked) if isinstance(s.switch, Unknown) else s.switch.state not in AT_REST
        for s in seen.subscriptions
    )

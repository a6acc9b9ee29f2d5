"""What was remembered and a look in, how each subscription stood when all was well out; and what to remember next.

A baseline begins with the first look at a subscription that was at rest, and moves on in two ways only: a value that
is as declared is what stands from now on, and a write of ours that is known to be done leaves what it wrote. So a
value that somebody else moved stays a difference from it until the file adopts the value, or it is moved back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.drift.kinds import ACTIVE
from reconciler.drift.values import Baseline, Standing
from reconciler.match import Pair, Problem, listed_as_unmanaged
from reconciler.memory import Intent, Memory, Settled, Shown, shown, successor
from reconciler.model import Declaration, DeclaredSubscription
from reconciler.observe import LiveSubscription, Observation, Unknown

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
    there = frozenset(() if isinstance(seen.subscriptions, Unknown) else (s.id for s in seen.subscriptions))
    intents = () if isinstance(memory.intents, Unknown) else memory.intents
    heirs = {
        **{i.subscription_id: heir for i in intents if i.may_still_end and (heir := successor(i, seen))},
        **memory.successors,
    }
    stood: dict[str, Standing] = {}
    for id_, standing in sorted((baseline.subscriptions if baseline else {}).items()):
        stood[_followed(id_, heirs, there)] = standing
    done = [i for i in intents if _is_done(i, seen)]
    for intent in _since(done, baseline.written if baseline else None):
        id_ = _followed(intent.subscription_id, heirs, there)
        before = stood.get(id_, Standing(intent.address))
        stood[id_] = replace(before, plan=intent.after.plan, licenses=intent.after.licenses)
    open_ = [i for i in intents if i.may_still_end and i not in done and shown(i, seen) is not Shown.FAILED]
    return Ground(
        subscriptions=stood,
        known=baseline.known if baseline else None,
        website=baseline.website if baseline else None,
        written=done[-1].id if done else (baseline.written if baseline else None),
        busy=frozenset(word for i in open_ for word in (i.subscription_id, heirs.get(i.subscription_id, ""))),
        ids_move=bool(open_) or _switching(seen),
    )


def renewed(
    ground: Ground, declaration: Declaration, seen: Observation, pairs: tuple[Pair, ...]
) -> Baseline | None:
    """Return the baseline after this look; None where the list of subscriptions was not read."""
    if isinstance(seen.subscriptions, Unknown):
        return None
    there = {live.id: live for live in seen.subscriptions}
    live_ids = frozenset(there)
    stands: dict[str, Standing] = {}
    for pair in pairs:
        stood = ground.of(pair, live_ids)
        if pair.live is not None:
            stands[pair.live.id] = _stands(stood, pair.wanted, pair.live)
        elif (lost := ground.lost(pair.wanted, live_ids)) and stood:
            stands[lost] = stood
        else:
            # It is not clear which one it is: what is remembered of those it may be is kept as it was.
            stands |= {i: ground.subscriptions[i] for i in pair.may_mean if i in ground.subscriptions}
    if any(pair.problem is Problem.UNREAD for pair in pairs):
        stands = {**ground.subscriptions, **stands}
    listed = frozenset(i for i, live in there.items() if listed_as_unmanaged(live, declaration))
    paired = frozenset(pair.live.id for pair in pairs if pair.live)
    return Baseline(
        subscriptions=stands,
        known=(live_ids if ground.known is None else ground.known) | listed | paired,
        at=seen.at,
        website=_website(ground, declaration, seen),
        written=ground.written,
    )


def same_host(one: str, other: str) -> bool:
    """Say whether two addresses of a website are the same, without case and a last dot."""
    return one.strip().rstrip(".").casefold() == other.strip().rstrip(".").casefold()


def _stands(stood: Standing | None, wanted: DeclaredSubscription, live: LiveSubscription) -> Standing:
    """A value that is as declared is what stands from now on; any other leaves what stood, if anything did."""
    now = replace(stood or Standing(wanted.name), address=wanted.name)
    first = not isinstance(live.switch, Unknown) and live.switch.state in AT_REST and live.provisioned is True
    if not isinstance(live.plan, Unknown) and (live.plan == wanted.plan or (first and now.plan is None)):
        now = replace(now, plan=live.plan)
    as_declared = wanted.licenses in (None, live.licenses)
    if not isinstance(live.licenses, Unknown) and (as_declared or (first and now.licenses is None)):
        now = replace(now, licenses=live.licenses)
    if not isinstance(live.status, Unknown) and live.status == ACTIVE:
        trial = now.trial if isinstance(live.trial, Unknown) else live.trial
        now = replace(now, status=live.status, trial=trial)
    return now


def _website(ground: Ground, declaration: Declaration, seen: Observation) -> str | None:
    if declaration.website is None:
        return None
    if isinstance(seen.website, Unknown) or not same_host(seen.website, declaration.website):
        return ground.website
    return seen.website


def _followed(id_: str, heirs: Mapping[str, str], there: frozenset[str]) -> str:
    """Follow an id that is gone to the one that took over from it."""
    passed = {id_}
    while id_ not in there and (heir := heirs.get(id_)) and heir not in passed:
        passed.add(heir)
        id_ = heir
    return id_


def _is_done(intent: Intent, seen: Observation) -> bool:
    """Done as far as the journal knows, or by this very look, which plan and drift do not write down."""
    if intent.settled is Settled.DONE and intent.seen:
        return True
    return intent.may_still_end and shown(intent, seen) is Shown.DONE


def _since(done: list[Intent], written: str | None) -> list[Intent]:
    """The writes behind the one that is counted already; if that one is long past, all that are remembered."""
    place = next((n for n, intent in enumerate(done) if intent.id == written), -1)
    return done[place + 1 :]


def _switching(seen: Observation) -> bool:
    """Whether some switch of the tenant is under way, or may be."""
    if isinstance(seen.subscriptions, Unknown):
        return False
    return any(isinstance(s.switch, Unknown) or s.switch.state not in AT_REST for s in seen.subscriptions)

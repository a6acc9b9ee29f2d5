"""What was remembered and a look in, what to remember from then on out.

A baseline begins with the first look at a subscription that was at rest, and moves on in two ways only: a value that
is as declared is what stands from now on, and a write of ours that is known to be done leaves what it wrote. So a
value that somebody else moved stays a difference from it until the file adopts the value, or it is moved back.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.baseline import AT_REST, Ground
from reconciler.drift.kinds import ACTIVE
from reconciler.match import Pair, Problem, listed_as_unmanaged
from reconciler.memory import Baseline, Standing
from reconciler.model import Declaration, DeclaredSubscription
from reconciler.observe import LiveSubscription, Observation, Unknown


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

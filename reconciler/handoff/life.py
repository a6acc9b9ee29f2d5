"""Requests and a later look in, those that are not as they were out: opened, carried on, done, withdrawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from reconciler.change_plan import Step, TenantPlan, Verdict, verdict_of_finding
from reconciler.handoff import FOLLOWED, HANGING, OPEN, HandOff, HandoffState, Kind
from reconciler.handoff.asking import requests
from reconciler.memory import folded, keys_of
from reconciler.model import Declaration, Subscription
from reconciler.observe import TenantRef


def tended(
    known: Sequence[HandOff], looks: Iterable[tuple[TenantPlan, Declaration]], commit: str | None
) -> Iterator[HandOff]:
    """Yield the requests of a fleet that are not as they were, by the last look at each tenant."""
    by_word: dict[str, dict[str, HandOff]] = defaultdict(dict)
    for one in known:
        for word in one.words:
            by_word[word][one.id] = one
    for plan, declared in looks:
        seen = keys_of(TenantRef(plan.name, plan.tenant), plan.seen) if plan.seen else (folded(plan.tenant),)
        theirs = {id_: one for word in seen for id_, one in by_word[word].items()}
        yield from lived(tuple(theirs.values()), plan, declared, commit)


def left_behind(known: Iterable[HandOff], gone: Collection[str], at: datetime) -> Iterator[HandOff]:
    """Yield the open requests of tenants that no file declares any more, withdrawn; ``gone`` are their names."""
    for one in known:
        if one.state in OPEN and one.tenant in gone:
            yield replace(one, state=HandoffState.WITHDRAWN, closed_at=max(at, one.opened_at))


def ended(before: HandOff, plan: TenantPlan, declared: Declaration) -> HandoffState | None:
    """Return how a request has ended by this look; None where its wish stands, or that can not be told.

    Done only if the live state has reached the wish; withdrawn if the file no longer asks for it.
    """
    if any(before.same_as(wish) for wish in requests(plan, None)):
        return None
    held = str(before.facts.get("held", before.address))
    asked = next((s for s in declared.subscriptions if s.name == held), None) or next(
        (s for s in declared.subscriptions if s.subscription_id == before.subscription_id is not None), None
    )
    steps = [s for s in plan.steps if asked is not None and s.address == asked.name]
    readable = plan.verdict is not Verdict.UNKNOWN and (plan.steps or plan.verdict is not Verdict.BLOCKED)
    certain = readable and all(s.verdict not in (Verdict.UNKNOWN, Verdict.BLOCKED) for s in steps)
    if asked is None:
        return HandoffState.WITHDRAWN
    if certain and before.kind not in HANGING and _reached(before, steps, asked.plan, asked.licenses):
        return HandoffState.DONE
    if not _still_asked(before, asked.plan, asked.licenses):
        return HandoffState.WITHDRAWN
    if not certain:
        return None
    if before.kind in HANGING:
        return None if _hangs(before, plan) else HandoffState.DONE
    # The file asks for the same, and support is no longer needed for it: it became ours, or another request.
    return HandoffState.WITHDRAWN


def _reached(before: HandOff, steps: list[Step], plan: str, licenses: int | None) -> bool:
    """Whether what is live now is what was wished; with no step left, the live state is as declared."""
    wished = before.after or {}
    live = next((s.before for s in steps), Subscription(plan, licenses))
    if live is None or live.plan != wished.get("plan"):
        return False
    if before.kind in (Kind.MANUAL_SWITCH, Kind.NOT_LIVE):
        return True
    number = wished.get("licenses")
    if live.licenses is None or not isinstance(number, int):
        return False
    return live.licenses <= number if before.kind == Kind.REMOVE_LICENSES else live.licenses >= number


def _still_asked(before: HandOff, plan: str, licenses: int | None) -> bool:
    facts, wished = before.facts, before.after or {}
    if before.kind == Kind.REMOVE_LICENSES:
        # Which plan they are of may be about to change; how many there shall be is what is asked.
        return wished.get("licenses") == licenses
    if before.kind in HANGING or before.kind == Kind.MANUAL_SWITCH:
        return bool(facts.get("held_plan", wished.get("plan")) == plan)
    return wished == {"plan": plan, "licenses": licenses}


def _hangs(before: HandOff, plan: TenantPlan) -> bool:
    """Whether a step is still held by what support was asked to look into, or that can not be told."""
    rule = HANGING[Kind(before.kind)]
    return any(
        f.id == rule and verdict_of_finding(f) is not Verdict.APPLY for s in plan.steps for f in s.checks
    )


def lived(
    known: Sequence[HandOff], plan: TenantPlan, declared: Declaration, commit: str | None
) -> Iterator[HandOff]:
    """Yield the requests of one tenant that are not as they were, by this look; ``known`` are all there are of it.

    A wish seen for the first time opens one; one that comes back opens its old one again, unless a person closed
    that while the wish stood. One that stands keeps its state, ticket and age, and is told with today's numbers.
    """
    wishes = tuple(requests(plan, commit))
    for wish in wishes:
        there = next((one for one in known if one.same_as(wish)), None)
        if there is None or there.state not in OPEN:
            # Nothing is asked anew for a tenant that somebody paused; what was asked lives on.
            if plan.verdict is not Verdict.SUSPENDED and not (there and there.by_hand):
                yield replace(wish, id=there.id) if there else wish
        else:
            now = replace(
                wish,
                id=there.id,
                opened_at=there.opened_at,
                state=there.state,
                ticket=there.ticket,
                # No look at a tenant tells of the ticket, so none may take away what is kept of it.
                facts={**wish.facts, **{k: v for k, v in there.facts.items() if k == FOLLOWED}},
            )
            if _told(now) != _told(there):
                yield replace(now, commit=there.commit)
    for one in known:
        over = ended(one, plan, declared)
        if over and one.state in OPEN:
            yield replace(one, state=over, closed_at=plan.observed_at)
        elif over and one.by_hand:
            # The wish is gone, so the next one like it is a new one.
            yield replace(one, by_hand=False)


def _told(one: HandOff) -> HandOff:
    """The request without what may differ between two looks that saw the same."""
    facts = {name: fact for name, fact in one.facts.items() if name != "seen_at"}
    return replace(one, commit=None, why="", facts=facts)

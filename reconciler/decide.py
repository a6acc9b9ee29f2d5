"""Differences in, a tenant's change plan out: what would be done, in which order, and what holds it back.

Deciding is a fold. Each step is judged in the tenant as it will stand when its turn comes: a step that will
be applied patches that tenant for those after it; one that waits or is blocked changes nothing. Nothing here
looks at the world.

Order in a tenant: adds first (quick, and no switch yet locks the portal), then switches, then what stands
behind a switch, then hand-offs; within each, as declared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler import rules
from reconciler.baseline import bought_back, stood
from reconciler.catalogue import Catalogue
from reconciler.change_plan import Step, TenantPlan, Verdict, gravest, step_verdict, verdict_of_finding
from reconciler.diff import Difference, diff, patch
from reconciler.digest import basis_of
from reconciler.limits import Limits
from reconciler.match import Pair, Problem, match, unmanaged
from reconciler.memory import Memory, fingerprint
from reconciler.model import WRITES, Action, Declaration, Subscription, Tenant
from reconciler.observe import Observation, Traits, Unknown
from reconciler.rules import Finding, Scene, Status

PAUSES = frozenset({"suspended", "report-only"})


@dataclass(frozen=True, slots=True)
class _Draft:
    """A step before it is judged."""

    action: Action
    before: Subscription | None
    after: Subscription
    pair: Pair
    behind_switch: bool = False

    @property
    def rank(self) -> int:
        """Its place in the order of a tenant."""
        if self.action is Action.HANDOFF:
            return 3
        if self.action is Action.SWITCH:
            return 1
        return 2 if self.behind_switch else 0


def decide(
    declaration: Declaration,
    observation: Observation,
    memory: Memory,
    catalogue: Catalogue,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    added: int = 0,
) -> TenantPlan:
    """Judge one tenant: match, diff, then fold the rules over its steps.

    ``limits`` are the configuration's; ``added``: licences this run has already added to the tenant.
    """
    pairs = match(declaration, observation, memory)
    live, declared = _cut(declaration.name, pairs)
    by_address = {pair.wanted.name: pair for pair in pairs}
    drafts = sorted(
        (
            d
            for difference in diff(live, declared)
            for d in _drafts(difference, by_address, observation.traits, catalogue)
        ),
        key=lambda draft: draft.rank,
    )
    ground = Scene(
        declaration,
        observation,
        memory,
        catalogue,
        live,
        unread=_unread(pairs, observation),
        limits=limits.narrowed(declaration.limits),
        added_before=added,
        paired={pair.wanted.name: pair.live.id for pair in pairs if pair.live},
    )
    checks = rules.check_ground(ground)
    steps = _fold(drafts, replace(ground, stood=stood(pairs, memory, observation))) if drafts else ()
    others = unmanaged(observation, pairs)
    return TenantPlan(
        name=declaration.name,
        tenant=declaration.tenant,
        file=declaration.place.file,
        verdict=tenant_verdict(steps, checks),
        observed_at=observation.at,
        steps=steps,
        checks=checks,
        unmanaged=others,
        basis=basis_of(declaration, observation, steps, catalogue) if steps else {},
        place=declaration.place,
        unfinished=memory.unfinished,
        meant=_meant(pairs, memory, checks),
        seen=observation if any(step.verdict is Verdict.SUPPORT for step in steps) else None,
        waivers=declaration.waivers,
    )


def _meant(pairs: tuple[Pair, ...], memory: Memory, checks: tuple[Finding, ...]) -> dict[str, str]:
    """What a name means while that is plain: should the subscription go, none of those beside it is taken for it."""
    if memory.absent or not all(f.status is Status.PASS for f in checks if f.id == "wrong-tenant"):
        return {}
    plain = ((p.wanted.name, p.live.id) for p in pairs if p.live and p.live.plan == p.wanted.plan)
    return {name: id_ for name, id_ in plain if memory.bindings.get(name) != id_}


def _fold(drafts: list[_Draft], ground: Scene) -> tuple[Step, ...]:
    steps: list[Step] = []
    tenant = ground.tenant
    for draft in drafts:
        address = draft.pair.wanted.name
        # What stands behind a switch is judged as if that switch were done: with the target's cap and plan.
        seen = patch(tenant, address, draft.before) if draft.behind_switch and draft.before else tenant
        step = _judge(draft, replace(ground, tenant=seen))
        if step.verdict is Verdict.APPLY:
            tenant = patch(tenant, address, step.after)
            ground = replace(
                ground, memory=_spend(step, ground), added_before=ground.added_before + step.added
            )
        steps.append(step)
    return tuple(steps)


def _spend(step: Step, ground: Scene) -> Memory:
    """An acknowledgement covers one switch: those after it in this tenant find it spent."""
    before = step.before
    if before is None or not ground.catalogue.is_one_way(before.plan, step.after.plan):
        return ground.memory
    spent = ground.memory.spent | {fingerprint(ground.declaration.acknowledge)}
    return replace(ground.memory, spent=spent)


def _judge(draft: _Draft, ground: Scene) -> Step:
    pair = draft.pair
    checks = rules.check(
        replace(
            ground,
            address=pair.wanted.name,
            action=draft.action,
            before=draft.before,
            after=draft.after,
            live=pair.live,
            problem=str(pair.problem),
            candidates=pair.candidates,
            switch_before=draft.behind_switch and draft.action is Action.ADD,
        )
    )
    return Step(
        address=pair.wanted.name,
        action=draft.action,
        before=draft.before,
        after=draft.after,
        verdict=step_verdict(draft.action, checks),
        checks=checks,
        place=pair.wanted.place,
        subscription_id=pair.live.id if pair.live else pair.wanted.subscription_id,
        behind_switch=draft.behind_switch,
        version=pair.live.version if pair.live else None,
        buys_back=_buys_back(draft, ground),
    )


def _buys_back(draft: _Draft, ground: Scene) -> int:
    name, before, after = draft.pair.wanted.name, draft.before, draft.after
    if draft.action not in WRITES or before is None or isinstance(ground.stood, Unknown):
        return 0
    return bought_back(ground.stood.get(name, 0), before.licenses or 0, after.licenses or 0)


def tenant_verdict(steps: tuple[Step, ...], checks: tuple[Finding, ...]) -> Verdict:
    """The gravest of the tenant's own findings and its steps'; a pause of any kind makes it suspended."""
    ground = gravest(
        verdict_of_finding(f) for f in checks if f.id not in PAUSES or f.status is Status.UNKNOWN
    )
    if ground in (Verdict.UNKNOWN, Verdict.BLOCKED):
        return ground
    if any(
        f.id in PAUSES and f.status is Status.FAIL for f in (*checks, *(c for s in steps for c in s.checks))
    ):
        return Verdict.SUSPENDED
    return gravest(step.verdict for step in steps) if steps else Verdict.IN_SYNC


def _cut(name: str, pairs: tuple[Pair, ...]) -> tuple[Tenant, Tenant]:
    """Both sides, cut to what is declared and could be read: what is not declared is not ours."""
    live: dict[str, Subscription] = {}
    declared: dict[str, Subscription] = {}
    for pair in pairs:
        wanted = pair.wanted
        if pair.live is None and pair.problem is not Problem.UNREAD:
            declared[wanted.name] = Subscription(wanted.plan, wanted.licenses)
        if (
            pair.live is None
            or isinstance(pair.live.plan, Unknown)
            or isinstance(pair.live.licenses, Unknown)
        ):
            continue
        bought = pair.live.licenses
        live[wanted.name] = Subscription(pair.live.plan, bought)
        declared[wanted.name] = Subscription(
            wanted.plan, bought if wanted.licenses is None else wanted.licenses
        )
    return Tenant(name, live), Tenant(name, declared)


def _unread(pairs: tuple[Pair, ...], observation: Observation) -> tuple[tuple[str, str], ...]:
    """What kept the two sides from being compared: (fact, reason)."""
    if isinstance(observation.subscriptions, Unknown):
        return (("subscriptions", observation.subscriptions.reason),)
    missing = [(f"subscriptions[{p.wanted.name}]", p.reason) for p in pairs if p.problem is Problem.UNREAD]
    for pair in pairs:
        for fact in ("plan", "licenses"):
            value = getattr(pair.live, fact, None)
            if isinstance(value, Unknown):
                missing.append((f"subscriptions[{pair.wanted.name}].{fact}", value.reason))
    return tuple(missing)


def _drafts(
    difference: Difference, pairs: dict[str, Pair], traits: Traits, catalogue: Catalogue
) -> list[_Draft]:
    """One difference as steps: what can be done, and what only support can."""
    pair, before, after = pairs[difference.address], difference.before, difference.after
    if before is None or before.licenses is None or after.licenses is None:
        return [_Draft(Action.HANDOFF, before, after, pair)]
    if "plan" not in difference.changed:
        action = Action.ADD if after.licenses > before.licenses else Action.HANDOFF
        return [_Draft(action, before, after, pair)]
    # The order's total is max(bought, declared); what the order can not carry stands behind it (R-NO-REMOVE, A-13).
    rises = after.licenses > before.licenses
    total = after.licenses if rises and traits.adds_in_order else before.licenses
    switched = Subscription(after.plan, total)
    drafts = [_Draft(Action.SWITCH, before, switched, pair)]
    target = catalogue.plans.get(after.plan)
    if target and target.cap is not None and after.licenses <= target.cap < before.licenses:
        # What is bought does not fit the plan wanted, so it has to go down first; no switch would ever come before.
        fewer = Subscription(before.plan, after.licenses)
        return [*drafts, _Draft(Action.HANDOFF, before, fewer, pair)]
    if after.licenses != total:
        behind = Action.ADD if rises else Action.HANDOFF
        drafts.append(_Draft(behind, switched, after, pair, behind_switch=True))
    return drafts

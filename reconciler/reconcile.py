"""One tenant through all of it: a declaration in, a ``Run`` out.

    look ─► decide ─► while there is a step to apply: act ─► look ─► decide ─► is it as foretold? ─► go on

The change plan is a prediction. After each step the tenant is looked at and judged again, and the run goes on
only if the new plan is the old one less that step. ``plan_tenant`` stops after deciding and is given no hands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from reconciler.act import (
    Actor,
    Ending,
    Errand,
    Hands,
    Inquiry,
    Journal,
    Outcome,
    act,
    as_settled,
    settle_open,
)
from reconciler.approval import covers
from reconciler.catalogue import Catalogue
from reconciler.change_plan import Step, TenantPlan
from reconciler.decide import decide
from reconciler.errors import LeaseLost, PlanRefused, StateUnreadable, TenantHeld, Unsettled
from reconciler.follow import Waiter, follow, outwait
from reconciler.judged import Recall, judge_tenants
from reconciler.limits import Limits
from reconciler.memory import fingerprint, keys_of, with_words_apart
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.observe import Observation, Observer, TenantRef
from reconciler.outcomes import Run, account, as_it_stands


@dataclass(frozen=True, slots=True)
class Ports:
    """All an apply run needs of the world. ``leases`` gives one tenant's journal to one run at a time.

    ``waiter`` None: started switches are not followed. ``interrupted`` is asked before each write.
    ``allowance``: a plan just judged and the one shown in, the first with all that is too much for this run blocked
    out; ``spend`` is told of each write before it is made. ``most_steps``: end after so many, None for all there are.
    """

    observer: Observer
    actor: Actor
    inquiry: Inquiry
    leases: Callable[[tuple[str, ...]], AbstractContextManager[Journal]]
    catalogue: Catalogue
    waiter: Waiter | None = None
    interrupted: Callable[[], bool] = lambda: False
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    allowance: Callable[[TenantPlan, TenantPlan], TenantPlan] = lambda judged, shown: judged
    spend: Callable[[str, Step], None] = lambda tenant, step: None
    most_steps: int | None = None


def plan_tenant(
    declaration: Declaration,
    observer: Observer,
    store: Recall,
    catalogue: Catalogue,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> tuple[TenantPlan, Observation]:
    """Look at one tenant and judge it. Writes nothing, and is given nothing that could."""
    return next(plan_tenants((declaration,), observer, store, catalogue, limits))


def plan_tenants(
    declarations: Sequence[Declaration],
    observer: Observer,
    store: Recall,
    catalogue: Catalogue,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Iterator[tuple[TenantPlan, Observation]]:
    """Look at each tenant and judge it, in the order given. Writes nothing, and is given nothing that could."""
    for each in judge_tenants(declarations, observer, store, catalogue, limits):
        yield each.plan, each.seen


def reconcile(
    declaration: Declaration,
    approved: TenantPlan,
    ports: Ports,
    errand: Errand,
    tried: dict[Step, Outcome] | None = None,
) -> Run:
    """Do what was approved for one tenant, as far as it still holds. One tenant's trouble is a value in its Run.

    ``tried`` is filled with each step's outcome as it comes, for who has to account for a run that broke.
    """
    ref = TenantRef.of(declaration)
    ended: dict[Step, Outcome] = {} if tried is None else tried
    try:
        keys = keys_of(ref, ports.observer.observe(ref))
        with ports.leases(keys) as journal:
            hands = Hands(ports.observer, ports.actor, ports.inquiry, journal)
            return _turn(declaration, approved, ports, hands, errand, ended, keys)
    except TenantHeld as held:
        reason = Outcome(Ending.WAITING, say("run.held", tenant=ref.name, holder=held.holder))
    except (StateUnreadable, LeaseLost, Unsettled, PlanRefused) as trouble:
        reason = Outcome(Ending.FAILED, say("run.state", tenant=ref.name, why=trouble))
    return account(approved, approved, ended, reason)


def _turn(
    declaration: Declaration,
    approved: TenantPlan,
    ports: Ports,
    hands: Hands,
    errand: Errand,
    ended: dict[Step, Outcome],
    leased: tuple[str, ...],
) -> Run:
    ref = TenantRef.of(declaration)

    def look() -> tuple[TenantPlan, Observation]:
        judged, seen = _look(declaration, ref, ports, hands, sum(step.added for step in ended))
        return ports.allowance(judged, approved), seen

    plan, seen = look()
    if errand.as_declared:
        approved = plan
    if errand.exactly and plan.basis != approved.basis:
        # By the plan as it was approved: what another run may have done meanwhile was not done by this one.
        return account(approved, approved, ended, Outcome(Ending.FAILED, say("run.moved", tenant=ref.name)))
    while step := next(iter(plan.writes), None):
        if ports.interrupted():
            return account(
                approved, plan, ended, Outcome(Ending.WAITING, say("run.interrupted", tenant=ref.name))
            )
        if ports.most_steps is not None and len(ended) >= ports.most_steps:
            return account(
                approved, plan, ended, Outcome(Ending.WAITING, say("run.next-pass", tenant=ref.name))
            )
        if not set(keys_of(ref, seen)) <= set(leased):
            # It answers to a name we do not hold: another run may hold it by that one, and its memory is not ours yet.
            return account(approved, plan, ended, Outcome(Ending.WAITING, say("run.names", tenant=ref.name)))
        if not covers(approved, step):
            return account(approved, plan, ended, Outcome(Ending.FAILED, say("run.moved", tenant=ref.name)))
        ports.spend(ref.name, step)
        outcome = act(step, ref, seen, hands, _on_behalf(errand, step, declaration, ports.catalogue))
        # Noted before the look: should our own state fail us there, it is still told what was sent.
        ended[step] = outcome
        foretold = plan.after(step)
        plan, seen = look()
        ended[step] = outcome = as_it_stands(as_settled(outcome, ref, hands, seen), step, plan)
        if outcome.ending is not Ending.DONE:
            return account(
                approved, plan, ended, Outcome(Ending.WAITING, say("run.not-reached", tenant=ref.name))
            )
        if plan.shapes() != foretold:
            return account(
                approved, plan, ended, Outcome(Ending.WAITING, say("run.unforeseen", tenant=ref.name))
            )
    return account(approved, plan, ended, Outcome(Ending.WAITING, say("run.not-reached", tenant=ref.name)))


def _look(
    declaration: Declaration, ref: TenantRef, ports: Ports, hands: Hands, added: int
) -> tuple[TenantPlan, Observation]:
    """Look, follow what is worth waiting for, settle what earlier writes left open, judge."""
    seen = ports.observer.observe(ref)
    if ports.waiter:
        seen = follow(ref, ports.observer, ports.waiter, seen, ports.interrupted)
    settle_open(hands.journal.memory(), ref, seen, hands)
    memory = hands.journal.memory()
    if ports.waiter and memory.unsettled and seen.traits.visible_within:
        seen = outwait(ref, ports.waiter, hands, seen, ports.interrupted)
        memory = hands.journal.memory()
    memory = with_words_apart(memory, seen, hands.journal.apart)
    return decide(declaration, seen, memory, ports.catalogue, ports.limits, added), seen


def _on_behalf(errand: Errand, step: Step, declaration: Declaration, catalogue: Catalogue) -> Errand:
    """Note which acknowledgement a one-way switch rests on: once that switch is done, it is spent."""
    if step.before is None or not catalogue.is_one_way(step.before.plan, step.after.plan):
        return errand
    return replace(errand, acknowledged=fingerprint(declaration.acknowledge))

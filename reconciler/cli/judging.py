"""A view and declarations in, what becomes of each tenant out: looked at and judged, showing how far it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.change_plan import TenantPlan
from reconciler.cli.progress import counting
from reconciler.cli.show import names_of
from reconciler.cli.world import MOST_NAMED, View, added_today
from reconciler.errors import FilesBroken, Problem
from reconciler.fleet import Tally, hold, within
from reconciler.judged import Judged, judge_tenants
from reconciler.memory import folded, keys_of
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.observe import TenantRef
from reconciler.reconcile import plan_tenants


def judge(
    view: View, declarations: Sequence[Declaration], fleet: Sequence[Declaration]
) -> tuple[TenantPlan, ...]:
    """Look at each tenant and judge it, and all of them together, showing how far it is.

    Raises FilesBroken where two files of the ``fleet`` turn out to declare one live tenant, one by its domain, say,
    and one by its id: each would outbid what the other did.
    """
    limits = view.setting.config.limits
    looks = plan_tenants(declarations, view.observer, view.memory, view.setting.catalogue, limits)
    judged: list[TenantPlan] = []
    # Those that were not looked at count by the word in their file: a live tenant may answer to it.
    owners: dict[str, dict[str, Declaration]] = {}
    for declaration in fleet:
        owners.setdefault(folded(declaration.tenant), {})[declaration.name] = declaration
    for declaration, (plan, seen) in zip(
        declarations, counting(looks, len(declarations), say("cli.planning")), strict=True
    ):
        judged.append(plan)
        for key in keys_of(TenantRef(plan.name, plan.tenant), seen):
            owners.setdefault(key, {})[plan.name] = declaration
    shared = {tuple(sorted(names)): list(names.values()) for names in owners.values() if len(names) > 1}
    if shared:
        raise FilesBroken(tuple(_one_tenant(same) for same in shared.values()))
    return within(judged, limits, None if view.snapshot else added_today(view.store))


def judge_with_drift(
    view: View, declarations: Sequence[Declaration], fleet: Sequence[Declaration]
) -> tuple[TenantPlan, ...]:
    """Judge them, with the confirmed drift of each tenant beside its steps: it is told, not judged by."""
    from reconciler.cli.looks import drift_reports, watched
    from reconciler.report.drift_document import finding_document

    view, looks = watched(view)
    judged, names = judge(view, declarations, fleet), names_of(view.setting)
    reports = drift_reports(view, declarations, judged, looks)
    found = {r.name: tuple(finding_document(f, names) for f in r.drift) for r in reports}
    return tuple(replace(plan, drift=found[plan.name]) for plan in judged)


def judged_all(view: View, declarations: Sequence[Declaration]) -> Iterator[Judged]:
    """Look at each tenant and judge it, the limits of the fleet counted in order of name; none is kept."""
    setting = view.setting
    limits = setting.config.limits
    tally = Tally(None if view.snapshot else added_today(view.store))
    in_order = sorted(declarations, key=lambda d: d.name)
    for each in judge_tenants(in_order, view.observer, view.memory, setting.catalogue, limits):
        plan, tally = hold(each.plan, tally, limits)
        yield replace(each, plan=plan)


def _one_tenant(same: Sequence[Declaration]) -> Problem:
    in_order = sorted(same, key=lambda d: d.place)
    names = ", ".join(f"{d.name} ({d.tenant}, {d.place})" for d in in_order[:MOST_NAMED])
    if len(in_order) > MOST_NAMED:
        names = say("cli.and-more", names=names, count=len(in_order) - MOST_NAMED)
    place = in_order[0].place
    hint = say("files.duplicate-tenant.hint")
    return Problem(place, "duplicate-tenant", say("cli.one-tenant", names=names), hint=hint)

"""A view in, the last look at each tenant kept beside it, and what drift makes of it out. Has eyes only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler.change_plan import ChangePlan, TenantPlan
from reconciler.cli.world import View
from reconciler.drift.looking import drift_of
from reconciler.drift.values import DriftReport, Remembered
from reconciler.memory import keys_of
from reconciler.model import Declaration
from reconciler.observe import Fact, LastLooks, TenantRef


def watched(view: View) -> tuple[View, LastLooks]:
    """Return the view with an observer that keeps its last looks, and that observer."""
    looks = LastLooks(view.observer)
    return replace(view, observer=looks), looks


def drift_reports(
    view: View, declarations: Sequence[Declaration], plans: Iterable[TenantPlan], looks: LastLooks
) -> tuple[DriftReport, ...]:
    """Say of each tenant that was looked at what drift there is, and by whom where the backend tells."""
    judged = {plan.name: plan for plan in plans}
    refs = [TenantRef.of(d) for d in declarations]
    keysets = [keys_of(ref, looks.seen[ref]) for ref in refs]
    reports = []
    for declaration, ref, memory, remembered in zip(
        declarations, refs, view.memory.recall_all(keysets), _remembered(view, keysets), strict=True
    ):
        found = drift_of(
            declaration,
            looks.seen[ref],
            judged[declaration.name],
            memory,
            remembered,
            view.setting.catalogue,
            view.setting.config.confirming,
        )
        reports.append(found.testified(ref, view.witness) if view.witness else found)
    return tuple(reports)


def before_buying_back(
    view: View, declarations: Sequence[Declaration], shown: ChangePlan, looks: LastLooks
) -> tuple[DriftReport, ...]:
    """Say it of those tenants alone of which something is bought back: once it is, no look shows it any more."""
    buying = {plan.name: plan for plan in shown.tenants if any(step.buys_back for step in plan.steps)}
    theirs = [declaration for declaration in declarations if declaration.name in buying]
    return drift_reports(view, theirs, buying.values(), looks) if theirs else ()


def _remembered(view: View, keysets: Sequence[tuple[str, ...]]) -> Sequence[Fact[Remembered]]:
    return [Remembered()] * len(keysets) if view.snapshot else view.store.remembered_all(keysets)


def kept(reports: Iterable[DriftReport]) -> list[tuple[tuple[str, ...], Remembered]]:
    """Return what the store is to keep of them, by the word each file names its tenant by."""
    return [((report.tenant,), report.kept) for report in reports if report.kept is not None]

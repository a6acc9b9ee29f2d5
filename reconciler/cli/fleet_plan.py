"""Judged tenants in, the change plan of their fleet as one value out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from reconciler import __version__
from reconciler.adapters import git
from reconciler.change_plan import ChangePlan, Source, TenantPlan
from reconciler.cli.world import View, now
from reconciler.errors import Problem
from reconciler.model import Declaration
from reconciler.observe import Unknown
from reconciler.roster import no_longer_managed, renamed

VALID_FOR = timedelta(hours=72)


def make_change_plan(
    view: View,
    paths: Sequence[Path],
    judged: Sequence[TenantPlan],
    problems: tuple[Problem, ...],
    partial: bool,
    valid_for: timedelta,
) -> ChangePlan:
    """Put the judged tenants together as one value."""
    made = now()
    return ChangePlan(
        plan_id=str(uuid4()),
        created_at=made,
        valid_until=made + valid_for,
        tool_version=__version__,
        backend=view.backend,
        catalogue=view.setting.catalogue.digest,
        source=Source(
            tuple(p.as_posix() for p in paths), git.commit_of(paths[0]) if paths else None, partial
        ),
        tenants=tuple(judged),
        diagnostics=problems,
        snapshot=view.snapshot,
    )


def tell_of_the_fleet(made: ChangePlan, view: View, declarations: Sequence[Declaration]) -> ChangePlan:
    """Add who was renamed and who is not declared any more, as far as our own store knows the fleet.

    Of a part of the fleet nothing can be missed, and while a file is broken nobody can tell who is declared.
    """
    last = None if view.snapshot else view.store.last_roster(source_of([Path(p) for p in made.source.paths]))
    if isinstance(last, Unknown):
        return made
    whole = not (made.source.partial or made.errored)
    gone = no_longer_managed(declarations, last) if whole else ()
    return replace(made, renamed=renamed(declarations, last), no_longer_managed=gone)


def source_of(paths: Sequence[Path]) -> str:
    """The word under which the store keeps which tenants these paths had."""
    return " ".join(sorted(str(path.resolve()) for path in paths))

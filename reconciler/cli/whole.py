"""What a change plan is asked of in, the change plan of a fleet that is read, and held, as a whole out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.change_plan import ChangePlan
from reconciler.cli.declared import declared
from reconciler.cli.fleet_plan import make_change_plan, tell_of_the_fleet
from reconciler.cli.judging import judge, judge_with_drift
from reconciler.cli.world import Setting, build_view
from reconciler.what_if import NotASupposition, Supposition, suppose, supposition

if TYPE_CHECKING:
    from reconciler.cli.plan import Asked


def planned_whole(asked: Asked, out: Path | None, *, with_drift: bool) -> tuple[Setting, ChangePlan]:
    """Read all that is declared, look at whoever was chosen, and plan."""
    there = declared(asked.paths, asked.config, asked.state, asked.refs)
    setting = there.setting
    if out:
        setting.config.bounds.refuse((out.absolute().parent,))
    chosen = there.chosen(asked.tenants, asked.selector)
    with build_view(setting, asked.live) as view:
        judging = judge_with_drift if with_drift else judge
        judged = judging(view, suppose(chosen, _suppositions(asked.supposed, setting)), there.everybody)
        validity = asked.validity(setting)
        made = make_change_plan(view, asked.paths, judged, there.fleet.problems, asked.partial, validity)
        made = replace(made, source=there.told_in(made.source))
        made = tell_of_the_fleet(made, view, chosen)
    return setting, replace(made, source=replace(made.source, what_if=asked.supposed))


def _suppositions(texts: Sequence[str], setting: Setting) -> list[Supposition]:
    try:
        return [supposition(text, setting.catalogue) for text in texts]
    except NotASupposition as slip:
        raise click.UsageError(str(slip)) from slip

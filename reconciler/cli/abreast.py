"""Tenant files and recorded states in, the change plan that is told in text out, with no fleet held in between.

It is the short way of ``plan --live``, for all of a fleet as it is and for the text on a terminal, which tells nothing
of a tenant at rest. Everything else, and every fleet that is not plain, is planned the usual way; both tell the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from reconciler.adapters import files
from reconciler.adapters.snapshots import Snapshots
from reconciler.change_plan import ChangePlan
from reconciler.cli.backends import backend_of
from reconciler.cli.plan import make_change_plan
from reconciler.cli.progress import counting
from reconciler.cli.world import NoMemory, Setting, View
from reconciler.errors import FilesBroken, Problem
from reconciler.fleet import within
from reconciler.meeting import Judge, Meeting, NotPlain
from reconciler.messages import say
from reconciler.roster import renamed


def planned_abreast(
    setting: Setting, paths: Sequence[Path], live: Sequence[Path], valid_for: timedelta
) -> ChangePlan | None:
    """Return the change plan; None where the fleet has to be read as a whole to make it, or to say what is wrong."""
    setting.config.bounds.refuse(live)
    tenant_files, live_files = files.find_files(paths), files.find_files(live)
    if live_files.problems:
        return None
    backend, limits = backend_of(setting), setting.config.limits
    nobody = Snapshots((), backend.traits, setting.catalogue)
    judge = Judge(setting.catalogue, backend.traits, limits)
    try:
        found = _met(setting, judge, tenant_files.files, live_files.files).end(nobody)
    except (NotPlain, FilesBroken):
        return None
    view = View(setting, nobody, NoMemory(), backend.name, True)
    plans = within(sorted(found.plans, key=lambda plan: plan.name), limits, None)
    problems = _in_order((*tenant_files.problems, *found.problems))
    made = make_change_plan(view, paths, plans, problems, False, valid_for)
    return replace(made, renamed=renamed(found.renamed, None), at_rest=found.at_rest)


def _met(setting: Setting, judge: Judge, tenant_files: Sequence[str], live_files: Sequence[str]) -> Meeting:
    config, meeting = setting.config, Meeting(judge)
    reader = files.reader_of(
        setting.catalogue, backup_max_age_days=config.backup_max_age_days, limits=config.limits
    )
    both = files.files_abreast(tenant_files, live_files, reader)
    for read, documents in counting(both, len(tenant_files), say("cli.planning")):
        if read is not None:
            meeting.declare(read)
        for document in documents:
            meeting.show(document)
    return meeting


def _in_order(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.place, problem.code)))

"""Tenant files and recorded states in, the change plan that is told in text out, with no fleet held in between.

It is the short way of ``plan --live``, for all of a fleet as it is and for the text on a terminal, which tells nothing
of a tenant at rest. Everything else, and every fleet that is not plain, is planned the usual way; both tell the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click

from reconciler import __version__
from reconciler.adapters import files
from reconciler.adapters.snapshots import Snapshots
from reconciler.change_plan import ChangePlan
from reconciler.cli.backends import backend_of
from reconciler.cli.plan import make_change_plan
from reconciler.cli.progress import counting
from reconciler.cli.world import NoMemory, Setting, View
from reconciler.digest import rules_digest
from reconciler.errors import FilesBroken, Problem
from reconciler.fleet import within
from reconciler.meeting import Judge, Meeting, NotPlain
from reconciler.messages import say
from reconciler.roster import renamed


def planned_abreast(
    setting: Setting, paths: Sequence[Path], live: Sequence[Path], valid_for: timedelta, cache: Path | None
) -> ChangePlan | None:
    """Return the change plan; None where the fleet has to be read as a whole to make it, or to say what is wrong.

    In the folder ``cache`` is kept, for the next time, what each tenant's files came to.
    """
    setting.config.bounds.refuse((*live, *(() if cache is None else (cache,))))
    tenant_files, live_files = files.find_files(paths), files.find_files(live)
    if live_files.problems:
        return None
    backend, limits = backend_of(setting), setting.config.limits
    nobody = Snapshots((), backend.traits, setting.catalogue)
    judge = Judge(setting.catalogue, backend.traits, limits)
    answers = None if cache is None else files.Answers(cache, _key(setting, judge, paths, live))
    try:
        found = _met(setting, judge, tenant_files.files, live_files.files, answers).end(nobody)
    except (NotPlain, FilesBroken):
        return None
    if answers is not None:
        _close(answers)
    view = View(setting, nobody, NoMemory(), backend.name, True)
    plans = within(sorted(found.plans, key=lambda plan: plan.name), limits, None)
    problems = _in_order((*tenant_files.problems, *found.problems))
    made = make_change_plan(view, paths, plans, problems, False, valid_for)
    return replace(made, renamed=renamed(found.renamed, None), at_rest=found.at_rest)


def _met(
    setting: Setting,
    judge: Judge,
    tenant_files: Sequence[str],
    live_files: Sequence[str],
    answers: files.Answers | None,
) -> Meeting:
    config, meeting = setting.config, Meeting(judge)
    reader = files.reader_of(
        setting.catalogue, backup_max_age_days=config.backup_max_age_days, limits=config.limits
    )
    turns = files.side_by_side(reader, answers).turns(tenant_files, live_files)
    for turn in counting(turns, len(tenant_files), say("cli.planning")):
        pair = turn.pair or judge.pair(turn.read, turn.documents)
        if pair is None:
            meeting.declare(turn.read)
            for document in turn.documents:
                meeting.show(document)
            continue
        meeting.take(pair)
        if turn.keep is not None:
            turn.keep(pair)
    return meeting


def _key(setting: Setting, judge: Judge, paths: Sequence[Path], live: Sequence[Path]) -> str:
    """Return all that an answer hangs on besides the two files; and for which fleet it is kept."""
    rests_on = (
        __version__,
        files.program(),
        rules_digest(),
        setting.catalogue.digest,
        judge.limits,
        judge.traits,
    )
    return repr((rests_on, setting.config.backup_max_age_days, list(map(str, paths)), list(map(str, live))))


def _close(answers: files.Answers) -> None:
    try:
        answers.close()
    except OSError as error:
        click.echo(say("cli.not-cached", why=error.strerror), err=True)


def _in_order(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.place, problem.code)))

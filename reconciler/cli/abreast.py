"""Tenant files and recorded states in, the change plan that is told in text out, with no fleet held in between.

It is the short way of ``plan --live``, for all of a fleet as it is and for the text on a terminal, which tells nothing
of a tenant at rest. Everything else, and every fleet that is not plain, is planned the usual way; both tell the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from reconciler.adapters import files
from reconciler.adapters.snapshots import Snapshots
from reconciler.change_plan import ChangePlan
from reconciler.cli.backends import backend_of
from reconciler.cli.fleet_plan import make_change_plan
from reconciler.cli.kept_answers import kept_answers
from reconciler.cli.progress import counting
from reconciler.cli.shares import in_shares, jobs_for
from reconciler.cli.world import NoMemory, Setting, View
from reconciler.digest import rules_digest
from reconciler.errors import FilesBroken, Problem
from reconciler.fleet import within
from reconciler.meeting import Found, Judge, Meeting, NotPlain
from reconciler.messages import say
from reconciler.report.kept_part import found_from_text, found_text
from reconciler.roster import renamed


def planned_abreast(
    setting: Setting,
    paths: Sequence[Path],
    live: Sequence[Path],
    valid_for: timedelta,
    cache: Path | None,
    jobs: int | None,
) -> ChangePlan | None:
    """Return the change plan; None where the fleet has to be read as a whole to make it, or to say what is wrong.

    In the folder ``cache`` is kept, for the next time, what each tenant's files came to. Without one, the files are
    read in as many processes as ``jobs`` says, or there are cores.
    """
    setting.config.bounds.refuse(live)
    tenant_files, live_files = files.find_files(paths), files.find_files(live)
    if live_files.problems:
        return None
    backend, limits = backend_of(setting), setting.config.limits
    nobody = Snapshots((), backend.traits, setting.catalogue)
    judge = Judge(setting.catalogue, backend.traits, limits)
    form, of_fleet = files.Form(found_text, found_from_text), (list(map(str, paths)), list(map(str, live)))
    try:
        with kept_answers(cache, setting, form, "plan", rules_digest(), judge.traits, of_fleet) as answers:
            both = _Both(setting, judge, tenant_files.files, live_files.files, answers)
            found = both.met(jobs_for(len(tenant_files.files), jobs) if cache is None else 1).end(nobody)
    except NotPlain:
        return None
    view = View(setting, nobody, NoMemory(), backend.name, True)
    plans = within(sorted(found.plans, key=lambda plan: plan.name), limits, None)
    problems = _in_order((*tenant_files.problems, *found.problems))
    made = make_change_plan(view, paths, plans, problems, False, valid_for)
    return replace(made, renamed=renamed(found.renamed, None), at_rest=found.at_rest)


@dataclass(frozen=True, slots=True)
class _Both:
    """Both sides of a fleet, and how they are judged."""

    setting: Setting
    judge: Judge
    tenant_files: Sequence[str]
    live_files: Sequence[str]
    answers: files.Answering[Found]

    def met(self, jobs: int) -> Meeting:
        """Let all of them meet, in so many processes. Raises NotPlain."""
        meeting = Meeting(self.judge)
        with closing(in_shares(lambda number: self._share(number, jobs), jobs)) as shares:
            for found in shares:
                if found is None:
                    raise NotPlain
                meeting.join(found)
        return meeting

    def _share(self, number: int, jobs: int) -> Found | None:
        """Let those of one share meet; None where that can not be done apart from the others."""
        config, meeting = self.setting.config, Meeting(self.judge)
        abreast = files.side_by_side(
            files.reader_of(
                self.setting.catalogue, backup_max_age_days=config.backup_max_age_days, limits=config.limits
            )
        )
        tenants, states = _share_of(self.tenant_files, number, jobs), _share_of(self.live_files, number, jobs)
        blocks = files.blocks_of(tenants, states)
        try:
            for block in blocks if number else counting(blocks, len(tenants), say("cli.planning"), _size):
                fresh = partial(self._met_in, abreast, block)
                meeting.join(self.answers.of(block.files, fresh))
        except (NotPlain, FilesBroken):
            return None
        return meeting.found

    def _met_in(self, abreast: files.Abreast, block: files.Block, text_of: files.TextOf) -> Found:
        meeting = Meeting(self.judge)
        for turn in abreast.turns(block, text_of):
            meeting.meet(turn.read, turn.documents)
        return meeting.found


def _size(block: files.Block) -> int:
    return len(block.tenants)


def _share_of(all_files: Sequence[str], number: int, jobs: int) -> Sequence[str]:
    each = -(-len(all_files) // jobs)
    return all_files[number * each : (number + 1) * each]


def _in_order(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.place, problem.code)))

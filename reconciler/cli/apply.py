"""``apply``: plan, ask, do it; or do exactly a saved change plan."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import click

from reconciler.act import DigestUse, Errand
from reconciler.approval import (
    refuse_another,
    refuse_if_moved,
    refuse_unless_approved,
    refuse_unless_usable,
    refuse_used,
)
from reconciler.change_plan import ChangePlan
from reconciler.cli.asking import is_answered_yes, may_write
from reconciler.cli.backends import Opened
from reconciler.cli.declared import Declared, declared
from reconciler.cli.fleet_plan import VALID_FOR, make_change_plan, tell_of_the_fleet
from reconciler.cli.guards import note_fleet, refuse_a_shrunk_fleet, refuse_the_unready
from reconciler.cli.judging import judge
from reconciler.cli.looks import before_buying_back, drift_reports, kept, watched
from reconciler.cli.options import (
    Refs,
    colour_option,
    colour_wanted,
    config_option,
    digest,
    duration,
    exit_mode,
    exit_options,
    format_option,
    refs_options,
    selection_options,
    state_option,
    verbose_option,
)
from reconciler.cli.problems import refuse_broken
from reconciler.cli.progress import progress
from reconciler.cli.saved_plan import read_saved
from reconciler.cli.show import rendered
from reconciler.cli.telling import Manner, show, tell_outcome
from reconciler.cli.world import (
    View,
    build_reach,
    build_view,
    now,
    select,
)
from reconciler.errors import PlanRefused, ReconcilerError, StateUnreadable
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.observe import LastLooks
from reconciler.outcomes import Run
from reconciler.report.lines import safe

WAIT_TIMEOUT = timedelta(minutes=75)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    paths: tuple[Path, ...]
    saved_file: Path | None
    auto_approve: bool
    wait: bool
    wait_timeout: timedelta
    max_age: timedelta
    fleet_size: int | None
    tenants: tuple[str, ...]
    selector: tuple[str, ...]
    approved_digest: str | None
    changed_since: str | None
    policy_from: str | None
    detailed_exitcode: bool
    exit_codes: str
    config: Path | None
    state: str | None
    form: str
    no_colour: bool
    verbose: bool

    @property
    def manner(self) -> Manner:
        """How the result is told."""
        mode = exit_mode(self.detailed_exitcode, self.exit_codes)
        return Manner(self.form, colour_wanted(self.no_colour), self.verbose, mode)


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--plan",
    "saved_file",
    type=click.Path(path_type=Path),
    help="Do exactly this saved change plan; PATHS only say where its tenant files are now.",
)
@click.option(
    "--approved-digest",
    type=digest,
    metavar="DIGEST",
    help="Do what has this digest (sha256:...), once, and nothing else; nobody is asked.",
)
@click.option("--auto-approve", is_flag=True, help="Do not ask for the word yes.")
@click.option("--wait", is_flag=True, help="Follow switches to their end.")
@click.option(
    "--wait-timeout", type=duration, default=WAIT_TIMEOUT, help="How long to follow one switch (75m)."
)
@click.option("--max-age", type=duration, default=VALID_FOR, help="Refuse saved plans older than this (72h).")
@click.option("--fleet-size", type=int, help="How many tenants there are now, after many files were removed.")
@selection_options
@refs_options
@exit_options
@config_option
@state_option
@format_option()
@colour_option
@verbose_option
def apply(**options: object) -> int:
    """Plan, ask for the word yes, and do it; or do exactly a saved change plan.

    Each tenant is looked at again before each write, and the next step is only taken when the tenant stands
    as foretold. What only time or support can do is left to them, and said.
    """
    wish = Wish(**options)  # type: ignore[arg-type]
    if wish.saved_file is None:
        if not wish.paths:
            raise click.UsageError(say("cli.apply-what"))
        return _apply_files(wish)
    if wish.tenants or wish.selector or wish.changed_since:
        raise click.UsageError(say("cli.plan-is-whole"))
    return _apply_saved(wish)


def _apply_files(wish: Wish) -> int:
    there = declared(wish.paths, wish.config, wish.state, Refs(wish.changed_since, wish.policy_from))
    setting, fleet = there.setting, there.fleet
    _refuse_broken(wish, wish.paths, there)
    chosen = there.chosen(wish.tenants, wish.selector)
    selected = bool(wish.tenants or wish.selector)
    refuse_the_unready(setting)
    with build_reach(setting) as (seen, opened):
        view, looks = watched(seen)
        _refuse_a_used_digest(view, wish)
        refuse_a_shrunk_fleet(view, wish.paths, len(fleet.declarations), wish.fleet_size)
        judged = judge(view, chosen, there.everybody)
        made = make_change_plan(view, wish.paths, judged, (), selected, VALID_FOR)
        made = replace(made, source=there.told_in(made.source))
        refuse_unless_approved(wish.approved_digest, made.digest, shlex.join(map(str, wish.paths)))
        shown = tell_of_the_fleet(made, view, chosen)
        show(shown, setting, wish.manner)
        if may_write(shown, wait=wish.wait) and not _approved(wish):
            return 1
        view.store.note_renamed(shown.renamed)
        uses = DigestUse(wish.approved_digest) if wish.approved_digest else None
        errand = Errand(shown.plan_id, shown.source.commit, uses_digest=uses)
        code = _go(view, opened, looks, wish, chosen, shown, errand)
        if not shown.source.partial:
            note_fleet(view, wish.paths, fleet.declarations)
        return code


def _apply_saved(wish: Wish) -> int:
    assert wish.saved_file is not None
    saved, saved_digest = read_saved(wish.saved_file)
    paths = wish.paths or _saved_paths(saved, wish.saved_file)
    refuse_another(wish.approved_digest, saved_digest, wish.saved_file)
    policy = saved.source.policy.ref if saved.source.policy else None
    there = declared(paths, wish.config, wish.state, Refs(None, wish.policy_from or policy))
    setting, fleet = there.setting, there.fleet
    _refuse_broken(wish, paths, there)
    named = {t.name for t in saved.tenants if t.steps}
    chosen = tuple(d for d in select(fleet.declarations, (), ()) if d.name in named)
    refuse_the_unready(setting)
    with build_reach(setting) as (seen, opened):
        view, looks = watched(seen)
        _refuse_a_used_digest(view, wish)
        refuse_unless_usable(saved, now(), wish.max_age, _use_of(view, saved, saved_digest))
        if saved.backend != view.backend:
            raise PlanRefused(say("saved.backend", saved=saved.backend, now=view.backend))
        refuse_a_shrunk_fleet(view, paths, len(fleet.declarations), wish.fleet_size)
        judged = judge(view, chosen, there.everybody)
        fresh = make_change_plan(view, paths, judged, (), saved.source.partial, VALID_FOR)
        fresh = replace(fresh, source=replace(fresh.source, since=saved.source.since, policy=there.policy))
        refuse_if_moved(saved, saved_digest, fresh)
        shown = replace(tell_of_the_fleet(fresh, view, fleet.declarations), plan_id=saved.plan_id)
        show(shown, setting, wish.manner)
        view.store.note_renamed(shown.renamed)
        uses = DigestUse(saved_digest, None if wish.approved_digest else saved.created_at)
        errand = Errand(saved.plan_id, shown.source.commit, uses_plan=saved.plan_id, uses_digest=uses)
        code = _go(view, opened, looks, wish, chosen, shown, errand)
        if not saved.source.partial:
            note_fleet(view, paths, fleet.declarations)
        return code


def _use_of(view: View, saved: ChangePlan, digest: str) -> datetime | None:
    """When this saved plan was used: as such, or by its digest since it was made."""
    used, approved = view.store.plan_use(saved.plan_id), view.store.digest_use(digest)
    return approved if used is None and approved and approved >= saved.created_at else used


def _refuse_a_used_digest(view: View, wish: Wish) -> None:
    """Raise PlanRefused for a digest that was used before, StateUnreadable where that can not be told."""
    if wish.approved_digest is not None:
        refuse_used(wish.approved_digest, view.store.digest_use(wish.approved_digest))


def _saved_paths(saved: ChangePlan, file: Path) -> tuple[Path, ...]:
    """Return where the plan's tenant files are; raises ReconcilerError where they are not, seen from here."""
    paths = tuple(Path(p) for p in saved.source.paths)
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        named = ", ".join(saved.source.paths)
        raise ReconcilerError(say("cli.plan-paths", paths=named, missing=missing, file=file))
    return paths


def _go(
    view: View,
    opened: Opened,
    looks: LastLooks,
    wish: Wish,
    declarations: Sequence[Declaration],
    shown: ChangePlan,
    errand: Errand,
) -> int:
    from reconciler.cli.running import Interruption, build_ports, run_all

    forgot = _kept(lambda: view.store.note_drift(kept(before_buying_back(view, declarations, shown, looks))))
    interruption = Interruption()
    patience = wish.wait_timeout if wish.wait else None
    with interruption.watching():
        with progress() as show:
            ports = build_ports(view, opened, patience, interruption, show)
            ports = replace(ports, observer=looks.through(ports.observer))
            runs = run_all(ports, declarations, shown, errand, show)
        forgot = _kept(lambda: _remember(view, looks, declarations, shown, runs)) or forgot
    code = tell_outcome(shown, runs, view.setting, wish.manner, interruption.signal)
    return 1 if forgot and code == 0 else code


def _remember(
    view: View, looks: LastLooks, declarations: Sequence[Declaration], shown: ChangePlan, runs: Sequence[Run]
) -> None:
    from reconciler.cli.running import remember

    reports = drift_reports(view, declarations, [run.last for run in runs], looks)
    remember(view.store, declarations, shown, runs, kept(reports))


def _kept(keep: Callable[[], None]) -> bool:
    """Keep what became of a run; where that fails, say so, and say True: what was written is still to be told."""
    try:
        keep()
    except StateUnreadable as trouble:
        click.echo(say("cli.not-kept", why=safe(str(trouble))), err=True)
        return True
    return False


def _approved(wish: Wish) -> bool:
    """Whether it may be done: a digest and --auto-approve say so, else the word yes."""
    return wish.auto_approve or wish.approved_digest is not None or is_answered_yes(wish.form)


def _refuse_broken(wish: Wish, paths: Sequence[Path], there: Declared) -> None:
    """Write nothing at all where files have problems; in JSON they are told as ``plan`` tells them."""
    problems = there.fleet.problems
    if problems and wish.form == "json":
        selected = bool(wish.tenants or wish.selector)
        chosen = there.chosen(wish.tenants, wish.selector)
        with build_view(there.setting, ()) as view:
            judged = judge(view, chosen, there.everybody)
            made = make_change_plan(view, paths, judged, problems, selected, VALID_FOR)
        made = replace(made, source=there.told_in(made.source))
        click.echo(rendered(made, there.setting, "json", colour=False, verbose=False), nl=False)
    refuse_broken(problems)

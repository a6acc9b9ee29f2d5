"""``plan`` and ``show``: a fleet's change plan, printed, and saved when asked. Has eyes only."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import click

from reconciler import __version__
from reconciler.adapters import git
from reconciler.change_plan import ChangePlan, Source, TenantPlan
from reconciler.cli.declared import Refs, declared
from reconciler.cli.forms import FORMS, Outputs, give, give_printed, output_option, plan_form
from reconciler.cli.options import (
    cache_option,
    colour_option,
    colour_wanted,
    config_option,
    exit_mode,
    exit_options,
    format_option,
    jobs_option,
    paths_argument,
    refs_options,
    selection_options,
    state_option,
    text_width,
    validity,
    verbose_option,
)
from reconciler.cli.progress import counting
from reconciler.cli.world import (
    MOST_NAMED,
    Setting,
    View,
    added_today,
    build_setting,
    build_view,
    now,
)
from reconciler.errors import FilesBroken, PlanRefused, Problem
from reconciler.fleet import Tally, hold, within
from reconciler.judged import Judged, judge_tenants
from reconciler.memory import folded, keys_of
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.observe import TenantRef, Unknown
from reconciler.reconcile import plan_tenants
from reconciler.roster import no_longer_managed, renamed
from reconciler.what_if import NotASupposition, Supposition, suppose, supposition

VALID_FOR = timedelta(hours=72)
# A change plan of 100,000 tenants that all differ is well below it.
MOST_SAVED = 1 << 30


@click.command()
@paths_argument
@click.option(
    "--live", multiple=True, type=click.Path(path_type=Path), help="Plan from these LiveState files."
)
@click.option("--out", type=click.Path(path_type=Path), help="Save the change plan here, for apply --plan.")
@click.option(
    "--what-if",
    "supposed",
    multiple=True,
    metavar="TENANT.SUBSCRIPTION.licenses+10",
    help="Plan as if the file said so (also =N, and .plan=KEY); may be repeated. No file changes.",
)
@click.option("--valid-for", type=validity, help="How long a saved plan is good (72h).")
@cache_option
@jobs_option
@selection_options
@refs_options
@exit_options
@config_option
@state_option
@format_option(*FORMS)
@output_option
@colour_option
@verbose_option
def plan(
    paths: tuple[Path, ...],
    live: tuple[Path, ...],
    out: Path | None,
    supposed: tuple[str, ...],
    valid_for: timedelta | None,
    cache: Path | None,
    jobs: int | None,
    tenants: tuple[str, ...],
    selector: tuple[str, ...],
    changed_since: str | None,
    policy_from: str | None,
    detailed_exitcode: bool,
    exit_codes: str,
    config: Path | None,
    state: str | None,
    form: str,
    outs: Outputs,
    no_colour: bool,
    verbose: bool,
) -> int:
    """Show what would be done, and what holds it back. Writes nothing.

    Signs: + add licences, ~ switch, > hand-off to support, ! blocked, * waiting, ? unknown, . not managed or only told.
    """
    if supposed and out:
        raise click.UsageError(say("what-if.not-out"))
    asked = Asked(
        paths, live, supposed, valid_for, tenants, selector, Refs(changed_since, policy_from), config, state
    )
    to_tell = {form, *(kind for kind, _ in outs)}
    short = _planned_abreast(asked, cache, jobs) if to_tell == {"text"} and not (out or verbose) else None
    setting, made = short or _planned(asked, out, with_drift=bool(out) or "json" in to_tell)
    from reconciler.report.exits import plan_exit

    if out:
        save(made, out)
    _give(made, setting, form, outs, colour=colour_wanted(no_colour), verbose=verbose)
    return plan_exit(made, exit_mode(detailed_exitcode, exit_codes))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a change plan is asked of, whatever is to be told of it."""

    paths: Sequence[Path]
    live: Sequence[Path]
    supposed: tuple[str, ...]
    valid_for: timedelta | None
    tenants: Sequence[str]
    selector: Sequence[str]
    refs: Refs
    config: Path | None
    state: str | None

    @property
    def partial(self) -> bool:
        """Whether only some tenants of the fleet were selected."""
        return bool(self.tenants or self.selector)

    def validity(self, setting: Setting) -> timedelta:
        """Return how long the change plan is good."""
        return setting.config.plan_valid_for if self.valid_for is None else self.valid_for


def _planned_abreast(asked: Asked, cache: Path | None, jobs: int | None) -> tuple[Setting, ChangePlan] | None:
    """Plan a whole fleet as it is from snapshots, without holding it; None where that is not asked or can not be."""
    if not asked.live or asked.partial or asked.supposed or asked.refs != Refs():
        return None
    from reconciler.cli.abreast import planned_abreast

    setting = build_setting(asked.paths, asked.config, asked.state)
    made = planned_abreast(setting, asked.paths, asked.live, asked.validity(setting), cache, jobs)
    return None if made is None else (setting, made)


def _planned(asked: Asked, out: Path | None, *, with_drift: bool) -> tuple[Setting, ChangePlan]:
    there = declared(asked.paths, asked.config, asked.state, asked.refs)
    setting = there.setting
    if out:
        setting.config.bounds.refuse((out.absolute().parent,))
    chosen = there.chosen(asked.tenants, asked.selector)
    with build_view(setting, asked.live) as view:
        judging = _judged_with_drift if with_drift else judge
        judged = judging(view, suppose(chosen, _suppositions(asked.supposed, setting)), there.everybody)
        validity = asked.validity(setting)
        made = make_change_plan(view, asked.paths, judged, there.fleet.problems, asked.partial, validity)
        made = replace(made, source=there.told_in(made.source))
        made = tell_of_the_fleet(made, view, chosen)
    return setting, replace(made, source=replace(made.source, what_if=asked.supposed))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@config_option
@format_option(*FORMS)
@output_option
@colour_option
@verbose_option
def show(
    file: Path,
    config: Path | None,
    form: str,
    outs: Outputs,
    no_colour: bool,
    verbose: bool,
) -> int:
    """Print a saved change plan."""
    setting = build_setting((), config, None)
    made = read_saved(file)[0]
    _give(made, setting, form, outs, colour=colour_wanted(no_colour), verbose=verbose)
    return 0


def _give(
    made: ChangePlan, setting: Setting, form: str, outs: Outputs, *, colour: bool, verbose: bool
) -> None:
    """Print it in one format and write it in others; only what is printed has colours."""
    give(lambda kind: rendered(made, setting, kind, colour=False, verbose=verbose), outs)
    give_printed(lambda kind: rendered(made, setting, kind, colour=colour, verbose=verbose), form)


def _suppositions(texts: Sequence[str], setting: Setting) -> list[Supposition]:
    try:
        return [supposition(text, setting.catalogue) for text in texts]
    except NotASupposition as slip:
        raise click.UsageError(str(slip)) from slip


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


def judged_all(view: View, declarations: Sequence[Declaration]) -> Iterator[Judged]:
    """Look at each tenant and judge it, the limits of the fleet counted in order of name; none is kept."""
    setting = view.setting
    limits = setting.config.limits
    tally = Tally(None if view.snapshot else added_today(view.store))
    in_order = sorted(declarations, key=lambda d: d.name)
    for each in judge_tenants(in_order, view.observer, view.memory, setting.catalogue, limits):
        plan, tally = hold(each.plan, tally, limits)
        yield replace(each, plan=plan)


def _judged_with_drift(
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


def _one_tenant(same: Sequence[Declaration]) -> Problem:
    in_order = sorted(same, key=lambda d: d.place)
    names = ", ".join(f"{d.name} ({d.tenant}, {d.place})" for d in in_order[:MOST_NAMED])
    if len(in_order) > MOST_NAMED:
        names = say("cli.and-more", names=names, count=len(in_order) - MOST_NAMED)
    place = in_order[0].place
    hint = say("files.duplicate-tenant.hint")
    return Problem(place, "duplicate-tenant", say("cli.one-tenant", names=names), hint=hint)


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


def rendered(made: ChangePlan, setting: Setting, form: str, *, colour: bool, verbose: bool) -> str:
    """The change plan in a format."""
    if form != "text":
        return plan_form(made, form, setting.catalogue)
    from reconciler.report.text import plan_text

    return plan_text(made, names=names_of(setting), colour=colour, verbose=verbose, width=text_width())


def names_of(setting: Setting) -> dict[str, str]:
    """Display names by catalogue key."""
    return setting.catalogue.names


def complain(problems: tuple[Problem, ...]) -> None:
    """Print file problems to stderr."""
    from reconciler.report.problems import problems_text

    click.echo(problems_text(problems), err=True)


def save(made: ChangePlan, out: Path) -> None:
    """Write a saved plan whole or not at all, readable by its owner only, over nothing but an older one."""
    from reconciler.report.document import json_text, plan_document

    _refuse_what_is_no_plan(out)
    draft = out.with_name(f".{out.name}.{os.getpid()}.draft")
    try:
        # Made anew, never followed: a link may lie in wait under this name.
        with draft.open("x", encoding="utf-8") as file:
            file.write(json_text(plan_document(made)))
        draft.chmod(0o600)
        draft.replace(out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise PlanRefused(say("cli.not-saved", file=out, why=error.strerror)) from error
    click.echo(say("cli.saved", file=out, digest=made.digest, until=made.valid_until), err=True)


def _refuse_what_is_no_plan(out: Path) -> None:
    """A slip of the hand must not replace a tenant file, or our own state, by a change plan."""
    if not out.exists():
        return
    try:
        read_saved(out)
    except PlanRefused as error:
        raise PlanRefused(say("cli.not-over", file=out)) from error


def read_saved(file: Path) -> tuple[ChangePlan, str]:
    """Return a saved plan and the digest it was saved with."""
    from reconciler.report.saved import parsed, plan_from_document, saved_digest

    try:
        if file.exists() and not file.is_dir() and (not file.is_file() or file.stat().st_size > MOST_SAVED):
            # A device has no end, and a pipe waits for ever.
            raise PlanRefused(
                say("cli.not-a-plan", file=file, why=say("cli.no-plain-file", most=MOST_SAVED >> 20))
            )
        document = parsed(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanRefused(say("cli.no-plan-file", file=file, why=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise PlanRefused(say("cli.not-a-plan", file=file, why=error.reason)) from error
    return plan_from_document(document), saved_digest(document)


def refuse_broken(problems: tuple[Problem, ...]) -> None:
    """Raise FilesBroken where files have problems: a command that writes then writes nothing at all."""
    if problems:
        raise FilesBroken(problems)

"""``plan``: words in, a fleet's change plan printed, and saved when asked, and the exit code out. Has eyes only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click

from reconciler.change_plan import ChangePlan
from reconciler.cli.forms import FORMS, Outputs, output_option
from reconciler.cli.options import (
    Refs,
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
    validity,
    verbose_option,
)
from reconciler.cli.show import give_plan
from reconciler.cli.world import Setting, build_setting
from reconciler.messages import say


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
    setting, made = short or _planned_whole(asked, out, with_drift=bool(out) or "json" in to_tell)
    from reconciler.report.exits import plan_exit

    if out:
        from reconciler.cli.saved_plan import save

        save(made, out)
    give_plan(made, setting, form, outs, colour=colour_wanted(no_colour), verbose=verbose)
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

    setting = build_setting(asked.paths, asked.config, asked.state, cache=cache)
    made = planned_abreast(setting, asked.paths, asked.live, asked.validity(setting), cache, jobs)
    return None if made is None else (setting, made)


def _planned_whole(asked: Asked, out: Path | None, *, with_drift: bool) -> tuple[Setting, ChangePlan]:
    """Read the fleet as a whole, and plan what was asked of it. What only this way needs is loaded here."""
    from reconciler.cli.whole import planned_whole

    return planned_whole(asked, out, with_drift=with_drift)

"""A change plan in, printed and written to files in the formats asked for; ``show`` does so with a saved one."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.change_plan import ChangePlan
from reconciler.cli.forms import FORMS, Outputs, give, give_printed, output_option, plan_form
from reconciler.cli.options import (
    colour_option,
    colour_wanted,
    config_option,
    format_option,
    text_width,
    verbose_option,
)
from reconciler.cli.world import Setting, build_setting


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
    from reconciler.cli.saved_plan import read_saved

    setting = build_setting((), config, None)
    made = read_saved(file)[0]
    give_plan(made, setting, form, outs, colour=colour_wanted(no_colour), verbose=verbose)
    return 0


def give_plan(
    made: ChangePlan, setting: Setting, form: str, outs: Outputs, *, colour: bool, verbose: bool
) -> None:
    """Print it in one format and write it in others; only what is printed has colours."""
    give(lambda kind: rendered(made, setting, kind, colour=False, verbose=verbose), outs)
    give_printed(lambda kind: rendered(made, setting, kind, colour=colour, verbose=verbose), form)


def rendered(made: ChangePlan, setting: Setting, form: str, *, colour: bool, verbose: bool) -> str:
    """The change plan in a format."""
    if form != "text":
        return plan_form(made, form, setting.catalogue)
    from reconciler.report.text import plan_text

    return plan_text(made, names=names_of(setting), colour=colour, verbose=verbose, width=text_width())


def names_of(setting: Setting) -> dict[str, str]:
    """Display names by catalogue key."""
    return setting.catalogue.names

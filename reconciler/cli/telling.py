"""What ``apply`` shows before, and what became of it, in; text or JSON on stdout and the exit code out."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass

import click

from reconciler.change_plan import ChangePlan
from reconciler.cli.options import text_width
from reconciler.cli.show import names_of, rendered
from reconciler.cli.world import Setting
from reconciler.errors import ReconcilerError
from reconciler.messages import say
from reconciler.outcomes import Run
from reconciler.report.exits import ExitMode


@dataclass(frozen=True, slots=True)
class Manner:
    """How a result is told: its format, with colours or not, whether all of it, and which exit code goes with it."""

    form: str
    colour: bool
    verbose: bool
    mode: ExitMode


def show(shown: ChangePlan, setting: Setting, manner: Manner) -> None:
    """Print the change plan, before anybody is asked. Raises ReconcilerError where it can not be printed."""
    if manner.form != "text":
        return
    try:
        click.echo(rendered(shown, setting, "text", colour=manner.colour, verbose=manner.verbose))
    except OSError as trouble:
        raise ReconcilerError(say("cli.not-shown", why=trouble.strerror)) from trouble


def tell_outcome(
    shown: ChangePlan, runs: Sequence[Run], setting: Setting, manner: Manner, interrupted: int | None
) -> int:
    """Print what became of it, and return the exit code: also where it can not be printed, or we were interrupted."""
    try:
        return _told(shown, runs, setting, manner, interrupted)
    except KeyboardInterrupt:
        click.echo(say("cli.interrupted-telling"), err=True)
        return 128 + signal.SIGINT
    except OSError as trouble:
        return _told_on_stderr(shown, runs, trouble)


def _told(
    shown: ChangePlan, runs: Sequence[Run], setting: Setting, manner: Manner, interrupted: int | None
) -> int:
    from reconciler.report.exits import run_exit

    if manner.form == "json":
        from reconciler.report.document import json_text, run_document

        text = json_text(run_document(shown, runs))
    else:
        text = _as_text(shown, runs, setting, manner)
    click.echo(text, nl=False)
    return run_exit(runs, shown, manner.mode, interrupted=interrupted)


def _as_text(shown: ChangePlan, runs: Sequence[Run], setting: Setting, manner: Manner) -> str:
    """What became of it. Where that is what the change plan printed before says, it is not said again."""
    from reconciler.report.closing import as_shown, closing_text
    from reconciler.report.text import run_text

    if as_shown(runs, shown):
        return closing_text(runs, shown)
    return run_text(
        runs,
        shown,
        names=names_of(setting),
        colour=manner.colour,
        verbose=manner.verbose,
        width=text_width(),
    )


def _told_on_stderr(shown: ChangePlan, runs: Sequence[Run], trouble: OSError) -> int:
    """Where stdout takes nothing (a full disk, ``| head``), what was done is told in short on stderr."""
    from reconciler.report.closing import totals_line

    click.echo(say("cli.not-printed", why=trouble.strerror), err=True)
    click.echo(totals_line(runs, shown), err=True)
    return 1

"""Options that several commands share, each defined once."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.messages import say

if TYPE_CHECKING:
    from reconciler.report.exits import ExitMode

NARROWEST, WIDEST = 60, 100
DIGEST = re.compile("sha256:[0-9a-f]{64}")
F = TypeVar("F", bound=Callable[..., Any])

paths_argument = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
config_option = click.option(
    "--config", type=click.Path(path_type=Path), envvar="RECONCILER_CONFIG", help="The configuration file."
)
state_option = click.option(
    "--state",
    envvar="RECONCILER_STATE",
    help="The state: a folder, or postgresql://USER@HOST/DATABASE (default: .reconciler beside the configuration).",
)
cache_option = click.option(
    "--cache",
    type=click.Path(path_type=Path),
    envvar="RECONCILER_CACHE",
    help="A folder for what files came to (plan --live, validate); next time those that did not change are not read.",
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Read a large fleet with plan --live in so many processes (default: one for each core, at most 4).",
)
colour_option = click.option(
    "--no-color", "no_colour", is_flag=True, help="No colours (also NO_COLOR, TERM=dumb)."
)
verbose_option = click.option(
    "-v", "--verbose", is_flag=True, help="Show passed checks, tenants in sync and ids too."
)


def format_option(*formats: str) -> Callable[[F], F]:
    """The ``--format`` of a command that prints a result."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats or ("text", "json")),
        default="text",
        help="How to print it.",
    )


def selection_options(command: F) -> F:
    """``--tenant`` and ``--selector``: only some of the fleet."""
    command = click.option(
        "--selector",
        multiple=True,
        metavar="LABEL=VALUE",
        help="Only tenants with this label; may be repeated.",
    )(command)
    return click.option("--tenant", "tenants", multiple=True, help="Only this tenant; may be repeated.")(
        command
    )


@dataclass(frozen=True, slots=True)
class Refs:
    """Which refs were named: what changed since which, and from where the policy is."""

    changed_since: str | None = None
    policy_from: str | None = None


def refs_options(command: F) -> F:
    """``--changed-since`` and ``--policy-from``: what is asked of git."""
    command = click.option(
        "--policy-from",
        type=ref,
        metavar="REF",
        envvar="RECONCILER_POLICY_FROM",
        help="Read configuration and catalogue at this ref; tenant files may loosen nothing that is not there.",
    )(command)
    return click.option(
        "--changed-since",
        type=ref,
        metavar="REF",
        help="Only tenants whose content differs from where this branch began with REF.",
    )(command)


def ref(value: str) -> str:
    """Read the name of a commit; what git would take for an option is a usage error."""
    from reconciler.adapters.git import wrong_ref

    if wrong_ref(value):
        raise click.BadParameter(say("git.bad-ref", ref=value))
    return value


def digest(value: str) -> str:
    """Read an approved digest; anything else, and nothing at all, is a usage error and never left out of account."""
    if not DIGEST.fullmatch(value):
        raise click.BadParameter(say("approved.malformed", text=value))
    return value


def exit_mode(detailed: bool, codes: str) -> ExitMode:
    """What the two exit-code options ask for together; ``full`` tells most."""
    from reconciler.report.exits import ExitMode

    if codes == "full":
        return ExitMode.FULL
    return ExitMode.DETAILED if detailed else ExitMode.PLAIN


def exit_options(command: F) -> F:
    """``--detailed-exitcode`` and ``--exit-codes``."""
    command = click.option(
        "--exit-codes",
        type=click.Choice(("plain", "full")),
        default="plain",
        help="full: also 3 blocked, 4 only hand-offs open, 5 incomplete.",
    )(command)
    return click.option(
        "--detailed-exitcode", is_flag=True, help="2: changes are present; 1: also when something is blocked."
    )(command)


UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(value: str | timedelta) -> timedelta:
    """Read a length of time (``90s``, ``75m``, ``72h``, ``14d``); anything else is a usage error."""
    if isinstance(value, timedelta):
        return value
    number, unit = value[:-1], value[-1:]
    if unit not in UNITS or not number.isascii() or not number.isdigit() or len(number) > 6:
        raise click.BadParameter(say("cli.bad-duration", text=value))
    return timedelta(**{UNITS[unit]: int(number)})


def validity(value: str | timedelta) -> timedelta:
    """Read how long a saved plan is good; no time at all is a usage error."""
    length = duration(value)
    if not length:
        raise click.BadParameter(say("cli.too-short", text=value))
    return length


def words(value: str) -> str:
    """Read text that has to say something; blank text is a usage error."""
    if not value.strip():
        raise click.BadParameter(say("cli.says-nothing"))
    return value


def text_width() -> int:
    """How many columns text takes: those of COLUMNS or of the terminal, between 60 and 100; else 100."""
    asked = os.environ.get("COLUMNS", "")
    told = asked.isascii() and asked.isdigit() and int(asked[:6]) > 0
    if not told and (sys.stdout is None or not sys.stdout.isatty()):
        return WIDEST
    return min(max(shutil.get_terminal_size((WIDEST, 24)).columns, NARROWEST), WIDEST)


def colour_wanted(no_colour: bool) -> bool:
    """Whether stdout is a terminal that takes colours, and nobody asked for none."""
    plain = no_colour or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and sys.stdout is not None and sys.stdout.isatty()

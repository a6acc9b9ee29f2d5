"""Problems of files in: told on stderr, or the end of a command that writes."""

from __future__ import annotations

import click

from reconciler.errors import FilesBroken, Problem


def complain(problems: tuple[Problem, ...]) -> None:
    """Print file problems to stderr."""
    from reconciler.report.problems import problems_text

    click.echo(problems_text(problems), err=True)


def refuse_broken(problems: tuple[Problem, ...]) -> None:
    """Raise FilesBroken where files have problems: a command that writes then writes nothing at all."""
    if problems:
        raise FilesBroken(problems)

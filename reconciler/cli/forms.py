"""A change plan or the drift of a fleet in, its text in any format out; printed, written to files, or both."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.adapters import files
from reconciler.catalogue import Catalogue
from reconciler.change_plan import ChangePlan
from reconciler.messages import say

if TYPE_CHECKING:
    from reconciler.report.drift import FleetDrift

FORMS = ("text", "json", "markdown", "github", "gitlab", "sarif", "junit", "html")
Render = Callable[[str], str]
Outputs = Sequence[tuple[str, Path]]
F = TypeVar("F", bound=Callable[..., Any])


def outputs(context: click.Context, option: click.Parameter, values: Sequence[str]) -> Outputs:
    """Read ``FORMAT=FILE``; another format, no file, or a file named twice is a usage error."""
    found: list[tuple[str, Path]] = []
    for value in values:
        form, _, file = value.partition("=")
        if form not in FORMS or not file:
            raise click.BadParameter(say("cli.bad-output", text=value, forms=", ".join(FORMS)))
        if Path(file) in {other for _, other in found}:
            raise click.BadParameter(say("cli.output-twice", file=file))
        found.append((form, Path(file)))
    return tuple(found)


def output_option(command: F) -> F:
    """``--output FORMAT=FILE``, which may be repeated."""
    return click.option(
        "--output",
        "outs",
        multiple=True,
        metavar="FORMAT=FILE",
        callback=outputs,
        help="Write it to a file in this format too; may be repeated, so that one run gives several.",
    )(command)


def give(render: Render, outs: Outputs) -> None:
    """Write the files, each whole.

    Raises ReconcilerError where one can not be written, or something is there that must not be replaced.
    """
    for form, file in outs:
        files.write_report(file, render(form))


def give_printed(render: Render, form: str) -> None:
    """Print it. Where a host asks for a job summary (``GITHUB_STEP_SUMMARY``), ``github`` adds the Markdown to it."""
    click.echo(render(form), nl=False)
    summary = os.environ.get("GITHUB_STEP_SUMMARY") if form == "github" else None
    if summary:
        files.add_to_report(Path(summary), render("markdown"))


def plan_form(plan: ChangePlan, form: str, catalogue: Catalogue) -> str:
    """Return the change plan in one of the formats that are not for a terminal."""
    if form == "json":
        from reconciler.report.document import json_text, plan_document

        return json_text(plan_document(plan))
    if form == "html":
        from reconciler.report.html import plan_html

        return plan_html(plan, catalogue)
    return _renderer(form, f"plan_{form}")(plan, catalogue.names)


def drift_form(drift: FleetDrift, form: str, catalogue: Catalogue) -> str:
    """Return the drift of a fleet in one of the formats that are neither for a terminal nor JSON."""
    module = f"drift_{form}" if form in ("markdown", "html") else form
    return _renderer(module, f"drift_{form}")(drift, catalogue.names)


def _renderer(module: str, name: str) -> Callable[[Any, Mapping[str, str]], str]:
    """A format's renderer, imported when it is wanted: a run that prints text pays for none of them."""
    found: Callable[[Any, Mapping[str, str]], str] = getattr(
        importlib.import_module(f"reconciler.report.{module}"), name
    )
    return found

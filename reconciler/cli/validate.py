"""``validate PATH...``: every problem of every file at once; no network, no credentials, nothing written."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.options import colour_option, colour_wanted, config_option, format_option, paths_argument
from reconciler.cli.world import build_setting, load_fleet, now
from reconciler.messages import say
from reconciler.report.problems import problems_document, problems_text


@click.command()
@paths_argument
@config_option
@colour_option
@format_option()
def validate(paths: tuple[Path, ...], config: Path | None, no_colour: bool, form: str) -> int:
    """Check tenant files: no network, no credentials.

    Exits 0 when every file is sound, 1 with all problems listed as FILE:LINE:COLUMN otherwise.
    """
    fleet = load_fleet(build_setting(paths, config, None), paths, today=now().date())
    if form == "json":
        from reconciler.report.document import json_text

        counts = {"files": fleet.files, "tenants": len(fleet.declarations)}
        click.echo(json_text(problems_document(fleet.problems, **counts)), nl=False)
    elif fleet.problems:
        click.echo(problems_text(fleet.problems, colour=colour_wanted(no_colour)), nl=False)
    else:
        count = len(fleet.declarations)
        click.echo(say("cli.valid-one" if count == 1 else "cli.valid", tenants=count))
    return 1 if fleet.problems else 0

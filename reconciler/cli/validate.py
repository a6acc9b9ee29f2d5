"""``validate PATH...``: every problem of every file at once; no network, no credentials, nothing written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from reconciler.adapters import files
from reconciler.cli.options import colour_option, colour_wanted, config_option, format_option, paths_argument
from reconciler.cli.world import build_setting, load_fleet, now
from reconciler.desired import Fleet
from reconciler.errors import Problem
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.report.problems import problems_document, problems_text


@click.command()
@paths_argument
@click.option(
    "--codeowners",
    type=click.Path(path_type=Path),
    help="Also check that this CODEOWNERS file names an owner for each tenant file.",
)
@config_option
@colour_option
@format_option()
def validate(
    paths: tuple[Path, ...], codeowners: Path | None, config: Path | None, no_colour: bool, form: str
) -> int:
    """Check tenant files: no network, no credentials.

    Exits 0 when every file is sound, 1 with all problems listed as FILE:LINE:COLUMN otherwise.
    """
    fleet = load_fleet(build_setting(paths, config, None), paths, today=now().date())
    if codeowners is not None:
        fleet = _with_owners(fleet, codeowners)
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


# Where hosts look for the file besides the root of a repository.
_FOLDERS = frozenset({".github", ".gitlab", "docs"})


def _with_owners(fleet: Fleet, codeowners: Path) -> Fleet:
    """Add what is wrong with the owners, in the order of all problems."""
    from reconciler.owners import read_owners, without_owner

    lines, problems = read_owners(files.read_text(codeowners), str(codeowners))
    folder = Path(os.path.realpath(codeowners)).parent
    root = folder.parent if folder.name in _FOLDERS else folder
    declared = [(tenant, _path_in(root, tenant)) for tenant in fleet.declarations]
    found: Sequence[Problem] = (*fleet.problems, *problems, *without_owner(declared, lines, str(codeowners)))
    return replace(fleet, problems=tuple(sorted(found, key=lambda p: (p.place, p.code))))


def _path_in(root: Path, tenant: Declaration) -> str | None:
    """The path of a tenant's file from the root of the repository, as the host knows it; None outside of it."""
    file = Path(os.path.abspath(tenant.place.file))
    real = Path(os.path.realpath(file.parent)) / file.name
    return real.relative_to(root).as_posix() if real.is_relative_to(root) else None

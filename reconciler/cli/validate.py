"""``validate PATH...``: every problem of every file at once; no network, no credentials, nothing written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from reconciler.adapters import files
from reconciler.cli.checked import Checked, checked
from reconciler.cli.options import (
    cache_option,
    colour_option,
    colour_wanted,
    config_option,
    format_option,
    paths_argument,
)
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
@cache_option
@config_option
@colour_option
@format_option()
def validate(
    paths: tuple[Path, ...],
    codeowners: Path | None,
    cache: Path | None,
    config: Path | None,
    no_colour: bool,
    form: str,
) -> int:
    """Check tenant files: no network, no credentials.

    Exits 0 when every file is sound, 1 with all problems listed as FILE:LINE:COLUMN otherwise.
    """
    setting, today = build_setting(paths, config, None, cache=cache), now().date()
    # Whose the files are, only their declarations say.
    found = None if codeowners else checked(setting, paths, today, cache)
    if found is None:
        fleet = load_fleet(setting, paths, today=today)
        if codeowners is not None:
            fleet = _with_owners(fleet, codeowners)
        found = Checked(fleet.files, len(fleet.declarations), list(fleet.problems))
    if form == "json":
        from reconciler.report.document import json_text

        counts = {"files": found.files, "tenants": found.tenants}
        click.echo(json_text(problems_document(found.problems, **counts)), nl=False)
    elif found.problems:
        click.echo(problems_text(found.problems, colour=colour_wanted(no_colour)), nl=False)
    else:
        click.echo(say("cli.valid-one" if found.tenants == 1 else "cli.valid", tenants=found.tenants))
    return 1 if found.problems else 0


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

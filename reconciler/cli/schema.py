"""``schema`` and ``version``."""

from __future__ import annotations

import json

import click

from reconciler import __version__
from reconciler.cli.options import format_option
from reconciler.messages import say


@click.command()
@click.argument("name", required=False)
def schema(name: str | None) -> int:
    """Print a JSON Schema; without a name, the names there are."""
    from reconciler.adapters import files

    if name is None:
        click.echo("\n".join(files.schema_names()))
    elif name not in files.schema_names():
        raise click.UsageError(say("files.no-schema", name=name, known=", ".join(files.schema_names())))
    else:
        click.echo(json.dumps(files.schema(name), indent=2, ensure_ascii=False))
    return 0


@click.command()
@format_option()
def version(form: str) -> int:
    """Print the version."""
    click.echo(json.dumps({"version": __version__}) if form == "json" else f"reconciler {__version__}")
    return 0

"""``handoff list`` and ``handoff show``: the requests that wait for a person."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.options import config_option, format_option, state_option
from reconciler.cli.world import build_setting, now
from reconciler.errors import ReconcilerError
from reconciler.handoff import OPEN
from reconciler.messages import say
from reconciler.report.handoffs import handoff_document, handoff_text, handoffs_document, handoffs_text


@click.group()
def handoff() -> None:
    """Support requests: what only a person can do, with a text ready to send."""


@handoff.command("list")
@click.option("--all", "every", is_flag=True, help="Also those done or withdrawn.")
@config_option
@state_option
@format_option()
def list_(every: bool, config: Path | None, state: str | None, form: str) -> int:
    """List the open requests, oldest first."""
    from reconciler.adapters.store import open_store
    from reconciler.report.document import json_text

    setting = build_setting((), config, state)
    with open_store(str(setting.state), create=False, now=now) as store:
        found = [h for h in store.handoffs() if every or h.state in OPEN]
    text = json_text(handoffs_document(found)) if form == "json" else handoffs_text(found, setting.state)
    click.echo(text, nl=False)
    return 0


@handoff.command("show")
@click.argument("id_", metavar="ID")
@config_option
@state_option
@format_option()
def show(id_: str, config: Path | None, state: str | None, form: str) -> int:
    """Print one request with its text, ready to send."""
    from reconciler.adapters.store import open_store
    from reconciler.report.document import json_text

    setting = build_setting((), config, state)
    with open_store(str(setting.state), create=False, now=now) as store:
        found = store.handoff(id_)
    if found is None:
        raise ReconcilerError(say("cli.no-such-handoff", id=id_))
    click.echo(json_text(handoff_document(found)) if form == "json" else handoff_text(found), nl=False)
    return 0

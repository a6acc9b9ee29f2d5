"""``status [TENANT]``: where each tenant stands, from a fresh look; writes nothing."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.options import config_option, format_option, state_option
from reconciler.cli.plan import complain
from reconciler.cli.world import build_setting, build_view, load_fleet, select
from reconciler.errors import ReconcilerError
from reconciler.handoff import OPEN
from reconciler.messages import say
from reconciler.reconcile import plan_tenants
from reconciler.report.status import status_document, status_text
from reconciler.status import status_of


@click.command()
@click.argument("tenant", required=False)
@click.option(
    "--path", "paths", multiple=True, type=click.Path(path_type=Path), help="Where the tenant files are."
)
@config_option
@state_option
@format_option()
def status(
    tenant: str | None, paths: tuple[Path, ...], config: Path | None, state: str | None, form: str
) -> int:
    """Where each tenant stands: sync, health, what holds it, open hand-offs.

    Tenant files are those named with --path, else those the configuration names.
    """
    setting = build_setting(paths, config, state)
    places = paths or setting.config.tenants
    if not places:
        raise ReconcilerError(say("cli.no-tenant-paths"))
    fleet = load_fleet(setting, places)
    if fleet.problems:
        complain(fleet.problems)
    chosen = select(fleet.declarations, (tenant,) if tenant else (), ())
    with build_view(setting, ()) as view:
        handoffs = [h for h in view.store.handoffs() if h.state in OPEN]
        looks = list(
            plan_tenants(chosen, view.observer, view.store, setting.catalogue, setting.config.limits)
        )
    statuses = [status_of(plan, seen, handoffs) for plan, seen in looks]
    if form == "json":
        from reconciler.report.document import json_text

        click.echo(json_text(status_document(statuses)), nl=False)
    else:
        click.echo(status_text(statuses), nl=False)
    return 1 if fleet.problems else 0

"""``status [TENANT]``: where each tenant stands, from a fresh look; writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.adapters.store import RunRow, Store
from reconciler.cli.options import colour_option, colour_wanted, config_option, format_option, state_option
from reconciler.cli.plan import complain, judged_all, names_of
from reconciler.cli.progress import counting
from reconciler.cli.world import build_setting, build_view, load_fleet, select
from reconciler.errors import ReconcilerError, StateUnreadable
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.observe import Fact, Unknown
from reconciler.standing import by_tenant
from reconciler.status import status_of

LAST_RUNS = 5


@click.command()
@click.argument("tenant", required=False)
@click.option(
    "--path", "paths", multiple=True, type=click.Path(path_type=Path), help="Where the tenant files are."
)
@config_option
@state_option
@format_option()
@colour_option
def status(
    tenant: str | None,
    paths: tuple[Path, ...],
    config: Path | None,
    state: str | None,
    form: str,
    no_colour: bool,
) -> int:
    """Where each tenant stands: declared and live, what it waits for and since when, the next date.

    With TENANT it shows that one in full, with its conditions and last runs. Tenant files are those named with
    --path, else those the configuration names.
    """
    from reconciler.report.status import Words, one_text, status_text
    from reconciler.report.status_document import status_document

    setting = build_setting(paths, config, state)
    places = paths or setting.config.tenants
    if not places:
        raise ReconcilerError(say("cli.no-tenant-paths"))
    fleet = load_fleet(setting, places)
    if fleet.problems:
        complain(fleet.problems)
    chosen = select(fleet.declarations, (tenant,) if tenant else (), ())
    with build_view(setting, ()) as view:
        handoffs, stop = by_tenant(view.store.handoffs()), view.store.stop()
        looks = counting(judged_all(view, chosen), len(chosen), say("cli.looking"))
        statuses = [status_of(judged, handoffs) for judged in looks]
        runs = {d.name: _runs(view.store, d) for d in chosen} if tenant else {}
    words = Words(
        {key: plan.short or key for key, plan in setting.catalogue.plans.items()},
        names_of(setting),
        colour_wanted(no_colour),
    )
    if form == "json":
        from reconciler.report.document import json_text

        click.echo(json_text(status_document(statuses, runs, stop)), nl=False)
    elif tenant:
        click.echo(one_text(statuses[0], words, runs[tenant], stop), nl=False)
    else:
        click.echo(status_text(statuses, words, stop), nl=False)
    return 1 if fleet.problems else 0


def _runs(store: Store, declaration: Declaration) -> Fact[Sequence[RunRow]]:
    try:
        return store.runs(declaration.name, LAST_RUNS, formerly=declaration.formerly)
    except StateUnreadable as error:
        return Unknown(str(error))

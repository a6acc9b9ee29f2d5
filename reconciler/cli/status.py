"""``status [TENANT]``: where each tenant stands, from a fresh look; writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.adapters.store import RunRow, Store
from reconciler.cli.judging import judged_all
from reconciler.cli.options import colour_option, colour_wanted, config_option, format_option, state_option
from reconciler.cli.problems import complain
from reconciler.cli.progress import counting
from reconciler.cli.show import names_of
from reconciler.cli.world import Setting, build_setting, build_view, load_fleet, now, select
from reconciler.errors import ReconcilerError, StateUnreadable
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.observe import Fact, Unknown
from reconciler.overview import Kept, Showing, Watched
from reconciler.standing import by_tenant
from reconciler.status import TenantStatus, status_of

LAST_RUNS = 20


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

    Each is looked at afresh. Below stands which loops look after them; with TENANT it shows that one in full, with its
    conditions, what the loop keeps of it, and its last runs. Tenant files are those named with --path, else those the
    configuration names.
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
        showing = _showing(view.store, setting)
        kept = {d.name: _kept(showing, d) for d in chosen} if tenant else {}
        watched = _watched(showing, statuses)
    words = Words(
        {key: plan.short or key for key, plan in setting.catalogue.plans.items()},
        names_of(setting),
        colour_wanted(no_colour),
    )
    if form == "json":
        from reconciler.report.document import json_text

        click.echo(json_text(status_document(statuses, runs, stop, kept, watched)), nl=False)
    elif tenant:
        click.echo(one_text(statuses[0], words, runs[tenant], stop, kept[tenant], watched), nl=False)
    else:
        click.echo(status_text(statuses, words, stop, watched), nl=False)
    return 1 if fleet.problems else 0


def _runs(store: Store, declaration: Declaration) -> Fact[Sequence[RunRow]]:
    try:
        return store.runs(declaration.name, LAST_RUNS, formerly=declaration.formerly)
    except StateUnreadable as error:
        return Unknown(str(error))


def _showing(store: Store, setting: Setting) -> Fact[Showing | None]:
    """What reads what loops keep; None where nothing was ever kept."""
    try:
        # Of every fleet: a loop may know the same files by another word, that of a repository.
        return store.showing(None, setting.config.loop.pace)
    except StateUnreadable as error:
        return Unknown(str(error))


def _kept(showing: Fact[Showing | None], declaration: Declaration) -> Fact[Kept | None]:
    try:
        return showing if showing is None or isinstance(showing, Unknown) else showing.kept(declaration.name)
    except StateUnreadable as error:
        return Unknown(str(error))


def _watched(showing: Fact[Showing | None], statuses: Sequence[TenantStatus]) -> Fact[Watched]:
    if showing is None or isinstance(showing, Unknown):
        return showing or Watched(now())
    # Turns are due by the clock that looks go by.
    service_now = max((status.observed_at for status in statuses), default=None)
    try:
        late = showing.late(service_now) if service_now else 0
        return Watched(now(), tuple(showing.loops()), tuple(showing.sources()), late)
    except StateUnreadable as error:
        return Unknown(str(error))

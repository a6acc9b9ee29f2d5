"""``suspend``, ``resume``, ``stop``: what holds writes back, kept in the state store."""

from __future__ import annotations

import getpass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import config_option, format_option, state_option, words
from reconciler.cli.world import (
    Setting,
    build_setting,
    is_declared,
    known_as,
    open_state,
    service_time,
    word_of,
)
from reconciler.errors import ReconcilerError
from reconciler.messages import say
from reconciler.model import Suspension
from reconciler.observe import Unknown
from reconciler.report.lines import safe

if TYPE_CHECKING:
    from reconciler.adapters.store import Stop


@click.command()
@click.argument("tenant")
@click.option("--reason", required=True, type=words, metavar="TEXT", help="Why; shown in every plan.")
@click.option("--owner", required=True, type=words, metavar="TEXT", help="Who answers for it.")
@click.option(
    "--until",
    required=True,
    metavar="YYYY-MM-DD",
    help="The first day (UTC) on which it no longer holds; from then on changes are only shown, until `resume`.",
)
@config_option
@state_option
def suspend(tenant: str, reason: str, owner: str, until: str, config: Path | None, state: str | None) -> int:
    """Pause one tenant: nothing is written to it until the end date.

    TENANT is its default domain or id; its name in the fleet does too, where the configuration says which
    files there are.
    """
    end = _day(until)
    setting = build_setting((), config, state)
    today = service_time(setting).date()
    if end <= today:
        raise click.UsageError(say("cli.past-date", text=until, today=today))
    word = word_of(setting, tenant)
    keys = known_as(setting, word)
    with open_state(setting, create=True) as store:
        store.suspend(keys, word, Suspension(reason, owner, end))
    facts = {"tenant": word, "until": end, "owner": owner, "reason": reason}
    click.echo(safe(say("cli.suspended", **facts, state=setting.state)))
    if len(keys) == 1 and not is_declared(setting, word):
        click.echo(say("cli.nobody-answers", tenant=word), err=True)
    return 0


@click.command()
@click.argument("tenant")
@config_option
@state_option
def resume(tenant: str, config: Path | None, state: str | None) -> int:
    """End a pause made with `suspend`; a suspension in the tenant's file stays in force."""
    setting = build_setting((), config, state)
    word = word_of(setting, tenant)
    with open_state(setting, create=True) as store:
        lifted = store.resume(known_as(setting, word))
    click.echo(say("cli.resumed" if lifted else "cli.not-suspended", tenant=word))
    return 0


@click.command()
@click.option(
    "--reason",
    type=words,
    metavar="TEXT",
    help="Stop every write, from the next one on; shown in every plan.",
)
@click.option("--owner", default=None, help="Who answers for it (default: the signed-in user).")
@click.option("--lift", is_flag=True, help="Let writes happen again.")
@config_option
@state_option
@format_option()
def stop(
    reason: str | None, owner: str | None, lift: bool, config: Path | None, state: str | None, form: str
) -> int:
    """The global stop: no write to any tenant. Without options, say whether it is on."""
    if reason and lift:
        raise click.UsageError(say("cli.stop-or-lift"))
    setting = build_setting((), config, state)
    with open_state(setting, create=bool(reason or lift)) as store:
        if reason:
            store.set_stop(reason, owner or getpass.getuser())
        elif lift:
            store.lift_stop()
        standing = store.stop()
    if isinstance(standing, Unknown):
        raise ReconcilerError(say("cli.stop-unknown", why=standing.reason))
    _print_stop(standing, setting, form)
    return 0


def _print_stop(standing: Stop | None, setting: Setting, form: str) -> None:
    if form == "json":
        from reconciler.report.document import json_text, moment

        document = {
            "stopped": standing is not None,
            "reason": standing.reason if standing else None,
            "owner": standing.owner if standing else None,
            "at": moment(standing.at) if standing else None,
        }
        click.echo(json_text(document), nl=False)
    elif standing is None:
        click.echo(say("cli.not-stopped"))
    else:
        facts = {"reason": standing.reason, "owner": standing.owner, "at": standing.at}
        click.echo(safe(say("cli.stopped", **facts, state=setting.state)))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(say("cli.bad-date", text=text)) from error

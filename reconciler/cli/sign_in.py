"""``sign-in``: let a person with MFA sign in once, and keep the refresh token for the reader or the writer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import click

from reconciler.adapters.files import Backend
from reconciler.cli.backends.live import Who, addresses_of, application_of
from reconciler.cli.options import config_option
from reconciler.cli.world import build_setting
from reconciler.errors import ReconcilerError
from reconciler.messages import say
from reconciler.report.lines import safe


@click.command("sign-in")
@click.option(
    "--for",
    "who",
    type=click.Choice(("reader", "writer")),
    required=True,
    help="For which of the two applications the sign-in is.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="The port of this machine the browser comes back to (default: any free one).",
)
@click.option(
    "--within",
    type=click.IntRange(10, 3600),
    default=600,
    metavar="SECONDS",
    help="How long to wait for the browser (default: 600).",
)
@config_option
def sign_in(who: str, port: int, within: int, config: Path | None) -> int:
    """Let a person with MFA sign in at Microsoft, for calls that are answered to no application alone.

    An address is printed; open it in a browser on this machine, and sign in as the user that is to stand behind the
    application. The refresh token that comes of it is kept where `microsoft.reader.refreshTokenFrom` (or writer) says,
    and is shown nowhere. It has to be a user of the configured partner's tenant.
    """
    from reconciler.adapters.microsoft import consent
    from reconciler.adapters.microsoft.addresses import CLOUDS
    from reconciler.adapters.microsoft.login import Login

    found = build_setting((), config, None).config
    if found.backend is not Backend.MICROSOFT:
        raise ReconcilerError(say("sign-in.no-backend"))
    microsoft = found.microsoft
    application = application_of(cast("Who", who), microsoft)
    meeting = consent.Meeting(_show, port, float(within))
    signed = consent.sign_in(
        application,
        microsoft.partner,
        CLOUDS[microsoft.cloud].partner_center,
        Login(addresses_of(microsoft).login),
        meeting,
        lambda: datetime.now(UTC),
    )
    store = application.refresh_token
    facts = {"user": signed.user, "tenant": signed.tenant, "who": who, "where": store.where if store else "?"}
    click.echo(safe(say("sign-in.done", **facts)))
    if signed.with_mfa is False:
        click.echo(safe(say("sign-in.done-without-mfa", **facts)), err=True)
    return 0


def _show(address: str) -> None:
    """Print the address to open, by itself on a line, so that it can be copied."""
    click.echo(say("sign-in.open"), err=True)
    click.echo(address, err=True)

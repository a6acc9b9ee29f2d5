"""``simulator ...``: the embedded commerce service by hand: load, show, set, advance, fault, ticket, log, serve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import config_option, duration, format_option, state_option
from reconciler.cli.world import Setting, build_setting, open_service, service_is_there
from reconciler.errors import ReconcilerError
from reconciler.messages import say
from reconciler.report.document import json_text, moment
from reconciler.report.lines import safe

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from reconciler.adapters.simulator.commerce import Commerce
    from reconciler.adapters.simulator.moods import Fault
    from reconciler.adapters.simulator.session import Event


@click.group()
def simulator() -> None:
    """The embedded commerce service: a stand-in that behaves as the real one is documented to."""


def _open(config: Path | None, state: str | None) -> AbstractContextManager[Commerce]:
    return open_service(build_setting((), config, state), quiet=True)


@contextmanager
def _if_there(setting: Setting) -> Iterator[Commerce | None]:
    """Open the service for looking at it; None where there is none, since a look makes none."""
    if service_is_there(setting):
        with open_service(setting, quiet=True) as service:
            yield service
    else:
        yield None


@simulator.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@config_option
@state_option
def load(paths: tuple[Path, ...], config: Path | None, state: str | None) -> int:
    """Load live-state files; a tenant loaded before is replaced."""
    from reconciler.adapters import files
    from reconciler.adapters.simulator.commerce import Commerce

    setting = build_setting((), config, state)
    documents = [document for _, document in files.load_live(paths)]
    service = Commerce(setting.simulator_file, setting.catalogue, adds_in_order=setting.config.adds_in_order)
    try:
        service.load(documents)
    finally:
        service.close()
    click.echo(say("cli.loaded", count=len(documents), file=setting.simulator_file))
    return 0


@simulator.command(short_help="Print a live state; or the clock and the tenants.")
@click.argument("tenant", required=False)
@config_option
@state_option
@format_option()
def show(tenant: str | None, config: Path | None, state: str | None, form: str) -> int:
    """Print one tenant's live state as JSON; without a name, the clock, the tenants and what is due."""
    setting = build_setting((), config, state)
    with _if_there(setting) as service:
        if tenant is not None:
            document = service.document(tenant) if service else None
            if document is None:
                raise ReconcilerError(say("cli.no-such-live-tenant", tenant=tenant))
            click.echo(json_text(document), nl=False)
            return 0
        names = service.tenants() if service else ()
        at = service.now() if service and names else None
        events = service.events() if service else ()
    if form == "json":
        click.echo(json_text(_overview(at, names, events)), nl=False)
    elif at is None:
        click.echo(say("cli.holds-none", file=setting.simulator_file))
    else:
        click.echo(say("cli.clock", now=at, count=len(names)))
        click.echo("\n".join(f"  {safe(name)}" for name in names))
        for event in events:
            click.echo(safe(say("cli.due", **asdict(event))))
    return 0


def _overview(at: datetime | None, names: Sequence[str], events: Sequence[Event]) -> dict[str, object]:
    return {
        "now": moment(at) if at else None,
        "tenants": list(names),
        "events": [{**asdict(event), "due": moment(event.due)} for event in events],
    }


@simulator.command("set", short_help="Change what another administrator would.")
@click.argument("assignments", nargs=-1, required=True, metavar="TENANT.PATH=VALUE...")
@config_option
@state_option
def set_(assignments: tuple[str, ...], config: Path | None, state: str | None) -> int:
    """Change what another administrator, or the service, would change: fabrikam.main.licenses=50."""
    with _open(config, state) as service:
        for assignment in assignments:
            path, equals, value = assignment.partition("=")
            if not equals:
                raise click.UsageError(say("cli.bad-assignment", text=assignment))
            click.echo(service.set(path, value))
    return 0


class _Forward(click.Command):
    """Takes ``-1h`` for the length of time it is meant as, and not for an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse a length that would turn the clock back."""
        back = next((word for word in args if word.startswith("-") and word[1:2].isdigit()), None)
        if back:
            raise click.UsageError(say("cli.only-forward", text=back), ctx)
        return super().parse_args(ctx, args)


@simulator.command(cls=_Forward)
@click.argument("length", type=duration)
@config_option
@state_option
def advance(length: timedelta, config: Path | None, state: str | None) -> int:
    """Move the service's clock: 10m, 2h, 14d. What is due on the way happens."""
    with _open(config, state) as service:
        click.echo(say("cli.advanced", now=service.advance(length)))
    return 0


@simulator.command(short_help="Give the service a fault; list those that wait.")
@click.argument("tenant", required=False)
@click.argument("kind", required=False)
@click.option("--times", type=click.IntRange(1), default=1, help="How often (1).")
@click.option("--always", is_flag=True, help="Until it is cleared.")
@click.option(
    "--option", "options", multiple=True, metavar="NAME=VALUE", help="An option of this kind of fault."
)
@click.option("--clear", is_flag=True, help="Drop the faults that wait (of TENANT and KIND, if named).")
@config_option
@state_option
def fault(
    tenant: str | None,
    kind: str | None,
    times: int,
    always: bool,
    options: tuple[str, ...],
    clear: bool,
    config: Path | None,
    state: str | None,
) -> int:
    """Give the service a fault for its next calls; without arguments, list those that wait.

    Kinds: lost-after, lost-before, late-visibility, throttle, error, partial-read, unknown-word,
    concurrent-admin, switch-fails, switch-hangs, credit-review. Over HTTP alone (see simulator serve):
    malformed-json, cut, slow, page-repeats, page-ends-early, token-expires, accepted; --option path=TEXT narrows
    these, throttle and error to addresses with that text in them.
    """
    if tenant is None and not clear:
        return _list_faults(build_setting((), config, state))
    with _open(config, state) as service:
        if clear:
            click.echo(say("cli.faults-cleared", count=service.clear_faults(tenant, kind)))
        elif tenant is None or kind is None:
            raise click.UsageError(say("cli.fault-kind"))
        else:
            given = service.fault(tenant, kind, times=None if always else times, **_options(options))
            click.echo(say("cli.fault-given", number=given.number, tenant=given.tenant, kind=given.kind))
    return 0


def _list_faults(setting: Setting) -> int:
    with _if_there(setting) as service:
        waiting = service.faults() if service else ()
    for one in waiting:
        click.echo(_described(one))
    if not waiting:
        click.echo(say("cli.no-faults"), err=True)
    return 0


@simulator.command(short_help="File a support ticket, as a person would.")
@click.argument("tenant", required=False)
@click.argument("title", required=False)
@click.option("--text", default="", help="What the ticket says.")
@click.option("--close", metavar="NUMBER", help="Close a ticket instead.")
@config_option
@state_option
def ticket(
    tenant: str | None,
    title: str | None,
    text: str,
    close: str | None,
    config: Path | None,
    state: str | None,
) -> int:
    """File a ticket in the service's portal, and print its number; over HTTP it is a service request."""
    with _open(config, state) as service:
        if close is not None:
            service.close_ticket(close)
            click.echo(say("cli.ticket-closed", number=close))
        elif tenant is None or title is None:
            raise click.UsageError(say("cli.ticket-what"))
        else:
            number = service.file_ticket(tenant, title, text)
            click.echo(say("cli.ticket-filed", number=number, tenant=tenant))
    return 0


@simulator.command(short_help="Answer over HTTP as the real services would.")
@click.option(
    "--listen", metavar="HOST:PORT", default="127.0.0.1:8365", help="Where (127.0.0.1:8365); loopback alone."
)
@click.option("--etags", is_flag=True, help="Show an etag on new-commerce subscriptions too.")
@click.option("--plain", is_flag=True, help="Leave out the contradictions of the documents.")
@click.option(
    "--speed",
    type=click.FloatRange(0, 100_000),
    default=1.0,
    metavar="FACTOR",
    help="How fast the service's clock runs, from the machine's time on (1); 0 leaves it alone.",
)
@config_option
@state_option
def serve(listen: str, etags: bool, plain: bool, speed: float, config: Path | None, state: str | None) -> int:
    """Answer at an address of this machine as Partner Center, Microsoft Graph and the login host would.

    For rehearsing the live backend: what it prints at the start goes into reconciler.yaml. Ctrl-C ends it.
    """
    from threading import Event

    from reconciler.cli.rehearsing import Rehearsal, rehearse

    setting = build_setting((), config, state)
    wish = Rehearsal(listen, etags, plain, speed, str(setting.config.catalogue))
    wish.where()
    with open_service(setting, quiet=True) as service:
        rehearse(service, wish, click.echo, Event())
    return 0


@simulator.command()
@config_option
@state_option
@format_option()
def log(config: Path | None, state: str | None, form: str) -> int:
    """Print every call the service got, oldest first."""
    with _if_there(build_setting((), config, state)) as service:
        calls = service.calls() if service else []
    if form == "json":
        click.echo(json_text({"calls": calls}), nl=False)
        return 0
    for call in calls:
        at = datetime.fromisoformat(call["at"])
        click.echo(safe(say("cli.call", **{**call, "at": at, "change": _change(call)}).rstrip()))
    return 0


def _described(waiting: Fault) -> str:
    often = "always" if waiting.times is None else f"{waiting.times} x"
    options = ", ".join(f"{name}={value}" for name, value in waiting.options.items())
    return say(
        "cli.fault",
        number=waiting.number,
        tenant=waiting.tenant,
        kind=waiting.kind,
        often=often,
        options=options,
    ).rstrip()


def _options(texts: tuple[str, ...]) -> dict[str, object]:
    found: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(say("cli.bad-assignment", text=text))
        found[name] = value
    return found


def _change(call: dict[str, object]) -> str:
    before, after = call.get("before"), call.get("after")
    return f"{_held(before)} -> {_held(after)}" if isinstance(after, dict) else ""


def _held(value: object) -> str:
    return f"{value.get('plan')} {value.get('licenses')}" if isinstance(value, dict) else "-"

"""``reconcile TENANT``: ask the running loop for a pass now, and wait until that very request is handled."""

from __future__ import annotations

import getpass
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import config_option, duration, format_option, state_option
from reconciler.cli.world import build_setting, hint, now, open_state
from reconciler.errors import ReconcilerError
from reconciler.messages import say

if TYPE_CHECKING:
    from reconciler.adapters.store import Store

FORMAT_VERSION = "1.0"
POLL = 0.2
LOOK_FOR_LOOP = 2.0
# A loop gives a sign of life every ten seconds.
ALIVE_WITHIN = timedelta(seconds=45)


@click.command()
@click.argument("tenant")
@click.option("--timeout", type=duration, default=timedelta(minutes=5), help="How long to wait (5m).")
@config_option
@state_option
@format_option()
def reconcile(tenant: str, timeout: timedelta, config: Path | None, state: str | None, form: str) -> int:
    """Ask the running loop for a pass over TENANT now, and wait until that very request is handled.

    The loop does what it would do anyway, and writes only if it runs with --write. A write that failed before may be
    made again, since a person asked. TENANT is its name in the fleet. Ends with 1 where a write failed, and where
    nobody answers in time; the request then stands, and the loop takes it up when it can.
    """
    setting = build_setting((), config, state)
    with open_state(setting, create=False) as reading:
        refuse_if_nobody_answers(reading, tenant, setting.state)
    with open_state(setting, create=True) as store:
        request = store.ask(tenant, asker())
        click.echo(say("reconcile.asked", tenant=tenant), err=True)
        answer = wait_for(store, tenant, request, timeout)
    if answer is None:
        seconds = round(timeout.total_seconds())
        raise ReconcilerError(say("reconcile.too-long", tenant=tenant, seconds=seconds, request=request))
    _tell(tenant, request, answer, form)
    return 1 if answer.get("failed") else 0


def refuse_if_nobody_answers(store: Store, tenant: str, state: str) -> None:
    """Raise ReconcilerError where no loop is alive, or none of them has the tenant."""
    turns = store.known_to_loops(now() - ALIVE_WITHIN)
    if not turns:
        raise ReconcilerError(say("reconcile.no-loop", state=state, tenant=tenant))
    if tenant not in turns:
        raise ReconcilerError(say("reconcile.no-tenant", tenant=tenant, hint=hint(tenant, sorted(turns))))


def wait_for(store: Store, tenant: str, request: str, timeout: timedelta) -> Mapping[str, object] | None:
    """Return the answer to a request, None if there was none in time.

    Raises ReconcilerError once no loop is left that could answer.
    """
    begun = looked = time.monotonic()
    while (answer := store.answer_to(request)) is None and time.monotonic() - begun < timeout.total_seconds():
        time.sleep(POLL)
        if time.monotonic() - looked > LOOK_FOR_LOOP:
            looked = time.monotonic()
            if tenant not in store.known_to_loops(now() - ALIVE_WITHIN) and store.answer_to(request) is None:
                raise ReconcilerError(say("reconcile.loop-ended", tenant=tenant, request=request))
    return answer


def asker() -> str:
    """Who asks: the operating system's user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def _tell(tenant: str, request: str, answer: Mapping[str, object], form: str) -> None:
    from reconciler.report.document import json_text, moment
    from reconciler.report.lines import wrapped

    if form == "json":
        head = {"format_version": FORMAT_VERSION, "tenant": tenant, "request": request, "failed": False}
        handled = {"handled_at": moment(answer["handled_at"])}  # type: ignore[arg-type]
        click.echo(json_text({**head, **answer, **handled}), nl=False)
        return
    facts = {key: answer.get(key) for key in ("state", "reason", "outcome")}
    messages = answer.get("messages")
    lines = wrapped(say("reconcile.handled", tenant=tenant, **facts), "", "  ")
    for message in messages if isinstance(messages, list) else ():
        lines += wrapped(str(message), "  ", "    ")
    click.echo("\n".join(lines))

"""``resolve``: settle a write whose outcome is not known, with evidence from a fresh look."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import click

from reconciler.cli.options import config_option, state_option
from reconciler.cli.world import build_setting, now, open_service, word_of
from reconciler.errors import ReconcilerError
from reconciler.memory import Intent, Settled, Shown, keys_of, shown
from reconciler.messages import say
from reconciler.observe import Fact, Observation, TenantRef, Unknown

WORDS = {
    "done": Settled.DONE,
    "started": Settled.STARTED,
    "not-taken": Settled.NOT_TAKEN,
    "failed": Settled.FAILED,
}


@click.command()
@click.argument("tenant")
@click.option(
    "--as", "as_", type=click.Choice(list(WORDS)), help="What you found out; left out, it only looks."
)
@click.option("--evidence", help="How you know: the ticket, the invoice, the page you looked at.")
@config_option
@state_option
def resolve(
    tenant: str, as_: str | None, evidence: str | None, config: Path | None, state: str | None
) -> int:
    """Settle a write of TENANT whose outcome is not known.

    TENANT is its default domain or id; its name in the fleet does too, where the configuration says which
    files there are.

    Without --as it says what is open and what a fresh look shows. With --as and --evidence it records what you
    found out, unless the look or the service's own answer says otherwise.
    """
    from reconciler.adapters.simulator.backend import Reader
    from reconciler.adapters.store import open_store

    if bool(as_) != bool(evidence):
        raise click.UsageError(say("cli.resolve-both"))
    setting = build_setting((), config, state)
    ref = TenantRef(tenant, word_of(setting, tenant))
    with open_service(setting) as service, open_store(str(setting.state), create=bool(as_), now=now) as store:
        reader = Reader(service)
        look = reader.observe(ref)
        keys = keys_of(ref, look)
        opened = store.open_intents(keys)
        if isinstance(opened, Unknown):
            raise ReconcilerError(say("cli.state-unknown", why=opened.reason))
        if not opened:
            click.echo(say("cli.nothing-open", tenant=tenant))
            return 0
        if as_ is None or evidence is None:
            click.echo(
                "\n".join(_described(intent, look, reader.taken(ref, intent.request_id)) for intent in opened)
            )
            return 0
        holder = f"{socket.gethostname()}, process {os.getpid()}, resolve"
        with store.lease(keys, holder, sleep=time.sleep) as journal:
            # Until the lease was ours another run may have been at work: what is open is read, and looked for, anew.
            look = reader.observe(ref)
            for intent in _still_open(journal.memory().unsettled, opened):
                _refuse_what_the_look_denies(intent, look, WORDS[as_])
                _refuse_what_the_service_denies(intent, reader.taken(ref, intent.request_id), WORDS[as_])
                seen = _may_go_on(intent, look, WORDS[as_])
                journal.settle(intent, WORDS[as_], say("cli.by-hand", evidence=evidence), seen=seen)
                told = "cli.settled" if seen else "cli.settled-unseen"
                click.echo(say(told, tenant=tenant, request=intent.request_id, word=as_))
    return 0


def _still_open(now_open: Fact[tuple[Intent, ...]], then: tuple[Intent, ...]) -> tuple[Intent, ...]:
    """The writes that were open at the first look and are still, as they stand now."""
    if isinstance(now_open, Unknown):
        raise ReconcilerError(say("cli.state-unknown", why=now_open.reason))
    return tuple(intent for intent in now_open if intent.id in {known.id for known in then})


def _may_go_on(intent: Intent, look: Observation, word: Settled) -> bool:
    """Whether writes may go on: what was taken is not ordered again because no look shows it yet."""
    return word in (Settled.NOT_TAKEN, Settled.FAILED) or shown(intent, look) in (Shown.DONE, Shown.STARTED)


def _described(intent: Intent, look: Observation, taken: bool | None) -> str:
    told = say(
        "cli.open-intent",
        address=intent.address,
        action=intent.action,
        plan=intent.after.plan,
        before=intent.before.licenses,
        total=intent.after.licenses,
        request=intent.request_id,
        sent=intent.sent_at.isoformat() if intent.sent_at else say("cli.never-sent"),
        shown=shown(intent, look),
    )
    return told + _answer(taken)


def _answer(taken: bool | None) -> str:
    """What the service says of the very request, where it can tell."""
    if taken is None:
        return ""
    return say("cli.service-took" if taken else "cli.service-did-not")


def _refuse_what_the_look_denies(intent: Intent, look: Observation, word: Settled) -> None:
    """A person may know more than a look shows, but not the opposite of what it shows."""
    what = shown(intent, look)
    if what in (Shown.DONE, Shown.STARTED) and word is Settled.NOT_TAKEN:
        raise ReconcilerError(say("cli.look-denies", request=intent.request_id, shown=what, word=word))


def _refuse_what_the_service_denies(intent: Intent, taken: bool | None, word: Settled) -> None:
    """Nobody knows better than the service whether it took a request: settled wrongly, it would be ordered twice."""
    if taken is not None and taken is (word is Settled.NOT_TAKEN):
        facts = {"request": intent.request_id, "word": word, "answer": _answer(taken)}
        raise ReconcilerError(say("cli.service-denies", **facts))

"""``resolve``: settle a write whose outcome is not known, with evidence from a fresh look."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from reconciler.cli.backends import backend_of
from reconciler.cli.options import config_option, format_option, state_option
from reconciler.cli.world import Setting, build_setting, declared_as, is_declared, open_state
from reconciler.errors import ReconcilerError
from reconciler.memory import Intent, Settled, Shown, keys_of, shown
from reconciler.messages import say
from reconciler.observe import Fact, Observation, TenantRef, Unknown
from reconciler.report.settling import OpenWrite, answer_text, writes_document, writes_text

TOLD = {Shown.DONE: Settled.DONE, Shown.STARTED: Settled.STARTED, Shown.FAILED: Settled.FAILED}
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
@format_option()
def resolve(
    tenant: str, as_: str | None, evidence: str | None, config: Path | None, state: str | None, form: str
) -> int:
    """Settle a write of TENANT (default domain, id or name) whose outcome is not known.

    Without --as it says what is open and what a fresh look shows. With --as and --evidence it records what you
    found out, unless the look or the service's own answer says otherwise.
    """
    if bool(as_) != bool(evidence):
        raise click.UsageError(say("cli.resolve-both"))
    setting = build_setting((), config, state)
    ref = TenantRef(tenant, declared_as(setting, tenant) or tenant)
    told: list[OpenWrite] = []
    try:
        with _service(setting) as service:
            opened = _opened(setting, ref, service)
            if as_ is None or evidence is None:
                told += _look(opened, ref, service)
            elif opened:
                _settle(setting, opened, ref, service, (WORDS[as_], evidence), told)
    except ReconcilerError:
        if told:
            _print(tenant, told, form)
        raise
    _print(tenant, told, form)
    return 0


@dataclass(frozen=True, slots=True)
class _Service:
    """Who is asked: for a look, and for what became of one request (None where that can not be told)."""

    observe: Callable[[TenantRef], Observation]
    taken: Callable[[TenantRef, str], bool | None]


@contextmanager
def _service(setting: Setting) -> Iterator[_Service]:
    """Open the service; where there is none, none is made only to be asked."""
    backend = backend_of(setting)
    absent = backend.absent()
    if absent is not None:
        yield _Service(absent.observe, lambda ref, request: None)
        return
    with backend.open() as opened:
        yield _Service(opened.eyes.observe, opened.eyes.taken)


def _opened(setting: Setting, ref: TenantRef, service: _Service) -> tuple[Intent, ...]:
    """Return the writes that are open, from a store that is only read.

    Raises ReconcilerError where it can not be read, and for a tenant that nobody declares, serves or wrote to.
    """
    look = service.observe(ref)
    with open_state(setting, create=False) as store:
        opened = store.open_intents(keys_of(ref, look))
    if isinstance(opened, Unknown):
        raise ReconcilerError(say("cli.state-unknown", why=opened.reason))
    answers = not isinstance(look.domain, Unknown) or not isinstance(look.tenant_id, Unknown)
    if not opened and not answers and not is_declared(setting, ref.tenant):
        raise ReconcilerError(say("cli.resolve-nobody", tenant=ref.name))
    return opened


def _look(opened: Sequence[Intent], ref: TenantRef, service: _Service) -> list[OpenWrite]:
    look = service.observe(ref)
    return [
        OpenWrite(intent, shown(intent, look), service.taken(ref, intent.request_id)) for intent in opened
    ]


def _settle(
    setting: Setting,
    opened: tuple[Intent, ...],
    ref: TenantRef,
    service: _Service,
    found_out: tuple[Settled, str],
    told: list[OpenWrite],
) -> None:
    """Settle each write that is still open; ``told`` holds what was done also where a later one is refused."""
    word, evidence = found_out
    holder = f"{socket.gethostname()}, process {os.getpid()}, resolve"
    keys = keys_of(ref, service.observe(ref))
    with (
        open_state(setting, create=True) as store,
        store.lease(keys, holder, sleep=time.sleep) as journal,
    ):
        # Until the lease was ours another run may have been at work: what is open is read, and looked for, anew.
        look = service.observe(ref)
        for intent in _still_open(journal.memory().unsettled, opened):
            taken = service.taken(ref, intent.request_id)
            _refuse_what_the_look_denies(intent, look, word)
            _refuse_what_the_service_denies(intent, taken, word)
            _refuse_too_early(intent, look, taken, word)
            seen = _may_go_on(intent, look, word)
            journal.settle(intent, word, say("cli.by-hand", evidence=evidence), seen=seen)
            told.append(OpenWrite(intent, shown(intent, look), taken, word, seen))


def _print(tenant: str, writes: list[OpenWrite], form: str) -> None:
    if form == "json":
        from reconciler.report.document import json_text

        click.echo(json_text(writes_document(tenant, writes)), nl=False)
    else:
        click.echo(writes_text(tenant, writes), nl=False)


def _still_open(now_open: Fact[tuple[Intent, ...]], then: tuple[Intent, ...]) -> tuple[Intent, ...]:
    """The writes that were open at the first look and are still, as they stand now."""
    if isinstance(now_open, Unknown):
        raise ReconcilerError(say("cli.state-unknown", why=now_open.reason))
    return tuple(intent for intent in now_open if intent.id in {known.id for known in then})


def _may_go_on(intent: Intent, look: Observation, word: Settled) -> bool:
    """Whether writes may go on: what was taken is not ordered again because no look shows it yet."""
    return word in (Settled.NOT_TAKEN, Settled.FAILED) or shown(intent, look) in (Shown.DONE, Shown.STARTED)


def _refuse_what_the_look_denies(intent: Intent, look: Observation, word: Settled) -> None:
    """A person may know more than a look shows, but nothing else than what it shows."""
    what = shown(intent, look)
    if what in TOLD and TOLD[what] is not word:
        raise ReconcilerError(say("cli.look-denies", request=intent.request_id, shown=what, word=word))


def _refuse_too_early(intent: Intent, look: Observation, taken: bool | None, word: Settled) -> None:
    """What the service took may still show: until it must have, it has not failed, or it would be ordered twice."""
    within = look.traits.visible_within
    if (
        word is not Settled.FAILED
        or not taken
        or shown(intent, look) is Shown.FAILED
        or intent.sent_at is None
    ):
        return
    if within is None or look.at < intent.sent_at + within:
        facts = {"request": intent.request_id, "word": word, "answer": answer_text(taken)}
        raise ReconcilerError(say("cli.too-early", minutes=within and within.seconds // 60, **facts))


def _refuse_what_the_service_denies(intent: Intent, taken: bool | None, word: Settled) -> None:
    """Nobody knows better than the service whether it took a request: settled wrongly, it would be ordered twice."""
    if taken is not None and taken is (word is Settled.NOT_TAKEN):
        facts = {"request": intent.request_id, "word": word, "answer": answer_text(taken)}
        raise ReconcilerError(say("cli.service-denies", **facts))

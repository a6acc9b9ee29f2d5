"""``handoff``: the requests that wait for a person: list, show, follow them; say that one was filed, or is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from reconciler.cli.desk import build_desk, build_notepad, look_at, needed, note_in, suggest
from reconciler.cli.options import config_option, format_option, state_option, words
from reconciler.cli.world import Setting, build_setting, open_state, service_time
from reconciler.errors import ReconcilerError
from reconciler.handoff import OPEN, HandOff, HandoffState
from reconciler.handoff.following import Following, Suggestion, to_follow
from reconciler.handoff.tickets import ServiceDesk
from reconciler.messages import Language, say
from reconciler.report.handoffs import (
    handoff_document,
    handoff_text,
    handoffs_document,
    handoffs_text,
    letter_text,
)
from reconciler.report.letters import Names, letter
from reconciler.report.ticket_note import note_text
from reconciler.report.tickets import followings_document, followings_text, unanswered

ID_LENGTH = 4
ENDS = {"done": HandoffState.DONE, "withdrawn": HandoffState.WITHDRAWN}

language_option = click.option(
    "--language",
    type=click.Choice([str(language) for language in Language]),
    default=str(Language.ENGLISH),
    help="The language of the letter, and of the note.",
)
note_option = click.option(
    "--note", is_flag=True, help="Put our numbers, and the ids of what we sent, into the ticket; once."
)


@click.group()
def handoff() -> None:
    """Support requests: what only a person can do, with a text ready to send."""


@handoff.command("list")
@click.option("--all", "every", is_flag=True, help="Also those done or withdrawn.")
@click.option("--tenant", "tenants", multiple=True, help="Only this tenant's; may be repeated.")
@config_option
@state_option
@format_option()
def list_(every: bool, tenants: tuple[str, ...], config: Path | None, state: str | None, form: str) -> int:
    """List the open requests, oldest first."""
    from reconciler.report.document import json_text

    setting = build_setting((), config, state)
    with open_state(setting, create=False) as store:
        found = [h for h in store.handoffs() if every or h.state in OPEN]
    mine = [h for h in found if not tenants or {h.tenant, h.word} & set(tenants)]
    at = service_time(setting)
    if form == "json":
        click.echo(json_text(handoffs_document(mine, _names(setting), at)), nl=False)
    else:
        short = {key: plan.short or plan.name for key, plan in setting.catalogue.plans.items()}
        click.echo(handoffs_text(mine, setting.state, short, at, every=every), nl=False)
    return 0


@handoff.command("show")
@click.argument("id_", metavar="ID")
@language_option
@click.option("--to", default="", metavar="ADDRESS", help="Who gets it, with --format mailto.")
@config_option
@state_option
@format_option("text", "letter", "markdown", "mailto", "json")
def show(id_: str, language: str, to: str, config: Path | None, state: str | None, form: str) -> int:
    """Print one request with its letter, ready to send.

    ID is its id, or the first four letters of it and more.
    """
    from reconciler.report.document import json_text

    setting = build_setting((), config, state)
    with open_state(setting, create=False) as store:
        one = _one_of(store.handoffs(), id_)
    names = _names(setting)
    if form == "json":
        text = json_text(handoff_document(one, names, service_time(setting)))
    elif form == "letter":
        text = letter_text(one, Language(language), names)
    elif form == "markdown":
        text = letter(one, Language(language), names).markdown()
    elif form == "mailto":
        text = letter(one, Language(language), names).mailto(to) + "\n"
    else:
        text = handoff_text(one, Language(language), names, service_time(setting))
    click.echo(text, nl=False)
    return 0


@handoff.command("filed")
@click.argument("id_", metavar="ID")
@click.argument("ticket", type=words)
@note_option
@language_option
@config_option
@state_option
def filed(id_: str, ticket: str, note: bool, language: str, config: Path | None, state: str | None) -> int:
    """Say that a request was sent, and type in support's number for it.

    With --note the ticket is looked at too, and the note put into it.
    """
    setting = build_setting((), config, state)
    desk = needed(build_desk(setting), setting) if note else None

    def file(one: HandOff, at: datetime) -> HandOff:
        if one.state not in OPEN:
            raise ReconcilerError(say("cli.handoff-closed", id=one.id, state=one.state, at=one.closed_at))
        return replace(one, state=HandoffState.FILED, ticket=ticket.strip())

    one = _changed(setting, id_, file)
    click.echo(say("cli.handoff-filed", id=one.id, ticket=one.ticket, tenant=one.tenant))
    if desk is None:
        return 0
    looks = _followed(setting, desk, (one,), Language(language) if note else None)
    return _tell(setting, looks, (), "text")


@handoff.command("follow", short_help="Look at the tickets of the requests that were filed.")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@note_option
@language_option
@config_option
@state_option
@format_option()
def follow(
    ids: tuple[str, ...], note: bool, language: str, config: Path | None, state: str | None, form: str
) -> int:
    """Look at the tickets of the requests that were filed, or of those named, and say what is new.

    Of a request nobody has typed a number in for, the tickets that name it are listed. Nothing is done to a ticket but
    what --note says: once for each state the request comes to, and never to one that is closed.
    """
    setting = build_setting((), config, state)
    desk = needed(build_desk(setting), setting)
    with open_state(setting, create=False) as store:
        known = store.handoffs()
    named = {one.id: one for one in (_one_of(known, id_) for id_ in ids)}
    for one in named.values():
        if one.ticket is None and one.state not in OPEN:
            raise ReconcilerError(say("desk.no-ticket", id=one.id, state=one.state))
    filed_ones = [one for one in named.values() if one.ticket] if named else to_follow(known)
    prepared = [one for one in named.values() or known if one.state is HandoffState.PREPARED]
    looks = _followed(setting, desk, filed_ones, Language(language) if note else None) if filed_ones else ()
    # Unasked, that no ticket names a request is nothing to tell.
    suggested = [each for each in suggest(desk, prepared) if named or each.found != ()]
    return _tell(setting, looks, suggested, form)


@handoff.command("close", short_help="Say that a request is over.")
@click.argument("id_", metavar="ID")
@click.option("--as", "as_", type=click.Choice(list(ENDS)), default="withdrawn", help="How it ended.")
@click.option("--reason", required=True, type=words, metavar="TEXT", help="Why; kept with it.")
@config_option
@state_option
def close(id_: str, as_: str, reason: str, config: Path | None, state: str | None) -> int:
    """Say that a request is over, although the file and the live state do not say so yet.

    The same wish does not open it again while it stands.
    """
    setting = build_setting((), config, state)

    def end(one: HandOff, at: datetime) -> HandOff:
        if one.state not in OPEN:
            raise ReconcilerError(say("cli.handoff-closed", id=one.id, state=one.state, at=one.closed_at))
        return replace(one, state=ENDS[as_], closed_at=max(at, one.opened_at), reason=reason, by_hand=True)

    one = _changed(setting, id_, end)
    click.echo(say("cli.handoff-ended", id=one.id, state=one.state, tenant=one.tenant))
    return 0


def _changed(setting: Setting, id_: str, change: Callable[[HandOff, datetime], HandOff]) -> HandOff:
    """Change one request, in the transaction that found it."""
    at = service_time(setting)
    found: list[HandOff] = []

    def tend(known: Sequence[HandOff]) -> list[HandOff]:
        found[:] = [change(_one_of(known, id_), at)]
        return found

    with open_state(setting, create=True) as store:
        store.tend_handoffs(tend)
    return found[0]


def _one_of(known: Sequence[HandOff], id_: str) -> HandOff:
    """Return the request whose id is, or alone begins with, what a person typed."""
    fits = [h for h in known if h.id == id_ or (len(id_) >= ID_LENGTH and h.id.startswith(id_))]
    if not fits:
        raise ReconcilerError(say("cli.no-such-handoff", id=id_))
    if len(fits) > 1:
        raise ReconcilerError(say("cli.several-handoffs", id=id_, ids=", ".join(h.id for h in fits)))
    return fits[0]


def _followed(
    setting: Setting, desk: ServiceDesk, chosen: Sequence[HandOff], noting: Language | None
) -> tuple[Following, ...]:
    """Look at the tickets of requests, and put the notes that are due into them, if they are to be in a language."""
    notepad, names, at = build_notepad(setting) if noting else None, _names(setting), service_time(setting)
    with open_state(setting, create=True) as store:
        looks = look_at(store, desk, chosen, at)
        if noting is None:
            return looks
        pad = needed(notepad, setting)
        return tuple(
            note_in(store, pad, each, at, lambda one, sent: note_text(one, sent, noting, names))
            for each in looks
        )


def _tell(setting: Setting, looks: Sequence[Following], suggested: Sequence[Suggestion], form: str) -> int:
    from reconciler.report.document import json_text

    if form == "json":
        click.echo(json_text(followings_document(looks, suggested)), nl=False)
    else:
        click.echo(followings_text(looks, suggested, setting.state), nl=False)
    return 1 if unanswered(looks, suggested) else 0


def _names(setting: Setting) -> Names:
    plans = setting.catalogue.plans.values()
    return {
        Language.ENGLISH: {plan.key: plan.name for plan in plans},
        Language.NORWEGIAN: {plan.key: plan.name_nb for plan in plans},
    }

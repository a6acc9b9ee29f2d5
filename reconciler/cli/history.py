"""``history``: what happened to a tenant, whether the journal is as recorded, and files for an auditor; reads only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import config_option, format_option, state_option
from reconciler.cli.world import Setting, build_setting, known_as, open_state, word_of
from reconciler.errors import ReconcilerError
from reconciler.messages import say
from reconciler.report.lines import safe

if TYPE_CHECKING:
    from reconciler.adapters.store import Store
    from reconciler.evidence.past import Change
    from reconciler.report.history import Account

SHOWN = 20
_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    tenant: str | None
    limit: int | None
    since: datetime | None
    check: bool
    expect: str | None
    folder: Path | None
    form: str


@click.command()
@click.argument("tenant", required=False)
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help=f"Show at most the N newest entries ({SHOWN})."
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Only what happened, or went on, since the beginning of that day (UTC).",
)
@click.option("--verify", "check", is_flag=True, help="Hold the whole store against the chain of its ledger.")
@click.option(
    "--expect", metavar="HASH", help="With --verify: a head noted earlier, which must be in the chain."
)
@click.option(
    "--export",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write one file per change, for an auditor; of TENANT, or of all.",
)
@config_option
@state_option
@format_option()
def history(
    tenant: str | None,
    limit: int | None,
    since: datetime | None,
    check: bool,
    expect: str | None,
    folder: Path | None,
    config: Path | None,
    state: str | None,
    form: str,
) -> int:
    """What was done to TENANT, newest first: who, when, which commit and change plan, before, after, outcome.

    TENANT is its name in the fleet, its default domain or its id. Brakes and hand-offs are told too. --verify
    recomputes the chain of the whole journal and names whatever is not as it was recorded.
    """
    wish = Wish(tenant, limit, since, check, expect, folder, form)
    _refuse_a_muddle(wish)
    setting = build_setting((), config, state)
    with open_state(setting, create=False) as store:
        if check:
            return _verify(setting, store, wish)
        if folder is not None:
            return _export(setting, store, wish, folder)
        assert tenant is not None
        return _tell(setting, store, wish, tenant)


def _refuse_a_muddle(wish: Wish) -> None:
    listing = wish.limit is not None or wish.since is not None
    muddles = (
        ("history.which", not wish.check and wish.folder is None and wish.tenant is None),
        ("history.expect-verifies", wish.expect is not None and not wish.check),
        ("history.whole", wish.check and (wish.tenant is not None or wish.folder is not None or listing)),
        ("history.only-listing", wish.folder is not None and listing),
        ("history.one-format", wish.folder is not None and wish.form != "text"),
    )
    for key, found in muddles:
        if found:
            raise click.UsageError(say(key))
    if wish.expect is not None and not _HASH.fullmatch(wish.expect):
        raise click.UsageError(say("history.no-hash", text=wish.expect))


# The history of one tenant


def _tell(setting: Setting, store: Store, wish: Wish, named: str) -> int:
    from reconciler.report.history import Account, history_document, history_text

    word = word_of(setting, named)
    past = store.past(known_as(setting, word))
    since = wish.since.replace(tzinfo=UTC) if wish.since else None
    recent = [event for event in past.events if since is None or event.last_at >= since]
    shown = recent[: wish.limit or SHOWN]
    as_recorded = past.examination.sound if past.examination else None
    if as_recorded is False:
        click.echo(safe(say("history.doubted", state=setting.state)), err=True)
    account = Account(word, shown, len(past.events) - len(shown), as_recorded)
    if wish.form == "json":
        from reconciler.report.document import json_text

        click.echo(json_text(history_document(account)), nl=False)
    elif shown:
        from reconciler.cli.show import names_of

        click.echo(history_text(account, names_of(setting)), nl=False)
    else:
        click.echo(safe(_nothing(setting, store, wish, account)))
    return 0


def _nothing(setting: Setting, store: Store, wish: Wish, account: Account) -> str:
    if store.missing:
        return say("history.no-store", tenant=account.tenant, state=setting.state)
    if wish.since and account.older:
        return say(
            "history.nothing-since", tenant=account.tenant, since=wish.since.date(), older=account.older
        )
    return say("history.nothing", tenant=account.tenant, state=setting.state)


# Verifying


def _verify(setting: Setting, store: Store, wish: Wish) -> int:
    from reconciler.report.examination import examination_document, examination_text

    examination = store.verify(wish.expect)
    if examination is None and not store.missing:
        raise ReconcilerError(say("history.older", state=setting.state))
    if examination is None and wish.expect is not None:
        raise ReconcilerError(say("verify.lost", state=setting.state, hash=wish.expect))
    if wish.form == "json":
        from reconciler.report.document import json_text

        click.echo(json_text(examination_document(examination, wish.expect)), nl=False)
    elif examination is None:
        click.echo(safe(say("verify.no-store", state=setting.state)))
    else:
        click.echo(examination_text(examination, wish.expect, setting.state), nl=False)
    return 0 if examination is None or examination.sound else 1


# Files for an auditor


def _export(setting: Setting, store: Store, wish: Wish, folder: Path) -> int:
    from reconciler.evidence.past import Change

    named = wish.tenant
    past = store.whole_past() if named is None else store.past(known_as(setting, word_of(setting, named)))
    if past.older:
        raise ReconcilerError(say("history.older", state=setting.state))
    flaws = past.examination.flaws if past.examination else ()
    changes = [event for event in past.events if isinstance(event, Change)]
    doubted = {(flaw.table, flaw.id) for flaw in flaws}
    vouched = [change for change in changes if not doubted & _places_of(change)]
    if vouched:
        click.echo(safe(_written(vouched, folder)))
    elif not changes:
        click.echo(say("history.nothing-to-export"))
    for change in changes:
        if change not in vouched:
            click.echo(safe(say("history.not-vouched", id=change.id)), err=True)
    if flaws:
        click.echo(say("history.export-doubted"), err=True)
    return 1 if flaws else 0


def _places_of(change: Change) -> set[tuple[str, str]]:
    from reconciler.evidence import LEDGER

    return {("intents", change.id), *((LEDGER, str(entry.number)) for entry in change.entries)}


def _written(changes: Sequence[Change], folder: Path) -> str:
    """Write each change's file, and say what came of it; if some there are of another mind, none is touched."""
    from reconciler.adapters import files
    from reconciler.report.history import export_name, export_text

    texts = {folder / export_name(change): (change, export_text(change)) for change in changes}
    there = {file: files.standing(file) for file in texts}
    differing = [
        file for file, (change, text) in texts.items() if not _may_replace(there[file], text, change)
    ]
    if differing:
        named = ", ".join(str(file) for file in sorted(differing))
        raise ReconcilerError(say("history.differs", files=named))
    came = Counter(
        files.write_whole(file, text, replace=there[file] is not None) for file, (_, text) in texts.items()
    )
    return say(
        "history.exported",
        changes=say("history.one-change" if len(changes) == 1 else "history.changes", count=len(changes)),
        folder=folder,
        written=came[files.Written.NEW],
        again=came[files.Written.REPLACED],
        same=came[files.Written.SAME],
    )


def _may_replace(there: str | None, text: str, change: Change) -> bool:
    """Whether nothing would be lost: no file is there, this very one, or what was exported of the change before."""
    from reconciler.report.history import earlier_texts

    return there is None or there == text or there in earlier_texts(change)

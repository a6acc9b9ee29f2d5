"""``db upgrade, check, copy``: the tables of the state store, made or brought up to date, looked at, and copied."""

from __future__ import annotations

from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.adapters.files import shown
from reconciler.cli.options import config_option, state_option
from reconciler.cli.world import Setting, build_setting, now, place_of_state
from reconciler.messages import say
from reconciler.report.lines import safe

if TYPE_CHECKING:
    from reconciler.adapters.queue import Standing
    from reconciler.adapters.store.tending import Checked


@click.group()
def db() -> None:
    """The state store: make or upgrade its tables, check it, copy it from a folder to a server.

    A folder looks after itself. The tables of a PostgreSQL database are made and changed by `db upgrade` alone.
    """


@db.command()
@config_option
@state_option
def upgrade(config: Path | None, state: str | None) -> int:
    """Make the tables, or add what they lack; twice is once.

    One transaction, and one for the queue of a fleet, while whoever writes waits. It only adds, so programs of the
    version before can go on. Where it says that the queue's tables hold what only those need, run it once more when
    the last of them has ended.
    """
    from reconciler.adapters.store import tending

    setting = build_setting((), config, state)
    done = tending.upgrade(place_of_state(setting))
    facts = {"place": setting.state, "before": done.before, "now": done.now}
    word = "made" if done.before is None else "same" if done.before == done.now else "upgraded"
    click.echo(safe(say(f"db.{word}", **facts)))
    if setting.served:
        click.echo(_queue_too(place_of_state(setting)))
    return 0


def _queue_too(where: str) -> str:
    """Bring the tables of a fleet's queue up to date, where what they are of is installed; return what to say."""
    try:
        from reconciler.adapters import queue
    except ModuleNotFoundError:
        return say("queue.left-out")
    queue.upgrade(where)
    # It goes by the note of what was made, and what was lost since is made by nobody.
    queue.refuse_unready(where)
    return _told_of_queue(queue.check(where))


@db.command()
@config_option
@state_option
def check(config: Path | None, state: str | None) -> int:
    """Say how the tables stand, and whether the ledger's chain holds; exit 1 if not.

    In a PostgreSQL database those of a fleet's queue too; where nobody has made them, that is told and no fault. It
    writes nothing.
    """
    from reconciler.adapters.store import tending

    setting = build_setting((), config, state)
    found = tending.check(place_of_state(setting))
    click.echo(_told(found, setting), nl=False)
    # Where our own tables are missing, that is all there is to say: one command makes both.
    if not setting.served or found.found is None:
        return 0 if found.sound else 1
    told, sound = _queue_found(place_of_state(setting))
    click.echo(safe(told))
    return 0 if found.sound and sound else 1


def _queue_found(where: str) -> tuple[str, bool]:
    """Return what to say of the tables of a fleet's queue, and whether nothing is amiss with them.

    None at all are no fault: nothing in a state tells that a fleet is wanted, and one without them refuses to begin.
    """
    try:
        from reconciler.adapters import queue
    except ModuleNotFoundError:
        return say("queue.not-looked-at"), True
    found = queue.check(where)
    return _told_of_queue(found), found.sound


def _told_of_queue(found: Standing) -> str:
    return found.trouble or say("queue.half-way" if found.half_way else "queue.ready")


@db.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target")
@click.option(
    "--owner", default=getuser, show_default="who you are", help="Who copies, for the folder's stop."
)
def copy(source: Path, target: str, owner: str) -> int:
    """Copy the state of the folder SOURCE into TARGET, an empty PostgreSQL database.

    Each row is compared, and the ledger's chain has to end in the same hash. Then the folder gets the global stop.
    """
    from reconciler.adapters.store import tending

    done = tending.copy(str(source), target, owner, now())
    facts = {"rows": done.rows, "tables": done.tables, "entries": done.entries, "head": done.head}
    click.echo(safe(say("db.copied", source=source, place=shown(target), **facts)))
    return 0


def _told(found: Checked, setting: Setting) -> str:
    from reconciler.report.examination import examination_text

    if found.found is None:
        return safe(found.trouble or say("db.none", place=setting.state)) + "\n"
    lines = [say("db.revision", place=setting.state, found=found.found, known=found.known)]
    lines += [say("db.lacks", names=", ".join(found.lacks))] if found.lacks else []
    lines += [found.trouble] if found.trouble else []
    told = "".join(f"{safe(line)}\n" for line in lines)
    if found.examination is None:
        return told if found.lacks else told + say("db.unverified") + "\n"
    return told + examination_text(found.examination, None, setting.state)

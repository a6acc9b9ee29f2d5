"""Where the state is kept in, what a person tends it by out: its tables brought up to date, or looked at.

A file brings itself up to date when it is next written. Tables on a server are many programs' at once, so a person says
when: ``upgrade`` is that, and nothing else here or anywhere makes or changes a table there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reconciler.adapters.store import past
from reconciler.adapters.store.opening import driven_by, open_to_read, open_to_write
from reconciler.adapters.store.revisions import REVISION, lacking, refuse_unfit, standing_of
from reconciler.adapters.store.tables import SCHEMA_VERSION
from reconciler.adapters.store.whereabouts import Server, place_of, shown_of
from reconciler.errors import StateUnreadable
from reconciler.evidence.verifying import Examination
from reconciler.messages import say


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What the tables were of before, None where there were none, and what they are of now."""

    before: str | None
    now: str


@dataclass(frozen=True, slots=True)
class Checked:
    """How the tables stand: of which revision, what they lack, and what came of verifying the ledger.

    ``found`` None: there are none. ``examination`` None: there was nothing to verify. ``trouble``: why it can not be
    used, in one sentence; "" where it can.
    """

    found: str | None
    known: str
    lacks: tuple[str, ...] = ()
    examination: Examination | None = None
    trouble: str = ""

    @property
    def sound(self) -> bool:
        """Whether this version can use it, and all in it is as recorded."""
        return not self.trouble and not self.lacks and self.examination is not None and self.examination.sound


def upgrade(where: str) -> Upgraded:
    """Make the tables, or what they lack. Raises StateUnreadable; then everything is as it was."""
    place = place_of(where)
    if isinstance(place, Server):
        before = driven_by(place, "migrating").bring_up_to_date(place)
        return Upgraded(before, REVISION if before is None else max(before, REVISION))
    there = not place.missing()
    open_to_write(where).close()
    return Upgraded(str(SCHEMA_VERSION) if there else None, str(SCHEMA_VERSION))


def check(where: str) -> Checked:
    """Look at the tables and verify the ledger; writes nothing. Raises StateUnreadable where nothing can be asked."""
    place = place_of(where)
    if isinstance(place, Server):
        return _check_server(place)
    database = open_to_read(where)
    if database is None:
        return Checked(None, str(SCHEMA_VERSION))
    try:
        with database.reading() as connection:
            return Checked(str(SCHEMA_VERSION), str(SCHEMA_VERSION), (), past.verify(connection, None))
    finally:
        database.close()


def copy(source: str, target: str, owner: str, now: datetime) -> Any:
    """Copy a file's state into an empty database; see ``copying``. Raises StateUnreadable."""
    place = place_of(target)
    if not isinstance(place, Server):
        raise StateUnreadable(say("state.failed", path=shown_of(target), what=say("state.copy-to-a-server")))
    return driven_by(place, "copying").copy(source, target, owner, now)


def _check_server(server: Server) -> Checked:
    database = driven_by(server, "served").ServerDatabase(server, mode="ro", pooled=False)
    try:
        with database.reading() as connection:
            found, trouble = standing_of(connection), _trouble(connection, server)
            if found.revision is None:
                return Checked(None, REVISION, trouble=trouble)
            lacks = lacking(connection)
            return Checked(
                found.revision, REVISION, lacks, None if lacks else past.verify(connection, None), trouble
            )
    finally:
        database.close()


def _trouble(connection: Connection, server: Server) -> str:
    """What every other command would say of it."""
    try:
        refuse_unfit(connection, server)
    except StateUnreadable as error:
        return str(error)
    return ""

"""A connection to a server in, how its tables are made out: by which revision, and what has to be done before use."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, inspect, select, text

from reconciler.adapters.store.tables import SCHEMA_VERSION, about, metadata
from reconciler.adapters.store.whereabouts import Server, server_failed
from reconciler.errors import StateUnreadable
from reconciler.messages import say

# Of its own, for other programs may keep their tables, and their versions, beside ours.
VERSIONS = "reconciler_revisions"
# The newest that ``migrations`` makes; they only ever add, so what is newer is fit for use here too. What they add to a
# table that the ledger tells of may be null and has no default: a program that does not know it would leave a value
# there that no entry tells of, and the row would be found altered.
REVISION = "0002"
_THERE = text("SELECT to_regclass(:versions) IS NOT NULL, to_regclass('about') IS NOT NULL")


@dataclass(frozen=True, slots=True)
class Standing:
    """How the tables of a database stand; ``revision`` is None where nobody made any."""

    revision: str | None
    schema: str | None
    foreign: bool

    @property
    def outdated(self) -> bool:
        """Whether `db upgrade` has something to do."""
        return self.revision is None or self.revision < REVISION

    @property
    def newer(self) -> bool:
        """Whether a newer version of the tool made the tables."""
        return self.revision is not None and self.revision > REVISION


def standing_of(connection: Connection) -> Standing:
    """Return how the tables of this database stand."""
    ours, about_there = connection.execute(_THERE, {"versions": VERSIONS}).one()
    if not ours:
        return Standing(None, None, foreign=about_there)
    revision = connection.execute(text(f"SELECT version_num FROM {VERSIONS}")).scalar_one_or_none()  # noqa: S608
    if revision is None or not about_there:
        return Standing(None, None, foreign=about_there)
    schema = connection.execute(select(about.c.value).where(about.c.key == "schema")).scalar_one_or_none()
    return Standing(str(revision), schema, foreign=False)


def refuse_unfit(connection: Connection, server: Server) -> None:
    """Raise StateUnreadable unless this version can use the tables as they are; it says what to run."""
    found = standing_of(connection)
    if found.foreign:
        raise server_failed(server, say("state.not-ours"))
    if found.revision is None:
        raise StateUnreadable(say("state.empty-server", place=server.shown))
    if found.outdated:
        raise StateUnreadable(
            say("state.old-server", place=server.shown, found=found.revision, known=REVISION)
        )
    if found.schema != str(SCHEMA_VERSION):
        facts = {"path": server.shown, "found": found.schema, "known": SCHEMA_VERSION}
        raise StateUnreadable(say("state.other-version", **facts))


def lacking(connection: Connection) -> tuple[str, ...]:
    """Return the tables and the columns that are not there, as a person would name them."""
    looks = inspect(connection)
    there = {name: {column["name"] for column in looks.get_columns(name)} for name in looks.get_table_names()}
    missing: list[str] = []
    for name, table in sorted(metadata.tables.items()):
        if name not in there:
            missing.append(name)
            continue
        missing += [f"{name}.{column.name}" for column in table.columns if column.name not in there[name]]
    return tuple(missing)

"""A server in, its tables brought up to date out: in one transaction, while every writer waits."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from alembic.command import upgrade as run
from alembic.config import Config
from sqlalchemy import Connection, text

from reconciler.adapters.store import ledger, upgrading
from reconciler.adapters.store.revisions import Standing, refuse_unfit, standing_of
from reconciler.adapters.store.served import ServerDatabase
from reconciler.adapters.store.whereabouts import Server, server_failed
from reconciler.messages import say

_STEPS = Path(__file__).parent / "migrations"


def bring_up_to_date(server: Server) -> str | None:
    """Make what the tables lack; return the revision they were of, None for an empty database.

    Raises StateUnreadable; whatever stops it half way, the database is as it was.
    """
    database = ServerDatabase(server, mode="rw", pooled=False)
    try:
        with database.writing() as connection:
            return _bring(connection, server)
    finally:
        database.close()


def make_tables(connection: Connection, server: Server) -> None:
    """Make the tables of an empty database, in the caller's transaction. Raises StateUnreadable."""
    if standing_of(connection).revision is not None:
        raise server_failed(server, say("state.copy-not-empty"))
    _make(connection, server)


def _make(connection: Connection, server: Server) -> Standing:
    # A large table takes its time, and so does what is between two statements; who else waits has a limit of its own.
    for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {name} = 0"))
    found = standing_of(connection)
    if found.foreign:
        raise server_failed(server, say("state.not-ours"))
    if found.outdated:
        _refuse_other_letters(connection, server)
        _migrate(connection)
    return found


def _bring(connection: Connection, server: Server) -> str | None:
    found = _make(connection, server)
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    if found.revision is None:
        upgrading.mark(connection)
        ledger.begin(connection, at)
    elif not ledger.whole(connection):
        ledger.take_in(connection, at)
    refuse_unfit(connection, server)
    return found.revision


def _refuse_other_letters(connection: Connection, server: Server) -> None:
    """A database that can not spell every name would refuse to keep some of them, later and in the middle of a pass."""
    letters = connection.execute(text("SELECT current_setting('server_encoding')")).scalar_one()
    if letters != "UTF8":
        raise server_failed(server, say("state.other-letters", found=letters))


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    config.attributes["connection"] = connection
    run(config, "head")

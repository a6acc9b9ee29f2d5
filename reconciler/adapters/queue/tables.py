"""Where the state is kept in, the engine's own tables there out: made, brought up to date, asked for.

A newer version of the engine adds what it needs (its "pre" steps) and takes away what only older ones need ("post"). So
that old and new programs can work side by side, the last of what is taken away waits for another upgrade, which a
person runs once the old ones have ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import sql

from reconciler.adapters.queue.jobs import HELD, WAITS
from reconciler.adapters.queue.reaching import connected, server_of
from reconciler.errors import StateUnreadable
from reconciler.messages import say

# What is known of the engine's own tables stands beside ours, for it keeps no note of its own.
NOTE = "reconciler_queue"
# What there is to lose; the engine's functions and types are not named.
_TABLES = (
    "procrastinate_events",
    "procrastinate_jobs",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
)
# In the names of the engine's steps.
_TAKES_AWAY = "_post_"
_TURN = "SELECT pg_advisory_xact_lock(hashtext('reconciler queue'), hashtext(current_schema()))"
# The engine's own index begins with the number of a job, so each look for the next one would go through all.
_INDEXES = f"""
CREATE INDEX IF NOT EXISTS reconciler_jobs_waiting ON procrastinate_jobs (queue_name, priority DESC, id)
    WHERE status = '{WAITS}';
CREATE INDEX IF NOT EXISTS reconciler_jobs_locked ON procrastinate_jobs (lock)
    WHERE status IN ('{WAITS}', '{HELD}');
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the engine's tables stand; ``made``: whether anybody has made them.

    ``trouble``: why a fleet can not use them, in one sentence that says what to do; "" where it can. ``half_way``: what
    only older versions need is still there.
    """

    made: bool
    trouble: str = ""
    half_way: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing is amiss. None at all are as they should be where there is no fleet."""
        return not self.made or not self.trouble


def upgrade(where: str) -> None:
    """Make the engine's tables, or take what steps can be taken now. Raises StateUnreadable.

    After a newer version of the engine it takes two: what is taken away last is left to the second.
    """
    server, steps = server_of(where), _steps()
    with connected(server) as connection, connection.transaction():
        connection.execute(_TURN)
        connection.execute("SET LOCAL statement_timeout = 0")
        there = _noted(connection)
        if there is not None and there >= max(steps):
            return
        reached = max(steps)
        if there is None:
            connection.execute(_script(SchemaManager.get_schema()))
            connection.execute(_script(f'CREATE TABLE {NOTE} (step TEXT COLLATE "C" NOT NULL)'))
        elif there < _needed(steps):
            reached = _needed(steps)
        for name in sorted(steps):
            if there is not None and there < name <= reached:
                connection.execute(_script(steps[name].read_text(encoding="utf-8")))
        connection.execute(_script(_INDEXES))
        connection.execute(_script(f"DELETE FROM {NOTE}"))  # noqa: S608 - our own name
        connection.execute(_script(f"INSERT INTO {NOTE} VALUES (%s)"), (reached,))  # noqa: S608


def refuse_unready(where: str) -> None:
    """Raise StateUnreadable unless the engine's tables are there, and as new as this version of it needs."""
    found = check(where)
    if found.trouble:
        raise StateUnreadable(found.trouble)


def check(where: str) -> Standing:
    """Look at the engine's tables; writes nothing. Raises StateUnreadable where nothing can be asked."""
    server, steps = server_of(where), _steps()
    known = _needed(steps)
    with connected(server) as connection:
        there = _noted(connection)
        lacks = _lacking(connection)
    if there is None:
        return Standing(made=False, trouble=say("queue.no-tables", place=server.shown))
    if there < known:
        return Standing(True, say("queue.old-tables", place=server.shown, found=there, known=known))
    if lacks:
        return Standing(True, say("queue.lacks", place=server.shown, names=", ".join(lacks)))
    return Standing(made=True, half_way=there < max(steps))


def _noted(connection: psycopg.Connection[Any]) -> str | None:
    there = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (NOTE,)).fetchone()
    if there is None or not there[0]:
        return None
    row = connection.execute(_script(f"SELECT step FROM {NOTE}")).fetchone()  # noqa: S608 - our own name
    return None if row is None else str(row[0])


def _lacking(connection: psycopg.Connection[Any]) -> tuple[str, ...]:
    found = connection.execute(
        "SELECT name FROM unnest(%s::text[]) name WHERE to_regclass(name) IS NULL", (list(_TABLES),)
    )
    return tuple(name for (name,) in found)


def _steps() -> dict[str, Path]:
    """What the engine's versions have changed of its tables, one after the other, by name."""
    return {path.stem: path for path in Path(SchemaManager.get_migrations_path()).glob("*.sql")}


def _needed(steps: Iterable[str]) -> str:
    """The last step without which this version of the engine can not work."""
    return max(name for name in steps if _TAKES_AWAY not in name)


def _script(text: str) -> Any:
    return sql.SQL(text)

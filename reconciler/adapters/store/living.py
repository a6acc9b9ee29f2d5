"""A loop in, whether it lives out: by the operating system's locks on one machine, by its signs of life on many."""

from __future__ import annotations

import os
from datetime import datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from sqlalchemy import Connection, select

from reconciler.adapters.store.database import Database
from reconciler.adapters.store.tables import loops, turns
from reconciler.adapters.store.whereabouts import folder_failed


def lock_of(locks: Path, loop: str) -> Path:
    """Return the file of a loop's lock."""
    return locks / f"loop-{loop}.lock"


def known(connection: Connection, database: Database, alive: datetime, now: datetime) -> frozenset[str]:
    """Return the names that have a turn in the fleet of a loop that runs and gave a sign of life since ``alive``.

    One whose lock on this machine is free died without a word. ``now`` is the clock that ``alive`` is of.
    """
    since = database.moment(connection, now) - (now - alive)
    running = select(loops.c.id, loops.c.fleet).where(loops.c.beat_at >= since, loops.c.state == "running")
    living = {row.fleet for row in connection.execute(running) if not _died(database.locks, row.id)}
    query = select(turns.c.name).where(turns.c.fleet.in_(sorted(living)))
    return frozenset(connection.execute(query).scalars())


def _died(locks: Path | None, loop: str) -> bool:
    return locks is not None and _is_free(lock_of(locks, loop))


def _is_free(path: Path) -> bool:
    """Whether nobody holds a lock. That it can not be asked (it is another machine's, say) is no sign of death."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        flock(handle, LOCK_EX | LOCK_NB)
        return True
    except OSError:
        return False
    finally:
        os.close(handle)


def is_held(path: Path) -> bool:
    """Whether somebody holds a lock that is there."""
    return path.exists() and not _is_free(path)


def is_there(path: Path) -> bool:
    """Say whether a lock file is there. Raises StateUnreadable where its folder does not let us tell."""
    try:
        return path.exists()
    except OSError as error:
        raise folder_failed(path, error) from error


def held(path: Path) -> int | None:
    """Take an operating-system lock; None where somebody has it."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise folder_failed(path, error) from error
    try:
        flock(handle, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError as error:
        os.close(handle)
        raise folder_failed(path, error) from error
    return handle

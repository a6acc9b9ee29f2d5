"""One loop in, its row and signs of life out, by which others see that it is there; and those of dead ones ended."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from reconciler.adapters.store import claims, living
from reconciler.adapters.store.claims import Claim
from reconciler.adapters.store.database import Database
from reconciler.adapters.store.showing import loop_of
from reconciler.adapters.store.tables import loops
from reconciler.overview import Loop

RUNNING, ENDED, DIED = "running", "ended", "died"
KEPT_LOOPS = timedelta(days=7)


class Presence:
    """How one loop is known in the store. Raises StateUnreadable."""

    def __init__(self, database: Database, now: Callable[[], datetime], about: Loop, fleet: str) -> None:
        self._database, self._now, self._about, self._fleet = database, now, about, fleet
        self._lock: int | None = None

    def begin(self) -> None:
        """Make this loop known, and free the turns of loops that died on this machine."""
        locks = self._database.locks
        self._lock = None if locks is None else living.held(living.lock_of(locks, self._about.id))
        with self._database.writing() as connection:
            old = loops.c.beat_at < self._moment(connection) - KEPT_LOOPS
            connection.execute(delete(loops).where(old))
            self._note(connection)
        self.free_the_dead()

    def at_odds(self) -> tuple[Loop, ...]:
        """Return the loops of this fleet that are at work and write where this one does not, or the other way round.

        The one that has been there for longest is the first.
        """
        with self._database.reading() as connection:
            alive = loops.c.beat_at >= self._moment(connection) - claims.LASTS
            other = (
                loops.c.fleet == self._fleet,
                loops.c.id != self._about.id,
                loops.c.writes != self._about.writes,
            )
            asked = select(loops).where(*other, loops.c.state == RUNNING, alive)
            rows = connection.execute(asked.order_by(loops.c.started_at, loops.c.id)).all()
        return tuple(loop_of(row) for row in rows)

    def beat(self, state: str, breaker: str, passes: int, claimed: Iterable[Claim]) -> None:
        """Give a sign of life, and renew the claims whose passes are under way."""
        with self._database.writing() as connection:
            claims.beat(connection, claimed, self._moment(connection))
            self._note(connection, state=state, breaker=breaker, passes=passes)

    def end(self, passes: int) -> None:
        """Say that this loop has ended, and let go of what it holds."""
        with self._database.writing() as connection:
            claims.free_of(connection, self._about.id)
            self._note(connection, state=ENDED, passes=passes)
        locks = self._database.locks
        if self._lock is not None and locks is not None:
            with suppress(OSError):
                living.lock_of(locks, self._about.id).unlink()
        self.let_go()

    def _note(self, connection: Connection, **changes: Any) -> None:
        """Keep a sign of life; one whose row another loop took for long gone (a clock jumped) has it again."""
        values = {"beat_at": self._moment(connection), **changes}
        done = connection.execute(update(loops).where(loops.c.id == self._about.id).values(**values))
        if not done.rowcount:
            whole = {**asdict(self._about), "fleet": self._fleet, **values}
            connection.execute(insert(loops).values(**whole))

    def let_go(self) -> None:
        """Let go of the operating system's lock; another loop then frees what is still claimed."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def free_the_dead(self) -> int:
        """Free the turns of loops that are dead; return how many turns there were.

        On one machine those are dead, for certain, whose lock is free. On many it is those whose signs of life are
        older than a claim may get: should one wake up, its claims have gone and it writes nothing.
        """
        locks = self._database.locks
        return self._free_the_silent() if locks is None else self._free_the_unlocked(locks)

    def _free_the_silent(self) -> int:
        with self._database.writing() as connection:
            late = loops.c.beat_at < self._moment(connection) - claims.LASTS
            silent = select(loops.c.id).where(
                late, loops.c.state.not_in((ENDED, DIED)), loops.c.id != self._about.id
            )
            ids = connection.execute(silent).scalars().all()
            freed = sum(claims.leave_of(connection, loop) for loop in ids)
            connection.execute(update(loops).where(loops.c.id.in_(ids)).values(state=DIED))
        return freed

    def _free_the_unlocked(self, locks: Path) -> int:
        with self._database.reading() as connection:
            alive = select(loops.c.id).where(loops.c.state.not_in((ENDED, DIED)))
            known = {*claims.claimants(connection), *connection.execute(alive).scalars()}
        freed = 0
        for loop in sorted(known - {self._about.id}):
            path = living.lock_of(locks, loop)
            lock = living.held(path) if living.is_there(path) else None
            if lock is None:
                continue
            try:
                with self._database.writing() as connection:
                    freed += claims.leave_of(connection, loop)
                    dead = update(loops).where(loops.c.id == loop).values(state=DIED)
                    connection.execute(dead)
                with suppress(OSError):
                    path.unlink()
            finally:
                os.close(lock)
        return freed

    def _moment(self, connection: Connection) -> datetime:
        """The clock that claims and signs of life go by."""
        return self._database.moment(connection, self._now())

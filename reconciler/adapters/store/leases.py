"""The ways a tenant is known in, a ``Lease`` out: the right to write for it, fenced against late-comers.

Two things make a lease. An operating-system lock says who is alive: it is free the moment its holder dies,
and not free while its holder lives, whatever a clock says. A row says whose turn it is: its fence number
rises with every holder, each write checks it in its own transaction, and a run whose fence has moved writes
nothing more. The row's ``expires_at`` is renewed with each write; on one machine it decides nothing, the
lock does.

A tenant may be known under several rows that were kept apart until now. All of them are locked, in one order,
and only who holds all of them joins them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from fcntl import LOCK_EX, LOCK_NB, flock
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from reconciler.adapters.store import ledger
from reconciler.adapters.store.database import Database, folder_failed
from reconciler.adapters.store.remembering import rows_of
from reconciler.adapters.store.rows import key_made, key_of
from reconciler.adapters.store.tables import aliases, leases, tenants
from reconciler.errors import LeaseLost, TenantHeld
from reconciler.messages import say

LASTS = timedelta(minutes=15)
PAUSE = 0.25


@dataclass(frozen=True, slots=True)
class Lease:
    """A tenant that is ours: its name, its rows, the one new rows go to, and the fence we hold on each."""

    name: str
    holder: str
    home: int
    fences: Mapping[int, int]

    @property
    def rows(self) -> frozenset[int]:
        """All rows of the tenant."""
        return frozenset(self.fences)


@contextmanager
def held(
    database: Database,
    keys: tuple[str, ...],
    holder: str,
    now: Callable[[], datetime],
    *,
    patience: float,
    sleep: Callable[[float], None],
) -> Iterator[Lease]:
    """Hold the tenant for the block; wait up to ``patience`` seconds for it, then raise TenantHeld."""
    waited = 0.0
    while True:
        with ExitStack() as locks:
            taken = _try(database, keys, holder, now(), locks)
            kept = locks.pop_all()
        if isinstance(taken, Lease):
            break
        kept.close()
        if waited >= patience:
            raise TenantHeld(keys[0], taken)
        sleep(PAUSE)
        waited += PAUSE
    with kept:
        try:
            yield taken
        finally:
            _sign_off(database, taken, now())


def enrol(connection: Connection, keys: tuple[str, ...], now: datetime) -> frozenset[int]:
    """Return the rows of a tenant, making one if there is none, with every key leading to one of them."""
    (found,) = rows_of(connection, (keys,))
    wanted = list(dict.fromkeys(key_of(key) for key in keys if key.strip()))
    if not wanted:
        raise ValueError("a tenant without a name")
    home = min(found) if found else _new_row(connection, wanted[0])
    known = set(connection.execute(select(aliases.c.key).where(aliases.c.key.in_(wanted))).scalars())
    fresh = [key for key in wanted if key not in known]
    if fresh:
        connection.execute(insert(aliases), [{"key": key, "tenant_id": home} for key in fresh])
    enrolled: list[ledger.Changed] = [] if found else [("enrolled", tenants.name, (home,))]
    ledger.note_all(connection, now, [*enrolled, *(("known-as", aliases.name, (key,)) for key in fresh)])
    return found or frozenset({home})


def _new_row(connection: Connection, name: str) -> int:
    home = key_made(connection.execute(insert(tenants).values(family=0, name=name)))
    connection.execute(update(tenants).where(tenants.c.id == home).values(family=home))
    return home


def _join(connection: Connection, rows: frozenset[int], now: datetime) -> int:
    """Make these rows one family; return the one that new rows go to."""
    home = min(rows)
    apart = tenants.c.id.in_(rows), tenants.c.family != home
    strangers = connection.execute(select(tenants.c.id).where(*apart).order_by(tenants.c.id)).scalars().all()
    if strangers:
        connection.execute(update(tenants).where(*apart).values(family=home))
        ledger.note_all(connection, now, [("joined", tenants.name, (row,)) for row in strangers])
    return home


def renew(connection: Connection, lease: Lease, now: datetime) -> None:
    """Make sure that the tenant is still ours, in the caller's transaction; renew it. Raises LeaseLost."""
    for row, fence in lease.fences.items():
        ours = leases.c.tenant_id == row, leases.c.fence == fence, leases.c.holder == lease.holder
        done = connection.execute(update(leases).where(*ours).values(expires_at=now + LASTS))
        if done.rowcount != 1:
            raise LeaseLost(say("lease.lost", tenant=lease.name, holder=_signed(connection, row)))


def _try(
    database: Database, keys: tuple[str, ...], holder: str, now: datetime, locks: ExitStack
) -> Lease | str:
    """Take the tenant, its locks left on ``locks``; or return who holds it."""
    with database.writing() as connection:
        rows = enrol(connection, keys, now)
        named = select(tenants.c.id, tenants.c.name).where(tenants.c.id.in_(rows)).order_by(tenants.c.id)
        names = {row.id: row.name for row in connection.execute(named)}
    for row, name in names.items():
        if not _lock(database.place.locks, name, locks):
            with database.reading() as connection:
                return _signed(connection, row)
    with database.writing() as connection:
        if enrol(connection, keys, now) != rows:
            return say("lease.unsigned")
        home = _join(connection, rows, now)
        fences = {row: _sign(connection, row, holder, now) for row in sorted(rows)}
    return Lease(keys[0], holder, home, fences)


def _lock(folder: Path, name: str, locks: ExitStack) -> bool:
    path = folder / f"{sha256(name.encode()).hexdigest()}.lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        locks.callback(os.close, handle)
        flock(handle, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise folder_failed(path, error) from error
    return True


def _sign(connection: Connection, row: int, holder: str, now: datetime) -> int:
    mine = {"holder": holder, "since": now, "expires_at": now + LASTS}
    last = connection.execute(select(leases.c.fence).where(leases.c.tenant_id == row)).scalar_one_or_none()
    if last is None:
        connection.execute(insert(leases).values(tenant_id=row, fence=1, **mine))
        return 1
    connection.execute(update(leases).where(leases.c.tenant_id == row).values(fence=last + 1, **mine))
    return int(last) + 1


def _signed(connection: Connection, row: int) -> str:
    lease = connection.execute(select(leases).where(leases.c.tenant_id == row)).one_or_none()
    if lease is None or not lease.holder:
        return say("lease.unsigned")
    return say("lease.holder", holder=lease.holder, since=lease.since.isoformat(timespec="seconds"))


def _sign_off(database: Database, lease: Lease, now: datetime) -> None:
    with database.writing() as connection:
        for row, fence in lease.fences.items():
            ours = leases.c.tenant_id == row, leases.c.fence == fence
            connection.execute(update(leases).where(*ours).values(holder="", expires_at=now))

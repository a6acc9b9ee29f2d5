"""The ways a tenant is known in, a ``Lease`` out: the right to write for it, fenced against late-comers.

A row says whose turn it is: its fence number rises with every holder, each write checks it in its own transaction,
and a run whose fence has moved writes nothing more. Who is alive is told in one of two ways:

* On a file, so on one machine, an operating-system lock says it: it is free the moment its holder dies, and not free
  while its holder lives, whatever a clock says. The row's ``expires_at`` decides nothing.
* On a server, which many machines share, ``expires_at`` says it, by the server's clock. It is renewed with each write
  and by a heartbeat (``beating``) while the holder is at work. A holder that is dead, frozen or cut off renews nothing:
  its lease runs out, another takes it with a higher fence, and whoever comes back late finds that one.

A tenant may be known under several rows that were kept apart until now. All of them are locked, in one order,
and only who holds all of them joins them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from fcntl import LOCK_EX, LOCK_NB, flock
from hashlib import sha256
from itertools import chain
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import Connection, insert, select, update

from reconciler.adapters.store import ledger
from reconciler.adapters.store.database import Database
from reconciler.adapters.store.listing import among
from reconciler.adapters.store.remembering import rows_of
from reconciler.adapters.store.rows import key_made, key_of
from reconciler.adapters.store.tables import aliases, leases, tenants
from reconciler.adapters.store.whereabouts import folder_failed
from reconciler.errors import LeaseLost, StateUnreadable, TenantHeld
from reconciler.messages import say

LASTS = timedelta(minutes=15)
# Where the row decides: a dead holder keeps its tenants from everybody for so long, a live one beats this often.
RUNS_OUT = timedelta(seconds=60)
BEAT = RUNS_OUT.total_seconds() / 4
PAUSE = 0.25


@dataclass(frozen=True, slots=True)
class Lease:
    """A tenant that is ours: its name, its rows, the one new rows go to, and the fence we hold on each."""

    name: str
    holder: str
    home: int
    fences: Mapping[int, int]
    lasts: timedelta = LASTS

    @property
    def rows(self) -> frozenset[int]:
        """All rows of the tenant."""
        return frozenset(self.fences)


@contextmanager
def kept_alive(
    database: Database, lease: Lease, now: Callable[[], datetime], every: float = BEAT
) -> Iterator[None]:
    """Renew the lease while the block runs, where the row alone says that its holder lives."""
    if database.locks is not None:
        yield
        return
    over = Event()
    beating = Thread(target=_beat, args=(database, lease, now, every, over), name="lease", daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        # It may be waiting for a server; what it says after the lease has been signed off renews nothing.
        beating.join(timeout=1)


def _beat(database: Database, lease: Lease, now: Callable[[], datetime], every: float, over: Event) -> None:
    while not over.wait(every):
        try:
            with database.beating() as connection:
                renew(connection, database, lease, now())
        except LeaseLost:
            # The next write finds it out, and says so.
            return
        except StateUnreadable:
            # A server that does not answer may do so at the next beat; until then the lease runs, and then out.
            continue


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
            if database.locks is None:
                taken = _try_row(database, keys, holder, now())
            else:
                taken = _try_lock(database, database.locks, keys, holder, now(), locks)
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
            with kept_alive(database, taken, now):
                yield taken
        finally:
            _sign_off(database, taken, now())


def enrol(connection: Connection, keys: tuple[str, ...], now: datetime) -> frozenset[int]:
    """Return the rows of a tenant, making one if there is none, with every key leading to one of them."""
    (found,) = rows_of(connection, (keys,))
    wanted = _words(keys)
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


def enrol_all(connection: Connection, many: Sequence[tuple[str, ...]], now: datetime) -> list[frozenset[int]]:
    """Do the same for many tenants, in the order asked; nothing is asked one by one of those new or known already."""
    if not many:
        return []
    found, words = rows_of(connection, many), [_words(keys) for keys in many]
    known = set(
        connection.execute(
            select(aliases.c.key).where(among(connection, aliases.c.key, chain(*words)))
        ).scalars()
    )
    shared = Counter(chain(*map(set, words)))
    new = [
        number
        for number, mine in enumerate(words)
        if mine and not found[number] and all(shared[word] == 1 and word not in known for word in mine)
    ]
    made = _new_rows(connection, [words[number] for number in new], now)
    told = {number: frozenset({row}) for number, row in zip(new, made, strict=True)}
    told |= {n: found[n] for n, mine in enumerate(words) if found[n] and known.issuperset(mine)}
    return [told.get(number) or enrol(connection, keys, now) for number, keys in enumerate(many)]


def _new_rows(connection: Connection, many: Sequence[Sequence[str]], now: datetime) -> list[int]:
    if not many:
        return []
    named = [{"family": 0, "name": words[0]} for words in many]
    made = insert(tenants).returning(tenants.c.id, sort_by_parameter_order=True)
    homes = list(connection.execute(made, named).scalars())
    connection.execute(update(tenants).where(tenants.c.id.in_(homes)).values(family=tenants.c.id))
    keys = [
        {"key": word, "tenant_id": home} for home, words in zip(homes, many, strict=True) for word in words
    ]
    connection.execute(insert(aliases), keys)
    told: list[ledger.Changed] = []
    for home, words in zip(homes, many, strict=True):
        told.append(("enrolled", tenants.name, (home,)))
        told += [("known-as", aliases.name, (word,)) for word in words]
    ledger.note_all(connection, now, told)
    return homes


def _words(keys: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(key_of(key) for key in keys if key.strip()))


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


def renew(connection: Connection, database: Database, lease: Lease, now: datetime) -> None:
    """Make sure that the tenant is still ours, in the caller's transaction; renew it. Raises LeaseLost."""
    until = database.moment(connection, now) + lease.lasts
    for row, fence in lease.fences.items():
        ours = leases.c.tenant_id == row, leases.c.fence == fence, leases.c.holder == lease.holder
        done = connection.execute(update(leases).where(*ours).values(expires_at=until))
        if done.rowcount != 1:
            raise LeaseLost(say("lease.lost", tenant=lease.name, holder=_signed(connection, row)))


def _try_row(database: Database, keys: tuple[str, ...], holder: str, now: datetime) -> Lease | str:
    """Take the tenant if no row of it is held, by the database's clock; or return who holds it."""
    with database.writing() as connection:
        rows, moment = enrol(connection, keys, now), database.moment(connection, now)
        held = select(leases.c.tenant_id).where(
            leases.c.tenant_id.in_(rows), leases.c.holder != "", leases.c.expires_at > moment
        )
        row = connection.execute(held.order_by(leases.c.tenant_id).limit(1)).scalar_one_or_none()
        if row is not None:
            return _signed(connection, row)
        home = _join(connection, rows, now)
        fences = {row: _sign(connection, row, holder, moment, RUNS_OUT) for row in sorted(rows)}
    return Lease(keys[0], holder, home, fences, RUNS_OUT)


def _try_lock(
    database: Database, folder: Path, keys: tuple[str, ...], holder: str, now: datetime, locks: ExitStack
) -> Lease | str:
    """Take the tenant if its locks are free, which are then left on ``locks``; or return who holds it."""
    with database.writing() as connection:
        rows = enrol(connection, keys, now)
        named = select(tenants.c.id, tenants.c.name).where(tenants.c.id.in_(rows)).order_by(tenants.c.id)
        names = {row.id: row.name for row in connection.execute(named)}
    for row, name in names.items():
        if not _lock(folder, name, locks):
            with database.reading() as connection:
                return _signed(connection, row)
    with database.writing() as connection:
        if enrol(connection, keys, now) != rows:
            return say("lease.unsigned")
        home = _join(connection, rows, now)
        fences = {row: _sign(connection, row, holder, now, LASTS) for row in sorted(rows)}
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


def _sign(connection: Connection, row: int, holder: str, now: datetime, lasts: timedelta) -> int:
    mine = {"holder": holder, "since": now, "expires_at": now + lasts}
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
        over = database.moment(connection, now)
        for row, fence in lease.fences.items():
            ours = leases.c.tenant_id == row, leases.c.fence == fence
            connection.execute(update(leases).where(*ours).values(holder="", expires_at=over))

"""A place in, a ``Store`` out: our own memory of every tenant, and the leases that writing needs.

The law of this folder: it never says what is live, only what this tool did, meant to do, or was told. What it
can not read is Unknown with the reason, never empty; what it can not write raises StateUnreadable, and then
the write to the service does not happen either. SQLAlchemy is used here and nowhere else. Every method is one
short transaction; no connection is held between two calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Self
from uuid import uuid4

from reconciler.adapters.store import asking, brakes, handoffs, history, living, noticing, outbox, past
from reconciler.adapters.store.brakes import Stop
from reconciler.adapters.store.database import Database
from reconciler.adapters.store.history import RunNote, RunRow
from reconciler.adapters.store.journal import Guard, StoredJournal
from reconciler.adapters.store.leases import held
from reconciler.adapters.store.looping import LoopStore
from reconciler.adapters.store.offering import Offer, OfferStore
from reconciler.adapters.store.opening import open_to_read, open_to_write
from reconciler.adapters.store.outbox import StoredOutbox
from reconciler.adapters.store.past import Past
from reconciler.adapters.store.remembering import kinds_apart, remember
from reconciler.adapters.store.showing import StoredShowing
from reconciler.adapters.store.whereabouts import shown_of
from reconciler.drift.values import Remembered
from reconciler.errors import StateUnreadable
from reconciler.evidence.verifying import Examination
from reconciler.fleet.budget import Rate
from reconciler.fleet.turns import Pace
from reconciler.handoff import HandOff, HandoffState
from reconciler.limits import Day, Spent
from reconciler.memory import Intent, Memory
from reconciler.messages import say
from reconciler.model import Suspension
from reconciler.notices import OpenMatter
from reconciler.notices.routing import Route
from reconciler.observe import Fact, Unknown
from reconciler.overview import Loop
from reconciler.roster import Renamed, Roster

__all__ = [
    "LoopStore",
    "Offer",
    "OfferStore",
    "Past",
    "RunNote",
    "RunRow",
    "Stop",
    "Store",
    "StoredJournal",
    "StoredOutbox",
    "open_store",
]

Clock = Callable[[], datetime]


def open_store(where: str, *, create: bool, now: Clock) -> Store:
    """Open the state kept in ``where``: a folder (``state.db`` in it), a ``sqlite:///`` or a ``postgresql://`` URL.

    ``create`` False is for commands that only read: a missing store is empty and stays missing; one that can
    not be read answers Unknown, with the reason. ``create`` True is for commands that write: a missing store
    is made, one that can not be used raises StateUnreadable. On a server nothing is made: who finds no tables there,
    or old ones, is told what to run. ``now`` is the machine's clock, in UTC.
    """
    shown = shown_of(where)
    if create:
        return Store(open_to_write(where), shown, now)
    try:
        return Store(open_to_read(where), shown, now)
    except StateUnreadable as error:
        return Store(error, shown, now)


class Store:
    """The state store. ``opened`` is the database, None for a missing one, or why it can not be read.

    A store opened for reading raises StateUnreadable from every method that writes. ``keys`` are the ways a
    tenant is known: the declared word first, then the live domain and tenant id, but only once the live
    tenant is known to be the declared one (`wrong-tenant` passed): keys leased together are joined for good.
    """

    def __init__(self, opened: Database | StateUnreadable | None, where: str, now: Clock) -> None:
        self._opened = opened
        self._where = where
        self._now = now
        self._run = uuid4().hex

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; the store is not usable afterwards."""
        if isinstance(self._opened, Database):
            self._opened.close()

    @property
    def waits_since(self) -> float | None:
        """Since when, by the monotonic clock, somebody has waited for a server; None where nobody does."""
        return self._opened.waits_since if isinstance(self._opened, Database) else None

    # Tenants

    def recall(self, keys: tuple[str, ...]) -> Memory:
        """Return what is remembered of one tenant; Unknown with the reason where that can not be read."""
        return self.recall_all((keys,))[0]

    def recall_all(self, keysets: Sequence[tuple[str, ...]]) -> tuple[Memory, ...]:
        """Return the memory of many tenants, in the order asked, with as many queries as for one."""
        try:
            database = self._readable()
            if database is None:
                return tuple(Memory() for _ in keysets)
            with database.reading() as connection:
                return remember(connection, keysets)
        except StateUnreadable as error:
            lost = Unknown(str(error))
            return (Memory(intents=lost, suspension=lost, stopped=lost, baseline=lost),) * len(keysets)

    def apart(self) -> Fact[frozenset[frozenset[str]]]:
        """Return the kinds of word each tenant is known by of which something is kept; Unknown where unreadable."""
        try:
            database = self._readable()
            if database is None:
                return frozenset()
            with database.reading() as connection:
                return kinds_apart(connection)
        except StateUnreadable as error:
            return Unknown(str(error))

    def open_intents(self, keys: tuple[str, ...]) -> Fact[tuple[Intent, ...]]:
        """Return a tenant's writes that are not settled."""
        return self.recall(keys).unsettled

    @contextmanager
    def lease(
        self,
        keys: tuple[str, ...],
        holder: str,
        *,
        sleep: Callable[[float], None],
        patience: float = 10.0,
        run: str | None = None,
        day: Day = Day(),  # noqa: B008 - frozen
        guard: Guard | None = None,
    ) -> Iterator[StoredJournal]:
        """Hold a tenant and give its journal; ``holder`` says host, process and command to those who wait.

        Held by another: try again for ``patience`` seconds, then TenantHeld. ``run`` is the run that a saved
        change plan's use is recorded for; left out, all leases of this store are one run. ``day``: the most
        that all runs together may change from 00:00 UTC on. ``guard``: what else is asked before each word of the
        journal, and may raise LeaseLost (``LoopStore.guard``).
        """
        database = self._writable()
        with held(database, keys, holder, self._now, patience=patience, sleep=sleep) as lease:
            yield StoredJournal(database, lease, run or self._run, self._now, day, guard)

    def suspend(self, keys: tuple[str, ...], name: str, suspension: Suspension) -> None:
        """Pause a tenant; ``name`` is its name in the fleet."""
        with self._writable().writing() as connection:
            brakes.suspend(connection, keys, name, suspension, self._now())

    def resume(self, keys: tuple[str, ...]) -> bool:
        """Lift a tenant's pause; False if there was none."""
        with self._writable().writing() as connection:
            return brakes.resume(connection, keys, self._now())

    # The global stop

    def stop(self) -> Fact[Stop | None]:
        """Return the global stop, None if it is off, Unknown if that can not be told."""
        try:
            database = self._readable()
            if database is None:
                return None
            with database.reading() as connection:
                return brakes.stop(connection)
        except StateUnreadable as error:
            return Unknown(str(error))

    def set_stop(self, reason: str, owner: str) -> None:
        """Stop every write to every tenant, from the next one on."""
        with self._writable().writing() as connection:
            brakes.set_stop(connection, reason, owner, self._now())

    def lift_stop(self) -> None:
        """Let writes happen again."""
        with self._writable().writing() as connection:
            brakes.lift_stop(connection, self._now())

    # Hand-offs. Those that read raise StateUnreadable too: a list that can not be read is not an empty one.

    def tend_handoffs(self, how: handoffs.Tend) -> tuple[HandOff, ...]:
        """Keep what ``how`` makes of all requests there are, in one transaction; return those that changed."""
        with self._writable().writing() as connection:
            return handoffs.tend(connection, how, self._now())

    def handoffs(self, state: HandoffState | None = None) -> tuple[HandOff, ...]:
        """Return the requests in ``state``, or all, oldest first."""
        database = self._readable()
        if database is None:
            return ()
        with database.reading() as connection:
            return handoffs.every(connection, state)

    def handoff(self, id_: str) -> HandOff | None:
        """Return one request, None if there is none."""
        database = self._readable()
        if database is None:
            return None
        with database.reading() as connection:
            return handoffs.find(connection, id_)

    # History

    def note_runs(self, notes: Sequence[RunNote]) -> None:
        """Keep how runs ended, in one transaction; an outcome like the last one only counts up."""
        with self._writable().writing() as connection:
            history.note_runs(connection, notes, self._now())

    def note_meant(self, found: Sequence[tuple[tuple[str, ...], Mapping[str, str]]]) -> None:
        """Keep which live subscription each declared name was seen to mean, for tenants by their keys."""
        if not found:
            return
        with self._writable().writing() as connection:
            history.note_meant(connection, found, self._now())

    # Drift

    def remembered_all(self, keysets: Sequence[tuple[str, ...]]) -> tuple[Fact[Remembered], ...]:
        """Return what drift remembers of each tenant; Unknown with the reason where that can not be read."""
        try:
            database = self._readable()
            if database is None:
                return tuple(Remembered() for _ in keysets)
            with database.reading() as connection:
                return noticing.recall(connection, keysets)
        except StateUnreadable as error:
            return tuple(Unknown(str(error)) for _ in keysets)

    def note_drift(self, found: Sequence[tuple[tuple[str, ...], Remembered]]) -> None:
        """Keep what a look at each tenant showed, in one transaction. Raises StateUnreadable."""
        if not found:
            return
        with self._writable().writing() as connection:
            noticing.note(connection, found, self._now())

    # Notices

    def open_matters(self) -> tuple[OpenMatter, ...]:
        """Return every matter that stands, by key. Raises StateUnreadable."""
        database = self._readable()
        if database is None:
            return ()
        with database.reading() as connection:
            return outbox.standing(connection)

    def outbox(self, routes: Sequence[Route]) -> StoredOutbox:
        """Return what keeps looks and gives out messages. ``routes``: the configuration's. Raises StateUnreadable."""
        return StoredOutbox(self._writable(), routes)

    def runs(self, tenant: str, limit: int = 10, *, formerly: str | None = None) -> tuple[RunRow, ...]:
        """Return a tenant's last outcomes, newest first; ``formerly`` is its name before. Raises StateUnreadable."""
        database = self._readable()
        if database is None:
            return ()
        with database.reading() as connection:
            return history.past_runs(connection, tenant, limit, formerly)

    def verify(self, expect: str | None = None) -> Examination | None:
        """Recompute the ledger's chain and hold the tables against it; ``expect``: a hash that must be in it.

        None where there is nothing to verify: no store, or one older than its ledger. Raises StateUnreadable.
        """
        database = self._readable()
        if database is None:
            return None
        with database.reading() as connection:
            return past.verify(connection, expect)

    def past(self, keys: Sequence[str]) -> Past:
        """Return what happened to a tenant. Raises StateUnreadable."""
        database = self._readable()
        if database is None:
            return Past()
        with database.reading() as connection:
            return past.told_of(connection, past.whose(connection, keys))

    def whole_past(self) -> Past:
        """Return what happened to all tenants. Raises StateUnreadable."""
        database = self._readable()
        if database is None:
            return Past()
        with database.reading() as connection:
            return past.told_of(connection, None)

    @property
    def missing(self) -> bool:
        """Say whether nothing was ever kept here."""
        return self._opened is None

    def plan_use(self, plan_id: str) -> datetime | None:
        """Return when a saved change plan was used, None if it was not. Raises StateUnreadable."""
        database = self._readable()
        if database is None:
            return None
        with database.reading() as connection:
            return history.plan_use(connection, plan_id)

    def digest_use(self, digest: str) -> datetime | None:
        """Return when an approved digest was last used, None if it was not. Raises StateUnreadable."""
        return self.plan_use(history.digest_key(digest))

    def added_since(self, moment: datetime) -> Fact[int]:
        """Return how many licences were added, as far as we may know, by writes sent since ``moment`` (our clock)."""
        spent = self.spent_since(moment)
        return spent if isinstance(spent, Unknown) else spent.licenses

    def spent_since(self, moment: datetime) -> Fact[Spent]:
        """Return what was changed, as far as we may know, by writes sent since ``moment`` (our clock)."""
        try:
            database = self._readable()
            if database is None:
                return Spent()
            with database.reading() as connection:
                return history.spent_since(connection, moment)
        except StateUnreadable as error:
            return Unknown(str(error))

    def last_fleet_size(self, source: str) -> int | None:
        """Return how many tenants ``source`` last had, None if never noted. Raises StateUnreadable."""
        database = self._readable()
        if database is None:
            return None
        with database.reading() as connection:
            return history.last_fleet_size(connection, source)

    def note_fleet_size(self, source: str, tenants: int, members: Roster | None = None) -> None:
        """Note how many tenants ``source`` has now, and which."""
        with self._writable().writing() as connection:
            history.note_fleet_size(connection, source, tenants, self._now(), members)

    def last_roster(self, source: str) -> Fact[Roster | None]:
        """Return the tenants ``source`` last had, None if never noted, Unknown if that can not be told."""
        try:
            database = self._readable()
            if database is None:
                return None
            with database.reading() as connection:
                return history.last_roster(connection, source)
        except StateUnreadable as error:
            return Unknown(str(error))

    def note_renamed(self, found: Sequence[Renamed]) -> None:
        """Let what is kept by a tenant's name in the fleet go by its new one."""
        if not found:
            return
        with self._writable().writing() as connection:
            history.note_renamed(connection, found, self._now())

    # The loop

    def loop(
        self,
        about: Loop,
        fleet: str,
        rate: Rate | None = None,
        each: Rate | None = None,
        routes: Sequence[Route] | None = None,
    ) -> LoopStore:
        """Return the store as one loop uses it.

        ``rate`` is the backend's budget, ``each`` one tenant's. ``routes``: who hears of what, None if nobody does.
        """
        return LoopStore(self._writable(), self._now, about, fleet, rate, each, routes)

    def offers(self, fleet: str) -> OfferStore:
        """Return the turns of a fleet as its dispatcher offers them to workers."""
        return OfferStore(self._writable(), fleet, self._now)

    def showing(self, fleet: str | None, pace: Pace) -> StoredShowing | None:
        """Return what reads all that loops keep (of one fleet, or of all); None where nothing was ever kept."""
        database = self._readable()
        return None if database is None else StoredShowing(database, fleet, self._now, pace)

    def known_to_loops(self, alive: datetime) -> frozenset[str]:
        """Return the names of all tenants that have a turn with a loop that gave a sign of life since ``alive``."""
        database = self._readable()
        if database is None:
            return frozenset()
        with database.reading() as connection:
            return living.known(connection, database, alive, self._now())

    def ask(self, name: str, by: str) -> str:
        """Ask the loops for a pass over a tenant now; return the request's id."""
        with self._writable().writing() as connection:
            return asking.ask(connection, name, by, self._now())

    def answer_to(self, request: str) -> Mapping[str, object] | None:
        """Return what a loop answered to a request, None while it has not."""
        with self._writable().reading() as connection:
            return asking.answer_to(connection, request)

    def _readable(self) -> Database | None:
        if isinstance(self._opened, StateUnreadable):
            raise self._opened
        return self._opened

    def _writable(self) -> Database:
        database = self._readable()
        if database is None or not database.writable:
            raise StateUnreadable(say("state.read-only", path=self._where))
        return database

"""Looks in, messages out: what is remembered of open matters, and an outbox that keeps what is to be sent.

``keep`` and ``forget`` work in the caller's transaction, the one that keeps what a pass found: what was told can never
differ from what was kept. ``StoredOutbox`` has transactions of its own, and none while something is being sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select, update

from reconciler.adapters.store.database import Database
from reconciler.adapters.store.posted import entry_of, open_of, posting_of, values_of
from reconciler.adapters.store.tables import notices, open_matters
from reconciler.messages import say
from reconciler.notices import Look, Notice, OpenMatter, digest_of_words
from reconciler.notices.changing import Open, changes, hushes, withdrawn
from reconciler.notices.delivering import GIVE_UP, Fate, Posting, Result
from reconciler.notices.digesting import Digest, Entry, digest_of
from reconciler.notices.plain import to_plain
from reconciler.notices.routing import SOON, Crowd, Pace, Route, concerns, paced, routed

# Who took messages and died before it said what became of them has them back after so long.
CLAIM = timedelta(minutes=10)
MOST_GATHERED = 2_000
FORGOTTEN_AT_ONCE = 500
DELIVERED_KEPT = timedelta(days=7)
GIVEN_UP_KEPT = timedelta(days=30)
LEFT_OUT = "left-out"
READY = ""
_WAITING = and_(notices.c.pace == READY, notices.c.delivered_at.is_(None), notices.c.given_up_at.is_(None))


def keep(connection: Connection, look: Look, routes: Sequence[Route], at: datetime) -> tuple[Notice, ...]:
    """Keep a look and put what is to be told of it into the outbox; return it. ``at``: the machine's clock."""
    return keep_all(connection, (look,), routes, at)


def keep_all(
    connection: Connection, looks: Sequence[Look], routes: Sequence[Route], at: datetime
) -> tuple[Notice, ...]:
    """Do the same with many looks, one for a tenant; what is remembered of them is asked for at once."""
    nobodys = _scope("", "")
    scopes = {_scope(look.fleet, look.tenant) for look in looks}
    there = open_of(connection, scopes | {nobodys})
    told: list[Notice] = []
    for look in looks:
        of_loop = there.get(nobodys, {}) if look.tenant else {}
        before = there.get(_scope(look.fleet, look.tenant), {})
        told += _keep(connection, look, before, of_loop, routes, at)
    return tuple(told)


def _keep(
    connection: Connection, look: Look, before: Open, of_loop: Open, routes: Sequence[Route], at: datetime
) -> tuple[Notice, ...]:
    found = changes(before, look, at, hushes(of_loop))
    moved = [key for key in {**before, **found.open} if before.get(key) != found.open.get(key)]
    if moved:
        threads = [key.thread for key in moved]
        connection.execute(delete(open_matters).where(open_matters.c.thread.in_(threads)))
        scope = _scope(look.fleet, look.tenant)
        values = [values_of(found.open[key], scope) for key in moved if key in found.open]
        if values:
            connection.execute(insert(open_matters), values)
    _post(connection, found.notices, routes, at)
    return found.notices


def forget(
    connection: Connection, fleet: str, tenants: Iterable[str], routes: Sequence[Route], at: datetime
) -> tuple[Notice, ...]:
    """Keep that nobody looks at tenants (or, "" among them, at a source) any more; return what is told of them.

    A whole fleet may be let go of at once, and whoever else writes waits meanwhile: it costs a few statements, and
    some more for each that there is something to be told of.
    """
    told: list[Notice] = []
    names = sorted(set(tenants))
    for first in range(0, len(names), FORGOTTEN_AT_ONCE):
        scopes = [_scope(fleet, name) for name in names[first : first + FORGOTTEN_AT_ONCE]]
        there = open_of(connection, scopes)
        # In the order of their names.
        found = [notice for scope in scopes for notice in withdrawn(there.get(scope, {}), at)]
        connection.execute(delete(open_matters).where(open_matters.c.scope.in_(scopes)))
        _post(connection, found, routes, at)
        told += found
    return tuple(told)


def standing(connection: Connection) -> tuple[OpenMatter, ...]:
    """Return every matter that stands, by key."""
    every = {key: entry for found in open_of(connection, None).values() for key, entry in found.items()}
    return tuple(entry for _, entry in sorted(every.items()) if entry.stands)


class StoredOutbox:
    """The outbox of a store. ``routes`` say of what that stands a receiver may know."""

    def __init__(self, database: Database, routes: Sequence[Route]) -> None:
        self._database, self._routes = database, routes

    def keep(self, look: Look, at: datetime) -> tuple[Notice, ...]:
        """Keep a look in a transaction of its own; who keeps more with it calls ``keep`` of this module."""
        with self._database.writing() as connection:
            return keep(connection, look, self._routes, at)

    def gather(self, receivers: Sequence[str], now: datetime) -> tuple[Result, ...]:
        """Put together the digests that are due; return what was given up since nobody can carry it."""
        with self._database.reading() as connection:
            if not _ripe(connection, now) and not _orphaned(connection, receivers, now):
                return ()
        with self._database.writing() as connection:
            due = _ripe(connection, now) & set(receivers)
            stands = standing(connection) if due else ()
            for receiver in sorted(due):
                self._gather(connection, receiver, stands, now)
            return _without_carrier(connection, receivers, now)

    def due(self, receiver: str, now: datetime, most: int) -> tuple[Posting, ...]:
        """Return what is due for a receiver, oldest first, one of each thread; nobody else gets it meanwhile."""
        asked = select(notices).where(_WAITING, notices.c.receiver == receiver).order_by(notices.c.seq)
        with self._database.reading() as connection:
            if connection.execute(asked.where(notices.c.due_at <= now).limit(1)).first() is None:
                return ()
        with self._database.writing() as connection:
            first = {row.thread: row for row in reversed(connection.execute(asked).all())}
            rows = sorted((row for row in first.values() if row.due_at <= now), key=lambda row: row.seq)
            found = {row.seq: posting_of(row) for row in rows[:most]}
            _claim(connection, [seq for seq, posting in found.items() if posting], due_at=now + CLAIM)
            # What a newer version wrote can be carried by nobody here, and would keep its whole thread waiting.
            unread = [seq for seq, posting in found.items() if posting is None]
            _claim(connection, unread, given_up_at=now, problem=say("notify.unread"))
            return tuple(posting for posting in found.values() if posting)

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        """Keep what became of messages, and drop what is long over."""
        if not results:
            return
        with self._database.writing() as connection:
            for result in results:
                _settle(connection, result, now)
            over = or_(
                notices.c.delivered_at < now - DELIVERED_KEPT, notices.c.given_up_at < now - GIVEN_UP_KEPT
            )
            connection.execute(delete(notices).where(over))

    def _gather(
        self, connection: Connection, receiver: str, stands: Iterable[OpenMatter], now: datetime
    ) -> None:
        thread = digest_of_words("digest", receiver)
        ours = notices.c.receiver == receiver
        # While one is on its way no other is made: a receiver that is down for a day has one to read, not twenty.
        if connection.execute(
            select(notices.c.seq).where(_WAITING, ours, notices.c.thread == thread)
        ).first():
            return
        due = and_(ours, notices.c.pace != READY, notices.c.due_at <= now)
        rows = connection.execute(select(notices).where(due).order_by(notices.c.seq)).all()
        entries = [entry for row in rows if row.id != LEFT_OUT and (entry := entry_of(row))]
        left_out = sum(row.attempts for row in rows if row.id == LEFT_OUT)
        theirs = [entry for entry in stands if concerns(receiver, entry, self._routes)]
        connection.execute(delete(notices).where(due))
        digest = digest_of(receiver, entries, theirs, now, left_out)
        connection.execute(insert(notices).values(**_row(digest.id, receiver, thread, digest, now)))


def _claim(connection: Connection, seqs: Sequence[int], **values: object) -> None:
    if seqs:
        connection.execute(update(notices).where(notices.c.seq.in_(seqs)).values(**values))


def _scope(fleet: str, tenant: str) -> str:
    return digest_of_words("scope", fleet, tenant)


def _post(connection: Connection, told: Sequence[Notice], routes: Sequence[Route], at: datetime) -> None:
    for notice in told:
        thread = notice.matter.key.thread
        for receiver, wished in routed(notice, routes).items():
            pace = paced(wished, notice.matter.word.severity, _crowd(connection, receiver, at))
            # What has a beginning that is still to be told of goes with it, or its end would come first.
            if pace is Pace.AT_ONCE and _gathered(connection, receiver, thread) is None:
                row = _row(notice.id, receiver, thread, notice, at)
                same = notices.c.id == notice.id, notices.c.receiver == receiver
                if connection.execute(select(notices.c.seq).where(*same)).first() is None:
                    connection.execute(insert(notices).values(**row))
            else:
                _put_by(connection, receiver, notice, pace, at)


def _crowd(connection: Connection, receiver: str, at: datetime) -> Crowd:
    ours = notices.c.receiver == receiver
    count = select(func.count()).select_from(notices)
    waiting = connection.execute(count.where(_WAITING, ours)).scalar_one()
    fresh = notices.c.created_at > at - SOON, notices.c.pace == READY
    return Crowd(waiting, connection.execute(count.where(ours, *fresh)).scalar_one())


def _gathered(connection: Connection, receiver: str, thread: str) -> Row[Any] | None:
    """What is gathered of a matter already: one row, however often it moves."""
    same = notices.c.receiver == receiver, notices.c.thread == thread, notices.c.pace != READY
    return connection.execute(select(notices).where(*same)).first()


def _put_by(connection: Connection, receiver: str, notice: Notice, pace: Pace, at: datetime) -> None:
    """Gather a notice for a digest."""
    entry, thread, due_at = Entry.of(notice), notice.matter.key.thread, pace.due(at)
    row = _gathered(connection, receiver, thread)
    if row is not None:
        before = entry_of(row)
        both = before.again(entry) if before else entry
        # What was waiting for its digest anyway comes no sooner for having moved again.
        due_at = row.due_at if pace is Pace.AT_ONCE else min(row.due_at, due_at)
        again = update(notices).where(notices.c.seq == row.seq)
        connection.execute(again.values(body=to_plain(both), due_at=due_at))
        return
    ours = notices.c.receiver == receiver
    count = select(func.count()).select_from(notices).where(ours, notices.c.pace != READY)
    if connection.execute(count).scalar_one() < MOST_GATHERED:
        values = _row(f"entry-{thread}", receiver, thread, entry, at)
        connection.execute(insert(notices).values(**{**values, "pace": str(pace), "due_at": due_at}))
        return
    more = update(notices).where(ours, notices.c.id == LEFT_OUT).values(attempts=notices.c.attempts + 1)
    if connection.execute(more).rowcount == 0:
        values = {**_row(LEFT_OUT, receiver, LEFT_OUT, entry, at), "attempts": 1}
        connection.execute(insert(notices).values(**{**values, "pace": str(pace), "due_at": due_at}))


def _row(
    id_: str, receiver: str, thread: str, contents: Notice | Digest | Entry, at: datetime
) -> dict[str, Any]:
    """A row that is ready to be sent."""
    return {
        "id": id_,
        "receiver": receiver,
        "pace": READY,
        "thread": thread,
        "body": to_plain(contents),
        "attempts": 0,
        "created_at": at,
        "due_at": at,
        "problem": "",
    }


def _settle(connection: Connection, result: Result, now: datetime) -> None:
    values: dict[str, object] = {"problem": result.problem}
    if result.fate is not Fate.PUT_OFF:
        values["attempts"] = result.posting.attempts + 1
    if result.due_at is not None:
        values["due_at"] = result.due_at
    over = {Fate.DELIVERED: "delivered_at", Fate.GIVEN_UP: "given_up_at"}.get(result.fate)
    if over:
        values[over] = now
    same = notices.c.id == result.posting.id, notices.c.receiver == result.posting.receiver
    connection.execute(update(notices).where(*same).values(**values))


def _ripe(connection: Connection, now: datetime) -> set[str]:
    """The receivers that have something gathered whose time has come."""
    ripe = notices.c.pace != READY, notices.c.due_at <= now
    return set(connection.execute(select(notices.c.receiver).where(*ripe).distinct()).scalars())


def _orphans(receivers: Sequence[str], now: datetime) -> ColumnElement[bool]:
    return and_(notices.c.receiver.not_in(receivers), notices.c.created_at < now - GIVE_UP)


def _orphaned(connection: Connection, receivers: Sequence[str], now: datetime) -> bool:
    left = or_(_WAITING, notices.c.pace != READY)
    return connection.execute(select(notices.c.seq).where(_orphans(receivers, now), left)).first() is not None


def _without_carrier(connection: Connection, receivers: Sequence[str], now: datetime) -> tuple[Result, ...]:
    """Give up what is for a receiver that the configuration has not named for days, and drop what was gathered."""
    nobody, why = _orphans(receivers, now), say("notify.nobody")
    connection.execute(delete(notices).where(nobody, notices.c.pace != READY))
    rows = connection.execute(select(notices).where(nobody, _WAITING)).all()
    _claim(connection, [row.seq for row in rows], given_up_at=now, problem=why)
    postings = (posting_of(row) for row in rows)
    return tuple(Result(posting, Fate.GIVEN_UP, problem=why) for posting in postings if posting)

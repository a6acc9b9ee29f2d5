"""One open transaction in, rows as values out: clock, tenants, events, faults, the call log, first answers.

Times are kept as whole microseconds since 1970, so that they sort as numbers.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.adapters.simulator.record import Record, stamp
from reconciler.observe import TenantRef

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CALLS = (
    "SELECT at, operation, tenant, subscription, before, after, request_id, outcome, code, taken, caller, note"
    " FROM calls"
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something the service will do by itself at ``due``."""

    due: datetime
    tenant: str
    subscription: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call the service got. ``after`` is what was asked for; ``taken`` says whether it came to pass."""

    operation: str
    tenant: str
    subscription: str | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    request_id: str | None = None
    outcome: str = "accepted"
    code: str | None = None
    taken: bool = False
    caller: str = "reconciler"
    note: str | None = None

    def document(self, at: datetime) -> dict[str, Any]:
        """Return the call as ``simulator log --format json`` shows it."""
        return {"at": stamp(at), **asdict(self)}


class Session:
    """One request inside its transaction. ``now`` is the service's clock in UTC."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._now, self._changes = connection.execute("SELECT now, changes FROM clock").fetchone()
        self._kept = (self._now, self._changes)

    @property
    def now(self) -> datetime:
        """The service's clock."""
        return _moment(self._now)

    @now.setter
    def now(self, moment: datetime) -> None:
        self._now = _micros(moment)

    def keep_clock(self) -> None:
        """Write the clock back, if it moved; reads leave it alone."""
        if self._kept != (self._now, self._changes):
            self._db.execute("UPDATE clock SET now = ?, changes = ?", (self._now, self._changes))

    # tenants

    def names(self) -> list[str]:
        """Return the names of all tenants, sorted."""
        return [name for (name,) in self._db.execute("SELECT name FROM tenants ORDER BY name")]

    def record(self, name: str) -> Record | None:
        """Return the tenant of this very name."""
        rows = self._db.execute("SELECT name, spec, hidden FROM tenants WHERE name = ?", (name,))
        return next((Record.parsed(*row) for row in rows), None)

    def holding(self, text: str) -> list[Record]:
        """Return the tenants in whose hidden things this text stands, by name."""
        rows = self._db.execute(
            "SELECT name, spec, hidden FROM tenants WHERE instr(hidden, ?) ORDER BY name", (text,)
        )
        return [Record.parsed(*row) for row in rows]

    def find(self, ref: TenantRef) -> Record | None:
        """Return the tenant that answers to the ref's word (a domain or its id), else the one of its name.

        Of several that answer, the one of the same name; where none is, nobody can say which is meant: None.
        """
        rows = self._db.execute(
            "SELECT t.name, t.spec, t.hidden FROM words w JOIN tenants t ON t.name = w.name "
            "WHERE w.word = ? ORDER BY t.name",
            (ref.tenant.casefold(),),
        )
        answering = [Record.parsed(*row) for row in rows]
        if len(answering) == 1:
            return answering[0]
        if answering:
            return next((record for record in answering if record.name == ref.name), None)
        return self.record(ref.name)

    def save(self, records: Iterable[Record]) -> None:
        """Store the tenants as they stand now, with a new version for each subscription that changed."""
        tenants: list[tuple[str, str, str]] = []
        words: list[tuple[str, str]] = []
        for record in records:
            self._changes = record.renew_versions(self._changes)
            tenants.append((record.name, *record.texts()))
            words.extend((word, record.name) for word in record.words())
        names = [(name,) for name, *_ in tenants]
        self._db.executemany("INSERT OR REPLACE INTO tenants VALUES (?, ?, ?)", tenants)
        self._db.executemany("DELETE FROM words WHERE name = ?", names)
        self._db.executemany("INSERT OR IGNORE INTO words VALUES (?, ?)", words)

    # events

    def schedule(self, events: Iterable[Event]) -> None:
        """Add things the service will do by itself."""
        self._db.executemany(
            "INSERT INTO events (due, tenant, subscription, kind) VALUES (?, ?, ?, ?)",
            [(_micros(e.due), e.tenant, e.subscription, e.kind) for e in events],
        )

    def unschedule(self, tenant: str, subscription: str | None = None) -> None:
        """Drop what is due for a tenant, or for one subscription of it."""
        if subscription is None:
            self._db.execute("DELETE FROM events WHERE tenant = ?", (tenant,))
            return
        self._db.execute("DELETE FROM events WHERE tenant = ? AND subscription = ?", (tenant, subscription))

    def events(self, tenant: str | None = None) -> list[Event]:
        """Return what is due, in order."""
        rows = (
            self._db.execute("SELECT due, tenant, subscription, kind FROM events ORDER BY due, seq")
            if tenant is None
            else self._db.execute(
                "SELECT due, tenant, subscription, kind FROM events WHERE tenant = ? ORDER BY due, seq",
                (tenant,),
            )
        )
        return [Event(_moment(due), *rest) for due, *rest in rows]

    def take_due(self, until: datetime) -> Event | None:
        """Remove and return the next event due at ``until`` or before."""
        row = self._db.execute(
            "SELECT due, tenant, subscription, kind, seq FROM events WHERE due <= ?"
            " ORDER BY due, seq LIMIT 1",
            (_micros(until),),
        ).fetchone()
        if row is None:
            return None
        self._db.execute("DELETE FROM events WHERE seq = ?", (row[4],))
        return Event(_moment(row[0]), *row[1:4])

    # faults

    def add_fault(self, tenant: str, kind: str, times: int | None, options: Mapping[str, Any]) -> int:
        """Store a fault and return its number."""
        cursor = self._db.execute(
            "INSERT INTO faults (tenant, kind, times, options) VALUES (?, ?, ?, ?)",
            (tenant, kind, times, json.dumps(options, sort_keys=True)),
        )
        return int(cursor.lastrowid or 0)

    def faults(self, tenant: str | None = None) -> list[tuple[int, str, str, int | None, dict[str, Any]]]:
        """Return (number, tenant, kind, times left, options), in the order they were given."""
        rows = (
            self._db.execute("SELECT seq, tenant, kind, times, options FROM faults ORDER BY seq")
            if tenant is None
            else self._db.execute(
                "SELECT seq, tenant, kind, times, options FROM faults WHERE tenant = ? ORDER BY seq",
                (tenant,),
            )
        )
        return [(seq, name, kind, times, json.loads(options)) for seq, name, kind, times, options in rows]

    def use_fault(self, number: int) -> None:
        """Count a fault down; the last use removes it. One without a count stays until it is cleared."""
        self._db.execute("UPDATE faults SET times = times - 1 WHERE seq = ? AND times IS NOT NULL", (number,))
        self._db.execute("DELETE FROM faults WHERE seq = ? AND times <= 0", (number,))

    def drop_fault(self, number: int) -> None:
        """Remove a fault."""
        self._db.execute("DELETE FROM faults WHERE seq = ?", (number,))

    # calls and answers

    def log(self, call: Call) -> None:
        """Append a call to the log."""
        numbers = (_written(call.before), _written(call.after))
        row = (
            *(self._now, call.operation, call.tenant, call.subscription, *numbers),
            *(call.request_id, call.outcome, call.code, call.taken, call.caller, call.note),
        )
        self._db.execute(
            "INSERT INTO calls (at, operation, tenant, subscription, before, after, request_id, outcome,"
            " code, taken, caller, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )

    def calls(self) -> Iterator[tuple[datetime, Call]]:
        """Yield every call with its time, oldest first."""
        yield from _calls(self._db.execute(f"{_CALLS} ORDER BY seq"))

    def changes(self, tenant: str, but: str) -> Iterator[tuple[datetime, Call]]:
        """Yield those that changed a tenant, all callers' ``but`` one's, with their times, oldest first."""
        theirs = f"{_CALLS} WHERE tenant = ? AND caller <> ? AND taken ORDER BY seq"
        yield from _calls(self._db.execute(theirs, (tenant, but)))

    def answered(self, request_id: str) -> tuple[str, dict[str, Any]] | None:
        """Return (what was asked, the first answer) of a request id, None if it was never handled."""
        row = self._db.execute(
            "SELECT asked, answer FROM requests WHERE request_id = ?", (request_id,)
        ).fetchone()
        return None if row is None else (row[0], json.loads(row[1]))

    def handled(self) -> int:
        """Return how many writes were handled so far."""
        count: int = self._db.execute("SELECT count(*) FROM requests").fetchone()[0]
        return count

    def answer(self, request_id: str, asked: str, answer: Mapping[str, Any]) -> None:
        """Remember the first answer to a request id for good."""
        self._db.execute("INSERT INTO requests VALUES (?, ?, ?)", (request_id, asked, json.dumps(answer)))


def _calls(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[datetime, Call]]:
    for at, operation, tenant, subscription, before, after, request, outcome, code, taken, *who in rows:
        asked = (_read(before), _read(after), request)
        yield (
            _moment(at),
            Call(operation, tenant, subscription, *asked, outcome, code, bool(taken), *who),
        )


def _written(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value)


def _read(text: str | None) -> dict[str, Any] | None:
    found: dict[str, Any] | None = None if text is None else json.loads(text)
    return found


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)

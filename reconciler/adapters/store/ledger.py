"""A change to our state in, one more link of the ledger's chain out, in the same transaction.

The caller's transaction is a writing one (BEGIN IMMEDIATE), so whoever adds a link has read the end of the chain
and nobody else can add one meanwhile: there is one chain, whoever writes. What is recorded is the row as it was
read back from the table, so that each later look can be held against it, member by member.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Connection

from reconciler.evidence import KEPT, Entry, Head, Place, Record, Row, canonical, content_of, seal
from reconciler.evidence.past import FOUND, OWN_TIME

_HEAD = "SELECT value FROM about NOT INDEXED WHERE key = 'ledger'"


def note(connection: Connection, kind: str, at: datetime, table: str, id_: object) -> None:
    """Record how the row ``id_`` of ``table`` stands now, after a change of this ``kind``; gone is recorded too."""
    row = next(_rows(connection, table, id_), None)
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    _append(connection, kind, moment, table=table, id=str(id_), row=row)


def begin(connection: Connection) -> None:
    """Begin an empty chain."""
    connection.exec_driver_sql("INSERT INTO about (key, value) VALUES ('ledger', '0 ')")


def begin_with_what_is_there(connection: Connection, at: str) -> None:
    """Begin the chain of a store that is older than it: a link that hashes what was there, then each row of it."""
    begin(connection)
    found = {table: list(_rows(connection, table)) for table in KEPT}
    whole = hashlib.sha256(canonical(found).encode(errors="surrogatepass")).hexdigest()
    _append(connection, "upgrade", at, rows={table: len(rows) for table, rows in found.items()}, sha256=whole)
    for table, rows in found.items():
        for row in rows:
            _append(connection, FOUND, at, table=table, id=str(row[KEPT[table]]), row=row)


def begun(connection: Connection) -> bool:
    """Say whether there is a chain: there is none in a store that is older than it and was not written since."""
    entry = connection.exec_driver_sql("SELECT number FROM ledger LIMIT 1").first()
    return entry is not None or _head_text(connection) is not None


@contextmanager
def as_it_stands(connection: Connection) -> Iterator[Record]:
    """Give everything there is to verify, read as it goes; text that is no text any more is read all the same."""
    driver = connection.connection.driver_connection
    if driver is None:
        raise ValueError("a connection without a driver")
    driver.text_factory = lambda raw: raw.decode(errors="surrogateescape")
    try:
        yield Record(entries(connection), _head_text(connection), _kept(connection))
    finally:
        driver.text_factory = str


def damage(connection: Connection) -> list[str]:
    """Return what the database says is wrong with its own file; nothing where all is well."""
    lines = (str(line) for line in connection.exec_driver_sql("PRAGMA integrity_check").scalars())
    return [line for line in lines if line != "ok"]


def entries(connection: Connection) -> Iterator[Entry]:
    """Yield the entries, oldest first."""
    query = 'SELECT number, at, kind, "by", content, previous, hash FROM ledger ORDER BY number'
    for row in connection.exec_driver_sql(query):
        yield Entry(int(row[0]), *(str(value) for value in row[1:]))


def found_entries(connection: Connection) -> Iterator[Entry]:
    """Yield an entry, number 0, for each row of a store that is older than the ledger: nobody vouches for them."""
    for (table, id_), row in _kept(connection):
        at = str(row[OWN_TIME[table]])
        yield Entry(0, at, FOUND, "", content_of(at, FOUND, "", table=table, id=id_, row=row), "", "")


@cache
def signed_in(process: int) -> str:
    """Who runs this process: the operating system's user and host. ``process`` only keeps forks apart."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = f"uid {os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def _append(connection: Connection, kind: str, at: str, **what: object) -> None:
    text = _head_text(connection)
    head = None if text is None else Head.of(text)
    if head is None:
        raise ValueError("the ledger has lost its head: `reconciler history --verify` says what else")
    number, by = head.count + 1, signed_in(os.getpid())
    content = content_of(at, kind, by, **what)
    sealed = seal(head.hash, number, content)
    connection.exec_driver_sql(
        'INSERT INTO ledger (number, at, kind, "by", content, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
        (number, at, kind, by, content, head.hash, sealed),
    )
    connection.exec_driver_sql(
        "UPDATE about SET value = ? WHERE key = 'ledger'", (str(Head(number, sealed)),)
    )


def _head_text(connection: Connection) -> str | None:
    text = connection.exec_driver_sql(_HEAD).scalar_one_or_none()
    return None if text is None else str(text)


def _kept(connection: Connection) -> Iterator[tuple[Place, Row]]:
    for table, name in KEPT.items():
        for row in _rows(connection, table):
            yield (table, str(row[name])), row


def _rows(connection: Connection, table: str, id_: object = None) -> Iterator[Row]:
    """Rows as the file holds them, not as we would read them: a member that no longer decodes is told too."""
    name = KEPT[table]
    if id_ is not None:
        query = f'SELECT * FROM "{table}" WHERE "{name}" = ?'  # noqa: S608 - our own names
        yield from (dict(row._mapping) for row in connection.exec_driver_sql(query, (id_,)))
        return
    # Not by an index, which has a copy of the key: what stands in the row itself is what counts.
    query = f'SELECT * FROM "{table}" NOT INDEXED'  # noqa: S608 - our own names
    rows = (dict(row._mapping) for row in connection.exec_driver_sql(query))
    yield from sorted(rows, key=lambda row: str(row[name]))

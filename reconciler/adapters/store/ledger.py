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
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Connection

from reconciler.evidence import KEPT, Entry, Head, Record, Row, canonical, seal, told_of

_HEAD = "SELECT value FROM about WHERE key = 'ledger'"


def note(connection: Connection, kind: str, at: datetime, table: str, id_: object) -> None:
    """Record how the row ``id_`` of ``table`` stands now, after a change of this ``kind``; gone is recorded too."""
    row = next(_rows(connection, table, id_), None)
    content = {"table": table, "id": str(id_), "row": row}
    _append(connection, kind, at.astimezone(UTC).isoformat(timespec="microseconds"), canonical(content))


def begin(connection: Connection) -> None:
    """Begin an empty chain."""
    connection.exec_driver_sql("INSERT INTO about (key, value) VALUES ('ledger', '0 ')")


def begin_with_what_is_there(connection: Connection, at: str) -> None:
    """Begin the chain of a store that is older than it: a link that hashes what was there, then each row of it."""
    begin(connection)
    found = {table: list(_rows(connection, table)) for table in KEPT}
    whole = hashlib.sha256(canonical(found).encode(errors="surrogatepass")).hexdigest()
    counts = {table: len(rows) for table, rows in found.items()}
    _append(connection, "upgrade", at, canonical({"rows": counts, "sha256": whole}))
    for table, rows in found.items():
        for row in rows:
            content = {"table": table, "id": str(row[KEPT[table]]), "row": row}
            _append(connection, "found", at, canonical(content))


def read(connection: Connection) -> Record:
    """Return everything there is to verify, as it stands in the file."""
    rows = connection.exec_driver_sql(
        'SELECT number, at, kind, "by", content, previous, hash FROM ledger ORDER BY number'
    )
    entries = tuple(Entry(int(row[0]), *(str(value) for value in row[1:])) for row in rows)
    tables = {
        table: {str(row[name]): row for row in _rows(connection, table)} for table, name in KEPT.items()
    }
    return Record(entries, _head(connection), tables)


def links_of(connection: Connection, table: str, ids: set[str]) -> dict[str, list[Entry]]:
    """Return the entries that tell of these rows, oldest first."""
    found: dict[str, list[Entry]] = {id_: [] for id_ in ids}
    for entry in read(connection).entries:
        place = told_of(entry)
        if place and place[0] == table and place[1] in found:
            found[place[1]].append(entry)
    return found


@cache
def signed_in(process: int) -> str:
    """Who runs this process: the operating system's user and host. ``process`` only keeps forks apart."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = f"uid {os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def _append(connection: Connection, kind: str, at: str, content: str) -> None:
    head = _head(connection)
    if head is None:
        raise ValueError("the ledger has lost its head: `reconciler history --verify` says what else")
    number, by = head.count + 1, signed_in(os.getpid())
    sealed = seal(head.hash, number, at, kind, by, content)
    connection.exec_driver_sql(
        'INSERT INTO ledger (number, at, kind, "by", content, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
        (number, at, kind, by, content, head.hash, sealed),
    )
    connection.exec_driver_sql("UPDATE about SET value = ? WHERE key = 'ledger'", (f"{number} {sealed}",))


def _head(connection: Connection) -> Head | None:
    text = connection.exec_driver_sql(_HEAD).scalar_one_or_none()
    count, _, hash_ = str(text).partition(" ")
    return Head(int(count), hash_) if count.isdecimal() else None


def _rows(connection: Connection, table: str, id_: object = None) -> Iterator[Row]:
    """Rows as the file holds them, not as we would read them: a member that no longer decodes is told too."""
    where, given = (f' WHERE "{KEPT[table]}" = ?', (id_,)) if id_ is not None else ("", ())
    query = f'SELECT * FROM "{table}"{where} ORDER BY "{KEPT[table]}"'  # noqa: S608 - our own names
    for row in connection.exec_driver_sql(query, given):
        yield dict(row._mapping)

"""A change to our state in, one more link of the ledger's chain out, in the same transaction.

The caller's transaction is a writing one, and writers take turns, so whoever adds a link has read the end of the chain
and nobody else can add one meanwhile: there is one chain, whoever writes. What is recorded is the row as it was
read back from the table, so that each later look can be held against it, member by member.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import socket
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection

from reconciler.adapters.store import raw
from reconciler.evidence import (
    FIRST_KEPT,
    KEEPS,
    KEPT,
    Entry,
    Head,
    Place,
    Record,
    Row,
    as_told,
    canonical,
    content_of,
    id_of,
    keeps,
    said,
    seal,
)
from reconciler.evidence.past import FOUND, OWN_TIME

# The kinds of the entries that say of which tables the chain tells: its first, or one that came with a later version.
BEGUN, UPGRADE = "begun", "upgrade"
MOST_DIGITS = 18
AT_ONCE = 200
_ENTRIES = 'SELECT number, at, kind, "by", content, previous, hash FROM ledger'
# A row that was changed: the kind of the change, its table and its key.
Changed = tuple[str, str, tuple[object, ...]]
Draft = tuple[str, dict[str, object]]


def note(connection: Connection, kind: str, at: datetime, table: str, *key: object) -> None:
    """Record how a row of ``table`` stands now, after a change of this ``kind``; gone is recorded too."""
    note_all(connection, at, [(kind, table, key)])


def note_all(connection: Connection, at: datetime, changed: Iterable[Changed]) -> None:
    """Record how each of these rows stands now; many at once cost much less than one after the other."""
    listed = list(changed)
    keys: dict[str, dict[tuple[object, ...], None]] = defaultdict(dict)
    for _, table, key in listed:
        keys[table][key] = None
    stand = {
        place: row
        for table, those in keys.items()
        for place, row in _standing(connection, table, list(those))
    }
    told: list[Draft] = []
    for kind, table, key in listed:
        id_ = "/".join(map(str, key))
        told.append((kind, {"table": table, "id": id_, "row": stand.get((table, id_))}))
    if told:
        _append(connection, at.astimezone(UTC).isoformat(timespec="microseconds"), told)


def _standing(
    connection: Connection, table: str, keys: Sequence[tuple[object, ...]]
) -> Iterator[tuple[Place, Row]]:
    """Yield those of the rows with these keys that are there, each with its place, some at a time."""
    one = "(" + " AND ".join(f'"{name}" = ?' for name in KEPT[table]) + ")"
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        query = f'SELECT * FROM "{table}" WHERE {" OR ".join([one] * len(some))}'  # noqa: S608 - our own names
        for row in raw.rows(connection, query, [part for key in some for part in key]):
            yield (table, id_of(table, row)), as_told(table, row)


def begin(connection: Connection, at: str, kind: str = BEGUN) -> None:
    """Begin the chain, with what is there already in a store that is older than it."""
    raw.ask(connection, "INSERT INTO about (key, value) VALUES ('ledger', '0 ')")
    _take_in(connection, at, kind, frozenset())


def take_in(connection: Connection, at: str) -> None:
    """Let a chain that is older than the keeping of some table tell of it too, from here on.

    Only the chain itself says of which tables it tells, never a note beside it: whoever took such a note away would
    have the next command take in, as found, whatever they had made of the rows.
    """
    query = f"{_ENTRIES} WHERE kind IN ('{BEGUN}', '{UPGRADE}') ORDER BY number"
    said_so = [keeps(said(_entry(row))) for row in raw.ask(connection, query)]
    _take_in(connection, at, UPGRADE, FIRST_KEPT.union(*said_so))


def whole(connection: Connection) -> bool:
    """Say whether the chain tells of every table it should; asked at each opening, so by the entry pointed to.

    What ``about`` holds is a way to that entry and nothing more: where it leads elsewhere, ``take_in`` looks itself.
    """
    pointed = str(raw.ask(connection, "SELECT value FROM about WHERE key = ?", (KEEPS,)).scalar_one_or_none())
    if not pointed.isdecimal() or len(pointed) > MOST_DIGITS:
        return False
    row = raw.ask(connection, f"{_ENTRIES} WHERE number = ?", (int(pointed),)).first()
    return row is not None and keeps(said(_entry(row))) >= KEPT.keys()


def _take_in(connection: Connection, at: str, kind: str, told: frozenset[str]) -> None:
    """A link that says which tables are told of, with a hash over what was there, then a link for each row of it."""
    found = {table: list(_rows(connection, table)) for table in KEPT if table not in told}
    hashed = hashlib.sha256(canonical(found).encode(errors="surrogatepass")).hexdigest()
    counts = {table: len(rows) for table, rows in found.items()}
    saying: Draft = (kind, {KEEPS: sorted(told | KEPT.keys()), "rows": counts, "sha256": hashed})
    rows = [(table, row) for table, rows in found.items() for row in rows]
    telling: list[Draft] = [(FOUND, {"table": t, "id": id_of(t, row), "row": row}) for t, row in rows]
    number = _append(connection, at, [saying, *telling])
    raw.ask(connection, "DELETE FROM about WHERE key = ?", (KEEPS,))
    raw.ask(connection, "INSERT INTO about (key, value) VALUES (?, ?)", (KEEPS, str(number)))


def begun(connection: Connection) -> bool:
    """Say whether there is a chain: there is none in a store that is older than it and was not written since."""
    entry = raw.ask(connection, "SELECT number FROM ledger LIMIT 1").first()
    return entry is not None or _head_text(connection) is not None


@contextmanager
def as_it_stands(connection: Connection) -> Iterator[Record]:
    """Give everything there is to verify, read as it goes; text that is no text any more is read all the same."""
    with raw.readable(connection):
        yield Record(entries(connection), _head_text(connection), _kept(connection))


def entries(connection: Connection) -> Iterator[Entry]:
    """Yield the entries, oldest first."""
    yield from map(_entry, raw.ask(connection, f"{_ENTRIES} ORDER BY number"))


def found_entries(connection: Connection) -> Iterator[Entry]:
    """Yield an entry, number 0, for each row of a store that is older than the ledger: nobody vouches for them."""
    for (table, id_), row in _kept(connection, OWN_TIME):
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


def _append(connection: Connection, at: str, drafts: Sequence[Draft]) -> int:
    """Add a link for each draft, of which there is one at least; return the number of the first."""
    text = _head_text(connection)
    head = None if text is None else Head.of(text)
    if head is None:
        raise ValueError("the ledger has lost its head: `reconciler history --verify` says what else")
    by, links, end = signed_in(os.getpid()), [], head
    for kind, what in drafts:
        content = content_of(at, kind, by, **what)
        number, previous = end.count + 1, end.hash
        end = Head(number, seal(previous, number, content))
        links.append((number, at, kind, by, content, previous, end.hash))
    added = (
        'INSERT INTO ledger (number, at, kind, "by", content, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?)'
    )
    raw.ask(connection, added, links if len(links) > 1 else links[0])
    raw.ask(connection, "UPDATE about SET value = ? WHERE key = 'ledger'", (str(end),))
    return head.count + 1


def _entry(row: Sequence[Any]) -> Entry:
    return Entry(int(row[0]), *(str(value) for value in row[1:]))


def _head_text(connection: Connection) -> str | None:
    query = f"SELECT value FROM about{raw.not_by_index(connection)} WHERE key = 'ledger'"  # noqa: S608
    text = raw.ask(connection, query).scalar_one_or_none()
    return None if text is None else str(text)


def _kept(connection: Connection, tables: Iterable[str] = KEPT) -> Iterator[tuple[Place, Row]]:
    for table in tables:
        for row in _rows(connection, table):
            yield (table, id_of(table, row)), row


def _rows(connection: Connection, table: str) -> Iterator[Row]:
    """Rows as the file holds them, not as we would read them: a member that no longer decodes is told too."""
    # Not by an index, which has a copy of the key: what stands in the row itself is what counts.
    query = f'SELECT * FROM "{table}"{raw.not_by_index(connection)}'  # noqa: S608 - our own names
    rows = (as_told(table, row) for row in raw.rows(connection, query))
    yield from sorted(rows, key=lambda row: id_of(table, row))

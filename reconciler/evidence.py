"""The ledger's rows and the tables they tell of in, every ``Flaw`` out: what was altered, lost or slipped in.

Each entry of the ledger holds a row of our state as it stood after one change, and the hash of the entry before
it. So the entries vouch for each other, the last of them for the tables, and the head (kept apart) for the end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.memory import Intent

# The tables the ledger tells of, each with the column that names a row.
KEPT = {
    "intents": "id",
    "used_plans": "plan_id",
    "stops": "scope",
    "suspensions": "tenant_id",
    "handoffs": "id",
}
LEDGER = "ledger"
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger as it is kept. ``content`` is canonical JSON: table, id, and the row, null if gone."""

    number: int
    at: str
    kind: str
    by: str
    content: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries there are, and the hash of the last; "" while there are none."""

    count: int
    hash: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is not as it was recorded. ``what``: altered, missing, extra."""

    table: str
    id: str
    what: str
    member: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything there is to verify: the entries in order, the head, and the rows of each kept table by id."""

    entries: tuple[Entry, ...]
    head: Head | None
    rows: Mapping[str, Mapping[str, Row]]


@dataclass(frozen=True, slots=True)
class Change:
    """One write to a tenant, as the journal tells it; ``by`` is None for one older than the ledger."""

    intent: Intent
    by: str | None
    recorded: tuple[Entry, ...]
    changed_at: datetime


def canonical(value: object) -> str:
    """The one JSON text of a value; what JSON has no form for (a blob a hand put there) is told as text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=repr)


def seal(previous: str, number: int, at: str, kind: str, by: str, content: str) -> str:
    """The hash of an entry: over the hash before it and everything the entry says."""
    said = canonical({"number": number, "at": at, "kind": kind, "by": by, "content": content})
    return hashlib.sha256(f"{previous}\n{said}".encode(errors="surrogatepass")).hexdigest()


def flaws(record: Record) -> tuple[Flaw, ...]:
    """Recompute the chain, then hold the tables against what it says of them; empty where all is as recorded."""
    chain, doubted = _chain_flaws(record)
    return (*chain, *_table_flaws(record, doubted))


def _chain_flaws(record: Record) -> tuple[list[Flaw], frozenset[int]]:
    found: list[Flaw] = []
    doubted = set()
    # Either is right after an altered row: the hash that stands there, or the one it should have.
    before, expected = {""}, 1
    for index, entry in enumerate(record.entries):
        found += [Flaw(LEDGER, str(n), "missing") for n in range(expected, entry.number)]
        skipped = entry.number != expected
        computed = seal(entry.previous, entry.number, entry.at, entry.kind, entry.by, entry.content)
        if computed != entry.hash:
            doubted.add(entry.number)
            found.append(Flaw(LEDGER, str(entry.number), "altered", _member(record, index, before, computed)))
        elif not skipped and entry.previous not in before:
            found.append(Flaw(LEDGER, str(entry.number), "altered", "previous"))
        before, expected = {entry.hash, computed}, max(expected, entry.number) + 1
    return found + _head_flaws(record, before, expected), frozenset(doubted)


def _member(record: Record, index: int, before: set[str], computed: str) -> str:
    """Which member of an altered entry it is, as far as its neighbours can tell."""
    if record.entries[index].previous not in before:
        return "previous"
    follower = record.entries[index + 1].previous if index + 1 < len(record.entries) else None
    vouched = follower if follower is not None else record.head and record.head.hash
    return "hash" if vouched == computed else "content"


def _head_flaws(record: Record, last: set[str], expected: int) -> list[Flaw]:
    head = record.head
    if head is None:
        return [Flaw("about", LEDGER, "missing")]
    lost = [Flaw(LEDGER, str(n), "missing") for n in range(expected, head.count + 1)]
    if lost:
        return lost
    wrong = head.count != expected - 1 or head.hash not in last
    return [Flaw("about", LEDGER, "altered", "value")] if wrong else []


def _table_flaws(record: Record, doubted: frozenset[int]) -> list[Flaw]:
    told: dict[tuple[str, str], Row | None] = {}
    doubtful: set[tuple[str, str]] = set()
    for entry in record.entries:
        said = _said(entry.content)
        if said is None:
            continue
        place, row = said
        told[place] = row
        # What an altered entry says proves nothing, until a sound one says it again.
        (doubtful.add if entry.number in doubted else doubtful.discard)(place)
    there = {(table, id_): row for table, rows in record.rows.items() for id_, row in rows.items()}
    found = []
    for table, id_ in sorted({*told, *there} - doubtful):
        found += _row_flaws(table, id_, told.get((table, id_)), there.get((table, id_)))
    return found


def _row_flaws(table: str, id_: str, told: Row | None, there: Row | None) -> list[Flaw]:
    if told is None:
        return [] if there is None else [Flaw(table, id_, "extra")]
    if there is None:
        return [Flaw(table, id_, "missing")]
    members = sorted({*told, *there})
    return [
        Flaw(table, id_, "altered", member)
        for member in members
        if canonical(told.get(member)) != canonical(there.get(member))
    ]


def told_of(entry: Entry) -> tuple[str, str] | None:
    """The table and the id of the row an entry tells of; None for one that tells of no single row."""
    said = _said(entry.content)
    return said[0] if said else None


def _said(content: str) -> tuple[tuple[str, str], Row | None] | None:
    """What an entry says: of which row, and how it stood; None for an entry that tells of no row."""
    try:
        value = json.loads(content)
    except ValueError:
        return None
    if not isinstance(value, dict) or not {"table", "id", "row"} <= set(value):
        return None
    row = value["row"]
    return (str(value["table"]), str(value["id"])), row if isinstance(row, dict) else None

"""The ledger's entries and the tables they tell of in; what can be proved, and what a tenant's history is, out.

Each entry of the ledger holds a row of our state as it stood after one change, and the hash of the entry before
it. So the entries vouch for each other, the last of them for the tables, and the head (kept apart) for the end.

The law of this folder: nothing here is put right. It says what is there, what was recorded, and where the two part.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

# The tables the ledger tells of, each with the columns that name a row.
KEPT: Mapping[str, tuple[str, ...]] = {
    "intents": ("id",),
    "used_plans": ("plan_id",),
    "stops": ("scope",),
    "suspensions": ("tenant_id",),
    "handoffs": ("id",),
    "tenants": ("id",),
    "aliases": ("key",),
    "bindings": ("tenant_id", "address"),
    "successors": ("tenant_id", "old_id"),
    "runs": ("seq",),
}
# Those every chain tells of. Of the others a chain tells only from the entry on that says so: an older one does not.
FIRST_KEPT = frozenset({"intents", "used_plans", "stops", "suspensions", "handoffs"})
# Members that only count on with each run that ends like the one before it: told, they would be an entry a tenant and
# run, and nobody decides anything by them.
UNTOLD: Mapping[str, frozenset[str]] = {"runs": frozenset({"last_at", "times", "plan_id"})}
LEDGER = "ledger"
# No table: the database file itself, where it is damaged.
FILE = "file"
# What an entry says beside its content, for whoever reads the table by hand: copies of members of it.
COPIES = ("at", "kind", "by")
_TOLD = {"table", "id", "row", *COPIES}
# The member of an entry that says of which tables the chain tells from there on.
KEEPS = "kept"
Row = Mapping[str, object]
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger as it is kept.

    ``content`` is what counts, as canonical JSON: when, what kind of change, by whom, and of which row (table and
    id) how it stood then, null if gone. ``at``, ``kind`` and ``by`` are copies of what it says.
    """

    number: int
    at: str
    kind: str
    by: str
    content: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Telling:
    """What an entry says of one row; ``row`` is None for one that is gone. Values are as the file holds them."""

    number: int
    at: str
    kind: str
    by: str
    table: str
    id: str
    row: Row | None

    @property
    def place(self) -> Place:
        """The table and the id."""
        return self.table, self.id


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries there are, and the hash of the last; "" while there are none."""

    count: int
    hash: str

    @classmethod
    def of(cls, text: str) -> Head | None:
        """Read it as it is kept; None for anything that was not written by ``str``."""
        count, _, hash_ = text.partition(" ")
        head = cls(int(count), hash_) if count.isdecimal() and len(count) < 20 else None
        return head if head and str(head) == text else None

    def __str__(self) -> str:
        return f"{self.count} {self.hash}"


class Wrong(StrEnum):
    """In which way something is not as it was recorded."""

    ALTERED = "altered"
    MISSING = "missing"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is not as it was recorded: which row of which table, and which member of it if that can be told.

    ``id`` of entries that are missing side by side is "5 to 9". For a row of a kept table ``entry`` is the number of
    the entry that last told of it, ``recorded`` what that says of the member, ``found`` what stands there.
    """

    table: str
    id: str
    what: Wrong
    member: str = ""
    entry: int | None = None
    recorded: object = None
    found: object = None


@dataclass(frozen=True, slots=True)
class Record:
    """Everything there is to verify. ``entries`` (by number) and ``rows`` are read once, one after the other.

    ``head`` is the text that is kept, None if it is lost.
    """

    entries: Iterable[Entry]
    head: str | None
    rows: Iterable[tuple[Place, Row]]


def id_of(table: str, row: Row) -> str:
    """The id of a row of a kept table: its key, the parts of it with a slash between them."""
    return "/".join(str(row[name]) for name in KEPT[table])


def as_told(table: str, row: Row) -> Row:
    """A row of a kept table as the ledger tells of it: without what only counts on."""
    untold = UNTOLD.get(table)
    return {name: value for name, value in row.items() if name not in untold} if untold else row


def canonical(value: object) -> str:
    """The one JSON text of a value; bytes, which JSON has no form for, are told as such."""
    return json.dumps(
        value,
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        default=lambda odd: {"bytes": odd.hex()},
    )


def content_of(at: str, kind: str, by: str, **more: object) -> str:
    """The content of an entry; ``more`` is table, id and row, or which tables are told of from then on."""
    return canonical({"at": at, "kind": kind, "by": by, **more})


def seal(previous: str, number: int, content: str) -> str:
    """The hash of an entry: SHA-256 over the hash before it, its number and its content, a line each."""
    return hashlib.sha256(f"{previous}\n{number}\n{content}".encode(errors="surrogatepass")).hexdigest()


def sealed(entry: Entry) -> str:
    """The hash an entry should have by what it says."""
    return seal(entry.previous, entry.number, entry.content)


def said(entry: Entry) -> Mapping[str, object]:
    """The members of an entry's content; empty where it is no longer what we write."""
    try:
        value = json.loads(entry.content)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def keeps(content: Mapping[str, object]) -> frozenset[str]:
    """The tables that an entry says the chain tells of from there on; none for an entry that says nothing of that."""
    names = content.get(KEEPS)
    return frozenset(map(str, names)) if isinstance(names, list) else frozenset()


def told_by(entry: Entry) -> Telling | None:
    """What an entry tells; None for one that tells of no row."""
    return telling_of(entry.number, said(entry))


def telling_of(number: int, content: Mapping[str, object]) -> Telling | None:
    """What the members of an entry's content tell; None where they tell of no row."""
    if not content.keys() >= _TOLD:
        return None
    row = content["row"]
    at, kind, by, table, id_ = (str(content[name]) for name in (*COPIES, "table", "id"))
    return Telling(number, at, kind, by, table, id_, row if isinstance(row, dict) else None)

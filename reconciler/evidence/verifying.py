"""A ``Record`` in, an ``Examination`` of it out: the chain recomputed, and the tables held against what it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.evidence import Flaw, Place, Record, Row, Telling, Wrong, canonical, content_of, seal
from reconciler.evidence.chain import Chain, Doubt, follow


@dataclass(frozen=True, slots=True)
class Examination:
    """What came of verifying: how many entries and rows there are, the hash of the last entry, and each flaw.

    ``expected``: whether the hash that was asked for is in the chain; None if none was.
    """

    entries: int
    rows: int
    head: str
    flaws: tuple[Flaw, ...]
    expected: bool | None = None

    @property
    def sound(self) -> bool:
        """Whether all is as recorded."""
        return not self.flaws and self.expected is not False


def examine(record: Record, expect: str | None = None) -> Examination:
    """Recompute the chain, then hold the tables against what it says of them; ``expect``: a hash noted earlier."""
    chain = follow(record.entries, record.head, expect)
    found: list[Flaw] = []
    untold = dict(chain.told)
    rows = 0
    for place, row in record.rows:
        if place[0] not in chain.kept:
            # The chain is older than the keeping of this table: nothing vouches for it yet.
            continue
        rows += 1
        found += _judged(place, untold.pop(place, None), row, chain)
    for place, telling in untold.items():
        found += _judged(place, telling, None, chain)
    found.sort(key=lambda flaw: (flaw.table, flaw.id, flaw.member))
    return Examination(chain.count, rows, chain.head, (*chain.flaws, *found), chain.expected)


def _judged(place: Place, telling: Telling | None, there: Row | None, chain: Chain) -> list[Flaw]:
    flaws = list(_flaws(place, telling, there))
    number = telling.number if telling else 0
    return [] if flaws and _proved(place, there, number, chain.doubts) else flaws


def _flaws(place: Place, telling: Telling | None, there: Row | None) -> Iterator[Flaw]:
    table, id_ = place
    number = telling.number if telling else None
    told = telling.row if telling else None
    if told is None:
        if there is not None:
            yield Flaw(table, id_, Wrong.EXTRA, entry=number)
        return
    if there is None:
        yield Flaw(table, id_, Wrong.MISSING, entry=number)
        return
    for member in sorted({*told, *there}):
        recorded, found = told.get(member), there.get(member)
        if not _same(recorded, found):
            yield Flaw(table, id_, Wrong.ALTERED, member, number, recorded, found)


def _same(recorded: object, found: object) -> bool:
    """Whether two values are one: 1 and 1.0 are two, and so are a text and bytes that spell it."""
    if type(recorded) is type(found) and isinstance(recorded, str | int | None):
        return recorded == found
    return canonical(recorded) == canonical(found)


def _proved(place: Place, there: Row | None, number: int, doubts: Sequence[Doubt]) -> bool:
    """Whether an altered entry must have told of this row as it stands: the row has the hash the entry had.

    Else the row would be blamed for what was done to the entry.
    """
    table, id_ = place
    for doubt in doubts:
        entry = doubt.entry
        content = content_of(entry.at, entry.kind, entry.by, table=table, id=id_, row=there)
        if entry.number > number and seal(entry.previous, entry.number, content) == doubt.hash:
            return True
    return False

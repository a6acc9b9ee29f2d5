"""The ledger's entries in, what they prove out: a ``Chain``, with a flaw for every entry that is not as written.

Terms. An entry *fits* if its hash is that of what it says. It is *in place* if its number is the next one, or it
fits (a number is part of what the hash covers, so one that fits has its own). It is *sound* if what it says can be
believed; what others say of its hash decides that where it does not fit:

* its hash is right for what it says and for the hash before it: only its ``previous`` was altered, it is sound
* what comes after it names the hash that it should have: only its ``hash`` was altered, it is sound
* neither: its content was altered, and it tells nothing. So was that of one that fits while the entry after it,
  which fits too, names another hash: it was rewritten and sealed anew.

An entry out of place that does not fit has lost its number: it is tried under each number that is missing.
A chain that was rewritten from some entry to the end, head and tables with it, is one chain again. Only a hash
noted elsewhere before (``expect``) finds that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from reconciler.evidence import (
    COPIES,
    FIRST_KEPT,
    LEDGER,
    Entry,
    Flaw,
    Head,
    Place,
    Telling,
    Wrong,
    keeps,
    said,
    seal,
    sealed,
    telling_of,
)

ABOUT = "about"
# Under how many missing numbers a stray entry is tried: it bounds the time, not what is found.
MOST_TRIED = 10_000
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Doubt:
    """An entry whose content proves nothing, and the hash that its true content would have."""

    entry: Entry
    hash: str


@dataclass(frozen=True, slots=True)
class Chain:
    """What came of reading the entries.

    ``told``: the last sound telling of each row. ``kept``: the tables it tells of, by its own word or by what it tells.
    ``expected``: whether the hash that was asked for is in the chain; None if none was.
    """

    count: int
    head: str
    flaws: tuple[Flaw, ...]
    told: Mapping[Place, Telling]
    doubts: tuple[Doubt, ...]
    kept: frozenset[str]
    expected: bool | None


def follow(entries: Iterable[Entry], head: str | None, expect: str | None = None) -> Chain:
    """Read the entries once, in order of their numbers; ``head`` is the text that is kept of their end."""
    walk = _Walk(Head.of(head) if head is not None else None, expect)
    for entry, follower in _pairs(entries):
        walk.take(entry, follower)
    walk.end(head is not None)
    expected = None if expect is None else walk.expected
    flaws = sorted(walk.flaws, key=lambda flaw: (flaw.table != LEDGER, _first(flaw.id), flaw.member))
    kept = walk.kept | {table for table, _ in walk.told}
    return Chain(walk.count, walk.last, tuple(flaws), walk.told, tuple(walk.doubts), kept, expected)


class _Walk:
    """Where the reading stands: the next number, the hashes the entry before may be known by, what was found."""

    def __init__(self, head: Head | None, expect: str | None) -> None:
        self.head, self.expect = head, expect
        self.count, self.last, self.expected = 0, "", False
        self.flaws: list[Flaw] = []
        self.told: dict[Place, Telling] = {}
        self.doubts: list[Doubt] = []
        self.kept = FIRST_KEPT
        self._next = 1
        self._before: frozenset[str] | None = frozenset({""})
        self._closed = head == Head(0, "")
        self._gaps: list[Span] = []
        self._strays: list[Entry] = []

    def take(self, entry: Entry, follower: Entry | None) -> None:
        self.count += 1
        computed = sealed(entry)
        fits = computed == entry.hash
        if fits and (self._closed or entry.number < self._next):
            # It was written by somebody who knows how to seal, but not to be one of ours.
            self.flaws.append(Flaw(LEDGER, str(entry.number), Wrong.EXTRA))
            return
        if not fits and (self._closed or entry.number != self._next):
            self._strays.append(entry)
            return
        if entry.number > self._next:
            self._gaps.append((self._next, entry.number - 1))
            self._before = None
        self._judge(entry, follower, computed)
        self._before, self.last, self._next = frozenset({entry.hash, computed}), entry.hash, entry.number + 1
        self.expected = self.expected or entry.hash == self.expect
        self._closed = (
            self.head is not None and self.head.count == entry.number and self.head.hash in self._before
        )

    def _judge(self, entry: Entry, follower: Entry | None, computed: str) -> None:
        vouched = self._vouched(entry, follower)
        if computed == entry.hash:
            if follower is None or vouched in (None, computed) or sealed(follower) != follower.hash:
                self._believe(entry)
                return
            self._doubt(entry, vouched)
        elif any(seal(before, entry.number, entry.content) == entry.hash for before in self._before or ()):
            self._altered(entry, "previous")
            self._believe(entry)
        elif vouched == computed:
            self._altered(entry, "hash")
            self._believe(entry)
        else:
            self._doubt(entry, entry.hash)

    def _vouched(self, entry: Entry, follower: Entry | None) -> str | None:
        """The hash of an entry by what comes after it, None where nothing does."""
        if follower is not None:
            return follower.previous if follower.number == entry.number + 1 else None
        return self.head.hash if self.head and self.head.count == entry.number else None

    def _believe(self, entry: Entry) -> None:
        content = said(entry)
        for name in COPIES:
            if getattr(entry, name) != content.get(name):
                self._altered(entry, name)
        telling = telling_of(entry.number, content)
        if telling is None:
            self.kept |= keeps(content)
            return
        known = self.told.get(telling.place)
        if known is None or known.number < telling.number:
            self.told[telling.place] = telling

    def _doubt(self, entry: Entry, hash_: str | None) -> None:
        self._altered(entry, "content")
        self.doubts.append(Doubt(entry, hash_ or entry.hash))

    def _altered(self, entry: Entry, member: str) -> None:
        self.flaws.append(Flaw(LEDGER, str(entry.number), Wrong.ALTERED, member))

    # the end

    def end(self, head_is_there: bool) -> None:
        self._hold_against_the_head(head_is_there)
        for doubt in list(self.doubts):
            if number := self._true_number(doubt.entry):
                # What stood under this number is gone, and another entry was put there.
                self.doubts.remove(doubt)
                self.flaws.remove(Flaw(LEDGER, str(doubt.entry.number), Wrong.ALTERED, "content"))
                self._gaps.append((doubt.entry.number, doubt.entry.number))
                self._renumber(doubt.entry, number)
        for stray in self._strays:
            if number := self._true_number(stray):
                self._renumber(stray, number)
            elif any(first <= stray.number <= last for first, last in self._gaps):
                self._gaps = _without(self._gaps, stray.number)
                self._doubt(stray, stray.hash)
            else:
                self.flaws.append(Flaw(LEDGER, str(stray.number), Wrong.EXTRA))
        self.flaws += [Flaw(LEDGER, _named(span), Wrong.MISSING) for span in self._gaps]

    def _hold_against_the_head(self, there: bool) -> None:
        if self.head is None:
            wrong = Wrong.ALTERED if there else Wrong.MISSING
            self.flaws.append(Flaw(ABOUT, LEDGER, wrong, "value" if there else ""))
            return
        last = self._next - 1
        if self.head.count > last and self.head.hash not in (self._before or ()):
            self._gaps.append((last + 1, self.head.count))
        elif self.head.count != last or self.head.hash not in (self._before or ()):
            self.flaws.append(Flaw(ABOUT, LEDGER, Wrong.ALTERED, "value"))

    def _true_number(self, entry: Entry) -> int | None:
        missing = (number for first, last in self._gaps for number in range(first, last + 1))
        tried = islice(missing, MOST_TRIED)
        return next((n for n in tried if seal(entry.previous, n, entry.content) == entry.hash), None)

    def _renumber(self, entry: Entry, number: int) -> None:
        self._gaps = _without(self._gaps, number)
        itself = replace(entry, number=number)
        self._altered(itself, "number")
        self._believe(itself)


def _pairs(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Entry | None]]:
    """Each entry with the one after it."""
    before = None
    for entry in entries:
        if before is not None:
            yield before, entry
        before = entry
    if before is not None:
        yield before, None


def _without(spans: Iterable[Span], number: int) -> list[Span]:
    parts = []
    for first, last in spans:
        if not first <= number <= last:
            parts.append((first, last))
            continue
        parts += [span for span in ((first, number - 1), (number + 1, last)) if span[0] <= span[1]]
    return parts


def _named(span: Span) -> str:
    return str(span[0]) if span[0] == span[1] else f"{span[0]} to {span[1]}"


def _first(id_: str) -> int:
    number = id_.split(" ")[0]
    return int(number) if number.lstrip("-").isdecimal() else 0

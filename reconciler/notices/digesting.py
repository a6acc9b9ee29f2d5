"""What was gathered for a receiver and what stands in, one digest of bounded size out: counts, and some names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.notices import Change, Kind, Notice, OpenMatter, Severity, Word, digest_of_words

MOST_GROUPS = 30
MOST_NAMES = 15
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Entry:
    """One matter of which something is to be told later: what last became of it, and how many times it moved."""

    change: Change
    word: Word
    fleet: str
    tenant: str
    subject: str
    at: datetime
    times: int = 1

    @classmethod
    def of(cls, notice: Notice) -> Entry:
        """Return what is kept of a notice for a digest."""
        matter = notice.matter
        return cls(notice.change, matter.word, matter.fleet, matter.tenant, matter.subject, notice.at)

    def again(self, later: Entry) -> Entry:
        """Return the later one, with the moves of both."""
        return Entry(
            later.change,
            later.word,
            later.fleet,
            later.tenant,
            later.subject,
            later.at,
            self.times + later.times,
        )

    @property
    def name(self) -> str:
        """Whose it is, for people; a source goes by its fleet, and the loop has no name."""
        return (self.tenant or self.fleet)[:LONGEST_NAME]


@dataclass(frozen=True, slots=True)
class Group:
    """Matters of one word that went the same way. ``count``: how many; ``names``: some of those they are of.

    ``more``: how many are not named. ``times``: how many moves there were. ``change`` None: they stand.
    """

    word: Word
    change: Change | None
    count: int
    names: tuple[str, ...]
    more: int
    times: int

    @property
    def severity(self) -> Severity:
        """How much they ask for."""
        return self.word.severity


@dataclass(frozen=True, slots=True)
class Digest:
    """One message for much. ``news`` and ``standing`` are groups, the gravest first; ``left_out``: what is in none."""

    receiver: str
    at: datetime
    since: datetime
    news: tuple[Group, ...]
    standing: tuple[Group, ...]
    left_out: int = 0

    @property
    def id(self) -> str:
        """The same for the same digest, however often it is sent."""
        return digest_of_words("digest", self.receiver, self.at.isoformat())

    @property
    def moves(self) -> int:
        """How many times something moved."""
        return sum(group.times for group in self.news) + self.left_out


def digest_of(
    receiver: str, entries: Sequence[Entry], standing: Iterable[OpenMatter], at: datetime, left_out: int = 0
) -> Digest:
    """Put a digest together. ``standing``: what stands and concerns the receiver; ``left_out``: never gathered."""
    stands = [
        Entry(Change.OPENED, e.word, e.key.fleet, e.key.tenant, e.key.subject, e.opened_at)
        for e in standing
        if e.stands and not e.word.kind.once
    ]
    news, unsaid = _grouped([(e.change, e) for e in entries])
    stand, _ = _grouped([(None, e) for e in stands])
    since = min((entry.at for entry in entries), default=at)
    return Digest(receiver, at, since, news, stand, left_out + unsaid)


def _grouped(entries: Iterable[tuple[Change | None, Entry]]) -> tuple[tuple[Group, ...], int]:
    """Return the groups that are worth their place, and how many moves are in none of them."""
    found: dict[tuple[Word, Change | None], list[Entry]] = defaultdict(list)
    for change, entry in entries:
        found[entry.word, change].append(entry)
    groups = sorted((_group(word, change, of) for (word, change), of in found.items()), key=_rank)
    return tuple(groups[:MOST_GROUPS]), sum(group.times for group in groups[MOST_GROUPS:])


def _group(word: Word, change: Change | None, entries: Sequence[Entry]) -> Group:
    names = sorted({entry.name for entry in entries if entry.name})
    times = sum(entry.times for entry in entries)
    return Group(
        word, change, len(entries), tuple(names[:MOST_NAMES]), max(0, len(names) - MOST_NAMES), times
    )


_KINDS = tuple(Kind)
_CHANGES = (None, *Change)
_SEVERITIES = tuple(Severity)


def _rank(group: Group) -> tuple[int, int, int, int, str]:
    """The gravest first, then what is of most, in an order that does not hang on who came first."""
    grave = -_SEVERITIES.index(group.severity)
    kind, change = _KINDS.index(group.word.kind), _CHANGES.index(group.change)
    return (grave, -group.count, kind, change, group.word.reason)

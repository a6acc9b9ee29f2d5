"""A matter somebody should hear of in, what is remembered and told of it out: the nouns of notices.

The law of this folder: a matter is known by its kind, its fleet, its tenant and what it is about, and by nothing else.
No sentence, number or time is part of that key, so the same thing said in other words is no news. Nothing here sends
anything; what is to be sent is a value, which an outbox keeps and an adapter carries.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How much a matter asks for, the least first: to be read one day, to be seen to, to be woken by."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Kind(StrEnum):
    """What kind of matter it is."""

    # Of a tenant, while it stands so.
    STALLED = "stalled"
    WRITE_FAILED = "write-failed"
    OUTCOME_UNKNOWN = "outcome-unknown"
    FILE_BROKEN = "file-broken"
    UNKNOWN = "unknown"
    HANDOFF = "handoff"
    DRIFT = "drift"
    SERVICE_DRIFT = "service-drift"
    SUSPENDED = "suspended"
    PAUSE_ENDED = "pause-ended"
    # Of a tenant, once.
    SWITCH_STARTED = "switch-started"
    SWITCH_DONE = "switch-done"
    LICENSES_ADDED = "licenses-added"
    # Of a source of tenant files.
    SOURCE_REFUSED = "source-refused"
    SOURCE_UNREADABLE = "source-unreadable"
    FLEET_STOPPED = "fleet-stopped"
    # Of the loop.
    BACKEND_DOWN = "backend-down"
    LOOP_LATE = "loop-late"
    STOP_SET = "stop-set"

    @property
    def once(self) -> bool:
        """Whether it happens and is over, so that it is told once and never recovers."""
        return self in HAPPENINGS

    @property
    def slot(self) -> Kind:
        """The kind it is known by: whatever keeps a tenant from going on is one matter, whose reason may change."""
        return Kind.STALLED if self in STALLS else self

    @property
    def about(self) -> str:
        """What it is a matter of: "tenant", "source" or "loop"."""
        if self in OF_LOOP:
            return "loop"
        return "source" if self in OF_SOURCE else "tenant"


STALLS = frozenset({Kind.STALLED, Kind.WRITE_FAILED, Kind.OUTCOME_UNKNOWN, Kind.FILE_BROKEN})
HAPPENINGS = frozenset({Kind.SWITCH_STARTED, Kind.SWITCH_DONE, Kind.LICENSES_ADDED})
OF_SOURCE = frozenset({Kind.SOURCE_REFUSED, Kind.SOURCE_UNREADABLE, Kind.FLEET_STOPPED})
OF_LOOP = frozenset({Kind.BACKEND_DOWN, Kind.LOOP_LATE, Kind.STOP_SET})

_INFO = HAPPENINGS | {Kind.SUSPENDED}
_CRITICAL = frozenset({Kind.WRITE_FAILED, Kind.OUTCOME_UNKNOWN, Kind.FLEET_STOPPED, Kind.BACKEND_DOWN})
# What the service did by itself: people lose their mail with the first two, and none of them with the last.
_OF_REASON = {
    (Kind.SERVICE_DRIFT, "Expired"): Severity.CRITICAL,
    (Kind.SERVICE_DRIFT, "Suspended"): Severity.CRITICAL,
    (Kind.SERVICE_DRIFT, "Unhealthy"): Severity.INFO,
}

# How long a matter must stand before anybody hears of it: one pass that failed is no reason to wake a person.
LASTS: Mapping[Kind, timedelta] = {
    Kind.UNKNOWN: timedelta(minutes=15),
    Kind.OUTCOME_UNKNOWN: timedelta(minutes=5),
    Kind.SOURCE_UNREADABLE: timedelta(minutes=15),
    Kind.LOOP_LATE: timedelta(minutes=5),
}


class Word(NamedTuple):
    """What a matter is, in the two words that make news when they change. ``reason`` is one word for programs."""

    kind: Kind
    reason: str

    @property
    def severity(self) -> Severity:
        """How much it asks for."""
        usual = Severity.CRITICAL if self.kind in _CRITICAL else Severity.WARNING
        return _OF_REASON.get((self.kind, self.reason), Severity.INFO if self.kind in _INFO else usual)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a matter is known by. ``kind`` is the slot's; ``fleet`` and ``tenant`` are "" where it is of neither."""

    kind: Kind
    fleet: str
    tenant: str
    subject: str

    @property
    def thread(self) -> str:
        """A short name of the same: what is told of one matter is one thread."""
        return digest_of_words("thread", self.kind, self.fleet, self.tenant, self.subject)


@dataclass(frozen=True, slots=True)
class Matter:
    """Something worth hearing of. ``subject``: what of the tenant it is about, an address or an id, or "".

    ``sentence`` and ``remedy`` are for people, may hold numbers, and decide nothing. ``labels`` are the tenant's.
    """

    word: Word
    fleet: str = ""
    tenant: str = ""
    subject: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""
    remedy: str = ""
    commit: str | None = None

    @property
    def key(self) -> Key:
        """What it is known by."""
        return Key(self.word.kind.slot, self.fleet, self.tenant, self.subject)


@dataclass(frozen=True, slots=True)
class Hold:
    """What a look could not judge: matters known by ``kind`` whose subject begins so have neither gone nor stayed."""

    kind: Kind
    begins: str = ""

    def covers(self, key: Key) -> bool:
        """Say whether a matter is one of these."""
        return key.kind is self.kind and key.subject.startswith(self.begins)


@dataclass(frozen=True, slots=True)
class Look:
    """Every matter there is of one tenant, one source or the loops; what is not among them is over, unless held.

    ``fleet`` and ``tenant`` say whose they are: both "" for the loops, ``tenant`` "" for a source.
    """

    fleet: str
    tenant: str
    matters: tuple[Matter, ...]
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """What is remembered of a matter. Times are the machine's clock.

    ``word`` is how it stands, or stood when it was last there; ``since`` when that began, or since when it is gone.
    ``told`` is what people know of it, None if nothing; ``past`` what they were told since it opened, so that who
    heard of it hears its end. ``turns`` are the last times it opened, changed or went.
    """

    key: Key
    word: Word
    stands: bool
    since: datetime
    opened_at: datetime
    told: Word | None = None
    past: tuple[Word, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    turns: tuple[datetime, ...] = ()


class Change(StrEnum):
    """What became of a matter. Withdrawn: nobody looks at it any more, so that it can not be told how it went on."""

    OPENED = "opened"
    CHANGED = "changed"
    RECOVERED = "recovered"
    WITHDRAWN = "withdrawn"
    HAPPENED = "happened"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell. ``before``: what it was until now, where that changed; ``past``: see ``OpenMatter``.

    ``quiet``: it comes and goes, so that it is counted and not told at once.
    """

    change: Change
    matter: Matter
    at: datetime
    opened_at: datetime
    before: Word | None = None
    past: tuple[Word, ...] = ()
    quiet: bool = False

    @property
    def id(self) -> str:
        """The same for the same news, however often it is sent."""
        key, word = self.matter.key, self.matter.word
        return digest_of_words(
            *(key.kind, key.fleet, key.tenant, key.subject, self.change, *word, self.at.isoformat())
        )


def digest_of_words(*words: str) -> str:
    """Return a short name made of words; the same words give the same name anywhere."""
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:32]

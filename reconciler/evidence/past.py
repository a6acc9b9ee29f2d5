"""The ledger's entries in, what happened to a tenant out: its writes, brakes and hand-offs, newest first.

All of it is told from the entries alone, so what is shown and exported is what the chain vouches for.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.evidence import Entry, Place, Row, Telling, told_by
from reconciler.handoff import FOLLOWED
from reconciler.memory import Settled
from reconciler.model import Action, Subscription

# The kind of an entry that tells of a row older than the ledger: when it changed and by whom was not noted then.
FOUND = "found"
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose history: the rows of a tenant, and the words it answers to, case-folded."""

    rows: frozenset[int]
    words: frozenset[str]

    def has(self, table: str, row: Row) -> bool:
        """Say whether a row is this tenant's; the global stop is everybody's."""
        if table == "stops":
            return True
        if table == "handoffs":
            return str(row.get("word")).casefold() in self.words
        return row.get("tenant_id") in self.rows


@dataclass(frozen=True, slots=True)
class Change:
    """One write to a tenant, from its intent to its end; times are our own clock's, UTC.

    ``at`` and ``by``: when it was first recorded, and who ran the tool then (user@host); ``by`` is None for one older
    than the ledger. ``outcome`` is a word of ``Settled``, or "open" while it is not known. ``entries``: every one
    that tells of it.
    """

    id: str
    at: datetime
    by: str | None
    last_at: datetime
    tenant: str
    address: str
    subscription_id: str
    action: Action
    before: Subscription
    after: Subscription
    request_id: str
    commit: str | None
    plan_id: str
    sent: bool
    outcome: str
    seen: bool
    evidence: str
    settled_at: datetime | None
    settled_by: str | None
    entries: tuple[Entry, ...]

    @property
    def number(self) -> int:
        """The number of the first entry that tells of it."""
        return self.entries[0].number


@dataclass(frozen=True, slots=True)
class Brake:
    """A suspension of the tenant or the global stop was set or lifted: ``kind`` is the ledger's word for it.

    What was lifted keeps the reason and the owner it had; ``until`` is None for the global stop.
    """

    kind: str
    at: datetime
    by: str | None
    reason: str
    owner: str
    until: str | None
    # A tenant that has several rows is suspended under each: that is one brake.
    number: int = field(compare=False)

    @property
    def last_at(self) -> datetime:
        """It is over at once."""
        return self.at


@dataclass(frozen=True, slots=True)
class HandedOff:
    """A request to support came to a ``state``: prepared, filed, done or withdrawn. ``request``: what it asks.

    ``ticket_status``: how its ticket was last seen; ``noted``: the states that a note of ours in it tells of.
    """

    id: str
    at: datetime
    by: str | None
    request: str
    state: str
    address: str
    subscription_id: str | None
    before: Subscription | None
    after: Subscription | None
    commit: str | None
    ticket: str | None
    why: str
    number: int
    ticket_status: str | None = None
    noted: tuple[str, ...] = ()

    @property
    def last_at(self) -> datetime:
        """It is over at once."""
        return self.at


Event = Change | Brake | HandedOff
Told = tuple[Entry, Telling]


def past(entries: Iterable[Entry], whose: Whose | None) -> tuple[Event, ...]:
    """Return what the entries tell of a tenant, of all of them without ``whose``; newest first.

    An entry that can not be read tells nothing here: verifying names it. Raises ValueError where one reads as an entry
    of ours and does not say what such an entry says.
    """
    told: dict[Place, list[Told]] = defaultdict(list)
    for entry in entries:
        telling = told_by(entry)
        if telling is None or telling.table not in _READ:
            continue
        # What is gone says no more whose it was; what was told of it before does.
        row = telling.row
        if telling.place in told or whose is None or (row is not None and whose.has(telling.table, row)):
            told[telling.place].append((entry, telling))
    found = [event for (table, _), tellings in told.items() for event in _READ[table](tellings)]
    return tuple(sorted(dict.fromkeys(found), key=lambda event: (event.at, event.number), reverse=True))


def _change(told: Sequence[Told]) -> list[Event]:
    first, last = told[0][1], told[-1][1]
    row = last.row
    if row is None:
        return []
    settling = next((t for _, t in reversed(told) if t.kind == "settled"), None)
    settled = _maybe(row, "settled")
    return [
        Change(
            id=last.id,
            at=_began(first),
            by=_by(first),
            last_at=_began(last),
            tenant=_text(row, "tenant"),
            address=_text(row, "address"),
            subscription_id=_text(row, "subscription_id"),
            action=Action(_text(row, "action")),
            before=Subscription(_text(row, "before_plan"), _count(row.get("before_licenses"))),
            after=Subscription(_text(row, "after_plan"), _count(row.get("after_licenses"))),
            request_id=_text(row, "request_id"),
            commit=_maybe(row, "commit"),
            plan_id=_text(row, "plan_id"),
            sent=_maybe(row, "sent_at") is not None,
            outcome=OPEN if settled is None else str(Settled(settled)),
            seen=bool(row.get("seen")),
            evidence=_text(row, "evidence"),
            settled_at=_began(settling) if settling else None,
            settled_by=_by(settling) if settling else None,
            entries=tuple(entry for entry, _ in told),
        )
    ]


def _brakes(told: Sequence[Told]) -> list[Event]:
    found: list[Event] = []
    standing: Row | None = None
    for _, telling in told:
        row = telling.row if telling.row is not None else standing
        standing = telling.row
        if row is None:
            continue
        kind = telling.kind
        if kind == FOUND:
            kind = "stop-set" if telling.table == "stops" else "suspended"
        reason, owner, until = _text(row, "reason"), _text(row, "owner"), _maybe(row, "until")
        found.append(Brake(kind, _began(telling), _by(telling), reason, owner, until, telling.number))
    return found


def _handoffs(told: Sequence[Told]) -> list[Event]:
    """What each entry says anew: one that tells of another look alone, and shows the same, is no event."""
    found: list[Event] = []
    before: HandedOff | None = None
    for _, telling in told:
        if telling.row is None:
            continue
        now = _handed_off(telling, telling.row)
        if before is None or replace(now, at=before.at, by=before.by, number=before.number) != before:
            found.append(now)
        before = now
    return found


def _handed_off(telling: Telling, row: Row) -> HandedOff:
    status, noted = _ticket(row)
    return HandedOff(
        id=telling.id,
        at=_began(telling),
        by=_by(telling),
        request=_text(row, "kind"),
        state=_text(row, "state"),
        address=_text(row, "address"),
        subscription_id=_maybe(row, "subscription_id"),
        before=_subscription(row, "before"),
        after=_subscription(row, "after"),
        commit=_maybe(row, "commit"),
        ticket=_maybe(row, "ticket"),
        why=_text(row, "why"),
        number=telling.number,
        ticket_status=status,
        noted=noted,
    )


def _ticket(row: Row) -> tuple[str | None, tuple[str, ...]]:
    """How the ticket was last seen, if the one it has now ever was, and which notes of ours are in it."""
    kept = _object(row, "facts").get(FOLLOWED)
    if not isinstance(kept, dict) or row.get("ticket") is None or kept.get("ticket") != row.get("ticket"):
        return None, ()
    noted = kept.get("noted")
    return _maybe(kept, "status"), tuple(sorted(noted)) if isinstance(noted, dict) else ()


_READ: dict[str, Callable[[Sequence[Told]], list[Event]]] = {
    "intents": _change,
    "suspensions": _brakes,
    "stops": _brakes,
    "handoffs": _handoffs,
}
# Where a row that is older than the ledger says itself when it was last changed.
OWN_TIME = {
    "intents": "changed_at",
    "used_plans": "at",
    "stops": "at",
    "suspensions": "at",
    "handoffs": "opened_at",
}


def _began(telling: Telling) -> datetime:
    row = telling.row
    old = telling.kind == FOUND and row is not None
    text = _text(row, OWN_TIME[telling.table]) if row is not None and old else telling.at
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"a time without a time zone: {text}")
    return at


def _by(telling: Telling) -> str | None:
    return None if telling.kind == FOUND else telling.by


def _text(row: Row, member: str) -> str:
    value = row.get(member)
    if not isinstance(value, str):
        raise ValueError(f"the ledger tells of a row without {member}")
    return value


def _maybe(row: Row, member: str) -> str | None:
    return None if row.get(member) is None else _text(row, member)


def _count(value: object) -> int | None:
    if value is not None and not isinstance(value, int):
        raise ValueError(f"the ledger tells of {value!r} licences")
    return value


def _subscription(row: Row, member: str) -> Subscription | None:
    kept = _object(row, member)
    if not kept:
        return None
    return Subscription(_text(kept, "plan"), _count(kept.get("licenses")))


def _object(row: Row, member: str) -> dict[str, object]:
    text = _maybe(row, member)
    kept = json.loads(text) if text else None
    return kept if isinstance(kept, dict) else {}

"""What is remembered and a look in, what to tell and what to remember out.

A matter turns when it opens, changes its word, or goes. A turn is told once, when it has lasted as long as its kind
asks for. One that turns again and again is damped: its turns are quiet, which is only counted, until it has kept still
for ``STILL``; then people are told how it stands, if that is not what they know. So whoever listens ends up knowing
how things are, and hears of one matter at most ``MANY`` times in any ``STILL``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.notices import LASTS, Change, Key, Kind, Look, Matter, Notice, OpenMatter, Word

MANY = 5
WINDOW = timedelta(hours=6)
STILL = timedelta(hours=1)
# A happening is remembered so long after it was last shown: whoever shows it again does not make it news.
KEPT = timedelta(days=30)

Open = Mapping[Key, OpenMatter]


@dataclass(frozen=True, slots=True)
class Changes:
    """What to tell, in order of key, and what to remember from now on."""

    notices: tuple[Notice, ...]
    open: Open


def changes(before: Open, look: Look, at: datetime, hushed: Collection[Kind] = ()) -> Changes:
    """Compare a look with what is remembered of the same tenant, source or loops.

    ``hushed``: kinds that are not opened for anybody now, since something else that stands tells them (``hushes``).
    """
    there = {matter.key: matter for matter in reversed(look.matters)}
    told: list[Notice] = []
    after: dict[Key, OpenMatter] = {}
    for key in sorted({*before, *there}):
        held = any(hold.covers(key) for hold in look.holds)
        known, turned = _turned(_dated(before.get(key), at), there.get(key), held, at)
        notice = _notice(known, there.get(key), turned, at, hushed)
        if notice:
            told.append(notice)
            known = known if notice.quiet else _told(known, notice)
        if _worth_remembering(known, at):
            after[key] = known
    return Changes(tuple(told), after)


def withdrawn(before: Open, at: datetime) -> tuple[Notice, ...]:
    """Return what to tell when nobody looks any more, as of a tenant that no file declares; nothing is remembered."""
    return tuple(
        Notice(Change.WITHDRAWN, _as_told(entry, entry.told), at, entry.opened_at, past=entry.past)
        for _, entry in sorted(before.items())
        if entry.told and not entry.word.kind.once
    )


def hushes(of_loop: Open) -> frozenset[Kind]:
    """Return the kinds of matter that those of the loop explain: say the cause, not its five hundred shadows."""
    down = any(entry.stands and entry.word.kind is Kind.BACKEND_DOWN for entry in of_loop.values())
    return frozenset({Kind.UNKNOWN}) if down else frozenset()


def _dated(entry: OpenMatter | None, at: datetime) -> OpenMatter | None:
    """Bring what a clock that was ahead has left there back to now, or nothing would be ripe for as long."""
    if entry is None or max(entry.since, entry.opened_at) <= at:
        return entry
    return replace(entry, since=min(entry.since, at), opened_at=min(entry.opened_at, at))


def _turned(
    before: OpenMatter | None, matter: Matter | None, held: bool, at: datetime
) -> tuple[OpenMatter, bool]:
    """Return how the matter stands after this look, and whether it turned."""
    if before is None:
        assert matter is not None
        return OpenMatter(matter.key, matter.word, True, at, at, labels=matter.labels, turns=(at,)), True
    if matter is None:
        if held or not before.stands:
            return before, False
        gone = replace(before, stands=False, since=at, turns=_with(before.turns, at))
        return gone, not before.word.kind.once
    if before.word.kind.once or (before.stands and before.word == matter.word):
        return replace(before, stands=True), False
    opened_at = before.opened_at if before.stands else at
    now = replace(before, word=matter.word, stands=True, since=at, opened_at=opened_at)
    return replace(now, labels=matter.labels, turns=_with(before.turns, at)), True


def _notice(
    now: OpenMatter, matter: Matter | None, turned: bool, at: datetime, hushed: Collection[Kind]
) -> Notice | None:
    word = now.word if now.stands else None
    seen = matter or _as_told(now, now.told or now.word)
    if now.word.kind.once:
        return Notice(Change.HAPPENED, seen, at, at) if now.told is None and now.stands else None
    if _restless(now.turns, at):
        change = Change.RECOVERED if word is None else Change.OPENED
        return Notice(change, seen, at, now.opened_at, past=now.past, quiet=True) if turned else None
    if word == now.told:
        return None
    if word is None:
        return Notice(Change.RECOVERED, seen, at, now.opened_at, past=now.past)
    if now.told is not None:
        return Notice(Change.CHANGED, seen, at, now.opened_at, before=now.told, past=now.past)
    ripe = at - now.opened_at >= LASTS.get(word.kind, timedelta()) and word.kind not in hushed
    return Notice(Change.OPENED, seen, at, now.opened_at) if ripe else None


def _told(entry: OpenMatter, notice: Notice) -> OpenMatter:
    if notice.change is Change.RECOVERED:
        return replace(entry, told=None, past=())
    past = dict.fromkeys((*entry.past, notice.matter.word))
    return replace(entry, told=notice.matter.word, past=tuple(past)[-MANY:])


def _as_told(entry: OpenMatter, word: Word) -> Matter:
    """The matter of which nothing is there to be seen any more."""
    key = entry.key
    return Matter(word, key.fleet, key.tenant, key.subject, entry.labels)


def _restless(turns: tuple[datetime, ...], at: datetime) -> bool:
    lately = _lately(turns, at)
    return len(lately) >= MANY and at - max(lately) < STILL


def _lately(turns: tuple[datetime, ...], at: datetime) -> list[datetime]:
    # A clock that was set back must not make a turn of its future count for years.
    return [turn for turn in turns if timedelta() <= at - turn < WINDOW]


def _with(turns: tuple[datetime, ...], at: datetime) -> tuple[datetime, ...]:
    return (*turns, at)[-MANY:]


def _worth_remembering(entry: OpenMatter, at: datetime) -> bool:
    if entry.stands or (entry.told is not None and not entry.word.kind.once):
        return True
    return at - entry.since < KEPT if entry.word.kind.once else bool(_lately(entry.turns, at))

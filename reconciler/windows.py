"""Declared change windows in, whether a moment is inside them and when they next open out.

A window is read off the clock on the wall of its zone. So an hour that daylight saving skips opens nothing, an
hour it repeats is open twice, and ``Sat 22:00-04:00`` ends when that clock shows 04:00 on Sunday. Deny wins over
allow; where nothing is allowed in so many words, everything is that no deny window takes away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Two zones change their clocks on different days, so a hole between two windows may come once a year only.
FARTHEST = timedelta(days=400)
_DAY = timedelta(days=1)
_MIDNIGHT = 24 * 60
_WEEKLY = re.compile(r"([A-Za-z,-]+) +([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})", re.ASCII)
_DATES = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:\.\.([0-9]{4}-[0-9]{2}-[0-9]{2}))?", re.ASCII)
# What a machine calls its own zone ("localtime") is no zone that two machines agree on.
_ZONE = re.compile(r"[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*", re.ASCII)


class Kind(StrEnum):
    """What a window does; deny wins."""

    ALLOW = "allow"
    DENY = "deny"


class NotAWindow(ValueError):
    """A window that can not be read. ``member`` says which word of it, ``key`` which sentence tells why."""

    def __init__(self, member: str, key: str) -> None:
        self.member, self.key = member, key
        super().__init__(f"{member}: {key}")


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of some days of the week, or all of the days ``first`` to ``last``. Minutes count from midnight.

    ``end`` not above ``start`` means the next day; ``first`` None means that days and hours hold.
    """

    kind: Kind
    zone: ZoneInfo
    days: frozenset[int] = frozenset()
    start: int = 0
    end: int = 0
    first: date | None = None
    last: date | None = None

    def holds(self, at: datetime) -> bool:
        """Say whether the clock on the wall of its zone is inside the window."""
        wall = at.astimezone(self.zone)
        if self.first and self.last:
            return self.first <= wall.date() <= self.last
        minute, day = wall.hour * 60 + wall.minute, wall.weekday()
        if self.start < self.end:
            return day in self.days and self.start <= minute < self.end
        return (day in self.days and minute >= self.start) or (
            (day - 1) % 7 in self.days and minute < self.end
        )


def parse(declared: Mapping[str, object]) -> Window:
    """Read one entry of ``windows``. Raises NotAWindow for one that means nothing, or two things."""
    kind = Kind.DENY if Kind.DENY in declared else Kind.ALLOW
    return _parsed(kind, str(declared.get(kind, "")), str(declared.get("timezone", "")))


def open_at(windows: Sequence[Window], at: datetime) -> bool:
    """Say whether writing is allowed at ``at`` (aware)."""
    if any(w.kind is Kind.DENY and w.holds(at) for w in windows):
        return False
    allows = [w for w in windows if w.kind is Kind.ALLOW]
    return not allows or any(w.holds(at) for w in allows)


def next_opening(windows: Sequence[Window], at: datetime) -> datetime | None:
    """Return the first open moment from ``at`` on, in UTC; None if there is none in more than a year.

    A quiet period is passed over as a whole, so the year begins where the last of them ends.
    """
    at = at.astimezone(UTC)
    if open_at(windows, at):
        return at
    day, until = at, at + FARTHEST
    while day <= until:
        if ended := _end_of_quiet(windows, day):
            day, until = ended, ended + FARTHEST
            if open_at(windows, day):
                return day
        found = next((c for c in _candidates(windows, day) if c >= at and open_at(windows, c)), None)
        if found:
            return found
        day += _DAY
    return None


def opened_by(windows: Sequence[Window], at: datetime) -> ZoneInfo:
    """Return the zone people will think of at ``at``: that of the window that allows it, else of the first one."""
    return next((w.zone for w in windows if w.kind is Kind.ALLOW and w.holds(at)), windows[0].zone)


@lru_cache(maxsize=4096)
def _parsed(kind: Kind, text: str, zone_name: str) -> Window:
    zone = _zone(zone_name)
    weekly = _WEEKLY.fullmatch(text)
    if weekly:
        start, end = (int(weekly[i]) * 60 + int(weekly[i + 1]) for i in (2, 4))
        if int(weekly[3]) > 59 or int(weekly[5]) > 59 or start >= _MIDNIGHT or end > _MIDNIGHT:
            raise NotAWindow(kind, "hours")
        if start == end:
            raise NotAWindow(kind, "no-time")
        return Window(kind, zone, _days(kind, weekly[1]), start, end)
    dates = _DATES.fullmatch(text)
    if dates is None:
        raise NotAWindow(kind, "form")
    if kind is Kind.ALLOW:
        raise NotAWindow(kind, "dates-allowed")
    try:
        first, last = date.fromisoformat(dates[1]), date.fromisoformat(dates[2] or dates[1])
    except ValueError as error:
        raise NotAWindow(kind, "no-date") from error
    if last < first:
        raise NotAWindow(kind, "backwards")
    return Window(kind, zone, first=first, last=last)


def _zone(name: str) -> ZoneInfo:
    if not _ZONE.fullmatch(name):
        raise NotAWindow("timezone", "zone")
    # Loaded for whoever has windows: most fleets have none.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise NotAWindow("timezone", "zone") from error


def _days(kind: Kind, text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        ends = (first, last) if dash else (first, first)
        if not set(ends) <= set(DAYS):
            raise NotAWindow(kind, "days")
        start, stop = (DAYS.index(word) for word in ends)
        days.update((start + step) % 7 for step in range((stop - start) % 7 + 1))
    return frozenset(days)


def _end_of_quiet(windows: Sequence[Window], at: datetime) -> datetime | None:
    """Where a quiet period holds at ``at``: when the last that does is over."""
    over = [_instant(w.last + _DAY, 0, w.zone, 0) for w in windows if w.last and w.holds(at)]
    return max(over, default=None)


def _candidates(windows: Sequence[Window], at: datetime) -> list[datetime]:
    """Every moment of the day after ``at`` at which something may open, in order."""
    found = {moment for w in windows for moment in (*_edges(w, at), *_shifts(w.zone, at))}
    return sorted(moment for moment in found if at <= moment <= at + _DAY)


def _edges(window: Window, at: datetime) -> Iterator[datetime]:
    """The times at which its wall shows one of its ends, on the days around ``at``; a repeated hour shows it twice."""
    around = at.astimezone(window.zone).date()
    minutes = {0} if window.first else {window.start, window.end % _MIDNIGHT}
    for shift in range(-1, 3):
        for minute in minutes:
            yield from (_instant(around + shift * _DAY, minute, window.zone, fold) for fold in (0, 1))


def _shifts(zone: ZoneInfo, at: datetime) -> Iterator[datetime]:
    """The moment in the day after ``at`` at which the zone's clocks are changed: they jump past the ends of windows."""
    low, high = at, at + _DAY
    before = low.astimezone(zone).utcoffset()
    if before == high.astimezone(zone).utcoffset():
        return
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        middle = middle if middle > low else low + timedelta(seconds=1)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    yield high.replace(microsecond=0)


def _instant(day: date, minute: int, zone: ZoneInfo, fold: int) -> datetime:
    wall = datetime.combine(day, time(minute // 60, minute % 60, fold=fold), tzinfo=zone)
    return wall.astimezone(UTC)

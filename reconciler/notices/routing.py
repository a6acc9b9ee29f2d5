"""A notice and the routes in, who hears of it and how soon out.

Every route that takes a notice counts, and who is named by several hears of it the soonest way. What no route takes
goes by the default ones, which are those that ask for nothing. Too much at once becomes a digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from reconciler.notices import Kind, Notice, OpenMatter, Severity, Word

# When a day's digest, and a week's on its first day, is put together (UTC): before people come to work.
MORNING = 6
SOON = timedelta(minutes=10)


class Pace(StrEnum):
    """How soon a receiver hears of something, the soonest first. ``SOON`` is for what was too much at once."""

    AT_ONCE = "none"
    SOON = "soon"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"

    @property
    def rank(self) -> int:
        """Its place in that order."""
        return list(Pace).index(self)

    def due(self, at: datetime) -> datetime:
        """Return when the digest is due of what is gathered at ``at``."""
        now = at.astimezone(UTC)
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self is Pace.AT_ONCE:
            return now
        if self is Pace.SOON:
            return now + SOON
        if self is Pace.HOURLY:
            return hour + timedelta(hours=1)
        morning = hour.replace(hour=MORNING)
        day = morning if morning > now else morning + timedelta(days=1)
        return day if self is Pace.DAILY else day + timedelta(days=-day.weekday() % 7)


@dataclass(frozen=True, slots=True)
class Route:
    """Who hears of what. An empty member asks for nothing; ``labels`` are those a tenant must have, all of them."""

    receivers: tuple[str, ...]
    kinds: frozenset[Kind] = frozenset()
    severities: frozenset[Severity] = frozenset()
    labels: Mapping[str, str] = field(default_factory=dict)
    pace: Pace = Pace.AT_ONCE

    @property
    def default(self) -> bool:
        """Whether it is for what no other route takes."""
        return not (self.kinds or self.severities or self.labels)

    def takes(self, words: Iterable[Word], labels: Mapping[str, str]) -> bool:
        """Say whether it is for a matter that is, or was for somebody to hear, one of these."""
        if any(labels.get(name) != value for name, value in self.labels.items()):
            return False
        return any(
            (not self.kinds or word.kind in self.kinds)
            and (not self.severities or word.severity in self.severities)
            for word in words
        )


@dataclass(frozen=True, slots=True)
class Crowd:
    """What is on its way to a receiver: how many messages wait, and how many came in the last minutes (``SOON``)."""

    waiting: int = 0
    lately: int = 0


# More than this at once is read by nobody. What is critical is let through longer.
MOST_WAITING = 100
MOST_LATELY = {Severity.INFO: 20, Severity.WARNING: 20, Severity.CRITICAL: 60}


def routed(notice: Notice, routes: Sequence[Route]) -> Mapping[str, Pace]:
    """Return who hears of a notice, by name, and how soon."""
    words = (notice.matter.word, *((notice.before,) if notice.before else ()), *notice.past)
    ways = _ways(words, notice.matter.labels, routes)
    if not notice.quiet:
        return ways
    return {name: Pace.DAILY if pace is Pace.AT_ONCE else pace for name, pace in ways.items()}


def concerns(receiver: str, entry: OpenMatter, routes: Sequence[Route]) -> bool:
    """Say whether a receiver may know of a matter that stands."""
    return receiver in _ways((entry.word, *entry.past), entry.labels, routes)


def paced(pace: Pace, severity: Severity, crowd: Crowd) -> Pace:
    """Return how soon one more message is to be heard of, with so many on their way already."""
    crowded = crowd.waiting >= MOST_WAITING or crowd.lately >= MOST_LATELY[severity]
    return Pace.SOON if pace is Pace.AT_ONCE and crowded else pace


def _ways(words: Sequence[Word], labels: Mapping[str, str], routes: Sequence[Route]) -> dict[str, Pace]:
    taken = [route for route in routes if not route.default and route.takes(words, labels)]
    ways: dict[str, Pace] = {}
    for route in taken or [route for route in routes if route.default]:
        for name in route.receivers:
            ways[name] = min(ways.get(name, route.pace), route.pace, key=lambda pace: pace.rank)
    return dict(sorted(ways.items()))

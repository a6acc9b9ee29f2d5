"""How a step ended, as a value: one of seven words, a sentence, and the request id where something was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Ending(StrEnum):
    """How a step ended; each difference ends as exactly one of these."""

    DONE = "done"
    STARTED = "started"
    WAITING = "waiting"
    BLOCKED = "blocked"
    HANDED_OFF = "handed-off"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A step's end and its sentence; ``request_id`` is set where something was sent.

    ``unknown`` with a request id: a write may have been taken. Without one: a fact was not known, nothing was sent.
    ``later``: it may be tried again without anybody's say, after the time the service asked for (zero: none).
    """

    ending: Ending
    message: str
    request_id: str | None = None
    later: timedelta | None = None

    @property
    def went_wrong(self) -> bool:
        """A write failed, or may have been taken and does not show."""
        return self.ending is Ending.FAILED or (self.ending is Ending.UNKNOWN and self.request_id is not None)

    @property
    def held(self) -> bool:
        """Nothing was sent, and something holds it."""
        return self.ending in _HELD or (self.ending is Ending.UNKNOWN and self.request_id is None)


_HELD = frozenset({Ending.BLOCKED, Ending.HANDED_OFF, Ending.WAITING})

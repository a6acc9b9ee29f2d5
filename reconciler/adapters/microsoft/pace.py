"""Requests that want a turn in, a turn in time or none out: one budget a minute, and one wait for all after a 429.

The budget is a bucket of tokens, kept as one moment: that at which it would be full again. A tenth of a minute's budget
may go out at once, and the rest trickles so that no minute, wherever it begins, holds more than the budget.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

MINUTE = 60.0
# A service that asks for more is asked again after this: a nonsense header must not silence a loop for good.
LONGEST_HOLD = 3600.0


class Pace:
    """What all requests to one service keep to; safe to share between threads. Seconds everywhere."""

    def __init__(
        self,
        calls_per_minute: int | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """``calls_per_minute`` None: no budget, only the waits that the service asks for."""
        if calls_per_minute is not None and calls_per_minute < 1:
            raise ValueError("a budget is at least one call in a minute")
        self.calls_per_minute = calls_per_minute
        self._clock, self._sleep = clock, sleep
        at_once = max(1, (calls_per_minute or 1) // 10)
        # With one call each `between` and `at_once - 1` ahead of that, a minute holds the budget at most.
        self._between = MINUTE / (calls_per_minute - at_once + 1) if calls_per_minute else 0.0
        self._ahead = (at_once - 1) * self._between
        self._lock, self._taken = threading.Lock(), 0
        self._full = self._not_before = clock()

    def take(self, within: float, held: float = math.inf) -> bool:
        """Wait for a turn and return True; False, at once, where none comes ``within`` that many seconds.

        ``held``: how many of them may be what the service asked to wait.
        """
        end = self._clock() + within
        wait = self._held(min(end, self._clock() + held))
        if wait is not None:
            wait = self._turn(end)
        while wait is not None:
            if wait > 0:
                self._sleep(wait)
            # While this one slept, another may have been told to wait.
            wait = self._held(min(end, self._clock() + held))
            if wait == 0:
                return True
        return False

    def press(self, within: float) -> bool:
        """Go ahead of all who wait for a turn, and return True; False where the service asked to wait for longer.

        Only what the service asked for is waited for. It counts: the others come later for it.
        """
        end = self._clock() + within
        while wait := self._held(end):
            self._sleep(wait)
        if wait is None:
            return False
        with self._lock:
            self._full = max(self._full, self._clock()) + self._between
            self._taken += 1
        return True

    def hold(self, seconds: float) -> None:
        """Let nothing go out for so long; the longest such wait holds. Afterwards requests trickle, with no burst."""
        with self._lock:
            until = self._clock() + min(max(seconds, 0.0), LONGEST_HOLD)
            self._not_before = max(self._not_before, until)
            self._full = max(self._full, self._not_before + self._ahead)

    def drained(self) -> int:
        """Return how many turns were given since this was last asked: a budget over many processes is charged so."""
        with self._lock:
            taken, self._taken = self._taken, 0
        return taken

    def waiting(self) -> float:
        """Return for how long nothing goes out because the service asked for that; 0 where it did not."""
        with self._lock:
            return max(0.0, self._not_before - self._clock())

    def _turn(self, end: float) -> float | None:
        """Reserve the next turn and return how long it is till then; None, and nothing reserved, where too long."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._not_before, self._full - self._ahead)
            if turn > end:
                return None
            self._full = max(self._full, turn) + self._between
            self._taken += 1
            return turn - now

    def _held(self, end: float) -> float | None:
        with self._lock:
            wait = max(0.0, self._not_before - self._clock())
            return wait if not wait or self._not_before <= end else None


class Pressing:
    """The same budget for calls that rest on one another: a look that waited for its turn would be too old to write on.

    They are few, and each counts.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    @property
    def calls_per_minute(self) -> int | None:
        """The budget, None where there is none."""
        return self._pace.calls_per_minute

    def take(self, within: float, held: float = math.inf) -> bool:
        """Go ahead of the others; False where the service asked to wait for longer than ``within`` or ``held``."""
        return self._pace.press(min(within, held))

    def hold(self, seconds: float) -> None:
        """Let nothing go out for so long, whoever asks."""
        self._pace.hold(seconds)

    def waiting(self) -> float:
        """Return for how long nothing goes out because the service asked for that."""
        return self._pace.waiting()

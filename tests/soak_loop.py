"""A loop that is killed at a line of its own choosing: ``python tests/soak_loop.py POINT NUMBER run ...``.

It is the tool itself, but for this: when it comes to POINT for the NUMBER-th time, it ends by SIGKILL.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any

from reconciler.adapters.simulator.backend import Reader, Writer
from reconciler.adapters.store import LoopStore
from reconciler.adapters.store.journal import StoredJournal
from reconciler.cli import main

# Each point: the methods after which it is reached, or before which, in the order of a pass.
AFTER: dict[str, tuple[tuple[type, str], ...]] = {
    "claimed": ((LoopStore, "claim"),),
    "looked": ((Reader, "observe_all"),),
    "intended": ((StoredJournal, "intend"),),
    "sent": ((StoredJournal, "sent"),),
    "called": ((Writer, "switch"), (Writer, "raise_licenses")),
    "settled": ((StoredJournal, "settle"),),
    "kept": ((LoopStore, "keep"),),
}
BEFORE: dict[str, tuple[tuple[type, str], ...]] = {"keeping": ((LoopStore, "keep"),)}
POINTS = (*AFTER, *BEFORE)


class Death:
    """Comes at the ``number``-th call."""

    def __init__(self, number: int) -> None:
        self._left, self._lock = number, Lock()

    def nears(self) -> None:
        with self._lock:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)


def arrange(point: str, death: Death) -> None:
    """Have ``death`` near each time the point is reached."""
    for place, name in AFTER.get(point, ()):
        setattr(place, name, _followed(getattr(place, name), death))
    for place, name in BEFORE.get(point, ()):
        setattr(place, name, _preceded(getattr(place, name), death))


def _followed(real: Callable[..., Any], death: Death) -> Callable[..., Any]:
    @wraps(real)
    def method(*words: Any, **named: Any) -> Any:
        answer = real(*words, **named)
        # A look for turns that finds none has reached nothing.
        if answer != ():
            death.nears()
        return answer

    return method


def _preceded(real: Callable[..., Any], death: Death) -> Callable[..., Any]:
    @wraps(real)
    def method(*words: Any, **named: Any) -> Any:
        death.nears()
        return real(*words, **named)

    return method


if __name__ == "__main__":
    arrange(sys.argv[1], Death(int(sys.argv[2])))
    main(sys.argv[3:])

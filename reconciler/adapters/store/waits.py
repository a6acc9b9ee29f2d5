"""What is asked of a server in, since when the longest unanswered of it has waited out; any thread may ask."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Waits:
    """Notes who waits for a server. Each way to it may be cut by itself: an answer on one tells of no other."""

    def __init__(self) -> None:
        self._begun: dict[object, float] = {}

    @contextmanager
    def one(self) -> Iterator[None]:
        """Note that somebody waits while the block runs."""
        key = object()
        self._begun[key] = time.monotonic()
        try:
            yield
        finally:
            del self._begun[key]

    @property
    def since(self) -> float | None:
        """When the one that has waited for longest began, by the monotonic clock; None while nobody waits."""
        return min(tuple(self._begun.values()), default=None)

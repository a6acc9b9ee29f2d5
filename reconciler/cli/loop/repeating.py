"""A piece of work and a length in, the work done again and again from a thread of its own, while a block runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeating(work: Callable[[], None], every: float, name: str) -> Iterator[None]:
    """Do ``work`` each ``every`` seconds until the block ends; work that is under way then is waited for.

    ``work`` must not raise: its thread would end, and nobody would hear of it.
    """
    ended = threading.Event()

    def again() -> None:
        while not ended.wait(every):
            work()

    thread = threading.Thread(target=again, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()

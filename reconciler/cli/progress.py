"""How far a long piece of work is, on stderr: a live line on a terminal (rich), a heartbeat elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from rich.status import Status

T = TypeVar("T")

QUIET_FOR = 1.0
HEARTBEAT = 15.0


class Progress:
    """One line that says what is being done now. Quick work shows nothing; nothing of it reaches stdout."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self._status: Status | None = None

    def __call__(self, text: str) -> None:
        """Show ``text``, in place of the last one on a terminal, and not too often elsewhere."""
        moment = time.monotonic()
        if moment - self._began < QUIET_FOR:
            return
        # Nothing that is under way may stop because how far it is can not be shown.
        with suppress(OSError):
            if sys.stderr is not None and sys.stderr.isatty():
                self._show(text)
            elif moment - self._last >= HEARTBEAT:
                self._last = moment
                click.echo(text, err=True)

    def _show(self, text: str) -> None:
        from rich.markup import escape

        if self._status is None:
            # Imported only here: most commands are done before there is anything to show.
            from rich.console import Console

            self._status = Console(stderr=True).status(escape(text))
            self._status.start()
        self._status.update(escape(text))

    def close(self) -> None:
        """Take the line away."""
        if self._status is not None:
            self._status.stop()


@contextmanager
def progress() -> Iterator[Progress]:
    """Show progress for the length of the context."""
    shown = Progress()
    try:
        yield shown
    finally:
        shown.close()


def counting(
    items: Iterable[T], total: int, doing: str, weight: Callable[[T], int] = lambda _: 1
) -> Iterator[T]:
    """Yield the items, showing how many are done; ``weight``: as how many one counts."""
    count = 0
    with progress() as show:
        for item in items:
            yield item
            count += weight(item)
            show(f"{doing} {count}/{total}")

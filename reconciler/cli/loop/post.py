"""An outbox and senders in, notifications on their way, round after round, from a thread of their own.

A receiver that does not answer holds up nobody: neither the loop, nor the others. What is not delivered stays in the
outbox, and the next start goes on with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from reconciler.cli.loop.repeating import repeating
from reconciler.cli.loop.story import Story
from reconciler.errors import StateUnreadable
from reconciler.messages import say
from reconciler.notices.delivering import Fate, Outbox, Result, Sender, deliver_due

EVERY = 5.0


class Counting(Protocol):
    """Counts what the metrics tell of notifications."""

    def notified(self, receiver: str, outcome: str) -> None:
        """Count a try, by the kind of its receiver."""
        ...


@dataclass(frozen=True, slots=True)
class Post:
    """Carries what is in the outbox. ``ways``: the kind of each receiver (webhook, mail, chat), by its name.

    ``before``: what is to be put into the outbox, if anything, before each round.
    """

    outbox: Outbox
    senders: Mapping[str, Sender]
    ways: Mapping[str, str]
    story: Story
    counters: Counting
    now: Callable[[], datetime]
    chance: Callable[[], float]
    before: Callable[[], None] = lambda: None

    def round(self) -> None:
        """Do one round; what goes wrong is told, and tried again in a later one."""
        try:
            self.before()
            results = deliver_due(self.outbox, self.senders, self.now(), self.chance)
        except StateUnreadable as trouble:
            self.story.store_failed(trouble)
            return
        except Exception as bug:
            # A thread that ends unseen would tell nobody anything for months: the next round may do.
            self.story.log.error(say("loop.no-post", why=f"{type(bug).__name__}: {bug}"))
            return
        for result in results:
            self._tell(result)

    @contextmanager
    def carrying(self, every: float = EVERY) -> Iterator[None]:
        """Carry from a thread of its own while the block runs, with a last round at its end."""
        try:
            with repeating(self.round, every, "post"):
                yield
        finally:
            self.round()

    def _tell(self, result: Result) -> None:
        receiver = result.posting.receiver
        self.counters.notified(self.ways.get(receiver, "other"), str(result.fate))
        if not result.line:
            return
        log = self.story.log.error if result.fate is Fate.GIVEN_UP else self.story.log.warning
        log(result.line, receiver=receiver, notice=result.posting.id)

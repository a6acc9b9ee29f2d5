"""What is due and what carries it in, what became of each message out: delivered, tried again later, given up.

At least once: a message counts as delivered when its receiver has said so, and until then it stays in the outbox. One
receiver that does not answer is asked once in a round, and holds up nobody else. What is told of one matter goes in
order, so that nobody hears of an end before its beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from reconciler.messages import say
from reconciler.notices import Notice
from reconciler.notices.digesting import Digest

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_ASKED = timedelta(days=1)
GIVE_UP = timedelta(days=3)
# In one round a receiver gets so many, so that one with a long queue does not hold up the others.
A_ROUND = 20


@dataclass(frozen=True, slots=True)
class Posting:
    """One message on its way to one receiver. ``id`` is the same at each try; ``thread`` of what is of one matter."""

    id: str
    receiver: str
    contents: Notice | Digest
    created_at: datetime
    thread: str
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """What a receiver made of a message. ``problem``: why it did not take it, "" if it did; never holds a secret.

    ``later``: after how long it asked to be tried again. ``gone``: it said that nothing is taken there any more.
    ``note``: what is worth a line although it was taken.
    """

    problem: str = ""
    later: timedelta | None = None
    gone: bool = False
    note: str = ""


class Fate(StrEnum):
    """What became of a message in a round. ``PUT_OFF``: not tried, since its receiver did not take another one."""

    DELIVERED = "delivered"
    RETRIED = "retried"
    PUT_OFF = "put-off"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class Result:
    """One message after a round; ``due_at``: when to try again, None if never."""

    posting: Posting
    fate: Fate
    due_at: datetime | None = None
    problem: str = ""

    @property
    def line(self) -> str:
        """What to say of it in a log; "" where nothing is worth a line."""
        if not self.problem or self.fate is Fate.PUT_OFF:
            return ""
        facts = {"receiver": self.posting.receiver, "id": self.posting.id, "problem": self.problem}
        at = "" if self.due_at is None else f"{self.due_at:%Y-%m-%d %H:%M:%S}"
        return say(f"notify.{self.fate}", attempts=self.posting.attempts + 1, at=at, **facts)


class Sender(Protocol):
    """Carries messages to one receiver. Never raises for what the receiver or the network does."""

    def send(self, posting: Posting) -> Sent:
        """Send one message, once."""
        ...


class Outbox(Protocol):
    """Keeps messages until they are delivered. Each method is one short transaction and raises StateUnreadable."""

    def gather(self, receivers: Sequence[str], now: datetime) -> Sequence[Result]:
        """Put together the digests that are due; return what was given up since nobody can carry it."""
        ...

    def due(self, receiver: str, now: datetime, most: int) -> Sequence[Posting]:
        """Return what is due for a receiver, oldest first, one of each thread; nobody else gets it meanwhile."""
        ...

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        """Keep what became of messages."""
        ...


def deliver_due(
    outbox: Outbox, senders: Mapping[str, Sender], now: datetime, chance: Callable[[], float]
) -> tuple[Result, ...]:
    """Do one round: send what is due. ``senders`` by the name of their receiver; ``chance`` gives 0 up to 1.

    What became of a receiver's messages is kept before the next receiver is asked. Raises StateUnreadable.
    """
    told = list(outbox.gather(tuple(sorted(senders)), now))
    for name in sorted(senders):
        results = _round(outbox.due(name, now, A_ROUND), senders[name], now, chance)
        outbox.settle(results, now)
        told += results
    return tuple(told)


def _round(
    postings: Sequence[Posting], sender: Sender, now: datetime, chance: Callable[[], float]
) -> list[Result]:
    results: list[Result] = []
    failed: Result | None = None
    for posting in postings:
        if failed:
            result = _untried(posting, failed, now)
        else:
            result = after(posting, _sent(posting, sender), now, chance())
            failed = result if result.fate is not Fate.DELIVERED else None
        results.append(result)
    return results


def _untried(posting: Posting, failed: Result, now: datetime) -> Result:
    """What becomes of a message whose receiver has just not taken another one."""
    if now - posting.created_at >= GIVE_UP:
        return Result(posting, Fate.GIVEN_UP, problem=failed.problem)
    return Result(posting, Fate.PUT_OFF, failed.due_at or now + FIRST_WAIT, failed.problem)


def _sent(posting: Posting, sender: Sender) -> Sent:
    try:
        return sender.send(posting)
    except Exception as error:
        # A fault of ours in one message must not keep everybody else from theirs. What it says may hold anything.
        return Sent(problem=say("notify.broke", why=type(error).__name__))


def after(posting: Posting, sent: Sent, now: datetime, chance: float) -> Result:
    """Decide what becomes of a message that was tried; waits grow, and are not the same for everybody."""
    if not sent.problem:
        return Result(posting, Fate.DELIVERED, problem=sent.note)
    if sent.gone or now - posting.created_at >= GIVE_UP:
        return Result(posting, Fate.GIVEN_UP, problem=sent.problem)
    longest = min(FIRST_WAIT * 2 ** min(posting.attempts, 20), LONGEST_WAIT)
    wait = longest * (0.5 + chance / 2)
    if sent.later is not None:
        wait = max(wait, min(sent.later, LONGEST_ASKED))
    return Result(posting, Fate.RETRIED, now + wait, sent.problem)

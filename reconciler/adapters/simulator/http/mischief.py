"""The faults of the wire that strike one request in, what becomes of its answer out: late, broken, or none at all.

Which of them there are, and what each does, stands in ``moods``. The in-process backend never meets them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from reconciler.adapters.simulator.http.answers import Answer
from reconciler.adapters.simulator.moods import LICENSES, ORDER, READ, Fault, Moods
from reconciler.adapters.simulator.session import Session


class Fate(StrEnum):
    """What becomes of an answer on its way."""

    DELIVERED = "delivered"
    CUT = "cut"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An answer and how it goes out: after how many seconds, whole or not."""

    answer: Answer
    fate: Fate = Fate.DELIVERED
    seconds: int = 0


@dataclass(slots=True)
class Mischief:
    """The faults of one tenant that a request may meet; each is used when it is asked for."""

    operation: str
    address: str
    moods: Moods

    @classmethod
    def of(cls, session: Session, tenant: str | None, method: str, address: str) -> Mischief:
        """Gather them. A request about no tenant meets those of every tenant, if their path names it."""
        return cls(operation_of(method, address), address, Moods(session, tenant))

    def take(self, kind: str) -> Fault | None:
        """Use a fault of this kind, if one strikes."""
        return self.moods.take_on_the_wire(kind, self.operation, self.address)

    def deliver(self, answer: Answer, fate: Fate = Fate.DELIVERED) -> Delivery:
        """Send an answer on its way, through the faults that strike it there."""
        slow = self.take("slow")
        seconds = int(slow.options["seconds"]) if slow else 0
        if fate is Fate.LOST:
            return Delivery(answer, fate, seconds)
        if isinstance(answer.body, dict) and self.take("malformed-json"):
            text = answer.content.decode()
            answer = replace(answer, body=text[: len(text) // 2])
        if answer.body is not None and self.take("cut"):
            fate = Fate.CUT
        return Delivery(answer, fate, seconds)


def operation_of(method: str, address: str) -> str:
    """Return which of the service's operations a request comes nearest to."""
    if method == "PATCH":
        return LICENSES
    path = address.partition("?")[0].casefold()
    ordering = method == "POST" and path.endswith(("/transitions", "/upgrades"))
    return ORDER if ordering else READ

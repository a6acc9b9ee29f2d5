"""A backend's eyes and hands in, the same out, each call counted and timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from reconciler.act import Actor, Inquiry, Raise, SwitchOrder
from reconciler.errors import AnswerLost, Later, Moved, NotWritten
from reconciler.observe import Observation, Observer, Onlooker, TenantRef, Unknown

# Told of each call: what it was, how it ended (words of `web.measures`), and the seconds it took.
Told = Callable[[str, str, float], None]


# Gives what is to be around a call, told what it is and the id of the request it makes or asks about.
Around = Callable[[str, str | None], AbstractContextManager[object]]


def _one_each() -> None:
    """Say that each call is one request."""


class Metered:
    """An observer, an inquiry and, if given one, an actor, that count what they ask of the backend.

    ``calls`` are those made so far by this one: a pass has its own. ``asked`` says how many requests all of them have
    sent since it was last asked; None, or left out, where a call is one request.
    """

    def __init__(
        self,
        observer: Observer,
        inquiry: Inquiry | None,
        actor: Actor | None,
        told: Told,
        around: Around | None = None,
        asked: Callable[[], int | None] = _one_each,
    ) -> None:
        self._observer, self._inquiry, self._actor, self._told = observer, inquiry, actor, told
        self._around, self._asked = around or _nothing_around, asked
        self.calls = 0

    def spent(self) -> int:
        """Return what the budgets are charged with: this pass's calls, or the requests nobody was charged with yet.

        The sum of those is exact. Which of the passes that go on at once sent one is not told.
        """
        asked = self._asked()
        return self.calls if asked is None else asked

    def observe(self, ref: TenantRef) -> Observation:
        """Look."""
        with self._counted("observe") as end:
            seen = self._observer.observe(ref)
            end.append(_looked(seen))
            return seen

    def observe_all(self, refs: Sequence[TenantRef]) -> Sequence[Observation]:
        """Look at many, at once where the backend can; each is a call, and took its share of the time."""
        if not isinstance(self._observer, Onlooker):
            return [self.observe(ref) for ref in refs]
        begun = time.monotonic()
        with self._around("observe", None):
            looks = self._observer.observe_all(refs)
        took = (time.monotonic() - begun) / max(len(refs), 1)
        self.calls += len(refs)
        for seen in looks:
            self._told("observe", _looked(seen), took)
        return looks

    def taken(self, ref: TenantRef, request_id: str) -> bool | None:
        """Ask whether a request was taken; None where nobody can be asked."""
        if self._inquiry is None:
            return None
        with self._counted("taken", request_id) as end:
            answer = self._inquiry.taken(ref, request_id)
            end.append("error" if answer is None else "ok")
            return answer

    def switch(self, order: SwitchOrder) -> str | None:
        """Order a switch."""
        with self._counted("switch", order.request_id):
            return self._hands.switch(order)

    def raise_licenses(self, order: Raise) -> str | None:
        """Raise a total."""
        with self._counted("raise-licenses", order.request_id):
            return self._hands.raise_licenses(order)

    @property
    def _hands(self) -> Actor:
        if self._actor is None:
            raise TypeError("a loop that only reports has no hands")
        return self._actor

    @contextmanager
    def _counted(self, operation: str, request: str | None = None) -> Iterator[list[str]]:
        self.calls += 1
        end: list[str] = []
        begun = time.monotonic()
        try:
            with self._around(operation, request):
                yield end
        except Later:
            end.append("later")
            raise
        except Moved:
            end.append("moved")
            raise
        except NotWritten:
            end.append("refused")
            raise
        except AnswerLost:
            end.append("lost")
            raise
        finally:
            self._told(operation, end[0] if end else "ok", time.monotonic() - begun)


def _nothing_around(operation: str, request: str | None) -> AbstractContextManager[object]:
    return nullcontext()


def _looked(seen: Observation) -> str:
    if seen.later:
        return "later"
    if not seen.answered:
        return "error"
    return "partial" if isinstance(seen.subscriptions, Unknown) else "ok"

"""A backend's eyes and hands in, the same out, each call counted and timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from reconciler.act import Actor, Inquiry, Raise, SwitchOrder
from reconciler.errors import AnswerLost, Later, Moved, NotWritten
from reconciler.observe import Observation, Observer, TenantRef, Unknown

# Told of each call: what it was, how it ended (words of `web.measures`), and the seconds it took.
Told = Callable[[str, str, float], None]


# Gives what is to be around a call, told what it is and the id of the request it makes or asks about.
Around = Callable[[str, str | None], AbstractContextManager[object]]


class Metered:
    """An observer, an inquiry and, if given one, an actor, that count what they ask of the backend.

    ``calls`` are those made so far by this one: a pass has its own.
    """

    def __init__(
        self,
        observer: Observer,
        inquiry: Inquiry | None,
        actor: Actor | None,
        told: Told,
        around: Around | None = None,
    ) -> None:
        self._observer, self._inquiry, self._actor, self._told = observer, inquiry, actor, told
        self._around = around or _nothing_around
        self.calls = 0

    def observe(self, ref: TenantRef) -> Observation:
        """Look."""
        with self._counted("observe") as end:
            seen = self._observer.observe(ref)
            end.append(_looked(seen))
            return seen

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

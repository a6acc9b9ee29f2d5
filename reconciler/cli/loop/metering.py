"""A backend's eyes and hands in, the same out, each call counted and timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconciler.act import Actor, Inquiry, Raise, SwitchOrder
from reconciler.errors import AnswerLost, Later, NotWritten
from reconciler.observe import Observation, Observer, TenantRef

# Told of each call: what it was (read, order_switch, set_licenses, inquire), how it ended, and the seconds it took.
Told = Callable[[str, str, float], None]


class Metered:
    """An observer, an inquiry and, if given one, an actor, that count what they ask of the backend.

    ``calls`` are those made so far by this one: a pass has its own.
    """

    def __init__(self, observer: Observer, inquiry: Inquiry | None, actor: Actor | None, told: Told) -> None:
        self._observer, self._inquiry, self._actor, self._told = observer, inquiry, actor, told
        self.calls = 0

    def observe(self, ref: TenantRef) -> Observation:
        """Look."""
        with self._counted("read") as end:
            seen = self._observer.observe(ref)
            end.append("later" if seen.later else "answered" if seen.answered else "silent")
            return seen

    def taken(self, ref: TenantRef, request_id: str) -> bool | None:
        """Ask whether a request was taken; None where nobody can be asked."""
        if self._inquiry is None:
            return None
        with self._counted("inquire") as end:
            answer = self._inquiry.taken(ref, request_id)
            end.append("silent" if answer is None else "answered")
            return answer

    def switch(self, order: SwitchOrder) -> None:
        """Order a switch."""
        with self._counted("order_switch"):
            self._hands.switch(order)

    def raise_licenses(self, order: Raise) -> None:
        """Raise a total."""
        with self._counted("set_licenses"):
            self._hands.raise_licenses(order)

    @property
    def _hands(self) -> Actor:
        if self._actor is None:
            raise TypeError("a loop that only reports has no hands")
        return self._actor

    @contextmanager
    def _counted(self, operation: str) -> Iterator[list[str]]:
        self.calls += 1
        end: list[str] = []
        begun = time.monotonic()
        try:
            yield end
        except Later:
            end.append("later")
            raise
        except NotWritten:
            end.append("refused")
            raise
        except AnswerLost:
            end.append("silent")
            raise
        finally:
            self._told(operation, end[0] if end else "answered", time.monotonic() - begun)

"""One tenant and its faults in, what a read shows of it out, or why it shows nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.adapters.simulator import moods
from reconciler.adapters.simulator.moods import READ, Fault, Moods
from reconciler.adapters.simulator.record import Record, Spec
from reconciler.adapters.simulator.session import Call
from reconciler.adapters.simulator.writes import Outcome
from reconciler.messages import say


@dataclass(frozen=True, slots=True)
class Sight:
    """How a read ended. ``reason`` says why nothing is shown, empty where something is.

    ``seconds``: how long a throttled reader is asked to wait. ``spoilt``: the faults that took facts out of it.
    """

    name: str
    outcome: Outcome
    code: str | None
    reason: str
    seconds: int | None
    spec: Spec
    spoilt: tuple[Fault, ...] = ()

    def call(self, caller: str) -> Call:
        """Return the line of the call log."""
        return Call(READ, self.name, outcome=self.outcome, code=self.code, caller=caller)


def see(mood: Moods, name: str, record: Record | None) -> Sight:
    """Read a tenant; faults that wait for a read are used up by it."""
    outcome, code, reason, seconds = _unreadable(mood, record)
    if record is None or reason:
        return Sight(name, outcome, code, reason, seconds, moods.nothing_known(reason))
    spec = record.shown()
    used = tuple(fault for kind in ("partial-read", "unknown-word") if (fault := mood.take(kind, READ)))
    spoil(spec, used)
    kinds = ", ".join(fault.kind for fault in used) or None
    return Sight(name, outcome, kinds, "", seconds, spec, used)


def spoil(spec: Spec, faults: Iterable[Fault]) -> None:
    """Let faults take facts out of what is about to be shown, or put words in that nobody knows."""
    for fault in faults:
        if fault.kind == "partial-read":
            moods.forget(spec, fault.options["facts"])
        if fault.kind == "unknown-word":
            moods.misspeak(spec, fault.options["member"], fault.options["word"])


def _unreadable(mood: Moods, record: Record | None) -> tuple[Outcome, str | None, str, int | None]:
    if fault := mood.take("throttle", READ):
        seconds = int(fault.options["seconds"])
        return Outcome.THROTTLED, "429", say("simulator.reason.throttled", seconds=seconds), seconds
    if fault := mood.take("error", READ):
        status = fault.options["status"]
        return Outcome.ERROR, str(status), say("simulator.reason.error", status=status), None
    if record is None:
        return Outcome.REFUSED, "unknown-tenant", say("simulator.reason.unknown-tenant"), None
    return Outcome.ACCEPTED, None, "", None

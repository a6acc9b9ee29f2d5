"""What the loop did, bit by bit, in; running totals of this process out.

A total only grows, and its labels come from the closed sets of ``measures``: a word that is not in one is counted as
``other``, so that no caller can make a new series. Every method may be called from any thread and never raises.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from threading import Lock

from reconciler.act import Ending
from reconciler.change_plan import Verdict
from reconciler.web.measures import BACKEND, COUNTED, METRICS, Type, Words

Series = tuple[str, Words]
# A tenant that was left waiting is one thing, whether its step was tried or not.
_AS_VERDICT: Mapping[str, str] = {Ending.WAITING: Verdict.WAIT, Ending.HANDED_OFF: Verdict.SUPPORT}


@dataclass(frozen=True, slots=True)
class Spread:
    """A histogram so far: how many fell into each bucket (the last has no upper edge), and the sum of all."""

    buckets: tuple[int, ...]
    sum: float = 0.0

    def plus(self, bounds: tuple[float, ...], value: float) -> Spread:
        """Return it with one value more; an edge belongs to the bucket below it."""
        found = bisect_left(bounds, value)
        buckets = (*self.buckets[:found], self.buckets[found] + 1, *self.buckets[found + 1 :])
        return replace(self, buckets=buckets, sum=self.sum + value)


class Counters:
    """Running totals, from nought. The driver tells, the metrics read."""

    def __init__(self) -> None:
        self._lock = Lock()
        # A series that is there from the beginning makes its first event visible as a rise. Those of backends begin
        # with the first call: a loop has one backend, and nobody wants to see the others' noughts.
        begun = [(m, words) for m in COUNTED if BACKEND not in m.labels for words in m.every]
        self._totals = {(m.name, words): 0.0 for m, words in begun if m.type is Type.COUNTER}
        self._spreads = {(m.name, words): _empty(m.bounds) for m, words in begun if m.type is Type.HISTOGRAM}

    def passed(self, outcome: str, seconds: float) -> None:
        """Count a pass over one tenant: how the step it tried ended, else its verdict, "held" or "broke-off"."""
        self._add("reconciler_passes_total", _AS_VERDICT.get(outcome, outcome))
        self._measure("reconciler_pass_duration_seconds", seconds)

    def wrote(self, action: str, outcome: str, licenses: int = 0) -> None:
        """Count a write that has a request id, by its ``Ending``; ``licenses`` are those it adds.

        They count only if it was done or started.
        """
        self._add("reconciler_writes_total", action, outcome)
        if outcome in (Ending.DONE, Ending.STARTED):
            self._add("reconciler_licenses_added_total", by=licenses)

    def called(self, backend: str, operation: str, outcome: str, seconds: float) -> None:
        """Count a call to the service that was made; ``later`` also counts as throttled."""
        self._add("reconciler_backend_calls_total", backend, operation, outcome)
        self._measure("reconciler_backend_call_duration_seconds", seconds, backend, operation)
        # By nought, where it was not: so the series is there before it first rises.
        self._add("reconciler_backend_throttled_total", backend, by=outcome == "later")

    def throttled(self, backend: str) -> None:
        """Count an answer that asked for patience and ended no call: one that was repeated within it."""
        self._add("reconciler_backend_throttled_total", backend)

    def waited(self, seconds: float) -> None:
        """Count the time that a pass waited for its share of the calls."""
        self._add("reconciler_budget_wait_seconds_total", by=seconds)

    def notified(self, receiver: str, outcome: str) -> None:
        """Count what became of a notification in one round, by the kind of its receiver."""
        self._add("reconciler_notifications_total", receiver, outcome)

    def store_failed(self) -> None:
        """Count that the state store could not be read or written."""
        self._add("reconciler_store_errors_total")

    def totals(self) -> Mapping[Series, float]:
        """Return a copy of the counters as they stand."""
        with self._lock:
            return dict(self._totals)

    def spreads(self) -> Mapping[Series, Spread]:
        """Return a copy of the histograms as they stand."""
        with self._lock:
            return dict(self._spreads)

    def _add(self, name: str, *words: str, by: float = 1.0) -> None:
        series = (name, METRICS[name].folded(words))
        with self._lock:
            self._totals[series] = self._totals.get(series, 0.0) + _sound(by)

    def _measure(self, name: str, value: float, *words: str) -> None:
        metric = METRICS[name]
        series = (name, metric.folded(words))
        with self._lock:
            before = self._spreads.get(series) or _empty(metric.bounds)
            self._spreads[series] = before.plus(metric.bounds, _sound(value))


def _empty(bounds: tuple[float, ...]) -> Spread:
    return Spread((0,) * (len(bounds) + 1))


def _sound(value: float) -> float:
    """Never less than nought: a clock that was set back must not make a total fall, which reads as a restart."""
    return float(value) if isfinite(value) and value > 0 else 0.0

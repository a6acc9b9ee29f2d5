"""What the loop keeps and what it counted in, the metrics for a scrape out.

A scrape is cheap: six short questions to the store, none of which reads tenants one by one. It never fails for what
can not be read: then ``reconciler_store_up`` is 0 and what the store would have told is left out, for a number that
is not known is not zero. What this process counted is told all the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family

from reconciler import __version__
from reconciler.errors import ReconcilerError
from reconciler.observe import Fact, Unknown
from reconciler.overview import Loop, Overview, Query, Showing, Source, State, Totals
from reconciler.web.counters import Counters, Spread
from reconciler.web.measures import BUILD, COUNTED, KEPT, METRICS, Metric, Type, Words

GONE = frozenset({"ended", "died"})
Clock = Callable[[], datetime]
# One number to tell: the metric's name, the words of its labels, the value.
Reading = tuple[str, Words, float]
# A loop that is silent for longer is taken for gone; what it last said of itself no longer counts.
BEATING = timedelta(minutes=5)


def registry(
    showing: Showing, counters: Counters, now: Clock, service_now: Clock | None = None
) -> CollectorRegistry:
    """Return a registry of its own with everything there is to scrape.

    ``now`` is the machine's clock, ``service_now`` the service's, by which tenants and requests are dated.
    """
    own = CollectorRegistry()
    own.register(Scrape(showing, counters, now, service_now or now))
    return own


class Scrape:
    """Tells all metrics as they stand, each time it is asked."""

    def __init__(self, showing: Showing, counters: Counters, now: Clock, service_now: Clock) -> None:
        self._showing, self._counters = showing, counters
        self._now, self._service_now = now, service_now

    def collect(self) -> Iterator[Family]:
        """Yield the metrics in the order of the table."""
        yield from _families((BUILD,), [(BUILD.name, (__version__,), 1.0)])
        yield from _counted(self._counters)
        yield from _families(KEPT, self._kept())

    def describe(self) -> tuple[Family, ...]:
        """Describe nothing, so that registering asks the store nothing."""
        return ()

    def _kept(self) -> list[Reading]:
        try:
            at, service_at = self._now(), self._service_now()
            stop = self._showing.stop()
            readings = [
                *of_overview(self._showing.overview(Query(limit=0))),
                *of_totals(self._showing.totals(), service_at),
                *of_sources(self._showing.sources(), at),
                *of_loops(self._showing.loops(), at),
                *of_stop(stop),
                ("reconciler_late_tenants", (), float(self._showing.late(service_at))),
            ]
        except ReconcilerError:
            return [_up(False)]
        return [_up(not isinstance(stop, Unknown)), *readings]


def of_overview(overview: Overview) -> Iterator[Reading]:
    """Tell the tenants by state, and by the rule that holds them."""
    for state in State:
        yield "reconciler_tenants", (state,), overview.counts.get(state, 0)
    yield from _by_word("reconciler_tenants_held", overview.holds)


def of_totals(totals: Totals, at: datetime) -> Iterator[Reading]:
    """Tell the sums; the age of the oldest only where there is one."""
    yield "reconciler_licenses_declared", (), totals.declared
    yield "reconciler_licenses_live", (), totals.live
    yield "reconciler_licenses_not_counted_tenants", ("declared",), totals.undeclared
    yield "reconciler_licenses_not_counted_tenants", ("live",), totals.unread
    yield "reconciler_drift_findings", (), totals.drift
    yield "reconciler_unsettled_writes", (), totals.unsettled
    yield from _by_word("reconciler_tenants_by_reason", totals.reasons)
    yield from _by_word("reconciler_open_handoffs", totals.handoffs)
    yield from _age("reconciler_oldest_observation_age_seconds", totals.oldest_observed_at, at)
    yield from _age("reconciler_oldest_open_handoff_age_seconds", totals.oldest_handoff_at, at)
    yield from _age("reconciler_oldest_unsettled_write_age_seconds", totals.oldest_unsettled_at, at)


def of_sources(sources: Iterable[Source], at: datetime) -> Iterator[Reading]:
    """Tell how the sources of tenant files fare."""
    there = tuple(sources)
    yield "reconciler_sources", (), len(there)
    yield "reconciler_source_tenants", (), sum(source.tenants for source in there)
    yield "reconciler_source_writes_held", (), sum(bool(source.stopped) for source in there)
    reasons: dict[str, int] = defaultdict(int)
    for source in there:
        if source.reason:
            reasons[source.reason] += 1
    yield from _by_word("reconciler_source_problem", reasons)
    if there:
        read_at = min(source.read_at for source in there)
        yield "reconciler_source_last_read_timestamp_seconds", (), read_at.timestamp()
    dates = [source.committed_at for source in there if source.committed_at is not None]
    yield from _age("reconciler_source_commit_age_seconds", min(dates, default=None), at)


def of_loops(loops: Iterable[Loop], at: datetime) -> Iterator[Reading]:
    """Tell of the loops on this store; what those said that have fallen silent no longer counts."""
    there = tuple(loops)
    alive = [loop for loop in there if loop.state not in GONE and at - loop.beat_at <= BEATING]
    yield "reconciler_loops", (), len(alive)
    yield "reconciler_loop_writes", (), any(loop.writes for loop in alive)
    if there:
        yield "reconciler_loop_beat_timestamp_seconds", (), max(loop.beat_at for loop in there).timestamp()
    held: dict[str, bool] = {}
    for loop in alive:
        # Half-open is not over: one call was let through to see, and the rest still wait.
        backend = METRICS["reconciler_breaker_open"].folded((loop.backend,))[0]
        held[backend] = held.get(backend, False) or loop.breaker != "closed"
    for backend, one in held.items():
        yield "reconciler_breaker_open", (backend,), one


def of_stop(stop: Fact[object | None]) -> Iterator[Reading]:
    """Tell whether the global stop is on; nothing where that can not be told."""
    if not isinstance(stop, Unknown):
        yield "reconciler_global_stop", (), stop is not None


def _up(told: bool) -> Reading:
    return "reconciler_store_up", (), told


def _by_word(name: str, counts: Mapping[str, int]) -> Iterator[Reading]:
    """Tell a count for every word there is: those not in ``counts`` are known to be none."""
    metric = METRICS[name]
    for words in metric.every:
        yield name, words, 0.0
    for word, count in counts.items():
        yield name, metric.folded((word,)), count


def _age(name: str, since: datetime | None, at: datetime) -> Iterator[Reading]:
    if since is not None:
        yield name, (), (at - since).total_seconds()


def _families(metrics: Iterable[Metric], readings: Iterable[Reading]) -> Iterator[Family]:
    """Group the readings by metric, in the order of the table; those that became the same series are added up."""
    values: dict[str, dict[Words, float]] = defaultdict(lambda: defaultdict(float))
    for name, words, value in readings:
        values[name][words] += value
    for metric in metrics:
        if metric.name in values:
            yield _family(metric, values[metric.name])


def _counted(counters: Counters) -> Iterator[Family]:
    totals, spreads = counters.totals(), counters.spreads()
    for metric in COUNTED:
        if metric.type is Type.COUNTER:
            found = {words: value for (name, words), value in totals.items() if name == metric.name}
            yield _family(metric, found)
        else:
            yield _histogram(
                metric, {words: s for (name, words), s in spreads.items() if name == metric.name}
            )


def _family(metric: Metric, values: Mapping[Words, float]) -> Family:
    kind = CounterMetricFamily if metric.type is Type.COUNTER else GaugeMetricFamily
    family = kind(metric.name, metric.meaning, labels=_names(metric))
    for words, value in values.items():
        family.add_metric(words, float(value))
    return family


def _histogram(metric: Metric, spreads: Mapping[Words, Spread]) -> Family:
    family = HistogramMetricFamily(metric.name, metric.meaning, labels=_names(metric))
    edges = [*(str(bound) for bound in metric.bounds), "+Inf"]
    for words, spread in spreads.items():
        counts = [sum(spread.buckets[: upto + 1]) for upto in range(len(edges))]
        family.add_metric(words, list(zip(edges, counts, strict=True)), spread.sum)
    return family


def _names(metric: Metric) -> list[str]:
    return [label.name for label in metric.labels]

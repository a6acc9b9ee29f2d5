"""The metrics: what is not known is left out, no word from outside becomes a label, and a scrape costs little."""

from __future__ import annotations

import math
import re
import threading
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from showing_metrics import LOOP, NOW, SOURCE, SUMS, Kept, ago

from reconciler import __version__
from reconciler.act import Ending
from reconciler.change_plan import Verdict
from reconciler.errors import StateUnreadable
from reconciler.messages import SENTENCES
from reconciler.observe import Unknown
from reconciler.overview import State
from reconciler.rules import rule_named
from reconciler.web.counters import Counters, Spread
from reconciler.web.measures import COUNTED, KEPT, METRICS, OTHER, REASONS, RULES, Type
from reconciler.web.metrics import registry

Scraped = dict[tuple[str, tuple[tuple[str, str], ...]], float]
EVIL = 'x"} 1\nreconciler_tenants{state="ready'


def scraped(found: CollectorRegistry) -> Scraped:
    """Everything that is told, as a program that scrapes reads it."""
    text = generate_latest(found).decode()
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    told = {(s.name, tuple(sorted(s.labels.items()))): s.value for s in samples}
    assert len(told) == len(samples), "a series is told twice"
    return told


def scrape(kept: Kept | None = None, counters: Counters | None = None) -> Scraped:
    return scraped(registry(kept or Kept(), counters or Counters(), lambda: NOW))


def value(told: Scraped, name: str, **labels: str) -> float:
    return told["reconciler_" + name, tuple(sorted(labels.items()))]


def names(told: Scraped) -> set[str]:
    return {name for name, _ in told}


# the table


def test_every_metric_has_one_name_a_sentence_and_a_unit_where_it_has_one() -> None:
    assert len(METRICS) == 1 + len(KEPT) + len(COUNTED)
    for metric in METRICS.values():
        assert re.fullmatch(r"reconciler(_[a-z]+)+", metric.name)
        assert re.match("[A-Z1]", metric.meaning)
        assert metric.meaning.endswith(".")
        assert metric.name.endswith("_total") == (metric.type is Type.COUNTER)
        if metric.type is Type.HISTOGRAM:
            assert list(metric.bounds) == sorted(set(metric.bounds))
            assert metric.name.endswith("_seconds")
        if re.search(r"\b(Time|Age|How long|When)\b", metric.meaning):
            assert "_seconds" in metric.name


def test_the_labels_can_make_few_series_whatever_happens() -> None:
    assert sum(len(m.every) * (len(m.bounds) + 3 if m.bounds else 1) for m in METRICS.values()) < 700


def test_the_reasons_are_those_a_condition_can_have() -> None:
    said = {key.split(".")[1] for key in SENTENCES if re.fullmatch(r"ready\.[A-Z]\w+", key)}
    assert said <= set(REASONS)
    assert all(rule_named(rule) for rule in RULES)


def test_the_registry_is_our_own() -> None:
    before = generate_latest(REGISTRY)
    scrape()
    assert b"reconciler_" not in before + generate_latest(REGISTRY)


# what the store tells


def test_every_metric_is_told_where_there_is_something_to_tell() -> None:
    counters = Counters()
    counters.called("simulator", "observe", "ok", 0.1)
    told = scrape(Kept(sums=replace(SUMS, oldest_unsettled_at=ago(minutes=1))), counters)
    plain = {re.sub("_(bucket|count|sum)$", "", name) for name in names(told)}
    assert plain == set(METRICS)


def test_the_states_are_told_with_the_noughts() -> None:
    told = scrape(Kept(counts={State.READY: 4, State.STALLED: 1}))
    found = {state: value(told, "tenants", state=state) for state in State}
    assert found == {s: {State.READY: 4, State.STALLED: 1}.get(s, 0) for s in State}
    assert value(told, "tenants_held", rule="credit-review") == 1
    assert value(told, "tenants_held", rule="not-offered") == 0


def test_sums_are_told_with_what_is_missing_in_them() -> None:
    told = scrape()
    assert value(told, "licenses_declared") == 420
    assert value(told, "licenses_live") == 410
    assert value(told, "licenses_not_counted_tenants", side="declared") == 1
    assert value(told, "licenses_not_counted_tenants", side="live") == 2
    assert value(told, "open_handoffs", kind="remove-licenses") == 2
    assert value(told, "oldest_open_handoff_age_seconds") == 3 * 86400
    assert value(told, "build_info", version=__version__) == 1


@pytest.mark.parametrize("method", ["overview", "totals", "sources", "loops", "stop", "late"])
def test_where_the_store_can_not_be_read_nothing_of_it_is_told_and_the_rest_is(method: str) -> None:
    counters = Counters()
    counters.wrote("add", "done", 5)
    told = scrape(Kept(fails=frozenset({method})), counters)
    assert value(told, "store_up") == 0
    assert not names(told) & {metric.name for metric in KEPT if metric.name != "reconciler_store_up"}
    assert value(told, "writes_total", action="add", outcome="done") == 1
    assert value(told, "build_info", version=__version__) == 1


def test_a_stop_switch_that_can_not_be_told_is_neither_on_nor_off() -> None:
    told = scrape(Kept(stopped=Unknown("locked")))
    assert "reconciler_global_stop" not in names(told)
    assert value(told, "store_up") == 0
    assert value(told, "tenants", state="ready") == 4
    assert value(scrape(Kept(stopped=None)), "global_stop") == 0
    assert value(scrape(Kept(stopped=object())), "global_stop") == 1


def test_what_there_is_none_of_has_no_age() -> None:
    told = scrape(Kept(sums=replace(SUMS, oldest_observed_at=None, oldest_handoff_at=None), from_=(), by=()))
    assert not {name for name in names(told) if "oldest" in name or "timestamp" in name or "commit" in name}
    assert value(told, "sources") == value(told, "loops") == value(told, "loop_writes") == 0
    assert value(told, "store_up") == 1


def test_ages_of_tenants_go_by_the_clock_of_the_service() -> None:
    kept = Kept()
    found = registry(kept, Counters(), lambda: NOW + timedelta(days=400), lambda: NOW)
    assert value(scraped(found), "oldest_observation_age_seconds") == 20 * 60


def test_a_clock_of_the_service_that_can_not_be_read_leaves_out_what_hangs_on_it() -> None:
    def broken() -> NoReturn:
        raise StateUnreadable("no such file")

    told = scraped(registry(Kept(), Counters(), lambda: NOW, broken))
    assert value(told, "store_up") == 0
    assert "reconciler_tenants" not in names(told)


def test_several_sources_are_told_by_the_worst_of_them() -> None:
    worse = replace(
        SOURCE,
        read_at=ago(hours=3),
        committed_at=None,
        tenants=5,
        reason="SignatureInvalid",
        stopped="too few tenants",
    )
    told = scrape(Kept(from_=(SOURCE, worse, replace(SOURCE, reason="SignatureInvalid"))))
    assert value(told, "sources") == 3
    assert value(told, "source_tenants") == 71
    assert value(told, "source_problem", reason="SignatureInvalid") == 2
    assert value(told, "source_problem", reason="GitUnreachable") == 0
    assert value(told, "source_writes_held") == 1
    assert value(told, "source_last_read_timestamp_seconds") == ago(hours=3).timestamp()
    assert value(told, "source_commit_age_seconds") == 7200


def test_what_a_silent_loop_last_said_no_longer_counts() -> None:
    silent = replace(LOOP, id="b", beat_at=ago(minutes=6), writes=True, breaker="open", backend="microsoft")
    told = scrape(Kept(by=(replace(LOOP, writes=False), silent)))
    assert value(told, "loops") == 1
    assert value(told, "loop_writes") == 0
    assert value(told, "loop_beat_timestamp_seconds") == ago(seconds=2).timestamp()
    assert value(told, "breaker_open", backend="simulator") == 0
    assert ("reconciler_breaker_open", (("backend", "microsoft"),)) not in told
    alone = scrape(Kept(by=(silent,)))
    assert value(alone, "loops") == 0
    assert value(alone, "loop_beat_timestamp_seconds") == ago(minutes=6).timestamp()


def test_a_beat_that_lies_ahead_of_a_clock_set_back_is_still_one() -> None:
    assert value(scrape(Kept(by=(replace(LOOP, beat_at=NOW + timedelta(hours=1)),))), "loops") == 1


@pytest.mark.parametrize(("breaker", "told"), [("closed", 0), ("open", 1), ("half-open", 1), (EVIL, 1)])
def test_a_breaker_is_over_when_it_is_closed_and_not_before(breaker: str, told: int) -> None:
    found = scrape(Kept(by=(replace(LOOP, breaker=breaker), replace(LOOP, id="b"))))
    assert value(found, "breaker_open", backend="simulator") == told


# cost and hostility


def test_a_scrape_asks_few_questions_and_reads_no_tenant() -> None:
    kept = Kept()
    found = registry(kept, Counters(), lambda: NOW)
    assert kept.asked == {}, "registering asks the store"
    generate_latest(found)
    assert kept.asked == {"overview": 1, "totals": 1, "sources": 1, "loops": 1, "stop": 1, "late": 1}
    assert [query.limit for query in kept.queries] == [0]


def hostile() -> Kept:
    """A store full of words that somebody else chose."""
    words = {EVIL: 1, "fabrikam": 2, "<script>": 3, "": 4, "\x00\udcff": 5}
    return Kept(
        holds=words,
        sums=replace(SUMS, reasons=words, handoffs=words),
        from_=tuple(
            replace(SOURCE, fleet=w, where=w, reason=w, problem=w, refused=w, stopped=w) for w in words
        ),
        by=tuple(replace(LOOP, id=w, holder=w, version=w, backend=w, state=w, breaker=w) for w in words),
    )


def test_no_word_from_outside_is_told_and_all_of_them_are_counted() -> None:
    counters = Counters()
    for word in (EVIL, "fabrikam", "\udcff"):
        counters.passed(word, 1)
        counters.wrote(word, word, 7)
        counters.called(word, word, word, 1)
        counters.throttled(word)
        counters.notified(word, word)
    told = scrape(hostile(), counters)
    seen = {word for _, labels in told for _, word in labels}
    allowed = {word for metric in METRICS.values() for label in metric.labels for word in label.words}
    edges = {str(edge) for metric in METRICS.values() for edge in metric.bounds} | {"+Inf"}
    assert seen <= allowed | edges
    assert value(told, "tenants_held", rule=OTHER) == 15
    assert value(told, "tenants_by_reason", reason=OTHER) == 15
    assert value(told, "open_handoffs", kind=OTHER) == 15
    assert value(told, "source_problem", reason=OTHER) == 4, "a source without a reason has no problem"
    assert value(told, "breaker_open", backend=OTHER) == 1
    assert value(told, "passes_total", outcome=OTHER) == 3
    assert value(told, "licenses_added_total") == 0
    assert value(told, "backend_calls_total", backend=OTHER, operation=OTHER, outcome=OTHER) == 3


@given(st.lists(st.text(max_size=8), max_size=30))
def test_words_make_no_series_of_their_own(words: list[str]) -> None:
    counters = Counters()
    for word in words:
        counters.called(word, word, word, 0.1)
    calls = [series for series in counters.totals() if series[0] == "reconciler_backend_calls_total"]
    every = set(METRICS["reconciler_backend_calls_total"].every)
    assert {series[1] for series in calls} <= every


# what the process counted


def test_every_ending_and_every_verdict_has_its_word() -> None:
    counters = Counters()
    for word in (*Ending, *Verdict):
        counters.passed(word, 0)
    for ending in Ending:
        counters.wrote("add", ending)
    told = scrape(counters=counters)
    assert value(told, "passes_total", outcome=OTHER) == 0
    assert value(told, "writes_total", action="add", outcome=OTHER) == 1, "a brake is no write"


def test_what_can_happen_is_there_before_it_first_does() -> None:
    told = scrape()
    assert value(told, "writes_total", action="switch", outcome="failed") == 0
    assert value(told, "passes_total", outcome="broke-off") == 0
    assert value(told, "notifications_total", receiver="webhook", outcome="given-up") == 0
    assert value(told, "store_errors_total") == 0
    assert value(told, "pass_duration_seconds_count") == 0
    assert "reconciler_backend_calls_total" not in names(told)


def test_each_event_is_counted_where_it_belongs() -> None:
    counters = Counters()
    counters.passed("done", 0.3)
    counters.passed("waiting", 0.0)
    counters.passed("handed-off", 0.0)
    counters.wrote("switch", "started", 22)
    counters.wrote("add", "done", 4)
    counters.wrote("add", "failed", 9)
    counters.called("microsoft", "observe", "later", 1.5)
    counters.throttled("microsoft")
    counters.waited(2.5)
    counters.notified("mail", "delivered")
    counters.store_failed()
    told = scrape(counters=counters)
    assert [value(told, "passes_total", outcome=o) for o in ("done", "wait", "support", OTHER)] == [
        1,
        1,
        1,
        0,
    ]
    assert value(told, "licenses_added_total") == 26
    assert value(told, "writes_total", action="add", outcome="failed") == 1
    assert value(told, "backend_throttled_total", backend="microsoft") == 2
    assert value(told, "budget_wait_seconds_total") == 2.5
    assert value(told, "notifications_total", receiver="mail", outcome="delivered") == 1
    assert value(told, "store_errors_total") == 1
    assert value(told, "pass_duration_seconds_bucket", le="0.25") == 2
    assert value(told, "pass_duration_seconds_bucket", le="0.5") == 3
    assert value(told, "pass_duration_seconds_bucket", le="+Inf") == 3
    assert value(told, "pass_duration_seconds_sum") == 0.3
    assert value(told, "backend_call_duration_seconds_count", backend="microsoft", operation="observe") == 1


@pytest.mark.parametrize("odd", [-1.0, math.nan, math.inf, -math.inf])
def test_a_clock_that_jumped_never_makes_a_total_fall(odd: float) -> None:
    counters = Counters()
    counters.waited(3)
    counters.waited(odd)
    counters.passed("wait", odd)
    told = scrape(counters=counters)
    assert value(told, "budget_wait_seconds_total") == 3
    assert value(told, "pass_duration_seconds_sum") == 0


def test_a_value_at_an_edge_belongs_to_the_bucket_below() -> None:
    spread = Spread((0, 0, 0))
    for one in (1.0, 1.5, 2.0, 9.0):
        spread = spread.plus((1.0, 2.0), one)
    assert spread == Spread((1, 2, 1), 13.5)


def test_no_event_is_lost_between_threads() -> None:
    counters = Counters()
    gate = threading.Barrier(4)

    def work() -> None:
        gate.wait(5)
        for _ in range(2000):
            counters.passed("done", 0.1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = scrape(counters=counters)
    assert value(told, "passes_total", outcome="done") == 8000
    assert value(told, "pass_duration_seconds_count") == 8000

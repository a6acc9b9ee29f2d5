"""The probes: the process lives, is ready, and looks after the fleet; each answers a machine in one line or as JSON."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain
from showing_metrics import NOW, Answer, Kept, ask, asked

from reconciler.errors import StateUnreadable
from reconciler.observe import Unknown
from reconciler.web.counters import Counters
from reconciler.web.probes import ALIVE_WITHIN, Pulse, routes

PATHS = ("/healthz", "/readyz", "/late", "/metrics")


def pulse() -> Pulse:
    """The pulse of a process that is well."""
    beating = Pulse(NOW)
    beating.source_read(NOW)
    return beating


def get(
    path: str,
    kept: Kept | None = None,
    beating: Pulse | None = None,
    now: datetime = NOW,
    service_now: Callable[[], datetime] | None = None,
    **words: str,
) -> Answer:
    found = routes(kept or Kept(), Counters(), beating or pulse(), lambda: now, service_now=service_now)
    return ask(found, path, **words)


def every_answer(**given: Any) -> dict[str, int]:
    return {path: get(path, **given).code for path in PATHS}


def test_a_process_that_is_well_says_so_everywhere() -> None:
    assert every_answer() == dict.fromkeys(PATHS, 200)
    assert get("/healthz").body == "ok: the main loop last came round 0 s ago\n"
    assert get("/readyz").body == "ready\n"
    assert get("/late").body == "0 late\n"


@pytest.mark.parametrize("path", PATHS[:3])
def test_each_answers_as_text_or_as_json_and_is_never_kept(path: str) -> None:
    text, data = get(path), get(path, accept="application/json")
    assert text.headers["content-type"].startswith("text/plain")
    assert text.headers["cache-control"] == data.headers["cache-control"] == "no-store"
    assert text.body.count("\n") == 1
    assert data.headers["content-type"] == "application/json"
    assert data.json()["ok"] is True


@pytest.mark.parametrize("path", PATHS)
def test_the_probes_can_only_be_read(path: str) -> None:
    assert get(path, method="POST").code == get(path, method="DELETE").code == 405
    assert get(path, method="HEAD").code == 200


# alive


def test_a_loop_that_does_not_come_round_is_not_alive() -> None:
    assert get("/healthz", now=NOW + ALIVE_WITHIN).code == 200
    silent = get("/healthz", now=NOW + ALIVE_WITHIN + timedelta(seconds=1), accept="application/json")
    assert silent.code == 503
    assert silent.json() == {"ok": False, "turned_seconds_ago": 121}


@pytest.mark.parametrize("jump", [timedelta(hours=-5), timedelta(hours=5)])
def test_a_clock_that_jumps_is_mended_by_the_next_turn_and_hides_no_loop_that_hangs(jump: timedelta) -> None:
    beating = pulse()
    assert get("/healthz", beating=beating, now=NOW + jump).code == 503
    beating.turned(NOW + jump)
    assert get("/healthz", beating=beating, now=NOW + jump).code == 200


def test_whether_the_process_lives_is_not_asked_of_the_store() -> None:
    every = frozenset({"overview", "totals", "sources", "loops", "stop", "late"})
    kept = Kept(fails=every)
    assert get("/healthz", kept).code == 200
    assert kept.asked == {}


# ready


@pytest.mark.parametrize(
    ("kept", "change", "missing"),
    [
        (Kept(fails=frozenset({"stop"})), None, "store"),
        (Kept(stopped=Unknown("locked")), None, "store"),
        (Kept(), "stopping", "running"),
        (Kept(), "fresh", "source"),
    ],
)
def test_a_process_is_ready_when_it_can_read_and_has_read(
    kept: Kept, change: str | None, missing: str
) -> None:
    beating = Pulse(NOW) if change == "fresh" else pulse()
    if change == "stopping":
        beating.stopping()
    assert get("/readyz", kept, beating).body == f"not ready: {missing}\n"
    told = get("/readyz", kept, beating, accept="text/html, application/json;q=0.9")
    assert told.code == 503
    assert told.json() == {"ok": False, **{n: n != missing for n in ("store", "source", "running")}}


def test_a_global_stop_does_not_make_a_process_unready() -> None:
    assert get("/readyz", Kept(stopped=object())).code == 200


def test_who_is_stopping_does_not_come_back_with_the_next_turn() -> None:
    beating = pulse()
    beating.stopping()
    beating.turned(NOW)
    beating.source_read(NOW)
    assert get("/readyz", beating=beating).code == 503
    assert get("/healthz", beating=beating).code == 200, "it still finishes what it began"


# late


def test_tenants_that_are_overdue_are_counted_and_not_named() -> None:
    answer = get("/late", Kept(overdue=12))
    assert (answer.code, answer.body) == (503, "12 late\n")
    assert get("/late", Kept(overdue=12), accept="application/json").json() == {"ok": False, "late": 12}


def test_whether_somebody_is_late_goes_by_the_clock_of_the_service() -> None:
    class Clocked(Kept):
        def late(self, now: datetime) -> int:
            return int(now > NOW)

    later = NOW + timedelta(days=9)
    assert get("/late", Clocked(), now=later, service_now=lambda: NOW).code == 200
    assert get("/late", Clocked(), now=NOW, service_now=lambda: later).code == 503


def test_not_knowing_who_is_late_is_not_well() -> None:
    answer = get("/late", Kept(fails=frozenset({"late"})), accept="application/json")
    assert (answer.code, answer.json()) == (503, {"ok": False, "late": None})
    assert "unknown" in get("/late", Kept(fails=frozenset({"late"}))).body

    def broken() -> datetime:
        raise StateUnreadable("no such file")

    assert get("/late", service_now=broken).code == 503


# metrics


def test_the_metrics_are_told_in_the_form_that_is_asked_for() -> None:
    text = get("/metrics")
    assert text.headers["content-type"].startswith("text/plain; version=")
    assert {family.name for family in plain(text.body)} >= {"reconciler_tenants", "reconciler_passes"}
    other = get("/metrics", accept="application/openmetrics-text; version=1.0.0")
    assert other.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert {family.name for family in openmetrics(other.body)} >= {"reconciler_tenants"}


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "x" * 5000, ";;;,=;version=,q=nan"])
def test_no_accept_header_makes_a_probe_fail(accept: str) -> None:
    assert [get(path, accept=accept).code for path in PATHS] == [200, 200, 200, 200]


def test_a_scrape_answers_where_the_store_does_not() -> None:
    answer = get("/metrics", Kept(fails=frozenset({"overview"})))
    assert answer.code == 200
    assert "reconciler_store_up 0.0" in answer.body


@pytest.mark.parametrize("path", PATHS)
def test_no_answer_tells_why_the_store_can_not_be_read(path: str) -> None:
    kept = Kept(fails=frozenset({"overview", "stop", "late"}))
    for accept in ("*/*", "application/json"):
        assert "fabrikam" not in get(path, kept, accept=accept).body


def test_a_store_that_takes_its_time_does_not_hold_up_the_others() -> None:
    # The store answers only once the process has said that it lives.
    lives = threading.Event()

    class Slow(Kept):
        def stop(self) -> None:
            assert lives.wait(20)

    found = routes(Slow(), Counters(), pulse(), lambda: NOW)

    async def both() -> list[int]:
        slow = asyncio.create_task(asked(found, "/readyz"))
        quick = await asked(found, "/healthz")
        lives.set()
        return [quick.code, (await slow).code]

    assert asyncio.run(both()) == [200, 200]

"""What the loop keeps, in memory, for the metrics and the probes; and a caller that asks an ASGI application once."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from starlette.applications import Starlette
from starlette.routing import Route

from reconciler.errors import StateUnreadable
from reconciler.observe import Fact
from reconciler.overview import Loop, Overview, Query, Source, State, Totals

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


SUMS = Totals(
    declared=420,
    live=410,
    undeclared=1,
    unread=2,
    drift=3,
    reasons={"InSync": 4},
    handoffs={"remove-licenses": 2},
    unsettled=0,
    oldest_observed_at=ago(minutes=20),
    oldest_handoff_at=ago(days=3),
    oldest_unsettled_at=None,
)
SOURCE = Source(
    fleet="main",
    where="https://git.example/fleet.git",
    branch="main",
    commit="c0ffee",
    read_at=ago(minutes=1),
    tenants=33,
    committed_at=ago(hours=2),
)
LOOP = Loop(
    id="a",
    holder="host, process 7",
    version="0.1.0",
    writes=True,
    backend="simulator",
    started_at=ago(hours=1),
    beat_at=ago(seconds=2),
    state="running",
)


@dataclass
class Kept:
    """A store in memory. ``fails``: the methods that can not be read; ``asked``: what was, and how often."""

    counts: dict[State, int] = field(default_factory=lambda: {State.READY: 4, State.STALLED: 1})
    holds: dict[str, int] = field(default_factory=lambda: {"credit-review": 1})
    sums: Totals = SUMS
    from_: tuple[Source, ...] = field(default_factory=lambda: (SOURCE,))
    by: tuple[Loop, ...] = field(default_factory=lambda: (LOOP,))
    stopped: Fact[object | None] = None
    overdue: int = 0
    fails: frozenset[str] = frozenset()
    asked: Counter[str] = field(default_factory=Counter)
    queries: list[Query] = field(default_factory=list)

    def overview(self, query: Query) -> Overview:
        self._ask("overview")
        self.queries.append(query)
        return Overview((), sum(self.counts.values()), self.counts, self.holds)

    def totals(self) -> Totals:
        self._ask("totals")
        return self.sums

    def sources(self) -> tuple[Source, ...]:
        self._ask("sources")
        return self.from_

    def loops(self) -> tuple[Loop, ...]:
        self._ask("loops")
        return self.by

    def stop(self) -> Fact[object | None]:
        self._ask("stop")
        return self.stopped

    def late(self, now: datetime) -> int:
        self._ask("late")
        return self.overdue

    def kept(self, name: str) -> NoReturn:
        raise AssertionError("reads one tenant")

    past = timeline = handoffs = samples = kept

    def _ask(self, method: str) -> None:
        self.asked[method] += 1
        if method in self.fails:
            raise StateUnreadable("the store is on fire, says fabrikam")


@dataclass(frozen=True)
class Answer:
    """What an application answered."""

    code: int
    headers: dict[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


def ask(routes: list[Route], path: str, accept: str = "*/*", method: str = "GET") -> Answer:
    """Ask an application once, as a server would, without a socket."""
    return asyncio.run(asked(routes, path, accept, method))


async def asked(routes: list[Route], path: str, accept: str = "*/*", method: str = "GET") -> Answer:
    """Ask in a loop that may have other questions under way."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"10.1.2.3:8480"), (b"accept", accept.encode("latin-1"))],
        "client": ("10.1.2.4", 40000),
        "server": ("10.1.2.3", 8480),
        "extensions": {},
    }
    await Starlette(routes=routes)(scope, receive, send)
    start, *rest = sent
    headers = {key.decode(): value.decode() for key, value in start["headers"]}
    return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in rest).decode())

"""Signs of life and the store in, the answers to ``/healthz``, ``/readyz``, ``/late`` and ``/metrics`` out.

Each answers one question for a machine: shall the process be started anew, is it ready, is the fleet being looked
after. They say how many, never who: no name, no reason and no message of a tenant or a file is in any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from reconciler.errors import ReconcilerError
from reconciler.observe import Unknown
from reconciler.overview import Showing
from reconciler.web.counters import Counters
from reconciler.web.metrics import Clock, registry

# The main loop turns about once a second; this long without a turn and the process is better started anew.
ALIVE_WITHIN = timedelta(minutes=2)
FRESH = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Beat:
    """The signs of life as they stand, by the machine's clock."""

    turned_at: datetime
    source_read_at: datetime | None = None
    stopping: bool = False


class Pulse:
    """Signs of life of this process: the driver gives them, from any thread, and the probes read them."""

    def __init__(self, now: datetime) -> None:
        self._lock, self._beat = Lock(), Beat(now)

    def turned(self, now: datetime) -> None:
        """Note that the main loop came round."""
        with self._lock:
            self._beat = replace(self._beat, turned_at=now)

    def source_read(self, now: datetime) -> None:
        """Note that the tenant files were read and hold."""
        with self._lock:
            self._beat = replace(self._beat, source_read_at=now)

    def stopping(self) -> None:
        """Note that the process is coming to its end; there is no way back."""
        with self._lock:
            self._beat = replace(self._beat, stopping=True)

    @property
    def beat(self) -> Beat:
        """The signs as they stand."""
        with self._lock:
            return self._beat


@dataclass(frozen=True, slots=True)
class Said:
    """What a probe answers: well or not, a line for people, and the same as members for programs."""

    well: bool
    line: str
    members: Mapping[str, object]


def health(beat: Beat, now: datetime, within: timedelta) -> Said:
    """Say whether the main loop comes round.

    A last turn that lies ahead counts as much as one that lies behind: the clock was set back, and the next turn
    mends it. A process that hangs would else look alive until the clock has caught up.
    """
    since = round((now - beat.turned_at).total_seconds())
    well = abs(now - beat.turned_at) <= within
    line = f"{'ok' if well else 'silent'}: the main loop last came round {since} s ago"
    return Said(well, line, {"turned_seconds_ago": since})


def readiness(beat: Beat, store: bool) -> Said:
    """Say whether the store can be read, the tenant files have been read, and the process is not on its way out."""
    checks = {"store": store, "source": beat.source_read_at is not None, "running": not beat.stopping}
    missing = ", ".join(name for name, holds in checks.items() if not holds)
    return Said(not missing, f"not ready: {missing}" if missing else "ready", checks)


def lateness(late: int | None) -> Said:
    """Say whether nobody is overdue; None: that can not be told, which is not well."""
    line = "unknown: the state store can not be read" if late is None else f"{late} late"
    return Said(late == 0, line, {"late": late})


def routes(
    showing: Showing,
    counters: Counters,
    pulse: Pulse,
    now: Clock,
    *,
    service_now: Clock | None = None,
    alive_within: timedelta = ALIVE_WITHIN,
) -> list[Route]:
    """Return the four routes. ``now`` is the machine's clock, ``service_now`` the service's where that is another."""
    scraped = registry(showing, counters, now, service_now)

    async def healthz(request: Request) -> Response:
        # Asks nothing and takes no thread, so that it is answered however long the store takes over the others.
        return _answer(request, health(pulse.beat, now(), alive_within))

    # Starlette runs what is not a coroutine in a thread: reading the store never holds up the other answers.
    def readyz(request: Request) -> Response:
        return _answer(request, readiness(pulse.beat, _readable(showing)))

    def late(request: Request) -> Response:
        return _answer(request, lateness(_late(showing, service_now or now)))

    def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(scraped), headers={**FRESH, "Content-Type": content_type})

    found: Mapping[str, Callable[..., object]] = {
        "/healthz": healthz,
        "/readyz": readyz,
        "/late": late,
        "/metrics": metrics,
    }
    return [Route(path, endpoint, methods=["GET"]) for path, endpoint in found.items()]


def _readable(showing: Showing) -> bool:
    """The stop switch stands for the store: it is one row, and where it can not be read nothing is written."""
    try:
        return not isinstance(showing.stop(), Unknown)
    except ReconcilerError:
        return False


def _late(showing: Showing, service_now: Clock) -> int | None:
    try:
        return showing.late(service_now())
    except ReconcilerError:
        return None


def _answer(request: Request, said: Said) -> Response:
    code = 200 if said.well else 503
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"ok": said.well, **said.members}, code, headers=FRESH)
    return PlainTextResponse(f"{said.line}\n", code, headers=FRESH)

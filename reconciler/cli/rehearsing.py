"""The embedded service and an address in, the service spoken to over HTTP there out, until Ctrl-C.

Whoever can reach it may order: its secrets are printed, so it listens on loopback and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Event

import click

from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.simulator.http.face import Application, FaceSettings, build_app
from reconciler.cli.loop.clock import ServicePace
from reconciler.cli.loop.listening import Listen
from reconciler.messages import say
from reconciler.web.access import is_loopback
from reconciler.web.serving import serve

READER = "7d1f6a52-3c0e-4d0a-8f5e-5b0f00000001"
WRITER = "7d1f6a52-3c0e-4d0a-8f5e-5b0f00000002"
# They guard nothing: they are printed, and open a stand-in on this machine alone.
SECRETS = {READER: "rehearsal-reader-secret", WRITER: "rehearsal-writer-secret"}
# The clock is moved on no oftener than this, since each move is written down.
EVERY = 0.2


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How the service is to be spoken to; made from the options of the command.

    ``catalogue``: the one the service goes by, which whoever speaks to it has to go by as well.
    """

    listen: str
    etags: bool
    plain: bool
    speed: float
    catalogue: str

    def where(self) -> Listen:
        """Where to listen; anything but loopback is a usage error."""
        where = Listen.to(self.listen)
        if not is_loopback(where.host):
            raise click.UsageError(say("cli.rehearsal-open", host=where.host))
        return where


class Ticking:
    """Moves the service's clock along with the machine's, from the machine's time now; called before each request."""

    def __init__(
        self, service: Commerce, speed: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        service.advance_to(datetime.now(UTC).replace(microsecond=0))
        self._pace, self._monotonic = ServicePace(service, speed), monotonic
        self._last = monotonic()

    def __call__(self) -> None:
        """Move it on, if that was not done just now."""
        now = self._monotonic()
        if now - self._last >= EVERY:
            self._last = now
            self._pace.now()


def rehearse(service: Commerce, wish: Rehearsal, tell: Callable[[str], None], until: Event) -> None:
    """Serve until ``until`` is set or Ctrl-C; ``tell`` takes what has to be configured to use it."""
    where = wish.where()
    applications = {client: Application(secret) for client, secret in SECRETS.items()}
    settings = FaceSettings(applications=applications, etags=wish.etags, oddities=not wish.plain)
    if wish.speed:
        settings = replace(settings, tick=Ticking(service, wish.speed))
    with serve(build_app(service, settings), where.host, where.port) as served, suppress(KeyboardInterrupt):
        tell(_told(served.url.rstrip("/"), settings, wish.catalogue))
        until.wait()


def _told(address: str, settings: FaceSettings, catalogue: str) -> str:
    facts = {"reader": READER, "writer": WRITER, "partner": settings.partner, "token": settings.refresh_token}
    secrets = {"reader_secret": SECRETS[READER], "writer_secret": SECRETS[WRITER]}
    return say("cli.rehearsal", address=address, catalogue=catalogue, **facts, **secrets)

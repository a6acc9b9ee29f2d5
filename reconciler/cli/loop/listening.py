"""A loop and where to listen in, its status page, metrics and probes out, on a thread of their own."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from reconciler.adapters.store import Store
from reconciler.cli.loop.building import Built, machine_now
from reconciler.messages import say
from reconciler.overview import Showing
from reconciler.web.access import Access, Tls, access_for, token_of
from reconciler.web.app import build_app
from reconciler.web.probes import routes
from reconciler.web.serving import serve

TOKEN = "RECONCILER_LISTEN_TOKEN"  # noqa: S105 - a variable's name
LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen, and who may come; made from the options of the command."""

    host: str
    port: int
    token_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    names: tuple[str, ...] = ()

    @classmethod
    def to(cls, address: str, **more: object) -> Listen:
        """Read ``HOST:PORT``, ``[::1]:PORT`` or ``:PORT`` (every address); anything else is a usage error."""
        host, colon, port = address.rpartition(":")
        right = (
            port.isascii() and port.isdigit() and len(port) <= len(str(LAST_PORT)) and int(port) <= LAST_PORT
        )
        if not colon or not right or (":" in host and not host.startswith("[")):
            raise click.UsageError(say("loop.bad-address", text=address))
        return cls(host.strip("[]") or "0.0.0.0", int(port), **more)  # type: ignore[arg-type] # noqa: S104

    @property
    def tls(self) -> Tls | None:
        """The certificates, None where there are none. One without the other is a usage error."""
        if (self.certificate is None) != (self.key is None) or (self.client_ca and self.certificate is None):
            raise click.UsageError(say("loop.half-a-certificate"))
        if self.certificate is None or self.key is None:
            return None
        return Tls(self.certificate, self.key, self.client_ca)

    def access(self) -> Access:
        """Who may reach the page. Raises ReconcilerError where that would be everybody."""
        variable = TOKEN if os.environ.get(TOKEN) else None
        token = token_of(variable, self.token_file, os.environ)
        return access_for(self.host, token=token, tls=self.tls, names=self.names)


def listen(where: Listen, built: Built, things: ExitStack) -> str:
    """Begin to serve, until ``things`` are closed; return the address."""
    clock = built.loop.clock
    showing = shown_of(built.store, built)
    app = build_app(
        showing,
        built.setting.catalogue,
        access=where.access(),
        now=machine_now,
        service_now=clock.now,
        extra_routes=routes(showing, built.counters, built.pulse, machine_now, service_now=clock.now),
    )
    served = things.enter_context(serve(app, where.host, where.port, where.tls))
    return served.url


def shown_of(store: Store, built: Built) -> Showing:
    """Return what the page and the metrics read: what loops keep of this one's fleet."""
    showing = store.showing(built.loop.store.fleet, built.loop.pace)
    if showing is None:
        raise TypeError("a loop without a store")
    return showing

"""An application, a host and a port in, a server on a thread of its own out; it ends when it is told to.

It installs no signal handlers, since the loop has its own, and logs no requests: addresses hold names of customers.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from starlette.types import ASGIApp

from reconciler.errors import ReconcilerError
from reconciler.messages import say
from reconciler.web.access import Tls
from reconciler.web.guard import MOST_HEADER_BYTES

if TYPE_CHECKING:
    import uvicorn

MOST_AT_ONCE = 64
LAST_PORT = 65_535
STARTS_WITHIN = 10.0
ENDS_WITHIN = 5


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs. ``host`` and ``port`` are where it really listens; also a context manager that stops it."""

    host: str
    port: int
    encrypted: bool
    server: uvicorn.Server
    thread: threading.Thread

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        name = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        name = f"[{name}]" if ":" in name and not name.startswith("[") else name
        return f"{'https' if self.encrypted else 'http'}://{name}:{self.port}/"

    def stop(self) -> None:
        """Answer what is being asked, then end; may be called twice."""
        self.server.should_exit = True
        self.thread.join(ENDS_WITHIN + 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(app: ASGIApp, host: str, port: int, tls: Tls | None = None) -> Served:
    """Begin to serve, and return where; port 0 is any free one. Raises ReconcilerError if that can not be."""
    import uvicorn

    # Here and not on the thread, where a certificate that can not be read would end in nothing but silence.
    encryption = _context(tls) if tls else None
    listening = _listening(host, port)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_AT_ONCE,
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=ENDS_WITHIN,
    )
    # The server looks for handlers of this log, and finds those of whoever listens to all of them.
    logging.getLogger("uvicorn.access").disabled = True
    config.load()
    config.ssl = encryption
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, name="status page", daemon=True
    )
    thread.start()
    bound = listening.getsockname()
    served = Served(bound[0], bound[1], tls is not None, server, thread)
    _wait(served)
    return served


def _listening(host: str, port: int) -> socket.socket:
    if not 0 <= port <= LAST_PORT:
        raise _not_bound(host, port, say("serving.no-port", last=LAST_PORT))
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host.strip("[]"), port), family=family, backlog=128)
        # An answer goes out in two parts, and the second would wait 40 ms for the caller to confirm the first.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        raise _not_bound(host, port, error.strerror or str(error)) from error


def _not_bound(host: str, port: int, why: str) -> ReconcilerError:
    return ReconcilerError(say("serving.not-bound", host=host or "*", port=port, why=why))


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(tls.certificate, tls.key)
        if tls.authority is not None:
            context.load_verify_locations(tls.authority)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:
        facts = {
            "certificate": tls.certificate,
            "key": tls.key,
            "authority": tls.authority or say("serving.no-authority"),
            "why": error.strerror or str(error),
        }
        raise ReconcilerError(say("serving.tls-unusable", **facts)) from error
    return context


def _wait(served: Served) -> None:
    """Wait until it answers; it does within milliseconds, or never."""
    until = time.monotonic() + STARTS_WITHIN
    while not served.server.started:
        if not served.thread.is_alive() or time.monotonic() > until:
            served.stop()
            facts = {"host": served.host, "port": served.port, "seconds": STARTS_WITHIN}
            raise ReconcilerError(say("serving.not-started", **facts))
        time.sleep(0.005)

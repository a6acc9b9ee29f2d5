"""A number of threads in, a pool of connections out whose every answer has an end, however slowly it comes.

urllib3 knows a limit for the next byte only: an answer that comes byte by byte would last for ever, and one whose head
does so is not even seen. So the socket an answer is read from has, before each read, only the time that is left.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from reconciler.adapters.microsoft.addresses import is_loopback

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    import urllib3

_CHUNK = 65_536


class Ends:
    """When the answer that this thread reads has to be there: at a moment of ``clock``, and each part in ``read`` s."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._mine = threading.local()

    @contextmanager
    def at(self, moment: float, read: float) -> Iterator[None]:
        """Set the end for what this thread reads in the block."""
        self._mine.moment, self._mine.read = moment, read
        try:
            yield
        finally:
            del self._mine.moment, self._mine.read

    def left(self) -> float:
        """Return how many seconds the next read may take. Raises TimeoutError where none are left."""
        left: float = self._mine.moment - self._clock()
        if left <= 0:
            raise TimeoutError
        return min(left, cast("float", self._mine.read))


class _Part(io.RawIOBase):
    """What comes from a socket, read by read."""

    def __init__(self, sock: socket.socket, ends: Ends) -> None:
        self._socket, self._ends = sock, ends
        # It keeps the socket open when the connection already let go of it.
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._socket.settimeout(self._ends.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Socket:
    """A socket as an HTTP answer of the standard library needs it."""

    def __init__(self, sock: socket.socket, ends: Ends) -> None:
        self._socket, self._ends = sock, ends

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Part(self._socket, self._ends), _CHUNK)


def pool_for(base: str, threads: int, ends: Ends) -> urllib3.PoolManager:
    """Return a pool that checks certificates, by way of the proxy the environment names, if it names one for this host.

    At most ``threads`` connections, and who wants one more waits. ``SSL_CERT_FILE`` names other authorities to trust.
    """
    from urllib.request import getproxies, proxy_bypass

    import urllib3
    from urllib3.connection import HTTPConnection, HTTPSConnection

    def answer(sock: socket.socket, *words: Any, **named: Any) -> HTTPResponse:
        return HTTPResponse(cast("socket.socket", _Socket(sock, ends)), *words, **named)

    class Plain(HTTPConnection):
        response_class = cast("type[HTTPResponse]", staticmethod(answer))

    class Secure(HTTPSConnection):
        response_class = cast("type[HTTPResponse]", staticmethod(answer))

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    parts = urlsplit(base)
    host = parts.hostname or ""
    proxy = None if is_loopback(host) or proxy_bypass(host) else getproxies().get(parts.scheme)
    settings: dict[str, Any] = {
        "cert_reqs": "CERT_REQUIRED",
        "ca_certs": os.environ.get("SSL_CERT_FILE") or None,
        "maxsize": threads,
        "block": True,
    }
    pool = urllib3.ProxyManager(proxy, **settings) if proxy else urllib3.PoolManager(**settings)
    pool.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return pool

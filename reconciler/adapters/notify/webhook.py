"""A message in, one signed request to a webhook out, and what came of it.

The body is a CloudEvent in structured JSON; it is signed as Standard Webhooks does it: HMAC-SHA256 over id, time and
body, with dots between. Certificates are checked, redirections are not followed (they would carry the event to a host
nobody has named), and answers and waits have an end.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reconciler import __version__
from reconciler.messages import say
from reconciler.notices.delivering import Posting, Sent
from reconciler.notices.receivers import LOOPBACK
from reconciler.report.events import MEDIA_TYPE, event_of, event_text

if TYPE_CHECKING:
    import urllib3

MOST_BYTES = 65_536
GONE = 410


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds: for a connection, for the next byte, for a whole answer."""

    connect: float = 10.0
    read: float = 15.0
    whole: float = 30.0
    clock: Callable[[], float] = time.monotonic


class WebhookSender:
    """Sends to one address. ``keys``: each makes a signature, and the receiver needs to know one of them."""

    def __init__(
        self,
        url: str,
        keys: tuple[bytes, ...],
        page_url: str,
        now: Callable[[], datetime],
        patience: Patience = Patience(),
    ) -> None:
        self._url, self._keys, self._page, self._now = url, keys, page_url, now
        self._patience = patience
        self._pool: urllib3.PoolManager | None = None

    def send(self, posting: Posting) -> Sent:
        """Send one message, once."""
        body = event_text(event_of(posting.id, posting.contents, self._page))
        at = self._now()
        try:
            status, headers = self._sent(body, signed(posting.id, at, body, self._keys))
        except _NotSent as error:
            return Sent(problem=str(error))
        if 200 <= status < 300:
            return Sent()
        if status == GONE:
            return Sent(problem=say("notify.gone"), gone=True)
        key = "notify.moved" if 300 <= status < 400 else "notify.status"
        return Sent(problem=say(key, status=status), later=later(headers.get("retry-after", ""), at))

    def _sent(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str]]:
        import urllib3

        pool = self._pool = self._pool or _pool_for(self._url)
        wait = urllib3.Timeout(connect=self._patience.connect, read=self._patience.read)
        try:
            response = pool.request(
                "POST",
                self._url,
                body=body,
                headers=dict(headers),
                timeout=wait,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            self._drain(response)
        except urllib3.exceptions.SSLError as error:
            raise _NotSent(say("notify.certificate", why=_last(error))) from None
        # It is a ConnectTimeoutError to the library too, so it is asked for first.
        except urllib3.exceptions.NewConnectionError as error:
            raise _NotSent(say("notify.unreachable", why=_last(error))) from None
        except urllib3.exceptions.TimeoutError:
            raise _NotSent(say("notify.slow")) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _NotSent(say("notify.unreachable", why=type(error).__name__)) from None
        return response.status, {name.lower(): value for name, value in response.headers.items()}

    def _drain(self, response: urllib3.BaseHTTPResponse) -> None:
        """Read the answer to its end, so that the connection can be used again, or give the connection up."""
        end, size = self._patience.clock() + self._patience.whole, 0
        while part := response.read1(8_192):
            size += len(part)
            if size > MOST_BYTES or self._patience.clock() > end:
                response.close()
                return
        response.release_conn()


class _NotSent(Exception):
    """Nobody took it, as far as we know; the message says why and holds no address."""


def signed(id_: str, at: datetime, body: bytes, keys: tuple[bytes, ...]) -> Mapping[str, str]:
    """Return the headers of a message, the signature with each key among them."""
    seconds = str(int(at.timestamp()))
    content = b".".join((id_.encode(), seconds.encode(), body))
    made = (base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode() for key in keys)
    return {
        "Content-Type": MEDIA_TYPE,
        "User-Agent": f"reconciler/{__version__}",
        "webhook-id": id_,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in made),
    }


def later(text: str, at: datetime) -> timedelta | None:
    """Return how long a receiver asks to be left alone: seconds, or a date. None where it does not say so."""
    if text.isascii() and text.isdigit() and len(text) < 9:
        return timedelta(seconds=int(text))
    try:
        return max(timedelta(), parsedate_to_datetime(text) - at)
    except (ValueError, TypeError, OverflowError):
        return None


def _pool_for(url: str) -> urllib3.PoolManager:
    """A pool that checks certificates, by way of the proxy the environment names, if it names one for this host."""
    from urllib.request import getproxies, proxy_bypass

    import urllib3

    parts = urlsplit(url)
    host = parts.hostname or ""
    proxy = None if host in LOOPBACK or proxy_bypass(host) else getproxies().get(parts.scheme)
    trust: dict[str, Any] = {
        "cert_reqs": "CERT_REQUIRED",
        "ca_certs": os.environ.get("SSL_CERT_FILE") or None,
    }
    return urllib3.ProxyManager(proxy, **trust) if proxy else urllib3.PoolManager(**trust)


def _last(error: BaseException) -> str:
    """The end of what the library says, which is the reason; before it stand addresses of objects."""
    inner = next((part for part in reversed(error.args) if isinstance(part, BaseException)), None)
    if inner is not None:
        return _last(inner)
    return str(error).rsplit(": ", 1)[-1].strip("()'\" .") or type(error).__name__

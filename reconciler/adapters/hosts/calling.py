"""One request to a code host in, its JSON answer out, or a sentence that says what went wrong and what to do.

Certificates are checked, redirects are not followed (they would carry the token along), answers and waits have an
end. A read is tried again when the host says "later"; a write is sent once, whatever comes of it.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from reconciler import __version__
from reconciler.adapters.hosts.places import LOOPBACK, Spot
from reconciler.errors import HostTrouble
from reconciler.messages import say

if TYPE_CHECKING:
    import urllib3

MOST_BYTES = 20_000_000
MOST_PAGES = 100
PER_PAGE = 100
LONGEST_SAID = 200
BUSY = frozenset({429, 500, 502, 503, 504})
_NEXT = re.compile(r'<([^>]*)>\s*;(?:[^,<]*;)?\s*rel="?next"?')


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds: for a connection, for the next byte, for a whole answer, before another try."""

    connect: float = 10.0
    read: float = 30.0
    whole: float = 90.0
    longest_wait: float = 60.0
    tries: int = 3
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered: status, headers with small letters, and the bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def limited(self) -> bool:
        """Whether the host asks for patience; GitHub also does so with 403."""
        spent = self.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in self.headers
        return self.status == 429 or (self.status == 403 and spent)

    @property
    def later(self) -> float | None:
        """After how many seconds to come again; None where it was not said in seconds."""
        text = self.headers.get("retry-after", "")
        return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


class _Broken(HostTrouble):
    """The connection was not there, or broke: worth another try, where nothing is written."""


class Calls:
    """Speaks to one host. Every complaint names what was asked, and never holds the token."""

    def __init__(self, spot: Spot, headers: Mapping[str, str], patience: Patience) -> None:
        self._spot, self._patience = spot, patience
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"reconciler/{__version__}",
            **headers,
        }
        self._pool: urllib3.PoolManager | None = None

    def read(self, path: str, query: Mapping[str, object] | None = None, *, allow: int = 0) -> Any:
        """Return the JSON at ``path``; None for the status ``allow``. Raises HostTrouble."""
        answer = self._asked(self._url(path, query or {}), f"GET {path}")
        if answer.status == allow:
            return None
        found = self._json(answer, f"GET {path}", perhaps="")
        if found is None:
            raise self._odd(f"GET {path}", say("hosts.why.member", member="{}"))
        return found

    def pages(self, path: str, query: Mapping[str, object] | None = None) -> Iterator[Any]:
        """Yield the entries of every page of a list, by the ``Link`` header both GitHub and GitLab document."""
        url: str | None = self._url(path, {"per_page": PER_PAGE, **(query or {})})
        for _ in range(MOST_PAGES):
            answer = self._asked(url or "", f"GET {path}")
            entries = self._json(answer, f"GET {path}", perhaps="")
            if not isinstance(entries, list):
                raise self._odd(f"GET {path}", say("hosts.why.member", member="[]"))
            yield from entries
            url = self._next(answer, path)
            if url is None:
                return
        raise self._odd(f"GET {path}", say("hosts.why.pages", most=MOST_PAGES))

    def write(
        self,
        method: str,
        path: str,
        body: Mapping[str, object],
        query: Mapping[str, object] | None = None,
    ) -> Any:
        """Send one write, once, and return what the host made of it. Raises HostTrouble."""
        what, perhaps = f"{method} {path}", say("hosts.perhaps")
        answer = self._sent(method, self._url(path, query or {}), what, json.dumps(body).encode(), perhaps)
        if answer.status not in (200, 201):
            raise self._complaint(answer, what, perhaps)
        return self._json(answer, what, perhaps=perhaps)

    def member(self, value: Any, *path: str, kind: type = str, what: str) -> Any:
        """Return a member of an answer; raises HostTrouble where it is missing or of another kind."""
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self._odd(what, say("hosts.why.member", member=".".join(path)))
        return value

    def _url(self, path: str, query: Mapping[str, object]) -> str:
        asked = urlencode({k: str(v) for k, v in query.items()})
        return f"{self._spot.base}{quote(path, safe='/%')}" + (f"?{asked}" if asked else "")

    def _next(self, answer: Answer, path: str) -> str | None:
        found = _NEXT.search(answer.headers.get("link", ""))
        if not found:
            return None
        here, there = urlsplit(self._spot.base), urlsplit(found[1])
        # The token goes along with every request, so it goes nowhere else.
        if (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise self._odd(f"GET {path}", say("hosts.why.elsewhere"))
        return found[1]

    def _asked(self, url: str, what: str) -> Answer:
        """Send a read, again where the host says so and it is worth waiting for."""
        for attempt in range(self._patience.tries):
            last = attempt == self._patience.tries - 1
            try:
                answer = self._sent("GET", url, what, None, "")
            except _Broken:
                if last:
                    raise
                self._patience.sleep(float(2**attempt))
                continue
            wait = answer.later if answer.later is not None else float(2**attempt)
            again = answer.limited or answer.status in BUSY
            if last or not again or wait > self._patience.longest_wait:
                break
            self._patience.sleep(wait)
        return answer

    def _sent(self, method: str, url: str, what: str, body: bytes | None, perhaps: str) -> Answer:
        import urllib3

        pool = self._pool = self._pool or _pool_for(url)
        wait = urllib3.Timeout(connect=self._patience.connect, read=self._patience.read)
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        try:
            response = pool.request(
                method,
                url,
                body=body,
                headers=headers,
                timeout=wait,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            told = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, told, self._whole(response, what, perhaps))
        except urllib3.exceptions.SSLError as error:
            raise self._trouble("certificate", base=self._spot.base, why=_last(error)) from None
        # It is a ConnectTimeoutError to the library too, so it is asked for first.
        except urllib3.exceptions.NewConnectionError as error:
            base, why = self._spot.base, _last(error)
            raise _Broken(str(self._trouble("unreachable", base=base, why=why, perhaps=""))) from None
        except urllib3.exceptions.ConnectTimeoutError:
            raise self._trouble(
                "slow", what=what, seconds=f"{self._patience.connect:g}", perhaps=""
            ) from None
        except urllib3.exceptions.TimeoutError:
            raise self._slow(what, perhaps) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            base, why = self._spot.base, _last(error)
            raise _Broken(str(self._trouble("unreachable", base=base, why=why, perhaps=perhaps))) from None

    def _whole(self, response: urllib3.BaseHTTPResponse, what: str, perhaps: str) -> bytes:
        """Read the answer as it comes: one that never ends, in size or in time, ends here."""
        end = self._patience.clock() + self._patience.whole
        parts: list[bytes] = []
        size = 0
        try:
            while part := response.read1(65_536):
                size += len(part)
                parts.append(part)
                if size > MOST_BYTES:
                    raise self._odd(what, say("hosts.why.big", most=MOST_BYTES // 1_000_000), perhaps)
                if self._patience.clock() > end:
                    raise self._slow(what, perhaps)
        finally:
            response.close()
        return b"".join(parts)

    def _json(self, answer: Answer, what: str, *, perhaps: str) -> Any:
        if answer.status not in (200, 201):
            raise self._complaint(answer, what, perhaps)
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            raise self._trouble("not-json", what=what, base=self._spot.base, perhaps=perhaps) from None

    def _complaint(self, answer: Answer, what: str, perhaps: str) -> HostTrouble:
        status = answer.status
        facts = {"what": what, "status": status, "token": self._spot.token_name, "said": _said(answer.body)}
        if answer.limited:
            seconds = answer.later
            return self._trouble(
                "limited" if seconds is not None else "limited-untimed", seconds=f"{seconds or 0:g}", **facts
            )
        if 300 <= status < 400:
            return self._trouble("moved", **facts)
        if status >= 500:
            return self._trouble("status.busy", perhaps=perhaps, **facts)
        rights = say(f"hosts.rights.{self._spot.host}")
        known = status if status in (401, 403, 404, 422) else "other"
        return self._trouble(f"status.{known}", rights=rights, **facts)

    def _slow(self, what: str, perhaps: str) -> HostTrouble:
        return self._trouble("slow", what=what, seconds=f"{self._patience.read:g}", perhaps=perhaps)

    def _odd(self, what: str, why: str, perhaps: str = "") -> HostTrouble:
        return self._trouble("not-understood", what=what, why=why, perhaps=perhaps)

    def _trouble(self, key: str, **facts: object) -> HostTrouble:
        text = say(f"hosts.{key}", host=self._spot.host.called, **facts)
        # A host may say back what it was sent.
        return HostTrouble(text.replace(self._spot.token, "***"))


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


def _said(body: bytes) -> str:
    """What the host says of it, if it says so where hosts do, on one line of a bearable length."""
    words: object = None
    with suppress(ValueError, RecursionError):
        answer = json.loads(body)
        words = (answer.get("message") or answer.get("error")) if isinstance(answer, dict) else None
    if not words:
        return ""
    text = words if isinstance(words, str) else json.dumps(words)
    text = " ".join(text.split())
    return say("hosts.said", words=text[:LONGEST_SAID])


def _last(error: BaseException) -> str:
    """The end of what the library says, which is the reason; before it stand addresses of objects."""
    inner = next((part for part in reversed(error.args) if isinstance(part, BaseException)), None)
    if inner is not None:
        return _last(inner)
    return str(error).rsplit(": ", 1)[-1].strip("()'\" .") or type(error).__name__

"""One request in, sent once; its answer out, or the reason why there is none and whether it may have been taken.

Certificates are checked, redirects are not followed (they would carry the token along), and an answer has an end, in
time and in size. Nothing here tries twice.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote_plus, urlsplit

from reconciler.adapters.microsoft.addresses import checked
from reconciler.adapters.microsoft.sockets import Ends, pool_for
from reconciler.errors import ReconcilerError
from reconciler.messages import say

if TYPE_CHECKING:
    import urllib3

# A part of a secret that is shorter is none, and might be any word.
SHORTEST = 8
MEGABYTE = 1_000_000
MOST_MEGABYTES = 20
# "Try again after 24 hours" is the longest there is (PC 14); a nonsense header must not silence a tenant for years.
LONGEST_LATER = 86_400.0
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{0,9})?")
# Identifiers of requests, which some answers hold twice, with a comma between (PC 2.3).
_IDENTIFIER = re.compile(r"ms-.*|(client-)?request-id")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds: for a connection, for the next byte, for all of one call.

    ``longest_wait``: how long at the most, at a time, because the service asked for it or before another try.
    ``longest_turn``: and for a turn within the budget, which many threads share.
    """

    connect: float = 10.0
    # Partner Center is slow at lists, and its own client waits for three minutes (PC 2.6, 16).
    read: float = 100.0
    whole: float = 300.0
    longest_wait: float = 60.0
    longest_turn: float = 60.0
    tries: int = 4
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


class NoAnswer(ReconcilerError):
    """There is no answer that could be used.

    ``reason``: a phrase that names what was asked, and never a secret. ``sent`` False: certainly nothing went out.
    ``answered``: an answer came, of no use. ``later``: after how many seconds to come again, where that was said.
    ``passing``: it may be different at once, as with a connection that was cut.
    """

    def __init__(
        self,
        reason: str,
        *,
        sent: bool = True,
        answered: bool = False,
        later: float | None = None,
        passing: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason, self.sent, self.answered = reason, sent, answered
        self.later, self.passing = later, passing


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service answered: status, headers with small letters, the bytes. ``what``: the request, for people."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    what: str = ""

    def json(self) -> Any:
        """Return the JSON in it. Raises NoAnswer where it is none."""
        try:
            return json.loads(self.body, parse_constant=_no_number)
        except (ValueError, RecursionError):
            facts = {"what": self.what, "status": self.status, "size": len(self.body)}
            raise NoAnswer(say("calling.malformed", **facts), answered=True) from None

    def without(self, secret: str) -> Answer:
        """Return it without what the service was shown: some repeat it in what they say of a failure."""
        told = {name: silenced(value, secret) for name, value in self.headers.items()}
        body = self.body
        if any(part.encode() in body for part in _parts(secret)):
            body = silenced(body.decode("latin-1"), secret).encode("latin-1")
        return replace(self, headers=told, body=body)

    @property
    def later(self) -> float | None:
        """After how many seconds to come again: a number, which may be a decimal, or a date (Graph 3); else None."""
        # By the service's own clock, where it tells it: ours may be wrong.
        return seconds_of(self.headers.get("retry-after", ""), self.date)

    @property
    def date(self) -> datetime | None:
        """What the service's clock said; None where it did not tell."""
        return _date(self.headers.get("date", ""))


def silenced(text: str, secret: str) -> str:
    """Return what a service said without the secret it was shown, whole, quoted, or one part of it between dots."""
    for part in _parts(secret):
        text = text.replace(part, "***")
    return text


def _parts(secret: str) -> list[str]:
    """What a secret can be told by, the longest first."""
    parts = {secret, quote_plus(secret), *secret.split(".")}
    return sorted((part for part in parts if len(part) >= SHORTEST), key=len, reverse=True)


def seconds_of(text: str, now: datetime | None = None) -> float | None:
    """Return the seconds a Retry-After asks for, at most a day; None where it says nothing of use."""
    text = text.strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST_LATER)
    when = _date(text)
    if when is None:
        return None
    return min(max(0.0, (when - (now or datetime.now(UTC))).total_seconds()), LONGEST_LATER)


class Line:
    """A bounded pool of connections to one address; safe to share between threads."""

    def __init__(self, base: str, patience: Patience, *, threads: int) -> None:
        """``base``: https, or http to this very machine; raises ReconcilerError for any other."""
        self.base = checked(base)
        self.host = urlsplit(self.base).netloc
        self._patience = patience
        self._ends = Ends(patience.clock)
        self._threads = threads
        self._pool: urllib3.PoolManager | None = None

    def what(self, method: str, path: str) -> str:
        """Return how a request is called in messages: without its query, which may hold what is nobody's business."""
        return f"{method} {self.host}{urlsplit(path).path}"

    def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        until: float,
        connected: float | None = None,
    ) -> Answer:
        """Send one request and return its answer, there before ``until`` by the patience's clock. Raises NoAnswer.

        ``connected``: by when it has to go out, if it must not go out later.
        """
        import urllib3

        pool = self._pool = self._pool or pool_for(self.base, self._threads, self._ends)
        what = self.what(method, path)
        if not all(_fit(text) for pair in headers.items() for text in pair):
            raise NoAnswer(say("calling.unfit", what=what), sent=False)
        left = until - self._patience.clock()
        if left <= 0:
            raise NoAnswer(say("calling.full", what=what, seconds="0"), sent=False)
        patience = self._patience
        soon = left if connected is None else max(0.001, min(left, connected - patience.clock()))
        with self._ends.at(until, patience.read):
            try:
                response = pool.request(
                    method,
                    self.base + path,
                    body=body,
                    headers=headers,
                    timeout=urllib3.Timeout(
                        connect=min(patience.connect, soon), read=min(patience.read, left)
                    ),
                    retries=False,
                    redirect=False,
                    preload_content=False,
                    pool_timeout=soon,
                )
                told = _told(response.headers.items())
                answer = Answer(response.status, told, self._whole(response, what), what)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                self._none(error, what, left)
        if 300 <= answer.status < 400:
            raise NoAnswer(say("calling.moved", what=what, status=answer.status), answered=True)
        return answer

    def close(self) -> None:
        """Let go of the connections that nobody uses."""
        if self._pool is not None:
            self._pool.clear()

    def _whole(self, response: urllib3.BaseHTTPResponse, what: str) -> bytes:
        """Read the answer as it comes, so that one with no end in size ends here."""
        parts: list[bytes] = []
        size = 0
        try:
            while part := response.read1(65_536):
                size += len(part)
                parts.append(part)
                if size > MOST_MEGABYTES * MEGABYTE:
                    raise NoAnswer(say("calling.big", what=what, most=MOST_MEGABYTES), answered=True)
        finally:
            response.close()
        return b"".join(parts)

    def _none(self, error: Exception, what: str, left: float) -> NoReturn:
        """Say why there is no answer, in words of our own: those of a library may repeat what was sent."""
        from urllib3 import exceptions as of

        def unreachable(why: str) -> NoAnswer:
            text = say("calling.unreachable", what=what, host=self.host, why=why)
            return NoAnswer(text, sent=False, passing=True)

        if isinstance(error, of.EmptyPoolError):
            raise NoAnswer(say("calling.full", what=what, seconds=f"{left:g}"), sent=False) from None
        if isinstance(error, of.ProxyError):
            raise unreachable(say("calling.unreachable.proxy")) from None
        if isinstance(error, of.SSLError) and (why := _mistrust(error)):
            text = say("calling.certificate", what=what, host=self.host, why=why)
            raise NoAnswer(text, sent=False) from None
        # A refused connection is a ConnectTimeoutError to some versions of the library, so it is asked for first.
        if isinstance(error, of.NameResolutionError):
            raise unreachable(say("calling.unreachable.name")) from None
        if isinstance(error, of.NewConnectionError | of.LocationValueError):
            raise unreachable(_system(error)) from None
        if isinstance(error, of.ConnectTimeoutError):
            seconds = f"{min(self._patience.connect, left):g}"
            raise unreachable(say("calling.unreachable.connect", seconds=seconds)) from None
        if isinstance(error, of.TimeoutError | TimeoutError):
            seconds = f"{min(self._patience.read, left):g}"
            raise NoAnswer(say("calling.slow", what=what, seconds=seconds), passing=True) from None
        garbled = isinstance(error, of.DecodeError | of.InvalidHeader) or _no_http(error)
        raise NoAnswer(
            say("calling.garbled" if garbled else "calling.cut", what=what), passing=True
        ) from None


def _fit(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _told(items: Any) -> dict[str, str]:
    return {name.lower(): _single(name.lower(), value) for name, value in items}


def _single(name: str, value: str) -> str:
    """A header's value, once: some answers say one twice, with a comma between (PC 2.3)."""
    if _IDENTIFIER.fullmatch(name):
        return value.split(",")[0].strip()
    half, comma = divmod(len(value), 2)
    for cut in (half, half - 1 + comma):
        if 0 < cut < len(value) and value[cut] == "," and value[:cut].strip() == value[cut + 1 :].strip():
            return value[:cut].strip()
    return value


def _date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _no_number(word: str) -> NoReturn:
    """JSON has no word for these; Python's reader knows some."""
    raise ValueError(word)


def _mistrust(error: BaseException) -> str:
    """Why a certificate is not trusted, as the system says it; "" where the error is another one."""
    import ssl

    for inner in _inner(error):
        if isinstance(inner, ssl.SSLCertVerificationError):
            return inner.verify_message or type(inner).__name__
    return ""


def _no_http(error: BaseException) -> bool:
    from http.client import HTTPException, IncompleteRead, RemoteDisconnected

    cut = (IncompleteRead, RemoteDisconnected)
    return any(isinstance(e, HTTPException) and not isinstance(e, cut) for e in _inner(error))


def _system(error: BaseException) -> str:
    """What the system says of an error: never what the library says, which may hold an address."""
    said = [inner.strerror for inner in _inner(error) if isinstance(inner, OSError) and inner.strerror]
    return said[-1] if said else type(error).__name__


def _inner(error: BaseException) -> list[BaseException]:
    """An error and those it was made of."""
    found = [error]
    for one in found:
        more = [*one.args, one.__cause__, one.__context__]
        found += [e for e in more if isinstance(e, BaseException) and not any(e is f for f in found)]
    return found

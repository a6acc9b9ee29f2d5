"""A request to Partner Center or Graph and who asks in, its answer out: a read as often as it takes, a write once.

A read comes again on 408, 429, 500, 502, 503, 504 and on a connection that was cut, as long as patience lasts; a 429
holds every request to that service. A 401 gets a new token, once. A write is sent exactly once, whatever comes of it:
what became of one without an answer is found out by looking.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from reconciler import __version__
from reconciler.adapters.microsoft.pace import Pace, Pressing
from reconciler.adapters.microsoft.sending import Answer, Line, NoAnswer, Patience
from reconciler.memory import correlation_id
from reconciler.messages import say

__all__ = ["Answer", "Bearer", "Calls", "Exchange", "NoAnswer", "Patience"]

BUSY = frozenset({408, 429, 500, 502, 503, 504})


class Bearer(Protocol):
    """What gives requests their token."""

    def token(self) -> str:
        """Return a token that is still valid. Raises NoAnswer, with nothing sent to the service."""
        ...

    def forget(self) -> None:
        """Take note that the service did not take the token: the next one is a new one."""
        ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that was sent, for logs and the record of calls; never a token, a query or a body.

    ``status`` None: there was no answer. ``request_id``: the service's own word for it, else the one it was sent.
    """

    method: str
    path: str
    status: int | None
    seconds: float
    request_id: str | None
    correlation_id: str


def _nobody(_: Exchange) -> None:
    """Tell nobody of a request."""


class Calls:
    """Speaks to one service; safe to share between threads."""

    def __init__(
        self,
        base: str,
        pace: Pace | Pressing,
        patience: Patience = Patience(),  # noqa: B008 - frozen
        *,
        threads: int = 8,
        told: Callable[[Exchange], None] = _nobody,
    ) -> None:
        """``told`` hears of every request, from the thread that sent it. Raises ReconcilerError for an unsafe base."""
        self._pace, self._patience, self._tell = pace, patience, told
        self._reading = Line(base, patience, threads=threads)
        # An old connection may have died unseen, and a write on it would be one of unknown outcome.
        self._writing = Line(base, patience, threads=threads)
        self.base = self._reading.base

    def read(
        self,
        bearer: Bearer,
        path: str,
        *,
        headers: Mapping[str, str] = {},
        method: str = "GET",
        body: object | None = None,
    ) -> Answer:
        """Return the answer to a request that changes nothing: any status but those that ask to come again.

        ``path`` stands after the base, or is a whole address below it, as the link to a next page. Raises NoAnswer.
        """
        path = self._below(path)
        end = self._patience.clock() + self._patience.whole
        sent = {"MS-RequestId": str(uuid4()), **headers}
        renewed = False
        tries = 0
        while True:
            try:
                answer = self._sent(self._reading, bearer, method, path, body, sent, end)
            except NoAnswer as lost:
                tries += 1
                if not lost.passing or not self._again(tries, end, wait := _backoff(tries)):
                    raise
                self._patience.sleep(wait)
                continue
            if answer.status == 401 and not renewed:
                renewed = True
                continue
            if answer.status not in BUSY:
                return answer
            tries += 1
            # Who came back as told and is told again should come less often (PC 2.6).
            wait = max(answer.later or 0.0, _backoff(tries) if answer.later is None or tries > 1 else 0.0)
            if not self._again(tries, end, wait):
                raise self._busy(answer, tries)
            if answer.status == 429:
                self._pace.hold(wait)
            else:
                self._patience.sleep(wait)

    def write(
        self,
        bearer: Bearer,
        method: str,
        path: str,
        body: object,
        *,
        request_id: str,
        headers: Mapping[str, str] = {},
        until: float | None = None,
    ) -> Answer:
        """Send one write, once, and return what was answered, whatever that is.

        ``request_id``: the same for the same intent, whenever it is sent. ``until``: the last moment, by the patience's
        clock, at which it may still go out: what it rests on is too old then. Raises NoAnswer: with ``sent`` False it
        was certainly not taken, with True it may have been.
        """
        path = self._below(path)
        end = self._patience.clock() + self._patience.whole
        sent = {**headers, "MS-RequestId": request_id, "Connection": "close"}
        # Known from the request id, so that support can be told of it whatever becomes of the answer.
        correlation = correlation_id(request_id)
        return self._sent(self._writing, bearer, method, path, body, sent, end, correlation, until)

    def close(self) -> None:
        """Let go of the connections."""
        self._reading.close()
        self._writing.close()

    def _sent(
        self,
        line: Line,
        bearer: Bearer,
        method: str,
        path: str,
        body: object | None,
        headers: Mapping[str, str],
        end: float,
        correlation: str = "",
        until: float | None = None,
    ) -> Answer:
        """Send a request in its turn, and take to heart what the answer says to all: wait, or get a new token."""
        what = line.what(method, path)
        content = _content(body, what)
        token = bearer.token()
        self._in_time(what, until)
        self._take_turn(what, end if until is None else min(end, until))
        self._in_time(what, until)
        correlation = correlation or str(uuid4())
        began = self._patience.clock()
        along = _headers(token, correlation, headers, content)
        try:
            answer = line.send(method, path, along, content, end, until).without(token)
        except NoAnswer as lost:
            if lost.sent:
                self._told(method, path, None, began, along["MS-RequestId"], correlation)
            raise
        self._told(method, path, answer, began, along["MS-RequestId"], correlation)
        if answer.status == 401:
            bearer.forget()
        if answer.status == 429:
            self._pace.hold(_backoff(1) if answer.later is None else answer.later)
        return answer

    def _in_time(self, what: str, until: float | None) -> None:
        if until is not None and self._patience.clock() > until:
            raise NoAnswer(say("calling.stale", what=what), sent=False)

    def _take_turn(self, what: str, end: float) -> None:
        patience = self._patience
        within = min(patience.longest_turn, end - patience.clock())
        if self._pace.take(within, patience.longest_wait):
            return
        later = self._pace.waiting()
        if later:
            text = say("calling.throttled", what=what, host=self._reading.host, seconds=_whole(later))
            raise NoAnswer(text, sent=False, later=later)
        budget = self._pace.calls_per_minute
        text = say("calling.turn", what=what, budget=budget, seconds=f"{max(within, 0):g}")
        raise NoAnswer(text, sent=False)

    def _again(self, tries: int, end: float, wait: float) -> bool:
        patience = self._patience
        in_time = wait <= patience.longest_wait and patience.clock() + wait < end
        return tries < patience.tries and in_time

    def _busy(self, answer: Answer, tries: int) -> NoAnswer:
        facts = {"what": answer.what, "status": answer.status, "tries": tries}
        if answer.later is None:
            return NoAnswer(say("calling.busy", **facts), answered=True)
        text = say("calling.busy-later", seconds=_whole(answer.later), **facts)
        return NoAnswer(text, answered=True, later=answer.later)

    def _below(self, path: str) -> str:
        """A path below the base; where a next page is said to be elsewhere, nothing is asked there."""
        if path.startswith("/"):
            return path
        there = _place(path)
        ours = urlsplit(self.base)
        if there is None or there != _place(self.base) or not urlsplit(path).path.startswith(ours.path + "/"):
            host = there[1] if there else "?"
            raise NoAnswer(say("calling.elsewhere", host=host, ours=ours.netloc), sent=False)
        return urlsplit(path)._replace(scheme="", netloc="", fragment="").geturl().removeprefix(ours.path)

    def _told(
        self,
        method: str,
        path: str,
        answer: Answer | None,
        began: float,
        request_id: str,
        correlation: str,
    ) -> None:
        told = answer.headers if answer else {}
        named = told.get("request-id") or told.get("ms-requestid") or request_id
        seconds = self._patience.clock() - began
        status = answer.status if answer else None
        self._tell(Exchange(method, urlsplit(path).path, status, seconds, named, correlation))


def _place(url: str) -> tuple[str, str, int] | None:
    """Where an address leads: scheme, host, port. None where it is none, or has a name before the host."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return None
    return None if "@" in parts.netloc or not parts.hostname else (parts.scheme, parts.hostname, port)


def _headers(
    token: str, correlation: str, more: Mapping[str, str], content: bytes | None
) -> Mapping[str, str]:
    """What goes along with a request (PC 2.3, Graph 3); neither service minds the other's headers."""
    return {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": f"reconciler/{__version__}",
        "X-Locale": "en-US",
        "MS-Contract-Version": "v1",
        "MS-CorrelationId": correlation,
        "client-request-id": correlation,
        **({} if content is None else {"Content-Type": "application/json"}),
        **more,
        "Authorization": f"Bearer {token}",
    }


def _content(body: object | None, what: str) -> bytes | None:
    """The JSON of a body. Raises NoAnswer for one that can not be written, as a number without end in it can not."""
    try:
        return None if body is None else json.dumps(body, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise NoAnswer(say("calling.unsendable", what=what), sent=False) from None


def _backoff(tries: int) -> float:
    return float(2 ** (tries - 1))


def _whole(seconds: float) -> str:
    """Seconds, rounded up, since coming too early counts."""
    return str(int(-(-seconds // 1)))

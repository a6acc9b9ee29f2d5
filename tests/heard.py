"""What a face was asked, word for word, and what it answered: kept as it passes, and handed on unchanged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Reply = tuple[int, Mapping[str, str], bytes]
PARTNER_CENTER, GRAPH = "/v1", "/v1.0"
BATCH = f"{GRAPH}/$batch"


@dataclass
class Sent:
    """One request and its answer. ``path`` as it was sent, without the query; names of headers in small letters.

    ``at``: when it came, by the record's clock. ``status`` 0: nobody answered.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    at: float = 0.0
    status: int = 0
    answer: bytes = b""

    @property
    def service(self) -> str:
        """Who was asked: "/v1" for Partner Center, "/v1.0" for Graph, "" for the sign-in."""
        first = f"/{self.path.split('/')[1]}"
        return first if first in (PARTNER_CENTER, GRAPH) else ""

    @property
    def members(self) -> dict[str, str]:
        """The query, taken apart."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The body as a form, as the sign-in takes it."""
        return dict(parse_qsl(self.body.decode("latin-1")))

    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def answered(self) -> Any:
        """The answer as JSON; None where it is none."""
        try:
            return json.loads(self.answer)
        except ValueError:
            return None

    def parts(self) -> Iterator[Sent]:
        """The request itself; of a batch, the requests in it."""
        if self.path != BATCH:
            yield self
            return
        for part in self.document()["requests"]:
            address, _, query = part["url"].partition("?")
            headers = {name.lower(): value for name, value in part.get("headers", {}).items()}
            body = json.dumps(part["body"]).encode() if "body" in part else b""
            yield Sent(part["method"], f"{GRAPH}{address}", query, headers, body)


@dataclass
class Record:
    """Everything that one face was asked, in the order in which it was asked.

    ``before`` is told of each request before the face is, and may change the world it is about to meet. ``instead``
    may answer in the face's place: status, headers, body.
    """

    requests: list[Sent] = field(default_factory=list)
    clock: Callable[[], float] = lambda: 0.0
    before: Callable[[Sent], object] = lambda sent: None
    instead: Callable[[Sent], Reply | None] = lambda sent: None

    def of(self, *services: str) -> list[Sent]:
        """Those to one service, or to several."""
        return [one for one in self.requests if one.service in services]

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return the application with this record before it."""

        async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
            query = scope["query_string"].decode("ascii")
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
            path = unquote(scope["raw_path"].decode("ascii"))
            sent = Sent(scope["method"], path, query, headers, at=self.clock())
            self.requests.append(sent)
            self.before(sent)

            async def answering(message: Message) -> None:
                if message["type"] == "http.response.start":
                    sent.status = message["status"]
                sent.answer += message.get("body", b"")
                await send(message)

            listening = _Listening(receive, sent)
            other = await listening.whole(self.instead)
            if other is None:
                await app(scope, listening.receive, answering)
                return
            status, told, body = other
            listed = [(name.encode(), value.encode("latin-1", "replace")) for name, value in told.items()]
            await answering({"type": "http.response.start", "status": status, "headers": listed})
            await answering({"type": "http.response.body", "body": body})

        return recorded


class _Listening:
    """Hands on what is received. ``transport`` is the server's, by which a face hangs up."""

    def __init__(self, receive: Receive, sent: Sent) -> None:
        self._receive, self._sent = receive, sent
        self._heard: list[Message] = []
        self.transport = getattr(getattr(receive, "__self__", None), "transport", None)

    async def whole(self, instead: Callable[[Sent], Reply | None]) -> Reply | None:
        """Hear all of the request, and ask for another answer than the face's."""
        while True:
            message = await self._receive()
            self._heard.append(message)
            self._sent.body += message.get("body", b"")
            if not message.get("more_body"):
                return instead(self._sent)

    async def receive(self) -> Message:
        return self._heard.pop(0) if self._heard else await self._receive()

"""A status and what it is about in, an answer out: JSON, text, or the error body of the service asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

JSON = "application/json; charset=utf-8"
GRAPH_JSON = (
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
)
TEXT = "text/plain"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back. ``body``: a JSON value, text, or None for none at all."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        if self.body is None:
            return b""
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()

    def saying(self, **headers: str) -> Answer:
        """Return it with more headers; ``retry_after`` stands for ``Retry-After``."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **more})


class Denied(Exception):
    """Ends the handling of a request with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def partner_error(status: int, code: int, description: str, data: Iterable[str] = ()) -> Answer:
    """Return an error of Partner Center; its code is printed as a number (PC 2.7)."""
    return Answer(
        status, {"code": code, "description": description, "data": list(data), "source": "PartnerFD"}
    )


def partner_throttled(seconds: int) -> Answer:
    """Return a 429 of Partner Center, whose body is like no other (PC 2.6)."""
    body = {"statusCode": 429, "message": f"Rate limit is exceeded. Try again in {seconds} seconds."}
    return Answer(429, body, {"Retry-After": str(seconds)})


def graph_error(status: int, code: str, message: str, now: datetime, request: str, client: str) -> Answer:
    """Return an error of Graph (Graph 3)."""
    inner = {"date": now.strftime("%Y-%m-%dT%H:%M:%S"), "request-id": request, "client-request-id": client}
    return Answer(status, {"error": {"code": code, "message": message, "innerError": inner}})


def collection(items: list[Any], **members: Any) -> Answer:
    """Return a collection of Partner Center (PC 2.4)."""
    kind = {"objectType": "Collection"}
    return Answer(200, {"totalCount": len(items), "items": items, **members, "attributes": kind})

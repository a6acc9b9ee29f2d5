"""Answers in, what frames them out: pages with the way to the next one, parts of a batch, and what an error says.

Partner Center pages by a link together with headers (PC 2.5), Graph by a whole address (Graph 3). A page that says
there is more, but not readably where, is never the last one: its ``next`` is Unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from reconciler.adapters.microsoft.wire import Body, each, shown
from reconciler.messages import say
from reconciler.observe import Fact, Unknown

LONGEST_DESCRIPTION: Final = 1024
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]{0,8192}")
# What a link may never set: who asks, whom, and that it is a question.
OURS_TO_SET = frozenset(
    {
        *("authorization", "proxy-authorization", "cookie", "host", "connection", "upgrade", "expect", "te"),
        *("content-length", "content-type", "transfer-encoding", "accept-encoding", "if-match"),
        *("x-http-method", "x-http-method-override", "x-method-override"),
    }
)
_PATH = re.compile(r"/[\x21-\x7e]{0,8192}")


@dataclass(frozen=True, slots=True)
class Link:
    """Where the next page is: ``path`` from the service root, with its version and query; ``headers`` go with it."""

    path: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A collection of Partner Center. ``total`` counts this page, not the whole; ``kind`` is its objectType.

    ``next`` is None on the last page and Unknown where there is one that can not be asked for.
    """

    items: Fact[tuple[Body, ...]]
    next: Fact[Link | None]
    total: Fact[int]
    kind: Fact[str]

    @property
    def cut(self) -> bool:
        """Does the page count more than it shows, and name no next one? Then the list is not the whole list."""
        if isinstance(self.items, Unknown) or isinstance(self.total, Unknown) or self.next is not None:
            return False
        return self.total > len(self.items)


def page(body: Body) -> Page:
    """Read a collection: its items under ``items``, or under ``transition`` as printed once (PC 2.4, 2.5, 17)."""
    return Page(
        items=body.items("items", "transition", "transitions"),
        next=_next(body.at("links")),
        total=body.count("totalCount"),
        kind=body.at("attributes").text("objectType"),
    )


def _next(links: Body) -> Fact[Link | None]:
    if links.absent or links.at("next").absent:
        return None
    return link(links.at("next"))


def link(body: Body) -> Fact[Link]:
    """Read a link to our own service: relative, with or without the version before it (PC 2.1, 2.4).

    One that points to another host, or would set a header that is ours to set, is not known: no token goes there.
    """
    uri = body.text("uri")
    if isinstance(uri, Unknown):
        return uri
    path = uri if uri.startswith("/") else f"/{uri}"
    if "://" in uri.partition("?")[0] or path.startswith("//") or not _PATH.fullmatch(path):
        return body.at("uri").odd(say("microsoft.like.own-path"))
    headers = () if body.at("headers").absent else each(body.items("headers"), _header)
    if isinstance(headers, Unknown):
        return headers
    return Link(path if path.startswith(("/v1/", "/webhooks/")) else f"/v1{path}", headers)


def _header(body: Body) -> Fact[tuple[str, str]]:
    key = body.text("key")
    if isinstance(key, Unknown):
        return key
    value = body.text("value")
    if isinstance(value, Unknown):
        return value
    if key.casefold() in OURS_TO_SET or not _HEADER_NAME.fullmatch(key) or not _HEADER_VALUE.fullmatch(value):
        return Unknown(say("microsoft.reason.header", member=body.path, header=shown(key)))
    return key, value


@dataclass(frozen=True, slots=True)
class GraphPage:
    """A collection of Graph. ``count`` is there on the first page only, and only if asked for.

    ``next`` is the whole address of the next page as it was sent, None on the last one.
    """

    items: Fact[tuple[Body, ...]]
    next: Fact[str | None]
    count: Fact[int]

    def next_under(self, root: str) -> Fact[str | None]:
        """Return path and query of the next page if it lies under ``root`` (``https://graph.microsoft.com``).

        Under any other root it is not known: the token would be sent to a stranger.
        """
        if self.next is None or isinstance(self.next, Unknown):
            return self.next
        try:
            there, own = urlsplit(self.next), urlsplit(root)
        except ValueError:
            return Unknown(say("microsoft.reason.stranger", found=shown(self.next)))
        base = own.path.rstrip("/")
        if (there.scheme, there.netloc.casefold()) != (own.scheme, own.netloc.casefold()):
            return Unknown(say("microsoft.reason.stranger", found=shown(self.next)))
        path = there.path + (f"?{there.query}" if there.query else "")
        if not path.startswith(f"{base}/") or not _PATH.fullmatch(path):
            return Unknown(say("microsoft.reason.stranger", found=shown(self.next)))
        return path[len(base) :]


def graph_page(body: Body) -> GraphPage:
    """Read a collection of Graph (Graph 3); a page may be empty and still not be the last one."""
    following = body.at("@odata.nextLink")
    return GraphPage(
        items=body.items("value"),
        next=None if following.absent else following.text(),
        count=body.count("@odata.count"),
    )


def repeats(ids: Iterable[Fact[str]]) -> bool:
    """Say whether an id comes twice in what several pages held: then one of them came again in another's place."""
    known = [one for one in ids if not isinstance(one, Unknown)]
    return len(set(known)) < len(known)


@dataclass(frozen=True, slots=True)
class Part:
    """The answer to one request of a batch; the outer 200 says nothing about it. Header names in small letters."""

    status: Fact[int]
    headers: Mapping[str, str]
    body: Body

    @property
    def retry_after(self) -> str | None:
        """The part's own Retry-After as it was sent: seconds, which may be a decimal."""
        return self.headers.get("retry-after")


def batch_parts(body: Body) -> Fact[Mapping[str, Part]]:
    """Return the parts of a batch by their ids in small letters, in whatever order they came (Graph 3).

    Two parts of one id contradict each other, and none of the batch can be believed.
    """
    parts: dict[str, Part] = {}
    items = body.items("responses")
    if isinstance(items, Unknown):
        return items
    for item in items:
        name = item.text("id")
        if isinstance(name, Unknown):
            return name
        if name.casefold() in parts:
            return Unknown(say("microsoft.reason.twice", member=f"{item.path}.id"))
        parts[name.casefold()] = Part(item.count("status"), _headers(item.at("headers")), item.at("body"))
    return parts


def _headers(body: Body) -> Mapping[str, str]:
    values = body.value if isinstance(body.value, dict) else {}
    return {str(name).lower(): value for name, value in values.items() if isinstance(value, str)}


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What an answer says went wrong. Branch on ``code`` only; ``text`` may change at any time (Graph 3).

    ``text`` is one printable line of at most 1,024 characters; ``at`` is the service's own time of it.
    """

    status: int
    code: Fact[str]
    text: Fact[str]
    request_id: Fact[str]
    at: Fact[datetime | None]


def error_body(status: int, content: bytes | str) -> ErrorBody:
    """Read the body of a refusal, in any of the shapes there are; text that is no JSON is the text (PC 2.7).

    The shapes: Partner Center (``code`` a number or a text, ``description``), its throttle (``statusCode``,
    ``message``), ProblemDetails (``title``, ``detail``), Graph and sign-in (``error``), and plain text of a gateway.
    """
    text = content if isinstance(content, str) else content.decode("utf-8-sig", errors="replace")
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return _told(status, Body(None), Body(text).text())
    return error_in(status, Body(parsed))


def error_in(status: int, body: Body) -> ErrorBody:
    """Read a refusal that is parsed already, such as the body of a part of a batch."""
    inner = body.at("error")
    if isinstance(inner.value, dict):
        return _told(status, inner, inner.text("message"))
    if inner.there:
        return _told(status, body, body.text("error_description"), code=inner.text())
    if isinstance(body.value, dict):
        return _told(status, body, body.text("description", "message", "detail", "title"))
    return _told(status, body, body.text())


def hidden_error(status: int, body: Body) -> ErrorBody | None:
    """Return the error that stands in an answer of success (PC 2.7: 200 with code 400072), None if there is none."""
    bare = not body.at("items").there and not body.at("value").there and not body.at("id").there
    if bare and body.at("code").there and body.at("description").there:
        return error_in(status, body)
    return error_in(status, body) if isinstance(body.at("error").at("code").value, str) and bare else None


def _told(status: int, body: Body, text: Fact[str], code: Fact[str] | None = None) -> ErrorBody:
    inner = body.at("innerError")
    said = text if isinstance(text, Unknown) else Body(_line(text)).text()
    return ErrorBody(
        status=status,
        code=body.text("code") if code is None else code,
        text=said,
        request_id=inner.key("request-id"),
        at=inner.moment("date"),
    )


def _line(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text[: 4 * LONGEST_DESCRIPTION])
    return " ".join(plain.split())[:LONGEST_DESCRIPTION]

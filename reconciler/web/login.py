"""The token a person types in, a cookie that stands for it out. It is all that is ever posted to this server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from reconciler.web.access import Access
from reconciler.web.rendering import Pages
from reconciler.web.sessions import COOKIE, LASTS, Sessions

MOST_BYTES = 4096


class Login:
    """Signs in and out."""

    def __init__(self, access: Access, sessions: Sessions, pages: Pages, now: Callable[[], datetime]) -> None:
        self._access, self._sessions, self._pages, self._now = access, sessions, pages, now

    async def sign_in(self, request: Request) -> Response:
        """Ask for the token, or look at the one that was typed."""
        if self._access.token is None:
            return RedirectResponse("/", 303)
        following = _local(request.query_params.get("next", ""))
        if request.method != "POST":
            return self._form(request, following)
        posted = await _posted(request)
        following = _local(posted.get("next", ""))
        if not self._access.takes(posted.get("token", "").strip()):
            return self._form(request, following, wrong=True)
        answer = RedirectResponse(following, 303)
        answer.set_cookie(
            COOKIE,
            self._sessions.issue(self._now()),
            max_age=int(LASTS.total_seconds()),
            path="/",
            secure=_encrypted(request),
            httponly=True,
            samesite="strict",
        )
        return answer

    async def sign_out(self, request: Request) -> Response:
        """Forget the cookie."""
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, path="/", secure=_encrypted(request), httponly=True, samesite="strict")
        return answer

    def _form(self, request: Request, following: str, *, wrong: bool = False) -> Response:
        words = self._pages.words(request)
        return self._pages.page(
            request, "login.html", words, 401 if wrong else 200, following=following, wrong=wrong, bare=True
        )


async def _posted(request: Request) -> dict[str, str]:
    """The fields of a small form; of a large one nothing, since no token is so long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in fields.items()}


def _local(address: str) -> str:
    """An address on this server; whatever leads elsewhere, or could be read so by a browser, becomes the overview."""
    odd = not address.startswith("/") or address.startswith(("//", "/\\", "/login"))
    return "/" if odd or not address.isprintable() or "\\" in address else address


def _encrypted(request: Request) -> bool:
    """Whether the browser spoke TLS, to us or to a proxy. Who lies about it gets a cookie that is not sent back."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "") == "https"

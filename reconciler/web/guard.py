"""A request in, the answer with its security headers out, or a refusal: every answer goes through here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.messages import say
from reconciler.web.access import Access
from reconciler.web.sessions import COOKIE, Sessions

# The server counts only what has not arrived whole; what comes in one piece is counted here.
MOST_HEADER_BYTES = 16 * 1024
# Whoever asks whether the process lives has no secrets; what the page is painted with is none.
OPEN_PATHS = frozenset({"/healthz", "/readyz", "/login"})
OPEN_FOLDERS = ("/static/",)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


class Guard:
    """Stands before the whole application, error pages included."""

    def __init__(self, app: ASGIApp, access: Access, sessions: Sessions, now: Callable[[], datetime]) -> None:
        self._app, self._access, self._sessions, self._now = app, access, sessions, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            # There are no sockets here that stay open; what a server asks at its start passes.
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await (self._refusal(Request(scope)) or self._app)(scope, receive, told)

    def _refusal(self, request: Request) -> Response | None:
        if _size(request.scope) > MOST_HEADER_BYTES:
            return PlainTextResponse(say("page.error.431-about") + "\n", 431)
        path = request.url.path
        if path not in ("/healthz", "/readyz") and not self._access.answers_to(
            request.headers.get("host", "")
        ):
            return PlainTextResponse(say("page.error.421-about") + "\n", 421)
        if self._access.token is None or path in OPEN_PATHS or path.startswith(OPEN_FOLDERS):
            return None
        if self._known(request):
            return None
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            asked = path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?next={quote(asked, safe='')}", 303)
        return PlainTextResponse(say("page.unauthorised") + "\n", 401, {"WWW-Authenticate": "Bearer"})

    def _known(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._access.takes(token.strip()):
            return True
        return self._sessions.holds(request.cookies.get(COOKIE, ""), self._now())


def _size(scope: Scope) -> int:
    asked = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    return asked + sum(len(name) + len(value) for name, value in scope["headers"])

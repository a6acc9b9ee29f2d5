"""What the loops keep in, the status page as an ASGI application out. It only reads, and fetches nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from reconciler.catalogue import Catalogue
from reconciler.errors import ReconcilerError
from reconciler.overview import Showing
from reconciler.web.access import Access
from reconciler.web.guard import Guard
from reconciler.web.handoff_pages import HandoffList, HandoffPage
from reconciler.web.login import Login
from reconciler.web.matrix_page import MatrixPage
from reconciler.web.overview_page import OverviewPage
from reconciler.web.rendering import Pages
from reconciler.web.sessions import Sessions
from reconciler.web.tenant_page import TenantPage
from reconciler.web.waits_page import WaitsPage


class _Anything(Convertor[str]):
    """A part of a path that may hold whatever a name may: Starlette's own ends at a line break."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("anything", _Anything())


class StatusPage(Starlette):
    """The application, with a guard before all of it: error pages too have the headers and need the token."""

    def __init__(
        self, guarded: Callable[[ASGIApp], ASGIApp], routes: Sequence[BaseRoute], pages: Pages
    ) -> None:
        self._guarded, self._pages = guarded, pages
        handlers = {HTTPException: self._refused, ReconcilerError: self._unreadable, Exception: self._broken}
        super().__init__(routes=routes, exception_handlers=handlers)

    def build_middleware_stack(self) -> ASGIApp:
        """Put the guard outside of everything, where the answer to an error passes too."""
        return self._guarded(super().build_middleware_stack())

    def _refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return self._pages.trouble(request, error.status_code)

    def _unreadable(self, request: Request, error: Exception) -> Response:
        return self._pages.trouble(request, 503, detail=str(error))

    def _broken(self, request: Request, _error: Exception) -> Response:
        return self._pages.trouble(request, 500)


def build_app(
    showing: Showing,
    catalogue: Catalogue,
    *,
    access: Access,
    now: Callable[[], datetime],
    service_now: Callable[[], datetime] | None = None,
    extra_routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """Put the page together. ``now`` is the machine's clock, ``service_now`` the service's where that is another.

    ``extra_routes`` come first: metrics and probes. ``/healthz`` and ``/readyz`` need no token, all others do.
    ``showing`` is asked from several threads at once.
    """
    sessions = Sessions()
    pages = Pages(catalogue, now, service_now or now, signs_in=access.token is not None)
    login = Login(access, sessions, pages, now)
    tenant = TenantPage(showing, pages)
    routes = [
        *extra_routes,
        Route("/", OverviewPage(showing, pages).__call__),
        Route("/waits", WaitsPage(showing, pages).__call__),
        Route("/tenants/{name:anything}", tenant.__call__),
        Route("/matrix", MatrixPage(showing, pages).__call__),
        Route("/handoffs", HandoffList(showing, pages).__call__),
        Route("/handoffs/{id:anything}", HandoffPage(showing, pages).__call__),
        Route("/static/{name:path}", pages.static),
        Route("/login", login.sign_in, methods=["GET", "POST"]),
        Route("/logout", login.sign_out, methods=["POST"]),
    ]
    return StatusPage(lambda app: Guard(app, access, sessions, now), routes, pages)

"""The service and its settings in, an application that speaks as Partner Center, Graph and the login host out."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.simulator.http import graph, partner, sign_in
from reconciler.adapters.simulator.http.answers import GRAPH_JSON, JSON, TEXT, Answer
from reconciler.adapters.simulator.http.asked import Asked
from reconciler.adapters.simulator.http.mischief import Delivery, Fate
from reconciler.adapters.simulator.http.settings import Application, FaceSettings
from reconciler.adapters.simulator.http.world import World
from reconciler.errors import StateUnreadable

__all__ = ["Application", "FaceSettings", "build_app"]

PARTNER_ROOT, GRAPH_ROOT = "/v1", "/v1.0"
PROBLEM = "The embedded service can not use its file."


def build_app(service: Commerce, settings: FaceSettings) -> Starlette:
    """Return the application. It answers /v1 (Partner Center), /v1.0 (Graph) and /{tenant}/... (sign-in)."""
    return Starlette(routes=[Route("/{path:path}", endpoint=_Face(World(service, settings)))])


class _Face:
    """Answers one request after the other; a request is one transaction of the service."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hang up on it."""
        request = Request(scope, receive)
        asked = await _asked(request)
        delivery, kind = self._answered(asked)
        if delivery.seconds:
            await self._world.settings.sleep(delivery.seconds)
        if delivery.fate is Fate.LOST:
            await _hang_up(receive)
            return
        await _deliver(delivery, kind, scope, receive, send)

    def _answered(self, asked: Asked) -> tuple[Delivery, str]:
        world = self._world
        world.settings.tick()
        try:
            with world.service.request() as session:
                if sign_in.concerns(asked.path):
                    return Delivery(sign_in.answer(world, session, asked)), JSON
                for root, door, kind in ((GRAPH_ROOT, graph, GRAPH_JSON), (PARTNER_ROOT, partner, JSON)):
                    if asked.path.startswith(f"{root}/"):
                        return door.answer(world, session, _below(asked, root)), kind
        except StateUnreadable:
            return Delivery(Answer(503, PROBLEM)), TEXT
        return Delivery(Answer(404, "")), TEXT


async def _asked(request: Request) -> Asked:
    base = f"{request.url.scheme}://{request.url.netloc}"
    path = request.scope["raw_path"].decode("ascii", "replace")
    query = request.scope["query_string"].decode("ascii", "replace")
    headers = {name.lower(): value for name, value in request.headers.items()}
    address = f"{path}?{query}" if query else path
    return Asked.of(request.method, address, headers, await request.body(), base)


def _below(asked: Asked, root: str) -> Asked:
    address = asked.address[len(root) :]
    return Asked.of(asked.method, address, asked.headers, asked.body, asked.base)


async def _deliver(delivery: Delivery, kind: str, scope: Scope, receive: Receive, send: Send) -> None:
    answer = delivery.answer
    # A body that was cut short for being malformed is text by now, and still says that it is JSON.
    plain = isinstance(answer.body, str) and not answer.body.startswith(("{", "["))
    headers = {**answer.headers, "Content-Type": TEXT if plain else kind}
    content = answer.content
    if answer.body is None:
        del headers["Content-Type"]
    if delivery.fate is Fate.CUT:
        await _cut(answer.status, headers, content, receive, send)
        return
    await Response(content, answer.status, headers)(scope, receive, send)


async def _cut(status: int, headers: dict[str, str], content: bytes, receive: Receive, send: Send) -> None:
    """Promise the whole body, send half of it, and hang up."""
    told = {**headers, "Content-Length": str(len(content))}
    listed = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
    await _hang_up(receive)


async def _hang_up(receive: Receive) -> None:
    """Close the connection. ASGI has no word for it, so the server's own is used where it can be reached.

    A caller without a server (a test's) sees an application that ended without an answer.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        return
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass

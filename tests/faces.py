"""A face of the simulated service for tests: asked without a server, or served on a port of this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from asgi import Reply, ask
from starlette.types import ASGIApp

from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.simulator.http.face import Application, FaceSettings, build_app
from reconciler.web.serving import serve

PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
GRAPH = "https://graph.microsoft.com"
CLIENT, SECRET = "0b6f1c3e-0000-4000-8000-00000000c11e", "a-secret-of-tests"
SETTINGS = FaceSettings(applications={CLIENT: Application(SECRET)})


def _bare(app: ASGIApp) -> ASGIApp:
    return app


@contextmanager
def serving(
    service: Commerce, settings: FaceSettings = SETTINGS, around: Callable[[ASGIApp], ASGIApp] = _bare
) -> Iterator[str]:
    """Serve the face on any free port of 127.0.0.1, and give its address without a slash at the end."""
    with serve(around(build_app(service, settings)), "127.0.0.1", 0) as served:
        yield served.url.rstrip("/")


@dataclass
class Client:
    """Asks the face without a server, as an application or, by default, with a person signed in."""

    service: Commerce
    settings: FaceSettings = SETTINGS
    delegated: bool = True
    _tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.app = build_app(self.service, self.settings)

    def app_only(self) -> Client:
        other = replace(self, delegated=False, _tokens={})
        other.app = self.app
        return other

    def sign_in(self, tenant: str, *, version: str = "token", **form: str) -> Reply:
        """Ask for a token; ``version`` is the end of the path: ``token``, or ``v2.0/token``."""
        named = {"client_id": CLIENT, "client_secret": SECRET, **form}
        body = urlencode({name: value for name, value in named.items() if value}).encode()
        return ask(self.app, f"/{tenant}/oauth2/{version}", "POST", body)

    def token(self, tenant: str, audience: str) -> str:
        if (tenant, audience) not in self._tokens:
            person = {"grant_type": "refresh_token", "refresh_token": self.settings.refresh_token}
            grant = person if self.delegated else {"grant_type": "client_credentials"}
            reply = self.sign_in(tenant, resource=audience, **grant)
            self._tokens[tenant, audience] = json.loads(reply.body)["access_token"]
        return self._tokens[tenant, audience]

    def partner(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> Reply:
        """Ask Partner Center; the path is below /v1."""
        token = self.token(self.settings.partner, PARTNER_CENTER)
        return self._ask(f"/v1{path}", method, body, token, headers)

    def graph(self, tenant: str, path: str, method: str = "GET", body: Any = None, **headers: str) -> Reply:
        """Ask Graph about a tenant; the path is below /v1.0."""
        return self._ask(f"/v1.0{path}", method, body, self.token(tenant, GRAPH), headers)

    def _ask(self, address: str, method: str, body: Any, token: str, headers: dict[str, str]) -> Reply:
        content = b"" if body is None else json.dumps(body).encode()
        named = {"authorization": f"Bearer {token}", **headers}
        return ask(self.app, address, method, content, **named)


def told(reply: Reply) -> Any:
    """The JSON of a reply."""
    return json.loads(reply.body)

"""A face of the simulated service for tests: asked without a server, or served on a port of this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from asgi import Reply, ask
from starlette.types import ASGIApp

from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.simulator.http.face import Application, FaceSettings, build_app
from reconciler.catalogue import Catalogue, Confidence, Plan, SwitchPair
from reconciler.web.serving import serve

PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
GRAPH = "https://graph.microsoft.com"
CLIENT, SECRET = "0b6f1c3e-0000-4000-8000-00000000c11e", "a-secret-of-tests"
SETTINGS = FaceSettings(applications={CLIENT: Application(SECRET)})

BASIC, E1, E3 = "business-basic", "enterprise-e1", "enterprise-e3"
SERVICES = {"exchange-online": "Exchange Online", "sharepoint-online": "SharePoint Online"}
E1_SKU, E1_OFFER = "18181a46-0d4e-45cd-891e-60aabd171b4e", "91fd106f-4b2c-4938-95ac-f54f74e9a239"
E3_PRODUCT = "CFQ7TTC0LF8R:0001"
PLANS = {
    BASIC: Plan(BASIC, "business", 300, tuple(SERVICES), "Business Basic", "Business Basic", (), ()),
    E1: Plan(
        *(E1, "enterprise", None, tuple(SERVICES), "Enterprise E1", "Enterprise E1", ("STANDARDPACK",), ()),
        sku_ids=(E1_SKU,),
        offers=(E1_OFFER,),
    ),
    E3: Plan(
        *(E3, "enterprise", None, tuple(SERVICES), "Enterprise E3", "Enterprise E3", ("ENTERPRISEPACK",), ()),
        products=(E3_PRODUCT,),
    ),
}
PAIRS = {pair: SwitchPair(*pair, Confidence.CERTAIN, ("R-LIST",), "") for pair in ((BASIC, E3), (E1, E3))}
CATALOGUE = Catalogue("small", PLANS, PAIRS, services=SERVICES)

FABRIKAM, CONTOSO = "00000000-0000-4000-8000-00000000fab1", "00000000-0000-4000-8000-00000000c047"
NEW, OLD = "0c1e6b52-5d0e-4a57-9d55-0a4c2f1f7b01", "9c1e6b52-5d0e-4a57-9d55-0a4c2f1f7b02"


def subscription(**members: Any) -> dict[str, Any]:
    """A subscription of new commerce about which everything is known."""
    full = {
        "id": NEW,
        "plan": BASIC,
        "licenses": 20,
        "assigned": 18,
        "usersWithoutLicense": 0,
        "status": "active",
        "trial": False,
        "payment": "card",
        "billing": "annual",
        "provisioned": True,
        "preUpgrade": False,
        "offers": [E3],
        "switch": {"state": "none"},
        "commerce": "new-commerce",
        "addOns": [],
        "scheduled": [],
        "termEnds": "2027-03-01T23:59:59Z",
        "autoRenews": True,
    }
    return {**full, **members}


def legacy(**members: Any) -> dict[str, Any]:
    """One of legacy commerce."""
    return subscription(**{"id": OLD, "plan": E1, "commerce": "legacy", **members})


def tenant(name: str, *subscriptions: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """The live state of a tenant; without subscriptions, with one of new commerce."""
    full = {
        "tenant": f"{name}.onmicrosoft.com",
        "tenantId": {"fabrikam": FABRIKAM, "contoso": CONTOSO}.get(name),
        "domains": [f"{name}.onmicrosoft.com", f"{name}.no"],
        "operator": {"roles": ["global-administrator"]},
        "users": 25,
        "website": {"domain": f"{name}.no"},
        "creditReview": {"state": "none"},
        "services": dict.fromkeys(SERVICES, "healthy"),
        "subscriptions": list(subscriptions) or [subscription()],
    }
    return {
        "apiVersion": "reconciler/v1",
        "kind": "LiveState",
        "metadata": {"name": name, "observedAt": "2026-11-23T10:00:00Z"},
        "spec": {**full, **spec},
    }


@contextmanager
def opened(folder: Path, *documents: dict[str, Any], **settings: Any) -> Iterator[Client]:
    """A service with these tenants, and who asks its face."""
    service = Commerce(folder / "simulator.db", CATALOGUE)
    try:
        service.load(documents)
        yield Client(service, replace(SETTINGS, **settings))
    finally:
        service.close()


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

    def load(self, *documents: dict[str, Any], **settings: Any) -> Client:
        """Put these tenants in place of those of their names, without faults, and return who asks about them."""
        self.service.clear_faults()
        self.service.load(documents)
        return Client(self.service, replace(self.settings, **settings))

    def of(
        self, customer: str, path: str = "", method: str = "GET", body: Any = None, **headers: str
    ) -> Reply:
        """Ask Partner Center about a subscription of a customer; the path is below it."""
        name = OLD if customer == CONTOSO else NEW
        return self.partner(f"/customers/{customer}/subscriptions/{name}{path}", method, body, **headers)

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


def refused(reply: Reply) -> tuple[int, int]:
    """Status and code of an error of Partner Center."""
    body = told(reply)
    assert set(body) == {"code", "description", "data", "source"}
    assert body["source"] == "PartnerFD"
    return reply.status, body["code"]

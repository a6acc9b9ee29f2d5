"""A small double of Microsoft's sign-in on loopback: the documented token endpoint, and the words of its refusals.

Everything secret in it begins with ``canary``, so that a test can look for that in whatever was said.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from loopback import Asked, Say, Server, answer, serving

PARTNER = "0a000000-0000-4000-8000-000000000001"
CUSTOMER = "0c000000-0000-4000-8000-000000000002"
OTHER = "0d000000-0000-4000-8000-000000000003"
CLIENT = "0e000000-0000-4000-8000-000000000004"
SECRET = "canary-client-secret-81"
FIRST = "canary-refresh-0"
CENTER = "https://api.partnercenter.microsoft.com"
GRAPH = "https://graph.microsoft.com"


def token(**claims: Any) -> str:
    """A token that says this of itself; its signature is a canary."""

    def part(told: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}.canary-signature"


def refusal(code: int, error: str = "invalid_grant") -> bytes:
    """A refusal in the words of the sign-in, which repeats what it was sent."""
    text = (
        f"AADSTS{code}: It is so, said of {SECRET} and {FIRST}.\r\nTrace ID: canary-trace\r\n"
        "Correlation ID: 1\r\nTimestamp: 2026-11-23 10:00:00Z"
    )
    return answer({"error": error, "error_description": text, "error_codes": [code]}, 400)


@dataclass
class SignInService:
    """What was asked for, and how it answers. ``faults`` are answers to give instead, in order."""

    server: Server
    faults: list[bytes | Say] = field(default_factory=list)
    life: object = "3599"
    tenant: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    number: int = 0
    forms: list[dict[str, str]] = field(default_factory=list)
    tenants: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        return self.server.base

    def choose(self, asked: Asked) -> bytes | Say:
        tenant = asked.target.split("/")[1]
        self.tenants.append(tenant)
        if asked.method == "GET":
            # Nobody's tenant is asked for only to see whether anybody is there.
            return self.faults.pop(0) if self.faults and tenant != "common" else self.known(tenant)
        assert asked.target == f"/{tenant}/oauth2/v2.0/token"
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        self.forms.append({name: values[0] for name, values in parse_qs(asked.body.decode()).items()})
        return self.faults.pop(0) if self.faults else self.granted(self.forms[-1], tenant)

    def known(self, _tenant: str) -> bytes:
        return answer({"issuer": f"https://login.microsoftonline.com/{PARTNER.upper()}/v2.0"})

    def granted(self, form: dict[str, str], tenant: str) -> bytes:
        self.number += 1
        tid = self.tenant or (tenant if "-" in tenant else PARTNER)
        told: dict[str, Any] = {
            "token_type": "Bearer",
            "expires_in": self.life,
            "access_token": token(tid=tid, n=self.number),
            "client_info": "%%%",
        }
        if form["grant_type"] != "client_credentials":
            told["refresh_token"] = f"canary-refresh-{self.number}"
            told["id_token"] = token(tid=tid, **self.claims)
        return answer(told)


@contextmanager
def sign_in_service() -> Iterator[SignInService]:
    """Serve the double until the end of the block."""
    with serving() as server:
        service = SignInService(server)
        server.choose = service.choose
        yield service

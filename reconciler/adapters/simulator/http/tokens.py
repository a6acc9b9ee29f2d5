"""Who signs in in, a token out, and back: unsigned tokens in the shape of the real ones.

They prove nothing and guard nothing. They carry what a client may look at (tenant, audience, application, kind of
sign-in, end), and are as long-lived as the settings say.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any

from reconciler.adapters.simulator.http.identities import OPERATOR, made_id
from reconciler.adapters.simulator.http.settings import FaceSettings

# How long a refresh token may be exchanged for another (PC 2.2).
REFRESHED_WITHIN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: ``delegated`` where a person signed in, ``name`` for the call log."""

    application: str
    name: str
    tenant: str
    audience: str
    delegated: bool


class Flaw(StrEnum):
    """Why a token is none."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    EXPIRED = "expired"


class Issuer:
    """Issues and reads tokens; each one it issues is another."""

    def __init__(self, settings: FaceSettings) -> None:
        self._settings = settings
        self._serial = count(1)

    def access_token(
        self, application: str, tenant: str, audience: str, now: datetime, *, delegated: bool
    ) -> str:
        """Return a token for a resource in a tenant."""
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{tenant}/",
            "iat": _seconds(now),
            "exp": _seconds(now + self._settings.token_lifetime),
            "appid": application,
            "tid": tenant,
            "uti": made_id(f"token:{next(self._serial)}"),
            "ver": "1.0",
        }
        kind = self._person() if delegated else {"idtyp": "app"}
        return _jwt({**claims, **kind})

    def id_token(self, application: str, tenant: str, now: datetime) -> str:
        """Return what tells an application who signed in."""
        claims = {
            "aud": application,
            "iss": f"https://sts.windows.net/{tenant}/",
            "iat": _seconds(now),
            "exp": _seconds(now + self._settings.token_lifetime),
            "tid": tenant,
            "sub": made_id(f"subject:{self._settings.operator}"),
            "oid": made_id(OPERATOR),
            "upn": self._settings.operator,
        }
        return _jwt(claims)

    def refresh_token(self, now: datetime) -> str:
        """Return a new refresh token; those before stay good."""
        return f"{self._settings.refresh_token}.{_seconds(now)}.{next(self._serial)}"

    def redeems(self, token: str, now: datetime) -> bool:
        """Say whether a refresh token may be exchanged; the first, of the settings, has no end."""
        if token == self._settings.refresh_token:
            return True
        root, _, rest = token.rpartition(".")
        root, _, issued = root.rpartition(".")
        if root != self._settings.refresh_token or not (issued.isdecimal() and rest.isdecimal()):
            return False
        return now < datetime.fromtimestamp(int(issued), UTC) + REFRESHED_WITHIN

    def read(self, header: str | None, now: datetime) -> Caller | Flaw:
        """Return who an Authorization header speaks for; whom it is meant for is for the asker to weigh."""
        if header is None or not header.lower().startswith("bearer "):
            return Flaw.MISSING
        claims = _claims(header[len("bearer ") :].strip())
        application = None if claims is None else self._settings.applications.get(str(claims.get("appid")))
        if claims is None or application is None:
            return Flaw.UNREADABLE
        if int(claims.get("exp", 0)) <= _seconds(now):
            return Flaw.EXPIRED
        delegated = claims.get("idtyp") != "app" and "upn" in claims
        who = (str(claims["appid"]), application.caller, str(claims.get("tid")), str(claims.get("aud")))
        return Caller(*who, delegated)

    def _person(self) -> dict[str, Any]:
        return {
            "amr": ["pwd", "mfa"],
            "oid": made_id(OPERATOR),
            "scp": "user_impersonation",
            "upn": self._settings.operator,
        }


def shaped_like_a_token(text: str) -> bool:
    """Say whether a text looks like a signed assertion of a client; nothing in it is verified."""
    return text.count(".") == 2 and text.rpartition(".")[2] != "" and _claims(text) is not None


def _jwt(claims: dict[str, Any]) -> str:
    return f"{_packed({'typ': 'JWT', 'alg': 'none'})}.{_packed(claims)}."


def _packed(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _claims(token: str) -> dict[str, Any] | None:
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        found = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())

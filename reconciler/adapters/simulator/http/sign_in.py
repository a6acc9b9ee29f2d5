"""A request to the login host in, tokens or its refusal out: both token endpoints, and where they are found.

Client secrets are compared; of an assertion only the shape is looked at. Each exchange of a refresh token gives a
new one, and the old one stays good, as documented (PC 2.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.adapters.simulator.http.answers import Answer, Denied
from reconciler.adapters.simulator.http.asked import Asked, pattern
from reconciler.adapters.simulator.http.identities import customer_id
from reconciler.adapters.simulator.http.tokens import shaped_like_a_token
from reconciler.adapters.simulator.http.world import World
from reconciler.adapters.simulator.session import Session
from reconciler.observe import TenantRef

V1 = pattern("/{tenant}/oauth2/token")
V2 = pattern("/{tenant}/oauth2/v2.0/token")
FOUND_AT = pattern("/{tenant}/v2.0/.well-known/openid-configuration")
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# error, HTTP status and what the sentence says, by the number that clients tell them apart by.
REFUSALS: Mapping[int, tuple[str, int, str]] = {
    70000: ("invalid_grant", 400, "The provided value for the input parameter is not valid or has expired."),
    70003: ("unsupported_grant_type", 400, "The app requested an unsupported grant type."),
    90002: ("invalid_request", 400, "Tenant was not found. Check that the tenant id is right."),
    700016: ("unauthorized_client", 400, "Application was not found in the directory."),
    700082: ("invalid_grant", 400, "The refresh token has expired due to inactivity."),
    7000215: ("invalid_client", 401, "Invalid client secret provided."),
    7000216: ("invalid_client", 401, "A client assertion or a client secret is required."),
    900144: ("invalid_request", 400, "The request body must contain the resource or the scope."),
}


@dataclass(frozen=True, slots=True)
class _Grant:
    application: str
    tenant: str
    audience: str
    delegated: bool


def concerns(path: str) -> bool:
    """Say whether a path is the login host's."""
    return any(shape.fullmatch(path) for shape in (V1, V2, FOUND_AT))


def answer(world: World, session: Session, asked: Asked) -> Answer:
    """Answer a request to the login host."""
    if found := FOUND_AT.fullmatch(asked.path):
        return _configuration(asked.base, found["tenant"])
    first = V1.fullmatch(asked.path)
    matched = first or V2.fullmatch(asked.path)
    if matched is None or asked.method != "POST":
        return Answer(404 if matched is None else 405, "")
    now = world.time(session)
    try:
        grant = _granted(world, session, asked.form, matched["tenant"], now)
    except Denied as denied:
        return denied.answer
    return _first_version(world, grant, now) if first else _second_version(world, grant, now)


def _granted(world: World, session: Session, form: Mapping[str, str], tenant: str, now: datetime) -> _Grant:
    known = _tenant(world, session, tenant)
    if known is None:
        raise _refused(90002, now)
    _check_application(world, form, now)
    kind = form.get("grant_type", "")
    if kind not in ("client_credentials", "refresh_token", "authorization_code"):
        raise _refused(70003, now)
    if kind == "refresh_token" and not world.issuer.redeems(form.get("refresh_token", ""), now):
        old = form.get("refresh_token", "").startswith(f"{world.settings.refresh_token}.")
        raise _refused(700082 if old else 70000, now)
    if kind == "authorization_code" and form.get("code") != world.settings.consent_code:
        raise _refused(70000, now)
    audience = form.get("resource") or _resource(form.get("scope", ""))
    if not audience:
        raise _refused(900144, now)
    return _Grant(form["client_id"], known, audience.rstrip("/"), kind != "client_credentials")


def _check_application(world: World, form: Mapping[str, str], now: datetime) -> None:
    application = world.settings.applications.get(form.get("client_id", ""))
    if application is None:
        raise _refused(700016, now)
    if "client_secret" in form:
        if form["client_secret"] != application.secret:
            raise _refused(7000215, now)
        return
    right = form.get("client_assertion_type") == ASSERTION
    if not right or not shaped_like_a_token(form.get("client_assertion", "")):
        raise _refused(7000216, now)


def _tenant(world: World, session: Session, word: str) -> str | None:
    """Return the id of the tenant that signs in: the partner's, or a customer's by id or domain."""
    settings = world.settings
    if word.casefold() in (settings.partner.casefold(), settings.partner_domain.casefold()):
        return settings.partner
    record = world.customer(session, word) or session.find(TenantRef("", word))
    return customer_id(record) if record else None


def _resource(scope: str) -> str:
    """Return the resource that a scope of the second version means, as ``https://host/.default``."""
    first = next((word for word in scope.split() if "://" in word), "")
    return first.rpartition("/")[0]


def _first_version(world: World, grant: _Grant, now: datetime) -> Answer:
    """All numbers are strings here (PC 2.2)."""
    lifetime = world.settings.token_lifetime
    seconds = str(int(lifetime.total_seconds()))
    body = {
        "token_type": "Bearer",
        "scope": "user_impersonation",
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "expires_on": str(int((now + lifetime).timestamp())),
        "not_before": str(int(now.timestamp())),
        "resource": grant.audience,
        **_tokens(world, grant, now),
    }
    if not grant.delegated:
        del body["scope"]
    return Answer(200, body)


def _second_version(world: World, grant: _Grant, now: datetime) -> Answer:
    seconds = int(world.settings.token_lifetime.total_seconds())
    body = {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds}
    scope = {"scope": f"{grant.audience}/.default"} if grant.delegated else {}
    return Answer(200, {**body, **scope, **_tokens(world, grant, now)})


def _tokens(world: World, grant: _Grant, now: datetime) -> dict[str, str]:
    issuer = world.issuer
    where = (grant.application, grant.tenant)
    token = issuer.access_token(*where, grant.audience, now, delegated=grant.delegated)
    if not grant.delegated:
        return {"access_token": token}
    more = {"refresh_token": issuer.refresh_token(now), "id_token": issuer.id_token(*where, now)}
    return {"access_token": token, **more}


def _refused(number: int, now: datetime) -> Denied:
    error, status, sentence = REFUSALS[number]
    stamp = now.strftime("%Y-%m-%d %H:%M:%SZ")
    body = {
        "error": error,
        "error_description": f"AADSTS{number}: {sentence} Timestamp: {stamp}",
        "error_codes": [number],
        "timestamp": stamp,
    }
    return Denied(Answer(status, body))


def _configuration(base: str, tenant: str) -> Answer:
    root = f"{base}/{tenant}"
    body = {
        "token_endpoint": f"{root}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
        "issuer": f"{root}/v2.0",
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"],
    }
    return Answer(200, body)

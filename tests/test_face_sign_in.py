"""The login host as the face plays it: tokens for whom they are, new ones for old, and the refusals clients know."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from asgi import ask
from faces import (
    CLIENT,
    FABRIKAM,
    GRAPH,
    PARTNER_CENTER,
    SETTINGS,
    Client,
    opened,
    refused,
    tenant,
    told,
)

ALONE = {"grant_type": "client_credentials", "resource": PARTNER_CENTER}
PERSON = {"grant_type": "refresh_token", "refresh_token": SETTINGS.refresh_token, "resource": PARTNER_CENTER}
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with opened(tmp_path_factory.mktemp("login"), tenant("fabrikam")) as asking:
        yield asking


def claims(token: str) -> dict[str, Any]:
    middle = token.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


def test_a_token_tells_whose_it_is_for_what_and_by_whom(client: Client) -> None:
    app = told(client.sign_in(SETTINGS.partner_domain, **ALONE))
    inside = claims(app["access_token"])
    assert (inside["tid"], inside["aud"], inside["appid"]) == (SETTINGS.partner, PARTNER_CENTER, CLIENT)
    assert (inside["idtyp"], "upn" in inside, "refresh_token" in app) == ("app", False, False)
    assert inside["exp"] - inside["iat"] == 3600
    person = told(client.sign_in(SETTINGS.partner, **PERSON))
    inside = claims(person["access_token"])
    assert (inside["upn"], "idtyp" in inside, "mfa" in inside["amr"]) == (SETTINGS.operator, False, True)
    assert claims(person["id_token"])["tid"] == SETTINGS.partner


@pytest.mark.parametrize("word", [FABRIKAM, "fabrikam.onmicrosoft.com", "Fabrikam.NO"])
def test_a_customer_s_tenant_is_signed_in_to_by_its_id_or_a_domain(client: Client, word: str) -> None:
    scope = {"scope": f"{GRAPH}/.default openid"}
    reply = client.sign_in(word, version="v2.0/token", grant_type="client_credentials", **scope)
    inside = claims(told(reply)["access_token"])
    assert (inside["tid"], inside["aud"]) == (FABRIKAM, GRAPH)


def test_each_exchange_gives_a_new_refresh_token_and_the_old_one_stays_good(client: Client) -> None:
    first = told(client.sign_in(SETTINGS.partner, **PERSON))["refresh_token"]
    second = told(client.sign_in(SETTINGS.partner, **{**PERSON, "refresh_token": first}))["refresh_token"]
    assert len({first, second, SETTINGS.refresh_token}) == 3
    for token in (first, second, SETTINGS.refresh_token):
        assert client.sign_in(SETTINGS.partner, **{**PERSON, "refresh_token": token}).status == 200


def test_a_refresh_token_is_good_for_ninety_days_and_an_access_token_for_an_hour(client: Client) -> None:
    begun = client.service.now()
    now = [begun]
    aging = Client(client.service, replace(SETTINGS, now=lambda: now[0]))
    refresh = told(aging.sign_in(SETTINGS.partner, **PERSON))["refresh_token"]
    assert aging.partner("/customers").status == 200
    now[0] = begun + timedelta(hours=1)
    assert refused(aging.partner("/customers")) == (401, 400)
    now[0] = begun + timedelta(days=89)
    assert aging.sign_in(SETTINGS.partner, **{**PERSON, "refresh_token": refresh}).status == 200
    now[0] = begun + timedelta(days=90)
    old = told(aging.sign_in(SETTINGS.partner, **{**PERSON, "refresh_token": refresh}))
    assert (old["error"], old["error_codes"]) == ("invalid_grant", [700082])


def test_a_first_consent_is_exchanged_like_any_other(client: Client) -> None:
    consent = {"grant_type": "authorization_code", "code": SETTINGS.consent_code, "resource": PARTNER_CENTER}
    assert "refresh_token" in told(client.sign_in(SETTINGS.partner, **consent))
    wrong = client.sign_in(SETTINGS.partner, **{**consent, "code": "another"})
    assert told(wrong)["error"] == "invalid_grant"


def test_a_certificate_is_taken_by_the_shape_of_its_assertion(client: Client) -> None:
    packed = urlsafe_b64encode(json.dumps({"iss": CLIENT}).encode()).decode().rstrip("=")
    signed = {
        "client_secret": "",
        "client_assertion_type": ASSERTION,
        "client_assertion": f"{packed}.{packed}.sig",
    }
    assert client.sign_in(SETTINGS.partner, **ALONE, **signed).status == 200
    unsigned = {**signed, "client_assertion": f"{packed}.{packed}."}
    assert told(client.sign_in(SETTINGS.partner, **ALONE, **unsigned))["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("where", "form", "status", "error", "number"),
    [
        (SETTINGS.partner, {**PERSON, "refresh_token": "no such token"}, 400, "invalid_grant", 70000),
        (SETTINGS.partner, {**ALONE, "client_secret": "wrong"}, 401, "invalid_client", 7000215),
        (SETTINGS.partner, {**ALONE, "client_secret": ""}, 401, "invalid_client", 7000216),
        (SETTINGS.partner, {**ALONE, "client_id": "nobody"}, 400, "unauthorized_client", 700016),
        (SETTINGS.partner, {**ALONE, "grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        (SETTINGS.partner, {**ALONE, "resource": ""}, 400, "invalid_request", 900144),
        ("nowhere.example", ALONE, 400, "invalid_request", 90002),
    ],
)
def test_a_sign_in_that_fails_says_why_by_its_number(
    client: Client, where: str, form: dict[str, str], status: int, error: str, number: int
) -> None:
    reply = client.sign_in(where, **form)
    body = told(reply)
    assert (reply.status, body["error"], body["error_codes"]) == (status, error, [number])
    assert body["error_description"].startswith(f"AADSTS{number}: ")


def test_the_endpoints_are_found_where_msal_looks_for_them(client: Client) -> None:
    found = told(ask(client.app, f"/{FABRIKAM}/v2.0/.well-known/openid-configuration"))
    assert found["token_endpoint"] == f"http://localhost/{FABRIKAM}/oauth2/v2.0/token"
    assert found["issuer"] == f"http://localhost/{FABRIKAM}/v2.0"
    assert ask(client.app, f"/{FABRIKAM}/oauth2/token").status == 405
    assert ask(client.app, "/nothing/at/all").status == 404


def test_tokens_can_be_left_unchecked(client: Client) -> None:
    open_to_all = Client(client.service, replace(SETTINGS, checks_tokens=False))
    assert open_to_all._ask("/v1/customers", "GET", None, "none", {}).status == 200


def test_secrets_are_not_in_what_a_setting_prints() -> None:
    shown = repr(SETTINGS)
    assert not [
        word for word in ("a-secret-of-tests", SETTINGS.refresh_token, SETTINGS.consent_code) if word in shown
    ]

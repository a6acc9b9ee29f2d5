"""What MSAL sends to sign in, the sign-in's answers out, over our own connections, time limits and addresses.

MSAL wants an authority with https, and takes any HTTP client that can ``get`` and ``post``. So its https addresses lead
to the configured one, which a rehearsal may have on this very machine without TLS. Where the tokens are got is
documented (Graph 2), so MSAL's question for it is answered here, and nothing that a service says leads a secret
elsewhere. An answer reaches MSAL only as the members it needs: it logs whole any it can not read, tokens and all.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from reconciler import __version__
from reconciler.adapters.microsoft.sending import Answer, Line, NoAnswer, Patience, silenced
from reconciler.messages import say

GUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_BUSY = frozenset({408, 429, 500, 502, 503, 504})
# An authorization code is good once; the other grants may be asked for again.
_ONCE = "authorization_code"
# What of a form is a secret, and what of an answer says why there is no token.
_SECRETS = ("client_secret", "client_assertion", "refresh_token", "code", "code_verifier")
_REFUSAL = ("error", "error_description", "suberror", "correlation_id")
_WORDS = (
    *("access_token", "refresh_token", "id_token", "token_type", "scope"),
    *_REFUSAL,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in the shape that MSAL asks for."""

    status_code: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    def raise_for_status(self) -> None:
        """Raise nothing: an answer of use to nobody never gets this far."""


class Login:
    """Speaks to one sign-in; an HTTP client to MSAL."""

    def __init__(self, base: str, patience: Patience = Patience()) -> None:  # noqa: B008 - frozen
        """``base``: the address of the sign-in, without a tenant. Raises ReconcilerError for an unsafe one."""
        self._line = Line(base, patience, threads=4)
        self._patience = patience
        parts = urlsplit(self._line.base)
        self._known = f"https://{parts.netloc}{parts.path}"
        self.host = parts.netloc

    def authority(self, tenant: str) -> str:
        """Return the authority of a tenant as MSAL wants it, that is with https."""
        return f"https://{self.host}/{tenant}"

    def reached(self, url: str) -> str:
        """Return an address of the sign-in as a browser reaches it: in a rehearsal without TLS."""
        return self._line.base + url.removeprefix(self._known)

    def tenant_id(self, domain: str) -> str:
        """Return the id of the tenant that a domain belongs to; an id is returned as it is. Raises NoAnswer."""
        if GUID.fullmatch(domain):
            return domain.lower()
        answer = self._sent(
            "GET", f"/{domain}/v2.0/.well-known/openid-configuration", {}, None, self._patience.tries
        )
        told = answer.json() if answer.status == 200 else None
        issuer = told.get("issuer") if isinstance(told, dict) else None
        found = GUID.search(issuer) if isinstance(issuer, str) else None
        if not found:
            text = say("sign-in.no-such-tenant", tenant=domain, host=self.host, status=answer.status)
            raise NoAnswer(text, sent=False, answered=True)
        return found[0].lower()

    def get(self, url: str, **_: object) -> Reply:
        """Answer the one question MSAL has before it asks for tokens: where they are to be got. No request is sent."""
        tenant = urlsplit(url).path.split("/")[1]
        place = f"{self._known}/{tenant}"
        told = {
            "issuer": f"{place}/v2.0",
            "authorization_endpoint": f"{place}/oauth2/v2.0/authorize",
            "token_endpoint": f"{place}/oauth2/v2.0/token",
        }
        return Reply(200, json.dumps(told))

    def post(
        self,
        url: str,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> Reply:
        """Send what asks for a token. Raises NoAnswer."""
        form = dict(data or {})
        along = {**(headers or {}), "Content-Type": "application/x-www-form-urlencoded"}
        path = url.removeprefix(self._known)
        tries = 1 if form.get("grant_type") == _ONCE else self._patience.tries
        answer = self._sent("POST", path, along, urlencode(form).encode(), tries)
        told = answer.json()
        if not isinstance(told, dict):
            raise NoAnswer(say("sign-in.no-object", what=answer.what), answered=True)
        shown = [form[name] for name in _SECRETS if form.get(name)]
        return Reply(answer.status, json.dumps(_silenced(_needed(told), shown)))

    def close(self) -> None:
        """Let go of the connections."""
        self._line.close()

    def _sent(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, tries: int
    ) -> Answer:
        """Send a request, again where that may help."""
        along = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"reconciler/{__version__}",
            **headers,
        }
        patience = self._patience
        end = patience.clock() + patience.whole
        for number in range(tries):
            wait = float(2**number)
            is_last = number == tries - 1 or patience.clock() + wait >= end
            try:
                answer = self._line.send(method, path, along, body, end)
            except NoAnswer as lost:
                if is_last or not lost.passing:
                    raise
            else:
                if answer.status not in _BUSY:
                    return answer
                wait = wait if answer.later is None else answer.later
                if is_last or wait > patience.longest_wait:
                    break
            patience.sleep(wait)
        text = say("calling.busy", what=answer.what, status=answer.status, tries=number + 1)
        raise NoAnswer(text, answered=True, later=answer.later)


def claims_of(token: str) -> Mapping[str, Any]:
    """Return what a token says of itself; nothing where it does not say it in the usual way. It is not verified."""
    part = [*token.split("."), "", ""][1]
    try:
        told = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError, binascii.Error):
        return {}
    return told if isinstance(told, dict) else {}


def _needed(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members of an answer that are of use and of the right kind."""
    needed: dict[str, Any] = {name: told[name] for name in _WORDS if isinstance(told.get(name), str)}
    # Numbers, which one of the endpoints says as text (PC 2.2).
    seconds = told.get("expires_in")
    if isinstance(seconds, int | float | str) and re.fullmatch(r"[0-9]{1,9}", str(seconds)):
        needed["expires_in"] = int(seconds)
    codes = told.get("error_codes")
    if isinstance(codes, list):
        needed["error_codes"] = [code for code in codes if isinstance(code, int)]
    if not claims_of(needed.get("id_token", "")):
        needed.pop("id_token", None)
    return needed


def _silenced(needed: Mapping[str, Any], secrets: Sequence[str]) -> Mapping[str, Any]:
    """What an answer says of a refusal, without the secrets it was shown."""
    told = dict(needed)
    for name in _REFUSAL:
        for secret in secrets if name in told else ():
            told[name] = silenced(told[name], secret)
    return told

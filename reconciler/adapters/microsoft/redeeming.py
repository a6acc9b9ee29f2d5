"""An application that a partner registered and a tenant in, one exchange with the sign-in, and its token out.

An application alone proves itself by a secret or a certificate. With a user (the secure application model, PC 2.2) it
redeems a refresh token that a person with MFA gave it; each exchange hands back a newer one, and that is kept before
anything else is done. No message, no representation and no chain of errors holds a secret.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.adapters.microsoft.certificates import kept_certificate
from reconciler.adapters.microsoft.login import GUID, Login, claims_of
from reconciler.adapters.microsoft.refreshing import keep_grant, kept_grant
from reconciler.adapters.microsoft.refusing import NotSignedIn, Why, said_of, why_of
from reconciler.adapters.microsoft.secrets import ReadOnly, SecretTrouble
from reconciler.messages import say

if TYPE_CHECKING:
    from reconciler.adapters.microsoft.secrets import SecretStore

ASSUMED_LIFE = 3600
# What MSAL and those below it raise for an answer they can not read; the text of it may hold the answer.
_UNREADABLE = (ValueError, TypeError, LookupError, RuntimeError, AttributeError, AssertionError)


@dataclass(frozen=True, slots=True)
class Application:
    """As which application to sign in. ``who``: "reader" or "writer", for messages.

    ``secret`` or ``certificate`` proves it. ``refresh_token`` None: it acts as itself, without a user.
    """

    who: str
    client_id: str
    secret: SecretStore | None = field(default=None, repr=False)
    certificate: SecretStore | None = field(default=None, repr=False)
    refresh_token: SecretStore | None = field(default=None, repr=False)

    @property
    def proof(self) -> SecretStore | None:
        """Where what proves it is kept."""
        return self.certificate or self.secret


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and for how many seconds it lives."""

    text: str = field(repr=False)
    life: int


class Redeeming:
    """Makes exchanges for one application, one at a time where a refresh token is redeemed: the caller sees to that."""

    def __init__(
        self,
        application: Application,
        partner: str,
        login: Login,
        now: Callable[[], datetime],
        warned: Callable[[str], None],
    ) -> None:
        """``partner``: the id or domain of the partner's tenant. ``warned`` hears of what to do in time."""
        self.application, self.login = application, login
        self.partner = partner.lower()
        self._now, self._warned = now, warned
        self._partner_id = ""

    def partner_id(self) -> str:
        """Return the id of the partner's tenant, which is asked for where a domain is configured. Raises NoAnswer."""
        if not self._partner_id:
            self._partner_id = self.login.tenant_id(self.partner)
        return self._partner_id

    def token(self, resource: str, tenant: str) -> Token:
        """Return a token for a resource in a tenant. Raises NotSignedIn, NoAnswer, SecretTrouble."""
        at = self.partner_id() if tenant == self.partner else tenant
        told, shown = self._told(resource, at)
        if "error" in told:
            raise self.refusal(told, resource, tenant, shown)
        text, life = told.get("access_token"), told.get("expires_in", ASSUMED_LIFE)
        if not isinstance(text, str) or not text.isascii() or not text.isprintable() or " " in text:
            raise NotSignedIn(say("sign-in.no-token", **self._facts(tenant)), Why.OTHER)
        self.check_tenant(told, at)
        return Token(text, life)

    def client(self, tenant: str, proof: Any) -> Any:
        """Return MSAL's client of the application in a tenant. Raises NotSignedIn."""
        import msal

        # Its notes for finding faults hold codes that are good for a token.
        logging.getLogger(msal.__name__).setLevel(logging.WARNING)

        class Forgetful(msal.TokenCache):  # type: ignore[misc]
            """What is held is held by us: MSAL would hold on to what is to be forgotten."""

            def add(self, event: object, now: object = None) -> None:
                """Keep nothing."""

        return self.understood(
            tenant,
            lambda: msal.ConfidentialClientApplication(
                self.application.client_id,
                client_credential=proof,
                authority=self.login.authority(tenant),
                instance_discovery=False,
                azure_region=False,
                http_client=self.login,
                token_cache=Forgetful(),
            ),
        )

    def proof(self) -> tuple[Any, str]:
        """Return what MSAL takes to prove the application, and the secret in it. Raises NotSignedIn, SecretTrouble."""
        application = self.application
        if application.certificate is not None:
            held = kept_certificate(application.certificate)
            return {"private_key": held.key, "thumbprint": held.thumbprint}, held.key
        if application.secret is None:
            raise NotSignedIn(say("sign-in.no-proof", who=application.who), Why.NOT_HERE)
        secret = application.secret.read()
        return secret, secret

    def understood(self, tenant: str, ask: Callable[[], Any]) -> Any:
        """Return what MSAL answers; what it can not read is told without its words. Raises NotSignedIn, NoAnswer."""
        try:
            return ask()
        except _UNREADABLE as error:
            why = type(error).__name__
        # Raised here, and not where it was caught, so that no chain of errors leads to what MSAL said.
        raise NotSignedIn(say("sign-in.odd", why=why, **self._facts(tenant)), Why.OTHER)

    def check_tenant(self, told: Mapping[str, Any], tenant: str) -> None:
        """Refuse a token for another tenant: a mix-up would read and write another partner's customers."""
        if not GUID.fullmatch(tenant):
            return
        tokens = [told.get("access_token")]
        if tenant == self._partner_id:
            tokens.append(told.get("id_token"))
        for token in tokens:
            found = claims_of(token).get("tid") if isinstance(token, str) else None
            if isinstance(found, str) and found.lower() != tenant.lower():
                facts = {**self._facts(tenant), "found": found[:64]}
                raise NotSignedIn(say("sign-in.other-tenant", **facts), Why.TENANT)

    def refusal(
        self, told: Mapping[str, Any], resource: str, tenant: str, shown: tuple[str, ...]
    ) -> NotSignedIn:
        """Return what to say of a refusal; ``shown``: the secrets the sign-in was shown, which it may repeat."""
        why, code = why_of(told)
        store = self.application.proof
        words = said_of(told, *shown)
        facts = {
            **self._facts(tenant),
            "resource": resource,
            "client": self.application.client_id,
            "where": store.where if store else "?",
            "code": said_of({"error_description": code}, *shown),
            "said": say("sign-in.refused.said", words=words) if words else "",
        }
        return NotSignedIn(say(f"sign-in.refused.{why}", **facts), why, code)

    def _told(self, resource: str, tenant: str) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """What the sign-in answered, and the secrets it was shown."""
        store = self.application.refresh_token
        proof, secret = self.proof()
        client = self.client(tenant, proof)
        scopes = [f"{resource}/.default"]
        if store is None:
            return self.understood(tenant, lambda: client.acquire_token_for_client(scopes)), (secret,)
        before = self._redeemable(store)
        told = self.understood(tenant, lambda: client.acquire_token_by_refresh_token(before, scopes))
        renewed = told.get("refresh_token")
        if "error" not in told and isinstance(renewed, str) and renewed != before:
            self.check_tenant(told, tenant)
            self._keep(store, renewed, before)
        return told, (secret, before)

    def _redeemable(self, store: SecretStore) -> str:
        """The kept refresh token, with a word in time about its age."""
        who, now = self.application.who, self._now()
        grant = kept_grant(store)
        if grant.is_over(now):
            age = grant.age(now)
            facts = {"who": who, "where": store.where, "days": age.days if age else 0}
            raise NotSignedIn(say("sign-in.over", **facts), Why.LAPSED)
        warning = grant.warning(now, who, store.where)
        if warning:
            self._warned(warning)
        return grant.token

    def _keep(self, store: SecretStore, renewed: str, before: str) -> None:
        """Keep the newer refresh token, before the token that came with it is used for anything."""
        who = self.application.who
        try:
            keep_grant(store, renewed, self._now(), instead_of=before)
        except ReadOnly:
            # The old one goes on living, so this is no reason to stop.
            self._warned(say("sign-in.not-renewed", who=who, where=store.where))
        except SecretTrouble as trouble:
            raise NotSignedIn(say("sign-in.not-kept", who=who, why=trouble), Why.NOT_HERE) from None

    def _facts(self, tenant: str) -> dict[str, str]:
        return {"who": self.application.who, "tenant": tenant, "host": self.login.host}

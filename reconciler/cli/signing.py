"""``microsoft`` of a configuration in, the applications that sign in and the addresses they speak to out."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from reconciler.errors import ReconcilerError
from reconciler.messages import say

if TYPE_CHECKING:
    from reconciler.adapters.files.microsoft import MicrosoftConfig
    from reconciler.adapters.microsoft.addresses import Addresses
    from reconciler.adapters.microsoft.sending import Patience
    from reconciler.adapters.microsoft.tokens import Application, SignIn

Who = Literal["reader", "writer"]


def addresses_of(config: MicrosoftConfig) -> Addresses:
    """Return the addresses of the cloud, with those of a rehearsal in their place. Raises ReconcilerError."""
    from reconciler.adapters.microsoft.addresses import CLOUDS

    return CLOUDS[config.cloud].replaced(
        partner_center=config.partner_center, graph=config.graph, login=config.login
    )


def application_of(config: MicrosoftConfig, who: Who) -> Application:
    """Return as which application to read, or to write. Raises ReconcilerError where none is configured."""
    from reconciler.adapters.microsoft.secrets import store_of
    from reconciler.adapters.microsoft.tokens import Application

    credential = config.writer if who == "writer" else config.reader
    if credential is None:
        raise ReconcilerError(say(f"doctor.no-{who}"))
    secret, certificate, refresh_token = (
        store_of(reference, os.environ) if reference else None
        for reference in (credential.secret, credential.certificate, credential.refresh_token)
    )
    return Application(who, credential.client_id, secret, certificate, refresh_token)


def sign_in_of(
    config: MicrosoftConfig, who: Who, warned: Callable[[str], None], patience: Patience | None = None
) -> SignIn:
    """Return what gets tokens to read with, or to write with. Raises ReconcilerError where none is configured.

    ``warned`` hears of what a person should do in time.
    """
    from reconciler.adapters.microsoft.login import Login
    from reconciler.adapters.microsoft.sending import Patience
    from reconciler.adapters.microsoft.tokens import SignIn

    patience = patience or Patience()
    login = Login(addresses_of(config).login, patience)
    return SignIn(application_of(config, who), config.partner, login, patience, warned=warned)

"""The PEM text of a certificate and its private key in, what signs an application in out, and until when it does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.adapters.microsoft.secrets import SecretTrouble
from reconciler.messages import say

if TYPE_CHECKING:
    from reconciler.adapters.microsoft.secrets import SecretStore


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that an application proves itself by. ``thumbprint``: as the portal shows it, SHA-1 in hex."""

    key: str = field(repr=False)
    thumbprint: str
    ends: datetime


def kept_certificate(store: SecretStore) -> Certificate:
    """Return the certificate that is kept. Raises SecretTrouble where it is none, or its key is none for it."""
    # They come with MSAL, and are as slow to import.
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    pem = store.read().encode()
    try:
        found = x509.load_pem_x509_certificate(pem)
        key = load_pem_private_key(pem, None)
    except TypeError:
        raise SecretTrouble(say("sign-in.certificate.locked", where=store.where)) from None
    except ValueError:
        raise SecretTrouble(say("sign-in.certificate.odd", where=store.where)) from None
    if not isinstance(key, RSAPrivateKey):
        raise SecretTrouble(say("sign-in.certificate.no-rsa", where=store.where))
    if key.public_key() != found.public_key():
        raise SecretTrouble(say("sign-in.certificate.other-key", where=store.where))
    # Not for safety: it only names the certificate among those registered.
    thumbprint = found.fingerprint(SHA1()).hex()  # noqa: S303
    alone = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Certificate(alone, thumbprint, found.not_valid_after_utc)

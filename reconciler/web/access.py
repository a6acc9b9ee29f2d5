"""A host, a token and certificates in, who may reach the status page out.

Loopback is open, for whoever is on the machine already is; but a web site somewhere can send a browser there under a
name of its own that it lets point to 127.0.0.1 (DNS rebinding), so only known host names are answered. Anywhere else
takes a token or a client certificate, and without either nothing is served at all.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import ReconcilerError
from reconciler.messages import say

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
# Guessing is not slowed down, since that would let anybody lock out everybody: the token's length does it.
LEAST_TOKEN = 24
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


@dataclass(frozen=True, slots=True)
class Tls:
    """Paths of a certificate, its key, and the authority that client certificates must come from, if any must."""

    certificate: Path
    key: Path
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Who may reach the page; made by ``access_for``, which refuses what would be open to everybody.

    ``names``: the host names it answers to; none means any, where a secret stands guard anyway.
    """

    host: str
    token: str | None = field(default=None, repr=False)
    tls: Tls | None = None
    names: frozenset[str] = LOOPBACK_NAMES

    def takes(self, token: str) -> bool:
        """Say whether it is the token, in a time that does not tell how much of it is right."""
        if self.token is None:
            return False
        given, right = (
            hashlib.sha256(each.encode("utf-8", "replace")).digest() for each in (token, self.token)
        )
        return hmac.compare_digest(given, right)

    def answers_to(self, header: str) -> bool:
        """Say whether a Host header names this server; its port does not matter."""
        return not self.names or _name_of(header) in self.names


def access_for(
    host: str, *, token: str | None = None, tls: Tls | None = None, names: Iterable[str] = ()
) -> Access:
    """Return who may reach a page on ``host``; raises ReconcilerError where that would be everybody.

    ``names``: further host names the page is reached by, as behind a proxy.
    """
    if token is not None and len(token) < LEAST_TOKEN:
        raise ReconcilerError(say("serving.token-short", count=len(token), least=LEAST_TOKEN))
    if token is not None and not _TOKEN.fullmatch(token):
        raise ReconcilerError(say("serving.token-odd"))
    local = is_loopback(host)
    if not local and token is None and (tls is None or tls.authority is None):
        raise ReconcilerError(say("serving.open-to-all", host=host or "*"))
    further = frozenset(_name_of(name) for name in names)
    known = LOOPBACK_NAMES | {_name_of(host)} | further if local or further else frozenset[str]()
    return Access(host, token, tls, known)


def token_of(variable: str | None, file: Path | None, environment: Mapping[str, str]) -> str | None:
    """Return the token an environment variable or a file holds, None if neither is named; it is never on a command
    line, where everybody on the machine could read it."""
    if variable is not None:
        found = environment.get(variable, "").strip()
        if not found:
            raise ReconcilerError(say("serving.token-missing", name=variable))
        return found
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ReconcilerError(say("serving.token-unreadable", file=file, why=why)) from error


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach a host; any name but localhost may lead anywhere."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def _name_of(header: str) -> str:
    """The name in a Host header: without port, brackets and the root's dot, in lower case."""
    bracketed = re.match(r"\[([0-9A-Fa-f:.]+)\]", header)
    if bracketed:
        return bracketed[1].lower()
    name = header if header.count(":") > 1 else header.partition(":")[0]
    return name.rstrip(".").lower()

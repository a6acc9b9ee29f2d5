"""The name of a cloud and what a rehearsal puts in its place in, the addresses to speak to out.

Where the references differ: for US Government, Partner Center has the one global address (PC 2.1). For 21Vianet's
Partner Center a sign-in host of its own is told, while Graph 2 and MSAL know ``login.chinacloudapi.cn``. That one is
taken, since one sign-in serves both.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from urllib.parse import urlsplit

from reconciler.errors import ReconcilerError
from reconciler.messages import say


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where Partner Center, Graph (without the version) and the sign-in are, each without a slash at its end."""

    partner_center: str
    graph: str
    login: str

    def replaced(self, *, partner_center: str = "", graph: str = "", login: str = "") -> Addresses:
        """Return these with others in their place ("" leaves one), for a rehearsal. Raises ReconcilerError."""
        given = {"partner_center": partner_center, "graph": graph, "login": login}
        return replace(self, **{name: checked(url) for name, url in given.items() if url})


PARTNER_CENTER = "https://api.partnercenter.microsoft.com"

# PC 2.1, Graph 2.
CLOUDS: Mapping[str, Addresses] = MappingProxyType(
    {
        "global": Addresses(
            PARTNER_CENTER, "https://graph.microsoft.com", "https://login.microsoftonline.com"
        ),
        "us-government": Addresses(
            PARTNER_CENTER, "https://graph.microsoft.us", "https://login.microsoftonline.us"
        ),
        "us-government-dod": Addresses(
            PARTNER_CENTER, "https://dod-graph.microsoft.us", "https://login.microsoftonline.us"
        ),
        "china": Addresses(
            "https://partner.partnercenterapi.microsoftonline.cn",
            "https://microsoftgraph.chinacloudapi.cn",
            "https://login.chinacloudapi.cn",
        ),
    }
)


def checked(address: str) -> str:
    """Return an address that a token may go to, without a slash at its end; raises ReconcilerError for any other."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host or ""))
    plain = address.isascii() and address.isprintable() and " " not in address
    if not host or not secure or not plain or "@" in parts.netloc or parts.query or parts.fragment:
        # What stands before an @ would be a password.
        raise ReconcilerError(say("calling.bad-base", base=address.rsplit("@", 1)[-1]))
    return address.rstrip("/")


def is_loopback(host: str) -> bool:
    """Say whether a host is this very machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

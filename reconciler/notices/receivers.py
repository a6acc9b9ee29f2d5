"""The notifications of a configuration as values: who receives, by what way, and in which language.

A secret is never one of these values, only where it is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.messages import Language
from reconciler.model import Place
from reconciler.notices import Severity
from reconciler.notices.routing import Pace, Route
from reconciler.secret_places import Reference

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
# No user before the host, which would be a password, and no fragment, which no server gets.
_ADDRESS = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?([/?][!-\"$-~]*)?")


class Security(StrEnum):
    """How the way to a mail server is kept private. ``NONE`` is for a server on this very machine."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"

    @property
    def port(self) -> int:
        """The port such a server usually has."""
        return {"starttls": 587, "tls": 465, "none": 25}[self.value]


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that takes events. ``secret`` is what each is signed with; a URL that is one itself is a reference."""

    url: str | Reference
    secret: Reference


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server, and from whom to whom. ``user`` "" : it takes mail without a name."""

    host: str
    port: int
    security: Security
    sender: str
    to: tuple[str, ...]
    user: str = ""
    password: Reference | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat, by the address that Apprise knows it by, which holds its secrets."""

    url: Reference


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told, by what way; ``place``: where that is written."""

    name: str
    way: Webhook | Mail | Chat
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Notifications:
    """Who hears of what, how. ``page_url``: where the status page is for people, without the slash at its end."""

    receivers: tuple[Receiver, ...]
    routes: tuple[Route, ...]
    language: Language = Language.ENGLISH
    page_url: str = ""


def secure(address: str) -> bool:
    """Say whether an address may be asked: by https, or by http on this very machine."""
    found = _ADDRESS.fullmatch(address)
    return found is not None and (found[1] == "https" or found[2] in LOOPBACK)


def is_here(address: str) -> bool:
    """Say whether an address is one of this very machine."""
    found = _ADDRESS.fullmatch(address)
    return found is not None and found[2] in LOOPBACK


def usual_routes(receivers: tuple[str, ...]) -> tuple[Route, ...]:
    """Return what holds where no route is written: what asks for something at once, the rest once a day."""
    grave = frozenset({Severity.WARNING, Severity.CRITICAL})
    return (Route(receivers, severities=grave), fallback(receivers))


def fallback(receivers: tuple[str, ...]) -> Route:
    """Return the default route of a configuration that has none."""
    return Route(receivers, pace=Pace.DAILY)

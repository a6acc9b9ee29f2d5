"""``microsoft`` of a configuration in, the values it is out, and what is wrong with them; secrets only as references.

What one document can not say by itself is found when it is read. What is missing, and what contradicts itself, only the
whole shows, since a variable may stand for each member of the file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from reconciler.adapters.files.bounds import Bounds
from reconciler.adapters.files.hiding import CREDENTIALS
from reconciler.adapters.files.hiding import MICROSOFT as HERE
from reconciler.desired import Document
from reconciler.errors import Problem
from reconciler.messages import say
from reconciler.model import Place
from reconciler.secret_places import Kept, Reference

Steps = tuple[str, ...]
# Which variable stands for which member. A secret itself has none: only the file it is in.
VARIABLES: Mapping[str, Steps] = {
    "RECONCILER_MICROSOFT_PARTNER": (HERE, "partner"),
    "RECONCILER_MICROSOFT_CLOUD": (HERE, "cloud"),
    "RECONCILER_MICROSOFT_PARTNER_CENTER_ADDRESS": (HERE, "addresses", "partnerCenter"),
    "RECONCILER_MICROSOFT_GRAPH_ADDRESS": (HERE, "addresses", "graph"),
    "RECONCILER_MICROSOFT_LOGIN_ADDRESS": (HERE, "addresses", "login"),
    **{
        f"RECONCILER_MICROSOFT_{who.upper()}_{word}": (HERE, who, *member)
        for who in CREDENTIALS
        for word, member in {
            "CLIENT_ID": ("clientId",),
            "SECRET_FILE": ("secretFrom", "file"),
            "CERTIFICATE_FILE": ("certificateFrom", "file"),
            "REFRESH_TOKEN_FILE": ("refreshTokenFrom", "file"),
        }.items()
    },
    "RECONCILER_MICROSOFT_RAISE_WITHOUT_ETAG": (HERE, "raiseWithoutEtag"),
    "RECONCILER_MICROSOFT_LICENSE_TRANSFER": (HERE, "licenseTransfer"),
    "RECONCILER_MICROSOFT_CALLS_PER_MINUTE": (HERE, "callsPerMinute"),
}
_OTHERS = frozenset({"raiseWithoutEtag", "licenseTransfer", "callsPerMinute"})
WORDS = frozenset(name for name, member in VARIABLES.items() if member[-1] not in _OTHERS)
# Documented budgets differ by call; this is below each of them (PC 2.6).
CALLS_PER_MINUTE = 500


class Cloud(StrEnum):
    """Microsoft's clouds."""

    GLOBAL = "global"
    US_GOVERNMENT = "us-government"
    US_GOVERNMENT_DOD = "us-government-dod"
    CHINA = "china"


@dataclass(frozen=True, slots=True)
class Credential:
    """As which application to sign in, and where what it proves itself with is kept; never a secret itself.

    Of ``secret`` and ``certificate`` one is set. ``refresh_token`` None: the application signs in as itself.
    """

    client_id: str = ""
    secret: Reference | None = None
    certificate: Reference | None = None
    refresh_token: Reference | None = None


@dataclass(frozen=True, slots=True)
class MicrosoftConfig:
    """Whose customers, in which cloud, and how to reach them. An address that is "" is the cloud's.

    ``partner`` "": not set, which only another backend may leave so. ``reader`` and ``writer`` are never one and the
    same application. ``license_transfer``: a switch takes the users' licences along.
    """

    partner: str = ""
    cloud: Cloud = Cloud.GLOBAL
    partner_center: str = ""
    graph: str = ""
    login: str = ""
    reader: Credential | None = None
    writer: Credential | None = None
    raise_without_etag: bool = False
    license_transfer: bool = True
    calls_per_minute: int = CALLS_PER_MINUTE

    @property
    def rehearses(self) -> tuple[str, ...]:
        """The addresses that are asked instead of Microsoft's."""
        return tuple(dict.fromkeys(filter(None, (self.partner_center, self.graph, self.login))))


def with_microsoft(before: MicrosoftConfig, document: Document, base: Path) -> MicrosoftConfig:
    """Return it with what one document that fits the schema says; its paths are relative to ``base``."""
    given = document.value.get(HERE, {})
    changes: dict[str, Any] = {
        member: given[key]
        for key, member in (
            ("partner", "partner"),
            ("raiseWithoutEtag", "raise_without_etag"),
            ("licenseTransfer", "license_transfer"),
            ("callsPerMinute", "calls_per_minute"),
        )
        if key in given
    }
    if "cloud" in given:
        changes["cloud"] = Cloud(given["cloud"])
    for key, member in (("partnerCenter", "partner_center"), ("graph", "graph"), ("login", "login")):
        if key in given.get("addresses", {}):
            changes[member] = given["addresses"][key].rstrip("/")
    for who in CREDENTIALS:
        if who in given:
            known = getattr(before, who) or Credential()
            changes[who] = _credential(known, document, (HERE, who), base)
    return replace(before, **changes)


def misfits(document: Document, bounds: Bounds) -> Iterator[Problem]:
    """Find what is wrong with one document that fits the schema, whatever others say."""
    given = document.value.get(HERE, {})
    if "addresses" in given:
        yield from _wrong_addresses(document, bounds)
    for who in CREDENTIALS:
        if {"secretFrom", "certificateFrom"} <= given.get(who, {}).keys():
            yield document.key_problem("two-proofs", (HERE, who))


def _wrong_addresses(document: Document, bounds: Bounds) -> Iterator[Problem]:
    # A configuration without addresses does not pay for loading what these are held to.
    from reconciler.notices.receivers import is_here, secure

    for name, address in document.value[HERE]["addresses"].items():
        path = (HERE, "addresses", name)
        if not secure(address) or "?" in address:
            yield document.problem("not-secure", path)
        elif bounds.root is not None and not is_here(address):
            # Whoever can name where one signs in is sent the secret.
            yield document.problem("address-unreviewed", path)


def wrong_as_a_whole(found: MicrosoftConfig, is_used: bool, document: Document | None) -> Iterator[Problem]:
    """Find what is missing, or contradicts itself, in all that file and environment say together.

    ``is_used``: this is the backend. ``document``: the file that a problem is shown in, None if there is none.
    """
    if is_used and not found.partner:
        yield _problem(document, "no-partner", (HERE,) if _says(document, (HERE,)) else ("backend",))
    for who in CREDENTIALS:
        credential: Credential | None = getattr(found, who)
        if credential is None:
            continue
        if not credential.client_id:
            yield _problem(document, "no-application", (HERE, who), variable=_variable(who))
        if credential.secret is None and credential.certificate is None:
            yield _problem(document, "no-proof", (HERE, who))
    reader, writer = found.reader, found.writer
    if reader and writer and reader.client_id and reader.client_id.lower() == writer.client_id.lower():
        yield _problem(document, "one-application", (HERE, "writer", "clientId"))


def secret_files(value: Mapping[str, Any]) -> Iterator[tuple[Steps, str]]:
    """Yield the files of secrets that a configuration names, each with its place in the document."""
    for who in CREDENTIALS:
        for member, reference in value.get(HERE, {}).get(who, {}).items():
            if isinstance(reference, Mapping) and Kept.FILE in reference:
                yield (HERE, who, member, "file"), reference["file"]


def of_credential(member: Steps) -> bool:
    """Say whether a member is below one that holds nothing but places of secrets."""
    return member[0] == HERE and member[1] in CREDENTIALS


def _credential(before: Credential, document: Document, path: Steps, base: Path) -> Credential:
    given = document.value[path[0]][path[1]]

    def kept(member: str) -> Reference | None:
        if member not in given:
            return None
        ((where, name),) = given[member].items()
        place = document.place((*path, member))
        return Reference(Kept(where), os.fspath(base / name) if where == Kept.FILE else name, place)

    changes: dict[str, Any] = {}
    if "clientId" in given:
        changes["client_id"] = given["clientId"]
    if "secretFrom" in given or "certificateFrom" in given:
        # Named anew, it takes the place of the other one as well.
        changes |= {"secret": kept("secretFrom"), "certificate": kept("certificateFrom")}
    if "refreshTokenFrom" in given:
        changes["refresh_token"] = kept("refreshTokenFrom")
    return replace(before, **changes)


def _problem(document: Document | None, code: str, path: Steps, **facts: object) -> Problem:
    """Show it in the file where that says anything of it, else at the variable that does."""
    if document is not None and _says(document, path[:2]):
        return document.key_problem(code, path, **facts)
    variable = next((name for name, member in VARIABLES.items() if member[: len(path)] == path), None)
    place = Place(say("files.environment", name=variable or "RECONCILER_BACKEND"), 1, 1)
    member = ".".join(path)
    hint = say(f"files.{code}.hint", member=member, **facts)
    return Problem(place, code, say(f"files.{code}", member=member, **facts), hint=hint)


def _says(document: Document | None, path: Steps) -> bool:
    value: Any = document.value if document else {}
    for step in path:
        if not isinstance(value, Mapping) or step not in value:
            return False
        value = value[step]
    return True


def _variable(who: str) -> str:
    return next(name for name, member in VARIABLES.items() if member == (HERE, who, "clientId"))

"""``notifications`` of a configuration in, the values they are out, and what is wrong with them.

The schema has said that all is there and of the right kind; here is what only the meaning shows. A secret that
somebody wrote where only its place may stand is repeated by no problem.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.desired import Document, clipped, load, nearest
from reconciler.errors import Problem
from reconciler.messages import Language, say
from reconciler.notices import Kind, Severity
from reconciler.notices.receivers import (
    LOOPBACK,
    Chat,
    Kept,
    Mail,
    Notifications,
    Receiver,
    Reference,
    Security,
    Webhook,
    fallback,
    secure,
    usual_routes,
)
from reconciler.notices.routing import Pace, Route

Steps = tuple[str | int, ...]
HERE = "notifications"
RECEIVERS: Steps = (HERE, "receivers")
# Members that a secret is written to by mistake; a variable's name is none, and looks like one.
_SUSPECT = re.compile("secret|passw|token|key|url|environment", re.IGNORECASE)
_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_IN_LINE = re.compile(r"(?i)(\w*(?:secret|passw|token|url|environment)\w*[\"']?\s*:\s*)([^\s{,}][^,}]*)")
_HIDDEN = "***"


def notifications_of(document: Document, base: Path) -> Notifications | None:
    """Return what a sound configuration says of notifications; paths in it are relative to ``base``."""
    told = document.value.get(HERE)
    if told is None:
        return None
    receivers = tuple(
        _receiver(document, base, (*RECEIVERS, i), one) for i, one in enumerate(told["receivers"])
    )
    names = tuple(one.name for one in receivers)
    routes = tuple(_route(one) for one in told.get("routes", ()))
    if not routes:
        routes = usual_routes(names)
    elif not any(route.default for route in routes):
        routes = (*routes, fallback(names))
    language = Language(told.get("language", Language.ENGLISH))
    return Notifications(receivers, routes, language, told.get("pageUrl", "").rstrip("/"))


def misfits(document: Document) -> Iterator[Problem]:
    """Find what is wrong with notifications that fit the schema."""
    told = document.value.get(HERE, {})
    first: dict[str, Steps] = {}
    for i, one in enumerate(told.get("receivers", ())):
        path: Steps = (*RECEIVERS, i)
        if one["name"] in first:
            place = document.place((*first[one["name"]], "name"))
            yield document.problem("duplicate-receiver", (*path, "name"), word=one["name"], first=place)
        first.setdefault(one["name"], path)
        yield from _of_way(document, path, one)
    for i, route in enumerate(told.get("routes", ())):
        for j, name in enumerate(route["receivers"]):
            if name not in first:
                yield _unknown(document, (HERE, "routes", i, "receivers", j), name, sorted(first))
    if "pageUrl" in told and not secure(told["pageUrl"]):
        yield document.problem("not-secure", (HERE, "pageUrl"))


def secret_files(value: Mapping[str, Any]) -> Iterator[tuple[Steps, str]]:
    """Yield the files of secrets that a configuration names, each with its place in the document."""
    for i, one in enumerate(value.get(HERE, {}).get("receivers", ())):
        for way in ("webhook", "mail", "chat"):
            for member, reference in one.get(way, {}).items():
                if isinstance(reference, Mapping) and "file" in reference:
                    yield (*RECEIVERS, i, way, member, "file"), reference["file"]


def without_secrets(problems: Iterable[Problem], text: str) -> Iterator[Problem]:
    """Return problems of a configuration without what may be a secret in it."""
    told = list(problems)
    # Parsing it again costs, so only where a secret may stand; a key may be spelt with escapes.
    may = bool(told) and (HERE in text or "\\" in text)
    words = sorted(set(_written_out(text)), key=len, reverse=True) if may else []
    for problem in told:
        message, hint, line = problem.message, problem.hint, problem.line_text
        for word in words:
            for shown in (word, clipped(word)):
                message, hint, line = (part.replace(shown, _HIDDEN) for part in (message, hint, line))
        yield replace(problem, message=message, hint=hint, line_text=_IN_LINE.sub(rf"\1{_HIDDEN}", line))


def _written_out(text: str) -> Iterator[str]:
    for document in load(text, "").documents:
        told = document.value.get(HERE) if isinstance(document.value, dict) else None
        yield from _suspects(told, "")


def _suspects(value: object, name: str) -> Iterator[str]:
    """Yield what stands under a name as of a secret, and is no place where one is kept."""
    if isinstance(value, dict):
        for member, below in value.items():
            yield from _suspects(below, member if _SUSPECT.search(member) or member == Kept.FILE else name)
    elif isinstance(value, list):
        for below in value:
            yield from _suspects(below, name)
    elif _SUSPECT.search(name) and value is not None and not isinstance(value, bool):
        yield from () if name == Kept.ENVIRONMENT and _VARIABLE.fullmatch(str(value)) else (str(value),)


def _of_way(document: Document, path: Steps, one: Mapping[str, Any]) -> Iterator[Problem]:
    url = one.get("webhook", {}).get("url")
    if url is not None and not secure(url):
        yield document.problem("not-secure", (*path, "webhook", "url"))
    mail = one.get("mail", {})
    if mail.get("security") == Security.NONE and mail["host"] not in LOOPBACK:
        yield document.problem("not-encrypted", (*path, "mail", "security"), host=mail["host"])
    if ("user" in mail) != ("passwordFrom" in mail):
        yield document.problem("half-a-login", (*path, "mail"))


def _unknown(document: Document, path: Steps, name: str, known: list[str]) -> Problem:
    near = nearest(name, known)
    hint = say("files.unknown-member.near", near=near) if near else ""
    return document.problem("unknown-receiver", path, hint, word=name, known=", ".join(known))


def _receiver(document: Document, base: Path, path: Steps, one: Mapping[str, Any]) -> Receiver:
    def kept(way: str, member: str) -> Reference:
        ((where, name),) = one[way][member].items()
        where = Kept(where)
        place = document.place((*path, way, member))
        return Reference(where, os.fspath(base / name) if where is Kept.FILE else name, place)

    place = document.place((*path, "name"))
    if "webhook" in one:
        url = one["webhook"].get("url") or kept("webhook", "urlFrom")
        return Receiver(one["name"], Webhook(url, kept("webhook", "secretFrom")), place)
    if "chat" in one:
        return Receiver(one["name"], Chat(kept("chat", "urlFrom")), place)
    mail = one["mail"]
    security = Security(mail.get("security", Security.STARTTLS))
    password = kept("mail", "passwordFrom") if "passwordFrom" in mail else None
    port, user = mail.get("port", security.port), mail.get("user", "")
    way = Mail(mail["host"], port, security, mail["from"], tuple(mail["to"]), user, password)
    return Receiver(one["name"], way, place)


def _route(one: Mapping[str, Any]) -> Route:
    kinds = frozenset(map(Kind, one.get("kinds", ())))
    severities = frozenset(map(Severity, one.get("severities", ())))
    route = Route(tuple(one["receivers"]), kinds, severities, dict(one.get("labels", {})))
    # What nobody asked for in particular can wait till the morning, unless it is said otherwise.
    pace = Pace(one["digest"]) if "digest" in one else Pace.DAILY if route.default else Pace.AT_ONCE
    return replace(route, pace=pace)

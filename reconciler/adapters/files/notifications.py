"""``notifications`` of a configuration in, the values they are out, and what is wrong with them.

The schema has said that all is there and of the right kind; here is what only the meaning shows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.adapters.files.hiding import NOTIFICATIONS as HERE
from reconciler.desired import Document, nearest
from reconciler.errors import Problem
from reconciler.messages import Language, say
from reconciler.notices import Kind, Severity
from reconciler.notices.receivers import (
    LOOPBACK,
    Chat,
    Mail,
    Notifications,
    Receiver,
    Security,
    Webhook,
    fallback,
    secure,
    usual_routes,
)
from reconciler.notices.routing import Pace, Route
from reconciler.secret_places import Kept, Reference

Steps = tuple[str | int, ...]
RECEIVERS: Steps = (HERE, "receivers")


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

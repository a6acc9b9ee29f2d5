"""What a configuration says of the state in, where it is kept out: a folder, a database's URL, or a secret's place.

A URL may stand in a file as long as it holds no password: a file is kept in Git, and read by whoever reads that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from reconciler.adapters.files.source import without_secret
from reconciler.desired import Document
from reconciler.errors import Problem, StateUnreadable
from reconciler.messages import say
from reconciler.secret_places import Kept, Reference

SCHEMES = frozenset({"postgresql", "postgresql+psycopg"})
SECRET = frozenset({"password", "sslpassword"})


@dataclass(frozen=True, slots=True)
class StatePlace:
    """Where the state is kept, if not in a folder: a database's URL, or where one is kept that holds a password."""

    url: str = field(default="", repr=False)
    kept: Reference | None = None

    def where(self, environment: Mapping[str, str]) -> str:
        """Return the URL, read from where it is kept. Raises StateUnreadable where it is not there."""
        if self.kept is None:
            return self.url
        found = _read(self.kept, environment)
        if not is_served(found):
            raise StateUnreadable(say("state.kept-otherwise", kept=self.kept.name))
        return found

    def __str__(self) -> str:
        """Return what a person is shown."""
        return shown(self.url) if self.kept is None else say("state.kept", kept=self.kept.name)


def is_served(word: str) -> bool:
    """Say whether a word is the URL of a database on a server."""
    return "://" in word and word.partition("://")[0] in SCHEMES and _parts(word) is not None


def shown(url: str) -> str:
    """Return a database's URL without anything that opens it."""
    found = _parts(url)
    if found is None:
        return url.partition("://")[0] + "://..."
    user, host, database = found
    return f"{url.partition('://')[0]}://{user}{host}/{database}"


def wrong_state(document: Document, *, in_a_file: bool) -> Iterator[Problem]:
    """Find what is wrong with what a document says of the state."""
    word = document.value.get("state", "")
    if "stateFrom" in document.value and "state" in document.value:
        yield document.problem("two-states", ("stateFrom",))
    if "folder" in document.value and "state" in document.value and "://" not in word:
        yield document.problem("two-folders", ("folder",))
    if "://" not in word:
        return
    if not is_served(word):
        yield document.problem("state-url", ("state",), found=without_secret(word))
    elif in_a_file and _holds_a_password(word):
        yield document.problem("state-password", ("state",))


def paths_of(value: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the paths it names, each with its place in the document."""
    if "folder" in value:
        yield ("folder",), value["folder"]
    if "state" in value and "://" not in value["state"]:
        yield ("state",), value["state"]
    if Kept.FILE in value.get("stateFrom", {}):
        yield ("stateFrom", "file"), value["stateFrom"]["file"]


def changes_of(document: Document, base: Path) -> dict[str, Any]:
    """Return what of the configuration it changes; what is named later takes the place of what was before."""
    folder = {"state_folder": base / document.value["folder"]} if "folder" in document.value else {}
    return {**folder, **_state_of(document, base)}


def _state_of(document: Document, base: Path) -> dict[str, Any]:
    value = document.value
    if "stateFrom" in value:
        ((where, name),) = value["stateFrom"].items()
        name = os.fspath(base / name) if where == Kept.FILE else name
        kept = Reference(Kept(where), name, document.place(("stateFrom",)))
        return {"state_place": StatePlace(kept=kept), "state_named": True}
    if "state" not in value:
        return {}
    if "://" in value["state"]:
        return {"state_place": StatePlace(value["state"]), "state_named": True}
    return {"state_folder": base / value["state"], "state_place": None, "state_named": True}


def _read(kept: Reference, environment: Mapping[str, str]) -> str:
    if kept.kept is Kept.ENVIRONMENT:
        found = environment.get(kept.name, "")
    else:
        try:
            found = Path(kept.name).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else say("state.kept-letters")
            raise StateUnreadable(say("state.kept-unreadable", kept=kept.name, what=why)) from error
    if not found.strip():
        raise StateUnreadable(say("state.kept-empty", kept=kept.name))
    return found.strip()


def _parts(url: str) -> tuple[str, str, str] | None:
    """User with its sign, host with its port, and database; None for what is no URL of a database."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    database = parts.path.lstrip("/")
    if not database or parts.fragment:
        return None
    host = parts.hostname or dict(parse_qsl(parts.query)).get("host", "localhost")
    return (f"{parts.username}@" if parts.username else ""), f"{host}{port}", database


def _holds_a_password(url: str) -> bool:
    parts = urlsplit(url)
    return parts.password is not None or any(key in SECRET for key, _ in parse_qsl(parts.query))

"""Where the state is kept, as somebody wrote it, in; a file and its locks, or a server and its database, out."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from string import whitespace
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from reconciler.errors import StateUnreadable
from reconciler.messages import say

FILE_NAME = "state.db"
CREATING = "create.lock"
DRIVER = "postgresql+psycopg"
_SERVED = frozenset({"postgresql", DRIVER})
_ENDINGS = ".,:;?!" + whitespace


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The database file and the folder of the operating system's locks beside it."""

    file: Path
    locks: Path

    @classmethod
    def of_file(cls, file: Path) -> Whereabouts:
        """The place of a database file."""
        # Two ways to one file are one store: a lock beside a link to it would keep nobody out.
        if os.path.islink(file) and os.path.exists(file):
            file = Path(os.path.realpath(file))
        return cls(file, file.parent / "locks")

    def missing(self) -> bool:
        """Say whether nothing was ever kept here. A thing in its place raises StateUnreadable."""
        try:
            mode = os.stat(self.file).st_mode
        except FileNotFoundError:
            self._refuse_remains()
            return True
        except OSError as error:
            raise folder_failed(self.file.parent, error) from error
        if stat.S_ISDIR(mode):
            raise failed(self.file, say("state.is-a-folder"))
        if os.stat(self.file).st_size == 0:
            raise failed(self.file, say("state.empty-file"))
        return False

    def _refuse_remains(self) -> None:
        for path in (self.file, self.file.parent):
            if path.is_symlink() and not path.exists():
                raise failed(path, say("state.dangling"))
        if Path(f"{self.file}-wal").exists():
            raise failed(self.file, say("state.log-alone"))
        # A tenant's lock is made only once there is a store, and stays: what the store knew of its writes is gone.
        if self.file.name == FILE_NAME and any(lock.name != CREATING for lock in self.locks.glob("*.lock")):
            raise failed(self.file, say("state.gone", locks=self.locks))


@dataclass(frozen=True, slots=True)
class Server:
    """A database of a PostgreSQL server. ``url`` may hold a password, so it is never shown; ``shown`` never does."""

    url: URL = field(repr=False)

    @property
    def shown(self) -> str:
        """Host and database for a person: who, where and which, and nothing that opens it."""
        url = self.url
        host = url.host or _only(url, "host") or "localhost"
        user = f"{url.username}@" if url.username else ""
        port = f":{url.port}" if url.port else ""
        return f"postgresql://{user}{host}{port}/{url.database or ''}"

    def without_secrets(self, text: str) -> str:
        """Take the password out of what the driver says, should it ever repeat it, as it is or as in a URL."""
        secrets = (self.url.password, *(_only(self.url, key) for key in ("password", "sslpassword")))
        for secret in filter(None, secrets):
            for spelt in (str(secret), quote(secret, safe=" +"), quote_plus(secret)):
                text = text.replace(spelt, "***")
        return text


Place = Whereabouts | Server


def place_of(where: str) -> Place:
    """Read a folder, or a ``sqlite:///`` or ``postgresql://`` URL; anything else raises StateUnreadable."""
    if "://" not in where:
        return Whereabouts.of_file(Path(where) / FILE_NAME)
    url = _url(where)
    if url is not None and url.drivername in _SERVED and url.database:
        return Server(url.set(drivername=DRIVER))
    if url is not None and url.get_backend_name() == "sqlite" and _names_a_file(url):
        return Whereabouts.of_file(Path(str(url.database)))
    raise StateUnreadable(say("state.other-database", where=shown_of(where)))


def shown_of(where: str) -> str:
    """What a person is shown of a place: a URL may hold a password, which is shown nowhere."""
    if "://" not in where:
        return where
    url = _url(where)
    if url is not None and url.drivername in _SERVED and url.database:
        return Server(url).shown
    if url is not None and url.get_backend_name() == "sqlite" and _names_a_file(url):
        return where
    return where.split("://", 1)[0] + "://..."


def _url(where: str) -> URL | None:
    try:
        return make_url(where)
    except (ArgumentError, ValueError):
        return None


def _names_a_file(url: URL) -> bool:
    return bool(url.database) and not str(url.database).startswith((":", "file:"))


def _only(url: URL, key: str) -> str | None:
    found = url.query.get(key)
    return found if isinstance(found, str) else None


def failed(place: object, what: str) -> StateUnreadable:
    """The error for a store at ``place`` that can not be used because of ``what``."""
    return StateUnreadable(say("state.failed", path=place, what=what))


def server_failed(server: Server, what: str) -> StateUnreadable:
    """The error for a database on a server that can not be used because of ``what``."""
    # A driver ends with a full stop, a question or a new line as it likes, and the sentence goes on behind it. What is
    # secret goes first: it may end like that itself, and would not be found without its end.
    said = server.without_secrets(what).rstrip(_ENDINGS)
    return StateUnreadable(say("state.server-failed", place=server.shown, what=said))


def folder_failed(path: Path, error: OSError) -> StateUnreadable:
    """The error for a folder or lock file of the store that can not be used."""
    return StateUnreadable(say("state.folder-failed", path=path, what=error.strerror or str(error)))

"""A world whose tenants are looked at and written to over real sockets, by the live backend."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from faces import CLIENT, SECRET, serving
from heard import Record
from worlds import Spec, World, catalogue

from reconciler.adapters.microsoft.addresses import CLOUDS, Addresses
from reconciler.adapters.microsoft.building import Plant, Settings
from reconciler.adapters.microsoft.calling import Exchange, Patience
from reconciler.adapters.microsoft.login import Login
from reconciler.adapters.microsoft.tokens import Application as Registered
from reconciler.adapters.microsoft.tokens import SignIn
from reconciler.adapters.simulator.http.face import Application, FaceSettings
from reconciler.catalogue import Catalogue

WRITING_CLIENT, WRITING_SECRET = "0b6f1c3e-0000-4000-8000-00000000a11e", "the-writers-secret"
FACE = FaceSettings(
    applications={CLIENT: Application(SECRET), WRITING_CLIENT: Application(WRITING_SECRET)}, etags=True
)


@dataclass
class Kept:
    """A secret kept in memory."""

    text: str
    written: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        return "the memory of a test"

    def read(self) -> str:
        return self.text

    def write(self, text: str) -> None:
        self.text = text
        self.written.append(text)


class Time:
    """A clock that only moves when somebody sleeps; several threads sleep side by side, as they really would."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self._lock, self._mine = threading.Lock(), threading.local()

    def __call__(self) -> float:
        with self._lock:
            self._mine.seen = self.now
            return self.now

    def sleep(self, seconds: float) -> None:
        # From when this thread last looked: what others slept since is part of the same time.
        with self._lock:
            self.now = max(self.now, getattr(self._mine, "seen", self.now) + seconds)

    def passes(self, seconds: float) -> None:
        """Let time pass for everybody, as a service does that is slow."""
        with self._lock:
            self.now += seconds


def registered(who: str, client: str, secret: str, refresh: str | None) -> Registered:
    token = None if refresh is None else Kept(refresh)
    return Registered(who, client, secret=Kept(secret), refresh_token=token)


@dataclass
class Live:
    """The live backend in front of a served face: a reader, a writer, and a record of every request."""

    url: str
    face: FaceSettings = FACE
    catalogue: Catalogue = field(default_factory=catalogue)
    delegated: bool = True
    without_version: bool = False
    calls_per_minute: int | None = None
    time: Time = field(default_factory=Time)
    exchanges: list[Exchange] = field(default_factory=list)

    def __post_init__(self) -> None:
        here = Addresses(self.url, self.url, self.url)
        settings = Settings(
            self.face.partner,
            here,
            CLOUDS["global"],
            self.without_version,
            calls_per_minute=self.calls_per_minute,
        )
        self.patience = Patience(sleep=self.time.sleep, clock=self.time, connect=5, read=5)
        self.plant = Plant(settings, self.catalogue, self.patience, self.exchanges.append)

    def sign_in(self, who: str, client: str, secret: str) -> SignIn:
        refresh = self.face.refresh_token if self.delegated else None
        application = registered(who, client, secret, refresh)
        return SignIn(application, self.face.partner, Login(self.url, self.patience), self.patience)


class LiveWorld(World):
    """The same world, but for the way to it."""

    def __init__(
        self,
        folder: Path,
        *documents: Spec,
        face: FaceSettings = FACE,
        plans: Catalogue | None = None,
        **settings: Any,
    ) -> None:
        """``settings``: of ``Live``. ``record`` keeps what the face is asked, ``live`` what the client says of it."""
        super().__init__(folder, *documents, adds_in_order=False, plans=plans)
        self._served = ExitStack()
        self.record = Record()
        url = self._served.enter_context(serving(self.service, replace(face, now=None), self.record.around))
        self.live = Live(url, face, self.plans, **settings)
        self.record.clock = lambda: self.live.time.now
        self.reader = self.live.plant.reader(self.live.sign_in("reader", CLIENT, SECRET), self.service.now)
        self.actor = self.live.plant.writer(self.live.sign_in("writer", WRITING_CLIENT, WRITING_SECRET))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._served.close()
        super().__exit__(kind, error, trace)

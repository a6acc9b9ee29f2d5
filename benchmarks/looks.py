"""``python -m benchmarks.looks ADDRESS FOLDER TENANTS THREADS [RECORD]``: look at so many tenants with the live reader.

It asks what ``benchmarks.face`` serves at the address, and tells how long it took. The first look, in which libraries
are imported and connections made, goes to a tenant of its own and does not count. With ``RECORD`` all that is sent
after it is written there, one request a line.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.children import Watch
from benchmarks.face import CATALOGUE, CLIENT, SECRET, SETTINGS
from benchmarks.recording import record
from reconciler.adapters import files
from reconciler.adapters.microsoft.addresses import CLOUDS, Addresses
from reconciler.adapters.microsoft.building import Plant, Settings
from reconciler.adapters.microsoft.login import Login
from reconciler.adapters.microsoft.reader import Reader
from reconciler.adapters.microsoft.tokens import Application, SignIn
from reconciler.catalogue import Catalogue
from reconciler.observe import TenantRef, Unknown


@dataclass
class Kept:
    """A secret kept in memory."""

    text: str
    where: str = "a benchmark's memory"

    def read(self) -> str:
        return self.text

    def write(self, text: str) -> None:
        self.text = text


def main(address: str, folder: str, tenants: int, threads: int, recorded: Path | None = None) -> None:
    catalogue = files.load_catalogue(CATALOGUE)
    first, *refs = [TenantRef.of(each) for each in files.load_tenants([Path(folder)], catalogue).declarations]
    reader = _reader(address, catalogue, threads)
    look(reader, [first])
    if recorded:
        record(recorded)
    watch = Watch()
    look(reader, refs[:tenants])
    watch.tell()


def look(reader: Reader, refs: Sequence[TenantRef]) -> None:
    for seen in reader.observe_all(refs):
        assert not isinstance(seen.subscriptions, Unknown), seen.subscriptions


def _reader(address: str, catalogue: Catalogue, threads: int) -> Reader:
    token = Kept(SETTINGS.refresh_token)
    application = Application("reader", CLIENT, secret=Kept(SECRET), refresh_token=token)
    here = Addresses(address, address, address)
    settings = Settings(SETTINGS.partner, here, CLOUDS["global"], calls_per_minute=None)
    sign_in = SignIn(application, SETTINGS.partner, Login(address))
    return Plant(settings, catalogue, threads=threads).reader(sign_in, lambda: datetime.now(UTC))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), *map(Path, sys.argv[5:]))

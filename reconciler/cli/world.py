"""The composition root: paths and options in, the pieces of a run out. Nothing is judged here.

Reading commands get a ``View``, which has eyes only. ``apply`` gets the backend they are of beside it, and alone builds
a writer on that (``running.build_ports``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.adapters import files
from reconciler.catalogue import Catalogue
from reconciler.cli.backends import Opened, backend_of
from reconciler.cli.backends.embedded import open_service, service_is_there
from reconciler.desired import Fleet, nearest
from reconciler.errors import ReconcilerError, StateUnreadable
from reconciler.memory import Memory, keys_of
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.observe import Fact, Observer, TenantRef
from reconciler.report.lines import safe

if TYPE_CHECKING:
    from reconciler.adapters.store import Store
    from reconciler.drift.values import Witness
    from reconciler.judged import Recall

__all__ = [
    "MOST_NAMED",
    "NoMemory",
    "Setting",
    "View",
    "added_today",
    "build_reach",
    "build_setting",
    "build_view",
    "declared_as",
    "hint",
    "is_declared",
    "known_as",
    "load_fleet",
    "now",
    "open_service",
    "open_state",
    "place_of_state",
    "select",
    "service_is_there",
    "service_time",
    "word_of",
]

MOST_NAMED = 8
_GUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Setting:
    """The configuration that holds here, and where its things are. ``state_named``: somebody chose where the state is.

    ``folder`` holds all that is in files. ``served``: the state itself is not, but in a database of a server.
    """

    config: files.Config
    catalogue: Catalogue
    folder: Path
    state_named: bool
    served: files.StatePlace | None = None

    @property
    def state(self) -> str:
        """Where the state is, for people: it never shows a password."""
        return str(self.served or self.folder)

    @property
    def simulator_file(self) -> Path:
        """The embedded service's one file."""
        return self.folder / "simulator.db"


@dataclass(frozen=True, slots=True)
class View:
    """What a reading command works with."""

    setting: Setting
    observer: Observer
    memory: Recall
    backend: str
    snapshot: bool
    witness: Witness | None = None

    @property
    def store(self) -> Store:
        """The whole store; there is none in a view of snapshots."""
        from reconciler.adapters.store import Store

        if not isinstance(self.memory, Store):
            raise TypeError("a view of snapshots has no store")
        return self.memory


class NoMemory:
    """Stands where the store would: judging a snapshot asks nothing of our own past, so none is opened."""

    def recall_all(self, keysets: Sequence[tuple[str, ...]]) -> tuple[Memory, ...]:
        """Answer that there is no memory to consult."""
        return tuple(Memory(absent=say("plan.from-snapshot")) for _ in keysets)

    def apart(self) -> Fact[frozenset[frozenset[str]]]:
        """Answer that nothing is kept."""
        return frozenset()


def build_setting(
    paths: Sequence[Path],
    config: Path | None,
    state: str | None,
    shelf: files.Shelf | None = None,
    *,
    cache: Path | None = None,
) -> Setting:
    """Find the configuration from the first path upwards (else from here), and load its catalogue.

    What a ``shelf`` keeps is read there, and not on the disk. What fitted its schema is marked in the folder ``cache``.
    """
    found = files.load_config(paths[0] if paths else Path.cwd(), config, shelf, cache)
    folder, served = _kept_in(found, state)
    # Where a name and the file of a catalogue look alike, the file counts: so the name is looked at too.
    found.bounds.refuse((*paths, folder, found.catalogue, *found.tenants, *found.live))
    named = state is not None or found.state_named
    return Setting(found, files.load_catalogue(found.catalogue, shelf, cache), folder, named, served)


def _kept_in(found: files.Config, state: str | None) -> tuple[Path, files.StatePlace | None]:
    if state is None:
        return found.state_folder, found.state_place
    if "://" not in state:
        return Path(state), None
    if not files.is_served(state):
        # A URL may hold a password, which is shown nowhere.
        raise ReconcilerError(say("cli.state-url", state=state.split("://")[0] + "://..."))
    return found.state_folder, files.StatePlace(state)


def open_state(setting: Setting, *, create: bool) -> Store:
    """Open the state store; see ``open_store``. Raises StateUnreadable where a secret is not in its place."""
    from reconciler.adapters.store import open_store

    return open_store(place_of_state(setting), create=create, now=now)


def place_of_state(setting: Setting) -> str:
    """Return where the state is, for the store alone: it may hold a password."""
    return setting.served.where(os.environ) if setting.served else str(setting.folder)


def load_fleet(setting: Setting, paths: Sequence[Path], *, today: date | None = None) -> Fleet:
    """Read the tenant files; problems are in the result, for the command to weigh.

    Only with ``today`` is a waiver that has ended one of them; else it just does not count.
    """
    return files.load_tenants(
        paths,
        setting.catalogue,
        backup_max_age_days=setting.config.backup_max_age_days,
        limits=setting.config.limits,
        today=today,
    )


@contextmanager
def build_view(setting: Setting, live: Sequence[Path], *, create: bool = False) -> Iterator[View]:
    """Open what a reading command needs; with ``live`` paths, snapshots and no service at all."""
    backend = backend_of(setting)
    if live:
        from reconciler.adapters.snapshots import Snapshots

        setting.config.bounds.refuse(live)
        snapshots = Snapshots(files.live_states(live), backend.traits, setting.catalogue)
        yield View(setting, snapshots, NoMemory(), backend.name, True)
        return
    with open_state(setting, create=create) as store:
        absent = None if create else backend.absent()
        if absent is not None:
            # A reading command creates nothing, not even an empty service to ask.
            backend.announce()
            yield View(setting, absent, store, backend.name, False)
            return
        with backend.open() as opened:
            yield View(setting, opened.eyes, store, backend.name, False, opened.witness)


@contextmanager
def build_reach(setting: Setting) -> Iterator[tuple[View, Opened]]:
    """Open what ``apply`` works with: the view, and the backend that it alone builds a writer on."""
    backend = backend_of(setting)
    with open_state(setting, create=True) as store, backend.open() as opened:
        yield View(setting, opened.eyes, store, backend.name, False, opened.witness), opened


def select(
    declarations: Sequence[Declaration], tenants: Sequence[str], selector: Sequence[str]
) -> tuple[Declaration, ...]:
    """Return the declarations asked for, by name.

    Raises ReconcilerError for a name that no file declares and for labels that nobody has: a slip of the pen is
    never taken as "nothing to do".
    """
    labels = [_label(text) for text in selector]
    known = {d.name for d in declarations}
    for name in tenants:
        if name not in known:
            raise ReconcilerError(say("cli.no-such-tenant", tenant=name, hint=hint(name, sorted(known))))
    chosen = (d for d in declarations if not tenants or d.name in tenants)
    matching = [d for d in chosen if all(d.labels.get(key) == value for key, value in labels)]
    if declarations and not matching:
        raise ReconcilerError(say("cli.nobody-selected", labels=", ".join(selector)))
    return tuple(sorted(matching, key=lambda d: d.name))


def declared_as(setting: Setting, name: str) -> str | None:
    """Return the domain or id that the fleet's files give for a name; None where no file declares it."""
    fleet = load_fleet(setting, setting.config.tenants) if setting.config.tenants else None
    return next((d.tenant for d in fleet.declarations if d.name == name), None) if fleet else None


def word_of(setting: Setting, named: str) -> str:
    """Return the domain or id of a tenant that a person named, by that or by its name in the fleet.

    Raises ReconcilerError for a word that is neither: a brake on a tenant nobody has would hold nothing.
    """
    word = declared_as(setting, named) or named
    if "." not in word and not _GUID.fullmatch(word):
        raise ReconcilerError(say("cli.which-tenant", word=named))
    return word


def known_as(setting: Setting, word: str) -> tuple[str, ...]:
    """Return every word the live tenant answers to, so that a brake holds it whatever a later look can not read.

    Where nobody answers to ``word``, or the service can not be asked, that word alone.
    """
    ref = TenantRef(word, word)
    try:
        seen = backend_of(setting).glance(ref)
    except ReconcilerError as trouble:
        # A brake is set whatever the service says; that it was not asked is told.
        click.echo(safe(str(trouble)), err=True)
        seen = None
    return (word.casefold(),) if seen is None else keys_of(ref, seen)


def is_declared(setting: Setting, word: str) -> bool:
    """Say whether a file the configuration names declares a tenant by this very word."""
    fleet = load_fleet(setting, setting.config.tenants) if setting.config.tenants else None
    return fleet is not None and any(d.tenant.casefold() == word.casefold() for d in fleet.declarations)


def now() -> datetime:
    """The machine's clock, UTC: for leases and the validity of saved plans, never for judging."""
    return datetime.now(UTC).replace(microsecond=0)


def service_time(setting: Setting) -> datetime:
    """The clock that hand-offs are dated by: the service's where there is one, else the machine's."""
    try:
        return backend_of(setting).time() or now()
    except StateUnreadable as trouble:
        # How old a request is, is no reason not to show it.
        click.echo(safe(str(trouble)), err=True)
    return now()


def added_today(store: Store) -> Fact[int]:
    """Return how many licences this tool has added anywhere since 00:00 UTC, by its journal."""
    return store.added_since(now().replace(hour=0, minute=0, second=0))


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise click.UsageError(say("cli.bad-selector", text=text))
    return key, value


def hint(name: str, known: Sequence[str]) -> str:
    """Say which tenant was most likely meant, or which there are."""
    near = nearest(name, known)
    if near:
        return say("cli.meant", near=near)
    few = ", ".join(known[:MOST_NAMED])
    return say(
        "cli.declared" if len(known) <= MOST_NAMED else "cli.declared-many", known=few, count=len(known)
    )

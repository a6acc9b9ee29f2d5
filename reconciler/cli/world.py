"""The composition root: paths and options in, the pieces of a run out. Nothing is judged here.

Reading commands get a ``View``, which has eyes only. The writer is built by ``apply`` alone (``build_hands``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.adapters import files
from reconciler.catalogue import Catalogue
from reconciler.desired import Fleet
from reconciler.errors import ReconcilerError
from reconciler.memory import Memory
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.observe import Observer, Traits

if TYPE_CHECKING:
    from reconciler.adapters.simulator.commerce import Commerce
    from reconciler.adapters.store import Store
    from reconciler.reconcile import Recall

_GUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Setting:
    """The configuration that holds here, and where its things are."""

    config: files.Config
    catalogue: Catalogue
    state: Path

    @property
    def simulator_file(self) -> Path:
        """The embedded service's one file."""
        return self.state / "simulator.db"


@dataclass(frozen=True, slots=True)
class View:
    """What a reading command works with."""

    setting: Setting
    observer: Observer
    memory: Recall
    backend: str
    snapshot: bool

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


def build_setting(paths: Sequence[Path], config: Path | None, state: str | None) -> Setting:
    """Find the configuration from the first path upwards (else from here), and load its catalogue."""
    found = files.load_config(paths[0] if paths else Path.cwd(), config)
    if state is not None:
        if "://" in state:
            # A URL may hold a password, which is shown nowhere.
            raise ReconcilerError(say("cli.state-url", state=state.split("://")[0] + "://..."))
        folder = Path(state)
    else:
        folder = found.state_folder
    return Setting(found, files.load_catalogue(found.catalogue), folder)


def load_fleet(setting: Setting, paths: Sequence[Path]) -> Fleet:
    """Read the tenant files; problems are in the result, for the command to weigh."""
    return files.load_tenants(
        paths, setting.catalogue, backup_max_age_days=setting.config.backup_max_age_days
    )


@contextmanager
def build_view(setting: Setting, live: Sequence[Path], *, create: bool = False) -> Iterator[View]:
    """Open what a reading command needs; with ``live`` paths, snapshots and no service at all."""
    if live:
        from reconciler.adapters.snapshots import Snapshots

        traits = Traits(adds_in_order=setting.config.adds_in_order)
        snapshots = Snapshots(files.live_states(live), traits, setting.catalogue)
        yield View(setting, snapshots, NoMemory(), "simulator", True)
        return
    from reconciler.adapters.store import open_store

    with open_store(str(setting.state), create=create, now=now) as store:
        if not create and not setting.config.live and not setting.simulator_file.exists():
            # A reading command creates nothing, not even an empty service to ask.
            from reconciler.adapters.snapshots import Snapshots

            announce(setting)
            nothing = Snapshots(
                (), Traits(), setting.catalogue, none=say("cli.no-service", file=setting.simulator_file)
            )
            yield View(setting, nothing, store, "simulator", False)
            return
        with open_service(setting) as service:
            from reconciler.adapters.simulator.backend import Reader

            yield View(setting, Reader(service), store, "simulator", False)


@contextmanager
def open_service(setting: Setting, *, quiet: bool = False) -> Iterator[Commerce]:
    """Open the embedded service, loading the states the configuration names the first time it is used."""
    from reconciler.adapters.simulator.commerce import Commerce
    from reconciler.adapters.simulator.storage import holds_tenants

    if not quiet:
        announce(setting)
    fresh = not holds_tenants(setting.simulator_file)
    documents = (
        [doc for _, doc in files.load_live(setting.config.live)] if fresh and setting.config.live else []
    )
    service = Commerce(setting.simulator_file, setting.catalogue, adds_in_order=setting.config.adds_in_order)
    try:
        if documents:
            service.load(documents)
            click.echo(say("cli.loaded", count=len(documents), file=setting.simulator_file), err=True)
        yield service
    finally:
        service.close()


def announce(setting: Setting) -> None:
    """Say so where nobody chose a backend."""
    if not setting.config.backend_named:
        click.echo(say("cli.default-backend", file=setting.simulator_file), err=True)


def select(
    declarations: Sequence[Declaration], tenants: Sequence[str], selector: Sequence[str]
) -> tuple[Declaration, ...]:
    """Return the declarations asked for, by name; a name that no file declares is an error."""
    labels = [_label(text) for text in selector]
    known = {d.name for d in declarations}
    for name in tenants:
        if name not in known:
            raise ReconcilerError(say("cli.no-such-tenant", tenant=name, known=_some(sorted(known))))
    chosen = (d for d in declarations if not tenants or d.name in tenants)
    matching = (d for d in chosen if all(d.labels.get(key) == value for key, value in labels))
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


def now() -> datetime:
    """The machine's clock, UTC: for leases and the validity of saved plans, never for judging."""
    return datetime.now(UTC).replace(microsecond=0)


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise click.UsageError(say("cli.bad-selector", text=text))
    return key, value


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")

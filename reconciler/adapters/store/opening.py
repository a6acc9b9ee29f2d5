"""Where the state is kept in, its open database out: the one place that knows both kinds."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from reconciler.adapters.store.database import Database
from reconciler.adapters.store.filed import create_if_missing, open_existing
from reconciler.adapters.store.whereabouts import Server, place_of, server_failed
from reconciler.messages import say


def open_to_write(where: str) -> Database:
    """Open a store for writing; a missing file is made, tables on a server are not. Raises StateUnreadable."""
    place = place_of(where)
    if isinstance(place, Server):
        return _served(place, "rw")
    create_if_missing(place)
    return open_existing(place, mode="rw")


def open_to_read(where: str) -> Database | None:
    """Open a store for reading; None where there is no file. Raises StateUnreadable."""
    place = place_of(where)
    if isinstance(place, Server):
        return _served(place, "ro")
    return None if place.missing() else open_existing(place, mode="ro")


def driven_by(server: Server, module: str) -> Any:
    """Return a module of this folder that needs the extra `postgres`, loaded only where there is a server."""
    try:
        return import_module(f"reconciler.adapters.store.{module}")
    except ModuleNotFoundError as error:
        raise server_failed(server, say("state.no-driver", module=error.name)) from error


def _served(server: Server, mode: str) -> Database:
    database: Database = driven_by(server, "served").open_served(server, mode=mode)
    return database

"""A place for a state in; a store, a fleet of six in it whose turns are due, and offers of one turn each out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from states import State
from worlds import START

from reconciler.adapters.store import Offer, Store, open_store
from reconciler.fleet.turns import Cause, Turn

NAMES = [f"t{number}" for number in range(6)]


def enrolled(store: Store, names: Sequence[str] = NAMES, cause: Cause = Cause.ROUTINE) -> Any:
    """A fleet whose turns are due, and a worker's view of it."""
    from reconciler.cli.loop.building import describe

    ours = store.loop(describe(True, "simulator"), "the fleet")
    ours.begin()
    ours.enrol(dict.fromkeys(names, "x"), lambda turn, name: turn or Turn(name, START, cause), START)
    return ours


def opened(state: State) -> Store:
    return open_store(state.where, create=True, now=lambda: datetime.now(UTC))


def alone(turns: Sequence[Turn], room: int) -> list[Offer]:
    return [Offer((turn.name,), 1) for turn in turns[:room]]

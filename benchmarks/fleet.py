"""A fleet that is as declared in, how many passes a second the loop and a fleet of workers make over it out.

Each contender gets the same fleet and a state of its own. Passes are counted where the contender itself keeps them, in
the table ``loops``: from the first one on, when tenants are taken into the store, and again once it has been round the
fleet and everybody is due at once, with nothing changed. The floor is how many changes of one row the same state takes,
each on the disk when it is done, from as many processes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import postgres
from benchmarks.children import Children, Failed
from benchmarks.fleets import Fleet, make_fleet
from benchmarks.measures import STATE, TOOL, Missing, load
from benchmarks.peers.installing import last_words
from benchmarks.running import Worked, at_work, changes_a_second

FLOOR_SECONDS = 5.0
QUIETLY = ("--log-level", "error")


@dataclass(frozen=True, slots=True)
class Contender:
    """What makes passes: the command of each of its processes. ``workers``: how many of them make passes."""

    name: str
    commands: Sequence[Sequence[str]]
    workers: int
    served: bool


@dataclass(frozen=True, slots=True)
class Engine:
    """A contender over a fleet: what was counted, and how many changes a second the same state took."""

    contender: Contender
    size: int
    state: str
    worked: Worked
    floor: float

    @property
    def line(self) -> str:
        """What to tell of it while the run goes on."""
        return (
            f"{self.contender.name}, {self.size} tenants: {self.worked.again.rate:.0f} passes a second,"
            f" {self.worked.first.rate:.0f} first ones; one of {self.ratio:.1f} changes of a row"
        )

    @property
    def ratio(self) -> float:
        """How many changes of one row would have been made in the time of a pass."""
        return self.floor / self.worked.again.rate

    def document(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "name": self.contender.name,
            "tenants": self.size,
            "workers": self.contender.workers,
            "state": self.state,
            **self.worked.again.document(),
            "first": self.worked.first.document(),
            "floor": {
                "name": "changes of one row, each on the disk",
                "processes": self.contender.workers,
                "per_second": round(self.floor, 1),
            },
            "ratio": round(self.ratio, 2),
        }


def loops() -> Sequence[Contender]:
    """The loop alone, on each kind of state."""
    run = ("run", "tenants", "--write", *QUIETLY)
    return (
        Contender("loop on SQLite", (run,), 1, served=False),
        Contender("loop on PostgreSQL", (run,), 1, served=True),
    )


def fleets(workers: Sequence[int]) -> Sequence[Contender]:
    """A dispatcher with each number of workers."""
    dispatcher, worker = ("run", "tenants", "--fleet", "--write", *QUIETLY), ("worker", "tenants", "--write")
    names = {number: f"fleet, {number} worker{'s' if number > 1 else ''}" for number in workers}
    return [
        Contender(name, (dispatcher, *[worker] * number), number, served=True)
        for number, name in names.items()
    ]


def passing(
    children: Children, folder: Path, size: int, contenders: Sequence[Contender], window: float
) -> Iterator[Engine | Missing]:
    """Let each contender work on the same fleet, one after the other."""
    fleet = make_fleet(folder / "passing", size, 0.0)
    load(children, fleet)
    (fleet.folder / STATE).rename(fleet.folder / "kept")
    lacks = " and ".join(postgres.lacks())
    with ExitStack() as stack:
        server = None if lacks else stack.enter_context(postgres.serving())
        for contender in contenders:
            if contender.served and server is None:
                yield Missing(contender.name, f"For a PostgreSQL there is no {lacks} here.")
            else:
                yield _measured(children, fleet, contender, window, server if contender.served else None)


def _measured(
    children: Children, fleet: Fleet, contender: Contender, window: float, server: postgres.Server | None
) -> Engine | Missing:
    state = fleet.folder / STATE
    shutil.rmtree(state, ignore_errors=True)
    shutil.copytree(fleet.folder / "kept", state)
    where, floor = str(state / "state.db"), str(state / "floor.db")
    more: tuple[str, ...] = ()
    if server:
        name = "".join(filter(str.isalnum, contender.name.lower()))
        where, floor = server.create(name), server.create(f"{name}_floor")
        children.once((*TOOL, "db", "upgrade", "--state", where), fleet.folder)
        more = ("--state", where)
    commands = [(*TOOL, *command, *more) for command in contender.commands]
    try:
        pid = server.pid if server else None
        worked = at_work(children, fleet.folder, commands, where, fleet.size, window, pid)
        changes = changes_a_second(children, fleet.folder, floor, contender.workers, FLOOR_SECONDS)
    except Failed as error:
        return Missing(contender.name, last_words(str(error)))
    kind = f"PostgreSQL {server.version}" if server else "SQLite"
    return Engine(contender, fleet.size, kind, worked, changes)

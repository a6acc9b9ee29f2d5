"""A fleet as real processes: dispatchers, workers and a server in, tenants brought to what is declared out.

This process is the supervisor, who starts again whatever has ended, the people who commit files, and whoever does
harm (``fleet_soak`` does so by chance). What it knows of the fleet it has from the tables and from the service.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from cli import ROOT
from own_server import OwnServer
from proxy import Proxy
from scenes import catalogue
from soak_fleet import Tenant, Wish

from benchmarks.fleets import CAPS, make_fleet
from reconciler.adapters.simulator.commerce import Commerce

HUGE = 1_000_000
LIMITS = ("maxLicensesAdded", "maxLicensesAddedPerRun", "maxLicensesAddedPerDay", "maxSwitchesPerRun")
LIMITS += ("maxTenantsChangedPerRun", "maxGrowthPercent")
# So fast goes the service's clock: a switch takes a second and is looked at once, the files are read each five, and
# nobody has a turn for nothing while a test runs.
SPEED = 600
CONCURRENCY = 4
CONFIGURATION = {
    "apiVersion": "reconciler/v1",
    "kind": "Configuration",
    "backend": "simulator",
    "limits": dict.fromkeys(LIMITS, HUGE),
    "source": {"interval": "50m"},
    "loop": {"interval": "30d", "concurrency": CONCURRENCY},
}
DECLARED = re.compile(r"      plan: (?P<plan>\S+)\n      licenses: (?P<licenses>\d+)")
TURNS = "SELECT name, fence, due_at, claimed_by FROM turns"
BUSY = (
    "SELECT (SELECT count(*) FROM turns WHERE claimed_by IS NOT NULL), "
    "(SELECT count(*) FROM kept WHERE state <> 'ready'), "
    "(SELECT count(*) FROM turns) - (SELECT count(*) FROM kept), "
    "(SELECT count(*) FROM intents WHERE settled IS NULL), (SELECT count(*) FROM procrastinate_jobs)"
)

OFFERED = "SELECT count(*) FROM offers"
LEASED = "SELECT count(*) FROM leases WHERE holder <> '' AND expires_at::timestamptz > clock_timestamp()"


class Member:
    """One process of the fleet. ``where``: the state as it is told it; ``codes``: how each of its lives ended."""

    def __init__(self, name: str, folder: Path, words: Sequence[str], where: str) -> None:
        self.name, self._folder, self._words, self._where = name, folder, words, where
        self.log = folder / f"{name}.log"
        self.codes: list[int] = []
        self.process: subprocess.Popen[bytes] | None = None
        self.frozen = False

    def start(self) -> None:
        self._from = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "reconciler", *self._words, "--state", self._where],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def send(self, number: int) -> None:
        assert self.process
        self.process.send_signal(number)
        self.frozen = number == signal.SIGSTOP or (self.frozen and number != signal.SIGCONT)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        assert self.process
        self.process.wait()
        self.frozen = False

    def events(self, *, of_this_life: bool = False) -> Iterator[dict[str, Any]]:
        """What it has told; a line that is none of its events as the fact ``stray``."""
        with self.log.open(encoding="utf-8", errors="replace") as lines:
            lines.seek(self._from if of_this_life else 0)
            for line in lines:
                if line.startswith("{") and line.endswith("\n"):
                    yield json.loads(line)
                elif line.strip() and not line.startswith(("{", "Stopping")):
                    yield {"level": "error", "stray": line.rstrip()}

    @property
    def loop(self) -> str | None:
        """Its id in the store, once it has told it."""
        return next((e["loop"] for e in self.events(of_this_life=True) if "loop" in e), None)


@dataclass(frozen=True)
class Held:
    """A turn as it stands. ``loop``: who has claimed it."""

    fence: int
    due: str
    loop: str | None

    def has_had_a_pass_since(self, before: Held) -> bool:
        """A claim that was only let go of leaves the fence and the due time as they were."""
        ended = self.loop is None
        return self.fence - (not ended) > before.fence or (ended and self.due != before.due)


@dataclass
class Recovery:
    """A trouble that was made, and what has to come about for it to be over; ``took``: how long that was.

    ``turns``: those that are to have a pass since, as they were. ``ends``: who is to end by
    itself and be started again, with how many lives it had.
    """

    what: str
    turns: dict[str, Held] = field(default_factory=dict)
    ends: tuple[Member, int] | None = None
    begun: float = field(default_factory=time.monotonic)
    took: float | None = None

    def is_over(self, rows: Sequence[tuple[Any, ...]]) -> bool:
        """Whether it is, by the turns as they stand now."""
        if self.ends is not None:
            member, lives = self.ends
            return len(member.codes) > lives
        now = {row[0]: Held(*row[1:]) for row in rows}
        return all(now[name].has_had_a_pass_since(before) for name, before in self.turns.items())


@dataclass
class Told:
    """What is told at the end."""

    recoveries: list[Recovery] = field(default_factory=list)
    troubles: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)


class Fleet:
    """Dispatchers and workers over one server, kept running. Those in ``proxied`` reach it through a proxy each."""

    def __init__(
        self,
        folder: Path,
        server: OwnServer,
        things: ExitStack,
        *,
        tenants: int,
        workers: int,
        dispatchers: int = 1,
        seed: int = 7,
        proxied: Collection[str] = (),
    ) -> None:
        self.server, self.told = server, Told()
        made = make_fleet(folder / "fleet", tenants, drift=1.0, seed=seed, writes_only=True)
        self.folder, self.begun = made.folder, time.monotonic()
        (self.folder / "reconciler.yaml").write_text(json.dumps(CONFIGURATION), encoding="utf-8")
        for path in (self.folder / "live").rglob("*.yaml"):
            # Who is sent an invoice has a credit review of five days before a switch begins.
            path.write_text(path.read_text(encoding="utf-8").replace("payment: invoice", "payment: card"))
        self._tool("simulator", "load", "live")
        self.service = Commerce(self.folder / ".reconciler" / "simulator.db", catalogue())
        things.callback(self.service.close)
        self.files = {path.stem: path for path in sorted((self.folder / "tenants").rglob("*.yaml"))}
        self.tenants = {name: self._declared(name) for name in self.files}
        self.proxies = {name: things.enter_context(Proxy(server.socket)) for name in sorted(proxied)}
        common = ["tenants", "--write", "--log-format", "json", "--format", "json"]
        leads = ["run", *common, "--fleet", "--speed", str(SPEED)]
        self.dispatchers = [self._member(f"dispatcher-{n}", leads) for n in range(dispatchers)]
        self.workers = [self._member(f"worker-{n}", ["worker", *common]) for n in range(workers)]
        things.callback(self._kill_all)
        self.keeping = True

    def _member(self, name: str, words: list[str]) -> Member:
        there = self.proxies.get(name)
        return Member(
            name, self.folder, words, self.server.where if there is None else self.server.through(there.port)
        )

    @property
    def members(self) -> list[Member]:
        return [*self.dispatchers, *self.workers]

    def start(self) -> None:
        for member in self.members:
            member.start()

    def _kill_all(self) -> None:
        for member in self.members:
            if not member.ended():
                member.kill()

    def stop(self) -> list[int]:
        """End all of it as an operator does; return the exit codes."""
        self.keeping = False
        for member in self.members:
            member.send(signal.SIGTERM)
        return [member.process.wait(timeout=90) for member in self.members if member.process]

    def _tool(self, *words: str) -> str:
        ended = subprocess.run(
            [sys.executable, "-m", "reconciler", *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    # what is declared

    def _declared(self, name: str) -> Tenant:
        found = DECLARED.search(self.files[name].read_text(encoding="utf-8"))
        assert found
        return Tenant(name, [Wish(self.service.now(), {"main": (found["plan"], int(found["licenses"]))})])

    def commit(self, names: Sequence[str]) -> list[str]:
        """Declare one licence more for each of these that may have one; return their names."""
        raised = []
        for name in names:
            tenant, file = self.tenants[name], self.files[name]
            plan, licenses = tenant.wish.wanted["main"]
            if licenses >= CAPS.get(plan, HUGE):
                continue
            text = file.read_text(encoding="utf-8")
            new = file.with_suffix(".new")
            new.write_text(text.replace(f"      licenses: {licenses}\n", f"      licenses: {licenses + 1}\n"))
            tenant.wishes.append(Wish(self.service.now(), {"main": (plan, licenses + 1)}))
            new.rename(file)
            raised.append(name)
        return raised

    def astray(self) -> list[str]:
        """The tenants that are not as declared, by the service itself."""
        amiss = []
        for name, tenant in self.tenants.items():
            document = self.service.document(name)
            assert document
            there = [(one["plan"], one["licenses"]) for one in document["spec"]["subscriptions"]]
            if there != [tenant.wish.wanted["main"]]:
                amiss.append(f"{name}: {there}, and {tenant.wish.wanted['main']} is declared")
        return amiss

    # keeping it running

    def tend(self) -> None:
        """Start again who has ended, and see who has recovered."""
        for member in self.members:
            if self.keeping and member.process and member.ended():
                member.codes.append(member.process.returncode)
                self.told.ends[f"{member.name.partition('-')[0]} with {member.process.returncode}"] += 1
                member.start()
        waiting = [each for each in self.told.recoveries if each.took is None]
        if waiting and (rows := self.ask(TURNS)) is not None:
            for each in waiting:
                if each.is_over(rows):
                    each.took = time.monotonic() - each.begun

    def until(self, is_so: Callable[[], object], seconds: float, what: str, every: float = 0.2) -> None:
        """Keep the fleet running until something is so."""
        end = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < end, f"{what} has not come about in {seconds} s: {self.standing()}"
            self.tend()
            time.sleep(every)

    def ask(self, query: str) -> list[tuple[Any, ...]] | None:
        """Ask the server; None where it is not there just now."""
        try:
            return self.server.ask(query)
        except psycopg.Error:
            return None

    def held_by(self, *members: Member) -> dict[str, Held]:
        """The turns that members have claimed."""
        loops = {member.loop for member in members}
        return {row[0]: Held(*row[1:]) for row in self.ask(TURNS) or () if row[3] and row[3] in loops}

    def turns_of(self, names: Collection[str]) -> dict[str, Held]:
        """The turns of tenants."""
        return {row[0]: Held(*row[1:]) for row in self.ask(TURNS) or () if row[0] in names}

    def standing(self) -> dict[str, Any]:
        """Where the fleet stands."""
        (row,) = self.ask(BUSY) or [(None,) * 5]
        names = ("claimed", "not ready", "not looked at", "not settled", "jobs")
        return dict(zip(names, row, strict=True))

    def left_behind(self) -> tuple[int, int]:
        """Return how many leases and offers are left, which run out by themselves; of a server that is away, one."""
        ((leases, offers),) = self.ask(f"SELECT ({LEASED}), ({OFFERED})") or [(1, 1)]
        return int(leases), int(offers)

    def is_at_rest(self, *but: str) -> bool:
        """Whether everybody is as declared, and nothing is under way or on its way, ``but`` of such a kind."""
        busy = {what: count for what, count in self.standing().items() if what not in but}
        return not any(busy.values()) and None not in busy.values() and not self.astray()

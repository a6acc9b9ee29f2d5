"""A fleet of processes, a seed and a length in, all that may happen to it in that time out: how it stood it.

``python tests/fleet_soak.py --tenants 5000 --workers 4 --seed 7``, or ``make soak-fleet``. Workers and dispatchers are
killed and frozen, the server is stopped and crashed, connections are cut and left half open, while files are committed;
then there is quiet, and everybody must come to be as declared, with nothing ordered twice and nothing lowered
(``fleet_audit``). With ``--measure`` there is one trouble at a time, and how long each took is what is told. Progress
goes to stderr, the summary as JSON to stdout; exit code 1 if anything was found.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from fleet_audit import breaches
from fleet_processes import CONCURRENCY, Fleet, Recovery
from own_server import Mode, OwnServer

from reconciler.adapters.store.leases import RUNS_OUT
from reconciler.adapters.store.offering import LASTS
from reconciler.cli.loop.fleets import GONE

LONGEST_LEFT = max(RUNS_OUT, LASTS)
OFFERED_AT_ONCE = 50
# Longer than a lease, a claim and a sign of life last.
FROZEN = 70.0
AWAY = 2.0
TELL_EVERY = 15.0
COMMITS_EVERY = 5.0
# So many connections has a worker at most before it takes any work.
MOST_AT_FIRST = 4
# How often each happens for every four workers; a kill is what happens most.
TIMES = {
    "worker killed": 6,
    "worker frozen": 2,
    "dispatcher killed": 1,
    "dispatcher frozen": 1,
    "server restarted": 2,
    "server crashed": 2,
    "connections half open": 2,
    "connections reset": 3,
}


class Troubles:
    """All that may happen to a fleet; each returns what has to come about for it to be over."""

    def __init__(self, fleet: Fleet, chance: random.Random) -> None:
        self.fleet, self.chance = fleet, chance
        self._numbers = itertools.count()
        self.later: list[tuple[float, int, Callable[[], object]]] = []

    def put_off(self, seconds: float, what: Callable[[], object]) -> None:
        """Do this so many seconds from now."""
        heapq.heappush(self.later, (time.monotonic() + seconds, next(self._numbers), what))

    def catch_up(self) -> None:
        """Do what was put off until now."""
        while self.later and self.later[0][0] <= time.monotonic():
            heapq.heappop(self.later)[2]()

    def make(self, what: str) -> None:
        """Make trouble, and note what is to come of it."""
        fleet, part, _, how = self.fleet, *what.partition(" ")
        victims = fleet.dispatchers if part == "dispatcher" else fleet.workers
        if part == "connections":
            # One that has only just begun would open the others later, and those would be as they should.
            least = MOST_AT_FIRST if how == "half open" else 0
            there = {name for name, proxy in fleet.proxies.items() if proxy.many > least}
            victims = [member for member in fleet.workers if member.name in there]
        # Who is to notice that nobody hears it is left to it.
        left = [each.ends[0] for each in fleet.told.recoveries if each.ends and each.took is None]
        awake = [m for m in victims if m not in left and not m.frozen and not m.ended()]
        if not awake:
            return self.put_off(5, lambda: self.make(what))
        busy = self.fleet.held_by(*awake)
        at_work = [member for member in awake if member.loop in {turn.loop for turn in busy.values()}]
        victim = self.chance.choice(at_work or awake)
        fleet.told.troubles[what] += 1
        recovery = Recovery(what, busy if part == "server" else {})
        if part == "server":
            self._server("fast" if how == "restarted" else "immediate")
        elif how == "killed":
            victim.kill()
        elif how == "frozen":
            victim.send(signal.SIGSTOP)
            self.put_off(FROZEN, lambda: victim.frozen and victim.send(signal.SIGCONT))
        elif how == "reset":
            fleet.proxies[victim.name].reset()
        else:
            fleet.told.recoveries.append(Recovery("silence noticed", ends=(victim, len(victim.codes))))
            fleet.proxies[victim.name].swallow()
        if part == "dispatcher":
            # Nobody waits for it but those of whom it has yet to hear.
            recovery.turns = fleet.turns_of(self.commit())
        elif part != "server":
            recovery.turns = fleet.held_by(victim)
        fleet.told.recoveries.append(recovery)
        return None

    def _server(self, mode: Mode) -> None:
        self.fleet.server.stop(mode)
        time.sleep(AWAY)
        self.fleet.server.start()

    def commit(self) -> list[str]:
        """Commit other files for a few tenants."""
        names = sorted(self.fleet.tenants)
        chosen = self.chance.sample(names, min(max(len(names) // 50, 10), len(names)))
        return self.fleet.commit(chosen)


def by_chance(troubles: Troubles, length: float) -> None:
    """Let everything happen at moments of its own within so many seconds, files being committed all the while."""
    fleet, chance = troubles.fleet, troubles.chance
    for what, times in TIMES.items():
        many = max(round(times * len(fleet.workers) / 4), 1) if what.startswith("worker") else times
        for _ in range(many):
            # What takes two minutes to be over begins in the first half.
            latest = length / 2 if what.endswith(("frozen", "half open")) else length
            troubles.put_off(chance.uniform(5, latest), lambda what=what: troubles.make(what))  # type: ignore[misc]
    for number in range(int(length / COMMITS_EVERY)):
        troubles.put_off(number * COMMITS_EVERY, troubles.commit)
    told = time.monotonic()

    def over() -> bool:
        nonlocal told
        troubles.catch_up()
        if time.monotonic() - told > TELL_EVERY:
            told = time.monotonic()
            tell(fleet)
        return not troubles.later

    fleet.until(over, length + 20 * FROZEN, "the end of all troubles")


def one_by_one(troubles: Troubles, times: int, only: list[str] | None) -> None:
    """Let each happen so many times, alone, while the victim is at work."""
    fleet, told = troubles.fleet, troubles.fleet.told
    fleet.until(fleet.is_at_rest, 600, "the first rest")
    for what in only or TIMES:
        while sum(each.what == what and bool(each.turns) for each in told.recoveries) < times:
            troubles.commit()
            fleet.until(lambda: fleet.held_by(*fleet.workers), 120, "a pass", every=0.02)
            troubles.make(what)

            def over() -> bool:
                troubles.catch_up()
                return not troubles.later and all(each.took is not None for each in told.recoveries)

            fleet.until(over, 400, f"the end of: {what}", every=0.1)
            fleet.until(fleet.is_at_rest, 200, f"rest after: {what}")
            tell(fleet)


def tell(fleet: Fleet) -> None:
    """Tell where it stands."""
    told = {"seconds": round(time.monotonic() - fleet.begun), **fleet.standing()}
    told |= {"troubles": sum(fleet.told.troubles.values()), "last": _last(fleet)}
    print(json.dumps(told), file=sys.stderr, flush=True)


def _last(fleet: Fleet) -> str:
    done = [each for each in fleet.told.recoveries if each.took is not None]
    return f"{done[-1].what}: {done[-1].took:.1f} s" if done else ""


def summary(fleet: Fleet, wanted: argparse.Namespace, found: list[str], troubled: float) -> dict[str, Any]:
    """All that came of it."""
    took: dict[str, list[float]] = defaultdict(list)
    for each in fleet.told.recoveries:
        # Whoever was killed before it could notice has shown nothing.
        noticed = each.ends is not None and each.ends[0].codes[each.ends[1] :][:1] == [GONE]
        if each.took is not None and (each.turns or noticed):
            took[each.what].append(round(each.took, 1))
    calls = [call for call in fleet.service.calls() if call["taken"] and call["caller"] == "reconciler"]
    ((passes,),) = fleet.server.ask("SELECT sum(fence) FROM turns")
    return {
        "tenants": wanted.tenants,
        "workers": wanted.workers,
        "dispatchers": wanted.dispatchers,
        "seed": wanted.seed,
        "wall_seconds": round(time.monotonic() - fleet.begun),
        "at_rest_after_the_last_trouble": round(time.monotonic() - troubled),
        "claims": int(passes),
        "taken": dict(Counter(call["operation"] for call in calls)),
        "troubles": dict(fleet.told.troubles),
        "ends": dict(fleet.told.ends),
        "seconds_to_recover": {what: sorted(seconds) for what, seconds in took.items()},
        "breaches": found,
    }


def soak(wanted: argparse.Namespace, things: ExitStack) -> dict[str, Any]:
    """Live through it, and return the summary."""
    folder = Path(things.enter_context(tempfile.TemporaryDirectory(prefix="fleet-")))
    server = things.enter_context(OwnServer())
    # Half of them are where harm can come to connections: what all of them said would go through this process.
    proxied = [f"worker-{number}" for number in range(0, wanted.workers, 1 if wanted.measure else 2)]
    fleet = Fleet(
        *(folder, server, things),
        tenants=wanted.tenants,
        workers=wanted.workers,
        dispatchers=wanted.dispatchers,
        seed=wanted.seed,
        proxied=proxied,
    )
    troubles = Troubles(fleet, random.Random(wanted.seed))
    fleet.start()
    if wanted.measure:
        one_by_one(troubles, wanted.measure, wanted.only)
    else:
        by_chance(troubles, wanted.length)
    troubled, told = time.monotonic(), 0.0

    def is_over() -> bool:
        nonlocal told
        if time.monotonic() - told > TELL_EVERY:
            told = time.monotonic()
            tell(fleet)
        return all(each.took is not None for each in fleet.told.recoveries) and fleet.is_at_rest()

    fleet.until(is_over, wanted.patience, "rest", every=1.0)
    # Who ended between the last word of its journal and its signing off has left a lease, though nothing is left to do.
    left, most = fleet.left_behind(), (CONCURRENCY * wanted.workers, OFFERED_AT_ONCE * wanted.workers)
    fleet.until(
        lambda: not any(fleet.left_behind()), 2 * LONGEST_LEFT.total_seconds(), "the end of what is left"
    )
    found = breaches(fleet)
    # More than may be under way at a time was not left by those alone who had no time to tidy up.
    if any(many > bound for many, bound in zip(left, most, strict=True)):
        found.append(f"{left} leases and offers were left at rest, and {most} may be")
    whole = summary(fleet, wanted, found, troubled)
    codes = fleet.stop()
    if any(code != 128 + signal.SIGTERM for code in codes):
        found.append(f"told to end, they ended with {codes}")
    return whole


def main(words: list[str]) -> int:
    """Run it as a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--dispatchers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--length", type=float, default=300, help="for how many seconds there is trouble")
    parser.add_argument("--patience", type=float, default=1800, help="how long the rest may take at most")
    parser.add_argument(
        "--measure", type=int, default=0, metavar="TIMES", help="each trouble alone, so often"
    )
    parser.add_argument("--only", action="append", choices=TIMES, help="measure this; may be repeated")
    wanted = parser.parse_args(words)
    with ExitStack() as things:
        told = soak(wanted, things)
    print(json.dumps(told, indent=1))
    return 1 if told["breaches"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a running loop lives through: full, broken and lost state, clocks that jump, sources and services that hang.

Each of these holds in every test here: no intent is lost, nothing is ordered twice (by the service's own log), nothing
is written while the state can not be read or kept, and the loop goes on by itself once the trouble is over.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from loops import DAY, HOUR, MINUTE, LoopWorld, Script, broken
from scenes import SBP
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from worlds import START, declare, live, lowered, sub, want

import reconciler.cli.loop.fleet
import reconciler.cli.loop.worker
from reconciler.adapters.store import StoredJournal, filed, open_store
from reconciler.cli.loop.fleet import aside
from reconciler.errors import DaySpent, LeaseLost, StateUnreadable
from reconciler.fleet.turns import Cause, Pace, Turn
from reconciler.limits import Limits
from reconciler.overview import State
from reconciler.source import Trouble
from reconciler.web import probes
from reconciler.web.probes import ALIVE_WITHIN, lateness, readiness

ZERO, SECOND = timedelta(0), timedelta(seconds=1)
FULL = "database or disk is full"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LoopWorld]:
    with LoopWorld(
        tmp_path, live("fabrikam"), live("contoso", sub(id="c-1", plan=SBP, licenses=22))
    ) as there:
        yield there


@pytest.fixture
def source() -> Script:
    """One to switch, one at rest."""
    return Script(declare("fabrikam"), declare("contoso"))


class Disk:
    """The disk under a store: statements for which ``bad`` says so fail, as often as they come."""

    def __init__(self, world: LoopWorld, bad: Callable[[str], bool] = lambda statement: False) -> None:
        self.bad, self.failed, self.what = bad, list[str](), FULL
        event.listen(world.store._opened._engine, "before_cursor_execute", self._asked)  # type: ignore[union-attr]

    def _asked(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if self.bad(" ".join(statement.split())):
            self.failed.append(statement)
            raise OperationalError(statement, {}, sqlite3.OperationalError(self.what))


LINES: dict[str, Callable[[str], bool]] = {
    "before the claim": lambda s: s.startswith("UPDATE turns SET") and "fence" in s.split("WHERE")[0],
    "at the lease": lambda s: s.startswith(("INSERT INTO leases", "UPDATE leases")),
    "at the intent": lambda s: s.startswith("INSERT INTO intents"),
    "at sent": lambda s: s.startswith("UPDATE intents") and "sent_at=" in s.split("WHERE")[0],
    "at the settling": lambda s: s.startswith("UPDATE intents") and "settled=" in s.split("WHERE")[0],
    "at the keeping": lambda s: s.startswith(("INSERT INTO kept", "UPDATE kept")),
    "everywhere": lambda s: s.startswith(("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE")),
}
# Where the disk fills up there, nothing was sent yet.
BEFORE_SENT = ("before the claim", "at the lease", "at the intent", "at sent", "everywhere")


def at_times(world: LoopWorld, *moments: tuple[timedelta, Callable[[], object]]) -> Callable[[], bool]:
    """Something that happens when the service's clock has gone so far; to be asked where a loop asks for its end."""
    begun, left = world.service.now(), list(moments)

    def asked() -> bool:
        while left and world.service.now() - begun >= left[0][0]:
            left.pop(0)[1]()
        return False

    return asked


def orders(world: LoopWorld) -> list[dict[str, Any]]:
    return [c for c in world.asked() if c["operation"] == "order_switch"]


def is_well_in_the_end(world: LoopWorld) -> None:
    """Done, by one order that was taken, nothing open, the ledger whole."""
    assert world.standing("fabrikam") == [(SBP, 22)]
    assert [c["operation"] for c in world.taken()] == ["order_switch"]
    assert lowered(world.asked()) == []
    assert world.store.open_intents(("fabrikam.onmicrosoft.com",)) == ()
    examination = world.store.verify()
    assert examination is not None
    assert examination.sound, examination


def times_told(world: LoopWorld, words: str) -> int:
    return sum(words in line for line in world.log.told("warning", "error"))


# The state folder is full, or read-only


@pytest.mark.parametrize("line", LINES)
def test_a_full_state_folder_at_any_line_loses_no_intent_and_orders_nothing_twice(
    world: LoopWorld, source: Script, line: str
) -> None:
    disk, meanwhile = Disk(world), list[list[Any]]()

    def fill() -> None:
        disk.bad = LINES[line]

    def make_room() -> None:
        disk.bad = lambda statement: False
        meanwhile.extend([world.asked()])

    world.loop(source, until=40 * MINUTE, stop=at_times(world, (ZERO, fill), (4 * MINUTE, make_room))).run()
    assert 1 <= len(disk.failed) < 40
    if line in BEFORE_SENT:
        assert meanwhile == [[]]
    is_well_in_the_end(world)
    # Told when it begins, not each second, and told when it is over; what only a pass met is told of its tenant.
    assert times_told(world, FULL) <= 3
    if line in ("before the claim", "at the keeping", "everywhere"):
        assert times_told(world, FULL) >= 1
        assert any("can be used again" in line for line in world.log.told("info"))


@pytest.mark.parametrize("what", ["attempt to write a readonly database", "unable to open database file"])
def test_a_read_only_state_folder_holds_every_write_until_it_is_writable_again(
    world: LoopWorld, source: Script, what: str
) -> None:
    disk = Disk(world)
    disk.what = what

    def lock() -> None:
        disk.bad = LINES["everywhere"]

    def unlock() -> None:
        assert world.asked() == []
        disk.bad = lambda statement: False

    driver = world.loop(source, until=30 * MINUTE, stop=at_times(world, (ZERO, lock), (5 * MINUTE, unlock)))
    driver.run()
    assert times_told(world, what) == 1
    is_well_in_the_end(world)


@pytest.mark.parametrize("line", ["before the claim", "at the keeping", "everywhere"])
def test_a_single_round_on_a_full_disk_ends_with_an_error_and_writes_no_second_time(
    world: LoopWorld, source: Script, line: str
) -> None:
    disk = Disk(world, LINES[line])
    driver = world.loop(source, once=True)
    ended = nullcontext() if line == "at the keeping" else pytest.raises(StateUnreadable, match=FULL)
    with ended:
        driver.run()
        assert driver.sums().went_wrong
    assert len(world.taken()) <= (line == "at the keeping")
    assert world.reads() < 20
    disk.bad = lambda statement: False
    driver._loop.store.let_go()
    world.loop(source, until=20 * MINUTE, id="again").run()
    is_well_in_the_end(world)


def test_a_store_that_fails_for_hours_is_tried_now_and_then_and_the_source_with_it(
    world: LoopWorld, source: Script
) -> None:
    disk = Disk(world)

    def fill() -> None:
        disk.bad = LINES["everywhere"]

    driver = world.loop(source, until=3 * HOUR, stop=at_times(world, (MINUTE, fill)), every=MINUTE)
    handles = len(os.listdir("/proc/self/fd"))
    driver.run()
    assert len(os.listdir("/proc/self/fd")) <= handles + 2
    # Every half a minute, and not as fast as the machine can.
    assert len(disk.failed) < 3 * 130
    assert source.looks < 3 * 130
    assert times_told(world, FULL) == 2  # and once more that the end could not be kept
    assert driver.sums().passes >= 1


def test_a_lock_that_somebody_keeps_is_waited_for_once_and_not_by_each_thread_behind_the_other(
    world: LoopWorld, source: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filed, "BUSY_MILLISECONDS", 100)
    world.store._opened.close()  # type: ignore[union-attr]
    with world.store._opened.writing(), pytest.raises(StateUnreadable, match="another thread"):  # type: ignore[union-attr]
        world.store.set_stop("audit", "ola")
    other = sqlite3.connect(world.folder / "state.db", isolation_level=None)

    def let_go() -> None:
        assert world.asked() == []
        other.execute("COMMIT")
        other.close()

    moments = (ZERO, lambda: other.execute("BEGIN IMMEDIATE")), (MINUTE, let_go)
    world.loop(source, until=30 * MINUTE, stop=at_times(world, *moments)).run()
    assert times_told(world, "locked") == 1
    is_well_in_the_end(world)


def test_what_a_brake_holds_at_the_last_moment_is_not_tried_again_at_once(
    world: LoopWorld, source: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = list[str]()

    def sent(journal: StoredJournal, intent: Any, at: datetime) -> Any:
        tried.append(intent.address)
        raise DaySpent("licenses", 2, 2)

    monkeypatch.setattr(StoredJournal, "sent", sent)
    world.loop(source, until=10 * MINUTE).run()
    assert 2 < len(tried) < 25
    assert world.asked() == []
    assert world.store.open_intents(("fabrikam.onmicrosoft.com",)) == ()


def test_a_turn_that_could_not_be_given_back_comes_again_all_the_same(
    world: LoopWorld, source: Script
) -> None:
    """A sign of life renews all claims of a loop; one that nobody works on must not be among them for months."""
    disk, begun = Disk(world), list[int]()

    def fill() -> None:
        disk.bad = lambda s: bool(world.reads("contoso")) and LINES["everywhere"](s)

    def make_room() -> None:
        disk.bad = lambda statement: False
        begun.append(world.reads("contoso"))

    def beat() -> None:
        driver.heart.beat()

    driver = world.loop(
        source, until=HOUR, stop=at_times(world, (ZERO, fill), (5 * MINUTE, make_room), (6 * MINUTE, beat))
    )
    driver.run()
    assert begun
    assert world.reads("contoso") >= begun[0] + 3
    is_well_in_the_end(world)


def test_what_a_loop_did_is_told_at_its_end_where_the_store_can_not_be_used_any_more(
    world: LoopWorld, source: Script
) -> None:
    disk = Disk(world)

    def fill() -> None:
        disk.bad = lambda statement: True

    driver = world.loop(source, until=5 * MINUTE, stop=at_times(world, (MINUTE, fill)))
    driver.run()
    sums = driver.sums()
    assert sums.switches == 1
    assert sums.problem.startswith("The state store can not be read")
    assert sums.went_wrong


@pytest.mark.parametrize(
    "what", ["FROM suspensions", "FROM stops", "SELECT intents.tenant, sum", "FROM intents"]
)
def test_what_can_not_be_read_of_pause_stop_limits_and_journal_holds_every_write(
    world: LoopWorld, source: Script, what: str
) -> None:
    disk = Disk(world)

    def tear() -> None:
        disk.bad = lambda s: s.startswith("SELECT") and what in s

    def mend() -> None:
        assert world.asked() == []
        disk.bad = lambda statement: False

    world.loop(source, until=HOUR, stop=at_times(world, (ZERO, tear), (10 * MINUTE, mend))).run()
    assert disk.failed
    is_well_in_the_end(world)


# The state is broken, gone, or another one


def readable(world: LoopWorld) -> tuple[bool, int | None]:
    """What /readyz and /late go by."""
    showing = world.store.showing(None, Pace())
    assert showing is not None
    return probes._readable(showing), probes._late(showing, world.service.now)


def taken_away(file: Path) -> None:
    file.rename(file.with_suffix(".away"))


def put_back(file: Path) -> None:
    file.with_suffix(".away").rename(file)


def replaced(file: Path) -> None:
    taken_away(file)
    with open_store(str(file.parent / "other"), create=True, now=lambda: START):
        pass
    shutil.copy(file.parent / "other" / "state.db", file)


@pytest.mark.parametrize("how", [taken_away, replaced])
def test_a_state_that_is_taken_away_from_a_running_loop_holds_every_write_until_it_is_back(
    world: LoopWorld, source: Script, how: Callable[[Path], None]
) -> None:
    """What is open stays open without a name; but no other process, and no later start, would find what is in it."""
    file, told = world.folder / "state.db", list[tuple[bool, int | None]]()

    def mend() -> None:
        told.append(readable(world))
        assert world.asked() == []
        put_back(file)

    moments = (ZERO, lambda: how(file)), (5 * MINUTE, mend)
    world.loop(source, until=40 * MINUTE, stop=at_times(world, *moments)).run()
    assert told == [(False, None)]
    assert times_told(world, "another file was put in its place") == 1
    assert readable(world) == (True, 0)
    is_well_in_the_end(world)


def garbage(file: Path) -> None:
    with open(file, "r+b") as pages:
        pages.write(b"no database " * 20_000)


def cut_off(file: Path) -> None:
    os.truncate(file, 0)


@pytest.mark.parametrize("how", [garbage, cut_off])
def test_a_state_that_breaks_under_a_running_loop_holds_every_write_and_the_loop_lives_on(
    world: LoopWorld, source: Script, how: Callable[[Path], None]
) -> None:
    file, cleared = world.folder / "state.db", list[int]()

    def spoil() -> None:
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        how(file)
        # A cache may know some pages for a while; a later write reads others.
        world.store._opened.close()  # type: ignore[union-attr]

    def count() -> None:
        cleared.append(len(world.log.told("error")))

    driver = world.loop(
        source, until=10 * MINUTE, stop=at_times(world, (ZERO, spoil), (5 * MINUTE, count)), every=MINUTE
    )
    driver.run()
    assert world.asked() == []
    assert readable(world) == (False, None)
    assert 1 <= cleared[0] <= 3
    assert len(world.log.told("error")) <= cleared[0] + 1
    assert driver.sums().went_wrong
    with pytest.raises(StateUnreadable):
        world.loop(source, once=True, id="again").run()
    assert world.asked() == []


def test_without_the_folder_of_locks_nothing_is_written_until_it_is_back(
    world: LoopWorld, source: Script
) -> None:
    locks = world.folder / "locks"

    def mend() -> None:
        assert world.asked() == []
        put_back(locks)

    moments = (ZERO, lambda: taken_away(locks)), (10 * MINUTE, mend)
    world.loop(source, until=HOUR, stop=at_times(world, *moments)).run()
    is_well_in_the_end(world)


def test_a_sign_of_life_that_fails_for_a_reason_of_its_own_is_told_and_given_again(
    world: LoopWorld, source: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = world.loop(source)
    store = driver._loop.store
    store.begin()
    with monkeypatch.context() as broken_for_now:
        broken_for_now.setattr(type(store), "free_the_dead", lambda _: os.stat(f"/{'x' * 300}"))
        driver.heart.beat()
    assert times_told(world, "no sign of life can be given") == 1
    driver.heart.beat()
    store.end(0)


def test_a_service_whose_own_clock_can_not_be_read_does_not_end_the_loop(
    world: LoopWorld, source: Script
) -> None:
    driver, failed = world.loop(source, until=30 * MINUTE), list[int]()
    clock = driver._loop.clock
    real = clock.now

    def now() -> datetime:
        if world.reads() >= 2 and len(failed) < 25:
            failed.append(1)
            raise StateUnreadable("the embedded service can not be read")
        return real()

    clock.now = now  # type: ignore[method-assign]
    object.__setattr__(driver._loop.worker, "now", now)
    end = world.service.now() + 30 * MINUTE
    object.__setattr__(driver._loop, "stop", lambda: real() >= end)
    driver.run()
    assert len(failed) == 25
    assert times_told(world, "the embedded service can not be read") == 1
    is_well_in_the_end(world)


# Locks and files that a loop leaves


def lock_files(world: LoopWorld) -> list[str]:
    return sorted(path.name for path in (world.folder / "locks").glob("loop-*.lock"))


def test_loops_that_ended_leave_no_lock_behind_and_those_that_died_none_for_long(
    world: LoopWorld, source: Script
) -> None:
    for number in range(3):
        world.loop(source, write=False, once=True, id=f"round-{number}").run()
    assert lock_files(world) == []
    died = world.loop(source, write=False, id="died")._loop.store
    died.begin()
    died.let_go()
    assert lock_files(world) == ["loop-died.lock"]
    world.loop(source, write=False, once=True, id="next").run()
    assert lock_files(world) == []
    told = {loop.id: loop.state for loop in world.store.showing(None, Pace()).loops()}  # type: ignore[union-attr]
    assert told["died"] == "died"
    assert told["next"] == "ended"


def test_what_a_pass_can_not_keep_by_a_fault_of_ours_comes_again_later_and_holds_up_nobody(
    world: LoopWorld, source: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = reconciler.cli.loop.worker.kept_of

    def kept_of(one: Any, *words: Any) -> Any:
        if one.task.declaration.name == "fabrikam":
            raise KeyError("a bug")
        return real(one, *words)

    monkeypatch.setattr(reconciler.cli.loop.worker, "kept_of", kept_of)
    driver = world.loop(source, until=30 * MINUTE)
    driver.run()
    assert world.reads("fabrikam") < 60
    assert driver.sums().broke_off > 1
    assert world.kept("contoso").row.state is State.READY
    assert world.kept("fabrikam").row.state is State.UNKNOWN
    assert [c["operation"] for c in world.taken()] == ["order_switch"]


def test_a_row_of_ours_that_does_not_decode_is_that_tenants_trouble_alone(
    world: LoopWorld, source: Script
) -> None:
    world.loop(source, write=False, once=True, id="first").run()
    with sqlite3.connect(world.folder / "state.db") as connection:
        nonsense = '[{"type": "?", "status": "?", "reason": "?", "since": "?", "commit": null}]'
        connection.execute("UPDATE kept SET conditions = ? WHERE name = 'fabrikam'", (nonsense,))
    connection.close()
    before = world.reads("contoso")
    driver = world.loop(source, until=HOUR)
    driver.run()
    assert world.reads("contoso") > before + 2
    assert world.reads("fabrikam") < 30
    assert driver.sums().broke_off > 1
    assert world.asked() == []


# Clocks that jump


JUMPS = [-365 * DAY, -HOUR, DAY]


@pytest.mark.parametrize("jump", JUMPS, ids=str)
@pytest.mark.parametrize("when", ["at rest", "between look and write", "with the switch under way"])
def test_the_machines_clock_may_jump_at_any_moment_and_nothing_is_ordered_twice(
    world: LoopWorld, source: Script, jump: timedelta, when: str
) -> None:
    def jumps() -> None:
        world.machine += jump

    class Jumping:
        def __init__(self, backend: Any) -> None:
            self.backend = backend

        def switch(self, order: Any) -> None:
            if when == "between look and write":
                jumps()
            self.backend.switch(order)

    moments = {"at rest": [(ZERO, jumps)], "with the switch under way": [(MINUTE, jumps)]}.get(when, [])
    driver = world.loop(
        source,
        until=20 * MINUTE,
        stop=at_times(world, *moments, (15 * MINUTE, lambda: driver.heart.beat())),
        around=Jumping,
    )
    driver.run()
    is_well_in_the_end(world)
    world.loop(source, until=20 * MINUTE, id="again").run()
    is_well_in_the_end(world)
    assert world.store.known_to_loops(world.machine) == frozenset()
    assert readable(world) == (True, 0)


@pytest.mark.parametrize("jump", [-DAY, 5 * MINUTE, DAY], ids=str)
def test_a_holder_whose_claim_was_taken_over_while_it_was_frozen_can_not_write(
    world: LoopWorld, source: Script, jump: timedelta
) -> None:
    other = world.loop(source, id="other", write=False)._loop.store
    other.begin()

    def frozen(backend: Any) -> Any:
        class Late:
            def switch(self, order: Any) -> None:
                raise AssertionError("it was sent")

        world.machine += jump
        assert "fabrikam" in {c.turn.name for c in other.claim(world.service.now(), lambda turns: turns)}
        return Late()

    world.loop(Script(declare("fabrikam")), around=frozen, until=SECOND).run()
    assert world.asked() == []
    assert times_told(world, "another loop has taken") == 1
    other.end(0)
    world.loop(source, until=20 * MINUTE, id="third").run()
    is_well_in_the_end(world)


class Held(Executor):
    """Begins passes when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def submit(self, work: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()

        def begin() -> None:
            try:
                future.set_result(work(*words, **named))
            except Exception as error:
                future.set_exception(error)

        self.waiting.append(begin)
        return future


def test_a_loop_does_not_take_its_own_turn_over_after_it_was_frozen(world: LoopWorld) -> None:
    pool = Held()
    driver = world.loop(Script(declare("fabrikam")), concurrency=4, pool=lambda many: pool)
    driver._loop.store.begin()
    with driver._crew:
        assert driver._round()
        world.machine += HOUR
        assert not driver._round()
        driver.heart.beat()
        pool.waiting.pop()()
        assert not driver._round()
    assert len(world.taken()) == 1
    assert world.kept("fabrikam").row.reason == "SwitchRunning"
    assert times_told(world, "taken") == 0
    driver._loop.store.end(1)


def test_a_slow_pass_keeps_its_turn_as_long_as_its_loop_gives_signs_of_life(world: LoopWorld) -> None:
    pool = Held()
    driver = world.loop(Script(declare("fabrikam")), concurrency=4, pool=lambda many: pool)
    other = world.loop(Script(declare("fabrikam")), id="other")._loop.store
    driver._loop.store.begin()
    with driver._crew:
        driver._round()
        for _ in range(6):
            world.machine += 50 * SECOND
            driver.heart.beat()
            assert other.claim(world.service.now() + DAY, lambda turns: turns) == ()
        pool.waiting.pop()()
        driver._round()
    assert len(world.taken()) == 1
    driver._loop.store.end(1)


def test_limits_of_a_day_hold_over_a_clock_set_back_and_begin_anew_with_a_day(tmp_path: Path) -> None:
    pair = (
        live("contoso", sub(id="c-1", plan=SBP, licenses=20)),
        live("fabrikam", sub(id="f-1", plan=SBP, licenses=20)),
    )
    limits = Limits(licenses_added_per_run=1000, licenses_added_per_day=3)
    with LoopWorld(tmp_path, *pair) as world:
        source = Script(declare("contoso"), declare("fabrikam"))
        world.loop(source, until=20 * MINUTE, limits=limits).run()
        assert len(world.taken()) == 1
        for number, (jump, written) in enumerate(
            [(-HOUR, 1), (-DAY, 1), (DAY + HOUR, 1), (DAY, 2), (-DAY, 2)]
        ):
            world.machine += jump
            world.loop(source, until=20 * MINUTE, limits=limits, id=f"loop {number}").run()
            assert len(world.taken()) == written, jump


def test_a_request_of_a_person_waits_however_far_the_clock_jumps_and_long_nobody_runs(
    world: LoopWorld, source: Script
) -> None:
    world.loop(source, write=False, until=MINUTE).run()
    request = world.store.ask("fabrikam", "ola")
    world.machine += 30 * DAY
    other = world.loop(source, id="other", write=False)._loop.store
    other.note_sample(world.service.now())
    world.loop(source, until=MINUTE, id="again").run()
    assert world.store.answer_to(request) is not None


def test_a_loop_that_another_one_took_for_long_gone_is_seen_again_with_its_next_sign(
    world: LoopWorld, source: Script
) -> None:
    driver = world.loop(source, pool=lambda many: Held())
    driver._loop.store.begin()
    with driver._crew:
        driver._round()
    world.machine += 10 * DAY
    other = world.loop(source, id="other")._loop.store
    other.begin()
    driver.heart.beat()
    assert "fabrikam" in world.store.known_to_loops(world.machine - MINUTE)
    assert {loop.id for loop in world.store.showing(None, Pace()).loops()} == {"loop-1", "other"}  # type: ignore[union-attr]
    driver._loop.store.end(0)
    other.end(0)


@pytest.mark.parametrize("back", [HOUR, DAY, 365 * DAY], ids=str)
def test_a_service_whose_clock_is_set_back_is_looked_at_by_the_new_time(
    world: LoopWorld, source: Script, back: timedelta
) -> None:
    def set_back() -> None:
        driver._loop.clock.back = back  # type: ignore[attr-defined]
        reads.append(world.reads("contoso"))

    reads = list[int]()
    end = 2 * HOUR + back
    driver = world.loop(
        source, until=end, stop=at_times(world, (HOUR, set_back), (2 * HOUR, lambda: stop.append(1)))
    )
    stop = list[int]()
    object.__setattr__(driver._loop, "stop", _either(driver._loop.stop, stop))
    driver.run()
    assert world.reads("contoso") >= reads[0] + 3
    assert times_told(world, "clock was set back") == 1


def _either(asked: Callable[[], bool], stop: list[int]) -> Callable[[], bool]:
    def either() -> bool:
        ends = asked()
        return bool(stop) or (ends and False)

    return either


@pytest.mark.parametrize("ahead", [DAY, 365 * DAY], ids=str)
def test_a_service_whose_clock_jumps_ahead_orders_nothing_twice(
    world: LoopWorld, source: Script, ahead: timedelta
) -> None:
    def jump() -> None:
        world.service.advance(ahead)

    world.loop(source, until=ahead + 30 * MINUTE, stop=at_times(world, (MINUTE, jump))).run()
    is_well_in_the_end(world)
    assert readable(world) == (True, 0)


def test_how_old_the_source_is_is_told_by_the_clock_as_it_was_set(world: LoopWorld, source: Script) -> None:
    def jump() -> None:
        world.machine -= 365 * DAY

    world.loop(source, until=30 * MINUTE, stop=at_times(world, (5 * MINUTE, jump))).run()
    (told,) = world.store.showing(None, Pace()).sources()  # type: ignore[union-attr]
    assert told.read_at == world.machine


# Sources


def test_a_source_that_hangs_holds_up_no_tenant(
    world: LoopWorld, source: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler.cli.loop.fleet, "LOOK_WITHIN", 0.01)
    hangs, real = Event(), source.look

    def look() -> Any:
        if source.looks:
            hangs.wait(30)
        return real()

    source.look = look  # type: ignore[method-assign]
    moments = (30 * MINUTE, lambda: source.declare(declare("fabrikam"))), (40 * MINUTE, hangs.set)
    driver = world.loop(source, until=50 * MINUTE, stop=at_times(world, *moments), aside=aside)
    driver.run()
    hangs.set()
    assert world.reads("contoso") >= 3
    is_well_in_the_end(world)


def test_an_end_does_not_wait_for_a_source_that_hangs(
    world: LoopWorld, source: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler.cli.loop.fleet, "LOOK_WITHIN", 0.01)
    hangs = Event()
    source.look = lambda: hangs.wait(30)  # type: ignore[method-assign, assignment, return-value]
    rounds = iter(range(3))
    driver = world.loop(source, aside=aside, stop=lambda: next(rounds, None) is None)
    driver.run()
    driver._loop.fleet.leave()
    hangs.set()
    assert driver.sums().unread


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (Trouble("GitUnreachable", "The repository can not be reached."), "can not be reached"),
        (Trouble("FolderUnreadable", "The folder can not be read.", stops=True), "can not be read"),
    ],
)
def test_a_source_in_trouble_is_told_once_and_gone_on_with_when_it_is_back(
    world: LoopWorld, source: Script, trouble: Trouble, says: str
) -> None:
    def away() -> None:
        source.trouble = trouble

    def back() -> None:
        source.trouble = None

    world.service.fault("fabrikam", "throttle", seconds=1500, on="order_switch")
    driver = world.loop(
        source, until=HOUR, every=MINUTE, stop=at_times(world, (5 * MINUTE, away), (20 * MINUTE, back))
    )
    driver.run()
    assert times_told(world, says) == 1
    is_well_in_the_end(world)
    once = world.loop(source, once=True, id="once")
    source.trouble = trouble
    once.run()
    assert once.sums().went_wrong
    assert says in once.sums().problem


def test_a_folder_that_vanishes_holds_every_write_until_it_is_there_again(
    world: LoopWorld, source: Script
) -> None:
    def away() -> None:
        source.trouble = Trouble("FolderUnreadable", "It can not be read.", stops=True)
        source.declare(declare("fabrikam", want("main", SBP, 25)), declare("contoso"))

    def back() -> None:
        assert len(world.taken()) == 1
        source.trouble = None

    moments = (5 * MINUTE, away), (40 * MINUTE, back)
    world.loop(source, until=HOUR, every=MINUTE, stop=at_times(world, *moments)).run()
    assert world.standing("fabrikam") == [(SBP, 25)]
    assert len(world.taken()) == 2


@pytest.mark.parametrize("once", [False, True])
def test_a_source_that_declares_nobody_writes_nothing_and_says_so_once(world: LoopWorld, once: bool) -> None:
    driver = world.loop(Script(), once=once, every=MINUTE, until=10 * MINUTE)
    driver.run()
    assert world.asked() == []
    assert times_told(world, "nothing is written to anybody") == 1
    assert driver.sums().went_wrong
    assert driver.sums().problem


def test_a_single_round_over_a_broken_file_ends_with_an_error_and_writes_to_the_others(
    world: LoopWorld, source: Script
) -> None:
    source.declare(declare("fabrikam"), problems=[broken("contoso.yaml")])
    driver = world.loop(source, once=True)
    driver.run()
    assert driver.sums().went_wrong
    assert "contoso.yaml" in driver.sums().problem
    assert {c["tenant"] for c in world.asked()} == {"fabrikam"}


# The service


def test_a_single_round_with_a_service_that_does_not_answer_writes_nothing_and_ends(
    world: LoopWorld, source: Script
) -> None:
    for name in ("fabrikam", "contoso"):
        world.service.fault(name, "error", times=None, on="read")
    driver = world.loop(source, once=True)
    driver.run()
    assert world.asked() == []
    assert driver.sums().counts[State.UNKNOWN] == 2
    assert world.reads() < 10


def test_a_service_that_is_away_while_a_switch_runs_is_found_again_and_the_switch_with_it(
    world: LoopWorld, source: Script
) -> None:
    def away() -> None:
        for name in ("fabrikam", "contoso"):
            world.service.fault(name, "error", times=None, on="read")

    driver = world.loop(
        source, until=7 * HOUR, stop=at_times(world, (MINUTE, away), (5 * HOUR, world.service.clear_faults))
    )
    driver.run()
    assert len(world.asked()) == 1
    is_well_in_the_end(world)
    assert times_told(world, "the backend does not answer") <= 1


# What is asked for while a pass runs


@pytest.mark.parametrize("cause", [Cause.COMMIT, Cause.ASKED, Cause.UNDER_WAY])
def test_a_second_commit_that_comes_while_a_pass_of_the_first_runs_has_its_turn_at_once(
    world: LoopWorld, cause: Cause
) -> None:
    store = world.loop(Script())._loop.store
    store.begin()
    store.enrol({"fabrikam": "one"}, lambda turn, name: turn or Turn(name, START), START)
    store.hasten({"fabrikam": cause}, START)
    (claimed,) = store.claim(START, lambda turns: turns)
    store.enrol({"fabrikam": "two"}, lambda turn, name: turn or Turn(name, START), START)
    store.put_off(claimed, Turn("fabrikam", START + HOUR))
    (again,) = store.claim(START, lambda turns: turns)
    assert again.turn.cause in (Cause.COMMIT, Cause.ASKED)
    store.put_off(again, Turn("fabrikam", START + HOUR))
    assert store.claim(START, lambda turns: turns) == ()
    with pytest.raises(LeaseLost):
        store.put_off(claimed, Turn("fabrikam", START))


def test_a_process_on_its_way_out_or_without_its_state_is_not_ready(world: LoopWorld, source: Script) -> None:
    driver = world.loop(source, until=MINUTE)
    driver.run()
    pulse = driver._loop.pulse.beat  # type: ignore[attr-defined]
    assert not readiness(pulse, store=True).well
    assert "running" in readiness(pulse, store=True).line
    assert not readiness(replace(pulse, stopping=False), store=False).well
    assert not lateness(None).well
    assert probes.health(pulse, world.machine, ALIVE_WITHIN).well
    assert not probes.health(pulse, world.machine - DAY, ALIVE_WITHIN).well

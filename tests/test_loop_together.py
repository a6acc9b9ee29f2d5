"""Many tenants looked at and kept together: what is found and left is what one pass each would have found and left."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import DAY, HOUR, MINUTE, LoopWorld, Script, broken
from scenes import E3, catalogue
from states import State
from worlds import START, declare, live, sub, want

from reconciler.adapters import files
from reconciler.adapters.simulator.commerce import Commerce
from reconciler.adapters.store.claims import Claim
from reconciler.cli.loop import enrolment
from reconciler.cli.loop.driver import Driver
from reconciler.errors import StateUnreadable
from reconciler.fleet.budget import Rate
from reconciler.fleet.turns import Turn
from reconciler.messages import say
from reconciler.notices.receivers import usual_routes

EXAMPLES = Path(__file__).parent.parent / "examples"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PARTS = re.compile(r"\{[^{}]*\}|[^{}]+")
FAULTS = ("error", "throttle", "partial-read")


def left_by(world: LoopWorld) -> dict[str, Any]:
    """Everything that a loop leaves in the store, but for ids and what hangs on them."""
    tables = {
        "turns": "fleet, name, due_at, cause, failures, failed_on, declared, claimed_by",
        "kept": "name, verdict, sync, health, state, reason, held_by, since, licenses, live, open_handoffs, drift",
        "runs": "tenant, verdict, summary, first_at, last_at, times",
        "bindings": "address, subscription_id",
        "sightings": "key, first_seen, last_seen, times, confirmed_at",
        "baselines": "website",
        "handoffs": "id, kind, tenant, address, state",
        "open_matters": "kind, reason, stands, since",
        "notices": "receiver, pace, attempts",
    }
    with world.store._writable().reading() as connection:
        found = {
            # As tuples: a row by itself leaves out the middle of what is long, and with it half an id.
            table: sorted(
                repr(tuple(row)) for row in connection.exec_driver_sql(f"SELECT {names} FROM {table}")
            )
            for table, names in tables.items()
        }
    # Of these the order hangs on ids, some of which are made of a write's own.
    found["stood"] = [
        json.dumps(sorted(json.dumps(each, sort_keys=True) for each in json.loads(text).values()))
        for (text,) in _asked(world, "SELECT CAST(subscriptions AS VARCHAR) FROM baselines")
    ]
    found["documents"] = [
        json.dumps(world.kept(name).document, sort_keys=True, default=str)
        for (name,) in _asked(world, "SELECT name FROM kept ORDER BY name")
    ]
    # Ids of what was made by a write are made of that write's own id.
    found = json.loads(UUID.sub("some-id", json.dumps(found)))
    # Of several such ids in one row the order is that of the ids.
    found = {
        table: sorted("".join(sorted(PARTS.findall(row))) for row in rows) for table, rows in found.items()
    }
    found["written"] = sorted(
        UUID.sub("some-id", json.dumps({**call, "request_id": ""}, sort_keys=True)) for call in world.taken()
    )
    return found


def _asked(world: LoopWorld, query: str) -> list[Any]:
    with world.store._writable().reading() as connection:
        return list(connection.exec_driver_sql(query))


def gone_through(folder: Path, at_once: int, faults: list[tuple[str, str]], **options: Any) -> dict[str, Any]:
    folder.mkdir()
    documents = [document for _, document in files.load_live([EXAMPLES / "live"])]
    declared = files.load_tenants([EXAMPLES / "tenants"], catalogue()).declarations
    with LoopWorld(folder, *documents) as world:
        world.chance = lambda: 0.5
        world.routes = options.pop("routes", None)
        for tenant, kind in faults:
            world.service.fault(tenant, kind)
        driver = world.loop(Script(*declared), at_once=at_once, until=HOUR, **options)
        driver.run()
        return left_by(world)


tenants = st.sampled_from(sorted(path.stem for path in (EXAMPLES / "live").iterdir()))


@settings(max_examples=3, deadline=None)
@given(st.lists(st.tuples(tenants, st.sampled_from(FAULTS)), max_size=6), st.booleans())
def test_many_at_once_leave_what_one_by_one_leaves(
    tmp_path_factory: pytest.TempPathFactory, faults: list[tuple[str, str]], write: bool
) -> None:
    folder = tmp_path_factory.mktemp("both")
    # A busy one is looked at twice by those who look at many, so a fault that is used up by a look would be another's.
    quiet = [(tenant, kind) for tenant, kind in faults if not write]
    one = gone_through(folder / "one", 1, quiet, write=write)
    many = gone_through(folder / "many", 50, quiet, write=write)
    assert one == many


def fleet_of(count: int) -> list[Any]:
    return [
        live(
            f"t{number}",
            sub(id=f"s-{number}", plan=E3, licenses=20),
            tenantId=f"{number:08}-0000-4000-8000-000000000000",
        )
        for number in range(count)
    ]


def at_rest(count: int) -> list[Any]:
    return [declare(f"t{number}", want("main", E3, 20)) for number in range(count)]


def test_a_look_at_many_is_one_request_and_costs_the_store_no_more_than_one(tmp_path: Path) -> None:
    asked: dict[int, int] = {}
    for count in (2, 40):
        with LoopWorld(tmp_path / str(count), *fleet_of(count)) as world:
            # Until every turn is due for good: placing them anew is a query for each.
            for id_ in ("first", "second"):
                world.loop(Script(*at_rest(count)), id=id_).run()
            world.machine += HOUR
            statements: list[str] = []
            engine = world.store._writable()._engine
            from sqlalchemy import event

            event.listen(engine, "before_cursor_execute", lambda *args, s=statements: s.append(args[2]))
            driver = world.loop(Script(*at_rest(count)), id="again")
            driver._loop.store.begin()
            claimed = driver._loop.store.claim(START + DAY, lambda turns: turns)
            driver._enrolment.read()
            jobs = [job for each in claimed if (job := driver._loop.fleet.job(each))]
            statements.clear()
            assert len(jobs) == count
            driver._loop.worker.work_all(jobs)
            asked[count] = len(statements)
    assert asked[40] <= asked[2]


def test_a_fault_of_ours_in_one_tenant_keeps_none_of_the_others_from_being_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reconciler import judged

    decide = judged.decide

    def broken(declaration: Any, *rest: Any) -> Any:
        if declaration.name == "t1":
            raise RuntimeError("a bug")
        return decide(declaration, *rest)

    monkeypatch.setattr(judged, "decide", broken)
    with LoopWorld(tmp_path, *fleet_of(4)) as world:
        driver = world.loop(Script(*at_rest(4)), once=True)
        driver.run()
        assert driver.sums().broke_off == 1
        assert world.kept("t1").row.reason == "PassFailed"
        assert {world.kept(f"t{number}").row.reason for number in (0, 2, 3)} == {"InSync"}
        assert any(
            say("loop.one-by-one", why="RuntimeError: a bug") == line for line in world.log.told("debug")
        )


def before_many_are_kept(driver: Driver, happens: Callable[[Any], None]) -> None:
    """Let something happen each time a loop is about to keep what it saw of many tenants together."""
    store = driver._loop.store
    keep_all = store.keep_all

    def keeping(left: Any, *rest: Any) -> Any:
        happens(left)
        return keep_all(left, *rest)

    store.keep_all = keeping  # type: ignore[method-assign]


def test_a_turn_that_another_loop_took_over_is_not_kept_and_the_others_are(
    tmp_path: Path, state: State
) -> None:
    with LoopWorld(tmp_path, *fleet_of(3), where=state.where) as world:
        driver = world.loop(Script(*at_rest(3)), once=True)

        def robbed(left: Any) -> None:
            with world.store._writable().writing() as connection:
                connection.exec_driver_sql("UPDATE turns SET fence = fence + 1 WHERE name = 't1'")

        before_many_are_kept(driver, robbed)
        driver._loop.store.begin()
        with driver._crew:
            driver._round()
        assert [name for (name,) in _asked(world, "SELECT name FROM kept ORDER BY name")] == ["t0", "t2"]
        assert driver._loop.story.sums["lost"] == 1
        assert driver._loop.story.sums["passes"] == 2


def test_what_can_not_be_kept_of_many_is_put_off_for_each_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LoopWorld(tmp_path, *fleet_of(3)) as world:
        driver = world.loop(Script(*at_rest(3)), once=True)

        def full(*_: Any) -> Any:
            raise StateUnreadable("the disk is full")

        monkeypatch.setattr(driver._loop.store, "keep_all", full)
        driver._loop.store.begin()
        with driver._crew:
            driver._round()
            monkeypatch.undo()
            driver._round()
        turns = _asked(world, "SELECT failures, claimed_by FROM turns")
        assert turns == [(1, None)] * 3


def test_calls_of_a_look_at_many_are_charged_to_the_budget_each_once(tmp_path: Path) -> None:
    with LoopWorld(tmp_path, *fleet_of(5)) as world:
        rate = Rate(600, MINUTE, 100)
        driver = world.loop(Script(*at_rest(5)), once=True, rates=(rate, None))
        driver.run()
        waits = driver._loop.store.budget_wait(world.service.now())
        # Five calls of 100 that may be made at once: the sixth would not have to wait, and the hundredth would.
        assert waits.total_seconds() == 0
        driver._loop.store.spend(96, world.service.now())
        assert driver._loop.store.budget_wait(world.service.now()) == 2 * rate.each


def test_a_batch_is_claimed_with_the_fence_of_each(tmp_path: Path, state: State) -> None:
    with LoopWorld(tmp_path, where=state.where) as world:
        store = world.loop(Script(), id="one")._loop.store
        store.begin()
        names = [f"t{number}" for number in range(4)]
        store.enrol(dict.fromkeys(names, "x"), lambda turn, name: turn or Turn(name, START), START)
        first: tuple[Claim, ...] = store.claim(START, lambda turns: turns)
        assert sorted(each.turn.name for each in first) == names
        store.give_back(first[:2])
        again = store.claim(START, lambda turns: turns)
        assert {each.turn.name for each in again} == {each.turn.name for each in first[:2]}
        assert {each.fence for each in again} == {first[0].fence + 1}


def test_a_service_that_can_not_be_read_is_unknown_for_each_of_many(tmp_path: Path) -> None:
    from reconciler.adapters.simulator.backend import Reader
    from reconciler.observe import TenantRef

    service = Commerce(tmp_path / "gone" / "simulator.db", catalogue())
    (tmp_path / "gone").write_text("a file where a folder should be")
    looks = Reader(service).observe_all([TenantRef("a", "a"), TenantRef("b", "b")])
    assert [(look.name, look.answered) for look in looks] == [("a", False), ("b", False)]


def test_a_tenant_that_the_store_refuses_keeps_none_of_the_others_from_being_kept(
    tmp_path: Path, state: State
) -> None:
    with LoopWorld(tmp_path, *fleet_of(4), where=state.where) as world:
        driver = world.loop(Script(*at_rest(4)), once=True)

        def refusing(left: Any) -> None:
            if "t2" in {claimed.turn.name for claimed, _ in left}:
                raise StateUnreadable("a name it can not spell")

        before_many_are_kept(driver, refusing)
        driver._loop.store.begin()
        with driver._crew:
            driver._round()
            driver._reap()
        assert sorted(name for (name,) in _asked(world, "SELECT name FROM kept")) == ["t0", "t1"]
        turns = {
            name: (count, by)
            for name, count, by in _asked(world, "SELECT name, failures, claimed_by FROM turns")
        }
        assert turns == {"t0": (0, None), "t1": (0, None), "t2": (1, None), "t3": (0, None)}


# those of whom nothing is known to be declared


def unread_by(folder: Path, at_once: int, faults: list[tuple[str, str]], unread: list[set[str]]) -> Any:
    """Two starts over a file that is broken, each time for other tenants; return what both leave."""
    folder.mkdir()
    documents = [document for _, document in files.load_live([EXAMPLES / "live"])]
    declared = files.load_tenants([EXAMPLES / "tenants"], catalogue()).declarations
    with LoopWorld(folder, *documents) as world, pytest.MonkeyPatch.context() as patch:
        patch.setattr(enrolment, "NOTED_AT_ONCE", at_once)
        world.chance = lambda: 0.5
        world.routes = usual_routes(("ops",))
        for tenant, kind in faults:
            world.service.fault(tenant, kind)
        # Some have had a pass, in which each stood in its own way, and some have none before their file breaks.
        world.loop(Script(*declared), until=5 * MINUTE).run()
        source = Script()
        for number, names in enumerate(unread):
            read = [each for each in declared if each.name not in names]
            source.declare(*read, problems=[broken()])
            world.loop(source, until=MINUTE, id=f"start-{number}", size=len(read) + 1).run()
        return left_by(world)


@settings(max_examples=4, deadline=None)
@given(
    st.lists(st.tuples(tenants, st.sampled_from(FAULTS)), max_size=4),
    st.lists(st.sets(tenants, min_size=1), min_size=2, max_size=2),
    st.integers(2, 50),
)
def test_many_unread_tenants_noted_at_once_stand_as_if_noted_one_by_one(
    tmp_path_factory: pytest.TempPathFactory,
    faults: list[tuple[str, str]],
    unread: list[set[str]],
    at_once: int,
) -> None:
    folder = tmp_path_factory.mktemp("both")
    one = unread_by(folder / "one", 1, faults, unread)
    many = unread_by(folder / "many", at_once, faults, unread)
    assert one == many
    assert any("FileBroken" in row for row in one["kept"])


def test_a_broken_file_of_a_whole_fleet_is_noted_in_a_few_transactions_each_a_sign_of_life(
    tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolment, "NOTED_AT_ONCE", 16)
    with LoopWorld(tmp_path, *fleet_of(40), where=state.where) as world:
        world.loop(Script(*at_rest(40)), once=True).run()
        source = Script()
        source.declare(declare("other"), problems=[broken()])
        driver = world.loop(source, id="again", size=2)
        store, turned = driver._loop.store, list[int]()
        begun = {"reading": 0, "writing": 0}
        database = store._database
        for kind in begun:
            transaction = getattr(database, kind)

            def counted(kind: str = kind, transaction: Any = transaction) -> Any:
                begun[kind] += 1
                return transaction()

            monkeypatch.setattr(database, kind, counted)
        note_all, turn = store.note_all, driver._loop.pulse.turned
        sizes: list[int] = []
        monkeypatch.setattr(store, "note_all", lambda made: (sizes.append(len(made)), note_all(made)))
        monkeypatch.setattr(driver._loop.pulse, "turned", lambda now: (turned.append(len(sizes)), turn(now)))
        store.begin()
        begun.update(reading=0, writing=0)
        driver._enrolment.read()
        assert sizes == [16, 16, 8]
        # The main loop came round after each, so that nobody takes it for one that hangs.
        assert turned == [1, 2, 3]
        assert sum(begun.values()) < 20
        assert {world.kept(f"t{number}").row.reason for number in range(40)} == {"FileBroken"}

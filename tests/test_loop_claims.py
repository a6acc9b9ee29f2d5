"""Turns and claims in the store: who has a turn, until when, and what is not lost while somebody has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from journals import intent
from loops import DAY, HOUR, LoopWorld, Script
from sqlalchemy import event
from states import State
from worlds import START, declare

from reconciler.adapters.store import LoopStore, Offer, offering, spending
from reconciler.adapters.store.claims import LASTS, Claim
from reconciler.adapters.store.leaving import Leaving
from reconciler.cli.loop import building
from reconciler.cli.loop.rivals import Rivals
from reconciler.cli.loop.tracing import untraced
from reconciler.drift.kinds import Confirming
from reconciler.errors import LeaseLost
from reconciler.fleet.budget import Rate
from reconciler.fleet.turns import Cause, Pace, Turn, in_order, together
from reconciler.limits import Limits
from reconciler.memory import Settled
from reconciler.messages import say
from reconciler.observe import Unknown
from reconciler.overview import Kept
from reconciler.readiness import Trouble, unseen
from reconciler.report.kept import broken_off


@pytest.fixture
def world(tmp_path: Path, state: State) -> Iterator[LoopWorld]:
    with LoopWorld(tmp_path, where=state.where) as there:
        yield there


@pytest.fixture
def here(tmp_path: Path) -> Iterator[LoopWorld]:
    """A world whose state is in a file of this machine."""
    with LoopWorld(tmp_path) as there:
        yield there


def later(world: LoopWorld, state: State, by: timedelta) -> None:
    def move(by: timedelta) -> None:
        world.machine += by

    state.later(by, move)


def store_of(world: LoopWorld, id_: str = "one", *names: str) -> LoopStore:
    store = world.loop(Script(), id=id_)._loop.store
    store.begin()
    declared = dict.fromkeys(names or ("fabrikam",), "as it was")
    store.enrol(declared, lambda turn, name: turn or Turn(name, START), START)
    return store


def one(store: LoopStore, at: datetime = START) -> Claim:
    (claimed,) = store.claim(at, lambda turns: turns)
    return claimed


def left(
    store: LoopStore,
    claimed: Claim,
    following: Turn,
    failed_on: str | None = None,
    calls: int = 0,
    at: datetime = START,
) -> Kept:
    """End a pass that saw nothing worth keeping."""
    made = broken_off(
        None,
        declare(claimed.turn.name),
        unseen(Trouble.BROKE_OFF, (), START, None),
        "the fleet",
        following,
        START,
    )
    return store.keep(claimed, Leaving(following, failed_on, lambda _: made, calls=calls), at)


def test_a_turn_is_one_loops_alone_until_it_is_ended(world: LoopWorld) -> None:
    first, second = store_of(world), store_of(world, "two")
    claimed = one(first)
    assert second.claim(START + HOUR, lambda turns: turns) == ()
    left(first, claimed, Turn("fabrikam", START + HOUR))
    assert second.claim(START, lambda turns: turns) == ()
    assert one(second, START + HOUR).fence == claimed.fence + 1


def test_a_claim_lasts_as_long_as_its_loop_gives_signs_of_life(world: LoopWorld, state: State) -> None:
    first, second = store_of(world), store_of(world, "two")
    claimed = one(first)
    for _ in range(4):
        later(world, state, LASTS - timedelta(seconds=5))
        first.beat("running", "closed", 0, [claimed])
        assert second.claim(START, lambda turns: turns) == ()
    later(world, state, LASTS)
    assert one(second).turn.name == "fabrikam"
    with pytest.raises(LeaseLost):
        left(first, claimed, Turn("fabrikam", START + HOUR))


def test_a_claim_of_a_clock_that_ran_elsewhere_holds_nobody_up(here: LoopWorld) -> None:
    first, second = store_of(here), store_of(here, "two")
    here.machine += timedelta(days=365)
    one(first)
    here.machine -= timedelta(days=365)
    assert one(second).turn.name == "fabrikam"


def test_the_turns_of_a_loop_that_died_are_free_at_once(here: LoopWorld) -> None:
    first, second = store_of(here), store_of(here, "two")
    one(first)
    assert second.free_the_dead() == 0
    first.let_go()
    assert second.free_the_dead() == 1
    assert one(second).turn.name == "fabrikam"


def dies(store: LoopStore, world: LoopWorld, state: State) -> None:
    """The process of this loop is no more, and another one has seen it."""
    store.let_go()
    later(world, state, LASTS + timedelta(seconds=1))


def test_a_turn_that_was_left_is_taken_up_once_at_once_and_then_later_and_later(
    world: LoopWorld, state: State
) -> None:
    now, waits, lost = START, [], []
    for number in range(5):
        loop = store_of(world, f"loop-{number}")
        loop.free_the_dead()
        due = loop.next_due()
        assert due is not None
        waits.append(max(due, now) - now)
        now = max(due, now)
        lost.append(one(loop, now))
        dies(loop, world, state)
    minute = timedelta(minutes=1)
    # What the first one died of might be anything.
    assert waits == [timedelta(0), timedelta(0), minute, 2 * minute, 4 * minute]
    last = store_of(world, "last")
    last.free_the_dead()
    with pytest.raises(LeaseLost):
        left(last, lost[-1], Turn("fabrikam", START))
    claimed = one(last, now + HOUR)
    assert claimed.turn.failures == 5
    left(last, claimed, Turn("fabrikam", START + HOUR))
    assert one(last, START + HOUR).turn == Turn("fabrikam", START + HOUR)


def first_of(turns: Sequence[Turn], now: datetime) -> tuple[Turn, ...]:
    """What a loop looks at together."""
    return together(in_order(turns, now, Pace()), 50)


def test_what_kills_who_looks_at_it_takes_nobody_elses_turn_for_long(world: LoopWorld, state: State) -> None:
    names = [f"t{number}" for number in range(6)]
    poison, now, looked, deaths = "t2", START, set(), 0
    loop = store_of(world, "loop-0", *names)
    for _ in range(40):
        claimed = loop.claim(now, partial(first_of, now=now))
        if not claimed:
            now = max(loop.next_due() or now, now)
        elif poison in {each.turn.name for each in claimed}:
            deaths += 1
            dies(loop, world, state)
            loop = store_of(world, f"loop-{deaths}", *names)
            loop.free_the_dead()
        for each in claimed if poison not in {each.turn.name for each in claimed} else ():
            left(loop, each, Turn(each.turn.name, now + 4 * HOUR))
            looked.add(each.turn.name)
        if now >= START + 2 * HOUR:
            break
    assert looked == {*names} - {poison}
    # With all of them, alone at once, and then after 1, 2, 4, 8, 16 and 32 minutes; the next one is an hour later.
    assert deaths == 8


def test_the_turns_of_a_loop_that_fell_silent_on_another_machine_are_free_when_they_run_out(
    tmp_path: Path, server: State
) -> None:
    with LoopWorld(tmp_path, where=server.where) as world:
        first, second = store_of(world), store_of(world, "two")
        claimed = one(first)
        assert second.free_the_dead() == 0
        later(world, server, LASTS + timedelta(seconds=1))
        second.beat("running", "closed", 0, ())
        assert second.free_the_dead() == 1
        assert server.ask("SELECT id, state FROM loops ORDER BY id") == [("one", "died"), ("two", "running")]
        # Nobody has taken the turn yet; who wakes up now has lost it all the same.
        with pytest.raises(LeaseLost):
            left(first, claimed, Turn("fabrikam", START + HOUR))
        assert one(second).fence == claimed.fence + 1


def test_a_new_commit_that_comes_while_a_pass_runs_is_not_lost_and_does_not_end_it(world: LoopWorld) -> None:
    store = store_of(world)
    claimed = one(store)
    news = store.enrol({"fabrikam": "as it is now"}, lambda turn, name: turn or Turn(name, START), START)
    assert news.news == {"fabrikam"}
    left(store, claimed, Turn("fabrikam", START + HOUR), "what failed before the commit")
    again = one(store)
    assert (again.turn.cause, again.failed_on) == (Cause.COMMIT, None)


def test_a_person_who_asks_while_a_pass_runs_is_answered_by_the_next_one(world: LoopWorld) -> None:
    store = store_of(world)
    claimed = one(store)
    request = world.store.ask("fabrikam", "ola")
    assert store.take_asks(START) == 1
    left(store, claimed, Turn("fabrikam", START + HOUR))
    assert world.store.answer_to(request) is None
    again = one(store)
    assert (again.turn.cause, again.asks) == (Cause.ASKED, (request,))
    left(store, again, Turn("fabrikam", START + HOUR))
    assert world.store.answer_to(request) is not None


def test_one_commit_is_news_once_however_many_loops_read_it(world: LoopWorld) -> None:
    first, second = store_of(world), store_of(world, "two")
    make = lambda turn, name: turn or Turn(name, START)  # noqa: E731
    assert first.enrol({"fabrikam": "other"}, make, START).news == {"fabrikam"}
    assert second.enrol({"fabrikam": "other"}, make, START).news == frozenset()


def test_what_a_failed_write_was_based_on_stays_over_starts_and_goes_with_a_commit(world: LoopWorld) -> None:
    store = store_of(world)
    left(store, one(store), Turn("fabrikam", START), "the facts it failed on")
    store = store_of(world, "two")
    claimed = one(store)
    assert claimed.failed_on == "the facts it failed on"
    left(store, claimed, Turn("fabrikam", START), claimed.failed_on)
    store.enrol({"fabrikam": "other"}, lambda turn, name: turn or Turn(name, START), START)
    assert one(store).failed_on is None


def test_who_is_no_longer_declared_has_no_turn(world: LoopWorld) -> None:
    store = store_of(world, "one", "fabrikam", "contoso")
    store.enrol({"fabrikam": "as it was"}, lambda turn, name: turn or Turn(name, START), START)
    assert {c.turn.name for c in store.claim(START, lambda turns: turns)} == {"fabrikam"}


def test_who_has_waited_longest_is_looked_at_however_many_are_more_urgent(world: LoopWorld) -> None:
    names = [f"tenant-{n}" for n in range(1200)]
    store = world.loop(Script())._loop.store
    store.begin()
    store.enrol(
        dict.fromkeys(names, "x"), lambda turn, name: turn or Turn(name, START, Cause.UNDER_WAY), START
    )
    old = Turn("old", START - 10 * HOUR)
    store.enrol(dict.fromkeys([*names, "old"], "x"), lambda turn, name: turn or old, START)
    seen: list[Turn] = []
    store.claim(START, lambda turns: [*seen, *turns][:0] if not seen.extend(turns) else ())
    assert old in seen


def test_a_commit_about_everybody_costs_as_many_statements_as_one_about_a_few(world: LoopWorld) -> None:
    """Whoever writes waits for it, and gives up after half a minute."""

    def stay(turn: Turn | None, name: str) -> Turn:
        return turn or Turn(name, START)

    asked: dict[int, list[int]] = {}
    for count in (3, 600):
        names = [f"t{number:03}" for number in range(count)]
        store, statements = store_of(world, f"of {count}", *names), list[str]()
        engine = store._database._engine  # type: ignore[attr-defined]

        def heard(*args: Any, into: list[str] = statements) -> None:
            into.append(args[2])

        event.listen(engine, "before_cursor_execute", heard)
        new = dict.fromkeys(names, "new")
        steps: tuple[Callable[[], object], ...] = (
            partial(store.enrol, new, stay, START),
            partial(store.enrol, new, lambda turn, name: Turn(name, START + HOUR), START),
            partial(store.hasten, dict.fromkeys(names, Cause.UNDER_WAY), START),
            partial(store.enrol, {"one": "x"}, stay, START),
        )
        for step in steps:
            statements.clear()
            step()
            asked.setdefault(count, []).append(len(statements))
        event.remove(engine, "before_cursor_execute", heard)
    assert asked[600] == asked[3]


def test_what_a_tenant_leaves_that_is_gone_is_forgotten_once_nothing_hangs_on_it(
    world: LoopWorld, state: State
) -> None:
    each = Rate(60, HOUR, 10)
    store = world.loop(Script(), id="one", rates=(None, each))._loop.store
    store.begin()
    both, make = ("contoso", "fabrikam"), lambda turn, name: turn or Turn(name, START)
    store.enrol(dict.fromkeys(both, "x"), make, START)
    carrier = SimpleNamespace(room=lambda connection, least: 10, send=lambda connection, offers: None)
    offer = partial(
        world.store.offers("the fleet").offer,
        START,
        10,
        lambda turns, room: [Offer((turn.name,), 1) for turn in turns],
    )
    assert offer(carrier) == 2
    for claimed in store.claim(START, lambda turns: turns):
        left(store, claimed, Turn(claimed.turn.name, START), calls=30)
    with world.store._writable().writing() as connection:
        for stranger in ("tenant the fleets t1", "backend simulator"):
            spending.spend(connection, stranger, START, each, 1)
    store.enrol({"contoso": "x"}, make, START)

    def rows(column: str, table: str) -> list[str]:
        return sorted(text for (text,) in state.ask(f"SELECT {column} FROM {table}"))

    budgets = [f"tenant the fleet {name}" for name in both]
    # The offer may be on its way still, and the budget is one of a tenant that comes back, perhaps.
    store.note_sample(START)
    assert rows("name", "offers") == [*both]
    assert set(rows("key", "buckets")) > {*budgets}
    later(world, state, offering.LASTS)
    store.note_sample(START + HOUR)
    assert rows("name", "offers") == []
    assert set(rows("key", "buckets")) > {*budgets}
    for claimed in store.claim(START + 23 * HOUR, lambda turns: turns):
        left(store, claimed, Turn(claimed.turn.name, START + DAY), calls=30, at=START + 23 * HOUR)
    store.note_sample(START + 25 * HOUR)
    assert budgets[0] in rows("key", "buckets")
    assert budgets[1] not in rows("key", "buckets")
    assert {"tenant the fleets t1", "backend simulator"} <= set(rows("key", "buckets"))


def test_a_mark_of_a_clock_that_ran_elsewhere_is_forgotten_as_well(world: LoopWorld, state: State) -> None:
    store = store_of(world)
    left(store, one(store), Turn("fabrikam", START + HOUR))
    far = (datetime.now(UTC) + timedelta(days=365)).isoformat(timespec="microseconds")
    state.ask(f"INSERT INTO offers (fleet, name, until) VALUES ('the fleet', 'fabrikam', '{far}')")
    store.note_sample(START)
    assert state.ask("SELECT name FROM offers") == []


def means_of(
    world: LoopWorld, store: LoopStore, kept: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """What gives each pass of a loop as it is built its means, over a store of such methods."""
    monkeypatch.setattr(building, "build_writer", lambda opened: SimpleNamespace())
    config = SimpleNamespace(limits=Limits(), confirming=Confirming())
    opened = SimpleNamespace(eyes=SimpleNamespace(), asked=lambda: 0, witness=None)
    setting, story = SimpleNamespace(config=config, catalogue=None), world.loop(Script())._loop.story
    words: tuple[Any, ...] = (setting, kept, store, opened, Rivals(), story, lambda: False, True, untraced)
    return building.build_means(*words)


def test_a_loop_as_it_is_built_logs_why_nobody_tells_what_was_spent(
    world: LoopWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(world)
    unread = Unknown("no such column")
    means = means_of(
        world, store, SimpleNamespace(spent_since=lambda _: unread, note_drift=None), monkeypatch
    )
    here, _ = means(one(store))
    assert (here.spent(), here.spent()) == (unread, unread)
    assert [event for level, event, _ in world.log.lines if level == "error"] == [
        say("loop.store-failed", why="no such column")
    ]


def test_a_loop_as_it_is_built_asks_for_its_claim_before_each_word_of_the_journal(
    world: LoopWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(world)
    claimed = one(store)
    guards: list[Any] = []
    kept = SimpleNamespace(lease=lambda keys, holder, **how: guards.append(how["guard"]), note_drift=None)
    means = means_of(world, store, kept, monkeypatch)
    ports = means(claimed)[0].ports
    assert ports is not None
    ports.leases(("fabrikam",))
    with world.store._writable().writing() as connection:
        guards[0](connection)
    store.give_back([claimed])
    with world.store._writable().writing() as connection, pytest.raises(LeaseLost):
        guards[0](connection)


def test_each_word_of_a_journal_asks_for_the_claim_and_without_it_nothing_is_written(
    world: LoopWorld,
) -> None:
    store = store_of(world)
    claimed = one(store)
    lease = partial(world.store.lease, ("fabrikam",), "a test", sleep=lambda seconds: None)
    with lease(guard=store.guard(claimed)) as journal:
        kept = journal.intend(intent("i-1"))
        store.give_back([claimed])
        assert one(store).fence == claimed.fence + 1
        words: tuple[Callable[[], object], ...] = (
            partial(journal.sent, kept, START),
            partial(journal.settle, kept, Settled.DONE, "seen", seen=True),
            partial(journal.looked, kept),
            partial(journal.bind, "main", "sub-1"),
        )
        for word in words:
            with pytest.raises(LeaseLost):
                word()
        (left_open,) = journal.memory().unsettled  # type: ignore[misc]
        assert left_open == kept

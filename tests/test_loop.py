"""The running loop: what it does, how often it looks, who may stop it, and what it leaves to the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from loops import DAY, HOUR, MINUTE, LoopWorld, Script, broken
from scenes import E3, SBP
from worlds import declare, live, sub, want

from reconciler.adapters.store import claims
from reconciler.errors import LeaseLost
from reconciler.fleet.budget import Rate
from reconciler.fleet.turns import Pace, Turn
from reconciler.overview import Query, State
from reconciler.source import Trouble


@pytest.fixture
def world(tmp_path: Path):
    with LoopWorld(tmp_path, live("fabrikam"), live("contoso", sub(id="c-1"))) as there:
        yield there


def both(**changes: object):
    return declare("fabrikam", **changes), declare("contoso", **changes)


def many(tmp_path: Path, count: int) -> tuple[LoopWorld, Script]:
    """A fleet where everything is as declared."""
    names = [f"tenant-{n}" for n in range(count)]
    states = (
        live(name, sub(id=f"{name}-1", plan=SBP, licenses=22), tenantId=f"00000000-0000-4000-8000-{n:012d}")
        for n, name in enumerate(names)
    )
    return LoopWorld(tmp_path, *states), Script(*(declare(name) for name in names))


# What it does


def test_a_fleet_is_brought_to_what_is_declared_and_left_alone(world):
    world.loop(Script(*both())).run()
    assert world.standing("fabrikam") == world.standing("contoso") == [(SBP, 22)]
    assert [c["operation"] for c in world.taken()] == ["order_switch"] * 2
    world.loop(Script(*both()), until=6 * HOUR, id="again").run()
    assert len(world.taken()) == 2
    assert world.kept("fabrikam").row.state is State.READY


def test_without_write_nothing_is_written_and_everything_is_told(world):
    world.loop(Script(*both()), write=False).run()
    assert world.asked() == []
    row = world.kept("fabrikam").row
    assert (row.state, row.reason, row.licenses, row.live) == (State.PENDING, "ReportOnly", 22, 20)


def test_one_round_gives_everybody_a_turn_and_goes_on_with_what_can_be_done_now(tmp_path):
    subs = [sub(id=f"s{n}", plan=plan, licenses=10, assigned=1) for n, plan in enumerate((SBP, E3))]
    with LoopWorld(tmp_path, live("fabrikam", *subs), live("contoso", sub(id="c"))) as world:
        wishes = declare("fabrikam", want("a", SBP, 12), want("b", E3, 12)), declare("contoso")
        world.loop(Script(*wishes), once=True).run()
        assert sorted(world.standing("fabrikam")) == sorted([(SBP, 12), (E3, 12)])
        assert world.kept("contoso").row.reason == "SwitchRunning"
        again = world.loop(Script(*wishes), once=True, id="again")
        again.run()
        assert again.sums().passes == 2
        assert len(world.taken()) == 3


def test_a_running_switch_is_looked_at_each_minute_and_a_quiet_tenant_each_interval(tmp_path):
    with LoopWorld(tmp_path, live("fabrikam"), live("quiet", sub(id="q", plan=SBP, licenses=22))) as world:
        world.service.fault("fabrikam", "switch-hangs")
        world.loop(Script(declare("fabrikam"), declare("quiet")), until=timedelta(minutes=50)).run()
        assert world.reads("fabrikam") > 80
        assert world.reads("quiet") in (4, 5)


def test_a_fleet_of_hundreds_is_spread_over_its_interval(tmp_path):
    world, source = many(tmp_path, 60)
    with world:
        world.loop(source, until=timedelta(seconds=6), pace=Pace()).run()
        assert 20 < world.reads() < 45
        world.loop(source, until=HOUR, id="again").run()
        assert 4 * 60 <= world.reads() <= 6 * 60


# Asked by people


def test_a_person_who_asks_is_answered_by_that_very_pass(world):
    source = Script(*both())
    world.loop(source, write=False).run()
    request = world.store.ask("fabrikam", "ola")
    assert world.store.answer_to(request) is None
    world.loop(source, until=timedelta(seconds=1), id="again").run()
    answer = world.store.answer_to(request)
    assert (answer["state"], answer["reason"]) == ("reconciling", "SwitchRunning")
    assert len(world.taken()) == 1


def test_a_request_stays_until_a_loop_has_the_tenant(world):
    request = world.store.ask("nobody", "ola")
    world.loop(Script(*both())).run()
    assert world.store.answer_to(request) is None
    assert world.store.known_to_loops(world.machine) == frozenset()


def test_a_failed_write_is_made_again_when_a_person_asks_and_not_by_a_new_start(world):
    source = Script(declare("fabrikam"))
    world.service.fault("fabrikam", "lost-before")
    world.loop(source, until=4 * HOUR).run()
    assert world.kept("fabrikam").row.reason == "WriteFailed"
    world.loop(source, until=4 * HOUR, id="again").run()
    assert len([c for c in world.asked() if c["operation"] == "order_switch"]) == 1
    world.store.ask("fabrikam", "ola")
    world.loop(source, until=HOUR, id="third").run()
    assert world.standing("fabrikam") == [(SBP, 22)]


def test_a_failed_write_is_made_again_when_the_file_changes(world):
    source = Script(declare("fabrikam"))
    world.service.fault("fabrikam", "lost-before")
    world.loop(source, until=HOUR).run()
    source.declare(declare("fabrikam", want("main", SBP, 23)))
    world.loop(source, until=HOUR, id="again").run()
    assert world.standing("fabrikam") == [(SBP, 23)]


# Sources


def test_a_new_commit_is_taken_at_once_and_only_by_whom_it_changes(world):
    source = Script(*both())
    pace = replace(Pace(), interval=6 * HOUR)
    world.loop(source, until=2 * HOUR, pace=pace).run()
    before = world.reads("contoso")
    source.declare(declare("fabrikam", want("main", SBP, 24)), declare("contoso"))
    world.loop(source, until=3 * MINUTE, pace=pace, id="again").run()
    assert world.standing("fabrikam") == [(SBP, 24)]
    assert world.reads("contoso") == before
    assert world.kept("fabrikam").row.commit == "commit-2"


def test_a_broken_file_leaves_its_tenant_unwritten_and_the_others_go_on(world):
    source = Script(*both())
    world.loop(source, write=False).run()
    source.declare(declare("contoso"), problems=[broken("fabrikam.yaml")])
    driver = world.loop(source, id="again")
    driver.run()
    assert world.standing("contoso") == [(SBP, 22)]
    assert "fabrikam" not in {c["tenant"] for c in world.asked()}
    assert driver.sums().problem.startswith("fabrikam.yaml")


def test_a_broken_commit_in_a_running_loop_keeps_the_last_good_declaration_and_says_so(world):
    source = Script(*both())
    looked = []

    def breaks() -> bool:
        if world.kept("contoso").row.state is State.READY and not looked:
            looked.append(world.service.now())
            source.declare(declare("contoso"), problems=[broken("fabrikam.yaml")])
        return False

    world.service.fault("fabrikam", "throttle", seconds=3600, on="order_switch")
    driver = world.loop(source, until=2 * HOUR)
    world.loop(source, write=False, once=True, id="first").run()
    world.loop(source, until=2 * HOUR, stop=breaks).run()
    assert looked
    assert world.kept("fabrikam").row.reason == "FileBroken"
    assert world.standing("fabrikam") == [("office-365-small-business", 20)]
    assert driver is not None


def test_an_empty_or_much_smaller_fleet_stops_everything_until_somebody_says_its_size(tmp_path):
    names = ["a", "b", "c", "d", "e"]
    with LoopWorld(tmp_path, *(live(n, sub(id=f"{n}-1")) for n in names)) as world:
        source = Script(*(declare(n) for n in names))
        world.loop(source, write=False).run()
        source.declare(declare("a"))
        world.loop(source, id="again").run()
        assert world.asked() == []
        assert world.kept("a").row.reason == "FleetStopped"
        assert world.kept("e").row.reason == "ReportOnly", "what was known of the others is not forgotten"
        world.loop(source, id="third", size=1).run()
        assert world.standing("a") == [(SBP, 22)]


def test_a_source_that_can_not_be_read_leaves_what_was_read_before(world):
    source = Script(*both())
    world.service.fault("fabrikam", "throttle", seconds=600, on="order_switch")
    unreachable = Trouble("GitUnreachable", "The repository can not be reached.")

    def cut() -> bool:
        source.trouble = unreachable if source.looks else None
        return False

    world.loop(source, stop=cut).run()
    assert world.standing("fabrikam") == [(SBP, 22)]
    (told,) = world.store.showing(None, Pace()).sources()
    assert (told.reason, told.commit) == ("GitUnreachable", "commit-1")


def test_a_source_that_never_could_be_read_writes_nothing(world):
    source = Script(*both())
    source.trouble = Trouble("GitUnreachable", "The repository can not be reached.")
    driver = world.loop(source)
    driver.run()
    assert (world.asked(), driver.sums().unread) == ([], True)
    assert driver.sums().went_wrong


def test_what_is_no_longer_declared_is_let_go_of(world):
    source = Script(*both())
    world.loop(source).run()
    source.declare(declare("fabrikam"))
    world.loop(source, id="again").run()
    rows = world.store.showing(None, Pace()).overview(Query()).rows
    assert [row.name for row in rows] == ["fabrikam"]
    assert world.standing("contoso") == [(SBP, 22)]


def test_two_files_for_one_live_tenant_are_found_and_neither_is_written(world):
    guid = live("fabrikam")["spec"]["tenantId"]
    twice = declare("again", want("main", E3, 40), tenant=guid)
    world.loop(Script(declare("fabrikam"), twice), until=4 * HOUR).run()
    assert world.asked() == []
    assert {world.kept(name).row.reason for name in ("fabrikam", "again")} == {"DeclaredTwice"}


# Backends


def test_a_backend_that_is_down_for_a_day_is_asked_little_and_found_again(tmp_path):
    world, source = many(tmp_path, 8)
    with world:
        for n in range(8):
            world.service.fault(f"tenant-{n}", "error", times=None, on="read")
        world.loop(source, until=DAY).run()
        # 96 rounds of 8 would be 768 looks.
        assert world.reads() < 400
        assert world.kept("tenant-3").row.state is State.UNKNOWN
        world.service.clear_faults()
        world.loop(source, until=2 * HOUR, id="again").run()
        assert {world.kept(f"tenant-{n}").row.state for n in range(8)} == {State.READY}
        assert "the backend does not answer" in " ".join(world.log.told("warning"))


def test_the_budgets_of_backend_and_tenant_are_kept(tmp_path):
    world, source = many(tmp_path, 10)
    with world:
        world.service.fault("tenant-0", "throttle", times=None, seconds=1, on="read")
        rates = Rate(60, HOUR, 5), Rate(12, HOUR, 3)
        world.loop(source, until=3 * HOUR, pace=Pace(interval=MINUTE), rates=rates).run()
        assert world.reads() <= 3 * 60 + 5 + 1
        assert max(world.reads(f"tenant-{n}") for n in range(10)) <= 3 * 12 + 3 + 1
        assert min(world.reads(f"tenant-{n}") for n in range(10)) > 5


# Sharing, and losing


def test_a_claim_that_was_taken_over_writes_nothing_more(world):
    source = Script(declare("fabrikam"))
    other = world.loop(source, id="other", write=False)._loop.store

    def taken_over(backend):
        class Late:
            """The turn is taken over between the look and the write, as if this loop had been frozen meanwhile."""

            def switch(self, order):
                raise AssertionError("it was sent")

        world.machine += timedelta(minutes=5)
        claimed = other.claim(world.service.now(), lambda turns: turns)
        assert [c.turn.name for c in claimed] == ["fabrikam"]
        return Late()

    world.loop(source, around=taken_over, until=timedelta(seconds=1)).run()
    assert world.asked() == []
    assert any("another loop has taken" in line for line in world.log.told("warning"))


def test_two_loops_share_a_fleet_and_nobody_is_looked_at_twice(tmp_path):
    world, source = many(tmp_path, 12)
    with world:
        first, second = (world.loop(source, write=False, id=id_)._loop.store for id_ in ("one", "two"))
        first.begin()
        second.begin()
        world.loop(source, write=False, once=True, id="zero").run()
        due = world.service.now() + HOUR
        mine = first.claim(due, lambda turns: turns[:7])
        others = second.claim(due, lambda turns: turns)
        assert not {c.turn.name for c in mine} & {c.turn.name for c in others}
        assert len(mine) + len(others) == 12
        first.let_go()
        assert second.free_the_dead() == 7
        with pytest.raises(LeaseLost):
            first.keep(mine[0], None, due)


def test_a_loop_that_is_told_to_stop_begins_nothing_more(world):
    source = Script(*both())
    stops = iter([False, False, False, True])
    driver = world.loop(source, stop=lambda: next(stops, True))
    driver.run()
    assert driver.sums().passes <= 1
    (told,) = world.store.showing(None, Pace()).loops()
    assert told.state == "ended"


def test_a_fault_of_ours_in_one_tenant_is_that_tenants_own(world):
    class Bug:
        def switch(self, order):
            if order.ref.name == "fabrikam":
                raise KeyError("a bug")
            return self.backend.switch(order)

        def __init__(self, backend):
            self.backend = backend

    request = world.store.ask("fabrikam", "ola")
    driver = world.loop(Script(*both()), around=Bug)
    driver.run()
    answer = world.store.answer_to(request)
    assert (answer["failed"], answer["reason"]) == (True, "PassFailed")
    assert world.standing("contoso") == [(SBP, 22)]
    assert driver.sums().broke_off > 0
    assert world.kept("fabrikam").row.state is State.UNKNOWN
    assert any("KeyError" in line for line in world.log.told("error"))


# Memory


def test_a_tenant_keeps_its_last_twenty_distinct_outcomes(world):
    source = Script(declare("fabrikam"))
    for n in range(30):
        source.declare(declare("fabrikam", want("main", SBP, 22 + n)))
        world.loop(source, write=False, once=True, id=f"loop-{n}").run()
    past = world.store.showing(None, Pace()).past("fabrikam", 100)
    assert len(past) == 20
    assert past[0].commit == "commit-31"


def test_the_chart_has_a_point_now_and_then_and_none_older_than_is_shown(world):
    source = Script(*both())
    world.loop(source, until=40 * DAY, pace=Pace(interval=12 * HOUR), every=12 * HOUR).run()
    points = world.store.showing(None, Pace()).samples(world.service.now() - 100 * DAY)
    assert 60 < len(points) < 35 * 24 * 6 + 2
    assert points[0].at > world.service.now() - 36 * DAY
    assert points[-1].counts[State.READY] == 2


def test_what_somebody_lowered_and_the_loop_buys_back_is_told_afterwards(world):
    source = Script(declare("contoso"))
    world.loop(source).run()
    (id_,) = [s["id"] for s in world.service.document("contoso")["spec"]["subscriptions"]]
    world.service.set(f"contoso.{id_}.licenses", 20)
    world.loop(source, until=2 * HOUR, id="again").run()
    assert world.standing("contoso") == [(SBP, 22)]
    (told,) = world.kept("contoso").document["drift"]["gone"]
    assert (told["before"], told["live"], told["bought_back"]) == (22, 20, True)
    examination = world.store.verify()
    assert examination is not None
    assert examination.sound, examination


def test_after_a_start_with_a_broken_file_its_tenant_is_still_there_and_shown_as_held(world):
    world.loop(Script(*both())).run()
    source = Script(declare("contoso"))
    source.declare(declare("contoso"), problems=[broken("fabrikam.yaml")])
    again = world.loop(source, until=2 * HOUR, id="again", size=1)
    again.run()
    row = world.kept("fabrikam").row
    assert (row.state, row.reason, row.live) == (State.STALLED, "FileBroken", 22)
    once = world.loop(source, once=True, id="third", size=1)
    once.run()
    assert once.sums().passes == 1
    source.declare(*both())
    world.loop(source, until=HOUR, id="fourth").run()
    assert world.kept("fabrikam").row.state is State.READY


# What months of deaths have shown


def two_loops(world: LoopWorld, source: Script):
    first, second = (world.loop(source, write=False, id=id_)._loop.store for id_ in ("one", "two"))
    first.begin()
    second.begin()
    world.loop(source, write=False, once=True, id="zero").run()
    return first, second


@pytest.mark.parametrize("writes", [True, False])
def test_a_loop_that_starts_beside_one_of_another_mind_says_so_and_names_it(tmp_path, state, writes):
    with LoopWorld(tmp_path, where=state.where) as world:
        there = world.loop(Script(), write=not writes, id="there")._loop.store
        there.begin()
        world.loop(Script(), write=writes, id="alike", once=True).run()
        (told,) = world.log.told("warning")
        assert "a test, there" in told
        assert ("and this one writes" in told) is writes
        # Over another fleet, or as soon as one of them is gone, there is nothing to be said.
        other = Script()
        other.name = "another fleet"
        world.loop(other, write=writes, id="elsewhere", once=True).run()
        there.end(0)
        world.loop(Script(), write=writes, id="later", once=True).run()
        assert world.log.told("warning") == [told]


def test_nobody_is_warned_of_a_loop_that_died_for_longer_than_its_claims_last(tmp_path, state):
    with LoopWorld(tmp_path, where=state.where) as world:
        there = world.loop(Script(), write=False, id="there")._loop.store
        there.begin()

        def move(by):
            world.machine += by

        state.later(2 * MINUTE, move)
        world.loop(Script(), id="later", once=True).run()
        assert world.log.told("warning") == []


def test_a_claim_whose_pass_is_over_is_not_renewed_for_as_long_as_its_loop_lives(world):
    first, second = two_loops(world, Script(*both()))
    due = world.service.now() + HOUR
    under_way, _ = first.claim(due, lambda turns: sorted(turns, key=lambda turn: turn.name))
    for _ in range(3):
        world.machine += timedelta(seconds=40)
        first.beat("running", "closed", 0, [under_way])
    assert [c.turn.name for c in second.claim(due, lambda turns: turns)] == ["fabrikam"]


@pytest.mark.parametrize("asked", [False, True])
def test_a_commit_that_comes_during_the_pass_of_another_has_a_turn_of_its_own(world, asked):
    ours, _ = two_loops(world, Script(declare("fabrikam")))
    now, later = world.service.now(), world.service.now() + 6 * HOUR

    def declared_as(version: str) -> None:
        ours.enrol({"fabrikam": version}, lambda turn, name: turn, now)

    declared_as("two")
    if asked:
        world.store.ask("fabrikam", "ola")
        ours.take_asks(now)
    (claimed,) = ours.claim(now, lambda turns: turns)
    declared_as("three")
    with world.store._readable().writing() as connection:
        claims.end(connection, claimed, Turn("fabrikam", later), None)
    assert ours.next_due() <= now


def test_a_loop_that_is_behind_reads_the_source_before_it_makes_a_pass(world):
    source, every = Script(declare("fabrikam")), 6 * HOUR
    world.loop(source, write=False, once=True, id="zero").run()
    told = []

    def another_reads() -> bool:
        """Another loop reads a new commit at once; this one would not for hours."""
        if not told and world.kept("fabrikam").row.state is State.RECONCILING:
            told.append(True)
            source.declare(declare("fabrikam", want("main", SBP, 23)))
            world.loop(source, id="other", every=every)._enrolment.read()
        return False

    pace = Pace(interval=6 * HOUR)
    world.loop(source, pace=pace, until=HOUR, every=every, stop=another_reads).run()
    assert told
    assert world.standing("fabrikam") == [(SBP, 23)]


def test_a_turn_that_another_loop_took_away_is_given_back_by_the_next_reading(world):
    source = Script(*both())
    taken_away = []

    def shorter() -> bool:
        if not taken_away and world.reads("fabrikam"):
            taken_away.append(world.reads("fabrikam"))
            world.loop(Script(declare("contoso")), id="other")._enrolment.read()
        return False

    world.loop(source, write=False, until=3 * HOUR, stop=shorter).run()
    assert world.reads("fabrikam") > taken_away[0]
    assert world.kept("fabrikam").row.observed_at > world.service.now() - HOUR


def test_a_loop_leaves_no_lock_behind_and_takes_away_those_of_the_dead(world):
    locks = world.store._readable().place.locks
    killed = world.loop(Script(*both()), write=False, id="killed")._loop.store
    killed.begin()
    assert (locks / "loop-killed.lock").exists()
    killed.let_go()
    world.loop(Script(*both()), write=False, id="next").run()
    assert list(locks.glob("loop-*.lock")) == []
    states = {loop.id: loop.state for loop in world.store.showing(None, Pace()).loops()}
    assert states == {"killed": "died", "next": "ended"}


def test_a_loop_that_can_not_read_its_source_orders_nothing_that_another_has_read_was_taken_back(world):
    """They share a state; the one was cut off from the host before the commit that took an order back."""
    old = Script(declare("fabrikam", want("main", SBP, 40)), declare("contoso"))
    cut_off = world.loop(old, id="cut off", every=MINUTE)
    cut_off._loop.store.begin()
    cut_off._enrolment.read()
    old.trouble = Trouble("HostSilent", "the host does not answer")
    world.loop(Script(declare("fabrikam", want("main", SBP, 20))), id="other")._enrolment.read()
    with cut_off._crew:
        for _ in range(6):
            cut_off._round()
            world.service.advance(MINUTE)
    assert world.asked() == []
    assert world.reads("fabrikam") == 0
    old.trouble = None
    old.declare(declare("fabrikam", want("main", SBP, 23)))
    cut_off._enrolment.read()
    with cut_off._crew:
        cut_off._round()
    assert [call["after"]["licenses"] for call in world.taken()] == [23]

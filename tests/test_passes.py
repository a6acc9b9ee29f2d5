"""One pass of the loop over one tenant: what it does, how it ends, and when it keeps its hands off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from scenes import E3, SBP, catalogue
from worlds import START, World, declare, live, seen, sub, want

from reconciler.act import Ending
from reconciler.fleet.turns import End
from reconciler.limits import Limits
from reconciler.messages import SENTENCES
from reconciler.model import Declaration
from reconciler.observe import Observation, TenantRef
from reconciler.passes import Means, Pass, Task, take, told
from reconciler.readiness import Trouble, Type
from reconciler.status import Holds

SMALL_UP = want("main", SBP, 22)


@dataclass(frozen=True)
class Fixed:
    """An observer that shows the same at every look."""

    observation: Observation

    def observe(self, ref: TenantRef) -> Observation:
        return self.observation


class Loop:
    """Passes over one tenant in one world, each with what the last one left."""

    def __init__(self, world: World, declaration: Declaration, *, writes: bool = True, **limits: int) -> None:
        self.world, self.declaration, self.writes = world, declaration, writes
        self.limits = Limits(**limits)
        self.last: Pass | None = None
        self.rivals: Any = lambda name, words: frozenset()

    def go(self, **changes: Any) -> Pass:
        world, last = self.world, self.last
        means = Means(
            world.reader,
            world.store,
            catalogue(),
            lambda: world.store.spent_since(START.replace(hour=0)),
            world.ports() if self.writes else None,
            self.limits,
            rivals=self.rivals,
        )
        task = Task(
            self.declaration,
            "c0ffee",
            "plan-1",
            conditions=last.conditions if last else (),
            failed_on=last.failed_on if last else None,
        )
        self.last = take(replace(task, **changes), means)
        world.store.note_drift(
            [((self.last.drift.tenant,), self.last.drift.kept)] if self.last.drift.kept else []
        )
        return self.last

    def condition(self, type_: Type) -> Any:
        assert self.last
        return next(c for c in self.last.conditions if c.type is type_)


@pytest.fixture
def world(tmp_path: Path):
    with World(tmp_path, live("fabrikam"), adds_in_order=False) as there:
        yield there


@pytest.fixture
def loop(world: World) -> Loop:
    return Loop(world, declare("fabrikam", SMALL_UP))


def test_a_switch_is_ordered_watched_and_followed_by_the_add_one_step_in_a_pass(world, loop):
    assert loop.go().end is End.SWITCHING
    assert [call["operation"] for call in world.taken()] == ["order_switch"]
    assert loop.go().end is End.SWITCHING
    assert loop.condition(Type.RECONCILING).status is Holds.TRUE
    world.service.advance(timedelta(minutes=30))
    done = loop.go()
    assert [call["operation"] for call in world.taken()] == ["order_switch", "set_licenses"]
    assert done.end is End.AT_REST
    assert loop.condition(Type.READY).status is Holds.TRUE
    assert loop.go().tried == ()
    assert list(world.standing("fabrikam").values()) == [(SBP, 22)]


def test_two_adds_are_two_passes_and_the_second_follows_at_once(tmp_path):
    subs = [sub(id=f"s{n}", plan=plan, licenses=10, assigned=1) for n, plan in enumerate((SBP, E3))]
    with World(tmp_path, live("fabrikam", *subs)) as world:
        loop = Loop(world, declare("fabrikam", want("a", SBP, 12), want("b", E3, 12)))
        first = loop.go()
        assert (first.end, len(first.tried), len(world.taken())) == (End.CHANGED, 1, 1)
        assert (loop.go().end, len(world.taken())) == (End.AT_REST, 2)


def test_a_loop_that_only_reports_is_given_nothing_to_write_with(world, loop):
    loop.writes = False
    one = loop.go()
    assert (one.end, one.tried, world.asked()) == (End.AT_REST, (), [])
    assert loop.condition(Type.READY).reason == "ReportOnly"


def test_a_tenant_whose_file_is_broken_is_looked_at_and_not_written(world, loop):
    one = loop.go(held=Trouble.FILE_BROKEN)
    assert (one.end, world.asked()) == (End.AT_REST, [])
    assert loop.condition(Type.STALLED).reason == Trouble.FILE_BROKEN
    assert loop.go().tried


def refused(world: World) -> None:
    """The service loses the order before it takes it, and says so when asked: a write that failed for good."""
    world.service.fault("fabrikam", "lost-before")


def test_a_failed_write_is_not_repeated_by_itself(world, loop):
    refused(world)
    assert [o.ending for _, o in loop.go().tried] == [Ending.FAILED]
    asked = len(world.asked())
    for _ in range(5):
        again = loop.go()
        assert (again.tried, again.end) == ((), End.AT_REST)
        assert loop.condition(Type.STALLED).reason == Trouble.WRITE_FAILED
    assert len(world.asked()) == asked


def test_a_failed_write_is_made_again_once_a_person_asks_or_the_file_changes(world, loop):
    refused(world)
    loop.go()
    assert loop.go().tried == ()
    assert loop.go(failed_on=None).end is End.SWITCHING


def test_a_failed_write_is_made_again_when_the_facts_are_others_and_not_when_they_only_flickered(world, loop):
    refused(world)
    loop.go()
    world.service.set("fabrikam.services.exchange-online", "degraded")
    assert loop.go().tried == ()
    world.service.set("fabrikam.services.exchange-online", "healthy")
    assert loop.go().tried == ()
    world.service.set("fabrikam.sub-1.licenses", 21)
    assert loop.go().end is End.SWITCHING


def test_what_somebody_else_moved_meanwhile_is_tried_again_by_another_look(world, loop):
    world.service.fault("fabrikam", "concurrent-admin", by=1)
    first = loop.go()
    assert [o.ending for _, o in first.tried] == [Ending.FAILED]
    assert (first.end, first.failed_on) == (End.FAILED, None)
    assert loop.go().end is End.SWITCHING


def test_a_lost_answer_is_settled_by_later_passes_and_ordered_once(world, loop):
    world.service.fault("fabrikam", "lost-after")
    world.service.fault("fabrikam", "error", on="inquire", times=1)
    world.service.fault("fabrikam", "late-visibility", minutes=3)
    ends = [loop.go().end]
    for _ in range(8):
        world.service.advance(timedelta(minutes=5))
        ends.append(loop.go().end)
    assert ends[-1] is End.AT_REST
    assert [c["operation"] for c in world.taken()] == ["order_switch", "set_licenses"]


def test_a_service_that_asks_for_patience_is_given_it(world, loop):
    world.service.fault("fabrikam", "throttle", seconds=90, on="read")
    one = loop.go()
    assert (one.end, one.later) == (End.LATER, timedelta(seconds=90))
    world.service.fault("fabrikam", "throttle", seconds=40, on="write")
    one = loop.go()
    assert (one.end, one.later, one.failed_on) == (End.LATER, timedelta(seconds=40), None)
    assert loop.go().end is End.SWITCHING


def test_what_could_not_be_read_backs_off(world, loop):
    world.service.fault("fabrikam", "error", on="read")
    one = loop.go()
    assert (one.end, one.judged.seen.answered) == (End.FAILED, False)
    assert loop.condition(Type.READY).status is Holds.UNKNOWN


def test_a_credit_review_is_looked_at_now_and_then_and_a_stuck_one_like_all_others(tmp_path):
    with World(tmp_path) as world:
        for days, end, stalled in ((3, End.REVIEWING, Holds.FALSE), (15, End.AT_REST, Holds.TRUE)):
            review = {"state": "pending", "since": (START - timedelta(days=days)).isoformat()}
            world.reader = Fixed(seen(live("fabrikam", creditReview=review)))
            loop = Loop(world, declare("fabrikam", SMALL_UP), writes=False)
            assert loop.go().end is end
            assert loop.condition(Type.STALLED).status is stalled
            assert loop.condition(Type.STALLED).reason == "CreditReview"


def test_a_switch_that_hangs_is_not_watched_by_the_minute_for_ever(world, loop):
    world.service.fault("fabrikam", "switch-hangs")
    assert loop.go().end is End.SWITCHING
    world.service.advance(timedelta(hours=3))
    assert loop.go().end is End.AT_REST
    assert loop.condition(Type.STALLED).status is Holds.TRUE


def test_what_a_run_may_change_a_day_of_the_loop_may(tmp_path):
    few = {"plan": SBP, "licenses": 10, "assigned": 1}
    with World(tmp_path, live("a", sub(id="sa", **few)), live("b", sub(id="sb", **few))) as world:
        one = Loop(world, declare("a", want("main", SBP, 20)), licenses_added_per_run=15)
        two = Loop(world, declare("b", want("main", SBP, 20)), licenses_added_per_run=15)
        assert one.go().tried
        held = two.go()
        assert (held.tried, held.end) == ((), End.AT_REST)
        assert two.condition(Type.STALLED).reason == "OverLimit"


def test_a_pass_says_the_same_for_the_same(world, loop):
    loop.go()
    first, again = told(loop.go()), told(loop.go())
    assert first == again == "main switch waiting, main add waiting"
    assert all(SENTENCES[key] for key in SENTENCES if key.startswith("pass."))


def test_a_live_tenant_that_two_files_declare_is_written_for_neither(world, loop):
    asked: list[tuple[str, frozenset[str]]] = []

    def rivals(name: str, words: frozenset[str]) -> frozenset[str]:
        asked.append((name, words))
        return frozenset({"fabrikam-again"})

    loop.rivals = rivals
    assert loop.go().tried == ()
    assert loop.condition(Type.STALLED).reason == Trouble.DECLARED_TWICE
    ((name, words),) = asked
    assert name == "fabrikam"
    assert {"fabrikam.onmicrosoft.com", live("fabrikam")["spec"]["tenantId"]} <= words

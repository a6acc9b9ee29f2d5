"""One contract over two ways: the service in process, and the same service over HTTP through the live backend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cli import ROOT
from documented import undocumented
from live_worlds import LiveWorld
from worlds import World, catalogue, lowered

from reconciler.adapters import files
from reconciler.change_plan import TenantPlan, Verdict
from reconciler.model import Declaration
from reconciler.outcomes import Run
from reconciler.rules import Effect, Status

EXAMPLES = ROOT / "examples"
DECLARED = {d.name: d for d in files.load_tenants((EXAMPLES / "tenants",), catalogue()).declarations}
LIVE = {doc["metadata"]["name"]: doc for _, doc in files.load_live((EXAMPLES / "live",))}


# The word of its file is no domain that the tenant answers to. The service in process finds it by its name in the
# fleet, and says so; a partner has no customer of that word, and what is not there is unknown.
ELSEWHERE = "consolidated-messenger"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, LiveWorld]]:
    """Both ways, each to a service of its own that holds all examples."""
    folder = tmp_path_factory.mktemp("contract")
    documents = list(LIVE.values())
    with (
        World(folder / "near", *documents, adds_in_order=False) as near,
        LiveWorld(folder / "far", *documents) as far,
    ):
        yield near, far
        # Whatever was asked for on the way, in so far as it was asked here: tests of one file may run apart.
        assert undocumented(far.record.requests) == []


def steps(plan: TenantPlan) -> list[tuple[Any, ...]]:
    """What a plan comes to: its steps, and what holds each of them. Warnings are told, and hold nothing."""
    return [
        (step.address, step.action, step.verdict, step.before, step.after, held(step.checks))
        for step in plan.steps
    ]


def held(checks: Any) -> list[tuple[str, Status]]:
    return [
        (check.id, check.status)
        for check in checks
        if check.status in (Status.FAIL, Status.UNKNOWN) and check.effect is not Effect.WARN
    ]


def ends(run: Run) -> list[tuple[Any, ...]]:
    return [(step.address, step.action, outcome.ending) for step, outcome in run.outcomes]


@pytest.mark.parametrize("name", sorted(DECLARED.keys() - {ELSEWHERE}))
def test_an_example_is_planned_and_ends_alike_on_both_ways(name: str, both: tuple[World, LiveWorld]) -> None:
    near, far = both
    declared: Declaration = DECLARED[name]
    here, there = near.plan(declared), far.plan(declared)
    assert (there.verdict, steps(there)) == (here.verdict, steps(here))
    done_here, done_there = near.run(declared, wait=True), far.run(declared, wait=True)
    assert ends(done_there) == ends(done_here)
    assert steps(done_there.last) == steps(done_here.last)
    assert sorted(far.standing(name).values()) == sorted(near.standing(name).values())
    assert lowered(far.service.calls()) == []


def test_a_word_that_no_customer_answers_to_is_unknown_and_nothing_is_written(
    both: tuple[World, LiveWorld],
) -> None:
    near, far = both
    assert near.plan(DECLARED[ELSEWHERE]).verdict is Verdict.BLOCKED
    assert far.plan(DECLARED[ELSEWHERE]).verdict is Verdict.UNKNOWN
    far.run(DECLARED[ELSEWHERE], wait=True)
    assert far.standing(ELSEWHERE) == near.standing(ELSEWHERE)

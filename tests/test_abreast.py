"""The short way of ``plan --live`` tells what the usual one does; whoever it can not tell to be at rest is judged."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from cli import ROOT, Desk
from hypothesis import example, given, settings
from hypothesis import strategies as st
from judging import FROM_A_SNAPSHOT
from scenes import E1, E3, SB, catalogue
from strategies import Case, cases
from two_sides import FLEETS, planned, some
from worlds import declare, live, sub, want

from reconciler import meeting
from reconciler.at_rest import is_at_rest
from reconciler.catalogue import Eligibility
from reconciler.change_plan import Verdict
from reconciler.cli import abreast
from reconciler.decide import decide
from reconciler.live import from_document
from reconciler.observe import Traits
from reconciler.repeats import Words, hash_of


def as_declared(case: Case) -> Case:
    """The same with a file that asks for just what there is, but for its pauses, waivers and the like."""
    wishes = tuple(
        want(f"w{number}", there["plan"], there["licenses"])
        for number, there in enumerate(case.document["spec"]["subscriptions"])
    )
    return replace(case, declaration=replace(case.declaration, subscriptions=wishes))


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(cases(calm=False), cases(calm=False).map(as_declared)),
    st.sampled_from(Eligibility),
    st.sampled_from(["fabrikam.onmicrosoft.com", "FABRIKAM.onmicrosoft.com", "other.example", None]),
)
def test_a_tenant_said_to_be_at_rest_is_judged_in_sync_with_nothing_to_tell(
    case: Case, eligibility: Eligibility, domain: str | None
) -> None:
    document = {**case.document, "spec": {**case.document["spec"], "tenant": domain}}
    known = replace(catalogue(), eligibility=eligibility)
    if not is_at_rest(case.declaration, document, known):
        return
    seen = from_document(
        document, traits=Traits(adds_in_order=case.adds_in_order), snapshot=True, catalogue=known
    )
    plan = decide(case.declaration, seen, FROM_A_SNAPSHOT, known)
    assert plan.verdict is Verdict.IN_SYNC
    assert (plan.steps, plan.unmanaged, plan.waivers, plan.warnings, plan.basis) == ((), (), (), (), {})
    assert plan.counted_verdicts in ((), (Verdict.APPLY,))


def test_a_tenant_is_at_rest_where_the_file_says_what_there_is() -> None:
    both = live("fabrikam", sub(), sub(id="sub-2", plan=E3, licenses=7))
    assert is_at_rest(declare("fabrikam", want("a", SB, 20), want("b", E3, 7)), both, catalogue())
    assert is_at_rest(declare("fabrikam", want("a", SB, None), want("b", E3, 7)), both, catalogue())


@pytest.mark.parametrize(
    "wishes",
    [
        (want("a", SB, 21), want("b", E3, 7)),
        (want("a", SB, 19), want("b", E3, 7)),
        (want("a", E1, 20), want("b", E3, 7)),
        (want("a", SB, 20),),
        (want("a", SB, 20, "sub-1"), want("b", E3, 7)),
        (want("a", SB, 20), want("b", SB, 20)),
        (want("a", SB, 20), want("b", E3, 7), want("c", E1, 1)),
    ],
)
def test_whoever_wants_something_else_is_judged(wishes: Any) -> None:
    both = live("fabrikam", sub(), sub(id="sub-2", plan=E3, licenses=7))
    assert not is_at_rest(declare("fabrikam", *wishes), both, catalogue())


def test_a_number_that_is_not_known_is_no_number() -> None:
    declared = declare("fabrikam", want("a", SB, None))
    assert not is_at_rest(declared, live("fabrikam", sub(licenses=None)), catalogue())
    assert not is_at_rest(declared, live("fabrikam", sub(plan=None)), catalogue())
    assert not is_at_rest(declared, live("fabrikam", subscriptions=None), catalogue())


@pytest.mark.parametrize("name", FLEETS)
def test_both_ways_tell_the_same(name: str, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    FLEETS[name](desk)
    shortly = planned(desk, "--exit-codes=full")
    monkeypatch.setattr(abreast, "planned_abreast", lambda *_: None)
    assert shortly == planned(desk, "--exit-codes=full")


@pytest.mark.parametrize(
    "name", ["in sync", "one state missing", "a broken tenant file", "renamed", "many in one file"]
)
def test_a_plain_fleet_is_planned_the_short_way(
    name: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    FLEETS[name](desk)
    monkeypatch.setattr(
        "reconciler.cli.plan._planned_whole", lambda *_, **__: pytest.fail("it was read as a whole")
    )
    assert "Plan: " in planned(desk).out


def test_a_fleet_in_two_orders_is_read_as_a_whole(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    some(desk, "abcde")
    for name in "abcde":
        (desk.folder / f"live/{name}.yaml").rename(desk.folder / f"live/{ord('z') - ord(name)}.yaml")
    shortly = planned(desk)
    monkeypatch.setattr(meeting, "MOST_WAITING", 1)
    assert planned(desk) == shortly
    assert "5 tenants are in sync." in shortly.out


@pytest.mark.parametrize(
    "words", [("-v",), ("--format", "json"), ("--tenant", "a"), ("--what-if", "a.main.licenses+1")]
)
def test_whoever_asks_for_more_than_the_text_gets_all_tenants(words: tuple[str, ...], desk: Desk) -> None:
    some(desk)
    answer = planned(desk, *words)
    assert answer.code == 0
    assert re.search(r"\ba\b", answer.out)


def test_words_that_repeat_are_found() -> None:
    words = Words()
    words.add("a", "b", "c")
    assert not words.repeat()
    for other, repeats in (("d", False), ("b", True)):
        more = Words()
        more.add(other)
        words.join(Words.from_text(more.text))
        assert words.repeat() is repeats


def test_a_word_has_one_hash_in_every_process() -> None:
    code = "from reconciler.repeats import hash_of; print([hash_of(w) for w in ('', 'a', 'å.example', '\\udc80')])"
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


@example(["c2023-0000018.example", "c2024-0000010.example"])
@example(["acme-100000009", "acme-200000001"])
@example(["", "\0", "\0\0"])
@given(st.lists(st.text(max_size=40), unique=True, max_size=50))
def test_different_words_have_different_hashes(words: list[str]) -> None:
    assert len({*map(hash_of, words)}) == len(words)

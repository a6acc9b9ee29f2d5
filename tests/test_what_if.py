"""``plan --what-if``: the plan of a file nobody wrote, which can neither be saved nor applied."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli import Desk, tenant_of
from hypothesis import given
from hypothesis import strategies as st
from scenes import E1, E3, E4, SB, SBP, catalogue
from worlds import declare, live, sub, want

from reconciler.errors import ReconcilerError
from reconciler.model import Declaration
from reconciler.what_if import MOST_LICENSES, NotASupposition, suppose, supposition

KEYS = sorted(catalogue().plans)


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    desk.configure()
    desk.declare("fabrikam", E3, 42)
    desk.declare("contoso", E3)
    for name in ("fabrikam", "contoso"):
        guid = f"00000000-0000-4000-8000-{len(name):012d}"
        desk.live(
            live(name, sub(id=f"sub-{name}", plan=E3, licenses=42, assigned=30, offers=[E4]), tenantId=guid)
        )
    desk.ok("simulator", "load", "live")
    return desk


def supposed(*texts: str, fleet: tuple[Declaration, ...] = ()) -> tuple[Declaration, ...]:
    there = fleet or (declare("fabrikam", want("main", SBP, 22)),)
    return suppose(there, [supposition(text, catalogue()) for text in texts])


def only(*texts: str) -> tuple[str, int | None]:
    ((wanted,),) = (d.subscriptions for d in supposed(*texts))
    return wanted.plan, wanted.licenses


# the command


def test_the_plan_is_that_of_a_file_that_says_so(fleet: Desk) -> None:
    asked = ("tenants", "--what-if", "fabrikam.main.licenses+10")
    told = fleet.ok("plan", *asked).out
    assert told.startswith(
        "What if: fabrikam.main.licenses+10. Nothing is written, and no file is changed.\n\n"
    )
    assert "+ main  Office 365 Enterprise E3, 42 -> 52 licences (+10)" in told
    document = fleet.plan(*asked)
    assert document["source"]["what_if"] == ["fabrikam.main.licenses+10"]
    assert document["applyable"] is False
    (step,) = tenant_of(document, "fabrikam")["steps"]
    fleet.declare("fabrikam", E3, 52)
    written = fleet.plan("tenants")
    assert written["source"]["what_if"] == []
    assert written["applyable"] is True
    assert tenant_of(written, "fabrikam")["steps"] == [step]


def test_neither_a_file_nor_the_service_nor_the_store_is_changed(fleet: Desk) -> None:
    def everything() -> dict[Path, bytes]:
        kept = (p for p in fleet.folder.rglob("*") if p.is_file() and not p.name.startswith("simulator.db"))
        return {p: p.read_bytes() for p in kept}

    before, asked = everything(), fleet.asked()
    fleet.ok(
        "plan", "tenants", "--what-if", "fabrikam.main.licenses=1", "--what-if", f"fabrikam.main.plan={E4}"
    )
    assert everything() == before
    assert fleet.asked() == asked == []


def test_a_number_below_the_declared_one_shows_the_hand_off(fleet: Desk) -> None:
    told = fleet.ok("plan", "tenants", "--what-if", "fabrikam.main.licenses=30").out
    assert (
        "> main  Office 365 Enterprise E3, 42 -> 30 licences: only support can take 12 licences back" in told
    )
    assert fleet.ok("handoff", "list", "--format", "json").json() == {"handoffs": []}


def test_it_can_not_be_saved(fleet: Desk) -> None:
    answer = fleet.run("plan", "tenants", "--what-if", "fabrikam.main.licenses+1", "--out", "a.plan.json")
    assert answer.code == 64
    assert "--what-if" in answer.err
    assert not (fleet.folder / "a.plan.json").exists()


def test_a_document_of_it_is_shown_as_what_it_is_and_never_applied(fleet: Desk) -> None:
    answer = fleet.ok("plan", "tenants", "--what-if", "fabrikam.main.licenses+10", "--format", "json")
    fleet.put("a.plan.json", answer.out)
    assert fleet.ok("show", "a.plan.json").out.startswith("What if: ")
    refused = fleet.run("apply", "--plan", "a.plan.json", "--auto-approve")
    assert refused.code == 1
    assert "not for applying" in refused.err
    document = answer.json()
    document["source"]["what_if"] = []
    fleet.put("b.plan.json", json.dumps(document))
    assert fleet.run("apply", "--plan", "b.plan.json", "--auto-approve").code == 1
    assert fleet.asked() == []


def test_only_what_is_planned_can_be_supposed(fleet: Desk) -> None:
    words = ("plan", "tenants", "--tenant", "contoso", "--what-if", "fabrikam.main.licenses+1")
    answer = fleet.run(*words)
    assert (answer.code, answer.out) == (1, "")
    assert "no tenant fabrikam is in this change plan" in answer.err


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("fabrikan.main.licenses+1", 1, "no tenant fabrikan is in this change plan. Did you mean fabrikam?"),
        ("fabrikam.mian.licenses+1", 1, "fabrikam declares no subscription mian. Did you mean main?"),
        ("fabrikam.licenses+1", 1, "say which subscription of fabrikam. Declared are: main."),
        ("zzz.licenses+1", 1, "no tenant zzz is in this change plan. Declared are: contoso, fabrikam."),
        ("contoso.main.licenses+1", 1, "leaves the number of licences of main open"),
        ("fabrikam.main.licenses=0", 1, "makes 0 licences"),
        ("fabrikam.main.licenses+999999", 1, f"may declare 1 to {MOST_LICENSES}"),
        ("fabrikam.main.plan=office-365-enterprise-e33", 1, "Did you mean"),
        ("fabrikam.main.licenses-1", 64, "is no supposition"),
        ("fabrikam.main.licenses+-1", 64, "is no supposition"),
        ("fabrikam.main.licenses", 64, "is no supposition"),
        ("fabrikam.main.seats=4", 64, "is no supposition"),
        ("", 64, "is no supposition"),
    ],
)
def test_a_slip_is_told_and_nothing_is_planned(fleet: Desk, text: str, code: int, said: str) -> None:
    answer = fleet.run("plan", "tenants", "--what-if", text)
    assert (answer.code, answer.out) == (code, "")
    assert said in " ".join(answer.err.split())
    assert "Traceback" not in answer.err


def test_all_that_can_not_be_supposed_is_told_at_once(fleet: Desk) -> None:
    texts = ("fabrikan.main.licenses+1", "fabrikam.mian.licenses+1")
    answer = fleet.run("plan", "tenants", *(word for text in texts for word in ("--what-if", text)))
    assert all(text in answer.err for text in texts)


# suppositions


def test_several_are_taken_one_after_the_other() -> None:
    assert only("fabrikam.main.licenses+10", "fabrikam.main.licenses+5") == (SBP, 37)
    assert only("fabrikam.main.licenses=50", "fabrikam.main.licenses+5") == (SBP, 55)
    assert only("fabrikam.main.plan=office-365-enterprise-e1", "fabrikam.main.licenses=7") == (E1, 7)


def test_a_plan_may_be_named_by_any_of_its_names() -> None:
    assert only("fabrikam.main.plan=Office 365 Enterprise E3") == (E3, 22)


def test_names_with_dots_are_told_apart_by_what_is_declared() -> None:
    there = (
        declare("a", want("b.c", SB, 1)),
        declare("a.b", want("d", SB, 2)),
        declare("x.licenses", want("x.plan", SB, 3)),
    )
    counts = [
        d.subscriptions[0].licenses
        for d in supposed(
            "a.b.c.licenses+10", "a.b.d.licenses+20", "x.licenses.x.plan.licenses+30", fleet=there
        )
    ]
    assert counts == [11, 22, 33]


@given(st.integers(1, 500), st.integers(1, 500), st.sampled_from(KEYS))
def test_only_the_named_value_is_another(number: int, more: int, plan: str) -> None:
    there = (
        declare("fabrikam", want("main", SBP, number), want("old", E1, 3)),
        declare("contoso", want("main", SB, 4)),
    )
    raised = supposed(f"fabrikam.main.licenses+{more}", fleet=there)
    assert raised[0].subscriptions[0] == want("main", SBP, number + more)
    moved = supposed(f"fabrikam.main.plan={plan}", fleet=there)
    assert moved[0].subscriptions[0] == want("main", plan, number)
    for after in (raised, moved):
        assert after[0].subscriptions[1] == there[0].subscriptions[1]
        assert after[1] == there[1]


@given(st.text(max_size=40))
def test_any_other_text_is_told_as_no_supposition(text: str) -> None:
    with pytest.raises(ReconcilerError) as slip:
        supposed(text)
    assert text in str(slip.value)
    assert isinstance(slip.value, NotASupposition) or ".licenses" in text or ".plan=" in text

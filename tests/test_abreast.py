"""The short way of ``plan --live`` tells what the usual one does; whoever it can not tell to be at rest is judged."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cli import Answer, Desk
from hypothesis import given, settings
from hypothesis import strategies as st
from judging import FROM_A_SNAPSHOT
from scenes import E1, E3, SB, catalogue
from strategies import Case, cases
from worlds import declare, live, sub, want

from benchmarks.fleets import make_fleet
from reconciler import meeting
from reconciler.at_rest import is_at_rest
from reconciler.catalogue import Eligibility
from reconciler.change_plan import Verdict
from reconciler.cli import abreast
from reconciler.decide import decide
from reconciler.live import from_document
from reconciler.observe import Traits


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


TENANT = """apiVersion: reconciler/v1
kind: Tenant
metadata: {{name: {name}}}
spec:
  tenant: {tenant}
  subscriptions:
    - name: main
      plan: office-365-enterprise-e1
      licenses: {licenses}
"""
LIVE = """apiVersion: reconciler/v1
kind: LiveState
metadata: {{name: {name}, observedAt: 2026-11-23T10:00:00Z}}
spec:
  tenant: {tenant}
  tenantId: {id}
  domains: [{tenant}]
  operator: {{roles: [global-administrator]}}
  subscriptions:
    - {{id: sub-1, plan: office-365-enterprise-e1, licenses: 10, assigned: 5, status: active, trial: false}}
"""
IDS = {name: f"00000000-0000-4000-8000-00000000000{n}" for n, name in enumerate("abcde")}


def some(desk: Desk, names: str = "abc", licenses: int = 10) -> None:
    for name in names:
        domain = f"{name}.example"
        desk.put(f"tenants/{name}.yaml", TENANT.format(name=name, tenant=domain, licenses=licenses))
        desk.put(f"live/{name}.yaml", LIVE.format(name=name, tenant=domain, id=IDS[name]))


def change(desk: Desk, file: str, before: str, after: str) -> None:
    text = (desk.folder / file).read_text(encoding="utf-8")
    assert before in text
    desk.put(file, text.replace(before, after))


def nothing(desk: Desk) -> None:
    desk.put("tenants/readme.txt", "")
    desk.put("live/readme.txt", "")


FLEETS: dict[str, Callable[[Desk], object]] = {
    "in sync": some,
    "more wanted": lambda desk: some(desk, licenses=12),
    "generated": lambda desk: make_fleet(desk.folder / "f", 40, 0.4),
    "no files": nothing,
    "no folder": lambda desk: desk.put("tenants/a.yaml", "a: b"),
    "one state missing": lambda desk: (some(desk), (desk.folder / "live/b.yaml").unlink()),
    "a state of nobody": lambda desk: (some(desk), (desk.folder / "tenants/b.yaml").unlink()),
    "a broken tenant file": lambda desk: (some(desk), change(desk, "tenants/b.yaml", "E1".lower(), "e9")),
    "no yaml": lambda desk: (some(desk), desk.put("tenants/b.yaml", "a: [")),
    "a broken state": lambda desk: (some(desk), change(desk, "live/b.yaml", "licenses: 10", "licenses: x")),
    "one name twice": lambda desk: (some(desk), change(desk, "tenants/b.yaml", "name: b", "name: a")),
    "one tenant twice": lambda desk: (some(desk), change(desk, "tenants/b.yaml", "b.example", "A.example")),
    "by domain and by id": lambda desk: (some(desk), change(desk, "tenants/b.yaml", "b.example", IDS["a"])),
    "by id": lambda desk: (some(desk), change(desk, "tenants/b.yaml", "b.example", IDS["b"])),
    "another tenant's state": lambda desk: (
        some(desk),
        change(desk, "live/b.yaml", "b.example", "x.example"),
    ),
    "a state twice": lambda desk: (some(desk), change(desk, "live/b.yaml", "name: b", "name: a")),
    "an id twice": lambda desk: (some(desk), change(desk, "live/b.yaml", IDS["b"], IDS["a"])),
    "a pause": lambda desk: (
        some(desk, licenses=11),
        change(
            desk, "tenants/b.yaml", "spec:\n", "spec:\n  suspend: {reason: r, owner: o, until: 2027-01-01}\n"
        ),
    ),
    "a waiver": lambda desk: (
        some(desk),
        change(
            desk,
            "tenants/b.yaml",
            "spec:\n",
            "spec:\n  waivers: [{rule: website-domain, reason: r, owner: o, until: 2027-01-01}]\n",
        ),
    ),
    "renamed": lambda desk: (
        some(desk),
        change(desk, "tenants/b.yaml", "name: b", "name: b, moved: {from: z}"),
    ),
    "renamed to a name in use": lambda desk: (
        some(desk),
        change(desk, "tenants/b.yaml", "name: b", "name: b, moved: {from: a}"),
    ),
    "one more subscription": lambda desk: (
        some(desk),
        change(
            desk,
            "live/b.yaml",
            "  subscriptions:\n",
            "  subscriptions:\n    - {id: sub-2, plan: lync-online-plan-1}\n",
        ),
    ),
    "other file names": lambda desk: (
        some(desk),
        (desk.folder / "live/a.yaml").rename(desk.folder / "live/z.yaml"),
    ),
    "many in one file": lambda desk: (
        some(desk),
        desk.put(
            "tenants/d.yaml",
            "---\n".join(TENANT.format(name=n, tenant=f"{n}.example", licenses=9) for n in "de"),
        ),
        desk.put(
            "live/0.yaml", "---\n".join(LIVE.format(name=n, tenant=f"{n}.example", id=IDS[n]) for n in "de")
        ),
    ),
    "of no day": lambda desk: (
        some(desk),
        change(desk, "live/a.yaml", "2026-11-23T10:00:00Z", "1970-01-01T00:00:00Z"),
    ),
    "of many days": lambda desk: [
        (some(desk, n), change(desk, f"live/{n}.yaml", "11-23", f"11-2{day}"))
        for day, n in enumerate("ebdac")
    ],
}


def planned(desk: Desk, *words: str) -> Answer:
    folder = "f/" if (desk.folder / "f").exists() else ""
    return desk.run("plan", f"{folder}tenants", "--live", f"{folder}live", *words)


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
        "reconciler.cli.plan._planned", lambda *_, **__: pytest.fail("it was read as a whole")
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
    words = meeting.Words()
    for word in ("a", "b", "c"):
        words.add("name", word)
    assert not words.repeat()
    words.add("tenant", "b")
    assert not words.repeat()
    words.add("name", "b")
    assert words.repeat()

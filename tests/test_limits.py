"""Limits: what is reached passes and one more is blocked; one tenant, one run, one day, the whole fleet."""

from __future__ import annotations

import re
from typing import Any

import pytest
from cli import ROOT, Desk, Document, tenant_of, verdicts
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import E1, E3, add, passed, switch, tenant
from scenes import SBP
from worlds import live, sub

from reconciler.adapters import files
from reconciler.change_plan import TenantPlan, Verdict
from reconciler.fleet import within
from reconciler.limits import BUY_BACK, MEMBERS, Limits
from reconciler.observe import Unknown

ROW = passed("over-limit")
PER_RUN = ("maxLicensesAddedPerRun", "maxLicensesAddedPerDay", "maxSwitchesPerRun", "maxTenantsChangedPerRun")


def adds(name: str, *numbers: int) -> TenantPlan:
    return tenant(name, *(add(f"s{i}", 100, 100 + n, ROW) for i, n in enumerate(numbers)))


def switches(name: str, count: int = 1) -> TenantPlan:
    return tenant(name, *(switch(f"s{i}", (E1, 10), (E3, 10), ROW) for i in range(count)))


def judged(limits: Limits, *plans: TenantPlan, today: Any = 0) -> dict[str, list[str]]:
    return {p.name: [str(s.verdict) for s in p.steps] for p in within(plans, limits, today)}


def sentence(limits: Limits, *plans: TenantPlan, today: Any = 0) -> str:
    found = [f for p in within(plans, limits, today) for s in p.steps for f in s.holding]
    (one,) = found
    return f"{one.message} {one.remedy}"


# the fleet's limits, at their edges


def test_what_a_run_may_add_is_reached_and_not_passed() -> None:
    limits = Limits(licenses_added_per_run=30)
    assert judged(limits, adds("a", 10), adds("b", 20)) == {"a": ["apply"], "b": ["apply"]}
    assert judged(limits, adds("a", 10), adds("b", 21)) == {"a": ["apply"], "b": ["blocked"]}
    told = sentence(limits, adds("a", 10), adds("b", 21))
    assert "21 licences, and 10 come before it in this run: more than maxLicensesAddedPerRun, 30" in told
    assert "raise `limits.maxLicensesAddedPerRun` in reconciler.yaml" in told


def test_what_a_day_may_add_counts_what_the_journal_has() -> None:
    limits = Limits(licenses_added_per_day=30)
    assert judged(limits, adds("a", 10), today=20) == {"a": ["apply"]}
    assert judged(limits, adds("a", 11), today=20) == {"a": ["blocked"]}
    assert judged(limits, adds("a", 5), adds("b", 6), today=20) == {"a": ["apply"], "b": ["blocked"]}
    told = sentence(limits, adds("a", 11), today=20)
    assert "20 come before it today (UTC): more than maxLicensesAddedPerDay, 30" in told
    assert "raise `limits.maxLicensesAddedPerDay` in reconciler.yaml" in told


def test_a_journal_that_can_not_be_read_is_not_a_day_without_writes() -> None:
    assert judged(Limits(), adds("a", 1), today=Unknown("gone")) == {"a": ["unknown"]}


def test_switches_of_a_run_are_counted_over_all_tenants() -> None:
    limits = Limits(switches_per_run=2)
    assert judged(limits, switches("a"), switches("b")) == {"a": ["apply"], "b": ["apply"]}
    assert judged(limits, switches("a", 2), switches("b")) == {"a": ["apply", "apply"], "b": ["blocked"]}
    told = sentence(limits, switches("a", 2), switches("b"))
    assert "after 2 others in this run: more than maxSwitchesPerRun, 2." in told


def test_tenants_changed_are_counted_once_each() -> None:
    limits = Limits(tenants_changed_per_run=2)
    three = (adds("a", 1, 1), adds("b", 1), adds("c", 1))
    assert judged(limits, *three[:2]) == {"a": ["apply", "apply"], "b": ["apply"]}
    assert judged(limits, *three) == {"a": ["apply", "apply"], "b": ["apply"], "c": ["blocked"]}
    assert (
        "c would be changed after 2 other tenants in this run: more than maxTenantsChangedPerRun, 2."
        in sentence(limits, *three)
    )


def test_a_limit_of_nothing_lets_nothing_through() -> None:
    none = Limits(
        licenses_added_per_run=0, licenses_added_per_day=0, switches_per_run=0, tenants_changed_per_run=0
    )
    assert judged(none, adds("a", 1), switches("b")) == {"a": ["blocked"], "b": ["blocked"]}


def test_what_is_too_much_is_blocked_alone_and_what_still_fits_goes_on() -> None:
    limits = Limits(licenses_added_per_run=30)
    found = judged(limits, adds("a", 25), adds("b", 10), adds("c", 5))
    assert found == {"a": ["apply"], "b": ["blocked"], "c": ["apply"]}


def test_it_is_counted_by_name_whatever_the_order_of_the_files() -> None:
    limits = Limits(licenses_added_per_run=10)
    plans = (adds("b", 10), adds("a", 10))
    assert judged(limits, *plans) == judged(limits, *plans[::-1]) == {"a": ["apply"], "b": ["blocked"]}


def test_what_would_not_be_applied_anyway_counts_for_nothing() -> None:
    from plans import finding

    limits = Limits(licenses_added_per_run=10)
    held = tenant("a", add("main", 10, 20, ROW, finding("not-active")))
    assert judged(limits, held, adds("b", 10)) == {"a": ["blocked"], "b": ["apply"]}


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=3), max_size=12),
    st.integers(0, 100),
    st.integers(0, 200),
    st.integers(0, 60),
    st.integers(0, 6),
)
def test_no_fleet_ever_passes_a_limit(
    numbers: list[list[int]], per_run: int, per_day: int, today: int, most_tenants: int
) -> None:
    limits = Limits(
        licenses_added_per_run=per_run, licenses_added_per_day=per_day, tenants_changed_per_run=most_tenants
    )
    plans = [adds(f"t{i:02}", *each) for i, each in enumerate(numbers)]
    after = within(plans, limits, today)
    added = sum(s.added for p in after for s in p.writes)
    assert added <= per_run
    assert added == 0 or today + added <= per_day
    assert sum(bool(p.writes) for p in after) <= most_tenants
    assert [p.name for p in after] == [p.name for p in plans]
    # Nothing is held for want of room that there was.
    for plan in after:
        for step in plan.steps:
            too_much = added + step.added > per_run or today + added + step.added > per_day
            full = sum(bool(p.writes) for p in after) >= most_tenants
            assert step.verdict is Verdict.APPLY or too_much or full


def test_each_limit_is_on_with_the_number_its_schema_tells() -> None:
    schema = files.schema("config")["properties"]["limits"]["properties"]
    assert set(schema) == {*MEMBERS, BUY_BACK}
    for key, member in schema.items():
        if key == BUY_BACK:
            continue
        (number,) = re.findall(r"; (\d+) if left out", member["description"])
        assert Limits().value(key) == int(number)


def test_the_guide_tells_every_limit_with_its_number() -> None:
    guide = (ROOT / "docs" / "pause.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| (\d+) ?%? \|", guide, re.MULTILINE))
    assert told == {key: str(Limits().value(key)) for key in MEMBERS}


# with the command line, over many tenants


def fleet_of(desk: Desk, count: int, licenses: int = 22, **limits: int) -> Desk:
    """So many tenants with 20 licences of Small Business Premium, each wanting ``licenses``."""
    desk.configure(limits=limits)
    for number in range(count):
        desk.declare(f"tenant-{number:02}", SBP, licenses)
        guid = f"00000000-0000-4000-8000-{number:012d}"
        desk.live(live(f"tenant-{number:02}", sub(id=f"sub-{number:02}", plan=SBP), tenantId=guid))
    desk.ok("simulator", "load", "live")
    return desk


def applied(document: Document) -> list[str]:
    return [name for name, verdict in verdicts(document).items() if verdict == "apply"]


@pytest.mark.parametrize(
    ("limit", "most", "goes"),
    [
        ("maxLicensesAddedPerRun", 24, 12),
        ("maxLicensesAddedPerRun", 25, 12),
        ("maxLicensesAddedPerDay", 40, 20),
        ("maxTenantsChangedPerRun", 7, 7),
    ],
)
def test_over_many_tenants_as_many_are_changed_as_may_be(
    desk: Desk, limit: str, most: int, goes: int
) -> None:
    fleet_of(desk, 30, **{limit: most})
    document = desk.plan("tenants")
    assert applied(document) == [f"tenant-{n:02}" for n in range(goes)]
    assert document["summary"]["blocked"] == 30 - goes
    assert desk.apply().code == 0
    assert len(desk.taken()) == goes
    told = desk.ok("plan", "tenants").out
    assert limit in told


def test_the_next_run_goes_on_and_the_day_does_not(desk: Desk) -> None:
    fleet_of(desk, 10, maxLicensesAddedPerRun=8, maxLicensesAddedPerDay=14)
    done = []
    for _ in range(4):
        desk.apply()
        done.append(len(desk.taken()))
    assert done == [4, 7, 7, 7]
    (held, *_) = [t for t in desk.plan("tenants")["tenants"] if t["verdict"] == "blocked"]
    failed = [c for c in held["steps"][0]["checks"] if c["status"] == "fail"]
    assert "maxLicensesAddedPerDay, 14" in failed[0]["message"]


def test_the_cap_of_a_day_counts_what_other_folders_wrote_with_the_same_journal(desk: Desk) -> None:
    fleet_of(desk, 3, maxLicensesAddedPerDay=4)
    for number in range(3):
        desk.apply(f"tenants/tenant-{number:02}.yaml")
    assert len(desk.taken()) == 2


def test_a_tenant_may_lower_a_limit_and_never_raise_one(desk: Desk) -> None:
    fleet_of(desk, 2, maxLicensesAdded=10)
    desk.declare("tenant-00", SBP, 25, limits={"maxLicensesAdded": 4})
    desk.declare("tenant-01", SBP, 25, limits={"maxLicensesAdded": 5})
    document = desk.plan("tenants")
    assert verdicts(document) == {"tenant-00": "blocked", "tenant-01": "apply"}
    failed = [c for c in tenant_of(document, "tenant-00")["steps"][0]["checks"] if c["status"] == "fail"]
    assert "more than maxLicensesAdded, 4" in failed[0]["message"]
    desk.declare("tenant-00", SBP, 25, limits={"maxLicensesAdded": 11})
    answer = desk.run("validate", "tenants")
    assert answer.code == 1
    assert "limit-raised" in answer.out
    assert "10" in answer.out
    assert desk.apply().code == 1
    assert desk.asked() == []


@pytest.mark.parametrize("limit", PER_RUN)
def test_what_concerns_the_fleet_can_not_be_said_in_a_tenant_file(desk: Desk, limit: str) -> None:
    desk.declare("fabrikam", SBP, 22, limits={limit: 1})
    assert desk.run("validate", "tenants").code == 1


@pytest.mark.parametrize(("licenses", "verdict"), [(45, "apply"), (46, "blocked")])
def test_growth_is_held_above_the_percentage_and_the_floor(desk: Desk, licenses: int, verdict: str) -> None:
    """20 licences may double, or grow by 25, whichever is more."""
    desk.configure()
    desk.declare("fabrikam", E3, licenses)
    desk.live(live("fabrikam", sub(plan=E3)))
    desk.ok("simulator", "load", "live")
    assert verdicts(desk.plan("tenants")) == {"fabrikam": verdict}


@pytest.mark.parametrize(("left", "code"), [(6, 0), (5, 1)])
def test_a_fleet_may_lose_what_the_limit_says_and_not_one_more(desk: Desk, left: int, code: int) -> None:
    fleet_of(desk, 10, maxFleetShrinkPercent=40)
    assert desk.apply().code == 0
    for number in range(left, 10):
        (desk.folder / f"tenants/tenant-{number:02}.yaml").unlink()
    desk.declare("tenant-00", SBP, 23)
    before = len(desk.asked())
    answer = desk.apply()
    assert answer.code == code
    assert len(desk.asked()) - before == (code == 0)
    if code:
        assert "more than 40 % fewer (maxFleetShrinkPercent" in answer.err
        assert "knew 10 tenants here, now there are 5" in answer.err


@pytest.mark.parametrize("kind", ["no file", "an empty file", "a comment"])
def test_an_empty_fleet_stops_everything(desk: Desk, kind: str) -> None:
    fleet_of(desk, 2)
    assert desk.apply().code == 0
    before = desk.calls()
    for file in (desk.folder / "tenants").iterdir():
        file.unlink()
    if kind != "no file":
        desk.put("tenants/a.yaml", "" if kind == "an empty file" else "# nobody\n")
    for words in (("plan",), ("apply", "--auto-approve"), ("apply", "--auto-approve", "--fleet-size", "0")):
        answer = desk.run(words[0], "tenants", *words[1:])
        assert answer.code == 1
    assert [c for c in desk.calls() if c["operation"] != "read"] == [
        c for c in before if c["operation"] != "read"
    ]


def test_a_run_counts_again_what_it_really_sends(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Approved one after the other, two saved plans of a day may not add more than the day allows."""
    fleet_of(desk, 2, maxLicensesAddedPerDay=3)
    desk.ok("plan", "tenants/tenant-00.yaml", "--out", "a.plan.json")
    desk.ok("plan", "tenants/tenant-01.yaml", "--out", "b.plan.json")
    assert desk.run("apply", "--plan", "a.plan.json", "--auto-approve").code == 0
    desk.run("apply", "--plan", "b.plan.json", "--auto-approve")
    assert len(desk.taken()) == 1

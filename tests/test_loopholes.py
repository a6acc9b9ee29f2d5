"""Ways round the promises that have been open once: each was found by trying, and stays closed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cli import Desk, tenant_file
from scenes import E1, E3, MID, SB, SBP
from worlds import START, WatchedActor, WatchedJournal, World, declare, live, sub, want

import reconciler.act as act_module
from reconciler.act import Ending, Errand
from reconciler.adapters.store import open_store
from reconciler.cli.running import remember
from reconciler.errors import TenantHeld
from reconciler.limits import Day
from reconciler.memory import Intent
from reconciler.model import Acknowledgement, Backup, Suspension
from reconciler.observe import TenantRef

GUID = "00000000-0000-4000-8000-000000000077"
SURE = Acknowledgement(True, Backup(date(2026, 11, 20), "vault job 118"))
SURE_TOO = {"noWayBack": True, "backup": {"taken": "2026-11-20", "where": "vault job 118"}}


def running(to: str) -> dict[str, Any]:
    began = "2026-11-23T09:59:00Z"
    return {"state": "running", "to": to, "orderedAt": began, "statusPageSince": began}


def put(desk: Desk, *subscriptions: dict[str, Any], name: str = "fabrikam", **spec: Any) -> None:
    document = tenant_file(name, list(subscriptions))
    document["spec"].update(spec)
    desk.put(f"tenants/{name}.yaml", json.dumps(document))


def load(desk: Desk, *documents: dict[str, Any]) -> None:
    for document in documents:
        desk.live(document)
    desk.ok("simulator", "load", "live")


# Without the word yes


def test_what_waits_now_and_would_be_written_with_wait_is_asked_for_too(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", SBP, 22)
    load(desk, live("fabrikam", sub(id="sub-f", switch=running(SBP))))
    answer = desk.run("apply", "tenants", "--wait")
    assert answer.code == 1
    assert "--auto-approve" in answer.err
    assert desk.asked() == []
    assert desk.run("apply", "tenants", "--wait", "--auto-approve").code == 0
    assert len(desk.asked()) == 1


def test_an_add_that_waits_for_somebody_elses_switch_is_asked_for_too(desk: Desk) -> None:
    desk.configure()
    put(
        desk,
        {"name": "a", "plan": SBP, "licenses": 20, "subscriptionId": "sub-a"},
        {"name": "b", "plan": E1, "licenses": 30, "subscriptionId": "sub-b"},
    )
    theirs = sub(id="sub-x", plan="exchange-online-plan-2", switch=running(E3))
    load(desk, live("fabrikam", sub(id="sub-a", plan=SBP), sub(id="sub-b", plan=E1), theirs))
    assert desk.run("apply", "tenants", "--wait").code == 1
    assert desk.asked() == []


def test_a_saved_plan_that_only_waits_is_not_gone_on_from_when_the_tenant_has_moved(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", SBP, 22)
    load(desk, live("fabrikam", sub(id="sub-f", switch=running(SBP))))
    desk.ok("plan", "tenants", "--out", "p.plan.json")
    desk.run("apply", "--plan", "p.plan.json", "--wait", "--auto-approve")
    assert desk.asked() == []


# A smaller fleet, a fleet with a double


def test_a_saved_plan_of_a_shrunk_fleet_is_refused(desk: Desk) -> None:
    desk.configure()
    for name in "abcd":
        desk.declare(name, SBP, 20)
        desk.live(live(name, sub(id=f"sub-{name}", plan=SBP)))
    desk.ok("simulator", "load", "live")
    desk.ok("apply", "tenants", "--auto-approve")
    for name in "bcd":
        (desk.folder / f"tenants/{name}.yaml").unlink()
    desk.declare("a", SBP, 22)
    desk.ok("plan", "tenants", "--out", "p.plan.json")
    answer = desk.run("apply", "--plan", "p.plan.json")
    assert answer.code == 1
    assert "--fleet-size 1" in answer.err
    assert desk.asked() == []
    assert desk.run("apply", "--plan", "p.plan.json", "--fleet-size", "1").code == 0


def test_a_saved_plan_for_another_backend_is_refused(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", SBP, 22)
    load(desk, live("fabrikam"))
    desk.ok("plan", "tenants", "--out", "p.plan.json")
    text = Path("p.plan.json").read_text().replace('"backend": "simulator"', '"backend": "microsoft"')
    Path("p.plan.json").write_text(text)
    answer = desk.run("apply", "--plan", "p.plan.json")
    assert (answer.code, desk.asked()) == (1, [])
    assert "microsoft" in answer.err


def test_a_tenant_declared_by_its_domain_and_by_its_id_holds_both_also_when_one_is_chosen(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", SBP, 22)
    put(desk, {"name": "main", "plan": SBP, "licenses": 24}, name="copy", tenant=GUID)
    load(desk, live("fabrikam", sub(id="s", plan=SBP), tenantId=GUID))
    for words in ((), ("--tenant", "fabrikam"), ("--tenant", "copy")):
        answer = desk.run("apply", "tenants", "--auto-approve", *words)
        assert answer.code == 1
        assert "one and the same live tenant" in answer.err
    assert desk.asked() == []


# A name that was not read


def test_a_pause_holds_where_the_name_it_was_made_under_is_not_read(desk: Desk) -> None:
    desk.configure()
    pause = ("--reason", "merger", "--owner", "ola", "--until", "2099-12-24")
    desk.ok("suspend", "fabrikam.onmicrosoft.com", *pause)
    put(desk, {"name": "main", "plan": SBP, "licenses": 22}, tenant=GUID)
    load(desk, live("fabrikam", sub(id="s", plan=SBP), tenantId=GUID))
    assert desk.plan("tenants")["tenants"][0]["verdict"] == "suspended"
    desk.ok("simulator", "fault", "fabrikam", "partial-read", "--option", "facts=tenant", "--times", "9")
    answer = desk.apply()
    assert desk.asked() == []
    assert "its default domain could not be read" in " ".join(answer.out.split())


def test_a_name_that_was_not_read_holds_nobody_while_nothing_is_kept_under_such_a_name(desk: Desk) -> None:
    desk.configure()
    put(desk, {"name": "main", "plan": SBP, "licenses": 22}, tenant=GUID)
    load(desk, live("fabrikam", sub(id="s", plan=SBP), tenantId=GUID))
    desk.ok("simulator", "fault", "fabrikam", "partial-read", "--option", "facts=tenant", "--times", "9")
    desk.apply()
    assert len(desk.asked()) == 1


def test_a_pause_holds_where_neither_name_is_read_and_the_file_names_another_domain(desk: Desk) -> None:
    desk.configure()
    names = ["fabrikam.onmicrosoft.com", "fabrikam.no"]
    load(desk, live("fabrikam", sub(id="s", plan=SBP), tenantId=GUID, domains=names))
    pause = ("--reason", "merger", "--owner", "ola", "--until", "2099-12-24")
    desk.ok("suspend", "fabrikam.onmicrosoft.com", *pause)
    put(desk, {"name": "main", "plan": SBP, "licenses": 22}, tenant="fabrikam.no")
    assert desk.plan("tenants")["tenants"][0]["verdict"] == "suspended"
    desk.ok("simulator", "fault", "fabrikam", "partial-read", "--always", "--option", "facts=tenant,tenantId")
    desk.apply()
    assert desk.asked() == []


# A value seen once


def test_a_number_seen_once_is_not_proposed_to_the_files(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", SBP, 20)
    load(desk, live("fabrikam", sub(id="s", plan=SBP)))
    desk.ok("drift", "tenants", "--record")
    desk.ok("simulator", "set", "fabrikam.main.licenses=22")
    for _ in range(2):
        desk.ok("drift", "tenants", "--record")
    desk.ok("simulator", "set", "fabrikam.main.licenses=24")
    before = (desk.folder / "tenants/fabrikam.yaml").read_text()
    desk.ok("drift", "tenants", "--propose")
    assert (desk.folder / "tenants/fabrikam.yaml").read_text() == before


# One plan, several runs


def test_a_saved_plan_that_another_run_has_just_done_is_not_told_as_done_by_this_one(tmp_path: Path) -> None:
    with World(tmp_path, live("fabrikam", sub(plan=SBP))) as world:
        declared = declare("fabrikam", want("main", SBP, 22))
        shown = world.plan(declared)
        world.run(declared, shown, errand=Errand("p-1", uses_plan="p-1"))
        again = world.run(declared, shown, errand=Errand("p-1", uses_plan="p-1"))
        assert len(world.asked()) == 1
        assert again.failed
        assert [outcome.ending for _, outcome in again.outcomes] == [Ending.FAILED]


# The last moment before a write


def paused(world: World) -> None:
    pause = Suspension("merger", "ola", date(2026, 12, 24))
    world.store.suspend(("fabrikam.onmicrosoft.com",), "fabrikam", pause)


@pytest.mark.parametrize(
    ("brake", "ending", "said"),
    [
        (lambda world: world.store.set_stop("audit", "ola"), Ending.BLOCKED, "the global stop is on (audit)"),
        (paused, Ending.WAITING, "suspended while this run was under way (merger)"),
    ],
    ids=["stop", "pause"],
)
def test_a_brake_set_after_the_last_look_still_holds_the_write(
    tmp_path: Path, brake: Callable[[World], None], ending: Ending, said: str
) -> None:
    with World(tmp_path, live("fabrikam")) as world:

        def heard(word: str, intent: Intent) -> None:
            if word == "intend":
                brake(world)

        world.journal = lambda journal: WatchedJournal(journal, heard)
        run = world.run(declare("fabrikam"))
        assert world.asked() == []
        ((_, outcome),) = run.outcomes
        assert outcome.ending is ending
        assert said in outcome.message
        assert [intent.settled for intent in world.intents("fabrikam")] == ["not-taken"]


def test_two_runs_at_once_keep_the_limit_of_the_day(tmp_path: Path) -> None:
    few = {"plan": SBP, "licenses": 10, "assigned": 1}
    with World(tmp_path, live("a", sub(id="sa", **few)), live("b", sub(id="sb", **few))) as world:
        world.day = Day(licenses=15)
        met: list[str] = []

        def heard(word: str, intent: Intent) -> None:
            if word == "intend" and not met:
                met.append("b")
                world.run(declare("b", want("main", SBP, 20)))

        world.journal = lambda journal: WatchedJournal(journal, heard)
        run = world.run(declare("a", want("main", SBP, 20)))
        assert world.store.added_since(START.replace(hour=0)) == 10
        ((_, outcome),) = run.outcomes
        assert outcome.ending is Ending.BLOCKED
        assert "more than 15 licences" in outcome.message


# Two ways to one store


def test_a_linked_state_file_has_one_lock(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    two.mkdir()
    with open_store(str(one), create=True, now=lambda: START) as first:
        (two / "state.db").symlink_to(one / "state.db")
        with (
            open_store(str(two), create=True, now=lambda: START) as second,
            first.lease(("x.no",), "one", sleep=_never, patience=0),
            pytest.raises(TenantHeld),
            second.lease(("x.no",), "two", sleep=_never, patience=0),
        ):
            pass


def test_two_runs_through_a_link_send_one_order(tmp_path: Path) -> None:
    with World(tmp_path, live("fabrikam")) as world:
        other = tmp_path / "other"
        other.mkdir()
        (other / "state.db").symlink_to(tmp_path / "state" / "state.db")
        declared = declare("fabrikam")
        shown, first = world.plan(declared), world.store
        met: list[bool] = []

        def before(order: object) -> None:
            if met:
                return
            met.append(True)
            with open_store(str(other), create=True, now=lambda: START) as second:
                world.store = second
                world.run(declared, shown)
                world.store = first

        world.actor = WatchedActor(world.actor, before, lambda order: None)
        world.run(declared, shown)
        assert len(world.asked()) == 1


def _never(seconds: float) -> None:
    raise AssertionError("a test does not sleep")


# Another subscription, another switch


def test_a_name_seen_in_sync_is_not_taken_for_a_new_subscription(tmp_path: Path) -> None:
    with World(tmp_path, live("fabrikam", sub(id="Y", plan=E1, licenses=20))) as world:
        declared = declare("fabrikam", want("main", E1, 20))
        run = world.run(declared)
        shown: Any = SimpleNamespace(
            source=SimpleNamespace(commit=None), plan_id="p", no_longer_managed=(), created_at=START
        )
        remember(world.store, (declared,), shown, (run,))
        world.service.load([live("fabrikam", sub(id="X", plan="exchange-online-plan-1", offers=[E1, E3]))])
        world.run(declared)
        assert world.asked() == []


def test_an_acknowledgement_is_spent_although_the_end_of_its_switch_was_not_seen(tmp_path: Path) -> None:
    ref = TenantRef("fabrikam", "fabrikam.onmicrosoft.com")
    with World(tmp_path, live("fabrikam", sub(id="s"), sub(id="t"))) as world:
        both = want("a", MID, 20, "s"), want("b", SB, 20, "t")
        world.run(declare("fabrikam", *both, acknowledge=SURE))
        world.service.advance(timedelta(minutes=20))
        (moved,) = (id_ for id_, (plan, _) in world.standing("fabrikam").items() if plan == MID)
        document = world.service.read(ref, caller="portal")
        version = next(s["version"] for s in document["spec"]["subscriptions"] if s["id"] == moved)
        order = {"version": version, "to": E1, "total": 20, "request_id": "portal", "caller": "portal"}
        world.service.order_switch(ref, moved, **order)
        world.service.advance(timedelta(minutes=30))
        world.run(declare("fabrikam", want("b", MID, 20, "t"), acknowledge=SURE))
        assert len(world.taken()) == 1


# A person who settles it wrongly


@pytest.fixture
def left_open(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Desk]:
    """A run that dies right after the service took its order."""

    def die(*args: object, **named: object) -> None:
        raise KeyboardInterrupt

    def begin() -> Desk:
        with monkeypatch.context() as patched:
            patched.setattr(act_module, "_read_back", die)
            desk.apply()
        return desk

    desk.configure()
    return begin


RESOLVE = ("resolve", "fabrikam.onmicrosoft.com", "--evidence", "ticket 1", "--as")


@pytest.mark.parametrize(("minutes", "wrong"), [(30, "failed"), (30, "started"), (0, "done"), (0, "failed")])
def test_nobody_settles_another_end_than_the_look_shows(
    desk: Desk, left_open: Callable[[], Desk], minutes: int, wrong: str
) -> None:
    desk.declare("fabrikam", SBP, 22)
    load(desk, live("fabrikam"))
    left_open()
    desk.ok("simulator", "advance", f"{minutes}m")
    answer = desk.run(*RESOLVE, wrong)
    assert answer.code == 1
    assert f"can not be settled as {wrong}" in answer.err


def test_what_the_service_took_has_not_failed_before_it_must_have_shown(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", SBP, 22)
    load(desk, live("fabrikam"))
    desk.ok("simulator", "fault", "fabrikam", "late-visibility", "--option", "minutes=60")
    desk.apply()
    answer = desk.run(*RESOLVE, "failed")
    assert answer.code == 1
    assert "Within 5 minutes of the order" in answer.err
    desk.apply()
    assert len(desk.asked()) == 1


def test_no_word_of_a_person_lets_one_acknowledgement_cover_two_switches(
    desk: Desk, left_open: Callable[[], Desk]
) -> None:
    a = {"name": "a", "plan": MID, "licenses": 20, "subscriptionId": "s"}
    b = {"name": "b", "plan": SB, "licenses": 20, "subscriptionId": "t"}
    put(desk, a, b, acknowledge=SURE_TOO)
    load(desk, live("fabrikam", sub(id="s"), sub(id="t")))
    left_open()
    desk.ok("simulator", "advance", "30m")
    desk.run(*RESOLVE, "failed")
    put(desk, {**b, "plan": MID}, acknowledge=SURE_TOO)
    desk.apply()
    assert len(desk.taken()) == 1

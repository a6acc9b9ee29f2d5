"""Renamed tenants and deleted files: told once, nothing live changes, and what is remembered follows."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from cli import Desk, Document, tenant_file, tenant_of
from hypothesis import given
from hypothesis import strategies as st
from scenes import E1, E3
from test_desired import FABRIKAM, fleet_of
from test_store import wish
from worlds import declare, live, sub, want

from reconciler.adapters.store import open_store
from reconciler.cli.world import now
from reconciler.roster import Member, Renamed, no_longer_managed, renamed, roster

NAMES = ("contoso", "fabrikam", "litware")


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """Three tenants on E3; each file wants two licences more than there are, so an apply has something to do."""
    desk.configure()
    for number, name in enumerate(NAMES):
        desk.declare(name, E3, 22)
        desk.live(
            live(
                name, sub(id=f"sub-{name}", plan=E3), tenantId=f"00000000-0000-4000-8000-00000000000{number}"
            )
        )
    desk.ok("simulator", "load", "live")
    return desk


def rename(desk: Desk, before: str, now_: str, licenses: int = 22, *, moved: bool = True) -> None:
    """Let the file of ``before`` say that it is called ``now_``."""
    (desk.folder / f"tenants/{before}.yaml").unlink()
    document = tenant_file(
        now_, [{"name": "main", "plan": E3, "licenses": licenses}], tenant=f"{before}.onmicrosoft.com"
    )
    if moved:
        document["metadata"]["moved"] = {"from": before}
    desk.put(f"tenants/{now_}.yaml", json.dumps(document))


def lists(document: Document) -> tuple[list[Document], list[str]]:
    return document["moved"], document["no_longer_managed"]


# a deleted file


def test_a_deleted_file_is_told_once_and_nothing_live_changes(fleet: Desk) -> None:
    assert fleet.apply().code == 0
    standing = fleet.standing("contoso")
    (fleet.folder / "tenants/contoso.yaml").unlink()
    for _ in range(2):
        told = fleet.ok("plan", "tenants").out
        assert "  . no longer managed: contoso (nothing changes live)\n" in told
        assert "No changes." in told
        assert lists(fleet.plan("tenants")) == ([], ["contoso"])
    before = fleet.asked()
    assert "no longer managed: contoso" in fleet.apply().out
    assert fleet.standing("contoso") == standing
    assert fleet.asked() == before
    assert "no longer managed" not in fleet.ok("plan", "tenants").out
    assert lists(fleet.plan("tenants")) == ([], [])


def test_apply_in_json_lists_who_is_no_longer_managed(fleet: Desk) -> None:
    fleet.apply()
    (fleet.folder / "tenants/contoso.yaml").unlink()
    document = fleet.run("apply", "tenants", "--auto-approve", "--format", "json").json()
    assert lists(document) == ([], ["contoso"])


def test_nobody_is_missed_before_the_first_apply_or_in_another_folder(fleet: Desk) -> None:
    (fleet.folder / "tenants/contoso.yaml").unlink()
    assert lists(fleet.plan("tenants")) == ([], [])
    fleet.apply()
    assert lists(fleet.plan("tenants/fabrikam.yaml")) == ([], [])


@pytest.mark.parametrize("words", [("--tenant", "fabrikam"), ("--live", "live")])
def test_a_part_of_the_fleet_and_a_plan_from_snapshots_miss_nobody(
    fleet: Desk, words: tuple[str, ...]
) -> None:
    fleet.apply()
    (fleet.folder / "tenants/contoso.yaml").unlink()
    assert lists(fleet.plan("tenants", *words)) == ([], [])
    assert "no longer managed" not in fleet.run("plan", "tenants", *words).out


def test_while_a_file_is_broken_nobody_is_called_no_longer_managed(fleet: Desk) -> None:
    """The tenant may be declared in the very file that can not be read."""
    fleet.apply()
    fleet.put("tenants/contoso.yaml", "kind: [\n")
    answer = fleet.run("plan", "tenants", "--format", "json")
    assert answer.code == 1
    assert answer.json()["no_longer_managed"] == []


def test_an_apply_of_a_part_does_not_forget_the_others(fleet: Desk) -> None:
    fleet.apply()
    (fleet.folder / "tenants/contoso.yaml").unlink()
    fleet.apply("tenants", "--tenant", "fabrikam")
    assert lists(fleet.plan("tenants")) == ([], ["contoso"])


def test_a_saved_plan_tells_of_the_deleted_file_too(fleet: Desk) -> None:
    fleet.apply()
    (fleet.folder / "tenants/contoso.yaml").unlink()
    fleet.declare("fabrikam", E3, 24)
    shown = fleet.ok("plan", "tenants", "--out", "fleet.plan.json").out
    assert "no longer managed: contoso" in shown
    assert fleet.ok("show", "fleet.plan.json").out == shown
    assert (
        "no longer managed: contoso" in fleet.ok("apply", "--plan", "fleet.plan.json", "--auto-approve").out
    )
    assert lists(fleet.plan("tenants")) == ([], [])


def test_a_fleet_that_shrank_too_much_is_refused_with_a_saved_plan_as_well(fleet: Desk) -> None:
    fleet.apply()
    for name in ("contoso", "litware"):
        (fleet.folder / f"tenants/{name}.yaml").unlink()
    fleet.declare("fabrikam", E3, 24)
    fleet.ok("plan", "tenants", "--out", "fleet.plan.json")
    refused = fleet.run("apply", "--plan", "fleet.plan.json", "--auto-approve")
    assert refused.code == 1
    assert "knew 3 tenants here, now there are 1" in refused.err
    assert fleet.ok("apply", "--plan", "fleet.plan.json", "--auto-approve", "--fleet-size", "1").code == 0


def test_a_file_that_comes_back_is_managed_again(fleet: Desk) -> None:
    fleet.apply()
    (fleet.folder / "tenants/contoso.yaml").unlink()
    fleet.apply()
    fleet.declare("contoso", E3, 24)
    assert tenant_of(fleet.plan("tenants"), "contoso")["verdict"] == "apply"


def test_of_very_many_missing_tenants_the_text_names_some_and_the_document_all(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", E3, 22)
    desk.live(live("fabrikam", sub(plan=E3)))
    desk.ok("simulator", "load", "live")
    desk.apply()
    gone = tuple(Member(f"old-{n:02}", f"old-{n:02}.onmicrosoft.com") for n in range(25))
    with open_store(str(desk.folder / ".reconciler"), create=True, now=now) as store:
        store.note_fleet_size(str((desk.folder / "tenants").resolve()), 26, gone)
    told = desk.ok("plan", "tenants").out
    assert told.count("  . no longer managed: old-") == 20
    assert "no longer managed: 5 more (--verbose names them)" in told
    assert desk.ok("plan", "tenants", "-v").out.count("  . no longer managed: old-") == 25
    assert len(desk.plan("tenants")["no_longer_managed"]) == 25


# a renamed tenant


def test_a_renamed_tenant_is_told_until_an_apply_has_taken_note(fleet: Desk) -> None:
    fleet.apply()
    rename(fleet, "contoso", "contoso-as")
    told = fleet.ok("plan", "tenants").out
    assert "  . contoso is now called contoso-as (nothing changes live)\n" in told
    assert "no longer managed" not in told
    assert "No changes." in told
    assert lists(fleet.plan("tenants")) == ([{"from": "contoso", "to": "contoso-as"}], [])
    before = fleet.asked()
    assert "contoso is now called contoso-as" in fleet.apply().out
    assert fleet.asked() == before
    assert "is now called" not in fleet.ok("plan", "tenants").out


def test_without_any_known_run_a_rename_is_told_all_the_same(fleet: Desk) -> None:
    rename(fleet, "contoso", "contoso-as")
    for words in ((), ("--live", "live")):
        assert "contoso is now called contoso-as" in fleet.ok("plan", "tenants", *words).out


def test_a_tenant_under_another_name_without_a_word_is_not_called_gone(fleet: Desk) -> None:
    """Its domain is declared still."""
    fleet.apply()
    rename(fleet, "contoso", "contoso-as", moved=False)
    assert lists(fleet.plan("tenants")) == ([], [])


def test_what_is_remembered_of_a_tenant_follows_its_new_name(fleet: Desk) -> None:
    """Lowered by five: a request to support, an outcome and a binding stand under the old name."""
    fleet.declare("contoso", E3, 15)
    fleet.apply()
    (before,) = fleet.ok("handoff", "list", "--format", "json").json()["handoffs"]
    assert before["tenant"] == "contoso"
    rename(fleet, "contoso", "contoso-as", 15)

    early = fleet.ok("status", "contoso-as", "--format", "json").json()["tenants"][0]
    assert early["formerly"] == "contoso"
    assert early["handoffs"] == [before["id"]]
    assert [run["times"] for run in early["runs"]] == [1]

    fleet.apply()
    (after,) = fleet.ok("handoff", "list", "--all", "--format", "json").json()["handoffs"]
    assert (after["id"], after["tenant"], after["state"]) == (before["id"], "contoso-as", "prepared")
    document = json.loads((fleet.folder / "tenants/contoso-as.yaml").read_text())
    del document["metadata"]["moved"]
    fleet.put("tenants/contoso-as.yaml", json.dumps(document))
    later = fleet.ok("status", "contoso-as", "--format", "json").json()["tenants"][0]
    assert later["handoffs"] == [before["id"]]
    assert [run["times"] for run in later["runs"]] == [2]

    fleet.ok("simulator", "set", "contoso.sub-contoso.assigned=10")
    fleet.ok("simulator", "set", "contoso.sub-contoso.licenses=15")
    fleet.apply()
    (closed,) = fleet.ok("handoff", "list", "--all", "--format", "json").json()["handoffs"]
    assert closed["state"] == "done"


def test_an_open_write_holds_the_tenant_under_its_new_name(fleet: Desk) -> None:
    for kind in ("lost-after", "late-visibility"):
        fleet.ok(
            "simulator", "fault", "contoso", kind, *(("--option", "minutes=600") if "late" in kind else ())
        )
    fleet.ok("simulator", "fault", "contoso", "error", "--always", "--option", "on=inquire")
    assert fleet.apply().code == 1
    rename(fleet, "contoso", "contoso-as")
    (step,) = tenant_of(fleet.plan("tenants"), "contoso-as")["steps"]
    assert "outcome-unknown" in [c["id"] for c in step["checks"] if c["status"] == "fail"]


def test_a_rename_touches_no_digest(fleet: Desk) -> None:
    before = fleet.plan("tenants")
    rename(fleet, "contoso", "contoso-as")
    assert fleet.plan("tenants")["digest"] == before["digest"]


def test_a_hand_off_that_goes_by_another_name_is_recorded_in_the_ledger(tmp_path: Path) -> None:
    with open_store(str(tmp_path), create=True, now=now) as store:
        store.tend_handoffs(lambda known: [wish(tenant="contoso")])
        store.note_renamed([Renamed("contoso", "contoso-as", "fabrikam.onmicrosoft.com")])
        assert [h.tenant for h in store.handoffs()] == ["contoso-as"]
    with sqlite3.connect(tmp_path / "state.db") as database:
        ((content,),) = database.execute("SELECT content FROM ledger WHERE kind = 'renamed'").fetchall()
    assert json.loads(content)["row"]["tenant"] == "contoso-as"


def test_a_store_from_before_rosters_is_read_and_brought_up_to_date(tmp_path: Path) -> None:
    """What version 2 had: the same store without the column; its ledger has begun and is not begun again."""
    with open_store(str(tmp_path), create=True, now=now) as store:
        store.set_stop("audit", "kari")
        store.note_fleet_size("tenants", 3)
    with sqlite3.connect(tmp_path / "state.db") as database:
        database.execute("ALTER TABLE fleet_sizes DROP COLUMN roster")
        database.execute("UPDATE about SET value = '2' WHERE key = 'schema'")
        before = database.execute("SELECT * FROM ledger").fetchall()
    with open_store(str(tmp_path), create=False, now=now) as store:
        assert store.last_roster("tenants") is None
        assert store.last_fleet_size("tenants") == 3
    with open_store(str(tmp_path), create=True, now=now) as store:
        store.note_fleet_size("tenants", 1, (Member("contoso", "contoso.onmicrosoft.com"),))
        assert store.last_roster("tenants") == (Member("contoso", "contoso.onmicrosoft.com"),)
    with sqlite3.connect(tmp_path / "state.db") as database:
        assert database.execute("SELECT * FROM ledger").fetchall() == before


# problems


def named(text: str, name: str, domain: str, moved: str = "") -> str:
    document = text.replace("name: fabrikam", f"name: {name}").replace("fabrikam.on", f"{domain}.on")
    return (
        document.replace(f"name: {name}\n", f"name: {name}\n  moved: {{from: {moved}}}\n")
        if moved
        else document
    )


def test_two_files_that_claim_one_former_name_are_both_held() -> None:
    fleet = fleet_of(named(FABRIKAM, "a", "a", "old"), named(FABRIKAM, "b", "b", "old"), FABRIKAM)
    assert [d.name for d in fleet.declarations] == ["fabrikam"]
    assert [(p.code, str(p.place)) for p in fleet.problems] == [
        ("duplicate-moved", "a.yaml:5:17"),
        ("duplicate-moved", "b.yaml:5:17"),
    ]
    assert "b.yaml:5:17" in fleet.problems[0].message


def test_a_former_name_that_is_still_declared_holds_both() -> None:
    fleet = fleet_of(named(FABRIKAM, "new", "new", "fabrikam"), FABRIKAM)
    assert fleet.declarations == ()
    assert [(p.code, str(p.place)) for p in fleet.problems] == [
        ("still-declared", "a.yaml:5:17"),
        ("still-declared", "b.yaml:4:9"),
    ]
    assert "delete the file" in fleet.problems[0].hint


def test_a_tenant_can_not_have_been_called_what_it_is_called() -> None:
    fleet = fleet_of(named(FABRIKAM, "fabrikam", "fabrikam", "fabrikam"))
    assert {p.code for p in fleet.problems} == {"still-declared"}


def test_a_former_name_is_read_and_names_no_other_member() -> None:
    (declared,) = fleet_of(named(FABRIKAM, "new", "new", "old")).declarations
    assert declared.formerly == "old"
    wrong = fleet_of(named(FABRIKAM, "new", "new", "old").replace("{from: old}", "{to: old}"))
    assert {p.code for p in wrong.problems} == {"missing-member", "unknown-member"}


# laws

words = st.sampled_from(["a", "b", "c", "d"])
fleets = st.lists(words, max_size=4, unique=True).map(
    lambda names: tuple(declare(n, want("main", E1)) for n in names)
)


@given(fleets, fleets)
def test_who_is_missed_was_known_and_is_not_declared(then: tuple, now_: tuple) -> None:  # type: ignore[type-arg]
    gone = no_longer_managed(now_, roster(then))
    assert set(gone) == {d.name for d in then} - {d.name for d in now_}
    assert no_longer_managed(now_, None) == ()
    assert no_longer_managed(now_, roster(now_)) == ()


@given(fleets)
def test_a_rename_is_told_only_while_the_old_name_is_the_known_one(then: tuple) -> None:  # type: ignore[type-arg]
    moved = tuple(declare(f"new-{d.name}", want("main"), tenant=d.tenant, formerly=d.name) for d in then)
    assert {(r.before, r.now) for r in renamed(moved, roster(then))} == {
        (d.name, f"new-{d.name}") for d in then
    }
    assert no_longer_managed(moved, roster(then)) == ()
    assert renamed(moved, roster(moved)) == ()
    assert len(renamed(moved, None)) == len(moved)

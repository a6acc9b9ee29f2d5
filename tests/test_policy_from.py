"""``--policy-from``: a pull request can loosen nothing for itself, in real repositories."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from cli import ROOT, Desk, Document, tenant_of, verdicts
from repositories import branch, commit, git, names, push, remote
from worlds import live, sub

SB, SBP, E1 = "office-365-small-business", "office-365-small-business-premium", "office-365-enterprise-e1"
SCHEMA = json.loads((ROOT / "schemas/change-plan.schema.json").read_text(encoding="utf-8"))
MAIN = ("--policy-from", "origin/main")
WAIVER = {
    "rule": "backup-missing",
    "reason": "agreed by phone",
    "owner": "kari@fabrikam.no",
    "until": "2027-12-24",
}
pytestmark = pytest.mark.git


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """Two tenants in sync on main, whose configuration lets 5 licences be added to a tenant; and a branch of it."""
    desk.configure(tenants=["tenants"], limits={"maxLicensesAdded": 5})
    for name in ("contoso", "fabrikam"):
        desk.declare(name, SBP, 10)
        bought = sub(id=f"sub-{name}", plan=SBP, licenses=10, assigned=8, offers=[E1])
        desk.live(live(name, bought))
    desk.ok("simulator", "load", "live")
    remote(desk)
    branch(desk)
    return desk


def told(desk: Desk) -> str:
    return " ".join(desk.run("plan", "tenants", *MAIN).out.split())


def not_counted(plan: Document) -> list[tuple[str, str]]:
    return [(one["tenant"], one["kind"]) for one in plan["source"]["policy"]["not_counted"]]


def test_the_limits_are_those_of_the_ref(fleet: Desk) -> None:
    fleet.configure(tenants=["tenants"], limits={"maxLicensesAdded": 100})
    fleet.declare("fabrikam", SBP, 20)
    assert verdicts(fleet.plan("tenants"))["fabrikam"] == "apply"
    plan = fleet.plan("tenants", *MAIN)
    assert verdicts(plan)["fabrikam"] == "blocked"
    (step,) = tenant_of(plan, "fabrikam")["steps"]
    assert [c["id"] for c in step["checks"] if c["status"] == "fail" and c["effect"] == "block"] == [
        "over-limit"
    ]
    assert plan["source"]["policy"]["commit"] == git(fleet.folder, "rev-parse", "origin/main")
    assert plan["source"]["partial"] is False
    jsonschema.Draft202012Validator(SCHEMA).validate(plan)
    assert told(fleet).startswith("Policy (configuration and catalogue) from origin/main (commit ")


def test_apply_goes_by_the_policy_too(fleet: Desk) -> None:
    fleet.configure(tenants=["tenants"], limits={"maxLicensesAdded": 100})
    fleet.declare("fabrikam", SBP, 20)
    fleet.declare("contoso", SBP, 12)
    assert fleet.apply("tenants", *MAIN).code == 0
    assert [call["tenant"] for call in fleet.taken()] == ["contoso"]


def test_the_environment_may_say_it_and_the_configuration_may_not(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.configure(tenants=["tenants"], policyFrom="origin/main")
    answer = fleet.run("plan", "tenants")
    assert answer.code == 1
    assert "policyFrom" in answer.err
    fleet.configure(tenants=["tenants"])
    monkeypatch.setenv("RECONCILER_POLICY_FROM", "origin/main")
    assert fleet.plan("tenants")["source"]["policy"]["ref"] == "origin/main"
    monkeypatch.setenv("RECONCILER_POLICY_FROM", "--nowhere")
    assert fleet.run("plan", "tenants").code == 64


def test_a_configuration_put_nearer_or_taken_away_changes_nothing(fleet: Desk) -> None:
    fleet.declare("fabrikam", SBP, 20)
    near = {"apiVersion": "reconciler/v1", "kind": "Configuration", "limits": {"maxLicensesAdded": 100}}
    fleet.put("tenants/reconciler.yaml", json.dumps(near))
    assert verdicts(fleet.plan("tenants", *MAIN))["fabrikam"] == "blocked"
    (fleet.folder / "tenants/reconciler.yaml").unlink()
    (fleet.folder / "reconciler.yaml").unlink()
    assert verdicts(fleet.plan("tenants", *MAIN))["fabrikam"] == "blocked"
    fleet.put("reconciler.yaml", "kind: [\n")
    assert verdicts(fleet.plan("tenants", *MAIN))["fabrikam"] == "blocked"
    (fleet.folder / "reconciler.yaml").unlink()
    (fleet.folder / "reconciler.yaml").symlink_to("/etc/hostname")
    assert verdicts(fleet.plan("tenants", *MAIN))["fabrikam"] == "blocked"


def test_a_configuration_that_is_named_and_does_not_stand_there_is_an_error(fleet: Desk) -> None:
    (fleet.folder / "reconciler.yaml").rename(fleet.folder / "other.yaml")
    answer = fleet.run("plan", "tenants", *MAIN, "--config", "other.yaml")
    assert answer.code == 1
    assert "other.yaml does not exist" in answer.err
    assert "The policy is read at origin/main" in answer.err


def test_a_configuration_outside_of_the_repository_is_nobody_s_to_change(fleet: Desk) -> None:
    outside = fleet.folder.parent / f"{fleet.folder.name}-reconciler.yaml"
    document = json.loads((fleet.folder / "reconciler.yaml").read_text(encoding="utf-8"))
    document = {
        **document,
        "tenants": [str(fleet.folder / "tenants")],
        "state": str(fleet.folder / ".reconciler"),
    }
    outside.write_text(json.dumps({**document, "limits": {"maxLicensesAdded": 9}}), encoding="utf-8")
    fleet.declare("fabrikam", SBP, 19)
    plan = fleet.plan("tenants", *MAIN, "--config", outside)
    assert verdicts(plan)["fabrikam"] == "apply"


def test_the_catalogue_is_that_of_the_ref(fleet: Desk) -> None:
    text = (ROOT / "reconciler/catalogues/office365-2014.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    (row,) = [p for p in document["spec"]["plans"] if p["key"] == SBP]
    assert row["cap"] == 25
    row["cap"] = 300
    fleet.put("wide.yaml", yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
    fleet.configure(tenants=["tenants"], catalogue="wide.yaml", limits={"maxLicensesAdded": 300})
    fleet.declare("fabrikam", SBP, 30)
    assert verdicts(fleet.plan("tenants"))["fabrikam"] == "apply"
    answer = fleet.run("plan", "tenants", *MAIN)
    assert answer.code == 1
    assert "takes at most 25" in " ".join(answer.out.split())


def test_the_catalogue_file_is_read_at_the_ref_and_not_on_the_disk(fleet: Desk) -> None:
    text = (ROOT / "reconciler/catalogues/office365-2014.yaml").read_text(encoding="utf-8")
    git(fleet.folder, "checkout", "-q", "main")
    fleet.put("plans.yaml", text)
    fleet.configure(tenants=["tenants"], catalogue="plans.yaml")
    commit(fleet, "Keep a catalogue of our own")
    push(fleet)
    before = fleet.plan("tenants", *MAIN)["catalogue"]
    branch(fleet, "other")
    fleet.put("plans.yaml", "kind: [\n")
    assert fleet.plan("tenants", *MAIN)["catalogue"] == before
    (fleet.folder / "plans.yaml").unlink()
    assert fleet.plan("tenants", *MAIN)["catalogue"] == before


def switching(desk: Desk, **spec: object) -> Document:
    """Fabrikam wants a plan from which no way leads back."""
    return desk.declare("fabrikam", E1, 10, **spec)


def test_a_waiver_of_the_pull_request_does_not_count_and_is_said(fleet: Desk) -> None:
    switching(fleet, waivers=[WAIVER], acknowledge={"noWayBack": E1})
    assert verdicts(fleet.plan("tenants"))["fabrikam"] == "apply"
    plan = fleet.plan("tenants", *MAIN)
    assert verdicts(plan)["fabrikam"] == "blocked"
    assert not_counted(plan) == [("fabrikam", "waiver")]
    assert tenant_of(plan, "fabrikam")["waivers"] == []
    assert (
        "warning, fabrikam: the waiver of backup-missing until 2027-12-24 (kari@fabrikam.no) does not count until "
        "it stands at origin/main"
    ) in told(fleet)
    answer = fleet.apply("tenants", *MAIN)
    assert answer.code == 0
    assert fleet.asked() == []


def test_a_waiver_that_stands_there_counts(fleet: Desk) -> None:
    git(fleet.folder, "checkout", "-q", "main")
    fleet.declare("fabrikam", SBP, 10, waivers=[WAIVER])
    commit(fleet, "Waive it")
    push(fleet)
    branch(fleet, "other")
    switching(fleet, waivers=[WAIVER], acknowledge={"noWayBack": E1})
    plan = fleet.plan("tenants", *MAIN)
    assert (verdicts(plan)["fabrikam"], not_counted(plan)) == ("apply", [])


def test_a_window_taken_out_still_holds(fleet: Desk) -> None:
    git(fleet.folder, "checkout", "-q", "main")
    fleet.declare("fabrikam", SBP, 10, windows=[{"allow": "Sat 20:00-24:00", "timezone": "Europe/Oslo"}])
    commit(fleet, "Only on Saturdays")
    push(fleet)
    branch(fleet, "other")
    fleet.declare("fabrikam", SBP, 12)
    assert verdicts(fleet.plan("tenants"))["fabrikam"] == "apply"
    plan = fleet.plan("tenants", *MAIN)
    assert (verdicts(plan)["fabrikam"], not_counted(plan)) == ("wait", [("fabrikam", "windows")])


def test_a_window_can_not_be_shaken_off_by_another_name_and_the_tenant_s_id(fleet: Desk) -> None:
    """The file says another name and the id; only the service knows that it is the same tenant."""
    git(fleet.folder, "checkout", "-q", "main")
    fleet.declare("fabrikam", SBP, 10, windows=[{"allow": "Sat 20:00-24:00", "timezone": "Europe/Oslo"}])
    commit(fleet, "Only on Saturdays")
    push(fleet)
    branch(fleet, "other")
    id_ = json.loads((fleet.folder / "live/fabrikam.yaml").read_text(encoding="utf-8"))["spec"]["tenantId"]
    (fleet.folder / "tenants/fabrikam.yaml").unlink()
    fleet.declare("joinery", SBP, 12, tenant=id_)
    assert verdicts(fleet.plan("tenants"))["joinery"] == "apply"
    for words in (("plan", "tenants", *MAIN), ("apply", "tenants", *MAIN, "--auto-approve")):
        answer = fleet.run(*words)
        assert answer.code == 1
        assert "declare one and the same live tenant" in answer.err
    assert fleet.asked() == []


def test_two_tenants_can_not_change_what_holds_for_them_by_their_ids(fleet: Desk) -> None:
    git(fleet.folder, "checkout", "-q", "main")
    fleet.declare("fabrikam", SBP, 10, windows=[{"allow": "Sat 20:00-24:00", "timezone": "Europe/Oslo"}])
    commit(fleet, "Only on Saturdays")
    push(fleet)
    branch(fleet, "other")
    ids = [
        json.loads((fleet.folder / f"live/{name}.yaml").read_text(encoding="utf-8"))["spec"]["tenantId"]
        for name in ("contoso", "fabrikam")
    ]
    fleet.declare("contoso", SBP, 12, tenant=ids[1])
    fleet.declare("fabrikam", SBP, 10, tenant=ids[0])
    answer = fleet.apply("tenants", *MAIN)
    assert answer.code == 1
    assert "declare one and the same live tenant" in answer.err
    assert fleet.asked() == []


def test_a_tenant_may_be_named_by_its_id_instead_of_its_domain(fleet: Desk) -> None:
    live_file = fleet.folder / "live/fabrikam.yaml"
    id_ = json.loads(live_file.read_text(encoding="utf-8"))["spec"]["tenantId"]
    fleet.declare("fabrikam", SBP, 12, tenant=id_)
    assert verdicts(fleet.plan("tenants", *MAIN))["fabrikam"] == "apply"


def test_files_with_problems_at_the_ref_refuse_it_and_are_named_there(fleet: Desk) -> None:
    good = (fleet.folder / "tenants/contoso.yaml").read_text(encoding="utf-8")
    git(fleet.folder, "checkout", "-q", "main")
    fleet.put("tenants/contoso.yaml", "kind: [\n")
    at = commit(fleet, "Break it")
    push(fleet)
    fleet.put("tenants/contoso.yaml", good)
    answer = fleet.run("plan", "tenants", *MAIN)
    assert answer.code == 1
    assert f"{at[:12]}:tenants/contoso.yaml:" in answer.err
    assert "The policy is read at origin/main" in answer.err


def test_a_ref_that_can_not_be_read_plans_and_writes_nothing(fleet: Desk) -> None:
    fleet.declare("fabrikam", SBP, 12)
    for words in (("plan", "tenants"), ("apply", "tenants", "--auto-approve")):
        answer = fleet.run(*words, "--policy-from", "origin/nowhere")
        assert answer.code == 1
        assert "origin/nowhere" in answer.err
    assert fleet.asked() == []


def test_with_only_what_changed_a_new_waiver_is_news_and_a_policy_changed_on_main_is_not(fleet: Desk) -> None:
    fleet.declare("contoso", SBP, 10, waivers=[WAIVER])
    commit(fleet, "Waive it")
    git(fleet.folder, "checkout", "-q", "main")
    fleet.configure(tenants=["tenants"], limits={"maxLicensesAdded": 3})
    commit(fleet, "Be careful")
    push(fleet)
    git(fleet.folder, "checkout", "-q", "wish")
    plan = fleet.plan("tenants", *MAIN, "--changed-since", "origin/main")
    assert names(plan) == ["contoso"]
    assert not_counted(plan) == [("contoso", "waiver")]


def test_a_saved_plan_is_applied_under_the_policy_it_was_made_under(fleet: Desk) -> None:
    fleet.configure(tenants=["tenants"], limits={"maxLicensesAdded": 100})
    fleet.declare("contoso", SBP, 12)
    fleet.declare("fabrikam", SBP, 20)
    fleet.ok("plan", "tenants", *MAIN, "--out", "a.plan.json")
    shown = fleet.ok("show", "a.plan.json", "--format", "json").json()
    assert shown == json.loads((fleet.folder / "a.plan.json").read_text(encoding="utf-8"))
    answer = fleet.run("apply", "--plan", "a.plan.json")
    assert answer.code == 0, answer.both
    assert [call["tenant"] for call in fleet.taken()] == ["contoso"]


def test_what_is_read_at_the_ref_is_one_commit_even_while_it_moves(fleet: Desk) -> None:
    from reconciler.adapters.git import tree_at

    tree = tree_at("origin/main", (Path("tenants"),))
    git(fleet.folder, "checkout", "-q", "main")
    fleet.configure(limits={"maxLicensesAdded": 50})
    commit(fleet, "Move on")
    push(fleet)
    found = tree.read(Path("reconciler.yaml"), 10_000)
    assert isinstance(found, bytes)
    assert b'"maxLicensesAdded": 5}' in found

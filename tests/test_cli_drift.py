"""``drift`` as a user meets it: each kind is made with the simulator, told once, known from then on, and gone once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cli import ROOT, Desk, tenant_of
from worlds import live, sub

from reconciler.adapters import files

E1, E3 = "office-365-enterprise-e1", "office-365-enterprise-e3"
GUIDE = (ROOT / "docs" / "drift.md").read_text(encoding="utf-8")
SCHEMA = jsonschema.Draft202012Validator(files.schema("drift"))
LISTS = ("wanted", "outside", "service", "unconfirmed", "under_way", "gone")


def state(name: str = "fabrikam", *more: Any, **members: Any) -> Any:
    bought = sub(**{"id": f"{name}-1", "plan": E3, "licenses": 42, "offers": [], **members})
    return live(name, bought, *more, tenantId=f"00000000-0000-4000-8000-{sum(name.encode()):012d}")


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """One tenant that stands as declared, seen so once."""
    desk.configure()
    desk.declare("fabrikam", E3, 42, website={"domain": "www.fabrikam.no"})
    desk.live(state())
    desk.ok("simulator", "load", "live")
    assert drift(desk, "--record") == {}
    return desk


def document(desk: Desk, *words: object, code: int = 0) -> Any:
    answer = desk.run("drift", "tenants", "--format", "json", *words)
    assert answer.code == code, answer.both
    found = answer.json()
    SCHEMA.validate(found)
    return found


def drift(desk: Desk, *words: object, code: int = 0) -> dict[str, list[str]]:
    """The kinds in each list that is not empty, of all tenants together."""
    tenants = document(desk, *words, code=code)["tenants"]
    kinds = {name: [f["kind"] for t in tenants for f in t[name]] for name in LISTS}
    return {name: found for name, found in kinds.items() if found}


KINDS = [
    ("licenses=50", "licenses=42", "outside", "licenses-above"),
    ("licenses=30", "licenses=42", "outside", "licenses-below"),
    (f"plan={E1}", f"plan={E3}", "outside", "plan-changed"),
    ("status=expired", "status=active", "service", "expired"),
    ("status=suspended", "status=active", "service", "suspended"),
    ("status=warning", "status=active", "service", "warning-period"),
    ("usersWithoutLicense=2", "usersWithoutLicense=0", "service", "license-conflict"),
    ("assigned=45", "assigned=18", "service", "license-conflict"),
]


def told_once_then_gone(desk: Desk, where: str, kind: str, mend: Any, looks: int = 2) -> None:
    for _ in range(looks - 1):
        assert drift(desk, "--record") == {"unconfirmed": [kind]}
    first = desk.ok("drift", "tenants", "--record").out
    assert f"  {kind}  " in first
    assert "known since" not in first
    assert "next: " in first
    second = desk.ok("drift", "tenants", "--record").out
    assert f"  {kind}  " in second
    assert "(known since" in " ".join(second.split())
    assert "next: " not in second
    assert drift(desk, "--detailed-exitcode", code=2) == {where: [kind]}
    mend()
    assert drift(desk) == {"gone": [kind]}
    assert drift(desk, "--record", "--detailed-exitcode") == {"gone": [kind]}
    assert drift(desk, "--record", "--exit-codes=full") == {}


@pytest.mark.parametrize(("change", "back", "where", "kind"), KINDS, ids=[c[0] for c in KINDS])
def test_each_kind_is_told_once_then_known_and_then_gone(
    fleet: Desk, change: str, back: str, where: str, kind: str
) -> None:
    fleet.ok("simulator", "set", f"fabrikam.main.{change}")
    told_once_then_gone(fleet, where, kind, lambda: fleet.ok("simulator", "set", f"fabrikam.main.{back}"))


def test_another_website_address_is_told(fleet: Desk) -> None:
    fleet.ok("simulator", "set", "fabrikam.website.domain=www.other.no")
    told_once_then_gone(
        fleet,
        "outside",
        "website-changed",
        lambda: fleet.ok("simulator", "set", "fabrikam.website.domain=www.fabrikam.no"),
    )


def test_a_service_that_is_not_healthy_is_told_after_three_looks(fleet: Desk) -> None:
    fleet.ok("simulator", "set", "fabrikam.services.exchange-online=degraded")
    told_once_then_gone(
        fleet,
        "service",
        "unhealthy",
        lambda: fleet.ok("simulator", "set", "fabrikam.services.exchange-online=healthy"),
        looks=3,
    )


def reloaded(desk: Desk, *documents: Any) -> None:
    for each in documents:
        desk.live(each)
    desk.ok("simulator", "load", "live")


def test_a_subscription_that_is_gone_is_told_until_it_is_back(fleet: Desk) -> None:
    reloaded(fleet, {**state(), "spec": {**state()["spec"], "subscriptions": []}})
    told_once_then_gone(fleet, "outside", "subscription-gone", lambda: reloaded(fleet, state()))


def test_a_new_subscription_is_told_until_the_file_lists_it(fleet: Desk) -> None:
    reloaded(fleet, state("fabrikam", sub(id="new", plan="exchange-online-plan-1", licenses=7)))

    def list_it() -> None:
        unmanaged = [{"subscriptionId": "NEW", "reason": "bought by a reseller"}]
        fleet.declare("fabrikam", E3, 42, website={"domain": "www.fabrikam.no"}, unmanaged=unmanaged)

    told_once_then_gone(fleet, "outside", "subscription-new", list_it)


def test_a_trial_that_ends_is_told(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", E3, 42)
    desk.live(state(trial=True))
    desk.ok("simulator", "load", "live")
    assert drift(desk, "--record") == {}
    desk.ok("simulator", "set", "fabrikam.main.status=expired", "fabrikam.main.trial=false")
    told_once_then_gone(
        desk, "service", "trial-ended", lambda: desk.ok("simulator", "set", "fabrikam.main.status=active")
    )


def test_what_changes_once_more_is_told_once_more(fleet: Desk) -> None:
    fleet.ok("simulator", "set", "fabrikam.main.licenses=50")
    for _ in range(3):
        fleet.ok("drift", "tenants", "--record")
    fleet.ok("simulator", "set", "fabrikam.main.licenses=55")
    assert (
        "0 outside, 0 by the service; 0 gone, 1 not confirmed" in fleet.ok("drift", "tenants", "--record").out
    )
    assert "42 -> 55 licences (+13)" in fleet.ok("drift", "tenants", "--record").out
    assert "known since" in " ".join(fleet.ok("drift", "tenants", "--record").out.split())


def test_what_nobody_could_be_told_does_not_count_as_known(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.ok("simulator", "set", "fabrikam.main.licenses=50")
    fleet.ok("drift", "tenants", "--record")

    def cut_off(*args: object, **options: object) -> None:
        raise BrokenPipeError

    with monkeypatch.context() as patched:
        patched.setattr("reconciler.cli.drift.give_printed", cut_off)
        assert fleet.run("drift", "tenants", "--record").code == 1
    assert "known since" not in fleet.ok("drift", "tenants", "--record").out


# looking only


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_without_record_nothing_is_created_and_nothing_counted(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", E3, 42)
    desk.live(state(licenses=50))
    desk.ok("simulator", "load", "live")
    names = set(tree(desk.folder))
    for _ in range(3):
        assert drift(desk) == {"wanted": ["licenses-above"]}
    assert set(tree(desk.folder)) == names
    assert drift(desk, "--record") == {"wanted": ["licenses-above"]}
    assert (desk.folder / ".reconciler" / "state.db").exists()


def test_where_there_is_no_service_nothing_is_made_only_to_remember_that(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", E3, 42)
    before = tree(desk.folder)
    answer = desk.run("drift", "tenants", "--record", "--exit-codes=full")
    assert answer.code == 5
    assert "Not read" in answer.out
    assert tree(desk.folder) == before


def test_drift_writes_to_no_tenant(fleet: Desk) -> None:
    fleet.ok("simulator", "set", "fabrikam.main.licenses=50")
    for words in ([], ["--record"], ["--record", "--propose"], ["--propose"]):
        fleet.ok("drift", "tenants", *words)
    assert fleet.asked() == []
    assert fleet.standing("fabrikam") == [(E3, 50)]


def test_apply_remembers_how_it_left_things_and_counts_what_it_saw(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", E3, 45)
    desk.live(state())
    desk.ok("simulator", "load", "live")
    assert desk.apply().code == 0
    assert drift(desk) == {}
    desk.ok("simulator", "set", "fabrikam.main.licenses=50")
    assert drift(desk) == {"unconfirmed": ["licenses-above"]}
    assert desk.apply().code == 0
    # That look counted too; so this one is the second, and nobody was told yet.
    answer = desk.ok("drift", "tenants", "--record")
    assert "45 -> 50 licences (+5), declared 45" in answer.out
    assert "known since" not in answer.out


def test_a_commit_that_wants_something_is_not_drift(fleet: Desk) -> None:
    fleet.declare("fabrikam", E3, 60, website={"domain": "www.fabrikam.no"})
    for _ in range(3):
        assert drift(fleet, "--record", "--detailed-exitcode") == {"wanted": ["licenses-below"]}
    fleet.ok("simulator", "set", "fabrikam.main.licenses=50")
    fleet.ok("drift", "tenants", "--record")
    assert drift(fleet, "--record", "--exit-codes=full", code=2) == {"outside": ["licenses-below"]}


def test_who_did_it_is_told_where_the_service_knows(fleet: Desk) -> None:
    fleet.ok("simulator", "set", "fabrikam.main.licenses=50", "fabrikam.website.domain=www.other.no")
    (tenant,) = document(fleet)["tenants"]
    assert {f["field"]: f["who"] for f in tenant["unconfirmed"]} == {
        "licenses": {"who": "another administrator", "at": "2026-11-23T10:00:00Z"},
        "website.domain": {"who": "another administrator", "at": "2026-11-23T10:00:00Z"},
    }
    reloaded(fleet, state(licenses=51))
    (tenant,) = document(fleet)["tenants"]
    assert "licenses" in [f["field"] for f in tenant["unconfirmed"]]


# what could not be read, and what flickers


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("throttle", ()),
        ("error", ("--option", "on=read")),
        ("partial-read", ()),
        ("partial-read", ("--option", "facts=subscriptions.licenses")),
        ("partial-read", ("--option", "facts=subscriptions.plan")),
        ("unknown-word", ("--option", "member=switch.state", "--option", "word=paused")),
    ],
)
def test_a_read_that_failed_is_neither_drift_nor_the_end_of_one(
    fleet: Desk, kind: str, options: tuple[str, ...]
) -> None:
    fault = ("simulator", "fault", "fabrikam", kind, "--always", *options)
    fleet.ok(*fault)
    for _ in range(3):
        found = drift(fleet, "--record", "--exit-codes=full", code=0 if kind == "unknown-word" else 5)
        assert found == {}
    fleet.ok("simulator", "fault", "--clear")
    fleet.ok("simulator", "set", "fabrikam.main.licenses=50")
    fleet.ok("drift", "tenants", "--record")
    assert drift(fleet, "--record") == {"outside": ["licenses-above"]}
    fleet.ok(*fault)
    assert drift(fleet, "--record", "--exit-codes=full", code=5) == {}
    assert drift(fleet, "--record", "--detailed-exitcode", code=1) == {}
    assert "Not read, so nothing is said of it:" in fleet.ok("drift", "tenants").out
    fleet.ok("simulator", "fault", "--clear")
    assert drift(fleet) == {"outside": ["licenses-above"]}


def test_a_flicker_is_not_drift(fleet: Desk) -> None:
    for number in (50, 42, 50, 42):
        fleet.ok("simulator", "set", f"fabrikam.main.licenses={number}")
        expected = {"unconfirmed": ["licenses-above"]} if number == 50 else {}
        assert drift(fleet, "--record") == expected


def test_while_it_is_set_up_or_switched_nothing_counts(fleet: Desk) -> None:
    fleet.ok("simulator", "set", "fabrikam.main.provisioned=false", "fabrikam.main.licenses=50")
    for _ in range(4):
        assert drift(fleet, "--record", "--detailed-exitcode") == {"under_way": ["licenses-above"]}
    fleet.ok("simulator", "set", "fabrikam.main.provisioned=true")
    assert drift(fleet) == {"unconfirmed": ["licenses-above"]}


def test_our_own_switch_is_under_way_and_then_no_drift(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", E3, 45)
    desk.live(state(plan=E1, offers=[E3]))
    desk.ok("simulator", "load", "live")
    assert drift(desk, "--record") == {"wanted": ["plan-changed", "licenses-below"]}
    assert desk.apply().code == 0
    assert drift(desk, "--record") == {"under_way": ["plan-changed", "licenses-below"]}
    desk.ok("simulator", "advance", "30m")
    assert drift(desk, "--record") == {}
    assert desk.standing("fabrikam") == [(E3, 45)]


def test_how_often_and_how_long_is_set_in_the_configuration(desk: Desk) -> None:
    confirm = {"default": {"times": 1}, "licenses-above": {"times": 9, "for": "1h"}}
    desk.configure(drift={"confirm": confirm})
    desk.declare("fabrikam", E3, 42)
    desk.live(state())
    desk.ok("simulator", "load", "live")
    drift(desk, "--record")
    desk.ok("simulator", "set", "fabrikam.main.licenses=50", "fabrikam.main.status=suspended")
    assert drift(desk, "--record") == {"service": ["suspended"], "unconfirmed": ["licenses-above"]}
    desk.ok("simulator", "advance", "59m")
    assert drift(desk, "--record")["unconfirmed"] == ["licenses-above"]
    desk.ok("simulator", "advance", "1m")
    assert drift(desk, "--record")["outside"] == ["licenses-above"]


@pytest.mark.parametrize(
    ("confirm", "said"),
    [
        ({"licences-above": {"times": 2}}, "licenses-above"),
        ({"default": {"times": 0}}, "times"),
        ({"default": {"for": "10"}}, "15m"),
    ],
)
def test_a_confirmation_that_means_nothing_is_an_error(desk: Desk, confirm: Any, said: str) -> None:
    desk.configure(drift={"confirm": confirm})
    desk.declare("fabrikam", E3, 42)
    answer = desk.run("drift", "tenants")
    assert answer.code == 1
    assert said in answer.err


# many tenants, snapshots, change plans


def test_the_same_change_in_many_tenants_is_one_with_their_names(desk: Desk) -> None:
    desk.configure()
    names = [f"tenant-{n:02}" for n in range(12)]
    for n, name in enumerate(names):
        desk.declare(name, E3, 42 + n)
        document_ = state(name, licenses=42 + n)
        document_["spec"]["tenantId"] = f"00000000-0000-4000-8000-{n:012d}"
        desk.live(document_)
    desk.ok("simulator", "load", "live")
    drift(desk, "--record")
    desk.ok("simulator", "set", *(f"{name}.main.licenses={47 + n}" for n, name in enumerate(names)))
    drift(desk, "--record")
    text = desk.ok("drift", "tenants").out
    assert "licenses-above  12 tenants  Office 365 Enterprise E3: +5 licences" in text
    assert "tenant-00, tenant-01, tenant-02, tenant-03, tenant-04 and 7 more" in " ".join(text.split())
    assert "tenant-11" in desk.ok("drift", "tenants", "-v").out
    (group,) = document(desk)["groups"]
    assert (group["count"], group["delta"], group["tenants"]) == (12, 5, names)
    only = document(desk, "--tenant", "tenant-03")
    assert [t["name"] for t in only["tenants"]] == ["tenant-03"]


def test_of_snapshots_nothing_is_remembered_and_that_is_said(fleet: Desk) -> None:
    fleet.live(state(licenses=50, status="suspended"))
    before = tree(fleet.folder / ".reconciler")
    found = document(fleet, "--live", "live")
    assert found["snapshot"] is True
    (tenant,) = found["tenants"]
    assert [f["kind"] for f in tenant["wanted"]] == ["licenses-above"]
    assert [f["kind"] for f in tenant["unconfirmed"]] == ["suspended"]
    assert "From snapshots" in fleet.ok("drift", "tenants", "--live", "live").out
    assert tree(fleet.folder / ".reconciler") == before


@pytest.mark.parametrize("option", ["--record", "--propose"])
def test_snapshots_do_not_go_with_what_needs_a_memory(fleet: Desk, option: str) -> None:
    answer = fleet.run("drift", "tenants", "--live", "live", option)
    assert answer.code == 64
    assert option in answer.err


def test_a_broken_file_is_told_and_the_others_are_looked_at(fleet: Desk) -> None:
    fleet.put("tenants/broken.yaml", "kind: Tenant\n")
    found = document(fleet, code=1)
    assert found["errored"] is True
    assert [t["name"] for t in found["tenants"]] == ["fabrikam"]


def test_the_change_plan_tells_the_drift_and_its_digest_does_not_cover_it(fleet: Desk) -> None:
    fleet.declare("fabrikam", E3, 60, website={"domain": "www.fabrikam.no"})
    fleet.ok("simulator", "set", "fabrikam.main.usersWithoutLicense=1")
    before = fleet.plan("tenants")
    assert tenant_of(before, "fabrikam")["drift"] == []
    for _ in range(2):
        fleet.ok("drift", "tenants", "--record")
    after = fleet.plan("tenants")
    assert [f["kind"] for f in tenant_of(after, "fabrikam")["drift"]] == ["license-conflict"]
    assert after["digest"] == before["digest"]
    jsonschema.Draft202012Validator(files.schema("change-plan")).validate(after)
    fleet.ok("plan", "tenants", "--out", "p.json")
    shown = fleet.ok("show", "p.json", "--format", "json").json()
    assert tenant_of(shown, "fabrikam")["drift"] == tenant_of(after, "fabrikam")["drift"]
    assert fleet.run("apply", "--plan", "p.json", "--auto-approve").code == 0
    assert fleet.standing("fabrikam") == [(E3, 60)]


# proposing


FILE = """\
# Fabrikam, a joinery.
apiVersion: reconciler/v1
kind: Tenant
metadata: {name: fabrikam}   # 42

spec:
  tenant: fabrikam.onmicrosoft.com
  subscriptions:
    - licenses: 42    # agreed in May
      plan: office-365-enterprise-e3
---
apiVersion: reconciler/v1
kind: Tenant
metadata: {name: contoso}
spec: {tenant: contoso.onmicrosoft.com, subscriptions: [{plan: office-365-enterprise-e3, licenses: 42}]}
"""


@pytest.fixture
def raised(desk: Desk) -> Desk:
    """Two tenants in one file, one of which was raised, and that is confirmed."""
    desk.configure()
    desk.put("tenants/both.yaml", FILE)
    reloaded(desk, state(), state("contoso"))
    assert drift(desk, "--record") == {}
    desk.ok("simulator", "set", "fabrikam.main.licenses=50")
    desk.ok("drift", "tenants", "--record")
    assert drift(desk, "--record") == {"outside": ["licenses-above"]}
    return desk


def test_propose_edits_just_the_number_and_the_plan_after_it_has_no_step(raised: Desk) -> None:
    answer = raised.ok("drift", "tenants", "--propose")
    assert "tenants/both.yaml: fabrikam.main 42 -> 50 licences." in answer.out
    text = (raised.folder / "tenants/both.yaml").read_text()
    assert text == FILE.replace("licenses: 42    #", "licenses: 50    #")
    assert raised.plan("tenants")["summary"]["in_sync"] == 2
    assert drift(raised, "--record") == {"gone": ["licenses-above"]}
    again = document(raised, "--propose")
    assert again["proposed"] == []
    assert (raised.folder / "tenants/both.yaml").read_text() == text


def test_what_was_edited_is_in_the_document(raised: Desk) -> None:
    assert document(raised, "--propose")["proposed"] == [
        {"file": "tenants/both.yaml", "tenant": "fabrikam", "address": "main", "before": 42, "after": 50}
    ]
    assert document(raised)["proposed"] is None


def test_propose_adopts_nothing_that_is_not_a_confirmed_rise(raised: Desk) -> None:
    raised.ok("simulator", "set", "fabrikam.main.licenses=30", "contoso.main.licenses=60")
    assert drift(raised, "--record", "--propose")["unconfirmed"] == ["licenses-above", "licenses-below"]
    answer = raised.ok("drift", "tenants", "--tenant", "fabrikam", "--record", "--propose")
    assert "Nothing to propose" in answer.out
    assert (raised.folder / "tenants/both.yaml").read_text() == FILE


def test_propose_leaves_a_file_with_problems_alone(raised: Desk) -> None:
    broken = FILE + "---\napiVersion: reconciler/v1\nkind: Tenant\nmetadata: {name: other}\n"
    raised.put("tenants/both.yaml", broken)
    answer = raised.run("drift", "tenants", "--propose")
    assert answer.code == 1
    assert (raised.folder / "tenants/both.yaml").read_text() == broken


def test_propose_does_not_declare_more_than_a_plan_takes(desk: Desk) -> None:
    small = "office-365-small-business"
    desk.configure()
    desk.declare("fabrikam", small, 20)
    reloaded(desk, state(plan=small, licenses=20))
    drift(desk, "--record")
    desk.ok("simulator", "set", "fabrikam.main.licenses=26")
    desk.ok("drift", "tenants", "--record")
    before = tree(desk.folder / "tenants")
    answer = desk.run("drift", "tenants", "--propose")
    assert answer.code == 1
    assert "has at most 25" in answer.err
    assert tree(desk.folder / "tenants") == before


def test_the_guide_names_every_kind() -> None:
    kinds = files.schema("drift")["$defs"]["finding"]["properties"]["kind"]["enum"]
    assert [kind for kind in kinds if f"`{kind}`" not in GUIDE] == []
    example = json.dumps(files.schema("config")["properties"]["drift"])
    assert [kind for kind in kinds if kind not in example] == []

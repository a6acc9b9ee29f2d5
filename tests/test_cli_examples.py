"""The examples from the first command to the second: what is done, done once, and by ``apply`` alone."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from cli import Desk, verdicts
from worlds import lowered

TENANTS, LIVE = "examples/tenants", "examples/live"
APPLY = ("apply", TENANTS, "--auto-approve", "--wait")
TIMES_AND_IDS = ("plan_id", "created_at", "valid_until")


@pytest.fixture
def fleet(examples: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The examples, with their service also found by commands that are given no path."""
    monkeypatch.setenv("RECONCILER_CONFIG", "examples/reconciler.yaml")
    return examples


def test_apply_of_the_examples_ends_with_0_and_a_second_one_does_nothing(fleet: Desk) -> None:
    first = fleet.ok(*APPLY)
    done = fleet.taken()
    assert first.out.splitlines()[-1].startswith("Apply: 10 done, 0 started,")
    assert first.out.splitlines()[-1].endswith("0 failed, 1 unknown.")
    second = fleet.ok(*APPLY)
    assert fleet.taken() == done
    assert second.out.splitlines()[-1].startswith("Apply: 0 done, 0 started,")
    heads = [line.split()[0] for line in second.out.splitlines() if ".onmicrosoft.com  " in line]
    assert len(heads) == len(set(heads)) > 20


def test_apply_lowers_nothing_and_orders_each_switch_once(fleet: Desk) -> None:
    for _ in range(2):
        fleet.ok(*APPLY)
    assert lowered(fleet.asked()) == []
    orders = Counter(c["subscription"] for c in fleet.taken() if c["operation"] == "order_switch")
    assert len(orders) == 7
    assert set(orders.values()) == {1}
    assert len(fleet.taken()) == len(fleet.asked()) == 10


def test_without_waiting_a_later_apply_goes_on_where_the_first_one_ended(fleet: Desk) -> None:
    started = fleet.ok("apply", TENANTS, "--auto-approve")
    assert "6 started, 4 waiting" in started.out.splitlines()[-1]
    ordered = fleet.taken()
    fleet.ok("simulator", "advance", "30m")
    fleet.ok("apply", TENANTS, "--auto-approve")
    later = fleet.taken()[len(ordered) :]
    assert [c["operation"] for c in later] == ["set_licenses"]
    assert verdicts(fleet.plan(TENANTS))["fabrikam"] == "in-sync"


def test_nothing_but_apply_writes_to_a_tenant(fleet: Desk) -> None:
    suspension = ("--reason", "merger", "--owner", "kari", "--until", "2099-12-24")
    for words in (
        ("validate", TENANTS),
        ("plan", TENANTS, "--out", "fleet.plan.json"),
        ("plan", TENANTS, "--live", LIVE),
        ("show", "fleet.plan.json"),
        ("status", "--path", TENANTS),
        ("explain", "fabrikam", "--path", TENANTS),
        ("explain", "too-many-users"),
        ("catalogue",),
        ("suspend", "fabrikam.onmicrosoft.com", *suspension),
        ("resume", "fabrikam.onmicrosoft.com"),
        ("stop", "--reason", "audit"),
        ("stop", "--lift"),
        ("resolve", "fabrikam.onmicrosoft.com"),
        ("handoff", "list"),
        ("schema", "tenant"),
        ("simulator", "show", "fabrikam"),
    ):
        fleet.ok(*words)
    assert {c["operation"] for c in fleet.calls()} == {"read"}
    assert fleet.run("apply", TENANTS).code == 1
    assert {c["operation"] for c in fleet.calls()} == {"read"}
    fleet.ok(*APPLY)
    assert fleet.taken()


def test_planning_twice_gives_the_same_bytes_apart_from_ids_and_times(fleet: Desk) -> None:
    def bytes_of(*words: str) -> str:
        document = fleet.plan(TENANTS, *words)
        return json.dumps({k: v for k, v in document.items() if k not in TIMES_AND_IDS})

    assert bytes_of() == bytes_of()
    assert bytes_of("--live", LIVE) == bytes_of("--live", LIVE)
    first, second = fleet.plan(TENANTS), fleet.plan(TENANTS)
    assert first["digest"] == second["digest"]
    assert first["plan_id"] != second["plan_id"]


def test_recorded_states_and_the_service_that_loaded_them_give_one_digest(fleet: Desk) -> None:
    assert fleet.plan(TENANTS)["digest"] == fleet.plan(TENANTS, "--live", LIVE)["digest"]


def test_key_order_and_comments_of_a_tenant_file_do_not_change_the_digest(fleet: Desk) -> None:
    words = (TENANTS, "--live", LIVE)
    before = fleet.plan(*words)["digest"]
    file = fleet.folder / TENANTS / "fabrikam.yaml"
    file.write_text(
        """# Said the other way round.
kind: Tenant
spec:
  acknowledge: {backup: {where: vault job 118, taken: '2026-11-20'}, noWayBack: Office 365 Enterprise E3}
  subscriptions: [{licenses: 42, plan: "office 365  ENTERPRISE e3", name: main}]
  tenant: fabrikam.onmicrosoft.com
metadata: {labels: {ring: pilot, region: norway}, name: fabrikam}
apiVersion: reconciler/v1
""",
        encoding="utf-8",
    )
    assert fleet.plan(*words)["digest"] == before
    file.write_text(file.read_text(encoding="utf-8").replace("42", "43"), encoding="utf-8")
    assert fleet.plan(*words)["digest"] != before


def test_files_split_or_named_otherwise_do_not_change_the_digest(fleet: Desk) -> None:
    before = fleet.plan(TENANTS, "--live", LIVE)["digest"]
    files = sorted((fleet.folder / TENANTS).glob("*.yaml"), reverse=True)
    fleet.put("one/fleet.yml", "\n---\n".join(f.read_text(encoding="utf-8") for f in files))
    assert fleet.plan("one", "--live", LIVE)["digest"] == before


def test_apply_of_one_tenant_leaves_the_others_alone(fleet: Desk) -> None:
    fleet.ok(*APPLY, "--tenant", "fabrikam")
    assert {c["tenant"] for c in fleet.asked()} == {"fabrikam"}
    assert fleet.standing("fabrikam") == [("office-365-enterprise-e3", 42)]


def test_apply_by_label_leaves_the_others_alone(fleet: Desk) -> None:
    fleet.ok(*APPLY, "--selector", "ring=pilot")
    assert {"fabrikam"} <= {c["tenant"] for c in fleet.asked()} < set(verdicts(fleet.plan(TENANTS)))


def test_apply_tells_more_with_full_exit_codes(fleet: Desk) -> None:
    assert fleet.run(*APPLY, "--exit-codes", "full", "--tenant", "fabrikam").code == 2
    assert fleet.run(*APPLY, "--exit-codes", "full", "--tenant", "fabrikam").code == 0
    assert fleet.run(*APPLY, "--exit-codes", "full", "--tenant", "blomsterboden").code == 4
    assert fleet.run(*APPLY, "--exit-codes", "full", "--tenant", "woodgrove-bank").code == 3
    assert fleet.run(*APPLY, "--exit-codes", "full").code == 5
    assert fleet.run(*APPLY, "--detailed-exitcode", "--tenant", "woodgrove-bank").code == 1

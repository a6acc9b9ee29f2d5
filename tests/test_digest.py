"""What an approval is bound to: each thing that matters changes the digest, and nothing else does."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from scenes import E1, E3, FOUR, SB, SBP, catalogue
from worlds import START, declare, live, seen, sub, want

from reconciler.catalogue import Confidence
from reconciler.change_plan import ChangePlan, Source, TenantPlan
from reconciler.decide import decide
from reconciler.digest import differences, digest
from reconciler.memory import Memory
from reconciler.model import Acknowledgement, Backup, Mode, Place, Suspension, Unmanaged

SURE = Acknowledgement(True, Backup(date(2026, 11, 20), "vault"))
FILE = declare(
    "fabrikam",
    want("main", E3, 22, "sub-1"),
    acknowledge=SURE,
    labels={"ring": "pilot"},
    website="www.fabrikam.no",
)
LIVE = live("fabrikam", sub(), sub(id="other", plan=E1))


def tenant(file: Any = FILE, document: dict[str, Any] = LIVE, memory: Memory = Memory()) -> TenantPlan:  # noqa: B008
    return decide(file, seen(document), memory, catalogue())


def plan(*tenants: TenantPlan, **overrides: Any) -> ChangePlan:
    values: dict[str, Any] = {
        "plan_id": "p",
        "created_at": START,
        "valid_until": START,
        "tool_version": "0.1.0",
        "backend": "simulator",
        "catalogue": catalogue().digest,
        "source": Source(("tenants",)),
        "tenants": tenants or (tenant(),),
    }
    return ChangePlan(**{**values, **overrides})


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The live state with something done to its spec."""
    document = copy.deepcopy(LIVE)
    change(document["spec"])
    return document


def of_first(**members: Any) -> dict[str, Any]:
    return changed(lambda spec: spec["subscriptions"][0].update(members))


# What must change it


@pytest.mark.parametrize(
    "file",
    [
        replace(FILE, subscriptions=(want("main", E3, 23, "sub-1"),)),
        replace(FILE, subscriptions=(want("main", SBP, 22, "sub-1"),)),
        replace(FILE, subscriptions=(want("main", E3, 22),)),
        replace(FILE, subscriptions=(want("head", E3, 22, "sub-1"),)),
        replace(FILE, subscriptions=(*FILE.subscriptions, want("suite", E1, 20, "other"))),
        replace(FILE, acknowledge=Acknowledgement(E3, SURE.backup)),
        replace(FILE, acknowledge=Acknowledgement(True, Backup(date(2026, 11, 21), "vault"))),
        replace(FILE, acknowledge=Acknowledgement(True, Backup(date(2026, 11, 20), "tape"))),
        replace(FILE, website="fabrikam.no"),
        replace(FILE, mode=Mode.REPORT),
        replace(FILE, suspend=Suspension("merger", "kari", date(2027, 1, 1))),
        replace(FILE, unmanaged=(Unmanaged(E1, None, "reseller"),)),
        replace(FILE, backup_max_age_days=31),
        replace(FILE, limits={"maxLicensesAdded": 50}),
        replace(FILE, windows=({"allow": "Sat 20:00-24:00", "timezone": "UTC"},)),
        replace(FILE, tenant="00000000-0000-4000-8000-000000000829"),
    ],
)
def test_every_declared_value_is_covered(file: Any) -> None:
    assert plan(tenant(file)).digest != plan().digest


@pytest.mark.parametrize(
    "document",
    [
        of_first(id="sub-9"),
        of_first(plan=SBP),
        of_first(licenses=21),
        of_first(assigned=17),
        of_first(usersWithoutLicense=1),
        of_first(status="suspended"),
        of_first(trial=True),
        of_first(payment="invoice"),
        of_first(provisioned=False),
        of_first(preUpgrade=True),
        of_first(offers=[E3]),
        of_first(switch={"state": "failed", "to": E3}),
        changed(lambda spec: spec["subscriptions"][1].update(switch={"state": "running", "to": E3})),
        changed(lambda spec: spec["subscriptions"].pop()),
        changed(lambda spec: spec.update(tenantId="00000000-0000-4000-8000-000000000001")),
        changed(lambda spec: spec.update(users=19)),
        changed(lambda spec: spec["operator"].update(roles=["administrator"])),
        changed(lambda spec: spec["website"].update(domain="fabrikam.no")),
        changed(lambda spec: spec["services"].update({FOUR[0]: "degraded"})),
        changed(lambda spec: spec["creditReview"].update(state="pending", since="2026-11-20T00:00:00Z")),
    ],
)
def test_every_live_fact_a_rule_relied_on_is_covered(document: dict[str, Any]) -> None:
    if document["spec"]["subscriptions"][0]["id"] == "sub-9":
        file = replace(FILE, subscriptions=(want("main", E3, 22, "sub-9"),))
        assert plan(tenant(file, document)).digest != plan().digest
    assert plan(tenant(FILE, document)).digest != plan().digest


@pytest.mark.parametrize("fact", ["assigned", "trial", "offers", "switch"])
def test_a_fact_that_is_no_longer_known_is_covered(fact: str) -> None:
    assert plan(tenant(FILE, of_first(**{fact: None}))).digest != plan().digest


def test_since_when_is_covered_but_not_what_it_amounts_to_today() -> None:
    def reviewed(since: str) -> dict[str, Any]:
        return changed(lambda spec: spec["creditReview"].update(state="pending", since=since))

    today, tomorrow = reviewed("2026-11-20T00:00:00Z"), reviewed("2026-11-20T00:00:00Z")
    tomorrow["metadata"]["observedAt"] = (START + timedelta(days=1)).isoformat()
    assert plan(tenant(FILE, today)).digest == plan(tenant(FILE, tomorrow)).digest
    assert plan(tenant(FILE, today)).digest != plan(tenant(FILE, reviewed("2026-11-21T00:00:00Z"))).digest


def test_the_catalogue_the_tool_and_the_tenants_word_are_covered() -> None:
    shipped = catalogue()
    first, *_ = shipped.pairs
    doubted = {**shipped.pairs, first: replace(shipped.pairs[first], confidence=Confidence.MEDIUM)}
    assert plan(catalogue=replace(shipped, pairs=doubted).digest).digest != plan().digest
    assert plan(tool_version="0.1.1").digest != plan().digest
    assert plan(replace(tenant(), tenant="contoso.onmicrosoft.com")).digest != plan().digest


def test_a_further_tenant_with_something_to_do_is_covered() -> None:
    more = replace(tenant(), name="contoso", tenant="contoso.onmicrosoft.com")
    assert plan(tenant(), more).digest != plan().digest


# What must not change it


@pytest.mark.parametrize(
    "file",
    [
        replace(FILE, labels={"ring": "all"}),
        replace(FILE, place=Place("moved/fabrikam.yaml", 30, 1)),
        replace(FILE, name="renamed"),
        replace(FILE, tenant="FABRIKAM.onmicrosoft.com"),
        replace(FILE, subscriptions=(replace(FILE.subscriptions[0], place=Place("x.yaml", 1, 1)),)),
    ],
    ids=["labels", "file and line", "fleet name", "case of the tenant's word", "line of the subscription"],
)
def test_where_and_under_which_name_it_stands_is_not_covered(file: Any) -> None:
    assert plan(tenant(file)).digest == plan().digest


@pytest.mark.parametrize(
    "document",
    [
        of_first(version="v2"),
        of_first(billing="annual"),
        changed(lambda spec: spec["subscriptions"].reverse()),
        changed(lambda spec: spec["subscriptions"][0]["offers"].reverse()),
        changed(lambda spec: spec["subscriptions"][1].update(licenses=99, assigned=1, status="suspended")),
        changed(lambda spec: spec["website"].update(customDomains=["fabrikam.com"])),
        {**LIVE, "metadata": {**LIVE["metadata"], "observedAt": "2026-11-24T09:00:00Z"}},
    ],
    ids=["etag", "billing", "order", "order of offers", "drift elsewhere", "not relied on", "time"],
)
def test_what_no_rule_relied_on_is_not_covered(document: dict[str, Any]) -> None:
    assert plan(tenant(FILE, document)).digest == plan().digest


def test_why_a_fact_is_not_known_is_not_covered() -> None:
    throttled, left_out = of_first(users=None), of_first(users=None)
    throttled["spec"]["subscriptions"][0].update(trial=None, unread={"trial": "throttled"})
    left_out["spec"]["subscriptions"][0].update(trial=None)
    assert plan(tenant(FILE, throttled)).digest == plan(tenant(FILE, left_out)).digest


def test_ids_times_the_commit_and_our_own_state_are_not_covered() -> None:
    later = plan(plan_id="q", created_at=START + timedelta(1), valid_until=START + timedelta(4))
    assert later.digest == plan().digest
    assert plan(source=Source(("elsewhere",), "abc123", partial=True)).digest == plan().digest
    stopped = Memory(stopped="incident", suspension=Suspension("merger", "kari", date(2027, 1, 1)))
    assert plan(tenant(memory=stopped)).digest == plan().digest


def test_a_tenant_with_nothing_to_do_is_not_covered() -> None:
    idle = tenant(replace(FILE, subscriptions=(want("main", SB, 20, "sub-1"),)))
    assert plan(tenant(), replace(idle, tenant="contoso.onmicrosoft.com")).digest == plan().digest


# The hash and the differences


def test_the_digest_is_the_same_in_every_process() -> None:
    text = json.dumps({"b": [1, "ø"], "a": {"y": None, "x": True}})
    code = f"import json; from reconciler.digest import digest; print(digest(json.loads({text!r})))"
    said = {
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=30
        ).stdout
        for _ in range(2)
    }
    assert said == {digest({"a": {"x": True, "y": None}, "b": [1, "ø"]}) + "\n"}


def test_a_covered_value_survives_being_saved() -> None:
    covered = plan().covered
    assert digest(json.loads(json.dumps(covered))) == digest(covered)
    assert list(differences(json.loads(json.dumps(covered)), covered)) == []


def test_differences_are_named_by_their_path_in_stable_order() -> None:
    saved = {"b": {"x": 1, "y": [1, 2]}, "a": 1, "same": {"z": 1}}
    fresh = {"a": 2, "b": {"x": 1, "y": [2, 1]}, "same": {"z": 1}}
    assert list(differences(saved, fresh)) == [("a", 1, 2), ("b.y", [1, 2], [2, 1])]


def test_a_member_that_is_missing_differs_from_one_that_is_empty() -> None:
    assert list(differences({"a": None}, {})) == [("a", None, "not there")]
    assert list(differences({}, {"a": {"b": 1}})) == [("a", "not there", {"b": 1})]
    assert digest({"a": None}) != digest({})


@pytest.mark.parametrize("document", [of_first(licenses=21), of_first(trial=None), of_first(offers=[E3])])
def test_what_changes_the_digest_is_named_as_a_difference(document: dict[str, Any]) -> None:
    assert list(differences(plan().covered, plan(tenant(FILE, document)).covered))

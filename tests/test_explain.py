"""``explain``: why a tenant stands where it stands, and whether one plan may become another."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml
from cli import Desk, Document
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import E1, E3, SB, SBP, catalogue
from strategies import documents, poorer
from worlds import START, declare, live, seen, sub, want

from reconciler.adapters import files
from reconciler.change_plan import GRAVITY, Verdict, verdict_of_finding
from reconciler.decide import decide
from reconciler.judged import Judged
from reconciler.memory import Memory
from reconciler.messages import SENTENCES
from reconciler.observe import Observation
from reconciler.relied_on import relied_on
from reconciler.report.explain_tenant import by_gravity, tenant_explained, tenant_text
from reconciler.report.pair import acknowledgement, pair_document, pair_text
from reconciler.rules import Effect, Status
from reconciler.rules.table import GROUND, TABLE
from reconciler.status import status_of

TENANTS = "examples/tenants"
NAMES = {key: plan.name for key, plan in catalogue().plans.items()}
KEYS = sorted(catalogue().plans)
EXPLANATION = jsonschema.Draft202012Validator(
    files.schema("explanation"), format_checker=jsonschema.FormatChecker()
)
PAIR = jsonschema.Draft202012Validator(files.schema("pair"))


def judged(observation: Observation, **file: Any) -> Judged:
    declaration = declare("fabrikam", *file.pop("wishes", ()), **file)
    return Judged(declaration, observation, Memory(), decide(declaration, observation, Memory(), catalogue()))


def explained(one: Judged, *, verbose: bool = False) -> str:
    return tenant_text(one, status_of(one, {}), NAMES, verbose=verbose)


def fabrikam(*subscriptions: Document, **spec: Any) -> Observation:
    return seen(live("fabrikam", *subscriptions, **spec))


# a tenant


def test_what_does_not_pass_is_told_with_facts_way_out_and_who_can() -> None:
    told = explained(judged(fabrikam(sub(usersWithoutLicense=2))))
    assert "  ! main  switch: Office 365 Small Business -> Office 365 Small Business Premium" in told
    assert "    asked for at tenant.yaml:9\n" in told
    assert "    no  license-conflict [block]: Users without a valid licence in main of fabrikam: 2" in told
    assert "facts: subscriptions[main].assigned 18; subscriptions[main].usersWithoutLicense 2" in told
    assert "        next: An administrator gives each of them a free licence" in told
    assert "        who can: an administrator of the tenant\n" in told


def test_the_gravest_comes_first_and_what_passed_last() -> None:
    observation = fabrikam(
        sub(provisioned=None, status="expired", payment="invoice", usersWithoutLicense=1),
        creditReview={"state": "pending", "since": START.isoformat()},
    )
    one = judged(observation)
    told = explained(one)
    marks = [
        line.split()[0] for line in told.splitlines() if line.startswith(("    no", "    ??", "    passed"))
    ]
    assert marks[0] == "??"
    assert marks.index("passed:") > max(i for i, mark in enumerate(marks[:-1]) if mark != "passed:")
    (step,) = one.plan.steps
    verdicts = [
        verdict_of_finding(f) for f in by_gravity(step.checks) if verdict_of_finding(f) is not Verdict.APPLY
    ]
    assert verdicts == sorted(verdicts, key=GRAVITY.index)
    assert len(set(verdicts)) == 3


def test_warnings_come_before_what_passed() -> None:
    (step,) = judged(fabrikam()).plan.steps
    ordered = by_gravity(step.checks)
    warned = [f.effect is Effect.WARN and f.status is Status.FAIL for f in ordered]
    assert warned == sorted(warned, reverse=True)
    assert any(warned)


def test_a_fact_that_could_not_be_read_is_told_with_the_reason_and_who_can_mend_it() -> None:
    document = live("fabrikam", sub(offers=None))
    document["spec"]["subscriptions"][0]["unread"] = {"offers": "throttled"}
    del document["spec"]["subscriptions"][0]["offers"]
    told = explained(judged(seen(document)))
    assert "facts: subscriptions[main].offers not known (throttled)" in " ".join(told.split())
    assert "who can: whoever runs the tool, by making the fact readable for its account" in " ".join(
        told.split()
    )


def test_the_steps_come_the_gravest_first() -> None:
    observation = fabrikam(sub(id="a", plan=SB), sub(id="b", plan=E3, status="expired"), sub(id="c", plan=E1))
    wishes = (want("main", SB, 22), want("shop", E3, 22), want("old", E1, 10))
    told = explained(judged(observation, wishes=wishes))
    heads = [line.split()[1] for line in told.splitlines() if line[:4] in ("  ! ", "  + ", "  > ")]
    assert heads == ["shop", "old", "main"]


def test_a_tenant_in_sync_is_told_to_be_and_what_is_watched() -> None:
    observation = fabrikam(sub(id="a", plan=SB), sub(id="left", plan=E3, licenses=3))
    told = explained(judged(observation, wishes=(want("main", SB, 20),), website="www.fabrikam.no"))
    assert "  In sync: there is nothing to do. What is watched:\n" in told
    assert (
        "    main  Office 365 Small Business: 20 declared, 20 live, 18 assigned, 2 free  tenant.yaml:9\n"
        in told
    )
    assert "    the public website address www.fabrikam.no\n" in told
    assert "  . Office 365 Enterprise E3, 3 licences: not managed, never touched\n" in told
    assert told.rstrip().endswith("passed: wrong-tenant, suspended, not-read")


def test_of_a_tenant_with_one_step_the_others_are_told_as_watched() -> None:
    observation = fabrikam(sub(id="a", plan=SB), sub(id="b", plan=E3))
    told = explained(judged(observation, wishes=(want("main", SB, 22), want("shop", E3, 20))))
    assert "  As declared, and watched:\n    shop  Office 365 Enterprise E3: 20 declared" in told
    assert "In sync" not in told


def test_a_number_left_open_or_not_known_is_no_nought() -> None:
    told = explained(judged(fabrikam(sub(assigned=None)), wishes=(want("main", SB, None),)))
    told = " ".join(told.split())
    assert "any number declared, 20 live, an unknown number assigned, an unknown number free" in told


def test_verbose_shows_what_passed_with_its_facts() -> None:
    told = explained(judged(fabrikam()), verbose=True)
    assert (
        "    ok  not-active: main of fabrikam is active.\n        facts: subscriptions[main].status active\n"
        in told
    )
    assert "    --  legacy-over-25: Does not concern this step" not in told
    assert "passed:" not in told


@pytest.mark.parametrize("rule", [rule.id for rule in (*TABLE, *GROUND)])
def test_of_each_rule_it_is_known_who_can_make_it_pass(rule: str) -> None:
    assert SENTENCES[f"who.{rule}"]


def test_who_is_told_of_no_rule_there_is_not() -> None:
    known = {rule.id for rule in (*TABLE, *GROUND)} | {"unknown"}
    assert {key.removeprefix("who.") for key in SENTENCES if key.startswith("who.")} == known


@settings(deadline=None)
@given(st.booleans().flatmap(lambda calm: documents(calm=calm)).flatmap(poorer))
def test_the_document_tells_every_check_with_the_facts_its_rule_needs(document: Document) -> None:
    one = judged(seen(document))
    plain = json.loads(json.dumps(tenant_explained(one, status_of(one, {}))))
    EXPLANATION.validate(plain)
    for told, step in zip(plain["steps"], one.plan.steps, strict=True):
        assert [c["id"] for c in told["checks"]] == [f.id for f in step.checks]
        for check, finding in zip(told["checks"], step.checks, strict=True):
            assert (check["who"] is None) == (finding.status in (Status.PASS, Status.SKIPPED))
            facts = relied_on(finding.id, step, one.seen)
            assert [f["name"] for f in check["facts"]] == [fact.name for fact in facts]
            assert all(f["known"] or f["reason"] is not None for f in check["facts"])
    text = explained(one)
    assert all(f.id in text for step in one.plan.steps for f in step.checks)
    assert max(len(line) for line in text.splitlines()) <= 100


def test_the_command_prints_both_forms(examples: Desk) -> None:
    for file in sorted((examples.folder / TENANTS).glob("*.yaml")):
        told = examples.ok("explain", file.stem, "--path", TENANTS)
        assert told.out.startswith(f"{file.stem}  ")
        EXPLANATION.validate(examples.ok("explain", file.stem, "--path", TENANTS, "--format", "json").json())


def test_a_request_that_is_open_for_a_step_is_named(examples: Desk) -> None:
    examples.apply(TENANTS, "--tenant", "kolonne-regnskap")
    words = ("handoff", "list", "--format", "json", "--config", "examples/reconciler.yaml")
    (handoff,) = examples.ok(*words).json()["handoffs"]
    told = examples.ok("explain", "kolonne-regnskap", "--path", TENANTS).out
    assert f"hand-off {handoff['id']} (prepared) is open for it" in told


# a pair of plans


@pytest.mark.parametrize("source", KEYS)
def test_every_pair_is_told_in_a_document_of_its_schema(source: str) -> None:
    for target in KEYS:
        document = pair_document(catalogue(), source, target)
        PAIR.validate(json.loads(json.dumps(document)))
        text = pair_text(catalogue(), source, target)
        assert max(map(len, text.splitlines())) <= 100
        assert ("Way back:" in text) == (source != target)
        assert ("Lost:" in text) == document["user_settings_lost"] == (source != target)
        asks = document["listed"] and document["crosses_family"]
        assert bool(document["acknowledge"]) == asks == ("acknowledge:" in text)


def test_the_acknowledgement_can_be_pasted_and_only_wants_the_day(desk: Desk) -> None:
    shown = desk.ok("explain", SB, E3).out
    pasted = shown[shown.index("  acknowledge:") :]
    head = "apiVersion: reconciler/v1\nkind: Tenant\nmetadata:\n  name: fabrikam\nspec:\n"
    wanted = f"  tenant: fabrikam.onmicrosoft.com\n  subscriptions:\n    - plan: {E3}\n      licenses: 42\n"
    desk.put("tenants/fabrikam.yaml", head + wanted + pasted)
    answer = desk.run("validate", "tenants")
    assert answer.code == 1
    assert answer.both.count("tenants/fabrikam.yaml:") == 1
    assert "taken" in answer.both
    desk.put("tenants/fabrikam.yaml", head + wanted + pasted.replace("YYYY-MM-DD", "2026-11-20"))
    assert desk.ok("validate", "tenants").out == "1 tenant, no problems.\n"
    plans = catalogue().plans
    said = yaml.safe_load(acknowledgement(catalogue(), plans[SB], plans[E3]))
    assert said["acknowledge"]["noWayBack"] == E3


def test_a_pair_within_a_family_is_told_to_have_no_listed_way_back() -> None:
    text = " ".join(pair_text(catalogue(), E1, E3).split())
    assert "Way back: not on the list; only by hand" in text
    assert pair_document(catalogue(), E1, E3)["way_back"] is False
    assert "acknowledge:" not in text
    assert "listed" in text.lower()


def test_what_the_target_lacks_is_told(desk: Desk) -> None:
    document = desk.ok("explain", E3, "exchange-online-plan-1", "--format", "json").json()
    assert document["services"]["lost"]
    assert document["manual_route"][0].startswith("A global or billing administrator contacts")
    assert pair_document(catalogue(), SB, SBP)["source"]

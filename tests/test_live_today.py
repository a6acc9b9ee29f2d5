"""Today's catalogue through the live backend: new commerce and legacy, as a partner would meet them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from live_worlds import FACE, LiveWorld
from worlds import START, Spec, declare, live, want

from reconciler.act import Ending
from reconciler.adapters.files import load_catalogue
from reconciler.catalogue import Catalogue
from reconciler.change_plan import Step, TenantPlan, Verdict
from reconciler.handoff.asking import requests
from reconciler.model import Acknowledgement, Action, Declaration
from reconciler.observe import TenantRef, Unknown
from reconciler.rules import Effect, Status

BASIC, STANDARD, PREMIUM = (f"microsoft-365-business-{word}" for word in ("basic", "standard", "premium"))
OLD = "5b7e1a52-5d0e-4a57-9d55-0a4c2f1f7b01"
AS_PRINTED = replace(FACE, etags=False)


@cache
def plans() -> Catalogue:
    return load_catalogue("microsoft365")


def bought(**members: Any) -> Spec:
    """Business Basic of new commerce, nothing wrong with it."""
    full = {
        "id": OLD,
        "plan": BASIC,
        "licenses": 20,
        "assigned": 18,
        "usersWithoutLicense": 0,
        "status": "active",
        "trial": False,
        "payment": "invoice",
        "billing": "monthly",
        "provisioned": True,
        "preUpgrade": False,
        "offers": [STANDARD, PREMIUM],
        "switch": {"state": "none"},
        "commerce": "new-commerce",
        "addOns": [],
        "scheduled": [],
        "termEnds": "2027-04-30T23:59:59Z",
        "autoRenews": True,
    }
    return {**full, **members}


def shop(*subscriptions: Spec, **spec: Any) -> Spec:
    services = dict.fromkeys(plans().services, "healthy")
    return live("shop", *(subscriptions or (bought(),)), services=services, **spec)


def wants(plan: str = STANDARD, licenses: int = 20, **overrides: Any) -> Declaration:
    said = Acknowledgement(no_way_back=plan)
    return declare("shop", want("main", plan, licenses), **{"acknowledge": said, **overrides})


def held(step: Step) -> list[str]:
    return [
        check.id
        for check in step.checks
        if check.status in (Status.FAIL, Status.UNKNOWN) and check.effect is not Effect.WARN
    ]


def warned(step: Step) -> list[str]:
    return [c.id for c in step.checks if c.status is Status.FAIL and c.effect is Effect.WARN]


def judged(plan: TenantPlan) -> list[tuple[Action, Verdict, list[str]]]:
    return [(step.action, step.verdict, held(step)) for step in plan.steps]


def test_an_upgrade_keeps_its_subscription_and_its_licences_are_added_behind_it(tmp_path: Path) -> None:
    # Paid by invoice, the embedded service would review the credit first.
    with LiveWorld(tmp_path, shop(bought(payment="card")), plans=plans()) as world:
        run = world.run(wants(licenses=25), wait=True)
        assert [(s.action, o.ending) for s, o in run.outcomes] == [
            (Action.SWITCH, Ending.DONE),
            (Action.ADD, Ending.DONE),
        ]
        assert world.standing("shop") == {OLD: (STANDARD, 25)}
        assert run.last.verdict is Verdict.IN_SYNC


def test_an_upgrade_is_for_good_and_asks_for_a_word_in_the_file(tmp_path: Path) -> None:
    with LiveWorld(tmp_path, shop(), plans=plans()) as world:
        plan = world.plan(wants(acknowledge=Acknowledgement()))
        assert judged(plan) == [(Action.SWITCH, Verdict.BLOCKED, ["no-way-back"])]


def test_where_no_version_is_shown_a_raise_becomes_a_request_to_do_it_by_hand(tmp_path: Path) -> None:
    wish = wants(BASIC, 25)
    with LiveWorld(tmp_path, shop(), face=AS_PRINTED, plans=plans()) as world:
        plan = world.plan(wish)
        assert judged(plan) == [(Action.ADD, Verdict.SUPPORT, ["no-version"])]
        assert [one.kind for one in requests(plan, None)] == ["raise-by-hand"]
        world.run(wish)
        assert world.asked() == []


def test_where_the_configuration_allows_it_the_plan_names_the_race_that_remains(tmp_path: Path) -> None:
    wish = wants(BASIC, 25)
    with LiveWorld(tmp_path, shop(), face=AS_PRINTED, without_version=True, plans=plans()) as world:
        plan = world.plan(wish)
        assert judged(plan) == [(Action.ADD, Verdict.APPLY, [])]
        assert {"no-version", "seats-owed"} <= set(warned(plan.steps[0]))
        run = world.run(wish)
        assert [o.ending for _, o in run.outcomes] == [Ending.DONE]
        assert world.standing("shop") == {OLD: (BASIC, 25)}


HELD = [
    ({"scheduled": ["renewal"]}, "scheduled-change-lost"),
    ({"scheduled": ["billing"]}, "scheduled-change-lost"),
    ({"termEnds": "2026-11-23T23:59:59Z"}, "renewal-near"),
    ({"termEnds": None}, "renewal-near"),
    ({"addOns": ["Audio Conferencing"]}, "add-ons-present"),
    ({"trial": True}, "trial-not-bought"),
    ({"status": "suspended"}, "not-active"),
    ({"offers": [PREMIUM]}, "not-offered"),
    ({"offers": None}, "not-offered"),
    ({"provisioned": False}, "not-provisioned"),
    ({"payment": "prepaid"}, "prepaid"),
    ({"assigned": 21}, "license-conflict"),
    ({"usersWithoutLicense": 1}, "license-conflict"),
    ({"switch": {"state": "failed", "to": STANDARD}}, "switch-failed"),
]


@pytest.mark.parametrize(("members", "rule"), HELD, ids=lambda value: str(value)[:60])
def test_what_holds_an_upgrade_is_seen_over_the_wire(
    members: dict[str, Any], rule: str, tmp_path: Path
) -> None:
    with LiveWorld(tmp_path, shop(bought(**members)), plans=plans()) as world:
        plan = world.plan(wants())
        assert rule in held(plan.steps[0])
        world.run(wants())
        assert world.asked() == []


def test_the_business_plans_of_a_tenant_share_one_cap(tmp_path: Path) -> None:
    other = bought(id="6c8f2b63-6e1f-4b68-8e66-1b5d3a2a8c12", plan=PREMIUM, licenses=290, assigned=5)
    with LiveWorld(tmp_path, shop(bought(), other), plans=plans()) as world:
        plan = world.plan(declare("shop", want("main", BASIC, 25), want("other", PREMIUM, 290)))
        assert judged(plan) == [(Action.ADD, Verdict.BLOCKED, ["over-family-cap"])]


def test_a_legacy_subscription_is_upgraded_at_once_under_a_new_id(tmp_path: Path) -> None:
    with LiveWorld(tmp_path, shop(bought(commerce="legacy")), plans=plans()) as world:
        run = world.run(wants(), wait=True)
        assert [(s.action, o.ending) for s, o in run.outcomes] == [(Action.SWITCH, Ending.DONE)]
        standing = world.standing("shop")
        assert OLD not in standing
        assert list(standing.values()) == [(STANDARD, 20)]
        assert world.plan(wants()).verdict is Verdict.IN_SYNC


def test_every_fact_that_the_wire_can_carry_comes_through(tmp_path: Path) -> None:
    with LiveWorld(tmp_path, shop(), plans=plans()) as world:
        seen = world.reader.observe(TenantRef("shop", "shop.onmicrosoft.com"))
        assert not isinstance(seen.subscriptions, Unknown)
        one = seen.subscriptions[0]
        facts = {name: getattr(one, name) for name in type(one).__slots__}
        unknown = {name for name, fact in facts.items() if isinstance(fact, Unknown)}
        assert unknown == set()
        assert (one.plan, one.licenses, one.assigned, one.offers) == (BASIC, 20, 18, (PREMIUM, STANDARD))
        assert seen.roles == {"global-administrator", "reseller"}
        assert seen.at == START
        told = ("domain", "tenant_id", "domains", "users", "website", "credit_review", "services")
        assert [name for name in told if isinstance(getattr(seen, name), Unknown)] == []

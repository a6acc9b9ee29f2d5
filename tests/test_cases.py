"""Folders in, tests out: each folder of ``cases`` is a tenant, its live state and what must be judged of it.

A new case is a new folder with ``tenant.yaml``, ``live.yaml`` and ``expected.json``, and no code. In the last
one ``fails`` are the failed checks that hold the step, ``warns`` those that only warn, ``unknown`` those that
could not tell, each in the order they are shown. ``ground`` (the same of the tenant itself) and ``unmanaged``
(the plans of the subscriptions that are only listed) are left out where there is nothing to say.
``adds_in_order: false`` judges as for a backend whose order can not carry more licences; ``stood`` as with a store that
remembers how many licences subscriptions had when all was well, by their ids; ``raises`` as with one that remembers how
often they were raised. ``catalogue`` judges by another catalogue than the list of 2014; ``unversioned`` as for a
backend that does so with subscriptions it shows without a version.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from judging import NOT_IN_SNAPSHOTS, NOT_JUDGED_YET, held_by, judge, unknown_to, warned_by

from reconciler.change_plan import Step, TenantPlan
from reconciler.model import Action, Subscription
from reconciler.observe import Unknown
from reconciler.rules import TABLE, Effect

# A case may say how it stood, so what asks for that is asked.
NEVER_ASKED_HERE = (NOT_IN_SNAPSHOTS - {"bought-back", "update-budget"}) | NOT_JUDGED_YET
ASKED_FOR = ("adds_in_order", "stood", "raises", "catalogue", "unversioned")
CASES = Path(__file__).parent / "cases"
FOLDERS = sorted(path for path in CASES.iterdir() if path.is_dir())

# Where a pair is in doubt and not on offer, the offers lack it as well: these two fail together.
COMPANIONS = {"pair-unconfirmed": ["pair-unconfirmed", "not-offered"]}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_case_is_judged_as_its_folder_says(folder: Path) -> None:
    expected = _expected(folder)
    more = {name: expected.pop(name) for name in ASKED_FOR if name in expected}
    (judged,) = judge(folder / "tenant.yaml", folder / "live.yaml", **more)
    assert _told(judged) == expected


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_case_holds_its_three_files_and_says_what_it_is_about(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {"tenant.yaml", "live.yaml", "expected.json"}
    assert (folder / "tenant.yaml").read_text(encoding="utf-8").startswith("# ")


# A trial that a step would change is held as one, so it is told of the tenant itself.
OF_THE_TENANT = {"trial-converts"}


@pytest.mark.parametrize("rule", sorted(OF_THE_TENANT))
def test_every_warning_about_the_tenant_itself_has_a_case_without_a_step(rule: str) -> None:
    told = [_expected(folder) for folder in FOLDERS]
    assert [e for e in told if e.get("ground", {}).get("warns") == [rule] and not e["steps"]]


@pytest.mark.parametrize(
    "rule", [r for r in TABLE if r.id not in NEVER_ASKED_HERE | OF_THE_TENANT], ids=lambda r: r.id
)
def test_every_rule_has_a_case_in_which_it_fails_alone(rule: Any) -> None:
    member = "warns" if rule.effect is Effect.WARN else "fails"
    alone = COMPANIONS.get(rule.id, [rule.id])
    if rule.effect is Effect.WARN and rule.id != "service-settings-lost" and Action.ADD not in rule.on:
        alone = ["service-settings-lost", rule.id]
    found = [
        folder.name
        for folder in FOLDERS
        for step in _expected(folder)["steps"]
        if step[member] == alone and not step["unknown"] and (member == "fails" or not step["fails"])
    ]
    assert found, f"no case in which {rule.id} fails alone"


def _expected(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return found


def _told(judged: TenantPlan) -> dict[str, Any]:
    told: dict[str, Any] = {"verdict": judged.verdict}
    ground = {"fails": held_by(judged.checks), "unknown": unknown_to(judged.checks)}
    if warned_by(judged.checks):
        ground["warns"] = warned_by(judged.checks)
    if any(ground.values()):
        told["ground"] = ground
    told["steps"] = [_step(step) for step in judged.steps]
    if judged.unmanaged:
        told["unmanaged"] = [None if isinstance(s.plan, Unknown) else s.plan for s in judged.unmanaged]
    return told


def _step(step: Step) -> dict[str, Any]:
    return {
        "address": step.address,
        "action": step.action,
        "verdict": step.verdict,
        "before": _side(step.before),
        "after": _side(step.after),
        "fails": held_by(step.checks),
        "unknown": unknown_to(step.checks),
        "warns": warned_by(step.checks),
    }


def _side(subscription: Subscription | None) -> dict[str, Any] | None:
    if subscription is None:
        return None
    return {"plan": subscription.plan, "licenses": subscription.licenses}

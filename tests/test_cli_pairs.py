"""All ordered pairs of plans, through the command line, get the verdict that the catalogue gives them."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from cli import Desk, tenant_file
from worlds import live, sub

from reconciler.adapters import files
from reconciler.catalogue import Confidence

CATALOGUE = files.load_catalogue("office365-2014")
PLANS = sorted(CATALOGUE.plans)
PAIRS = list(product(PLANS, PLANS))
COUNT = 5
GUID = "00000000-0000-4000-8000-{:012d}"


def named(source: str, target: str) -> str:
    return f"t{PLANS.index(source):02d}-{PLANS.index(target):02d}"


def write_fleet(desk: Desk, offered: bool) -> None:
    """A tenant for each pair, where nothing but the pair itself could hold the switch back."""
    declared, states = [], []
    for number, (source, target) in enumerate(PAIRS):
        name = named(source, target)
        asked: dict[str, Any] = {"acknowledge": {"backup": {"taken": "2026-11-20", "where": "a vault"}}}
        if source != target:
            asked["acknowledge"]["noWayBack"] = target
        wanted = {"name": "main", "plan": target, "licenses": COUNT}
        declared.append(tenant_file(name, [wanted], **asked))
        offers = [target] if offered and source != target else []
        held = sub(id=GUID.format(number), plan=source, licenses=COUNT, assigned=COUNT, offers=offers)
        services = dict.fromkeys(sorted({s for p in CATALOGUE.plans.values() for s in p.services}), "healthy")
        states.append(live(name, held, tenantId=GUID.format(10_000 + number), services=services))
    _documents(desk.folder / "tenants/fleet.yaml", declared)
    _documents(desk.folder / "live/fleet.yaml", states)


def _documents(file: Path, documents: list[dict[str, Any]]) -> None:
    file.parent.mkdir()
    file.write_text("\n---\n".join(json.dumps(d) for d in documents), encoding="utf-8")


def expected(source: str, target: str, offered: bool) -> str:
    if source == target:
        return "in-sync"
    pair = CATALOGUE.pair(source, target)
    if pair is None:
        return "support"
    if pair.confidence is Confidence.CERTAIN and offered:
        return "apply"
    return "apply" if offered else "blocked"


@pytest.mark.parametrize("offered", [True, False], ids=["on offer", "not on offer"])
def test_each_of_the_484_pairs_gets_the_verdict_of_the_catalogue(desk: Desk, offered: bool) -> None:
    assert len(PAIRS) == 484
    write_fleet(desk, offered)
    document = desk.plan("tenants", "--live", "live")
    found = {t["name"]: t["verdict"] for t in document["tenants"]}
    assert found == {named(s, t): expected(s, t, offered) for s, t in PAIRS}
    counts = {word: list(found.values()).count(word) for word in sorted(set(found.values()))}
    listed = len(CATALOGUE.pairs)
    assert counts == {("apply" if offered else "blocked"): listed, "in-sync": 22, "support": 462 - listed}


def test_a_pair_in_doubt_is_held_by_name_and_one_not_listed_says_how_it_is_done_by_hand(desk: Desk) -> None:
    write_fleet(desk, offered=False)
    document = desk.plan("tenants", "--live", "live")
    for tenant in document["tenants"]:
        source, target = (PLANS[int(part)] for part in tenant["name"][1:].split("-"))
        for step in tenant["steps"]:
            failed = {c["id"] for c in step["checks"] if c["status"] == "fail" and c["effect"] != "warn"}
            pair = CATALOGUE.pair(source, target)
            if pair is None:
                assert failed == {"pair-not-listed"}
            elif pair.confidence is Confidence.CERTAIN:
                assert failed == {"not-offered"}
            else:
                assert "pair-unconfirmed" in failed


def test_what_is_on_offer_does_not_list_a_pair(desk: Desk) -> None:
    write_fleet(desk, offered=True)
    document = desk.plan("tenants", "--live", "live", "--tenant", named(PLANS[0], PLANS[0]))
    assert document["summary"]["in_sync"] == 1
    unlisted = next((s, t) for s, t in PAIRS if s != t and CATALOGUE.pair(s, t) is None)
    (tenant,) = desk.plan("tenants", "--live", "live", "--tenant", named(*unlisted))["tenants"]
    assert tenant["verdict"] == "support"

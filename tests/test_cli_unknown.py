"""What could not be read never leads to a write: each fact of a fine tenant is left out in its turn."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from cli import Desk, tenant_of
from worlds import live, sub

from reconciler.rules import TABLE, Effect

E3 = "office-365-enterprise-e3"
NAMES = ("tenant", "tenantId", "domains")
# Of its three names one is enough to know a tenant by; user counts and billing are asked for no more than a warning.
HOLDS_NOTHING = {*NAMES, "users", "billing", "customDomains"}
Path_ = tuple[str | int, ...]


def fine() -> dict[str, Any]:
    """A tenant that would be switched: to another family, with licences added."""
    return live("fabrikam", sub())


def facts_of(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """The place of every fact in a live state's spec, inner and outer."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for member, inside in members:
        here = (*path, member)
        if member != "id" and not isinstance(member, int):
            yield here
        if isinstance(inside, dict) or (isinstance(inside, list) and inside and isinstance(inside[0], dict)):
            yield from facts_of(inside, here)


def without(document: dict[str, Any], path: Path_) -> dict[str, Any]:
    """A copy of the live state that lacks the fact."""
    cut = copy.deepcopy(document)
    place = cut["spec"]
    for member in path[:-1]:
        place = place[member]
    del place[path[-1]]
    return cut


def valid(path: Path_) -> bool:
    """Whether a live state may lack it; some members of a fact belong to it."""
    return path not in {("creditReview", "state"), ("subscriptions", 0, "switch", "state")}


FACTS = [path for path in facts_of(fine()["spec"]) if valid(path)]


def written(path: Path_) -> str:
    return ".".join(map(str, path))


def prepare(desk: Desk, state: dict[str, Any]) -> None:
    desk.configure()
    desk.declare(
        "fabrikam",
        E3,
        24,
        acknowledge={"noWayBack": E3, "backup": {"taken": "2026-11-20", "where": "a vault"}},
        website={"domain": "www.fabrikam.no"},
    )
    desk.live(state)


def holds(path: Path_) -> bool:
    """Whether lacking this fact must hold the switch."""
    return path[-1] not in HOLDS_NOTHING


def test_with_every_fact_known_the_tenant_would_be_switched(desk: Desk) -> None:
    prepare(desk, fine())
    document = desk.plan("tenants", "--live", "live")
    tenant = tenant_of(document, "fabrikam")
    assert tenant["verdict"] == "apply"
    assert [c["id"] for c in tenant["steps"][0]["checks"] if c["status"] == "unknown"] == []
    desk.ok("simulator", "load", "live")
    assert desk.apply().code == 0
    assert len(desk.taken()) == 1


def test_every_fact_a_blocking_rule_needs_is_left_out_in_some_test() -> None:
    names = {"users_without_license": "usersWithoutLicense", "pre_upgrade": "preUpgrade"}
    names |= {"credit_review": "creditReview", "domain": "tenant", "tenant_id": "tenantId"}
    # What today's rules need is left out in test_today.
    needed = {n for r in TABLE if r.effect is not Effect.WARN and not r.today for n in r.needs}
    tried = {str(path[-1]) for path in FACTS}
    assert {names.get(n, n) for n in needed} <= tried


@pytest.mark.parametrize("path", FACTS, ids=written)
def test_a_fact_left_out_never_leads_to_a_write(desk: Desk, path: Path_) -> None:
    prepare(desk, without(fine(), path))
    planned = tenant_of(desk.plan("tenants", "--live", "live"), "fabrikam")
    assert planned["verdict"] == ("unknown" if holds(path) else "apply")
    if not holds(path):
        return
    desk.ok("simulator", "load", "live")
    answer = desk.apply()
    assert desk.asked() == []
    assert "? " in answer.out
    assert answer.code == 0
    assert desk.run("apply", "tenants", "--auto-approve", "--exit-codes", "full").code == 5


def test_a_tenant_that_shows_none_of_its_names_is_unknown(desk: Desk) -> None:
    state = fine()
    for name in NAMES:
        state = without(state, (name,))
    prepare(desk, state)
    assert tenant_of(desk.plan("tenants", "--live", "live"), "fabrikam")["verdict"] == "unknown"
    desk.ok("simulator", "load", "live")
    desk.apply()
    assert desk.asked() == []


def test_an_empty_live_state_leads_to_no_write(desk: Desk) -> None:
    state = fine()
    state["spec"] = {"tenant": "fabrikam.onmicrosoft.com"}
    prepare(desk, state)
    assert tenant_of(desk.plan("tenants", "--live", "live"), "fabrikam")["verdict"] == "unknown"
    desk.ok("simulator", "load", "live")
    desk.apply()
    assert desk.asked() == []


def test_no_live_state_at_all_is_unknown_and_never_a_handoff(desk: Desk) -> None:
    prepare(desk, live("contoso"))
    tenant = tenant_of(desk.plan("tenants", "--live", "live"), "fabrikam")
    assert tenant["verdict"] == "unknown"
    assert tenant["steps"] == []
    desk.ok("simulator", "load", "live")
    tenant = tenant_of(desk.plan("tenants"), "fabrikam")
    assert tenant["verdict"] == "unknown"
    desk.apply()
    assert desk.asked() == []
    assert desk.ok("handoff", "list", "--format", "json").json() == {"handoffs": []}


def test_an_empty_list_of_subscriptions_is_known_and_an_unread_one_is_not(desk: Desk) -> None:
    state = fine()
    state["spec"]["subscriptions"] = []
    prepare(desk, state)
    assert tenant_of(desk.plan("tenants", "--live", "live"), "fabrikam")["verdict"] == "support"
    desk.live(without(fine(), ("subscriptions",)))
    assert tenant_of(desk.plan("tenants", "--live", "live"), "fabrikam")["verdict"] == "unknown"


@pytest.mark.parametrize(
    "words",
    [
        ("partial-read", "--option", "facts=subscriptions"),
        ("partial-read", "--option", "facts=subscriptions.licenses"),
        ("partial-read", "--option", "facts=operator,services"),
        ("error",),
        ("throttle",),
        ("unknown-word", "--option", "member=status", "--option", "word=in-transition"),
        ("unknown-word", "--option", "member=switch.state", "--option", "word=perhaps"),
    ],
    ids=" ".join,
)
def test_a_read_that_goes_wrong_writes_nothing(desk: Desk, words: tuple[str, ...]) -> None:
    prepare(desk, fine())
    desk.ok("simulator", "load", "live")
    desk.ok("simulator", "fault", "fabrikam", *words, "--always")
    assert tenant_of(desk.plan("tenants"), "fabrikam")["verdict"] in ("unknown", "blocked")
    desk.apply()
    assert desk.asked() == []
    assert desk.standing("fabrikam") == [("office-365-small-business", 20)]

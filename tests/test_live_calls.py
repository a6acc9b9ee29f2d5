"""How many requests a plan costs, of one tenant and of a fleet: as stated here, in the docs, and as the face counted.

Seconds here are injected: the clock moves only when somebody waits for a turn.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cli import ROOT
from heard import BATCH, GRAPH, PARTNER_CENTER, Record, Sent
from live_worlds import FACE, LiveWorld
from worlds import SBP, Spec, catalogue, declare, live, sub, want

from reconciler.adapters.microsoft.building import CALLS_PER_MINUTE
from reconciler.change_plan import Verdict
from reconciler.model import Declaration, DeclaredSubscription
from reconciler.reconcile import plan_tenants

HEADING = "How many requests a tenant costs"
# Asked of every tenant, whatever its file says: who it is, what it bought; its directory in one batch.
WHO, BOUGHT = "customers", "subscriptions"
# Of one subscription: the licence it gives, what is on offer, what is under way, add-ons; then its order.
SET_UP, OFFERS, SWITCHES = "provisioningstatus", "transitionEligibilities", "transitions"
LEGACY_OFFERS, ADD_ONS, ORDER = "upgrades", "addons", "orders"


@dataclass(frozen=True)
class Cost:
    """What one look at a tenant with one subscription asks for. ``graph``: one batch.

    The tokens come on top: one for Partner Center, one for each directory, each good for an hour.
    """

    partner: tuple[str, ...]
    graph: tuple[str, ...] = (BATCH,)
    verdict: Verdict = Verdict.APPLY

    @property
    def counted(self) -> tuple[int, int]:
        """How many of Partner Center, and how many of Graph."""
        return len(self.partner), len(self.graph)


STAYS, RAISED, SWITCHED = want("main", SBP, 20), want("main", SBP, 22), want("main", SBP, 20)
COSTS: dict[str, tuple[Spec, DeclaredSubscription, Cost]] = {
    "as declared, new commerce": (
        sub(plan=SBP),
        STAYS,
        Cost((WHO, BOUGHT, SWITCHES), verdict=Verdict.IN_SYNC),
    ),
    "as declared, legacy": (
        sub(plan=SBP, commerce="legacy"),
        STAYS,
        Cost((WHO, BOUGHT), verdict=Verdict.IN_SYNC),
    ),
    "licenses to add, new commerce": (
        sub(plan=SBP),
        RAISED,
        Cost((WHO, BOUGHT, SWITCHES, ORDER)),
    ),
    "licenses to add, legacy": (
        sub(plan=SBP, commerce="legacy"),
        RAISED,
        Cost((WHO, BOUGHT, LEGACY_OFFERS, ORDER)),
    ),
    "a plan to switch, new commerce": (
        sub(),
        SWITCHED,
        Cost((WHO, BOUGHT, SET_UP, OFFERS, SWITCHES, ADD_ONS, ORDER)),
    ),
    "a plan to switch, legacy": (
        sub(commerce="legacy"),
        SWITCHED,
        Cost((WHO, BOUGHT, SET_UP, LEGACY_OFFERS, ADD_ONS, ORDER)),
    ),
}


def word(sent: Sent) -> str:
    """What a request to Partner Center asks for: the last word of its path that is no id."""
    words = sent.path.strip("/").split("/")[1:]
    return words[(len(words) - 1) // 2 * 2]


def same(sent: Sent) -> tuple[str, ...]:
    """What makes two requests the same one; one on behalf of another tenant is another, and so is a further page."""
    further = sent.headers.get("ms-continuationtoken", "")
    who = sent.headers.get("authorization", "")
    return sent.method, sent.path, sent.query, further, who, sent.body.decode()


def tokens(record: Record) -> list[str]:
    """For which tenant each token was asked for."""
    return [sent.path.split("/")[1] for sent in record.of("")]


@pytest.mark.parametrize("case", COSTS)
def test_a_plan_of_one_tenant_costs_so_many_requests(case: str, tmp_path: Path) -> None:
    subscription, wish, cost = COSTS[case]
    with LiveWorld(tmp_path, live("fabrikam", subscription, sub(id="other", status="deleted"))) as world:
        assert world.plan(declare("fabrikam", wish)).verdict is cost.verdict
        partner, graph = world.record.of(PARTNER_CENTER), world.record.of(GRAPH)
        assert tuple(map(word, partner)) == cost.partner
        assert tuple(sent.path for sent in graph) == cost.graph
        assert [(e.method, e.path) for e in world.live.exchanges] == [
            (sent.method, sent.path) for sent in world.record.of(PARTNER_CENTER, GRAPH)
        ], "the client's own record is the service's"
        assert len(tokens(world.record)) == len(set(tokens(world.record))) == 2
        assert set(Counter(map(same, world.record.requests)).values()) == {1}, "nothing is asked twice"


def test_each_further_subscription_that_is_as_declared_costs_one_request(tmp_path: Path) -> None:
    many = [sub(id=f"sub-{n}", plan=plan) for n, plan in enumerate(catalogue().plans)][:3]
    wishes = [want(f"number-{n}", one["plan"], 20) for n, one in enumerate(many)]
    with LiveWorld(tmp_path, live("fabrikam", *many)) as world:
        assert world.plan(declare("fabrikam", *wishes)).verdict is Verdict.IN_SYNC
        assert sorted(map(word, world.record.of(PARTNER_CENTER))) == sorted([WHO, BOUGHT, *[SWITCHES] * 3])
        assert len(world.record.of(GRAPH)) == 1


def test_more_users_than_a_page_holds_are_followed_from_the_first_page(tmp_path: Path) -> None:
    with LiveWorld(tmp_path, live("fabrikam", sub(), users=2100)) as world:
        assert world.plan(declare("fabrikam", SWITCHED)).verdict is Verdict.APPLY
        graph = world.record.of(GRAPH)
        assert [sent.path for sent in graph] == [BATCH, f"{GRAPH}/users", f"{GRAPH}/users"]
        assert all("$skiptoken" in sent.members for sent in graph[1:])
        world.plan(declare("fabrikam", want("main", sub()["plan"], 20)))
        assert world.record.of(GRAPH)[len(graph) :] == [world.record.of(GRAPH)[-1]], (
            "not where none is switched"
        )


def test_a_second_look_costs_no_token(tmp_path: Path) -> None:
    with LiveWorld(tmp_path, live("fabrikam", sub(plan=SBP))) as world:
        for _ in range(2):
            world.plan(declare("fabrikam", STAYS))
        assert (len(tokens(world.record)), len(world.record.of(PARTNER_CENTER, GRAPH))) == (2, 8)


def fleet(number: int) -> tuple[list[Spec], list[Declaration]]:
    """So many tenants that are as declared, of one template."""
    names = [f"customer-{n:04}" for n in range(number)]
    documents = [
        live(name, sub(id=f"sub-{name}", plan=SBP), tenantId=f"00000000-0000-4000-8000-{n:012d}")
        for n, name in enumerate(names)
    ]
    return documents, [declare(name, STAYS) for name in names]


# In a fleet the list of all customers takes the place of a search for each: so each costs two, and one of Graph.
QUIET_PARTNER, QUIET_GRAPH = 2, 1
FLEETS: dict[str, tuple[int, int]] = {
    "each tenant of a fleet, as declared, new commerce": (QUIET_PARTNER, QUIET_GRAPH),
    "a fleet of 1,000 tenants, as declared, new commerce": (2 + 1000 * QUIET_PARTNER, 1000 * QUIET_GRAPH),
}


def plans_a_fleet(folder: Path, number: int, page: int, budget: int) -> None:
    documents, declared = fleet(number)
    with LiveWorld(
        folder, *documents, face=replace(FACE, customers_page=page), calls_per_minute=budget
    ) as world:
        began = world.live.time.now
        # As `snapshot --all` and `import --all` do: who asks for the names of all has the list.
        assert len(world.reader.tenants()) == number
        plans = [plan for plan, _ in plan_tenants(declared, world.reader, world.store, catalogue())]
        assert {plan.verdict for plan in plans} == {Verdict.IN_SYNC}
        partner, pages = world.record.of(PARTNER_CENTER), -(-number // page)
        assert Counter(map(word, partner)) == {WHO: pages, BOUGHT: number, SWITCHES: number}
        assert len(partner) == pages + QUIET_PARTNER * number
        assert len(world.record.of(GRAPH)) == QUIET_GRAPH * number
        assert Counter(tokens(world.record)) == dict.fromkeys({*tokens(world.record)}, 1)
        assert len(tokens(world.record)) == 1 + number
        assert set(Counter(map(same, world.record.requests)).values()) == {1}, "nothing is asked twice"
        took = world.live.time.now - began
        # A tenth of the budget goes out at once, and the rest trickles (``pace``).
        assert took == pytest.approx((len(partner) - budget / 10) * 60 / (budget - budget / 10 + 1), rel=0.02)
        assert busiest(partner) <= budget < len(partner)


def busiest(sent: list[Sent]) -> int:
    """The most requests there were in a minute, wherever it began."""
    times = sorted(one.at for one in sent)
    return max(sum(begin <= at < begin + 60 for at in times) for begin in times)


def test_a_fleet_reads_the_list_of_customers_once_and_keeps_to_the_budget(tmp_path: Path) -> None:
    plans_a_fleet(tmp_path, 110, page=50, budget=200)


@pytest.mark.soak
def test_a_thousand_tenants_cost_two_thousand_and_two_requests_and_four_minutes_and_a_half(
    tmp_path: Path,
) -> None:
    assert CALLS_PER_MINUTE == 500
    plans_a_fleet(tmp_path, 1000, page=500, budget=CALLS_PER_MINUTE)


def test_the_docs_tell_these_numbers() -> None:
    page = (ROOT / "docs/partner-center.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", page.partition(f"## {HEADING}\n")[2], flags=re.MULTILINE)[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    told = {row[0]: tuple(int(cell.replace(",", "")) for cell in row[1:3]) for row in rows}
    assert told == {**{case: cost.counted for case, (_, _, cost) in COSTS.items()}, **FLEETS}

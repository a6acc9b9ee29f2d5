"""The service misbehaves: exit codes, what to do next, and nothing ordered twice."""

from __future__ import annotations

import pytest
from cli import Answer, Desk
from worlds import live, lowered, sub

SB, SBP = "office-365-small-business", "office-365-small-business-premium"
DOMAIN = "fabrikam.onmicrosoft.com"


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """One tenant to switch, with two licences added, and one sound neighbour to raise."""
    desk.configure()
    desk.declare("fabrikam", SBP, 22)
    desk.declare("northwind", SB, 21)
    desk.live(live("fabrikam", sub(id="sub-f"), tenantId="00000000-0000-4000-8000-000000000001"))
    desk.live(live("northwind", sub(id="sub-n"), tenantId="00000000-0000-4000-8000-000000000002"))
    desk.ok("simulator", "load", "live")
    return desk


def fault(desk: Desk, kind: str, *words: str, tenant: str = "fabrikam") -> None:
    desk.ok("simulator", "fault", tenant, kind, *words)


def orders(desk: Desk) -> list[str]:
    """The outcome of each order for fabrikam."""
    return [c["outcome"] for c in desk.asked() if c["tenant"] == "fabrikam"]


def totals(answer: Answer) -> str:
    return answer.out.splitlines()[-1]


def neighbour_is_done(desk: Desk) -> None:
    """One tenant's failure never stops another's."""
    assert desk.standing("northwind") == [(SB, 21)]


def finish(desk: Desk) -> None:
    """Apply until everything is done; fabrikam was switched by one order, and nothing was lowered."""
    for _ in range(4):
        desk.ok("simulator", "advance", "20m")
        desk.apply("tenants", "--wait")
    assert desk.standing("fabrikam") == [(SBP, 22)]
    taken = [c for c in desk.taken() if c["tenant"] == "fabrikam"]
    assert [c["operation"] for c in taken] == ["order_switch"]
    assert lowered(desk.asked()) == []
    last = desk.calls()
    assert desk.run("apply", "tenants", "--auto-approve", "--exit-codes", "full").code == 0
    assert [c for c in desk.calls() if c["operation"] != "read"] == [
        c for c in last if c["operation"] != "read"
    ]


def test_an_answer_lost_after_the_order_was_taken_is_found_by_looking(fleet: Desk) -> None:
    fault(fleet, "lost-after")
    answer = fleet.apply()
    assert answer.code == 0
    assert "1 started" in totals(answer)
    assert len(orders(fleet)) == 1
    neighbour_is_done(fleet)
    finish(fleet)


def test_an_answer_lost_before_the_order_was_taken_is_settled_and_ordered_anew(fleet: Desk) -> None:
    fault(fleet, "lost-before")
    answer = fleet.apply()
    assert answer.code == 1
    assert "1 failed" in totals(answer)
    assert "did not take request" in " ".join(answer.out.split())
    assert "Plan again" in answer.out
    neighbour_is_done(fleet)
    assert fleet.apply().code == 0
    assert len(orders(fleet)) == 2
    finish(fleet)


def test_an_order_that_is_not_visible_yet_is_waited_for_and_not_repeated(fleet: Desk) -> None:
    fault(fleet, "late-visibility", "--option", "minutes=3")
    answer = fleet.apply()
    assert answer.code == 0
    assert "does not show it yet" in " ".join(answer.out.split())
    again = fleet.apply()
    assert again.code == 0
    assert orders(fleet) == ["accepted"]
    neighbour_is_done(fleet)
    finish(fleet)


def test_an_order_that_is_not_visible_yet_is_followed_with_wait(fleet: Desk) -> None:
    fault(fleet, "late-visibility", "--option", "minutes=3")
    answer = fleet.apply("tenants", "--wait")
    assert answer.code == 0
    assert orders(fleet) == ["accepted"]
    assert fleet.standing("fabrikam") == [(SBP, 22)]


def test_a_lost_answer_whose_order_is_not_visible_yet_stays_unknown_until_it_is(fleet: Desk) -> None:
    """Lost, late, and the service can not tell by the request id either."""
    fault(fleet, "lost-after")
    fault(fleet, "late-visibility", "--option", "minutes=3")
    fault(fleet, "error", "--always", "--option", "on=inquire")
    answer = fleet.apply()
    assert answer.code == 1
    assert "1 unknown" in totals(answer)
    assert "reconciler resolve" in answer.out
    neighbour_is_done(fleet)
    blocked = fleet.apply()
    assert "outcome-unknown" in blocked.out
    assert len(orders(fleet)) == 1
    fleet.ok("simulator", "advance", "4m")
    fleet.apply()
    assert len(orders(fleet)) == 1
    finish(fleet)


def test_throttling_is_waited_for_and_says_how_long(fleet: Desk) -> None:
    fault(fleet, "throttle", "--option", "seconds=30", "--option", "on=write")
    answer = fleet.apply()
    assert answer.code == 0
    assert "30 seconds" in " ".join(answer.out.split())
    assert "1 waiting" in totals(answer)
    neighbour_is_done(fleet)
    finish(fleet)


def test_a_server_error_before_the_order_is_settled_by_the_request_id(fleet: Desk) -> None:
    fault(fleet, "error", "--option", "status=503", "--option", "on=write")
    assert fleet.apply().code == 1
    neighbour_is_done(fleet)
    finish(fleet)


def test_a_server_error_after_the_order_orders_nothing_twice(fleet: Desk) -> None:
    fault(fleet, "error", "--option", "taken=true", "--option", "on=write")
    assert fleet.apply().code == 0
    assert len(orders(fleet)) == 1
    finish(fleet)


def test_another_administrator_in_between_refuses_the_write(fleet: Desk) -> None:
    fault(fleet, "concurrent-admin", "--option", "by=8")
    answer = fleet.apply()
    assert answer.code == 1
    assert "somebody changed it" in " ".join(answer.out.split())
    assert "Plan again" in " ".join(answer.out.split())
    assert fleet.standing("fabrikam") == [(SB, 28)]
    assert lowered(fleet.asked()) == [c for c in fleet.asked() if not c["taken"]][:1]
    neighbour_is_done(fleet)


def test_what_another_administrator_bought_is_never_given_back(fleet: Desk) -> None:
    fault(fleet, "concurrent-admin", "--option", "by=4")
    fleet.apply()
    assert fleet.standing("fabrikam") == [(SB, 24)]
    answer = fleet.apply("tenants", "--wait")
    assert answer.code == 0
    assert fleet.standing("fabrikam") == [(SBP, 24)]
    assert "only support can take 2 licences" in " ".join(answer.out.split())
    found = fleet.ok("handoff", "list", "--format", "json").json()["handoffs"]
    assert [h["kind"] for h in found] == ["remove-licenses"]


def test_a_switch_that_fails_is_never_ordered_again(fleet: Desk) -> None:
    fault(fleet, "switch-fails")
    answer = fleet.apply("tenants", "--wait")
    assert answer.code == 1
    assert "has failed" in answer.out
    assert "support" in answer.out
    neighbour_is_done(fleet)
    for _ in range(2):
        again = fleet.apply("tenants", "--wait")
        assert again.code == 0
        assert "switch-failed" in again.out
    assert len(orders(fleet)) == 1
    found = fleet.ok("handoff", "list", "--format", "json").json()["handoffs"]
    assert [h["kind"] for h in found] == ["failed-switch"]


def test_a_switch_that_hangs_is_followed_for_an_hour_and_handed_off(fleet: Desk) -> None:
    fault(fleet, "switch-hangs")
    answer = fleet.apply("tenants", "--wait")
    assert answer.code == 0
    neighbour_is_done(fleet)
    again = fleet.apply("tenants", "--wait")
    assert again.code == 0
    assert "1 for support" in totals(again)
    assert len(orders(fleet)) == 1
    found = fleet.ok("handoff", "list", "--format", "json").json()["handoffs"]
    assert [h["kind"] for h in found] == ["stuck-switch"]


def test_waiting_ends_when_its_time_is_up(fleet: Desk) -> None:
    fault(fleet, "switch-hangs")
    assert fleet.apply("tenants", "--wait", "--wait-timeout", "5m").code == 0
    clock = fleet.ok("simulator", "show", "--format", "json").json()["now"]
    assert clock <= "2026-11-23T10:10:00"


def test_a_credit_review_is_not_followed_and_starts_by_itself(fleet: Desk) -> None:
    fleet.ok("simulator", "set", "fabrikam.sub-f.payment=invoice")
    fault(fleet, "credit-review", "--option", "days=5")
    answer = fleet.apply("tenants", "--wait")
    assert answer.code == 0
    assert fleet.standing("fabrikam") == [(SB, 20)]
    clock = fleet.ok("simulator", "show", "--format", "json").json()["now"]
    assert clock <= "2026-11-23T12:00:00"
    again = fleet.apply("tenants", "--wait")
    assert "credit-review" in again.out
    assert len(orders(fleet)) == 1
    fleet.ok("simulator", "advance", "6d")
    finish(fleet)


def lose_for_good(desk: Desk, kind: str) -> None:
    """An order of whose fate the service tells nothing, for long."""
    fault(desk, kind)
    fault(desk, "late-visibility", "--option", "minutes=600")
    fault(desk, "error", "--always", "--option", "on=inquire")
    assert desk.apply().code == 1


def test_resolve_without_words_shows_what_is_open_and_what_a_look_shows(fleet: Desk) -> None:
    lose_for_good(fleet, "lost-after")
    told = fleet.ok("resolve", DOMAIN).out
    assert f"main: switch to {SBP}, 20 -> 22 licences" in told
    assert "A fresh look shows: nothing" in told
    assert fleet.ok("resolve", DOMAIN).out == told
    assert len(orders(fleet)) == 1


def test_resolve_takes_the_name_that_the_message_tells(fleet: Desk) -> None:
    lose_for_good(fleet, "lost-after")
    assert "main: switch to" in fleet.ok("resolve", "fabrikam").out


def test_resolve_with_evidence_settles_what_was_not_taken(fleet: Desk) -> None:
    lose_for_good(fleet, "lost-before")
    assert "outcome-unknown" in fleet.ok("plan", "tenants").out
    told = fleet.ok("resolve", DOMAIN, "--as", "not-taken", "--evidence", "ticket 4711: no order there").out
    assert "is settled as not-taken" in told
    assert "no write waits" in fleet.ok("resolve", DOMAIN).out
    fleet.ok("simulator", "fault", "--clear")
    assert fleet.apply().code == 0
    finish(fleet)


def test_resolve_refuses_what_a_look_denies(fleet: Desk) -> None:
    """The order is visible by now; nobody can settle it as never taken."""
    fault(fleet, "lost-after")
    fault(fleet, "late-visibility", "--option", "minutes=3")
    fault(fleet, "error", "--always", "--option", "on=inquire")
    assert fleet.apply().code == 1
    fleet.ok("simulator", "advance", "4m")
    answer = fleet.run("resolve", DOMAIN, "--as", "not-taken", "--evidence", "I believe so")
    assert answer.code == 1
    assert "a fresh look shows it" in answer.err
    assert "is settled" not in answer.both
    finish(fleet)


def test_a_state_store_that_knows_an_open_write_blocks_the_tenant_and_no_other(fleet: Desk) -> None:
    lose_for_good(fleet, "lost-after")
    fleet.declare("northwind", SB, 23)
    answer = fleet.apply()
    assert fleet.standing("northwind") == [(SB, 23)]
    assert "outcome-unknown" in answer.out
    assert len(orders(fleet)) == 1

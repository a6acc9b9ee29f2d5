"""A request to support on the command line: listed, shown, filed, followed, closed."""

from __future__ import annotations

from typing import Any

import pytest
from cli import Desk
from scenes import SB
from test_cli_commands import TENANTS, assert_valid
from worlds import live


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """One tenant that wants two licences fewer than it has."""
    desk.configure()
    desk.declare("fabrikam", SB, 18)
    desk.live(live("fabrikam"))
    desk.ok("simulator", "load", "live")
    return desk


def test_a_handoff_is_filed_followed_and_closes_by_itself(fleet: Desk) -> None:
    fleet.apply()
    (one,) = handoffs(fleet)
    assert (one["kind"], one["state"], one["free"]) == ("remove-licenses", "prepared", 2)
    assert "filed as SR 118-7 for fabrikam" in fleet.ok("handoff", "filed", one["id"][:4], "SR 118-7").out
    fleet.apply()
    assert [(h["id"], h["state"], h["ticket"]) for h in handoffs(fleet)] == [(one["id"], "filed", "SR 118-7")]
    assert "filed SR 118-7" in fleet.ok("handoff", "list").out
    fleet.ok("simulator", "set", "fabrikam.sub-1.licenses=18")
    fleet.apply()
    assert handoffs(fleet) == []
    (done,) = handoffs(fleet, "--all")
    assert (done["id"], done["state"], done["ticket"]) == (one["id"], "done", "SR 118-7")
    again = fleet.run("handoff", "filed", one["id"], "SR 9")
    assert (again.code, again.out) == (1, "")
    assert f"error: Hand-off {one['id']} is done since" in again.err


def test_raising_the_file_withdraws_the_request_to_go_down(fleet: Desk) -> None:
    fleet.apply()
    fleet.declare("fabrikam", SB, 20)
    fleet.apply()
    assert handoffs(fleet) == []
    assert [h["state"] for h in handoffs(fleet, "--all")] == ["withdrawn"]


def test_a_tenant_whose_file_is_gone_asks_for_nothing_any_more(fleet: Desk) -> None:
    for name in ("northwind", "contoso"):
        fleet.declare(name, SB, 20)
        fleet.live(live(name))
    fleet.ok("simulator", "load", "live")
    fleet.apply()
    assert [h["state"] for h in handoffs(fleet)] == ["prepared"]
    (fleet.folder / "tenants/fabrikam.yaml").unlink()
    fleet.apply("tenants", "--tenant", "contoso")
    assert [h["state"] for h in handoffs(fleet)] == ["prepared"]
    assert "no longer managed" in fleet.apply().out
    assert [h["state"] for h in handoffs(fleet, "--all")] == ["withdrawn"]


def test_a_handoff_closed_by_hand_stays_closed_and_says_why(fleet: Desk) -> None:
    fleet.apply()
    (one,) = handoffs(fleet)
    assert fleet.run("handoff", "close", one["id"]).code == 64
    assert (
        "withdrawn for fabrikam" in fleet.ok("handoff", "close", one["id"], "--reason", "asked by phone").out
    )
    fleet.apply()
    assert handoffs(fleet) == []
    (closed,) = handoffs(fleet, "--all")
    assert (closed["state"], closed["reason"]) == ("withdrawn", "asked by phone")
    assert "Closed by hand: asked by phone" in fleet.ok("handoff", "show", one["id"]).out


def test_a_beginning_that_fits_several_handoffs_names_them(examples: Desk) -> None:
    examples.apply(TENANTS)
    missing = examples.run("handoff", "show", "zzzz", "--config", "examples/reconciler.yaml")
    assert missing.code == 1
    assert "There is no hand-off zzzz" in missing.err


def handoffs(fleet: Desk, *words: str) -> list[dict[str, Any]]:
    document = fleet.ok("handoff", "list", *words, "--format", "json").json()
    assert_valid("handoffs", document)
    found: list[dict[str, Any]] = document["handoffs"]
    return found

"""What somebody else took away and `apply` buys again: told before and afterwards, held where asked, never hashed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import jsonschema
import pytest
from cli import Desk, tenant_of
from worlds import live, sub

from reconciler.adapters import files
from reconciler.errors import StateUnreadable

E1, E3, E4 = "office-365-enterprise-e1", "office-365-enterprise-e3", "office-365-enterprise-e4"
WARNING = "warning, bought-back: main of fabrikam had 50 licences when all was well and has 30 now"
WAIVED = {"rule": "bought-back", "reason": "a slip of the reseller", "owner": "kari", "until": "2099-01-01"}


def state(licenses: int = 50, **members: Any) -> Any:
    bought = {"id": "fabrikam-1", "plan": E3, "licenses": licenses, "assigned": 18, "offers": [E4], **members}
    return live("fabrikam", sub(**bought), tenantId="00000000-0000-4000-8000-000000000001")


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """A tenant that was seen as declared, with 50 licences, and of which somebody then took 20 away."""
    return lowered(desk.configure())


def lowered(desk: Desk) -> Desk:
    desk.declare("fabrikam", E3, 50)
    desk.live(state())
    desk.ok("simulator", "load", "live")
    assert desk.apply().code == 0
    desk.ok("simulator", "set", "fabrikam.main.licenses=30")
    return desk


def spaced(text: str) -> str:
    return " ".join(text.split())


def step(document: Any) -> Any:
    (found,) = tenant_of(document, "fabrikam")["steps"]
    return found


def check(document: Any) -> tuple[str, str]:
    (found,) = [c for c in step(document)["checks"] if c["id"] == "bought-back"]
    return found["status"], found["effect"]


def drift(desk: Desk, *words: str) -> dict[str, list[tuple[str, bool]]]:
    document = desk.ok("drift", "tenants", "--format", "json", *words).json()
    jsonschema.Draft202012Validator(files.schema("drift")).validate(document)
    lists = ("wanted", "outside", "unconfirmed", "gone")
    found = {
        name: [(f["kind"], f["bought_back"]) for t in document["tenants"] for f in t[name]] for name in lists
    }
    return {name: kinds for name, kinds in found.items() if kinds}


def keeps_no_baseline(desk: Desk) -> None:
    """What drift remembers of the tenant does not decode any more."""
    with closing(sqlite3.connect(desk.folder / ".reconciler" / "state.db")) as database, database:
        database.execute("UPDATE baselines SET subscriptions = '[]'")


# Told before


def test_a_plan_tells_what_it_would_buy_back_and_so_does_apply_before_it_asks(fleet: Desk) -> None:
    document = fleet.plan("tenants")
    jsonschema.Draft202012Validator(files.schema("change-plan")).validate(document)
    assert (step(document)["buys_back"], *check(document)) == (20, "fail", "warn")
    assert step(document)["verdict"] == "apply"
    for answer in (fleet.ok("plan", "tenants"), fleet.run("apply", "tenants")):
        assert WARNING in spaced(answer.out)
        assert "30 -> 50 licences (+20) buys back 20" in spaced(answer.out)
    assert fleet.asked() == [], "nobody has said yes"


@pytest.mark.parametrize("form", ["markdown", "github", "sarif", "html"])
def test_a_review_is_told_of_it_in_every_format(fleet: Desk, form: str) -> None:
    assert "somebody else took 20 away" in spaced(fleet.ok("plan", "tenants", "--format", form).out)


def test_a_saved_plan_tells_it_too_and_one_of_an_older_version_can_still_be_read(fleet: Desk) -> None:
    fleet.ok("plan", "tenants", "--out", "it.plan.json")
    assert "buys back 20" in spaced(fleet.ok("show", "it.plan.json").out)
    document = json.loads((fleet.folder / "it.plan.json").read_text())
    del document["tenants"][0]["steps"][0]["buys_back"]
    fleet.put("older.plan.json", json.dumps(document))
    assert "buys back" not in fleet.ok("show", "older.plan.json").out
    assert "buys back 20" in spaced(fleet.ok("apply", "--plan", "older.plan.json").out)


def test_no_digest_hangs_on_what_is_remembered(fleet: Desk) -> None:
    remembered = fleet.plan("tenants")
    with closing(sqlite3.connect(fleet.folder / ".reconciler" / "state.db")) as database, database:
        database.execute("DELETE FROM baselines")
    forgotten = fleet.plan("tenants")
    assert check(forgotten) == ("skipped", "warn")
    assert step(forgotten)["buys_back"] == 0
    assert remembered["digest"] == forgotten["digest"]
    fleet.ok("apply", "tenants", "--approved-digest", forgotten["digest"])


def test_what_a_commit_asks_for_on_top_is_no_buying_back(fleet: Desk) -> None:
    fleet.declare("fabrikam", E3, 60)
    document = fleet.plan("tenants")
    assert (step(document)["after"]["licenses"], step(document)["buys_back"]) == (60, 20)
    fleet.declare("fabrikam", E3, 40)
    assert step(fleet.plan("tenants"))["buys_back"] == 10
    fleet.ok("simulator", "set", "fabrikam.main.licenses=50")
    fleet.declare("fabrikam", E3, 60)
    document = fleet.plan("tenants")
    assert (step(document)["buys_back"], *check(document)) == (0, "pass", "warn")


def test_what_support_took_back_as_the_file_asked_was_not_taken_away(fleet: Desk) -> None:
    fleet.declare("fabrikam", E3, 30)
    assert fleet.apply().code == 0
    fleet.declare("fabrikam", E3, 45)
    assert check(fleet.plan("tenants")) == ("pass", "warn")


def test_where_nobody_remembers_anything_nothing_is_said(desk: Desk) -> None:
    desk.configure().declare("fabrikam", E3, 50)
    desk.live(state(30))
    desk.ok("simulator", "load", "live")
    for answer in (desk.ok("plan", "tenants"), desk.ok("plan", "tenants", "--live", "live"), desk.apply()):
        assert "bought-back" not in answer.out
        assert "buys back" not in answer.out


def test_a_memory_that_can_not_be_read_warns_and_holds_nothing(fleet: Desk) -> None:
    keeps_no_baseline(fleet)
    document = fleet.plan("tenants")
    assert (step(document)["verdict"], *check(document)) == ("apply", "unknown", "warn")
    assert "warning, bought-back: " in fleet.ok("plan", "tenants").out
    assert fleet.apply().code == 0
    assert fleet.standing("fabrikam") == [(E3, 50)]


# Told afterwards


def test_apply_tells_it_with_what_became_of_it_and_the_last_runs_keep_it(fleet: Desk) -> None:
    out = spaced(fleet.apply().out)
    assert out.count("(+20) buys back 20") == 2
    assert "main add done (buys back 20)" in fleet.ok("status", "fabrikam").out


def test_apply_tells_it_in_json(fleet: Desk) -> None:
    document = json.loads(fleet.ok("apply", "tenants", "--auto-approve", "--format", "json").out)
    jsonschema.Draft202012Validator(files.schema("change-plan")).validate(document)
    assert (step(document)["buys_back"], step(document)["outcome"]["result"]) == (20, "done")
    assert check(document) == ("fail", "warn")


def test_drift_tells_once_that_it_was_bought_back_although_nobody_had_looked_before(fleet: Desk) -> None:
    fleet.apply()
    assert drift(fleet) == {"gone": [("licenses-below", True)]}
    told = spaced(fleet.ok("drift", "tenants", "--record").out)
    assert "50 -> 30 licences (-20), declared 50; bought back by `apply`" in told
    assert drift(fleet) == {}


def test_drift_that_was_known_is_told_as_bought_back_and_not_as_put_right(fleet: Desk) -> None:
    for _ in range(3):
        fleet.ok("drift", "tenants", "--record")
    fleet.apply()
    assert drift(fleet, "--record") == {"gone": [("licenses-below", True)]}


def test_what_was_put_right_by_hand_was_not_bought_back(fleet: Desk) -> None:
    for _ in range(3):
        fleet.ok("drift", "tenants", "--record")
    fleet.ok("simulator", "set", "fabrikam.main.licenses=50")
    assert drift(fleet, "--record") == {"gone": [("licenses-below", False)]}


def test_it_is_told_as_well_where_the_run_could_keep_nothing_more(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise StateUnreadable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("reconciler.cli.running.remember", fails)
        assert fleet.apply().code == 1
    assert fleet.standing("fabrikam") == [(E3, 50)]
    assert drift(fleet, "--record") == {"gone": [("licenses-below", True)]}


def test_what_is_taken_away_again_is_told_again(fleet: Desk) -> None:
    fleet.apply()
    fleet.ok("simulator", "set", "fabrikam.main.licenses=30")
    assert step(fleet.plan("tenants"))["buys_back"] == 20
    fleet.apply()
    assert drift(fleet, "--record") == {"gone": [("licenses-below", True)]}


# Held


@pytest.fixture
def held(desk: Desk) -> Desk:
    return lowered(desk.configure(limits={"buyBack": "hold"}))


def test_it_is_blocked_where_the_configuration_says_so_and_nothing_is_bought(held: Desk) -> None:
    document = held.plan("tenants")
    assert (step(document)["verdict"], *check(document)) == ("blocked", "fail", "block")
    answer = held.apply()
    assert "`limits.buyBack` is `hold`" in spaced(answer.out)
    assert held.asked() == []
    assert drift(held, "--record") == {"outside": [("licenses-below", False)]}, "seen before and after"


def test_a_number_that_is_declared_lower_frees_it_and_so_does_a_waiver_with_an_owner(held: Desk) -> None:
    held.declare("fabrikam", E3, 50, waivers=[WAIVED])
    document = held.plan("tenants")
    assert (step(document)["verdict"], *check(document)) == ("apply", "fail", "warn")
    assert "a slip of the reseller (kari)" in spaced(held.ok("plan", "tenants").out)
    held.declare("fabrikam", E3, 30)
    assert held.plan("tenants")["summary"]["in_sync"] == 1
    held.declare("fabrikam", E3, 50, waivers=[WAIVED])
    held.apply()
    assert held.standing("fabrikam") == [(E3, 50)]


def test_a_rise_that_buys_nothing_back_is_not_held(held: Desk) -> None:
    held.ok("simulator", "set", "fabrikam.main.licenses=50")
    held.declare("fabrikam", E3, 60)
    held.apply()
    assert held.standing("fabrikam") == [(E3, 60)]


def test_a_memory_that_can_not_be_read_is_held_there(held: Desk) -> None:
    keeps_no_baseline(held)
    document = held.plan("tenants")
    assert (step(document)["verdict"], *check(document)) == ("unknown", "unknown", "block")
    held.apply()
    assert held.asked() == []


def test_a_word_that_is_neither_allow_nor_hold_is_refused(desk: Desk) -> None:
    desk.configure(limits={"buyBack": "maybe"}).declare("fabrikam", E3, 50)
    answer = desk.run("plan", "tenants")
    assert answer.code == 1
    assert "buyBack" in answer.both


# Behind a switch


def switched(desk: Desk, **limits: str) -> Desk:
    """The file now wants another plan with as many licences as ever, of a service that brings none in the order."""
    lowered(desk.configure(simulator={"addsInOrder": False}, limits=limits))
    desk.declare("fabrikam", E4, 50)
    return desk


def test_licences_that_follow_a_switch_are_told_before_the_word_yes_and_bought_back_behind_it(
    desk: Desk,
) -> None:
    switched(desk)
    shown = spaced(desk.ok("plan", "tenants").out)
    assert "after the switch buys back 20" in shown
    assert WARNING in shown
    desk.apply("tenants", "--wait")
    assert desk.standing("fabrikam") == [(E4, 50)]
    assert drift(desk, "--record")["gone"] == [("licenses-below", True)]


def test_a_switch_that_took_the_number_along_frees_nothing_that_is_held(desk: Desk) -> None:
    switched(desk, buyBack="hold")
    desk.apply("tenants", "--wait")
    desk.apply("tenants", "--wait")
    assert desk.standing("fabrikam") == [(E4, 30)]
    assert check(desk.plan("tenants")) == ("fail", "block")

"""Saved change plans: applied once, unchanged, in time, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cli import Answer, Desk
from worlds import live, sub

E3, SBP = "office-365-enterprise-e3", "office-365-small-business-premium"
FILE = "fleet.plan.json"


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """Two tenants: one to switch with licences added, one that stays as it is."""
    desk.configure()
    desk.declare("fabrikam", SBP, 22)
    desk.declare("contoso", E3, 9)
    desk.live(live("fabrikam", sub(id="sub-f")))
    desk.live(live("contoso", sub(id="sub-c", plan=E3, licenses=9, assigned=9, offers=[])))
    desk.ok("simulator", "load", "live")
    return desk


def saved(desk: Desk, *words: object) -> Desk:
    desk.ok("plan", "tenants", "--out", FILE, *words)
    return desk


def apply(desk: Desk, *words: object) -> Answer:
    return desk.run("apply", "--plan", FILE, *words)


def edit(desk: Desk, change: Callable[[dict[str, Any]], None]) -> None:
    file = desk.folder / FILE
    document = json.loads(file.read_text(encoding="utf-8"))
    change(document)
    file.write_text(json.dumps(document), encoding="utf-8")


def refused(desk: Desk, answer: Answer, *said: str) -> None:
    """The plan was refused with its reasons, and nothing was written."""
    assert answer.code == 1, answer.both
    assert "Traceback" not in answer.err
    for word in said:
        assert word in answer.err
    assert desk.asked() == []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves the machine's clock, for making and for applying plans."""
    start = datetime(2026, 11, 23, 10, tzinfo=UTC)
    moved = [timedelta(0)]
    for module in ("fleet_plan", "apply", "world"):
        monkeypatch.setattr(f"reconciler.cli.{module}.now", lambda: start + moved[0])
    return lambda by: moved.__setitem__(0, moved[0] + by)


def test_a_saved_plan_is_applied_without_being_asked_for(fleet: Desk) -> None:
    answer = apply(saved(fleet))
    assert answer.code == 0, answer.both
    (order,) = fleet.taken()
    assert order["after"] == {"plan": SBP, "licenses": 22}


def test_a_saved_plan_is_applied_once(fleet: Desk) -> None:
    assert apply(saved(fleet)).code == 0
    before = fleet.asked()
    again = apply(fleet)
    assert again.code == 1
    assert "applied once" in again.err
    assert fleet.asked() == before


def test_a_used_plan_is_refused_also_when_nothing_stands_against_it(fleet: Desk) -> None:
    """The switch is undone behind our back, so that the tenant looks as it did when the plan was made."""
    assert apply(saved(fleet), "--wait").code == 0
    fleet.ok("simulator", "load", "live")
    before = fleet.asked()
    again = apply(fleet)
    assert again.code == 1
    assert "applied once" in again.err
    assert fleet.asked() == before


def test_a_copy_of_a_used_plan_is_used_too(fleet: Desk) -> None:
    saved(fleet)
    text = (fleet.folder / FILE).read_text(encoding="utf-8")
    assert apply(fleet).code == 0
    fleet.put("copy.plan.json", text)
    answer = fleet.run("apply", "--plan", "copy.plan.json")
    assert answer.code == 1
    assert "applied once" in answer.err


def test_a_refused_plan_is_not_used_up(fleet: Desk) -> None:
    saved(fleet)
    fleet.ok("simulator", "set", "fabrikam.sub-f.assigned=19")
    refused(fleet, apply(fleet), "assigned")
    fleet.ok("simulator", "set", "fabrikam.sub-f.assigned=18")
    assert apply(fleet).code == 0


def test_a_plan_past_its_time_is_refused(fleet: Desk, clock: Callable[[timedelta], None]) -> None:
    saved(fleet)
    clock(timedelta(hours=72))
    refused(fleet, apply(fleet), "was valid until 2026-11-26 10:00 UTC")


def test_a_plan_in_its_last_minute_is_applied(fleet: Desk, clock: Callable[[timedelta], None]) -> None:
    saved(fleet)
    clock(timedelta(hours=71, minutes=59))
    assert apply(fleet).code == 0


def test_a_plan_can_be_given_less_time(fleet: Desk, clock: Callable[[timedelta], None]) -> None:
    saved(fleet, "--valid-for", "30m")
    clock(timedelta(minutes=30))
    refused(fleet, apply(fleet), "was valid until 2026-11-23 10:30 UTC")


def test_a_plan_that_is_good_for_no_time_is_not_saved(fleet: Desk) -> None:
    answer = fleet.run("plan", "tenants", "--out", "p.plan.json", "--valid-for", "0s")
    assert answer.code == 64
    assert "no time at all" in answer.err
    assert not (fleet.folder / "p.plan.json").exists()


def test_a_plan_that_is_good_for_no_time_is_good_for_none(fleet: Desk) -> None:
    refused(fleet, apply(saved(fleet), "--max-age", "0s"), "Plan again")


def test_apply_has_a_limit_of_its_own(fleet: Desk, clock: Callable[[timedelta], None]) -> None:
    saved(fleet, "--valid-for", "300d")
    clock(timedelta(hours=2))
    refused(fleet, apply(fleet, "--max-age", "1h"), "Plan again")
    refused(fleet, apply(fleet, "--max-age", "0s"), "Plan again")
    clock(timedelta(hours=71))
    refused(fleet, apply(fleet), "Plan again")


def test_a_plan_from_the_future_is_refused(fleet: Desk, clock: Callable[[timedelta], None]) -> None:
    saved(fleet)
    clock(timedelta(hours=-1))
    refused(fleet, apply(fleet), "Check the clock")


def test_the_configuration_says_how_long_a_plan_is_good(
    fleet: Desk, clock: Callable[[timedelta], None]
) -> None:
    fleet.configure(plan={"validFor": "2h"})
    saved(fleet)
    clock(timedelta(hours=2))
    refused(fleet, apply(fleet), "was valid until 2026-11-23 12:00 UTC")


def _more(document: dict[str, Any]) -> None:
    """One hundred licences more than were approved, in the step and in what the digest covers."""
    (fabrikam,) = [t for t in document["tenants"] if t["name"] == "fabrikam"]
    fabrikam["steps"][0]["after"]["licenses"] = 122
    fabrikam["basis"]["steps"]["main/switch"]["after"]["licenses"] = 122
    fabrikam["basis"]["declared"]["subscriptions"]["main"]["licenses"] = 122


def _verdict(document: dict[str, Any]) -> None:
    (fabrikam,) = [t for t in document["tenants"] if t["name"] == "fabrikam"]
    fabrikam["steps"][0]["verdict"] = "support"


def _digest(document: dict[str, Any]) -> None:
    document["digest"] = "sha256:" + "0" * 64


def _format(document: dict[str, Any]) -> None:
    document["format_version"] = "2.0"


def _missing(document: dict[str, Any]) -> None:
    del document["tenants"][0]["steps"]


@pytest.mark.parametrize("change", [_more, _verdict, _digest, _format, _missing], ids=lambda f: f.__name__)
def test_an_altered_plan_is_refused(fleet: Desk, change: Callable[[dict[str, Any]], None]) -> None:
    saved(fleet)
    edit(fleet, change)
    refused(fleet, apply(fleet))


def test_a_plan_whose_steps_alone_were_altered_is_not_done_as_altered(fleet: Desk) -> None:
    """The digest covers what is relied on; the steps beside it are made anew and never taken from the file."""

    def only_the_step(document: dict[str, Any]) -> None:
        (fabrikam,) = [t for t in document["tenants"] if t["name"] == "fabrikam"]
        fabrikam["steps"][0]["after"]["licenses"] = 122

    saved(fleet)
    edit(fleet, only_the_step)
    answer = apply(fleet)
    assert answer.code == 1
    assert fleet.asked() == []


def test_a_plan_with_its_validity_prolonged_by_hand_meets_the_limit_of_apply(
    fleet: Desk, clock: Callable[[timedelta], None]
) -> None:
    saved(fleet)
    edit(fleet, lambda document: document.update(valid_until="2099-01-01T00:00:00Z"))
    clock(timedelta(hours=73))
    refused(fleet, apply(fleet), "Plan again")


@pytest.mark.parametrize(
    ("assignment", "field"),
    [
        ("fabrikam.sub-f.licenses=21", "licences were 20, now 21"),
        ("fabrikam.sub-f.assigned=17", "assigned licences were 18, now 17"),
        ("fabrikam.sub-f.payment=invoice", "the payment method was card, now invoice"),
        ("fabrikam.sub-f.status=suspended", "the status was active, now suspended"),
        ("fabrikam.sub-f.plan=office-365-midsize-business", "the plan was office-365-small-business"),
    ],
)
def test_a_live_change_refuses_the_plan_and_names_the_field(fleet: Desk, assignment: str, field: str) -> None:
    saved(fleet)
    fleet.ok("simulator", "set", assignment)
    refused(fleet, apply(fleet), field, "Plan again")


def test_a_declaration_that_changed_refuses_the_plan_and_names_the_field(fleet: Desk) -> None:
    saved(fleet)
    fleet.declare("fabrikam", SBP, 23)
    refused(fleet, apply(fleet), "licences were 22, now 23")


def test_a_tenant_that_is_declared_no_more_refuses_the_plan(fleet: Desk) -> None:
    saved(fleet)
    (fleet.folder / "tenants/fabrikam.yaml").unlink()
    refused(fleet, apply(fleet), "made: fabrikam is no longer declared.")


def test_a_file_that_broke_since_refuses_the_plan(fleet: Desk) -> None:
    saved(fleet)
    fleet.put("tenants/broken.yaml", "kind: [\n")
    refused(fleet, apply(fleet), "broken.yaml")


def test_a_change_in_a_tenant_without_steps_leaves_the_plan_good(fleet: Desk) -> None:
    saved(fleet)
    fleet.ok("simulator", "set", "contoso.sub-c.assigned=8")
    assert apply(fleet).code == 0
    assert len(fleet.taken()) == 1


def test_the_digest_of_the_file_is_what_review_tools_see(fleet: Desk) -> None:
    saved(fleet)
    document = json.loads((fleet.folder / FILE).read_text(encoding="utf-8"))
    assert document["digest"] == fleet.plan("tenants")["digest"]


def test_a_plan_made_from_files_with_problems_is_refused(fleet: Desk) -> None:
    broken = fleet.put("tenants/broken.yaml", "kind: [\n")
    assert fleet.run("plan", "tenants", "--out", FILE).code == 1
    broken.unlink()
    refused(fleet, apply(fleet), "problems")


def test_a_plan_made_from_recorded_states_is_applied_when_nothing_moved(fleet: Desk) -> None:
    saved(fleet, "--live", "live")
    assert json.loads((fleet.folder / FILE).read_text(encoding="utf-8"))["applyable"] is False
    assert apply(fleet).code == 0
    assert len(fleet.taken()) == 1


def test_a_plan_made_from_recorded_states_is_refused_when_the_service_says_otherwise(fleet: Desk) -> None:
    saved(fleet, "--live", "live")
    fleet.ok("simulator", "set", "fabrikam.sub-f.licenses=21")
    refused(fleet, apply(fleet), "licences were 20, now 21")


def test_the_global_stop_refuses_a_saved_plan(fleet: Desk) -> None:
    saved(fleet)
    fleet.ok("stop", "--reason", "audit", "--owner", "kari")
    refused(fleet, apply(fleet), "the switch was apply, is now blocked by stopped")


def test_a_saved_plan_of_one_tenant_does_that_tenant_only(fleet: Desk) -> None:
    fleet.declare("contoso", E3, 12)
    saved(fleet, "--tenant", "contoso")
    assert apply(fleet).code == 0
    assert [c["tenant"] for c in fleet.taken()] == ["contoso"]


def test_a_saved_plan_with_several_steps_is_followed_to_its_end(desk: Desk) -> None:
    """A service that can not add in the order: the switch, and behind it the licences."""
    desk.configure(simulator={"addsInOrder": False})
    desk.declare("fabrikam", SBP, 22)
    desk.live(live("fabrikam", sub()))
    desk.ok("simulator", "load", "live")
    answer = apply(saved(desk), "--wait")
    assert answer.code == 0, answer.both
    assert [c["operation"] for c in desk.taken()] == ["order_switch", "set_licenses"]
    assert desk.standing("fabrikam") == [(SBP, 22)]


def test_a_saved_plan_is_found_from_another_folder_by_its_paths(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(fleet)
    (fleet.folder / "elsewhere").mkdir()
    monkeypatch.chdir(fleet.folder / "elsewhere")
    words = ("apply", "--plan", f"../{FILE}", "../tenants", "--config", "../reconciler.yaml")
    assert fleet.run(*words).code == 0


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"a": 1, "a": 2}', "NaN", "[" * 100_000])
def test_a_file_that_is_no_plan_is_refused_with_a_sentence(fleet: Desk, text: str) -> None:
    fleet.put(FILE, text)
    for words in (("apply", "--plan", FILE), ("show", FILE)):
        answer = fleet.run(*words)
        assert answer.code == 1
        assert answer.err.startswith("error: ")
        assert answer.out == ""
    assert fleet.asked() == []


def test_a_plan_file_that_is_not_there_or_no_text_is_refused(fleet: Desk) -> None:
    for words in (("apply", "--plan", "no.json"), ("show", "no.json"), ("show", ".")):
        answer = fleet.run(*words)
        assert answer.code == 1
        assert "can not be read" in answer.err
    (fleet.folder / FILE).write_bytes(b"\xff\xfe\x00")
    assert fleet.run("show", FILE).code == 1


def test_a_plan_that_can_not_be_saved_is_an_error_and_leaves_nothing_behind(fleet: Desk) -> None:
    before = sorted(fleet.folder.rglob("*"))
    answer = fleet.run("plan", "tenants", "--out", "no/such/folder/fleet.plan.json")
    assert answer.code == 1
    assert "could not be written" in answer.err
    (fleet.folder / "taken").mkdir()
    assert fleet.run("plan", "tenants", "--out", "taken").code == 1
    (fleet.folder / "taken").rmdir()
    assert sorted(fleet.folder.rglob("*")) == before


def test_a_plan_is_saved_over_an_older_plan_and_over_nothing_else(examples: Desk) -> None:
    assert examples.run("plan", "examples/tenants", "--out", "fleet.plan.json").code == 0
    assert examples.run("plan", "examples/tenants", "--out", "fleet.plan.json").code == 0
    file = examples.folder / "examples" / "tenants" / "fabrikam.yaml"
    before = file.read_bytes()
    answer = examples.run("plan", "examples/tenants", "--out", "examples/tenants/fabrikam.yaml")
    assert answer.code == 1
    assert "is no saved change plan" in answer.err
    assert file.read_bytes() == before


def test_a_device_is_no_saved_plan_and_is_not_read_to_its_end(fleet: Desk) -> None:
    for words in (("show", "/dev/zero"), ("apply", "--plan", "/dev/zero", "tenants")):
        answer = fleet.run(*words)
        assert answer.code == 1
        assert "it is no plain file" in answer.err

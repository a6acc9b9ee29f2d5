"""Every command on the examples: results on stdout, all else on stderr, JSON as its schema says."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from cli import Desk, verdicts
from worlds import live

from reconciler import __version__
from reconciler.adapters import files
from reconciler.cli import COMMANDS
from reconciler.messages.about import WAYS_OUT
from reconciler.model import Action
from reconciler.rules.table import GROUND, TABLE

TENANTS, LIVE = "examples/tenants", "examples/live"
TOTALS = (
    "Plan: 7 to switch, 61 licenses to add in 8 tenants, 0 to remove."
    " 3 waiting, 10 blocked, 9 for support, 1 unknown."
)


@cache
def validators(name: str) -> tuple[Any, Any]:
    """Two validators of one schema, made by different hands."""
    schema = files.schema(name)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return (
        jsonschema.Draft202012Validator(schema, format_checker=checker),
        jsonschema_rs.validator_for(schema, validate_formats=True),
    )


def assert_valid(name: str, document: Any) -> None:
    """Both validators accept the document."""
    ours, theirs = validators(name)
    assert [e.message for e in ours.iter_errors(document)] == []
    assert [e.message for e in theirs.iter_errors(document)] == []


def test_validate_says_how_many_tenants_are_sound(examples: Desk) -> None:
    answer = examples.ok("validate", TENANTS)
    assert (answer.out, answer.err) == ("33 tenants, no problems.\n", "")
    assert not (examples.folder / "examples/.reconciler").exists()


def test_validate_tells_in_json_how_much_was_read(examples: Desk) -> None:
    sound = examples.ok("validate", TENANTS, "--format", "json").json()
    assert sound == {
        "problems": [],
        "summary": {"problems": 0, "files_with_problems": 0, "files": 33, "tenants": 33},
    }
    assert_valid("problems", sound)
    examples.put("examples/tenants/broken.yaml", "kind: [\n")
    broken = examples.run("validate", TENANTS, "nowhere", "--format", "json").json()
    assert broken["summary"] == {"problems": 2, "files_with_problems": 2, "files": 34, "tenants": 33}
    assert_valid("problems", broken)


def test_plan_ends_with_the_totals_and_says_what_it_loaded_on_stderr(examples: Desk) -> None:
    answer = examples.ok("plan", TENANTS)
    assert answer.out.splitlines()[-1] == TOTALS
    assert answer.err.startswith("Loaded 33 live states into the embedded simulator")
    again = examples.ok("plan", TENANTS)
    assert again.out == answer.out
    assert again.err == ""


def test_plan_shows_the_worst_first(examples: Desk) -> None:
    heads = [line for line in examples.ok("plan", TENANTS).out.splitlines() if "onmicrosoft.com  " in line]
    order = ["unknown", "blocked", "support", "wait", "apply", "suspended"]
    shown = [order.index(head.split("  ")[2].split()[0]) for head in heads]
    assert shown == sorted(shown)
    assert set(shown) == set(range(len(order)))


def test_plan_prints_no_colours_where_there_is_no_terminal(examples: Desk) -> None:
    assert "\x1b" not in examples.ok("plan", TENANTS).both


def test_plan_in_json_is_valid_by_two_validators_and_agrees_with_the_text(examples: Desk) -> None:
    document = examples.plan(TENANTS)
    assert_valid("change-plan", document)
    assert document["backend"] == "simulator"
    assert document["applyable"] is True
    assert document["summary"]["remove"] == 0
    assert {"apply", "blocked", "support", "wait", "unknown", "suspended", "in-sync"} == set(
        verdicts(document).values()
    )


def test_plan_from_recorded_states_needs_no_service_and_creates_nothing(examples: Desk) -> None:
    before = sorted(examples.folder.rglob("*"))
    document = examples.plan(TENANTS, "--live", LIVE)
    assert_valid("change-plan", document)
    assert document["snapshot"] is True
    assert document["applyable"] is False
    assert sorted(examples.folder.rglob("*")) == before
    assert verdicts(document) == verdicts(examples.plan(TENANTS))


def test_plan_of_one_tenant_is_partial_and_shows_only_that_one(examples: Desk) -> None:
    document = examples.plan(TENANTS, "--tenant", "fabrikam")
    assert list(verdicts(document)) == ["fabrikam"]
    assert document["source"]["partial"] is True


def test_plan_by_label_takes_tenants_with_all_the_labels(examples: Desk) -> None:
    pilots = verdicts(examples.plan(TENANTS, "--selector", "ring=pilot"))
    norwegian = verdicts(examples.plan(TENANTS, "--selector", "ring=pilot", "--selector", "region=norway"))
    assert "fabrikam" in norwegian
    assert set(norwegian) <= set(pilots)
    assert 0 < len(pilots) < 33


def test_plan_names_the_tenants_there_are_when_one_is_not(examples: Desk) -> None:
    answer = examples.run("plan", TENANTS, "--tenant", "nobody")
    assert answer.code == 1
    assert "nobody" in answer.err
    assert "adventure-works" in answer.err
    assert answer.out == ""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 0),
        (("--detailed-exitcode",), 1),
        (("--exit-codes", "full"), 5),
        (("--exit-codes", "full", "--tenant", "woodgrove-bank"), 3),
        (("--exit-codes", "full", "--tenant", "blomsterboden"), 4),
        (("--exit-codes", "full", "--tenant", "fabrikam"), 2),
        (("--exit-codes", "full", "--tenant", "falk-myhre"), 0),
        (("--exit-codes", "full", "--tenant", "fourth-coffee"), 0),
        (("--detailed-exitcode", "--tenant", "fabrikam"), 2),
        (("--detailed-exitcode", "--tenant", "lofthavn-elektro"), 2),
        (("--detailed-exitcode", "--tenant", "blomsterboden"), 0),
        (("--detailed-exitcode", "--tenant", "woodgrove-bank"), 1),
        (("--detailed-exitcode", "--tenant", "nordbygd-vannverk"), 1),
        (("--tenant", "nordbygd-vannverk"), 0),
    ],
)
def test_plan_ends_with_the_code_that_was_asked_for(
    examples: Desk, words: tuple[str, ...], code: int
) -> None:
    assert examples.run("plan", TENANTS, "--live", LIVE, *words).code == code


def test_a_saved_plan_is_shown_as_it_was_made(examples: Desk) -> None:
    planned = examples.ok("plan", TENANTS, "--out", "fleet.plan.json")
    assert "Saved fleet.plan.json (sha256:" in planned.err
    assert examples.ok("show", "fleet.plan.json").out == planned.out
    saved = json.loads((examples.folder / "fleet.plan.json").read_text(encoding="utf-8"))
    assert examples.ok("show", "fleet.plan.json", "--format", "json").json() == saved
    assert_valid("change-plan", saved)
    assert (examples.folder / "fleet.plan.json").stat().st_mode & 0o777 == 0o600


def test_apply_in_json_is_the_change_plan_with_an_outcome_for_each_step(examples: Desk) -> None:
    answer = examples.run("apply", TENANTS, "--auto-approve", "--wait", "--format", "json")
    assert answer.code == 0
    document = answer.json()
    assert_valid("change-plan", document)
    assert all(step["outcome"]["result"] for t in document["tenants"] for step in t["steps"])
    assert document["outcomes"]["done"] == 10


def test_explain_a_rule_says_what_why_and_where_from(examples: Desk) -> None:
    for rule in (*TABLE, *GROUND):
        told = examples.ok("explain", rule.id)
        assert told.out.startswith(f"{rule.id}\n")
        assert all(source in told.out for source in rule.source)
        assert WAYS_OUT[rule.id] in " ".join(told.out.split())
        assert ".md" not in told.out
        assert told.err == ""
        assert_valid("rule", examples.ok("explain", rule.id, "--format", "json").json())
    document = examples.ok("explain", "too-many-users", "--format", "json").json()
    assert document["source"] == ["R-MAX-300", "A-7", "M-11"]


def test_explain_a_tenant_lists_every_check_with_the_way_out(examples: Desk) -> None:
    told = examples.ok("explain", "woodgrove-bank", "--path", TENANTS).out
    assert "no  not-offered [block]" in told
    assert "    passed: ambiguous-subscription, wrong-tenant, pair-not-listed, too-many-users" in told
    assert "next:" in told
    assert "who can:" in told
    assert "ok  too-many-users" in examples.ok("explain", "woodgrove-bank", "--path", TENANTS, "-v").out
    document = examples.ok("explain", "woodgrove-bank", "--path", TENANTS, "--format", "json").json()
    (step,) = document["steps"]
    switching = {rule.id for rule in TABLE if Action.SWITCH in rule.on and not rule.today}
    assert switching - {c["id"] for c in step["checks"]} <= {"outside-window", "over-limit"}


def test_explain_a_tenant_finds_the_files_beside_the_configuration(
    examples: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(examples.folder / "examples")
    assert "no  not-offered [block]" in examples.ok("explain", "woodgrove-bank").out
    assert "no  not-offered [block]" in examples.ok("explain", "woodgrove-bank", "--live", "live").out


def test_explain_a_tenant_nobody_could_read_does_not_call_it_as_declared(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", "office-365-enterprise-e3", 5)
    desk.live(live("contoso"))
    told = desk.ok("explain", "fabrikam", "--live", "live").out
    assert told.startswith("fabrikam  fabrikam.onmicrosoft.com  unknown")
    assert "as declared" not in told


def test_explain_a_number_that_is_not_managed_says_so(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", "office-365-small-business-premium")
    desk.live(live("fabrikam"))
    told = desk.ok("explain", "fabrikam", "--live", "live").out
    assert "None" not in told
    assert "Office 365 Small Business -> Office 365 Small Business Premium, 20 licences" in told


def test_explain_and_status_tell_of_broken_files_beside_the_tenant(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", "office-365-small-business-premium", 22)
    desk.put("tenants/broken.yaml", "kind: [\n")
    desk.live(live("fabrikam"))
    desk.ok("simulator", "load", "live")
    for words in (("explain", "fabrikam"), ("status",)):
        answer = desk.run(*words)
        assert "fabrikam" in answer.out
        assert "tenants/broken.yaml:" in answer.err
    missing = desk.run("explain", "broken")
    assert missing.code == 1
    assert "tenants/broken.yaml:" in missing.err


def test_explain_a_pair_says_whether_it_is_listed(examples: Desk) -> None:
    assert (
        "office-365-enterprise-e4"
        in examples.ok("explain", "lync-online-plan-2", "Office 365 Enterprise E4").out
    )
    source, target = "office-365-small-business", "office-365-enterprise-e3"
    document = examples.ok("explain", source, target, "--format", "json").json()
    assert document["from"]["key"] == source
    assert document["to"]["key"] == target
    refused = examples.run("explain", source, "office-365-enterprise-e33")
    assert refused.code == 64
    assert "office-365-enterprise-e3" in refused.err


def test_catalogue_prints_the_plans_and_the_matrix(examples: Desk) -> None:
    told = examples.ok("catalogue").out
    document = examples.ok("catalogue", "--format", "json").json()
    keys = [plan["key"] for plan in document["plans"]]
    assert len(keys) == 22
    assert all(key in told for key in keys)
    assert_valid("plans", document)


def test_schemas_are_printed_by_name_and_listed_without_one(desk: Desk) -> None:
    names = desk.ok("schema").out.split()
    assert {"tenant", "live", "config", "change-plan", "catalogue"} <= set(names)
    for name in names:
        schema = json.loads(desk.ok("schema", name).out)
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["title"]
    unknown = desk.run("schema", "tenants")
    assert unknown.code == 64
    assert "tenant" in unknown.err


def test_the_version_is_told_in_three_ways(desk: Desk) -> None:
    assert desk.ok("version").out == f"reconciler {__version__}\n"
    assert desk.ok("version", "--format", "json").json() == {"version": __version__}
    assert __version__ in desk.ok("--version").out


def test_status_counts_the_open_handoffs_of_a_tenant(examples: Desk) -> None:
    examples.apply(TENANTS)
    words = ("status", "blomsterboden", "--path", TENANTS, "--format", "json")
    assert examples.ok(*words).json()["tenants"][0]["open_handoffs"] == 1


def test_handoffs_are_listed_and_shown_with_a_text_to_send(
    examples: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples.apply(TENANTS)
    monkeypatch.chdir(examples.folder / "examples")
    found = examples.ok("handoff", "list", "--format", "json").json()["handoffs"]
    assert {h["tenant"] for h in found} >= {"blomsterboden", "kolonne-regnskap", "northwind-traders"}
    kinds = {"remove-licenses", "manual-switch", "stuck-switch", "failed-switch", "credit-review", "not-live"}
    assert {h["kind"] for h in found} == kinds
    told = examples.ok("handoff", "list").out
    for handoff in found:
        assert handoff["state"] == "prepared"
        assert handoff["ticket"] is None
        assert handoff["id"] in told
        assert handoff["text"]["en"]["body"] in examples.ok("handoff", "show", handoff["id"]).out
        letter = examples.ok(
            "handoff", "show", handoff["id"][:6], "--format", "letter", "--language", "nb"
        ).out
        assert letter == f"{handoff['text']['nb']['subject']}\n\n{handoff['text']['nb']['body']}"
        assert examples.ok("handoff", "show", handoff["id"], "--format", "markdown").out.startswith("## ")
        link = examples.ok("handoff", "show", handoff["id"], "--format", "mailto", "--to", "a@b.example").out
        assert link.startswith("mailto:a@b.example?subject=")
        assert_valid(
            "handoffs",
            {"handoffs": [examples.ok("handoff", "show", handoff["id"], "--format", "json").json()]},
        )
    missing = examples.run("handoff", "show", "nothing")
    assert missing.code == 1
    assert "handoff list" in missing.err


def test_handoffs_of_a_store_that_is_not_there_are_none_and_create_none(desk: Desk) -> None:
    assert "No open hand-offs." in desk.ok("handoff", "list").out
    assert desk.ok("handoff", "list", "--format", "json").json() == {"handoffs": []}
    assert list(desk.folder.iterdir()) == []


def test_a_second_apply_opens_no_handoff_twice(examples: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("handoff", "list", "--all", "--format", "json", "--config", "examples/reconciler.yaml")
    examples.apply(TENANTS)
    first = examples.ok(*words).json()
    examples.apply(TENANTS)
    assert examples.ok(*words).json() == first


def test_the_simulator_is_loaded_shown_set_moved_and_read(desk: Desk) -> None:
    desk.configure()
    desk.live(live("fabrikam"))
    assert "Loaded 1 live states" in desk.ok("simulator", "load", "live").out
    told = desk.ok("simulator", "show").out
    assert "2026-11-23 10:00 UTC" in told
    assert "fabrikam" in told
    shown = desk.ok("simulator", "show", "fabrikam", "--format", "json").json()
    assert_valid("live", shown)
    assert "20" in desk.ok("simulator", "set", "fabrikam.sub-1.licenses=50").out
    assert desk.standing("fabrikam") == [("office-365-small-business", 50)]
    assert "2026-11-23 12:00 UTC" in desk.ok("simulator", "advance", "2h").out
    (call,) = desk.calls()
    assert call["caller"] != "reconciler"
    assert call["after"]["licenses"] == 50
    assert "20 -> " in desk.ok("simulator", "log").out
    assert_valid("simulator-log", {"calls": desk.calls()})


def test_the_simulators_overview_names_what_is_due(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", "office-365-small-business-premium", 20)
    desk.live(live("fabrikam"))
    desk.ok("simulator", "load", "live")
    assert desk.apply().code == 0
    overview = desk.ok("simulator", "show", "--format", "json").json()
    assert overview["tenants"] == ["fabrikam"]
    assert overview["events"]
    assert_valid("simulator-show", overview)
    assert_valid("simulator-log", {"calls": desk.calls()})
    assert (
        f"due {overview['events'][0]['due'][:16].replace('T', ' ')} UTC" in desk.ok("simulator", "show").out
    )


@pytest.mark.parametrize(
    "words",
    [
        ("simulator", "show"),
        ("simulator", "log"),
        ("simulator", "fault"),
        ("resolve", "fabrikam.onmicrosoft.com"),
    ],
    ids=" ".join,
)
def test_a_look_creates_nothing_in_an_empty_folder(desk: Desk, words: tuple[str, ...]) -> None:
    told = desk.run(*words)
    assert "1970" not in told.both
    assert list(desk.folder.iterdir()) == []


def test_an_empty_service_has_no_time_and_no_calls(desk: Desk) -> None:
    assert "holds no tenants yet" in desk.ok("simulator", "show").out
    assert desk.run("simulator", "show", "fabrikam").code == 1
    empty = desk.ok("simulator", "show", "--format", "json").json()
    assert empty == {"now": None, "tenants": [], "events": []}
    assert_valid("simulator-show", empty)
    assert desk.calls() == []


def test_faults_are_given_listed_and_cleared(desk: Desk) -> None:
    desk.configure()
    desk.live(live("fabrikam"))
    desk.ok("simulator", "load", "live")
    desk.ok("simulator", "fault", "fabrikam", "throttle", "--times", "2", "--option", "seconds=9")
    desk.ok("simulator", "fault", "fabrikam", "lost-after", "--always")
    listed = desk.ok("simulator", "fault").out.splitlines()
    assert len(listed) == 2
    assert "throttle  2 x" in listed[0]
    assert "9" in listed[0]
    assert "always" in listed[1]
    assert "1 faults dropped" in desk.ok("simulator", "fault", "fabrikam", "throttle", "--clear").out
    desk.ok("simulator", "fault", "--clear")
    assert desk.ok("simulator", "fault").out == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "nobody.main.licenses=5"), "nobody"),
        (("set", "fabrikam.sub-1.colour=red"), "colour"),
        (("set", "fabrikam.sub-1.licenses=many"), "many"),
        (("show", "nobody"), "nobody"),
        (("fault", "nobody", "throttle"), "nobody"),
        (("fault", "fabrikam", "thunder"), "lost-after"),
        (("fault", "fabrikam", "throttle", "--option", "colour=red"), "seconds"),
        (("load", "nowhere"), "nowhere"),
    ],
)
def test_the_simulator_says_what_it_can_not_do(desk: Desk, words: tuple[str, ...], said: str) -> None:
    desk.configure()
    desk.live(live("fabrikam"))
    desk.ok("simulator", "load", "live")
    answer = desk.run("simulator", *words)
    assert answer.code == 1
    assert said in answer.err
    assert answer.out == ""


def test_suspend_and_resume_tell_what_they_did(desk: Desk) -> None:
    desk.configure()
    words = ("--reason", "merger", "--owner", "ola@fabrikam.no", "--until", "2099-12-24")
    told = desk.ok("suspend", "fabrikam.onmicrosoft.com", *words).out
    assert "until 2099-12-24: merger (ola@fabrikam.no)" in told
    assert "no longer suspended" in desk.ok("resume", "fabrikam.onmicrosoft.com").out
    assert "was not suspended" in desk.ok("resume", "fabrikam.onmicrosoft.com").out


def test_the_global_stop_tells_whether_it_is_on(desk: Desk) -> None:
    desk.configure()
    assert desk.ok("stop").out == "The global stop is off.\n"
    assert not (desk.folder / ".reconciler").exists()
    assert "on since" in desk.ok("stop", "--reason", "audit", "--owner", "kari").out
    assert "audit (kari)" in desk.ok("stop").out
    on = desk.ok("stop", "--format", "json").json()
    assert_valid("stop", on)
    assert (on["stopped"], on["reason"], on["owner"]) == (True, "audit", "kari")
    assert desk.ok("stop", "--lift").out == "The global stop is off.\n"
    off = desk.ok("stop", "--format", "json").json()
    assert_valid("stop", off)
    assert off == {"stopped": False, "reason": None, "owner": None, "at": None}


def test_resolve_says_when_there_is_nothing_to_settle(desk: Desk) -> None:
    desk.configure()
    desk.live(live("fabrikam"))
    desk.ok("simulator", "load", "live")
    assert "no write waits" in desk.ok("resolve", "fabrikam.onmicrosoft.com").out
    document = desk.ok("resolve", "fabrikam.onmicrosoft.com", "--format", "json").json()
    assert_valid("resolve", document)
    assert document == {"tenant": "fabrikam.onmicrosoft.com", "writes": []}


@pytest.mark.parametrize("more", [(), ("--as", "done", "--evidence", "a ticket")], ids=["look", "settle"])
def test_resolve_says_when_nobody_has_such_a_tenant(desk: Desk, more: tuple[str, ...]) -> None:
    desk.configure()
    desk.live(live("fabrikam"))
    desk.ok("simulator", "load", "live")
    answer = desk.run("resolve", "nosuch", *more)
    assert answer.code == 1
    assert answer.out == ""
    assert "answers to nosuch" in answer.err
    assert not (desk.folder / ".reconciler/state.db").exists()


def test_apply_in_json_tells_of_broken_files_as_plan_does(desk: Desk) -> None:
    desk.configure()
    desk.declare("fabrikam", "office-365-small-business-premium", 22)
    desk.put("tenants/broken.yaml", "kind: [\n")
    desk.live(live("fabrikam"))
    desk.ok("simulator", "load", "live")
    desk.ok("plan", "tenants/fabrikam.yaml", "--out", "one.plan.json")
    for words in (("tenants",), ("--plan", "one.plan.json", "tenants")):
        answer = desk.run("apply", *words, "--auto-approve", "--format", "json")
        assert answer.code == 1
        assert "tenants/broken.yaml:" in answer.err
        document = answer.json()
        assert_valid("change-plan", document)
        planned = desk.plan("tenants")
        assert document["errored"] is True
        assert document["diagnostics"] == planned["diagnostics"]
        assert verdicts(document) == verdicts(planned) == {"fabrikam": "apply"}
    assert desk.asked() == []


def test_every_command_has_a_help_with_a_first_line(desk: Desk) -> None:
    for command in COMMANDS:
        told = desk.ok(command, "--help").out.splitlines()
        assert told[0].startswith(f"Usage: reconciler {command}")
        assert told[2].strip()


def test_help_lists_the_commands_in_the_order_of_a_tenants_life(desk: Desk) -> None:
    told = desk.ok("--help").out
    places = [told.index(f"\n  {command} ") for command in COMMANDS]
    assert places == sorted(places)

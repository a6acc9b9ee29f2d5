"""Bad input of every kind: exit 1 with the position and the way out, no traceback, nothing written."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pytest
from cli import Answer, Desk, tenant_file, verdicts
from worlds import live, sub

E3, SBP = "office-365-enterprise-e3", "office-365-small-business-premium"
GOOD = """apiVersion: reconciler/v1
kind: Tenant
metadata:
  name: contoso
spec:
  tenant: contoso.onmicrosoft.com
  subscriptions:
    - name: main
      plan: office-365-small-business-premium
      licenses: 22
"""
# Sentences that say what is allowed, and need no hint beside it.
SAYS_IT_ALL = {"not-a-mapping", "not-one-of"}


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """One sound tenant that would be switched, and a place for a broken one beside it."""
    desk.configure()
    desk.declare("fabrikam", SBP, 22)
    desk.live(live("fabrikam"))
    desk.live(live("contoso", sub(id="sub-2")))
    desk.ok("simulator", "load", "live")
    return desk


def swap(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


# what is in the file, the code, and where it is: line:column, or only the line where columns are libyaml's affair
BAD = {
    "empty": ("", "empty-file", "1:1"),
    "only comments": ("# nothing\n", "empty-file", "1"),
    "not yaml": ("kind: [\n", "syntax", ""),
    "a tab": (swap("  name: contoso", "\tname: contoso"), "syntax", "4"),
    "a colon too many": (swap("kind: Tenant", "kind: Tenant: yes"), "syntax", "2"),
    "a duplicate key": (GOOD + "      licenses: 23\n", "duplicate-key", "11:7"),
    "an alias": (swap("licenses: 22", "licenses: &n 22") + "      subscriptionId: *n\n", "alias", "11:23"),
    "an anchor": (swap("licenses: 22", "licenses: &n 22"), "anchor", "10:17"),
    "a tag": (swap("licenses: 22", "licenses: !!int 22"), "tag", "10:17"),
    "a python tag": (swap("22", "!!python/object/apply:os.system [ls]"), "tag", "10:17"),
    "a merge key": (swap("licenses: 22", "<<: {licenses: 22}"), "merge-key", "10:7"),
    "a key that is no text": (swap("licenses: 22", "22: licenses"), "key-not-text", "10:7"),
    "a directive": ("%YAML 1.1\n---\n" + GOOD, "directive", "1:1"),
    "a list at the top": ("- a\n- b\n", "not-a-mapping", "1:1"),
    "nothing of ours": ("name: contoso\n", "not-ours", "1:1"),
    "another kind": (swap("kind: Tenant", "kind: LiveState"), "wrong-kind", "2:7"),
    "another version": (swap("reconciler/v1", "reconciler/v2"), "wrong-version", "1:13"),
    "an unknown member": (swap("licenses", "licences"), "unknown-member", "10:7"),
    "a misplaced member": (swap("      plan", "    plan"), "syntax", ""),
    "a missing member": (swap("  tenant: contoso.onmicrosoft.com\n", ""), "missing-member", ""),
    "an octal count": (swap("22", "010"), "wrong-type", "10:17"),
    "a hexadecimal count": (swap("22", "0x10"), "wrong-type", "10:17"),
    "a fraction": (swap("22", "5.0"), "wrong-type", "10:17"),
    "a yes": (swap("22", "yes"), "wrong-type", "10:17"),
    "a true": (swap("22", "true"), "wrong-type", "10:17"),
    "a count in quotes": (swap("22", "'22'"), "wrong-type", "10:17"),
    "a count with a grouping": (swap("22", "1_000"), "wrong-type", "10:17"),
    "a count left empty": (swap(" 22", ""), "wrong-type", "10"),
    "a zero": (swap("22", "0"), "too-small", "10:17"),
    "a negative count": (swap("22", "-3"), "too-small", "10:17"),
    "a huge count": (swap("22", "9" * 40), "wrong-type", "10:17"),
    "a count too big": (swap("22", "10000000"), "too-big", "10:17"),
    "more than the plan takes": (swap("22", "26"), "over-plan-cap", "10:17"),
    "an unknown plan": (swap("small-business-premium", "small-busines-premium"), "unknown-plan", "9:13"),
    "a plan that may be two": (swap("office-365-small-business-premium", "E3"), "", "9:13"),
    "managed and not": (
        GOOD + "  unmanaged: [{plan: office-365-small-business-premium, reason: ours}]\n",
        "both-managed",
        "11",
    ),
    "an acknowledgement of another plan": (
        GOOD + "  acknowledge: {noWayBack: office-365-enterprise-e4}\n",
        "acknowledged-nothing",
        "11",
    ),
    "a date that is none": (
        GOOD + "  acknowledge: {backup: {taken: 2026-02-30, where: vault}}\n",
        "",
        "11",
    ),
    "a suspension without owner": (GOOD + "  suspend: {reason: merger, until: 2026-12-24}\n", "", "11"),
    "a mode there is not": (GOOD + "  mode: yolo\n", "not-one-of", "11:9"),
    "a control character": (swap("name: contoso", 'name: "con\x07toso"'), "control-character", "4"),
    "turned reading direction": (swap("name: contoso", "name: con\u202etoso"), "", "4"),
    "two subscriptions of one name": (
        GOOD + "    - {name: main, plan: exchange-online-plan-1, licenses: 5}\n",
        "duplicate-subscription",
        "11",
    ),
    "two of one plan without an id": (
        GOOD + "    - {name: other, plan: office-365-small-business-premium, licenses: 5}\n",
        "ambiguous-declared",
        "",
    ),
    "a second subscription without a name": (
        GOOD + "    - {plan: exchange-online-plan-1, licenses: 5}\n",
        "missing-name",
        "11",
    ),
    "the name of another file": (swap("name: contoso", "name: fabrikam"), "duplicate-name", "4:9"),
    "the tenant of another file": (
        swap("contoso.onmicrosoft", "FABRIKAM.onmicrosoft"),
        "duplicate-tenant",
        "6:11",
    ),
    "very deep": ("a: " + "[" * 5000 + "]" * 5000 + "\n", "too-deep", "1"),
    "many values": ("a: [" + "1," * 300_000 + "1]\n", "too-many-nodes", "1"),
    "many aliases": (
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n",
        "anchor",
        "1",
    ),
    "too large": ("# " + "x" * 3_000_000 + "\n", "too-large", "1:1"),
}


def found(answer: Answer, file: str) -> list[tuple[str, str]]:
    """The (position, code) pairs that were said of a file."""
    return re.findall(rf"^{re.escape(file)}:(\d+:\d+): ([a-z0-9-]+): ", answer.both, re.MULTILINE)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_its_position_and_writes_nothing(fleet: Desk, name: str) -> None:
    text, code, place = BAD[name]
    fleet.put("tenants/bad.yaml", text)
    before = fleet.calls()
    began = time.monotonic()
    validated = fleet.run("validate", "tenants")
    assert time.monotonic() - began < 5
    answers = [validated, fleet.apply(), fleet.run("plan", "tenants", "--live", "live")]
    for answer in answers:
        assert answer.code == 1, answer.both
        assert "Traceback" not in answer.both
        said = found(answer, "tenants/bad.yaml")
        fitting = [p for p, c in said if code in ("", c) and place in ("", p, p.split(":")[0])]
        assert fitting, answer.both[:2000]
        if code not in SAYS_IT_ALL:
            assert "  hint: " in answer.both, answer.both[:2000]
    assert fleet.calls() == before


def test_bytes_that_are_no_text_are_refused(fleet: Desk) -> None:
    for data, word in ((b"\xff\xfek\x00i\x00", "UTF-16"), (b"name: bl\xe5b\xe6r\n", "UTF-8")):
        (fleet.folder / "tenants/bad.yaml").write_bytes(data)
        answer = fleet.run("validate", "tenants")
        assert answer.code == 1
        assert "tenants/bad.yaml:1:" in answer.out
        assert word in answer.out


def test_all_problems_of_all_files_are_told_at_once(fleet: Desk) -> None:
    fleet.put("tenants/one.yaml", swap("22", "0").replace("plan:", "plann:"))
    fleet.put("tenants/two/deep.yml", "kind: [\n")
    answer = fleet.run("validate", "tenants")
    assert {p.split(":")[0] for p, _ in found(answer, "tenants/one.yaml")} >= {"9", "10"}
    assert found(answer, "tenants/two/deep.yml")
    assert re.search(r"^[3-9] problems in 2 files\.$", answer.out, re.MULTILINE)


def test_the_same_problems_are_told_in_json(fleet: Desk) -> None:
    fleet.put("tenants/bad.yaml", swap("licenses", "licences"))
    answer = fleet.run("validate", "tenants", "--format", "json")
    assert answer.code == 1
    (problem,) = answer.json()["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == ("tenants/bad.yaml", 10, 7)
    assert problem["code"] == "unknown-member"
    assert problem["text"] == "      licences: 22"
    assert "licenses" in problem["hint"]


def test_plan_shows_the_other_tenants_beside_a_broken_file(fleet: Desk) -> None:
    fleet.put("tenants/bad.yaml", swap("licenses", "licences"))
    answer = fleet.run("plan", "tenants", "--format", "json")
    assert answer.code == 1
    document = answer.json()
    assert document["errored"] is True
    assert document["complete"] is False
    assert document["applyable"] is False
    assert verdicts(document) == {"fabrikam": "apply"}
    (problem,) = document["diagnostics"]
    assert problem["code"] == "unknown-member"
    text = fleet.run("plan", "tenants")
    assert text.code == 1
    assert "~ main" in text.out
    assert "tenants/bad.yaml:10:7" in text.both
    for words in (("--exit-codes", "full"), ("--detailed-exitcode",)):
        assert fleet.run("plan", "tenants", *words).code == 1


def test_apply_writes_nothing_at_all_while_one_file_is_broken(fleet: Desk) -> None:
    fleet.put("tenants/bad.yaml", swap("licenses", "licences"))
    for words in ((), ("--tenant", "fabrikam"), ("--format", "json"), ("--wait",)):
        answer = fleet.apply("tenants", *words)
        assert answer.code == 1
        assert "tenants/bad.yaml:10:7: unknown-member" in answer.err
        assert answer.out == "" or answer.json()["errored"]
    assert fleet.asked() == []


@pytest.mark.parametrize("command", ["validate", "plan", "apply"])
def test_an_empty_folder_is_an_error_and_never_nothing_to_do(fleet: Desk, command: str) -> None:
    (fleet.folder / "empty").mkdir()
    words = ["--auto-approve"] if command == "apply" else []
    answer = fleet.run(command, "empty", *words)
    assert answer.code == 1
    assert "holds no *.yaml" in answer.both
    assert "never taken as" in answer.both


@pytest.mark.parametrize("command", ["validate", "plan", "apply"])
def test_a_path_that_is_not_there_is_an_error(fleet: Desk, command: str) -> None:
    words = ["--auto-approve"] if command == "apply" else []
    answer = fleet.run(command, "tenants", "tennants", *words)
    assert answer.code == 1
    assert "tennants does not exist" in answer.both
    assert fleet.asked() == []


def test_a_pipe_a_device_and_a_link_out_of_the_folder_are_not_read(fleet: Desk) -> None:
    os.mkfifo(fleet.folder / "tenants/pipe.yaml")
    Path(fleet.folder / "tenants/out.yaml").symlink_to("/etc/hostname")
    Path(fleet.folder / "tenants/dangling.yaml").symlink_to("nowhere.yaml")
    answer = fleet.run("validate", "tenants", "/dev/null")
    assert answer.code == 1
    assert "a pipe" in answer.out
    assert "leads out of the folder" in answer.out
    assert "dangling.yaml" in answer.out
    assert "/dev/null" in answer.out


def test_a_fleet_that_shrank_below_half_is_refused_until_its_size_is_said(desk: Desk) -> None:
    desk.configure()
    for number in range(5):
        desk.declare(f"tenant-{number}", SBP, 22)
        desk.live(live(f"tenant-{number}", sub(id=f"sub-{number}"), tenantId=_guid(number)))
    desk.ok("simulator", "load", "live")
    assert desk.apply("tenants", "--wait").code == 0
    assert len(desk.taken()) == 5
    for number in range(3):
        (desk.folder / f"tenants/tenant-{number}.yaml").unlink()
    desk.declare("tenant-4", SBP, 24)
    before = desk.calls()
    refused = desk.apply()
    assert refused.code == 1
    assert "knew 5 tenants here, now there are 2" in refused.err
    assert "--fleet-size 2" in refused.err
    assert desk.apply("tenants", "--fleet-size", "3").code == 1
    assert desk.calls() == before
    assert desk.apply("tenants", "--fleet-size", "2").code == 0
    assert len(desk.taken()) == 6
    desk.declare("tenant-4", SBP, 25)
    assert desk.apply().code == 0


def test_a_fleet_that_shrank_to_half_goes_on(desk: Desk) -> None:
    desk.configure()
    for number in range(4):
        desk.declare(f"tenant-{number}", SBP, 22)
        desk.live(live(f"tenant-{number}", sub(id=f"sub-{number}"), tenantId=_guid(number)))
    desk.ok("simulator", "load", "live")
    assert desk.apply().code == 0
    for number in range(2):
        (desk.folder / f"tenants/tenant-{number}.yaml").unlink()
    assert desk.apply().code == 0


def test_one_tenant_of_a_fleet_is_no_shrunk_fleet(desk: Desk) -> None:
    desk.configure()
    for number in range(5):
        desk.declare(f"tenant-{number}", SBP, 22)
        desk.live(live(f"tenant-{number}", sub(id=f"sub-{number}"), tenantId=_guid(number)))
    desk.ok("simulator", "load", "live")
    assert desk.apply().code == 0
    assert desk.apply("tenants", "--tenant", "tenant-1").code == 0
    assert desk.apply().code == 0


def test_the_duplicates_of_a_tenant_are_both_held(fleet: Desk) -> None:
    fleet.put("tenants/copy.yaml", json.dumps(tenant_file("fabrikam", [{"name": "main", "plan": E3}])))
    document = fleet.plan("tenants")
    assert verdicts(document) == {}
    assert {d["code"] for d in document["diagnostics"]} == {"duplicate-name", "duplicate-tenant"}
    assert fleet.apply().code == 1
    assert fleet.asked() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "reconciler.yaml:1:1"),
        ("apiVersion: reconciler/v1\nkind: Configuration\nbackend: aws\n", "reconciler.yaml:3:10"),
        (
            "apiVersion: reconciler/v1\nkind: Configuration\nbackend: microsoft\n",
            "microsoft.partner is missing",
        ),
        ("apiVersion: reconciler/v1\nkind: Configuration\nwindows: {}\n", "reconciler.yaml:3:1"),
        (
            "apiVersion: reconciler/v1\nkind: Configuration\nstate: postgresql://u:pass@host/db\n",
            "state-password",
        ),
        ("apiVersion: reconciler/v1\nkind: Configuration\ncatalogue: office365\n", "office365-2014"),
        ("kind: [", "reconciler.yaml:"),
    ],
)
def test_a_bad_configuration_stops_every_command_that_needs_it(fleet: Desk, text: str, said: str) -> None:
    fleet.put("reconciler.yaml", text)
    for words in (("plan", "tenants"), ("apply", "tenants", "--auto-approve"), ("stop",), ("catalogue",)):
        answer = fleet.run(*words)
        assert answer.code == 1
        assert said in answer.err
        assert "Traceback" not in answer.both
        assert "pass@" not in answer.both
        assert answer.out == ""


def test_a_bad_environment_is_an_error_that_names_the_variable(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_BACKEND", "aws")
    answer = fleet.run("plan", "tenants")
    assert answer.code == 1
    assert "RECONCILER_BACKEND" in answer.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty-file"),
        ("apiVersion: reconciler/v1\nkind: Tenant\n", "wrong-kind"),
        (
            "apiVersion: reconciler/v1\nkind: LiveState\nmetadata: {name: a, observedAt: yesterday}\nspec: {}\n",
            "3:",
        ),
        (
            "apiVersion: reconciler/v1\nkind: LiveState\n"
            "metadata: {name: a, observedAt: 2026-11-23T10:00:00Z}\n"
            "spec: {subscriptions: [{id: x, licenses: -1}]}\n",
            "too-small",
        ),
    ],
)
def test_a_bad_live_state_is_refused_with_its_position(fleet: Desk, text: str, said: str) -> None:
    fleet.put("bad/live.yaml", text)
    before = fleet.calls()
    for words in (("plan", "tenants", "--live", "bad"), ("simulator", "load", "bad")):
        answer = fleet.run(*words)
        assert answer.code == 1
        assert "bad/live.yaml:" in answer.err
        assert said in answer.err
        assert answer.out == ""
    assert fleet.calls() == before


def test_two_snapshots_of_one_tenant_are_refused(fleet: Desk) -> None:
    fleet.put("live/again.yaml", json.dumps(live("fabrikam", sub(licenses=99))))
    answer = fleet.run("plan", "tenants", "--live", "live")
    assert answer.code == 1
    assert "two snapshots" in answer.err


def test_names_from_files_can_not_turn_the_terminal(fleet: Desk) -> None:
    fleet.put("tenants/bad.yaml", GOOD + '  "\\x1b[2J": 1\n')
    answer = fleet.run("validate", "tenants")
    assert answer.code == 1
    assert "\x1b" not in answer.both


def test_without_a_backend_an_empty_service_is_nothing_to_apply_to(desk: Desk) -> None:
    desk.declare("fabrikam", SBP, 22)
    planned = desk.run("plan", "tenants")
    assert planned.code == 0
    assert planned.err.splitlines()[0].startswith("No backend is configured: using the embedded simulator")
    answer = desk.apply()
    assert answer.code == 1
    assert "simulator load" in answer.err
    desk.live(live("fabrikam"))
    desk.ok("simulator", "load", "live")
    assert desk.apply().code == 0


def _guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"

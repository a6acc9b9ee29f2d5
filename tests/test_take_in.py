"""Taking a tenant in: live states written and read back, tenant files that change nothing, files in their form."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli import ROOT, Desk, verdicts
from hypothesis import given
from hypothesis import strategies as st
from scenes import E1, E3, SB, catalogue
from strategies import documents, poorer
from worlds import declare, live, seen, sub, want

from reconciler.adapters import files
from reconciler.adopt import adopt
from reconciler.decide import decide
from reconciler.desired import Checker, Kind, formatted, load, read_documents, read_tenants
from reconciler.desired.formatting import comments
from reconciler.errors import ReconcilerError
from reconciler.live import from_document, to_document
from reconciler.memory import Memory
from reconciler.observe import Observation, Unknown
from reconciler.report.yaml import yaml_stream, yaml_text

CONFIG = ("--config", "examples/reconciler.yaml")
GUIDE = (ROOT / "docs" / "take-a-tenant-in.md").read_text(encoding="utf-8")
LIVE = Checker(files.schema("live"))
TENANT = Checker(files.schema("tenant"))


def again(observation: Observation, document: Any) -> Observation:
    return from_document(document, traits=observation.traits, snapshot=False, catalogue=catalogue())


def read_back(text: str) -> Any:
    loaded = load(text, "written.yaml")
    assert loaded.problems == ()
    (document,) = loaded.documents
    return document.value


def adopted(observation: Observation) -> Any:
    return adopt(observation, catalogue())


# live states


@given(st.booleans().flatmap(lambda calm: documents(calm=calm)).flatmap(poorer))
def test_a_live_state_written_reads_back_as_the_same_observation(document: Any) -> None:
    observation = seen(document)
    text = yaml_text(to_document(observation))
    (found,), problems = read_documents((("live.yaml", text),), Kind.LIVE_STATE, LIVE)
    assert problems == ()
    assert again(observation, found.value) == observation


def test_the_reason_why_a_nested_fact_is_missing_is_kept() -> None:
    document = live("fabrikam", sub(switch={"state": "running", "unread": {"orderedAt": "throttled"}}))
    document["spec"]["creditReview"] = {"state": "pending", "unread": {"since": "throttled"}}
    written = to_document(seen(document))
    assert LIVE.accepts(written)
    assert again(seen(document), written) == seen(document)


# the writer


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(st.characters(codec="ascii"), max_size=12)
    | st.sampled_from(["yes", "010", "12:30", "null", "~", "1e3", "a: b", "a #b", "- a", "[a", "Ålesund", "a,b", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex("[a-z]{1,8}", fullmatch=True), inner),
    max_leaves=12,
))  # fmt: skip
def test_what_is_written_is_read_back_by_us_and_by_any_other_reader(value: Any) -> None:
    def sound(word: Any) -> bool:
        if isinstance(word, str):
            return word.replace("\n", "").replace("\t", "").isprintable()
        if isinstance(word, dict):
            return all(map(sound, (*word, *word.values())))
        return all(map(sound, word)) if isinstance(word, list) else True

    document = {"spec": value}
    if not sound(value):
        return
    text = yaml_text(document)
    assert read_back(text) == document
    assert yaml.safe_load(text) == document


# import


@given(st.booleans().flatmap(lambda calm: documents(calm=calm)))
def test_the_plan_after_an_import_is_empty(document: Any) -> None:
    observation = seen(document)
    text = yaml_text(adopted(observation))
    fleet = read_tenants((("t.yaml", text),), catalogue(), TENANT)
    assert fleet.problems == ()
    plan = decide(fleet.declarations[0], observation, Memory(), catalogue())
    assert (plan.verdict, plan.steps) == ("in-sync", ())


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"switch": {"state": "running", "to": E3}}, "its switch is running"),
        ({"switch": {"state": "resting"}}, "its switch is resting"),
        ({"switch": None}, "whether a switch is under way could not be read"),
        ({"licenses": 0}, "it has no licences"),
        ({"licenses": None}, "its number of licences could not be read"),
        ({"licenses": 26}, "it has 26 licences"),
        ({"plan": "visio-online"}, "knows no plan visio-online"),
        ({"plan": None}, "its plan could not be read"),
    ],
)
def test_what_no_tenant_file_can_say_is_listed_with_the_reason(members: Any, why: str) -> None:
    spec = adopted(seen(live("fabrikam", sub(plan=SB) | members)))["spec"]
    assert spec["subscriptions"] == []
    (other,) = spec["unmanaged"]
    assert other["subscriptionId"] == "sub-1"
    assert why in other["reason"]


def test_a_plan_that_is_there_twice_is_pinned_and_the_other_is_not() -> None:
    there = [sub(id="b", plan=E3), sub(id="a", plan=E3), sub(id="c", plan=E1)]
    found = adopted(seen(live("fabrikam", *there)))["spec"]["subscriptions"]
    assert [(s["name"], s.get("subscriptionId")) for s in found] == [
        ("enterprise-e1", None),
        ("enterprise-e3", "a"),
        ("enterprise-e3-2", "b"),
    ]


def test_an_unread_list_or_a_tenant_without_a_word_is_an_error_and_no_file() -> None:
    observation = seen(live("fabrikam"))
    with pytest.raises(ReconcilerError, match="throttled"):
        adopted(replace(observation, subscriptions=Unknown("throttled")))
    nameless = replace(observation, domain=Unknown("throttled"), tenant_id=Unknown("throttled"))
    with pytest.raises(ReconcilerError, match="throttled"):
        adopted(nameless)


def test_import_of_every_example_then_plan_prints_no_changes_and_a_second_changes_no_byte(
    examples: Desk,
) -> None:
    examples.ok("import", "--all", "--out", "taken", *CONFIG)
    first = {p.name: p.read_bytes() for p in Path("taken").iterdir()}
    assert len(first) == 33
    assert "\nNo changes.\n" in examples.ok("plan", "taken", *CONFIG).out
    again = examples.ok("import", "--all", "--out", "taken", *CONFIG).out
    assert again.count("is as it should be") == 33
    assert {p.name: p.read_bytes() for p in Path("taken").iterdir()} == first


def test_snapshots_of_every_example_are_planned_as_the_service_is(examples: Desk) -> None:
    examples.ok("snapshot", "--all", "--out", "taken", *CONFIG)
    told = examples.plan("examples/tenants")
    assert verdicts(examples.plan("examples/tenants", "--live", "taken")) == verdicts(told)


def test_a_file_that_says_something_else_is_left_unless_told_to_overwrite(examples: Desk) -> None:
    file = examples.put("taken/fabrikam.yaml", "# mine\n")
    words = ("import", "fabrikam.onmicrosoft.com", "contoso", "--out", "taken", *CONFIG)
    answer = examples.run(*words)
    assert answer.code == 1
    assert "taken/fabrikam.yaml is there already" in answer.err
    assert file.read_text() == "# mine\n"
    assert Path("taken/contoso.yaml").exists()
    examples.ok(*words, "--overwrite")
    assert "office-365-small-business" in file.read_text()
    assert sorted(p.name for p in Path("taken").iterdir()) == ["contoso.yaml", "fabrikam.yaml"]


def test_a_tenant_that_can_not_be_read_fails_alone_and_no_state_store_is_made(examples: Desk) -> None:
    examples.ok("simulator", "fault", "fabrikam", "throttle", *CONFIG)
    answer = examples.run("import", "fabrikam", "contoso", "fabrikan", *CONFIG)
    assert answer.code == 1
    assert "fabrikam: the list of its subscriptions could not be read" in answer.err
    assert "Did you mean fabrikam?" in answer.err
    assert read_back(answer.out)["metadata"]["name"] == "contoso"
    assert [p.name for p in Path("examples/.reconciler").glob("*.db")] == ["simulator.db"]


def test_tenants_or_all_must_be_said_and_nothing_is_made_to_be_asked(desk: Desk) -> None:
    assert desk.run("import").code == 64
    assert desk.run("snapshot", "--all", "fabrikam").code == 64
    assert "holds no tenants" in desk.run("import", "--all").err
    assert list(desk.folder.iterdir()) == []


# files in their form


@st.composite
def untidy(draw: st.DrawFn) -> str:
    """A sound tenant file, written as people do."""
    step, gap = draw(st.integers(1, 5)), " " * draw(st.integers(1, 3))
    dash = draw(st.integers(0, step))
    end = draw(st.sampled_from(["", " ", "   # why"]))
    blank = draw(st.sampled_from([[], [""], ["# a note"], ["", f"{' ' * step}# a note", ""]]))
    inner = " " * (step + dash)
    entry = [f"{inner}-{gap}name: main{end}", f"{inner} {gap}plan: {E3}", *blank, f"{inner} {gap}licenses: 5"]
    members = draw(
        st.permutations(
            [
                ["apiVersion: reconciler/v1" + end],
                [*blank, "kind: Tenant"],
                ["metadata:", f"{' ' * step}name: fabrikam{end}"],
                [
                    "spec:",
                    *blank,
                    f"{' ' * step}tenant: fabrikam.onmicrosoft.com",
                    f"{' ' * step}subscriptions:",
                    *entry,
                    *draw(st.sampled_from([[], [f"{' ' * step}labels: {{a: 1,", f"{' ' * step}    b: 2}}"]])),
                    *draw(
                        st.sampled_from([[], [f"{' ' * step}note: |", f"{' ' * (2 * step)}a # b", "", ""]])
                    ),
                ],
            ]
        )
    )
    lines = ["# yaml-language-server: $schema=x", *(line for member in members for line in member)]
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    return line_end.join(lines) + line_end * draw(st.integers(0, 3))


@given(st.lists(untidy(), min_size=1, max_size=2))
def test_formatting_changes_no_value_loses_no_comment_and_is_done_at_once(texts: list[str]) -> None:
    text = yaml_stream([t if t.endswith("\n") else t + "\n" for t in texts])
    new = formatted(text, "t.yaml")
    before, after = load(text, "t.yaml"), load(new, "t.yaml")
    assert before.problems == after.problems == ()
    assert [d.value for d in after.documents] == [d.value for d in before.documents]
    assert list(comments(new, "t.yaml")) == list(comments(text, "t.yaml"))
    assert formatted(new, "t.yaml") == new
    assert new == new.rstrip("\n") + "\n"
    assert "\r" not in new


def test_formatting_gives_two_spaces_and_the_usual_order_and_moves_comments_along() -> None:
    untidy = (
        "kind: Tenant  \n# which\napiVersion: reconciler/v1\nspec:\n    subscriptions:\n    -   name: a   # x\n"
        "        # licenses: 5\n        plan: b\n\n\n"
    )
    assert formatted(untidy, "t.yaml") == (
        "# which\napiVersion: reconciler/v1\nkind: Tenant\nspec:\n  subscriptions:\n    - name: a   # x\n"
        "      # licenses: 5\n      plan: b\n"
    )


def test_the_examples_are_in_their_form(examples: Desk) -> None:
    examples.ok("fmt", "--check", "examples/tenants")


def test_fmt_formats_what_is_sound_and_reports_what_is_broken(desk: Desk) -> None:
    sound = json.dumps({"apiVersion": "reconciler/v1", "kind": "Tenant"})
    text = "kind: Tenant\napiVersion: reconciler/v1\nmetadata: {name: a}\nspec: {tenant: a.no, subscriptions: []}"
    good, bad = desk.put("tenants/a.yaml", text), desk.put("tenants/b.yaml", sound + "  ")
    check = desk.run("fmt", "tenants", "--check")
    assert (check.code, check.out) == (1, "tenants/a.yaml: would change.\n")
    assert good.read_text() == text
    answer = desk.run("fmt", "tenants")
    assert answer.code == 1
    assert "tenants/b.yaml:1" in answer.err
    assert bad.read_text() == sound + "  "
    assert good.read_text().startswith("apiVersion: reconciler/v1\nkind: Tenant\n")
    assert desk.run("fmt", "tenants/a.yaml").out == ""


# names


def test_another_name_of_tenant_or_subscription_changes_no_step() -> None:
    observation = seen(live("fabrikam"))
    before = declare("fabrikam", want("main"))
    after = declare("fabrikam-as", want("office"), tenant=before.tenant)
    memory = Memory(bindings={"main": "sub-1"})
    old, new = (decide(d, observation, memory, catalogue()) for d in (before, after))
    assert (
        [(s.action, s.before, s.after, s.subscription_id) for s in old.steps]
        == [(s.action, s.before, s.after, s.subscription_id) for s in new.steps]
        != []
    )


def test_after_an_apply_a_renamed_file_tenant_and_subscription_change_nothing(examples: Desk) -> None:
    path = Path("examples/tenants/fabrikam.yaml")
    examples.ok("apply", path, "--auto-approve", "--wait")
    text = (
        path.read_text().replace("name: fabrikam", "name: fabrikam-as").replace("name: main", "name: office")
    )
    path.unlink()
    renamed = examples.put("examples/tenants/renamed.yaml", text)
    assert "No changes." in examples.ok("plan", renamed).out
    assert "0 done, 0 started" in examples.ok("apply", renamed, "--auto-approve").out

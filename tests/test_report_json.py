import copy
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import (
    E3,
    NOW,
    UNREAD,
    add,
    change_plan,
    change_plans,
    finding,
    handoff,
    problem,
    run,
    runs_of,
    switch,
    tenant,
    unmanaged,
)

from reconciler.act import Ending
from reconciler.change_plan import ChangePlan, Verdict
from reconciler.errors import PlanRefused
from reconciler.observe import Unknown
from reconciler.report.document import (
    json_text,
    moment,
    parsed,
    plan_document,
    plan_from_document,
    run_document,
    saved_digest,
    tenant_document,
)
from reconciler.rules import Effect, Status

SCHEMA = json.loads((Path(__file__).parent.parent / "schemas" / "change-plan.schema.json").read_text("utf-8"))
EXPLAINER = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
SECOND = jsonschema_rs.validator_for(SCHEMA)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def a_plan() -> ChangePlan:
    return change_plan(
        tenant("fabrikam", switch(), unmanaged=(unmanaged(), unmanaged(UNREAD, UNREAD))),
        tenant("contoso", add(), handoff("old"), handoff("gone", None, (E3, None))),
        tenant("adatum", checks=(finding("not-read", Status.UNKNOWN),)),
        problems=(problem(hint="did you mean e3?"),),
    )


def fits(document: object) -> bool:
    errors = [e.message for e in EXPLAINER.iter_errors(document)]
    assert SECOND.is_valid(document) == (not errors)
    return not errors


def test_the_document_has_every_member_of_the_contract():
    document = plan_document(a_plan())
    assert list(document)[:6] == [
        "format_version",
        "tool_version",
        "plan_id",
        "created_at",
        "valid_until",
        "backend",
    ]
    assert {
        "source",
        "digest",
        "complete",
        "applyable",
        "errored",
        "tenants",
        "summary",
        "diagnostics",
    } <= set(document)
    fabrikam = document["tenants"][2]
    assert fabrikam["name"] == "fabrikam"
    assert {"tenant", "file", "verdict", "observed_at", "steps", "drift", "unmanaged"} <= set(fabrikam)
    step = fabrikam["steps"][0]
    assert step["before"] == {"plan": "office-365-small-business", "licenses": 20}
    assert step["after"] == {"plan": "office-365-enterprise-e3", "licenses": 42}
    assert (step["action"], step["verdict"], step["irreversible"]) == ("switch", "apply", True)
    assert step["range"] == {"file": "tenants/a.yaml", "line": 9, "column": 7}
    assert document["summary"]["add_licenses"] == 44


def test_an_unmanaged_subscription_is_named_and_what_is_not_known_of_it_is_null():
    left = plan_document(a_plan())["tenants"][2]["unmanaged"]
    assert left == [
        {"id": "id-left", "plan": "exchange-online-plan-1", "licenses": 12},
        {"id": "id-left", "plan": None, "licenses": None},
    ]


def test_a_problem_in_a_file_is_an_object_with_its_position():
    assert plan_document(a_plan())["diagnostics"] == [
        {
            "file": "tenants/b.yaml",
            "line": 3,
            "column": 9,
            "code": "unknown-plan",
            "message": "The plan is not known.",
            "hint": "did you mean e3?",
        }
    ]


def test_the_etag_is_never_in_the_document():
    assert "etag-never-shown" not in json_text(plan_document(a_plan()))


def test_tenants_stand_by_name_whatever_the_order_of_the_files():
    one, two = tenant("alpha", add()), tenant("beta", switch())
    assert json_text(plan_document(change_plan(one, two))) == json_text(plan_document(change_plan(two, one)))


def test_times_are_written_in_utc():
    oslo = timezone(timedelta(hours=1))
    assert moment(datetime(2026, 11, 23, 11, 0, tzinfo=oslo)) == "2026-11-23T10:00:00Z"
    assert moment(datetime(2026, 11, 23, 10, 0, 0, 5, tzinfo=UTC)) == "2026-11-23T10:00:00.000005Z"


@quick
@given(change_plans())
def test_a_saved_plan_reads_back_as_what_it_was(plan):
    document = plan_document(plan)
    back = plan_from_document(parsed(json_text(document)))
    assert back.digest == plan.digest == saved_digest(document)
    assert back.summary == plan.summary
    assert (back.errored, back.complete, back.applyable) == (plan.errored, plan.complete, plan.applyable)
    by_name = {t.name: t for t in plan.tenants}
    for t in back.tenants:
        same = by_name[t.name]
        assert (t.verdict, t.checks, t.basis, t.place) == (same.verdict, same.checks, same.basis, same.place)
        assert t.shapes() == same.shapes()
        assert [s.checks for s in t.steps] == [s.checks for s in same.steps]
        assert [s.behind_switch for s in t.steps] == [s.behind_switch for s in same.steps]
    assert json_text(plan_document(back)) == json_text(document)


@quick
@given(st.data())
def test_every_document_fits_the_schema_by_two_validators(data):
    plan = data.draw(change_plans())
    assert fits(parsed(json_text(plan_document(plan))))
    assert fits(parsed(json_text(run_document(plan, data.draw(runs_of(plan))))))


def test_the_schema_is_itself_valid_and_each_member_helps_the_editor():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    seen = 0
    for where in (SCHEMA, *SCHEMA["$defs"].values()):
        for name, member in where.get("properties", {}).items():
            assert member.get("title"), name
            assert member.get("description"), name
            assert member.get("examples"), name
            seen += 1
    assert seen > 60


def test_the_examples_of_the_schema_fit_it():
    assert fits(SCHEMA["examples"][0])
    for name, part in SCHEMA["$defs"].items():
        alone = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})
        for example in part.get("examples", []):
            assert alone.is_valid(example), name
        for member, its in part.get("properties", {}).items():
            one = jsonschema.Draft202012Validator({**its, "$defs": SCHEMA["$defs"]})
            assert all(one.is_valid(example) for example in its["examples"]), (name, member)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.update(extra=1),
        lambda d: d.pop("digest"),
        lambda d: d["summary"].update(remove=1),
        lambda d: d["tenants"][2]["steps"][0].update(action="remove"),
        lambda d: d["tenants"][2]["steps"][0].update(irreversible=False),
        lambda d: d["tenants"][2]["steps"][0].update(before=None),
        lambda d: d["tenants"][2].update(drift=[{}]),
        lambda d: d.update(created_at="yesterday"),
    ],
)
def test_the_schema_refuses_what_is_never_written(spoil):
    document = plan_document(a_plan())
    assert fits(document)
    spoil(document)
    assert not fits(document)


def test_the_text_is_indented_unescaped_and_ends_with_a_line_break():
    text = json_text({"name": "Båtbyggeriet Ørland", "list": [1]})
    assert text == '{\n  "name": "Båtbyggeriet Ørland",\n  "list": [\n    1\n  ]\n}\n'


def test_the_text_holds_nothing_a_terminal_would_act_on_and_means_the_same():
    hostile = "a\x1b[2J\x9b2J\x7f\u202eevil\u2066\ud800\n"
    text = json_text({"name": hostile})
    assert text.replace("\n", "").isprintable()
    assert text.encode("utf-8")
    assert json.loads(text) == {"name": hostile}


def test_a_reader_ignores_members_it_does_not_know():
    document = plan_document(a_plan())
    document.update(format_version="1.7", future={"a": 1})
    document["tenants"][2]["steps"][0]["mood"] = "calm"
    document["summary"]["dreams"] = 3
    assert plan_from_document(document).digest == a_plan().digest


def test_a_newer_major_format_is_refused_with_what_to_do():
    document = {**plan_document(a_plan()), "format_version": "2.0"}
    with pytest.raises(
        PlanRefused, match=r"has format 2\.0, and this version reads format 1\. Use the version"
    ):
        plan_from_document(document)


@pytest.mark.parametrize("version", ["0.9", "1", "one", "1.0\n", "", 1.0, None, "99999999999999999999.0"])
def test_an_odd_format_version_is_refused(version):
    with pytest.raises(PlanRefused):
        plan_from_document({**plan_document(a_plan()), "format_version": version})


@pytest.mark.parametrize("garbage", [None, 3, "plan", [], {}, {"format_version": "1.0"}, [[]], True])
def test_garbage_is_refused(garbage):
    with pytest.raises(PlanRefused, match="can read"):
        plan_from_document(garbage)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not well-formed"),
        ("{", "not well-formed"),
        ("[" * 100_000, "nested too deep"),
        ('{"a": 1, "a": 2}', "'a' stands there twice"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": ' + "9" * 5000 + "}", "not well-formed"),
    ],
)
def test_a_text_that_is_no_json_is_refused(text, why):
    with pytest.raises(PlanRefused, match=why):
        parsed(text)


STEP = "tenants[2].steps[0]"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            ("tenants", 2, "steps", 0, "after", "licenses"),
            "42",
            f"{STEP}.after.licenses is not a whole number",
        ),
        (
            ("tenants", 2, "steps", 0, "after", "licenses"),
            True,
            f"{STEP}.after.licenses is not a whole number",
        ),
        (
            ("tenants", 2, "steps", 0, "after", "licenses"),
            42.0,
            f"{STEP}.after.licenses is not a whole number",
        ),
        (("tenants", 2, "steps", 0, "after", "licenses"), -1, f"{STEP}.after.licenses is not a whole number"),
        (
            ("tenants", 2, "steps", 0, "after", "licenses"),
            5,
            f"{STEP} can not be: a switch must not end below",
        ),
        (("tenants", 2, "steps", 0, "action"), "remove", f"{STEP}.action is not one of switch, add, handoff"),
        (("tenants", 2, "steps", 0, "verdict"), "in-sync", f"{STEP}.verdict is not the verdict of a step"),
        (("tenants", 2, "steps", 0, "checks"), {}, f"{STEP}.checks is not a list"),
        (("tenants", 2, "steps", 0), None, f"{STEP} is not an object"),
        (("tenants", 2, "verdict"), ["apply"], "tenants[2].verdict is not a text"),
        (("created_at",), "soon", "created_at is not a time"),
        (("created_at",), "2026-11-23T10:00:00", "created_at is not a time with its zone"),
        (("snapshot",), 0, "snapshot is not true or false"),
        (("tenants",), {}, "tenants is not a list"),
    ],
)
def test_a_wrong_value_is_refused_by_its_path(path, value, said):
    document = plan_document(a_plan())
    *way, last = path
    at = document
    for key in way:
        at = at[key]
    at[last] = value
    with pytest.raises(PlanRefused) as refusal:
        plan_from_document(document)
    assert said in str(refusal.value)


def test_a_missing_member_is_refused_by_its_path():
    document = plan_document(a_plan())
    del document["tenants"][2]["steps"][0]["before"]
    with pytest.raises(PlanRefused, match=r"tenants\[2\]\.steps\[0\]\.before is missing"):
        plan_from_document(document)


def test_a_step_that_is_not_what_the_digest_covers_is_refused():
    document = plan_document(a_plan())
    document["tenants"][2]["steps"][0]["after"]["licenses"] = 43
    with pytest.raises(PlanRefused, match=r"tenants\[2\]\.steps contradicts"):
        plan_from_document(document)


def test_a_step_taken_out_of_the_file_is_refused():
    document = plan_document(a_plan())
    document["tenants"][2]["steps"] = []
    with pytest.raises(PlanRefused, match=r"tenants\[2\]\.steps contradicts"):
        plan_from_document(document)


def test_totals_that_are_not_those_of_the_steps_are_refused():
    document = plan_document(a_plan())
    document["summary"]["add_licenses"] = 1
    with pytest.raises(PlanRefused, match=r"summary\.add_licenses contradicts"):
        plan_from_document(document)


def test_the_result_of_a_run_is_no_saved_plan():
    plan = change_plan(tenant("fabrikam", switch()))
    document = run_document(plan, [run(plan.tenants[0], Ending.DONE)])
    with pytest.raises(PlanRefused, match="result of an apply run"):
        plan_from_document(document)


@quick
@given(st.data())
def test_no_spoilt_document_gives_anything_but_a_plan_or_a_refusal(data):
    document = copy.deepcopy(plan_document(a_plan()))
    at, junk = document, st.sampled_from([None, True, -1, 1.5, "x", [], {}, "\ud800"])
    while True:
        key = data.draw(st.sampled_from(list(at) if isinstance(at, dict) else list(range(len(at)))))
        if not (isinstance(at[key], dict | list) and at[key] and data.draw(st.booleans())):
            at[key] = data.draw(junk)
            break
        at = at[key]
    try:
        plan_from_document(document)
    except PlanRefused as refusal:
        assert len(str(refusal)) < 400  # noqa: PT017 - either end is right, a traceback is not


def test_what_was_not_saved_of_a_subscription_is_not_known():
    back = plan_from_document(plan_document(a_plan()))
    left = next(t for t in back.tenants if t.name == "fabrikam").unmanaged
    assert (left[0].plan, left[0].licenses) == ("exchange-online-plan-1", 12)
    assert isinstance(left[1].plan, Unknown)
    assert isinstance(left[0].assigned, Unknown)


def test_a_run_gives_every_step_its_outcome():
    plan = change_plan(tenant("fabrikam", switch()), tenant("contoso", add("main", 1, 2, finding())))
    document = run_document(plan, [run(plan.tenants[0], Ending.STARTED, request="req-7")])
    contoso, fabrikam = document["tenants"]
    assert fabrikam["steps"][0]["outcome"] == {
        "result": "started",
        "message": "fabrikam.main started.",
        "request_id": "req-7",
    }
    assert contoso["steps"][0]["outcome"]["result"] == "blocked"
    assert contoso["steps"][0]["outcome"]["message"] == "role-missing says fail."
    assert document["outcomes"] == {
        "done": 0,
        "started": 1,
        "waiting": 0,
        "blocked": 1,
        "support": 0,
        "failed": 0,
        "unknown": 0,
    }


def test_a_step_that_appeared_on_the_way_is_appended():
    shown = tenant("fabrikam", switch())
    went = run(tenant("fabrikam", switch(), add("late", 1, 2)), Ending.DONE, Ending.DONE)
    document = run_document(change_plan(shown), [went])
    assert [s["address"] for s in document["tenants"][0]["steps"]] == ["main", "late"]
    assert fits(document)


def test_a_tenant_held_as_a_whole_has_an_outcome_of_its_own():
    plan = change_plan(tenant("adatum", checks=(finding("not-read", Status.UNKNOWN, message="Not read."),)))
    document = run_document(plan, [])
    assert document["tenants"][0]["outcome"] == {
        "result": "unknown",
        "message": "Not read.",
        "request_id": None,
    }
    assert (document["outcomes"]["unknown"], document["outcomes"]["blocked"]) == (1, 0)


def test_a_plan_document_is_the_run_document_less_what_happened():
    plan = change_plan(tenant("fabrikam", switch()), tenant("calm"))
    document = run_document(plan, [run(plan.tenants[0], Ending.DONE)])
    del document["outcomes"]
    for t in document["tenants"]:
        for step in t["steps"]:
            del step["outcome"]
    assert document == plan_document(plan)


def test_a_tenant_alone_is_what_it_is_in_its_change_plan():
    one = tenant("fabrikam", switch(), unmanaged=(unmanaged(),))
    assert tenant_document(one) == plan_document(change_plan(one))["tenants"][0]


def test_a_plan_from_a_snapshot_says_so_and_can_not_be_applied_as_it_stands():
    document = plan_document(change_plan(tenant("fabrikam", add()), snapshot=True))
    assert (document["snapshot"], document["applyable"], document["complete"]) == (True, False, True)
    assert plan_from_document(document).snapshot


def test_a_suspended_tenant_keeps_its_verdict():
    paused = tenant("fabrikam", add("main", 1, 2, finding("suspended", effect=Effect.WAIT)), suspended=True)
    back = plan_from_document(plan_document(change_plan(paused)))
    assert back.tenants[0].verdict is Verdict.SUSPENDED
    assert back.summary.suspended == 1
    assert back.created_at == NOW

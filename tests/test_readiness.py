"""The conditions Ready, Reconciling and Stalled."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import E3, SMALL, finding, handoff, passed, switch, tenant, tenants

from reconciler.change_plan import Step, TenantPlan, Verdict
from reconciler.messages import SENTENCES
from reconciler.overview import State, state_of
from reconciler.readiness import Condition, Trouble, Type, conditions_of, reason_of
from reconciler.rules import GROUND, TABLE, Effect, Finding, Status
from reconciler.status import Holds

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)


def told(
    plan: TenantPlan,
    *,
    writes: bool = True,
    trouble: Trouble | None = None,
    before: tuple[Condition, ...] = (),
    at: datetime = AT,
) -> tuple[Condition, ...]:
    return conditions_of(plan, writes=writes, trouble=trouble, before=before, at=at, commit="abc")


def words(conditions: tuple[Condition, ...]) -> str:
    return " ".join(str(each.status) for each in conditions)


def to_do(*checks: Finding) -> Step:
    return switch("main", (SMALL, 20), (E3, 42), *checks)


def held(rule: str, effect: Effect, status: Status = Status.FAIL) -> TenantPlan:
    return tenant("fabrikam", to_do(finding(rule, status, effect)))


@pytest.mark.parametrize(
    ("plan", "status", "reason", "state"),
    [
        (tenant("fabrikam"), "true false false", "InSync", State.READY),
        (tenant("fabrikam", to_do(passed())), "false true false", "ChangesPending", State.RECONCILING),
        (held("switch-running", Effect.WAIT), "false true false", "SwitchRunning", State.RECONCILING),
        (held("role-missing", Effect.BLOCK), "false false true", "RoleMissing", State.STALLED),
        (held("too-many-users", Effect.SUPPORT), "false false true", "TooManyUsers", State.STALLED),
        (
            held("role-missing", Effect.BLOCK, Status.UNKNOWN),
            "unknown true unknown",
            "RoleMissing",
            State.UNKNOWN,
        ),
    ],
)
def test_each_verdict_has_its_conditions(plan, status, reason, state):
    made = told(plan)
    assert [each.type for each in made] == list(Type)
    assert words(made) == status
    assert {each.reason for each in made} == {reason}
    assert state_of(made, plan.verdict) is state


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (to_do(finding("credit-review", Status.FAIL, Effect.WAIT)), "CreditReview"),
        (to_do(passed()), "ChangesPending"),
    ],
)
def test_what_support_is_asked_for_when_a_switch_is_done_is_nobody_s_yet(step, reason):
    fewer = finding("fewer-licenses", Status.FAIL, Effect.SUPPORT)
    made = told(
        tenant("fabrikam", step, replace(handoff("main", (E3, 20), (E3, 18), fewer), behind_switch=True))
    )
    assert words(made) == "false true false"
    assert {each.reason for each in made} == {reason}


def test_a_loop_that_only_reports_does_not_claim_to_be_at_work():
    made = told(tenant("fabrikam", to_do(passed())), writes=False)
    assert words(made) == "false false false"
    assert made[0].reason == "ReportOnly"
    assert state_of(made, Verdict.APPLY) is State.PENDING


@pytest.mark.parametrize("trouble", list(Trouble))
def test_what_no_rule_tells_is_never_shown_as_ready_to_go_on(trouble):
    made = told(tenant("fabrikam", to_do(passed())), trouble=trouble)
    assert made[0].status is not Holds.TRUE
    assert {each.reason for each in made} == {trouble}
    assert (made[2].status is Holds.TRUE) is (trouble is not Trouble.BROKE_OFF)


def test_a_condition_keeps_its_time_until_its_status_moves():
    first = told(held("switch-running", Effect.WAIT))
    again = told(held("credit-review", Effect.WAIT), before=first, at=LATER)
    assert [each.since for each in again] == [AT] * 3
    assert again[0].reason == "CreditReview"
    done = told(tenant("fabrikam"), before=again, at=LATER)
    assert [each.since for each in done] == [LATER, LATER, AT]


@given(st.data())
def test_no_message_has_a_number_or_a_time(data):
    plan = data.draw(tenants("fabrikam"))
    trouble = data.draw(st.none() | st.sampled_from(Trouble))
    writes = data.draw(st.booleans())
    for each in told(plan, trouble=trouble, writes=writes):
        assert each.message
        assert not re.search(r"\d", each.message), each.message


def test_every_rule_gives_a_reason_of_one_word_and_no_two_the_same():
    rules = {rule.id for rule in (*TABLE, *GROUND)}
    reasons = {reason_of(rule) for rule in rules}
    assert len(reasons) == len(rules)
    assert all(re.fullmatch(r"([A-Z][a-z0-9]*)+", reason) for reason in reasons)
    assert not reasons & {str(trouble) for trouble in Trouble}


@pytest.mark.parametrize("key", [key for key in SENTENCES if key.startswith("ready.")])
def test_every_sentence_of_a_condition_is_reachable(key):
    _, *rest = key.split(".")
    if len(rest) == 2:
        assert Type(rest[0])
        assert Holds(rest[1])
    else:
        assert re.fullmatch(r"([A-Z][a-z]*)+", rest[0])

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import (
    E3,
    NAMES,
    NOW,
    SMALL,
    add,
    change_plan,
    change_plans,
    finding,
    handoff,
    passed,
    problem,
    run,
    runs_of,
    switch,
    tenant,
)

from reconciler.act import Ending, Outcome
from reconciler.drift.kinds import Cause, Kind
from reconciler.drift.values import DriftReport, Finding, Unread
from reconciler.outcomes import Run
from reconciler.report.drift import FleetDrift
from reconciler.report.exits import Exit, ExitMode, drift_exit, plan_exit, run_exit
from reconciler.report.text import plan_text, run_text
from reconciler.rules import Effect, Status

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

CALM = tenant("calm")
CHANGES = tenant("changes", switch())
WAITING = tenant("waiting", add("main", 1, 2, finding("switch-running", effect=Effect.WAIT)))
BLOCKED = tenant("blocked", add("main", 1, 2, finding()))
SUPPORT = tenant("support", handoff())
UNKNOWN = tenant("unread", checks=(finding("not-read", Status.UNKNOWN),))
PAUSED = tenant("paused", add("main", 1, 2, finding("suspended", effect=Effect.WAIT)), suspended=True)


@pytest.mark.parametrize(
    ("tenants", "detailed", "full"),
    [
        ((), 0, 0),
        ((CALM,), 0, 0),
        ((CHANGES,), 2, 2),
        ((WAITING,), 2, 2),
        ((BLOCKED,), 1, 3),
        ((SUPPORT,), 0, 4),
        ((UNKNOWN,), 1, 5),
        ((PAUSED,), 0, 0),
        ((CHANGES, BLOCKED), 1, 3),
        ((CHANGES, SUPPORT), 2, 2),
        ((BLOCKED, UNKNOWN, CHANGES), 1, 5),
        ((SUPPORT, PAUSED, CALM), 0, 4),
    ],
)
def test_the_code_of_a_change_plan(tenants, detailed, full):
    plan = change_plan(*tenants)
    assert plan_exit(plan, ExitMode.PLAIN) == 0
    assert plan_exit(plan, ExitMode.DETAILED) == detailed
    assert plan_exit(plan, ExitMode.FULL) == full


@pytest.mark.parametrize("mode", ExitMode)
def test_a_broken_file_is_an_error_in_every_mode(mode):
    plan = change_plan(CHANGES, BLOCKED, UNKNOWN, problems=(problem(),))
    assert plan_exit(plan, mode) == 1
    assert run_exit([], plan, mode) == 1


@pytest.mark.parametrize(
    ("ending", "plain", "detailed", "full"),
    [
        (Ending.DONE, 0, 2, 2),
        (Ending.STARTED, 0, 2, 2),
        (Ending.WAITING, 0, 2, 2),
        (Ending.BLOCKED, 0, 1, 3),
        (Ending.HANDED_OFF, 0, 0, 4),
        (Ending.FAILED, 1, 1, 1),
        (Ending.UNKNOWN, 1, 1, 1),
    ],
)
def test_the_code_of_a_run_by_how_its_step_ended(ending, plain, detailed, full):
    plan = change_plan(CHANGES, CALM)
    runs = [run(CHANGES, ending)]
    assert run_exit(runs, plan, ExitMode.PLAIN) == plain
    assert run_exit(runs, plan, ExitMode.DETAILED) == detailed
    assert run_exit(runs, plan, ExitMode.FULL) == full


@pytest.mark.parametrize("mode", ExitMode)
def test_a_run_with_nothing_to_do_ends_with_zero(mode):
    assert run_exit([], change_plan(CALM), mode) == 0
    assert run_exit([run(CALM)], change_plan(CALM), mode) == 0


@pytest.mark.parametrize("mode", ExitMode)
def test_a_suspended_tenant_counts_as_zero_in_a_run(mode):
    plan = change_plan(PAUSED)
    assert run_exit([run(PAUSED, Ending.WAITING)], plan, mode) == 0
    assert run_exit([], plan, mode) == 0


def test_a_tenant_that_could_not_be_read_makes_a_run_incomplete():
    plan = change_plan(UNKNOWN)
    codes = [run_exit([run(UNKNOWN)], plan, mode) for mode in ExitMode]
    assert codes == [0, 1, 5]


def test_a_tenant_that_could_not_be_read_after_a_write_makes_the_run_incomplete():
    unread = tenant("changes", checks=(finding("not-read", Status.UNKNOWN),))
    runs = [run(CHANGES, Ending.DONE, last=unread)]
    assert run_exit(runs, change_plan(CHANGES), ExitMode.FULL) == 5


@pytest.mark.parametrize("mode", ExitMode)
def test_a_signal_wins_over_everything(mode):
    plan = change_plan(CHANGES)
    assert run_exit([run(CHANGES, Ending.FAILED)], plan, mode, interrupted=2) == 130
    assert run_exit([], plan, mode, interrupted=15) == 143


def test_a_usage_error_is_never_two():
    assert Exit.USAGE == 64


def _numbers(line: str) -> dict[str, int]:
    return {word: int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", line)}


def _expected(mode: ExitMode, error: bool, unknown: int, blocked: int, changes: int, support: int) -> int:
    """The contract's table, worked from what was printed."""
    if error:
        return 1
    if mode is ExitMode.PLAIN:
        return 0
    if mode is ExitMode.DETAILED:
        return 1 if blocked or unknown else 2 if changes else 0
    return 5 if unknown else 3 if blocked else 2 if changes else 4 if support else 0


@quick
@given(change_plans(), st.sampled_from(ExitMode))
def test_the_code_is_that_of_the_printed_totals(plan, mode):
    text = plan_text(plan, names=NAMES)
    told = _numbers(text.splitlines()[-1])
    broken = re.match(r"\d+ problems? in the files", text) is not None
    changed = int(re.search(r"in (\d+) tenants", text.splitlines()[-1])[1])
    expected = _expected(
        mode, broken, told["unknown"], told["blocked"], changed + told["waiting"], told["for"]
    )
    assert plan_exit(plan, mode) == expected


@quick
@given(change_plans(), st.sampled_from(ExitMode))
def test_the_code_is_that_of_the_verdicts(plan, mode):
    verdicts = [v for t in plan.tenants if t.verdict != "suspended" for v in t.counted_verdicts]
    expected = _expected(
        mode,
        bool(plan.diagnostics),
        verdicts.count("unknown"),
        verdicts.count("blocked"),
        verdicts.count("apply") + verdicts.count("wait"),
        verdicts.count("support"),
    )
    assert plan_exit(plan, mode) == expected


@quick
@given(st.data(), st.sampled_from(ExitMode))
def test_the_code_of_a_run_is_that_of_the_printed_totals(data, mode):
    plan = data.draw(change_plans())
    runs = data.draw(runs_of(plan))
    text = run_text(runs, plan, names=NAMES)
    told = _numbers(text.splitlines()[-1])
    code = run_exit(runs, plan, mode)
    moved = told["done"] + told["started"] + told["waiting"]
    lost = sum(o.went_wrong for run in runs for _, o in run.outcomes if o.ending is Ending.UNKNOWN)
    # A write whose outcome is not known is an error; a fact that is not known leaves the run incomplete.
    error = bool(plan.diagnostics) or any(run.failed for run in runs) or told["failed"] + lost > 0
    allowed = {_expected(mode, error, told["unknown"] - lost, told["blocked"], moved, told["for"])}
    assert code in allowed
    if code == Exit.INCOMPLETE:
        assert re.search(r"^  \? ", text, re.MULTILINE)
    if code == Exit.BLOCKED:
        assert re.search(r"^  ! ", text, re.MULTILINE)


def test_a_step_that_ended_as_blocked_stands_under_that_sign_whatever_the_last_look_could_not_tell():
    """As where the global stop came on between the look and the write, and the next look could not be read."""
    shown = tenant("a", switch("main", (SMALL, 1), (E3, 1), passed()))
    unread = tenant("a", switch("main", (SMALL, 1), (E3, 1), finding(status=Status.UNKNOWN)))
    outcome = Outcome(Ending.BLOCKED, "a.main blocked.")
    ended = Run(shown, ((shown.steps[0], outcome),), unread, False)
    text = run_text([ended], change_plan(shown), names=NAMES)
    assert re.search(r"^  ! main", text, re.MULTILINE), text


ROSE = Finding(Cause.OUTSIDE, Kind.LICENSES_ABOVE, "id", "licenses", "main", confirmed=True)
ILL = Finding(Cause.SERVICE, Kind.UNHEALTHY, "", "services.exchange-online", confirmed=True)
WISH = Finding(Cause.WANTED, Kind.LICENSES_BELOW, "id", "licenses", "main", confirmed=True)


@pytest.mark.parametrize(
    ("found", "detailed", "full"),
    [
        ({}, 0, 0),
        ({"wanted": (WISH,), "unconfirmed": (ROSE, ILL), "under_way": (WISH,), "gone": (ROSE,)}, 0, 0),
        ({"outside": (ROSE,)}, 2, 2),
        ({"service": (ILL,)}, 2, 2),
        ({"unread": (Unread("", "subscriptions", "throttled"),)}, 1, 5),
        ({"outside": (ROSE,), "unread": (Unread("main", "assigned", "throttled"),)}, 1, 5),
    ],
)
def test_drift_counts_as_a_change_and_what_is_wanted_or_not_confirmed_does_not(found, detailed, full):
    drift = FleetDrift((DriftReport("fabrikam", "fabrikam.onmicrosoft.com", "a.yaml", NOW, **found),))
    assert drift_exit(drift, ExitMode.PLAIN) == 0
    assert drift_exit(drift, ExitMode.DETAILED) == detailed
    assert drift_exit(drift, ExitMode.FULL) == full
    broken = FleetDrift(drift.reports, (problem(),))
    assert {drift_exit(broken, mode) for mode in ExitMode} == {1}

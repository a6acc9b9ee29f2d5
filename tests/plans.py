"""Small factories of change plans for tests: what matters to the test is named, the rest is filled in.

A step's verdict and a tenant's follow from their findings, as they do in the tool itself; the basis covers
the steps, so that a saved plan can be read back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from reconciler.act import Ending, Outcome
from reconciler.change_plan import (
    ChangePlan,
    Policy,
    Since,
    Source,
    Step,
    TenantPlan,
    Unread,
    Verdict,
    gravest,
    step_verdict,
    verdict_of_finding,
)
from reconciler.changed import MovedFile
from reconciler.errors import Problem
from reconciler.model import Action, Place, Subscription
from reconciler.observe import Fact, LiveSubscription, Unknown
from reconciler.outcomes import Run
from reconciler.policy import Loosening, NotCounted
from reconciler.roster import Renamed
from reconciler.rules import Effect, Finding, Status

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SMALL, E1, E3 = "office-365-small-business", "office-365-enterprise-e1", "office-365-enterprise-e3"
NAMES = {
    SMALL: "Office 365 Small Business",
    E1: "Office 365 Enterprise E1",
    E3: "Office 365 Enterprise E3",
}
UNREAD = Unknown("left out in this test")


def finding(
    rule: str = "role-missing",
    status: Status = Status.FAIL,
    effect: Effect = Effect.BLOCK,
    message: str = "",
    remedy: str = "",
) -> Finding:
    return Finding(rule, status, effect, message or f"{rule} says {status}.", remedy, ("R-TEST",))


def passed(rule: str = "not-active") -> Finding:
    return finding(rule, Status.PASS)


def add(
    address: str = "main",
    before: int = 20,
    after: int = 42,
    *checks: Finding,
    plan: str = E3,
    line: int = 9,
    behind_switch: bool = False,
) -> Step:
    live, wanted = Subscription(plan, before), Subscription(plan, after)
    return _step(Action.ADD, address, live, wanted, checks, line, behind_switch)


def switch(
    address: str = "main",
    before: tuple[str, int] = (SMALL, 20),
    after: tuple[str, int] = (E3, 42),
    *checks: Finding,
    line: int = 9,
) -> Step:
    return _step(Action.SWITCH, address, Subscription(*before), Subscription(*after), checks, line)


def handoff(
    address: str = "main",
    before: tuple[str, int] | None = (E3, 42),
    after: tuple[str, int | None] = (E3, 20),
    *checks: Finding,
    line: int = 9,
) -> Step:
    live = None if before is None else Subscription(*before)
    return _step(Action.HANDOFF, address, live, Subscription(*after), checks, line)


def _step(
    action: Action,
    address: str,
    before: Subscription | None,
    after: Subscription,
    checks: tuple[Finding, ...],
    line: int,
    behind_switch: bool = False,
) -> Step:
    return Step(
        address=address,
        action=action,
        before=before,
        after=after,
        verdict=step_verdict(action, checks),
        checks=checks,
        place=Place("tenants/a.yaml", line, 7),
        subscription_id=None if before is None else f"id-{address}",
        behind_switch=behind_switch,
        version="etag-never-shown",
    )


def tenant(
    name: str = "fabrikam",
    *steps: Step,
    checks: tuple[Finding, ...] = (),
    unmanaged: tuple[LiveSubscription, ...] = (),
    suspended: bool = False,
    word: str = "",
) -> TenantPlan:
    ground = gravest(verdict_of_finding(f) for f in checks)
    verdict = gravest([ground, *(s.verdict for s in steps)])
    if not steps and verdict is Verdict.APPLY:
        verdict = Verdict.IN_SYNC
    return TenantPlan(
        name=name,
        tenant=word or f"{name}.onmicrosoft.com",
        file="tenants/a.yaml",
        verdict=Verdict.SUSPENDED if suspended else verdict,
        observed_at=NOW,
        steps=steps,
        checks=checks,
        unmanaged=unmanaged,
        basis=_basis(steps),
        place=Place("tenants/a.yaml", 1, 1),
    )


def _basis(steps: tuple[Step, ...]) -> dict[str, object]:
    if not steps:
        return {}
    covered = {
        f"{s.address}/{s.action}": {
            "before": None if s.before is None else asdict(s.before),
            "after": asdict(s.after),
            "subscription_id": s.subscription_id,
        }
        for s in steps
    }
    return {"steps": covered, "live": {"users": 18, "roles": ["global-administrator"]}, "declared": {}}


def unmanaged(plan: Fact[str] = "exchange-online-plan-1", licenses: Fact[int] = 12) -> LiveSubscription:
    return LiveSubscription(
        "id-left",
        plan,
        licenses,
        *([UNREAD] * 10),  # type: ignore[arg-type]
    )


def change_plan(
    *tenants: TenantPlan, problems: tuple[Problem, ...] = (), snapshot: bool = False
) -> ChangePlan:
    return ChangePlan(
        plan_id="plan-1",
        created_at=NOW,
        valid_until=NOW + timedelta(hours=72),
        tool_version="0.1.0",
        backend="simulator",
        catalogue="office365-2014",
        source=Source(("tenants",)),
        tenants=tenants,
        diagnostics=problems,
        snapshot=snapshot,
    )


def problem(message: str = "The plan is not known.", hint: str = "") -> Problem:
    return Problem(Place("tenants/b.yaml", 3, 9), "unknown-plan", message, "plan: e33", hint)


def run(
    plan: TenantPlan, *endings: Ending, last: TenantPlan | None = None, request: str | None = None
) -> Run:
    """A run that ended the plan's steps with ``endings``, in their order."""
    outcomes = tuple(
        (step, Outcome(ending, f"{plan.name}.{step.address} {ending}.", request))
        for step, ending in zip(plan.steps, endings, strict=True)
    )
    bad = any(ending in (Ending.FAILED, Ending.UNKNOWN) for ending in endings)
    return Run(plan, outcomes, last or plan, bad)


names = st.text(min_size=1, max_size=12)
findings = st.builds(
    finding,
    rule=st.sampled_from(["role-missing", "prepaid", "switch-running", "not-active"]),
    status=st.sampled_from(Status),
    effect=st.sampled_from(Effect),
    message=st.text(max_size=150),
    remedy=st.text(max_size=150),
)


@st.composite
def steps(draw: st.DrawFn, address: str) -> Step:
    """A step of any action, held by any findings."""
    checks = draw(st.lists(findings, max_size=3))
    bought, more = draw(st.integers(1, 300)), draw(st.integers(1, 300))
    action = draw(st.sampled_from(Action))
    if action is Action.ADD:
        return add(address, bought, bought + more, *checks, behind_switch=draw(st.booleans()))
    if action is Action.SWITCH:
        return switch(address, (SMALL, bought), (E3, bought + more - 1), *checks)
    fewer = draw(st.sampled_from([None, (E3, bought + more)]))
    return handoff(address, fewer, (E3, bought), *checks)


@st.composite
def tenants(draw: st.DrawFn, name: str) -> TenantPlan:
    """A tenant with up to three steps, perhaps held back as a whole, perhaps suspended."""
    addresses = draw(st.lists(names, max_size=3, unique=True))
    own = tuple(draw(steps(address)) for address in addresses)
    checks = tuple(draw(st.lists(findings, max_size=2)))
    paused = bool(own) and draw(st.booleans())
    left = draw(st.sampled_from([(), (unmanaged(),), (unmanaged(UNREAD, UNREAD),)]))
    return tenant(name, *own, checks=checks, unmanaged=left, suspended=paused)


sinces = st.builds(
    Since,
    names,
    names,
    st.integers(0, 5),
    st.integers(0, 5),
    st.lists(names, max_size=2).map(tuple),
    st.lists(st.builds(Renamed, names, names), max_size=2).map(tuple),
    st.lists(st.builds(MovedFile, names, names, names), max_size=2).map(tuple),
    st.lists(st.builds(Unread, names, names), max_size=2).map(tuple),
)
places = st.builds(Place, names, st.integers(1, 9), st.integers(1, 9))
policies = st.builds(
    Policy,
    names,
    names,
    st.lists(st.builds(NotCounted, names, st.sampled_from(Loosening), names, places), max_size=2).map(tuple),
)
sources = st.builds(
    Source,
    st.just(("tenants",)),
    partial=st.booleans(),
    since=st.none() | sinces,
    policy=st.none() | policies,
)


@st.composite
def change_plans(draw: st.DrawFn) -> ChangePlan:
    """A change plan of up to four tenants, perhaps with broken files."""
    fleet = draw(st.lists(names, max_size=4, unique_by=str.casefold))
    broken = draw(st.sampled_from([(), (problem(hint="did you mean e3?"),)]))
    return change_plan(
        *(draw(tenants(name)) for name in fleet), problems=broken, snapshot=draw(st.booleans())
    )


# A change plan as CI makes it: of a part of the fleet, under the policy of a ref.
reviewed_plans = st.builds(lambda plan, source: replace(plan, source=source), change_plans(), sources)


@st.composite
def runs_of(draw: st.DrawFn, plan: ChangePlan) -> Iterable[Run]:
    """Runs of some of the plan's tenants, each step ended somehow."""
    ran = [t for t in plan.tenants if draw(st.booleans())]
    ends = st.sampled_from(Ending)
    return [
        run(t, *(draw(ends) for _ in t.steps), request=draw(st.sampled_from([None, "req-1"]))) for t in ran
    ]

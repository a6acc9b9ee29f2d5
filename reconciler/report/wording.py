"""A step in, what changes in words and numbers out, and the sign it stands under."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

from reconciler.act import Ending
from reconciler.change_plan import Step, TenantPlan, Verdict
from reconciler.messages import say
from reconciler.model import Action, Subscription, Waiver
from reconciler.observe import LiveSubscription, Unknown

# There is no sign for taking away, as there is no action for it.
ACTION_SIGN = {Action.ADD: "+", Action.SWITCH: "~", Action.HANDOFF: ">"}
VERDICT_SIGN = {Verdict.UNKNOWN: "?", Verdict.BLOCKED: "!", Verdict.SUPPORT: ">", Verdict.WAIT: "*"}
ENDING_SIGN = {
    Ending.UNKNOWN: "?",
    Ending.FAILED: "!",
    Ending.BLOCKED: "!",
    Ending.HANDED_OFF: ">",
    Ending.WAITING: "*",
}
UNMANAGED_SIGN = "."


def sign(step: Step) -> str:
    """Return the sign of a step: of what holds it, or of what it does."""
    return VERDICT_SIGN.get(step.verdict, ACTION_SIGN[step.action])


def ended_sign(step: Step, ending: Ending) -> str:
    """Return the sign of a step as it ended, whatever a later look says of it."""
    return ENDING_SIGN.get(ending, ACTION_SIGN[step.action])


def change(step: Step, names: Mapping[str, str]) -> str:
    """Say what changes: both plans where they differ, both numbers, and how it gets there."""
    said = _handoff(step, names) if step.action is Action.HANDOFF else move(step.before, step.after, names)
    marks = [say("report.one-way")] if step.irreversible else []
    marks += [say("report.behind-switch")] if step.behind_switch else []
    marks += [say("report.buys-back", count=step.buys_back)] if step.buys_back else []
    return "  ".join([said, *marks])


def left_alone(live: LiveSubscription, names: Mapping[str, str]) -> str:
    """Say that a live subscription is not managed."""
    plan = (
        say("report.unread-plan", id=live.id) if isinstance(live.plan, Unknown) else titled(live.plan, names)
    )
    count = say("report.unread-count") if isinstance(live.licenses, Unknown) else counted(live.licenses)
    return say("report.unmanaged", plan=plan, count=count)


def waiver_told(waiver: Waiver, tenant: TenantPlan) -> str:
    """Say which rule somebody answers for, who does, and until when; or that this has ended."""
    ended = tenant.observed_at.astimezone(UTC).date() >= waiver.until
    facts = {"rule": waiver.rule, "reason": waiver.reason, "owner": waiver.owner, "until": waiver.until}
    return say("report.waiver-ended" if ended else "report.waiver", **facts)


def titled(plan: str, names: Mapping[str, str]) -> str:
    """Return a plan's display name, or the word itself where the catalogue has none."""
    return names.get(plan, plan)


def counted(licences: int | None) -> str:
    """Return a number of licences in words that agree with it."""
    if licences is None:
        return say("report.open-count")
    return say("report.one-licence" if licences == 1 else "report.licences", count=licences)


def move(before: Subscription | None, after: Subscription, names: Mapping[str, str]) -> str:
    """Say what becomes what: both plans where they differ, both numbers, and by how much it rises."""
    if before is None:
        return f"{titled(after.plan, names)}, {counted(after.licenses)}"
    plans = titled(after.plan, names)
    if before.plan != after.plan:
        plans = f"{titled(before.plan, names)} -> {plans}"
    if before.licenses == after.licenses or before.licenses is None or after.licenses is None:
        return f"{plans}, {counted(after.licenses)}"
    rise = f" (+{after.licenses - before.licenses})" if after.licenses > before.licenses else ""
    return f"{plans}, {before.licenses} -> {counted(after.licenses)}{rise}"


def _handoff(step: Step, names: Mapping[str, str]) -> str:
    moved = move(step.before, step.after, names)
    if step.before is None:
        found = {finding.id for finding in step.holding}
        return say("report.which" if "ambiguous-subscription" in found else "report.not-live", change=moved)
    fewer = (step.before.licenses or 0) - (step.after.licenses or 0)
    return say("report.fewer", change=moved, count=counted(fewer)) if fewer > 0 else moved

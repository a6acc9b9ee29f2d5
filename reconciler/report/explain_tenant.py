"""A judged tenant in, why it stands where it stands out, as text or plain data: the gravest first, what passed last.

Every check is told with the live facts it relied on, the line that asked, what would make it pass and who can do
that. Of a tenant in sync it is told what is watched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reconciler.change_plan import GRAVITY, Step, Verdict, verdict_of_finding
from reconciler.judged import Judged
from reconciler.messages import say
from reconciler.observe import Fact, Observation, Unknown
from reconciler.relied_on import LiveFact, relied_on
from reconciler.report.document import moment, tenant_document
from reconciler.report.lines import safe, wrapped
from reconciler.report.paint import Paint, Role, palette
from reconciler.report.status_document import standing_document
from reconciler.report.terminal import SIGN_ROLE, VERDICT_ROLE
from reconciler.report.wording import change, left_alone, sign, titled
from reconciler.rules import Effect, Finding, Status
from reconciler.standing import Standing
from reconciler.status import Sync, TenantStatus, pause_told

MARK = {Status.PASS: "ok", Status.FAIL: "no", Status.UNKNOWN: "??", Status.SKIPPED: "--"}
HELD = frozenset({Status.FAIL, Status.UNKNOWN})
STEP, CHECK, HANG = "  ", "    ", "        "


@dataclass(frozen=True, slots=True)
class _View:
    """How it is shown: the look, the plans' display names, the palette, and whether what passed is shown in full."""

    seen: Observation
    names: Mapping[str, str]
    paint: Paint
    verbose: bool


def tenant_text(
    judged: Judged,
    status: TenantStatus,
    names: Mapping[str, str],
    *,
    colour: bool = False,
    verbose: bool = False,
) -> str:
    """Return every check of every step, and of the tenant itself."""
    view = _View(judged.seen, names, palette(colour), verbose)
    plan = judged.plan
    word = view.paint(VERDICT_ROLE[plan.verdict], str(plan.verdict))
    looked = say("explain.looked", at=_at(plan.observed_at))
    declared = say("explain.declared", place=_line_of(plan.place))
    lines = [
        f"{view.paint(Role.NAME, safe(plan.name))}  {safe(plan.tenant)}  {word}",
        *wrapped(f"{declared}, {looked}", STEP, CHECK),
    ]
    if status.pause:
        lines += wrapped(pause_told(status.pause, plan.tenant), STEP, CHECK)
    for due in status.due:
        lines += wrapped(say("explain.next-date", due=say(f"status.{due.what}", at=_at(due.at))), STEP, CHECK)
    lines += _watched(judged, status, view)
    lines += _held(plan.checks, None, view)
    for step in sorted(plan.steps, key=lambda s: GRAVITY.index(s.verdict)):
        lines += ["", *_headline(step, view)]
        lines += [
            line
            for h in status.handoffs
            if h.address == step.address and step.verdict is Verdict.SUPPORT
            for line in wrapped(say("explain.handoff", id=h.id, state=h.state), CHECK, HANG)
        ]
        lines += [*_held(step.checks, step, view), *_at_rest(step.checks, step, view)]
    at_rest = list(_at_rest(plan.checks, None, view))
    if plan.steps and at_rest:
        lines += ["", STEP + say("explain.itself")]
    lines += at_rest
    return "\n".join(lines)


def tenant_explained(judged: Judged, status: TenantStatus) -> dict[str, Any]:
    """Return the same as plain data: the judged tenant, with facts and ``who`` at each check, and what is watched."""
    document = tenant_document(judged.plan)
    document["checks"] = [_told(f, None, judged.seen) for f in judged.plan.checks]
    for told, step in zip(document["steps"], judged.plan.steps, strict=True):
        told["checks"] = [_told(f, step, judged.seen) for f in step.checks]
    more = {
        "sync": str(status.sync),
        "health": str(status.health),
        "pause": pause_told(status.pause, judged.plan.tenant) if status.pause else None,
        "next": [{"what": str(due.what), "at": moment(due.at)} for due in status.due],
        "subscriptions": [standing_document(each) for each in status.subscriptions],
    }
    left_out = {"basis", "drift"}
    return {"format_version": "1.0", **{k: v for k, v in document.items() if k not in left_out}, **more}


def by_gravity(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings the gravest first, then warnings, in the table's order within each."""

    def rank(finding: Finding) -> int:
        verdict = verdict_of_finding(finding)
        warns = finding.effect is Effect.WARN and finding.status in HELD
        return GRAVITY.index(verdict) if verdict is not Verdict.APPLY else len(GRAVITY) + (not warns)

    return sorted(findings, key=rank)


def _headline(step: Step, view: _View) -> list[str]:
    mark = sign(step)
    first, *rest = wrapped(
        f"{step.address}  {step.action}: {change(step, view.names)}", f"{STEP}{mark} ", HANG
    )
    painted = STEP + view.paint(SIGN_ROLE[mark], mark) + first[len(STEP) + len(mark) :]
    return [painted, *rest, *wrapped(say("explain.asked", place=_line_of(step.place)), CHECK, HANG)]


def _held(findings: Sequence[Finding], step: Step | None, view: _View) -> Iterator[str]:
    for finding in by_gravity(findings):
        if finding.status in HELD:
            yield from _in_full(finding, step, view)


def _at_rest(findings: Sequence[Finding], step: Step | None, view: _View) -> Iterator[str]:
    """What passed and what does not concern it, in short unless everything is shown."""
    passed = [f for f in findings if f.status is Status.PASS]
    skipped = [f for f in findings if f.status is Status.SKIPPED]
    if view.verbose:
        for finding in (*passed, *skipped):
            yield from (view.paint(Role.QUIET, line) for line in _in_full(finding, step, view))
        return
    short = [say("explain.passed", rules=", ".join(f.id for f in passed))] if passed else []
    short += [say("explain.skipped", rules=", ".join(f.id for f in skipped))] if skipped else []
    for text in short:
        yield from (view.paint(Role.QUIET, line) for line in wrapped(text, CHECK, HANG))


def _in_full(finding: Finding, step: Step | None, view: _View) -> Iterator[str]:
    effect = f" [{finding.effect}]" if finding.status in HELD else ""
    head = f"{CHECK}{MARK[finding.status]}  {finding.id}{effect}: "
    yield from wrapped(finding.message, head, HANG)
    facts = relied_on(finding.id, step, view.seen)
    if facts:
        told = "; ".join(_fact(fact) for fact in facts)
        yield from wrapped(say("explain.facts", facts=told), HANG, HANG + "  ")
    if finding.remedy:
        yield from wrapped(say("report.next", remedy=finding.remedy), HANG, HANG + "  ")
    if finding.status in HELD:
        yield from wrapped(say("explain.who", who=who_can(finding)), HANG, HANG + "  ")


def who_can(finding: Finding) -> str:
    """Return who can make a check pass that did not."""
    return say("who.unknown") if finding.status is Status.UNKNOWN else say(f"who.{finding.id}")


def _watched(judged: Judged, status: TenantStatus, view: _View) -> Iterator[str]:
    at_rest = [each for each in status.subscriptions if each.verdict is Verdict.IN_SYNC]
    if not at_rest:
        return
    yield ""
    whole = status.sync is Sync.IN_SYNC
    yield STEP + say("explain.in-sync" if whole else "explain.as-declared")
    for each in at_rest:
        yield from wrapped(_standing(each, view), CHECK, HANG)
    if judged.declaration.website and whole:
        yield from wrapped(say("explain.website", domain=judged.declaration.website), CHECK, HANG)
    for live in status.unmanaged:
        yield from wrapped(left_alone(live, view.names), f"{STEP}. ", HANG)


def _standing(each: Standing, view: _View) -> str:
    wanted = each.wanted
    return say(
        "explain.watched",
        address=wanted.name,
        plan=titled(wanted.plan, view.names),
        declared=say("explain.open") if wanted.licenses is None else wanted.licenses,
        live=_number(each.live),
        assigned=_number(each.assigned),
        free=_number(each.free),
        place=_line_of(wanted.place),
    )


def _number(fact: Fact[int] | None) -> object:
    return say("explain.unknown-number") if fact is None or isinstance(fact, Unknown) else fact


def _line_of(place: Any) -> str:
    return f"{place.file}:{place.line}"


def _at(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _fact(fact: LiveFact) -> str:
    if isinstance(fact.value, Unknown):
        return say("explain.fact-unknown", name=fact.name, reason=fact.value.reason)
    return say("explain.fact", name=fact.name, value=_shown(fact.value))


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(item)}" for key, item in value.items()) or say("explain.nothing")
    if isinstance(value, list):
        return ", ".join(map(str, value)) or say("explain.nothing")
    return value if isinstance(value, str) else json.dumps(value)


def _told(finding: Finding, step: Step | None, seen: Observation) -> dict[str, Any]:
    facts = relied_on(finding.id, step, seen)
    return {
        "id": finding.id,
        "status": finding.status.value,
        "effect": finding.effect.value,
        "message": finding.message,
        "remedy": finding.remedy,
        "who": who_can(finding) if finding.status in HELD else None,
        "facts": [_fact_document(fact) for fact in facts],
        "source": list(finding.source),
    }


def _fact_document(fact: LiveFact) -> dict[str, Any]:
    known = not isinstance(fact.value, Unknown)
    reason = fact.value.reason if isinstance(fact.value, Unknown) else None
    return {"name": fact.name, "known": known, "value": fact.value if known else None, "reason": reason}

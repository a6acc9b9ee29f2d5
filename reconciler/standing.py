"""A judged tenant in, how each declared subscription stands out: numbers, what it waits for, and the dates of it.

A number that could not be read is Unknown with the reason, and one of a subscription that is not there is None:
neither is ever 0. Dates are the service's where it names them, else our own store's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum

from reconciler import windows
from reconciler.change_plan import GRAVITY, Verdict, verdict_of_finding
from reconciler.follow import STUCK_AFTER
from reconciler.handoff import OPEN, HandOff
from reconciler.judged import Judged
from reconciler.match import Pair, Problem, match
from reconciler.memory import folded
from reconciler.messages import say
from reconciler.model import DeclaredSubscription, Mode, Suspension
from reconciler.observe import Fact, SwitchState, Unknown
from reconciler.rules import Finding
from reconciler.rules.commerce import conversions
from reconciler.rules.purchase import CREDIT_REVIEW_LASTS

UNDER_WAY = ("ordered", "running")
# Open requests by ("name", its name in the fleet) and ("word", its domain or id).
OpenHandoffs = Mapping[tuple[str, str], Sequence[HandOff]]


class Coming(StrEnum):
    """What happens on a date that is known."""

    CREDIT_REVIEW = "credit-review-overdue"
    STATUS_PAGE = "switch-overdue"
    SUSPENSION = "suspension-ends"
    WINDOW = "window-opens"
    WAIVER = "waiver-ends"
    TRIAL = "trial-converts"


@dataclass(frozen=True, slots=True)
class Due:
    """Something that comes, and when (UTC)."""

    what: Coming
    at: datetime


class PauseKind(StrEnum):
    """Why nothing is written: suspended; a suspension that has ended, so only shown; or only ever shown."""

    SUSPENDED = "suspended"
    ENDED = "ended"
    REPORT = "report-only"


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause of a tenant. ``place``: "file" or "store"; the rest is None for a tenant that is only ever shown."""

    kind: PauseKind
    place: str
    said: Suspension | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One declared subscription beside the live one it means.

    ``live_plan``, ``live``, ``assigned`` and ``free`` are None where nothing live is there to become it. ``free`` is
    never below 0: too many assigned is a conflict, which health tells. ``waits_for`` is a rule's id or "".
    """

    wanted: DeclaredSubscription
    subscription_id: str | None
    live_plan: Fact[str] | None
    live: Fact[int] | None
    assigned: Fact[int] | None
    free: Fact[int] | None
    verdict: Verdict
    waits_for: str
    since: datetime | None
    due: tuple[Due, ...]
    handoffs: tuple[HandOff, ...]


def standings(judged: Judged, handoffs: Sequence[HandOff]) -> tuple[Standing, ...]:
    """Return every declared subscription of a tenant, as declared; ``handoffs`` are the tenant's open ones."""
    pairs = match(judged.declaration, judged.seen, judged.memory)
    return tuple(
        _standing(judged, pair, [h for h in handoffs if h.address == pair.wanted.name]) for pair in pairs
    )


def by_tenant(handoffs: Iterable[HandOff]) -> OpenHandoffs:
    """Sort the open requests of a fleet by whom they are about, once for all its tenants."""
    found: dict[tuple[str, str], list[HandOff]] = {}
    for each in handoffs:
        if each.state in OPEN:
            for key in (("name", each.tenant), ("word", folded(each.word))):
                found.setdefault(key, []).append(each)
    return found


def open_handoffs(judged: Judged, every: OpenHandoffs) -> tuple[HandOff, ...]:
    """Return a tenant's open requests, by its name now or before, or by its domain or id; the oldest first."""
    declaration = judged.declaration
    keys = [
        ("name", declaration.name),
        ("name", declaration.formerly or ""),
        ("word", folded(declaration.tenant)),
    ]
    found = {each.id: each for key in keys for each in every.get(key, ())}
    return tuple(sorted(found.values(), key=lambda each: (each.opened_at, each.id)))


def pause_of(judged: Judged) -> Pause | None:
    """Return what pauses a tenant, None if nothing does or our store can not be asked."""
    declaration, day = judged.declaration, judged.seen.at.astimezone(UTC).date()
    written, stored = declaration.suspend, judged.memory.suspension
    pauses = [Pause(PauseKind.SUSPENDED, "file", written)] if written else []
    if stored and not isinstance(stored, Unknown):
        pauses.append(Pause(PauseKind.SUSPENDED, "store", stored, judged.memory.suspended_since))
    holding = [pause for pause in pauses if pause.said and day < pause.said.until]
    if holding:
        return max(holding, key=lambda pause: pause.said.until if pause.said else day)
    if declaration.mode is Mode.REPORT:
        return Pause(PauseKind.REPORT, "file")
    ended = (Pause(PauseKind.ENDED, p.place, p.said, _midnight(p.said.until)) for p in pauses if p.said)
    return next(ended, None)


def coming(judged: Judged) -> tuple[Due, ...]:
    """Return what is known to come for the tenant as a whole, soonest first."""
    return tuple(sorted(set(_coming(judged)), key=lambda due: (due.at, due.what)))


def switches(judged: Judged) -> tuple[SwitchState, ...]:
    """Return the switches ordered or running in the tenant, as far as they could be read."""
    live = judged.seen.subscriptions
    states = () if isinstance(live, Unknown) else (s.switch for s in live)
    return tuple(s for s in states if not isinstance(s, Unknown) and s.state in UNDER_WAY)


def switch_since(found: Iterable[SwitchState]) -> datetime | None:
    """Return the first sight of a status page, else the first order, None where neither is known."""
    there = tuple(found)
    pages = [s.status_page_since for s in there if not isinstance(s.status_page_since, Unknown)]
    orders = [s.ordered_at for s in there if not isinstance(s.ordered_at, Unknown)]
    return min(pages or orders, default=None)


def _standing(judged: Judged, pair: Pair, handoffs: list[HandOff]) -> Standing:
    verdict, waits_for = _held(judged, pair)
    dues = coming(judged) if verdict is not Verdict.IN_SYNC else ()
    plan, live, assigned = _numbers(pair)
    return Standing(
        wanted=pair.wanted,
        subscription_id=pair.live.id if pair.live else pair.wanted.subscription_id,
        live_plan=plan,
        live=live,
        assigned=assigned,
        free=_free(live, assigned),
        verdict=verdict,
        waits_for=waits_for,
        since=_since(judged, verdict, waits_for, handoffs),
        due=dues,
        handoffs=tuple(handoffs),
    )


def _numbers(pair: Pair) -> tuple[Fact[str] | None, Fact[int] | None, Fact[int] | None]:
    if pair.live:
        return pair.live.plan, pair.live.licenses, pair.live.assigned
    if pair.problem is Problem.ABSENT:
        return None, None, None
    unknown = Unknown(pair.reason or say("status.which"))
    return unknown, unknown, unknown


def _free(live: Fact[int] | None, assigned: Fact[int] | None) -> Fact[int] | None:
    if live is None or assigned is None:
        return None
    if isinstance(live, Unknown):
        return live
    return assigned if isinstance(assigned, Unknown) else max(0, live - assigned)


def _held(judged: Judged, pair: Pair) -> tuple[Verdict, str]:
    """What the gravest of its steps waits for; without any, what holds the tenant, as far as it is about this one."""
    steps = [s for s in judged.plan.steps if s.address == pair.wanted.name]
    if steps:
        step = min(steps, key=lambda s: GRAVITY.index(s.verdict))
        return step.verdict, step.holding[0].id if step.holding else ""
    for finding in judged.plan.checks:
        verdict = verdict_of_finding(finding)
        if verdict in (Verdict.UNKNOWN, Verdict.BLOCKED) and (finding.id != "not-read" or _unread(pair)):
            return verdict, finding.id
    return Verdict.IN_SYNC, ""


def _unread(pair: Pair) -> bool:
    plan, live, _ = _numbers(pair)
    return isinstance(plan, Unknown) or isinstance(live, Unknown)


def _since(judged: Judged, verdict: Verdict, waits_for: str, handoffs: list[HandOff]) -> datetime | None:
    found = _since_rule(judged, waits_for)
    if found is None and verdict is Verdict.SUPPORT:
        return min((h.opened_at for h in handoffs), default=None)
    return found


def _since_rule(judged: Judged, waits_for: str) -> datetime | None:
    if waits_for == "credit-review":
        review = judged.seen.credit_review
        return None if isinstance(review, Unknown) or isinstance(review.since, Unknown) else review.since
    if waits_for == "switch-running":
        return switch_since(switches(judged))
    if waits_for in ("suspended", "report-only"):
        pause = pause_of(judged)
        return pause.since if pause else None
    unsettled = judged.memory.unsettled
    if waits_for == "outcome-unknown" and not isinstance(unsettled, Unknown):
        return min((i.sent_at or i.intended_at for i in unsettled), default=None)
    return None


def _coming(judged: Judged) -> Iterator[Due]:
    """Every date that is still ahead; what is overdue has become a matter of support, and the rules tell it."""
    now, seen = judged.seen.at, judged.seen
    review = seen.credit_review
    if (
        not isinstance(review, Unknown)
        and review.state == "pending"
        and not isinstance(review.since, Unknown)
    ):
        yield from _ahead(now, Coming.CREDIT_REVIEW, review.since + CREDIT_REVIEW_LASTS)
    for switch in switches(judged):
        if not isinstance(switch.status_page_since, Unknown):
            yield from _ahead(now, Coming.STATUS_PAGE, switch.status_page_since + STUCK_AFTER)
    pause = pause_of(judged)
    if pause and pause.said and pause.kind is PauseKind.SUSPENDED:
        yield Due(Coming.SUSPENSION, _midnight(pause.said.until))
    if any(_waits(f, "outside-window") for step in judged.plan.steps for f in step.checks):
        spans = tuple(windows.parse(declared) for declared in judged.declaration.windows)
        opening = windows.next_opening(spans, now)
        yield from _ahead(now, Coming.WINDOW, opening) if opening else ()
    if any(f.id == "trial-converts" for f in judged.plan.warnings):
        for ends in conversions(seen):
            yield from _ahead(now, Coming.TRIAL, ends)
    for waiver in judged.declaration.waivers:
        yield from _ahead(now, Coming.WAIVER, _midnight(waiver.until))


def _ahead(now: datetime, what: Coming, at: datetime) -> Iterator[Due]:
    if at >= now:
        yield Due(what, at.astimezone(UTC))


def _waits(finding: Finding, rule: str) -> bool:
    return finding.id == rule and verdict_of_finding(finding) is Verdict.WAIT


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)

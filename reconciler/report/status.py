"""Where tenants stand in, a table for a terminal out: the worst first, and the totals line last.

A number that is not known is ``?`` and one of a subscription that is not there, or left open in the file, ``-``:
never 0. What would be the same for a healthy tenant in sync is not said; a line below a row tells what is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.change_plan import Verdict
from reconciler.messages import say
from reconciler.observe import Fact, Unknown
from reconciler.overview import Kept, Watched
from reconciler.report.lines import WIDTH, safe, wrapped
from reconciler.report.loops import kept_lines, loop_lines
from reconciler.report.paint import Paint, Role, palette
from reconciler.report.status_document import PastRun, Stopped, verdict_counts, why_unknown
from reconciler.report.terminal import SIGN_ROLE, VERDICT_ROLE
from reconciler.report.tickets import ticket_line
from reconciler.report.wording import left_alone
from reconciler.standing import Coming, Due, Standing
from reconciler.status import Condition, Health, Holds, TenantStatus, pause_told

ORDER = tuple(Verdict)
HEADS = ("TENANT.SUBSCRIPTION", "PLAN", "DECLARED", "LIVE", "ASSIGNED", "FREE", "SYNC", "HEALTH")
NUMBERS = range(2, 6)
LONGEST_PLAN = 14
STEP, BELOW, HANG = "  ", "    ", "      "
MARK = {Holds.TRUE: "ok", Holds.FALSE: "no", Holds.UNKNOWN: "??"}


@dataclass(frozen=True, slots=True)
class Words:
    """The plans' short and full names by key, for a table and for sentences, and whether there are colours."""

    short: Mapping[str, str]
    names: Mapping[str, str]
    colour: bool = False

    @property
    def paint(self) -> Paint:
        """The palette."""
        return palette(self.colour)


Row = tuple[str, ...]


def status_text(
    statuses: Sequence[TenantStatus],
    words: Words,
    stop: Fact[Stopped | None] = None,
    watched: Fact[Watched] | None = None,
) -> str:
    """Return all tenants as a table: a group for each verdict, the gravest first; then who looks after them."""
    ordered = sorted(statuses, key=lambda s: (ORDER.index(s.verdict), s.name))
    rows = {id(s): [(_row(s, each, words), each) for each in s.subscriptions] for s in ordered}
    widths = _widths([row for each in rows.values() for row, _ in each])
    lines = [*_stop_lines(stop, words), *([_line(HEADS, widths), ""] if statuses else [])]
    for verdict in ORDER:
        group = [s for s in ordered if s.verdict is verdict]
        if not group:
            continue
        lines.append(
            words.paint(VERDICT_ROLE[verdict], say("status.group", verdict=verdict, count=len(group)))
        )
        for status in group:
            lines += _tenant_rows(status, rows[id(status)], widths, words)
        lines.append("")
    if watched is not None:
        lines += loop_lines(watched, words.paint)
    return "\n".join([*lines, *_totals(statuses)]) + "\n"


def one_text(
    status: TenantStatus,
    words: Words,
    runs: Fact[Sequence[PastRun]],
    stop: Fact[Stopped | None] = None,
    kept: Fact[Kept | None] = None,
    watched: Fact[Watched] | None = None,
) -> str:
    """Return one tenant in full: subscriptions, conditions, what the loop keeps, dates, hand-offs and last runs."""
    rows = [(_row(status, each, words), each) for each in status.subscriptions]
    widths = _widths([row for row, _ in rows])
    head = f"{words.paint(Role.NAME, safe(status.name))}  {safe(status.tenant)}  "
    head += words.paint(VERDICT_ROLE[status.verdict], str(status.verdict))
    told = say(
        "status.declared-at", place=f"{status.place.file}:{status.place.line}", at=_at(status.observed_at)
    )
    former = say("status.formerly", name=status.formerly) + "; " if status.formerly else ""
    blocks = [
        [*_stop_lines(stop, words), head, *wrapped(former + told, "  ", HANG)],
        [say("status.head-subscriptions"), _line(HEADS, widths), *_tenant_rows(status, rows, widths, words)]
        + [
            line for live in status.unmanaged for line in wrapped(left_alone(live, words.names), "  . ", HANG)
        ],
        [say("status.head-conditions"), *(line for c in status.conditions for line in _condition(c, words))],
        [say("status.head-loop"), *kept_lines(kept, watched or Unknown(""), words.paint)],
        [say("status.head-next"), *(line for due in status.due for line in wrapped(_due(due), "  ", HANG))],
        [say("status.head-handoffs"), *_handoff_lines(status)],
        [say("status.head-runs"), *_run_lines(runs)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if len(block) > 1) + "\n"


def _tenant_rows(
    status: TenantStatus, rows: Sequence[tuple[Row, Standing]], widths: Sequence[int], words: Words
) -> Iterator[str]:
    if not rows:
        yield f"{safe(status.name)}  " + say("status.nothing-declared")
    for row, standing in rows:
        yield from _fitted(row, widths)
        for text in _beside(standing, words):
            yield from (words.paint(Role.QUIET, line) for line in wrapped(text, BELOW, HANG))
    for text in _of_the_tenant(status):
        yield from (words.paint(Role.QUIET, line) for line in wrapped(text, BELOW, HANG))


def _row(status: TenantStatus, each: Standing, words: Words) -> Row:
    declared = "-" if each.wanted.licenses is None else str(each.wanted.licenses)
    label = f"{status.name}.{each.wanted.name}"
    numbers = (declared, _number(each.live), _number(each.assigned), _number(each.free))
    return (safe(label), _plans(each, words), *numbers, str(status.sync), str(status.health))


def _number(fact: Fact[int] | None) -> str:
    return "-" if fact is None else "?" if isinstance(fact, Unknown) else str(fact)


def _plans(each: Standing, words: Words) -> str:
    """The live plan and the declared one, by their short names; a word the catalogue does not have is told below."""
    wanted = words.short.get(each.wanted.plan, each.wanted.plan)
    if each.live_plan is None or each.live_plan == each.wanted.plan:
        return wanted
    live = "?" if isinstance(each.live_plan, Unknown) else words.short.get(each.live_plan, "?")
    said = f"{live} -> {wanted}"
    return said if len(said) <= LONGEST_PLAN else wanted


def _widths(rows: Sequence[Row]) -> list[int]:
    """As wide as what stands there; what the first column lacks then, a long name has a line of its own for."""
    widths = [max(len(row[column]) for row in (HEADS, *rows)) for column in range(len(HEADS))]
    widths[0] = min(widths[0], max(len(HEADS[0]), WIDTH - sum(widths[1:]) - 2 * (len(HEADS) - 1)))
    return widths


def _fitted(row: Row, widths: Sequence[int]) -> Iterator[str]:
    if len(row[0]) <= widths[0]:
        yield _line(row, widths)
        return
    yield row[0]
    yield _line(("", *row[1:]), widths)


def _line(row: Row, widths: Sequence[int]) -> str:
    cells = (
        cell.rjust(width) if column in NUMBERS else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()


def _beside(each: Standing, words: Words) -> Iterator[str]:
    """What one subscription waits for, since when, what comes next, and what is not known of it."""
    parts = []
    if each.waits_for:
        parts.append(
            say("status.waits" if each.verdict is Verdict.WAIT else "status.held", rule=each.waits_for)
        )
    if each.since:
        parts.append(say("status.since", at=_at(each.since)))
    if each.handoffs:
        ids = ", ".join(h.id for h in each.handoffs)
        one = len(each.handoffs) == 1
        parts.append(
            say("status.one-handoff" if one else "status.handoffs", count=len(each.handoffs), ids=ids)
        )
    if parts:
        yield ", ".join(parts)
    if isinstance(each.live_plan, str) and each.live_plan not in words.short:
        yield say("status.live-plan", word=each.live_plan)
    unknown = why_unknown(each)
    for why in dict.fromkeys(unknown.values()):
        names = ", ".join(name for name, reason in unknown.items() if reason == why)
        yield say("status.why-unknown", names=names, why=why)
    # When a suspension ends is told with the suspension.
    yield from (_due(due) for due in each.due[:1] if due.what is not Coming.SUSPENSION)


def _of_the_tenant(status: TenantStatus) -> Iterator[str]:
    if status.pause:
        yield pause_told(status.pause, status.tenant)
    if status.health in (Health.DEGRADED, Health.UNKNOWN):
        yield say("status.ails", why="; ".join(status.ails))
    there = {each.wanted.name for each in status.subscriptions}
    others = [h for h in status.handoffs if h.address not in there]
    if others:
        ids = ", ".join(h.id for h in others)
        yield say("status.one-handoff" if len(others) == 1 else "status.handoffs", count=len(others), ids=ids)


def _condition(condition: Condition, words: Words) -> list[str]:
    role = {Holds.TRUE: Role.QUIET, Holds.FALSE: Role.BAD, Holds.UNKNOWN: Role.UNKNOWN}[condition.holds]
    text = f"{condition.name}: {condition.message}"
    if condition.since:
        text += " (" + say("status.since", at=_at(condition.since)) + ")"
    return [words.paint(role, line) for line in wrapped(text, f"  {MARK[condition.holds]}  ", HANG)]


def _due(due: Due) -> str:
    return say(f"status.{due.what}", at=_at(due.at))


def _handoff_lines(status: TenantStatus) -> Iterator[str]:
    for each in status.handoffs:
        facts = {"id": each.id, "kind": each.kind, "address": each.address, "state": each.state}
        said = (say("status.handoff", at=_at(each.opened_at), **facts), ticket_line(each))
        yield from wrapped("; ".join(part for part in said if part), "  ", HANG)


def _run_lines(runs: Fact[Sequence[PastRun]]) -> Iterator[str]:
    if isinstance(runs, Unknown):
        yield from wrapped(say("status.runs-unknown", why=runs.reason), "  ", HANG)
        return
    if not runs:
        yield from wrapped(say("status.no-runs"), "  ", HANG)
    for run in runs:
        facts = {"at": _at(run.last_at), "verdict": run.verdict, "summary": run.summary}
        key = "status.run" if run.times == 1 else "status.run-times"
        yield from wrapped(say(key, times=run.times, first=_at(run.first_at), **facts), "  ", HANG)


def _stop_lines(stop: Fact[Stopped | None], words: Words) -> list[str]:
    if stop is None:
        return []
    if isinstance(stop, Unknown):
        text = say("status.stop-unknown", why=stop.reason)
    else:
        text = say("status.stopped", at=_at(stop.at), reason=stop.reason, owner=stop.owner)
    return [*(words.paint(SIGN_ROLE["!"], line) for line in wrapped(text, "", "  ")), ""]


def _totals(statuses: Sequence[TenantStatus]) -> list[str]:
    """The last lines: requests that are open, and how many tenants stand where."""
    found = verdict_counts(statuses).items()
    counts = ", ".join(say("status.count", count=count, verdict=word) for word, count in found if count)
    handoffs = sum(s.open_handoffs for s in statuses)
    key = {0: "status.total-none", 1: "status.total-one"}.get(len(statuses), "status.total")
    lines = wrapped(say("status.open-handoffs", count=handoffs), "", STEP) if handoffs else []
    return [*lines, *wrapped(say(key, tenants=len(statuses), counts=counts), "", STEP)]


def _at(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")

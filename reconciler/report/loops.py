"""What the loops on a store keep in, what ``status`` tells of it out: lines of text, and plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from reconciler.messages import say
from reconciler.observe import Fact, Unknown
from reconciler.overview import Kept, Loop, Source, Watched
from reconciler.readiness import Condition, Type
from reconciler.report.document import moment
from reconciler.report.lines import wrapped
from reconciler.report.paint import Paint, Role
from reconciler.status import Holds

HANG, BELOW = "  ", "    "
COMMIT = 12


def loop_lines(watched: Fact[Watched], paint: Paint) -> list[str]:
    """Return who looks after the tenants: each loop, where it reads, what holds it, and how many are late."""
    if isinstance(watched, Unknown):
        return wrapped(say("status.loops-unknown", why=watched.reason), "", HANG)
    running = watched.running
    if not running:
        last = max((loop.beat_at for loop in watched.loops), default=None)
        return wrapped(say("status.loops-ended", at=_at(last)) if last else say("status.no-loop"), "", HANG)
    lines: list[str] = []
    for loop in running:
        role = Role.BAD if loop.silent(watched.now) or loop.breaker != "closed" else Role.QUIET
        lines += (paint(role, line) for line in wrapped(_loop(loop, watched.now), "", HANG))
    for source in watched.sources:
        lines += _source(source, paint)
    if watched.late:
        key = "status.one-late" if watched.late == 1 else "status.late"
        lines += (paint(Role.BAD, line) for line in wrapped(say(key, count=watched.late), "", HANG))
    return lines


def kept_lines(kept: Fact[Kept | None], watched: Fact[Watched], paint: Paint) -> Iterator[str]:
    """Yield what the loop keeps of one tenant: its conditions, the last pass and the next."""
    if isinstance(kept, Unknown):
        yield from wrapped(say("status.loops-unknown", why=kept.reason), "  ", BELOW)
        return
    if kept is None:
        return
    row = kept.row
    for each in kept.conditions:
        told = say("status.kept-condition", type=each.type, status=each.status, at=_at(each.since))
        yield from (paint(_role(each), line) for line in wrapped(told, "  ", BELOW))
    yield from wrapped(_reason(kept), "  ", BELOW)
    facts = {"at": _at(row.observed_at), "due": _at(row.due_at), "failures": row.failures}
    if isinstance(watched, Watched) and not watched.running:
        yield from wrapped(say("status.kept-alone", **facts), "  ", BELOW)
        return
    yield from wrapped(say("status.kept-failing" if row.failures else "status.kept", **facts), "  ", BELOW)


def watched_document(watched: Fact[Watched]) -> dict[str, object]:
    """Return the members of the status that tell of loops; null where they can not be read."""
    if isinstance(watched, Unknown):
        return {"loops": None, "sources": None, "late": None}
    return {
        "loops": [_plain(asdict(loop)) for loop in watched.loops],
        "sources": [_plain(asdict(source)) for source in watched.sources],
        "late": watched.late,
    }


def kept_document(kept: Fact[Kept | None]) -> dict[str, object] | None:
    """Return what the loop keeps of one tenant; None where it keeps nothing, or that can not be read."""
    if kept is None or isinstance(kept, Unknown):
        return None
    row = kept.row
    return {
        "fleet": row.fleet,
        "state": str(row.state),
        "reason": row.reason,
        "conditions": conditions_document(kept.conditions),
        "commit": row.commit,
        "observed_at": moment(row.observed_at),
        "due_at": moment(row.due_at),
        "failures": row.failures,
    }


def conditions_document(conditions: Sequence[Condition]) -> list[dict[str, object]]:
    """Return the conditions as plain data, in order."""
    return [
        {
            "type": str(each.type),
            "status": str(each.status),
            "reason": each.reason,
            "message": each.message,
            "since": moment(each.since),
            "commit": each.commit,
        }
        for each in conditions
    ]


def _loop(loop: Loop, now: datetime) -> str:
    facts = {"holder": loop.holder, "ago": _ago(now - loop.beat_at)}
    if loop.silent(now):
        return say("status.loop-silent", **facts)
    told = say("status.loop-writes" if loop.writes else "status.loop-reports", **facts)
    return told if loop.breaker == "closed" else f"{told} {say('status.loop-breaker')}"


def _source(source: Source, paint: Paint) -> Iterator[str]:
    facts = {"where": source.where, "at": _at(source.read_at), "tenants": source.tenants}
    if source.commit:
        told = say("status.source-commit", commit=_short(source.commit), **facts)
    else:
        told = say("status.source", **facts)
    yield from (paint(Role.QUIET, line) for line in wrapped(told, "", HANG))
    for problem in filter(None, (source.stopped and say("loop.stopped", why=source.stopped), source.problem)):
        yield from (paint(Role.BAD, line) for line in wrapped(problem, "  ", BELOW))


def _reason(kept: Kept) -> str:
    """The reason, which all three share, and what they say of it, each thing once."""
    telling = (each for each in kept.conditions if each.type is Type.READY or each.status is not Holds.FALSE)
    told = f"{kept.row.reason}: " + " ".join(dict.fromkeys(each.message for each in telling))
    commit = next((each.commit for each in kept.conditions if each.commit), None)
    return f"{told} {say('status.kept-commit', commit=_short(commit))}" if commit else told


def _role(condition: Condition) -> Role:
    if condition.status is Holds.UNKNOWN:
        return Role.UNKNOWN
    bad = {Type.READY: Holds.FALSE, Type.STALLED: Holds.TRUE}.get(condition.type)
    return Role.BAD if condition.status is bad else Role.QUIET


def _short(commit: str) -> str:
    """The first letters, and the sign that files differ from it."""
    return commit[:COMMIT] + ("+" if commit.endswith("+") else "")


def _ago(length: timedelta) -> str:
    seconds = max(0, round(length.total_seconds()))
    for most, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < most:
            return f"{seconds // size} {unit}"
    return f"{seconds // 86_400} d"


def _plain(facts: dict[str, object]) -> dict[str, object]:
    """Return facts as plain data; what says nothing is null."""
    plain = {name: moment(value) if isinstance(value, datetime) else value for name, value in facts.items()}
    return {name: None if value == "" else value for name, value in plain.items()}


def _at(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")

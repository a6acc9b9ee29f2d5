"""The drift of a fleet in, one comment or issue text out: totals, what nobody asked for, the same change once.

The first line is a mark by which the text can be found again and edited in place; see ``markdown`` for the limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from reconciler.drift.grouping import Group, grouped
from reconciler.drift.values import DriftReport, Finding
from reconciler.messages import say
from reconciler.report.drift import FleetDrift, advice, sentence
from reconciler.report.fitting import Section, fitted
from reconciler.report.markdown import LIMIT, shown
from reconciler.report.marking import LONGEST_NAME, code, prose
from reconciler.report.marking import sentence as marked
from reconciler.report.preface import drift_preface

MARK = "<!-- reconciler:drift -->"
FEW = 20

Lists = Callable[[DriftReport], Iterable[Finding]]


def drift_markdown(drift: FleetDrift, names: Mapping[str, str]) -> str:
    """Return the drift of a fleet as Markdown of less than 60,000 characters."""
    totals = say("drift.totals", **drift.summary)
    head = [MARK, f"### {say('review.drift-title')}", f"**{totals}**", *_header(drift)]
    groups = grouped([(r, r.drift) for r in drift.reports])
    sections = [
        _broken(drift),
        _unread(drift),
        Section(say("review.drift"), tuple(_group(g, names) for g in groups)),
    ]
    rest: tuple[tuple[str, Lists], ...] = (
        ("review.unconfirmed", lambda r: r.unconfirmed),
        ("review.under-way", lambda r: r.under_way),
        ("review.gone", lambda r: r.gone),
        ("review.wanted", lambda r: r.wanted),
    )
    for key, of in rest:
        told = grouped([(r, of(r)) for r in drift.reports])
        sections.append(Section(say(key), tuple(_brief(g, names) for g in told)))
    room = LIMIT - sum(len(block) + 2 for block in head) - 1
    parts = [
        shown(fits, open_=index < 3)
        for index, fits in enumerate(fitted(sections, room))
        if fits.section.entries
    ]
    return "\n\n".join([*head, *parts]) + "\n"


def _header(drift: FleetDrift) -> list[str]:
    """The lines under the totals: what limits what is said."""
    quiet = [] if drift.drifted or drift.unread or drift.problems else [say("drift.none")]
    return [*quiet, *(f"> {prose(line)}" for line in drift_preface(drift))]


def _broken(drift: FleetDrift) -> Section:
    lines = [
        f"* {code(str(p.place), 2 * LONGEST_NAME)} **{prose(p.code)}**: {prose(p.message)}"
        for p in drift.problems
    ]
    return Section(say("review.broken"), tuple(lines))


def _unread(drift: FleetDrift) -> Section:
    lines = []
    for report in sorted(drift.reports, key=lambda r: (r.name, r.file)):
        for lost in report.unread:
            fact = f"{lost.address}.{lost.field}" if lost.address else lost.field
            lines.append(
                f"* {code(report.name)} {prose(say('review.not-read', facts=fact, reason=lost.reason))}"
            )
    return Section(say("review.unknown"), tuple(lines))


def _brief(group: Group, names: Mapping[str, str]) -> str:
    many = len(group.members) > 1
    return f"* {_who(group)} {prose(sentence(group.first, names, many=many))}"


def _group(group: Group, names: Mapping[str, str]) -> str:
    """A change with whose doing it is, where, since when it is known, and what to do."""
    first = group.first
    known = "" if first.reported_at is None else f", {say('review.seen-before', since=first.reported_at)}"
    place = first.place
    where = "" if place is None or len(group.members) > 1 else f" ({code(f'{place.file}:{place.line}', 240)})"
    line = f"{_brief(group, names)}{where}: **{first.kind}**{known}"
    return f"{line}\n  * {say('review.next', remedy=marked(advice(first, names)))}"


def _who(group: Group) -> str:
    spans: Sequence[str] = [code(name) for name in group.tenants]
    if len(group.members) == 1 and group.first.address:
        return code(f"{group.tenants[0]}.{group.first.address}", 2 * LONGEST_NAME)
    if len(spans) <= FEW:
        return ", ".join(spans)
    return say("review.as-named", names=", ".join(spans[:FEW]), count=len(spans) - FEW)

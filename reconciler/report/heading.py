"""A change plan in, what has to be said before its steps out: what it leaves out, whose policy holds, how old it is.

Every rendering begins with these sentences, so that a part of a fleet is never taken for all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from reconciler.at_rest import MOST_NAMED
from reconciler.change_plan import ChangePlan, OldSnapshot, Since
from reconciler.messages import say

SHORT = 12
# A folder that went missing would else bury the change plan; the document names all of them.
MOST_GONE = 20


class Tone(StrEnum):
    """How a sentence is meant: as a fact, or as a warning."""

    FACT = "fact"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Heading:
    """One sentence above the steps."""

    tone: Tone
    text: str


def headings(plan: ChangePlan) -> tuple[Heading, ...]:
    """Return the sentences, in the order they are read; none for a change plan of a whole fleet as it is."""
    return (*_supposed(plan), *_part(plan), *_policy(plan), *_snapshots(plan))


def told_since(plan: ChangePlan, *, every: bool) -> tuple[str, ...]:
    """Return what changed in the files since the ref and changes nothing live; of many that are gone the first."""
    since = plan.source.since
    if since is None:
        return ()
    told = {r.now for r in plan.renamed}
    renamed = [
        say("report.since-renamed", ref=since.ref, before=r.before, now=r.now)
        for r in since.renamed
        if r.now not in told
    ]
    moved = [
        say("report.since-moved", ref=since.ref, tenant=m.tenant, before=m.before, now=m.now)
        for m in since.moved
    ]
    return (*renamed, *moved, *_gone(since, every=every))


def _supposed(plan: ChangePlan) -> Iterator[Heading]:
    if plan.source.what_if:
        yield Heading(Tone.WARNING, say("report.what-if", supposed=", ".join(plan.source.what_if)))


def _part(plan: ChangePlan) -> Iterator[Heading]:
    since = plan.source.since
    if since is None:
        if plan.source.partial:
            yield Heading(Tone.FACT, say("report.partial"))
        return
    facts = {"ref": since.ref, "commit": since.commit[:SHORT]}
    if plan.size < since.changed:
        yield Heading(Tone.FACT, say("report.since-selected", **facts))
    else:
        count = since.changed + since.unchanged
        yield Heading(Tone.FACT, say("report.since", changed=since.changed, all=count, **facts))
    for one in since.unread:
        yield Heading(Tone.WARNING, say("report.since-unread", file=one.file, ref=since.ref, why=one.why))


def _policy(plan: ChangePlan) -> Iterator[Heading]:
    policy = plan.source.policy
    if policy is None:
        return
    yield Heading(Tone.FACT, say("report.policy", ref=policy.ref, commit=policy.commit[:SHORT]))
    # What does not count of tenants that are not in this change plan is no news here.
    there = {t.name for t in plan.tenants}
    for one in policy.not_counted:
        if one.tenant in there:
            yield Heading(Tone.WARNING, say("report.not-counted", tenant=one.tenant, message=one.message))


def _snapshots(plan: ChangePlan) -> Iterator[Heading]:
    old = plan.old_snapshots
    if not old:
        return
    ages = ", ".join(_aged(one) for one in old[:MOST_NAMED])
    count = plan.old_looks
    if count > MOST_NAMED:
        ages = say("report.snapshot-more", ages=ages, count=count - MOST_NAMED)
    key = "report.snapshot-old-one" if count == 1 else "report.snapshot-old"
    yield Heading(Tone.WARNING, say(key, count=count, ages=ages))


def _aged(one: OldSnapshot) -> str:
    return say("report.snapshot-age", tenant=one.tenant, age=age_told(one.age))


def age_told(age: timedelta) -> str:
    """Return a length of time as people say it, in days and hours; what is left over is not counted."""
    hours = age // timedelta(hours=1)
    return (
        say("report.days", days=hours // 24, hours=hours % 24)
        if hours >= 24
        else say("report.hours", hours=hours)
    )


def _gone(since: Since, *, every: bool) -> Iterator[str]:
    shown = since.gone if every or len(since.gone) <= MOST_GONE else since.gone[:MOST_GONE]
    for name in shown:
        yield say("report.since-gone", ref=since.ref, name=name)
    if len(shown) < len(since.gone):
        yield say("report.since-gone-more", ref=since.ref, count=len(since.gone) - len(shown))

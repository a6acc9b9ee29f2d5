"""The plain data kept of a tenant in, what its page shows out: subscriptions, steps, checks, findings, dates.

The data may be of an older or a newer version of this tool, so a member that is missing is not known, never an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reconciler.messages import SENTENCES

Data = Mapping[str, Any]
FINE = ("pass", "skipped")


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that happens on a date that is known."""

    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Check:
    """One check with its answer. ``holds``: it keeps the step from being done, or warns."""

    id: str
    status: str
    effect: str
    message: str
    remedy: str
    who: str
    source: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether there is something to do or to know about it."""
        return self.status not in FINE


@dataclass(frozen=True, slots=True)
class Side:
    """A plan and a number of licences, each None where it is not known or not asked for."""

    plan: str | None
    licenses: int | None


@dataclass(frozen=True, slots=True)
class StepKept:
    """One thing to be done, and every check of it."""

    address: str
    action: str
    verdict: str
    one_way: bool
    before: Side | None
    after: Side
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Subscribed:
    """One declared subscription beside the live one; ``there``: something live is there for it."""

    address: str
    id: str
    declared: Side
    live: Side
    assigned: int | None
    free: int | None
    there: bool
    unknown: str
    waits_for: str
    since: datetime | None
    coming: tuple[Coming, ...]

    @property
    def same_plan(self) -> bool:
        """Whether the live plan is the declared one."""
        return self.declared.plan == self.live.plan

    @property
    def same_licenses(self) -> bool:
        """Whether the live number is the declared one, or any will do."""
        return self.declared.licenses in (None, self.live.licenses)


@dataclass(frozen=True, slots=True)
class Looked:
    """One thing that should be so, and is, is not, or can not be told."""

    name: str
    holds: str
    message: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """A change nobody asked for."""

    cause: str
    message: str
    advice: str
    first: datetime | None
    last: datetime | None


def subscriptions(document: Data) -> tuple[Subscribed, ...]:
    """Return each declared subscription."""
    return tuple(_subscribed(each) for each in rows(of(document, "status"), "subscriptions"))


def steps(document: Data) -> tuple[StepKept, ...]:
    """Return what is to be done."""
    return tuple(_step(each) for each in rows(of(document, "plan"), "steps"))


def tenant_checks(document: Data) -> tuple[Check, ...]:
    """Return the checks of the tenant itself."""
    return _checks(of(document, "plan"))


def looked(document: Data) -> tuple[Looked, ...]:
    """Return everything that was looked at, what is not as it should be first."""
    found = [
        Looked(text(each, "name"), text(each, "status"), text(each, "message"), moment(each, "since"))
        for each in rows(of(document, "status"), "conditions")
    ]
    order = {"false": 0, "unknown": 1}
    return tuple(sorted(found, key=lambda each: order.get(each.holds, 2)))


def drift(document: Data) -> tuple[Found, ...]:
    """Return the confirmed changes nobody asked for."""
    data = of(document, "drift")
    return tuple(
        Found(
            cause,
            text(each, "message"),
            text(each, "advice"),
            moment(each, "first_seen"),
            moment(each, "last_seen"),
        )
        for cause in ("outside", "service")
        for each in rows(data, cause)
    )


def unmanaged(document: Data) -> tuple[Side, ...]:
    """Return what is live and declared by nobody."""
    return tuple(_side(each) for each in rows(of(document, "plan"), "unmanaged"))


def coming(data: Data) -> tuple[Coming, ...]:
    """Return the next dates of a tenant's or a subscription's status, the nearest first."""
    found = [(text(each, "what"), moment(each, "at")) for each in rows(data, "next")]
    return tuple(sorted((Coming(what, at) for what, at in found if at), key=lambda each: each.at))


def of(data: Data, name: str) -> Data:
    """Return a member that is an object."""
    found = data.get(name)
    return found if isinstance(found, Mapping) else {}


def rows(data: Data, name: str) -> Iterator[Data]:
    """Yield the objects of a member that is a list."""
    found = data.get(name)
    return (each for each in found if isinstance(each, Mapping)) if isinstance(found, Sequence) else iter(())


def text(data: Data, name: str) -> str:
    """Return a member that is text, "" where there is none."""
    found = data.get(name)
    return found if isinstance(found, str) else ""


def whole(data: Data, name: str) -> int | None:
    """Return a member that is a number."""
    found = data.get(name)
    return found if isinstance(found, int) else None


def moment(data: Data, name: str) -> datetime | None:
    """Return a member that is a time."""
    try:
        at = datetime.fromisoformat(text(data, name))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _subscribed(data: Data) -> Subscribed:
    unknown = of(data, "unknown")
    live = Side(text(data, "live_plan") or None, whole(data, "live"))
    return Subscribed(
        address=text(data, "address"),
        id=text(data, "subscription_id"),
        declared=Side(text(data, "plan") or None, whole(data, "declared")),
        live=live,
        assigned=whole(data, "assigned"),
        free=whole(data, "free"),
        there=bool(unknown) or live != Side(None, None),
        unknown="; ".join(dict.fromkeys(str(reason) for reason in unknown.values())),
        waits_for=text(data, "waits_for"),
        since=moment(data, "since"),
        coming=coming(data),
    )


def _step(data: Data) -> StepKept:
    before = data.get("before")
    return StepKept(
        address=text(data, "address"),
        action=text(data, "action"),
        verdict=text(data, "verdict"),
        one_way=data.get("irreversible") is True,
        before=_side(before) if isinstance(before, Mapping) else None,
        after=_side(of(data, "after")),
        checks=_checks(data),
    )


def _side(data: Data) -> Side:
    return Side(text(data, "plan") or None, whole(data, "licenses"))


def _checks(data: Data) -> tuple[Check, ...]:
    return tuple(
        Check(
            id=text(each, "id"),
            status=text(each, "status"),
            effect=text(each, "effect"),
            message=text(each, "message"),
            remedy=text(each, "remedy"),
            who=SENTENCES.get(f"who.{text(each, 'id')}", ""),
            source=tuple(str(word) for word in each.get("source") or ()),
        )
        for each in rows(data, "checks")
    )

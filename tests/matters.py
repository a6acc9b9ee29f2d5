"""Small factories of what the loop keeps, for tests of notices: what matters to the test is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from plans import NAMES, tenant

from reconciler.change_plan import TenantPlan
from reconciler.drift.values import DriftReport
from reconciler.handoff import HandOff, HandoffState
from reconciler.notices import Change, Kind, Look, Matter, Notice, Word
from reconciler.notices.delivering import Posting, Result, Sent
from reconciler.notices.digesting import Digest
from reconciler.overview import Event, Kept, Loop, Row, Source, state_of
from reconciler.readiness import Trouble, conditions_of
from reconciler.report.document import tenant_document
from reconciler.report.drift import FleetDrift
from reconciler.report.drift_document import drift_document

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NORWAY = {"region": "norway"}


def kept(
    plan: TenantPlan | None = None,
    *,
    trouble: Trouble | None = None,
    drift: DriftReport | None = None,
    pause: Mapping[str, Any] | None = None,
    fleet: str = "fleet",
    labels: Mapping[str, str] = NORWAY,
    read: bool = True,
) -> Kept:
    """What the loop keeps of a tenant after a pass. ``read``: its drift was looked at."""
    judged = plan or tenant("fabrikam")
    conditions = conditions_of(judged, writes=True, trouble=trouble, before=(), at=AT, commit="abc")
    row = Row(
        fleet,
        judged.name,
        judged.tenant,
        labels,
        str(judged.verdict),
        "in-sync",
        "healthy",
        state_of(conditions, judged.verdict),
        conditions[0].reason,
        "",
        AT,
        (),
        1,
        1,
        0,
        0,
        0,
        "abc",
        AT,
        AT + HOUR,
    )
    report = drift or DriftReport(judged.name, judged.tenant, "f.yaml", AT)
    told = drift_document(FleetDrift((report,), ()), backend="simulator", names=NAMES, recorded=True)
    document = {"plan": tenant_document(judged), "status": {"pause": pause}, "drift": told["tenants"][0]}
    return Kept(row, conditions, document if read else {**document, "drift": None})


def request(
    id_: str = "a1b2", state: HandoffState = HandoffState.PREPARED, kind: str = "remove-licenses"
) -> HandOff:
    before, after = {"plan": "p", "licenses": 42}, {"plan": "p", "licenses": 20}
    why = "42 licences are bought, 20 are declared"
    word = "fabrikam.onmicrosoft.com"
    return HandOff(id_, kind, "fabrikam", word, "main", "s-1", before, after, why, AT, state=state)


def event(what: str = "done", action: str = "add", *, at: datetime = AT, request_id: str = "r-1") -> Event:
    before, after = {"plan": "e3", "licenses": 20}, {"plan": "e3", "licenses": 42}
    return Event(at, what, "main", action, before, after, request_id, "abc", "")


def source(**members: Any) -> Source:
    return Source(
        **{
            "fleet": "fleet",
            "where": "git",
            "branch": "main",
            "commit": "abc",
            "read_at": AT,
            "tenants": 3,
            **members,
        }
    )


def loop(**members: Any) -> Loop:
    return Loop(
        **{
            "id": "l",
            "holder": "h",
            "version": "1",
            "writes": True,
            "backend": "simulator",
            "started_at": AT,
            "beat_at": AT,
            "state": "running",
            **members,
        }
    )


def matter(
    kind: Kind = Kind.STALLED,
    reason: str = "RoleMissing",
    *,
    tenant: str = "fabrikam",
    subject: str = "",
    fleet: str = "fleet",
    labels: Mapping[str, str] = NORWAY,
    sentence: str = "The operator has no role that may switch plans.",
    remedy: str = "",
) -> Matter:
    return Matter(Word(kind, reason), fleet, tenant, subject, labels, sentence, remedy)


def look(*matters: Matter, tenant: str = "fabrikam", fleet: str = "fleet") -> Look:
    return Look(fleet, tenant, matters)


def notice(
    change: Change = Change.OPENED, what: Matter | None = None, at: datetime = AT, **members: Any
) -> Notice:
    return Notice(change, what or matter(), at, members.pop("opened_at", at), **members)


def posting(
    contents: Notice | Digest | None = None,
    receiver: str = "ops",
    attempts: int = 0,
    created_at: datetime = AT,
) -> Posting:
    told = contents or notice()
    thread = told.matter.key.thread if isinstance(told, Notice) else "digest"
    return Posting(told.id, receiver, told, created_at, thread, attempts)


@dataclass
class Carrier:
    """A sender that remembers; ``answers`` are given in order, and then everything is taken."""

    answers: list[Sent] = field(default_factory=list)
    sent: list[Posting] = field(default_factory=list)

    def send(self, posting: Posting) -> Sent:
        self.sent.append(posting)
        return self.answers.pop(0) if self.answers else Sent()


def fates(results: Sequence[Result]) -> list[str]:
    return [str(result.fate) for result in results]

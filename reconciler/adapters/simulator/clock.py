"""A moment in, all that is due until then done in its order: the clock moves in no other way."""

from __future__ import annotations

from datetime import datetime

from reconciler.adapters.simulator import switching
from reconciler.adapters.simulator.moods import SWITCHING, Moods
from reconciler.adapters.simulator.record import Record
from reconciler.adapters.simulator.session import Event, Session
from reconciler.catalogue import Catalogue


def pass_time(session: Session, until: datetime, catalogue: Catalogue) -> None:
    """Move the clock on to ``until``; what happens on the way may make more things due on the way."""
    while (event := session.take_due(until)) is not None:
        session.now = max(session.now, event.due)
        record = session.record(event.tenant)
        if record is not None:
            session.schedule(_happen(session, record, event, catalogue))
            session.save([record])
    session.now = max(session.now, until)


def _happen(session: Session, record: Record, event: Event, catalogue: Catalogue) -> list[Event]:
    name = event.subscription or ""
    if event.kind == switching.GRANT:
        return switching.grant(record, event.due, catalogue)
    if event.kind == switching.START:
        return switching.start(record, name, event.due)
    if event.kind == switching.REASSIGN:
        switching.reassign(record, name, event.due)
    if event.kind == switching.COMPLETE:
        _end_switch(Moods(session, record.name), record, event, catalogue)
    if event.kind == switching.VISIBLE:
        record.hidden["views"] = record.hidden.get("views", [])[1:]
    return []


def _end_switch(mood: Moods, record: Record, event: Event, catalogue: Catalogue) -> None:
    name = event.subscription or ""
    if mood.take("switch-hangs", SWITCHING):
        return
    if mood.take("switch-fails", SWITCHING):
        switching.fail(record, name, event.due)
        return
    switching.complete(record, name, catalogue, event.due)

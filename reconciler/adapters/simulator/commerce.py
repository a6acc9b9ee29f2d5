"""Calls in, replies out: orders, licences, reviews, switches, and a clock that moves only when it is told to.

One request is one transaction. What becomes of a write stands in ``writes``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from reconciler.adapters.simulator import moods, portal, switching, tickets
from reconciler.adapters.simulator.clock import pass_time
from reconciler.adapters.simulator.moods import INQUIRE, LICENSES, ORDER, Fault, Moods
from reconciler.adapters.simulator.record import Record, held, instant, live_state, plan_of
from reconciler.adapters.simulator.session import Call, Event, Session
from reconciler.adapters.simulator.sight import see
from reconciler.adapters.simulator.storage import Storage
from reconciler.adapters.simulator.writes import ADMINISTRATOR, PORTAL, Desk, Outcome, Reply, Write
from reconciler.catalogue import Catalogue
from reconciler.errors import Refused
from reconciler.messages import say
from reconciler.observe import TenantRef


@dataclass(frozen=True, slots=True)
class Look:
    """What a look shows; whether the service answered; for how many seconds it asked to be left alone."""

    document: dict[str, Any]
    answered: bool
    seconds: int | None


class Commerce:
    """The service. ``path`` is its file; ``adds_in_order`` says whether an order may carry more licences."""

    def __init__(self, path: Path, catalogue: Catalogue, *, adds_in_order: bool = True) -> None:
        self.catalogue = catalogue
        self.adds_in_order = adds_in_order
        self.desk = Desk(catalogue, adds_in_order)
        self._storage = Storage(path)

    def close(self) -> None:
        """Let go of the file; a later call opens it again."""
        self._storage.close()

    def request(self) -> AbstractContextManager[Session]:
        """Open one request; what is done in it stands when the block ends well. For the HTTP face alone."""
        return self._storage.request()

    # time

    def now(self) -> datetime:
        """Return the service's clock (UTC); 1970 before anything was loaded."""
        with self._storage.request() as session:
            return session.now

    def advance(self, delta: timedelta) -> datetime:
        """Move the clock on by ``delta`` and let everything due on the way happen; return the new time."""
        if delta < timedelta(0):
            raise Refused("bad-time", say("simulator.bad-time", delta=delta))
        with self._storage.request() as session:
            pass_time(session, session.now + delta, self.catalogue)
            return session.now

    def advance_to(self, moment: datetime) -> datetime:
        """Move the clock on to ``moment``; one that is past leaves the clock where it is."""
        with self._storage.request() as session:
            pass_time(session, moment, self.catalogue)
            return session.now

    def next_event(self, ref: TenantRef) -> datetime | None:
        """Return when the service will next do something for the tenant by itself, None if never."""
        with self._storage.request() as session:
            record = session.find(ref)
            events = session.events(record.name) if record else []
            return events[0].due if events else None

    def events(self, tenant: str | None = None) -> tuple[Event, ...]:
        """Return what is due, in order."""
        with self._storage.request() as session:
            return tuple(session.events(tenant))

    # tenants

    def load(self, documents: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
        """Take over LiveState documents (validated); each replaces a tenant of the same name.

        The clock goes to the latest ``observedAt``, if that is later than its present time.
        """
        given = {document["metadata"]["name"]: document for document in documents}
        if not given:
            return ()
        with self._storage.request() as session:
            for name in given:
                session.unschedule(name)
            latest = max(instant(d["metadata"]["observedAt"]) for d in given.values())
            pass_time(session, latest, self.catalogue)
            records = [Record.loaded(document) for document in given.values()]
            for record in records:
                session.schedule(switching.resume(record, session.now))
            session.save(records)
        return tuple(sorted(given))

    def tenants(self) -> tuple[str, ...]:
        """Return the names of all tenants."""
        with self._storage.request() as session:
            return tuple(session.names())

    def document(self, name: str) -> dict[str, Any] | None:
        """Return the LiveState document of a tenant as a reader would see it; the log gets no call."""
        with self._storage.request() as session:
            record = session.record(name)
            if record is None:
                return None
            spec = record.shown()
            for subscription in spec.get("subscriptions") or ():
                del subscription["version"]
            return live_state(name, session.now, spec)

    def hidden(self, name: str) -> Mapping[str, Any]:
        """Return what the service knows of a tenant and shows no reader: versions, billing off, ..."""
        with self._storage.request() as session:
            record = session.record(name)
            return dict(record.hidden) if record else {}

    def show(self, name: str) -> str | None:
        """Return a tenant as the portal's pages show it: subscriptions, billing, and what is due."""
        document = self.document(name)
        if document is None:
            return None
        return portal.page(document, self.hidden(name), self.events(name))

    def set(self, path: str, value: object) -> str:
        """Do in the portal what another administrator would; return a sentence with before and after.

        Raises Refused with code ``bad-path`` (listing what there is) or ``bad-value``.
        """
        with self._storage.request() as session:
            record, rest = portal.addressed(session, path)
            subscription, member = portal.place(record, path, rest)
            before = held(subscription, self.catalogue)
            old, new = portal.put(record, subscription, member, value)
            portal.settle(session, record, subscription, member, self.catalogue)
            after = held(subscription, self.catalogue)
            note = say("simulator.set", path=path, before=json.dumps(old), after=json.dumps(new))
            name = subscription["id"] if subscription else None
            session.log(
                Call(PORTAL, record.name, name, before, after, taken=True, caller=ADMINISTRATOR, note=note)
            )
            return note

    # tickets

    def file_ticket(self, tenant: str, title: str, text: str = "") -> str:
        """File a ticket as a person would in the portal; return its number. Raises Refused for no such tenant."""
        with self._storage.request() as session:
            record = session.find(TenantRef(tenant, tenant))
            if record is None:
                raise Refused("unknown-tenant", say("simulator.refused.unknown-tenant", tenant=tenant))
            return tickets.file(session, record, title, text)

    def close_ticket(self, number: str) -> None:
        """Close a ticket. Raises Refused where there is none of this number."""
        with self._storage.request() as session:
            found = tickets.find(session, number)
            if found is None:
                raise Refused("no-ticket", say("simulator.no-ticket", number=number))
            tickets.put_status(session, found[0], number, "closed")

    # faults and the log

    def fault(self, tenant: str, kind: str, *, times: int | None = 1, **options: object) -> Fault:
        """Give the service a fault; raises Refused for a kind, an option or a tenant there is not."""
        full = moods.checked(kind, options)
        if times is not None and times < 1:
            raise Refused("bad-fault", say("simulator.bad-times", times=times))
        with self._storage.request() as session:
            record = session.find(TenantRef(tenant, tenant))
            if record is None:
                raise Refused("unknown-tenant", say("simulator.refused.unknown-tenant", tenant=tenant))
            number = session.add_fault(record.name, kind, times, full)
            return Fault(number, record.name, kind, times, full)

    def faults(self) -> tuple[Fault, ...]:
        """Return the faults that wait for their turn, in order."""
        with self._storage.request() as session:
            return tuple(Fault(*row) for row in session.faults())

    def clear_faults(self, tenant: str | None = None, kind: str | None = None) -> int:
        """Drop faults, of one tenant or one kind if given; return how many."""
        with self._storage.request() as session:
            found = [Fault(*row) for row in session.faults(tenant)]
            dropped = [fault for fault in found if kind in (None, fault.kind)]
            for fault in dropped:
                session.drop_fault(fault.number)
            return len(dropped)

    def calls(self) -> list[dict[str, Any]]:
        """Return the call log, oldest first, as ``simulator log --format json`` shows it."""
        with self._storage.request() as session:
            return [call.document(at) for at, call in session.calls()]

    def changes(self, ref: TenantRef, *, but: str) -> list[dict[str, Any]]:
        """Return the calls that changed a tenant, all callers' ``but`` one's, oldest first."""
        with self._storage.request() as session:
            record = session.find(ref)
            name = record.name if record else None
            return [call.document(at) for at, call in session.changes(name, but)] if name else []

    # what clients call

    def read(self, ref: TenantRef, *, caller: str = "reconciler") -> dict[str, Any]:
        """Return the tenant's LiveState document, each subscription with its version, as its etag.

        What could not be read is null in it, with the reason under ``unread``.
        """
        return self.look(ref, caller=caller).document

    def look(self, ref: TenantRef, *, caller: str = "reconciler") -> Look:
        """Do the same, and say how the service answered."""
        return self.look_all((ref,), caller=caller)[0]

    def look_all(self, refs: Iterable[TenantRef], *, caller: str = "reconciler") -> list[Look]:
        """Look at many tenants in one request, in the order asked; the log gets a call for each."""
        with self._storage.request() as session:
            return [_look(session, ref, caller) for ref in refs]

    def inquire(self, ref: TenantRef, request_id: str, *, caller: str = "reconciler") -> bool | None:
        """Say whether a request was taken; None if the service can not tell just now."""
        with self._storage.request() as session:
            record = session.find(ref)
            name = record.name if record else ref.name
            mood = Moods(session, name)
            troubled = mood.take("throttle", INQUIRE) or mood.take("error", INQUIRE)
            answered = session.answered(request_id)
            taken = answered is not None and answered[1]["outcome"] == Outcome.ACCEPTED
            outcome = Outcome.ACCEPTED if troubled is None else Outcome.ERROR
            session.log(Call(INQUIRE, name, outcome=outcome, request_id=request_id, caller=caller))
            return None if troubled else taken

    def order_switch(
        self,
        ref: TenantRef,
        subscription: str,
        *,
        version: str | None,
        to: str,
        total: int,
        request_id: str,
        caller: str = "reconciler",
        payment: str | None = None,
        billing: str | None = None,
    ) -> Reply:
        """Order a switch to plan ``to`` with ``total`` licences; payment and billing may change in it."""
        plan = plan_of(to, self.catalogue)
        key = plan.key if plan else to
        with self._storage.request() as session:
            return self.desk.take(
                session,
                Write(ORDER, ref, subscription, version, total, request_id, caller, key, payment, billing),
            )

    def set_licenses(
        self,
        ref: TenantRef,
        subscription: str,
        *,
        version: str | None,
        total: int,
        request_id: str,
        caller: str = "reconciler",
    ) -> Reply:
        """Set the bought number. Any client may lower it, down to the assigned number; the log says who."""
        with self._storage.request() as session:
            return self.desk.take(
                session, Write(LICENSES, ref, subscription, version, total, request_id, caller)
            )


def _look(session: Session, ref: TenantRef, caller: str) -> Look:
    record = session.find(ref)
    name = record.name if record else ref.name
    sight = see(Moods(session, name), name, record)
    session.log(sight.call(caller))
    answered = sight.outcome is not Outcome.ERROR
    return Look(live_state(ref.name, session.now, sight.spec), answered, sight.seconds)

"""A lease in, the journal of one tenant out: what was about to be written, what was sent, how it ended.

What is durable when
====================

A write to the service can not be made one transaction with ours, so a crash can fall between any two lines.
The order of the lines is what makes that harmless::

    intend     on the disk: tenant, step, from, to, request id. Nothing has happened yet.
    sent       on the disk: from here on the write *may* have been taken.
      call     the service takes it, refuses it, or its answer is lost.
    settle     on the disk: how it ended, and by what evidence.
      look     the effect shows.
    settle     on the disk: seen.

Each method returns only after its transaction is on the disk (``synchronous = FULL``, so a power cut counts
as a crash). So after a crash there are four cases, told apart by the row alone:

* no row: the call was never made.
* a row without ``sent_at``: the call was never made either; it is settled as not taken.
* ``sent_at`` and no ending: it may have been taken. The tenant gets no other write until a look, the
  service's own answer for the request id, or a person settles it.
* an ending "done" or "started" that was not ``seen``: it was taken, and the look does not show it yet.
  Judging by such a look would order again, so this too holds the tenant.

A second row for the same step is possible only once the first is settled, and carries the next generation;
tenant, step and generation are unique in the table itself. The mark that a saved change plan is used is put
on the disk together with its first intent: a plan is never used without an intent, nor an intent recorded for
a plan that was used before by another run.

Every change is made in one transaction with the check that the lease is still ours, which also renews it. The
order "look at the fence, then write" would leave a gap, and a run that slept through it would write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from reconciler.act import DigestUse
from reconciler.adapters.store import ledger
from reconciler.adapters.store.database import Database
from reconciler.adapters.store.history import bind, digest_key, spent_since
from reconciler.adapters.store.leases import Lease, renew
from reconciler.adapters.store.remembering import kinds_apart, remember_rows, stop_reason, unsettled_where
from reconciler.adapters.store.rows import intent_of, intent_values, step_of
from reconciler.adapters.store.tables import intents, successors, suspensions, used_plans
from reconciler.errors import DaySpent, Paused, PlanRefused, StateUnreadable, Stopped, Unsettled
from reconciler.limits import Day
from reconciler.memory import Intent, Memory, Settled
from reconciler.messages import say
from reconciler.model import Action

# Asked in the transaction of each word; raises LeaseLost where the right to write has gone to somebody else.
Guard = Callable[[Connection], None]


class StoredJournal:
    """Implements ``act.Journal`` over the store. Raises StateUnreadable, LeaseLost."""

    def __init__(
        self,
        database: Database,
        lease: Lease,
        run: str,
        now: Callable[[], datetime],
        day: Day = Day(),  # noqa: B008 - frozen
        guard: Guard | None = None,
    ) -> None:
        self._database = database
        self._lease = lease
        self._run = run
        self._now = now
        self._day = day
        self._guard = guard

    def memory(self) -> Memory:
        """Return what is remembered of the tenant as of now."""
        with self._database.reading() as connection:
            return remember_rows(connection, self._lease.rows)

    def apart(self) -> frozenset[frozenset[str]]:
        """Return the kinds of word each tenant is known by of which something is kept."""
        with self._database.reading() as connection:
            return kinds_apart(connection)

    def intend(
        self, intent: Intent, *, uses_plan: str | None = None, uses_digest: DigestUse | None = None
    ) -> Intent:
        """Record an intent; returns it with its generation. Raises Unsettled, PlanRefused."""
        with self._writing() as connection:
            self._refuse_unsettled(connection)
            if uses_plan is not None:
                self._use(connection, uses_plan)
            if uses_digest is not None:
                self._use_digest(connection, uses_digest)
            numbered = replace(intent, generation=self._generation(connection, intent))
            values = intent_values(numbered)
            connection.execute(
                insert(intents).values(tenant_id=self._lease.home, changed_at=self._now(), **values)
            )
            ledger.note(connection, "intent", self._now(), intents.name, numbered.id)
        return numbered

    def sent(self, intent: Intent, at: datetime) -> Intent:
        """Record that the write may have been sent, unless a brake is on. Raises Stopped, Paused, DaySpent."""
        return self._change("sent", intent, self._refuse_braked, sent_at=at, written_at=self._now())

    def settle(self, intent: Intent, settled: Settled, evidence: str, *, seen: bool) -> Intent:
        """Record how a write ended. A later and better evidence replaces an earlier one."""
        return self._change("settled", intent, settled=settled.value, evidence=evidence, seen=seen)

    def looked(self, intent: Intent) -> Intent:
        """Count one more look that shows nothing of the intent."""
        return self._change("looked", intent, clear_looks=intents.c.clear_looks + 1)

    def bind(self, address: str, subscription_id: str, *, replaces: str | None = None) -> None:
        """Remember what a declared name means, and which id it took over from."""
        at = self._now()
        with self._writing() as connection:
            bound = bind(connection, self._lease.rows, {address: subscription_id}, at)
            ledger.note_all(connection, at, bound)
            if replaces is not None and replaces != subscription_id:
                self._succeed(connection, replaces, subscription_id, at)

    def _succeed(self, connection: Connection, old_id: str, new_id: str, at: datetime) -> None:
        # An id that is live again has no successor: following one from it would lead in a circle.
        ended = successors.c.tenant_id.in_(self._lease.rows), successors.c.old_id.in_((old_id, new_id))
        keys = select(successors.c.tenant_id, successors.c.old_id).where(*ended)
        moved = {(row.tenant_id, row.old_id) for row in connection.execute(keys)}
        connection.execute(delete(successors).where(*ended))
        home = self._lease.home
        connection.execute(insert(successors).values(tenant_id=home, old_id=old_id, new_id=new_id, at=at))
        told = sorted({*moved, (home, old_id)})
        ledger.note_all(connection, at, [("succeeded", successors.name, key) for key in told])

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._database.writing() as connection:
            renew(connection, self._database, self._lease, self._now())
            if self._guard is not None:
                self._guard(connection)
            yield connection

    def _refuse_unsettled(self, connection: Connection) -> None:
        ours = intents.c.tenant_id.in_(self._lease.rows)
        row = connection.execute(select(intents).where(ours, unsettled_where()).limit(1)).first()
        if row is None:
            return
        facts = {"action": row.action, "address": row.address, "request": row.request_id}
        raise Unsettled(say("intent.unsettled", tenant=self._lease.name, **facts))

    def _use(self, connection: Connection, plan_id: str) -> None:
        used = connection.execute(select(used_plans).where(used_plans.c.plan_id == plan_id)).one_or_none()
        if used is None:
            connection.execute(insert(used_plans).values(plan_id=plan_id, run=self._run, at=self._now()))
            ledger.note(connection, "plan-used", self._now(), used_plans.name, plan_id)
        elif used.run != self._run:
            at = used.at.isoformat(timespec="seconds")
            raise PlanRefused(say("plan.used", plan=plan_id, at=at))

    def _use_digest(self, connection: Connection, use: DigestUse) -> None:
        key = digest_key(use.digest)
        ours = used_plans.c.plan_id == key
        used = connection.execute(select(used_plans).where(ours)).one_or_none()
        if used is not None and used.run == self._run:
            return
        if used is not None and (use.made is None or used.at >= use.made):
            raise PlanRefused(say("approved.used", digest=use.digest, when=_minute(used.at)))
        values = {"run": self._run, "at": self._now()}
        if used is None:
            connection.execute(insert(used_plans).values(plan_id=key, **values))
        else:
            connection.execute(update(used_plans).where(ours).values(**values))
        ledger.note(connection, "digest-used", self._now(), used_plans.name, key)

    def _generation(self, connection: Connection, intent: Intent) -> int:
        same = intents.c.tenant_id.in_(self._lease.rows), intents.c.step == step_of(intent)
        query = select(func.count()).select_from(intents).where(*same, intents.c.settled.is_not(None))
        return connection.execute(query).scalar_one()

    def _refuse_braked(self, connection: Connection, intent: Intent) -> None:
        reason = stop_reason(connection)
        if reason is not None:
            raise Stopped(reason)
        ours = suspensions.c.tenant_id.in_(self._lease.rows)
        # One that has run out still holds writes, until somebody says `resume`.
        paused = connection.execute(select(suspensions.c.reason).where(ours).limit(1)).scalar_one_or_none()
        if paused is not None:
            raise Paused(paused)
        self._refuse_spent(connection, intent)

    def _refuse_spent(self, connection: Connection, intent: Intent) -> None:
        spent = spent_since(connection, self._now().replace(hour=0, minute=0, second=0, microsecond=0))
        added = (intent.after.licenses or 0) - (intent.before.licenses or 0)
        switched, new = intent.action is Action.SWITCH, intent.tenant not in spent.tenants
        for what, more, counted, most in (
            ("licenses", added, spent.licenses, self._day.licenses),
            ("switches", int(switched), spent.switches, self._day.switches),
            ("tenants", int(new), len(spent.tenants), self._day.tenants),
        ):
            if most is not None and more and counted + more > most:
                raise DaySpent(what, counted, most)

    def _change(
        self,
        kind: str,
        intent: Intent,
        refuse: Callable[[Connection, Intent], None] | None = None,
        **values: Any,
    ) -> Intent:
        """Change an intent's row; ``refuse`` may raise in the same transaction, and wants it open still."""
        ours = [intents.c.id == intent.id, intents.c.tenant_id.in_(self._lease.rows)]
        if refuse:
            ours.append(intents.c.settled.is_(None))
        with self._writing() as connection:
            if refuse:
                refuse(connection, intent)
            done = connection.execute(update(intents).where(*ours).values(changed_at=self._now(), **values))
            if done.rowcount != 1:
                facts = {"path": self._database.name, "intent": intent.id}
                raise StateUnreadable(say("state.no-open-intent", tenant=self._lease.name, **facts))
            ledger.note(connection, kind, self._now(), intents.name, intent.id)
            return intent_of(connection.execute(select(intents).where(*ours[:2])).one())


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")

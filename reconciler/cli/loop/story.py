"""What happens to tenants, store and source in, the log and the counters out, and the sums for the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from threading import Lock
from typing import Protocol

from reconciler.act import Ending
from reconciler.adapters.store.claims import Claim
from reconciler.cli.loop.logs import Log
from reconciler.fleet.turns import End
from reconciler.messages import say
from reconciler.overview import Kept, Loop, Source
from reconciler.passes import Pass, told
from reconciler.report.document import moment

# How many troubles are told until the store works again: one may have a face for each tenant.
MOST_TROUBLES = 10


class Counting(Protocol):
    """Counts what the metrics tell; see ``web.counters``."""

    def passed(self, outcome: str, seconds: float) -> None:
        """Count a pass."""
        ...

    def wrote(self, action: str, outcome: str, licenses: int = 0) -> None:
        """Count a write."""
        ...

    def called(self, backend: str, operation: str, outcome: str, seconds: float) -> None:
        """Count a call to the backend."""
        ...

    def waited(self, seconds: float) -> None:
        """Count the time that the budget made us wait."""
        ...

    def store_failed(self) -> None:
        """Count that the store could not be used."""
        ...


class Story:
    """Tells what happens, once each, and keeps the sums of this process. Any thread may call it."""

    def __init__(self, log: Log, counters: Counting, backend: str) -> None:
        self.log, self.counters, self._backend = log, counters, backend
        self._lock = Lock()
        self.sums: Counter[str] = Counter()
        self._troubles: set[str] = set()
        self._source: Source | None = None

    def at_odds(self, others: Sequence[Loop], *, writes: bool) -> None:
        """There are loops on this fleet that write where this one only reports, or the other way round."""
        if others:
            first, word = others[0], "loop.at-odds" if writes else "loop.at-odds-reporting"
            since, beat = (moment(at.replace(microsecond=0)) for at in (first.started_at, first.beat_at))
            told = say(word, holder=first.holder, since=since, beat=beat)
            self.log.warning(told, other=first.id, others=len(others))

    def called(self, operation: str, outcome: str, seconds: float) -> None:
        """A call to the backend has ended."""
        self.counters.called(self._backend, operation, outcome, seconds)

    def passed(self, one: Pass, claimed: Claim, before: Kept | None, now: Kept, took: float) -> None:
        """A pass has ended and is kept."""
        self.counters.passed(_counted_as(one), took)
        self._sum(passes=1)
        log = self.log.bind(tenant=one.task.declaration.name, run=one.task.plan_id, commit=one.task.commit)
        for step, outcome in one.tried:
            self._wrote(
                log, step.action.value, step.added, outcome.ending, outcome.message, outcome.request_id
            )
        facts = {"end": one.end, "next": moment(now.row.due_at.replace(microsecond=0))}
        stood = (before.row.state, before.row.reason) if before else None
        if stood == (now.row.state, now.row.reason):
            log.debug(say("loop.same", state=now.row.state, told=told(one)), **facts)
        else:
            log.info(say("loop.stands", state=now.row.state, told=told(one)), reason=now.row.reason, **facts)

    def broke_off(self, claimed: Claim, plan_id: str, bug: BaseException, took: float) -> None:
        """A pass broke off by a fault of ours. It is told whole: this is for who mends it."""
        self.counters.passed("broke-off", took)
        self._sum(passes=1, broke_off=1)
        where = _where(bug)
        self.log.error(
            say("loop.broke-off", why=f"{type(bug).__name__}: {bug}"),
            tenant=claimed.turn.name,
            run=plan_id,
            at=where,
        )

    def lost(self, claimed: Claim, why: object) -> None:
        """Another loop took the turn over; nothing of the pass is kept."""
        self._sum(lost=1)
        self.log.warning(str(why), tenant=claimed.turn.name)

    def store_failed(self, why: object) -> None:
        """The store can not be used; told when it begins and when there is other trouble, not each second."""
        self.counters.store_failed()
        with self._lock:
            new = str(why) not in self._troubles and len(self._troubles) < MOST_TROUBLES
            self._troubles.add(str(why))
        if new:
            self.log.error(say("loop.store-failed", why=why))

    def unkept(self, claimed: Claim) -> None:
        """Nothing of a pass could be kept."""
        self.counters.passed("broke-off", 0.0)
        self._sum(passes=1, broke_off=1)
        self.log.debug(say("loop.unkept"), tenant=claimed.turn.name)

    def store_works(self) -> None:
        """The store can be used (again)."""
        with self._lock:
            again = bool(self._troubles)
            self._troubles.clear()
        if again:
            self.log.info(say("loop.store-works"))

    def source_read(self, now: Source) -> None:
        """The source was read; told where it is not as it was."""
        before, self._source = self._source, now
        if before and (before.commit, before.reason, before.problem, before.stopped) == (
            now.commit,
            now.reason,
            now.problem,
            now.stopped,
        ):
            return
        facts = {"commit": now.commit, "tenants": now.tenants, "refused": now.refused}
        if now.stopped:
            self.log.error(
                say("loop.stopped", why=now.stopped), reason=now.reason, problem=now.problem, **facts
            )
        elif now.problem:
            self.log.warning(now.problem, reason=now.reason, **facts)
        else:
            self.log.info(say("loop.source", where=now.where), **facts)

    def breaker(self, before: str, now: str, until: timedelta | None) -> None:
        """The breaker moved, or stayed; each probe that is not answered opens it again, and is no news."""
        if now == "open" and before == "closed":
            seconds = None if until is None else round(until.total_seconds())
            self.log.warning(say("loop.breaker-open"), backend=self._backend, seconds=seconds)
        elif now == "closed" and before != "closed":
            self.log.info(say("loop.breaker-closed"), backend=self._backend)

    def _wrote(
        self, log: Log, action: str, added: int, ending: Ending, message: str, request: str | None
    ) -> None:
        # A switch in whose order licences are added brings them as well.
        self.counters.wrote(action, str(ending), added)
        failed = ending in (Ending.FAILED, Ending.UNKNOWN)
        self._sum(writes=1, failed=int(failed), **{f"{action}_{ending}": 1})
        if ending in (Ending.DONE, Ending.STARTED):
            self._sum(licenses=added)
        (log.error if failed else log.info)(message, action=action, outcome=ending, request=request)

    def _sum(self, **more: int) -> None:
        with self._lock:
            self.sums.update(more)


def _counted_as(one: Pass) -> str:
    """The one word a pass is counted under: how its last step ended, else how the tenant stands."""
    if one.tried:
        return str(one.tried[-1][1].ending)
    return "held" if one.end is End.HELD else str(one.run.last.verdict)


def _where(bug: BaseException) -> str:
    """The innermost line of ours that was being run."""
    trace, place = bug.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if "reconciler" in code.co_filename:
            place = f"{code.co_filename.rpartition('reconciler/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place

"""A source of tenant files in, what is declared now and what of it is news out; and each claimed turn's job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Thread

from reconciler.adapters.store import LoopStore, Store
from reconciler.adapters.store.claims import Claim
from reconciler.cli.loop.rivals import Rivals
from reconciler.cli.loop.story import Story
from reconciler.cli.loop.worker import Job
from reconciler.cli.sources import INTERRUPTED, Source
from reconciler.digest import declared_digest
from reconciler.handoff.life import left_behind
from reconciler.limits import Limits
from reconciler.memory import folded
from reconciler.messages import say
from reconciler.model import Declaration
from reconciler.observe import Unknown
from reconciler.overview import Source as Told
from reconciler.readiness import Trouble
from reconciler.roster import no_longer_managed, renamed, roster
from reconciler.source import Held, Snapshot, changed, not_taken, taken
from reconciler.source import Trouble as Nothing

# Problems that say that there is no tenant file at all.
NOBODY = frozenset({"no-files", "no-such-path"})
NOTED_EVERY = timedelta(seconds=20)
# Most looks are over by then; those that are not are taken up in a later round.
LOOK_WITHIN = 1.0
Found = Snapshot | Nothing
Aside = Callable[[Callable[[], Found]], Future[Found]]


def at_once(look: Callable[[], Found]) -> Future[Found]:
    """Look here and now."""
    done: Future[Found] = Future()
    done.set_result(look())
    return done


def aside(look: Callable[[], Found]) -> Future[Found]:
    """Look on a thread of its own, which does not keep the process from its end."""
    done: Future[Found] = Future()

    def run() -> None:
        try:
            done.set_result(look())
        except BaseException as error:
            done.set_exception(error)

    Thread(target=run, name="source", daemon=True).start()
    return done


@dataclass(frozen=True, slots=True)
class News:
    """What a reading of the source has brought.

    ``declared``: everybody who has a turn, with a digest of what is declared. ``released``: who may be written again,
    or no longer. ``whole``: who is not among them is not declared any more; else that can not be told. ``broken``: some
    file has problems, and who is missing most likely stands in it.
    """

    declared: Mapping[str, str]
    released: frozenset[str]
    whole: bool
    broken: bool


class Fleet:
    """What a loop works with now. ``accept_size``: how many tenants there are, as an operator said it.

    ``aside`` is where looks are made; ``waits`` says whether there is nothing better to do than to wait for one.
    """

    def __init__(
        self,
        word: str,
        source: Source,
        store: Store,
        loop: LoopStore,
        limits: Limits,
        interval: timedelta,
        rivals: Rivals,
        story: Story,
        machine: Callable[[], datetime],
        accept_size: int | None = None,
        aside: Aside = at_once,
        waits: Callable[[], bool] = lambda: False,
    ) -> None:
        self.word, self._source, self._store, self._loop = word, source, store, loop
        self._limits, self._interval, self._rivals = limits, interval, rivals
        self._story, self._machine, self._accept = story, machine, accept_size
        self._aside, self._waits = aside, waits
        self._looking: Future[Found] | None = None
        self._held: Held | None = None
        self._by_name: dict[str, Declaration] = {}
        self._digests: dict[str, str] = {}
        self._theirs: dict[str, str] = {}
        self._next_read: datetime | None = None
        self.told: Told | None = None
        self.was_read = False

    @property
    def held(self) -> Held | None:
        """What holds now; None as long as nothing could be read."""
        return self._held

    @property
    def next_read(self) -> datetime | None:
        """When the source is to be read next; None while it is looked at, or as long as it never was."""
        return self._next_read if self._looking is None else None

    def leave(self) -> None:
        """Let a look that is under way come to its end, which a stop brings about soon."""
        if self._looking is not None:
            wait([self._looking], LOOK_WITHIN)

    def _look(self) -> Found | None:
        """Begin a look, or take up the one that was begun; None while it is not over.

        A host that does not answer holds up its own source alone: the fleet is looked after meanwhile.
        """
        begun, self._looking = self._looking, self._looking or self._aside(self._source.look)
        if begun is None:
            wait([self._looking], LOOK_WITHIN)
        while not self._looking.done() and self._waits():
            wait([self._looking], LOOK_WITHIN)
        if not self._looking.done():
            return None
        done, self._looking = self._looking, None
        return done.result()

    def read(self, now: datetime) -> News | None:
        """Read the source if its time has come; None if it has not, or nothing was ever read.

        Raises StateUnreadable: then nothing of what was read counts yet, and it is read again.
        """
        again = self._next_read is None or not now < self._next_read <= now + self._interval
        if self._looking is None and not again:
            return None
        found, before = self._look(), self._held
        if found is None or (isinstance(found, Nothing) and found.reason_code == INTERRUPTED):
            return None
        if isinstance(found, Snapshot):
            size = self._store.last_fleet_size(self.word)
            held = taken(before, found, self._limits, size, accept_size=self._accepted(size))
        else:
            held = not_taken(before, found)
        self.told = self._note(held, now)
        self._next_read = now + self._interval
        if not isinstance(found, Snapshot) and before is None and not held.declarations:
            return None
        self._held, self.was_read = held, True
        self._by_name = {d.name: d for d in held.declarations}
        self._rivals.declared({d.name: folded(d.tenant) for d in held.declarations})
        if before is not None and before.declarations == held.declarations:
            digests = self._digests
        else:
            digests = {d.name: declared_digest(d) for d in held.declarations}
        self._digests = digests
        released = frozenset() if before is None else changed(before, held)
        return News(digests, released, held.whole, bool(held.problems) and held.stopped is None)

    def _accepted(self, last: int | None) -> int | None:
        """The size that the fleet may have however much it shrank; ``last``: the one it had when it was last taken."""
        return self._accept

    def is_behind(self, claimed: Claim) -> bool:
        """Say whether another loop has read something newer of this tenant; then the source is read at once.

        Said once of each version: loops that can not agree (one goes on with what is broken now) go on as they are.
        While the source can not be read it is said each time: what is known here may be an order that was taken back.
        """
        name, theirs = claimed.turn.name, claimed.declared
        if theirs == self._digests.get(name):
            return False
        if theirs == self._theirs.get(name):
            return self.is_cut_off
        self._theirs[name] = theirs
        self._next_read = None
        return True

    @property
    def is_cut_off(self) -> bool:
        """Whether what is known here may be older than what others have read."""
        return self._held is not None and self._held.trouble is not None

    def job(self, claimed: Claim) -> Job | None:
        """Return the pass to make for a claimed turn; None for a tenant that is not declared any more."""
        held, declaration = self._held, self._by_name.get(claimed.turn.name)
        if held is None or declaration is None:
            return None
        why = held.why_not(declaration.name)
        if why is None:
            return Job(claimed, declaration, held.commit)
        trouble = Trouble.FILE_BROKEN if held.stopped is None else Trouble.FLEET_STOPPED
        return Job(claimed, declaration, held.commit, trouble, why)

    def _note(self, held: Held, now: datetime) -> Told:
        """Keep who there is and who is gone, and tell how the source stands."""
        told = self._told(held)
        before = self.told
        if (
            before is None
            or abs(told.read_at - before.read_at) >= NOTED_EVERY
            or told != _read_at(before, told)
        ):
            self._loop.note_source(told)
        else:
            # Nothing new, and it was kept a moment ago.
            told = before
        self._story.source_read(told)
        if not held.whole or (self._held is not None and self._held.declarations == held.declarations):
            return told
        last = self._store.last_roster(self.word)
        known = None if isinstance(last, Unknown) else last
        self._store.note_renamed(renamed(held.declarations, known))
        gone = no_longer_managed(held.declarations, known)
        if gone:
            self._store.tend_handoffs(lambda every: left_behind(every, gone, now))
        self._store.note_fleet_size(self.word, len(held.declarations), roster(held.declarations))
        return told

    def _told(self, held: Held) -> Told:
        trouble = held.trouble
        problem = trouble.message if trouble else held.notice or ""
        reason = trouble.reason_code if trouble else ""
        if not problem and held.problems:
            first = held.problems[0]
            problem, reason = f"{first.place}: {first.message}", "FilesBroken"
        if held.stopped is not None and trouble is None:
            reason = "NoTenants" if any(p.code in NOBODY for p in held.problems) else "FleetShrank"
        return Told(
            fleet=self.word,
            where=self._source.where,
            branch=self._source.branch,
            commit=held.commit,
            read_at=self._machine(),
            tenants=len(held.declarations),
            reason=reason,
            problem=problem,
            refused=trouble.commit if trouble else None,
            stopped=held.stopped or "",
        )


class SharedFleet(Fleet):
    """What a worker works with: read like any other, but told of and kept by the dispatcher alone."""

    _behind_by: str | None = ""

    def _accepted(self, last: int | None) -> int | None:
        """What the dispatcher took, it was told to, or it shrank by little at a time."""
        return last

    @property
    def is_cut_off(self) -> bool:
        """Always: what counts is what the dispatcher has read."""
        return True

    def is_behind(self, claimed: Claim) -> bool:
        """Say whether the dispatcher has read something else of this tenant: then no pass is made of it here.

        Said as long as it is so: what is known here may be an order that was taken back since.
        """
        again = self._theirs.get(claimed.turn.name) == claimed.declared
        behind, commit = super().is_behind(claimed), self._held.commit if self._held else None
        if behind and again and commit != self._behind_by:
            self._behind_by = commit
            self._story.log.warning(say("queue.behind"), commit=commit)
        return behind

    def _note(self, held: Held, now: datetime) -> Told:
        told = self._told(held)
        self._story.source_read(told)
        return told


def _read_at(before: Told, now: Told) -> Told:
    return replace(before, read_at=now.read_at)

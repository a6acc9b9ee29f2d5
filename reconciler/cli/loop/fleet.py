"""A source of tenant files in, what is declared now and what of it is news out; and each claimed turn's job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.adapters.store import LoopStore, Store
from reconciler.adapters.store.claims import Claim
from reconciler.cli.loop.story import Story
from reconciler.cli.loop.worker import Job, Rivals
from reconciler.cli.sources import Source
from reconciler.digest import declared_digest
from reconciler.handoff.life import left_behind
from reconciler.limits import Limits
from reconciler.memory import folded
from reconciler.model import Declaration
from reconciler.observe import Unknown
from reconciler.overview import Source as Told
from reconciler.readiness import Trouble
from reconciler.roster import no_longer_managed, renamed, roster
from reconciler.source import Held, Snapshot, changed, not_taken, taken

# Problems that say that there is no tenant file at all.
NOBODY = frozenset({"no-files", "no-such-path"})


NOTED_EVERY = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class News:
    """What a reading of the source has brought.

    ``declared``: everybody who has a turn, with a digest of what is declared. ``released``: who may be written again,
    or no longer. ``whole``: there is nobody else.
    """

    declared: Mapping[str, str]
    released: frozenset[str]
    whole: bool


class Fleet:
    """What a loop works with now. ``accept_size``: how many tenants there are, as an operator said it."""

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
    ) -> None:
        self.word, self._source, self._store, self._loop = word, source, store, loop
        self._limits, self._interval, self._rivals = limits, interval, rivals
        self._story, self._machine, self._accept = story, machine, accept_size
        self._held: Held | None = None
        self._by_name: dict[str, Declaration] = {}
        self._digests: dict[str, str] = {}
        self._theirs: dict[str, str] = {}
        self.next_read: datetime | None = None
        self.told: Told | None = None
        self.was_read = False

    @property
    def held(self) -> Held | None:
        """What holds now; None as long as nothing could be read."""
        return self._held

    def read(self, now: datetime) -> News | None:
        """Read the source if its time has come; None if it has not, or nothing was ever read.

        Raises StateUnreadable: then nothing of what was read counts yet, and it is read again.
        """
        if self.next_read is not None and now < self.next_read <= now + self._interval:
            return None
        found, before = self._source.look(), self._held
        if isinstance(found, Snapshot):
            size = self._store.last_fleet_size(self.word)
            held = taken(before, found, self._limits, size, accept_size=self._accept)
        else:
            held = not_taken(before, found)
        self.told = self._note(held, now)
        self.next_read = now + self._interval
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
        return News(digests, released, held.whole)

    def is_behind(self, claimed: Claim) -> bool:
        """Say whether another loop has read something newer of this tenant; then the source is read at once.

        Said once of each version: loops that can not agree (one goes on with what is broken now) go on as they are.
        """
        name, theirs = claimed.turn.name, claimed.declared
        if theirs in (self._digests.get(name), self._theirs.get(name)):
            return False
        self._theirs[name] = theirs
        self.next_read = None
        return True

    def job(self, claimed: Claim) -> Job | None:
        """Return the pass to make for a claimed turn; None for a tenant that is not declared any more."""
        held, declaration = self._held, self._by_name.get(claimed.turn.name)
        if held is None or declaration is None:
            return None
        if held.stopped is not None:
            return Job(claimed, declaration, held.commit, Trouble.FLEET_STOPPED, held.stopped)
        why = held.held.get(declaration.name)
        trouble = None if why is None else Trouble.FILE_BROKEN
        return Job(claimed, declaration, held.commit, trouble, why or "")

    def _note(self, held: Held, now: datetime) -> Told:
        """Keep who there is and who is gone, and tell how the source stands."""
        told = self._told(held)
        before = self.told
        if before is None or told.read_at - before.read_at >= NOTED_EVERY or told != _read_at(before, told):
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


def _read_at(before: Told, now: Told) -> Told:
    return replace(before, read_at=now.read_at)

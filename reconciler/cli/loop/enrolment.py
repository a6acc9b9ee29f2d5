"""What the source declares in, a turn for each of them out, and who stands in a file that can not be read.

A turn is given once and is the store's from then on. It is placed anew where a commit declares its tenant otherwise,
and where the clock that turns go by was set back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.cli.loop.fleet import News
from reconciler.fleet.turns import Cause, Turn, first_turn, sane, turned_back
from reconciler.messages import say
from reconciler.readiness import Trouble, unseen
from reconciler.report.kept import as_it_stood

if TYPE_CHECKING:
    from reconciler.cli.loop.driver import Loop

# Clocks are set right by a little all the time.
SET_BACK = timedelta(minutes=1)
# Whoever else writes to the store waits for them meanwhile.
NOTED_AT_ONCE = 200


class Enrolment:
    """Who has a turn. ``declared``: what each is declared as, None as long as the source was never read.

    ``strangers``: who has a turn, and of whom nothing is known to be declared.
    """

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.declared: Mapping[str, str] | None = None
        self.strangers: frozenset[str] = frozenset()
        self._seen_at: datetime | None = None

    def read(self) -> None:
        """Read the source if its time has come, and give everybody a turn. Raises StateUnreadable."""
        loop = self._loop
        now = loop.clock.now()
        self._mind_the_clock(now)
        change = loop.fleet.read(now)
        if change is None:
            return
        if not loop.leads:
            self.declared = change.declared
        elif (
            change.declared != self.declared
            or (change.whole and self.strangers)
            # Of a source that can not be read this loop may know less than the one that let them go.
            or (not loop.fleet.is_cut_off and loop.store.lacks(change.declared))
        ):
            self._enrol(change, now)
        if change.released and loop.leads:
            loop.store.hasten(dict.fromkeys(change.released, Cause.UNDER_WAY), now)
        if loop.fleet.was_read:
            loop.pulse.source_read(loop.machine())

    def _enrol(self, change: News, now: datetime) -> None:
        """Give everybody a turn. Who is not declared is let go of only if that can be told of all files."""
        loop, place = self._loop, self._placing(now, len(change.declared))
        self.strangers = loop.store.enrol(change.declared, place, now, whole=change.whole).unread
        self.declared = change.declared
        if change.broken:
            self._note_unread(now)

    def _note_unread(self, now: datetime) -> None:
        """Keep of everybody who stands in a broken file, most likely, that it is so; one file may hold a fleet."""
        loop, names = self._loop, sorted(self.strangers)
        for first in range(0, len(names), NOTED_AT_ONCE):
            before = loop.store.before_all(names[first : first + NOTED_AT_ONCE])
            # In the order of their names: what is told of them is put on its way in it.
            stood = [before[name] for name in sorted(before)]
            loop.store.note_all(
                [
                    as_it_stood(each, unseen(Trouble.FILE_BROKEN, each.conditions, now, each.row.commit))
                    for each in stood
                    if each.row.reason != Trouble.FILE_BROKEN
                ]
            )
            loop.pulse.turned(loop.machine())

    def _mind_the_clock(self, now: datetime) -> None:
        """Place all turns anew where the clock they are reckoned in was set back: they would come by the old one."""
        back = (self._seen_at or now) - now
        if back > SET_BACK and self.declared is not None and self._loop.leads:
            loop, declared = self._loop, self.declared

            def place(before: Turn | None, name: str) -> Turn:
                first = first_turn(name, now, loop.pace, len(declared))
                return first if before is None else replace(before, due=min(before.due, first.due))

            loop.story.log.warning(say("loop.clock-back", minutes=round(back / timedelta(minutes=1))))
            loop.store.enrol(declared, place, now, whole=False)
        self._seen_at = now

    def _placing(self, now: datetime, tenants: int) -> Callable[[Turn | None, str], Turn]:
        """Return how each tenant gets its turn: the one it has, mended, or a first one; everybody's now if once."""
        pace, first_time, once = self._loop.pace, self.declared is None, self._loop.once

        def place(before: Turn | None, name: str) -> Turn:
            if before is None:
                turn = first_turn(name, now, pace, tenants)
            else:
                turn = sane(before, now, pace, tenants) if first_time else before
            return turned_back(turn, now) if once else turn

        return place

"""What passes leave in, all of it kept out: for many tenants with as many queries as for one, where nothing is new.

At nearly every look nearly every tenant is as it was: all there is to write is when it was seen, and when its next turn
is. What might be new (a request to support, what a name means, how a run ended, something to tell people) is asked for
all tenants at once, and only what is new is written one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from reconciler.adapters.store import asking, claims, handoffs, history, keeping, ledger, noticing, outbox
from reconciler.adapters.store.claims import Claim
from reconciler.adapters.store.remembering import rows_of
from reconciler.adapters.store.showing import written_since
from reconciler.adapters.store.tables import runs
from reconciler.drift.values import Remembered
from reconciler.errors import LeaseLost
from reconciler.fleet.turns import Turn
from reconciler.handoff import OPEN, HandOff
from reconciler.messages import say
from reconciler.notices.matters import matters_of
from reconciler.notices.routing import Route
from reconciler.observe import Fact, Unknown
from reconciler.overview import Kept

KEPT_RUNS = 20


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a pass leaves to be kept; each part None or empty where there is nothing.

    ``make`` gives what is kept of the tenant, from its open requests to support. ``words``: every one it is known by,
    none where the pass broke off. ``since``: when it began, by the machine's clock: what was written to the tenant from
    then on is news.
    """

    following: Turn
    failed_on: str | None
    make: Callable[[Sequence[HandOff]], Kept]
    words: Sequence[str] = ()
    tend: handoffs.Tend | None = None
    meant: Mapping[str, str] | None = None
    note: history.RunNote | None = None
    drift: Remembered | None = None
    answer: Mapping[str, Any] | None = None
    calls: int = 0
    since: datetime | None = None


Left = tuple[Claim, Leaving]
# Takes the turns that follow, each with the calls its pass has made; returns when they really are.
Charge = Callable[[Sequence[tuple[Turn, int]]], Sequence[Turn]]


class Keeper:
    """Keeps what passes leave, in the caller's transaction. ``now``: the machine's clock."""

    def __init__(
        self, connection: Connection, fleet: str, now: datetime, routes: Sequence[Route] | None
    ) -> None:
        self._connection, self._fleet, self._now, self._routes = connection, fleet, now, routes

    def keep(self, left: Sequence[Left], charge: Charge) -> tuple[Kept | LeaseLost, ...]:
        """Keep them, and end their claims; a turn that is not ours any more is left alone, and said so."""
        ours = claims.ours(self._connection, [claimed for claimed, _ in left])
        mine = [(claimed, leaving) for claimed, leaving in left if claimed in ours]
        done = dict(zip((claimed for claimed, _ in mine), self._keep(mine), strict=True))
        following = charge([(leaving.following, leaving.calls) for _, leaving in mine])
        ends = [
            claims.Ended(claimed, turn, leaving.failed_on)
            for (claimed, leaving), turn in zip(mine, following, strict=True)
        ]
        claims.end_all(self._connection, ends, ours)
        for claimed, leaving in mine:
            asking.answer(self._connection, claimed.asks, leaving.answer, self._now)
        return tuple(done.get(claimed) or claims.lost(claimed) for claimed, _ in left)

    def _keep(self, left: Sequence[Left]) -> list[Kept]:
        connection, now = self._connection, self._now
        leavings = [leaving for _, leaving in left]
        words = [tuple(leaving.words) for leaving in leavings]
        # Everybody keeps one after the other, so it is asked for but once who these tenants are.
        rows = rows_of(connection, words)
        there = handoffs.of_tenants(connection, words, rows)
        standing = [self._tended(leaving, known) for leaving, known in zip(leavings, there, strict=True)]
        meant = [(keys, each.meant) for keys, each in zip(words, leavings, strict=True) if each.meant]
        of_meant = [ids for ids, each in zip(rows, leavings, strict=True) if each.meant]
        if news := history.unkept(connection, meant, of_meant):
            history.note_meant(connection, news, now)
            # Some are known now that were not, or by more words.
            rows = rows_of(connection, words)
        notes = [each.note for each in leavings if each.note is not None]
        for tenant in sorted(history.note_runs(connection, notes, now)):
            _prune_runs(connection, tenant, now)
        drifts = [
            (ids, (keys, each.drift))
            for ids, keys, each in zip(rows, words, leavings, strict=True)
            if each.drift is not None
        ]
        noticing.note(connection, [found for _, found in drifts], now, [ids for ids, _ in drifts])
        made = [leaving.make(stands) for leaving, stands in zip(leavings, standing, strict=True)]
        keeping.keep_all(connection, self._fleet, made)
        if self._routes is not None:
            self._tell(leavings, standing, made, self._routes)
        return made

    def _tended(self, leaving: Leaving, known: tuple[HandOff, ...]) -> list[HandOff]:
        """The requests that stand after the pass; of a tenant that is named by nothing there are none."""
        if leaving.tend is not None and handoffs.tend_known(self._connection, leaving.tend, known, self._now):
            known = handoffs.of_tenant(self._connection, leaving.words) if leaving.words else ()
        return [one for one in known if one.state in OPEN]

    def _tell(
        self,
        leavings: Sequence[Leaving],
        standing: Sequence[Sequence[HandOff]],
        made: Sequence[Kept],
        routes: Sequence[Route],
    ) -> None:
        events = written_since(self._connection, [(each.words, each.since) for each in leavings])
        looks = []
        for leaving, stands, kept, news in zip(leavings, standing, made, events, strict=True):
            # A pass that broke off has not looked at what waits for support, so none of it is over.
            asked: Fact[Sequence[HandOff]] = stands if leaving.words else Unknown(say("loop.not-looked"))
            looks.append(matters_of(kept, asked, self._now, news))
        outbox.keep_all(self._connection, looks, routes, self._now)


def _prune_runs(connection: Connection, tenant: str, now: datetime) -> None:
    """Leave a tenant its last distinct outcomes; a loop that runs for months keeps no more of them."""
    newest = select(runs.c.seq).where(runs.c.tenant == tenant).order_by(runs.c.seq.desc())
    for seq in connection.execute(newest.offset(KEPT_RUNS)).scalars().all():
        connection.execute(delete(runs).where(runs.c.seq == seq))
        ledger.note(connection, "run-let-go", now, runs.name, seq)

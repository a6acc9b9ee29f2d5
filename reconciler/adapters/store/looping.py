"""What a loop has to keep in, durable out: claims and their ends, what each tenant looked like, who asked, itself.

All that one pass leaves is kept in one transaction, which begins by asking whether the turn is still this loop's. So a
loop that was frozen, and whose turn another one has taken over meanwhile, keeps nothing of what it saw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, delete, func, insert, select

from reconciler.adapters.store import asking, brakes, claims, keeping, offering, outbox, placing
from reconciler.adapters.store.claims import Choose, Claim
from reconciler.adapters.store.database import Database
from reconciler.adapters.store.leaving import Keeper, Leaving, Left
from reconciler.adapters.store.listing import one_of
from reconciler.adapters.store.placing import Enrolled
from reconciler.adapters.store.presence import RUNNING, Presence
from reconciler.adapters.store.showing import StoredShowing
from reconciler.adapters.store.spending import Budgets
from reconciler.adapters.store.tables import kept, samples, sources, turns
from reconciler.adapters.store.tidying import tidy
from reconciler.errors import LeaseLost
from reconciler.fleet.budget import Rate
from reconciler.fleet.turns import Cause, Pace, Turn, taken_up
from reconciler.messages import say
from reconciler.notices.matters import matters_of, matters_of_loops, matters_of_source
from reconciler.notices.routing import Route
from reconciler.observe import Unknown
from reconciler.overview import Kept, Loop, Source, State


class LoopStore:
    """The store as one loop uses it. Raises StateUnreadable, and LeaseLost where a turn is not this loop's any more.

    ``rate`` is the backend's budget, ``each`` that of one tenant; None: not limited. ``routes`` say who hears of what;
    None: nobody hears of anything.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        about: Loop,
        fleet: str,
        rate: Rate | None = None,
        each: Rate | None = None,
        routes: Sequence[Route] | None = None,
    ) -> None:
        self._database, self._now, self._about, self.fleet = database, now, about, fleet
        self._routes = routes
        self._presence = Presence(database, now, about, fleet)
        self._budgets = Budgets(about.backend, fleet, rate, each)

    @property
    def id(self) -> str:
        """This loop's id."""
        return self._about.id

    @property
    def writes(self) -> bool:
        """Whether this loop writes."""
        return self._about.writes

    def counts(self) -> dict[State, int]:
        """Return how many tenants of the fleet stand in each state."""
        with self._database.reading() as connection:
            found = _counts(connection, self.fleet)
        return {state: found.get(state, 0) for state in State}

    def machine_now(self) -> datetime:
        """The machine's clock, as this store goes by it."""
        return self._now()

    # the loop itself

    def begin(self) -> None:
        """Make this loop known, and free the turns of loops that died on this machine."""
        self._presence.begin()

    def at_odds(self) -> tuple[Loop, ...]:
        """Return the loops of this fleet that write where this one does not; see ``Presence.at_odds``."""
        return self._presence.at_odds()

    def beat(self, state: str, breaker: str, passes: int, claimed: Iterable[Claim]) -> None:
        """Give a sign of life, and renew the claims whose passes are under way."""
        self._presence.beat(state, breaker, passes, claimed)

    def end(self, passes: int) -> None:
        """Say that this loop has ended, and let go of what it holds."""
        self._presence.end(passes)

    def let_go(self) -> None:
        """Let go of the operating system's lock; another loop then frees what is still claimed."""
        self._presence.let_go()

    def free_the_dead(self) -> int:
        """Free the turns of loops that are dead; return how many turns there were."""
        return self._presence.free_the_dead()

    # turns

    def enrol(
        self,
        declared: Mapping[str, str],
        make: Callable[[Turn | None, str], Turn],
        now: datetime,
        *,
        whole: bool = True,
    ) -> Enrolled:
        """Give every tenant its turn; see ``placing.enrol``."""
        with self._database.writing() as connection:
            enrolled = placing.enrol(connection, self.fleet, declared, make, now, whole=whole)
            if self._routes is not None:
                outbox.forget(connection, self.fleet, enrolled.gone, self._routes, self._now())
            return enrolled

    def lacks(self, declared: Mapping[str, str]) -> bool:
        """Say whether somebody declared has no turn any more: another loop did not know of them."""
        with self._database.reading() as connection:
            named = select(turns.c.name).where(turns.c.fleet == self.fleet)
            return not declared.keys() <= set(connection.execute(named).scalars())

    def hasten(self, causes: Mapping[str, Cause], now: datetime) -> int:
        """Bring turns forward to ``now`` (the service's clock)."""
        with self._database.writing() as connection:
            return placing.hasten(connection, self.fleet, causes, now)

    def claim(
        self,
        service_now: datetime,
        choose: Choose,
        besides: int = 0,
        pace: Pace = Pace(),  # noqa: B008 - frozen
    ) -> tuple[Claim, ...]:
        """Claim turns that are due, unless the backend's budget is used up; ``besides``: see ``claims.claim``."""
        with self._database.writing() as connection:
            if self._budgets.wait(connection, service_now):
                return ()
            now = self._moment(connection)
            take_up = partial(taken_up, now=service_now, pace=pace)
            return claims.claim(connection, self.fleet, self.id, service_now, now, choose, take_up, besides)

    def claim_offered(
        self,
        names: Sequence[str],
        service_now: datetime,
        pace: Pace = Pace(),  # noqa: B008 - frozen
    ) -> tuple[Claim, ...]:
        """Claim turns that were offered; none where the backend's budget is used up. They are on offer no more."""
        with self._database.writing() as connection:
            offering.release(connection, self.fleet, names)
            if self._budgets.wait(connection, service_now):
                return ()
            now = self._moment(connection)
            take_up = partial(taken_up, now=service_now, pace=pace)
            return claims.claim_named(connection, self.fleet, self.id, names, service_now, now, take_up)

    def leave_offered(self, names: Sequence[str]) -> None:
        """Let turns be offered again that this one does not begin."""
        with self._database.writing() as connection:
            offering.release(connection, self.fleet, names)

    def give_back(self, claimed: Iterable[Claim]) -> None:
        """Give back turns whose passes were not begun."""
        with self._database.writing() as connection:
            for each in claimed:
                claims.give_back(connection, each)

    def leave(self, claimed: Iterable[Claim], due: datetime) -> None:
        """Give back turns that this loop can not serve, to be due again at ``due``; the others' are left alone."""
        with self._database.writing() as connection:
            ours = claims.ours(connection, list(claimed))
            ends = [claims.Ended(each, replace(each.turn, due=due), each.failed_on) for each in ours]
            claims.end_all(connection, ends, ours)

    def hold_on_to(self, busy: Callable[[], Iterable[str]]) -> None:
        """Free every turn of this loop but those it works on: what could not be given back, say.

        ``busy`` says whose those are, each of them before it is claimed. It is asked while nobody else writes: what is
        claimed here by then has its name there, and what is claimed afterwards is not freed any more.
        """
        with self._database.writing() as connection:
            claims.free_all_but(connection, self.id, busy())

    def put_off(self, claimed: Claim, following: Turn) -> None:
        """End a claim of whose pass nothing could be kept; raises LeaseLost where it is not ours any more."""
        with self._database.writing() as connection:
            claims.end(connection, claimed, following, claimed.failed_on)

    def still_stands(self, claimed: Claim) -> bool:
        """Say whether a turn is ours still, and its tenant declared as it was when we claimed it."""
        with self._database.reading() as connection:
            row = claims.ours(connection, [claimed]).get(claimed)
        return row is not None and row.declared == claimed.declared

    def guard(self, claimed: Claim) -> Callable[[Connection], None]:
        """Return what the journal is to ask before each of its words: whether the turn is still ours."""
        return lambda connection: _ignore(claims.refuse_unless_ours(connection, claimed))

    def next_due(self, strangers: Iterable[str] = ()) -> datetime | None:
        """Return when the next free turn is due (the service's clock), but for those of ``strangers``."""
        with self._database.reading() as connection:
            return claims.next_due(connection, self.fleet, self._moment(connection), strangers)

    def budget_wait(self, now: datetime) -> timedelta:
        """Return how long the backend's budget makes us wait."""
        if self._budgets.rate is None:
            return timedelta(0)
        with self._database.reading() as connection:
            return self._budgets.wait(connection, now)

    def keep(self, claimed: Claim, leaving: Leaving, service_now: datetime) -> Kept:
        """Keep all that a pass leaves and end its claim, in one transaction."""
        (made,) = self.keep_all([(claimed, leaving)], service_now)
        if isinstance(made, LeaseLost):
            raise made
        return made

    def keep_all(self, left: Sequence[Left], service_now: datetime) -> tuple[Kept | LeaseLost, ...]:
        """Do the same for many passes in one transaction; in the place of one whose turn is not ours any more, why."""
        with self._database.writing() as connection:
            keeper = Keeper(connection, self.fleet, self._now(), self._routes)
            return keeper.keep(left, lambda paid: self._budgets.charge(connection, paid, service_now))

    def note_all(self, made: Sequence[Kept]) -> None:
        """Keep how tenants stand that have no pass, in one transaction."""
        if not made:
            return
        with self._database.writing() as connection:
            keeping.keep_all(connection, self.fleet, made)
            if self._routes is not None:
                now, asked = self._now(), Unknown(say("loop.not-looked"))
                looks = [matters_of(each, asked, now) for each in made]
                outbox.keep_all(connection, looks, self._routes, now)

    def before(self, name: str) -> Kept | None:
        """Return what was kept of a tenant's last pass."""
        return self.before_all([name]).get(name)

    def before_all(self, names: Sequence[str]) -> dict[str, Kept]:
        """Return what was kept of the last passes of these tenants, by name; one that had none is left out."""
        asked = (
            select(kept, turns.c.due_at, turns.c.failures)
            .join(turns, (turns.c.fleet == kept.c.fleet) & (turns.c.name == kept.c.name))
            .where(kept.c.fleet == self.fleet)
        )
        with self._database.reading() as connection:
            asked = asked.where(one_of(connection, kept.c.name, names))
            return {row.name: keeping.kept_of(row) for row in connection.execute(asked)}

    def spend(self, calls: int, service_now: datetime) -> None:
        """Count calls to the backend that no pass is charged with."""
        if calls and self._budgets.rate:
            with self._database.writing() as connection:
                self._budgets.spend(connection, calls, service_now)

    def hold_off(self, later: timedelta, service_now: datetime) -> None:
        """Keep every loop from the backend for as long as it asked, as far as its budget reaches."""
        if self._budgets.rate:
            with self._database.writing() as connection:
                self._budgets.hold(connection, service_now, later)

    # what people ask, and what is told of the whole

    def take_asks(self, service_now: datetime) -> int:
        """Bring forward the turns that people asked for since; return how many tenants that are."""
        with self._database.reading() as connection:
            names = asking.waiting(connection)
        if not names:
            return 0
        with self._database.writing() as connection:
            due = select(turns.c.name).where(
                turns.c.fleet == self.fleet, turns.c.name.in_(names), turns.c.cause != int(Cause.ASKED)
            )
            causes = dict.fromkeys(connection.execute(due).scalars(), Cause.ASKED)
            # On offer already, it would come when all that was offered before it is done.
            offering.release(connection, self.fleet, causes)
            return placing.hasten(connection, self.fleet, causes, service_now)

    def note_source(self, source: Source) -> None:
        """Keep what the source looked like when it was last read."""
        values = asdict(source)
        with self._database.writing() as connection:
            connection.execute(delete(sources).where(sources.c.fleet == source.fleet))
            connection.execute(insert(sources).values(**values))
            if self._routes is not None:
                outbox.keep(connection, matters_of_source(source), self._routes, self._now())

    def note_loops(self, showing: StoredShowing, service_now: datetime, alive: timedelta) -> None:
        """Tell people how the loops on this store are, where somebody is to be told."""
        if self._routes is None:
            return
        there, late = showing.loops(), showing.late(service_now)
        with self._database.writing() as connection:
            moment, now = self._moment(connection), self._now()
            living = [one for one in there if one.state == RUNNING and moment - one.beat_at < alive]
            look = matters_of_loops(living, brakes.stop(connection), late)
            outbox.keep(connection, look, self._routes, now)

    def last_source(self) -> Source | None:
        """Return the source as it was last kept."""
        with self._database.reading() as connection:
            row = connection.execute(select(sources).where(sources.c.fleet == self.fleet)).one_or_none()
        return None if row is None else Source(**row._mapping)

    def note_sample(self, at: datetime) -> None:
        """Keep how many tenants stand in each state now, one point for a moment, and forget what is over."""
        with self._database.writing() as connection:
            counts = _counts(connection, self.fleet)
            if not counts:
                # Nobody has had a turn yet: that is no fleet of nobody.
                return
            connection.execute(delete(samples).where(samples.c.fleet == self.fleet, samples.c.at >= at))
            connection.execute(insert(samples).values(fleet=self.fleet, at=at, counts=counts))
            tidy(connection, self.fleet, at, self._moment(connection), self._now())

    def _moment(self, connection: Connection) -> datetime:
        """The clock that claims and signs of life go by."""
        return self._database.moment(connection, self._now())


def _counts(connection: Connection, fleet: str) -> dict[str, int]:
    counted = select(kept.c.state, func.count()).where(kept.c.fleet == fleet).group_by(kept.c.state)
    return {row[0]: row[1] for row in connection.execute(counted)}


def _ignore(_: object) -> None:
    return None

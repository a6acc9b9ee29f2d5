"""The ways tenants are known in, what we remember of each out: one tenant or a whole fleet, in few queries.

A tenant is found by any of its keys. Where its keys lead to rows that were kept apart until now, what all of
them hold counts: an open write under an old name is still an open write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    case,
    func,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.exc import DBAPIError

from reconciler.adapters.store.listing import NARROW, among, has_arrays, one_of_those_given
from reconciler.adapters.store.rows import baseline_of, intent_of, key_of, suspension_of
from reconciler.adapters.store.tables import (
    aliases,
    baselines,
    bindings,
    intents,
    stops,
    successors,
    suspensions,
    tenants,
)
from reconciler.memory import MANY_RAISES, WORD_KINDS, Baseline, Intent, Memory, Settled
from reconciler.messages import say
from reconciler.model import Action
from reconciler.observe import Fact, Unknown

GLOBAL = "global"
GUID_FORM = "________-____-____-____-____________"
SETTLED_KEPT = 20
_STOP = select(stops.c.reason).where(stops.c.scope == GLOBAL)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the tables hold, by tenant row."""

    intents: Mapping[int, list[tuple[int, Intent]]] = field(default_factory=dict)
    spent: Mapping[int, set[str]] = field(default_factory=dict)
    begun: Mapping[int, set[tuple[str, str]]] = field(default_factory=dict)
    bindings: Mapping[int, list[Row[Any]]] = field(default_factory=dict)
    successors: Mapping[int, list[Row[Any]]] = field(default_factory=dict)
    suspensions: Mapping[int, Row[Any]] = field(default_factory=dict)
    baselines: Mapping[int, Fact[Baseline]] = field(default_factory=dict)
    raises: Mapping[int, list[tuple[str, int]]] = field(default_factory=dict)


def remember(connection: Connection, keysets: Sequence[tuple[str, ...]]) -> tuple[Memory, ...]:
    """Return the memory of each tenant, in the order asked; an unknown tenant has an empty one."""
    found = rows_of(connection, keysets)
    return _memories(connection, found)


def remember_rows(connection: Connection, ids: frozenset[int]) -> Memory:
    """Return the memory of one tenant whose rows are known already."""
    return _memories(connection, (ids,))[0]


def rows_of(connection: Connection, keysets: Sequence[tuple[str, ...]]) -> tuple[frozenset[int], ...]:
    """Return the tenant rows each set of keys leads to, with all that are joined to them."""
    wanted = [tuple(key_of(key) for key in keys if key.strip()) for keys in keysets]
    query = select(aliases.c.key, tenants.c.family).join(tenants, tenants.c.id == aliases.c.tenant_id)
    every_key = {key for keys in wanted for key in keys}
    if not every_key:
        return tuple(frozenset() for _ in wanted)
    family_of = {
        row.key: row.family
        for row in connection.execute(query.where(among(connection, aliases.c.key, every_key)))
    }
    if not family_of:
        return tuple(frozenset() for _ in wanted)
    members: dict[int, set[int]] = defaultdict(set)
    joined = select(tenants.c.id, tenants.c.family).where(
        among(connection, tenants.c.family, family_of.values())
    )
    for row in connection.execute(joined):
        members[row.family].add(row.id)
    families = ({family_of[key] for key in keys if key in family_of} for keys in wanted)
    return tuple(frozenset(i for family in each for i in members[family]) for each in families)


def unsettled_where() -> ColumnElement[bool]:
    """SQL for ``Memory.unsettled``: open, or taken and not seen."""
    taken = intents.c.settled.in_((Settled.DONE.value, Settled.STARTED.value))
    return or_(intents.c.settled.is_(None), and_(taken, intents.c.seen.is_(False)))


def stop_reason(connection: Connection) -> str | None:
    """Return why the global stop is on, or None."""
    return connection.execute(_STOP).scalar_one_or_none()


def kinds_apart(connection: Connection) -> frozenset[frozenset[str]]:
    """Return by which kinds of word the tenants are known of which something is kept, each combination once.

    Where a look could read no word of any of these kinds, what is kept may be its own, and nobody can tell.
    """
    guid = case((aliases.c.key.like(GUID_FORM), 1), else_=0)
    kept = union(*(select(table.c.tenant_id) for table in (suspensions, intents, bindings))).subquery()
    family = (
        select(func.min(guid).label("least"), func.max(guid).label("most"))
        .join(tenants, tenants.c.id == aliases.c.tenant_id)
        .where(tenants.c.family.in_(select(tenants.c.family).join(kept, kept.c.tenant_id == tenants.c.id)))
        .group_by(tenants.c.family)
        .subquery()
    )
    found = connection.execute(select(family.c.least, family.c.most).distinct())
    return frozenset(frozenset((WORD_KINDS[row.least], WORD_KINDS[row.most])) for row in found)


def _memories(connection: Connection, found: Sequence[frozenset[int]]) -> tuple[Memory, ...]:
    ids = frozenset().union(*found)
    shelf = _shelf(connection, ids) if ids else Shelf()
    stopped = stop_reason(connection)
    return tuple(_memory(shelf, sorted(each), stopped) for each in found)


def _memory(shelf: Shelf, ids: list[int], stopped: str | None) -> Memory:
    entries = sorted((e for i in ids for e in shelf.intents.get(i, ())), key=lambda entry: entry[0])
    bound = sorted((r for i in ids for r in shelf.bindings.get(i, ())), key=lambda row: row.at)
    followed = sorted((r for i in ids for r in shelf.successors.get(i, ())), key=lambda row: row.at)
    paused = [shelf.suspensions[i] for i in ids if i in shelf.suspensions]
    pause = max(paused, key=lambda row: suspension_of(row).until, default=None)
    return Memory(
        intents=tuple(intent for _, intent in entries),
        bindings={row.address: row.subscription_id for row in bound},
        successors={row.old_id: row.new_id for row in followed},
        begun=frozenset(mark for i in ids for mark in shelf.begun.get(i, ())),
        spent=frozenset(mark for i in ids for mark in shelf.spent.get(i, ())),
        suspension=suspension_of(pause) if pause else None,
        suspended_since=pause.at if pause else None,
        stopped=stopped,
        baseline=_latest([shelf.baselines[i] for i in ids if i in shelf.baselines]),
        raises=_added_up(shelf, ids),
    )


def _added_up(shelf: Shelf, ids: list[int]) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for subscription, count in (pair for i in ids for pair in shelf.raises.get(i, ())):
        total[subscription] += count
    return dict(total)


def _latest(found: Sequence[Fact[Baseline]]) -> Fact[Baseline | None]:
    lost = next((each for each in found if isinstance(each, Unknown)), None)
    read = [each for each in found if not isinstance(each, Unknown)]
    return lost or max(read, key=lambda baseline: baseline.at, default=None)


def _shelf(connection: Connection, ids: frozenset[int]) -> Shelf:
    narrow = len(ids) <= NARROW
    ask = _queries(narrow, has_arrays(connection))
    given = {"ids": sorted(ids)} if narrow else {}
    kept: dict[int, list[tuple[int, Intent]]] = defaultdict(list)
    for row in connection.execute(ask.intents, given).all():
        kept[row.tenant_id].append((row.seq, intent_of(row)))
    spent: dict[int, set[str]] = defaultdict(set)
    begun: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for row in connection.execute(ask.spent, given):
        if row.settled == Settled.DONE.value:
            spent[row.tenant_id].add(row.acknowledged)
        else:
            begun[row.tenant_id].add((row.acknowledged, row.subscription_id))
    bound: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(ask.bindings, given):
        bound[row.tenant_id].append(row)
    followed: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(ask.successors, given):
        followed[row.tenant_id].append(row)
    pauses = connection.execute(ask.suspensions, given)
    paused = {row.tenant_id: row for row in pauses}
    raised: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for row in connection.execute(ask.raises, given):
        raised[row.tenant_id].append((row.subscription_id, row.times))
    return Shelf(kept, spent, begun, bound, followed, paused, _baselines(connection, ask, given), raised)


def _baselines(
    connection: Connection, ask: _Queries, given: Mapping[str, list[int]]
) -> dict[int, Fact[Baseline]]:
    """How tenants stood. One row that can not be read is one unknown fact: nothing but a warning hangs on it."""
    try:
        return {row.tenant_id: baseline_of(row) for row in connection.execute(ask.baselines, given)}
    except (ValueError, DBAPIError):
        pass
    kept = select(baselines.c.tenant_id).order_by(baselines.c.tenant_id)
    asked = given.get("ids", connection.execute(kept).scalars().all())
    return {row: found for row in asked if (found := _baseline(connection, row)) is not None}


def _baseline(connection: Connection, row: int) -> Fact[Baseline] | None:
    try:
        found = connection.execute(select(baselines).where(baselines.c.tenant_id == row)).one_or_none()
        return baseline_of(found) if found else None
    except (ValueError, DBAPIError) as error:
        return Unknown(say("state.no-baseline", why=error))


@dataclass(frozen=True, slots=True)
class _Queries:
    """What is asked of each table. A step asks several times, and building a query costs more than running it."""

    intents: Select[Any]
    spent: Select[Any]
    bindings: Select[Any]
    successors: Select[Any]
    suspensions: Select[Any]
    baselines: Select[Any]
    raises: Select[Any]


@cache
def _queries(narrow: bool, arrays: bool) -> _Queries:
    """Build them once, for the tenant rows given as ``ids`` or for all there are."""

    def ours(table: Table) -> ColumnElement[bool]:
        column: Column[int] = table.c.tenant_id
        return one_of_those_given(column, "ids", arrays=arrays) if narrow else true()

    age = func.row_number().over(partition_by=intents.c.tenant_id, order_by=intents.c.seq.desc()).label("age")
    aged = select(intents, age).where(ours(intents)).subquery()
    recent = select(aged.c.seq).where(aged.c.age <= SETTLED_KEPT)
    taken = intents.c.settled.in_((Settled.DONE.value, Settled.STARTED.value))
    return _Queries(
        intents=select(intents).where(ours(intents), or_(unsettled_where(), intents.c.seq.in_(recent))),
        spent=select(
            intents.c.tenant_id, intents.c.acknowledged, intents.c.subscription_id, intents.c.settled
        ).where(ours(intents), intents.c.acknowledged.is_not(None), taken, intents.c.seen.is_(True)),
        bindings=select(bindings).where(ours(bindings)),
        successors=select(successors).where(ours(successors)),
        suspensions=select(suspensions).where(ours(suspensions)),
        baselines=select(baselines).where(ours(baselines)),
        raises=select(intents.c.tenant_id, intents.c.subscription_id, func.count().label("times"))
        .where(
            ours(intents),
            intents.c.action == Action.ADD.value,
            or_(taken, and_(intents.c.settled.is_(None), intents.c.sent_at.is_not(None))),
        )
        .group_by(intents.c.tenant_id, intents.c.subscription_id)
        .having(func.count() >= MANY_RAISES),
    )

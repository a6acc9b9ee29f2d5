"""What happened in, what is worth keeping of it out: runs, used change plans, the size of the fleet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, delete, func, insert, select, update

from reconciler.adapters.store import ledger
from reconciler.adapters.store.leases import enrol_all
from reconciler.adapters.store.listing import among
from reconciler.adapters.store.rows import key_of
from reconciler.adapters.store.tables import (
    aliases,
    bindings,
    fleet_sizes,
    handoffs,
    intents,
    runs,
    used_plans,
)
from reconciler.limits import Spent
from reconciler.memory import Settled, folded
from reconciler.model import Action
from reconciler.roster import Member, Renamed, Roster


@dataclass(frozen=True, slots=True)
class RunNote:
    """How one run ended for one tenant."""

    tenant: str
    verdict: str
    summary: str
    at: datetime
    commit: str | None = None
    plan_id: str | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One outcome of a tenant, and from when to when how many runs in a row had it."""

    tenant: str
    verdict: str
    summary: str
    commit: str | None
    plan_id: str | None
    first_at: datetime
    last_at: datetime
    times: int


Meant = tuple[tuple[str, ...], Mapping[str, str]]
_AGAIN = (
    update(runs)
    .where(runs.c.seq == bindparam("at"))
    .values(last_at=bindparam("last"), plan_id=bindparam("plan"), times=runs.c.times + bindparam("more"))
)
_ADDED = func.coalesce(intents.c.after_licenses, 0) - func.coalesce(intents.c.before_licenses, 0)
# Asked before each pass, so it is put into words once.
_SPENT_SINCE = (
    select(
        intents.c.tenant,
        func.sum(_ADDED),
        func.sum(case((intents.c.action == Action.SWITCH.value, 1), else_=0)),
    )
    .where(
        intents.c.sent_at.is_not(None),
        # A row of an older store does not tell when it was sent; it was not before its last change.
        func.coalesce(intents.c.written_at, intents.c.changed_at) >= bindparam("moment"),
        func.coalesce(intents.c.settled, "") != Settled.NOT_TAKEN.value,
    )
    .group_by(intents.c.tenant)
)


def note_runs(connection: Connection, notes: Sequence[RunNote], now: datetime) -> frozenset[str]:
    """Keep each outcome; one like the tenant's last is counted on that row, with the latest plan id.

    Returns the names of tenants that had another one before.
    """
    made: list[ledger.Changed] = []
    fresh: dict[str, RunNote] = {}
    others: set[str] = set()
    again: list[dict[str, object]] = []
    latest = _latest(connection, {note.tenant for note in notes})
    for note in notes:
        if note.tenant in fresh:
            made += _new_runs(connection, fresh, latest)
        seq, outcome = latest.get(note.tenant, (0, None))
        if outcome == (note.verdict, note.summary, note.commit):
            again.append({"at": seq, "last": note.at, "plan": note.plan_id, "more": 1})
            continue
        fresh[note.tenant] = note
        if seq:
            others.add(note.tenant)
    made += _new_runs(connection, fresh, latest)
    if again:
        connection.execute(_AGAIN, again)
    ledger.note_all(connection, now, made)
    return frozenset(others)


def _new_runs(
    connection: Connection, fresh: dict[str, RunNote], latest: dict[str, tuple[int, Outcome | None]]
) -> list[ledger.Changed]:
    """Write new outcomes, one for a tenant, and forget that they were still to be written."""
    if not fresh:
        return []
    values = [
        {
            "tenant": note.tenant,
            "verdict": note.verdict,
            "summary": note.summary,
            "commit": note.commit,
            "plan_id": note.plan_id,
            "first_at": note.at,
            "last_at": note.at,
            "times": 1,
        }
        for note in fresh.values()
    ]
    made = insert(runs).returning(runs.c.seq, sort_by_parameter_order=True)
    seqs = list(connection.execute(made, values).scalars())
    for seq, note in zip(seqs, fresh.values(), strict=True):
        latest[note.tenant] = (seq, (note.verdict, note.summary, note.commit))
    fresh.clear()
    return [("run", runs.name, (seq,)) for seq in seqs]


Outcome = tuple[str, str, str | None]


def _latest(connection: Connection, names: set[str]) -> dict[str, tuple[int, Outcome | None]]:
    last = select(func.max(runs.c.seq)).where(among(connection, runs.c.tenant, names)).group_by(runs.c.tenant)
    rows = connection.execute(select(runs).where(runs.c.seq.in_(last)))
    return {row.tenant: (row.seq, (row.verdict, row.summary, row.commit)) for row in rows}


def past_runs(
    connection: Connection, tenant: str, limit: int, formerly: str | None = None
) -> tuple[RunRow, ...]:
    """Return a tenant's last outcomes, newest first, with those under the name it had before."""
    names = {tenant, formerly or tenant}
    query = select(runs).where(runs.c.tenant.in_(names)).order_by(runs.c.seq.desc()).limit(limit)
    return tuple(
        RunRow(r.tenant, r.verdict, r.summary, r.commit, r.plan_id, r.first_at, r.last_at, r.times)
        for r in connection.execute(query)
    )


def unkept(connection: Connection, found: Sequence[Meant], rows: Sequence[frozenset[int]]) -> list[Meant]:
    """Return those of which something is not kept yet; that is asked for all of them at once.

    ``rows``: what ``rows_of`` tells of their keys.
    """
    ids: frozenset[int] = frozenset().union(*rows)
    if not ids:
        return list(found)
    words = {key_of(key) for keys, _ in found for key in keys}
    known = set(
        connection.execute(select(aliases.c.key).where(among(connection, aliases.c.key, words))).scalars()
    )
    bound: dict[int, dict[str, str]] = {}
    for row in connection.execute(select(bindings).where(among(connection, bindings.c.tenant_id, ids))):
        bound.setdefault(row.tenant_id, {})[row.address] = row.subscription_id
    return [
        (keys, meant)
        for (keys, meant), each in zip(found, rows, strict=True)
        if not each
        or not known >= {key_of(key) for key in keys if key.strip()}
        or any(
            {id_: bound[id_][name] for id_ in each if name in bound.get(id_, {})} != {min(each): meant[name]}
            for name in meant
        )
    ]


def note_meant(connection: Connection, found: Sequence[Meant], now: datetime) -> None:
    """Keep which live subscription each declared name was seen to mean; ``found``: (keys of a tenant, ids by name)."""
    rows = enrol_all(connection, [keys for keys, _ in found], now)
    meant = [(each, names) for each, (_, names) in zip(rows, found, strict=True)]
    ledger.note_all(connection, now, bind_all(connection, meant, now))


def bind(
    connection: Connection, rows: frozenset[int], meant: Mapping[str, str], now: datetime
) -> list[ledger.Changed]:
    """Keep what names mean for a tenant with these rows; return all that changed, gone rows too, for the ledger.

    What is meant already is left as it is.
    """
    return bind_all(connection, [(rows, meant)], now)


def bind_all(
    connection: Connection, many: Sequence[tuple[frozenset[int], Mapping[str, str]]], now: datetime
) -> list[ledger.Changed]:
    """Do the same for many tenants."""
    ids: frozenset[int] = frozenset().union(*(rows for rows, _ in many))
    bound: dict[int, dict[str, str]] = {}
    for row in (
        connection.execute(select(bindings).where(among(connection, bindings.c.tenant_id, ids)))
        if ids
        else ()
    ):
        bound.setdefault(row.tenant_id, {})[row.address] = row.subscription_id
    values: dict[tuple[int, str], dict[str, object]] = {}
    keys: list[tuple[int, str]] = []
    for rows, meant in many:
        home = min(rows)
        there = {name: {id_ for id_ in rows if name in bound.get(id_, {})} for name in meant}
        changed = [name for name, id_ in meant.items() if there[name] != {home} or bound[home][name] != id_]
        moved = [name for name in changed if there[name]]
        if moved:
            gone = bindings.c.tenant_id.in_(rows), bindings.c.address.in_(moved)
            connection.execute(delete(bindings).where(*gone))
        for name in changed:
            # The same tenant may come again, by more of its rows.
            for id_ in there[name]:
                del bound[id_][name]
                values.pop((id_, name), None)
            values[home, name] = {
                "tenant_id": home,
                "address": name,
                "subscription_id": meant[name],
                "at": now,
            }
            bound.setdefault(home, {})[name] = meant[name]
        keys += [(row, name) for name in sorted(changed) for row in sorted({home, *there[name]})]
    if values:
        connection.execute(insert(bindings), list(values.values()))
    return [("bound", bindings.name, key) for key in keys]


def spent_since(connection: Connection, moment: datetime) -> Spent:
    """Return what was changed by writes sent since ``moment`` (our clock) that may have been taken."""
    rows = connection.execute(_SPENT_SINCE, {"moment": moment}).all()
    return Spent(sum(int(r[1]) for r in rows), sum(int(r[2]) for r in rows), frozenset(r[0] for r in rows))


def plan_use(connection: Connection, plan_id: str) -> datetime | None:
    """Return when a saved change plan was used, None if it was not."""
    return connection.execute(
        select(used_plans.c.at).where(used_plans.c.plan_id == plan_id)
    ).scalar_one_or_none()


def digest_key(digest: str) -> str:
    """The word under which the use of an approved digest is kept, among those of saved plans: its 64 digits."""
    return digest.partition(":")[2]


def last_fleet_size(connection: Connection, source: str) -> int | None:
    """Return how many tenants ``source`` had when it was last noted, None if it never was."""
    query = select(fleet_sizes.c.tenants).where(fleet_sizes.c.source == source)
    return connection.execute(query).scalar_one_or_none()


def note_fleet_size(
    connection: Connection, source: str, tenants: int, now: datetime, members: Roster | None = None
) -> None:
    """Note how many tenants ``source`` has, and which."""
    kept = None if members is None else [[member.name, member.tenant] for member in members]
    connection.execute(delete(fleet_sizes).where(fleet_sizes.c.source == source))
    connection.execute(insert(fleet_sizes).values(source=source, tenants=tenants, at=now, roster=kept))


def last_roster(connection: Connection, source: str) -> Roster | None:
    """Return the tenants ``source`` had when they were last noted, None if they never were."""
    kept = connection.execute(
        select(fleet_sizes.c.roster).where(fleet_sizes.c.source == source)
    ).scalar_one_or_none()
    return None if kept is None else tuple(Member(str(name), str(word)) for name, word in kept)


def note_renamed(connection: Connection, found: Sequence[Renamed], now: datetime) -> None:
    """Let the outcomes and the requests to support of renamed tenants go by their names of now.

    What was written to a tenant is kept by its domain or id, and goes on as it is.
    """
    for each in found:
        same = runs.c.tenant == each.before
        ended = connection.execute(select(runs.c.seq).where(same).order_by(runs.c.seq)).scalars().all()
        connection.execute(update(runs).where(same).values(tenant=each.now))
        ledger.note_all(connection, now, [("renamed", runs.name, (seq,)) for seq in ended])
        named = select(handoffs.c.id, handoffs.c.word).where(handoffs.c.tenant == each.before)
        # Another fleet may have a tenant of that name: only those of this organisation follow.
        ids = [row.id for row in connection.execute(named) if folded(row.word) == each.tenant]
        connection.execute(update(handoffs).where(handoffs.c.id.in_(ids)).values(tenant=each.now))
        ledger.note_all(connection, now, [("renamed", handoffs.name, (id_,)) for id_ in ids])

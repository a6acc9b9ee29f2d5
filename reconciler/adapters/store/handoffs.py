"""Requests for support in, the same out: one row for each, and a link of the ledger for each change to one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from reconciler.adapters.store import ledger
from reconciler.adapters.store.listing import among, one_of
from reconciler.adapters.store.remembering import rows_of
from reconciler.adapters.store.tables import aliases, handoffs
from reconciler.handoff import HandOff, HandoffState
from reconciler.memory import folded

Tend = Callable[[tuple[HandOff, ...]], Iterable[HandOff]]


def tend(
    connection: Connection, how: Tend, now: datetime, words: Sequence[str] | None = None
) -> tuple[HandOff, ...]:
    """Give ``how`` all requests there are, or those of the tenant known by ``words``; keep and return what it returns.

    In the caller's writing transaction: nobody types in a ticket between what was read and what is kept.
    """
    there = every(connection, None) if words is None else of_tenant(connection, words)
    return tend_known(connection, how, there, now)


def tend_known(
    connection: Connection, how: Tend, there: Sequence[HandOff], now: datetime
) -> tuple[HandOff, ...]:
    """Do the same with requests that were read in this transaction."""
    known = {one.id: one for one in there}
    changed = tuple(one for one in how(tuple(known.values())) if known.get(one.id) != one)
    for one in changed:
        if one.id in known:
            done = connection.execute(update(handoffs).where(handoffs.c.id == one.id).values(**_values(one)))
            if done.rowcount != 1:
                raise ValueError(
                    f"hand-off {one.id} can not be changed: `reconciler history --verify` says more"
                )
        else:
            connection.execute(insert(handoffs).values(**_values(one)))
        known[one.id] = one
        ledger.note(connection, f"handoff-{one.state}", now, handoffs.name, one.id)
    return changed


def every(connection: Connection, state: HandoffState | None) -> tuple[HandOff, ...]:
    """Return those in ``state``, or all, oldest first."""
    query = select(handoffs).order_by(handoffs.c.opened_at, handoffs.c.id)
    if state is not None:
        query = query.where(handoffs.c.state == state.value)
    return tuple(_of(row) for row in connection.execute(query))


def of_tenant(connection: Connection, words: Sequence[str]) -> tuple[HandOff, ...]:
    """Return the requests of a tenant by every word it is or was known by, oldest first."""
    return of_tenants(connection, (words,))[0]


def of_tenants(
    connection: Connection, many: Sequence[Sequence[str]], rows: Sequence[frozenset[int]] | None = None
) -> list[tuple[HandOff, ...]]:
    """Return the same of many tenants, in the order asked, with as many queries as for one.

    ``rows``: what ``rows_of`` tells of these words, where that is known already.
    """
    if rows is None:
        rows = rows_of(connection, [tuple(words) for words in many])
    ids: frozenset[int] = frozenset().union(*rows)
    family: dict[int, set[str]] = defaultdict(set)
    if ids:
        named = select(aliases.c.tenant_id, aliases.c.key).where(among(connection, aliases.c.tenant_id, ids))
        for row in connection.execute(named):
            family[row.tenant_id].add(row.key)
    folds = [
        {*(folded(word) for word in words), *(key for id_ in each for key in family[id_])}
        for words, each in zip(many, rows, strict=True)
    ]
    # A domain may have been written with its last dot.
    known = [each | {f"{word}." for word in each} for each in folds]
    wanted: set[str] = set().union(*known)
    if not wanted:
        return [() for _ in many]
    word = func.lower(handoffs.c.word, type_=handoffs.c.word.type)
    query = select(handoffs, word.label("folded")).where(one_of(connection, word, wanted))
    found = connection.execute(query.order_by(handoffs.c.opened_at, handoffs.c.id)).all()
    if not found:
        return [() for _ in many]
    return [tuple(_of(row) for row in found if row.folded in each) for each in known]


def find(connection: Connection, id_: str) -> HandOff | None:
    """Return one, or None."""
    row = connection.execute(select(handoffs).where(handoffs.c.id == id_)).one_or_none()
    return _of(row) if row else None


def _values(one: HandOff) -> dict[str, Any]:
    # Older versions kept the text itself; now it is put together when it is shown.
    return {**asdict(one), "state": one.state.value, "text": {}}


def _of(row: Row[Any]) -> HandOff:
    kept = {name: value for name, value in row._mapping.items() if name not in ("text", "folded")}
    more = {"state": HandoffState(row.state), "facts": row.facts or {}, "by_hand": bool(row.by_hand)}
    return HandOff(**{**kept, **more})

"""What drift remembers of tenants in and out: how each stood when all was well, and what was seen since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from reconciler.adapters.store.leases import enrol_all
from reconciler.adapters.store.listing import among
from reconciler.adapters.store.remembering import rows_of
from reconciler.adapters.store.rows import baseline_of
from reconciler.adapters.store.tables import baselines, sightings
from reconciler.drift.kinds import Cause, Kind
from reconciler.drift.values import Finding, Remembered, Sighting
from reconciler.memory import Baseline

# What is told of a finding anew at each look is not kept with it.
_OF_A_LOOK = frozenset(
    {
        *("first_seen", "last_seen", "times", "confirmed", "reported_at", "who", "place", "cause", "kind"),
        "bought_back",
    }
)
_KEPT = tuple(f.name for f in fields(Finding) if f.name not in _OF_A_LOOK)


def recall(connection: Connection, keysets: Sequence[tuple[str, ...]]) -> tuple[Remembered, ...]:
    """Return what is remembered of each tenant, in the order asked."""
    return _recalled(connection, rows_of(connection, keysets))


def note(
    connection: Connection,
    found: Sequence[tuple[tuple[str, ...], Remembered]],
    now: datetime,
    rows: Sequence[frozenset[int]] | None = None,
) -> None:
    """Keep it, for tenants by their keys. What a later look has left there already is not put back.

    ``rows``: what ``rows_of`` tells of these keys, where that is known already.
    """
    before = _recalled(connection, rows or rows_of(connection, [keys for keys, _ in found]))
    news = [
        (keys, kept, there)
        for (keys, kept), there in zip(found, before, strict=True)
        if (_moved(there.baseline, kept.baseline) or there.sightings != kept.sightings)
        and not (kept.baseline and there.baseline and there.baseline.at > kept.baseline.at)
    ]
    homes = enrol_all(connection, [keys for keys, _, _ in news], now)
    stand = [
        (ids, kept.baseline)
        for ids, (_, kept, there) in zip(homes, news, strict=True)
        if kept.baseline and _moved(there.baseline, kept.baseline)
    ]
    if stand:
        every = frozenset().union(*(ids for ids, _ in stand))
        connection.execute(delete(baselines).where(baselines.c.tenant_id.in_(every)))
        values: dict[int, dict[str, Any]] = {}
        for ids, baseline in stand:
            # The same tenant may come twice: what was seen of it last stands.
            values = {home: row for home, row in values.items() if home not in ids}
            values[min(ids)] = {"tenant_id": min(ids), **_baseline_values(baseline)}
        connection.execute(insert(baselines), list(values.values()))
    for ids, (_, kept, there) in zip(homes, news, strict=True):
        _note_sightings(connection, ids, there.sightings, kept.sightings)


def _moved(before: Baseline | None, after: Baseline | None) -> bool:
    """Whether there is something to write anew; that it was looked at again is nothing."""
    if before is None or after is None:
        return after is not None
    return replace(after, at=before.at) != before


def _note_sightings(
    connection: Connection,
    ids: frozenset[int],
    before: Mapping[str, Sighting],
    after: Mapping[str, Sighting],
) -> None:
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    if not changed:
        return
    ours = sightings.c.tenant_id.in_(ids), sightings.c.key.in_(changed)
    connection.execute(delete(sightings).where(*ours))
    values = [
        {"tenant_id": min(ids), "key": key, **_sighting_values(after[key])} for key in changed if key in after
    ]
    if values:
        connection.execute(insert(sightings), values)


def _recalled(connection: Connection, rows: Sequence[frozenset[int]]) -> tuple[Remembered, ...]:
    ids = frozenset().union(*rows)
    if not ids:
        return tuple(Remembered() for _ in rows)
    stood = {
        row.tenant_id: baseline_of(row)
        for row in connection.execute(select(baselines).where(among(connection, baselines.c.tenant_id, ids)))
    }
    seen: dict[int, dict[str, Sighting]] = defaultdict(dict)
    for row in connection.execute(select(sightings).where(among(connection, sightings.c.tenant_id, ids))):
        seen[row.tenant_id][row.key] = _sighting_of(row)
    return tuple(
        Remembered(
            max((stood[i] for i in sorted(each) if i in stood), key=lambda b: b.at, default=None),
            {key: sighting for i in sorted(each) for key, sighting in seen[i].items()},
        )
        for each in rows
    )


def _baseline_values(baseline: Baseline) -> dict[str, Any]:
    return {
        "subscriptions": {id_: asdict(s) for id_, s in sorted(baseline.subscriptions.items())},
        "known": sorted(baseline.known),
        "website": baseline.website,
        "written": baseline.written,
        "at": baseline.at,
    }


def _sighting_values(sighting: Sighting) -> dict[str, Any]:
    finding = sighting.finding
    values: dict[str, Any] = {"cause": finding.cause.value, "kind": finding.kind.value}
    values |= {name: getattr(finding, name) for name in _KEPT}
    if finding.bought_back:
        # Only where it says something: a version that does not know it can read the others.
        values["bought_back"] = True
    return {
        "finding": values,
        "first_seen": sighting.first_seen,
        "last_seen": sighting.last_seen,
        "times": sighting.times,
        "confirmed_at": sighting.confirmed_at,
        "reported_at": sighting.reported_at,
        "gone_at": sighting.gone_at,
    }


def _sighting_of(row: Row[Any]) -> Sighting:
    """The sighting of a row; ValueError for a word a newer version wrote."""
    try:
        told = dict(row.finding)
        bare = Finding(**{**told, "cause": Cause(told["cause"]), "kind": Kind(told["kind"])})
    except (KeyError, TypeError) as wrong:
        raise ValueError(f"a sighting of tenant {row.tenant_id} can not be read: {wrong}") from wrong
    finding = replace(bare, first_seen=row.first_seen, last_seen=row.last_seen, times=row.times)
    return Sighting(
        finding=replace(finding, confirmed=row.confirmed_at is not None, reported_at=row.reported_at),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        times=row.times,
        confirmed_at=row.confirmed_at,
        reported_at=row.reported_at,
        gone_at=row.gone_at,
    )

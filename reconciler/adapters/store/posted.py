"""Rows of open matters and of the outbox in, the values they are out, and back again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from reconciler.adapters.store.tables import open_matters
from reconciler.notices import Key, Kind, OpenMatter, Word
from reconciler.notices.delivering import Posting
from reconciler.notices.digesting import Entry
from reconciler.notices.plain import from_plain, words_from, words_of


def open_of(connection: Connection, scopes: Collection[str] | None) -> dict[str, dict[Key, OpenMatter]]:
    """Return what is remembered of tenants, sources or the loops, or of all of them (None), by scope.

    A row that a newer version wrote is as if it were not there: its matter is told anew, and nothing stops for it.
    """
    asked = select(open_matters)
    if scopes is not None:
        asked = asked.where(open_matters.c.scope.in_(sorted(scopes)))
    found: dict[str, dict[Key, OpenMatter]] = defaultdict(dict)
    for row in connection.execute(asked):
        for entry in _open_matter(row):
            found[row.scope][entry.key] = entry
    return found


def values_of(entry: OpenMatter, scope: str) -> dict[str, Any]:
    """Return the row of a matter. Names of any making are JSON, which has a spelling for every character."""
    key = entry.key
    return {
        "thread": key.thread,
        "scope": scope,
        "key": [str(key.kind), key.fleet, key.tenant, key.subject],
        "kind": str(entry.word.kind),
        "reason": entry.word.reason,
        "stands": entry.stands,
        "since": entry.since,
        "opened_at": entry.opened_at,
        "told": words_of((entry.told,) if entry.told else ()),
        "past": words_of(entry.past),
        "labels": dict(entry.labels),
        "turns": [turn.isoformat() for turn in entry.turns],
    }


def posting_of(row: Row[Any]) -> Posting | None:
    """Return the message of a row that is ready to be sent; None for one that this version can not read."""
    try:
        contents = from_plain(row.body)
    except ValueError:
        return None
    if isinstance(contents, Entry):
        return None
    return Posting(row.id, row.receiver, contents, row.created_at, row.thread, row.attempts)


def entry_of(row: Row[Any]) -> Entry | None:
    """Return what a row gathers for a digest; None for one that this version can not read."""
    try:
        found = from_plain(row.body)
    except ValueError:
        return None
    return found if isinstance(found, Entry) else None


def _open_matter(row: Row[Any]) -> Iterator[OpenMatter]:
    try:
        kind, fleet, tenant, subject = row.key
        told = words_from(row.told)
        yield OpenMatter(
            Key(Kind(kind), fleet, tenant, subject),
            Word(Kind(row.kind), row.reason),
            row.stands,
            row.since,
            row.opened_at,
            told[0] if told else None,
            words_from(row.past),
            dict(row.labels),
            tuple(datetime.fromisoformat(turn) for turn in row.turns),
        )
    except (ValueError, TypeError, AttributeError):
        return

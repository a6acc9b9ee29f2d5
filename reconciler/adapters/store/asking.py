"""What people ask of the loops in, what became of it out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, select, update

from reconciler.adapters.store.tables import asks


def ask(connection: Connection, name: str, by: str, now: datetime) -> str:
    """Ask for a pass over a tenant; return the request's id."""
    id_ = str(uuid4())
    connection.execute(insert(asks).values(id=id_, name=name, by=by, at=now))
    return id_


def answer_to(connection: Connection, id_: str) -> Mapping[str, Any] | None:
    """Return what was answered to a request, None while it was not."""
    row = connection.execute(select(asks).where(asks.c.id == id_)).one_or_none()
    if row is None or row.handled_at is None:
        return None
    return {**(row.answer or {}), "handled_at": row.handled_at}


def answer(
    connection: Connection, ids: tuple[str, ...], said: Mapping[str, Any] | None, now: datetime
) -> None:
    """Report requests as handled, with what there is to say."""
    if ids:
        values = {"handled_at": now, "answer": dict(said or {})}
        connection.execute(update(asks).where(asks.c.id.in_(ids)).values(**values))


def waiting(connection: Connection) -> tuple[str, ...]:
    """Return the tenants that somebody has asked for, and nobody answered about."""
    query = select(asks.c.name).where(asks.c.handled_at.is_(None)).distinct()
    return tuple(connection.execute(query).scalars())

"""Rows with one of many values: the right ones in every database, by one statement however many values there are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, func, select
from states import State
from worlds import START

from reconciler.adapters.store import listing, open_store
from reconciler.adapters.store.leases import enrol_all
from reconciler.adapters.store.listing import among, one_of
from reconciler.adapters.store.tables import aliases, tenants

WORDS = ["a.example", "b.example", "it's", "{x,y}", '"', "ærlig.no", "c\\d", "null", "%s", ":name", "x" * 300]


@pytest.fixture
def connection(state: State) -> Iterator[Connection]:
    with open_store(state.where, create=True, now=lambda: START) as store:
        with store._writable().writing() as connection:
            enrol_all(connection, [(word,) for word in WORDS], START)
        with store._writable().reading() as connection:
            yield connection


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.sampled_from([*WORDS, "nobody", "", "a.example ", "x" * 301])))
def test_the_rows_asked_for_are_found(asked: list[str], connection: Connection) -> None:
    where = one_of(connection, aliases.c.key, asked)
    assert set(connection.execute(select(aliases.c.key).where(where)).scalars()) == {*asked} & {*WORDS}
    lowered = one_of(connection, func.lower(aliases.c.key, type_=aliases.c.key.type), asked)
    found = connection.execute(select(func.count()).select_from(aliases).where(lowered)).scalar_one()
    assert found == sum(word.lower() in asked for word in WORDS)
    ids = {row.id: row.name for row in connection.execute(select(tenants.c.id, tenants.c.name))}
    chosen = [id_ for id_, name in ids.items() if name in asked]
    some = select(tenants.c.id).where(one_of(connection, tenants.c.id, [*chosen, 0, -1, *chosen]))
    assert sorted(connection.execute(some).scalars()) == sorted(chosen)


def test_a_server_is_asked_the_same_however_many_there_are(
    connection: Connection, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    monkeypatch.setattr(listing, "NARROW", 8)

    @event.listens_for(connection, "before_cursor_execute")
    def heard(_: object, __: object, statement: str, *___: object) -> None:
        asked.add(statement)

    for many in (0, 1, 3, 8):
        connection.execute(select(aliases.c.key).where(among(connection, aliases.c.key, WORDS[:many])))
    assert len(asked) == (1 if state.server else 4)
    # More than a few are not looked for one by one, so whoever asks has to look at what comes.
    every = select(aliases.c.key).where(among(connection, aliases.c.key, WORDS[:9]))
    assert set(connection.execute(every).scalars()) == {*WORDS}

"""Tenants made known by their words, many at once: all of them from then on, asked for together."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event
from states import State
from worlds import START

from reconciler.adapters.store import open_store
from reconciler.adapters.store.leases import enrol, enrol_all
from reconciler.adapters.store.remembering import rows_of

WORDS = "abcdefgh"
KEYS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(tuple)
ROUNDS = st.lists(st.lists(KEYS, max_size=6), min_size=1, max_size=4)


@contextmanager
def fresh() -> Iterator[Connection]:
    with tempfile.TemporaryDirectory() as folder, open_store(folder, create=True, now=lambda: START) as store:
        with store._writable().writing() as connection:
            yield connection
        examination = store.verify()
        assert examination is not None
        assert examination.sound


def links(connection: Connection) -> int:
    return connection.exec_driver_sql("SELECT count(*) FROM ledger").scalar_one()


@settings(max_examples=60, deadline=None)
@given(ROUNDS)
def test_many_at_once_are_known_by_all_their_words_from_then_on(rounds: list[list[tuple[str, ...]]]) -> None:
    with fresh() as connection:
        for many in rounds:
            before = rows_of(connection, many)
            made = enrol_all(connection, many, START)
            assert all(each and each >= known for each, known in zip(made, before, strict=True))
            stands, told = rows_of(connection, many), links(connection)
            assert all(rows_of(connection, [(word,)])[0] for keys in many for word in keys)
            # From then on there is nothing to do, neither for all nor for each.
            assert tuple(enrol_all(connection, many, START)) == stands
            assert tuple(enrol(connection, keys, START) for keys in many) == stands
            assert links(connection) == told


@pytest.mark.parametrize("many", [2, 40])
def test_who_is_new_or_known_costs_no_query_of_its_own(many: int, state: State) -> None:
    everybody = [(f"t{number}.example", f"id-{number}") for number in range(many)]
    with open_store(state.where, create=True, now=lambda: START) as store:
        for most in (6, 3):
            with store._writable().writing() as connection:
                asked: list[str] = []
                event.listen(
                    connection,
                    "before_cursor_execute",
                    lambda *about, to=asked: to.append(about[2]) if about[2].startswith("SELECT") else None,
                )
                enrol_all(connection, everybody, START)
                assert 0 < len(asked) <= most, asked

"""Tenants made known by their words, many at once: as if it were done one after the other, and asked for together."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
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


def together(connection: Connection) -> set[frozenset[str]]:
    """Which words lead to the same rows."""
    of: dict[frozenset[int], set[str]] = defaultdict(set)
    for word in WORDS:
        (rows,) = rows_of(connection, [(word,)])
        if rows:
            of[rows].add(word)
    return set(map(frozenset, of.values()))


def led_to(connection: Connection, many: Sequence[tuple[str, ...]], rows: Sequence[frozenset[int]]) -> None:
    assert list(rows_of(connection, many)) == list(rows)


@settings(max_examples=60, deadline=None)
@given(ROUNDS)
def test_many_at_once_are_known_as_one_by_one(rounds: list[list[tuple[str, ...]]]) -> None:
    with fresh() as at_once, fresh() as one_by_one:
        for many in rounds:
            enrol_all(at_once, many, START)
            for keys in many:
                enrol(one_by_one, keys, START)
            assert together(at_once) == together(one_by_one)
            led_to(at_once, many, enrol_all(at_once, many, START))


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

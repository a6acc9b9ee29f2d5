"""What drift remembers, kept in the store: it comes back as it was, and it is no part of the journal."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from states import State
from worlds import START

from reconciler.adapters.store import Store, open_store
from reconciler.drift.kinds import Cause, Kind
from reconciler.drift.values import Finding, Remembered, Sighting
from reconciler.errors import StateUnreadable
from reconciler.memory import Baseline, Standing
from reconciler.model import Suspension
from reconciler.observe import Unknown

FABRIKAM, GUID = "fabrikam.onmicrosoft.com", "b3d5a0f2-7c1e-4b52-9a36-0c9d8e7f6a51"
LATER = START + timedelta(hours=1)
STOOD = Baseline(
    {"a": Standing("main", "office-365-enterprise-e3", 42, "active", False), "b": Standing("mail")},
    frozenset({"a", "b", "c"}),
    START,
    "www.fabrikam.no",
    "intent-9",
)
ROSE = Finding(
    Cause.OUTSIDE, Kind.LICENSES_ABOVE, "a", "licenses", "main", "a", "office-365-enterprise-e3", 42, 50, 42,
    START, LATER, 3, True, LATER,
)  # fmt: skip
SEEN = Sighting(ROSE, START, LATER, 3, START, LATER, None)
PAUSE = Suspension("merger", "ola@fabrikam.no", date(2026, 12, 24))
KEPT = Remembered(STOOD, {ROSE.key: SEEN})


def opened(place: Path | State, *, create: bool = True) -> Store:
    where = place.where if isinstance(place, State) else str(place)
    return open_store(where, create=create, now=lambda: START)


def recalled(store: Store, *keys: str) -> Remembered:
    (found,) = store.remembered_all([keys or (FABRIKAM,)])
    assert isinstance(found, Remembered)
    return found


def test_what_is_kept_comes_back_as_it_was(state: State) -> None:
    with opened(state) as store:
        store.note_drift([((FABRIKAM,), KEPT), (("contoso.onmicrosoft.com",), Remembered())])
    with opened(state, create=False) as store:
        assert recalled(store, FABRIKAM.upper()) == KEPT
        assert recalled(store, "contoso.onmicrosoft.com") == Remembered()
        assert recalled(store, "nobody.onmicrosoft.com") == Remembered()


def test_that_something_was_bought_back_comes_back_too_and_is_not_written_where_it_is_not_so(
    tmp_path: Path,
) -> None:
    back = replace(SEEN, finding=replace(ROSE, bought_back=True), gone_at=LATER)
    with opened(tmp_path) as store:
        store.note_drift([((FABRIKAM,), KEPT)])
        assert "bought_back" not in told(tmp_path)
        store.note_drift([((FABRIKAM,), Remembered(STOOD, {ROSE.key: back}))])
        assert '"bought_back": true' in told(tmp_path)
        assert recalled(store) == Remembered(STOOD, {ROSE.key: back})


def told(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "state.db")) as connection:
        ((text,),) = connection.execute("SELECT finding FROM sightings").fetchall()
    return str(text)


# How it stood, as one fact among what is remembered


def test_the_memory_of_a_tenant_holds_how_it_stood(state: State) -> None:
    with opened(state) as store:
        store.note_drift([((FABRIKAM,), KEPT)])
        store.suspend((GUID,), "fabrikam", PAUSE)
        assert store.recall((FABRIKAM,)).baseline == STOOD
        assert store.recall((GUID,)).baseline is None
        assert store.recall((FABRIKAM, GUID)).baseline == STOOD
        with store.lease((FABRIKAM, GUID), "a test", sleep=lambda _: None) as journal:
            assert journal.memory().baseline == STOOD
        newer = replace(STOOD, at=LATER, website="newer")
        store.note_drift([((GUID,), Remembered(newer, {}))])
        assert store.recall((FABRIKAM,)).baseline == newer


@pytest.mark.parametrize("many", [2, 600])
@pytest.mark.parametrize(
    "broken",
    ["subscriptions = '[]'", "subscriptions = '{'", "at = 'yesterday'", "known = CAST(x'22ff22' AS TEXT)"],
)
def test_a_baseline_that_does_not_decode_is_one_unknown_fact_and_nothing_else_is_lost(
    broken: str, many: int, tmp_path: Path
) -> None:
    words = [f"tenant-{number}.no" for number in range(many)]
    with opened(tmp_path) as store:
        store.note_drift([((word,), KEPT) for word in words])
        store.suspend((words[0],), "fabrikam", PAUSE)
    altered(tmp_path, f"UPDATE baselines SET {broken} WHERE tenant_id = 1")
    with opened(tmp_path, create=False) as store:
        lost, *others = store.recall_all([(word,) for word in words])
    assert isinstance(lost.baseline, Unknown)
    assert (lost.suspension, lost.intents) == (PAUSE, ())
    assert {memory.baseline == STOOD for memory in others} == {True}


def test_what_is_no_longer_remembered_is_no_longer_kept(state: State) -> None:
    with opened(state) as store:
        store.note_drift([((FABRIKAM,), KEPT)])
        other = replace(ROSE, kind=Kind.LICENSES_BELOW, live=30)
        gone = replace(SEEN, gone_at=LATER)
        after = Remembered(
            replace(STOOD, website=None), {ROSE.key: gone, other.key: replace(SEEN, finding=other)}
        )
        store.note_drift([((FABRIKAM,), after)])
        assert recalled(store) == after
        store.note_drift([((FABRIKAM,), Remembered(after.baseline, {}))])
        assert recalled(store) == Remembered(after.baseline, {})


def test_a_tenant_is_remembered_by_any_of_its_names(state: State) -> None:
    with opened(state) as store:
        store.note_drift([((FABRIKAM,), KEPT)])
        assert recalled(store, GUID, FABRIKAM) == KEPT
        store.note_drift([((GUID, FABRIKAM), Remembered(replace(STOOD, website=None), {}))])
        assert recalled(store) == Remembered(replace(STOOD, website=None), {})


def test_an_older_look_does_not_put_its_memory_over_a_newer_one(state: State) -> None:
    newer = Remembered(replace(STOOD, at=LATER, website="new"), {})
    with opened(state) as store:
        store.note_drift([((FABRIKAM,), newer)])
        store.note_drift([((FABRIKAM,), KEPT)])
        assert recalled(store) == newer


def test_a_look_that_shows_the_same_writes_nothing(state: State) -> None:
    with opened(state) as store:
        store.note_drift([((FABRIKAM,), Remembered(STOOD, {}))])
        store.note_drift([((FABRIKAM,), Remembered(replace(STOOD, at=LATER), {}))])
        assert recalled(store).baseline == STOOD


def altered(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "state.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE baselines SET subscriptions = '[]'",
        'UPDATE baselines SET subscriptions = \'{"a": {"nobody": 1}}\'',
        'UPDATE sightings SET finding = \'{"kind": "x"}\'',
        "UPDATE sightings SET finding = json_set(finding, '$.kind', 'a-newer-kind')",
        "UPDATE sightings SET first_seen = 'yesterday'",
    ],
)
def test_a_memory_that_does_not_decode_is_unknown_and_is_not_written_over(
    statement: str, tmp_path: Path
) -> None:
    with opened(tmp_path) as store:
        store.note_drift([((FABRIKAM,), KEPT)])
    altered(tmp_path, statement)
    with opened(tmp_path) as store:
        (found,) = store.remembered_all([(FABRIKAM,)])
        assert isinstance(found, Unknown)
        with pytest.raises(StateUnreadable):
            store.note_drift([((FABRIKAM,), KEPT)])


def test_a_store_opened_for_reading_remembers_nothing_more(state: State) -> None:
    opened(state).close()
    with opened(state, create=False) as store, pytest.raises(StateUnreadable, match="reading only"):
        store.note_drift([((FABRIKAM,), KEPT)])


def test_a_store_made_before_there_was_drift_is_sound_and_gets_its_tables_when_it_is_written(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as store:
        store.set_stop("audit", "ola")
    altered(tmp_path, "DROP TABLE baselines", "DROP TABLE sightings")
    with opened(tmp_path, create=False) as store:
        assert recalled(store) == Remembered()
        assert store.recall((FABRIKAM,)).stopped == "audit"
    with opened(tmp_path) as store:
        store.note_drift([((FABRIKAM,), KEPT)])
        assert recalled(store) == KEPT
        assert store.recall((FABRIKAM,)).stopped == "audit"

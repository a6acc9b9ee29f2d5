"""The state store: what it keeps, what it answers when it can not be read, what it refuses."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from sqlalchemy import create_engine, func, select
from states import State

from reconciler.adapters.store import RunNote, Store, StoredJournal, open_store
from reconciler.adapters.store.tables import metadata, stops
from reconciler.errors import PlanRefused, ReconcilerError, StateUnreadable, Unsettled
from reconciler.handoff import HandOff, HandoffState
from reconciler.memory import Intent, Memory, Settled
from reconciler.model import Action, Subscription, Suspension
from reconciler.observe import Unknown

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FABRIKAM = ("fabrikam.onmicrosoft.com",)
PAUSE = Suspension("merger", "ola@fabrikam.no", date(2026, 12, 24))


def now() -> datetime:
    return NOON


def opened(place: Path | str | State, *, create: bool = True) -> Store:
    where = place.where if isinstance(place, State) else str(place)
    return open_store(where, create=create, now=now)


def never(seconds: float) -> None:
    raise AssertionError(f"nobody holds this tenant, yet it waited {seconds} s")


@contextmanager
def journal(store: Store, *keys: str, run: str | None = None) -> Iterator[StoredJournal]:
    with store.lease(keys or FABRIKAM, "host 1, apply", sleep=never, patience=0, run=run) as held:
        yield held


def intent(id_: str = "i-1", **changes: Any) -> Intent:
    plain = Intent(
        id=id_,
        tenant="fabrikam",
        address="main",
        action=Action.ADD,
        subscription_id="sub-1",
        before=Subscription("office-365-enterprise-e3", 20),
        after=Subscription("office-365-enterprise-e3", 42),
        request_id=f"request-{id_}",
        generation=0,
        known_ids=("sub-1", "sub-2"),
        intended_at=NOON,
    )
    return replace(plain, **changes)


def wish(id_: str = "h-1", **changes: Any) -> HandOff:
    plain = HandOff(
        id=id_,
        kind="remove-licenses",
        tenant="fabrikam",
        word="fabrikam.onmicrosoft.com",
        address="main",
        subscription_id="sub-1",
        before={"plan": "office-365-enterprise-e3", "licenses": 42},
        after={"plan": "office-365-enterprise-e3", "licenses": 20},
        why="42 licences are bought, 20 are declared",
        opened_at=NOON,
        facts={"cause": "fewer-licenses", "where": "Færre lisenser"},
    )
    return replace(plain, **changes)


# What is not there, and what can not be read


def test_a_missing_store_is_an_empty_memory_and_stays_missing(tmp_path: Path) -> None:
    folder = tmp_path / ".reconciler"
    with opened(folder, create=False) as store:
        assert store.recall(FABRIKAM) == Memory()
        assert store.stop() is None
        assert store.handoffs() == ()
        assert store.handoff("h-1") is None
        assert store.runs("fabrikam") == ()
        assert store.plan_use("p-1") is None
        assert store.last_fleet_size("examples") is None
    assert list(tmp_path.iterdir()) == []


def test_a_missing_store_in_a_folder_that_is_there_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    with opened(tmp_path, create=False) as store:
        assert store.recall(FABRIKAM).intents == ()
    assert list(tmp_path.iterdir()) == []


def test_a_new_store_lies_in_a_folder_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / ".reconciler"
    opened(folder).close()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "state.db").stat().st_mode & 0o777 == 0o600
    assert not list(folder.glob("*.new*"))


def test_a_new_store_has_what_its_tables_tell_and_no_more(tmp_path: Path) -> None:
    opened(tmp_path).close()
    told = create_engine("sqlite://")
    metadata.create_all(told)

    def shapes(database: Any) -> set[tuple[str, ...]]:
        rows = database.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        return set(rows)

    with closing(sqlite3.connect(tmp_path / "state.db")) as made, told.connect() as connection:
        assert shapes(made) == shapes(connection.connection)
    told.dispose()


def test_a_database_url_names_the_file_itself(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/other.db") as store:
        store.set_stop("audit", "ola")
    with opened(f"sqlite:///{tmp_path}/other.db", create=False) as store:
        assert store.recall(()).stopped == "audit"
    assert (tmp_path / "other.db").is_file()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://me:hush@db/x", "://"])
def test_a_url_that_is_no_database_file_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(StateUnreadable, match="SQLite") as caught:
        opened(url)
    assert "hush" not in str(caught.value)
    with opened(url, create=False) as store:
        assert isinstance(store.recall(FABRIKAM).intents, Unknown)


def test_a_name_with_signs_that_mean_something_in_urls_is_only_a_name(tmp_path: Path) -> None:
    folder = tmp_path / "å b?mode=memory#%20&x"
    with opened(folder) as store:
        store.set_stop("audit", "ola")
    with opened(folder, create=False) as store:
        assert store.recall(()).stopped == "audit"


def garbage(folder: Path) -> None:
    (folder / "state.db").write_bytes(b"what is this?" * 999)


def emptied(folder: Path) -> None:
    (folder / "state.db").write_bytes(b"")


def a_folder(folder: Path) -> None:
    (folder / "state.db").unlink()
    (folder / "state.db").mkdir()


def a_link_to_nowhere(folder: Path) -> None:
    (folder / "state.db").unlink()
    (folder / "state.db").symlink_to(folder / "not-mounted" / "state.db")


def gone_but_for_its_log(folder: Path) -> None:
    (folder / "state.db").rename(folder / "state.db-wal")


def altered(statement: str) -> Any:
    def alter(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "state.db")) as connection, connection:
            connection.execute(statement)

    return alter


def overwritten_inside(folder: Path) -> None:
    file = folder / "state.db"
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)


BROKEN = {
    "garbage": (garbage, "not a database"),
    "emptied": (emptied, "no content"),
    "a folder": (a_folder, "a folder where"),
    "a dangling link": (a_link_to_nowhere, "a link to a place"),
    "only its log": (gone_but_for_its_log, "write-ahead log"),
    "pages overwritten": (overwritten_inside, "malformed"),
    "a table missing": (altered("DROP TABLE used_plans"), "lacks the tables used_plans"),
    "another program's": (altered("DROP TABLE about"), "not one of this tool"),
    "a newer schema": (altered("UPDATE about SET value = '99' WHERE key = 'schema'"), "schema version 99"),
    "no schema": (altered("DELETE FROM about WHERE key = 'schema'"), "schema version None"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_store_is_unknown_to_readers_and_refuses_writers(name: str, tmp_path: Path) -> None:
    break_it, why = BROKEN[name]
    with opened(tmp_path) as store, journal(store) as held:
        held.intend(intent())
    break_it(tmp_path)

    with opened(tmp_path, create=False) as store:
        memory = store.recall(FABRIKAM)
        for fact in (memory.intents, memory.unsettled, memory.suspension, memory.stopped, store.stop()):
            assert isinstance(fact, Unknown)
            assert why in fact.reason
            assert str(tmp_path) in fact.reason
            assert "Nothing is written" in fact.reason
        with pytest.raises(StateUnreadable):
            store.handoffs()
        with pytest.raises(StateUnreadable):
            store.set_stop("audit", "ola")
        with pytest.raises(StateUnreadable), journal(store):
            pass
    with pytest.raises(StateUnreadable, match=why):
        opened(tmp_path)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE intents SET settled = 'perhaps'",
        "UPDATE intents SET action = 'remove'",
        "UPDATE intents SET known_ids = '{'",
        "UPDATE intents SET known_ids = '{}'",
        "UPDATE intents SET intended_at = 'yesterday'",
        "UPDATE intents SET intended_at = '2026-11-23T12:00:00'",
        "UPDATE suspensions SET until = 'soon'",
        "ALTER TABLE intents DROP COLUMN evidence",
    ],
)
def test_a_row_that_does_not_decode_is_unknown_not_absent(statement: str, tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.suspend(FABRIKAM, "fabrikam", PAUSE)
        with journal(store) as held:
            held.intend(intent())
    altered(statement)(tmp_path)
    with opened(tmp_path, create=False) as store:
        assert isinstance(store.recall(FABRIKAM).unsettled, Unknown)


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(StateUnreadable, match=r"state can not be used: Not a directory.*--state"):
        opened(tmp_path / "state")
    with opened(tmp_path / "state", create=False) as store:
        assert isinstance(store.recall(FABRIKAM).intents, Unknown)


def test_a_store_that_vanishes_under_a_writer_is_not_made_anew(tmp_path: Path) -> None:
    with opened(tmp_path / "a") as store:
        store.close()
        shutil.rmtree(tmp_path / "a")
        with pytest.raises(StateUnreadable):
            store.set_stop("audit", "ola")
        assert isinstance(store.recall(FABRIKAM).intents, Unknown)
    assert not (tmp_path / "a").exists()


def test_a_store_that_is_gone_while_its_locks_are_there_is_not_an_empty_one(tmp_path: Path) -> None:
    with opened(tmp_path) as store, journal(store) as held:
        held.intend(intent())
    (tmp_path / "state.db").unlink()
    with opened(tmp_path, create=False) as store:
        assert isinstance(store.recall(FABRIKAM).unsettled, Unknown)
    with pytest.raises(StateUnreadable, match="locks of earlier runs"):
        opened(tmp_path)
    shutil.rmtree(tmp_path / "locks")
    opened(tmp_path).close()


def test_a_store_that_breaks_while_open_is_unknown_from_then_on(tmp_path: Path) -> None:
    with opened(tmp_path, create=False) as store:
        assert store.recall(FABRIKAM).intents == ()
    with opened(tmp_path) as store:
        store.close()
        garbage(tmp_path)
        assert isinstance(store.recall(FABRIKAM).intents, Unknown)


@contextmanager
def without_rights() -> Iterator[Path]:
    """A folder, and no right to what its files forbid: also when the tests run as root."""
    folder = Path(tempfile.mkdtemp())
    user = os.geteuid()
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        if user == 0:
            os.seteuid(0)
        folder.chmod(0o700)
        shutil.rmtree(folder)


def drop_rights() -> None:
    if os.geteuid() == 0:
        os.seteuid(65534)


def test_a_read_only_store_is_refused_when_it_comes_to_writing() -> None:
    with without_rights() as folder:
        opened(folder).close()
        (folder / "state.db").chmod(0o444)
        folder.chmod(0o555)
        drop_rights()
        with pytest.raises(StateUnreadable, match="owner and permissions"):
            opened(folder)


def test_a_store_without_the_right_to_read_it_is_unknown() -> None:
    with without_rights() as folder:
        opened(folder / "state").close()
        (folder / "state").chmod(0o000)
        drop_rights()
        with opened(folder / "state", create=False) as store:
            fact = store.recall(FABRIKAM).intents
        with pytest.raises(StateUnreadable, match="Permission denied"):
            opened(folder / "state")
    assert isinstance(fact, Unknown)


def test_a_store_opened_for_reading_writes_nothing(state: State) -> None:
    opened(state).close()
    with opened(state, create=False) as store:
        with pytest.raises(StateUnreadable, match="opened for reading only"):
            store.suspend(FABRIKAM, "fabrikam", PAUSE)
        with pytest.raises(StateUnreadable, match="opened for reading only"), journal(store):
            pass


def test_a_crash_while_the_store_is_made_leaves_nothing_that_counts_as_one(tmp_path: Path) -> None:
    (tmp_path / "state.db.new").write_bytes(b"half")
    with opened(tmp_path, create=False) as store:
        assert store.recall(FABRIKAM) == Memory()
    with opened(tmp_path) as store, journal(store) as held:
        held.intend(intent())
    assert not (tmp_path / "state.db.new").exists()


def test_a_writing_transaction_is_on_the_disk_before_it_returns(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        database = store._writable()
        with database.writing() as connection:
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
    full = 2
    assert found == {"journal_mode": "wal", "synchronous": full, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_server_is_waited_for_until_its_disk_has_it_whatever_its_habit_is(server: State) -> None:
    server.ask(f"ALTER DATABASE {server.name} SET synchronous_commit = off")
    with opened(server) as store, store._writable().writing() as connection:
        for setting, value in (
            ("synchronous_commit", "on"),
            ("transaction_isolation", "read committed"),
            ("TimeZone", "UTC"),
            ("lock_timeout", "30s"),
            ("statement_timeout", "1min"),
            ("idle_in_transaction_session_timeout", "15s"),
        ):
            assert connection.exec_driver_sql(f"SHOW {setting}").scalar_one() == value


def test_what_is_read_on_a_server_is_one_view_and_nothing_can_be_written_by_it(server: State) -> None:
    with opened(server) as store, opened(server) as other:
        with store._writable().reading() as connection:
            count = select(func.count()).select_from(stops)
            assert connection.execute(count).scalar_one() == 0
            other.set_stop("audit", "ola")
            assert connection.execute(count).scalar_one() == 0
        with pytest.raises(StateUnreadable, match="read-only"), store._writable().reading() as connection:
            connection.execute(stops.delete())


# The journal


def test_an_intent_comes_back_as_it_was_recorded(state: State) -> None:
    oslo = timezone(timedelta(hours=1))
    full = intent(
        action=Action.SWITCH,
        after=Subscription("office-365-enterprise-e4", 42),
        intended_at=NOON.astimezone(oslo),
        plan_id="p-1",
        commit="c0ffee",
        acknowledged="sha256:1",
    )
    with opened(state) as store:
        with journal(store) as held:
            recorded = held.intend(full)
            assert held.memory().intents == (recorded,)
        kept = store.recall(FABRIKAM).intents
    assert recorded == full
    assert kept == (full,)
    assert isinstance(kept, tuple)
    assert kept[0].intended_at.utcoffset() == timedelta(0)


def test_an_intent_goes_from_intended_to_sent_to_settled(state: State) -> None:
    with opened(state) as store:
        with journal(store) as held:
            sent = held.sent(held.intend(intent()), NOON)
            assert sent == intent(sent_at=NOON)
            assert held.looked(held.looked(sent)).clear_looks == 2
            taken = held.settle(sent, Settled.DONE, "accepted", seen=False)
            assert store.open_intents(FABRIKAM) == (taken,)
            seen = held.settle(taken, Settled.DONE, "read back: 42", seen=True)
            assert (seen.settled, seen.seen, seen.evidence) == (Settled.DONE, True, "read back: 42")
            assert seen.clear_looks == 2
        assert store.open_intents(FABRIKAM) == ()


UNSETTLED = [(None, False), (Settled.DONE, False), (Settled.STARTED, False)]


@pytest.mark.parametrize(("settled", "seen"), UNSETTLED)
def test_no_intent_beside_one_that_may_still_take_effect(
    settled: Settled | None, seen: bool, state: State
) -> None:
    with opened(state) as store, journal(store) as held:
        first = held.intend(intent())
        if settled:
            first = held.settle(first, settled, "accepted", seen=seen)
        with pytest.raises(Unsettled, match=r"fabrikam.*request-i-1.*reconciler resolve"):
            held.intend(intent("i-2", subscription_id="sub-2"), uses_plan="p-1")
        assert held.memory().intents == (first,)
        assert store.plan_use("p-1") is None


@pytest.mark.parametrize(
    ("settled", "seen"),
    [(Settled.DONE, True), (Settled.STARTED, True), (Settled.FAILED, False), (Settled.NOT_TAKEN, False)],
)
def test_the_same_step_again_is_the_next_generation(settled: Settled, seen: bool, state: State) -> None:
    with opened(state) as store, journal(store) as held:
        held.settle(held.intend(intent()), settled, "", seen=seen)
        again = held.intend(intent("i-2"))
        held.settle(again, Settled.FAILED, "", seen=False)
        other = held.intend(intent("i-3", after=Subscription("office-365-enterprise-e3", 43)))
    assert (again.generation, other.generation) == (1, 0)


def test_a_settled_intent_can_not_be_sent(state: State) -> None:
    with opened(state) as store, journal(store) as held:
        held.settle(held.intend(intent()), Settled.NOT_TAKEN, "never sent", seen=False)
        with pytest.raises(StateUnreadable, match="no open intent i-1"):
            held.sent(intent(), NOON)
        assert store.open_intents(FABRIKAM) == ()


def test_an_intent_of_another_tenant_can_not_be_settled(state: State) -> None:
    with opened(state) as store:
        with journal(store, "contoso") as held:
            theirs = held.intend(intent())
        with journal(store) as held, pytest.raises(StateUnreadable):
            held.settle(theirs, Settled.DONE, "", seen=True)
        assert store.open_intents(("contoso",)) == (theirs,)


def test_all_unsettled_and_the_latest_settled_intents_are_recalled(state: State) -> None:
    with opened(state) as store, journal(store) as held:
        for number in range(30):
            held.settle(held.intend(intent(f"i-{number}")), Settled.FAILED, "", seen=False)
        last = held.intend(intent("i-30"))
        found = store.recall(FABRIKAM).intents
    assert isinstance(found, tuple)
    assert [i.generation for i in found] == list(range(11, 31))
    assert found[-1] == last


def test_an_open_intent_is_recalled_however_many_came_after_it(state: State) -> None:
    with opened(state) as store:
        with journal(store) as held:
            held.intend(intent())
            old = held.settle(intent(), Settled.FAILED, "", seen=False)
            for number in range(25):
                held.settle(held.intend(intent(f"j-{number}")), Settled.FAILED, "", seen=False)
            reopened = held.settle(old, Settled.DONE, "resolved by hand", seen=False)
        assert store.open_intents(FABRIKAM) == (reopened,)


def test_an_acknowledgement_is_spent_once_its_switch_is_seen_done(state: State) -> None:
    with opened(state) as store, journal(store) as held:
        recorded = held.intend(intent(acknowledged="sha256:1"))
        assert held.memory().spent == frozenset()
        held.settle(recorded, Settled.STARTED, "", seen=True)
        assert held.memory().spent == frozenset()
        held.settle(recorded, Settled.DONE, "", seen=False)
        assert held.memory().spent == frozenset()
        held.settle(recorded, Settled.DONE, "", seen=True)
        assert held.memory().spent == {"sha256:1"}
        for number in range(25):
            held.settle(held.intend(intent(f"j-{number}")), Settled.FAILED, "", seen=False)
        assert held.memory().spent == {"sha256:1"}


def test_a_binding_follows_a_switch_to_its_new_id(state: State) -> None:
    with opened(state) as store, journal(store) as held:
        held.bind("main", "sub-1")
        held.bind("post", "sub-9")
        held.bind("main", "sub-2", replaces="sub-1")
        held.bind("main", "sub-2", replaces="sub-2")
        memory = store.recall(FABRIKAM)
    assert memory.bindings == {"main": "sub-2", "post": "sub-9"}
    assert memory.successors == {"sub-1": "sub-2"}


def test_successors_never_lead_in_a_circle(state: State) -> None:
    with opened(state) as store, journal(store) as held:
        held.bind("main", "sub-2", replaces="sub-1")
        held.bind("main", "sub-1", replaces="sub-2")
        assert held.memory().successors == {"sub-2": "sub-1"}


# Tenants by many names


def test_a_tenant_is_found_by_any_of_its_names_without_case(state: State) -> None:
    with opened(state) as store:
        with journal(store, "Fabrikam.no", "fabrikam.onmicrosoft.com", "GUID-1") as held:
            kept = held.intend(intent())
        for key in ("fabrikam.no", "FABRIKAM.onmicrosoft.com", "guid-1"):
            assert store.recall(("renamed.example", key)).intents == (kept,)
        assert store.recall(("contoso.onmicrosoft.com",)).intents == ()


def test_what_was_kept_under_two_names_counts_together(state: State) -> None:
    with opened(state) as store:
        with journal(store, "fabrikam.no") as held:
            first = held.intend(intent())
            held.bind("main", "sub-1")
        with journal(store, "guid-1") as held:
            second = held.intend(intent("i-2"))
            held.bind("post", "sub-2")
        both = store.recall(("fabrikam.no", "guid-1"))
        assert both.intents == (first, second)
        assert both.bindings == {"main": "sub-1", "post": "sub-2"}
        assert store.recall(("guid-1",)).intents == (second,)


def test_a_lease_under_two_names_joins_them_for_good(state: State) -> None:
    with opened(state) as store:
        with journal(store, "fabrikam.no") as held:
            first = held.intend(intent())
        with journal(store, "guid-1") as held:
            held.settle(held.intend(intent("i-2")), Settled.FAILED, "", seen=False)
        with journal(store, "fabrikam.no", "guid-1") as held:
            with pytest.raises(Unsettled):
                held.intend(intent("i-3"))
            settled = held.settle(first, Settled.NOT_TAKEN, "", seen=False)
        with journal(store, "guid-1") as held:
            kept = held.memory().intents
            assert isinstance(kept, tuple)
            assert settled in kept
            assert held.intend(intent("i-4")).generation == 2


def test_a_whole_fleet_is_recalled_as_each_tenant_would_be(state: State) -> None:
    names = [f"tenant-{number}" for number in range(600)]
    with opened(state) as store:
        for name in names[::100]:
            with journal(store, name, f"guid-{name}") as held:
                held.intend(intent(f"i-{name}"))
        store.suspend(("tenant-7",), "seven", PAUSE)
        found = store.recall_all([(f"guid-{name}", name) for name in names])
        assert found == tuple(store.recall((name,)) for name in names)
    assert [name for name, memory in zip(names, found, strict=True) if memory.unsettled] == names[::100]
    assert found[7].suspension == PAUSE


# Saved change plans


def test_a_saved_plan_is_used_with_its_first_intent_and_by_one_run_only(state: State) -> None:
    with opened(state) as store:
        assert store.plan_use("p-1") is None
        with journal(store) as held:
            first = held.intend(intent(), uses_plan="p-1")
            held.settle(first, Settled.DONE, "", seen=True)
            held.intend(intent("i-2"), uses_plan="p-1")
        with journal(store, "contoso") as held:
            held.intend(intent("i-3"), uses_plan="p-1")
        assert store.plan_use("p-1") == NOON
    with opened(state) as store, journal(store, "northwind") as held:
        with pytest.raises(PlanRefused, match=r"p-1 was used at 2026-11-23T12:00:00\+00:00"):
            held.intend(intent("i-4"), uses_plan="p-1")
        assert held.memory().intents == ()


def test_two_runs_of_one_store_are_told_apart_when_they_say_so(state: State) -> None:
    with opened(state) as store:
        with journal(store, run="r-1") as held:
            held.intend(intent(), uses_plan="p-1")
        with journal(store, "contoso", run="r-2") as held, pytest.raises(PlanRefused):
            held.intend(intent("i-2"), uses_plan="p-1")


# Brakes


def test_the_global_stop_is_remembered_until_it_is_lifted(state: State) -> None:
    with opened(state) as store, journal(store) as held:
        assert held.memory().stopped is None
        store.set_stop("audit", "ola")
        store.set_stop("audit", "ola")
        assert held.memory().stopped == "audit"
        assert store.recall(FABRIKAM).stopped == store.recall(()).stopped == "audit"
        store.set_stop("fire", "kari")
        assert held.memory().stopped == "fire"
        store.lift_stop()
        store.lift_stop()
        assert held.memory().stopped is None
        assert store.stop() is None


def test_a_suspension_holds_under_every_name_until_resumed(state: State) -> None:
    with opened(state) as store:
        with journal(store, "fabrikam.no", "guid-1"):
            store.suspend(("guid-1", "fabrikam.com"), "fabrikam", PAUSE)
        for key in ("fabrikam.no", "guid-1", "fabrikam.com"):
            assert store.recall((key,)).suspension == PAUSE
        longer = replace(PAUSE, until=date(2027, 1, 1))
        store.suspend(("guid-1",), "fabrikam", longer)
        store.suspend(("guid-1",), "fabrikam", longer)
        assert store.recall(("fabrikam.no",)).suspension == longer
        assert store.resume(("fabrikam.com",))
        assert not store.resume(("fabrikam.com",))
        assert not store.resume(("never.seen",))
        assert store.recall(("guid-1",)).suspension is None


def test_a_suspension_under_two_names_holds_under_each_of_them(state: State) -> None:
    with opened(state) as store:
        for key in ("fabrikam.no", "guid-1"):
            with journal(store, key):
                pass
        store.suspend(("fabrikam.no", "guid-1"), "fabrikam", PAUSE)
        assert store.recall(("fabrikam.no",)).suspension == PAUSE
        assert store.recall(("guid-1",)).suspension == PAUSE


# Hand-offs and history


def test_a_request_is_kept_as_it_was_made_and_only_what_changed_is_written(state: State) -> None:
    with opened(state) as store:
        both = (wish(), wish("h-2", before=None, subscription_id=None))
        assert store.tend_handoffs(lambda known: both) == both
        assert store.handoffs() == both
        assert store.handoff("h-2") == both[1]
        assert store.handoff("h-9") is None
        assert store.tend_handoffs(lambda known: known) == ()
        filed = replace(wish(), state=HandoffState.FILED, ticket="SR-7")
        assert store.tend_handoffs(lambda known: [filed, both[1]]) == (filed,)
        assert store.handoffs(HandoffState.PREPARED) == both[1:]


def test_a_request_that_is_refused_while_it_is_changed_stays_as_it_was(state: State) -> None:
    def refuse(known: tuple[HandOff, ...]) -> tuple[HandOff, ...]:
        raise ReconcilerError("no")

    with opened(state) as store:
        store.tend_handoffs(lambda known: [wish()])
        with pytest.raises(ReconcilerError, match="no"):
            store.tend_handoffs(refuse)
        assert store.handoffs() == (wish(),)


def test_runs_with_the_same_outcome_are_counted_on_one_row(state: State) -> None:
    def note(hours: int, verdict: str = "in-sync", tenant: str = "fabrikam") -> RunNote:
        return RunNote(
            tenant, verdict, "nothing to do", NOON + timedelta(hours=hours), "c0ffee", f"p-{hours}"
        )

    with opened(state) as store:
        store.note_runs([note(0), note(0, tenant="contoso"), note(1)])
        store.note_runs([note(2), note(3, "blocked")])
        store.note_runs([note(4)])
        rows = store.runs("fabrikam")
        assert [(row.verdict, row.times, row.plan_id) for row in rows] == [
            ("in-sync", 1, "p-4"),
            ("blocked", 1, "p-3"),
            ("in-sync", 3, "p-2"),
        ]
        assert (rows[2].first_at, rows[2].last_at) == (NOON, NOON + timedelta(hours=2))
        assert len(store.runs("fabrikam", limit=1)) == 1
        assert store.runs("contoso")[0].times == 1


def test_the_last_size_of_a_fleet_is_remembered_by_its_source(state: State) -> None:
    with opened(state) as store:
        store.note_fleet_size("examples", 16)
        store.note_fleet_size("examples", 17)
        assert store.last_fleet_size("examples") == 17
        assert store.last_fleet_size("elsewhere") is None


# Laws


class Journalling(RuleBasedStateMachine):
    """Whatever order intents are recorded and settled in, one tenant has one unsettled write at most."""

    recorded = Bundle("recorded")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.store = opened(self.folder)
        self.count = 0
        self.generations: dict[int, list[int]] = {}
        self.unsettled: set[str] = set()

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(target=recorded, total=st.integers(21, 23))
    def intend(self, total: int) -> Any:
        self.count += 1
        wanted = intent(f"i-{self.count}", after=Subscription("office-365-enterprise-e3", total))
        with journal(self.store) as held:
            try:
                kept = held.intend(wanted)
            except Unsettled:
                assert self.unsettled
                return multiple()
        assert not self.unsettled
        self.unsettled.add(kept.id)
        self.generations.setdefault(total, []).append(kept.generation)
        return kept

    @rule(
        target=recorded, which=consumes(recorded), settled=st.sampled_from(list(Settled)), seen=st.booleans()
    )
    def settle(self, which: Intent, settled: Settled, seen: bool) -> Intent:
        if self.unsettled - {which.id}:
            return which  # an old one is not judged anew while another write is under way
        with journal(self.store) as held:
            kept = held.settle(which, settled, "", seen=seen)
        waits = settled in (Settled.DONE, Settled.STARTED) and not seen
        self.unsettled = {which.id} if waits else set()
        return kept

    @rule()
    def crash(self) -> None:
        self.store.close()
        self.store = opened(self.folder)

    @invariant()
    def at_most_one_is_unsettled(self) -> None:
        found = self.store.open_intents(FABRIKAM)
        assert isinstance(found, tuple)
        assert {i.id for i in found} == self.unsettled
        assert len(found) <= 1

    @invariant()
    def generations_rise(self) -> None:
        for numbers in self.generations.values():
            assert numbers == list(range(len(numbers)))


TestJournalling = Journalling.TestCase
TestJournalling.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)


def test_the_command_line_starts_without_the_database_library() -> None:
    code = "import sys, reconciler.cli, reconciler.act; print('sqlalchemy' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"

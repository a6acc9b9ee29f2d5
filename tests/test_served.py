"""A state on a server: who may make its tables, what is said of one that can not be used, and its ledger."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from cli import Desk
from journals import Clock, live_through
from sqlalchemy import Connection, Table, inspect
from states import State, on_a_server
from worlds import live, sub

from reconciler import adapters
from reconciler.adapters.queue.tables import NOTE
from reconciler.adapters.store import Store, copying, migrations, open_store
from reconciler.adapters.store.revisions import REVISION, VERSIONS
from reconciler.adapters.store.served import ServerDatabase
from reconciler.adapters.store.tables import metadata
from reconciler.adapters.store.whereabouts import Server, place_of, server_failed, shown_of
from reconciler.errors import StateUnreadable
from reconciler.evidence.verifying import Examination
from reconciler.memory import Memory
from reconciler.observe import Unknown

FABRIKAM = ("fabrikam.onmicrosoft.com",)
URL = "postgresql://reconciler:hunter2@db.example:5433/state?sslmode=require"


def opened(state: State, *, create: bool = True) -> Store:
    return open_store(state.where, create=create, now=Clock())


@pytest.fixture
def empty() -> Iterator[State]:
    with on_a_server("template0") as there:
        yield there


@pytest.fixture
def fleet(desk: Desk, server: State) -> Desk:
    """A fleet of one, whose state is on the server and whose service is in a file."""
    desk.configure(state=server.where)
    desk.declare("fabrikam", "office-365-enterprise-e3", 42)
    desk.live(live("fabrikam", sub(plan="office-365-enterprise-e3", licenses=40)))
    desk.ok("simulator", "load", "live")
    return desk


# The tables


def test_a_database_without_tables_is_left_so_by_every_command_and_said_to_need_an_upgrade(
    desk: Desk, empty: State
) -> None:
    desk.configure(state=empty.where)
    desk.declare("fabrikam", "office-365-enterprise-e3", 42)
    desk.live(live("fabrikam"))
    desk.ok("simulator", "load", "live")
    for words in (
        ("plan", "tenants"),
        ("apply", "tenants", "--auto-approve"),
        ("status", "--path", "tenants"),
        ("stop", "--reason", "audit"),
        ("history", "fabrikam.onmicrosoft.com"),
        ("db", "check"),
    ):
        answer = desk.run(*words)
        assert answer.code == 1 or "unknown" in answer.out, words
        # Where the line ends depends on how long the address is.
        assert "reconciler db upgrade" in " ".join(answer.both.split()), words
        assert "Traceback" not in answer.both
    assert empty.ask("SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []
    assert desk.taken() == []


def test_an_upgrade_makes_the_tables_and_twice_is_once(desk: Desk, empty: State) -> None:
    desk.configure(state=empty.where)
    assert re.match(
        r"Made the tables in postgresql://postgres@\S+: revision 0002\.", desk.ok("db", "upgrade").out
    )
    assert "of revision 0002 already" in desk.ok("db", "upgrade").out
    found = desk.ok("db", "check").out
    assert "of revision 0002; this version of the tool needs 0002" in found
    with opened(empty, create=False) as store:
        assert store.recall(FABRIKAM) == Memory()
        assert store.verify() is not None


def test_the_tables_of_a_server_are_those_of_a_file(server: State) -> None:
    place = place_of(server.where)
    assert isinstance(place, Server)
    database = ServerDatabase(place, mode="ro")
    with database.reading() as connection:
        looks = inspect(connection)
        assert set(looks.get_table_names()) == {*metadata.tables, VERSIONS}
        for name, table in metadata.tables.items():
            there = {c["name"]: c["nullable"] for c in looks.get_columns(name)}
            assert there == {c.name: bool(c.nullable) for c in table.columns}, name
            assert looks.get_pk_constraint(name)["constrained_columns"] == [c.name for c in table.primary_key]
            there_too = [i for i in looks.get_indexes(name) if not i["unique"]]
            assert {i["name"] for i in there_too} == {i.name for i in table.indexes}, name
            plain = {i["name"]: tuple(i["column_names"]) for i in there_too if "expressions" not in i}
            wanted = {i.name: tuple(c.name for c in i.columns) for i in table.indexes}
            assert plain == {each: wanted[each] for each in plain}, name
    database.close()


def test_the_newest_revision_is_the_one_this_version_needs() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_tables_of_an_older_revision_are_refused_and_of_a_newer_one_used(server: State) -> None:
    server.ask(f"UPDATE {VERSIONS} SET version_num = '0000'")
    with pytest.raises(StateUnreadable, match=r"revision 0000.*needs 0002.*reconciler db upgrade"):
        opened(server)
    with opened(server, create=False) as store:
        assert isinstance(store.stop(), Unknown)
    server.ask(f"UPDATE {VERSIONS} SET version_num = '0003'")
    with opened(server) as store:
        store.set_stop("audit", "ola")
        assert store.recall(()).stopped == "audit"


def test_a_store_with_another_meaning_is_not_used(server: State) -> None:
    server.ask("UPDATE about SET value = '99' WHERE key = 'schema'")
    with pytest.raises(StateUnreadable, match="schema version 99"):
        opened(server)


def test_a_database_of_something_else_is_left_alone(desk: Desk, empty: State) -> None:
    empty.ask("CREATE TABLE about (key text, value text)")
    desk.configure(state=empty.where)
    for words in (("db", "upgrade"), ("db", "check"), ("stop", "--reason", "audit")):
        answer = desk.run(*words)
        assert answer.code == 1
        assert "not one of this tool" in answer.both, words
    assert empty.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(1,)]


def test_a_database_that_can_not_spell_every_name_is_refused(desk: Desk, empty: State) -> None:
    name = f"{empty.name}_plain"
    empty.ask(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    try:
        answer = desk.run("db", "upgrade", "--state", empty.where.replace(empty.name, name))
        assert answer.code == 1
        assert "SQL_ASCII" in answer.err
    finally:
        empty.ask(f"DROP DATABASE {name} WITH (FORCE)")


def test_what_is_missing_is_named(fleet: Desk, server: State) -> None:
    server.ask("ALTER TABLE runs DROP COLUMN times")
    server.ask("DROP TABLE samples")
    answer = fleet.run("db", "check")
    assert answer.code == 1
    assert "They lack runs.times, samples:" in answer.out


def test_the_tables_of_a_fleets_queue_are_looked_at_too(fleet: Desk, server: State) -> None:
    assert "no tables of a fleet's queue" in fleet.ok("db", "check").out, "only a fleet needs them"
    fleet.ok("db", "upgrade")
    assert "tables of the fleet's queue there are as this version needs them" in fleet.ok("db", "check").out
    server.ask(f"UPDATE {NOTE} SET step = '00.00.00_01_initial'")
    answer = fleet.run("db", "check")
    assert answer.code == 1
    assert "all as recorded" in answer.out, "our own tables are told of all the same"
    assert re.search(r"the fleet's queue in \S+ are older .*reconciler db upgrade", answer.out)


def test_what_was_lost_of_a_fleets_queue_is_named_by_whoever_needs_it(fleet: Desk, server: State) -> None:
    fleet.ok("db", "upgrade")
    there = server.ask("SELECT tablename FROM pg_tables WHERE tablename LIKE 'procrastinate%' ORDER BY 1")
    server.ask("DROP TABLE " + ", ".join(name for (name,) in there) + " CASCADE")
    answer = fleet.run("db", "check")
    assert answer.code == 1
    assert f"lack {', '.join(name for (name,) in there)}: a back-up" in answer.out
    for words in (("run", "tenants", "--fleet"), ("db", "upgrade")):
        assert "a back-up has what was lost" in fleet.run(*words).err, words


def test_where_the_engine_of_a_fleet_is_not_installed_its_tables_are_said_to_be_left_alone(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.ok("db", "upgrade")
    monkeypatch.delattr(adapters, "queue")
    monkeypatch.setitem(sys.modules, "reconciler.adapters.queue", None)
    assert "were left alone" in fleet.ok("db", "upgrade").out
    assert "were not looked at" in fleet.ok("db", "check").out


# What may write


def test_a_role_that_may_only_read_is_enough_for_what_only_reads(fleet: Desk, server: State) -> None:
    fleet.ok("apply", "tenants", "--auto-approve")
    role = f"reader_{server.name}"
    server.ask(f"CREATE ROLE {role} LOGIN")
    try:
        server.ask(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        state = ("--state", server.where.replace("postgres@", f"{role}@"))
        for words in (("plan", "tenants"), ("status", "--path", "tenants"), ("db", "check"), ("stop",)):
            fleet.ok(*words, *state)
        answer = fleet.run("stop", "--reason", "audit", *state)
        assert answer.code == 1
        assert "permission denied" in answer.err
    finally:
        server.ask(f"DROP OWNED BY {role}")
        server.ask(f"DROP ROLE {role}")


def test_who_may_do_what_the_guide_grants_can_do_all_of_a_tenants_life(fleet: Desk, server: State) -> None:
    role = f"worker_{server.name}"
    server.ask(f"CREATE ROLE {role} LOGIN")
    try:
        server.ask(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        server.ask(f"REVOKE UPDATE, DELETE ON ledger FROM {role}")
        state = ("--state", server.where.replace("postgres@", f"{role}@"))
        fleet.ok("apply", "tenants", "--auto-approve", *state)
        fleet.ok("run", "tenants", "--once", "--write", *state)
        assert fleet.standing("fabrikam") == [("office-365-enterprise-e3", 42)]
        fleet.ok("db", "check", *state)
        assert "permission denied" in fleet.run("db", "upgrade", *state).err, (
            "the queue's tables are not there"
        )
        fleet.ok("db", "upgrade", "--state", server.where)
        server.ask(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        assert fleet.run("db", "upgrade", *state).code == 0, "there is nothing to make"
    finally:
        server.ask(f"DROP OWNED BY {role}")
        server.ask(f"DROP ROLE {role}")


# Commands


def test_a_tenant_is_brought_to_what_its_file_declares_and_nothing_is_kept_in_the_folder(
    fleet: Desk, server: State
) -> None:
    assert "40 -> 42" in fleet.ok("plan", "tenants").out
    fleet.ok("apply", "tenants", "--auto-approve")
    fleet.ok("run", "tenants", "--once", "--write")
    assert [c["operation"] for c in fleet.taken()] == ["set_licenses"]
    assert "fabrikam" in fleet.ok("status", "--path", "tenants").out
    assert "40 to 42" in fleet.ok("history", "fabrikam.onmicrosoft.com").out.replace("->", "to")
    assert sorted(p.name for p in (fleet.folder / ".reconciler").glob("*")) == ["simulator.db"]
    shown = " ".join(fleet.ok("doctor").out.split())
    assert "its tables are as this version needs them" in shown


@pytest.mark.parametrize("kept", ["environment", "file"])
def test_the_whole_url_may_be_kept_where_secrets_are(
    fleet: Desk, server: State, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    name = "STATE_URL" if kept == "environment" else "secret"
    url = server.where.replace("postgres@", "postgres:hunter2@")
    fleet.configure(stateFrom={kept: name})
    for wrong, why in (("", "nothing in it"), ("hunter2", "no URL")):
        monkeypatch.setenv("STATE_URL", wrong)
        fleet.put("secret", wrong)
        answer = fleet.run("apply", "tenants", "--auto-approve")
        assert (answer.code, why in answer.err, "hunter2" in answer.both) == (1, True, False)
    monkeypatch.setenv("STATE_URL", url)
    fleet.put("secret", url + "\n")
    assert "hunter2" not in fleet.ok("stop", "--reason", "audit").out
    assert server.ask("SELECT reason FROM stops") == [("audit",)]


def test_a_secret_that_is_not_there_is_named_by_its_place(fleet: Desk) -> None:
    fleet.configure(stateFrom={"file": "not/there"})
    answer = fleet.run("stop")
    assert answer.code == 1
    assert "not/there" in answer.err
    fleet.ok("validate", "tenants")


# What is shown


def test_a_password_is_in_nothing_that_is_shown_of_a_server() -> None:
    place = place_of(URL)
    assert isinstance(place, Server)
    for text in (repr(place), place.shown, shown_of(URL), place.without_secrets("wrong: hunter2")):
        assert "hunter2" not in text
    assert place.shown == "postgresql://reconciler@db.example:5433/state"
    # Also where a driver repeats it, as it is or as it is written in a URL.
    odd = Server(place.url.set(password="hunter/2@home"))
    for said in ("wrong: hunter/2@home", odd.url.render_as_string(hide_password=False)):
        assert "hunter" not in str(server_failed(odd, said))
    assert "hunter2" not in shown_of("mysql://u:hunter2@db/x")


@pytest.mark.parametrize("ending", ["", ".", "?", "?\n", ": ", "..."])
def test_however_a_driver_ends_what_it_says_the_sentence_goes_on(ending: str) -> None:
    place = place_of(URL)
    assert isinstance(place, Server)
    told = str(server_failed(place, f"is it accepting TCP/IP connections{ending}"))
    assert "can not be used: is it accepting TCP/IP connections. Nothing is written" in told


def test_a_password_that_ends_like_a_sentence_is_hidden_at_the_end_of_one() -> None:
    place = place_of(URL)
    assert isinstance(place, Server)
    ends_so = Server(place.url.set(password="hunter2?!"))
    assert "can not be used: wrong: ***. Nothing" in str(server_failed(ends_so, "wrong: hunter2?!\n"))


@pytest.mark.parametrize("where", ["mysql://u:hunter2@h/d", "postgresql://u:hunter2@h", "nonsense://"])
def test_any_other_database_is_refused_without_its_password(where: str) -> None:
    with pytest.raises(StateUnreadable, match="SQLite or PostgreSQL") as caught:
        open_store(where, create=True, now=Clock())
    assert "hunter2" not in str(caught.value)


def end_connections(server: State) -> None:
    server.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE datname = '{server.name}' AND pid <> pg_backend_pid()"
    )


def test_a_server_that_ended_a_connection_is_asked_on_another_one(
    server: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(server) as store:
        store.set_stop("audit", "ola")
        # One that was used a moment ago is taken at its word: that costs one answer, not more.
        end_connections(server)
        assert isinstance(store.recall(()).stopped, Unknown)
        assert store.recall(()).stopped == "audit"
        monkeypatch.setattr("reconciler.adapters.store.served.RESTED", 0)
        end_connections(server)
        assert store.recall(()).stopped == "audit"


def test_a_connection_that_ends_in_the_middle_leaves_nothing_half_done(server: State) -> None:
    def half(store: Store) -> None:
        with store._writable().writing() as one:
            one.exec_driver_sql("INSERT INTO stops VALUES ('global', 'r', 'o', '2026-11-26')")
            one.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with opened(server) as store:
        with pytest.raises(StateUnreadable, match="terminating connection"):
            half(store)
        assert store.recall(()).stopped is None


# The ledger


def verified(state: State) -> Examination:
    with opened(state, create=False) as store:
        found = store.verify()
    assert found is not None
    return found


def contents(state: State) -> list[dict[str, Any]]:
    return [json.loads(text) for (text,) in state.ask("SELECT content FROM ledger ORDER BY number")]


def test_the_ledger_of_a_server_tells_the_same_as_that_of_a_file(server: State, tmp_path: Path) -> None:
    here = State(str(tmp_path), server=False)
    for state in (here, server):
        with opened(state) as store:
            live_through(store)
        assert verified(state).sound
    # When the tables were made is no test's to say.
    assert contents(here)[1:] == contents(server)[1:]


def test_the_ledger_refuses_to_be_changed_and_what_goes_round_that_is_found(server: State) -> None:
    with opened(server) as store:
        live_through(store)
    for statement in ("UPDATE ledger SET by = 'nobody'", "DELETE FROM ledger", "TRUNCATE ledger"):
        with pytest.raises(Exception, match="append-only"):
            server.ask(statement)
    for statement, table in (
        ("UPDATE intents SET after_licenses = 43 WHERE id = 'i-1'", "intents"),
        ("DELETE FROM stops", "stops"),
        ("UPDATE intents SET seen = NOT seen WHERE id = 'i-2'", "intents"),
        ("UPDATE intents SET known_ids = '[]' WHERE id = 'i-3'", "intents"),
    ):
        before = len(verified(server).flaws)
        server.ask(statement)
        found = verified(server)
        assert len(found.flaws) == before + 1
        assert table in {flaw.table for flaw in found.flaws}
    server.ask("ALTER TABLE ledger DISABLE TRIGGER USER")
    server.ask("DELETE FROM ledger WHERE number = 5")
    assert "ledger" in {flaw.table for flaw in verified(server).flaws}


def test_a_chain_that_does_not_hold_is_told_by_db_check(fleet: Desk, server: State) -> None:
    fleet.ok("stop", "--reason", "audit")
    fleet.ok("db", "check")
    server.ask("UPDATE stops SET reason = 'nothing'")
    answer = fleet.run("db", "check")
    assert answer.code == 1
    assert "stops" in answer.out


def test_db_check_of_a_folder_says_the_same_of_a_file(desk: Desk) -> None:
    answer = desk.run("db", "check")
    assert (answer.code, "no state store" in answer.out) == (1, True)
    assert "Made the tables" in desk.ok("db", "upgrade").out
    assert "already" in desk.ok("db", "upgrade").out
    found = desk.ok("db", "check").out
    assert "revision 3" in found
    assert "fleet" not in found, "a folder has no queue"


def test_times_of_another_machine_do_not_count(server: State) -> None:
    """Our clock stands in 2026; the lease's is the server's."""
    with (
        opened(server) as store,
        store.lease(FABRIKAM, "host 1", sleep=lambda _: None, patience=0),
    ):
        ((until,),) = server.ask("SELECT expires_at FROM leases")
        ((now,),) = server.ask("SELECT clock_timestamp()")
    assert 50 < (datetime.fromisoformat(until) - now.astimezone(UTC)).total_seconds() <= 60


# The copy


@pytest.fixture
def lived_in(desk: Desk) -> Desk:
    """A folder with a past, a fleet, and a loop that has kept something of it."""
    desk.configure()
    desk.declare("fabrikam", "office-365-enterprise-e3", 42)
    desk.live(live("fabrikam", sub(plan="office-365-enterprise-e3", licenses=40)))
    desk.ok("simulator", "load", "live")
    desk.ok("run", "tenants", "--once", "--write")
    with open_store(str(desk.folder / ".reconciler"), create=True, now=Clock()) as store:
        live_through(store)
        store.lift_stop()
    return desk


def test_a_folders_state_goes_on_where_it_was_on_a_server(lived_in: Desk, empty: State) -> None:
    here = State(str(lived_in.folder / ".reconciler"), server=False)
    entries = here.ask("SELECT * FROM ledger ORDER BY number")
    found = re.sub(r"\s+", " ", lived_in.ok("db", "copy", ".reconciler", empty.where, "--owner", "kari").out)
    assert f"The ledger's {len(entries)} entries end with {entries[-1][-1]} in both" in found
    assert empty.ask("SELECT * FROM ledger ORDER BY number") == entries
    lived_in.ok("db", "check", "--state", empty.where)
    # Whoever still uses the folder writes nothing; the server knows of no stop.
    assert "was copied to" in lived_in.ok("stop").out
    lived_in.configure(state=empty.where)
    assert "off" in lived_in.ok("stop").out
    before = lived_in.taken()
    lived_in.declare("fabrikam", "office-365-enterprise-e3", 43)
    lived_in.run("resume", "fabrikam.onmicrosoft.com")
    # The write that was open there is open here, and holds the tenant until it is settled.
    assert "request-i-2" in lived_in.run("apply", "tenants", "--auto-approve").out
    assert lived_in.taken() == before
    lived_in.ok("apply", "tenants", "--auto-approve")
    assert len(lived_in.taken()) == len(before) + 1
    lived_in.ok("run", "tenants", "--once", "--write")
    lived_in.ok("db", "check")


def test_a_copy_into_tables_that_are_there_is_refused(lived_in: Desk, server: State) -> None:
    answer = lived_in.run("db", "copy", ".reconciler", server.where)
    assert answer.code == 1
    assert "into a database that has none" in answer.err
    assert "off" in lived_in.ok("stop").out


def test_a_state_that_somebody_works_on_is_not_copied(lived_in: Desk, empty: State) -> None:
    with (
        open_store(str(lived_in.folder / ".reconciler"), create=True, now=Clock()) as store,
        store.lease(FABRIKAM, "host 1", sleep=lambda _: None),
    ):
        answer = lived_in.run("db", "copy", ".reconciler", empty.where)
    assert (answer.code, "somebody is at work" in answer.err) == (1, True)
    assert empty.ask("SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []


def test_a_state_whose_ledger_does_not_hold_is_not_copied(lived_in: Desk, empty: State) -> None:
    State(str(lived_in.folder / ".reconciler"), server=False).ask("UPDATE intents SET after_licenses = 77")
    answer = lived_in.run("db", "copy", ".reconciler", empty.where)
    assert (answer.code, "does not hold" in answer.err) == (1, True)
    assert empty.ask("SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []


def test_a_copy_that_differs_in_one_row_leaves_nothing(
    lived_in: Desk, empty: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.adapters.store.copying._count_on", lambda new, table: None)
    real = copying._fill

    def slipped(old: Connection, new: Connection, table: Table) -> int:
        count = real(old, new, table)
        if table.name == "kept":
            new.exec_driver_sql("UPDATE kept SET gravity = gravity + 1")
        return count

    monkeypatch.setattr(copying, "_fill", slipped)
    answer = lived_in.run("db", "copy", ".reconciler", empty.where)
    assert (answer.code, "(kept) is not what is in the file" in answer.err) == (1, True)
    assert empty.ask("SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []
    assert "off" in lived_in.ok("stop").out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("nowhere", "postgresql://postgres:hunter2@127.0.0.1:1/x"), "nothing to copy"),
        ((".reconciler", "elsewhere"), "to a database of PostgreSQL"),
    ],
)
def test_what_can_not_be_copied_is_said(desk: Desk, words: tuple[str, ...], why: str) -> None:
    answer = desk.run("db", "copy", *words)
    assert (answer.code, why in answer.err, "hunter2" in answer.both) == (1, True, False)


def test_what_holds_for_each_session_hangs_on_no_habit_of_the_server(empty: State) -> None:
    """That a write waits for the disk is the promise of the journal, whoever looks after the server."""
    for setting in ("synchronous_commit = off", "default_transaction_isolation = 'serializable'"):
        empty.ask(f"ALTER DATABASE {empty.name} SET {setting}")
    place = place_of(empty.where)
    assert isinstance(place, Server)
    database = ServerDatabase(place, mode="rw")
    names = ("synchronous_commit", "lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    seen: dict[str, dict[str, str]] = {}
    for kind in ("reading", "writing", "beating"):
        with getattr(database, kind)() as connection:
            seen[kind] = {
                name: connection.exec_driver_sql(f"SHOW {name}").scalar_one()
                for name in (*names, "transaction_isolation", "transaction_read_only")
            }
    database.close()
    for kind, isolation, reads in (
        ("reading", "repeatable read", "on"),
        ("writing", "read committed", "off"),
        ("beating", "read committed", "off"),
    ):
        assert tuple(seen[kind].values()) == ("on", "30s", "1min", "15s", isolation, reads), kind

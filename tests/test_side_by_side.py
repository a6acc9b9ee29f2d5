"""Programs of two versions at work on one database: what an upgrade without stopping relies on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.command import upgrade
from alembic.config import Config
from alembic.script import ScriptDirectory
from cli import Desk
from sqlalchemy import text
from states import State, on_a_server
from test_served_processes import until
from worlds import live, sub

from reconciler.adapters.store import migrations, revisions
from reconciler.adapters.store.revisions import REVISION, VERSIONS
from reconciler.adapters.store.served import ServerDatabase
from reconciler.adapters.store.whereabouts import Server, place_of
from reconciler.evidence import KEPT

E3 = "office-365-enterprise-e3"
NEXT = f"{int(REVISION) + 1:04}"
# What a revision of the next version may do: tables, columns that may be left out, indexes, numbers, functions.
ADDS = (
    "CREATE TABLE of_the_next (id bigserial PRIMARY KEY, word text NOT NULL)",
    "ALTER TABLE turns ADD COLUMN of_the_next text",
    "ALTER TABLE loops ADD COLUMN of_the_next text NOT NULL DEFAULT 'nothing'",
    "ALTER TABLE intents ADD COLUMN of_the_next text",
    "CREATE INDEX of_the_next_turns ON turns (of_the_next) WHERE of_the_next IS NOT NULL",
    f"UPDATE {VERSIONS} SET version_num = '{NEXT}'",
)
TAKES_AWAY = {
    "a column is gone": "ALTER TABLE turns DROP COLUMN claimed_by",
    "a column has another type": "ALTER TABLE turns ALTER COLUMN due_at TYPE varchar(30)",
    "a table is gone": "DROP TABLE samples",
    "a new column has to be given": "ALTER TABLE turns ADD COLUMN more text NOT NULL",
    "an old column has to be given": "ALTER TABLE turns ALTER COLUMN claimed_by SET NOT NULL",
    "a row that the ledger tells of is not as it was told": "ALTER TABLE intents ADD COLUMN more text DEFAULT 'x'",
    "no two may be alike": "CREATE UNIQUE INDEX once ON turns (claimed_by)",
    "values are refused": "ALTER TABLE turns ADD CHECK (claimed_by <> 'x')",
}


@pytest.fixture
def fleet(desk: Desk, server: State) -> Desk:
    desk.configure(state=server.where)
    desk.live(live("fabrikam", sub(id="sub-1", plan=E3, licenses=40)))
    desk.live(live("contoso", sub(id="sub-2", plan=E3, licenses=40)))
    desk.declare("fabrikam", E3, 42)
    desk.declare("contoso", E3, 40)
    desk.ok("simulator", "load", "live")
    desk.ok("run", "tenants", "--once", "--write")
    return desk


def bring_on(server: State) -> None:
    for statement in ADDS:
        server.ask(statement)


def test_a_program_goes_on_beside_tables_of_the_next_version(fleet: Desk, server: State) -> None:
    bring_on(server)
    fleet.declare("fabrikam", E3, 45)
    fleet.ok("run", "tenants", "--once", "--write")
    fleet.declare("contoso", E3, 41)
    fleet.ok("apply", "tenants", "--auto-approve")
    assert (fleet.standing("fabrikam"), fleet.standing("contoso")) == ([(E3, 45)], [(E3, 41)])
    for words in (("db", "check"), ("history", "--verify"), ("doctor",), ("status", "--path", "tenants")):
        fleet.ok(*words)
    assert f"of revision {NEXT}; this version of the tool needs {REVISION}" in fleet.ok("db", "check").out
    # Its own upgrade leaves what is newer alone.
    assert f"of revision {NEXT} already" in fleet.ok("db", "upgrade").out
    assert server.ask("SELECT count(*) FROM intents WHERE of_the_next IS NULL") == [(3,)]


def test_a_loop_that_runs_while_the_tables_are_upgraded_goes_on(fleet: Desk, server: State) -> None:
    fleet.configure(state=server.where, source={"interval": "1s"})
    running = fleet.start("run", "tenants", "--write")
    try:
        for licenses in (45, 47):
            fleet.declare("fabrikam", E3, licenses)
            until(lambda: fleet.standing("fabrikam") == [(E3, licenses)])  # noqa: B023
            if licenses == 45:
                bring_on(server)
    finally:
        running.terminate()
        running.communicate(timeout=60)
    assert running.returncode == 143
    assert fleet.standing("fabrikam") == [(E3, 47)]
    assert [(c["before"]["licenses"], c["after"]["licenses"]) for c in fleet.taken()] == [
        (40, 42),
        (42, 45),
        (45, 47),
    ]
    fleet.ok("db", "check")


def test_a_new_program_on_tables_that_were_not_upgraded_writes_nothing_and_says_what_to_run(
    fleet: Desk, server: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.declare("fabrikam", E3, 45)
    before = fleet.taken()
    with monkeypatch.context() as newer:
        newer.setattr(revisions, "REVISION", NEXT)
        for words in (("apply", "tenants", "--auto-approve"), ("run", "tenants", "--once", "--write")):
            answer = fleet.run(*words)
            assert answer.code == 1
            assert re.search(
                rf"revision {REVISION}.*needs {NEXT}.*reconciler db upgrade", " ".join(answer.err.split())
            )
    assert fleet.taken() == before
    # The old ones go on meanwhile; and once the tables are there, old and new take turns.
    fleet.ok("run", "tenants", "--once", "--write")
    bring_on(server)
    for licenses, revision in ((46, NEXT), (47, REVISION), (48, NEXT)):
        fleet.declare("fabrikam", E3, licenses)
        with monkeypatch.context() as version:
            version.setattr(revisions, "REVISION", revision)
            fleet.ok("run", "tenants", "--once", "--write")
    assert [c["after"]["licenses"] for c in fleet.taken()] == [42, 45, 46, 47, 48]
    fleet.ok("db", "check")


# What each revision does to what was there


def shape_of(state: State) -> dict[str, Any]:
    """Each column with its type and whether it may be left out, and each rule that a row has to keep."""
    columns = state.ask(
        "SELECT table_name || '.' || column_name, data_type, character_maximum_length, "
        "is_nullable = 'YES', column_default IS NOT NULL OR is_identity = 'YES' "
        f"FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '{VERSIONS}'"
    )
    rules = state.ask(
        "SELECT conrelid::regclass || ': ' || pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid <> 0 AND contype IN ('c', 'u', 'x', 'f', 'p') UNION "
        "SELECT indrelid::regclass || ': ' || pg_get_indexdef(indexrelid) FROM pg_index "
        "JOIN pg_class ON pg_class.oid = indrelid WHERE indisunique AND relnamespace = 'public'::regnamespace"
    )
    return {
        "columns": {name: tuple(facts) for name, *facts in columns},
        "rules": {rule for (rule,) in rules},
        "tables": {name.split(".")[0] for name, *_ in columns},
    }


def in_the_way(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What a program that knows only what was before would stumble over."""
    old, new = before["columns"], after["columns"]
    gone = [name for name in old if name not in new]
    changed = [name for name in old if name in new and old[name] != new[name]]
    more = {n: f for n, f in new.items() if n not in old and n.split(".")[0] in before["tables"]}
    wanted = [name for name, (_, _, null, default) in more.items() if not null and not default]
    # What the old one does not know it leaves to the default, and tells the ledger nothing of it.
    wanted += [name for name, (*_, default) in more.items() if default and name.split(".")[0] in KEPT]
    rules = [r for r in after["rules"] - before["rules"] if r.split(":")[0] in before["tables"]]
    return [*gone, *changed, *wanted, *rules]


@pytest.fixture
def empty() -> Iterator[State]:
    with on_a_server("template0") as there:
        yield there


def bring_to(state: State, revision: str) -> None:
    """Run the migrations up to one of them."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    place = place_of(state.where)
    assert isinstance(place, Server)
    database = ServerDatabase(place, mode="rw", pooled=False)
    with database.writing() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        config.attributes["connection"] = connection
        upgrade(config, revision)
    database.close()


def test_each_revision_only_adds_to_what_was_there(empty: State) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    assert known[-1] == REVISION
    bring_to(empty, known[0])
    before = shape_of(empty)
    assert "leases" in before["tables"]
    for revision in known[1:]:
        bring_to(empty, revision)
        after = shape_of(empty)
        assert in_the_way(before, after) == [], revision
        before = after


def test_what_the_next_version_may_do_is_in_nobodys_way(server: State) -> None:
    before = shape_of(server)
    bring_on(server)
    assert in_the_way(before, shape_of(server)) == []


@pytest.mark.parametrize("what", TAKES_AWAY)
def test_what_is_in_the_way_of_a_program_of_the_version_before_is_found(server: State, what: str) -> None:
    before = shape_of(server)
    server.ask(TAKES_AWAY[what])
    assert in_the_way(before, shape_of(server)) != []

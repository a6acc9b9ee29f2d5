"""The two roles of a database as the examples make them, on a server: one makes the tables, one works with them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from cli import ROOT, Desk
from deployed import ROLES
from states import State, on_a_server, program
from worlds import live, sub

FLEET_GUIDE = (ROOT / "docs/deploy-fleet.md").read_text(encoding="utf-8")
SECRETS = {"owner": "the owner's secret", "worker": "it's a worker"}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[State]:
    """An empty database with the roles of the examples, which have names of this test alone."""
    with on_a_server("template0") as there:
        for name, secret in SECRETS.items():
            (tmp_path / f"{name}-password").write_text(secret + "\n", encoding="utf-8")
        text = ROLES.read_text(encoding="utf-8").replace("/run/secrets", str(tmp_path))
        text = text.replace("DATABASE reconciler ", f"DATABASE {there.name} ")
        text = re.sub(r"\breconciler(_owner)?\b(?=[ ;])", rf"\g<0>_{there.name}", text)
        (tmp_path / "roles.sql").write_text(text, encoding="utf-8")
        # As the image of PostgreSQL runs what it finds to make a database with.
        words = [
            program("psql"),
            "-v",
            "ON_ERROR_STOP=1",
            "--no-psqlrc",
            "-f",
            tmp_path / "roles.sql",
            there.where,
        ]
        subprocess.run(list(map(str, words)), check=True, capture_output=True, timeout=60)
        try:
            yield there
        finally:
            for role in ("reconciler", "reconciler_owner"):
                there.ask(f"REASSIGN OWNED BY {role}_{there.name} TO postgres")
                there.ask(f"DROP OWNED BY {role}_{there.name}")
                there.ask(f"DROP ROLE {role}_{there.name}")


def state_of(database: State, role: str) -> str:
    return database.where.replace("postgres@", f"{role}_{database.name}@")


def asked(database: State, role: str, *queries: str) -> None:
    with psycopg.connect(state_of(database, role), autocommit=True) as connection:
        for query in queries:
            connection.execute(query)  # type: ignore[arg-type]


def test_the_passwords_are_those_of_the_files_whatever_is_in_them(database: State) -> None:
    for role, name in (("reconciler_owner", "owner"), ("reconciler", "worker")):
        query = f"SELECT rolpassword FROM pg_authid WHERE rolname = '{role}_{database.name}'"
        ((kept,),) = database.ask(query)
        method, rest = kept.split("$", 1)
        rounds, salt = rest.split("$")[0].split(":")
        assert method == "SCRAM-SHA-256"
        assert kept == scram(SECRETS[name], salt, int(rounds))


def scram(secret: str, salt: str, rounds: int) -> str:
    """What a server keeps of a password, reckoned from it."""
    import base64
    import hashlib
    import hmac

    salted = hashlib.pbkdf2_hmac("sha256", secret.encode(), base64.b64decode(salt), rounds)
    client, server = (hmac.new(salted, word, "sha256").digest() for word in (b"Client Key", b"Server Key"))
    stored, told = (base64.b64encode(key).decode() for key in (hashlib.sha256(client).digest(), server))
    return f"SCRAM-SHA-256${rounds}:{salt}${stored}:{told}"


def test_the_owner_makes_the_tables_and_a_worker_does_a_tenants_whole_life_with_them(
    desk: Desk, database: State
) -> None:
    desk.configure()
    desk.declare("fabrikam", "office-365-enterprise-e3", 42)
    desk.live(live("fabrikam", sub(plan="office-365-enterprise-e3", licenses=40)))
    desk.ok("simulator", "load", "live")
    owner, worker = (("--state", state_of(database, role)) for role in ("reconciler_owner", "reconciler"))
    assert desk.run("db", "upgrade", *worker).code == 1, "a worker makes no tables"
    desk.ok("db", "upgrade", *owner)
    asked(database, "reconciler_owner", f"REVOKE UPDATE, DELETE ON ledger FROM reconciler_{database.name}")
    desk.ok("apply", "tenants", "--auto-approve", *worker)
    desk.ok("run", "tenants", "--once", "--write", *worker)
    assert desk.standing("fabrikam") == [("office-365-enterprise-e3", 42)]
    desk.ok("db", "check", *worker)
    for query in ("DELETE FROM ledger", "DROP TABLE leases", "CREATE TABLE mine (a int)"):
        with pytest.raises(psycopg.Error, match=r"permission denied|must be owner"):
            asked(database, "reconciler", query)


def test_what_a_later_revision_adds_a_worker_may_use_without_another_grant(database: State) -> None:
    """A queue has numbers of its own and functions: rights to tables alone would not be enough for it."""
    asked(
        database,
        "reconciler_owner",
        "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        "CREATE TABLE later (id bigserial PRIMARY KEY, word text)",
        "CREATE FUNCTION add_later() RETURNS bigint LANGUAGE sql AS "
        "$$ INSERT INTO later (word) VALUES ('x') RETURNING id $$",
    )
    asked(database, "reconciler", "SELECT add_later()", "UPDATE later SET word = 'y'", "LISTEN later")
    assert database.ask("SELECT id, word FROM later") == [(1, "y")]


def test_nobody_else_may_so_much_as_connect(database: State) -> None:
    stranger = f"stranger_{database.name}"
    database.ask(f"CREATE ROLE {stranger} LOGIN")
    try:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(database.where.replace("postgres@", f"{stranger}@"))
    finally:
        database.ask(f"DROP ROLE {stranger}")


def test_what_the_guide_lets_an_owner_run_can_be_run_and_does_what_it_says(
    desk: Desk, database: State
) -> None:
    desk.configure()
    desk.ok("db", "upgrade", "--state", state_of(database, "reconciler_owner"))
    blocks = re.findall(r"```sql\n(.*?)```", FLEET_GUIDE, re.DOTALL)
    assert len(blocks) == 3
    role = f"reconciler_{database.name}"
    asked(database, "reconciler_owner", *(re.sub(r"TO reconciler\b", f"TO {role}", text) for text in blocks))
    named = re.findall(r"relname IN \((.*?)\)", FLEET_GUIDE)[0].replace("'", "").split(", ")
    options = "SELECT relname FROM pg_class WHERE 'autovacuum_vacuum_threshold=1000' = ANY (reloptions)"
    set_for = {name for (name,) in database.ask(options)}
    assert set_for == set(named), "each is there, and none is told of that is not"
    assert set_for >= {"turns", "offers", "leases", "loops", "buckets", "procrastinate_jobs"}


def test_the_guide_grants_what_the_examples_grant() -> None:
    def rights(text: str) -> set[str]:
        return set(re.findall(r"ALTER DEFAULT PRIVILEGES (?:FOR ROLE \w+ )?(GRANT [^;]+);", text))

    told = rights((ROOT / "docs/state.md").read_text(encoding="utf-8"))
    assert told == rights(ROLES.read_text(encoding="utf-8"))
    assert len(told) == 3

"""A store with a past, and what a tamperer does to its file: past triggers, past the tool, with SQL or single bytes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cli import ROOT

from reconciler.adapters.store import RunNote, Store, open_store
from reconciler.evidence import KEPT, UNTOLD, Flaw
from reconciler.evidence.verifying import Examination
from reconciler.handoff import HandOff, HandoffState
from reconciler.memory import Intent, Settled
from reconciler.model import Action, Subscription, Suspension

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FABRIKAM = ("fabrikam.onmicrosoft.com", "00000000-0000-4000-8000-000000000001")
CONTOSO = ("contoso.onmicrosoft.com",)
E3, E4 = "office-365-enterprise-e3", "office-365-enterprise-e4"
PAUSE = Suspension("merger", "ola@fabrikam.no", date(2026, 12, 24))
STORES = ROOT / "tests" / "stores"


class Clock:
    """Each look at it is a minute later."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


def opened(folder: Path, *, create: bool = True, clock: Clock | None = None) -> Store:
    return open_store(str(folder), create=create, now=clock or Clock())


def never(seconds: float) -> None:
    raise AssertionError("a test does not sleep")


def intent(id_: str, **changes: Any) -> Intent:
    plain = Intent(
        id=id_,
        tenant=FABRIKAM[0],
        address="main",
        action=Action.ADD,
        subscription_id="sub-1",
        before=Subscription(E3, 20),
        after=Subscription(E3, 42),
        request_id=f"request-{id_}",
        generation=0,
        known_ids=("sub-1",),
        intended_at=NOON,
        plan_id="plan-1",
        commit="c0ffee",
    )
    return replace(plain, **changes)


def wish(id_: str = "h-1", **changes: Any) -> HandOff:
    plain = HandOff(
        id=id_,
        kind="remove-licenses",
        tenant="fabrikam",
        word=FABRIKAM[0],
        address="main",
        subscription_id="sub-1",
        before={"plan": E3, "licenses": 42},
        after={"plan": E3, "licenses": 20},
        why="42 licences are bought, 20 are declared",
        opened_at=NOON,
        facts={"cause": "fewer-licenses", "where": "Færre lisenser"},
    )
    return replace(plain, **changes)


def keep(store: Store, *wishes: HandOff) -> None:
    """Open requests, or open them again; one that is there and stands stays as it is."""

    def opens(one: HandOff, known: tuple[HandOff, ...]) -> bool:
        there = next((k for k in known if k.id == one.id), None)
        return there is None or there.state is HandoffState.WITHDRAWN

    store.tend_handoffs(lambda known: [one for one in wishes if opens(one, known)])


def bring(store: Store, id_: str, state: HandoffState, ticket: str | None = None) -> None:
    """Bring a request to a state."""
    store.tend_handoffs(
        lambda known: [replace(k, state=state, ticket=ticket or k.ticket) for k in known if k.id == id_]
    )


def live_through(store: Store) -> None:
    """A past in which every kept table has rows, and some had rows that are gone."""
    with store.lease(FABRIKAM, "a test", sleep=never, run="run-1") as journal:
        first = journal.sent(journal.intend(intent("i-1"), uses_plan="plan-1"), NOON)
        journal.settle(first, Settled.DONE, "the look of noon shows it", seen=True)
        journal.bind("main", "sub-1")
        switch = intent("i-2", action=Action.SWITCH, before=Subscription(E3, 42), after=Subscription(E4, 42))
        journal.looked(journal.sent(journal.intend(switch), NOON))
        journal.bind("main", "sub-2", replaces="sub-1")
    with store.lease(CONTOSO, "a test", sleep=never, run="run-2") as journal:
        third = journal.intend(intent("i-3", tenant=CONTOSO[0], plan_id="plan-2"), uses_plan="plan-2")
        journal.settle(journal.sent(third, NOON), Settled.NOT_TAKEN, "the service refused it", seen=False)
    ended = RunNote("fabrikam", "apply", "main add done", NOON, "c0ffee", "plan-1")
    store.note_runs([ended, replace(ended, tenant="contoso", verdict="blocked")])
    # Counted on the row of the one before it, so no entry tells of it.
    store.note_runs([replace(ended, plan_id="plan-2")])
    store.suspend(FABRIKAM, FABRIKAM[0], PAUSE)
    store.suspend(CONTOSO, CONTOSO[0], PAUSE)
    store.resume(CONTOSO)
    store.set_stop("audit", "kari")
    store.lift_stop()
    store.set_stop("fire", "kari")
    keep(store, wish(), wish("h-2", word=CONTOSO[0], before=None, subscription_id=None))
    bring(store, "h-1", HandoffState.FILED, "SR-7")


def lived(folder: Path) -> Path:
    """Make such a store; returns its file."""
    with opened(folder) as store:
        live_through(store)
    return folder / "state.db"


def version_1(folder: Path) -> Path:
    """Make a store as the version before the ledger left it; returns its file."""
    return _as_left_by("version-1", folder)


def version_3(folder: Path) -> Path:
    """Make a store whose ledger does not tell of tenants, names, bindings, successors and runs; returns its file."""
    return _as_left_by("version-3", folder)


def _as_left_by(version: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "locks").mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / "state.db")) as connection:
        connection.executescript((STORES / f"{version}.sql").read_text(encoding="utf-8"))
    return folder / "state.db"


def tamper(file: Path, statement: str, *values: object) -> None:
    """Do what no command does, having put the triggers aside."""
    with closing(sqlite3.connect(file)) as connection, connection:
        for word in ("update", "delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS ledger_refuses_{word}")
        connection.execute(statement, values)


def ask(file: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query, values).fetchall()


def everything(file: Path) -> list[Any]:
    """All that the ledger vouches for, value by value as the file holds it, and the ledger itself."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        return [
            (table, connection.execute(f'SELECT {told} FROM "{table}" ORDER BY {_key_of(table)}').fetchall())
            for table in (*KEPT, "ledger")
            for told in [", ".join(f'"{name}"' for name in told_members(file, table))]
        ] + connection.execute("SELECT value FROM about WHERE key = 'ledger'").fetchall()


def _key_of(table: str) -> str:
    return ", ".join(f'"{name}"' for name in KEPT.get(table, ("number",)))


def told_members(file: Path, table: str) -> list[str]:
    """The members of a table that the ledger vouches for."""
    members = [str(row[1]) for row in ask(file, f'PRAGMA table_info("{table}")')]
    return [name for name in members if name not in UNTOLD.get(table, ())]


def verified(folder: Path, expect: str | None = None) -> Examination:
    with opened(folder, create=False) as store:
        found = store.verify(expect)
    assert found
    return found


def named(examination: Examination) -> list[tuple[str, str, str, str]]:
    return [outline(flaw) for flaw in examination.flaws]


def outline(flaw: Flaw) -> tuple[str, str, str, str]:
    return flaw.table, flaw.id, str(flaw.what), flaw.member

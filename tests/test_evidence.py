"""The journal as evidence: whatever is altered, lost or slipped in behind our back is found, and named."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cli import ROOT
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from journals import (
    CONTOSO,
    FABRIKAM,
    NOON,
    PAUSE,
    ask,
    bring,
    everything,
    intent,
    keep,
    lived,
    named,
    never,
    opened,
    outline,
    tamper,
    told_members,
    verified,
    version_1,
    version_3,
    wish,
)

from reconciler.adapters.store import RunNote, Store
from reconciler.drift.values import Remembered
from reconciler.errors import StateUnreadable
from reconciler.evidence import FIRST_KEPT, KEPT, Entry, Head, Record, canonical, content_of, seal
from reconciler.evidence.verifying import examine
from reconciler.handoff import HandoffState
from reconciler.memory import Baseline, Settled
from reconciler.roster import Renamed

LEDGER_MEMBERS = ("number", "at", "kind", "by", "content", "previous", "hash")
# What is noted where a store begins, a tenant is first met, and a change is made.
BEGINNING = ["begun", "enrolled", "known-as", "known-as"]
WRITTEN = [
    "plan-used",
    "intent",
    "sent",
    "settled",
    "bound",
    "intent",
    "sent",
    "looked",
    "bound",
    "succeeded",
]
REFUSED = ["enrolled", "known-as", "plan-used", "intent", "sent", "settled"]
BRAKED = ["suspended", "suspended", "resumed", "stop-set", "stop-lifted", "stop-set"]
HANDED_OFF = ["handoff-prepared", "handoff-prepared", "handoff-filed"]
LIVED = [*BEGINNING, *WRITTEN, *REFUSED, "run", "run", *BRAKED, *HANDED_OFF]
ENTRIES = len(LIVED)


@cache
def original() -> bytes:
    """The file of a store with a past, closed, with nothing left in a log beside it."""
    folder = Path(tempfile.mkdtemp())
    try:
        return lived(folder).read_bytes()
    finally:
        shutil.rmtree(folder)


class Copy:
    """A copy of that store, to be tampered with."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.file = self.folder / "state.db"
        self.file.write_bytes(original())

    def __enter__(self) -> Copy:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder)


@cache
def spots() -> tuple[tuple[str, str, str], ...]:
    """Every member of every row: table, member, id of the row."""
    with Copy() as copy:
        found = []
        for table in (*KEPT, "ledger"):
            ids = ids_of(copy.file, table)
            found += [(table, column, id_) for column in told_members(copy.file, table) for id_ in ids]
        return tuple(found)


def key_of(table: str) -> tuple[str, ...]:
    return {**KEPT, "ledger": ("number",)}[table]


def id_sql(table: str) -> str:
    """The id of a row, as the ledger writes it."""
    return " || '/' || ".join(f'CAST("{name}" AS TEXT)' for name in key_of(table))


def ids_of(file: Path, table: str) -> list[str]:
    return [str(id_) for (id_,) in ask(file, f'SELECT {id_sql(table)} FROM "{table}"')]


def test_what_was_lived_through_verifies_and_has_rows_of_every_kind(tmp_path: Path) -> None:
    file = lived(tmp_path)
    found = verified(tmp_path)
    assert found.sound
    assert (found.entries, found.flaws) == (ENTRIES, ())
    assert found.rows == sum(ask(file, f'SELECT count(*) FROM "{table}"')[0][0] for table in KEPT)
    assert found.head == ask(file, "SELECT hash FROM ledger ORDER BY number DESC LIMIT 1")[0][0]
    for table in KEPT:
        assert ask(file, f'SELECT count(*) FROM "{table}"')[0][0], table


def test_an_empty_store_verifies(tmp_path: Path) -> None:
    opened(tmp_path).close()
    found = verified(tmp_path)
    assert (found.sound, found.entries, found.rows) == (True, 1, 0)


# One member of one row


def a_change(value: object) -> st.SearchStrategy[tuple[str, object]]:
    """Another value, as SQL and what is given to it: one sign more, less or other, another kind, no text at all."""
    others = [
        st.tuples(
            st.just("?"),
            st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=5) | st.binary(max_size=3),
        ),
        st.just(("CAST(? AS TEXT)", b"\xff\xfe")),
        st.just(("CAST(? AS BLOB)", value)),
    ]
    if isinstance(value, str) and value:
        places = st.integers(0, len(value) - 1)
        others += [
            places.map(lambda i: ("?", f"{value[:i]}{chr(ord(value[i]) ^ 1)}{value[i + 1 :]}")),
            places.map(lambda i: ("?", value[:i] + value[i + 1 :])),
            places.map(lambda i: ("?", f"{value[:i]} {value[i:]}")),
        ]
    if isinstance(value, int):
        others.append(st.sampled_from([("?", value + 1), ("?", value - 1), ("?", -value)]))
    return st.one_of(others)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_altering_any_one_member_of_any_row_is_found_and_named_and_nothing_else_is_blamed(
    data: st.DataObject,
) -> None:
    table, column, id_ = data.draw(st.sampled_from(spots()))
    with Copy() as copy:
        row = f'FROM "{table}" WHERE {id_sql(table)} = ?'
        ((before,),) = ask(copy.file, f'SELECT "{column}" {row}', id_)
        untouched = everything(copy.file)
        sql, value = data.draw(a_change(before))
        try:
            tamper(
                copy.file,
                f'UPDATE "{table}" SET "{column}" = {sql} WHERE {id_sql(table)} = ?',
                value,
                id_,
            )
        except (sqlite3.IntegrityError, OverflowError, UnicodeEncodeError):
            assume(False)
        assume(everything(copy.file) != untouched)
        flaws = verified(copy.folder).flaws
    if column in key_of(table) and table != "ledger":
        assert {(f.table, str(f.what)) for f in flaws} == {(table, "missing"), (table, "extra")}
        assert id_ in {f.id for f in flaws}
        return
    assert [outline(flaw) for flaw in flaws] == [(table, id_, "altered", column)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_altering_one_sign_of_the_note_of_the_end_is_found(data: st.DataObject) -> None:
    with Copy() as copy:
        ((text,),) = ask(copy.file, "SELECT value FROM about WHERE key = 'ledger'")
        place = data.draw(st.integers(0, len(text)))
        other = data.draw(st.sampled_from(["", "0", "7", "a", " ", "٣", "\x00"]))
        changed = text[:place] + other + text[place + data.draw(st.integers(0, 1)) :]
        assume(changed != text)
        tamper(copy.file, "UPDATE about SET value = ? WHERE key = 'ledger'", changed)
        flaws = verified(copy.folder).flaws
    assert {f.table for f in flaws} <= {"about", "ledger"}
    assert flaws


def test_a_lost_note_of_the_end_is_named_and_nothing_is_appended_without_it() -> None:
    with Copy() as copy:
        tamper(copy.file, "DELETE FROM about WHERE key = 'ledger'")
        assert named(verified(copy.folder)) == [("about", "ledger", "missing", "")]
        with opened(copy.folder) as store, pytest.raises(StateUnreadable, match="history --verify"):
            store.lift_stop()
        assert ask(copy.file, "SELECT reason FROM stops") == [("fire",)]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_flipping_any_byte_of_the_file_is_found_or_alters_nothing_that_was_recorded(
    data: st.DataObject,
) -> None:
    content = bytearray(original())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    with Copy() as copy:
        before = everything(copy.file)
        copy.file.write_bytes(content)
        try:
            sound = verified(copy.folder).sound
        except StateUnreadable:
            sound = False
        assert not sound or everything(copy.file) == before


FORGED = {
    "tenants": ("UPDATE tenants SET family = 2 WHERE id = 1", "1", "family"),
    "aliases": (
        "UPDATE aliases SET tenant_id = 2 WHERE key = 'fabrikam.onmicrosoft.com'",
        FABRIKAM[0],
        "tenant_id",
    ),
    "bindings": ("UPDATE bindings SET subscription_id = 'sub-9'", "1/main", "subscription_id"),
    "successors": ("UPDATE successors SET new_id = 'sub-9'", "1/sub-1", "new_id"),
    "runs": ("UPDATE runs SET verdict = 'in-sync' WHERE tenant = 'contoso'", "2", "verdict"),
}


@pytest.mark.parametrize("table", FORGED)
def test_what_would_lead_a_write_to_another_place_is_found_and_named(table: str) -> None:
    statement, id_, member = FORGED[table]
    with Copy() as copy:
        tamper(copy.file, statement)
        assert named(verified(copy.folder)) == [(table, id_, "altered", member)]


def test_what_only_counts_on_with_each_run_is_not_vouched_for() -> None:
    with Copy() as copy:
        tamper(copy.file, "UPDATE runs SET times = 99, plan_id = 'another', last_at = first_at")
        assert verified(copy.folder).sound


# Rows that go and come


@pytest.mark.parametrize("table", KEPT)
def test_a_row_that_is_gone_is_named(table: str) -> None:
    with Copy() as copy:
        ids = ids_of(copy.file, table)
    assert ids
    for id_ in ids:
        with Copy() as copy:
            tamper(copy.file, f'DELETE FROM "{table}" WHERE {id_sql(table)} = ?', id_)
            assert named(verified(copy.folder)) == [(table, id_, "missing", "")]


@pytest.mark.parametrize("table", KEPT)
def test_a_row_that_was_slipped_in_is_named(table: str) -> None:
    key = KEPT[table]
    with Copy() as copy:
        members = [row[1] for row in ask(copy.file, f'PRAGMA table_info("{table}")')]
        new = {**dict.fromkeys(key, "77"), "seq": 77, "step": "'another'", "name": "'another'"}
        values = ", ".join(str(new.get(name, f'"{name}"')) for name in members)
        named_members = ", ".join(f'"{name}"' for name in members)
        tamper(copy.file, f'INSERT INTO "{table}" ({named_members}) SELECT {values} FROM "{table}" LIMIT 1')
        assert named(verified(copy.folder)) == [(table, "/".join("77" for _ in key), "extra", "")]


def test_a_row_that_the_ledger_says_is_gone_is_named_when_it_is_back() -> None:
    with Copy() as copy:
        tamper(copy.file, "INSERT INTO suspensions SELECT 2, name, reason, owner, until, at FROM suspensions")
        (flaw,) = verified(copy.folder).flaws
    assert outline(flaw) == ("suspensions", "2", "extra", "")
    assert flaw.entry is not None


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
def test_an_entry_that_is_gone_is_named(number: int) -> None:
    with Copy() as copy:
        tamper(copy.file, "DELETE FROM ledger WHERE number = ?", number)
        assert ("ledger", str(number), "missing", "") in named(verified(copy.folder))


@pytest.mark.parametrize("count", range(1, ENTRIES + 1))
def test_cutting_the_end_of_the_ledger_is_found(count: int) -> None:
    with Copy() as copy:
        tamper(copy.file, "DELETE FROM ledger WHERE number > ?", ENTRIES - count)
        first = ENTRIES - count + 1
        id_ = str(first) if count == 1 else f"{first} to {ENTRIES}"
        assert ("ledger", id_, "missing", "") in named(verified(copy.folder))


def entry_at(file: Path, number: int) -> Entry:
    ((*members,),) = ask(file, "SELECT * FROM ledger WHERE number = ?", number)
    return Entry(*members)


def put(file: Path, entry: Entry) -> None:
    values = [getattr(entry, name) for name in LEDGER_MEMBERS]
    tamper(file, "INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)", *values)


def forged(number: int, previous: str, content: str) -> Entry:
    """An entry by somebody who knows how to seal."""
    return Entry(number, "2026", "sent", "eve@host", content, previous, seal(previous, number, content))


@pytest.mark.parametrize("number", [-1, 0, ENTRIES + 1, ENTRIES + 2, 2**62])
@pytest.mark.parametrize("sealed", [True, False])
def test_an_entry_that_was_slipped_in_is_named_and_tells_nothing(number: int, sealed: bool) -> None:
    with Copy() as copy:
        last = entry_at(copy.file, ENTRIES)
        row = {"scope": "global", "reason": "none", "owner": "eve", "at": "2026"}
        content = content_of("2026", "sent", "eve@host", table="stops", id="global", row=row)
        entry = forged(number, last.hash, content)
        put(
            copy.file,
            entry if sealed else Entry(number, "2026", "sent", "eve@host", content, last.hash, "0" * 64),
        )
        assert named(verified(copy.folder)) == [("ledger", str(number), "extra", "")]


@pytest.mark.parametrize("number", range(1, ENTRIES))
def test_an_entry_that_was_rewritten_and_sealed_anew_is_named(number: int) -> None:
    with Copy() as copy:
        entry = entry_at(copy.file, number)
        content = entry.content.replace("2026", "2025")
        put(copy.file, replace(entry, content=content, hash=seal(entry.previous, number, content)))
        assert named(verified(copy.folder)) == [("ledger", str(number), "altered", "content")]


def test_two_entries_that_changed_places_are_both_named() -> None:
    with Copy() as copy:
        for old, new in ((3, -3), (5, 3), (-3, 5)):
            tamper(copy.file, "UPDATE ledger SET number = ? WHERE number = ?", new, old)
        assert {f.id for f in verified(copy.folder).flaws if f.table == "ledger"} == {"3", "5"}


def test_an_entry_put_in_the_place_of_one_that_is_gone_is_named_as_both() -> None:
    with Copy() as copy:
        tamper(copy.file, "DELETE FROM ledger WHERE number = 5")
        tamper(copy.file, "UPDATE ledger SET number = 5 WHERE number = 6")
        found = [f for f in named(verified(copy.folder)) if f[0] == "ledger"]
    assert found == [("ledger", "5", "missing", ""), ("ledger", "6", "altered", "number")]


def test_a_row_and_the_last_entry_that_tells_of_it_altered_together_are_both_named() -> None:
    with Copy() as copy:
        ((number,),) = ask(copy.file, 'SELECT max(number) FROM ledger WHERE content LIKE \'%"id":"i-1"%\'')
        tamper(
            copy.file, "UPDATE ledger SET content = replace(content, 'noon', 'dawn') WHERE number = ?", number
        )
        tamper(copy.file, "UPDATE intents SET evidence = replace(evidence, 'noon', 'dawn') WHERE id = 'i-1'")
        found = named(verified(copy.folder))
    assert ("ledger", str(number), "altered", "content") in found
    assert ("intents", "i-1", "altered", "evidence") in found


def test_a_ledger_that_tells_of_millions_of_missing_entries_is_told_in_one_line() -> None:
    entry = forged(2**60, "", content_of("2026", "sent", "eve"))
    found = examine(Record([entry], str(Head(2**60, entry.hash)), []))
    assert named(found)[0] == ("ledger", f"1 to {2**60 - 1}", "missing", "")


# A chain that was made anew


def rewritten_from(file: Path, first: int) -> None:
    """What somebody does who knows all of this: other content, the chain sealed anew to its end, the head too."""
    before = entry_at(file, first - 1).hash if first > 1 else ""
    for number in range(first, ENTRIES + 1):
        entry = entry_at(file, number)
        # In the tables too.
        content = entry.content.replace("ola@", "eve@")
        sealed = seal(before, number, content)
        put(file, Entry(number, entry.at, entry.kind, entry.by, content, before, sealed))
        before = sealed
    tamper(file, "UPDATE about SET value = ? WHERE key = 'ledger'", str(Head(ENTRIES, before)))
    tamper(file, "UPDATE suspensions SET owner = replace(owner, 'ola@', 'eve@')")


def test_only_a_hash_noted_earlier_finds_a_chain_that_was_made_anew() -> None:
    with Copy() as copy:
        noted = verified(copy.folder).head
        assert verified(copy.folder, noted).expected is True
        rewritten_from(copy.file, 1)
        assert verified(copy.folder).sound
        found = verified(copy.folder, noted)
    assert (found.expected, found.sound, found.flaws) == (False, False, ())


def test_a_hash_noted_earlier_is_still_in_a_chain_that_has_grown(tmp_path: Path) -> None:
    lived(tmp_path)
    noted = verified(tmp_path).head
    with opened(tmp_path) as store:
        store.lift_stop()
    assert verified(tmp_path, noted).sound
    assert verified(tmp_path).head != noted
    assert not verified(tmp_path, "0" * 64).sound


def test_cutting_the_end_and_mending_head_and_tables_is_found_by_the_hash_noted_before() -> None:
    with Copy() as copy:
        noted = verified(copy.folder).head
        tamper(copy.file, "DELETE FROM ledger WHERE number = ?", ENTRIES)
        last = entry_at(copy.file, ENTRIES - 1)
        tamper(
            copy.file, "UPDATE about SET value = ? WHERE key = 'ledger'", str(Head(ENTRIES - 1, last.hash))
        )
        assert named(verified(copy.folder)) != [], "the row still says what the entry told"
        tamper(copy.file, "UPDATE handoffs SET state = 'prepared', ticket = NULL WHERE id = 'h-1'")
        assert verified(copy.folder).sound
        assert verified(copy.folder, noted).expected is False


# What is recorded


def kinds(file: Path) -> list[str]:
    return [kind for (kind,) in ask(file, "SELECT kind FROM ledger ORDER BY number")]


def test_every_change_of_a_kept_table_is_an_entry_and_nothing_else_is(tmp_path: Path) -> None:
    file = lived(tmp_path)
    assert kinds(file) == LIVED
    with opened(tmp_path) as store:
        for _ in range(2):
            store.suspend(FABRIKAM, FABRIKAM[0], PAUSE)
            store.set_stop("fire", "kari")
            keep(store, wish())
            bring(store, "h-1", HandoffState.FILED)
            store.resume(CONTOSO)
            store.note_meant([(FABRIKAM, {"main": "sub-2"})])
            store.note_runs([RunNote("contoso", "blocked", "main add done", NOON, "c0ffee")])
            with store.lease(FABRIKAM, "a test", sleep=never) as journal:
                journal.bind("main", "sub-2")
    assert len(kinds(file)) == verified(tmp_path).entries == ENTRIES


def test_a_hand_off_that_is_withdrawn_and_wished_again_is_told_each_time(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, wish())
        bring(store, "h-1", HandoffState.WITHDRAWN)
        keep(store, wish())
        bring(store, "h-1", HandoffState.DONE)
        keep(store, wish())
    told = ["handoff-prepared", "handoff-withdrawn", "handoff-prepared", "handoff-done"]
    assert kinds(tmp_path / "state.db") == ["begun", *told]
    assert verified(tmp_path).sound


def test_what_is_undone_with_its_transaction_leaves_no_entry(tmp_path: Path) -> None:
    with opened(tmp_path) as store, store.lease(FABRIKAM, "a test", sleep=never) as journal:
        journal.settle(journal.intend(intent("i-1")), Settled.FAILED, "no", seen=False)
        with pytest.raises(StateUnreadable, match="UNIQUE"):
            journal.intend(intent("i-1", address="other"), uses_plan="plan-9")
    assert verified(tmp_path).sound
    assert kinds(tmp_path / "state.db") == [*BEGINNING, "intent", "settled"]


@pytest.mark.parametrize("statement", ["UPDATE ledger SET kind = 'x'", "DELETE FROM ledger"])
def test_the_file_itself_refuses_a_slip_of_the_hand(statement: str) -> None:
    refused = pytest.raises(sqlite3.IntegrityError, match="append-only")
    with Copy() as copy, closing(sqlite3.connect(copy.file)) as connection, refused:
        connection.execute(statement)


APPENDING = """
import sys
from pathlib import Path
from journals import opened
with opened(Path(sys.argv[1])) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(25):
        store.set_stop(f"{sys.argv[2]} {number}", "ola")
        store.lift_stop()
"""


def process(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", *words],
        env={"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_that_append_at_once_make_one_chain(tmp_path: Path) -> None:
    opened(tmp_path).close()
    both = [process(APPENDING, str(tmp_path), name) for name in ("one", "two")]
    for each in both:
        assert each.stdout
        assert each.stdout.readline() == "ready\n"
    for each in both:
        assert each.stdin
        each.stdin.write("\n")
        each.stdin.flush()
    assert [each.wait(60) for each in both] == [0, 0]
    for each in both:
        each.communicate()
    found = verified(tmp_path)
    assert found.sound
    assert 51 <= found.entries <= 101
    told = " ".join(content for (content,) in ask(tmp_path / "state.db", "SELECT content FROM ledger"))
    assert "one 24" in told
    assert "two 24" in told


# Whatever the store is asked to do

WORDS = ("fabrikam.no", "fabrikam.onmicrosoft.com", "guid-1", "contoso.no", "guid-2")
NAMES = ("main", "post")
IDS = ("sub-1", "sub-2", "sub-3")
keysets = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(tuple)
meanings = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(IDS), min_size=1)
noted = st.builds(
    RunNote, st.sampled_from(NAMES), st.sampled_from(["apply", "blocked"]), st.just(""), st.just(NOON)
)
doings = st.one_of(
    st.tuples(
        st.just("bind"), keysets, st.sampled_from(NAMES), st.sampled_from(IDS), st.sampled_from([None, *IDS])
    ),
    st.tuples(st.just("meant"), st.lists(st.tuples(keysets, meanings), min_size=1, max_size=3)),
    st.tuples(st.just("runs"), st.lists(noted, max_size=4)),
    st.tuples(st.just("renamed"), st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(WORDS)),
    st.tuples(st.just("suspend"), keysets),
    st.tuples(st.just("drift"), keysets),
)


def do(store: Store, what: str, *given: Any) -> None:
    if what == "bind":
        keys, name, id_, replaces = given
        with store.lease(keys, "a test", sleep=never) as journal:
            journal.bind(name, id_, replaces=replaces)
    elif what == "meant":
        store.note_meant(*given)
    elif what == "runs":
        store.note_runs(*given)
    elif what == "renamed":
        store.note_renamed([Renamed(*given)])
    elif what == "suspend":
        store.suspend(*given, "fabrikam", PAUSE)
    else:
        store.note_drift([(*given, Remembered(Baseline({}, frozenset(), NOON)))])


@settings(max_examples=60, deadline=None)
@given(st.lists(doings, min_size=1, max_size=12))
def test_whatever_is_done_every_row_stands_as_its_last_entry_tells(done: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with opened(Path(folder)) as store:
            for each in done:
                do(store, *each)
        assert named(verified(Path(folder))) == []


# A store that is older than the ledger


def test_an_older_store_is_read_without_a_change_to_it(tmp_path: Path) -> None:
    file = version_1(tmp_path)
    before = file.read_bytes()
    with opened(tmp_path, create=False) as store:
        assert store.verify() is None
        past = store.past(FABRIKAM)
    assert past.older
    assert past.examination is None
    assert {type(event).__name__ for event in past.events} == {"Change", "Brake", "HandedOff"}
    assert {event.by for event in past.events} == {None}
    assert file.read_bytes() == before


def test_an_older_store_is_upgraded_with_its_first_write_and_verifies(tmp_path: Path) -> None:
    file = version_1(tmp_path)
    with opened(tmp_path, create=False) as store:
        old = store.past(FABRIKAM).events
    opened(tmp_path).close()
    found = verified(tmp_path)
    assert found.sound
    rows = sum(ask(file, f'SELECT count(*) FROM "{table}"')[0][0] for table in KEPT)
    assert (found.entries, found.rows) == (1 + rows, rows)
    assert kinds(file) == ["upgrade"] + rows * ["found"]
    with opened(tmp_path, create=False) as store:
        now = store.past(FABRIKAM).events
    assert [(e.at, e.by) for e in now] == [(e.at, e.by) for e in old]
    tamper(file, "UPDATE intents SET settled = 'failed' WHERE id = 'i-1'")
    assert named(verified(tmp_path)) == [("intents", "i-1", "altered", "settled")]


def test_what_goes_on_after_an_upgrade_is_told_by_whoever_did_it(tmp_path: Path) -> None:
    version_1(tmp_path)
    with opened(tmp_path) as store:
        store.lift_stop()
        newest = store.past(FABRIKAM).events[0]
    assert newest.by is not None
    assert verified(tmp_path).sound


def test_two_processes_that_upgrade_at_once_begin_one_chain(tmp_path: Path) -> None:
    version_1(tmp_path)
    code = (
        "import sys; from pathlib import Path; from journals import opened; opened(Path(sys.argv[1])).close()"
    )
    both = [process(code, str(tmp_path)) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    for each in both:
        each.communicate()
    assert kinds(tmp_path / "state.db").count("upgrade") == 1
    assert verified(tmp_path).sound


def test_a_store_made_to_look_older_than_its_ledger_does_not_pass() -> None:
    with Copy() as copy:
        tamper(copy.file, "UPDATE about SET value = '1' WHERE key = 'schema'")
        assert ("about", "schema", "altered", "value") in named(verified(copy.folder))
        with pytest.raises(StateUnreadable):
            opened(copy.folder)


# A store whose ledger told of fewer tables


def taken_in(file: Path) -> int:
    return sum(ask(file, f'SELECT count(*) FROM "{table}"')[0][0] for table in KEPT.keys() - FIRST_KEPT)


def test_a_store_whose_ledger_tells_of_fewer_tables_verifies_and_nobody_vouches_for_the_others(
    tmp_path: Path,
) -> None:
    file = version_3(tmp_path)
    before = file.read_bytes()
    found = verified(tmp_path)
    assert found.sound
    assert found.rows == sum(ask(file, f'SELECT count(*) FROM "{table}"')[0][0] for table in FIRST_KEPT)
    assert file.read_bytes() == before
    tamper(file, "UPDATE aliases SET tenant_id = 2")
    assert verified(tmp_path).sound
    tamper(file, "UPDATE intents SET settled = 'failed' WHERE id = 'i-1'")
    assert named(verified(tmp_path)) == [("intents", "i-1", "altered", "settled")]


def test_its_first_write_takes_the_others_in_as_they_are_and_its_chain_goes_on(tmp_path: Path) -> None:
    file = version_3(tmp_path)
    noted, before = verified(tmp_path), kinds(file)
    opened(tmp_path).close()
    found = verified(tmp_path, noted.head)
    assert found.sound
    assert kinds(file) == [*before, "upgrade", *["found"] * taken_in(file)]
    assert found.rows == noted.rows + taken_in(file)
    ((content,),) = ask(file, "SELECT content FROM ledger WHERE kind = 'upgrade'")
    assert json.loads(content)["kept"] == sorted(KEPT)
    assert json.loads(content)["rows"] == {
        "tenants": 2, "aliases": 3, "bindings": 1, "successors": 1, "runs": 1
    }  # fmt: skip
    opened(tmp_path).close()
    assert verified(tmp_path) == replace(found, expected=None)
    tamper(file, "UPDATE aliases SET tenant_id = 2 WHERE key = 'fabrikam.onmicrosoft.com'")
    assert named(verified(tmp_path)) == [("aliases", FABRIKAM[0], "altered", "tenant_id")]


def test_life_goes_on_in_it(tmp_path: Path) -> None:
    version_3(tmp_path)
    with opened(tmp_path) as store:
        store.lift_stop()
        store.resume(FABRIKAM)
        with store.lease((*FABRIKAM, "fabrikam.no"), "a test", sleep=never) as journal:
            journal.bind("main", "sub-3", replaces="sub-2")
        store.note_runs([RunNote("fabrikam", "blocked", "main add blocked", NOON)])
    assert verified(tmp_path).sound


def test_two_processes_that_open_it_at_once_take_the_others_in_once(tmp_path: Path) -> None:
    file = version_3(tmp_path)
    code = (
        "import sys; from pathlib import Path; from journals import opened; opened(Path(sys.argv[1])).close()"
    )
    both = [process(code, str(tmp_path)) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    for each in both:
        each.communicate()
    assert kinds(file).count("upgrade") == 1
    assert verified(tmp_path).sound


@pytest.mark.parametrize("older", [False, True], ids=["begun with all", "upgraded"])
@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM about WHERE key = 'kept'", "UPDATE about SET value = '3' WHERE key = 'kept'"],
)
def test_a_lost_way_to_what_the_chain_tells_of_makes_no_forged_row_a_found_one(
    statement: str, older: bool, tmp_path: Path
) -> None:
    file = version_3(tmp_path) if older else lived(tmp_path)
    opened(tmp_path).close()
    before = kinds(file)
    tamper(file, statement)
    tamper(file, "UPDATE bindings SET subscription_id = 'sub-9'")
    for _ in range(2):
        opened(tmp_path).close()
        assert named(verified(tmp_path)) == [("bindings", "1/main", "altered", "subscription_id")]
    assert kinds(file) == [*before, "upgrade"], "only the way to it is told anew"


def test_a_store_of_a_version_with_a_ledger_is_not_said_to_be_made_older(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version_3(tmp_path)
    for module in ("tables", "upgrading", "filed"):
        monkeypatch.setattr(f"reconciler.adapters.store.{module}.SCHEMA_VERSION", 99)
    assert verified(tmp_path).sound
    opened(tmp_path).close()
    found = verified(tmp_path)
    assert found.sound
    assert kinds(tmp_path / "state.db").count("upgrade") == 1


# Small laws


@given(st.text(max_size=30))
def test_a_head_is_read_as_it_was_written_or_not_at_all(text: str) -> None:
    head = Head.of(text)
    assert head is None or str(head) == text


@given(st.integers(0, 10**9), st.text("0123456789abcdef", max_size=64))
def test_a_head_that_was_written_is_read_back(count: int, hash_: str) -> None:
    assert Head.of(str(Head(count, hash_))) == Head(count, hash_)


VALUES: st.SearchStrategy[Any] = st.none() | st.integers() | st.text(max_size=4) | st.binary(max_size=4)


@given(VALUES, VALUES)
def test_two_values_have_one_text_only_if_they_are_one_value(one: object, other: object) -> None:
    assert (canonical(one) == canonical(other)) == (one == other and type(one) is type(other))


def test_the_hash_of_an_entry_can_be_made_again_with_any_tool() -> None:
    """As ``docs/history.md`` says: SHA-256 over three lines."""
    import hashlib

    with Copy() as copy:
        entry = entry_at(copy.file, 3)
    assert (
        hashlib.sha256(f"{entry.previous}\n{entry.number}\n{entry.content}".encode()).hexdigest()
        == entry.hash
    )
    assert NOON.isoformat() < entry.at


def test_a_byte_of_a_key_altered_in_the_row_alone_is_found(tmp_path: Path) -> None:
    """An index holds a copy of the key, and a question by the key is answered from it."""
    file = lived(tmp_path)
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = file.read_bytes()
    at = data.index(b"globalfire")
    file.write_bytes(data[:at] + b"globulfire" + data[at + 10 :])
    assert not verified(tmp_path).sound

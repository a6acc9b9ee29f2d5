"""``history``: what happened to a tenant, verified, and exported for an auditor; and what it never does."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cli import ROOT, Desk, tenant_file
from journals import (
    CONTOSO,
    FABRIKAM,
    NOON,
    PAUSE,
    ask,
    bring,
    intent,
    keep,
    lived,
    never,
    opened,
    tamper,
    verified,
    version_1,
    wish,
)
from sqlalchemy import Engine, event
from test_schemas import members
from test_store import drop_rights, without_rights
from worlds import live, sub

from reconciler.adapters import files
from reconciler.adapters.store.ledger import signed_in
from reconciler.evidence import Entry, content_of
from reconciler.evidence.past import Brake, Change, HandedOff, past
from reconciler.handoff import HandoffState
from reconciler.memory import Settled
from reconciler.model import Suspension
from reconciler.report.history import earlier_texts, export_name, export_text

GUIDE = (ROOT / "docs" / "history.md").read_text(encoding="utf-8")
SB, SBP, E1 = "office-365-small-business", "office-365-small-business-premium", "office-365-enterprise-e1"
ME = signed_in(os.getpid())
SCHEMAS = ("history", "history-verify", "history-change")


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """Two tenants that were applied: one licence added to each; a third that wants fewer than it has."""
    desk.configure(tenants=["tenants"])
    for number, (name, wanted) in enumerate((("contoso", 21), ("fabrikam", 21), ("northwind", 19))):
        desk.declare(name, SB, wanted)
        guid = f"00000000-0000-4000-8000-{number:012d}"
        desk.live(live(name, sub(id=f"sub-{name}"), tenantId=guid))
    desk.ok("simulator", "load", "live")
    desk.apply()
    return desk


def store_of(desk: Desk) -> Path:
    return desk.folder / ".reconciler" / "state.db"


def events(desk: Desk, *words: str) -> list[dict[str, Any]]:
    document = desk.ok("history", *words, "--format", "json").json()
    jsonschema.Draft202012Validator(files.schema("history")).validate(document)
    found: list[dict[str, Any]] = document["events"]
    return found


# One tenant


def test_a_write_is_told_with_who_when_before_after_and_how_it_ended(fleet: Desk) -> None:
    (told,) = events(fleet, "fabrikam")
    (call,) = [c for c in fleet.taken() if c["tenant"].startswith("fabrikam")]
    (plan_id,) = {
        id_ for (id_,) in ask(store_of(fleet), "SELECT plan_id FROM intents WHERE tenant LIKE 'fab%'")
    }
    assert (told["event"], told["action"], told["by"], told["settled_by"]) == ("change", "add", ME, ME)
    assert (told["before"], told["after"]) == ({"plan": SB, "licenses": 20}, {"plan": SB, "licenses": 21})
    assert (told["request_id"], told["change_plan"], told["commit"]) == (call["request_id"], plan_id, None)
    assert (told["outcome"], told["seen"], told["sent"]) == ("done", True, True)
    assert told["evidence"]
    text = fleet.ok("history", "fabrikam").out
    for word in ("+ main", "20 -> 21 licences (+1)", f"by {ME}", plan_id, told["request_id"], "done: "):
        assert word in " ".join(text.split())


@pytest.mark.parametrize(
    "word",
    [
        "fabrikam",
        "fabrikam.onmicrosoft.com",
        "FABRIKAM.onmicrosoft.com",
        "00000000-0000-4000-8000-000000000001",
    ],
)
def test_a_tenant_is_found_by_its_name_its_domain_and_its_id(fleet: Desk, word: str) -> None:
    assert [e["subscription_id"] for e in events(fleet, word)] == ["sub-fabrikam"]


def test_a_word_that_means_no_tenant_is_an_error_and_not_an_empty_history(fleet: Desk) -> None:
    answer = fleet.run("history", "fabrikan")
    assert answer.code == 1
    assert "neither a default domain" in answer.err


def test_brakes_and_hand_offs_are_told_newest_first(fleet: Desk) -> None:
    fleet.ok("suspend", "northwind", "--reason", "merger", "--owner", "ola", "--until", "2099-12-24")
    fleet.ok("stop", "--reason", "audit", "--owner", "kari")
    fleet.ok("resume", "northwind")
    fleet.ok("stop", "--lift")
    told = events(fleet, "northwind")
    assert [e["event"] for e in told] == ["stop-lifted", "resumed", "stop-set", "suspended", "handoff"]
    assert {e["by"] for e in told} == {ME}
    assert [(e["reason"], e["owner"], e["until"]) for e in told[:4]] == [
        ("audit", "kari", None),
        ("merger", "ola", "2099-12-24"),
        ("audit", "kari", None),
        ("merger", "ola", "2099-12-24"),
    ]
    assert (told[4]["kind"], told[4]["state"], told[4]["after"]["licenses"]) == (
        "remove-licenses",
        "prepared",
        19,
    )
    assert [e["event"] for e in events(fleet, "fabrikam")] == ["stop-lifted", "stop-set", "change"]
    text = fleet.ok("history", "northwind").out
    for words in ("global stop set: audit (kari)", "suspended until 2099-12-24: merger (ola)", "> hand-off"):
        assert words in text


def test_a_suspension_under_several_rows_of_a_tenant_is_told_once(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        for key in FABRIKAM:
            with store.lease((key,), "a test", sleep=never):
                pass
        store.suspend(FABRIKAM, FABRIKAM[0], PAUSE)
        told = store.past(FABRIKAM).events
    assert len(ask(tmp_path / "state.db", "SELECT * FROM suspensions")) == 2
    assert [type(event) for event in told] == [Brake]


def test_a_tenant_that_was_renamed_keeps_its_history(fleet: Desk) -> None:
    file = tenant_file("woodgrove", [{"name": "main", "plan": SB, "licenses": 22}])
    file["spec"]["tenant"] = "00000000-0000-4000-8000-000000000001"
    shutil.rmtree(fleet.folder / "tenants")
    fleet.put("tenants/woodgrove.yaml", json.dumps(file))
    assert len(events(fleet, "woodgrove")) == 1, "by what the service says it is called"
    fleet.apply("tenants", "--fleet-size", "1")
    told = events(fleet, "woodgrove")
    assert [e["after"]["licenses"] for e in told] == [22, 21]
    assert [e["after"]["licenses"] for e in events(fleet, "fabrikam.onmicrosoft.com")] == [22, 21]


def test_nobody_sees_another_tenants_history(fleet: Desk) -> None:
    ids = [{e["id"] for e in events(fleet, name)} for name in ("contoso", "fabrikam", "northwind")]
    assert all(ids)
    assert len(set().union(*ids)) == sum(map(len, ids))


def test_who_settled_a_write_by_hand_is_told_beside_who_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as store, store.lease(FABRIKAM, "a test", sleep=never) as journal:
        sent = journal.sent(journal.intend(intent("i-1")), NOON)
        monkeypatch.setattr("reconciler.adapters.store.ledger.signed_in", lambda _: "kari@laptop")
        journal.settle(sent, Settled.DONE, "settled by hand: ticket 7", seen=True)
        (told,) = store.past(FABRIKAM).events
    assert isinstance(told, Change)
    assert (told.by, told.settled_by) == (ME, "kari@laptop")
    assert (told.at, told.settled_at) == (NOON + timedelta(minutes=4), told.last_at)


@pytest.mark.parametrize(
    ("point", "outcome", "said"),
    [
        ("intend", "open", "not sent"),
        ("sent", "open", "not known yet"),
        ("settle", "started", "no look has shown it yet"),
    ],
)
def test_a_write_on_its_way_is_told_as_that(desk: Desk, point: str, outcome: str, said: str) -> None:
    desk.configure()
    with (
        opened(desk.folder / ".reconciler") as store,
        store.lease(FABRIKAM, "a test", sleep=never) as journal,
    ):
        kept = journal.intend(intent("i-1"))
        if point != "intend":
            kept = journal.sent(kept, NOON)
        if point == "settle":
            journal.settle(kept, Settled.STARTED, "the service took it", seen=False)
    (told,) = events(desk, FABRIKAM[0])
    assert told["outcome"] == outcome
    assert said in " ".join(desk.ok("history", FABRIKAM[0]).out.split())


def test_limit_and_since_say_how_much_they_leave_out(desk: Desk) -> None:
    desk.configure()
    with opened(desk.folder / ".reconciler") as store:
        for number in range(25):
            store.suspend(FABRIKAM, FABRIKAM[0], Suspension(f"reason {number}", "ola", PAUSE.until))
    document = desk.ok("history", FABRIKAM[0], "--format", "json").json()
    assert (len(document["events"]), document["older"]) == (20, 5)
    assert "Older entries not shown: 5. --limit 25 shows them." in desk.ok("history", FABRIKAM[0]).out
    assert [e["reason"] for e in events(desk, FABRIKAM[0], "--limit", "2")] == ["reason 24", "reason 23"]
    assert len(events(desk, FABRIKAM[0], "--limit", "99", "--since", "2026-11-23")) == 25
    nothing = desk.ok("history", FABRIKAM[0], "--since", "2026-11-24").out
    assert nothing == f"{FABRIKAM[0]}: nothing since 2026-11-24. Older entries: 25.\n"


def test_since_shows_what_went_on_after_it_too(desk: Desk) -> None:
    desk.configure()
    times = iter([NOON] * 6 + [NOON + timedelta(days=3)] * 9)
    store = opened(desk.folder / ".reconciler")
    store._now = lambda: next(times)
    with store, store.lease(FABRIKAM, "a test", sleep=never) as journal:
        kept = journal.intend(intent("i-1"))
        journal.settle(kept, Settled.FAILED, "no", seen=False)
    (told,) = events(desk, FABRIKAM[0], "--since", "2026-11-25")
    assert (told["at"][:10], told["last_at"][:10]) == ("2026-11-23", "2026-11-26")


def test_where_nothing_was_ever_written_it_says_so_and_creates_nothing(desk: Desk) -> None:
    desk.configure()
    before = sorted(desk.folder.rglob("*"))
    assert "there is no state store" in desk.ok("history", "fabrikam.onmicrosoft.com").out
    assert events(desk, "fabrikam.onmicrosoft.com") == []
    assert "nothing to verify" in desk.ok("history", "--verify").out
    assert "nothing was written" in desk.ok("history", "--export", "audit").out
    assert sorted(desk.folder.rglob("*")) == before
    opened(desk.folder / ".reconciler").close()
    assert "nothing was ever written, no brake" in desk.ok("history", "fabrikam.onmicrosoft.com").out


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("fabrikam.no", "--verify"),
        ("--verify", "--export", "audit"),
        ("--verify", "--limit", "3"),
        ("--export", "audit", "--since", "2026-01-01"),
        ("--export", "audit", "--format", "json"),
        ("fabrikam.no", "--expect", "0" * 64),
        ("--verify", "--expect", "abc"),
        ("fabrikam.no", "--limit", "0"),
        ("fabrikam.no", "--since", "yesterday"),
    ],
)
def test_what_does_not_go_together_is_a_usage_error(desk: Desk, words: tuple[str, ...]) -> None:
    answer = desk.run("history", *words)
    assert answer.code == 64
    assert "Usage: reconciler history" in answer.err
    assert answer.out == ""


def test_words_of_others_can_not_move_the_cursor(desk: Desk) -> None:
    desk.configure()
    with opened(desk.folder / ".reconciler") as store:
        store.suspend(FABRIKAM, FABRIKAM[0], Suspension("\x1b[2J\nall is well", "ola\u202e", PAUSE.until))
    for words in (("history", FABRIKAM[0]), ("history", FABRIKAM[0], "--format", "json")):
        out = desk.ok(*words).out
        assert "\x1b" not in out
        assert "\u202e" not in out
        assert "\nall is well" not in out


def test_an_entry_that_does_not_say_what_it_should_is_refused_with_its_reason() -> None:
    row = {"tenant_id": 1, "id": "i-1"}
    content = content_of("2026-11-23T12:00:00+00:00", "intent", "eve", table="intents", id="i-1", row=row)
    with pytest.raises(ValueError, match="without tenant"):
        past([Entry(1, "", "", "", content, "", "")], None)


# Verifying


def test_a_sound_journal_is_one_line(fleet: Desk) -> None:
    found = verified(store_of(fleet).parent)
    line = f"{found.entries} entries, {found.rows} rows: all as recorded. Head: {found.head}\n"
    assert fleet.ok("history", "--verify").out == line
    assert fleet.ok("history", "--verify", "--expect", found.head).out == line
    document = fleet.ok("history", "--verify", "--format", "json").json()
    jsonschema.Draft202012Validator(files.schema("history-verify")).validate(document)
    assert (document["as_recorded"], document["head"], document["flaws"]) == (True, found.head, [])


def test_thousands_are_written_as_people_write_them() -> None:
    from reconciler.evidence.verifying import Examination
    from reconciler.report.examination import examination_text

    told = examination_text(Examination(1204, 312, "a" * 64, ()), None, "x")
    assert told == f"1,204 entries, 312 rows: all as recorded. Head: {'a' * 64}\n"
    assert examination_text(Examination(1, 1, "a", ()), None, "x").startswith("1 entry, 1 row: all")


def test_each_flaw_is_named_with_what_was_recorded_and_what_stands_there(fleet: Desk) -> None:
    file = store_of(fleet)
    tamper(file, "UPDATE intents SET settled = 'failed' WHERE tenant LIKE 'fabrikam%'")
    tamper(file, "DELETE FROM handoffs")
    tamper(file, "UPDATE ledger SET \"by\" = 'eve' WHERE number = 2")
    answer = fleet.run("history", "--verify")
    assert answer.code == 1
    told = " ".join(answer.out.split())
    assert "! ledger, entry 2: by is altered." in told
    altered = r'settled is altered\. Entry \d+ of the ledger recorded "done", and "failed" stands there\.'
    assert re.search(altered, told)
    assert re.search(r"! handoffs, \w+: missing\. Entry \d+ of the ledger told of it\.", told)
    assert "Nothing was put right." in told
    assert re.search(r"rows: 3 not as recorded\. Head: [0-9a-f]{64}$", told)
    document = fleet.run("history", "--verify", "--format", "json").json()
    jsonschema.Draft202012Validator(files.schema("history-verify")).validate(document)
    assert [(f["table"], f["what"], f["recorded"], f["found"]) for f in document["flaws"]] == [
        ("ledger", "altered", None, None),
        ("handoffs", "missing", None, None),
        ("intents", "altered", "done", "failed"),
    ]
    warned = fleet.run("history", "fabrikam")
    assert (warned.code, "history --verify" in warned.err) == (0, True)
    assert "done: " in warned.out, "it is told by the ledger, not by the altered row"
    assert fleet.ok("history", "fabrikam", "--format", "json").json()["as_recorded"] is False


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM ledger WHERE number IN (3, 4)", "ledger, entries 3 to 4: missing."),
        ("DELETE FROM ledger WHERE number = 3", "ledger, entry 3: missing."),
        ("INSERT INTO ledger VALUES (99, '', '', '', '', '', '')", "ledger, entry 99: extra"),
        ("UPDATE about SET value = '1 x' WHERE key = 'ledger'", "where the ledger ends is altered"),
        ("DELETE FROM about WHERE key = 'ledger'", "where the ledger ends is missing"),
        (
            "INSERT INTO stops VALUES ('global', 'r', 'o', '2026')",
            "stops, global: extra. The ledger does not tell",
        ),
        ("UPDATE about SET value = '1' WHERE key = 'schema'", "the version of the store is altered"),
        ("UPDATE intents SET evidence = x'ff'", '{"bytes":"ff"} stands there'),
    ],
)
def test_every_kind_of_flaw_has_its_words(fleet: Desk, statement: str, said: str) -> None:
    tamper(store_of(fleet), statement)
    answer = fleet.run("history", "--verify")
    assert answer.code == 1
    assert said in " ".join(answer.out.split())
    document = fleet.run("history", "--verify", "--format", "json")
    assert document.code == 1
    jsonschema.Draft202012Validator(files.schema("history-verify")).validate(document.json())


def test_a_hash_that_is_not_in_the_chain_is_an_error(fleet: Desk) -> None:
    answer = fleet.run("history", "--verify", "--expect", "0" * 64)
    assert answer.code == 1
    assert "is not in the chain" in " ".join(answer.out.split())
    document = fleet.run("history", "--verify", "--expect", "0" * 64, "--format", "json")
    assert (document.code, document.json()["expected_found"], document.json()["flaws"]) == (1, False, [])


def test_a_store_that_is_gone_does_not_pass_when_a_hash_is_expected(desk: Desk) -> None:
    desk.configure()
    answer = desk.run("history", "--verify", "--expect", "0" * 64)
    assert answer.code == 1
    assert "Restore the store" in answer.err


def test_a_store_older_than_its_ledger_is_shown_and_neither_verified_nor_exported(desk: Desk) -> None:
    desk.configure()
    version_1(desk.folder / ".reconciler")
    told = events(desk, FABRIKAM[0])
    assert [e["event"] for e in told] == ["stop-set", "suspended", "change", "change", "handoff"]
    assert {e["by"] for e in told} == {None}
    assert "before the ledger was kept" in desk.ok("history", FABRIKAM[0]).out
    for words in (("--verify",), ("--export", "audit")):
        answer = desk.run("history", *words)
        assert answer.code == 1
        assert "kept no ledger" in answer.err
    desk.ok("stop", "--lift")
    assert "all as recorded" in desk.ok("history", "--verify").out
    assert "2 changes in audit: 2 written" in desk.ok("history", "--export", "audit").out
    assert {e["by"] for e in events(desk, FABRIKAM[0])} == {None, ME}


# Files for an auditor


def exported(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()} if folder.exists() else {}


def test_there_is_one_file_for_each_change_with_all_that_was_recorded_of_it(fleet: Desk) -> None:
    assert "2 changes in audit: 2 written" in fleet.ok("history", "--export", "audit").out
    found = exported(fleet.folder / "audit")
    assert len(found) == 2
    for name, content in found.items():
        document = json.loads(content)
        jsonschema.Draft202012Validator(files.schema("history-change")).validate(document)
        assert (
            content.decode()
            == json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
        )
        assert document["id"] in name
        assert [e["kind"] for e in document["entries"]] == ["intent", "sent", "settled"]
        (told,) = events(fleet, document["tenant"])
        del told["event"]
        assert {k: document[k] for k in told} == told
        for entry in document["entries"]:
            lines = f"{entry['previous']}\n{entry['number']}\n{entry['content']}"
            assert hashlib.sha256(lines.encode()).hexdigest() == entry["hash"]


def test_exporting_twice_changes_no_byte(fleet: Desk) -> None:
    fleet.ok("history", "--export", "audit")
    before = exported(fleet.folder / "audit")
    stamps = {f: f.stat().st_mtime_ns for f in (fleet.folder / "audit").iterdir()}
    assert "0 written, 0 brought up to date, 2 there already" in fleet.ok("history", "--export", "audit").out
    assert exported(fleet.folder / "audit") == before
    assert {f: f.stat().st_mtime_ns for f in (fleet.folder / "audit").iterdir()} == stamps
    fleet.ok("history", "--export", "again")
    assert exported(fleet.folder / "again") == before


def test_one_tenant_can_be_exported_alone(fleet: Desk) -> None:
    fleet.ok("history", "fabrikam", "--export", "audit")
    assert [json.loads(c)["tenant"] for c in exported(fleet.folder / "audit").values()] == [
        "fabrikam.onmicrosoft.com"
    ]


def test_a_change_that_went_on_is_brought_up_to_date_and_nothing_else_replaces_a_file(desk: Desk) -> None:
    desk.configure()
    with opened(desk.folder / ".reconciler") as store:
        with store.lease(FABRIKAM, "a test", sleep=never) as journal:
            sent = journal.sent(journal.intend(intent("i-1")), NOON)
            desk.ok("history", "--export", "audit")
            first = exported(desk.folder / "audit")
            journal.settle(sent, Settled.DONE, "the look shows it", seen=True)
        assert "1 brought up to date" in desk.ok("history", "--export", "audit").out
        second = exported(desk.folder / "audit")
        assert first.keys() == second.keys()
        assert first != second
        (change,) = [e for e in store.whole_past().events if isinstance(e, Change)]
    assert [text.encode() for text in earlier_texts(change)][-1] in first.values()
    (name,) = second
    (desk.folder / "audit" / name).write_text("{}")
    answer = desk.run("history", "--export", "audit")
    assert answer.code == 1
    assert name in answer.err
    assert (desk.folder / "audit" / name).read_text() == "{}"


def test_files_of_another_mind_are_all_named_and_nothing_is_exported(fleet: Desk) -> None:
    fleet.ok("history", "--export", "audit")
    names = sorted(exported(fleet.folder / "audit"))
    (fleet.folder / "audit" / names[0]).unlink()
    altered = (fleet.folder / "audit" / names[1]).read_bytes().replace(b'"licenses":21', b'"licenses":12')
    (fleet.folder / "audit" / names[1]).write_bytes(altered + b"\xff")
    answer = fleet.run("history", "--export", "audit")
    assert (answer.code, answer.out) == (1, "")
    assert names[1] in answer.err
    assert list(exported(fleet.folder / "audit")) == [names[1]]


def test_what_is_not_as_recorded_is_not_exported_and_is_named(fleet: Desk) -> None:
    file = store_of(fleet)
    ((id_,),) = ask(file, "SELECT id FROM intents WHERE tenant LIKE 'fabrikam%'")
    tamper(file, "UPDATE intents SET after_licenses = 12 WHERE id = ?", id_)
    answer = fleet.run("history", "--export", "audit")
    assert answer.code == 1
    assert f"change {id_} was not exported" in answer.err
    assert [json.loads(c)["tenant"] for c in exported(fleet.folder / "audit").values()] == [
        "contoso.onmicrosoft.com"
    ]


def test_a_name_made_by_a_tamperer_leads_nowhere_else() -> None:
    content = content_of(NOON.isoformat(), "intent", "eve", table="intents", id="../i", row=ROW)
    (change,) = past([Entry(1, "", "", "", content, "", "")], None)
    assert isinstance(change, Change)
    assert "/" not in export_name(change)
    assert export_name(change) == "20261123T120000Z-.._.._etc_passwd-.._i.json"
    assert json.loads(export_text(change))["tenant"] == "../../etc/passwd"


ROW = {
    "tenant": "../../etc/passwd",
    "address": "main",
    "subscription_id": "sub-1",
    "action": "add",
    "before_plan": SB,
    "before_licenses": 20,
    "after_plan": SB,
    "after_licenses": 21,
    "request_id": "r",
    "plan_id": "",
    "evidence": "",
}


NO_ROOM = """
import resource, sys
from reconciler.adapters.files import writing
from reconciler.cli import main

put = writing._put

def put_where_there_is_no_room(*given, **more):
    resource.setrlimit(resource.RLIMIT_FSIZE, (900, 900))
    put(*given, **more)

writing._put = put_where_there_is_no_room
main(sys.argv[1:])
"""


def test_an_export_that_finds_no_room_leaves_no_half_file(fleet: Desk) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_ROOM, "history", "--export", "audit"],
        cwd=fleet.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert re.search(r"audit/\S+\.json could not be written: File too large", done.stderr)
    assert "Traceback" not in done.stderr
    assert exported(fleet.folder / "audit") == {}


# What it never does, and when it can not


@pytest.mark.parametrize(
    "words",
    [
        ("history", "fabrikam"),
        ("history", "--verify"),
        ("history", "--export", "audit"),
        ("plan", "tenants"),
        ("status",),
        ("handoff", "list", "--all"),
        ("explain", "fabrikam"),
        ("stop",),
        ("resolve", "fabrikam"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("older", [False, True], ids=["store of today", "older store"])
def test_a_reading_command_leaves_the_store_byte_for_byte(
    fleet: Desk, words: tuple[str, ...], older: bool
) -> None:
    if older:
        shutil.rmtree(store_of(fleet).parent / "locks")
        store_of(fleet).unlink()
        version_1(store_of(fleet).parent)
    before = store_of(fleet).read_bytes()
    fleet.run(*words)
    assert store_of(fleet).read_bytes() == before
    log = store_of(fleet).with_name("state.db-wal")
    assert not log.exists() or log.stat().st_size == 0


def test_a_store_that_vanished_is_an_error_and_none_is_made_in_its_place(fleet: Desk) -> None:
    store_of(fleet).unlink()
    for rest in store_of(fleet).parent.glob("state.db-*"):
        rest.unlink()
    for words in (
        ("history", "fabrikam"),
        ("history", "--verify"),
        ("history", "--export", "audit"),
        ("suspend", "fabrikam", "--reason", "r", "--owner", "o", "--until", "2099-12-24"),
        ("stop", "--reason", "audit"),
        ("apply", "tenants", "--auto-approve"),
    ):
        answer = fleet.run(*words)
        assert answer.code == 1, words
        assert "it is gone, while the locks of earlier runs are still there" in answer.err
        assert "Traceback" not in answer.err
    assert not store_of(fleet).exists()
    assert not (fleet.folder / "audit").exists()
    shutil.rmtree(store_of(fleet).parent / "locks")
    fleet.ok("stop", "--reason", "audit")


def all_loaded(folder: Path) -> None:
    """Run the commands once, so that nothing has to be imported when there is no right to read it any more."""
    for words in READ_ONLY:
        Desk(folder).run(*words, "--state", folder / "elsewhere")


READ_ONLY = (("history", "--verify"), ("history", FABRIKAM[0]), ("history", "--export", "audit"), ("stop",))


def test_a_store_in_a_folder_that_may_only_be_read_ends_in_a_clear_message_and_nothing_written() -> None:
    with without_rights() as folder:
        lived(folder / "state")
        all_loaded(folder)
        before = {f: f.read_bytes() for f in (folder / "state").iterdir() if f.is_file()}
        for file in (*before, folder / "state"):
            file.chmod(0o555)
        drop_rights()
        answers = [Desk(folder).run(*words, "--state", folder / "state") for words in READ_ONLY]
        assert {f: f.read_bytes() for f in (folder / "state").iterdir() if f.is_file()} == before
    for answer in answers:
        assert answer.code == 1
        assert "owner and permissions of the file and its folder" in answer.err
        assert answer.out == ""


def test_a_store_in_a_folder_that_may_not_be_read_is_an_error_with_a_way_on() -> None:
    with without_rights() as folder:
        lived(folder / "state")
        desk = Desk(folder)
        all_loaded(folder)
        (folder / "state").chmod(0o000)
        drop_rights()
        answers = [
            desk.run("history", *words, "--state", folder / "state")
            for words in (("--verify",), (FABRIKAM[0],))
        ]
    for answer in answers:
        assert answer.code == 1
        assert "Permission denied" in answer.err
        assert answer.out == ""


def test_an_export_into_a_folder_that_may_not_be_written_says_so() -> None:
    with without_rights() as folder:
        (folder / "audit").mkdir()
        lived(folder / "state")
        all_loaded(folder)
        os.chmod(folder / "audit", 0o555)
        for file in ("state", "state/state.db", "state/locks"):
            os.chown(folder / file, 65534 if os.geteuid() == 0 else -1, -1)
        drop_rights()
        answer = Desk(folder).run("history", "--export", folder / "audit", "--state", folder / "state")
        left = list((folder / "audit").iterdir())
    assert answer.code == 1
    assert "could not be written: Permission denied" in answer.err
    assert left == []


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No database may grow any more, as on a disk that is full."""

    def limit(connection: sqlite3.Connection, entry: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    event.listen(Engine, "connect", limit)
    yield
    event.remove(Engine, "connect", limit)


def test_on_a_full_disk_nothing_is_written_and_the_journal_stays_sound(fleet: Desk, full_disk: None) -> None:
    before = verified(store_of(fleet).parent)
    answer = fleet.run("stop", "--reason", "audit " * 10_000)
    assert answer.code == 1
    assert "database or disk is full" in answer.err
    assert "Traceback" not in answer.err
    assert verified(store_of(fleet).parent) == before
    assert "off" in fleet.ok("stop").out


def test_a_full_disk_in_the_middle_of_apply_writes_nothing_to_the_tenant(
    fleet: Desk, full_disk: None
) -> None:
    with closing(sqlite3.connect(store_of(fleet))) as connection:
        connection.execute("VACUUM")
    for number in range(22, 60):
        fleet.declare("fabrikam", SB, number)
        taken = len(fleet.taken())
        if fleet.apply("tenants", "--tenant", "fabrikam").code:
            break
        assert len(fleet.taken()) == taken + 1
    else:
        pytest.fail("the disk never was full")
    assert verified(store_of(fleet).parent).sound
    told = events(fleet, "fabrikam", "--limit", "99")
    assert {e["request_id"] for e in told} >= {
        c["request_id"] for c in fleet.taken() if "fabrikam" in c["tenant"]
    }


# Schemas and docs


EVERY_MEMBER = [(path, schema) for name in SCHEMAS for path, schema in members(files.schema(name), name)]


@pytest.mark.parametrize(("path", "schema"), EVERY_MEMBER, ids=[path for path, _ in EVERY_MEMBER])
def test_each_member_of_the_schemas_is_told_in_words_with_an_example_that_fits(
    path: str, schema: Any
) -> None:
    assert schema["title"]
    assert schema["description"].endswith(".")
    for example in schema["examples"]:
        jsonschema.Draft202012Validator(schema).validate(example)
    if "object" in schema.get("type", ()):
        assert schema["additionalProperties"] is False


def masked(text: str) -> str:
    """The text without what is another one each time, its lines joined: an id may be longer than another's."""
    for pattern, word in (
        (r"\b[0-9a-f]{64}\b", "HASH"),
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "ID"),
        (r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\+00:00| \d\d:\d\d UTC)", "TIME"),
        (r"by \S+@[^\s,]+", "by WHO"),
    ):
        text = re.sub(pattern, word, text)
    return " ".join(text.split())


def test_the_guide_shows_what_the_tool_says(examples: Desk) -> None:
    blocks = re.findall(
        r"<!-- (run, ids differ|tampered: .*?) -->\n```console\n(.*?)```\n<!-- end -->", GUIDE, re.DOTALL
    )
    assert [kind.split(":")[0] for kind, _ in blocks] == ["run, ids differ"] * 2 + ["tampered"] + [
        "run, ids differ"
    ] * 2
    file = examples.folder / "examples" / ".reconciler" / "state.db"
    for kind, block in blocks:
        if kind.startswith("tampered"):
            kept = file.read_bytes()
            tamper(file, kind.partition(": ")[2])
        said = ""
        for line in block.splitlines():
            if line.startswith("$ "):
                said += f"{line}\n{answered(examples, line[2:])}"
        assert masked(said) == masked(block)
        if kind.startswith("tampered"):
            file.write_bytes(kept)


def answered(desk: Desk, command: str) -> str:
    """What a command says; its words may be sent into a file, and a hash stands for the head there is."""
    line, _, into = command.partition(" > ")
    noted = verified(desk.folder / "examples" / ".reconciler").head if "--expect" in line else ""
    answer = desk.run(*shlex.split(re.sub(r"\b[0-9a-f]{64}\b", noted, line))[1:])
    assert "Traceback" not in answer.err
    if into:
        desk.put(into, answer.out)
        return ""
    return answer.out


def test_the_few_lines_of_the_guide_for_checking_by_hand_do_check(fleet: Desk) -> None:
    (code,) = re.findall(r"<!-- by-hand -->\n```python\n(.*?)```\n<!-- end -->", GUIDE, re.DOTALL)
    fleet.ok("history", "--export", "audit")
    exec(code, {})
    (file, *_) = (fleet.folder / "audit").iterdir()
    file.write_text(file.read_text().replace("intent", "intend"))
    with pytest.raises(AssertionError):
        exec(code, {})


def test_hand_offs_of_a_store_are_told_with_each_state(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        keep(store, wish(), wish("h-2", word=CONTOSO[0]))
        bring(store, "h-1", HandoffState.FILED, "SR-7")
        told = store.past(FABRIKAM).events
    assert [(e.id, e.state, e.ticket) for e in told if isinstance(e, HandedOff)] == [
        ("h-1", "filed", "SR-7"),
        ("h-1", "prepared", None),
    ]

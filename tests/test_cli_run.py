"""``run`` and ``reconcile`` as they are called: options, exit codes, what is printed, and who is answered."""

from __future__ import annotations

import json
import logging
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import jsonschema_rs
import pytest
from cli import Desk, Document
from command_lines import command_of
from test_cli_commands import assert_valid
from worlds import live, sub

from reconciler.adapters import files
from reconciler.adapters.store import LoopStore, Store, open_store
from reconciler.cli import reconcile as asking
from reconciler.cli.loop import building, logs
from reconciler.cli.loop.building import describe
from reconciler.cli.world import now
from reconciler.fleet.turns import Pace, Turn
from reconciler.observe import Unknown
from reconciler.overview import Query, Source, Watched
from reconciler.report.loops import kept_lines, loop_lines, watched_document
from reconciler.report.paint import palette

SB = "office-365-small-business"
HOSTILE = "\x1b]0;gone\x07##vso[task.complete]\u202e"


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """One tenant with licences to add, one as declared."""
    desk.configure(simulator={"live": ["live/"]})
    for name, wanted in (("contoso", 20), ("fabrikam", 25)):
        desk.declare(name, SB, wanted)
        desk.live(live(name, sub(id=f"sub-{name}")))
    return desk


def told(text: str) -> list[Document]:
    """A log of one JSON object a line."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def there(desk: Desk) -> set[str]:
    return {p.relative_to(desk.folder).as_posix() for p in desk.folder.rglob("*")}


@contextmanager
def store(desk: Desk) -> Iterator[Store]:
    with open_store(str(desk.folder / ".reconciler"), create=True, now=now) as opened:
        yield opened


def a_loop(opened: Store, *names: str) -> LoopStore:
    """A loop that lives, has these tenants, and does nothing."""
    loop = opened.loop(describe(True, "simulator"), "tenants")
    loop.begin()
    loop.enrol(dict.fromkeys(names, "a digest"), lambda before, name: Turn(name, now()), now())
    return loop


# what is typed wrongly


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--listen", "nowhere"), "HOST:PORT"),
        (("--listen", "127.0.0.1:99999"), "HOST:PORT"),
        (("--listen", "::1:80"), "HOST:PORT"),
        (("--listen", "127.0.0.1:0", "--listen-cert", "page.pem"), "go together"),
        (("--listen", "127.0.0.1:0", "--listen-key", "page.key"), "go together"),
        (("--listen", "127.0.0.1:0", "--listen-client-ca", "ca.pem"), "go together"),
        (("--listen-cert", "page.pem", "--listen-key", "page.key"), "--listen HOST:PORT is missing"),
        (("--listen-name", "status.example"), "--listen HOST:PORT is missing"),
        (("--speed", "-1"), "--speed"),
        (("--speed", "fast"), "--speed"),
        (("--fleet-size", "-1"), "--fleet-size"),
        (("--fleet-size", "many"), "--fleet-size"),
        (("--log-format", "xml"), "json"),
        (("--log-level", "loud"), "warning"),
        (("--format", "yaml"), "json"),
        (("--wirte",), "--write"),
    ],
    ids=" ".join,
)
def test_a_usage_error_ends_with_64_before_anything_is_opened(
    fleet: Desk, words: tuple[str, ...], said: str
) -> None:
    before = there(fleet)
    answer = fleet.run("run", "tenants", "--once", *words)
    assert (answer.code, answer.out) == (64, "")
    assert said in answer.err
    assert there(fleet) == before


@pytest.mark.parametrize("text", ["soon", "-5m", "5", ""])
def test_a_wait_that_is_no_length_of_time_is_a_usage_error(fleet: Desk, text: str) -> None:
    answer = fleet.run("reconcile", "fabrikam", "--timeout", text)
    assert answer.code == 64
    assert "is not a length of time" in answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ext::sh",), "not fetched by ext"),
        (("ftp://git.example/x.git",), "not fetched by ftp"),
        (("https://ola:hunter2@git.example/x.git",), "it is not repeated here"),
        (("https://git.example/x.git", "tenants"), "not both"),
        (("https://git.example/x.git", "https://git.example/y.git"), "not two repositories"),
        (("tenants", "--listen", "0.0.0.0:0"), "open to them all"),
    ],
    ids=lambda words: words[0] if isinstance(words, tuple) else "",
)
def test_a_source_or_an_address_that_is_not_taken_is_told_in_a_sentence(
    fleet: Desk, words: tuple[str, ...], said: str
) -> None:
    answer = fleet.run("run", *words, "--once")
    assert (answer.code, answer.out) == (1, "")
    assert said in answer.err
    assert "hunter2" not in answer.both


def test_without_a_source_or_a_configuration_it_says_what_to_name(desk: Desk) -> None:
    answer = desk.run("run", "--once")
    assert answer.code == 1
    assert "`source:` in reconciler.yaml" in answer.err


def test_the_tenants_of_the_configuration_are_the_source_where_none_is_named(fleet: Desk) -> None:
    fleet.configure(simulator={"live": ["live/"]}, tenants=["tenants"])
    assert fleet.ok("run", "--once", "--format", "json").json()["tenants"] == 2
    assert fleet.ok("run", "--once", "--config", "reconciler.yaml", "--state", "elsewhere").code == 0
    assert (fleet.folder / "elsewhere/state.db").exists()


@pytest.mark.parametrize(("option", "path"), [("--once", "nowhere"), ("--write", "nowhere")])
def test_a_source_that_is_not_there_is_named_and_ends_one_round_with_1(
    fleet: Desk, option: str, path: str
) -> None:
    answer = fleet.run("run", path, "--once", option)
    assert answer.code == 1
    assert "nowhere" in answer.out
    assert "nowhere" in answer.err


def test_writing_into_an_empty_embedded_service_that_nobody_chose_is_refused(desk: Desk) -> None:
    desk.declare("fabrikam", SB, 25)
    answer = desk.run("run", "tenants", "--write", "--once")
    assert answer.code == 1
    assert "holds no tenants" in answer.err
    assert not (desk.folder / ".reconciler").exists()


# one round


def test_a_loop_that_reports_writes_nothing_and_says_so(fleet: Desk) -> None:
    answer = fleet.ok("run", "tenants", "--once")
    assert answer.out == (
        "Tenants: 1 pending, 1 ready.\n"
        "Run: nothing was written, for it only reports; 2 passes over 2 tenants.\n"
    )
    assert "only reports; --write lets it write" in answer.err
    assert fleet.asked() == []


def test_a_loop_that_writes_brings_tenants_to_what_is_declared_and_sums_it_up(fleet: Desk) -> None:
    first = fleet.ok("run", "tenants", "--once", "--write")
    assert first.out.splitlines()[-1] == (
        "Run: 0 switched or started, 5 licences added, 0 removed, 0 failed, in 2 passes over 2 tenants."
    )
    assert fleet.standing("fabrikam") == [(SB, 25)]
    again = fleet.ok("run", "tenants", "--once", "--write")
    assert "0 licences added" in again.out
    assert len(fleet.asked()) == 1


@pytest.mark.parametrize("words", [(), ("--write",)], ids=["reports", "writes"])
def test_the_sums_in_json_are_as_their_schema_says(fleet: Desk, words: tuple[str, ...]) -> None:
    document = fleet.ok("run", "tenants", "--once", "--format", "json", *words).json()
    assert_valid("run", document)
    assert document["writes"] is bool(words)
    assert document["licenses_added"] == (5 if words else 0)
    assert (document["licenses_removed"], document["problem"]) == (0, None)


def test_a_quiet_round_logs_that_it_began_what_it_read_and_that_it_ended(fleet: Desk) -> None:
    fleet.ok("run", "tenants", "--once")
    lines = [line.split(maxsplit=1)[1] for line in fleet.ok("run", "tenants", "--once").err.splitlines()]
    assert [line.split()[1] for line in lines] == ["began:", "read", "ended"]
    every = fleet.ok("run", "tenants", "--once", "--log-level", "debug").err
    assert every.count("as before") == 2
    assert fleet.ok("run", "tenants", "--once", "--log-level", "error").err == ""


def test_a_failed_write_ends_with_1_and_is_not_made_again_by_the_next_round(fleet: Desk) -> None:
    fleet.ok("run", "tenants", "--once")
    fleet.ok("simulator", "fault", "fabrikam", "lost-before")
    assert fleet.run("run", "tenants", "--once", "--write").code == 1
    again = fleet.ok("run", "tenants", "--once", "--write", "--format", "json").json()
    assert (again["failed"], again["states"]["stalled"]) == (0, 1)
    assert len(fleet.asked()) == 1


def test_a_broken_file_ends_with_1_and_the_others_go_on(fleet: Desk) -> None:
    fleet.ok("run", "tenants", "--once")
    fleet.put("tenants/broken.yaml", "kind: [\n")
    answer = fleet.run("run", "tenants", "--once", "--write", "--format", "json")
    assert answer.code == 1
    assert answer.json()["problem"].startswith("tenants/broken.yaml:")
    assert_valid("run", answer.json())
    assert fleet.standing("fabrikam") == [(SB, 25)]


def test_a_fleet_that_shrank_is_held_until_its_size_is_said(desk: Desk) -> None:
    desk.configure(simulator={"live": ["live/"]})
    names = [f"tenant-{n}" for n in range(5)]
    for n, name in enumerate(names):
        desk.declare(name, SB, 25)
        desk.live(live(name, sub(id=f"sub-{n}"), tenantId=f"00000000-0000-4000-8000-{n:012d}"))
    desk.ok("run", "tenants", "--once")
    for name in names[1:]:
        (desk.folder / f"tenants/{name}.yaml").unlink()
    held = desk.run("run", "tenants", "--once", "--write")
    assert held.code == 1
    assert desk.asked() == []
    assert desk.ok("run", "tenants", "--once", "--write", "--fleet-size", "1").code == 0
    assert [c["tenant"] for c in desk.asked()] == ["tenant-0"]


def test_the_clock_of_the_embedded_service_stands_still_in_one_round(fleet: Desk) -> None:
    fleet.ok("simulator", "load", "live")
    before = fleet.ok("simulator", "show", "fabrikam", "--format", "json").json()["metadata"]["observedAt"]
    fleet.ok("run", "tenants", "--once", "--speed", "1000")
    after = fleet.ok("simulator", "show", "fabrikam", "--format", "json").json()["metadata"]["observedAt"]
    assert after == before


def test_a_fault_of_ours_is_one_tenants_own_and_is_told(fleet: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from reconciler.adapters.simulator.backend import Writer

    def bug(self: object, order: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(Writer, "raise_licenses", bug)
    answer = fleet.run("run", "tenants", "--once", "--write")
    assert answer.code == 1
    assert "broke off by a fault of this tool: 1" in answer.out
    assert "KeyError" in answer.err
    assert "Traceback" not in answer.both


# the log


def test_the_log_in_json_is_one_object_a_line_with_tenant_run_and_request(fleet: Desk) -> None:
    answer = fleet.ok("run", "tenants", "--once", "--write", "--log-format", "json")
    events = told(answer.err)
    assert len(events) == len(answer.err.splitlines())
    assert all(list(event)[:3] == ["time", "level", "event"] for event in events)
    assert all({"time", "level", "event"} <= set(event) and event["time"].endswith("Z") for event in events)
    (write,) = [event for event in events if "request" in event]
    assert (write["tenant"], write["action"], write["outcome"]) == ("fabrikam", "add", "done")
    (call,) = fleet.asked()
    assert write["request"] == call["request_id"]
    stands = [event for event in events if "next" in event]
    assert all(event["next"].endswith("Z") and event["run"] for event in stands)
    assert write["run"] in {event["run"] for event in stands}


@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_in_the_log_or_the_sums_speaks_to_a_terminal_or_a_build_host(fleet: Desk, form: str) -> None:
    fleet.declare("evil", SB, 25)
    document = live("evil", sub(id=HOSTILE, status=HOSTILE))
    document["metadata"]["labels"] = {}
    fleet.live(document)
    fleet.put(f"tenants/{HOSTILE.replace('/', '')}.yaml", "kind: [\n")
    answer = fleet.run("run", "tenants", "--once", "--write", "--log-format", form, "--log-level", "debug")
    assert answer.code == 1
    assert not any(word in answer.both for word in ("\x1b", "\x07", "\u202e", "##"))
    assert all(line.isprintable() for line in answer.both.splitlines())
    assert "task.complete" in answer.err


def test_labels_of_a_file_are_in_no_line_of_the_log(fleet: Desk) -> None:
    document = fleet.declare("fabrikam", SB, 25)
    document["metadata"]["labels"] = {"ring": "hush"}
    fleet.put("tenants/fabrikam.yaml", json.dumps(document))
    assert "hush" not in fleet.ok("run", "tenants", "--once", "--write", "--log-level", "debug").both


# asking a loop


def test_where_no_loop_runs_nobody_is_asked_and_nothing_is_created(fleet: Desk) -> None:
    before = there(fleet)
    answer = fleet.run("reconcile", "fabrikam")
    assert answer.code == 1
    assert "No loop runs on the state in" in answer.err
    assert there(fleet) == before
    fleet.ok("run", "tenants", "--once")
    assert "No loop runs" in fleet.run("reconcile", "fabrikam").err


def test_a_tenant_that_no_loop_has_is_told_with_the_one_that_was_meant(fleet: Desk) -> None:
    with store(fleet) as opened:
        a_loop(opened, "fabrikam")
        answer = fleet.run("reconcile", "fabrikan")
    assert answer.code == 1
    assert "fabrikam" in answer.err


def test_a_request_that_is_not_handled_in_time_stands(fleet: Desk) -> None:
    with store(fleet) as opened:
        loop = a_loop(opened, "fabrikam")
        answer = fleet.run("reconcile", "fabrikam", "--timeout", "0s")
        assert answer.code == 1
        assert "not handled within 0 s. The request stands" in answer.err
        assert loop.take_asks(now()) == 1


def test_a_loop_that_ends_meanwhile_is_told_and_the_request_stands(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store(fleet) as opened:
        loop = a_loop(opened, "fabrikam")
        monkeypatch.setattr(asking, "LOOK_FOR_LOOP", -1.0)
        monkeypatch.setattr(asking.time, "sleep", lambda seconds: loop.end(0))
        answer = fleet.run("reconcile", "fabrikam")
    assert answer.code == 1
    assert "has ended without handling it" in answer.err


@pytest.mark.parametrize(("failed", "code"), [(False, 0), (True, 1), (None, 0)])
def test_the_answer_says_how_the_pass_ended_and_so_does_the_exit_code(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch, failed: bool | None, code: int
) -> None:
    answer = {
        "verdict": "wait",
        "state": "reconciling",
        "reason": "SwitchRunning",
        "outcome": "main switch started",
        "run": "a-run",
        "messages": [f"It has started {HOSTILE}."],
        "handled_at": now(),
        **({} if failed is None else {"failed": failed}),
    }
    monkeypatch.setattr(Store, "answer_to", lambda self, request: answer)
    with store(fleet) as opened:
        a_loop(opened, "fabrikam")
        text = fleet.run("reconcile", "fabrikam")
        data = fleet.run("reconcile", "fabrikam", "--format", "json")
    assert text.code == data.code == code
    assert text.out.startswith("fabrikam: reconciling (SwitchRunning): main switch started.\n")
    assert not set("\x1b\x07\u202e") & set(text.both + data.both)
    assert_valid("reconcile", data.json())


# a loop that runs


def test_a_running_loop_answers_beats_serves_and_ends_with_143_after_its_sums(fleet: Desk) -> None:
    words = ("run", "tenants", "--write", "--speed", "0", "--log-format", "json", "--format", "json")
    with fleet.start(*words) as process:
        try:
            answer = None
            for _ in range(100):
                answer = fleet.run("reconcile", "fabrikam", "--format", "json", "--timeout", "20s")
                if answer.code == 0:
                    break
                time.sleep(0.1)
            assert answer is not None
            document = answer.json()
            assert_valid("reconcile", document)
            assert (document["state"], document["reason"]) == ("ready", "InSync")
        finally:
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=30)
    assert process.returncode == 143
    sums = json.loads(out)
    assert_valid("run", sums)
    assert sums["licenses_added"] == 5
    assert "the write in flight is finished" in err
    assert told(err)[-1]["event"] == "ended"


# the words themselves


@pytest.mark.parametrize("name", ["run", "reconcile"])
def test_every_option_says_what_it_does(name: str) -> None:
    for option in command_of(name).params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert option.help.endswith("."), option.name


def test_a_loop_says_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    about: Any = describe(True, "simulator")
    assert ", process " in about.holder
    assert about.writes
    assert abs(about.beat_at - building.machine_now()) < timedelta(minutes=1)


def test_both_exit_codes_of_a_signal_are_in_the_help(desk: Desk) -> None:
    told_ = desk.ok("run", "--help").out
    assert "143" in told_
    assert "130" in told_


# what status tells of it


def status(desk: Desk, *words: str) -> Document:
    document: Document = desk.ok("status", "--path", "tenants", *words, "--format", "json").json()
    assert_valid("status", document)
    return document


def test_status_tells_that_no_loop_runs_and_creates_nothing(fleet: Desk) -> None:
    fleet.ok("simulator", "load", "live")
    before = there(fleet)
    document = status(fleet)
    assert (document["loops"], document["sources"], document["late"]) == ([], [], 0)
    assert "\nNo loop runs on this state.\n" in fleet.ok("status", "--path", "tenants").out
    assert status(fleet, "fabrikam")["tenants"][0]["loop"] is None
    assert "The loop" not in fleet.ok("status", "fabrikam", "--path", "tenants").out
    assert there(fleet) == before


def test_status_tells_what_a_loop_that_has_ended_left(fleet: Desk) -> None:
    fleet.ok("run", "tenants", "--once")
    document = status(fleet, "fabrikam")
    (loop,), (source,) = document["loops"], document["sources"]
    assert (loop["state"], loop["writes"], source["tenants"]) == ("ended", False, 2)
    kept = document["tenants"][0]["loop"]
    assert [(c["type"], c["status"], c["reason"]) for c in kept["conditions"]] == [
        ("Ready", "false", "ReportOnly"),
        ("Reconciling", "false", "ReportOnly"),
        ("Stalled", "false", "ReportOnly"),
    ]
    assert kept["due_at"] > kept["observed_at"]
    text = fleet.ok("status", "fabrikam", "--path", "tenants").out
    assert "ReportOnly: Changes are declared; this loop only reports.\n" in text
    assert "no loop runs on this state now" in text
    assert "No loop runs on this state; the last one ended " in fleet.ok("status", "--path", "tenants").out


def test_status_tells_of_a_loop_that_lives_and_of_who_is_late(fleet: Desk) -> None:
    fleet.ok("run", "tenants", "--once")
    fleet.ok("simulator", "advance", "3h")
    with store(fleet) as opened:
        a_loop(opened, "fabrikam", "contoso")
        text = fleet.ok("status", "--path", "tenants").out
        one = fleet.ok("status", "fabrikam", "--path", "tenants").out
        assert status(fleet)["late"] == 2
    assert re.search(r"\nA loop writes \(.+, process \d+\); its last sign of life was \d s ago\.\n", text)
    assert "\nIt reads tenants, last at " in text
    assert "\n2 tenants are looked at later than they should be.\n" in text
    assert text.splitlines()[-1].startswith("2 tenants: ")
    assert "next due " in one


def test_status_keeps_the_last_twenty_outcomes(fleet: Desk) -> None:
    for n in range(22):
        fleet.declare("fabrikam", SB, 25 if n % 2 else 15)
        fleet.ok("run", "tenants", "--once")
    assert len(status(fleet, "fabrikam")["tenants"][0]["runs"]) == 20


NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


def watched(state: str = "running", **facts: Any) -> Watched:
    about = describe(True, "simulator")
    loop = replace(about, holder="ops1, process 7", state=state, **{"beat_at": NOW, **facts})
    source = Source(
        "a", f"tenants{HOSTILE}", None, "1" * 40 + "+", NOW, 3, stopped="Nobody.", problem="a.yaml"
    )
    return Watched(NOW, (loop,), (source,))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (watched(beat_at=NOW - timedelta(minutes=10)), "silent (ops1, process 7); its last sign of life was 10 min"),
        (watched(breaker="open"), "The backend does not answer it"),
        (watched("stopping", beat_at=NOW - timedelta(seconds=9)), "A loop writes (ops1, process 7)"),
        (watched(beat_at=NOW + timedelta(seconds=9)), "was 0 s ago"),
        (watched(beat_at=NOW - timedelta(hours=20)), "was 20 h ago"),
        (watched("died"), "the last one ended 2026-11-26 08:00 UTC"),
        (watched(), "111111111111+, 3 tenants."),
        (watched(), "nothing is written to anybody: Nobody.\n  a.yaml"),
        (Unknown("the disk is away"), "What loops keep can not be told: the disk is away"),
    ],
)  # fmt: skip
def test_what_is_told_of_loops(found: Watched | Unknown, said: str) -> None:
    text = "\n".join(loop_lines(found, palette(False)))
    assert said in text
    assert all(line.isprintable() and len(line) <= 100 for line in text.splitlines())


def test_what_can_not_be_read_of_loops_is_null_and_never_none_at_all() -> None:
    assert watched_document(Unknown("away")) == {"loops": None, "sources": None, "late": None}
    assert list(kept_lines(Unknown("away"), Unknown("away"), palette(False))) == [
        "  What loops keep can not be told: away"
    ]


def test_a_loop_that_starts_knows_which_commit_was_taken_last(
    fleet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, told_last = building.build_source, []

    def watched_source(*words: Any, **named: Any) -> Any:
        told_last.append(named.get("last"))
        return real(*words, **named)

    monkeypatch.setattr(building, "build_source", watched_source)
    fleet.ok("run", "tenants", "--once")
    assert told_last == [None]
    word = str(fleet.folder / "tenants")
    with store(fleet) as opened:
        ours = opened.loop(describe(True, "simulator"), word)
        ours.note_source(Source(word, "tenants", "main", "1" * 40, NOW, 2))
    fleet.ok("run", "tenants", "--once")
    assert told_last == [None, None, "1" * 40]


def test_what_a_loop_keeps_of_a_tenant_is_as_the_commands_of_those_names_print_it(examples: Desk) -> None:
    few = [
        f"examples/tenants/{name}.yaml" for name in ("contoso", "litware", "havbris-laks", "alpine-ski-house")
    ]
    examples.ok("run", *few, "--once", "--write")
    parts = {
        "status": files.schema("status")["properties"]["tenants"]["items"],
        "plan": {**files.schema("change-plan"), **files.schema("change-plan")["$defs"]["tenant"]},
        "drift": {**files.schema("drift"), **files.schema("drift")["$defs"]["tenant"]},
    }
    with open_store(str(examples.folder / "examples/.reconciler"), create=False, now=now) as opened:
        showing = opened.showing(None, Pace())
        assert showing is not None
        found = [showing.kept(row.name) for row in showing.overview(Query()).rows]
    assert len(found) == len(few)
    for part, schema in parts.items():
        validator = jsonschema_rs.validator_for(schema)
        for kept in found:
            assert kept is not None
            assert [error.message for error in validator.iter_errors(kept.document[part])] == [], part


def test_what_a_library_warns_of_is_a_line_of_the_log_and_nothing_beside_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # One of its own, for pytest listens to all the others.
    library = logging.Logger("a-library")
    with logs.libraries_heard(logs.build_log("json", "info")):
        library.warning("error ignored\nterminating %s", "a pipeline")
        try:
            raise ConnectionError("lost")
        except ConnectionError:
            library.exception("gave up")
        library.info("fine")
    library.warning("told as ever")
    *told, last = capsys.readouterr().err.splitlines()
    lines = [json.loads(line) for line in told]
    assert [(line["level"], line["event"]) for line in lines] == [
        ("warning", "a-library says: error ignored terminating a pipeline"),
        ("warning", "a-library says: gave up (ConnectionError: lost)"),
    ]
    assert last == "told as ever"

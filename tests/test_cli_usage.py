"""What is typed wrongly ends with 64 and a hint, and asking for help is quick."""

from __future__ import annotations

import pytest
from cli import ROOT, Desk, last_line_of

HEAVY = ("yaml", "jsonschema", "jsonschema_rs", "deepdiff", "sqlalchemy", "rich", "sqlite3")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plna", "tenants"), "Did you mean `plan`?"),
        (("aply",), "Did you mean `apply`?"),
        (("zzzz",), "See `reconciler --help`."),
        (("--colour",), "--colour"),
        (("plan",), "PATHS"),
        (("validate",), "PATHS"),
        (("plan", "tenants", "--nothing"), "--nothing"),
        (("plan", "tenants", "--fromat", "json"), "--format"),
        (("plan", "tenants", "--format", "yaml"), "yaml"),
        (("plan", "tenants", "--valid-for", "soon"), "write 90s, 75m, 72h or 14d"),
        (("plan", "tenants", "--valid-for", "1.5h"), "1.5h"),
        (("plan", "tenants", "--valid-for", "\u0663h"), "is not a length of time"),
        (("plan", "tenants", "--valid-for", ""), "is not a length of time"),
        (("plan", "tenants", "--exit-codes", "all"), "full"),
        (("plan", "tenants", "--valid-for", "0s"), "no time at all"),
        (("apply",), "--plan FILE"),
        (("apply", "tenants", "--wait-timeout", "-5m"), "is not a length of time"),
        (("apply", "tenants", "--fleet-size", "many"), "many"),
        (("apply", "--plan", "a.json", "--tenant", "fabrikam"), "--tenant"),
        (("apply", "--plan", "a.json", "--selector", "ring=pilot"), "--selector"),
        (("explain",), "FROM TO"),
        (("explain", "a", "b", "c"), "FROM and TO"),
        (("explain", "xx", "yy"), "xx"),
        (("explain", "office-365-small-business", "office-365-enterprise-e33"), "office-365-enterprise-e3"),
        (("schema", "nosuch"), "There are: "),
        (("catalogue", "--width", "3"), "60"),
        (("handoff",), "show"),
        (("handoff", "filed"), "filed"),
        (("handoff", "show"), "ID"),
        (("suspend", "fabrikam"), "--reason"),
        (("suspend", "f", "--reason", "r", "--owner", "o", "--until", "soon"), "write YYYY-MM-DD"),
        (("suspend", "a.b", "--reason", "r", "--owner", "o", "--until", "2020-12-24"), "would hold nothing"),
        (("suspend", "f", "--reason", " ", "--owner", "o", "--until", "2099-12-24"), "some words"),
        (("suspend", "f", "--reason", "r", "--owner", "", "--until", "2099-12-24"), "some words"),
        (("stop", "--reason", ""), "some words"),
        (("resume",), "TENANT"),
        (("stop", "--reason", "r", "--lift"), "not both"),
        (("resolve",), "TENANT"),
        (("resolve", "fabrikam", "--as", "done"), "--evidence"),
        (("resolve", "fabrikam", "--evidence", "a ticket"), "--as"),
        (("resolve", "fabrikam", "--as", "perhaps", "--evidence", "a ticket"), "not-taken"),
        (("simulator", "sett"), "sett"),
        (("simulator", "load"), "PATHS"),
        (("simulator", "set"), "TENANT.PATH=VALUE"),
        (("simulator", "set", "fabrikam.main.licenses"), "NAME=VALUE"),
        (("simulator", "advance", "yesterday"), "yesterday"),
        (("simulator", "advance", "-1h"), "only moves forward"),
        (("simulator", "fault", "fabrikam"), "kind of fault"),
        (("simulator", "fault", "fabrikam", "throttle", "--times", "0"), "0"),
        (("simulator", "fault", "fabrikam", "throttle", "--option", "seconds"), "NAME=VALUE"),
        (("show",), "FILE"),
    ],
    ids=" ".join,
)
def test_a_usage_error_ends_with_64_and_says_what_was_meant(
    desk: Desk, words: tuple[str, ...], said: str
) -> None:
    answer = desk.run(*words)
    assert answer.code == 64
    assert said in answer.err
    assert answer.out == ""
    assert list(desk.folder.iterdir()) == []


@pytest.mark.parametrize("text", ["ring", "=pilot", ""])
def test_a_selector_that_is_no_label_is_a_usage_error(examples: Desk, text: str) -> None:
    answer = examples.run("plan", "examples/tenants", "--live", "examples/live", "--selector", text)
    assert answer.code == 64
    assert "write LABEL=VALUE" in answer.err
    assert answer.out == ""


def test_a_bad_selector_writes_nothing(examples: Desk) -> None:
    assert examples.apply("examples/tenants", "--selector", "ring").code == 64
    assert not (examples.folder / "examples/.reconciler").exists()


def test_the_tool_without_a_word_shows_its_help_and_ends_with_64(desk: Desk) -> None:
    answer = desk.run()
    assert answer.code == 64
    assert "Commands:" in answer.both


@pytest.mark.parametrize("words", [("plna",), ("plan", "--nothing"), ("plan",)], ids=" ".join)
def test_the_process_ends_with_64_too(desk: Desk, words: tuple[str, ...]) -> None:
    with desk.start(*words) as process:
        out, err = process.communicate(timeout=30)
    assert process.returncode == 64
    assert out == ""
    assert "Traceback" not in err


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["-h"]], ids=" ".join)
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys, reconciler.cli as tool\n"
        f"code = tool.run({words!r})\n"
        f"print(code, *(m for m in {HEAVY!r} if m in sys.modules))"
    )
    assert last_line_of(code, ROOT) == "0"


def test_planning_from_files_imports_no_library_it_does_not_need(examples: Desk) -> None:
    code = (
        "import sys, reconciler.cli as tool\n"
        "code = tool.run(['plan', 'examples/tenants', '--live', 'examples/live', '--tenant', 'havbris-laks'])\n"
        "print(code, *(m for m in ('sqlite3', 'rich', 'jsonschema') if m in sys.modules))"
    )
    assert last_line_of(code, examples.folder) == "0"


@pytest.mark.parametrize(
    ("columns", "widest"), [("60", 60), ("20", 60), ("72", 72), ("500", 100), ("no", 100)]
)
def test_text_takes_as_many_columns_as_it_is_told(
    examples: Desk, monkeypatch: pytest.MonkeyPatch, columns: str, widest: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = examples.ok("plan", "examples/tenants", "--live", "examples/live").out.splitlines()
    told = [line for line in lines if "next: " in line or line.startswith("        ")]
    assert widest - 12 < max(map(len, told)) <= widest

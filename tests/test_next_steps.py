"""What a message tells a person to do next works as it is written, and a slip of the pen is named."""

from __future__ import annotations

import re
import shlex

import pytest
from cli import ROOT, Desk
from worlds import live

from reconciler.cli import COMMANDS
from reconciler.messages import SENTENCES

SAID = re.compile(r"`reconciler ([^`]+)`")


def folded(text: str) -> str:
    """Undo the line breaks of a report."""
    return " ".join(text.split())


def pause(desk: Desk, until: str) -> None:
    words = ("--reason", "an audit", "--owner", "ola", "--until", until)
    desk.ok("suspend", "havbris-laks.onmicrosoft.com", *words, "--config", "examples/reconciler.yaml")


def told(desk: Desk) -> list[str]:
    """The command a plan of the paused tenant names as the next step, as words."""
    shown = folded(desk.ok("plan", "examples/tenants/havbris-laks.yaml").out)
    command = SAID.search(shown)
    assert command, shown
    return shlex.split(command[1])


def test_every_command_that_a_message_names_exists() -> None:
    named = {word for text in SENTENCES.values() for word in re.findall(r"`reconciler ([a-z][a-z-]*)", text)}
    assert named
    assert named <= set(COMMANDS)


def test_the_tenant_file_that_the_readme_shows_is_sound(desk: Desk) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = text.split("<!-- tenant-file -->\n```yaml\n")[1].split("```")[0]
    desk.put("tenants/fabrikam.yaml", shown)
    assert desk.ok("validate", "tenants").out == "1 tenant, no problems.\n"


def test_the_way_out_of_a_pause_works_as_the_plan_writes_it(examples: Desk) -> None:
    for until, later in (("2099-12-24", "0d"), ("2026-11-24", "1d")):
        pause(examples, until)
        examples.ok("simulator", "advance", later, "--config", "examples/reconciler.yaml")
        said = examples.ok(*told(examples), "--config", "examples/reconciler.yaml").out
        assert "is no longer suspended here" in said
        assert "+ main" in examples.ok("plan", "examples/tenants/havbris-laks.yaml").out


def test_labels_that_nobody_has_are_an_error_and_never_nothing_to_do(examples: Desk) -> None:
    for command in (("plan",), ("apply", "--auto-approve")):
        answer = examples.run(*command, "examples/tenants", "--selector", "region=mars")
        assert answer.code == 1
        assert "region=mars" in answer.err
        assert answer.out == ""


def test_a_mistyped_tenant_is_told_the_nearest_and_a_strange_one_some_there_are(examples: Desk) -> None:
    near = examples.run("plan", "examples/tenants", "--tenant", "contso").err
    assert near == "error: No file declares the tenant contso. Did you mean contoso?\n"
    far = examples.run("plan", "examples/tenants", "--tenant", "zzz").err
    assert "Declared are 33, among them adventure-works, " in far
    assert "fabrikam.\n" in far


def test_a_mistyped_rule_is_told_the_nearest(desk: Desk) -> None:
    assert "Did you mean credit-review?" in desk.run("explain", "credit-reviw").err
    assert "Did you mean" not in desk.run("explain", "zzz").err


def test_no_handoffs_says_where_was_looked(desk: Desk) -> None:
    assert desk.ok("handoff", "list", "--state", "elsewhere").out.endswith("Looked in elsewhere.\n")


def test_no_handoffs_at_all_is_not_told_as_none_open(desk: Desk) -> None:
    assert desk.ok("handoff", "list", "--all").out.startswith("No hand-offs, open or closed.")


def test_a_saved_plan_applied_from_elsewhere_says_that_paths_may_be_given(
    examples: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = examples.folder / "one.plan.json"
    examples.ok("plan", "examples/tenants/fabrikam.yaml", "--out", file)
    monkeypatch.chdir(examples.put("elsewhere/note", "").parent)
    answer = examples.run("apply", "--plan", file)
    assert answer.code == 1
    assert f"`reconciler apply --plan {file} PATH`" in answer.err
    assert examples.run("apply", "--plan", file, "../examples/tenants/fabrikam.yaml").code == 0


def test_the_examples_tell_how_to_see_an_add_behind_a_switch(
    examples: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "examples/README.md").read_text(encoding="utf-8")
    found = re.search(r"`(RECONCILER_[A-Z_]+)=(\S+) reconciler ([^`]+)`", text)
    assert found
    monkeypatch.setenv(found[1], found[2])
    assert "switch-first" in examples.ok(*shlex.split(found[3])).out


def test_no_faults_says_so_beside_the_result(desk: Desk) -> None:
    desk.configure()
    answer = desk.ok("simulator", "fault")
    assert (answer.out, answer.err) == ("", "No fault waits.\n")


def test_of_very_many_files_for_one_tenant_only_some_are_named(desk: Desk) -> None:
    desk.configure()
    words = [f"d{number:02d}.example" for number in range(30)]
    for word in words:
        desk.declare(word.replace(".", "-"), "office-365-small-business", 20, tenant=word)
    desk.live(live("fabrikam", domains=words))
    desk.ok("simulator", "load", "live")
    answer = desk.run("plan", "tenants")
    assert answer.code == 1
    assert "d00-example (d00.example" in answer.err
    assert "and 22 more" in answer.err
    assert "d29-example (" not in answer.err

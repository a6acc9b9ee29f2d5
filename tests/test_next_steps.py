"""What a message tells a person to do next works as it is written, and a slip of the pen is named."""

from __future__ import annotations

import re
import shlex

from cli import ROOT, Desk

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
    named = {word for text in SENTENCES.values() for word in re.findall(r"`reconciler ([a-z]+)", text)}
    assert named
    assert named <= set(COMMANDS)


def test_the_tenant_file_that_the_readme_shows_is_sound(desk: Desk) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = text.split("<!-- tenant-file -->\n```yaml\n")[1].split("```")[0]
    desk.put("tenants/fabrikam.yaml", shown)
    assert desk.ok("validate", "tenants").out == "1 tenant, no problems.\n"


def test_the_way_out_of_a_pause_works_as_the_plan_writes_it(examples: Desk) -> None:
    for until in ("2026-12-24", "2026-11-01"):
        pause(examples, until)
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


def test_no_faults_says_so_beside_the_result(desk: Desk) -> None:
    desk.configure()
    answer = desk.ok("simulator", "fault")
    assert (answer.out, answer.err) == ("", "No fault waits.\n")

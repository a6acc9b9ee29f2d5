"""The composite action, outside the host: each of its steps is run by bash with what the host documents.

``reconciler`` and ``python3`` stand on PATH as small scripts: the first notes its arguments and writes the files it is
asked for (with ``--format=github`` the job summary too), the second is the real one, but for making environments. No
step is left out.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli import ROOT

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
DIGEST = "sha256:" + "0f" * 32
EXPRESSION = re.compile(r"\$\{\{ *(.+?) *\}\}")

STUB = """#!{python} -I
import json, os, sys
words = sys.argv[1:]
command = words[0]
note = {{"words": words, "token": os.environ.get("GITHUB_TOKEN"), "state": os.environ.get("RECONCILER_STATE"),
        "folder": os.getcwd()}}
with open({log!r}, "a") as log:
    log.write(json.dumps(note) + "\\n")
plan = {answers!r}.get(command, {{}})
for word in words:
    name, _, value = word.partition("=")
    if name == "--out":
        open(value, "w").write(json.dumps({{"digest": plan.get("digest", {digest!r})}}))
    if name == "--output":
        form, _, file = value.partition("=")
        open(file, "w").write(plan.get("text", form + " text\\n"))
if "--format=github" in words:
    with open(os.environ["GITHUB_STEP_SUMMARY"], "a") as summary:
        summary.write("the summary\\n")
sys.stdout.write(plan.get("out", ""))
sys.stderr.write(plan.get("err", ""))
sys.exit(plan.get("code", 0))
"""
PYTHON = """#!/bin/sh
if [ "$1 $2 $3" = "-I -m venv" ]; then
  mkdir -p "$4/bin"
  printf '#!/bin/sh\\necho "$@" > "%s/installed"\\nexit 0\\n' "$4" > "$4/bin/python"
  printf '' > "$4/bin/reconciler"
  chmod +x "$4/bin/python" "$4/bin/reconciler"
  exit 0
fi
exec {python} "$@"
"""


@dataclass
class Runner:
    """A job of the host that uses the action: folders, event, environment."""

    folder: Path
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    event: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    said: str = ""

    def __post_init__(self) -> None:
        for name in ("bin", "temp", "workspace/sub"):
            (self.folder / name).mkdir(parents=True)

    @property
    def log(self) -> list[dict[str, Any]]:
        """Every call of the tool, in order."""
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def commands(self) -> list[str]:
        return [call["words"][0] for call in self.log]

    def words(self, command: str) -> list[str]:
        (found,) = [call["words"][1:] for call in self.log if call["words"][0] == command]
        return [re.sub(r"[^= ]*/reconciler\.[A-Za-z0-9]+/", "OUT/", word) for word in found]

    @property
    def summary(self) -> str:
        file = self.folder / "summary"
        return file.read_text() if file.exists() else ""

    def use(self, **inputs: str) -> int:
        """Run the steps whose condition holds, until one fails; return the code of the last one."""
        given = {name: spec.get("default", "") for name, spec in ACTION["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        given["token"] = "tok-secret"
        self._put_tools()
        for step in STEPS:
            if self._holds(step.get("if", ""), given):
                code = self._run(step, given)
                if code:
                    return code
        return 0

    def _holds(self, condition: str, given: Mapping[str, str]) -> bool:
        found = re.fullmatch(r"inputs\.mode == '(\w+)'", condition)
        assert found or not condition, condition
        return not found or given["mode"] == found[1]

    def _value(self, text: str, given: Mapping[str, str]) -> str:
        return EXPRESSION.sub(lambda found: self._expression(found[1], given), str(text))

    def _expression(self, text: str, given: Mapping[str, str]) -> str:
        kind, _, rest = text.partition(".")
        if kind == "inputs":
            return given[rest]
        if kind == "steps":
            step, _, name = rest.partition(".outputs.")
            return self.outputs.get(step, {}).get(name, "")
        known = {"github.action_path": str(ROOT)}
        request = self.event.get("pull_request", {})
        known["github.event.pull_request.number"] = str(request.get("number", ""))
        known["github.event.pull_request.head.repo.full_name"] = request.get("from", "")
        return known[text]

    def _run(self, step: Mapping[str, Any], given: Mapping[str, str]) -> int:
        assert step["shell"] == "bash"
        script = self.folder / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        output = self.folder / "output"
        output.write_text("")
        (self.folder / "event.json").write_text(json.dumps(self.event))
        documented = {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_PATH": str(self.folder / "path"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_API_URL": "https://api.github.com",
            "GITHUB_WORKSPACE": str(self.folder / "workspace"),
        }
        env = {name: self._value(value, given) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.folder / "workspace" / self._value(step.get("working-directory", "."), given),
            env={**documented, **env},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
        self.said += done.stdout + done.stderr
        lines = output.read_text().splitlines()
        assert all("=" in line for line in lines)
        self.outputs[step.get("id", "")] = dict(line.split("=", 1) for line in lines)
        return done.returncode

    def _put_tools(self) -> None:
        facts = {"log": str(self.folder / "calls"), "answers": self.answers, "digest": DIGEST}
        for name, text in (
            ("reconciler", STUB.format(python=sys.executable, **facts)),
            ("python3", PYTHON.format(python=sys.executable)),
        ):
            file = self.folder / "bin" / name
            file.write_text(text, encoding="utf-8")
            file.chmod(0o755)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path, event={"pull_request": {"number": 12, "from": "o/r"}})


# the file itself


def test_it_is_a_composite_action_whose_members_the_host_knows() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert ACTION["name"]
    assert ACTION["description"]
    for spec in ACTION["inputs"].values():
        assert spec["description"]
        assert spec.get("required") or isinstance(spec["default"], str)
    for step in STEPS:
        assert set(step) <= {"name", "id", "if", "shell", "working-directory", "env", "run"}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step["name"])
def test_no_input_is_put_into_the_text_of_a_script(step: dict[str, Any]) -> None:
    assert "${{" not in step["run"]
    assert "eval" not in step["run"]
    assert set(re.findall(r"\$\{?(IN_\w+)", step["run"])) == {
        n for n in step.get("env", {}) if n.startswith("IN_")
    }


def test_every_input_is_used_and_every_value_names_one_there_is() -> None:
    text = json.dumps([step.get("env", {}) for step in STEPS]) + json.dumps(
        [step.get("working-directory", "") + step.get("if", "") for step in STEPS]
    )
    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == set(ACTION["inputs"])


def test_only_the_steps_that_speak_to_the_host_hold_its_token(runner: Runner) -> None:
    runner.use(mode="plan")
    runner.answers = {"approved": {"out": DIGEST}}
    runner.use(mode="apply")
    runner.use(mode="drift")
    held = {call["words"][0]: call["token"] for call in runner.log}
    assert {name for name, token in held.items() if token} == {"comment", "approved", "issues"}
    assert (
        "tok-secret" not in json.dumps([call["words"] for call in runner.log]) + runner.said + runner.summary
    )


def test_no_module_of_the_checkout_is_run_by_a_python_of_the_action(runner: Runner) -> None:
    for step in STEPS:
        for line in step["run"].splitlines():
            assert not re.search(r'python3?"? (?!-I )', line), line


# install


def test_it_installs_itself_and_puts_itself_on_the_path(runner: Runner) -> None:
    assert runner.use(mode="plan") == 0
    home = runner.folder / "temp" / "reconciler-tool"
    assert (runner.folder / "path").read_text() == f"{home}/bin\n"
    assert (home / "installed").read_text().split()[-1] == str(ROOT)


def test_a_mode_there_is_not_ends_it_before_anything_is_done(runner: Runner) -> None:
    assert runner.use(mode="plan; reconciler apply") == 64
    assert "::error" in runner.said
    assert runner.commands == []


# plan


def test_a_plan_is_made_annotated_summed_up_and_said_in_one_comment(runner: Runner) -> None:
    runner.answers = {"plan": {"out": "::error file=a.yaml,line=3::blocked\n", "code": 0}}
    assert runner.use(mode="plan", live="live\n") == 0
    assert runner.words("plan") == [
        "--out=OUT/saved.plan.json",
        "--output=markdown=OUT/plan.md",
        "--format=github",
        "--live=live",
        "--",
        "tenants",
    ]
    assert runner.words("comment") == ["--on=github", "--file=OUT/plan.md", f"--digest={DIGEST}"]
    assert "::error file=a.yaml,line=3::blocked\n" in runner.said
    assert runner.summary == "the summary\n"
    assert runner.outputs["plan"]["digest"] == DIGEST
    assert runner.outputs["plan"]["code"] == "0"
    assert json.loads(Path(runner.outputs["plan"]["saved-plan"]).read_text())["digest"] == DIGEST


def test_every_input_of_a_plan_reaches_the_tool(runner: Runner) -> None:
    code = runner.use(
        mode="plan",
        paths="a b\n\nc",
        working_directory="sub",
        config="r.yaml",
        state="postgresql://x",
        live="l1\nl 2\n",
        changed_since="origin/main",
        policy_from="origin/main",
        fail_on_blocked="true",
        name="norway",
        author="bot[bot]",
    )
    assert code == 0
    (call,) = [c for c in runner.log if c["words"][0] == "plan"]
    assert call["state"] == "postgresql://x"
    assert call["folder"].endswith("workspace/sub")
    assert runner.words("plan")[3:] == [
        "--config=r.yaml",
        "--changed-since=origin/main",
        "--policy-from=origin/main",
        "--detailed-exitcode",
        "--live=l1",
        "--live=l 2",
        "--",
        "a b",
        "c",
    ]
    assert runner.words("comment")[-2:] == ["--name=norway", "--author=bot[bot]"]


@pytest.mark.parametrize(
    "text",
    [
        "$(touch pwned)",
        "`touch pwned`",
        "; touch pwned",
        "' touch pwned '",
        '" touch pwned "',
        "--out=x",
        "*",
        "${IFS}",
    ],
)
def test_what_an_input_holds_is_a_word_and_nothing_else(text: str, runner: Runner) -> None:
    given = {name.replace("-", "_"): text for name in ACTION["inputs"]}
    for mode in ("plan", "drift"):
        runner.use(**{**given, "mode": mode, "working_directory": ".", "comment": "true", "issues": "true"})
    assert runner.words("plan")[-2:] == ["--", text]
    assert f"--config={text}" in runner.words("drift")
    assert not list(runner.folder.rglob("pwned"))


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (1, 1), (2, 0), (3, 3), (64, 64), (130, 130)])
def test_the_comment_is_written_whatever_the_plan_says_and_then_its_code_counts(
    code: int, ends: int, runner: Runner
) -> None:
    runner.answers = {"plan": {"code": code}}
    assert runner.use(mode="plan") == ends
    assert runner.commands == ["plan", "comment"]


def test_a_comment_that_could_not_be_written_fails_the_job(runner: Runner) -> None:
    runner.answers = {"comment": {"code": 1}}
    assert runner.use(mode="plan") == 1


@pytest.mark.parametrize(
    ("event", "inputs"),
    [
        ({"pull_request": {"number": 12, "from": "mallory/r"}}, {}),
        ({"ref": "refs/heads/main"}, {}),
        ({"pull_request": {"number": 12, "from": "o/r"}}, {"comment": "false"}),
    ],
)
def test_where_nothing_can_or_should_be_said_there_is_still_the_summary(
    event: dict[str, Any], inputs: dict[str, str], runner: Runner
) -> None:
    runner.event = event
    assert runner.use(mode="plan", **inputs) == 0
    assert runner.commands == ["plan"]
    assert runner.summary == "the summary\n"


def test_what_the_tool_says_on_stderr_is_no_command_to_the_runner(runner: Runner) -> None:
    runner.answers = {"plan": {"err": "::add-path::/tmp/evil\n", "text": ""}}
    assert runner.use(mode="plan", annotations="false") == 0
    before, _, after = runner.said.partition("::add-path::/tmp/evil")
    (token,) = re.findall(r"::stop-commands::([0-9a-f]{32})\n", before)
    assert after.startswith(f"\n::{token}::")
    assert runner.commands == ["plan"]


def test_a_digest_that_is_none_is_not_passed_on(runner: Runner) -> None:
    runner.answers = {"plan": {"digest": "sha256:0\nsaved-plan=/etc/passwd"}}
    assert runner.use(mode="plan") == 0
    assert "digest" not in runner.outputs["plan"]
    assert not any(word.startswith("--digest") for word in runner.words("comment"))


# apply


def test_what_a_review_approved_is_applied(runner: Runner) -> None:
    runner.answers = {"approved": {"out": f"{DIGEST}\n"}, "apply": {"out": "done: `x` </details>\n"}}
    assert (
        runner.use(mode="apply", wait="true", changed_since="abc", policy_from="main", config="r.yaml") == 0
    )
    assert runner.commands == ["approved", "apply"]
    assert runner.words("apply") == [
        f"--approved-digest={DIGEST}",
        "--auto-approve",
        "--config=r.yaml",
        "--changed-since=abc",
        "--policy-from=main",
        "--wait",
        "--",
        "tenants",
    ]
    assert "    done: `x` </details>" in runner.summary
    assert "done: `x`" in runner.said


def test_a_digest_given_by_hand_is_taken_as_it_is(runner: Runner) -> None:
    assert runner.use(mode="apply", approved_digest=DIGEST) == 0
    assert runner.commands == ["apply"]
    assert f"--approved-digest={DIGEST}" in runner.words("apply")


@pytest.mark.parametrize(
    "given", ["yes", "sha256:", DIGEST.upper(), f"{DIGEST} --auto-approve", f"{DIGEST}\n{DIGEST}"]
)
def test_what_is_no_digest_is_an_error_and_nothing_is_applied(given: str, runner: Runner) -> None:
    assert runner.use(mode="apply", approved_digest=given) == 1
    assert runner.commands == []
    assert "::error" in runner.said


def test_what_nobody_approved_is_not_applied(runner: Runner) -> None:
    runner.answers = {"approved": {"code": 1, "err": "error: Nobody\n"}}
    assert runner.use(mode="apply") == 1
    assert runner.commands == ["approved"]
    runner.answers = {"approved": {"code": 0, "out": ""}}
    assert runner.use(mode="apply") == 1
    assert "apply" not in runner.commands


@pytest.mark.parametrize("code", [1, 2, 130])
def test_the_code_of_an_apply_is_that_of_the_step(code: int, runner: Runner) -> None:
    runner.answers = {"apply": {"code": code, "out": "refused\n", "err": "::error::x\n"}}
    assert runner.use(mode="apply", approved_digest=DIGEST) == code
    assert "    refused" in runner.summary
    assert runner.said.index("::stop-commands::") < runner.said.index("::error::x")


# drift


def test_drift_is_looked_for_and_its_issues_are_kept(runner: Runner) -> None:
    runner.event = {"schedule": "17 5 * * *"}
    assert runner.use(mode="drift", state="kept", author="a[bot]") == 0
    assert runner.words("drift") == [
        "--record",
        "--output=json=OUT/drift.json",
        "--format=github",
        "--",
        "tenants",
    ]
    assert runner.words("issues") == ["--on=github", "--from=OUT/drift.json", "--author=a[bot]"]
    assert runner.summary == "the summary\n"
    assert runner.log[0]["state"] == "kept"


def test_issues_can_be_left_out(runner: Runner) -> None:
    assert runner.use(mode="drift", issues="false") == 0
    assert runner.commands == ["drift"]


@pytest.mark.parametrize(("drift", "issues", "ends"), [(1, 0, 1), (0, 1, 1), (64, 0, 64)])
def test_a_drift_that_failed_fails_the_job_after_the_issues(
    drift: int, issues: int, ends: int, runner: Runner
) -> None:
    runner.answers = {"drift": {"code": drift}, "issues": {"code": issues}}
    assert runner.use(mode="drift") == ends
    assert runner.commands == ["drift", "issues"]

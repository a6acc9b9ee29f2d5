"""The pipelines to copy: they parse, ask for no more than they need, and call the tool with options it has."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli import EXAMPLES, ROOT, Desk
from command_lines import command_of, unknown

# Options and formats that are called here and that the tool does not have yet; take them out as they come.
NOT_YET: list[str] = []

CI = EXAMPLES / "ci"
GITHUB = sorted((CI / "github").glob("*.yml"))
GITLAB = CI / "gitlab" / ".gitlab-ci.yml"
AZURE = CI / "azure-devops" / "azure-pipelines.yml"
ACTION = ROOT / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
ALL = [*GITHUB, GITLAB, AZURE]
Json = dict[str, Any]


def read(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def texts(value: Any) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(value, dict):
        yield from (text for below in value.values() for text in texts(below))
    elif isinstance(value, list):
        yield from (text for below in value for text in texts(below))
    elif isinstance(value, str):
        yield value


def calls(file: Path) -> Iterator[list[str]]:
    """Every command line of the tool in a file, as words; shell variables are left as they are."""
    for text in texts(read(file)):
        for line in text.splitlines():
            found = re.search(r"(?:^|then |; )\s*reconciler ([a-z]+ .*?)(?:;|\||2>|>|$)", line)
            if found:
                yield shlex.split(found[1])


def called_in_action() -> Iterator[list[str]]:
    """Every command the action puts together: its first words, and each word that may be added."""
    for step in read(ACTION)["runs"]["steps"]:
        for first in re.findall(r"words=\((.+)\)", step["run"]):
            words = shlex.split(first)
            more = shlex.split(
                " ".join(re.findall(r"words\+=\((.+?)\)", step["run"])).replace("$line", "tenants")
            )
            yield [*words, *(word for word in more if word != "--")]


LINES = [(file, words) for file in ALL for words in calls(file)] + [
    (ACTION, words) for words in called_in_action()
]


def test_there_are_command_lines_to_look_at() -> None:
    assert len(LINES) >= 15
    called = {words[0] for _, words in LINES}
    assert called == {"validate", "plan", "comment", "apply", "approved", "drift", "issues"}


@pytest.mark.parametrize(
    ("file", "words"), LINES, ids=[f"{f.name}-{w[0]}-{n}" for n, (f, w) in enumerate(LINES)]
)
def test_every_command_line_is_one_the_tool_takes(file: Path, words: list[str]) -> None:
    missing = unknown(words)
    assert [word for word in missing if word not in NOT_YET] == []
    if not missing:
        # Parsed as click would, up to what only a run can tell.
        digest = "sha256:" + "0" * 64
        filled = [
            re.sub(r"\$\{[^}]*\}|\$\w+[^ /]*", digest if "digest" in w.lower() else "x", w) for w in words[1:]
        ]
        command_of(words[0]).make_context(words[0], filled)


def test_what_is_said_not_to_be_there_yet_is_not() -> None:
    missing = {word for _, words in LINES for word in unknown(words)}
    assert set(NOT_YET) <= missing, "take out of NOT_YET what the tool has by now"


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.name)
def test_an_example_is_short_and_says_first_what_it_is(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert len(lines) < 90


# least privilege

WRITES = {
    "plan.yml": {"contents": "read", "pull-requests": "write"},
    "apply.yml": {"contents": "read", "pull-requests": "read"},
    "drift.yml": {"contents": "read", "issues": "write"},
}


@pytest.mark.parametrize("file", GITHUB, ids=lambda file: file.name)
def test_a_workflow_has_the_rights_it_needs_and_no_other(file: Path) -> None:
    workflow = read(file)
    assert workflow["permissions"] == WRITES[file.name]
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        assert job["timeout-minutes"]
        (checkout,) = [s for s in job["steps"] if s["uses"].startswith("actions/checkout@")]
        assert checkout["with"]["persist-credentials"] is False
        assert all("run" not in step for step in job["steps"])
        (ours,) = [s for s in job["steps"] if "reconciler@" in s["uses"]]
        assert set(ours["with"]) <= set(read(ACTION)["inputs"])
        assert ours["with"]["mode"] == file.stem


def test_a_plan_of_a_pull_request_sees_no_secret_and_judges_by_the_base_branch() -> None:
    text = (CI / "github" / "plan.yml").read_text(encoding="utf-8")
    workflow = read(CI / "github" / "plan.yml")
    assert "secrets." not in text
    assert "pull_request_target" not in text
    assert list(workflow[True]) == ["pull_request"]
    (_, ours) = workflow["jobs"]["plan"]["steps"]
    assert ours["with"]["live"]
    assert "base.sha" in ours["with"]["policy-from"]


def test_an_apply_runs_after_the_merge_alone_one_at_a_time_and_is_never_cut_off() -> None:
    workflow = read(CI / "github" / "apply.yml")
    assert workflow[True]["pull_request"]["types"] == ["closed"]
    assert workflow["jobs"]["apply"]["if"] == "github.event.pull_request.merged == true"
    assert workflow["concurrency"] == {"group": "apply", "cancel-in-progress": False}
    assert workflow["jobs"]["apply"]["environment"]


def test_at_gitlab_only_the_protected_branch_applies_and_a_person_starts_it() -> None:
    jobs = read(GITLAB)
    (rule,) = jobs["apply"]["rules"]
    assert "$CI_DEFAULT_BRANCH" in rule["if"]
    assert rule["when"] == "manual"
    assert jobs["apply"]["resource_group"]
    assert "--live live" in " ".join(jobs["plan"]["script"])
    for name in ("validate", "plan", "apply", "drift"):
        assert jobs[name]["stage"] in jobs["stages"]
        assert jobs[name]["rules"]


def test_at_azure_devops_only_the_step_that_comments_holds_the_token() -> None:
    stages = read(AZURE)["stages"]
    steps = stages[0]["jobs"][0]["steps"]
    held = [step["displayName"] for step in steps if "SYSTEM_ACCESSTOKEN" in step.get("env", {})]
    assert held == ["Comment"]
    ((_, (apply,)),) = stages[1].items()
    assert "refs/heads/main" in apply["condition"]
    assert all(step.get("persistCredentials", False) is False for step in steps)


def test_at_azure_devops_no_name_in_the_output_is_a_command_to_the_agent() -> None:
    inert = read(AZURE)["variables"]["INERT"]
    done = subprocess.run(
        ["sed", inert], input="a ##vso[task.setvariable]x\n", capture_output=True, text=True, check=True
    )
    assert "##" not in done.stdout
    printing = [w for w in AZURE.read_text().splitlines() if re.search("reconciler (plan|apply) ", w)]
    assert printing
    assert all('2>&1 | sed "$INERT"' in line for line in printing)


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.name)
def test_every_script_in_an_example_is_one_bash_can_read(file: Path) -> None:
    scripts = [text for text in texts(read(file)) if "reconciler " in text and text not in ("plan", "apply")]
    for script in scripts:
        done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


# pre-commit

HOOK_MEMBERS = {
    *("id", "name", "description", "entry", "args", "language", "files", "pass_filenames", "require_serial"),
}


def hooks() -> dict[str, Json]:
    return {hook["id"]: hook for hook in read(HOOKS)}


def test_the_hooks_are_those_the_framework_documents() -> None:
    assert set(hooks()) == {"reconciler-validate", "reconciler-fmt"}
    for hook in hooks().values():
        assert set(hook) <= HOOK_MEMBERS
        assert hook["language"] == "python"
        assert re.search(hook["files"], "tenants/fabrikam.yaml")
        assert not re.search(hook["files"], "README.md")


@pytest.mark.parametrize("name", ["reconciler-validate", "reconciler-fmt"])
def test_a_hook_passes_for_sound_files_and_fails_for_broken_ones(name: str, desk: Desk) -> None:
    hook = hooks()[name]
    tool, *words = [*shlex.split(hook["entry"]), *hook["args"]]
    assert tool == "reconciler"
    source = (EXAMPLES / "tenants" / "fabrikam.yaml").read_text(encoding="utf-8")
    desk.put("tenants/fabrikam.yaml", source)
    assert desk.run(*words).code == 0
    desk.put("tenants/fabrikam.yaml", source.replace("licenses: 42", "licenses: 042"))
    assert desk.run(*words).code == 1
    assert os.path.exists("tenants/fabrikam.yaml")


def test_the_hook_that_formats_changes_the_file_which_is_how_the_framework_sees_it(desk: Desk) -> None:
    source = (EXAMPLES / "tenants" / "fabrikam.yaml").read_text(encoding="utf-8")
    file = desk.put("tenants/fabrikam.yaml", source.replace("\n", "\n\n\n", 1) + "\n\n\n")
    hook = hooks()["reconciler-fmt"]
    before = file.read_text(encoding="utf-8")
    desk.ok(*shlex.split(hook["entry"])[1:], *hook["args"])
    assert file.read_text(encoding="utf-8") != before

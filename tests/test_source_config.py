"""The configuration of a source: what it says, where its paths begin, and that no secret in it is ever repeated."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from cli import Desk

from reconciler.adapters import files
from reconciler.adapters.files import SourceConfig
from reconciler.adapters.files.configuration import VARIABLES
from reconciler.errors import FilesBroken, Problem

HEAD = "apiVersion: reconciler/v1\nkind: Configuration\n"
SECRET = "ghp_hunter2hunter2"


def source(desk: Desk, text: str) -> SourceConfig:
    desk.put("conf/reconciler.yaml", f"{HEAD}source: {text}\n")
    return files.load_config(desk.folder / "conf").source


def problems(desk: Desk, text: str) -> tuple[Problem, ...]:
    with pytest.raises(FilesBroken) as caught:
        source(desk, text)
    assert SECRET not in repr(caught.value.problems)
    return caught.value.problems


def test_left_out_there_is_no_repository_and_the_defaults_hold(desk: Desk) -> None:
    assert files.load_config(desk.folder).source == SourceConfig()
    found = source(desk, "{git: https://git.example/fleet.git}")
    assert (found.branch, found.folder, found.only_forward) == ("main", "", False)
    assert (found.interval, found.timeout) == (timedelta(minutes=1), timedelta(seconds=60))


def test_all_of_it_is_read_and_its_paths_are_the_configuration_s_own(desk: Desk) -> None:
    here = desk.folder / "conf"
    assert source(
        desk,
        "{git: ../fleet.git, branch: release/1, folder: ./tenants/, interval: 30s, timeout: 5m, username: ola,"
        " sshKey: {file: key}, knownHosts: {file: known}, token: {file: /run/token},"
        " requireSignature: {allowedSigners: signers}, onlyForward: true}",
    ) == SourceConfig(
        git=str(desk.folder / "fleet.git"),
        branch="release/1",
        folder="tenants",
        interval=timedelta(seconds=30),
        timeout=timedelta(minutes=5),
        ssh_key=here / "key",
        known_hosts=here / "known",
        token_file=Path("/run/token"),
        username="ola",
        allowed_signers=here / "signers",
        only_forward=True,
    )
    found = source(desk, "{folder: ., token: {environment: FLEET_TOKEN}, requireSignature: {gpgHome: ring}}")
    assert (found.folder, found.token_variable, found.gpg_home) == ("", "FLEET_TOKEN", here / "ring")
    assert source(desk, "{folder: .fleet}").folder == ".fleet"
    assert source(desk, "{git: 'git@git.example:fleet.git'}").git == "git@git.example:fleet.git"


def test_the_environment_comes_before_the_file_and_may_name_another_place_for_the_token(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {
        "GIT": "fleet.git",
        "BRANCH": "wish",
        "FOLDER": "b",
        "INTERVAL": "2m",
        "TIMEOUT": "3m",
        "SSH_KEY": "key",
        "KNOWN_HOSTS": "known",
        "TOKEN_FILE": "token",
        "USERNAME": "kari",
        "ALLOWED_SIGNERS": "signers",
        "ONLY_FORWARD": "true",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"RECONCILER_SOURCE_{name}", value)
    found = source(
        desk, "{git: /a, folder: a, token: {environment: FLEET_TOKEN}, requireSignature: {gpgHome: ring}}"
    )
    assert found == SourceConfig(
        git=str(desk.folder / "fleet.git"),
        branch="wish",
        folder="b",
        interval=timedelta(minutes=2),
        timeout=timedelta(minutes=3),
        ssh_key=Path("key"),
        known_hosts=Path("known"),
        token_file=Path("token"),
        username="kari",
        allowed_signers=Path("signers"),
        only_forward=True,
    )
    monkeypatch.setenv("RECONCILER_SOURCE_GPG_HOME", "ring")
    found = files.load_config(desk.folder / "conf").source
    assert (found.gpg_home, found.allowed_signers) == (Path("ring"), None)


def test_a_token_in_the_usual_variable_counts_where_no_other_place_is_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_SOURCE_TOKEN", SECRET)
    found = source(desk, "{git: https://git.example/fleet.git}")
    assert found.token_variable == "RECONCILER_SOURCE_TOKEN"
    assert SECRET not in repr(found)
    assert source(desk, "{token: {file: token}}").token_variable is None


@pytest.mark.parametrize("variable", [name for name in VARIABLES if "SOURCE" in name or "LOOP" in name])
def test_each_variable_is_told_in_the_schema(variable: str) -> None:
    schema: object = files.schema("config")
    for member in VARIABLES[variable]:
        assert isinstance(schema, dict)
        schema = schema["properties"][member]
    assert isinstance(schema, dict)
    assert f"Environment: {variable}." in schema["description"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{git: ext::sh}", "bad-repository"),
        ("{git: '--upload-pack=x'}", "bad-repository"),
        ("{git: 'http://git.example/x'}", "bad-repository"),
        ("{git: ''}", "too-short"),
        ("{branch: --x}", "bad-branch"),
        ("{branch: a..b}", "bad-branch"),
        ("{folder: ../x}", "bad-folder"),
        ("{folder: /x}", "bad-folder"),
        ("{folder: a/../../x}", "bad-folder"),
        ("{interval: 0s}", "bad-format"),
        ("{interval: 60}", "wrong-type"),
        ("{sshKey: key}", "wrong-type"),
        ("{sshKey: {}}", "missing-member"),
        ("{requireSignature: {}}", "which-one"),
        ("{requireSignature: {allowedSigners: a, gpgHome: b}}", "which-one"),
        ("{onlyForward: perhaps}", "wrong-type"),
        ("{brunch: x}", "unknown-member"),
    ],
)
def test_what_a_source_can_not_say_is_refused_with_its_place(desk: Desk, text: str, code: str) -> None:
    (found,) = problems(desk, text)
    assert (found.code, found.place.line) == (code, 3)
    assert found.hint or code in ("which-one", "wrong-type", "too-short")


@pytest.mark.parametrize(
    "text",
    [
        f"{{git: 'https://ola:{SECRET}@git.example/x'}}",
        f"{{git: 'https://{SECRET}@git.example/x'}}",
        f"{{git: 'ola:{SECRET}@git.example:x'}}",
        f"{{git: 'ola:{SECRET}@git.example:x', brunch: 1}}",
        f"{{brunch: 1, git: 'https://git.example/x?token={SECRET}'}}",
        f"{{token: {SECRET}}}",
        f"{{token: {SECRET}, brunch: 1}}",
        f"{{token: {{value: {SECRET}}}}}",
        f"{{token: {{environment: {SECRET}}}}}",
        f"{{token: {{environment: A, file: {SECRET}}}}}",
        f"{{token: [{SECRET}]}}",
        f"\n  token:\n    environment: {SECRET}",
        f"\n  token:\n    environment: A\n    value: {SECRET}",
        f"\n  token:\n    {SECRET}",
        f"\n  token: {SECRET}: x",
        f'{{}}\ntoken: "{SECRET}"',
    ],
)
def test_a_secret_where_only_its_place_belongs_is_repeated_nowhere(desk: Desk, text: str) -> None:
    assert problems(desk, text)
    answer = desk.run("validate", "conf", "--config", "conf/reconciler.yaml")
    assert answer.code == 1
    assert SECRET not in answer.both
    assert (
        SECRET
        not in desk.run("validate", "conf", "--config", "conf/reconciler.yaml", "--format", "json").both
    )


def test_a_problem_beside_the_token_is_told_as_it_is(desk: Desk) -> None:
    (found,) = problems(desk, "{token: {environment: FLEET_TOKEN}, interval: soon}")
    assert found.code == "bad-format"
    assert "interval" in found.message
    assert "FLEET_TOKEN" not in found.line_text


@pytest.mark.parametrize("name", ["GIT", "TOKEN_FILE", "USERNAME", "BRANCH"])
def test_a_secret_in_a_variable_is_repeated_nowhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"RECONCILER_SOURCE_{name}", f"https://ola:{SECRET}@git.example/x" + "y" * 3000)
    assert problems(desk, "{}")


def test_paths_that_lead_out_are_refused_where_files_are_not_trusted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_UNTRUSTED", "1")
    monkeypatch.chdir(desk.folder)
    (desk.folder / "conf").mkdir()
    out = "/outside"
    text = (
        f"{{git: {out}, sshKey: {{file: {out}}}, knownHosts: {{file: {out}}}, token: {{file: {out}}},"
        f" requireSignature: {{gpgHome: {out}}}}}"
    )
    found = problems(desk, text)
    assert [p.code for p in found] == ["outside-repository"] * 5
    desk.put(
        "conf/reconciler.yaml", f"{HEAD}source: {{git: 'https://git.example/x', sshKey: {{file: key}}}}\n"
    )
    assert files.load_config(desk.folder / "conf").source.ssh_key


def test_every_word_of_it_is_in_no_representation_of_a_secret(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEET_TOKEN", SECRET)
    config = source(desk, "{token: {environment: FLEET_TOKEN}}")
    assert SECRET not in repr(config)
    assert os.environ["FLEET_TOKEN"] == SECRET

"""Which commit asked: git is only consulted where there is a repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cli import Desk
from worlds import live, sub

from reconciler.adapters.git import commit_of


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=Ola", "-c", "user.email=ola@fabrikam.example"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_outside_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert commit_of(tmp_path) is None
    assert commit_of(tmp_path / "missing.yaml") is None


def test_without_the_git_program_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("PATH", "")
    assert commit_of(tmp_path) is None


@pytest.mark.git
def test_the_commit_checked_out_is_told_and_marked_when_files_differ_from_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    file = tmp_path / "fabrikam.yaml"
    file.write_text("kind: Tenant\n", encoding="utf-8")
    assert commit_of(file) is None
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Add Fabrikam")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert commit_of(file) == commit
    assert commit_of(tmp_path) == commit
    file.write_text("kind: Tenant # changed\n", encoding="utf-8")
    assert commit_of(file) == f"{commit}+"


@pytest.mark.git
def test_a_repository_s_own_configuration_runs_nothing(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "Begin")
    trace = tmp_path / "ran"
    git(tmp_path, "config", "core.fsmonitor", f"touch {trace}; false")
    assert commit_of(tmp_path)
    assert not trace.exists()


@pytest.mark.git
def test_the_history_of_a_tenant_tells_the_commit_that_asked(desk: Desk) -> None:
    desk.configure(tenants=["tenants"])
    desk.declare("fabrikam", "office-365-small-business", 21)
    desk.live(live("fabrikam", sub()))
    desk.put(".gitignore", ".reconciler/\n")
    git(desk.folder, "init", "-q")
    git(desk.folder, "add", ".")
    git(desk.folder, "commit", "-q", "-m", "Want one more")
    desk.ok("simulator", "load", "live")
    desk.apply()
    (told,) = desk.ok("history", "fabrikam", "--format", "json").json()["events"]
    assert told["commit"] == git(desk.folder, "rev-parse", "HEAD")
    assert f"commit {told['commit']}" in " ".join(desk.ok("history", "fabrikam").out.split())

"""Real git repositories for tests: a bare remote, a clone that is the desk's folder, and a person at work."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cli import Desk, Document

IDENTITY = (
    "-c",
    "user.name=Ola",
    "-c",
    "user.email=ola@fabrikam.example",
    "-c",
    "protocol.file.allow=always",
)


def git(folder: Path, *words: str) -> str:
    """Run git as a person would; what it prints."""
    done = subprocess.run(["git", *IDENTITY, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def remote(desk: Desk) -> Path:
    """Make the desk's folder a clone of a new bare remote, with all there is on main."""
    bare = desk.folder.parent / f"{desk.folder.name}.git"
    git(desk.folder.parent, "init", "-q", "--bare", "-b", "main", bare.name)
    desk.put(".gitignore", ".reconciler/\n*.plan.json\n")
    git(desk.folder, "init", "-q", "-b", "main")
    git(desk.folder, "remote", "add", "origin", str(bare))
    commit(desk, "Begin")
    push(desk)
    return bare


def commit(desk: Desk, subject: str) -> str:
    """Commit all there is; the new commit."""
    git(desk.folder, "add", "-A")
    git(desk.folder, "commit", "-q", "--allow-empty", "-m", subject)
    return git(desk.folder, "rev-parse", "HEAD")


def push(desk: Desk, branch: str = "main") -> None:
    git(desk.folder, "push", "-q", "origin", branch)
    git(desk.folder, "fetch", "-q", "origin")


def branch(desk: Desk, name: str = "wish") -> None:
    git(desk.folder, "checkout", "-q", "-b", name)


def since(desk: Desk, *words: object, ref: str = "origin/main") -> Document:
    """The change plan of what changed since the ref."""
    return desk.plan("tenants", "--changed-since", ref, *words)


def names(plan: Document) -> list[str]:
    """The tenants in a change plan."""
    return [tenant["name"] for tenant in plan["tenants"]]

"""Real git repositories for tests: a bare remote, a clone that is the desk's folder, and a person at work."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
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


class Origin:
    """A repository that somebody works in, and that a mirror is made of."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        git(folder, "init", "-q", "-b", "main", *words)

    def commit(self, subject: str = "Change", *words: str, **files: str) -> str:
        """Write files (``__`` in a name for a slash, ``.yaml`` behind it) and commit all there is; the new commit."""
        for name, text in files.items():
            file = self.folder / f"{name.replace('__', '/')}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", subject, *words)
        return git(self.folder, "rev-parse", "HEAD")

    def rows(self, *rows: bytes, branch: str = "main") -> str:
        """Put a tree of ``mode type id<TAB>name`` on a branch, whatever git thinks of it; the new commit."""
        done = subprocess.run(
            ["git", "mktree", "-z", "--missing"],
            cwd=self.folder,
            input=b"\0".join(rows),
            capture_output=True,
            check=True,
        )
        commit_ = git(self.folder, "commit-tree", "-m", "Odd", done.stdout.decode().strip())
        git(self.folder, "update-ref", f"refs/heads/{branch}", commit_)
        return commit_

    def blob(self, data: bytes) -> str:
        """Put the bytes of a file into the repository; their id."""
        done = subprocess.run(
            ["git", "hash-object", "-w", "--stdin"],
            cwd=self.folder,
            input=data,
            capture_output=True,
            check=True,
        )
        return done.stdout.decode().strip()


def git_that(folder: Path, monkeypatch: pytest.MonkeyPatch, on_fetch: str) -> Path:
    """A git that does something else when it should fetch."""
    real = shutil.which("git")
    script = folder / "bin" / "git"
    script.parent.mkdir(exist_ok=True)
    script.write_text(
        f'#!/bin/sh\nfor word; do if [ "$word" = fetch ]; then\n{on_fetch}\nfi; done\nexec {real} "$@"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    return script


def spoil(path: Path, what: str) -> None:
    """Break something that is there."""
    for file in sorted(path.rglob("objects/pack/*")) if what in ("pack", "idx") else [path / what]:
        if what in ("pack", "idx") and file.suffix != f".{what}":
            continue
        file.chmod(0o644)
        data = bytearray(file.read_bytes())
        data[len(data) // 2 :] = b"\0" * (len(data) - len(data) // 2)
        file.write_bytes(bytes(data))


def key_of(folder: Path, name: str) -> Path:
    key = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(key)], check=True)
    return key


def allowed(folder: Path, *keys: Path) -> Path:
    file = folder / "allowed"
    lines = [f"ola@fabrikam.example {key.with_suffix('.pub').read_text(encoding='utf-8')}" for key in keys]
    file.write_text("".join(lines), encoding="utf-8")
    return file


def signed(origin: Origin, key: Path, **files: str) -> str:
    git(origin.folder, "config", "gpg.format", "ssh")
    git(origin.folder, "config", "user.signingKey", str(key))
    return origin.commit("Signed", "-S", **files)

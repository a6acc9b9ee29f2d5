"""A path in, the commit it is at out; git is asked only where there is a repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

TIME_LIMIT = 5.0


def commit_of(path: Path) -> str | None:
    """Return the commit checked out where ``path`` is, with ``+`` behind it when files there differ from it.

    None outside a repository, without git, or when git does not answer in time: knowing the commit is worth
    something, but no plan depends on it.
    """
    folder = path if path.is_dir() else path.parent
    absolute = folder.absolute()
    if not any((above / ".git").exists() for above in (absolute, *absolute.parents)):
        return None
    commit = _git(absolute, "rev-parse", "HEAD")
    if commit is None:
        return None
    changed = _git(absolute, "status", "--porcelain", "--", ".")
    return commit if changed == "" else f"{commit}+"


def _git(folder: Path, *words: str) -> str | None:
    # Own configuration only and no prompts: a repository's settings must not run anything.
    command = [
        "git",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.hooksPath=/dev/null",
        "-C",
        str(folder),
        *words,
    ]
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None

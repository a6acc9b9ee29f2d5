"""Where tenant files come from in, a snapshot of them out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from reconciler.adapters import git
from reconciler.desired import Fleet
from reconciler.source import Snapshot, Trouble


class Source(Protocol):
    """Reads tenant files."""

    @property
    def where(self) -> str:
        """What people call it."""
        ...

    @property
    def branch(self) -> str | None:
        """The branch."""
        ...

    def look(self) -> Snapshot | Trouble:
        """Read."""
        ...


class FolderSource:
    """A folder."""

    def __init__(self, paths: Sequence[Path], load: Callable[[Sequence[Path]], Fleet]) -> None:
        self._paths, self._load = paths, load
        self.where, self.branch = " ".join(map(str, paths)), None

    def look(self) -> Snapshot | Trouble:
        """Read."""
        fleet = self._load(self._paths)
        return Snapshot(fleet, git.commit_of(self._paths[0]), sha256(repr(fleet).encode()).hexdigest())

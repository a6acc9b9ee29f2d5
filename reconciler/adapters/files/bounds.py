"""Paths in, those out that files nobody has reviewed yet may not lead to: what lies outside the repository.

A pull request can change any file of the repository, links and the configuration among them, and so decide what
is opened. With ``RECONCILER_UNTRUSTED`` set that ends at the repository. What whoever runs the tool names outside of
it is theirs, and stays allowed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.adapters.files.walking import trouble, upwards
from reconciler.errors import FilesBroken, Problem, ReconcilerError
from reconciler.messages import say

VARIABLE = "RECONCILER_UNTRUSTED"
_ON, _OFF = frozenset({"1", "true", "yes"}), frozenset({"", "0", "false", "no"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far the files here may lead. ``root``: the repository's real path; None: they are trusted, to anywhere."""

    root: str | None = None

    def holds(self, path: Path | str) -> bool:
        """Say whether ``path`` really lies inside, links followed; a trusted file may name any."""
        return self.root is None or _is_below(os.path.realpath(path), self.root)

    def concerns(self, path: Path | str) -> bool:
        """Say whether ``path`` is reached through the repository, so that a pull request may have put a link there."""
        here = os.path.abspath(path)
        return self.root is not None and any(
            _is_below(os.path.realpath(above), self.root) for above in (here, *map(str, Path(here).parents))
        )

    def refuse(self, paths: Iterable[Path | str]) -> None:
        """Raise FilesBroken with each path that begins inside and leads out."""
        problems = tuple(self._leading_out(paths))
        if problems:
            raise FilesBroken(problems)

    def _leading_out(self, paths: Iterable[Path | str]) -> Iterator[Problem]:
        for path in (os.fspath(each) for each in paths):
            if self.concerns(path) and not self.holds(path):
                yield trouble(path, "outside-repository", path=path, root=self.root)


def bounds_of(environment: Mapping[str, str], here: Path) -> Bounds:
    """Return the bounds the environment asks for: the repository around ``here``, or that folder where there is none.

    Raises ReconcilerError for a word that is neither yes nor no: what was meant as a fence must not be left open.
    """
    word = environment.get(VARIABLE, "").strip().lower()
    if word not in _ON | _OFF:
        raise ReconcilerError(say("files.untrusted-word", variable=VARIABLE, word=word))
    if word in _OFF:
        return Bounds()
    real = Path(os.path.realpath(here))
    return Bounds(os.fspath(next((f for f in upwards(real) if (f / ".git").exists()), real)))


def _is_below(path: str, root: str) -> bool:
    return (path + os.sep).startswith(root.rstrip(os.sep) + os.sep)

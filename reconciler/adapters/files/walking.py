"""Paths in, the YAML files they mean out: folders gone through in a stable order, links kept inside.

A file that can not be taken as one (missing, a pipe, a link that leads out) is a problem and never skipped
silently: what is not read would look like a tenant nobody declares.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from reconciler.desired import problem
from reconciler.errors import Problem
from reconciler.messages import say
from reconciler.model import Place

CONFIGURATION_NAMES = ("reconciler.yaml", "reconciler.yml")
ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Found:
    """The files, each once, as they are shown to people; and what stood in the way."""

    files: tuple[str, ...]
    problems: tuple[Problem, ...]


def find_files(paths: Iterable[Path | str]) -> Found:
    """Return the files that ``paths`` mean: files as they are, of folders every ``*.yaml`` and ``*.yml`` below.

    Hidden files and folders, and in folders the configuration, are left out. A missing path and a folder
    without such files are problems.
    """
    walk = _Walk()
    for path in paths:
        walk.take(os.fspath(path))
    return Found(tuple(walk.files.values()), tuple(walk.problems))


def trouble(path: str, code: str, /, **facts: object) -> Problem:
    """Make a problem of a whole file or folder."""
    return problem(Place(path, 1, 1), "", code, "", **facts)


def what_it_is(mode: int) -> str:
    """Name what is no regular file."""
    kinds = {stat.S_IFIFO: "fifo", stat.S_IFCHR: "device", stat.S_IFBLK: "device", stat.S_IFSOCK: "socket"}
    kinds[stat.S_IFDIR] = "folder"
    return say("files.what." + kinds.get(stat.S_IFMT(mode), "other"))


class _Walk:
    """The files met so far by where they really are, so that each is read once."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.problems: list[Problem] = []

    def take(self, path: str) -> None:
        """Take one path a person has named: links in it are followed, they are meant."""
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError:
            self.problems.append(trouble(path, "no-such-path", path=path))
        except (OSError, ValueError) as error:
            self.problems.append(trouble(path, "unreadable", why=reason(error)))
        else:
            self._take_known(path, mode)

    def _take_known(self, path: str, mode: int) -> None:
        if stat.S_ISREG(mode):
            self.files.setdefault(os.path.realpath(path), path)
            return
        if not stat.S_ISDIR(mode):
            self.problems.append(trouble(path, "not-a-file", what=what_it_is(mode)))
            return
        files, problems = len(self.files), len(self.problems)
        any_seen = self._folder(path, os.path.realpath(path), os.path.realpath(path))
        if not any_seen and (len(self.files), len(self.problems)) == (files, problems):
            self.problems.append(trouble(path, "no-files", path=path))

    def _folder(self, shown: str, real: str, root: str) -> bool:
        """Go through a folder; say whether it holds any file that counts, seen before or not."""
        try:
            with os.scandir(real) as scan:
                entries = sorted(scan, key=attrgetter("name"))
        except OSError as error:
            self.problems.append(trouble(shown, "unreadable", why=reason(error)))
            return True
        above = os.path.join(shown, "")
        any_seen = False
        for entry in entries:
            name = entry.name
            if name.startswith("."):
                continue
            # By far the most are such files, so they are asked for nothing else.
            if (
                name.endswith(ENDINGS)
                and name not in CONFIGURATION_NAMES
                and entry.is_file(follow_symlinks=False)
            ):
                self.files.setdefault(entry.path, above + name)
                any_seen = True
            elif self._entry(entry, above + name, entry.path, root):
                any_seen = True
        return any_seen

    def _entry(self, entry: os.DirEntry[str], shown: str, real: str, root: str) -> bool:
        """Take what is no plain file of the name that is looked for."""
        named_so = entry.name.endswith(ENDINGS)
        if entry.is_symlink():
            return self._link(shown, real, root, named_so)
        if entry.is_dir(follow_symlinks=False):
            return self._folder(shown, real, root)
        if not named_so or entry.name in CONFIGURATION_NAMES:
            return False
        mode = entry.stat(follow_symlinks=False).st_mode
        self.problems.append(trouble(shown, "not-a-file", what=what_it_is(mode)))
        return True

    def _link(self, shown: str, real: str, root: str, named_so: bool) -> bool:
        """Take a link to a file of the same folder tree. One to a folder inside needs no following."""
        try:
            target = os.path.realpath(real, strict=True)
        except OSError as error:
            if named_so:
                self.problems.append(trouble(shown, "unreadable", why=reason(error)))
            return named_so
        is_folder = os.path.isdir(target)
        if not (is_folder or named_so):
            return False
        if not (target + os.sep).startswith(root.rstrip(os.sep) + os.sep):
            self.problems.append(trouble(shown, "link-outside", root=root))
            return True
        if is_folder:
            return False
        self.files.setdefault(target, shown)
        return True


def reason(error: OSError | ValueError) -> str:
    """Return why the system said no, in its own words and without the path, which is shown anyway."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def upwards(start: Path) -> Iterator[Path]:
    """Yield the folder of ``start`` (or ``start`` itself) and every one above it."""
    here = start.absolute()
    yield from (here, *here.parents)

"""A value that fitted its schema before in, that it does out, with nothing loaded to check it: marks in a folder.

Loading a validator and building it for a schema takes ten times as long as reading a configuration does. What a value
came to hangs on nothing but the value, the schema and the program, so an empty file named by a hash of all three says
it. A mark that is not the owner's alone is not there. Nothing that decides on a write asks here.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from reconciler.desired import Checker, Document
from reconciler.errors import Problem

MOST_MARKS = 16
_ENDING = ".fits"


class Recalling(Checker):
    """A checker that leaves a mark in ``folder`` for each value that fits. ``key``: what else that hangs on."""

    def __init__(self, schema: Mapping[str, Any], folder: Path, key: object) -> None:
        super().__init__(schema)
        self._folder, self._key = folder, key

    def problems(self, document: Document) -> tuple[Problem, ...]:
        """Return what is wrong with a document, () when it fits; of very many problems the first."""
        told = repr((self._key, document.value)).encode(errors="surrogatepass")
        mark = self._folder / f"{blake2b(told, digest_size=16).hexdigest()}{_ENDING}"
        if _is_there(mark):
            return ()
        found = super().problems(document)
        if not found:
            # Whoever keeps the rest in this folder will say why nothing can be kept there.
            with suppress(OSError):
                _leave(mark)
        return found


def is_the_owners(status: os.stat_result) -> bool:
    """Say whether it is a regular file that nobody but its owner, who runs this, may read or write."""
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077


def drop_the_oldest(folder: Path, ending: str, most: int) -> None:
    """Leave so many files of a kind. Raises OSError."""
    found = sorted(folder.glob("*" + ending), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    for file in found[most:]:
        file.unlink(missing_ok=True)


def _is_there(mark: Path) -> bool:
    try:
        return is_the_owners(os.lstat(mark))
    except OSError:
        return False


def _leave(mark: Path) -> None:
    mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    drop_the_oldest(mark.parent, _ENDING, MOST_MARKS)

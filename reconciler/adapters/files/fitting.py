"""A value that fitted its schema before in, that it does out, with nothing loaded to check it: marks in a folder.

Loading a validator and building it for a schema takes ten times as long as reading a configuration does. What a value
came to hangs on nothing but the value, the schema and the program, so a file named by a hash of all three says it. It
says so in itself too: one that was only moved to that name vouches for nothing. A mark that is not the owner's alone is
not there. Nothing that decides on a write asks here.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from reconciler.desired import Checker, Document
from reconciler.errors import Problem

# Each variable that stands for a part of the configuration is a value of its own.
MOST_MARKS = 128
_ENDING = ".fits"


class Recalling(Checker):
    """A checker that leaves a mark in ``folder`` for each value that fits. ``program``: what else that hangs on."""

    def __init__(self, schema: Mapping[str, Any], folder: Path, program: object) -> None:
        super().__init__(schema)
        self._folder, self._by = folder, repr((program, self.schema))

    def problems(self, document: Document) -> tuple[Problem, ...]:
        """Return what is wrong with a document, () when it fits; of very many problems the first."""
        told = repr((self._by, document.value)).encode(errors="surrogatepass")
        word = sha256(told).hexdigest()
        mark = self._folder / f"{word[:32]}{_ENDING}"
        if _says(mark, word):
            return ()
        found = super().problems(document)
        if not found:
            # Whoever keeps the rest in this folder will say why nothing can be kept there.
            with suppress(OSError):
                _leave(mark, word)
        return found


def is_the_owners(status: os.stat_result) -> bool:
    """Say whether it is a regular file that nobody but its owner, who runs this, may read or write."""
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077


def opened_if_the_owners(file: Path) -> int | None:
    """Open a file that is the owner's alone, and return its descriptor; None where it is not, or can not be read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    if is_the_owners(os.fstat(descriptor)):
        return descriptor
    os.close(descriptor)
    return None


def draft_of(file: Path) -> tuple[Path, int]:
    """Make a file of the owner's alone that is to take the place of ``file``, open to be written. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}.draft")
    try:
        return draft, os.open(
            draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
    except FileExistsError:
        # In a container every process may have this id: one that was killed must not be in the way for ever.
        draft.unlink(missing_ok=True)
        raise


def drop_the_oldest(folder: Path, ending: str, most: int) -> None:
    """Leave so many files of a kind. Raises OSError."""
    found = sorted(folder.glob("*" + ending), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    for file in found[most:]:
        file.unlink(missing_ok=True)


def _says(mark: Path, word: str) -> bool:
    descriptor = opened_if_the_owners(mark)
    if descriptor is None:
        return False
    with open(descriptor, "rb") as file:
        return file.read(len(word) + 1) == word.encode()


def _leave(mark: Path, word: str) -> None:
    draft, descriptor = draft_of(mark)
    try:
        with open(descriptor, "wb") as file:
            file.write(word.encode())
        draft.replace(mark)
    finally:
        draft.unlink(missing_ok=True)
    drop_the_oldest(mark.parent, _ENDING, MOST_MARKS)

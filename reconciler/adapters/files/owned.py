"""Files that are their owner's alone in and out: what is believed later must not have been anybody else's to write."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO


def opened(file: Path) -> BinaryIO | None:
    """Open a regular file that nobody but its owner, who runs this, may read or write; None where it is not that."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077:
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    return None


def put(file: Path, parts: Iterable[bytes], ending: str, most: int) -> None:
    """Write a file whole or not at all, and leave the youngest ``most`` files of its ``ending``. Raises OSError."""
    folder = file.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{file.name}.{os.getpid()}.draft"
    try:
        descriptor = os.open(
            draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
        with open(descriptor, "wb") as opened_draft:
            opened_draft.writelines(parts)
        draft.replace(file)
    finally:
        # Also that of a process which was killed: in a container the next one may have its id.
        draft.unlink(missing_ok=True)
    found = sorted(folder.glob("*" + ending), key=lambda each: each.stat().st_mtime_ns, reverse=True)
    for old in found[most:]:
        old.unlink(missing_ok=True)

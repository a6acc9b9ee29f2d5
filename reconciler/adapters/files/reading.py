"""The path of a file in, its bytes or its text out, or the problem why not; nothing is waited for.

A pipe is refused, a big file is not read, and half of an old file and half of a new one is a problem.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from reconciler.adapters.files.walking import reason, trouble, what_it_is
from reconciler.desired import MAX_TEXT, decode
from reconciler.errors import FilesBroken, Problem

Stamp = tuple[int, int, int, int, int]
_SECOND = 1_000_000_000
# How old a stamp has to be when it is taken to stand in for the bytes, and for how long it does then (``rereading``).
# The first is twice what the coarsest file system counts in (FAT), and room for a clock that runs a little behind.
MARGIN = 4 * _SECOND
BELIEVED = 3600 * _SECOND


@dataclass(frozen=True, slots=True)
class Contents:
    """The bytes of a file, and the stamp it had before they were read."""

    data: bytes
    stamp: Stamp


# What is different after most changes of a file: both times, size, and which file it is.
stamp_of: Callable[[os.stat_result], Stamp] = attrgetter(
    "st_mtime_ns", "st_ctime_ns", "st_size", "st_ino", "st_dev"
)


def read_text(path: os.PathLike[str] | str) -> str:
    """Return the text of one file; raises FilesBroken if it can not be read as text."""
    text = text_of(os.fspath(path))
    if isinstance(text, Problem):
        raise FilesBroken((text,))
    return text


def text_of(path: str) -> str | Problem:
    """Return the text of one file, or the problem with it."""
    found = contents_of(path)
    return found if isinstance(found, Problem) else decode(found.data, path)


def contents_of(path: str) -> Contents | Problem:
    """Read one file, never waiting for it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except FileNotFoundError:
        return trouble(path, "no-such-path", path=path)
    except (OSError, ValueError) as error:
        return trouble(path, "unreadable", why=reason(error))
    try:
        return _contents(path, descriptor)
    except OSError as error:
        return trouble(path, "unreadable", why=reason(error))
    finally:
        os.close(descriptor)


def _contents(path: str, descriptor: int) -> Contents | Problem:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return trouble(path, "not-a-file", what=what_it_is(status.st_mode))
    if status.st_size > MAX_TEXT:
        return trouble(path, "too-large", size=status.st_size, most=MAX_TEXT)
    data = _all_of(descriptor, status.st_size)
    after = os.fstat(descriptor)
    # Half of an old file and half of a new one could declare what nobody wrote.
    if (len(data), status.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return trouble(path, "changed-meanwhile")
    return Contents(data, stamp_of(status))


def _all_of(descriptor: int, size: int) -> bytes:
    """Read as much as the ``size`` says, and one byte past it if the file has grown."""
    data = os.read(descriptor, size + 1)
    while len(data) < size and (more := os.read(descriptor, size + 1 - len(data))):
        data += more
    return data

"""Lists of tenant files and of recorded states in, the short runs of both that belong together out: blocks.

What a block comes to is kept as one (``answers``), so a file more or less must not move the bounds of all blocks after
it. A block begins where the checksum of a file's name says so, whatever stands before it. The states follow: theirs
begins at the file that is called like the tenant file, or else, as in two lists of one order, at the same distance.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zlib import crc32

# One changed file lets its whole block be read; a block costs as much as looking at two files.
USUAL = 32
MOST = 4 * USUAL


class Block(NamedTuple):
    """Tenant files, and the states that are probably theirs."""

    tenants: Sequence[str]
    live: Sequence[str]

    @property
    def files(self) -> tuple[str, ...]:
        """All of its files."""
        return (*self.tenants, *self.live)


def blocks_of(tenant_files: Sequence[str], live_files: Sequence[str] = ()) -> Iterator[Block]:
    """Yield blocks in which each file is once, in the order of the tenant files."""
    states = _Places(live_files)
    start = live_start = 0
    for stop in _bounds(tenant_files):
        live_stop = max(live_start, states.of(_name(tenant_files[stop]), live_start + stop - start))
        yield Block(tenant_files[start:stop], live_files[live_start:live_stop])
        start, live_start = stop, live_stop
    if start < len(tenant_files) or live_start < len(live_files):
        yield Block(tenant_files[start:], live_files[live_start:])


class _Places:
    """Where in a list the files are at which a block may begin, by their names."""

    def __init__(self, files: Sequence[str]) -> None:
        self._files = files
        self._places: dict[str, int] | None = None

    def of(self, name: str, probably: int) -> int:
        """Return where a file is that is called so; if there is none, where it would be ``probably``."""
        if probably < len(self._files) and _name(self._files[probably]) == name:
            return probably
        if self._places is None:
            self._places = {_name(file): place for place, file in enumerate(self._files) if _begins(file)}
        return min(self._places.get(name, probably), len(self._files))


def _bounds(files: Sequence[str]) -> Iterator[int]:
    """Yield where a block ends and the next one begins."""
    start = 0
    for place in range(1, len(files)):
        if place - start >= MOST or _begins(files[place]):
            yield place
            start = place


def _begins(file: str) -> bool:
    return not crc32(_name(file).encode(errors="surrogateescape")) % USUAL


def _name(file: str) -> str:
    return file.rpartition(os.sep)[2]

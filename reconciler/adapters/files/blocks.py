"""Lists of tenant files and of recorded states in, the short runs of both that belong together out: blocks.

What a block comes to is kept as one (``answers``), so a file more or less must not move the bounds of all blocks after
it. A block begins at a file whose path has the least checksum of all that stand near it, whatever is further away. So
none is very short or long, and a path concerns no bounds but those near it. The states follow: theirs begins at the
file that stands below their folder as the tenant file does below its own; if there is none, at the same distance.

All this only says what is read again together. What a block comes to is right wherever it begins.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zlib import crc32

# How many on either side are near: there are twice as many tenants in a block. One changed file lets its whole
# block be read; a block costs as much as looking at two files.
NEAR = 14


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
    above, states = _above(tenant_files), _Places(live_files)
    start = live_start = 0
    for stop in _bounds(tenant_files):
        live_stop = max(live_start, states.of(tenant_files[stop][above:], live_start + stop - start))
        yield Block(tenant_files[start:stop], live_files[live_start:live_stop])
        start, live_start = stop, live_stop
    if start < len(tenant_files) or live_start < len(live_files):
        yield Block(tenant_files[start:], live_files[live_start:])


class _Places:
    """Where in a list the files are, by their paths below the folder of all of them."""

    def __init__(self, files: Sequence[str]) -> None:
        self._files, self._above = files, _above(files)
        self._places: dict[str, int] | None = None

    def of(self, path: str, probably: int) -> int:
        """Return where the file of a path is; if there is none, where it would be ``probably``."""
        if probably < len(self._files) and self._files[probably][self._above :] == path:
            return probably
        if self._places is None:
            self._places = {file[self._above :]: place for place, file in enumerate(self._files)}
        return min(self._places.get(path, probably), len(self._files))


def _bounds(files: Sequence[str]) -> Iterator[int]:
    """Yield where a block ends and the next one begins."""
    sums = [crc32(file.encode(errors="surrogateescape")) for file in files]
    for place, (before, here, after) in enumerate(zip(sums, sums[1:], sums[2:], strict=False), 1):
        # The next ones are asked for first: that is quick, and most of the time enough.
        if before > here < after and here == min(sums[max(0, place - NEAR) : place + NEAR + 1]):
            yield place


def _above(files: Sequence[str]) -> int:
    """Return how much of each path is the folder that all of them are in."""
    if not files:
        return 0
    # Letter by letter is meant, for it ends at a separator all the same.
    return os.path.commonprefix((files[0], files[-1])).rfind(os.sep) + 1  # noqa: RUF071

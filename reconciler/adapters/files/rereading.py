"""The same files looked at again and again in, the fleet they declare out; only what changed is read and parsed anew.

Two questions, and the second is only asked where the first says no:

1. Is the file as it was? Its stamp (both times, size, inode, device) answers that without opening it. But a file may
   change twice within one tick of its clock and keep its stamp. So a stamp counts only if, at the moment of reading,
   it was older than ``MARGIN``: any change after that reading gives another one. (git calls the others "racy".) And
   none counts for longer than ``BELIEVED``, whatever disks and clocks may do: then the bytes are looked at again.
2. Do its bytes say something else? Their hash answers that; only then is it parsed.

What only all files together show (a name, a tenant, a subscription claimed twice) is looked for each time that
anything is new.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from reconciler.adapters.files.reading import BELIEVED, MARGIN, Stamp, contents_of, stamp_of, text_of
from reconciler.adapters.files.walking import find_files
from reconciler.desired import FileRead, Fleet, TenantReader, decode, gathered
from reconciler.errors import Problem


@dataclass(frozen=True, slots=True)
class Reading:
    """A fleet as it was read. ``fingerprint`` covers names and bytes of all files: if it is equal, so is the fleet."""

    fleet: Fleet
    fingerprint: str


class Pages:
    """What each file said by itself when it was last read, by its name and a word for its contents.

    The word is any that is equal only for equal bytes: a hash, or the id of a blob.
    """

    def __init__(self, reader: TenantReader) -> None:
        self._reader = reader
        self._reads: dict[str, tuple[str, FileRead]] = {}

    def hold(self, file: str, word: str) -> bool:
        """Say whether a file with these contents was read before, under this name."""
        found = self._reads.get(file)
        return found is not None and found[0] == word

    def put(self, file: str, word: str, data: bytes) -> None:
        """Read the bytes of a file, unless they are known."""
        if self.hold(file, word):
            return
        text = decode(data, file)
        read = FileRead((), (text,)) if isinstance(text, Problem) else self._reader.read(file, text)
        self._reads[file] = (word, read)

    def gathered(
        self,
        files: Sequence[str],
        problems: Sequence[Problem],
        texts: Callable[[frozenset[str]], Mapping[str, str]],
    ) -> Reading:
        """Put the fleet together from ``files``, and forget all others. ``problems`` are those of files not put.

        ``texts`` gives the texts of files that clash with each other, if any do.
        """
        self._reads = {file: self._reads[file] for file in files if file in self._reads}
        fleet = gathered((read for _, read in self._reads.values()), texts)
        in_order = tuple(sorted((*problems, *fleet.problems), key=lambda p: (p.place, p.code)))
        whole = Fleet(fleet.declarations, in_order, len(files), fleet.unsound)
        return Reading(whole, self._fingerprint(problems))

    def _fingerprint(self, problems: Iterable[Problem]) -> str:
        hashed = sha256()
        for file in sorted(self._reads):
            hashed.update(b"%b\0%b\0" % (os.fsencode(file), self._reads[file][0].encode()))
        for line in sorted(f"{p.place} {p.code} {p.message}" for p in problems):
            hashed.update(b"\0%b\0" % line.encode(errors="surrogateescape"))
        return hashed.hexdigest()


@dataclass(frozen=True, slots=True)
class _Known:
    """A file as it was read at ``at``. ``settled``: no later change can have left it this stamp."""

    stamp: Stamp
    settled: bool
    at: int
    word: str


class Rereading:
    """Paths that are read again and again, as ``load_tenants`` would read them each time."""

    def __init__(
        self, paths: Iterable[Path | str], reader: TenantReader, *, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self._paths = tuple(paths)
        self._pages = Pages(reader)
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._last: tuple[tuple[str, ...], tuple[Problem, ...], Reading] | None = None

    def read(self) -> Reading:
        """Return what the paths declare now; never raises for what is there or is not."""
        found = find_files(self._paths)
        problems, news = self._look_at(found.files)
        all_problems = (*found.problems, *problems)
        if self._last is not None and not news and self._last[:2] == (found.files, all_problems):
            return self._last[2]
        reading = self._pages.gathered(found.files, all_problems, _texts)
        self._known = {file: self._known[file] for file in found.files if file in self._known}
        self._last = (found.files, all_problems, reading)
        return reading

    def _look_at(self, files: Iterable[str]) -> tuple[list[Problem], bool]:
        """Bring what is known of ``files`` up to date; return what could not be read, and whether there is news."""
        problems, news, now = list[Problem](), False, self._clock()
        known, stat = self._known, os.stat
        for file in files:
            last = known.get(file)
            try:
                if (
                    last is not None
                    and last.settled
                    and stamp_of(stat(file)) == last.stamp
                    and 0 <= now - last.at < BELIEVED
                ):
                    continue
            except (OSError, ValueError):
                # Reading it will say why.
                pass
            read = self._read(file)
            if isinstance(read, Problem):
                problems.append(read)
                known.pop(file, None)
            else:
                news = news or last is None or last.word != read.word
                known[file] = read
        return problems, news

    def _read(self, file: str) -> _Known | Problem:
        # Asked before the reading: what changes during it must look young.
        at = self._clock()
        found = contents_of(file)
        if isinstance(found, Problem):
            return found
        word = sha256(found.data).hexdigest()
        self._pages.put(file, word, found.data)
        return _Known(found.stamp, max(found.stamp[:2]) + MARGIN < at, at, word)


def _texts(files: frozenset[str]) -> Mapping[str, str]:
    found = ((file, text_of(file)) for file in files)
    return {file: text for file, text in found if isinstance(text, str)}

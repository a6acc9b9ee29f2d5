"""What blocks of files came to in, kept in one file of a folder, and out again while the same files say the same.

What a block comes to hangs on nothing but the names and bytes of its files, and what is in the ``key``: rules,
catalogue, limits, and the program itself. So an answer that was kept for the same bytes is the answer. A line a block:

    hash TAB its files' names TAB their stamps TAB believed since TAB their bytes TAB answer (text of one line)

Names, stamps and bytes are hashes over all files of the block. Its stamps stand in for the bytes as long as
``rereading`` would let them; after that, and where a checkout has given every file a new stamp, the bytes are read and
hashed. The hash of a line is bound to the key, so the lines of another program or fleet are none here; a line whose own
hash is wrong is not there, nor is a file that is not the owner's alone. What was not asked for in a run is dropped.
Nothing that decides on a write asks here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b, sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Generic, NamedTuple, Protocol, TypeVar

from reconciler.adapters.files.owned import opened, put
from reconciler.adapters.files.reading import (
    BELIEVED,
    MARGIN,
    Contents,
    Stamp,
    contents_of,
    stamp_of,
    text_of,
)
from reconciler.desired import decode
from reconciler.errors import Problem

MOST_FILES = 8
_ENDING = ".answers"
_UNSETTLED = "-"
# Where the names stand in a line, behind its own hash.
_NAMES = slice(33, 65)
_Span = tuple[int, int]

T = TypeVar("T")
# Reads a file, or says what is wrong with it.
TextOf = Callable[[str], str | Problem]


class Form(NamedTuple, Generic[T]):
    """How an answer is written in one line of text, and read back; None where it can not be."""

    write: Callable[[T], str | None]
    read: Callable[[str], T | None]


class Answering(Protocol[T]):
    """Where an answer comes from."""

    def of(self, names: Sequence[str], fresh: Callable[[TextOf], T]) -> T:
        """Return what these files come to, which is what ``fresh`` makes of them as it reads all of them."""
        ...

    def save(self) -> None:
        """Keep what is to be kept. Raises OSError."""
        ...


class Fresh(Generic[T]):
    """Every answer is made anew."""

    def of(self, names: Sequence[str], fresh: Callable[[TextOf], T]) -> T:
        """Return what the files come to now."""
        return fresh(text_of)

    def save(self) -> None:
        """Keep nothing."""


@contextmanager
def answers_in(folder: Path, key: str, form: Form[T]) -> Iterator[Answering[T]]:
    """Open the answers that are kept in a folder for one ``key``."""
    sealed_with = sha256(key.encode()).digest()
    file = folder / (sealed_with.hex()[:32] + _ENDING)
    there = opened(file)
    with there or BytesIO() as lines:
        yield _Answers(file, lines, sealed_with, form)


class _Line(NamedTuple):
    """What a line says, but for the names. ``since``: when its stamps were first believed."""

    stamps: str
    since: int
    bytes: str
    answer: str


class _Answers(Generic[T]):
    """The answers of one file: those that hold still are given, all others are made, and kept."""

    def __init__(self, file: Path, lines: BinaryIO, key: bytes, form: Form[T]) -> None:
        self._file, self._lines, self._key, self._form = file, lines, key, form
        self._spans = _spans_of(lines)
        # What is to stand in the file after this run: lines that do already only by where they are.
        self._kept: list[_Span | bytes] = []

    def of(self, names: Sequence[str], fresh: Callable[[TextOf], T]) -> T:
        """Return what these files come to."""
        named = _hash("\0".join(names).encode(errors="surrogateescape"))
        span = self._spans.get(named.encode())
        line = None if span is None else self._line(span)
        known = None if line is None else self._form.read(line.answer)
        if span is not None and line is not None and known is not None:
            holds = self._holding(span, line, named, names)
            if holds is not None:
                self._kept.append(holds)
                return known
        reading = _Reading(names, _now())
        made = fresh(reading.text_of)
        answer = self._form.write(made)
        if answer is not None and reading.is_whole:
            self._kept.append(self._written(named, reading, answer))
        return made

    def save(self) -> None:
        """Write what is kept, whole or not at all, if it is not what is there. Raises OSError."""
        if self._kept == list(self._spans.values()):
            return
        parts = (each if isinstance(each, bytes) else _part_of(self._lines, each) for each in self._kept)
        put(self._file, parts, _ENDING, MOST_FILES)

    def _holding(self, span: _Span, line: _Line, named: str, names: Sequence[str]) -> _Span | bytes | None:
        """Return the line to keep if the files are as it says: that line, or one with their new stamps."""
        now = _now()
        is_believed = line.stamps != _UNSETTLED and 0 <= now - line.since < BELIEVED
        if is_believed and _stamps_of(names) == line.stamps:
            return span
        reading = _Reading(names, now)
        for file in names:
            reading.look(file)
        if not reading.is_whole or reading.bytes != line.bytes:
            return None
        return self._written(named, reading, line.answer)

    def _line(self, span: _Span) -> _Line | None:
        """Return what a line says, if it is as it was written, for this key."""
        sealed, _, body = _part_of(self._lines, span).removesuffix(b"\n").partition(b"\t")
        if sealed != self._seal(body):
            return None
        _, stamps, since, bytes_, answer = body.decode().split("\t")
        return _Line(stamps, int(since), bytes_, answer)

    def _written(self, named: str, reading: _Reading, answer: str) -> bytes:
        body = "\t".join((named, reading.stamps, str(reading.at), reading.bytes, answer)).encode()
        return b"%b\t%b\n" % (self._seal(body), body)

    def _seal(self, body: bytes) -> bytes:
        return blake2b(body, digest_size=16, key=self._key).hexdigest().encode()


class _Reading:
    """The files of a block as they are read, from ``at`` on. What is kept is of the very bytes that were judged."""

    def __init__(self, names: Sequence[str], at: int) -> None:
        self._names, self.at = names, at
        self._looks: dict[str, tuple[Stamp, bytes]] = {}

    def text_of(self, file: str) -> str | Problem:
        """Read a file."""
        found = self.look(file)
        return found if isinstance(found, Problem) else decode(found.data, file)

    def look(self, file: str) -> Contents | Problem:
        """Read the bytes of a file."""
        found = contents_of(file)
        if isinstance(found, Contents):
            self._looks[file] = (found.stamp, sha256(found.data).digest())
        return found

    @property
    def is_whole(self) -> bool:
        """Whether each of the files was read."""
        return len(self._looks) == len(self._names)

    @property
    def stamps(self) -> str:
        """The hash of their stamps, if those are worth anything."""
        stamps = [self._looks[file][0] for file in self._names]
        newest = max(max(stamp[:2]) for stamp in stamps)
        return _hash_of(stamps) if newest + MARGIN < self.at else _UNSETTLED

    @property
    def bytes(self) -> str:
        """The hash of their bytes."""
        return sha256(b"".join(self._looks[file][1] for file in self._names)).hexdigest()


def _stamps_of(names: Sequence[str]) -> str:
    try:
        return _hash_of(map(stamp_of, map(os.stat, names)))
    except (OSError, ValueError):
        # Reading it will say why it can not be looked at.
        return _UNSETTLED


def _hash_of(stamps: Iterable[Stamp]) -> str:
    # Unlike that of words, the hash of whole numbers is the same in every process.
    return f"{hash(tuple(stamps)):x}"


def _hash(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _now() -> int:
    return time.time_ns()


def _spans_of(lines: BinaryIO) -> dict[bytes, _Span]:
    """Return where each line stands, by the names of its files."""
    spans, start = dict[bytes, _Span](), 0
    with suppress(OSError):
        for line in lines:
            spans[line[_NAMES]] = (start, start + len(line))
            start += len(line)
    return spans


def _part_of(lines: BinaryIO, span: _Span) -> bytes:
    start, stop = span
    try:
        lines.seek(start)
        return lines.read(stop - start)
    except OSError:
        return b""

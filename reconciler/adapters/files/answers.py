"""What pairs of files came to in, kept in one file of a folder, and out again while the same files say the same.

What a tenant file and a recorded state come to hangs on nothing but their bytes, their names, and what is in the
``key``: rules, catalogue, limits, and the program itself. So an answer that was kept for the same bytes is the answer.

    hash TAB tenant file TAB its stamp TAB its hash TAB live file TAB its stamp TAB its hash TAB when TAB answer (JSON)

A stamp stands in for the bytes as long as ``rereading`` would let it; after that, and where a checkout has given every
file a new stamp, the bytes are read and hashed. A line whose own hash is wrong is not there, nor is a file that is not
the owner's alone. What was not asked for in a run is dropped. Nothing that decides on a write asks here.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import blake2b, sha256
from pathlib import Path
from typing import NamedTuple

from reconciler.adapters.files.reading import Stamp, contents_of, stamp_of
from reconciler.adapters.files.rereading import BELIEVED, MARGIN
from reconciler.errors import Problem
from reconciler.meeting import Pair
from reconciler.report.kept_pair import pair_from_text, pair_text

MOST_FILES = 8
_ENDING = ".answers"
_UNSETTLED = "-"
_FIELDS = 8


class Look(NamedTuple):
    """A file as it was read: its stamp, if that is worth anything, and the hash of its bytes.

    ``data`` is None where its stamp said that the bytes are known.
    """

    stamp: str
    word: str
    data: bytes | None


class Asked(NamedTuple):
    """Two files as they are, and the ``pair`` that was kept of them; None: there is none, and both were read.

    ``at``: since when both stamps have been believed.
    """

    tenant: Look
    live: Look
    at: int
    pair: Pair | None = None


class _Line(NamedTuple):
    """One line of the file, as it is written there and what it says."""

    raw: bytes
    tenant_stamp: str
    tenant_word: str
    live_file: str
    live_stamp: str
    live_word: str
    at: int
    answer: str
    pair: Pair


class Answers:
    """The answers in a folder for one ``key``: asked for file by file in the order of the last run, and kept anew."""

    def __init__(self, folder: Path, key: str, *, clock: Callable[[], int] = time.time_ns) -> None:
        self._file = folder / (sha256(key.encode()).hexdigest()[:32] + _ENDING)
        self._clock = clock
        self._lines = _lines_of(self._file)
        # Lines of files that were not asked for yet.
        self._aside: dict[bytes, bytes] = {}
        self._kept: list[bytes] = []
        self._news = False

    def ask(self, tenant_file: str, live_file: str) -> Asked | Problem:
        """Look at two files, and return what was kept for them as they are."""
        line, now = self._line(tenant_file), self._clock()
        known = None if line is None or line.live_file != live_file else self._known(tenant_file, line, now)
        if known is not None:
            return known
        # Both are read again, even where one was known: what is kept for them must be of the bytes that were judged.
        tenant, live = _look_at(tenant_file, _UNSETTLED, "", now), _look_at(live_file, _UNSETTLED, "", now)
        if isinstance(tenant, Problem):
            return tenant
        return live if isinstance(live, Problem) else Asked(tenant, live, now)

    def keep(self, tenant_file: str, live_file: str, asked: Asked, pair: Pair) -> None:
        """Keep what the two files came to, as they were when they were asked for."""
        answer = pair_text(pair)
        if answer is not None:
            self._keep(tenant_file, live_file, asked, answer)

    def _known(self, tenant_file: str, line: _Line, now: int) -> Asked | None:
        """Return what a line says, if both files are as they were."""
        believed = 0 <= now - line.at < BELIEVED
        tenant = _look_at(tenant_file, line.tenant_stamp if believed else _UNSETTLED, line.tenant_word, now)
        live = _look_at(line.live_file, line.live_stamp if believed else _UNSETTLED, line.live_word, now)
        if isinstance(tenant, Problem) or isinstance(live, Problem):
            return None
        if (tenant.word, live.word) != (line.tenant_word, line.live_word):
            return None
        if tenant.data is None and live.data is None:
            self._kept.append(line.raw)
        else:
            # As long as one of the stamps is believed, it is so since it was first.
            at = line.at if tenant.data is None or live.data is None else now
            self._keep(tenant_file, line.live_file, Asked(tenant, live, at), line.answer)
        return Asked(tenant, live, now, line.pair)

    def _keep(self, tenant_file: str, live_file: str, asked: Asked, answer: str) -> None:
        tenant, live = asked.tenant, asked.live
        fields = (
            tenant_file,
            tenant.stamp,
            tenant.word,
            live_file,
            live.stamp,
            live.word,
            str(asked.at),
            answer,
        )
        body = "\t".join(fields)
        if body.count("\t") == _FIELDS - 1 and "\n" not in body:
            raw = body.encode(errors="surrogateescape")
            self._kept.append(b"%b\t%b\n" % (_hash(raw), raw))
            self._news = True

    def close(self) -> None:
        """Write what is kept, whole or not at all, if it is not what was there. Raises OSError."""
        left_over = bool(self._aside) or next(self._lines, None) is not None
        if not (self._news or left_over):
            return
        folder = self._file.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f".{self._file.name}.{os.getpid()}.draft"
        try:
            descriptor = os.open(
                draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
            with open(descriptor, "wb") as file:
                file.writelines(self._kept)
            draft.replace(self._file)
        finally:
            draft.unlink(missing_ok=True)
        _drop_the_oldest(folder)

    def _line(self, tenant_file: str) -> _Line | None:
        """Return the line of a tenant file, if it is there and whole."""
        wanted = os.fsencode(tenant_file)
        raw = self._aside.pop(wanted, None)
        while raw is None:
            following = next(self._lines, None)
            if following is None:
                return None
            _, _, rest = following.partition(b"\t")
            name, _, _ = rest.partition(b"\t")
            if name == wanted:
                raw = following
            else:
                self._aside[name] = following
        return _read(raw)


def _read(raw: bytes) -> _Line | None:
    """Return what a line says; None if it is not as it was written, or can not be read."""
    hashed, _, body = raw.removesuffix(b"\n").partition(b"\t")
    if hashed != _hash(body):
        return None
    fields = body.decode(errors="surrogateescape").split("\t")
    if len(fields) != _FIELDS or not fields[6].isdecimal():
        return None
    _, tenant_stamp, tenant_word, live_file, live_stamp, live_word, at, answer = fields
    pair = pair_from_text(answer)
    if pair is None:
        return None
    return _Line(raw, tenant_stamp, tenant_word, live_file, live_stamp, live_word, int(at), answer, pair)


def _look_at(file: str, stamp: str, word: str, now: int) -> Look | Problem:
    """Look at a file whose bytes had the hash ``word`` when it had that stamp."""
    if stamp != _UNSETTLED:
        try:
            there = _spelt(stamp_of(os.stat(file)))
        except (OSError, ValueError):
            # Reading it will say why it can not be looked at.
            there = ""
        if there == stamp:
            return Look(stamp, word, None)
    found = contents_of(file)
    if isinstance(found, Problem):
        return found
    is_settled = max(found.stamp[:2]) + MARGIN < now
    return Look(_spelt(found.stamp) if is_settled else _UNSETTLED, sha256(found.data).hexdigest(), found.data)


def _spelt(stamp: Stamp) -> str:
    modified, changed, size, inode, device = stamp
    return f"{modified}.{changed}.{size}.{inode}.{device}"


def _hash(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).hexdigest().encode()


def _lines_of(file: Path) -> Iterator[bytes]:
    """Yield the lines of a file that is the owner's alone; of any other, and where it can not be read, none."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    with open(descriptor, "rb") as lines, suppress(OSError):
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077:
            yield from lines


def _drop_the_oldest(folder: Path) -> None:
    found = sorted(folder.glob("*" + _ENDING), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    for file in found[MOST_FILES:]:
        file.unlink(missing_ok=True)

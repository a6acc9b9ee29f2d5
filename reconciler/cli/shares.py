"""Work that falls into shares in, what each came to out, done by as many processes at once.

A process is forked for each share but the first, so that it begins with all that is loaded here; it sends back what its
share came to, and ends. Small results pay for that, whole documents would not. A process that ends without an answer
is no misfortune: its share is done here, and if something is wrong with it, that shows here as it always does.
"""

from __future__ import annotations

import copyreg
import os
import pickle
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from types import MappingProxyType
from typing import Any, TypeVar

T = TypeVar("T")
# From so many tenants on a second process saves more than it costs.
WORTH_IT = 2000
MOST = 4


def jobs_for(tenants: int, wished: int | None) -> int:
    """Return how many processes to take: as many as ``wished``, else as there are cores, if the work is worth it."""
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return 1
    if wished is not None:
        return min(wished, max(1, tenants))
    return min(_cores(), MOST) if tenants >= WORTH_IT else 1


def in_shares(work: Callable[[int], T], count: int) -> Generator[T]:
    """Yield what ``work`` comes to for each share, in order, all but the first done elsewhere meanwhile."""
    # Only our own children write to these pipes.
    copyreg.pickle(MappingProxyType, _mapping_told)
    children = [_started(work, number) for number in range(1, count)]
    try:
        yield work(0)
        for number, (_, pipe) in enumerate(children, 1):
            told = _told(pipe)
            yield work(number) if told is None else pickle.loads(told)  # noqa: S301 - our own child's
    finally:
        for pid, pipe in children:
            with suppress(OSError):
                os.close(pipe)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _started(work: Callable[[int], object], number: int) -> tuple[int, int]:
    """Fork a process for one share; return its id, and the pipe on which it answers."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    code = 1
    try:
        os.close(reading)
        with open(writing, "wb") as pipe:
            pipe.write(pickle.dumps(work(number), pickle.HIGHEST_PROTOCOL))
            pipe.write(b"\n")
        code = 0
    finally:
        # Nothing of the parent's is cleaned up or printed twice, whatever happened here.
        os._exit(code)


def _told(pipe: int) -> bytes | None:
    """Return all that a child answers; None if it ended before it was through."""
    with open(pipe, "rb", closefd=False) as answer:
        told = answer.read()
    return told[:-1] if told.endswith(b".\n") else None


def _mapping_told(
    mapping: MappingProxyType[Any, Any],
) -> tuple[Callable[..., MappingProxyType[Any, Any]], tuple[Any]]:
    return _mapping_of, (dict(mapping),)


def _mapping_of(members: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(members)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

"""The id of a process in, what it and those it started have used out: processor seconds, and the peak of its memory.

Linux tells it in /proc; elsewhere nobody does, and the answer is None.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Stat:
    """A line of /proc/PID/stat: who started it, its processor seconds, and those of its children that have ended."""

    parent: int
    own: float
    ended: float


def stat_of(text: str, ticks: int) -> Stat:
    """Read such a line. The name in it is the process's own choice, with spaces and brackets if it likes."""
    after = text.rpartition(")")[2].split()
    user, system, children_user, children_system = (int(after[place]) for place in range(11, 15))
    return Stat(int(after[1]), (user + system) / ticks, (children_user + children_system) / ticks)


def peak_of(text: str) -> float | None:
    """Read the peak of resident memory in MiB from /proc/PID/status."""
    for line in text.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return None


def cpu_seconds(pid: int) -> float | None:
    """Return what a process, all below it, and those of its children that have ended used so far."""
    stats = _all()
    if pid not in stats:
        return None
    return sum(stats[each].own for each in _below(pid, stats)) + stats[pid].ended


def peak_mib(pid: int) -> float | None:
    """Return the most memory that a process had so far; of those it started, nothing."""
    try:
        return peak_of((PROC / str(pid) / "status").read_text(encoding="utf-8"))
    except OSError:
        return None


def _all() -> dict[int, Stat]:
    ticks, found = os.sysconf("SC_CLK_TCK"), {}
    for place in PROC.glob("[0-9]*"):
        # It may have ended since it was listed.
        try:
            text = (place / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found[int(place.name)] = stat_of(text, ticks)
    return found


def _below(pid: int, stats: dict[int, Stat]) -> Iterator[int]:
    yield pid
    for each, stat in stats.items():
        if stat.parent == pid:
            yield from _below(each, stats)

"""A fleet in, what is agreed on of its jobs out: their lane, their name, the tenants in one."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from procrastinate.jobs import Status

TASK = "passes"
# How often a worker says that it lives, and after how much silence it is taken for dead.
HEARTBEAT, STALE = 10.0, 30.0
# The engine's own words for a job that waits, and for one that somebody has; each stands here alone.
WAITS, HELD = Status.TODO.value, Status.DOING.value


def lane_of(fleet: str, *, writes: bool) -> str:
    """Return the queue that offers of a fleet go by: who only reports never takes what is to be written for."""
    return f"{'write' if writes else 'report'}-{sha256(fleet.encode()).hexdigest()[:16]}"


def names_of(arguments: dict[str, Any]) -> tuple[str, ...]:
    """The names in a job; whoever may write the table could have put anything there."""
    names = arguments.get("names")
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()

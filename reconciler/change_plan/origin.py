"""Where the declarations of a change plan came from, as a value: told with it, covered by no digest."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.changed import MovedFile
from reconciler.policy import NotCounted
from reconciler.roster import Renamed


@dataclass(frozen=True, slots=True)
class Source:
    """Where the declarations came from. ``partial``: only some of the fleet's tenants were asked for.

    ``what_if``: what was supposed instead of what the files say, as it was typed; then nothing may be applied.
    ``since`` is set where only the tenants that changed since a ref were asked for (then it is partial too), ``policy``
    where configuration and catalogue were read at a ref. No digest covers any of it.
    """

    paths: tuple[str, ...]
    commit: str | None = None
    partial: bool = False
    what_if: tuple[str, ...] = ()
    since: Since | None = None
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since ``ref``, as it was typed; ``commit`` is what the branch and it have in common.

    ``unread``: files there that could not be read, each with why; every tenant of theirs counts as changed. What is
    ``gone``, ``renamed`` or ``moved`` to another file changes nothing live.
    """

    ref: str
    commit: str
    changed: int
    unchanged: int
    gone: tuple[str, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    moved: tuple[MovedFile, ...] = ()
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be read at a ref, and why: its first problem there."""

    file: str
    why: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The ref whose configuration and catalogue hold, and what of the tenant files does not count beside them."""

    ref: str
    commit: str
    not_counted: tuple[NotCounted, ...] = ()

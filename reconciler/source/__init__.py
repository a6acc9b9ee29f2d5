"""What was declared so far and what the source says now in; the declarations that hold, and what holds writing, out.

The terms. A *snapshot* is the fleet as it was read at one moment; it is *whole* if no file of it has a problem. A
declaration that was sound once is the *last good* one of its tenant until a newer one takes its place.

A snapshot that is not whole shows less than there is, so nothing follows from what is missing in it: a tenant that is
not there is *kept*, on its last good declaration, and held. Who declares it now, or what it might clash with, can not
be told until the files are mended; so a new declaration that claims anything of a kept tenant (its name, its domain
or id, a subscription) is held too. From a whole snapshot everything follows: what is not there is gone.

An empty fleet, or one that lost too many tenants, is most likely a mistake, and then nothing of it is taken. For its
size, whoever is declared in a file that is broken counts: one bad file must not stop the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from reconciler.desired import Fleet
from reconciler.errors import Problem
from reconciler.limits import Limits
from reconciler.messages import say
from reconciler.model import Declaration, Place
from reconciler.source.parting import Wrong, gone, parted, reasons, size_of

_NOWHERE = Place("", 0, 0)


class SourceState(StrEnum):
    """How a source stands, the gravest first."""

    STOPPED = "stopped"
    BEHIND = "behind"
    PARTIAL = "partial"
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The fleet as read at one moment.

    ``commit`` is the full id, with ``+`` behind it for a folder whose files differ from it; None outside git.
    ``fingerprint`` covers names and bytes of all files: while it and the commit are the same, there is nothing new.
    ``notice`` is a sentence about how the snapshot came to be that people should read; it holds nothing.
    """

    fleet: Fleet
    commit: str | None
    fingerprint: str
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no new snapshot: a word for machines, a sentence for people, and which commit was not taken.

    ``stops``: what was read before no longer counts either, and nothing may be written.
    """

    reason_code: str
    message: str
    commit: str | None = None
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What the loop works with now.

    ``declarations`` are the good ones and, of tenants that are held, the last good ones, in order of name. ``held``
    says by tenant why nothing may be written for it; it also names tenants of which nothing good is known. ``commit``
    is the one the good ones are of. ``stopped``: why nothing at all may be written. ``trouble``: what was not taken,
    and why. ``gone`` were declared until this snapshot, and are told once. ``size``: how many tenants the fleet has
    to be compared with; to be noted for the next start only where ``whole``.
    """

    declarations: tuple[Declaration, ...] = ()
    held: Mapping[str, str] = field(default_factory=dict)
    commit: str | None = None
    problems: tuple[Problem, ...] = ()
    stopped: str | None = None
    trouble: Trouble | None = None
    gone: tuple[Declaration, ...] = ()
    size: int | None = None
    notice: str | None = None

    @property
    def refused(self) -> str | None:
        """Why something newer was not taken; None if nothing was refused."""
        return self.trouble.message if self.trouble else None

    @property
    def whole(self) -> bool:
        """Say whether all of this is a snapshot without a problem, taken as it was."""
        return not self.problems and self.stopped is None and self.trouble is None

    @property
    def state(self) -> SourceState:
        """How the source stands, in one word."""
        if self.stopped is not None:
            return SourceState.STOPPED
        if self.trouble is not None:
            return SourceState.BEHIND
        return SourceState.PARTIAL if self.problems else SourceState.CURRENT

    def why_not(self, tenant: str) -> str | None:
        """Return why nothing may be written for a tenant as far as the source is concerned; None if it may."""
        return self.stopped or self.held.get(tenant)


def taken(
    before: Held | None,
    now: Snapshot,
    limits: Limits,
    last_size: int | None,
    *,
    accept_size: int | None = None,
) -> Held:
    """Decide what holds once ``now`` was read.

    ``last_size`` is how many tenants the last whole snapshot had that was taken, by the store: what a fleet is compared
    with after a start. ``accept_size`` is the size that an operator says is right.
    """
    fleet, wrong = now.fleet, Wrong(now.fleet)
    last = before.declarations if before else ()
    found = parted(last, fleet, wrong)
    known = last_size if before is None or before.size is None else before.size
    size = size_of(fleet, found)
    held = reasons(fleet, found, wrong)
    stopped = _stopped(fleet, size, known, limits, accept_size)
    if stopped is not None:
        standing = before or Held(_by_name(fleet.declarations), commit=now.commit, size=known)
        return replace(
            standing, held=held, problems=fleet.problems, stopped=stopped, trouble=None, gone=(), notice=None
        )
    whole = not fleet.problems
    return Held(
        _by_name((*found.fresh, *found.kept)),
        held,
        now.commit,
        fleet.problems,
        gone=gone(last, fleet) if whole else (),
        size=size if whole or known is None else known,
        notice=now.notice,
    )


def not_taken(before: Held | None, trouble: Trouble) -> Held:
    """Say what holds where there is no new snapshot: what held before, unless the trouble stops that too."""
    if before is None:
        return Held(stopped=say("source.stopped.unread", why=trouble.message), trouble=trouble)
    stopped = trouble.message if trouble.stops else before.stopped
    return replace(before, stopped=stopped, trouble=trouble, gone=(), notice=None)


def changed(before: Held | None, after: Held) -> frozenset[str]:
    """Return the tenants of ``after`` for which something is new, so that their turn is now.

    A new or another declaration, held or released since; and, where a stop of all was lifted, everybody. Where in a
    file something stands is not news.
    """
    names = frozenset(d.name for d in after.declarations)
    if before is None or (before.stopped is not None and after.stopped is None):
        return names
    was = {d.name: d for d in before.declarations}
    differing = {d.name for d in after.declarations if d.name not in was or not _same(was[d.name], d)}
    return frozenset(differing | ((before.held.keys() ^ after.held.keys()) & names))


def _stopped(fleet: Fleet, size: int, known: int | None, limits: Limits, accepted: int | None) -> str | None:
    """Say why nothing of a fleet is taken; None if it is."""
    if not fleet.declarations:
        key = "source.stopped.broken" if fleet.problems else "source.stopped.none"
        return say(key, count=len(fleet.problems))
    if known is None or accepted == size or not limits.shrank_too_much(known, size):
        return None
    return say("source.stopped.shrunk", before=known, now=size, most=limits.fleet_shrink_percent)


def _by_name(declarations: Iterable[Declaration]) -> tuple[Declaration, ...]:
    return tuple(sorted(declarations, key=lambda d: d.name))


def _same(one: Declaration, other: Declaration) -> bool:
    return one is other or one == other or _unplaced(one) == _unplaced(other)


def _unplaced(declaration: Declaration) -> Declaration:
    subscriptions = tuple(replace(s, place=_NOWHERE) for s in declaration.subscriptions)
    return replace(declaration, place=_NOWHERE, subscriptions=subscriptions)

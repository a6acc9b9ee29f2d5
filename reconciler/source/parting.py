"""The last good declarations and a fleet as it was read in; whose are taken, whose are kept, and why, out.

Nothing is decided here about the fleet as a whole. Of a fleet without problems all is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.changed import paired
from reconciler.desired import Fleet, Unsound
from reconciler.errors import Problem
from reconciler.memory import folded
from reconciler.messages import say
from reconciler.model import Declaration, Place

# Problems of a path where there is no file that could declare anybody.
_NOTHING_THERE = frozenset({"no-files", "no-such-path"})


@dataclass(frozen=True, slots=True)
class Parted:
    """``fresh`` is taken, ``kept`` stands on its last good declaration.

    ``broken`` are the names of those kept whose own file is broken; ``contested`` says of tenants that would be fresh
    which kept one claims the same.
    """

    fresh: tuple[Declaration, ...]
    kept: tuple[Declaration, ...] = ()
    broken: frozenset[str] = frozenset()
    contested: Mapping[str, str] = field(default_factory=dict)


class Wrong:
    """What is wrong with a fleet, to be asked by file and by tenant."""

    def __init__(self, fleet: Fleet) -> None:
        self.files: dict[str, list[Problem]] = {}
        for problem in fleet.problems:
            # A folder a person named may be written with a slash behind it.
            self.files.setdefault(problem.place.file.rstrip("/"), []).append(problem)
        self._names = {u.name: u for u in reversed(fleet.unsound) if u.name}
        self._tenants = {u.tenant: u for u in reversed(fleet.unsound) if u.tenant}

    def about(self, last: Declaration) -> Unsound | None:
        """Return the broken document that is about a tenant, if any can be made out."""
        return self._names.get(last.name.casefold()) or self._tenants.get(folded(last.tenant))

    def concerns(self, file: str) -> bool:
        """Say whether a file, or a folder it is in, is broken."""
        return any(place in self.files for place in _upwards(file))

    def nearest(self, place: Place) -> Problem | None:
        """Return the problem nearest to a place: in its file, else with a folder above it."""
        file = next((each for each in _upwards(place.file) if each in self.files), None)
        if file is None:
            return None
        return min(self.files[file], key=lambda p: (abs(p.place.line - place.line), p.place))


def parted(before: Sequence[Declaration], fleet: Fleet, wrong: Wrong) -> Parted:
    """Tell the tenants that are kept from those that are taken."""
    if not fleet.problems:
        return Parted(fleet.declarations)
    pairs = paired(before, fleet.declarations)
    successor = {p.before.name: p.now for p in pairs if p.before}
    predecessor = {p.now.name: p.before for p in pairs if p.before}
    kept = {d.name: d for d in before if not _succeeded(d, successor.get(d.name), wrong)}
    broken = frozenset(d.name for d in kept.values() if wrong.concerns(d.place.file) or wrong.about(d))
    fresh, contested = {d.name: d for d in fleet.declarations}, dict[str, str]()
    while claiming := _claiming(kept.values(), fresh.values()):
        for name, other in claiming.items():
            del fresh[name]
            contested[name] = other
            # What stood before stands on, and may in turn be claimed by another one.
            last = predecessor.get(name)
            if last is not None:
                kept.setdefault(last.name, last)
    return Parted(tuple(fresh.values()), tuple(kept.values()), broken, contested)


def gone(before: Sequence[Declaration], fleet: Fleet) -> tuple[Declaration, ...]:
    """Return those that a fleet without problems does not declare any more, under any name."""
    met = {pair.before.name for pair in paired(before, fleet.declarations) if pair.before}
    return tuple(d for d in before if d.name not in met)


def size_of(fleet: Fleet, found: Parted) -> int:
    """Return how many tenants are declared, soundly or not; of a file in which none can be made out, one."""
    names = {d.name.casefold() for d in fleet.declarations}
    names |= {u.name or str(u.place) for u in fleet.unsound}
    names |= {name.casefold() for name in found.broken}
    seen = {d.place.file for d in (*fleet.declarations, *found.kept)} | {u.place.file for u in fleet.unsound}
    there = {p.place.file for p in fleet.problems if p.code not in _NOTHING_THERE}
    return len(names) + len(there - seen)


def reasons(fleet: Fleet, found: Parted, wrong: Wrong) -> Mapping[str, str]:
    """Say of each tenant that is held why, in order of name."""
    known = {d.name.casefold() for d in found.kept}
    told = {
        u.name: _broken("source.held.unknown", u.name, u.place, wrong)
        for u in fleet.unsound
        if u.name and u.name not in known
    }
    for last in found.kept:
        about = wrong.about(last)
        told[last.name] = (
            _broken("source.held.broken", last.name, about.place if about else last.place, wrong)
            if last.name in found.broken
            else say("source.held.missing", tenant=last.name, file=last.place.file)
        )
    for name, other in found.contested.items():
        told[name] = say("source.held.contested", tenant=name, other=other)
    return dict(sorted(told.items()))


def _succeeded(last: Declaration, now: Declaration | None, wrong: Wrong) -> bool:
    """Say whether ``now`` takes the place of a last good declaration.

    Not from another file, while the one that declared the tenant is broken: it may still declare it.
    """
    return now is not None and (now.place.file == last.place.file or not wrong.concerns(last.place.file))


def _claiming(kept: Iterable[Declaration], fresh: Iterable[Declaration]) -> Mapping[str, str]:
    """Those of ``fresh`` that claim something a kept tenant claims, each with that tenant."""
    claimed = {claim: last.name for last in kept for claim in _claims(last)}
    if not claimed:
        return {}
    return {d.name: claimed[claim] for d in fresh for claim in _claims(d) if claim in claimed}


def _claims(declaration: Declaration) -> Iterator[tuple[str, str]]:
    """What belongs to one tenant alone; as in ``desired.clashes``, a former name is claimed too."""
    yield "name", declaration.name.casefold()
    if declaration.formerly:
        yield "name", declaration.formerly.casefold()
    yield "tenant", folded(declaration.tenant)
    for subscription in declaration.subscriptions:
        if subscription.subscription_id:
            yield "id", subscription.subscription_id.casefold()


def _broken(key: str, tenant: str, place: Place, wrong: Wrong) -> str:
    problem = wrong.nearest(place)
    where, what = (problem.place, problem.message) if problem else (place, "")
    return say(key, tenant=tenant, place=where, problem=what)


def _upwards(file: str) -> Iterator[str]:
    """A file and the folders above it, as they are written."""
    yield file
    while "/" in file:
        file = file.rpartition("/")[0]
        yield file

"""What a peer is, and how it stood beside us."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.children import Took

PLAN = ("plan", "tenants", "--live", "live")
VALIDATE = ("validate", "tenants")
# Of what its documents say of so many objects; a command line takes some two MB.
ANY_NUMBER = 10**9


@dataclass(frozen=True, slots=True)
class Order:
    """So many objects in a folder that is there and empty; ``changed`` are the numbers of those that differ."""

    folder: Path
    size: int
    changed: frozenset[int]
    seed: int


@dataclass(frozen=True, slots=True)
class Peer:
    """Another tool. ``does``: what of our work it does; ``ours``: the command of ours that does no less.

    ``lay`` writes the files of an order, and returns the words to run in its folder: the first is a script of its
    ``package``.
    """

    name: str
    package: str
    does: str
    lay: Callable[[Order], Sequence[str]]
    ours: Sequence[str] = PLAN
    most: int = ANY_NUMBER


@dataclass(frozen=True, slots=True)
class Pair:
    """So many objects, by them and by us."""

    objects: int
    theirs: Took
    ours: Took


@dataclass(frozen=True, slots=True)
class Standing:
    """A peer of some version beside us, over few objects and over many: the difference is without any start-up."""

    peer: Peer
    version: str
    few: Pair
    many: Pair

    @property
    def line(self) -> str:
        """What to tell of it while the run goes on."""
        text = f"{self.peer.name} {self.version}, {self.many.objects} objects: {self.ratio:.1f} x ours"
        return (
            text
            if self.marginal_ratio is None
            else f"{text}, {self.marginal_ratio:.1f} x for one more object"
        )

    @property
    def ratio(self) -> float:
        """How many times as long as ours it takes, start-up included."""
        return self.many.theirs.seconds / self.many.ours.seconds

    @property
    def marginal_ratio(self) -> float | None:
        """The same for one more object; None where ours took no longer for many than for few: it was too few."""
        ours = self._marginal(self.few.ours, self.many.ours)
        return self._marginal(self.few.theirs, self.many.theirs) / ours if ours > 0 else None

    def document(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "name": self.peer.name,
            "package": self.peer.package,
            "version": self.version,
            "does": self.peer.does,
            "objects": self.many.objects,
            "few_objects": self.few.objects,
            **self._side(self.few.theirs, self.many.theirs),
            "ours": {"words": list(self.peer.ours), **self._side(self.few.ours, self.many.ours)},
            "ratio": round(self.ratio, 2),
            "marginal_ratio": None if self.marginal_ratio is None else round(self.marginal_ratio, 2),
        }

    def _side(self, few: Took, many: Took) -> dict[str, Any]:
        return {
            "seconds": round(many.seconds, 4),
            "few_seconds": round(few.seconds, 4),
            "cpu_seconds": round(many.cpu_seconds, 4),
            "peak_mib": round(many.peak_mib, 1),
            "objects_per_second": round(self.many.objects / many.seconds, 1),
            "marginal_microseconds": round(self._marginal(few, many) * 1e6, 1),
        }

    def _marginal(self, few: Took, many: Took) -> float:
        return (many.seconds - few.seconds) / (self.many.objects - self.few.objects)

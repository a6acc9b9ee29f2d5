"""Peers and sizes in, how each stood beside us out, one after the other."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from benchmarks.children import Children, Failed, Took
from benchmarks.fleets import make_fleet
from benchmarks.measures import LARGE, TOOL, Missing
from benchmarks.peers.installing import Installed, NotInstalled, installed, last_words
from benchmarks.peers.peer import Order, Pair, Peer, Standing
from benchmarks.peers.table import PEERS

# Few objects are a fifth of many.
FEWER = 5


@dataclass
class Course:
    """Where peers and we run, over the same number of objects of which the same share differs."""

    children: Children
    folder: Path
    venvs: Path
    drift: float
    seed: int
    _ours: dict[tuple[Sequence[str], int], Took] = field(default_factory=dict)

    def standings(self, sizes: Sequence[int], peers: Sequence[Peer] = PEERS) -> Iterator[Standing | Missing]:
        """Measure each peer at each size."""
        for peer in peers:
            try:
                place = installed(peer.package, self.venvs)
            except NotInstalled as error:
                yield Missing(peer.name, f"It could not be installed: {error}")
                continue
            for size in sizes:
                yield self._standing(peer, place, size)

    def _standing(self, peer: Peer, place: Installed, size: int) -> Standing | Missing:
        if size > peer.most:
            return Missing(f"{peer.name}, {size} objects", f"More than it takes in one run ({peer.most}).")
        few = max(1, size // FEWER)
        try:
            # What it keeps of a first run, byte code above all, is there before any is measured.
            self._theirs(peer, place, few, repeat=1)
            fewer = Pair(few, self._theirs(peer, place, few), self._by_us(peer.ours, few))
            return Standing(
                peer,
                place.version,
                fewer,
                Pair(size, self._theirs(peer, place, size), self._by_us(peer.ours, size)),
            )
        except Failed as error:
            return Missing(f"{peer.name}, {size} objects", last_words(str(error)))

    def _theirs(self, peer: Peer, place: Installed, size: int, repeat: int = 0) -> Took:
        folder = self.folder / f"{peer.package}-{size}"
        folder.mkdir(parents=True)
        try:
            changed = Random(self.seed).sample(range(size), round(size * self.drift))
            script, *words = peer.lay(Order(folder, size, frozenset(changed), self.seed))
            children = Children(self.folder, self._times(size), place.python)
            return children.best((place.script(script), *words), folder, repeat=repeat)
        finally:
            shutil.rmtree(folder)

    def _by_us(self, words: Sequence[str], size: int) -> Took:
        key = words, size
        if key not in self._ours:
            folder = self.folder / f"ours-{size}"
            if not folder.exists():
                make_fleet(folder, size, self.drift, self.seed)
            self._ours[key] = self.children.best((*TOOL, *words), folder, repeat=self._times(size))
        return self._ours[key]

    def _times(self, size: int) -> int:
        # Of many objects there is no start-up to be blurred by, and the slowest peer takes minutes.
        return 1 if size >= LARGE else self.children.repeat

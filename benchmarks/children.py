"""A command in, how long its process took and how much memory it had at most out."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Set in the environment, they would change what is measured.
LEFT_OUT = frozenset(
    {"PYTHONDONTWRITEBYTECODE", "PYTHONPROFILEIMPORTTIME", "PYTHONTRACEMALLOC", "COVERAGE_PROCESS_START"}
)


@dataclass(frozen=True, slots=True)
class Took:
    """The best of several processes: wall-clock and processor seconds, and the peak of resident memory in MiB.

    Linux counts the memory of the process that started the child as a floor under that peak: some 18 MiB here.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float


class Failed(Exception):
    """A measured command ended badly, so its time means nothing."""


class Children:
    """Runs Python in processes of their own, ``repeat`` times each; byte code is kept in ``folder``, not here.

    ``prepare`` of a measure is done before each process and is not measured.
    """

    def __init__(self, folder: Path, repeat: int) -> None:
        self.repeat = repeat
        kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        ours = {name for name in kept if name.startswith("RECONCILER_")}
        self.environment = {name: value for name, value in kept.items() if name not in ours}
        self.environment |= {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}

    def best(
        self, words: Sequence[str], cwd: Path, *, prepare: Callable[[], object] | None = None, repeat: int = 0
    ) -> Took:
        """Return the shortest time and the smallest peak of several runs of ``python words...``."""
        looks = []
        for _ in range(repeat or self.repeat):
            if prepare:
                prepare()
            looks.append(self.once(words, cwd))
        return Took(
            min(look.seconds for look in looks),
            min(look.cpu_seconds for look in looks),
            min(look.peak_mib for look in looks),
        )

    def once(self, words: Sequence[str], cwd: Path) -> Took:
        """Run ``python words...`` once; what it prints is thrown away unless it fails."""
        began = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, *words],
            cwd=cwd,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert child.stderr
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
        child.stderr.close()
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise Failed(
                f"{' '.join(words)} ended with {child.returncode}: {said.decode(errors='replace')[-2000:]}"
            )
        in_a_mib = 1024 * 1024 if sys.platform == "darwin" else 1024
        return Took(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / in_a_mib)

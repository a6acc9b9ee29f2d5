"""A command in, how long its process (or the work in it) took and how much memory it had at most out."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
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


class Watch:
    """Started in a measured process where its work begins, so that what it says is without the start-up."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def tell(self) -> None:
        """Tell whoever started the process how long the work took, on the last line of stderr."""
        took = time.perf_counter() - self._began[0], time.process_time() - self._began[1]
        print(*took, file=sys.stderr)

    @staticmethod
    def told(whole: Took, said: str) -> Took:
        """Return what a process told."""
        seconds, cpu_seconds = said.splitlines()[-1].split()
        return replace(whole, seconds=float(seconds), cpu_seconds=float(cpu_seconds))


class Failed(Exception):
    """A measured command ended badly, so its time means nothing."""


class Children:
    """Runs Python in processes of their own, ``repeat`` times each; byte code is kept in ``folder``, if nowhere else.

    ``python`` is another one than ours where somebody else's tool is measured: it does not see our packages.
    ``prepare`` of a measure is done before each process and is not measured.
    """

    def __init__(self, folder: Path, repeat: int, python: str = sys.executable) -> None:
        self.repeat, self._python = repeat, python
        kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        ours = {name for name in kept if name.startswith("RECONCILER_")}
        self.environment = {name: value for name, value in kept.items() if name not in ours}
        if python == sys.executable:
            self.environment["PYTHONPATH"] = str(ROOT)
        self.environment.setdefault("PYTHONPYCACHEPREFIX", str(folder / "bytecode"))

    def best(
        self, words: Sequence[str], cwd: Path, *, prepare: Callable[[], object] | None = None, repeat: int = 0
    ) -> Took:
        """Return the shortest time and the smallest peak of several runs of ``python words...``."""
        looks = []
        for _ in range(repeat or self.repeat):
            if prepare:
                prepare()
            looks.append(self.once(words, cwd))
        return _best(looks)

    def best_told(self, words: Sequence[str], cwd: Path) -> Took:
        """Return the best of what each process told of its own work, with a ``Watch``; the peak is the whole one's."""
        return _best([Watch.told(*self._ended(words, cwd)) for _ in range(self.repeat)])

    def once(self, words: Sequence[str], cwd: Path) -> Took:
        """Run ``python words...`` once; what it prints is thrown away unless it fails."""
        return self._ended(words, cwd)[0]

    @contextmanager
    def serving(self, words: Sequence[str], cwd: Path) -> Iterator[str]:
        """Let ``python words...`` serve for as long as the block lasts, and give the line it prints once it does."""
        with subprocess.Popen(
            [self._python, *words],
            cwd=cwd,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stdout
            try:
                line = child.stdout.readline().strip()
                if not line:
                    raise Failed(f"{' '.join(words)} ended before it served")
                yield line
            finally:
                child.terminate()

    def _ended(self, words: Sequence[str], cwd: Path) -> tuple[Took, str]:
        """What ``python words...`` took, and what it said on stderr."""
        began = time.perf_counter()
        child = subprocess.Popen(
            [self._python, *words],
            cwd=cwd,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert child.stderr
        said = child.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
        child.stderr.close()
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise Failed(f"{' '.join(words)} ended with {child.returncode}: {said[-2000:]}")
        in_a_mib = 1024 * 1024 if sys.platform == "darwin" else 1024
        return Took(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / in_a_mib), said


def _best(looks: Sequence[Took]) -> Took:
    return Took(
        min(look.seconds for look in looks),
        min(look.cpu_seconds for look in looks),
        min(look.peak_mib for look in looks),
    )

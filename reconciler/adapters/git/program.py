"""Words for git in, its answer out: bounded in time and size, with nothing of the caller's own git settings.

What a repository or its owner has configured must not run anything: own configuration only, no prompts, hooks off.
git runs in a process group of its own, so that what it started ends with it, and no terminal is there to ask at.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

OWN = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=true"),
    *("-c", "protocol.allow=never", "--no-pager", "--literal-pathspecs", "--no-replace-objects"),
)
NOTHING_ELSE = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# Far more than any answer that is asked for here; a tree can be made that would never end.
MOST_SAID = 256 * 1024 * 1024
_MOST_COMPLAINED = 64 * 1024
_AT_ONCE = 64 * 1024
_ASKS_EVERY = 0.2


class NoProgram(Exception):
    """There is no git here."""


class TooSlow(Exception):
    """git did not end in time, and was ended."""


class Interrupted(Exception):
    """The caller does not want to wait any longer, and git was ended."""


class TooMuch(Exception):
    """git said more than was asked to be read, and was ended."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How git ended, what it said, and what it complained of."""

    code: int
    out: bytes
    err: bytes

    @property
    def said(self) -> str:
        """The first line of a complaint that tells something, without what git writes before it."""
        lines = [line.strip() for line in self.err.decode(errors="replace").splitlines()]
        telling = [line for line in lines if line.strip("@# ") and not line.startswith("warning:")]
        line = (telling or [f"exit code {self.code}"])[0]
        return line.removeprefix("fatal: ").removeprefix("error: ")

    @property
    def word(self) -> str:
        """An answer of one word."""
        return self.out.decode(errors="replace").strip()


def ask(
    words: Sequence[str],
    environment: Mapping[str, str],
    *,
    limit: float,
    given: bytes = b"",
    most: int = MOST_SAID,
    wrapped: Sequence[str] = (),
    handed: Sequence[int] = (),
    stop: Callable[[], bool] = lambda: False,
) -> Answer:
    """Run ``git words...`` to its end. Raises NoProgram, TooSlow, TooMuch, Interrupted, OSError, ValueError.

    ``wrapped`` are words of a command that runs the one behind it; ``handed`` are open files that git gets too.
    ``stop`` is asked now and then, and ends git.
    """
    git = shutil.which("git", path=environment.get("PATH"))
    if git is None:
        raise NoProgram
    child = subprocess.Popen(  # noqa: S603 - fixed words, no shell
        [*wrapped, git, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment),
        start_new_session=True,
        pass_fds=tuple(handed),
    )
    with child:
        try:
            return _Hearing(child, given, time.monotonic() + limit, most, stop).answer()
        except BaseException:
            # Its number is its group's too, and can not be another's while it has not been waited for.
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            raise


def environment() -> dict[str, str]:
    """What git is run with in a folder somebody works in: nothing of the caller's git settings, nor of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "RECONCILER_"))}
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
    return {**kept, **NOTHING_ELSE, **quiet}


def trusted_folders() -> tuple[str, ...]:
    """The folders of somebody else's that the caller's own configuration trusts, of which nothing else is read.

    Raises as ``ask`` does.
    """
    kept = {name: value for name, value in os.environ.items() if name in ("HOME", "PATH", "XDG_CONFIG_HOME")}
    words = ("-C", "/", "config", "-z", "--get-all", "safe.directory")
    return tuple(os.fsdecode(row) for row in ask(words, kept, limit=5.0).out.split(b"\0") if row)


class _Hearing:
    """One run of git, heard to its end."""

    def __init__(
        self,
        child: subprocess.Popen[bytes],
        given: bytes,
        until: float,
        most: int,
        stop: Callable[[], bool],
    ) -> None:
        self._child, self._given, self._until, self._most = child, memoryview(given), until, most
        self._stop = stop
        self._out, self._err = bytearray(), bytearray()

    def answer(self) -> Answer:
        child = self._child
        assert child.stdin
        assert child.stdout
        assert child.stderr
        with selectors.DefaultSelector() as waiting:
            waiting.register(child.stdout, selectors.EVENT_READ, self._hear)
            waiting.register(child.stderr, selectors.EVENT_READ, self._hear_complaint)
            os.set_blocking(child.stdin.fileno(), False)
            waiting.register(child.stdin, selectors.EVENT_WRITE, self._tell)
            while waiting.get_map():
                for key, _ in waiting.select(min(self._left(), _ASKS_EVERY)):
                    if not key.data(key.fd):
                        waiting.unregister(key.fileobj)
                        key.fileobj.close()  # type: ignore[union-attr]
        try:
            child.wait(self._left())
        except subprocess.TimeoutExpired as error:
            raise TooSlow from error
        return Answer(child.returncode, bytes(self._out), bytes(self._err))

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TooSlow
        if self._stop():
            raise Interrupted
        return left

    def _hear(self, pipe: int) -> bool:
        data = os.read(pipe, _AT_ONCE)
        self._out += data
        if len(self._out) > self._most:
            raise TooMuch
        return bool(data)

    def _hear_complaint(self, pipe: int) -> bool:
        data = os.read(pipe, _AT_ONCE)
        self._err += data[: _MOST_COMPLAINED - len(self._err)]
        return bool(data)

    def _tell(self, pipe: int) -> bool:
        """Write what is left to be told; always some input, if only an empty one: git must never wait for a person."""
        try:
            self._given = self._given[os.write(pipe, self._given[:_AT_ONCE]) :]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        return len(self._given) > 0

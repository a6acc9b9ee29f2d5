"""A folder in, a bare repository of our own in it out: made, asked, and cleared of what a killed run left behind.

Nothing of the caller's is trusted or kept: each run of git gets its own configuration, no protocol unless it is
named, a limit of time and one of size.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.adapters.git import program
from reconciler.adapters.git.complaints import UNFORESEEN, told
from reconciler.errors import SourceUnreadable
from reconciler.messages import say

INTERRUPTED = "Interrupted"
_BLOCK = 512
_OWN = (
    *("-c", "fetch.fsckObjects=true", "-c", "core.bigFileThreshold=1m", "-c", "core.askPass="),
    # One pack for each fetch, so that the limit of a file's size is one of the fetch.
    *("-c", "fetch.unpackLimit=1", "-c", "gc.autoDetach=false", "-c", "fetch.writeCommitGraph=false"),
)
# Proxies and certificates are the machine's, and no git settings; all else of the caller's stays out.
_KEPT = (
    *("PATH", "TMPDIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
)


@dataclass(frozen=True, slots=True)
class Bare:
    """A bare repository at ``path``. ``limit`` is in seconds, ``most`` in bytes of one file; both for each run of git.

    ``facts`` are what sentences about it name: where it comes from. ``stop`` ends a run of git that is under way.
    """

    path: Path
    limit: float
    most: int
    facts: Mapping[str, object]
    stop: Callable[[], bool] = lambda: False

    def is_there(self) -> bool:
        """Say whether somebody once made it; not whether it is sound."""
        return (self.path / "HEAD").is_file() and (self.path / "objects").is_dir()

    def make(self, object_format: str) -> None:
        """Make it, in place of whatever is there. Raises SourceUnreadable."""
        try:
            shutil.rmtree(self.path, ignore_errors=True)
            if self.path.is_file() or self.path.is_symlink():
                self.path.unlink()
            self.path.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise unusable(error, self.path) from error
        self.told(("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}"))

    def clear(self) -> None:
        """Take away what a killed run left: locks that nobody holds any more, and halves of files.

        Only for whoever is alone here. Raises SourceUnreadable.
        """
        try:
            for file in self._left_behind():
                file.unlink(missing_ok=True)
        except OSError as error:
            raise unusable(error, self.path) from error

    def _left_behind(self) -> Iterator[Path]:
        for folder, folders, files in os.walk(self.path):
            for name in files:
                if name.endswith(".lock") or name.startswith("tmp_") or name == "gc.pid":
                    yield Path(folder, name)
            for name in folders:
                if name.startswith(("incoming-", "tmp_objdir-")):
                    shutil.rmtree(Path(folder, name), ignore_errors=True)

    def is_sound(self) -> bool:
        """Say whether all that is here can be read; if that takes too long to tell, it is taken to be."""
        try:
            return self.ask(("fsck", "--no-progress", "--no-dangling")).code == 0
        except SourceUnreadable:
            return True

    def told(self, words: Sequence[str]) -> str:
        """Return git's answer of one word; raises SourceUnreadable where it has none."""
        answer = self.ask(words)
        if answer.code != 0:
            raise told(answer, self.facts)
        return answer.word

    def ask(
        self,
        words: Sequence[str],
        *,
        before: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
        handed: Sequence[int] = (),
    ) -> program.Answer:
        """Run git here, with more words before the command. Raises SourceUnreadable: no git, or no answer in time."""
        command = (*program.OWN, *_OWN, *before, f"--git-dir={self.path}", *words)
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        closed = {"HOME": str(self.path), "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
        environment = {**kept, **program.NOTHING_ELSE, **closed, **(variables or {})}
        # The kernel holds git to it, whatever a server sends; without the trap git would die and not say of what.
        size = (
            "/bin/sh",
            "-c",
            'trap \'\' XFSZ; ulimit -f "$0" && exec "$@"',
            str(max(1, self.most // _BLOCK)),
        )
        try:
            return program.ask(
                command, environment, limit=self.limit, wrapped=size, handed=handed, stop=self.stop
            )
        except program.NoProgram as error:
            raise SourceUnreadable("GitMissing", say("mirror.no-program", **self.facts)) from error
        except program.Interrupted as error:
            raise SourceUnreadable(INTERRUPTED, say("mirror.interrupted", **self.facts)) from error
        except program.TooSlow as error:
            seconds = round(self.limit, 1)
            raise SourceUnreadable(
                "GitTimeout", say("mirror.too-slow", seconds=seconds, **self.facts)
            ) from error
        except program.TooMuch as error:
            raise SourceUnreadable(UNFORESEEN, say("mirror.failed", why="", **self.facts)) from error
        except (OSError, ValueError) as error:
            raise SourceUnreadable(UNFORESEEN, say("mirror.failed", why=error, **self.facts)) from error


def unusable(error: OSError, path: Path) -> SourceUnreadable:
    """Return what it means that something can not be written at ``path``."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    facts = {"path": path, "why": error.strerror or error}
    return SourceUnreadable("DiskFull" if full else "MirrorUnusable", say("mirror.not-written", **facts))

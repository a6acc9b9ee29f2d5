"""A repository somewhere and a branch of it in, a commit out, and its files from a mirror of our own.

The mirror is a bare repository in the state folder, one for each repository. One that can not be read is made anew,
beside the old one until it is whole.

*Depth.* The first fetch brings one commit. Later ones bring all commits since, for only so can be told whether a new
commit descends from the last; older history is fetched only if that can not be told without it. So a first start is
quick, and what was large once and is gone is never fetched.

*Size.* A filter for large files would leave holes that git fills by itself later, from those servers that support it.
So there is none: no file of the mirror may grow past ``MOST_FETCHED``, and large blobs are never held in memory.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from reconciler.adapters.git import program
from reconciler.adapters.git.access import Access, granted
from reconciler.adapters.git.bare import Bare, unusable
from reconciler.adapters.git.complaints import OTHER_FORMAT, UNFORESEEN, told
from reconciler.adapters.git.signatures import Signers, verify
from reconciler.adapters.git.tree import SHORT, Tree
from reconciler.errors import SourceUnreadable
from reconciler.messages import say
from reconciler.repository import Repository, Way, wrong_branch

TIME_LIMIT = 60.0
MOST_FETCHED = 1024 * 1024 * 1024
# How long what a run of git left running may take to end, before it counts as somebody else at work.
PATIENCE = 2.0
_FETCH = (
    *("fetch", "--quiet", "--no-tags", "--no-auto-maintenance", "--no-recurse-submodules"),
    *("--no-write-fetch-head", "--refmap="),
)


class Mirror:
    """A mirror of a repository, in ``folder``. ``limit`` is in seconds and holds for each run of git.

    ``stop`` is asked while git runs, and ends it.
    """

    def __init__(
        self,
        repository: Repository,
        folder: Path,
        access: Access = Access(),  # noqa: B008 - frozen
        *,
        limit: float = TIME_LIMIT,
        most: int = MOST_FETCHED,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.repository, self.access = repository, access
        name = sha256(repository.url.encode(errors="surrogateescape")).hexdigest()
        self.path = Path(os.path.abspath(folder)) / f"{name}.git"
        self._limit, self._most, self._stop = limit, most, stop
        self._bare = self._at(self.path)
        self._format, self._cleared = "sha1", False

    def fetch(self, branch: str) -> str:
        """Return the commit that the branch means there now, with its files here. Raises SourceUnreadable."""
        if wrong_branch(branch):
            raise SourceUnreadable("BranchMissing", say("mirror.bad-branch", branch=branch[:100]))
        with self._alone() as lock:
            self._prepare()
            try:
                return self._fetched(self._bare, branch, lock)
            except SourceUnreadable as trouble:
                if trouble.code == OTHER_FORMAT:
                    self._format = "sha256" if self._format == "sha1" else "sha1"
                elif trouble.code != UNFORESEEN or self._bare.is_sound():
                    raise
                return self._renewed(branch, lock)

    def renew(self, branch: str) -> str:
        """Make the mirror anew, since something in it can not be read; return the commit as ``fetch`` does."""
        with self._alone() as lock:
            return self._renewed(branch, lock)

    def tree(self, commit: str) -> Tree:
        """Return the files at a commit of the mirror, by their paths inside the repository."""
        return Tree(Path(), commit[:SHORT], commit, self.path)

    def verify(self, commit: str, signers: Signers) -> None:
        """Raise SourceUnreadable unless somebody who may has signed the commit."""
        verify(lambda words, variables: self._bare.ask(words, variables=variables), commit, signers)

    def descends(self, branch: str, commit: str, last: str) -> bool:
        """Say whether ``last`` is in the history of ``commit``, fetching more of it if it takes that to tell."""
        if self._is_ancestor(last, commit):
            return True
        if not (self.path / "shallow").exists():
            return False
        with self._alone() as lock:
            self._fetched(self._bare, branch, lock, "--unshallow")
        return self._is_ancestor(last, commit)

    def keep(self, branch: str, commit: str) -> None:
        """Note the commit as the last one taken, so that it stays here whatever is fetched later."""
        with self._alone():
            self._bare.told(("update-ref", f"refs/kept/{_digest(branch)}", commit))
            # Each fetch adds a pack. Where this takes too long, it is tried again after the next one.
            with suppress(SourceUnreadable):
                self._bare.ask(("gc", "--auto", "--quiet"))

    def kept(self, branch: str) -> str | None:
        """Return the last commit taken; None if there is none, or it can not be read any more."""
        if not self._bare.is_there():
            return None
        words = ("rev-parse", "--verify", "--quiet", f"refs/kept/{_digest(branch)}^{{commit}}")
        answer = self._bare.ask(words)
        return answer.word if answer.code == 0 else None

    def _at(self, path: Path) -> Bare:
        return Bare(path, self._limit, self._most, {"url": self.repository.url}, self._stop)

    def _prepare(self) -> None:
        """Make the mirror if it is not there; if it is, clear away what was left in it before this process came."""
        if not self._bare.is_there():
            self._bare.make(self._format)
        elif not self._cleared:
            self._bare.clear()
        self._cleared = True

    def _fetched(self, bare: Bare, branch: str, lock: int, *how: str) -> str:
        ref = f"refs/fetched/{_digest(branch)}"
        known = bare.ask(("rev-parse", "--verify", "--quiet", ref)).code == 0
        depth = how or (() if known else ("--depth=1",))
        where = ("--", self.repository.url, f"+refs/heads/{branch}:{ref}")
        answer = self._reached(bare, (*depth, *where), lock)
        if answer.code != 0 and depth and b"does not support shallow" in answer.err:
            # A server that only hands out files knows no depth.
            answer = self._reached(bare, where, lock)
        if answer.code != 0:
            facts = {"branch": branch, "most": self._most // (1024 * 1024)}
            raise told(answer, {**bare.facts, **facts})
        return bare.told(("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}"))

    def _reached(self, bare: Bare, words: Sequence[str], lock: int) -> program.Answer:
        """Fetch; from a folder of somebody else's only if the caller's own configuration trusts it."""
        answer = self._reached_with({}, bare, words, lock)
        if answer.code != 0 and b"dubious ownership" in answer.err and self.repository.way is Way.FOLDER:
            return self._reached_with(self._trusted(), bare, words, lock)
        return answer

    def _reached_with(
        self, more: Mapping[str, str], bare: Bare, words: Sequence[str], lock: int
    ) -> program.Answer:
        """Run ``git fetch``: the one time that another machine is spoken to."""
        slow = ("-c", "http.lowSpeedLimit=1", "-c", f"http.lowSpeedTime={max(1, int(self._limit))}")
        allowed = {"GIT_ALLOW_PROTOCOL": str(self.repository.way)}
        # What is left behind where git does not end by itself is cleared away before the next time.
        self._cleared = False
        with granted(self.repository, self.access, self._limit) as grant:
            answer = bare.ask(
                (*_FETCH, *words),
                before=(*slow, *grant.words),
                variables={**grant.variables, **more, **allowed},
                # The lock goes along, so that it holds for as long as git runs, even if this process is killed.
                handed=(*grant.handed, lock),
            )
            err = grant.covered(answer.err.decode(errors="replace")).encode()
        self._cleared = answer.code == 0
        return program.Answer(answer.code, answer.out, err)

    def _renewed(self, branch: str, lock: int) -> str:
        fresh, old = self._at(self.path.with_suffix(".new")), self.path.with_suffix(".old")
        fresh.make(self._format)
        try:
            commit = self._fetched(fresh, branch, lock)
            shutil.rmtree(old, ignore_errors=True)
            if self.path.exists():
                self.path.rename(old)
            fresh.path.rename(self.path)
        except OSError as error:
            raise unusable(error, self.path) from error
        finally:
            for path in (fresh.path, old):
                shutil.rmtree(path, ignore_errors=True)
        return commit

    def _is_ancestor(self, last: str, commit: str) -> bool:
        return self._bare.ask(("merge-base", "--is-ancestor", last, commit)).code == 0

    def _trusted(self) -> Mapping[str, str]:
        """What makes git trust the folders that the caller's own configuration trusts, and take nothing else of it."""
        try:
            folders = program.trusted_folders()
        except (program.TooSlow, program.TooMuch, OSError):
            return {}
        quoted = (each.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for each in folders)
        lines = "".join(f'\tdirectory = "{each}"\n' for each in quoted)
        file = self.path.with_suffix(".trusted")
        try:
            file.write_text(f"[safe]\n{lines}", encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            raise unusable(error, file) from error
        return {"GIT_CONFIG_GLOBAL": str(file)}

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """Hold the mirror against every other process; raises SourceUnreadable where another one has it."""
        file = self.path.with_suffix(".lock")
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise unusable(error, file) from error
        try:
            if not _locked(descriptor):
                raise SourceUnreadable("MirrorBusy", say("mirror.busy", path=self.path))
            yield descriptor
        finally:
            os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Lock a file against every other process; say whether that came about in time."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.02)
        else:
            return True


def _digest(branch: str) -> str:
    """A word for a branch that can be a part of any ref, whatever other branches there are."""
    return sha256(branch.encode()).hexdigest()[:16]

"""Paths or a repository in, what they declare at each look out, or why there is nothing new: never an exception.

The two kinds of source answer alike, so that the loop need not know which it has. Whatever goes wrong outside is a
value with a reason; what holds then is decided in ``reconciler.source``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from reconciler.adapters import files, git
from reconciler.adapters.files.rereading import Reading, Rereading
from reconciler.adapters.git.access import USERNAME, Access, Token
from reconciler.adapters.git.bare import INTERRUPTED
from reconciler.adapters.git.mirror import Mirror
from reconciler.adapters.git.signatures import Signers
from reconciler.cli.commit_files import CommitFiles
from reconciler.cli.fleet_plan import source_of
from reconciler.cli.world import Setting
from reconciler.desired import TenantReader
from reconciler.errors import ReconcilerError, RefUnreadable, RepositoryRefused, SourceUnreadable
from reconciler.messages import say
from reconciler.repository import Repository, is_remote, repository
from reconciler.source import Snapshot, Trouble

__all__ = ["INTERRUPTED", "FolderSource", "GitSource", "Source", "build_source"]

MIRRORS = "sources"


class Source(Protocol):
    """Where declarations come from. ``name`` is the word under which the store keeps its fleet."""

    @property
    def name(self) -> str:
        """The word for the fleet that is declared here: the same after every start."""
        ...

    @property
    def where(self) -> str:
        """Where that is, for people."""
        ...

    @property
    def branch(self) -> str | None:
        """Which branch of a repository; None for a folder."""
        ...

    def look(self) -> Snapshot | Trouble:
        """Return the fleet as it is now, or why it can not be told. Never raises for what is there or is not."""
        ...


class FolderSource:
    """Files and folders on this machine; the commit is that of the folder somebody works in, if it is one."""

    branch = None

    def __init__(
        self, paths: Sequence[Path], reader: TenantReader, *, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self._paths = tuple(paths)
        self._files = Rereading(self._paths, reader, clock=clock)
        self._last: Snapshot | None = None
        self.name, self.where = source_of(self._paths), " ".join(map(str, self._paths))

    def look(self) -> Snapshot | Trouble:
        """Return what the files declare now; only those that changed are opened."""
        try:
            before = git.commit_of(self._paths[0])
            reading = self._files.read()
            commit = before
            if self._last is None or reading.fingerprint != self._last.fingerprint:
                commit = _meanwhile(before, git.commit_of(self._paths[0]))
        except (OSError, RecursionError) as error:
            # Of a folder nothing says what it held a while ago: it is not gone on with, as a commit would be.
            why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            return Trouble("FolderUnreadable", say("source.folder", where=self.where, why=why), stops=True)
        if self._last is None or (reading.fingerprint, commit) != (self._last.fingerprint, self._last.commit):
            self._last = Snapshot(reading.fleet, commit, reading.fingerprint)
        return self._last


class GitSource:
    """A branch of a repository, through a mirror of it.

    ``last`` is the commit that was taken last, where the store knows it and the mirror may not. ``signers``: whose
    signature a commit must have; None: it needs none. ``only_forward``: take none that does not descend from the last.
    """

    def __init__(
        self,
        mirror: Mirror,
        reader: TenantReader,
        *,
        branch: str = "main",
        folder: str = "",
        signers: Signers | None = None,
        only_forward: bool = False,
        last: str | None = None,
    ) -> None:
        self._mirror, self._signers, self._only_forward = mirror, signers, only_forward
        self._files, self._commit = CommitFiles(folder, reader), last
        self._last: Snapshot | None = None
        self._spoilt: str | None = None
        self.branch, self.where = branch, mirror.repository.url
        self.name = " ".join(word for word in (self.where, branch, folder) if word)

    def look(self) -> Snapshot | Trouble:
        """Return what the newest commit of the branch declares.

        Where it can not be taken at the first look, what the mirror kept of an earlier run is returned instead, with
        the reason as its notice: a host that is down must not empty the fleet of a loop that was started anew.
        """
        try:
            return self._newest(self._mirror.fetch(self.branch))
        except SourceUnreadable as unreadable:
            trouble = Trouble(unreadable.code, str(unreadable), unreadable.commit)
            if unreadable.code == INTERRUPTED:
                return trouble
        except (RefUnreadable, OSError) as error:
            trouble = Trouble("GitFailed", str(error))
        kept = self._kept() if self._last is None else None
        return trouble if kept is None else replace(kept, notice=trouble.message)

    def _newest(self, commit: str, *, renewed: bool = False) -> Snapshot:
        if self._last is not None and self._last.commit == commit:
            return self._last
        notice = self._forward(commit)
        self._verify(commit)
        try:
            reading = self._read(commit)
        except RefUnreadable as error:
            if not renewed and commit != self._spoilt:
                return self._newest(self._mirror.renew(self.branch), renewed=True)
            # In a mirror just made too: so it is not the mirror, and that need not be tried at each look.
            self._spoilt = commit
            told = say("source.unreadable", commit=commit[: git.SHORT], why=error)
            raise SourceUnreadable("CommitUnreadable", told, commit) from error
        self._mirror.keep(self.branch, commit)
        self._commit, self._last = commit, Snapshot(reading.fleet, commit, reading.fingerprint, notice)
        return self._last

    def _forward(self, commit: str) -> str | None:
        """Say so where a commit does not descend from the last one; raises SourceUnreadable where it must."""
        last = self._commit or self._mirror.kept(self.branch)
        if last is None or last == commit:
            return None
        try:
            if self._mirror.descends(self.branch, commit, last):
                return None
        except SourceUnreadable:
            # History that can not be fetched is no reason to take nothing, unless it has to be known.
            if self._only_forward:
                raise
        facts = {"commit": commit[: git.SHORT], "last": last[: git.SHORT], "branch": self.branch}
        if self._only_forward:
            raise SourceUnreadable("NotForward", say("source.not-forward", **facts), commit)
        return say("source.rewritten", **facts)

    def _verify(self, commit: str) -> None:
        if self._signers is not None:
            self._mirror.verify(commit, self._signers)

    def _read(self, commit: str) -> Reading:
        return self._files.read(self._mirror.tree(commit))

    def _kept(self) -> Snapshot | None:
        """What an earlier run took last, if that is still here and may still be taken."""
        try:
            commit = self._mirror.kept(self.branch)
            if commit is None:
                return None
            self._verify(commit)
            reading = self._read(commit)
        except (SourceUnreadable, RefUnreadable, OSError):
            return None
        self._commit, self._last = commit, Snapshot(reading.fleet, commit, reading.fingerprint)
        return self._last


def build_source(
    setting: Setting,
    words: Sequence[str],
    *,
    last: str | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Source:
    """Build the source that the words of a command name: one repository, or paths; without any, the configured one.

    ``last`` is the commit that was taken last, by the store. ``stop`` ends a look that is under way. Raises
    ReconcilerError.
    """
    config = setting.config
    reader = files.reader_of(
        setting.catalogue, backup_max_age_days=config.backup_max_age_days, limits=config.limits
    )
    named = [word for word in words if _names_repository(word)]
    if len(named) > 1 or (named and len(words) > 1):
        raise ReconcilerError(say("source.one-repository"))
    word = named[0] if named else None if words else config.source.git
    if word is not None:
        return _git_source(setting, _repository(word), reader, last, stop)
    paths = [Path(word) for word in words] or list(config.tenants)
    if not paths:
        raise ReconcilerError(say("source.nowhere"))
    config.bounds.refuse(paths)
    return FolderSource(paths, reader)


def _git_source(
    setting: Setting,
    found: Repository,
    reader: TenantReader,
    last: str | None,
    stop: Callable[[], bool],
) -> GitSource:
    config = setting.config.source
    configured = _repository(config.git) if config.git else found
    token = Token(config.token_variable, config.token_file)
    # A token is for the host it was configured for, whatever else is named on the command line.
    has_token = (config.token_variable or config.token_file) and configured.host == found.host
    access = Access(
        token if has_token else None, config.username or USERNAME, config.ssh_key, config.known_hosts
    )
    signers = Signers(config.allowed_signers, config.gpg_home)
    return GitSource(
        Mirror(found, setting.folder / MIRRORS, access, limit=config.timeout.total_seconds(), stop=stop),
        reader,
        branch=config.branch,
        folder=config.folder,
        signers=signers if config.allowed_signers or config.gpg_home else None,
        only_forward=config.only_forward,
        last=last,
    )


def _names_repository(word: str) -> bool:
    """Say whether a word means a repository and not a folder of files: a URL, ``host:path``, or a bare repository."""
    path = Path(word)
    if (path / "HEAD").is_file() and (path / "objects").is_dir():
        return True
    # A file may be called a:b; what is here is meant before another machine is.
    return is_remote(word) and ("://" in word or not path.exists())


def _repository(word: str) -> Repository:
    try:
        return repository(word if is_remote(word) else str(Path(word).absolute()))
    except RepositoryRefused as refused:
        raise ReconcilerError(f"{refused} {refused.hint}") from refused


def _meanwhile(before: str | None, after: str | None) -> str | None:
    """The commit of files that were read between two looks at it: if it moved, they are of neither alone."""
    if after is None or before == after:
        return after
    return after if after.endswith("+") else f"{after}+"

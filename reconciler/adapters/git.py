"""A path or a ref in, the commit it means and the files that stood there out; nothing is ever checked out.

Own configuration only, no prompts, hooks off, nothing fetched, time limits: what a repository or its owner has
configured must not run anything. Files at a commit are read as blobs, so a link is only its text and a submodule only a
name: neither is followed.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reconciler.errors import RefUnreadable
from reconciler.messages import say

TIME_LIMIT = 5.0
# Of a large repository the listing and the contents may take longer than a question with one word for an answer.
READING_LIMIT = 60.0
LONGEST_REF = 250
SHORT = 12
MOST_AT_ONCE = 16 * 1024 * 1024
_FILES = frozenset({"100644", "100755", "100664"})
_OWN = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=true"),
    *("-c", "protocol.allow=never", "--no-pager", "--literal-pathspecs", "--no-replace-objects"),
)


@dataclass(frozen=True, slots=True)
class Blob:
    """A file as it stood: ``path`` is where it would be on the disk, ``size`` in bytes."""

    path: Path
    id: str
    size: int


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of one commit of the repository at ``root``; ``ref`` is what a person called it."""

    root: Path
    ref: str
    commit: str

    def keeps(self, path: Path) -> bool:
        """Say whether ``path`` is inside the repository, as it is written; links are not asked."""
        return self._inside(path) is not None

    def has(self, path: Path) -> bool:
        """Say whether a regular file stood at ``path``."""
        return any(blob.path == placed(path) for blob in self.blobs(path))

    def blobs(self, path: Path) -> tuple[Blob, ...]:
        """Return the regular files at or below ``path``, in order of path. Raises RefUnreadable."""
        inside = self._inside(path)
        if inside is None:
            raise RefUnreadable(say("git.outside", path=path, root=self.root, ref=self.ref))
        where = () if inside == "." else ("--", inside)
        listing = self._asked("ls-tree", "-r", "-z", "-l", "--full-tree", self.commit, *where)
        return tuple(sorted(self._blobs(listing), key=lambda blob: os.fspath(blob.path)))

    def contents(self, blobs: Iterable[Blob]) -> Iterator[tuple[Blob, bytes]]:
        """Yield each file with its bytes, some megabytes at a time; the caller leaves out what is too large."""
        for some in _portions(blobs):
            ids = "".join(f"{blob.id}\n" for blob in some).encode()
            answer, start = self._asked("cat-file", "--batch", given=ids), 0
            for blob in some:
                head, _, _ = answer[start : start + 200].partition(b"\n")
                if head != f"{blob.id} blob {blob.size}".encode():
                    raise RefUnreadable(
                        say("git.incomplete", path=blob.path, ref=self.ref, commit=self.commit[:SHORT])
                    )
                begin = start + len(head) + 1
                start = begin + blob.size + 1
                yield blob, answer[begin : begin + blob.size]

    def read(self, path: Path, most: int) -> bytes | int | None:
        """Return the bytes of the file at ``path``; only how many, if above ``most``; None if there is no file."""
        blob = next((b for b in self.blobs(path) if b.path == placed(path)), None)
        if blob is None:
            return None
        if blob.size > most:
            return blob.size
        return next(self.contents((blob,)))[1]

    def _blobs(self, listing: bytes) -> Iterator[Blob]:
        for row in listing.split(b"\0"):
            about, tab, name = row.partition(b"\t")
            mode, _, id_, size = about.split() if tab else (b"", b"", b"", b"")
            if mode.decode() in _FILES:
                yield Blob(self.root / os.fsdecode(name), id_.decode(), int(size))

    def _asked(self, *words: str, given: bytes | None = None) -> bytes:
        done = _asked(self.root, words, self.ref, given, READING_LIMIT)
        if done.returncode != 0:
            raise RefUnreadable(say("git.failed", ref=self.ref, why=_said(done)))
        return done.stdout

    def _inside(self, path: Path) -> str | None:
        """The path as the tree has it, "." for all of it; None for one that is not in the repository."""
        inside = os.path.relpath(placed(path), self.root)
        return None if inside == ".." or inside.startswith("../") else inside


def placed(path: Path) -> Path:
    """Return where ``path`` is said to be: links above the working folder are followed, those in ``path`` are not."""
    return Path(os.path.normpath(os.path.join(os.path.realpath("."), path)))


def tree_at(ref: str, paths: Sequence[Path]) -> Tree:
    """Return the files at the commit that ``ref`` means now. Raises RefUnreadable, saying what to do."""
    root = _root(paths, ref)
    return Tree(root, ref, _commit(root, ref))


def tree_before(ref: str, paths: Sequence[Path]) -> Tree:
    """Return the files at the last commit that ``ref`` and HEAD have in common: what this branch began with.

    Raises RefUnreadable, also where the history that is here does not reach that commit.
    """
    root = _root(paths, ref)
    commit, head = _commit(root, ref), _commit(root, "HEAD")
    done = _asked(root, ("merge-base", commit, head), ref)
    found = done.stdout.decode(errors="replace").strip()
    if done.returncode == 0 and found:
        return Tree(root, ref, found)
    shallow = _is_shallow(root)
    raise RefUnreadable(
        say("git.no-base-shallow" if shallow else "git.no-base", ref=ref, remote=_remote(ref))
    )


def wrong_ref(ref: str) -> bool:
    """Say whether a word can not be meant as the name of a commit: git would take it for an option, or not at all."""
    return not ref.strip() or ref.startswith("-") or not ref.isprintable() or len(ref) > LONGEST_REF


def commit_of(path: Path) -> str | None:
    """Return the commit checked out where ``path`` is, with ``+`` behind it when files there differ from it.

    None outside a repository, without git, or when git does not answer in time: knowing the commit is worth
    something, but no plan depends on it.
    """
    folder = path if path.is_dir() else path.parent
    absolute = folder.absolute()
    if not any((above / ".git").exists() for above in (absolute, *absolute.parents)):
        return None
    commit = _word(absolute, "rev-parse", "HEAD")
    if commit is None:
        return None
    return commit if _word(absolute, "status", "--porcelain", "--", ".") == "" else f"{commit}+"


def _word(folder: Path, *words: str) -> str | None:
    try:
        done = _asked(folder, words, "HEAD")
    except RefUnreadable:
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def _root(paths: Sequence[Path], ref: str) -> Path:
    """Return the folder of the one repository that all ``paths`` are in, where they are and where they lead."""
    if wrong_ref(ref):
        raise RefUnreadable(say("git.bad-ref", ref=ref))
    first = placed(paths[0] if paths else Path())
    above = (first, *first.parents)
    # A link that stands in for a folder must not decide which repository is asked.
    root = next((f for f in above if (f / ".git").exists() and not f.is_symlink()), None)
    if root is None:
        raise RefUnreadable(say("git.no-repository", path=first, ref=ref, why=say("git.no-folder")))
    done = _asked(root, ("rev-parse", "--show-toplevel"), ref)
    found = os.path.realpath(os.fsdecode(done.stdout.removesuffix(b"\n")))
    if done.returncode != 0 or found != os.path.realpath(root):
        raise RefUnreadable(say("git.no-repository", path=first, ref=ref, why=_said(done)))
    _refuse_outside(Tree(root, ref, ""), paths)
    return root


def _refuse_outside(tree: Tree, paths: Sequence[Path]) -> None:
    real = Tree(Path(os.path.realpath(tree.root)), tree.ref, "")
    for path in paths:
        if not tree.keeps(path):
            raise RefUnreadable(say("git.outside", path=path, root=tree.root, ref=tree.ref))
        if not real.keeps(Path(os.path.realpath(path))):
            raise RefUnreadable(say("git.leads-out", path=path, root=tree.root, ref=tree.ref))


def _commit(root: Path, ref: str) -> str:
    done = _asked(root, ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"), ref)
    if done.returncode == 0:
        return done.stdout.decode().strip()
    key = "git.unknown-ref-shallow" if _is_shallow(root) else "git.unknown-ref"
    raise RefUnreadable(say(key, ref=ref, remote=_remote(ref)))


def _is_shallow(root: Path) -> bool:
    return _asked(root, ("rev-parse", "--is-shallow-repository"), "HEAD").stdout.strip() == b"true"


def _remote(ref: str) -> str:
    """The words behind ``git fetch`` that would most likely bring a ref."""
    remote, slash, branch = ref.partition("/")
    return f"{remote} {branch}" if slash and remote == "origin" else f"origin {ref}"


def _portions(blobs: Iterable[Blob]) -> Iterator[list[Blob]]:
    some: list[Blob] = []
    for blob in blobs:
        if some and sum(b.size for b in some) + blob.size > MOST_AT_ONCE:
            yield some
            some = []
        some.append(blob)
    if some:
        yield some


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else f"exit code {done.returncode}"


def _asked(
    folder: Path, words: Sequence[str], ref: str, given: bytes | None = None, limit: float = TIME_LIMIT
) -> subprocess.CompletedProcess[bytes]:
    """Ask git in ``folder``; raises RefUnreadable where there is no git, or no answer in time."""
    try:
        done = _run(folder, (), words, given, limit)
        if done.returncode != 0 and b"dubious ownership" in done.stderr:
            # The folders a person trusts stand in a configuration that is not read otherwise.
            done = _run(folder, _trusted(), words, given, limit)
    except FileNotFoundError as error:
        raise RefUnreadable(say("git.no-program", ref=ref)) from error
    except subprocess.TimeoutExpired as error:
        raise RefUnreadable(say("git.too-slow", ref=ref, seconds=int(limit))) from error
    except (OSError, ValueError) as error:
        raise RefUnreadable(say("git.failed", ref=ref, why=error)) from error
    return done


def _run(
    folder: Path, more: Sequence[str], words: Sequence[str], given: bytes | None, limit: float
) -> subprocess.CompletedProcess[bytes]:
    command = ["git", *_OWN, *more, "-C", os.fspath(folder), *words]
    # Always some input, if only an empty one: git must never wait for a person.
    return subprocess.run(  # noqa: S603 - fixed words, no shell
        command, input=given or b"", capture_output=True, timeout=limit, check=False, env=_environment()
    )


def _environment() -> dict[str, str]:
    """What git is run with: nothing of the caller's own git settings, which may point elsewhere or run programs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "LC_ALL": "C"}
    return {**kept, **own, **quiet}


@cache
def _trusted() -> tuple[str, ...]:
    command = ["git", "config", "-z", "--get-all", "safe.directory"]
    kept = {name: value for name, value in os.environ.items() if name in ("HOME", "PATH", "XDG_CONFIG_HOME")}
    done = subprocess.run(  # noqa: S603 - fixed words, no shell
        command,
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
        cwd="/",
        env=kept,
        stdin=subprocess.DEVNULL,
    )
    folders = [os.fsdecode(row) for row in done.stdout.split(b"\0") if row]
    return tuple(word for folder in folders for word in ("-c", f"safe.directory={folder}"))

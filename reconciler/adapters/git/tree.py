"""A commit in, the files that stood there out; nothing is ever checked out.

Files at a commit are read as blobs, so a link is only its text and a submodule only a name: neither is followed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.adapters.git import program
from reconciler.errors import RefUnreadable
from reconciler.messages import say

TIME_LIMIT = 5.0
# Of a large repository the listing and the contents may take longer than a question with one word for an answer.
READING_LIMIT = 60.0
SHORT = 12
MOST_AT_ONCE = 16 * 1024 * 1024
# Some half a million files. Trees can hold each other and so list more than there are stars.
MOST_LISTED = 64 * 1024 * 1024
_FILES = frozenset({"100644", "100755", "100664"})
_LINK, _SUBMODULE = "120000", "160000"


@dataclass(frozen=True, slots=True)
class Blob:
    """A file as it stood: ``path`` is where it would be on the disk, ``size`` in bytes."""

    path: Path
    id: str
    size: int


@dataclass(frozen=True, slots=True)
class Listing:
    """All that stood in a folder: files, links (their blobs hold where they lead), and names of submodules."""

    files: tuple[Blob, ...]
    links: tuple[Blob, ...]
    submodules: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of one commit of the repository at ``root``; ``ref`` is what a person called it.

    ``bare``: where git keeps a repository that has no folder of files; its paths are those inside it, and ``root``
    is then empty.
    """

    root: Path
    ref: str
    commit: str
    bare: Path | None = None

    def keeps(self, path: Path) -> bool:
        """Say whether ``path`` is inside the repository, as it is written; links are not asked."""
        return self._inside(path) is not None

    def has(self, path: Path) -> bool:
        """Say whether a regular file stood at ``path``."""
        return any(blob.path == self._placed(path) for blob in self.blobs(path))

    def blobs(self, path: Path) -> tuple[Blob, ...]:
        """Return the regular files at or below ``path``, in order of path. Raises RefUnreadable."""
        return self.listing(path).files

    def listing(self, path: Path) -> Listing:
        """Return all that stood at or below ``path``, in order of path. Raises RefUnreadable."""
        inside = self._inside(path)
        if inside is None:
            raise RefUnreadable(say("git.outside", path=path, root=self.root, ref=self.ref))
        where = () if inside == "." else ("--", inside)
        listed = self._asked(
            "ls-tree", "-r", "-z", "-l", "--full-tree", self.commit, *where, most=MOST_LISTED
        )
        files, links, submodules = list[Blob](), list[Blob](), list[Path]()
        for row in listed.split(b"\0"):
            about, tab, name = row.partition(b"\t")
            mode, _, id_, size = about.decode().split() if tab else ("", "", "", "")
            path = self.root / os.fsdecode(name)
            if mode in _FILES:
                files.append(Blob(path, id_, int(size)))
            elif mode == _LINK:
                links.append(Blob(path, id_, int(size)))
            elif mode == _SUBMODULE:
                submodules.append(path)
        return Listing(_in_order(files), _in_order(links), tuple(sorted(submodules, key=os.fspath)))

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
        blob = next((b for b in self.blobs(path) if b.path == self._placed(path)), None)
        if blob is None:
            return None
        if blob.size > most:
            return blob.size
        return next(self.contents((blob,)))[1]

    def _asked(self, *words: str, given: bytes = b"", most: int = program.MOST_SAID) -> bytes:
        # A mirror is named, never looked for: whose folder it is in does not matter then.
        place = ("-C", os.fspath(self.root)) if self.bare is None else (f"--git-dir={self.bare}",)
        done = asked(place, words, self.ref, given, READING_LIMIT, most)
        if done.code != 0:
            raise RefUnreadable(say("git.failed", ref=self.ref, why=done.said))
        return done.out

    def _placed(self, path: Path) -> Path:
        return placed(path) if self.bare is None else Path(os.path.normpath(path))

    def _inside(self, path: Path) -> str | None:
        """The path as the tree has it, "." for all of it; None for one that is not in the repository."""
        found = self._placed(path)
        inside = os.path.relpath(found, self.root) if self.bare is None else os.fspath(found)
        return None if inside == ".." or inside.startswith(("../", "/")) else inside


def placed(path: Path) -> Path:
    """Return where ``path`` is said to be: links above the working folder are followed, those in ``path`` are not."""
    return Path(os.path.normpath(os.path.join(os.path.realpath("."), path)))


def asked(
    place: Sequence[str],
    words: Sequence[str],
    ref: str,
    given: bytes = b"",
    limit: float | None = None,
    most: int = program.MOST_SAID,
) -> program.Answer:
    """Ask git at a place, as it is told one; raises RefUnreadable where there is no git, or no answer in time."""
    seconds = TIME_LIMIT if limit is None else limit

    def run(*more: str) -> program.Answer:
        command = (*program.OWN, *more, *place, *words)
        return program.ask(command, program.environment(), limit=seconds, given=given, most=most)

    try:
        done = run()
        if done.code != 0 and b"dubious ownership" in done.err:
            # The folders a person trusts stand in a configuration that is not read otherwise.
            trusted = program.trusted_folders()
            done = run(*(word for each in trusted for word in ("-c", f"safe.directory={each}")))
    except program.NoProgram as error:
        raise RefUnreadable(say("git.no-program", ref=ref)) from error
    except program.TooSlow as error:
        raise RefUnreadable(say("git.too-slow", ref=ref, seconds=int(seconds))) from error
    except program.TooMuch as error:
        raise RefUnreadable(say("git.too-much", ref=ref, most=most // (1024 * 1024))) from error
    except (OSError, ValueError) as error:
        raise RefUnreadable(say("git.failed", ref=ref, why=error)) from error
    return done


def _in_order(blobs: Iterable[Blob]) -> tuple[Blob, ...]:
    return tuple(sorted(blobs, key=lambda blob: os.fspath(blob.path)))


def _portions(blobs: Iterable[Blob]) -> Iterator[list[Blob]]:
    some: list[Blob] = []
    size = 0
    for blob in blobs:
        if some and size + blob.size > MOST_AT_ONCE:
            yield some
            some, size = [], 0
        some.append(blob)
        size += blob.size
    if some:
        yield some

"""A commit of a mirror in, the fleet that its tenant files declare out; a file with the same bytes is not parsed again.

The files are those that a walk of a folder with the same files would take. What a walk would follow or look into and
a commit can not (links, submodules) is a problem and not passed over: it would look like tenants nobody declares.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from reconciler.adapters import files
from reconciler.adapters.files.rereading import Pages, Reading
from reconciler.adapters.git import Blob, Listing, Tree
from reconciler.desired import MAX_TEXT, TenantReader, decode
from reconciler.errors import Problem, SourceUnreadable
from reconciler.messages import say

# A tenant takes about one kilobyte: room for a hundred times the largest fleet.
MOST_READ = 256 * 1024 * 1024
_LONGEST_LINK = 4096


class CommitFiles:
    """The tenant files in ``folder`` of one commit after the other; "" is the whole repository."""

    def __init__(self, folder: str, reader: TenantReader) -> None:
        self._folder = folder
        self._pages = Pages(reader)

    def read(self, tree: Tree) -> Reading:
        """Return what they declare. Raises RefUnreadable, and SourceUnreadable where it is far too much."""
        listing = tree.listing(Path(self._folder))
        blobs = {os.fspath(blob.path): blob for blob in listing.files if self._counts(blob.path)}
        fitting = {name: blob for name, blob in blobs.items() if blob.size <= MAX_TEXT}
        problems = [
            files.trouble(name, "too-large", size=blob.size, most=MAX_TEXT)
            for name, blob in blobs.items()
            if name not in fitting
        ]
        problems += self._not_read(tree, listing, blobs)
        if not blobs and not problems:
            there = listing.files or listing.links or listing.submodules
            shown = self._folder or "."
            problems.append(files.trouble(shown, "no-files" if there else "no-such-path", path=shown))
        self._put(tree, fitting)

        def texts(wanted: frozenset[str]) -> Mapping[str, str]:
            return _texts(tree, [fitting[name] for name in sorted(wanted)])

        return self._pages.gathered(tuple(blobs), problems, texts)

    def _put(self, tree: Tree, blobs: Mapping[str, Blob]) -> None:
        new = [blob for name, blob in blobs.items() if not self._pages.hold(name, blob.id)]
        size = sum(blob.size for blob in new)
        if size > MOST_READ:
            mib = 1024 * 1024
            raise SourceUnreadable(
                "TooLarge", say("source.too-large", size=size // mib, most=MOST_READ // mib), tree.commit
            )
        for blob, data in tree.contents(new):
            self._pages.put(os.fspath(blob.path), blob.id, data)

    def _counts(self, path: Path) -> bool:
        """Say whether a file is one of ours: in the folder by its name, or named itself."""
        inside = self._inside(path)
        return inside == Path() or files.is_tenant_file(inside)

    def _inside(self, path: Path) -> Path:
        return path.relative_to(self._folder) if self._folder else path

    def _not_read(self, tree: Tree, listing: Listing, blobs: Mapping[str, Blob]) -> Iterator[Problem]:
        for path in listing.submodules:
            if not _is_hidden(self._inside(path)):
                yield files.trouble(os.fspath(path), "submodule")
        links = [link for link in listing.links if not _is_hidden(self._inside(link.path))]
        short = [link for link in links if link.size <= _LONGEST_LINK]
        targets = {blob.path: os.fsdecode(data) for blob, data in tree.contents(short)}
        for link in links:
            # One that is longer than any path leads nowhere.
            target = os.path.normpath(link.path.parent / targets.get(link.path, "/"))
            if not self._keeps(target):
                root = self._folder or say("source.repository")
                yield files.trouble(os.fspath(link.path), "link-outside", root=root)
            elif self._counts(link.path) and target not in blobs:
                yield files.trouble(os.fspath(link.path), "link-not-followed", target=target)

    def _keeps(self, target: str) -> bool:
        if not self._folder:
            return target != ".." and not target.startswith(("../", "/"))
        return (target + "/").startswith(self._folder + "/")


def _is_hidden(inside: Path) -> bool:
    return any(part.startswith(".") for part in inside.parts)


def _texts(tree: Tree, blobs: Sequence[Blob]) -> Mapping[str, str]:
    decoded = ((os.fspath(b.path), decode(data, os.fspath(b.path))) for b, data in tree.contents(blobs))
    return {name: text for name, text in decoded if isinstance(text, str)}

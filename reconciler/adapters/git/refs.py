"""A path or a ref in, the commit it means out: in a folder somebody works in, and with nothing fetched."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from reconciler.adapters.git import tree
from reconciler.adapters.git.program import Answer
from reconciler.adapters.git.tree import Tree, placed
from reconciler.errors import RefUnreadable
from reconciler.messages import say

LONGEST_REF = 250


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
    if done.code == 0 and done.word:
        return Tree(root, ref, done.word)
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
    return done.word if done.code == 0 else None


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
    found = os.path.realpath(os.fsdecode(done.out.removesuffix(b"\n")))
    if done.code != 0 or found != os.path.realpath(root):
        raise RefUnreadable(say("git.no-repository", path=first, ref=ref, why=done.said))
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
    if done.code == 0:
        return done.out.decode().strip()
    key = "git.unknown-ref-shallow" if _is_shallow(root) else "git.unknown-ref"
    raise RefUnreadable(say(key, ref=ref, remote=_remote(ref)))


def _is_shallow(root: Path) -> bool:
    return _asked(root, ("rev-parse", "--is-shallow-repository"), "HEAD").word == "true"


def _remote(ref: str) -> str:
    """The words behind ``git fetch`` that would most likely bring a ref."""
    remote, slash, branch = ref.partition("/")
    return f"{remote} {branch}" if slash and remote == "origin" else f"origin {ref}"


def _asked(folder: Path, words: Sequence[str], ref: str) -> Answer:
    return tree.asked(("-C", os.fspath(folder)), words, ref)

"""A path, a ref or a repository in, the commit it means and the files that stood there out.

The law of this folder: nothing is ever checked out, and nothing that a repository or its owner has configured is run.
Own configuration only, no prompts, hooks off, limits of time and size. Only ``mirror`` fetches; what works in a
folder of somebody's reads what is there.
"""

from __future__ import annotations

from reconciler.adapters.git.refs import commit_of, tree_at, tree_before, wrong_ref
from reconciler.adapters.git.tree import SHORT, Blob, Listing, Tree, placed

__all__ = [
    "SHORT",
    "Blob",
    "Listing",
    "Tree",
    "commit_of",
    "placed",
    "tree_at",
    "tree_before",
    "wrong_ref",
]

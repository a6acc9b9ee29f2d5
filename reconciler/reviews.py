"""The reviews of a pull request in, who of them approved the change plan as it stands out.

An approval covers what its author could see. So it counts only for the commit the request ends with, only if it was
given after the comment with the change plan was last edited, and not from whoever made the request. On a public
repository anybody can press "approve": it counts from those who belong to the repository.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

# The host's words ("author association", "review state").
BELONG = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
APPROVED, ASKS_FOR_CHANGES, DISMISSED = "APPROVED", "CHANGES_REQUESTED", "DISMISSED"
SETTLING = frozenset({APPROVED, ASKS_FOR_CHANGES, DISMISSED})


@dataclass(frozen=True, slots=True)
class Review:
    """One review, in the host's words; ``commit`` is what was looked at, ``at`` when it was given."""

    author: str
    association: str
    state: str
    commit: str
    at: datetime


def approvers(reviews: Iterable[Review], *, requester: str, head: str, edited: datetime) -> tuple[str, ...]:
    """Return who approved, by name; nobody, while one who may approve asks for changes.

    ``head``: the last commit of the request; ``edited``: when the comment was last edited. What was given in that
    same second may have been given before it, and does not count.
    """
    standing: dict[str, Review] = {}
    for review in sorted(reviews, key=lambda r: r.at):
        if review.state in SETTLING and review.association in BELONG and review.author != requester:
            standing[review.author] = review
    if any(review.state == ASKS_FOR_CHANGES for review in standing.values()):
        return ()
    good = (r for r in standing.values() if r.state == APPROVED and r.commit == head and r.at > edited)
    return tuple(sorted(review.author for review in good))

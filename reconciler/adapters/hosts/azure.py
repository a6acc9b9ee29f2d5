"""What to do on Azure DevOps in, the calls of its REST API 7.1 for it out: comments in pull request threads.

Endpoints as documented under "Git: Pull Request Threads" and "Git: Pull Request Thread Comments". A thread of ours
is closed from the beginning: one that is active would hold a pull request whose policy asks for resolved comments.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from reconciler.adapters.hosts.calling import Calls, Patience
from reconciler.adapters.hosts.places import Spot
from reconciler.conversation import Entry

MOST_CHARACTERS = 150_000
VERSION = {"api-version": "7.1"}


class AzureDevOps:
    """Comments of one pull request."""

    most_characters = MOST_CHARACTERS

    def __init__(self, spot: Spot, patience: Patience) -> None:
        self._calls = Calls(spot, {"Authorization": f"Bearer {spot.token}"}, patience)
        project, repository = quote(spot.project, safe=""), quote(spot.repository, safe="")
        self._threads = f"/{project}/_apis/git/repositories/{repository}/pullRequests/{spot.number}/threads"

    def me(self) -> str:
        """Return the id of the account the token speaks for, which is the ``author.id`` of its comments."""
        path = "/_apis/connectionData"
        name: str = self._calls.member(self._calls.read(path), "authenticatedUser", "id", what=f"GET {path}")
        return name

    def comments(self) -> tuple[Entry, ...]:
        """Return the first comment of every thread; what is deleted there is none."""
        what = f"GET {self._threads}"
        found = self._calls.read(self._threads, VERSION)
        threads = self._calls.member(found, "value", kind=list, what=what)
        return tuple(entry for thread in threads for entry in self._first(thread, what))

    def post(self, body: str) -> Entry:
        """Begin a thread with a comment."""
        comment = {"parentCommentId": 0, "content": body, "commentType": "text"}
        wanted = {"comments": [comment], "status": "closed"}
        what = f"POST {self._threads}"
        thread = self._calls.write("POST", self._threads, wanted, VERSION)
        number = self._calls.member(thread, "id", kind=int, what=what)
        comments = self._calls.member(thread, "comments", kind=list, what=what)
        return self._entry(number, comments[0] if comments else None, what)

    def edit(self, entry: Entry, body: str) -> Entry:
        """Put other text into a comment."""
        path = f"{self._threads}/{entry.number}/comments/{entry.ref}"
        comment = self._calls.write("PATCH", path, {"content": body}, VERSION)
        return self._entry(entry.number, comment, f"PATCH {path}")

    def _first(self, thread: Any, what: str) -> Iterator[Entry]:
        number = self._calls.member(thread, "id", kind=int, what=what)
        comments = thread.get("comments")
        if thread.get("isDeleted") or not isinstance(comments, list) or not comments:
            return
        first = comments[0]
        if not (isinstance(first, dict) and first.get("isDeleted")):
            yield self._entry(number, first, what)

    def _entry(self, thread: int, comment: Any, what: str) -> Entry:
        found = self._calls.member(comment, "id", kind=int, what=what)
        author, content = comment.get("author"), comment.get("content")
        name = author.get("id") if isinstance(author, dict) else ""
        return Entry(
            thread,
            name if isinstance(name, str) else "",
            content if isinstance(content, str) else "",
            ref=str(found),
        )

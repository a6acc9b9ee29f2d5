"""What to do on GitHub in, the calls of its REST API for it out: issue comments, issues, and reviews of a request.

Endpoints as documented for API version 2022-11-28, "REST API endpoints for issue comments", "... for issues" and
"... for pull request reviews". The comments of a pull request are those of its issue.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from reconciler.adapters.hosts.calling import Calls, Patience
from reconciler.adapters.hosts.places import Spot
from reconciler.conversation import Entry
from reconciler.reviews import Review

# The account behind the token that GitHub makes for each job; that token may not ask who it is.
JOB_ACCOUNT = "github-actions[bot]"
MOST_CHARACTERS = 65_536


class GitHub:
    """Comments and issues of one repository."""

    most_characters = MOST_CHARACTERS

    def __init__(self, spot: Spot, patience: Patience) -> None:
        self._spot = spot
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "Authorization": f"Bearer {spot.token}",
        }
        self._calls = Calls(spot, headers, patience)
        self._repository = f"/repos/{spot.project}"

    def me(self) -> str:
        """Return the account the token speaks for."""
        user = self._calls.read("/user", allow=403)
        return JOB_ACCOUNT if user is None else self._text(user, "login", what="GET /user")

    def comments(self) -> tuple[Entry, ...]:
        """Return every comment of the pull request."""
        path = f"{self._repository}/issues/{self._spot.number}/comments"
        return tuple(self._entry(item, f"GET {path}") for item in self._calls.pages(path))

    def post(self, body: str) -> Entry:
        """Write a comment under the pull request."""
        path = f"{self._repository}/issues/{self._spot.number}/comments"
        return self._entry(self._calls.write("POST", path, {"body": body}), f"POST {path}")

    def edit(self, entry: Entry, body: str) -> Entry:
        """Put other text into a comment."""
        path = f"{self._repository}/issues/comments/{entry.number}"
        return self._entry(self._calls.write("PATCH", path, {"body": body}), f"PATCH {path}")

    def issues(self, label: str) -> tuple[Entry, ...]:
        """Return the open issues with a label; the API lists pull requests among them, which are none."""
        path = f"{self._repository}/issues"
        found = self._calls.pages(
            path, {"labels": label, "state": "open", "sort": "created", "direction": "asc"}
        )
        what = f"GET {path}"
        return tuple(self._issue(i, what) for i in found if not (isinstance(i, dict) and "pull_request" in i))

    def open_issue(self, title: str, body: str, label: str) -> Entry:
        """Open an issue."""
        path = f"{self._repository}/issues"
        wanted = {"title": title, "body": body, "labels": [label]}
        return self._issue(self._calls.write("POST", path, wanted), f"POST {path}")

    def edit_issue(self, entry: Entry, title: str, body: str) -> Entry:
        """Put other text into an issue."""
        return self._change(entry, {"title": title, "body": body})

    def close_issue(self, entry: Entry, body: str) -> Entry:
        """Close an issue, with its last text."""
        return self._change(entry, {"body": body, "state": "closed", "state_reason": "completed"})

    def reviews(self) -> tuple[Review, ...]:
        """Return the reviews of the pull request, oldest first; those that are not sent yet have no time."""
        return tuple(self._reviews())

    def request(self) -> tuple[str, str]:
        """Return the pull request's last commit, and who made the request."""
        path = f"{self._repository}/pulls/{self._spot.number}"
        found, what = self._calls.read(path), f"GET {path}"
        head = self._calls.member(found, "head", "sha", what=what)
        return head, self._calls.member(found, "user", "login", what=what)

    def edited_at(self, entry: Entry) -> datetime:
        """Return when a comment was last edited."""
        path = f"{self._repository}/issues/comments/{entry.number}"
        return self._moment(self._calls.read(path), "updated_at", f"GET {path}")

    def _reviews(self) -> Iterator[Review]:
        path = f"{self._repository}/pulls/{self._spot.number}/reviews"
        what = f"GET {path}"
        for item in self._calls.pages(path):
            if self._text(item, "state", what=what) == "PENDING":
                continue
            yield Review(
                author=self._author(item),
                association=self._text(item, "author_association", what=what),
                state=self._text(item, "state", what=what),
                commit=item.get("commit_id") or "",
                at=self._moment(item, "submitted_at", what),
            )

    def _change(self, entry: Entry, members: dict[str, object]) -> Entry:
        path = f"{self._repository}/issues/{entry.number}"
        return self._issue(self._calls.write("PATCH", path, members), f"PATCH {path}")

    def _issue(self, item: Any, what: str) -> Entry:
        return self._entry(item, what, number="number", title=self._text(item, "title", what=what))

    def _entry(self, item: Any, what: str, number: str = "id", title: str = "") -> Entry:
        found = self._calls.member(item, number, kind=int, what=what)
        url = item.get("html_url")
        body = item.get("body")
        return Entry(
            found,
            self._author(item),
            body if isinstance(body, str) else "",
            title,
            url=url if isinstance(url, str) else "",
        )

    def _author(self, item: Any) -> str:
        # An account that is gone is null; it is nobody, and so not us.
        user = item.get("user")
        login = user.get("login") if isinstance(user, dict) else ""
        return login if isinstance(login, str) else ""

    def _text(self, item: Any, name: str, *, what: str) -> str:
        found: str = self._calls.member(item, name, what=what)
        return found

    def _moment(self, item: Any, name: str, what: str) -> datetime:
        return datetime.fromisoformat(self._text(item, name, what=what))

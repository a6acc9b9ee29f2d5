"""What to do on GitLab in, the calls of its REST API v4 for it out: merge request notes, and issues.

Endpoints as documented under "Notes API" and "Issues API". A number is the one people see (``iid``).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from reconciler.adapters.hosts.calling import Calls, Patience
from reconciler.adapters.hosts.places import Spot
from reconciler.conversation import Entry, inert

MOST_CHARACTERS = 1_000_000


class GitLab:
    """Notes of one merge request, and issues of its project."""

    most_characters = MOST_CHARACTERS

    def __init__(self, spot: Spot, patience: Patience) -> None:
        self._calls = Calls(spot, {"PRIVATE-TOKEN": spot.token}, patience)
        self._project = f"/projects/{quote(spot.project, safe='')}"
        self._notes = f"{self._project}/merge_requests/{spot.number}/notes"

    def me(self) -> str:
        """Return the account the token speaks for."""
        name: str = self._calls.member(self._calls.read("/user"), "username", what="GET /user")
        return name

    def comments(self) -> tuple[Entry, ...]:
        """Return every note of the merge request; what GitLab itself notes there is none of ours."""
        what = f"GET {self._notes}"
        found = self._calls.pages(self._notes, {"sort": "asc", "order_by": "created_at"})
        return tuple(self._entry(n, what) for n in found if not (isinstance(n, dict) and n.get("system")))

    def post(self, body: str) -> Entry:
        """Write a note under the merge request."""
        return self._entry(
            self._calls.write("POST", self._notes, {"body": inert(body)}), f"POST {self._notes}"
        )

    def edit(self, entry: Entry, body: str) -> Entry:
        """Put other text into a note."""
        path = f"{self._notes}/{entry.number}"
        return self._entry(self._calls.write("PUT", path, {"body": inert(body)}), f"PUT {path}")

    def issues(self, label: str) -> tuple[Entry, ...]:
        """Return the open issues with a label."""
        path = f"{self._project}/issues"
        found = self._calls.pages(
            path, {"labels": label, "state": "opened", "order_by": "created_at", "sort": "asc"}
        )
        return tuple(self._issue(item, f"GET {path}") for item in found)

    def open_issue(self, title: str, body: str, label: str) -> Entry:
        """Open an issue."""
        path = f"{self._project}/issues"
        wanted = {"title": title, "description": inert(body), "labels": label}
        return self._issue(self._calls.write("POST", path, wanted), f"POST {path}")

    def edit_issue(self, entry: Entry, title: str, body: str) -> Entry:
        """Put other text into an issue."""
        return self._change(entry, {"title": title, "description": inert(body)})

    def close_issue(self, entry: Entry, body: str) -> Entry:
        """Close an issue, with its last text."""
        return self._change(entry, {"description": inert(body), "state_event": "close"})

    def _change(self, entry: Entry, members: dict[str, object]) -> Entry:
        path = f"{self._project}/issues/{entry.number}"
        return self._issue(self._calls.write("PUT", path, members), f"PUT {path}")

    def _issue(self, item: Any, what: str) -> Entry:
        title: str = self._calls.member(item, "title", what=what)
        return self._entry(item, what, number="iid", text="description", title=title)

    def _entry(
        self, item: Any, what: str, *, number: str = "id", text: str = "body", title: str = ""
    ) -> Entry:
        found = self._calls.member(item, number, kind=int, what=what)
        author, body, url = item.get("author"), item.get(text), item.get("web_url")
        name = author.get("username") if isinstance(author, dict) else ""
        return Entry(
            found,
            name if isinstance(name, str) else "",
            body if isinstance(body, str) else "",
            title,
            url=url if isinstance(url, str) else "",
        )

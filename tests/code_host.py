"""A small double of three code hosts, over HTTP on loopback: the documented endpoints, their paging, their refusals.

One account is behind the token. ``faults`` are answers to give instead, in order, to requests whose line begins so.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

TOKEN = "tok-3f9a-secret"
Json = dict[str, Any]


@dataclass
class Fault:
    """An answer to give instead of the right one; ``hang`` gives none until the double is closed."""

    begins: str
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang: bool = False
    after: bool = False
    drip: bool = False


@dataclass
class CodeHost:
    """What stands at the host, and every request it got."""

    base: str = ""
    me: str = "github-actions[bot]"
    may_ask_who: bool = False
    comments: list[Json] = field(default_factory=list)
    issues: list[Json] = field(default_factory=list)
    reviews: list[Json] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    number: int = 100

    @property
    def writes(self) -> list[str]:
        """The requests that write, without their query."""
        return [line for line in self.asked if not line.startswith("GET ")]

    def comment(self, body: str, author: str | None = None) -> Json:
        """Put a comment there."""
        self.number += 1
        who = self.me if author is None else author
        made = {"id": self.number, "body": body, "author": who, "updated_at": "2026-11-23T10:00:00Z"}
        self.comments.append(made)
        return made

    def issue(self, title: str, body: str, labels: list[str], author: str | None = None) -> Json:
        """Put an issue there."""
        self.number += 1
        made = {
            "id": self.number,
            "title": title,
            "body": body,
            "labels": labels,
            "state": "open",
            "author": self.me if author is None else author,
        }
        self.issues.append(made)
        return made

    def one(self, entries: list[Json], number: str) -> Json | None:
        return next((entry for entry in entries if str(entry["id"]) == number), None)

    # as each host shows them

    def shown(self, kind: str, entry: Json) -> Json:
        author, url = entry["author"], f"https://host.example/{entry['id']}"
        if kind == "github":
            shown = {"id": entry["id"], "number": entry["id"], "html_url": url, "user": {"login": author}}
            return {**shown, **{k: entry[k] for k in ("title", "body", "state", "updated_at") if k in entry}}
        if kind == "gitlab":
            shown = {"id": entry["id"], "iid": entry["id"], "web_url": url, "author": {"username": author}}
            return {
                **shown,
                "system": entry.get("system", False),
                "body": entry["body"],
                "description": entry["body"],
                "title": entry.get("title"),
                "state": {"open": "opened"}.get(entry.get("state", ""), "closed"),
            }
        comment = {"id": 1, "content": entry["body"], "author": {"id": author}, "commentType": "text"}
        return {"id": entry["id"], "isDeleted": False, "comments": [comment], "status": entry.get("status")}

    # what it answers

    def answer(self, method: str, target: str, body: Json) -> tuple[int, Any]:
        """Return status and JSON for one request."""
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        for pattern, kind, act in ROUTES:
            found = re.fullmatch(pattern, f"{method} {path}")
            if found:
                return self._act(act.split()[1], kind, found.groups(), query, body)
        return 404, {"message": "Not Found"}

    def _act(self, act: str, kind: str, parts: tuple[str, ...], query: Any, body: Json) -> tuple[int, Any]:
        text = body.get("body", body.get("description", body.get("content")))
        if act == "me":
            if kind == "azure":
                return 200, {"authenticatedUser": {"id": self.me}}
            if kind == "github" and not self.may_ask_who:
                return 403, {"message": "Resource not accessible by integration"}
            return 200, {"login": self.me, "username": self.me}
        if act == "comments":
            return 200, [self.shown(kind, c) for c in self.comments]
        if act == "threads":
            return 200, {"value": [self.shown(kind, c) for c in self.comments], "count": len(self.comments)}
        if act == "post":
            if kind == "azure":
                text = body["comments"][0]["content"]
            made = self.comment(text)
            made["status"] = body.get("status")
            return 201, self.shown(kind, made)
        if act == "reviews":
            return 200, self.reviews
        if act == "request":
            return 200, {"head": {"sha": "head1"}, "user": {"login": "author"}}
        if act in ("edit", "look"):
            entry = self.one(self.comments, parts[-1])
            if entry is None:
                return 404, {"message": "Not Found"}
            if text is not None:
                entry["body"] = text
            shown = self.shown(kind, entry)
            return 200, shown["comments"][0] if kind == "azure" else shown
        return self._issues(act, kind, parts, query, body)

    def _issues(self, act: str, kind: str, parts: tuple[str, ...], query: Any, body: Json) -> tuple[int, Any]:
        if act == "issues":
            label = query["labels"][0]
            assert query["state"] == [{"github": "open", "gitlab": "opened"}[kind]]
            found = [i for i in self.issues if i["state"] == "open" and label in i["labels"]]
            return 200, [{**self.shown(kind, i), **i.get("more", {})} for i in found]
        text = body.get("body", body.get("description"))
        if act == "open":
            labels = body["labels"]
            named = labels if isinstance(labels, list) else labels.split(",")
            return 201, self.shown(kind, self.issue(body["title"], text, named))
        entry = self.one(self.issues, parts[-1])
        if entry is None:
            return 404, {"message": "Not Found"}
        entry["body"] = text if text is not None else entry["body"]
        entry["title"] = body.get("title", entry["title"])
        if body.get("state") == "closed" or body.get("state_event") == "close":
            entry["state"] = "closed"
        return 200, self.shown(kind, entry)


R, P, A = "/repos/o/r", "/projects/7", "/proj/_apis/git/repositories/repo/pullRequests/12/threads"
ROUTES = (
    ("GET /user", "github", "GET me"),
    ("GET /api/v4/user", "gitlab", "GET me"),
    ("GET /coll/_apis/connectionData", "azure", "GET me"),
    (f"GET {R}/issues/12/comments", "github", "GET comments"),
    (f"POST {R}/issues/12/comments", "github", "POST post"),
    (f"GET {R}/issues/comments/(\\d+)", "github", "GET look"),
    (f"PATCH {R}/issues/comments/(\\d+)", "github", "PATCH edit"),
    (f"GET {R}/pulls/12/reviews", "github", "GET reviews"),
    (f"GET {R}/pulls/12", "github", "GET request"),
    (f"GET {R}/issues", "github", "GET issues"),
    (f"POST {R}/issues", "github", "POST open"),
    (f"PATCH {R}/issues/(\\d+)", "github", "PATCH change"),
    (f"GET /api/v4{P}/merge_requests/12/notes", "gitlab", "GET comments"),
    (f"POST /api/v4{P}/merge_requests/12/notes", "gitlab", "POST post"),
    (f"PUT /api/v4{P}/merge_requests/12/notes/(\\d+)", "gitlab", "PUT edit"),
    (f"GET /api/v4{P}/issues", "gitlab", "GET issues"),
    (f"POST /api/v4{P}/issues", "gitlab", "POST open"),
    (f"PUT /api/v4{P}/issues/(\\d+)", "gitlab", "PUT change"),
    (f"GET /coll{A}", "azure", "GET threads"),
    (f"POST /coll{A}", "azure", "POST post"),
    (f"PATCH /coll{A}/(\\d+)/comments/1", "azure", "PATCH edit"),
)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    host: CodeHost


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        host = cast("Server", self.server).host
        line = f"{self.command} {self.path}"
        length = int(self.headers.get("Content-Length") or 0)
        sent = json.loads(self.rfile.read(length)) if length else {}
        host.asked.append(line)
        host.headers.append(dict(self.headers.items()))
        fault = next((f for f in host.faults if line.startswith(f.begins)), None)
        if fault:
            host.faults.remove(fault)
            if fault.after:
                host.answer(self.command, self.path, sent)
            self.fail(host, fault)
            return
        held = self.headers.get("Authorization") or f"Bearer {self.headers.get('PRIVATE-TOKEN')}"
        if held != f"Bearer {TOKEN}":
            self.reply(401, {"message": "Bad credentials"})
            return
        status, value = host.answer(self.command, self.path, sent)
        self.page(host, status, value)

    do_GET = do_POST = do_PATCH = do_PUT = handle_any  # noqa: N815

    def page(self, host: CodeHost, status: int, value: Any) -> None:
        """Give one page of a list and say where the next one is."""
        if not isinstance(value, list):
            self.reply(status, value)
            return
        query = parse_qs(urlsplit(self.path).query)
        size, number = int(query.get("per_page", ["30"])[0]), int(query.get("page", ["1"])[0])
        headers = {}
        if len(value) > size * number:
            bare = re.sub("&page=\\d+", "", self.path)
            first, after = f"{host.base.split('/api')[0]}{bare}", f"&page={number + 1}"
            headers["Link"] = f'<{first}&page=1>; rel="first", <{first}{after}>; rel="next"'
        self.reply(status, value[size * (number - 1) : size * number], headers)

    def fail(self, host: CodeHost, fault: Fault) -> None:
        if fault.hang:
            host.over.wait(30)
            self.close_connection = True
            return
        if fault.drip:
            self.send_response(200)
            self.end_headers()
            self.close_connection = True
            with suppress(OSError):
                while not host.over.is_set():
                    self.wfile.write(b" ")
            return
        self.close_connection = True
        self.send_response(fault.status)
        for name, value in {
            "Content-Length": str(len(fault.body)),
            "Connection": "close",
            **fault.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(fault.body)

    def reply(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def code_host(**members: Any) -> Iterator[CodeHost]:
    """Serve the double on loopback until the end of the block."""
    server = Server(("127.0.0.1", 0), Handler)
    host = server.host = CodeHost(**members)
    host.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        host.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def environment(kind: str, host: CodeHost, event: str = "") -> dict[str, str]:
    """The variables the host documents for a job about request 12."""
    if kind == "github":
        return {
            "GITHUB_API_URL": host.base,
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_EVENT_PATH": event,
            "GITHUB_TOKEN": TOKEN,
        }
    if kind == "gitlab":
        return {
            "CI_API_V4_URL": f"{host.base}/api/v4",
            "CI_PROJECT_ID": "7",
            "CI_MERGE_REQUEST_IID": "12",
            "GITLAB_TOKEN": TOKEN,
        }
    return {
        "SYSTEM_COLLECTIONURI": f"{host.base}/coll/",
        "SYSTEM_TEAMPROJECTID": "proj",
        "BUILD_REPOSITORY_ID": "repo",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "12",
        "SYSTEM_ACCESSTOKEN": TOKEN,
    }

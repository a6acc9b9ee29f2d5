"""A host of git repositories on this machine, over http: as smart as git makes it, with a token if one is set."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class GitHost:
    """Serves the repositories below ``folder``. ``leads_to``: where every request is sent on to."""

    folder: Path
    token: str | None = None
    leads_to: str | None = None
    smart: bool = True
    # What was shown to it: the Authorization header of each request, None where there was none.
    shown: list[str | None] = field(default_factory=list)
    url: str = ""

    def lets_in(self, header: str | None) -> bool:
        self.shown.append(header)
        if self.token is None:
            return True
        wanted = "Basic " + base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        return header == wanted


@contextmanager
def serving(host: GitHost) -> Iterator[GitHost]:
    """Serve until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(host))
    host.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(host: GitHost) -> type[BaseHTTPRequestHandler]:
    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *words: Any) -> None:
            super().__init__(*words, directory=str(host.folder))

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            if not self._is_let_in():
                return
            if host.smart:
                self._backend(b"")
            else:
                super().do_GET()

        def do_POST(self) -> None:
            if self._is_let_in():
                self._backend(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _is_let_in(self) -> bool:
            if host.leads_to:
                self.send_response(302)
                self.send_header("Location", host.leads_to + self.path)
                self.end_headers()
                return False
            if host.lets_in(self.headers.get("Authorization")):
                return True
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return False

        def _backend(self, body: bytes) -> None:
            path, _, query = self.path.partition("?")
            environment = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(host.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            }
            done = subprocess.run(
                ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
            )
            head, _, rest = done.stdout.partition(b"\r\n\r\n")
            lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
            self.send_response(int(lines.pop("Status", "200 OK").split()[0]))
            for name, value in lines.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(rest)

    return Handler

"""Doubles of those who are told, on loopback: a webhook over HTTP, and a mail server that speaks enough SMTP."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from certificates import loopback


@dataclass
class Reply:
    """What the webhook answers. ``hang`` answers nothing, ``drip`` a byte now and then, until the double is closed."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang: bool = False
    drip: bool = False


@dataclass
class Hook:
    """A webhook: what it got, and what it answers, in order; then it takes everything."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    hook: Hook


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        hook = cast("_Server", self.server).hook
        hook.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        hook.headers.append({name.lower(): value for name, value in self.headers.items()})
        hook.paths.append(self.path)
        reply = hook.replies.pop(0) if hook.replies else Reply()
        if reply.hang:
            hook.over.wait(30)
            self.close_connection = True
            return
        self.send_response(reply.status)
        if not reply.drip:
            self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(reply.body)
            while reply.drip and not hook.over.is_set():
                self.wfile.write(b" " * 1_000)
        self.close_connection = self.close_connection or reply.drip

    # What follows a redirection comes as another method.
    do_GET = do_POST  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def webhook() -> Iterator[Hook]:
    """Serve a webhook on loopback until the end of the block."""
    server = _Server(("127.0.0.1", 0), _Handler)
    hook = server.hook = Hook(url=f"http://127.0.0.1:{server.server_port}/hook/secret-path")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        hook.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class MailServer:
    """A mail server: what it got, and how it behaves. ``refuse`` maps the beginning of a command to an answer."""

    port: int = 0
    tls: bool = False
    offers: tuple[str, ...] = ("STARTTLS", "AUTH PLAIN")
    refuse: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    drip: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    def serve(self, connection: socket.socket) -> None:
        """Hold one conversation."""
        with ExitStack() as held:
            if self.tls:
                connection = held.enter_context(_encrypted(connection))
            held.enter_context(connection)
            self._answer(connection, "220 loopback")
            while self.drip and not self.over.wait(0.02):
                connection.sendall(b"x")
            if self._converse(connection):
                self._converse(held.enter_context(_encrypted(connection)))

    def _converse(self, connection: socket.socket) -> bool:
        """Answer commands; say whether the conversation is to go on encrypted."""
        secret = isinstance(connection, ssl.SSLSocket)
        with connection.makefile("rb") as lines:
            while line := lines.readline():
                command = line.decode("utf-8", "replace").strip()
                self.commands.append(command)
                verb = command.split()[0].upper() if command else ""
                refused = [a for c, a in self.refuse.items() if command.upper().startswith(c.upper())]
                if verb == "DATA" and not refused:
                    self._answer(connection, "354 go ahead")
                    self._take(lines, secret)
                said = refused[0] if refused else self._reply(verb, secret)
                self._answer(connection, said)
                if verb == "STARTTLS":
                    return True
        return False

    def _reply(self, verb: str, secret: bool) -> str:
        if verb == "EHLO":
            offers = [f"250-{offer}" for offer in self.offers if offer != "STARTTLS" or not secret]
            return "\r\n".join(["250-loopback", *offers, "250 SIZE 1000000"])
        return {"STARTTLS": "220 go ahead", "AUTH": "235 in", "QUIT": "221 bye"}.get(verb, "250 ok")

    def _answer(self, connection: socket.socket, text: str) -> None:
        connection.sendall(f"{text}\r\n".encode())

    def _take(self, lines: Any, secret: bool) -> None:
        parts = []
        while (line := lines.readline()) not in (b".\r\n", b""):
            parts.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.raw.append(b"".join(parts))
        self.encrypted.append(secret)
        self.mails.append(cast("EmailMessage", message_from_bytes(self.raw[-1], policy=default)))


def _encrypted(connection: socket.socket) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    loopback().configure_cert(context)
    return context.wrap_socket(connection, server_side=True)


@contextmanager
def mail_server(**members: Any) -> Iterator[MailServer]:
    """Serve mail on loopback until the end of the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = MailServer(port=listener.getsockname()[1], **members)

    def converse(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            server.serve(connection)

    def listen() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=converse, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        # An accept that waits is not ended by closing alone.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()

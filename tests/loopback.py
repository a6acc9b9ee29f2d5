"""A server on loopback that answers what it is told to, byte for byte, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Say = Callable[[socket.socket], None]


@dataclass
class Asked:
    """One request, as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def answer(
    body: object = None, status: int = 200, headers: Mapping[str, str] | None = None, raw: bytes | None = None
) -> bytes:
    """An answer whose body is JSON, or the bytes ``raw``."""
    content = raw if raw is not None else json.dumps({} if body is None else body).encode()
    told = {"Content-Length": str(len(content)), "Content-Type": "application/json", **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status} So\r\n{head}\r\n".encode() + content


def cut(part: bytes = b"") -> Say:
    """Send this and end the connection."""

    def say(connection: socket.socket) -> None:
        connection.sendall(part)
        connection.shutdown(socket.SHUT_RDWR)

    return say


@dataclass
class Server:
    """Each request gets the next of ``answers``; the last of them again and again."""

    answers: list[bytes | Say] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    base: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    choose: Callable[[Asked], bytes | Say] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, asked: Asked) -> bytes | Say:
        with self.lock:
            self.asked.append(asked)
            if self.choose is not None:
                return self.choose(asked)
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def drip(self, connection: socket.socket) -> None:
        """Send a head that never ends, byte by byte."""
        connection.sendall(b"HTTP/1.1 200 So\r\nX: ")
        while not self.over.wait(0.01):
            connection.sendall(b"x")

    def drip_body(self, connection: socket.socket) -> None:
        """Send a body that never ends, byte by byte."""
        connection.sendall(b"HTTP/1.1 200 So\r\n\r\n")
        self.drip(connection)

    def silence(self, _: socket.socket) -> None:
        """Say nothing at all."""
        self.over.wait(20)

    def talk(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as lines:
            while line := lines.readline():
                method, target, _ = line.decode().split()
                headers = {}
                while (head := lines.readline().decode().strip()) != "":
                    name, _, value = head.partition(":")
                    headers[name.lower()] = value.strip()
                body = lines.read(int(headers.get("content-length", 0)))
                said = self.next(Asked(method, target, headers, body))
                if not isinstance(said, bytes):
                    said(connection)
                    return
                connection.sendall(said)


@contextmanager
def serving(*answers: bytes | Say, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve on loopback until the end of the block."""
    server = Server(list(answers))
    listener = socket.create_server(("127.0.0.1", 0))
    server.base = f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            thread = threading.Thread(target=meet, args=(connection,), daemon=True)
            thread.start()
            threads.append(thread)

    def meet(connection: socket.socket) -> None:
        with suppress(OSError):
            server.talk(tls.wrap_socket(connection, server_side=True) if tls else connection)
        connection.close()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        # Closing alone does not wake who waits in accept.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def nowhere() -> str:
    """An address on loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"

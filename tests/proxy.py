"""A way to a server on loopback in, the same way with all that cables, firewalls and middlemen do to it out.

It listens on a port of loopback and carries bytes to a socket file or port there and back. A test may have it throw
away what comes without closing anything (half open), cut connections off in the middle, let them wait, or do one of
these at the moment when certain bytes pass.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HERE = "127.0.0.1"
PIECE = 64 * 1024
AT_ONCE = struct.pack("ii", 1, 0)


class Link:
    """One connection through the proxy: what it carries, and whether it does."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.near, self.far = near, far
        self.swallows = False

    def reset(self) -> None:
        """End both sides as a machine does that knows nothing of the connection any more."""
        for writer in (self.near, self.far):
            there: socket.socket | None = writer.get_extra_info("socket")
            # One that has ended by itself has no options any more.
            with contextlib.suppress(OSError):
                if there is not None and there.family != socket.AF_UNIX:
                    there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            writer.transport.abort()


class Proxy:
    """Carries connections to ``target`` while a block runs. Its methods may be called from any thread."""

    def __init__(self, target: Path | tuple[str, int]) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._when: tuple[bytes, Callable[[Link], None]] | None = None
        self._after = 0
        self._swallows_new, self._delay = False, 0.0
        self.happened = threading.Event()
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._connected, HERE, 0)).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._end()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def many(self) -> int:
        """How many connections there are that carry what comes."""
        return sum(not link.swallows for link in tuple(self._links))

    def swallow(self, *, new: bool = False) -> None:
        """Throw away what comes on the connections there are, from both sides, and close none; ``new``: and on others.

        An end of one side is not told to the other any more.
        """

        async def begin() -> None:
            self._swallows_new = new
            for link in self._links:
                link.swallows = True

        self._do(begin()).result()

    def carry(self) -> None:
        """Let new connections be as they should; those that are half open stay so."""
        self._swallows_new, self._delay, self._when = False, 0.0, None

    def delay(self, seconds: float) -> None:
        """Let each piece wait for so long."""
        self._delay = seconds

    def reset(self) -> None:
        """End each connection there is without a word."""

        async def end() -> None:
            for link in tuple(self._links):
                link.reset()
            self._links.clear()

        self._do(end()).result()

    def reset_after(self, pieces: int) -> None:
        """Cut a connection off at the first piece that a client sends after so many; the server never gets it."""
        self._at(b"", Link.reset, pieces)

    def reset_at(self, words: bytes) -> None:
        """Cut the connection off on which these words come from the client; the server never gets them."""
        self._at(words, Link.reset)

    def swallow_at(self, words: bytes) -> None:
        """Let the connection on which these words come be half open from there on; the server still gets them."""

        def swallow(link: Link) -> None:
            link.swallows = True

        self._at(words, swallow)

    def _at(self, words: bytes, what: Callable[[Link], None], after: int = 0) -> None:
        self.happened.clear()
        self._after, self._when = after, (words, what)

    # on the proxy's own thread

    def _do(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _connected(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        try:
            there, far = await self._reach()
        except OSError:
            near.transport.abort()
            return
        link = Link(near, far)
        link.swallows = self._swallows_new
        self._links.add(link)
        for words in ((link, reader, far, True), (link, there, near, False)):
            task = self._loop.create_task(self._carried(*words))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(str(self._target))
        return await asyncio.open_connection(*self._target)

    async def _carried(
        self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asks: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE):
                if self._delay:
                    await asyncio.sleep(self._delay)
                if not link.swallows:
                    self._pass_on(link, piece, writer, asks)
                    await writer.drain()
        if not link.swallows and link in self._links:
            self._links.discard(link)
            link.near.close()
            link.far.close()

    def _pass_on(self, link: Link, piece: bytes, writer: asyncio.StreamWriter, asks: bool) -> None:
        if asks and self._when is not None and self._when[0] in piece:
            self._after -= 1
            if self._after < 0:
                _, what = self._when
                self._when = None
                what(link)
                self.happened.set()
        if not writer.transport.is_closing():
            writer.write(piece)

    async def _end(self) -> None:
        assert self._server is not None
        self._server.close()
        for link in tuple(self._links):
            link.near.transport.abort()
            link.far.transport.abort()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

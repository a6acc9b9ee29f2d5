"""An editor's side of the language server protocol: a file's text in; completions, hovers and diagnostics out.

Just enough of LSP 3.17 to ask a real server what a person at an editor would be shown: messages framed by
``Content-Length`` over stdio. Every wait has an end, so that a server that hangs fails a test and stops nothing.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

PATIENCE = 60.0
# Nothing from the network: only the schema that a file names itself.
SETTINGS = {
    "yaml": {
        "validate": True,
        "completion": True,
        "hover": True,
        "schemaStore": {"enable": False, "url": ""},
        "kubernetesCRDStore": {"enable": False},
    },
    "http": {"proxy": "", "proxyStrictSSL": True},
}
Message = dict[str, Any]


class Editor:
    """One server that runs, and the files open in it."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self._server = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._inbox: queue.Queue[Message | None] = queue.Queue()
        self._asked = self._opened = 0
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._root = folder

    def __enter__(self) -> Editor:
        self._reader.start()
        try:
            self._begin()
        except BaseException:
            self.end()
            raise
        return self

    def _begin(self) -> None:
        root = self._root.absolute().as_uri()
        abilities = {
            "workspace": {"configuration": True},
            "textDocument": {
                "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
                "hover": {"contentFormat": ["markdown"]},
                "publishDiagnostics": {"versionSupport": True},
            },
        }
        self._ask(
            "initialize",
            processId=None,
            rootUri=root,
            capabilities=abilities,
            workspaceFolders=[{"uri": root, "name": self._root.name}],
        )
        self._tell("initialized")
        self._tell("workspace/didChangeConfiguration", settings=SETTINGS)

    def __exit__(self, *_: object) -> None:
        try:
            self._ask("shutdown")
            self._tell("exit")
            self._server.wait(PATIENCE)
        finally:
            self.end()

    def end(self) -> None:
        """Stop the server, whatever it is at."""
        self._server.kill()
        self._server.wait()
        self._reader.join(PATIENCE)
        for stream in (self._server.stdin, self._server.stdout):
            if stream is not None:
                stream.close()

    def diagnostics(self, file: Path, text: str) -> list[Message]:
        """Open ``text`` as if it stood beside ``file``; return what the server finds wrong with it."""
        uri = self._open(file, text)
        while True:
            message = self._next()
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri:
                found: list[Message] = message["params"]["diagnostics"]
                return found

    def completions(self, file: Path, text: str) -> dict[str, Message]:
        """Return what is offered at the ``|`` in ``text``, by label."""
        found = self._ask("textDocument/completion", **self._at(file, text))
        items = found["items"] if isinstance(found, dict) else found
        return {item["label"]: item for item in items}

    def hover(self, file: Path, text: str) -> str:
        """Return what is shown of the word at the ``|`` in ``text``."""
        found = self._ask("textDocument/hover", **self._at(file, text))
        return "" if found is None else str(found["contents"]["value"])

    def _at(self, file: Path, text: str) -> dict[str, Any]:
        before, bar, after = text.partition("|")
        assert bar
        uri = self._open(file, before + after)
        place = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        return {"textDocument": {"uri": uri}, "position": place}

    def _open(self, file: Path, text: str) -> str:
        """Open the text under a name of its own in the folder of ``file``: no answer is about an earlier one."""
        self._opened += 1
        uri = file.absolute().with_name(f"{self._opened}-{file.name}").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", textDocument=document)
        return uri

    def _ask(self, method: str, **params: Any) -> Any:
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while True:
            message = self._next()
            if message.get("id") == self._asked and "method" not in message:
                assert "error" not in message, message["error"]
                return message["result"]

    def _tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _next(self) -> Message:
        """Return the next message; a question of the server's is answered on the way."""
        message = self._inbox.get(timeout=PATIENCE)
        assert message is not None, "the server is gone"
        if "id" in message and "method" in message:
            items = message.get("params", {}).get("items", ())
            answer = [SETTINGS.get(item.get("section", "")) for item in items]
            is_configuration = message["method"] == "workspace/configuration"
            self._send({"id": message["id"], "result": answer if is_configuration else None})
        return message

    def _send(self, message: Message) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = self._server.stdin
        assert stream is not None
        stream.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        stream.flush()

    def _listen(self) -> None:
        stream = self._server.stdout
        assert stream is not None
        while (message := _message(stream)) is not None:
            self._inbox.put(message)
        self._inbox.put(None)


def _message(stream: IO[bytes]) -> Message | None:
    """Read one message; None where the stream ends."""
    length = 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    data = stream.read(length)
    return json.loads(data) if length and len(data) == length else None

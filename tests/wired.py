"""A stand-in for the calls of the live backend: scripted answers in, what was asked kept for the test to look at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cli import ROOT

from reconciler.adapters.microsoft.calling import Answer, Bearer, NoAnswer

SAMPLES = ROOT / "tests" / "samples"
CUSTOMER = "d8202a51-69f9-4228-b900-d0e081af17d7"
SUBSCRIPTION = "a4c1340d-6911-4758-bba3-0c4c6007d161"


def sample(name: str) -> Any:
    """Return a documented body."""
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


def answer(body: object, status: int = 200, **headers: str) -> Answer:
    """Return an answer with a JSON body; header names with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, b"" if body is None else json.dumps(body).encode(), "the call")


class Nobody:
    """A bearer that nobody checks."""

    def token(self) -> str:
        return "token"

    def forget(self) -> None:
        pass


@dataclass
class Wired:
    """Answers each path with what stands for its beginning; the last of several answers stays."""

    reads: dict[str, list[Answer | NoAnswer]] = field(default_factory=dict)
    written: list[tuple[str, str, Any, Mapping[str, str], str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    until: list[float | None] = field(default_factory=list)
    reply: Answer | NoAnswer | None = None

    def read(
        self,
        bearer: Bearer,
        path: str,
        *,
        headers: Mapping[str, str] = {},
        method: str = "GET",
        body: object | None = None,
    ) -> Answer:
        self.asked.append(path)
        found = max((p for p in self.reads if path.startswith(p)), key=len, default=None)
        if found is None:
            return answer({"code": 1000, "description": "nothing here"}, 404)
        told = self.reads[found]
        return _given(told.pop(0) if len(told) > 1 else told[0])

    def write(
        self,
        bearer: Bearer,
        method: str,
        path: str,
        body: object,
        *,
        request_id: str,
        headers: Mapping[str, str] = {},
        until: float | None = None,
    ) -> Answer:
        self.until.append(until)
        self.written.append((method, path, body, headers, request_id))
        return _given(self.reply)


def _given(told: Answer | NoAnswer | None) -> Answer:
    if isinstance(told, NoAnswer):
        raise told
    assert told is not None
    return told

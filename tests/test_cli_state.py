"""A state folder that can not be used: one line that says why and what to do, whatever the command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from cli import Desk

CONFIG = ("--config", "examples/reconciler.yaml")
READING = [
    ("plan", "examples/tenants/fabrikam.yaml"),
    ("status", "--path", "examples/tenants"),
    ("explain", "fabrikam", "--path", "examples/tenants"),
    ("resolve", "fabrikam.onmicrosoft.com"),
    ("snapshot", "--all"),
    ("import", "--all"),
    ("simulator", "show"),
    ("simulator", "log"),
    ("simulator", "fault"),
]
WRITING = [
    ("simulator", "load", "examples/live"),
    ("apply", "examples/tenants", "--auto-approve"),
    ("stop", "--reason", "audit"),
    ("suspend", "fabrikam.onmicrosoft.com", "--reason", "r", "--owner", "o", "--until", "2099-12-24"),
]


def complaint(desk: Desk, words: tuple[str, ...], folder: Path | str) -> str:
    """The one line a command says of a folder that can not be used."""
    answer = desk.run(*words, *CONFIG, "--state", folder)
    assert answer.code == 1
    assert answer.out == ""
    lines = answer.err.splitlines()
    assert lines[-1].startswith("error: ")
    assert "--state" in lines[-1]
    return lines[-1]


@pytest.mark.parametrize("words", [*READING, *WRITING], ids=" ".join)
@pytest.mark.parametrize("below", ["", "/below"], ids=["itself", "below"])
def test_a_file_is_no_state_folder(examples: Desk, words: tuple[str, ...], below: str) -> None:
    file = examples.put("afile", "mine")
    assert "afile" in complaint(examples, words, f"afile{below}")
    assert file.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("words", [*READING, *WRITING[1:]], ids=" ".join)
def test_a_state_folder_of_somebody_else_is_told_and_left_alone(
    examples: Desk, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = examples.folder / "closed"
    closed.mkdir()
    real = os.stat

    def stat(path: Any, **options: Any) -> os.stat_result:
        if isinstance(path, str | os.PathLike) and closed in Path(path).absolute().parents:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **options)

    monkeypatch.setattr(os, "stat", stat)
    assert "Permission denied" in complaint(examples, words, "closed")
    monkeypatch.undo()
    assert list(closed.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc")
@pytest.mark.parametrize("words", [*READING, *WRITING], ids=" ".join)
def test_a_folder_that_can_not_be_made_is_told(examples: Desk, words: tuple[str, ...]) -> None:
    assert "/proc/none" in complaint(examples, words, "/proc/none")

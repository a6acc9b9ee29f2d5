"""The how-to pages against the tool: every example in them is run, in order, in a folder with the examples.

``python tests/test_guides.py --write`` puts the present output into the blocks; what a person types stays.

Blocks between ``<!-- run -->`` and ``<!-- end -->`` hold commands and what they say; after ``<!-- run quietly -->``
only that they run counts (what they say holds a time of the machine, or an id made up anew). ``<!-- file PATH -->``
writes a file.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cli import ROOT, Desk

BLOCK = re.compile(
    r"(<!-- (?P<what>run quietly|run|file (?P<path>[^ ]+)) -->\n```[a-z]+\n)(?P<text>.*?)(?P<end>```\n<!-- end -->)",
    re.DOTALL,
)
GUIDES = [
    page for page in sorted((ROOT / "docs").glob("*.md")) if BLOCK.search(page.read_text(encoding="utf-8"))
]
MARKED = re.compile(r"^```(?:console|sh)\n", re.MULTILINE)


def said(desk: Desk, command: str) -> str:
    """What a command prints: its result, and where it fails what it says of that too.

    ``edit FILE OLD NEW`` stands for a person at an editor.
    """
    tool, *words = shlex.split(command, comments=True)
    if tool == "edit":
        path, old, new = words
        text = Path(path).read_text(encoding="utf-8")
        assert text.count(old) == 1, command
        Path(path).write_text(text.replace(old, new), encoding="utf-8")
        return ""
    assert tool == "reconciler"
    answer = desk.run(*words)
    assert answer.code in (0, 1), answer.both
    assert "Traceback" not in answer.both
    return answer.out if answer.code == 0 else answer.both


def played(block: re.Match[str], desk: Desk) -> str:
    """A block as the tool would have it; a file is written, a quiet command is run."""
    if block["path"]:
        desk.put(block["path"], block["text"])
        return block["text"]
    commands = [line[2:] for line in block["text"].splitlines() if line.startswith("$ ")]
    assert commands
    told = [(command, said(desk, command)) for command in commands]
    if block["what"] == "run quietly":
        return block["text"]
    return "\n".join(f"$ {command}\n{out.rstrip()}".rstrip() + "\n" for command, out in told)


def replayed(text: str, desk: Desk) -> str:
    """The page with every block as the tool would have it."""
    play: Callable[[re.Match[str]], str] = lambda block: block[1] + played(block, desk) + block["end"]  # noqa: E731
    return BLOCK.sub(play, text)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda p: p.stem)
def test_the_guide_shows_what_the_tool_says(guide: Path, examples: Desk) -> None:
    text = guide.read_text(encoding="utf-8")
    assert replayed(text, examples) == text, "run `python tests/test_guides.py --write` and read what changed"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda p: p.stem)
def test_no_example_of_a_guide_is_left_unrun(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    assert len(MARKED.findall(text)) == sum(not block["path"] for block in BLOCK.finditer(text))


def test_there_is_a_guide_for_each_thing_a_person_does() -> None:
    there = {guide.stem for guide in GUIDES}
    assert there >= {"take-a-tenant-in", "review-a-plan", "hand-offs", "find-out-why", "pause"}


def write() -> None:
    """Bring the pages up to date."""
    for guide in GUIDES:
        text = guide.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            guide.write_text(replayed(text, Desk(Path(folder)).examples()), encoding="utf-8")


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    write()

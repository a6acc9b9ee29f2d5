"""The how-to pages against the tool: each block marked to be run says what the tool says.

``python tests/test_guides.py --write`` puts the present output into the blocks; the commands in them stay. A line that
begins with ``$ edit`` replaces text in a file, as a person would: ``$ edit FILE 'old' 'new'``.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import tempfile
from pathlib import Path

import pytest
from cli import ROOT, Desk

RUN = re.compile(r"(<!-- run(?: exit=(\d+))? -->\n```console\n)(.*?)(```\n<!-- end -->)", re.DOTALL)
PAGES = [
    page for page in sorted((ROOT / "docs").glob("*.md")) if RUN.search(page.read_text(encoding="utf-8"))
]


def played(block: str, desk: Desk, code: int) -> str:
    """The block with what each of its commands says on stdout; the last of them ends with ``code``."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    told = ""
    for number, command in enumerate(commands, start=1):
        tool, *words = shlex.split(command)
        told += f"$ {command}\n"
        if tool == "edit":
            path, old, new = words
            text = Path(path).read_text(encoding="utf-8")
            assert text.count(old) == 1, command
            Path(path).write_text(text.replace(old, new), encoding="utf-8")
            continue
        assert tool == "reconciler"
        answer = desk.run(*words)
        assert answer.code == (code if number == len(commands) else 0), answer.both
        told += answer.out
    return told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_guide_shows_what_the_tool_says(page: Path, examples: Desk) -> None:
    for _, code, block, _ in RUN.findall(page.read_text(encoding="utf-8")):
        assert played(block, examples, int(code or 0)) == block, (
            "run `python tests/test_guides.py --write` and read what changed"
        )


def test_there_are_guides() -> None:
    assert {"take-a-tenant-in", "hand-offs"} <= {page.stem for page in PAGES}


def write() -> None:
    """Bring the blocks of every guide up to date."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            desk = Desk(Path(folder)).examples()

            def fresh(found: re.Match[str], desk: Desk = desk) -> str:
                return found[1] + played(found[3], desk, int(found[2] or 0)) + found[4]

            text = RUN.sub(fresh, text)
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    write()

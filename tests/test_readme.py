"""The README's transcript against the tool: what a stranger is shown is what they get.

``python tests/test_readme.py --write`` puts the present output into the block; the commands in it stay.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import tempfile
from pathlib import Path

from cli import ROOT, Desk

README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- transcript -->\n```console\n)(.*?)(```\n<!-- end -->)", re.DOTALL)
FIRST = re.compile(r"<!-- first-command -->\n```sh\n(.*?)```\n<!-- end -->", re.DOTALL)


def transcript() -> str:
    """The text between the marks, as it stands in the README."""
    found = BLOCK.search(README.read_text(encoding="utf-8"))
    assert found, "README.md has no transcript"
    return found[2]


def played(commands: list[str], desk: Desk) -> str:
    """The commands with what each says on stdout, one after the other in one folder."""
    parts = []
    for command in commands:
        tool, *words = shlex.split(command, comments=True)
        assert tool == "reconciler"
        answer = desk.ok(*words)
        parts.append(f"$ {command}\n{answer.out.rstrip()}\n")
    return "\n".join(parts)


def commands_of(text: str) -> list[str]:
    """The lines that a person types."""
    return [line[2:] for line in text.splitlines() if line.startswith("$ ")]


def test_the_transcript_is_what_the_tool_says(examples: Desk) -> None:
    text = transcript()
    commands = commands_of(text)
    assert commands
    assert played(commands, examples) == text, (
        "run `python tests/test_readme.py --write` and read what changed"
    )


def test_the_transcript_shows_a_plan_and_an_apply() -> None:
    assert {"plan", "apply"} <= {command.split()[1] for command in commands_of(transcript())}


def test_the_first_command_does_the_main_job(examples: Desk) -> None:
    found = FIRST.search(README.read_text(encoding="utf-8"))
    assert found
    last = found[1].strip().split(" && ")[-1]
    tool, *words = shlex.split(last)
    assert tool == ".venv/bin/reconciler"
    assert examples.ok(*words).out.splitlines()[-1].startswith("Apply: ")


def write() -> None:
    """Bring the README's transcript up to date."""
    text = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        told = played(commands_of(transcript()), Desk(Path(folder)).examples())
    README.write_text(BLOCK.sub(lambda found: found[1] + told + found[3], text), encoding="utf-8")


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    write()

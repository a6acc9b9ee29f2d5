"""The image: somebody who is not root starts the tool itself, and nothing gets in but what the wheel is made of."""

from __future__ import annotations

import fnmatch
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli import ROOT
from deployed import CONTAINERFILE, IGNORED, STATE, TOOL, copied, instruction, instructions


def test_the_image_starts_the_tool_itself_as_somebody_who_is_not_root() -> None:
    assert json.loads(instruction("ENTRYPOINT")) == [TOOL]
    assert json.loads(instruction("CMD"))[0] == "run"
    user, _, group = instruction("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert instruction("STOPSIGNAL") == "SIGTERM"
    assert instruction("HEALTHCHECK") == "NONE"


def test_the_image_keeps_its_state_in_a_volume_that_its_user_owns() -> None:
    assert json.loads(instruction("VOLUME")) == [STATE]
    assert f"RECONCILER_STATE={STATE}" in instruction("ENV").split()
    user, group = instruction("USER").split(":")
    made = [w for found, w in instructions() if found == "RUN" and f"-o {user} -g {group} {STATE}" in w]
    assert len(made) == 1
    names = [found for found, _ in instructions()]
    assert names.index("USER") > max(n for n, name in enumerate(names) if name == "RUN"), (
        "nothing is built as it"
    )


def test_the_image_says_what_it_is() -> None:
    labels = dict(re.findall(r'(org\.opencontainers\.image\.\w+)="([^"]*)"', instruction("LABEL")))
    assert set(labels) >= {
        f"org.opencontainers.image.{w}" for w in ("title", "licenses", "source", "version")
    }
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (version,) = re.findall(r'^version = "(.+)"$', project, re.MULTILINE)
    assert f"ARG VERSION={version}" in CONTAINERFILE.read_text(encoding="utf-8")
    bases = [words.split()[0] for found, words in instructions() if found == "FROM"]
    assert set(bases) == {"${PYTHON}"}, "what is built in one Python runs in the same"


def test_what_a_fleet_needs_comes_with_the_image_when_it_is_asked_for(tmp_path: Path) -> None:
    (line,) = [words for found, words in instructions() if found == "RUN" and "pip install" in words]
    (wheel,) = re.findall(r"pip install --no-cache-dir (.+)$", line)
    (tmp_path / "reconciler-0.1.0-py3-none-any.whl").touch()
    for extras, expected in (("", ".whl"), ("fleet", ".whl[fleet]"), ("fleet,traces", ".whl[fleet,traces]")):
        command = f"echo {wheel.replace('/wheel', str(tmp_path))}"
        done = subprocess.run(
            ["/bin/sh", "-c", command], env={"EXTRAS": extras}, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip().endswith("any" + expected)


def let_in(path: str) -> bool:
    """Whether .containerignore lets a path into the build; the last line that speaks of it counts."""
    lines = [
        line for line in IGNORED.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    ]
    parents = [path, *(str(parent) for parent in Path(path).parents)]
    inside = True
    for line in lines:
        pattern = line.removeprefix("!")
        wholes = [pattern, pattern.removeprefix("**/")]
        names = (
            {*parents, *(Path(one).name for one in parents)} if pattern.startswith("**/") else set(parents)
        )
        if any(fnmatch.fnmatchcase(name, whole) for name in names for whole in wholes):
            inside = line.startswith("!")
    return inside


def test_what_goes_into_the_image_is_there_and_nothing_else_can() -> None:
    sources = [path.relative_to(ROOT).as_posix() for path in copied()]
    assert set(sources) == {"pyproject.toml", "README.md", "LICENSE", "schemas", "reconciler"}
    for source in sources:
        assert (ROOT / source).exists()
        assert let_in(source), source
    assert let_in("reconciler/cli/__init__.py")
    for path in (".git/config", "tests/cli.py", "examples/.reconciler/journal.db", ".env", "a.key"):
        assert not let_in(path), path
    assert not let_in("reconciler/cli/__pycache__/x.pyc")
    assert not let_in("reconciler/.reconciler/journal.db")


@pytest.mark.wheel
def test_a_wheel_can_be_built_from_what_goes_into_the_image(tmp_path: Path) -> None:
    context = tmp_path / "src"
    context.mkdir()
    for path in copied():
        if path.is_dir():
            shutil.copytree(path, context / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, context)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, context]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list(tmp_path.glob("reconciler-*.whl"))) == 1

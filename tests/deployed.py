"""The examples of running the tool for good, read: units, Containerfile and manifests in, their settings out."""

from __future__ import annotations

import configparser
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from cli import EXAMPLES, ROOT

DEPLOY = EXAMPLES / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
FLEET_UNITS = sorted((DEPLOY / "systemd").glob("*@.service"))
WATCH = DEPLOY / "systemd" / "reconciler-watch.service"
LOOP_UNITS = sorted(set(UNITS) - set(FLEET_UNITS) - {WATCH})
WATCH_TIMER = DEPLOY / "systemd" / "reconciler-watch.timer"
WATCHING = DEPLOY / "systemd" / "reconciler-watch.py"
TIMER = DEPLOY / "systemd" / "reconciler-once.timer"
ENVIRONMENT = DEPLOY / "systemd" / "reconciler.env"
CONTAINERFILE = DEPLOY / "container" / "Containerfile"
IGNORED = DEPLOY / "container" / ".containerignore"
FLEET = DEPLOY / "kubernetes" / "fleet"
FLEET_MANIFESTS = sorted(FLEET.glob("*.yaml"))
MANIFESTS = sorted(set((DEPLOY / "kubernetes").rglob("*.yaml")) - set(FLEET_MANIFESTS))
COMPOSE = DEPLOY / "compose" / "compose.yaml"
ROLES = DEPLOY / "compose" / "roles.sql"
BACKUP = DEPLOY / "compose" / "backup.sh"
STATE = "/var/lib/reconciler"
TOOL = "/opt/reconciler/bin/reconciler"
Json = dict[str, Any]


@cache
def settings_of(unit: Path) -> dict[str, dict[str, str]]:
    """A unit's sections; of a setting that is repeated, all values with blanks between."""

    class Repeated(dict[str, Any]):
        def __setitem__(self, key: str, value: Any) -> None:
            if isinstance(value, list) and isinstance(self.get(key), list):
                value = [*self[key], *value]
            super().__setitem__(key, value)

    parser = configparser.RawConfigParser(strict=False, dict_type=Repeated)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit.read_text(encoding="utf-8"))
    return {name: {k: " ".join(v.split("\n")) for k, v in parser[name].items()} for name in parser.sections()}


@cache
def settings() -> dict[str, str]:
    """What the environment file sets."""
    lines = ENVIRONMENT.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def words_of_unit(unit: Path) -> list[str]:
    """The command line as the service manager would start it, without the program."""
    line = settings_of(unit)["Service"]["ExecStart"]
    for name, value in sorted(settings().items(), reverse=True):
        line = line.replace(f"${{{name}}}", value).replace(f"${name}", value)
    assert "$" not in line
    tool, *words = shlex.split(line)
    assert tool == TOOL
    return words


@cache
def instructions() -> tuple[tuple[str, str], ...]:
    """Each instruction of the Containerfile with its words, lines joined."""
    text = re.sub(r"\\\n\s*", " ", CONTAINERFILE.read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple((line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in lines)


def instruction(name: str) -> str:
    """The words of the last instruction of a name: the one that counts."""
    return [words for found, words in instructions() if found == name][-1]


def copied() -> Iterator[Path]:
    """Every path of the source tree that goes into the image."""
    for found, words in instructions():
        if found == "COPY" and not words.startswith("--from="):
            yield from (ROOT / word for word in words.split()[:-1])


@cache
def document(manifest: Path) -> Json:
    found: Json = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    return found


@cache
def documents(manifest: Path) -> tuple[Json, ...]:
    """All that stands in a file, which may be several."""
    return tuple(yaml.safe_load_all(manifest.read_text(encoding="utf-8")))


def of_kind(kind: str) -> Json:
    """The one manifest of a kind."""
    (found,) = [d for d in map(document, MANIFESTS) if d["kind"] == kind]
    return found


def of_fleet(kind: str, name: str) -> Json:
    """The one manifest of a fleet of this kind and name."""
    there = (d for path in FLEET_MANIFESTS for d in documents(path))
    (found,) = [d for d in there if d["kind"] == kind and d["metadata"]["name"] == name]
    return found


@cache
def services() -> dict[str, Json]:
    """The services of the compose file."""
    found: dict[str, Json] = document(COMPOSE)["services"]
    return found


def pods(manifest: Json) -> Iterator[Json]:
    """The pods that a manifest makes."""
    if manifest["kind"] in ("Deployment", "StatefulSet", "Job"):
        yield manifest["spec"]["template"]["spec"]
    if manifest["kind"] == "CronJob":
        yield manifest["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def containers(manifest: Json) -> Iterator[Json]:
    yield from (container for pod in pods(manifest) for container in pod["containers"])

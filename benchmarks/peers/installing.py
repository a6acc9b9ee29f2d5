"""A package in, the Python it was installed for and its version out, or why it could not be installed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LONGEST = 900.0


class NotInstalled(Exception):
    """It is not there, and this is why."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A virtual environment with one package and what that needs."""

    folder: Path
    version: str

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    def script(self, name: str) -> str:
        """The path of a command it brings."""
        return str(self.folder / "bin" / name)


def installed(package: str, below: Path) -> Installed:
    """Install the newest version below a folder, unless it is there already. Raises NotInstalled."""
    folder = below / package
    python = str(folder / "bin" / "python")
    if not _version(python, package):
        below.mkdir(parents=True, exist_ok=True)
        _done([sys.executable, "-m", "venv", "--clear", str(folder)])
        _done([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package])
    version = _version(python, package)
    if not version:
        raise NotInstalled(f"pip installed no {package}.")
    return Installed(folder, version)


def _version(python: str, package: str) -> str:
    ask = f"import importlib.metadata; print(importlib.metadata.version({package!r}))"
    try:
        said = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""


def _done(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalled(str(error)) from error
    if done.returncode:
        raise NotInstalled(last_words(done.stderr) or f"It ended with {done.returncode}.")


def last_words(said: str) -> str:
    """Return the last line that says something: where pip and Python tell what went wrong."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else ""

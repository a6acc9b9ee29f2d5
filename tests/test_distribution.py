"""What is asked of the wheel's PostgreSQL, asked once more of the one that the distribution brings: another version.

The tests are the same; only the server is another (``states``).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import ROOT
from states import PROGRAMS, SOCKETS

# Where Debian and those after it put the programs, a folder for each version.
PLACE = Path("/usr/lib/postgresql")
# A server of the test's own is the wheel's, whatever the others use.
ASKS_A_SERVER = re.compile(r"\b(state|server): State\b|\bon_a_server\b")


@pytest.fixture
def programs() -> Path:
    """The programs of the newest version that is there."""
    found = sorted(PLACE.glob("*/bin/initdb"), key=lambda program: int(program.parts[-3]))
    assert found, f"no PostgreSQL in {PLACE}: install the distribution's package postgresql"
    return found[-1].parent


@pytest.fixture
def sockets(programs: Path) -> Iterator[Path]:
    """The folder of the socket of such a server, which runs while the test does."""
    # Root may not run it, and whoever it is run by has to get there.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="distribution-"))
    if user:
        shutil.chown(folder, user)

    def ran(name: str, *words: object) -> None:
        command = [str(programs / name), "-D", str(folder / "data"), *map(str, words)]
        subprocess.run(command, user=user, cwd="/", check=True, timeout=120, stdout=subprocess.DEVNULL)

    try:
        ran("initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres")
        ran("pg_ctl", "-w", "-l", folder / "log", "-o", f"-k {folder} -h '' -c max_connections=300", "start")
        yield folder
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            ran("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.postgresql
def test_the_distributions_postgresql_passes_what_the_wheels_does(programs: Path, sockets: Path) -> None:
    suite = [
        file
        for file in sorted((ROOT / "tests").glob("test_*.py"))
        if file != Path(__file__) and ASKS_A_SERVER.search(file.read_text(encoding="utf-8"))
    ]
    assert ROOT / "tests/test_store.py" in suite
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", *map(str, suite)],
        env={**os.environ, SOCKETS: str(sockets), PROGRAMS: str(programs)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-4000:]
    assert re.search(r"\d+ passed", ended.stdout)
    assert "skipped" not in ended.stdout

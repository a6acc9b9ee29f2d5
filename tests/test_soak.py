"""A fleet soaked for two days of the service's time: ``tests/soak.py`` in short. The long one is ``make soak``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli import ROOT

SHORT = ("--tenants", "25", "--days", "2", "--seed", "7", "--interval", "1h", "--calm", "4", "--trouble", "8")


@pytest.mark.soak
def test_two_days_of_faults_and_kills_leave_every_tenant_as_declared_waiting_or_handed_off(
    tmp_path: Path,
) -> None:
    ended = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "soak.py"), *SHORT, "--keep", str(tmp_path / "soak")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert ended.stdout, ended.stderr
    found = json.loads(ended.stdout)
    assert found["breaches"] == []
    assert ended.returncode == 0
    assert sum(found["kills"].values()) >= 5
    assert found["switches"] >= 5
    assert found["taken"] > found["switches"]

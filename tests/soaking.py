"""The script of a soak and its options in, its summary out, once it has found nothing that must never be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from cli import ROOT


def soaked(script: str, words: Sequence[object], seconds: int) -> dict[str, Any]:
    """Run a soak of ``tests`` for so long at most; it has to end well, and with no breach in its summary."""
    ended = subprocess.run(
        [sys.executable, str(ROOT / "tests" / script), *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert ended.stdout, ended.stderr
    summary: dict[str, Any] = json.loads(ended.stdout)
    assert summary["breaches"] == [], summary["breaches"]
    assert ended.returncode == 0, ended.stderr
    return summary

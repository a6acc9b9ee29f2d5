"""``python -m benchmarks.chart OUT.svg RESULTS.json...``: draw figures that were kept, of one run or of several."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.chart.page import drawn

if __name__ == "__main__":
    out, *files = map(Path, sys.argv[1:])
    out.write_text(drawn([json.loads(file.read_text(encoding="utf-8")) for file in files]), encoding="utf-8")

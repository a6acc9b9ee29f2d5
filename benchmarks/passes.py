"""``python -m benchmarks.passes N FOLDER``: read a fleet once, then look at it N times as the loop does, unchanged."""

from __future__ import annotations

import sys
import time

from reconciler.adapters import files
from reconciler.adapters.files.rereading import MARGIN, Rereading


def main(times: int, folder: str) -> None:
    # Files just written would be opened again until they are old enough; a fleet at rest is what is measured.
    later = time.time_ns() + 2 * MARGIN
    reader = files.reader_of(files.load_catalogue("office365-2014"))
    reread = Rereading([folder], reader, clock=lambda: later)
    first = reread.read()
    for _ in range(times):
        assert reread.read() is first


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

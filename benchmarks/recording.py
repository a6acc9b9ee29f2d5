"""``python -m benchmarks.recording RECORD WORDS...``: run the tool with these words, and write down what it sends.

One request a line, as JSON: its method, path, headers and body. Tokens are in it, of a service that is not real.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from reconciler.adapters.microsoft.sending import Answer, Line


def record(where: Path) -> None:
    """Write each request that is sent from now on there, as it is sent."""
    send, out, lock = Line.send, where.open("w", encoding="utf-8"), Lock()

    def noted(
        line: Line, method: str, path: str, headers: Mapping[str, str], body: bytes | None, *more: float
    ) -> Answer:
        asked = (method, path, dict(headers), None if body is None else body.decode())
        with lock:
            out.write(json.dumps(asked) + "\n")
        return send(line, method, path, headers, body, *more)

    Line.send = noted  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    from reconciler.cli import main

    record(Path(sys.argv[1]))
    main(sys.argv[2:])

"""``python -m benchmarks.requests ADDRESS RECORD THREADS``: send what was recorded again, and tell how long it took.

The least that could be done with these requests: urllib3 alone, each answer read and thrown away. As with looks, the
first is sent once before that, and does not count.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import urllib3

from benchmarks.children import Watch

UNAUTHORISED = 401


def main(address: str, record: str, threads: int) -> None:
    recorded = [json.loads(line) for line in Path(record).read_text(encoding="utf-8").splitlines()]
    pool = urllib3.PoolManager(maxsize=threads, block=True)

    def send(request: list[Any]) -> None:
        method, path, headers, body = request
        answer = pool.request(method, address + path, headers=headers, body=body, retries=False)
        # To be turned away, with a token that has ended, would be less work than was recorded.
        assert answer.data, path
        assert answer.status != UNAUTHORISED, path

    send(recorded[0])
    watch = Watch()
    with ThreadPoolExecutor(threads) as workers:
        for _ in workers.map(send, recorded):
            pass
    watch.tell()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))

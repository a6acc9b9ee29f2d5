"""``python -m benchmarks.transactions WHERE NUMBER SECONDS``: change one row and commit it, again and again.

The least that a pass could cost: one change of one row of its own, on the disk when it is done. ``WHERE`` is the URL of
a PostgreSQL database or the path of an SQLite file. The last line of stdout says how many in how many seconds.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Callable

MAKE = "CREATE TABLE IF NOT EXISTS floor (id INTEGER PRIMARY KEY, changed INTEGER NOT NULL)"
ROW = "INSERT INTO floor VALUES ({number}, 0) ON CONFLICT DO NOTHING"
CHANGE = "UPDATE floor SET changed = changed + 1 WHERE id = {number}"


def on_a_server(url: str) -> Callable[[str], object]:
    import psycopg

    # Each statement is a transaction.
    return psycopg.connect(url, autocommit=True).execute


def on_a_file(path: str) -> Callable[[str], object]:
    connection = sqlite3.connect(path, isolation_level=None, timeout=60)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection.execute


def main(where: str, number: int, seconds: float) -> None:
    run = (on_a_server if where.startswith("postgresql") else on_a_file)(where)
    if number == 0:
        run(MAKE)
        return
    run(ROW.format(number=number))
    change, done, began = CHANGE.format(number=number), 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        run(change)
        done += 1
    print(done, time.perf_counter() - began)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
